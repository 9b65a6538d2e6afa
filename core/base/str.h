/* str.h: text as a slice (pointer and length), and a growing buffer.
 *
 * A slice does not own its bytes and need not end in NUL. C strings are made only at the
 * border to a library (str_z), which refuses embedded NUL. */
#ifndef WAYMARK_BASE_STR_H
#define WAYMARK_BASE_STR_H

#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
#define STR_EMPTY ((struct str){"", 0})

/* For printf: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)(s).n, (s).p

struct str str_c(const char *z);          /* a C string; NULL gives an empty slice */
bool str_eq(struct str a, struct str b);  /* byte for byte */
bool str_is(struct str a, const char *z); /* equal to a C string */
bool str_ieq(struct str a, struct str b); /* equal but for ASCII case */
int str_cmp(struct str a, struct str b);  /* byte order, shorter first: <0, 0, >0 */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has_nul(struct str s);
struct str str_sub(struct str s, size_t from, size_t to); /* [from, to), clamped */
struct str str_trim(struct str s); /* without ASCII blanks at both ends */

/* Split at the first `c`: *head before it, *tail behind it; false (all in *head) if none.
 */
bool str_cut(struct str s, char c, struct str *head, struct str *tail);

/* The index of `needle` in `s` at or after `from`, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle, size_t from);

struct str str_dup(struct arena *a, struct str s);
struct str str_lower(struct arena *a, struct str s); /* ASCII only */
struct str str_fmt(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The longest beginning of at most `max` bytes that cuts no UTF-8 character. */
struct str str_head(struct str s, size_t max);

/* A C string; NULL when `s` has an embedded NUL. */
char *str_z(struct arena *a, struct str s);

/* All of `s` as a decimal number (optional '-'); false when it is none or out of range.
 */
bool str_i64(struct str s, int64_t *out);

/* All of `s` as a finite decimal number in the C locale; false when it is none. */
bool str_f64(struct str s, double *out);

/* Is it well-formed UTF-8 (no surrogates, no overlong forms)? */
bool str_utf8(struct str s);

/* A buffer that grows in an arena. Bytes stay valid until the arena is reset. */
struct buf {
    struct arena *a;
    char *p;
    size_t n;
    size_t cap;
};

void buf_init(struct buf *b, struct arena *a, size_t cap);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_c(struct buf *b, const char *z);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* What was written so far, as a slice (a NUL stands behind it). */
struct str buf_view(struct buf *b);

#endif
