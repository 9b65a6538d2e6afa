/* Submission review (LTI.md 8.3): what one person did for one column of the gradebook,
 * what of it counted and why. A student comes to their own work only; the launch saw to
 * that (I77). Staff may see whoever is or was in this course. */
#include "engine/unit.h"
#include "learn/person.h"
#include "web/error.h"
#include "web/event_view.h"
#include "web/panel_view.h"

/* Nobody whom we know in this course, or nothing done yet: no error (8.3). */
static int nothing(struct page_ctx *c, struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "review.title");
    view_msg(v, "heading", "review.none_heading");
    view_msg(v, "text", "review.none");
    view_nav(v, "nav_back", c->session.is_staff ? "/course" : "/panel", "page.back");
    return page_render(c, 200, "message", v, e);
}

/* Having opened something is no work. */
static bool has_work(const struct person_page *p)
{
    for (size_t i = 0; i < p->events_n; i++)
        if (p->events[i].row.kind != EVIDENCE_ACCESS)
            return true;
    return false;
}

/* The unit that the column stands for, by its short name; NULL: the whole course. */
static const struct panel_unit *unit_of(struct page_ctx *c, const struct panel *p)
{
    struct str kind, slug;
    str_cut(c->session.shows, '/', &kind, &slug);
    for (size_t i = 0; slug.n > 0 && i < p->units_n; i++)
        if (str_eq(unit_slug(c->a, p->units[i].title), slug))
            return &p->units[i];
    return NULL;
}

/* The skills of one unit alone; next steps and neighbours are not shown here. */
static struct panel only(struct page_ctx *c, const struct panel *p,
                         const struct panel_unit *unit)
{
    struct panel out = *p;
    out.next_n = 0;
    out.focus.at = NULL;
    if (unit == NULL)
        return out;
    struct panel_unit *one = ARENA_NEW(c->a, struct panel_unit);
    *one = *unit;
    out.units = one;
    out.units_n = 1;
    out.skills = ARENA_ARRAY(c->a, struct panel_skill, p->skills_n);
    out.skills_n = 0;
    for (size_t i = 0; i < p->skills_n; i++)
        if (str_eq(p->skills[i].unit, unit->title))
            out.skills[out.skills_n++] = p->skills[i];
    return out;
}

static bool is_about(const struct panel *p, const struct person_event *ev)
{
    for (size_t i = 0; i < p->skills_n; i++)
        if (str_eq(p->skills[i].title, ev->skill_title))
            return true;
    return false;
}

/* The work: entries of the unit's skills, or of the whole course. */
static void put_events(struct page_ctx *c, struct view *v, const struct person_page *p,
                       const struct panel *shown, bool whole)
{
    struct person_event *rows = ARENA_ARRAY(c->a, struct person_event, p->events_n);
    size_t n = 0;
    for (size_t i = 0; i < p->events_n; i++)
        if (p->events[i].row.kind != EVIDENCE_ACCESS &&
            (whole || is_about(shown, &p->events[i])))
            rows[n++] = p->events[i];
    event_view(c, v, "events", rows, n);
    view_int(v, "events_n", (int64_t)n);
}

static void put_share(struct view *v, const struct panel *p)
{
    int64_t mastered = 0, total = 0;
    for (size_t i = 0; i < p->units_n; i++) {
        mastered += (int64_t)p->units[i].mastered;
        total += (int64_t)p->units[i].total;
    }
    view_int(v, "mastered", mastered);
    view_int(v, "total", total);
}

int page_review(struct page_ctx *c, struct err *e)
{
    const struct session *s = &c->session;
    bool own = s->about_person_id == s->person_id;
    struct person_page p;
    struct learn l = page_learn(c);
    if (!str_is(s->message_type, "LtiSubmissionReviewRequest"))
        return error_say(c, 404, "error.not_found");
    if (!own && !s->is_staff) /* the launch refused it already */
        return error_say(c, 403, "fault.review_other");
    if (s->about_person_id == 0)
        return nothing(c, e);
    int found = person_read(&l, s->about_person_id, s->person_id, &p, e);
    if (found < 0)
        return -1;
    if (found == 0 || !has_work(&p))
        return nothing(c, e);
    const struct panel_unit *unit = unit_of(c, &p.panel);
    struct panel shown = only(c, &p.panel, unit);
    struct view *v = page_view(c);
    view_msg(v, "title", "review.title");
    panel_view(c, v, &shown);
    view_bool(v, "own", own);
    view_str(v, "name", p.name);
    view_bool(v, "active", p.active);
    view_str(v, "unit", unit != NULL ? unit->title : STR_EMPTY);
    put_share(v, &shown);
    put_events(c, v, &p, &shown, unit == NULL);
    if (s->is_staff) {
        struct view *nav = view_nav(v, "nav_person", "/person", "review.person");
        view_nav_field(nav, "person", page_id(c, s->about_person_id));
    } else {
        view_nav(v, "nav_person", "/panel", "panel.title");
    }
    return page_render(c, 200, "review", v, e);
}
