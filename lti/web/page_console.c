/* Services of the LMS, tried one by one: what we ask and what comes back, for people who
 * certify an installation or look for a fault (LTI.md 9.1). A job makes the calls. */
#include "learn/learners.h"
#include "store/call.h"
#include "store/course.h"
#include "web/error.h"

#define CALLS 20
#define PEOPLE 200
#define LATE_MS 120000 /* a call that waits longer has lost its worker */
#define DOC_N ((size_t)1 << 20)
#define DEPTH 32

static void put_headers(struct view *o, const char *key, const struct js *list)
{
    struct view *headers = view_list(o, key);
    for (size_t i = 0; i < js_len(list); i++) {
        struct view *h = view_item(headers);
        view_str(h, "name", js_text(js_at(list, i), "name"));
        view_str(h, "value", js_text(js_at(list, i), "value"));
    }
}

static void put_exchange(struct view *o, const struct js *x)
{
    int64_t status = 0;
    bool cut = false;
    js_i64(js_get(x, "status"), &status);
    js_bool(js_get(x, "cut"), &cut);
    view_str(o, "method", js_text(x, "method"));
    view_str(o, "url", js_text(x, "url"));
    put_headers(o, "headers", js_get(x, "headers"));
    view_str(o, "body", js_text(x, "body"));
    view_int(o, "status", status);
    put_headers(o, "answer_headers", js_get(x, "answer_headers"));
    view_str(o, "answer", js_text(x, "answer"));
    view_bool(o, "cut", cut);
    view_str(o, "error", js_text(x, "error"));
}

static bool is_waiting(const struct page_ctx *c, const struct call *k)
{
    return str_is(k->state, "waiting") && c->now_ms - k->at_ms < LATE_MS;
}

static struct str state_of(const struct page_ctx *c, const struct call *k)
{
    return str_is(k->state, "waiting") && !is_waiting(c, k) ? STR("lost") : k->state;
}

static void put_head(struct page_ctx *c, struct view *o, const struct call *k)
{
    view_msg(o, "text", page_message(c, "console.", k->kind));
    view_msg(o, "state", page_message(c, "console_state.", state_of(c, k)));
    view_when(o, "when", k->at_ms, c->now_ms);
}

static void put_shown(struct page_ctx *c, struct view *v, const struct call *k)
{
    struct view *o = view_child(v, "shown"), *list = view_list(o, "exchanges");
    const struct js *doc =
        k->answer.n > 0 ? js_parse(c->a, k->answer, DOC_N, DEPTH, NULL) : NULL;
    const struct js *rows = js_get(doc, "exchanges");
    struct str problem = js_text(doc, "problem");
    put_head(c, o, k);
    view_bool(o, "waiting", is_waiting(c, k));
    if (problem.n > 0)
        view_msg(o, "problem", page_message(c, "console_problem.", problem));
    for (size_t i = 0; i < js_len(rows); i++)
        put_exchange(view_item(list), js_at(rows, i));
}

/* The calls, the one to show, and the line items that they made. */
static int put_calls(struct page_ctx *c, struct view *v, bool link_item, int64_t *items,
                     struct err *e)
{
    const struct session *s = &c->session;
    struct call *rows;
    size_t n, at = 0;
    int64_t wanted = page_int(c, "call", 0);
    bool waiting = false, removed = false;
    if (call_list(c->app->db, c->a, c->app->keys, s->tenant_id, s->course_id, CALLS,
                  &rows, &n, e) != 0)
        return -1;
    struct view *calls = view_list(v, "calls"), *made = view_list(v, "items");
    for (size_t i = 0; i < n; i++) {
        struct view *o = view_item(calls);
        put_head(c, o, &rows[i]);
        view_nav_field(view_nav(o, "nav", "/console", "console.show"), "call",
                       page_id(c, rows[i].id));
        waiting = waiting || is_waiting(c, &rows[i]);
        at = rows[i].id == wanted ? i : at;
        removed =
            removed || (str_is(rows[i].kind, "delete") && str_is(rows[i].state, "done"));
        const struct js *doc = !removed && rows[i].answer.n > 0
                                   ? js_parse(c->a, rows[i].answer, DOC_N, DEPTH, NULL)
                                   : NULL;
        if (js_text(doc, "item").n == 0)
            continue;
        struct view *item = view_item(made);
        view_str(item, "id", page_id(c, rows[i].id));
        view_str(item, "label", js_text(doc, "label"));
        ++*items;
    }
    view_int(v, "calls_n", (int64_t)n);
    view_int(v, "items_n", *items);
    view_bool(v, "has_item", link_item || *items > 0);
    view_bool(v, "refresh", waiting && !c->cookieless);
    if (n == 0)
        return 0;
    struct call shown;
    int found = call_get(c->app->db, c->a, c->app->keys, s->tenant_id, s->course_id,
                         rows[at].id, &shown, e);
    if (found == 1)
        put_shown(c, v, &shown);
    return found < 0 ? -1 : 0;
}

/* Who may get a score: asked for only when there is a place for one, because a large
 * course has many names to open. */
static int put_people(struct page_ctx *c, struct view *v, int64_t items, struct err *e)
{
    struct learn l = page_learn(c);
    struct learner *rows;
    size_t n;
    if (items == 0)
        return 0;
    if (learners_list(&l, PEOPLE, &rows, &n, e) != 0)
        return -1;
    struct view *list = view_list(v, "people");
    for (size_t i = 0; i < n; i++) {
        struct view *o = view_item(list);
        view_str(o, "id", page_id(c, rows[i].person_id));
        view_str(o, "name", rows[i].name);
    }
    view_int(v, "people_n", (int64_t)n);
    return 0;
}

static int put_services(struct page_ctx *c, struct view *v, bool *link_item,
                        struct err *e)
{
    const struct session *s = &c->session;
    struct course course;
    struct str item, scope;
    int found = course_get(c->app->db, c->a, s->tenant_id, s->course_id, &course, e);
    if (found != 1)
        return found;
    view_str(v, "roster", course.nrps_url);
    view_str(v, "grades", course.ags_lineitems_url);
    const struct js *scopes = js_parse(c->a, course.ags_scopes, DOC_N, 2, NULL);
    struct view *list = view_list(v, "scopes");
    for (size_t i = 0; i < js_len(scopes); i++)
        if (js_str(js_at(scopes, i), &scope))
            view_str(view_item(list), "text", scope);
    int own = call_link_item(c->app->db, c->a, s->tenant_id, s->course_id, s->link_id,
                             &item, e);
    *link_item = own == 1;
    view_bool(v, "link_item", *link_item);
    return own < 0 ? -1 : 1;
}

int page_console(struct page_ctx *c, struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "console.title");
    bool link_item = false;
    int found = put_services(c, v, &link_item, e);
    if (found == 0)
        return error_say(c, 404, "error.not_found");
    int64_t items = 0;
    if (found < 0 || put_calls(c, v, link_item, &items, e) != 0 ||
        put_people(c, v, items, e) != 0)
        return -1;
    view_nav(v, "nav_here", "/console", "course.reload");
    view_nav(v, "nav_back", c->session.has_map ? "/course" : "/start", "page.back");
    return page_render(c, 200, "console", v, e);
}
