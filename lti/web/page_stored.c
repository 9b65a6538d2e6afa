/* What Waymark keeps about the person who looks, in full, in plain words. Flags and staff
 * notes are no part of it (FEATURES.md 12). */
#include "web/error.h"
#include "web/event_view.h"

static struct view *group(struct view *groups, const char *title)
{
    struct view *g = view_item(groups);
    view_msg(g, "title", title);
    return view_list(g, "items");
}

static struct view *item(struct view *items, const char *label)
{
    struct view *o = view_item(items);
    view_msg(o, "label", label);
    return o;
}

static int64_t skills_with_evidence(const struct panel *p)
{
    int64_t n = 0;
    for (size_t i = 0; i < p->skills_n; i++)
        n += p->skills[i].evidence_n > 0;
    return n;
}

/* Messages of their own; what teachers decide is no part of it. */
static int64_t told(const struct person_page *p)
{
    int64_t n = 0;
    for (size_t i = 0; i < p->decisions_n; i++)
        n += str_is(p->decisions[i].kind, "ask_teacher") ||
             str_is(p->decisions[i].kind, "looks_wrong");
    return n;
}

static void put_groups(struct view *v, const struct person_page *p)
{
    struct view *groups = view_list(v, "groups");
    struct view *me = group(groups, "stored.group_me");
    view_str(item(me, "stored.name"), "value", p->name);
    struct view *course = group(groups, "stored.group_course");
    view_int(item(course, "stored.skills"), "value", skills_with_evidence(&p->panel));
    view_int(item(course, "stored.decisions"), "value", told(p));
}

int page_stored(struct page_ctx *c, struct err *e)
{
    struct person_page p;
    struct learn l = page_learn(c);
    int found = person_read(&l, c->session.person_id, c->session.person_id, &p, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_say(c, 404, "error.not_found");
    struct view *v = page_view(c);
    view_msg(v, "title", "title.stored");
    put_groups(v, &p);
    event_view(c, v, "rows", p.events, p.events_n);
    view_int(v, "rows_n", (int64_t)p.events_all);
    view_int(v, "rows_more", (int64_t)(p.events_all - p.events_n));
    view_nav(v, "nav_back", "/panel", "page.back");
    return page_render(c, 200, "stored", v, e);
}
