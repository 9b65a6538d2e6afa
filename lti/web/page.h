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
#include "learn/learn.h"
#include "msg/multipart.h"
#include "store/session.h"
#include "view/view.h"
#include "web/carry.h"
#include "web/req.h"
#include "web/res.h"

struct catalogue_set;
struct guard;
struct jwks;
struct regcache;
struct tmpl_set;
struct toolkey;

/* What a worker holds from start to end. */
struct app {
    const struct conf *conf;
    struct env *env;
    struct db *db;
    struct jwks *jwks; /* platforms' keys; calls out only for one it does not have */
    int key_waits;     /* workers that may wait for keys at once */
    const struct guard *guard; /* networks that service addresses may lie in */
    const struct tmpl_set *templates;
    const struct catalogue_set *texts;
    const struct toolkey *toolkey;
    const struct keyring *keys;
    struct metrics *metrics; /* may be NULL */
    struct arena *life;      /* memory as long as the worker lives */
    struct regcache *regs;   /* page_login.c's own: registrations asked for last */
    struct start_maps *maps; /* page_start.c's own: the starter maps, read once */
    struct notice_sources *notices; /* page_notice.c's own: who sent too much */
    struct sender_asks *asks;       /* sender.c's own: what is looked at soon */
    int64_t login_room;      /* logins until the table is counted again (I15) */
    int64_t note_ms;         /* since when notes_n counts, see error.c */
    int64_t notes_n[2];      /* without and with a registration */
};

/* What a request has. */
struct page_ctx {
    struct app *app;
    struct arena *a;
    const struct req *req;
    struct res *res;
    int64_t now_ms;         /* when the request came in */
    struct form form;       /* fields of query and body (routes with a session) */
    const struct multipart *upload; /* files of the form (ROUTE_UPLOAD), or NULL */
    struct session session; /* set where the route has ROUTE_SESSION */
    struct carry carry;     /* how the session came in */
    bool cookieless;        /* pages navigate by forms that carry the secret */
};

/* 0: c->res holds the answer. -1: `e` says why not; the router turns it into a page. */
typedef int page_fn(struct page_ctx *c, struct err *e);

#define ROUTE(methods, path, name, flags) page_fn page_##name;
#include "web/route.def"
#undef ROUTE

/* The start of every page's view: base, version, theme, handle, session, csrf, return_url
 * (templates/README.md). The page sets `title`. */
struct view *page_view(struct page_ctx *c);

/* Render pages/NAME into the answer. */
int page_render(struct page_ctx *c, int status, const char *name, const struct view *v,
                struct err *e);

/* What core/learn wants to know, for this session's course. */
struct learn page_learn(struct page_ctx *c);

/* The address of one of our pages for this session: public_url, path, ?l=HANDLE. */
struct str page_url(struct page_ctx *c, const char *path);

/* After a POST: 303 to `path`; without cookies the page itself, at once. */
int page_go(struct page_ctx *c, const char *path, page_fn *page, struct err *e);

/* Have this session's course read by the next free worker (page_sync.c). */
int page_sync_soon(struct page_ctx *c, struct err *e);

/* The list of openings, or one of them, with a message about what was just pressed, or
 * NULL (page_gates.c, page_opening.c). */
int page_gates_say(struct page_ctx *c, const char *problem, struct err *e);
int page_opening_say(struct page_ctx *c, int64_t opening_id, const char *said,
                     struct err *e);

/* ... that would make a dead end if it were switched on. */
int page_opening_dead(struct page_ctx *c, int64_t opening_id, const struct say *steps,
                      size_t n, struct err *e);

/* The page shows data of a reading that began at begun_ms: when that is stale and no page
 * asked lately, ask for another. Mostly costs nothing (learn/reading.h). */
void page_sync_stale(struct page_ctx *c, int64_t begun_ms, int64_t wanted_ms);

/* Did a data privacy launch open this session (either name)? */
bool page_is_privacy(const struct page_ctx *c);

/* A sentence of core/learn as a message of the view; nothing when it is empty. */
void page_say(struct page_ctx *c, struct view *o, const char *key, const struct say *s);

/* A message of the view in the reader's language, for what leaves the page (the answer to
 * Deep Linking). */
struct str page_words(struct page_ctx *c, const struct view *msg);

/* A hidden field for a form of the page: { name, value } appended to a list. */
void page_hidden(struct view *list, const char *name, struct str value);

/* An id as text, for fields and addresses. */
struct str page_id(struct page_ctx *c, int64_t id);

/* The message id PREFIX + code, where the code is one of ours ("state." and "learning").
 */
const char *page_message(struct page_ctx *c, const char *prefix, struct str code);

/* The first value of a field of query or body; empty when there is none. */
struct str page_field(const struct page_ctx *c, const char *field);

/* A field of the request as a number; `fallback` when it is absent or none. */
int64_t page_int(const struct page_ctx *c, const char *field, int64_t fallback);

/* The page has a form that leads to an LMS, at once or by way of a redirect of ours. */
void page_forms_leave(struct page_ctx *c);

/* Set what the frame's own address policy says from learned origins (SES-3). `origins` is
 * a JSON array. */
void page_frames(struct page_ctx *c, struct str origins);

#endif
