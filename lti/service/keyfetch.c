#include "service/keyfetch.h"

#include "net/http.h"

int64_t keyfetch_max_age(struct str cache_control)
{
    struct str rest = cache_control, part;
    int64_t age = -1;
    while (rest.n > 0) {
        struct str name, value;
        str_cut(rest, ',', &part, &rest);
        part = str_trim(part);
        if (str_ieq(part, STR("no-store")) || str_ieq(part, STR("no-cache")))
            return 0;
        if (str_cut(part, '=', &name, &value) && str_ieq(str_trim(name), STR("max-age")))
            if (!str_i64(str_trim(value), &age) || age < 0)
                age = -1;
    }
    return age;
}

int keyfetch_http(void *ctx, struct str url, int budget_ms, struct arena *a,
                  struct jwks_answer *out, struct err *e)
{
    struct http_header accept = {STR("Accept"), STR("application/json")};
    struct http_req req = {
        .url = url,
        .headers = &accept,
        .headers_n = 1,
        .max_n = JWKS_MAX_N,
        .connect_ms = budget_ms < 3000 ? budget_ms : 3000,
        .total_ms = budget_ms,
        .redirects = 2,
    };
    struct http_res res;
    if (http_do(ctx, &req, &res, a, e) != 0)
        return -1;
    if (res.status != 200)
        return err_set(e, ERR_UNAVAILABLE, "%.*s answered %d for its keys",
                       STR_ARG(http_host(a, url)), res.status);
    out->body = res.body;
    out->max_age_s = keyfetch_max_age(http_header(&res, "Cache-Control"));
    return 0;
}
