/* Data privacy launch (LTI.md 8.4): what is kept about a person in this deployment, and a
 * request for a copy or for erasure. A request is recorded for people; nothing is done by
 * itself. Whom it is about was settled at the launch: somebody else for an administrator
 * of the institution or the system only. */
#include "learn/privacy.h"

#include "web/error.h"

static void put_person(struct page_ctx *c, struct view *v, const struct privacy *p)
{
    view_str(v, "name", p->name);
    view_bool(v, "has_name", p->has_name);
    view_int(v, "marks_n", p->marks_n);
    view_int(v, "classes_n", p->classes_n);
    view_when(v, "since", p->since_ms, c->now_ms);
    struct view *list = view_list(v, "courses");
    view_int(v, "courses_n", (int64_t)p->courses_n);
    for (size_t i = 0; i < p->courses_n; i++) {
        struct view *o = view_item(list);
        view_str(o, "course", p->courses[i].title);
        view_bool(o, "active", p->courses[i].active);
        view_int(o, "entries", p->courses[i].evidence_n);
        view_int(o, "decisions", p->courses[i].decisions_n);
    }
}

/* What was asked for, and a button for what is not being asked for just now. */
static void put_requests(struct page_ctx *c, struct view *v, const struct privacy *p)
{
    bool open_export = false, open_erase = false;
    struct view *list = view_list(v, "requests");
    view_int(v, "requests_n", (int64_t)p->requests_n);
    for (size_t i = 0; i < p->requests_n; i++) {
        const struct request *q = &p->requests[i];
        bool open = str_is(q->state, "open");
        struct view *o = view_item(list);
        view_msg(o, "text", page_message(c, "privacy.", q->kind));
        view_msg(o, "state", page_message(c, "privacy_state.", q->state));
        view_when(o, "when", q->at_ms, c->now_ms);
        open_export = open_export || (open && str_is(q->kind, "export"));
        open_erase = open_erase || (open && str_is(q->kind, "erase"));
    }
    view_bool(v, "can_export", !open_export);
    view_bool(v, "can_erase", !open_erase);
}

int page_privacy(struct page_ctx *c, struct err *e)
{
    const struct session *s = &c->session;
    struct privacy p = {.name = STR_EMPTY};
    struct learn l = page_learn(c);
    int found = 0;
    if (!page_is_privacy(c) || s->person_id == 0)
        return error_say(c, 404, "error.not_found");
    if (s->about_person_id != 0)
        found = privacy_read(&l, s->about_person_id, s->person_id, &p, e);
    if (found < 0)
        return -1;
    struct view *v = page_view(c);
    view_msg(v, "title", "privacy.title");
    view_bool(v, "own", s->about_person_id == s->person_id);
    view_bool(v, "known", found == 1);
    if (found == 1) {
        put_person(c, v, &p);
        put_requests(c, v, &p);
    }
    return page_render(c, 200, "privacy", v, e);
}
