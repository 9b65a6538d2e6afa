#include "web/route.h"

#include "base/log.h"
#include "web/enter.h"
#include "web/error.h"
#include "web/sender.h"

static const struct route routes[] = {
#define GET REQ_GET
#define POST REQ_POST
#define PUT REQ_PUT
#define ROUTE(methods, path, name, flags) {path, page_##name, methods, flags},
#include "web/route.def"
#undef ROUTE
#undef GET
#undef POST
#undef PUT
};

const struct route *route_table(size_t *n)
{
    *n = sizeof routes / sizeof *routes;
    return routes;
}

const struct route *route_find(struct str path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (str_is(path, routes[i].path))
            return &routes[i];
    return NULL;
}

size_t route_body_max(struct str path)
{
    const struct route *r = route_find(path);
    unsigned flags = r != NULL ? r->flags : 0;
    return flags & ROUTE_HUGE    ? REQ_BODY_HUGE
           : flags & ROUTE_LARGE ? REQ_BODY_LARGE
                                 : REQ_BODY_MAX;
}

struct str route_allow(struct arena *a, const struct route *r)
{
    bool get = r->methods & REQ_GET, post = r->methods & REQ_POST;
    return str_fmt(a, "%s%s%s%s", get ? "GET, HEAD" : "", get && post ? ", " : "",
                   post ? "POST" : "", r->methods & REQ_PUT ? ", PUT" : "");
}

static int wrong_method(struct page_ctx *c, const struct route *r)
{
    struct fault f = {.id = FAULT_METHOD};
    res_add(c->res, STR("Allow"), route_allow(c->a, r));
    if (r->flags & ROUTE_API)
        return sender_refuse(c, 405, STR("this address does not take this method"), NULL,
                             -1);
    if (r->flags & ROUTE_405_TELLS)
        return error_fault(c, &f, &(struct error_about){.registration_id = 0});
    return error_say(c, 405, fault_row(FAULT_METHOD)->msgid);
}

/* A skill map comes as one long field, pasted or read from a file by the page; the picker
 * has four fields a unit, a grade file two a column. */
static const struct form_limit page_limit = {REQ_BODY_MAX, (size_t)192 * 1024, 512};

/* A form with a file: its text fields behind those of the address. */
static int read_upload(struct page_ctx *c, struct str boundary, struct fault *f)
{
    struct form query;
    struct multipart *m = ARENA_NEW(c->a, struct multipart);
    if (form_decode(c->a, c->req->query, STR_EMPTY, &page_limit, &query, f) != 0 ||
        multipart_read(c->a, c->req->body, boundary, &page_limit, m, f) != 0)
        return -1;
    c->form.pair = ARENA_ARRAY(c->a, struct form_pair, query.n + m->form.n);
    for (size_t i = 0; i < query.n; i++)
        c->form.pair[c->form.n++] = query.pair[i];
    for (size_t i = 0; i < m->form.n; i++)
        c->form.pair[c->form.n++] = m->form.pair[i];
    c->upload = m;
    return 0;
}

/* The fields of a page of ours. 0, or an answer is in place: 1. */
static int read_form(struct page_ctx *c)
{
    struct fault f = {.id = FAULT_NONE};
    struct str boundary;
    if (multipart_is(c->req->content_type, &boundary) && c->req->method == REQ_POST &&
        (route_find(c->req->path)->flags & ROUTE_UPLOAD)) {
        if (read_upload(c, boundary, &f) == 0)
            return 0;
        error_say(c, fault_row(f.id)->status, fault_row(f.id)->msgid);
        return 1;
    }
    struct str body = req_is_form(c->req) ? c->req->body : STR_EMPTY;
    if (form_decode(c->a, c->req->query, body, &page_limit, &c->form, &f) == 0)
        return 0;
    error_say(c, fault_row(f.id)->status, fault_row(f.id)->msgid);
    return 1;
}

/* The secret of a session may come in a body only: an address gets into logs. */
static struct str secret_field(const struct form *form)
{
    for (size_t i = 0; i < form->n; i++)
        if (!form->pair[i].from_query && str_is(form->pair[i].key, "s"))
            return form->pair[i].val;
    return STR_EMPTY;
}

