#include "service/page.h"

#include "net/link.h"
#include "net/spool.h"

#define PAGE_MS 60000

/* Read the spooled document as JSON; elements go to the split's own function. */
static int read_doc(struct spool *spool, const struct split_opt *opt, bool *found,
                    struct js **rest, struct arena *a, struct err *e)
{
    struct split *split = split_new(a, opt);
    return spool_read(spool, split_sink, split, e) != 0
               ? -1
               : split_end(split, found, rest, e);
}

static int ignore(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    (void)ctx;
    (void)v;
    (void)scratch;
    (void)e;
    return 0;
}

/* All or nothing: the document is read twice, and its elements are handed out only when
 * every one of them, the head and the address of the next page are known to be good. */
int page_get(const struct svc *svc, const struct svc_platform *p,
             const struct page_req *req, struct page_res *res, struct arena *a,
             struct err *e)
{
    struct spool *spool = spool_new(a, e);
    struct http_header accept = {STR("Accept"), str_c(req->accept)};
    struct http_req call = {
        .url = req->url,
        .headers = &accept,
        .headers_n = 1,
        .max_n = req->max_n,
        .total_ms = PAGE_MS,
        .sink = spool_sink,
        .sink_ctx = spool,
    };
    struct http_res answer;
    struct split_opt dry = *req->split;
    dry.element = ignore;
    if (spool == NULL || token_call(svc, p, req->scopes, &call, &answer, a, e) != 0 ||
        token_check(&answer, req->what, e) != 0 ||
        read_doc(spool, &dry, &res->found, &res->rest, a, e) != 0)
        return -1;
    if (!res->found)
        return err_set(e, ERR_INPUT, "%s: the answer has no list", req->what);
    if (link_next(a, &answer, "next", &res->next, e) != 0 ||
        (req->check != NULL && req->check(req->check_ctx, res, e) != 0))
        return -1;
    if (link_next(a, &answer, "differences", &res->differences, NULL) != 0)
        res->differences = STR_EMPTY; /* elsewhere: the whole roster then */
    return read_doc(spool, req->split, &res->found, &res->rest, a, e);
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
