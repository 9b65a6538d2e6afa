/* Deep Linking (LTI.md section 3): a teacher chooses what to add to the course, and the
 * LMS is told by a signed message that the browser carries. Every way out of this page
 * is such a message, be it empty (DL-3). */
#include "base/crypt.h"
#include "jose/toolkey.h"
#include "learn/units.h"
#include "msg/pick.h"
#include "msg/role.h"
#include "store/course.h"
#include "store/lineitem.h"
#include "store/picking.h"
#include "store/registration.h"
#include "web/error.h"

#define UNITS_MAX 60 /* shown; the form has four fields a unit */

struct picker {
    struct picking at;
    struct launch_deep_link wants;
    struct course course; /* id 0: none */
    struct units_row *units;
    size_t units_n;
    struct pick_offer offer;
};

/* DL-1: staff or content developers; or anybody where the platform tells no roles, who
 * then sees nothing but titles of the course. */
static bool may_pick(const struct page_ctx *c, const struct picker *p)
{
    return c->session.is_staff || (c->session.roles & ROLE_CONTENT_DEVELOPER) != 0 ||
           (p->wants.roles_untold && c->app->conf->pick_without_roles);
}

/* 1, 0 this session is for something else, -1. */
static int load(struct page_ctx *c, struct picker *p, struct err *e)
{
    int found =
        picking_get(c->app->db, c->a, c->session.tenant_id, c->session.hash, &p->at, e);
    if (found != 1)
        return found;
    return deeplink_unpack(c->a, p->at.settings, &p->wants, e) == 0 ? 1 : -1;
}

/* What there is to pick. */
static int offer(struct page_ctx *c, struct picker *p, struct err *e)
{
    struct learn l = page_learn(c);
    struct lineitem mastery;
    int known = 0;
    if (c->session.course_id != 0) {
        if (course_get(l.db, c->a, l.tenant_id, l.course_id, &p->course, e) != 1 ||
            units_read(&l, &p->units, &p->units_n, e) != 0)
            return -1;
        known = lineitem_get(l.db, c->a, l.tenant_id, l.course_id, STR(PICK_MASTERY_TAG),
                             &mastery, e);
    }
    bool has_column = known == 1 && str_is(mastery.state, "used");
    if (known < 0)
        return -1;
    if (p->units_n > UNITS_MAX)
        p->units_n = UNITS_MAX;
    struct pick_unit *units = ARENA_ARRAY(c->a, struct pick_unit, p->units_n);
    for (size_t i = 0; i < p->units_n; i++)
        units[i] = (struct pick_unit){p->units[i].slug, p->units[i].title};
    p->offer = (struct pick_offer){.several = p->wants.takes_several,
                                   .gates = p->wants.takes_columns,
                                   .panel_column = p->wants.takes_columns && !has_column,
                                   .units = units,
                                   .units_n = p->units_n,
                                   .title = p->wants.title,
                                   .text = p->wants.text};
    return 0;
}

/* --- the picker ------------------------------------------------------------------- */

static bool ticked(const struct page_ctx *c, struct str key)
{
    for (size_t i = 0; i < c->form.n; i++)
        if (str_is(c->form.pair[i].key, "item") && str_eq(c->form.pair[i].val, key))
            return true;
    return false;
}

struct kind {
    const char *view; /* of the link, and the member of the view */
    const char *text; /* what it is */
    const char *name; /* the title that it would get */
};

static const struct kind kinds[] = {{"panel", "pick.whole", "pick.panel_name"},
                                    {"unit", "pick.unit", "pick.unit_name"},
                                    {"gate", "pick.gate", "pick.gate_name"}};
enum { PANEL, UNIT, GATE };

/* One thing to tick, with the title that was typed, or that the platform wishes for (the
 * panel), or ours. */
