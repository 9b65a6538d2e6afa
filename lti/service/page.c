#include "service/page.h"

#include "net/link.h"

#define PAGE_MS 60000

int page_get(const struct svc *svc, const struct svc_platform *p,
             const struct page_req *req, struct page_res *res, struct arena *a,
             struct err *e)
{
    struct split *split = split_new(a, req->split);
    struct http_header accept = {STR("Accept"), str_c(req->accept)};
    struct http_req call = {
        .url = req->url,
        .headers = &accept,
        .headers_n = 1,
        .max_n = req->max_n,
        .total_ms = PAGE_MS,
        .sink = split_sink,
        .sink_ctx = split,
    };
    struct http_res answer;
    if (token_call(svc, p, req->scopes, &call, &answer, a, e) != 0 ||
        token_check(&answer, req->what, e) != 0 ||
        split_end(split, &res->found, &res->rest, e) != 0)
        return -1;
    return link_next(a, &answer, "next", &res->next, e);
}

int page_circle(int pages, struct str url, struct str next, struct str *mark,
                struct err *e)
{
    if (next.n == 0)
        return 0;
    if (str_eq(next, url) || (mark->n > 0 && str_eq(next, *mark)))
        return err_set(e, ERR_INPUT, "the pages of the list go round in a circle");
    if ((pages & (pages - 1)) == 0) /* Brent: the mark moves at 1, 2, 4, 8 ... */
        *mark = next;
    return 0;
}
