/* Our scores in the LMS, for the teacher: what was edited there, what was not taken, and
 * the column itself. */
#include "learn/scores.h"

#include "web/flag_view.h"
#include "web/score_view.h"

static void put_column(struct view *v, const struct scores *s)
{
    if (!s->has_column)
        return;
    struct view *o = view_child(v, "column");
    view_bool(o, "used", str_is(s->column.state, "used"));
    view_bool(o, "made", str_is(s->column.state, "used") && s->column.made);
    view_bool(o, "removing", str_is(s->column.state, "removing"));
    view_bool(o, "removed", str_is(s->column.state, "removed"));
}

static void put_refusals(struct page_ctx *c, struct view *v, const struct scores *s)
{
    struct view *list = view_list(v, "refused");
    view_int(v, "refused_n", (int64_t)s->refusals_n);
    for (size_t i = 0; i < s->refusals_n; i++) {
        struct view *o = view_item(list);
        flag_view_person(c, o, s->refusals[i].person_id, s->refusals[i].name);
        view_str(o, "why", s->refusals[i].why);
        view_str(o, "person", page_id(c, s->refusals[i].person_id));
        view_when(o, "when", s->refusals[i].at_ms, c->now_ms);
    }
}

int page_scores(struct page_ctx *c, struct err *e)
{
    struct scores s;
    struct learn l = page_learn(c);
    if (scores_read(&l, c->session.person_id, &s, e) != 0)
        return -1;
    struct view *v = page_view(c);
    view_str(view_msg(v, "title", "scores.title"), "course", s.course_title);
    view_str(v, "course", s.course_title);
    view_int(v, "waiting", s.waiting);
    score_view(c, v, s.edits, s.edits_n);
    put_refusals(c, v, &s);
    put_column(v, &s);
    view_bool(v, "calm", s.edits_n == 0 && s.refusals_n == 0);
    view_nav(v, "nav_back", "/course", "page.back");
    return page_render(c, 200, "scores", v, e);
}