static void put_item(struct page_ctx *c, struct view *o, const struct kind *kind,
                     struct str slug, struct str title)
{
    struct str key = pick_key(c->a, kind->view, slug);
    struct str typed =
        form_get(&c->form, str_z(c->a, str_fmt(c->a, "title.%.*s", STR_ARG(key))));
    struct view *item = view_child(o, kind->view);
    view_str(item, "key", key);
    view_bool(item, "checked", ticked(c, key));
    view_msg(item, "text", kind->text);
    if (typed.n > 0 || (slug.n == 0 && title.n > 0))
        view_str(item, "name", typed.n > 0 ? typed : title);
    else
        view_str(view_msg(item, "name", kind->name), "unit", title);
}

static void put_units(struct page_ctx *c, struct view *v, const struct picker *p)
{
    struct view *list = view_list(v, "units");
    view_int(v, "units_n", (int64_t)p->units_n);
    for (size_t i = 0; i < p->units_n; i++) {
        const struct units_row *u = &p->units[i];
        struct view *o = view_item(list);
        view_str(o, "id", page_id(c, (int64_t)i + 1));
        view_str(o, "title", u->title);
        view_int(o, "skills", u->skills);
        put_item(c, o, &kinds[UNIT], u->slug, u->title);
        if (p->offer.gates)
            put_item(c, o, &kinds[GATE], u->slug, u->title);
    }
}

static void put_dates(struct page_ctx *c, struct view *v)
{
    static const char *const fields[] = {"from", "until", "due"};
    bool any = false;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct str typed = page_field(c, fields[i]);
        view_str(v, fields[i], typed);
        any = any || typed.n > 0;
    }
    struct str zone = page_field(c, "zone");
    view_str(v, "zone", zone.n > 0 ? zone : STR("+00:00"));
    view_bool(v, "dated", any);
}

static const char *const problems[] = {
    [PICK_NONE] = "pick.problem_none", [PICK_ONE] = "pick.problem_one",
    [PICK_MANY] = "pick.problem_many", [PICK_UNKNOWN] = "pick.problem_unknown",
    [PICK_DATE] = "pick.problem_date", [PICK_ORDER] = "pick.problem_order"};

static int show(struct page_ctx *c, const struct picker *p, enum pick_problem problem,
                struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "title.pick");
    view_str(v, "course", c->session.course_title);
    if (problem != PICK_FINE)
        view_msg(v, "problem", problems[problem]);
    view_bool(v, "several", p->offer.several);
    view_bool(v, "no_gates", p->units_n > 0 && !p->offer.gates);
    view_bool(v, "column", p->offer.panel_column);
    view_bool(v, "column_checked", form_has(&c->form, "column"));
    put_item(c, v, &kinds[PANEL], STR_EMPTY,
             p->offer.several ? STR_EMPTY : p->offer.title);
    put_units(c, v, p);
    put_dates(c, v);
    if (c->session.is_staff && c->session.course_id != 0 && c->session.person_id != 0 &&
        p->units_n == 0)
        view_nav(v, "nav_start", "/start", "pick.start");
    view_str(v, "return_url", STR_EMPTY); /* "Cancel" is the way back */
    return page_render(c, problem == PICK_FINE ? 200 : 400, "pick", v, e);
}

/* Nothing can be chosen here; the way back is all there is. */
static int closed(struct page_ctx *c, int status, const char *why, struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "title.pick");
    view_msg(v, "text", why);
    view_str(v, "return_url", STR_EMPTY);
    return page_render(c, status, "pick_closed", v, e);
}

/* Why nothing can be chosen, or NULL. */
static const char *obstacle(const struct page_ctx *c, const struct picker *p, int *status)
{
    *status = 403;
    if (!may_pick(c, p))
        return "pick.not_yours"; /* I75 */
    *status = 200;
    if (!p->wants.takes_links)
        return "pick.takes_nothing"; /* DL-4 */
    *status = 409;
    if (p->at.answers > 0 || p->at.expires_ms <= c->now_ms)
        return "pick.over"; /* I100 */
    return NULL;
}

/* --- the answer ------------------------------------------------------------------- */

