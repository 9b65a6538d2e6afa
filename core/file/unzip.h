/* unzip.h: the entries of a zip archive that is at hand as bytes. unzip.c is the only
 * file with libzip.
 *
 * Nothing is written anywhere: a name in an archive is for comparing and showing. Made
 * for archives of strangers: sizes are counted while unpacking, not believed. */
#ifndef WAYMARK_FILE_UNZIP_H
#define WAYMARK_FILE_UNZIP_H

#include "base/err.h"
#include "base/str.h"

struct unzip;

struct unzip_limits {
    size_t archive_n; /* bytes of the archive; 0 = 256 MiB */
    size_t entries;   /* 0 = 1,000 */
    int64_t entry_n;  /* unpacked bytes of one entry; 0 = 1 GiB */
    int64_t total_n;  /* ... of all that is read; 0 = 2 GiB */
    int64_t ratio;    /* unpacked to packed, of an entry beyond 1 MiB; 0 = 400 */
};

/* Open an archive; `bytes` must outlive the arena. NULL: ERR_INPUT (no archive, a
 * name that is there twice or is no UTF-8) or ERR_LIMIT. NULL as limits: the ones above.
 */
struct unzip *unzip_open(struct arena *a, struct str bytes,
                         const struct unzip_limits *limits, struct err *e);

size_t unzip_count(const struct unzip *z);

/* The name as the archive has it; control characters became '?'. */
struct str unzip_name(const struct unzip *z, size_t i);

/* The entry with that file name (ASCII case ignored), at the top or in one folder: its
 * index, or -1. */
int64_t unzip_find(const struct unzip *z, struct str name);

/* Unpack entry `i`, piece by piece. Non-zero from `sink` stops with its error. ERR_INPUT:
 * broken, encrypted, or of a method that is unknown here; ERR_LIMIT: beyond a limit. What
 * `sink` took before a failure is not to be trusted: the checksum comes last. */
int unzip_read(struct unzip *z, size_t i,
               int (*sink)(void *ctx, struct str piece, struct err *e), void *ctx,
               struct err *e);

/* The same into memory. */
int unzip_text(struct unzip *z, struct arena *a, size_t i, struct str *out,
               struct err *e);

#endif
