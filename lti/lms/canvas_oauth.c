#include "lms/canvas_oauth.h"

#include "base/js.h"
#include "net/url.h"

#define ANSWER_N ((size_t)64 << 10)
#define ASK_MS 15000
#define TOKEN_MAX 4096
#define LIFE_MAX_S (INT64_C(86400) * 365)

static struct str base_of(const struct canvas_oauth *k)
{
    struct str base = k->base_url;
    while (str_ends(base, STR("/")))
        base.n--;
    return base;
}

struct str canvas_oauth_address(struct arena *a, const struct canvas_oauth *k,
                                const struct lms_ops *ops, struct str state)
{
    struct buf scopes;
    buf_init(&scopes, a, 2048);
    for (size_t i = 0; i < ops->needs_n; i++)
        buf_fmt(&scopes, "%s%s", i > 0 ? " " : "", ops->needs[i].function);
    return str_fmt(
        a,
        "%.*s/login/oauth2/auth?client_id=%.*s&response_type=code&redirect_uri="
        "%.*s&state=%.*s&scope=%.*s",
        STR_ARG(base_of(k)), STR_ARG(url_escape(a, k->client_id)),
        STR_ARG(url_escape(a, k->redirect_uri)), STR_ARG(url_escape(a, state)),
        STR_ARG(url_escape(a, buf_view(&scopes))));
}

int canvas_oauth_read(struct str body, struct canvas_oauth_token *out, struct arena *a,
                      struct err *e)
{
    struct js *o = js_parse(a, body, ANSWER_N, 8, e);
    int64_t life_s = 0;
    if (o == NULL)
        return -1;
    *out = (struct canvas_oauth_token){.access = js_text(o, "access_token"),
                                       .refresh = js_text(o, "refresh_token")};
    js_i64(js_get(o, "expires_in"), &life_s);
    if (out->access.n == 0 || out->access.n > TOKEN_MAX || out->refresh.n > TOKEN_MAX ||
        str_has_nul(out->access) || str_has_nul(out->refresh))
        return err_set(e, ERR_INPUT, "Canvas: its answer has no token");
    out->life_ms = (life_s > 0 && life_s < LIFE_MAX_S ? life_s : 3600) * 1000;
    return 0;
}

static int ask(const struct canvas_oauth *k, struct str grant,
               struct canvas_oauth_token *out, struct arena *a, struct err *e)
{
    static const struct http_header form = {{"Content-Type", 12},
                                            {"application/x-www-form-urlencoded", 33}};
    struct http_req req = {
        .method = "POST",
        .url = str_fmt(a, "%.*s/login/oauth2/token", STR_ARG(base_of(k))),
        .headers = &form,
        .headers_n = 1,
        .body = str_fmt(a, "client_id=%.*s&client_secret=%.*s&redirect_uri=%.*s&%.*s",
                        STR_ARG(url_escape(a, k->client_id)),
                        STR_ARG(url_escape(a, k->client_secret)),
                        STR_ARG(url_escape(a, k->redirect_uri)), STR_ARG(grant)),
        .max_n = ANSWER_N,
        .total_ms = ASK_MS};
    struct http_res res;
    if (http_do(k->http, &req, &res, a, e) != 0)
        return -1;
    if (res.status == 429 || res.status >= 500 ||
        str_find(res.body, STR("Rate Limit Exceeded"), 0) != SIZE_MAX)
        return err_set(e, ERR_UNAVAILABLE, "Canvas, token: it answers %d", res.status);
    if (res.status != 200)
        return err_set(e, ERR_DENIED,
                       "Canvas, token: it refuses (%d); an administrator must consent "
                       "again",
                       res.status);
    return canvas_oauth_read(res.body, out, a, e);
}

int canvas_oauth_code(const struct canvas_oauth *k, struct str code,
                      struct canvas_oauth_token *out, struct arena *a, struct err *e)
{
    return ask(k,
               str_fmt(a, "grant_type=authorization_code&code=%.*s",
                       STR_ARG(url_escape(a, code))),
               out, a, e);
}

int canvas_oauth_renew(const struct canvas_oauth *k, struct str refresh,
                       struct canvas_oauth_token *out, struct arena *a, struct err *e)
{
    return ask(k,
               str_fmt(a, "grant_type=refresh_token&refresh_token=%.*s",
                       STR_ARG(url_escape(a, refresh))),
               out, a, e);
}
