/* page.h: one page of a list that goes on by Link headers (NRPS-2, NRPS-3, I94). */
#ifndef WAYMARK_SERVICE_PAGE_H
#define WAYMARK_SERVICE_PAGE_H

#include "net/split.h"
#include "service/token.h"

struct page_res {
    bool found;      /* was the array there? Always, after success */
    struct js *rest; /* the document without its elements */
    struct str next; /* address of the next page on the same origin; empty: the last */
    struct str differences; /* rel="differences" on the same origin, or empty (NRPS-2) */
};

struct page_req {
    struct str url;
    struct str scopes;
    const char *accept; /* media type */
    const char *what;   /* for errors: "the roster" */
    size_t max_n;       /* bytes of a page */
    const struct split_opt *split;

    /* May refuse the page by what surrounds its elements, before they are handed out. */
    int (*check)(void *ctx, const struct page_res *res, struct err *e);
    void *check_ctx;
};

/* Get a page, and when all of it is good, hand its elements out. The network is not used
 * while they are worked on, so they may take their time. A status other than 2xx is an
 * error (token_check). */
int page_get(const struct svc *svc, const struct svc_platform *p,
             const struct page_req *req, struct page_res *res, struct arena *a,
             struct err *e);

/* Note that page number `pages` at `url` led to `next`. *mark is kept for the next call.
 * ERR_INPUT when `next` was here before: a circle. */
int page_circle(int pages, struct str url, struct str next, struct str *mark,
                struct err *e);

#endif
