/* A gate (FEATURES.md 5.6): what it takes to open it and how far somebody is; for staff,
 * how far the class is and how to lock something behind it in their LMS. */
#include "learn/gates.h"
#include "store/gate.h"
#include "web/panel_view.h"

struct gate_page {
    struct str unit; /* slug */
    struct panel panel;
    struct gate_score score; /* of the person who looks */
    struct gate_class class;
    bool column;
};

static int read_column(struct page_ctx *c, struct gate_page *g, struct err *e)
{
    struct gate *rows;
    size_t n;
    if (gate_list(c->app->db, c->a, c->session.tenant_id, c->session.course_id, &rows, &n,
                  e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].unit, g->unit))
            g->column = rows[i].url.n > 0;
    return gate_class(c->app->db, c->session.tenant_id, c->session.course_id, g->unit,
                      &g->class, e);
}

static int read_score(struct page_ctx *c, struct gate_page *g, struct err *e)
{
    struct gate_score *rows;
    size_t n;
    if (gate_scores(c->app->db, c->a, c->session.tenant_id, c->session.course_id,
                    c->session.person_id, &rows, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].unit, g->unit))
            g->score = rows[i];
    return 0;
}

/* What the LMS knows, or will in a moment. */
static void put_progress(struct page_ctx *c, struct view *v, const struct gate_page *g)
{
    const struct panel *p = &g->panel;
    size_t held = gates_held(c->a, p->skills, p->skills_n, g->score.mastered);
    int64_t percent = gates_percent(held, p->skills_n);
    if (g->score.percent > percent)
        percent = g->score.percent; /* the unit has grown since */
    bool done = percent >= 100;
    panel_view_anew(c, v, &p->fresh);
    view_bool(v, "done", done);
    view_int(v, "held", (int64_t)held);
    view_int(v, "total", (int64_t)p->skills_n);
    view_int(v, "left", done ? 0 : (int64_t)(p->skills_n - held));
    view_int(v, "percent", percent);
}

static void put_class(struct page_ctx *c, struct view *v, const struct gate_page *g)
{
    bool moodle = str_is(c->session.family, "moodle");
    bool canvas = str_is(c->session.family, "canvas");
    struct view *staff = view_child(v, "staff");
    view_int(staff, "students", g->class.students);
    view_int(staff, "begun", g->class.begun);
    view_int(staff, "through", g->class.through);
    view_bool(staff, "column", g->column);
    view_bool(staff, "moodle", moodle || !canvas);
    view_bool(staff, "canvas", canvas || !moodle);
}

static void put_skills(struct page_ctx *c, struct view *v, const struct panel *p)
{
    struct view *list = view_list(v, "skills");
    for (size_t i = 0; i < p->skills_n; i++)
        panel_view_linked(c, view_item(list), &p->skills[i], p->about);
}

int page_gate(struct page_ctx *c, struct err *e)
{
    struct gate_page g = {.score = {.mastered = STR("[]")}};
    struct learn l = page_learn(c);
    struct str kind;
    str_cut(c->session.shows, '/', &kind, &g.unit);
    struct panel_who who = {.person_id = c->session.person_id,
                            .by_person_id = c->session.person_id,
                            .unit = g.unit,
                            .quiet = true};
    if (!c->session.has_map || !str_is(kind, "gate"))
        return page_panel(c, e);
    if (panel_read(&l, &who, &g.panel, e) != 0 ||
        (c->session.is_staff ? read_column(c, &g, e) : read_score(c, &g, e)) != 0)
        return -1;
    if (g.panel.unit_lost || g.panel.units_n == 0)
        return page_panel(c, e); /* it says that the unit is gone */
    struct view *v = page_view(c);
    view_str(view_msg(v, "title", "title.gate"), "unit", g.panel.unit);
    view_str(v, "unit", g.panel.unit);
    put_skills(c, v, &g.panel);
    if (c->session.is_staff)
        put_class(c, v, &g);
    else
        put_progress(c, v, &g);
    if (c->session.is_staff)
        view_nav(v, "nav_gates", "/gates", "course.gates");
    if (c->session.is_staff)
        view_nav(v, "nav_course", "/course", "gate.to_course");
    else
        view_nav(v, "nav_panel", "/panel", "gate.to_panel");
    return page_render(c, 200, "gate", v, e);
}
