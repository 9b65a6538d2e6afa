/* One skill of one person: the word, what it stands on, and what would change it. A
 * student sees their own; staff anybody's, with probability, rule and both ways. */
#include "learn/explain.h"

#include "web/error.h"
#include "web/event_view.h"
#include "web/panel_view.h"

#include <math.h>

static void put_rows(struct page_ctx *c, struct view *v, const struct explain *x)
{
    struct view *list = view_list(v, "rows");
    view_int(v, "rows_n", (int64_t)x->rows_n);
    view_int(v, "rows_more", (int64_t)(x->rows_all - x->rows_n));
    for (size_t i = 0; i < x->rows_n; i++) {
        struct view *o = view_item(list);
        event_view_one(c, o, &x->rows[i].event);
        if (x->rows[i].why != NULL)
            view_msg(o, "why", x->rows[i].why);
    }
}

static int64_t percent(double p)
{
    return (int64_t)floor(100 * p + 0.5);
}

/* Numbers, rule and versions: for staff. */
static void put_staff(struct view *v, const struct explain *x)
{
    struct view *s = view_child(v, "staff");
    if (x->panel.skills_n > 0 && x->skill->evidence_n > 0) {
        struct view *p = view_msg(s, "probability", "skill.probability");
        view_int(p, "p", percent(x->p));
        view_int(p, "low", percent(x->p_low));
        view_int(p, "high", percent(x->p_high));
    }
    if (x->more.known) {
        struct view *rule = view_msg(s, "rule", "skill.rule");
        view_int(rule, "n", x->more.min_rows);
        view_int(rule, "days", x->more.min_days);
        view_int(rule, "p", percent(x->more.p_mastered));
        if (x->more.review_days > 0)
            view_int(view_msg(s, "rule_review", "skill.rule_review"), "n",
                     x->more.review_days);
    }
    struct view *map = view_msg(s, "map", "skill.map");
    view_str(map, "title", x->map_title);
    view_int(map, "version", x->map_version);
    view_str(s, "rules_version", str_sub(x->rules_version, 0, 12));
    if (x->models_id != 0)
        view_int(view_msg(s, "models", "skill.models"), "id", x->models_id);
    else
        view_msg(s, "models", "skill.models_none");
}

static void put_changes(struct page_ctx *c, struct view *v, const struct explain *x)
{
    page_say(c, v, "change", &x->mastered);
    page_say(c, v, "opens_with", &x->opens);
    if (!str_eq(x->more.next.id, x->mastered.id)) /* nothing open shows it: said once */
        page_say(c, v, "next", &x->more.next);
    page_say(c, v, "less", &x->more.less);
    page_say(c, v, "open_less", &x->more.open);
    page_say(c, v, "down", &x->more.down);
    bool any = x->mastered.id.n > 0 || x->opens.id.n > 0 || x->more.down.id.n > 0;
    if (!any)
        view_msg(v, "change_none",
                 x->skill->word == MASTERY_MASTERED ? "skill.nothing_to_do"
                 : x->searched                      ? "skill.no_change"
                                                    : "skill.soon");
}

/* What it needs and what it opens, each with a way to its own page. */
static void put_neighbours(struct page_ctx *c, struct view *v, const struct explain *x,
                           int64_t person_id)
{
    const struct panel_focus *f = &x->panel.focus;
    struct view *needs = view_list(v, "needs"), *opens = view_list(v, "leads");
    view_int(v, "needs_n", (int64_t)f->needs_n);
    view_int(v, "leads_n", (int64_t)f->opens_n);
    for (size_t i = 0; i < f->needs_n; i++)
        panel_view_linked(c, view_item(needs), f->needs[i], person_id);
    for (size_t i = 0; i < f->opens_n; i++)
        panel_view_linked(c, view_item(opens), f->opens[i], person_id);
}

static void put_head(struct page_ctx *c, struct view *v, const struct explain *x,
                     bool own)
{
    struct view *title = view_msg(v, "title", own ? "skill.title" : "skill.title_of");
    view_str(title, "skill", x->skill->title);
    view_str(title, "name", x->name);
    view_str(v, "course", x->panel.course_title);
    view_str(v, "name", own ? STR_EMPTY : x->name);
    view_str(v, "unit", x->skill->unit);
    panel_view_skill(v, x->skill);
    view_when(v, "as_of", x->panel.as_of_ms, c->now_ms);
    view_when(v, "worked", x->as_of_ms, c->now_ms);
    view_msg(v, "means",
             page_message(c, "means.", str_c(mastery_word_name(x->skill->word))));
    view_bool(v, "locked", !x->skill->ready);
    panel_view_waits(c, v, x->skill);
    if (x->card != NULL) {
        struct view *card = view_child(v, "card");
        page_say(c, card, "fact", &x->card->fact);
        page_say(c, card, "reason", &x->card->link);
    }
}

int page_skill(struct page_ctx *c, struct err *e)
{
    const struct session *s = &c->session;
    struct explain x;
    struct learn l = page_learn(c);
    struct explain_who who = {.person_id = s->person_id,
                              .by_person_id = s->person_id,
                              .code = page_field(c, "code"),
                              .staff = s->is_staff};
    if (s->is_staff)
        who.person_id = page_int(c, "person", s->person_id);
    int found = s->has_map ? explain_read(&l, &who, &x, e) : 0;
    if (found < 0)
        return -1;
    if (found == 0)
        return error_say(c, 404, "error.not_found");
    bool own = who.person_id == s->person_id;
    struct view *v = page_view(c);
    put_head(c, v, &x, own);
    put_changes(c, v, &x);
    put_rows(c, v, &x);
    put_neighbours(c, v, &x, own ? 0 : who.person_id);
    if (s->is_staff)
        put_staff(v, &x);
    if (s->is_staff && !own)
        view_str(view_child(v, "judge"), "person", page_id(c, who.person_id));
    struct view *nav = view_nav(v, "nav_back", own ? "/panel" : "/person", "page.back");
    if (!own)
        view_nav_field(nav, "person", page_id(c, who.person_id));
    if (s->is_staff)
        view_nav(v, "nav_ties", "/map", "map.title");
    return page_render(c, 200, "skill", v, e);
}
