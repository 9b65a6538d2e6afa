#include "web/flag_view.h"

void flag_view_person(struct page_ctx *c, struct view *o, int64_t person_id,
                      struct str name)
{
    struct view *nav = view_nav(o, "nav", "/person", "course.student");
    view_str(nav, "label", name);
    view_nav_field(nav, "person", page_id(c, person_id));
}

void flag_view_message(struct view *o, bool wrong, struct str skill_title)
{
    if (skill_title.n == 0)
        view_msg(o, "text", wrong ? "said.wrong" : "said.ask");
    else
        view_str(view_msg(o, "text", wrong ? "said.wrong_about" : "said.ask_about"),
                 "skill", skill_title);
}

/* "grades and quizzes", from the kinds of sources. */
static void put_sources(struct page_ctx *c, struct view *facts,
                        const struct dashboard_flag *f)
{
    if (f->sources_n == 0)
        return;
    struct view *msg = view_msg(view_item(facts), "text", "flag_fact.sources");
    const char *first = page_message(c, "via.", f->sources[0]);
    if (f->sources_n == 1) {
        view_msg(msg, "sources", first);
        return;
    }
    struct view *two = view_msg(msg, "sources", "list.two");
    view_msg(two, "a", first);
    view_msg(two, "b", page_message(c, "via.", f->sources[1]));
}

/* What was seen, and what would withdraw it. */
static void put_fact(struct page_ctx *c, struct view *o, const struct say *text,
                     const struct say *gone)
{
    page_say(c, o, "text", text);
    page_say(c, o, "change", gone);
}

void flag_view(struct page_ctx *c, struct view *o, const struct dashboard_flag *f)
{
    struct view *facts = view_list(o, "facts");
    view_str(o, "name", f->name);
    view_str(o, "person", page_id(c, f->person_id));
    struct view *rules = view_list(o, "rules");
    view_item_str(rules, f->rule_code);
    for (size_t i = 0; i < f->also_n; i++)
        view_item_str(rules, f->also_rules[i]);
    view_str(o, "kind", f->mark);
    view_msg(o, "kind_word", page_message(c, "flag.", f->mark));
    view_str(o, "level", f->level);
    view_msg(o, "level_word", page_message(c, "level.", f->level));
    view_when(o, "since", f->since_ms, c->now_ms);
    view_bool(o, "planned", f->planned);
    view_bool(o, "put_off", f->put_off);
    put_fact(c, view_item(facts), &f->text, &f->gone);
    for (size_t i = 0; i < f->also_n; i++)
        put_fact(c, view_item(facts), &f->also[i], &f->also_gone[i]);
    put_sources(c, facts, f);
    flag_view_person(c, o, f->person_id, f->name);
}
