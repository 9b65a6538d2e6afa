/* page.h: what a page handler gets, and what all of them share.
 *
 * A page_*.c parses, checks, calls one function of core/learn, fills a view, renders.
 * Only page_*.c and error.c of this folder render. */
#ifndef WAYMARK_WEB_PAGE_H
#define WAYMARK_WEB_PAGE_H

#include "base/conf.h"
#include "base/env.h"
#include "base/keyring.h"
#include "base/metrics.h"
#include "db/db.h"
#include "store/session.h"
#include "web/carry.h"
#include "web/req.h"
#include "web/res.h"

struct http;
struct tmpl_set;
struct toolkey;
struct fault;

/* What a worker holds from start to end. */
struct app {
    const struct conf *conf;
    struct env *env;
    struct db *db;
    struct http *http; /* outbound calls: only a launch with an unknown key */
    const struct tmpl_set *templates;
    const struct toolkey *toolkey;
    const struct keyring *keys;
    struct metrics *metrics; /* may be NULL */
};

/* What a request has. */
struct page_ctx {
    struct app *app;
    struct arena *a;
    const struct req *req;
    struct res *res;
    struct form query;      /* decoded */
    struct form form;       /* decoded body of a POST; empty otherwise */
    struct session session; /* set where the route has ROUTE_SESSION */
    struct carry carry;     /* how the session came in */
    bool cookieless;        /* pages navigate by forms that carry the secret */
};

/* 0: c->res holds the answer. -1: `e` says why not; the router turns it into a page. */
typedef int page_fn(struct page_ctx *c, struct err *e);

#define ROUTE(methods, path, name, flags) page_fn page_##name;
#include "web/route.def"
#undef ROUTE

#endif
