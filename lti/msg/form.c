#include "msg/form.h"

#include <string.h>

const struct form_limit form_limit_login = {.total_n = 32 * 1024, .value_n = 8 * 1024};
const struct form_limit form_limit_launch = {.total_n = 256 * 1024, .value_n = 64 * 1024};

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One key or value. */
static int decode(struct arena *a, struct str raw, struct str *out, struct fault *f)
{
    char *p = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int hi = i + 2 < raw.n ? hex(raw.p[i + 1]) : -1;
            int lo = hi >= 0 ? hex(raw.p[i + 2]) : -1;
            if (lo < 0)
                return fault_set(f, FAULT_FORM_BAD, "broken percent escape");
            c = (char)(hi << 4 | lo);
            i += 2;
        }
        if (c == '\0')
            return fault_set(f, FAULT_FORM_BAD, "NUL in a parameter");
        p[n++] = c;
    }
    *out = (struct str){p, n};
    if (!str_utf8(*out))
        return fault_set(f, FAULT_FORM_BAD, "a parameter is not UTF-8");
    return 0;
}

static size_t most(const struct form_limit *limit)
{
    return limit->pairs_n > 0 ? limit->pairs_n : FORM_PAIRS_MAX;
}

static int add(struct arena *a, struct str part, bool from_query,
               const struct form_limit *limit, struct form *out, struct fault *f)
{
    if (out->n == most(limit))
        return fault_set(f, FAULT_FORM_TOO_MANY, "more than %zu parameters", most(limit));
    struct str key, val = STR_EMPTY;
    str_cut(part, '=', &key, &val);
    struct form_pair *p = &out->pair[out->n];
    p->from_query = from_query;
    if (decode(a, key, &p->key, f) != 0 || decode(a, val, &p->val, f) != 0)
        return -1;
    if (p->key.n > limit->value_n || p->val.n > limit->value_n)
        return fault_set(f, FAULT_FORM_TOO_BIG, "a value of %zu bytes", p->val.n);
    out->n++;
    return 0;
}

static int decode_all(struct arena *a, struct str text, bool from_query,
                      const struct form_limit *limit, struct form *out, struct fault *f)
{
    struct str part, rest = text;
    while (rest.n > 0) {
        str_cut(rest, '&', &part, &rest);
        if (part.n > 0 && add(a, part, from_query, limit, out, f) != 0)
            return -1;
    }
    return 0;
}

int form_decode(struct arena *a, struct str query, struct str body,
                const struct form_limit *limit, struct form *out, struct fault *f)
{
    *out = (struct form){.n = 0};
    if (query.n > limit->total_n || body.n > limit->total_n - query.n)
        return fault_set(f, FAULT_FORM_TOO_BIG, "%zu bytes", query.n + body.n);
    out->pair = ARENA_ARRAY(a, struct form_pair, most(limit));
    if (decode_all(a, query, true, limit, out, f) != 0)
        return -1;
    return decode_all(a, body, false, limit, out, f);
}

static const struct form_pair *find(const struct form *fm, const char *key)
{
    for (size_t i = 0; i < fm->n; i++)
        if (str_is(fm->pair[i].key, key))
            return &fm->pair[i];
    return NULL;
}

struct str form_get(const struct form *fm, const char *key)
{
    const struct form_pair *p = find(fm, key);
    return p != NULL ? p->val : STR_EMPTY;
}

bool form_has(const struct form *fm, const char *key)
{
    return find(fm, key) != NULL;
}

size_t form_count(const struct form *fm, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < fm->n; i++)
        n += str_is(fm->pair[i].key, key);
    return n;
}

int form_once(const struct form *fm, const char *const *keys, struct fault *f)
{
    for (size_t i = 0; keys[i] != NULL; i++)
        if (form_count(fm, keys[i]) > 1)
            return fault_set(f, FAULT_FORM_TWICE, "%s more than once", keys[i]);
    return 0;
}
