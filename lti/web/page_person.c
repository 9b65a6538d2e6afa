/* One student, for the teacher: skills, flags, and every row of evidence they stand on.
 */
#include "base/js.h"
#include "learn/groups.h"
#include "learn/person.h"

#include "web/error.h"
#include "web/event_view.h"
#include "web/flag_view.h"
#include "web/opening_view.h"
#include "web/panel_view.h"
#include "web/path_view.h"
#include "web/score_view.h"

#define FACTS_N 8192 /* bytes of a decision's facts */

static void put_flags(struct page_ctx *c, struct view *v, const struct person_page *p)
{
    struct view *list = view_list(v, "flags");
    view_int(v, "flags_n", (int64_t)p->flags_n);
    for (size_t i = 0; i < p->flags_n; i++)
        flag_view(c, view_item(list), &p->flags[i]);
}

static struct str skill_title(const struct person_page *p, struct str code)
{
    for (size_t i = 0; i < p->panel.skills_n; i++)
        if (str_eq(p->panel.skills[i].code, code))
            return p->panel.skills[i].title;
    return STR_EMPTY;
}

/* Which reason it was about, as long as that reason holds. */
static void put_kind(struct page_ctx *c, struct view *o, const struct person_page *p,
                     struct str rule)
{
    for (size_t i = 0; i < p->flags_n; i++)
        if (str_eq(p->flags[i].rule_code, rule))
            view_msg(o, "kind_word", page_message(c, "flag.", p->flags[i].mark));
}

static void put_decision(struct page_ctx *c, struct view *o, const struct person_page *p,
                         const struct decision *d)
{
    bool wrong = str_is(d->kind, "looks_wrong");
    view_when(o, "when", d->at_ms, c->now_ms);
    if (wrong || str_is(d->kind, "ask_teacher")) {
        view_str(o, "who", p->name);
        flag_view_message(o, wrong, skill_title(p, d->subject));
        return;
    }
    struct view *text = view_msg(o, "text", page_message(c, "decision.", d->kind));
    if (str_starts(d->kind, STR("unlock_"))) {
        struct js *facts = js_parse(c->a, d->facts, FACTS_N, 4, NULL);
        view_str(text, "title", js_text(facts, "title"));
        view_str(o, "note", js_text(facts, "note"));
        return;
    }
    put_kind(c, o, p, d->subject);
}

static void put_decisions(struct page_ctx *c, struct view *v, const struct person_page *p)
{
    struct view *list = view_list(v, "decisions");
    view_int(v, "decisions_n", (int64_t)p->decisions_n);
    for (size_t i = 0; i < p->decisions_n; i++)
        put_decision(c, view_item(list), p, &p->decisions[i]);
}

static void put_lms_groups(struct view *v, const struct str *names, size_t n)
{
    struct view *list = view_list(v, "lms_groups");
    view_int(v, "lms_groups_n", (int64_t)n);
    for (size_t i = 0; i < n; i++)
        view_str(view_item(list), "group", names[i]);
}

static void put_openings(struct page_ctx *c, struct view *v, const struct person_page *p,
                         int64_t person_id, const struct openlook_of *rows, size_t n)
{
    struct view *list = view_list(v, "openings");
    view_int(v, "openings_n", (int64_t)n);
    for (size_t i = 0; i < n; i++)
        opening_view_of(c, view_item(list), &rows[i], person_id, p->name);
}

int page_person(struct page_ctx *c, struct err *e)
{
    struct person_page p;
    struct scores_edit *edits;
    struct openlook_of *openings;
    struct str *groups;
    struct paths paths;
    size_t edits_n, groups_n, openings_n;
    struct learn l = page_learn(c);
    int64_t person_id = page_int(c, "person", 0);
    int found = person_read(&l, person_id, c->session.person_id, &p, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_say(c, 404, "error.not_found");
    if (scores_edits_of(&l, person_id, &edits, &edits_n, e) != 0 ||
        groups_of(&l, person_id, &groups, &groups_n, e) != 0 ||
        openlook_of(&l, person_id, &openings, &openings_n, e) != 0 ||
        paths_read(&l, person_id, &paths, e) != 0)
        return -1;
    struct view *v = page_view(c);
    struct view *title = view_msg(v, "title", "person.title");
    view_str(title, "name", p.name);
    view_str(title, "course", p.panel.course_title);
    panel_view(c, v, &p.panel);
    view_str(v, "name", p.name);
    view_bool(v, "active", p.active);
    view_int(v, "next_n", (int64_t)p.panel.next_n);
    put_flags(c, v, &p);
    path_view(c, v, &paths, &p.panel, person_id);
    event_view(c, v, "events", p.events, p.events_n);
    view_int(v, "events_n", (int64_t)p.events_n);
    view_int(v, "events_more", (int64_t)(p.events_all - p.events_n));
    put_decisions(c, v, &p);
    score_view(c, v, edits, edits_n);
    put_lms_groups(v, groups, groups_n);
    put_openings(c, v, &p, person_id, openings, openings_n);
    view_nav(v, "nav_back", "/course", "page.back");
    return page_render(c, 200, "person", v, e);
}
