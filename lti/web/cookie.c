#include "web/cookie.h"

#define LOGIN_PREFIX "__Host-lti_"
#define SESSION_PREFIX "__Host-wm_"
#define LOGIN_NAME_N 8

struct str cookie_login_name(struct arena *a, struct str state)
{
    return str_fmt(a, LOGIN_PREFIX "%.*s", STR_ARG(str_sub(state, 0, LOGIN_NAME_N)));
}

struct str cookie_session_name(struct arena *a, struct str handle)
{
    return str_fmt(a, SESSION_PREFIX "%.*s", STR_ARG(handle));
}

void cookie_set(struct res *res, struct str name, struct str value, int64_t max_age_s)
{
    res_add(res, STR("Set-Cookie"),
            str_fmt(res->a,
                    "%.*s=%.*s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=None; "
                    "Partitioned",
                    STR_ARG(name), STR_ARG(value), (long long)max_age_s));
}

struct purge {
    struct res *res;
    int logins;
    int drop;
};

static int count_login(void *ctx, struct str name, struct str value)
{
    struct purge *p = ctx;
    (void)value;
    p->logins += str_starts(name, STR(LOGIN_PREFIX));
    return 0;
}

static int drop_login(void *ctx, struct str name, struct str value)
{
    struct purge *p = ctx;
    (void)value;
    if (p->drop == 0)
        return 1;
    if (str_starts(name, STR(LOGIN_PREFIX))) {
        cookie_set(p->res, str_dup(p->res->a, name), STR_EMPTY, 0);
        p->drop--;
    }
    return 0;
}

bool cookie_any_login(const struct req *req)
{
    struct purge p = {.logins = 0};
    req_cookies(req, count_login, &p);
    return p.logins > 0;
}

void cookie_purge(const struct req *req, struct res *res)
{
    struct purge p = {.res = res};
    req_cookies(req, count_login, &p);
    p.drop = p.logins - (COOKIE_LOGINS_MAX - 1);
    if (p.drop > COOKIE_PURGE_MAX)
        p.drop = COOKIE_PURGE_MAX; /* the rest goes at the next login */
    if (p.drop > 0)
        req_cookies(req, drop_login, &p);
}
