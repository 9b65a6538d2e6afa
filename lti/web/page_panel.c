/* The student's panel: what to do next and why. Two or three reads, one batched write; no
 * engine, no network. */
#include "learn/panel.h"

#include "web/panel_view.h"

/* A course whose teacher has not chosen a skill map yet. */
static int not_ready(struct page_ctx *c, struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "title.not_ready");
    view_str(v, "course", c->session.course_title);
    view_nav(v, "nav_stored", "/stored", "panel.stored");
    if (c->session.is_staff)
        view_nav(v, "nav_start", "/start", "course.change_map");
    return page_render(c, 200, "not_ready", v, e);
}

/* What the link shows, unless the whole was asked for. */
static struct str unit_of(struct page_ctx *c)
{
    struct str kind, unit;
    str_cut(c->session.shows, '/', &kind, &unit);
    return form_has(&c->form, "all") ? STR_EMPTY : unit;
}

int page_panel(struct page_ctx *c, struct err *e)
{
    struct panel p;
    struct learn l = page_learn(c);
    struct panel_who who = {.person_id = c->session.person_id,
                            .by_person_id = c->session.person_id,
                            .focus = page_field(c, "focus"),
                            .unit = unit_of(c),
                            .cards = PANEL_CARDS};
    if (!c->session.has_map)
        return not_ready(c, e);
    if (panel_read(&l, &who, &p, e) != 0)
        return -1;
    page_sync_stale(c, p.begun_ms, p.wanted_ms);
    struct view *v = page_view(c);
    view_str(view_msg(v, "title", "panel.title"), "course", p.course_title);
    panel_view(c, v, &p);
    view_str(v, "unit", p.unit);
    view_bool(v, "unit_lost", p.unit_lost);
    if (p.unit.n > 0)
        view_nav_field(view_nav(v, "nav_all", "/panel", "panel.whole"), "all", STR("1"));
    view_nav(v, "nav_choices", "/choices", "panel.more_choices");
    view_nav(v, "nav_stored", "/stored", "panel.stored");
    if (c->session.is_staff)
        view_nav(v, "nav_course", "/course", "panel.course_page");
    return page_render(c, 200, "panel", v, e);
}
