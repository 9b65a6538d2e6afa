#include "msg/keyfetch.h"

int64_t keyfetch_max_age(struct str cache_control)
{
    struct str part, name, value, rest = cache_control;
    int64_t age = -1, n;
    while (rest.n > 0) {
        str_cut(rest, ',', &part, &rest);
        value = STR_EMPTY;
        str_cut(str_trim(part), '=', &name, &value);
        value = str_trim(value);
        if (value.n >= 2 && value.p[0] == '"')
            value = str_sub(value, 1, value.n - 1);
        if (str_ieq(name, STR("no-store")) || str_ieq(name, STR("no-cache")))
            return 0;
        if (str_ieq(str_trim(name), STR("max-age")) && str_i64(value, &n) && n >= 0)
            age = n;
    }
    return age;
}

int keyfetch_http(void *http, struct str url, int budget_ms, struct arena *a,
                  struct jwks_answer *out, struct err *e)
{
    struct http_req req = {
        .method = "GET",
        .url = url,
        .max_n = JWKS_MAX_N,
        .connect_ms = budget_ms < 3000 ? budget_ms : 3000,
        .total_ms = budget_ms,
        .redirects = 2,
    };
    struct http_res res;
    if (http_do(http, &req, &res, a, e) != 0)
        return -1;
    if (res.status != 200)
        return err_set(e, ERR_UNAVAILABLE, "jwks_url answered %d", res.status);
    out->body = res.body;
    out->max_age_s = keyfetch_max_age(http_header(&res, "Cache-Control"));
    return 0;
}
