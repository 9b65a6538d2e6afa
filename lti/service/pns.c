#include "service/pns.h"

#define ANSWER_MAX ((size_t)64 * 1024)
#define ANSWER_DEPTH 8
#define CALL_MS 10000

int pns_read(struct arena *a, struct str body, struct pns_list *out, struct err *e)
{
    out->n = 0;
    const struct js *doc = js_parse(a, body, ANSWER_MAX, ANSWER_DEPTH, e);
    const struct js *list = js_get(doc, "notice_handlers");
    if (doc == NULL)
        return -1;
    if (js_type(list) != JS_ARRAY)
        return err_set(e, ERR_INPUT,
                       "the notification service answers without notice_handlers");
    for (size_t i = 0; i < js_len(list) && out->n < PNS_HANDLERS_MAX; i++) {
        const struct js *v = js_at(list, i);
        struct pns_handler h = {js_text(v, "notice_type"), js_text(v, "handler")};
        if (h.type.n > 0)
            out->at[out->n++] = h;
    }
    return 0;
}

struct str pns_find(const struct pns_list *list, struct str type)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->at[i].type, type))
            return list->at[i].url;
    return STR_EMPTY;
}

static int call(const struct svc *svc, const struct svc_platform *p, struct http_req *req,
                struct http_res *res, struct arena *a, struct err *e)
{
    req->max_n = ANSWER_MAX;
    req->total_ms = CALL_MS;
    if (token_call(svc, p, STR(SCOPE_HANDLERS), req, res, a, e) != 0)
        return -1;
    return token_check(res, "the notification service", e);
}

int pns_get(const struct svc *svc, const struct svc_platform *p, struct str url,
            struct pns_list *out, struct arena *a, struct err *e)
{
    struct http_header accept = {STR("Accept"), STR("application/json")};
    struct http_req req = {.url = url, .headers = &accept, .headers_n = 1};
    struct http_res res;
    if (call(svc, p, &req, &res, a, e) != 0)
        return -1;
    return pns_read(a, res.body, out, e);
}

int pns_put(const struct svc *svc, const struct svc_platform *p, struct str url,
            const struct pns_handler *h, struct arena *a, struct err *e)
{
    struct http_header headers[] = {{STR("Accept"), STR("application/json")},
                                    {STR("Content-Type"), STR("application/json")}};
    struct js *o = js_object(a);
    js_set_str(o, "notice_type", h->type);
    js_set_str(o, "handler", h->url);
    struct http_req req = {.method = "PUT",
                           .url = url,
                           .headers = headers,
                           .headers_n = 2,
                           .body = js_dump(a, o)};
    struct http_res res;
    return call(svc, p, &req, &res, a, e);
}
