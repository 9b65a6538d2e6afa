/* One student, for the teacher: skills, flags, and every row of evidence they stand on.
 */
#include "learn/person.h"

#include "web/error.h"
#include "web/event_view.h"
#include "web/flag_view.h"
#include "web/panel_view.h"

static void put_flags(struct page_ctx *c, struct view *v, const struct person_page *p)
{
    struct view *list = view_list(v, "flags");
    view_int(v, "flags_n", (int64_t)p->flags_n);
    for (size_t i = 0; i < p->flags_n; i++)
        flag_view(c, view_item(list), &p->flags[i]);
}

static void put_decisions(struct page_ctx *c, struct view *v, const struct person_page *p)
{
    struct view *list = view_list(v, "decisions");
    view_int(v, "decisions_n", (int64_t)p->decisions_n);
    for (size_t i = 0; i < p->decisions_n; i++) {
        struct view *o = view_item(list);
        view_msg(o, "text", page_message(c, "decision.", p->decisions[i].kind));
        view_when(o, "when", p->decisions[i].at_ms, c->now_ms);
    }
}

int page_person(struct page_ctx *c, struct err *e)
{
    struct person_page p;
    struct learn l = page_learn(c);
    int64_t person_id = page_int(c, "person", 0);
    int found = person_read(&l, person_id, c->session.person_id, &p, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_say(c, 404, "error.not_found");
    struct view *v = page_view(c);
    struct view *title = view_msg(v, "title", "person.title");
    view_str(title, "name", p.name);
    view_str(title, "course", p.panel.course_title);
    panel_view(c, v, &p.panel);
    view_str(v, "name", p.name);
    view_bool(v, "active", p.active);
    view_int(v, "next_n", (int64_t)p.panel.next_n);
    put_flags(c, v, &p);
    event_view(c, v, "events", p.events, p.events_n);
    view_int(v, "events_n", (int64_t)p.events_all);
    put_decisions(c, v, &p);
    view_nav(v, "nav_back", "/course", "page.back");
    return page_render(c, 200, "person", v, e);
}
