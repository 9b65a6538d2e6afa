#include "base/str.h"

#include "base/err.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct str str_c(const char *z)
{
    return z == NULL ? STR_EMPTY : (struct str){z, strlen(z)};
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str a, const char *z)
{
    return str_eq(a, str_c(z));
}

bool str_ieq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, s.n), suffix);
}

bool str_has_nul(struct str s)
{
    return s.n > 0 && memchr(s.p, 0, s.n) != NULL;
}

struct str str_sub(struct str s, size_t from, size_t to)
{
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct str){s.p + from, to - from};
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && blank(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_cut(struct str s, char c, struct str *head, struct str *tail)
{
    const char *at = s.n == 0 ? NULL : memchr(s.p, c, s.n);
    size_t i = at == NULL ? s.n : (size_t)(at - s.p);
    *head = str_sub(s, 0, i);
    *tail = at == NULL ? STR_EMPTY : str_sub(s, i + 1, s.n);
    return at != NULL;
}

size_t str_find(struct str s, struct str needle, size_t from)
{
    if (from > s.n)
        return SIZE_MAX;
    if (needle.n == 0)
        return from;
    if (s.n - from < needle.n) /* also an empty slice without a pointer */
        return SIZE_MAX;
    const char *at = memmem(s.p + from, s.n - from, needle.p, needle.n);
    return at == NULL ? SIZE_MAX : (size_t)(at - s.p);
}

struct str str_dup(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

struct str str_lower(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return (struct str){p, s.n};
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, a, 64);
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    return buf_view(&b);
}

struct str str_head(struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return str_sub(s, 0, max);
}

char *str_z(struct arena *a, struct str s)
{
    if (str_has_nul(s))
        return NULL;
    char *p = arena_alloc(a, s.n + 1);
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return p;
}

bool str_i64(struct str s, int64_t *out)
{
    bool neg = s.n > 0 && s.p[0] == '-';
    if (neg)
        s = str_sub(s, 1, s.n);
    if (s.n == 0 || s.n > 19)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (v > (uint64_t)INT64_MAX)
        return false;
    *out = neg ? -(int64_t)v : (int64_t)v;
    return true;
}

bool str_f64(struct str s, double *out)
{
    char z[64];
    if (s.n == 0 || s.n >= sizeof z)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (memchr("0123456789+-.eE", s.p[i], 15) == NULL)
            return false;
    memcpy(z, s.p, s.n);
    z[s.n] = 0;
    char *end;
    errno = 0;
    double v = strtod(z, &end); /* the program never leaves the C locale (C-2) */
    if (end != z + s.n || !isfinite(v))
        return false;
    *out = v;
    return true;
}

/* Length of the well-formed UTF-8 sequence at p (1..4), or 0. */
static size_t utf8_len(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || n < len)
        return 0;
    unsigned char lo = 0x80, hi = 0xBF; /* bounds of the second byte */
    if (p[0] == 0xE0)
        lo = 0xA0;
    else if (p[0] == 0xED)
        hi = 0x9F;
    else if (p[0] == 0xF0)
        lo = 0x90;
    else if (p[0] == 0xF4)
        hi = 0x8F;
    if (p[1] < lo || p[1] > hi)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

bool str_utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        size_t len = utf8_len(p + i, s.n - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

void buf_init(struct buf *b, struct arena *a, size_t cap)
{
    b->a = a;
    b->n = 0;
    b->cap = cap < 16 ? 16 : cap;
    b->p = arena_alloc(a, b->cap);
}

static void grow(struct buf *b, size_t more)
{
    if (b->cap - b->n > more) /* one byte is kept for the NUL */
        return;
    size_t cap = b->cap * 2;
    while (cap - b->n <= more)
        cap *= 2;
    char *p = arena_alloc(b->a, cap);
    memcpy(p, b->p, b->n);
    b->p = p;
    b->cap = cap;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    grow(b, n);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}

void buf_c(struct buf *b, const char *z)
{
    buf_put(b, z, strlen(z));
}

void buf_char(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    INVARIANT(n >= 0);
    grow(b, (size_t)n);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    b->n += (size_t)n;
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(b, fmt, ap);
    va_end(ap);
}

struct str buf_view(struct buf *b)
{
    b->p[b->n] = 0;
    return (struct str){b->p, b->n};
}
