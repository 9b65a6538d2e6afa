/* route.h: from method and path to a handler. The table is route.def. */
#ifndef WAYMARK_WEB_ROUTE_H
#define WAYMARK_WEB_ROUTE_H

#include "web/page.h"

enum route_flag {
    ROUTE_SESSION = 1,   /* a launch must be open; page_ctx.session is set */
    ROUTE_CSRF = 2,      /* the field `csrf` must fit the session */
    ROUTE_STAFF = 4,     /* course staff only (ROLE-1) */
    ROUTE_COURSE = 16,   /* a launch from a course by somebody we were told of */
    ROUTE_405_TELLS = 8, /* a wrong method gets a page that explains (I16) */
    ROUTE_LARGE = 32,    /* a body of REQ_BODY_LARGE bytes is fine */
    ROUTE_HUGE = 64,     /* a body of REQ_BODY_HUGE bytes is fine */
    ROUTE_UPLOAD = 256,  /* a form may bring files (msg/multipart.h): page_ctx.upload */
    ROUTE_API = 128,     /* asked by programs: what goes wrong is told as JSON */
};

struct route {
    const char *path;
    page_fn *fn;
    int methods; /* bits of enum req_method */
    int flags;   /* of enum route_flag */
};

/* The route of a path whatever the method; NULL if there is none. */
const struct route *route_find(struct str path);

/* The whole table, for tests and guards. */
const struct route *route_table(size_t *n);

/* The largest body that the route of this path takes. */
size_t route_body_max(struct str path);

/* The value of an Allow header, such as "GET, HEAD, POST". */
struct str route_allow(struct arena *a, const struct route *r);

/* Answer the request in `c`: find the route, check method, session, CSRF and role, call
 * the page. Always leaves an answer in c->res. */
void route_run(struct page_ctx *c);

#endif