static int refuse(struct page_ctx *c, int status, const char *msgid)
{
    error_say(c, status, msgid);
    return 1;
}

/* 0: the session is open; 1: an answer is in place; -1: the database failed. */
static int open_session(struct page_ctx *c, struct err *e)
{
    struct str s = secret_field(&c->form);
    if (!carry_find(c->a, c->req, form_get(&c->form, "l"), s, &c->carry))
        return refuse(c, 403, "fault.expired");
    int found = session_find(c->app->db, c->a, crypt_digest(c->a, c->carry.secret),
                             c->now_ms, &c->session, e);
    if (found < 0)
        return -1;
    bool fits =
        found == 1 && (c->carry.in_form ? c->session.cookieless
                                        : str_eq(c->session.handle, c->carry.handle));
    if (!fits) {
        c->session = (struct session){.handle = STR_EMPTY};
        c->carry = (struct carry){.handle = STR_EMPTY};
        return refuse(c, 403, "fault.expired");
    }
    c->cookieless = c->carry.in_form;
    enter_frames(c, c->session.frame_origins, c->session.return_url);
    if (!c->session.enabled)
        return refuse(c, 403, "fault.switched_off");
    return 0;
}

/* 0 go on, 1 refused and answered, -1 error. */
static int admit(struct page_ctx *c, const struct route *r, struct err *e)
{
    if (!(r->flags & ROUTE_SESSION))
        return 0;
    if (read_form(c) != 0)
        return 1;
    int rc = open_session(c, e);
    if (rc != 0)
        return rc;
    bool somewhere = c->session.course_id != 0 && c->session.person_id != 0;
    if ((r->flags & ROUTE_COURSE) && !somewhere)
        return refuse(c, 403, "error.no_course");
    if ((r->flags & ROUTE_STAFF) && !c->session.is_staff)
        return refuse(c, 403, "error.denied");
    if ((r->flags & ROUTE_CSRF) &&
        !carry_csrf_ok(c->a, c->app->keys, c->carry.secret, page_field(c, "csrf")))
        return refuse(c, 403, "error.stale");
    return 0;
}

static int refused_envelope(struct page_ctx *c, const struct route *r)
{
    if (r != NULL && (r->flags & ROUTE_API))
        return sender_refuse(c, c->req->refused,
                             c->req->refused == 413 ? STR("more than 4 MiB")
                                                    : STR("the request came in pieces"),
                             NULL, -1);
    struct fault f = {.id = c->req->refused == 413 ? FAULT_FORM_TOO_BIG : FAULT_FORM_BAD};
    return error_fault(c, &f, &(struct error_about){.registration_id = 0});
}

static int answer(struct page_ctx *c, struct err *e)
{
    const struct route *r = route_find(c->req->path);
    page_frames(c, STR_EMPTY);
    if (c->req->refused != 0)
        return refused_envelope(c, r);
    if (r == NULL)
        return error_say(c, 404, "error.not_found");
    int method = c->req->method == REQ_HEAD ? REQ_GET : (int)c->req->method;
    if (!(r->methods & method))
        return wrong_method(c, r);
    int rc = admit(c, r, e);
    return rc == 0 ? r->fn(c, e) : rc < 0 ? -1 : 0;
}

/* A program asked: it may come again when the database is there. */
static void failed(struct page_ctx *c, const struct err *e)
{
    bool later = e->code == ERR_BUSY || e->code == ERR_UNAVAILABLE;
    log_err(LOG_ERROR, "web.failed", e);
    sender_refuse(c, later ? 503 : 500, STR("it could not be stored: send it again"),
                  NULL, -1);
}

void route_run(struct page_ctx *c)
{
    struct err e = {0};
    const struct route *r = route_find(c->req->path);
    int rc = answer(c, &e);
    if (rc != 0 && r != NULL && (r->flags & ROUTE_API))
        failed(c, &e);
    else if (rc != 0)
        error_err(c, &e);
    INVARIANT(c->res->status != 0);
}
