/* What Waymark keeps about the person who looks, in full, in plain words. Flags and staff
 * notes are no part of it (FEATURES.md 12). */
#include "web/error.h"
#include "web/event_view.h"

static void put_item(struct view *items, const char *label, struct str value)
{
    struct view *o = view_item(items);
    view_msg(o, "label", label);
    if (value.n > 0)
        view_str(o, "value", value);
    else
        view_msg(o, "value", "stored.nothing");
}

static void put_about(struct view *v, const struct person_page *p)
{
    struct view *group = view_item(view_list(v, "groups"));
    struct view *items = view_list(group, "items");
    view_msg(group, "title", "stored.about_you");
    put_item(items, "stored.name", p->name);
    put_item(items, "stored.course", p->panel.course_title);
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
    view_msg(v, "title", "stored.heading");
    put_about(v, &p);
    event_view(c, v, "rows", p.events, p.events_n);
    view_int(v, "rows_n", (int64_t)p.events_all);
    view_int(v, "rows_more", (int64_t)(p.events_all - p.events_n));
    view_nav(v, "nav_back", "/panel", "page.back");
    return page_render(c, 200, "stored", v, e);
}