static int sign(struct page_ctx *c, const struct picker *p, struct deeplink_answer *in,
                struct str *jwt, struct err *e)
{
    struct registration reg;
    int found = registration_get(c->app->db, c->a, c->session.registration_id, &reg, e);
    if (found != 1)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "the registration is gone");
    in->client_id = reg.client_id;
    in->issuer = reg.issuer;
    in->deployment_id = p->at.deployment_id;
    in->has_data = p->at.has_data;
    in->data = p->at.data;
    in->nonce = crypt_token(c->a, c->app->env);
    in->url = str_fmt(c->a, "%.*s/lti/launch", STR_ARG(c->app->conf->public_url));
    in->course = p->course.id != 0 ? p->course.context_id : STR_EMPTY;
    in->now_ms = c->now_ms;
    return toolkey_sign(c->app->toolkey, c->a, deeplink_claims(c->a, in), jwt, e);
}

/* The page that hands the message to the LMS: by itself, or by its button. */
static int hand_over(struct page_ctx *c, const struct picker *p, struct str jwt, size_t n,
                     struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "title.pick");
    view_int(v, "n", (int64_t)n);
    view_str(v, "action", p->at.return_url);
    view_str(v, "jwt", jwt);
    view_str(v, "return_url", STR_EMPTY);
    page_forms_leave(c);
    return page_render(c, 200, "pick_done", v, e);
}

/* Always granted, to a learner too, and as often as it is asked for: it adds nothing. */
static int nothing(struct page_ctx *c, const struct picker *p, struct err *e)
{
    int status;
    struct str jwt;
    struct view *words = view_new(c->a);
    const char *why = obstacle(c, p, &status);
    struct deeplink_answer in = {.items_n = 0};
    if (why != NULL) {
        in.errormsg = page_words(c, view_msg(words, "text", why));
        in.errorlog = str_fmt(c->a, "waymark: %s", why);
    }
    if (sign(c, p, &in, &jwt, e) != 0 ||
        picking_answer(c->app->db, p->at.tenant_id, p->at.session_hash, false, c->now_ms,
                       e) < 0)
        return -1;
    return hand_over(c, p, jwt, 0, e);
}

static int add(struct page_ctx *c, const struct picker *p, struct err *e)
{
    struct str jwt;
    struct pick_result r;
    struct view *words = view_new(c->a);
    pick_read(c->a, &c->form, &p->offer, &r);
    if (r.problem != PICK_FINE)
        return show(c, p, r.problem, e);
    struct view *msg = view_msg(words, "msg", "pick.msg");
    view_int(msg, "n", (int64_t)r.items_n);
    struct deeplink_answer in = {
        .items = r.items, .items_n = r.items_n, .msg = page_words(c, msg)};
    if (sign(c, p, &in, &jwt, e) != 0)
        return -1;
    if (jwt.n > DEEPLINK_JWT_MAX)
        return show(c, p, PICK_MANY, e);
    int first = picking_answer(c->app->db, p->at.tenant_id, p->at.session_hash, true,
                               c->now_ms, e);
    if (first < 0)
        return -1;
    return first == 1 ? hand_over(c, p, jwt, r.items_n, e)
                      : closed(c, 409, "pick.over", e);
}

int page_pick(struct page_ctx *c, struct err *e)
{
    struct picker p = {.course = {.id = 0}};
    struct str what = c->req->method == REQ_POST ? page_field(c, "do") : STR_EMPTY;
    int status, found = load(c, &p, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_say(c, 404, "error.no_pick");
    if (what.n > 0 &&
        !carry_csrf_ok(c->a, c->app->keys, c->carry.secret, page_field(c, "csrf")))
        return error_say(c, 403, "error.stale");
    if (str_is(what, "cancel"))
        return nothing(c, &p, e);
    const char *why = obstacle(c, &p, &status);
    if (why != NULL)
        return closed(c, status, why, e);
    if (offer(c, &p, e) != 0)
        return -1;
    return str_is(what, "add") ? add(c, &p, e) : show(c, &p, PICK_FINE, e);
}
