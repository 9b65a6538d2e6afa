#include "web/ticket.h"

#include "msg/pack.h"
#include "store/login.h"

#define WINDOW "window:" /* what a ticket for a window of its own begins with */

struct swap {
    struct str state_hash;
    struct login_ticket row;
    int taken;
};

/* The login goes and the ticket comes, or neither. */
static int swap(struct db *db, void *ctx, struct err *e)
{
    struct swap *s = ctx;
    s->taken = s->state_hash.n > 0 ? login_take(db, s->state_hash, e) : 1;
    if (s->taken <= 0)
        return s->taken;
    return login_ticket_add(db, &s->row, e);
}

/* Seal `text` and put it aside. As ticket_make. */
static int put(struct page_ctx *c, struct swap *s, struct str text, struct str *secret,
               struct err *e)
{
    const struct app *app = c->app;
    *secret = crypt_token(c->a, app->env);
    s->row.ticket_hash = crypt_digest(c->a, *secret);
    s->row.expires_ms = c->now_ms + app->conf->ticket_s * 1000;
    if (crypt_seal(c->a, app->env, app->keys->seal, s->row.ticket_hash, text,
                   &s->row.launch, e) != 0 ||
        db_tx(app->db, DB_WRITE, swap, s, e) != 0)
        return -1;
    return s->taken;
}

int ticket_make(struct page_ctx *c, const struct ticket *t, struct str state_hash,
                struct str *secret, struct err *e)
{
    struct swap s = {
        .state_hash = state_hash,
        .row = {.registration_id = t->reg.id, .verifier_hash = t->verifier_hash}};
    return put(c, &s, pack_launch(c->a, &t->launch), secret, e);
}

int ticket_make_window(struct page_ctx *c, struct str *secret, struct err *e)
{
    struct swap s = {.row = {.registration_id = c->session.registration_id}};
    struct str text =
        str_fmt(c->a, WINDOW "%.*s", STR_ARG(c->carry.secret));
    return put(c, &s, text, secret, e) < 0 ? -1 : 0;
}

static int refuse(struct fault *f, enum fault_id id, const char *why)
{
    fault_set(f, id, "%s", why);
    return 1;
}

/* 0 with what was sealed, 1 = refused, -1. */
static int take(struct page_ctx *c, struct form *form, struct login_ticket *row,
                struct str *text, struct fault *f, struct err *e)
{
    if (!req_is_form(c->req))
        return refuse(f, FAULT_MEDIA_TYPE, "ticket");
    if (form_decode(c->a, STR_EMPTY, c->req->body, &form_limit_login, form, f) != 0)
        return 1;
    /* The ticket proves that the page was ours; the origin proves that it was sent from
     * there: else anybody could post a ticket of their own from their page, unseen. */
    if (!req_same_origin(c->req, c->app->conf->public_url))
        return refuse(f, FAULT_STATE_BROWSER, "not from our page");
    struct str hash = crypt_digest(c->a, form_get(form, "ticket"));
    int taken = login_ticket_take(c->app->db, c->a, hash, c->now_ms, row, e);
    if (taken < 0)
        return -1;
    if (taken == 0)
        return refuse(f, FAULT_TICKET, "unknown, used or expired");
    return crypt_open(c->a, c->app->keys->seal, hash, row->launch, text, e);
}

int ticket_take(struct page_ctx *c, struct ticket *out, struct fault *f, struct err *e)
{
    struct login_ticket row;
    struct str text;
    int rc = take(c, &out->form, &row, &text, f, e);
    if (rc != 0)
        return rc;
    if (str_starts(text, STR(WINDOW)))
        return refuse(f, FAULT_TICKET, "of another page");
    out->verifier_hash = row.verifier_hash;
    if (pack_read(c->a, text, &out->launch, e) != 0)
        return -1;
    int found = registration_get(c->app->db, c->a, row.registration_id, &out->reg, e);
    if (found < 0)
        return -1;
    if (found == 0 || !str_is(out->reg.state, "active"))
        return refuse(f, FAULT_REGISTRATION_DISABLED, "after the launch");
    return 0;
}

int ticket_take_window(struct page_ctx *c, struct str *secret, struct fault *f,
                       struct err *e)
{
    struct form form;
    struct login_ticket row;
    struct str text;
    int rc = take(c, &form, &row, &text, f, e);
    if (rc != 0)
        return rc;
    if (!str_starts(text, STR(WINDOW)))
        return refuse(f, FAULT_TICKET, "of another page");
    *secret = str_sub(text, sizeof WINDOW - 1, text.n);
    return 0;
}
