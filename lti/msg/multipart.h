/* multipart.h: multipart/form-data (RFC 7578), read strictly: how a browser sends a form
 * with a file.
 *
 * Each part has one Content-Disposition of type form-data with a name; a part with a file
 * name is a file, of any bytes; all others are text (UTF-8 without NUL). File names are
 * for showing: the last part of what may be a path, control characters became '?'. Not
 * read: preambles, nested parts, transfer encodings, "filename*" (no browser sends
 * them). */
#ifndef WAYMARK_MSG_MULTIPART_H
#define WAYMARK_MSG_MULTIPART_H

#include "msg/form.h"

#define MULTIPART_FILES_MAX 4
#define MULTIPART_NAME_N 255 /* bytes of a field's or file's name that are kept */

struct multipart_file {
    struct str field;
    struct str name; /* UTF-8, may be empty: no file was chosen */
    struct str bytes;
};

struct multipart {
    struct form form; /* the text fields */
    struct multipart_file file[MULTIPART_FILES_MAX];
    size_t files_n;
};

/* Is the body declared as multipart/form-data? *boundary: as RFC 2046 5.1.1 allows it, or
 * empty when it is malformed. */
bool multipart_is(struct str content_type, struct str *boundary);

/* Read a body. FAULT_FORM_BAD, FAULT_FORM_TOO_BIG (a text beyond limit->value_n) or
 * FAULT_FORM_TOO_MANY. Files are slices into `body`. */
int multipart_read(struct arena *a, struct str body, struct str boundary,
                   const struct form_limit *limit, struct multipart *out,
                   struct fault *f);

/* The file of that field, or NULL. */
const struct multipart_file *multipart_file(const struct multipart *m, const char *field);

#endif
