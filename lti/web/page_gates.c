/* What opens when, for the teacher: what there is, and a form for something new. Nothing
 * is asked of the LMS here: what its access may do is known from the last look. */
#include "lms/canvas.h"
#include "store/course.h"
#include "store/lmsaccess.h"
#include "web/opening_view.h"

/* Ability bits of the course's access, as last probed, and the LMS's kind. 0, or -1. */
static int read_access(struct page_ctx *c, unsigned *can, struct str *kind, struct err *e)
{
    struct course course;
    struct lmsaccess access;
    struct lms_site site;
    struct err own = {0};
    *can = 0;
    *kind = STR_EMPTY;
    int found = course_get(c->app->db, c->a, c->session.tenant_id, c->session.course_id,
                           &course, e);
    if (found != 1)
        return found;
    struct str id = canvas_course(course.context_id, course.nrps_url);
    found = lmsaccess_find(c->app->db, c->a, c->app->keys, c->session.registration_id,
                           c->session.tenant_id, id, &access, &own);
    if (found < 0 && own.code != ERR_INPUT) { /* a secret that does not open: no access */
        *e = own;
        return -1;
    }
    const struct lms_ops *ops = found == 1 ? lms_find(access.kind) : NULL;
    if (ops == NULL)
        return 0;
    *kind = access.kind;
    if (lms_probed_read(ops, access.probed, &site, c->a) == 1)
        *can = site.can;
    return 0;
}

static void put_way(struct view *list, const char *key, const char *text, bool offered,
                    bool checked)
{
    struct view *o = view_item(list);
    view_str(o, "key", str_c(key));
    view_msg(o, "text", text);
    view_bool(o, "offered", offered);
    view_bool(o, "checked", checked);
    if (!offered)
        view_msg(o, "why_not", "gates.need_access");
}

/* Offered is what the LMS has, and its access lets us do. The first that needs nothing in
 * the grade book is proposed. */
static int put_ways(struct page_ctx *c, struct view *v, struct err *e)
{
    unsigned can;
    struct str kind;
    if (read_access(c, &can, &kind, e) < 0)
        return -1;
    bool may = (can & LMS_OPEN) != 0;
    bool canvas = str_is(kind, "canvas") || str_is(c->session.family, "canvas");
    struct view *list = view_list(v, "ways");
    put_way(list, "score", "gates.way.score", true, !may);
    if (canvas)
        put_way(list, "override", "gates.way.override", may, may);
    else
        put_way(list, "group", "gates.way.group", may, may);
    if (!may)
        view_nav(v, "nav_access", "/access", "course.access");
    return 0;
}

static void put_rows(struct page_ctx *c, struct view *v, const struct openlook_list *l)
{
    struct view *list = view_list(v, "openings");
    view_int(v, "openings_n", (int64_t)l->n);
    for (size_t i = 0; i < l->n; i++) {
        const struct openlook_row *row = &l->rows[i];
        struct view *o = view_item(list);
        struct view *nav = view_nav(o, "nav", "/gates/one", "gates.look");
        view_nav_field(nav, "opening", page_id(c, row->o.opening_id));
        view_str(nav, "label", row->unit_title.n > 0 ? row->unit_title : row->o.unit);
        opening_view_head(o, &row->o);
        view_bool(o, "active", str_is(row->o.state, "active"));
        view_msg(o, "state_word", page_message(c, "opening_state.", row->o.state));
        view_int(o, "in", row->counts[OPENLOOK_OPEN] + row->counts[OPENLOOK_SEEN]);
        view_int(o, "waiting", row->counts[OPENLOOK_WAITING]);
        view_int(o, "trouble",
                 row->counts[OPENLOOK_FAILED] + row->counts[OPENLOOK_CLOSED_THERE]);
        view_str(o, "problem_here", row->o.error);
    }
}

static void put_choices(struct view *v, const struct openlook_list *l)
{
    struct view *units = view_list(v, "units"), *targets = view_list(v, "targets");
    view_int(v, "units_n", (int64_t)l->units_n);
    for (size_t i = 0; i < l->units_n; i++) {
        struct view *o = view_item(units);
        view_str(o, "id", l->units[i].slug);
        view_str(o, "title", l->units[i].title);
    }
    for (size_t i = 0; i < l->targets_n; i++) {
        struct view *o = view_item(targets);
        view_str(o, "key", l->targets[i].key);
        view_str(o, "title", l->targets[i].title);
    }
}

int page_gates_say(struct page_ctx *c, const char *problem, struct err *e)
{
    struct openlook_list l;
    struct learn learn = page_learn(c);
    if (openlook_list(&learn, c->session.person_id, &l, e) != 0)
        return -1;
    struct view *v = page_view(c);
    view_msg(v, "title", "title.gates");
    if (problem != NULL)
        view_msg(v, "problem", problem);
    put_rows(c, v, &l);
    put_choices(v, &l);
    if (put_ways(c, v, e) != 0)
        return -1;
    if (l.units_n == 0)
        view_nav(v, "nav_start", "/start", "course.change_map");
    view_nav(v, "nav_back", "/course", "page.back");
    return page_render(c, problem != NULL ? 400 : 200, "gates", v, e);
}

int page_gates(struct page_ctx *c, struct err *e)
{
    return page_gates_say(c, NULL, e);
}
