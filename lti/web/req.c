#include "web/req.h"

#include <string.h>

/* nginx's parameter names and where each goes. */
#define PLACE(name, field, max_n)                                                        \
    {                                                                                    \
        {(name), sizeof(name) - 1}, offsetof(struct req, field), (max_n)                 \
    }
static const struct {
    struct str name;
    size_t offset;
    size_t max_n;
} places[] = {
    PLACE("QUERY_STRING", query, (size_t)32 * 1024), /* LOGIN-3 */
    PLACE("CONTENT_TYPE", content_type, 256),
    PLACE("HTTP_COOKIE", cookies, (size_t)32 * 1024),
    PLACE("HTTP_ORIGIN", origin, 1024),
    PLACE("HTTP_SEC_FETCH_SITE", fetch_site, 32),
    PLACE("REMOTE_ADDR", remote, 64),
    PLACE("REQUEST_ID", id, 64),
    PLACE("HTTP_AUTHORIZATION", authorization, 1024),
    PLACE("HTTP_X_EXPERIENCE_API_VERSION", xapi_version, 32),
};

static enum req_method method(struct str s)
{
    if (str_is(s, "GET"))
        return REQ_GET;
    if (str_is(s, "POST"))
        return REQ_POST;
    if (str_is(s, "PUT"))
        return REQ_PUT;
    return str_is(s, "HEAD") ? REQ_HEAD : REQ_OTHER;
}

/* The path of a request target below `prefix`; empty (no route has it) when it is not
 * there. */
static struct str path_below(struct str target, struct str prefix)
{
    struct str path, query;
    str_cut(target, '?', &path, &query);
    if (!str_starts(path, prefix))
        return STR_EMPTY;
    return str_sub(path, prefix.n, path.n);
}

int req_param(struct arena *a, struct req *r, struct str prefix, struct str name,
              struct str value, struct err *e)
{
    if (str_eq(name, STR("REQUEST_METHOD")))
        r->method = method(value);
    else if (str_eq(name, STR("REQUEST_URI")))
        r->path = str_dup(a, path_below(value, prefix));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!str_eq(name, places[i].name))
            continue;
        if (value.n > places[i].max_n)
            return err_set(e, ERR_LIMIT, "%.*s is too long", STR_ARG(name));
        *(struct str *)(void *)((char *)r + places[i].offset) = str_dup(a, value);
    }
    return 0;
}

bool req_is_form(const struct req *r)
{
    struct str type, params;
    str_cut(r->content_type, ';', &type, &params);
    return str_ieq(str_trim(type), STR("application/x-www-form-urlencoded"));
}

int req_cookies(const struct req *r,
                int (*fn)(void *ctx, struct str name, struct str value), void *ctx)
{
    struct str rest = r->cookies, pair, name, value;
    bool more = rest.n > 0;
    while (more) {
        more = str_cut(rest, ';', &pair, &rest);
        if (!str_cut(pair, '=', &name, &value))
            continue;
        int rc = fn(ctx, str_trim(name), str_trim(value));
        if (rc != 0)
            return rc;
    }
    return 0;
}

struct wanted {
    struct str name;
    struct str *value;
};

static int is_wanted(void *ctx, struct str name, struct str value)
{
    struct wanted *w = ctx;
    if (!str_eq(name, w->name))
        return 0;
    *w->value = value;
    return 1;
}

bool req_cookie(const struct req *r, struct str name, struct str *value)
{
    struct wanted w = {name, value};
    return req_cookies(r, is_wanted, &w) == 1;
}

bool req_same_origin(const struct req *r, struct str base)
{
    size_t from = str_find(base, STR("://"), 0);
    size_t to = str_find(base, STR("/"), from == SIZE_MAX ? 0 : from + 3);
    if (r->origin.n > 0)
        return str_ieq(r->origin, str_sub(base, 0, to == SIZE_MAX ? base.n : to));
    return str_is(r->fetch_site, "same-origin");
}
