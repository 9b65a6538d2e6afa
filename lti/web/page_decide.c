/* What a person decides: a teacher about a flag, a student about a recommendation. */
#include "learn/decide.h"

#include "web/page.h"

/* A student gets a word of thanks; a teacher goes on with the list. */
static int thanks(struct page_ctx *c, bool asked, struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "title.message");
    view_msg(v, "heading", asked ? "message.asked_heading" : "message.wrong_heading");
    view_msg(v, "text", asked ? "message.asked" : "message.wrong");
    view_nav(v, "nav_back", "/panel", "page.back");
    return page_render(c, 200, "message", v, e);
}

/* A card lists every reason to talk with somebody, so it is decided about all of them. */
static int decide_flags(struct page_ctx *c, struct learn *l, struct decide_in *in,
                        struct err *e)
{
    for (size_t i = 0; i < c->form.n; i++) {
        if (!str_is(c->form.pair[i].key, "subject"))
            continue;
        in->subject = c->form.pair[i].val;
        if (decide_add(l, in, e) != 0)
            return -1;
    }
    return page_go(c, "/course", page_course, e);
}

/* Back to where the path was chosen. */
static int go_on(struct page_ctx *c, int64_t person_id, struct err *e)
{
    if (!c->session.is_staff || person_id == c->session.person_id)
        return page_go(c, "/choices", page_choices, e);
    if (c->cookieless)
        return page_person(c, e);
    res_redirect(c->res, 303,
                 str_fmt(c->a, "%.*s&person=%lld", STR_ARG(page_url(c, "/person")),
                         (long long)person_id));
    return 0;
}

int page_decide(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    struct decide_in in = {.person_id = page_int(c, "person", c->session.person_id),
                           .by_person_id = c->session.person_id,
                           .by_staff = c->session.is_staff,
                           .kind = page_field(c, "kind"),
                           .subject = page_field(c, "subject")};
    if (str_starts(in.kind, STR("flag_")) && form_has(&c->form, "subject"))
        return decide_flags(c, &l, &in, e);
    if (decide_add(&l, &in, e) != 0)
        return -1;
    if (str_is(in.kind, "path") || str_is(in.kind, "format") ||
        str_is(in.kind, "swap") || str_starts(in.kind, STR("experiment_")))
        return go_on(c, in.person_id, e);
    if (str_is(in.kind, "message_done"))
        return page_go(c, "/course", page_course, e);
    return thanks(c, str_is(in.kind, "ask_teacher"), e);
}
