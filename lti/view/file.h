/* file.h: whole files and folder listings, for templates and catalogues at start. */
#ifndef WAYMARK_VIEW_FILE_H
#define WAYMARK_VIEW_FILE_H

#include "base/err.h"
#include "base/str.h"

/* The bytes of an ordinary file. ERR_NOTFOUND, ERR_LIMIT when longer than `max`. */
int file_read(struct arena *a, const char *path, size_t max, struct str *out,
              struct err *e);

/* Names in `dir` that end in `suffix` and do not begin with a dot, in byte order, at most
 * `max` of them (ERR_LIMIT). ERR_NOTFOUND when the folder cannot be read. */
int file_list(struct arena *a, const char *dir, const char *suffix, size_t max,
              struct str **names, size_t *n, struct err *e);

#endif
