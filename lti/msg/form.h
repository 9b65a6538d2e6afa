/* form.h: application/x-www-form-urlencoded, read strictly (C-10, I8, I10, I11).
 *
 * '+' is a blank; a broken percent escape, NUL or bad UTF-8 is refused. Parameters may
 * come in the query, in the body or in both (LOGIN-1, V17). */
#ifndef WAYMARK_MSG_FORM_H
#define WAYMARK_MSG_FORM_H

#include "msg/fault.h"

#define FORM_PAIRS_MAX 64

struct form_pair {
    struct str key;
    struct str val;
    bool from_query;
};

struct form {
    struct form_pair *pair;
    size_t n;
};

struct form_limit {
    size_t total_n; /* bytes of query and body together, as they came */
    size_t value_n; /* bytes of one value, decoded */
    size_t pairs_n; /* fields; 0 = FORM_PAIRS_MAX */
};

extern const struct form_limit form_limit_login;  /* 32 KiB, 8 KiB (LOGIN-3) */
extern const struct form_limit form_limit_launch; /* 256 KiB, 64 KiB (LOGIN-11, TOK-1) */

/* Decode query and body (either may be empty). Pairs keep their order, the query's first;
 * a part without '=' is a key with an empty value; empty parts are skipped.
 * FAULT_FORM_BAD, FAULT_FORM_TOO_BIG or FAULT_FORM_TOO_MANY. Everything lives in the
 * arena. */
int form_decode(struct arena *a, struct str query, struct str body,
                const struct form_limit *limit, struct form *out, struct fault *f);

/* The first value of `key`; an empty slice when there is none (see form_has). */
struct str form_get(const struct form *fm, const char *key);
bool form_has(const struct form *fm, const char *key);

/* How often `key` occurs. */
size_t form_count(const struct form *fm, const char *key);

/* FAULT_FORM_TWICE when one of the keys (a NULL-terminated list) occurs more than once.
 */
int form_once(const struct form *fm, const char *const *keys, struct fault *f);

#endif
