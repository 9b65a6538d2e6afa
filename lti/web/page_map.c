/* Activities and skills: what each activity of the course is tied to, what may fit, and
 * how much of the map can be shown. POST with one of its buttons ties, unties, refuses a
 * suggestion, or takes something back. */
#include "web/proof_view.h"
#include "web/question_view.h"
#include "web/error.h"
#include "web/map_view.h"
#include "web/version_view.h"

static int show(struct page_ctx *c, const struct map_view_state *s, const char *problem,
                struct err *e)
{
    struct mapping m;
    struct learn l = page_learn(c);
    struct floor f;
    if (mapping_read(&l, &s->ask, &m, e) != 0 || floor_read(&l, &f, e) != 0)
        return -1;
    struct view *v = page_view(c);
    if (m.map != NULL && s->ask.activity_id == 0) {
        if (version_view(c, v, e) != 0)
            return -1;
        version_view_floor(v, &f, &m.coverage);
    }
    view_str(view_msg(v, "title", "map.page_title"), "course", c->session.course_title);
    view_str(v, "course", c->session.course_title);
    if (problem != NULL)
        view_msg(v, "problem", problem);
    map_view(c, v, s, &m);
    if (s->ask.activity_id == 0 &&
        (proof_view(c, v, true, e) != 0 || question_view(c, v, m.map, e) != 0))
        return -1;
    view_nav(v, "nav_map", "/start", "course.change_map");
    view_nav(v, "nav_back", c->session.has_map ? "/course" : "/start", "page.back");
    return page_render(c, problem != NULL ? 400 : 200, "map", v, e);
}

/* "CODE ITEM", as the buttons have it. */
static struct tiechoice_key key_of(struct page_ctx *c, struct str value)
{
    struct tiechoice_key k = {.activity_id = page_int(c, "activity", 0)};
    str_cut(value, ' ', &k.skill_code, &k.item);
    return k;
}

/* What a button of a card says of a skill. */
static int say(struct page_ctx *c, struct tiechoice_key key, struct tiechoice_word word,
               struct ties_result *r, struct err *e)
{
    struct learn l = page_learn(c);
    struct ties_say one = {key, word};
    return ties_say(&l, c->session.person_id, &one, 1, r, e);
}

static double weight_of(struct page_ctx *c)
{
    struct str w = page_field(c, "weight");
    return str_is(w, "uses")       ? TIES_USES
           : str_is(w, "material") ? TIES_MATERIAL
                                   : TIES_MADE_FOR;
}

/* The percentage below which nothing is recommended. */
static int set_floor(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    return floor_set(&l, page_int(c, "floor", -1), e) < 0 ? -1 : 1;
}

/* 1: something was asked for and done; 0: nothing was asked for; -1. */
static int act(struct page_ctx *c, struct ties_result *r, struct err *e)
{
    struct learn l = page_learn(c);
    struct tiechoice_word ties = {true, true, weight_of(c)}, not = {.said = true};
    struct str tie = page_field(c, "tie"), untie = page_field(c, "untie");
    struct str refuse = page_field(c, "refuse");
    int64_t undo = page_int(c, "undo", 0);
    int rc;
    if (tie.n > 0) {
        ties.weight = form_has(&c->form, "material") ? TIES_MATERIAL : TIES_MADE_FOR;
        rc = say(c, key_of(c, tie), ties, r, e);
    } else if (untie.n > 0) {
        struct tiechoice_key key = key_of(c, untie);
        rc = ties_untie(&l, c->session.person_id, &key, r, e);
    } else if (refuse.n > 0) {
        rc = say(c, key_of(c, refuse), not, r, e);
    } else if (undo != 0) {
        rc = ties_undo(&l, c->session.person_id, undo, r, e);
    } else if (form_has(&c->form, "floor")) {
        rc = set_floor(c, e);
    } else if (form_has(&c->form, "answer")) {
        rc = question_view_answer(c, e);
    } else if (form_has(&c->form, "choose") && page_field(c, "skill").n > 0) {
        struct tiechoice_key key = {page_int(c, "activity", 0), page_field(c, "item"),
                                    page_field(c, "skill")};
        rc = say(c, key, ties, r, e);
    } else {
        return 0;
    }
    return rc < 0 ? -1 : 1;
}

/* Back to where the button was. */
static int go_back(struct page_ctx *c, struct map_view_state *s, struct err *e)
{
    if (c->cookieless)
        return show(c, s, NULL, e);
    int64_t at = page_int(c, "activity", 0);
    struct str url = page_url(c, "/map"), query = map_view_query(c, s);
    struct str there = at != 0 ? str_fmt(c->a, "#a-%lld", (long long)at) : STR_EMPTY;
    res_redirect(c->res, 303,
                 str_fmt(c->a, "%.*s%.*s&done=%lld%.*s", STR_ARG(url), STR_ARG(query),
                         (long long)s->done, STR_ARG(there)));
    return 0;
}

int page_map(struct page_ctx *c, struct err *e)
{
    struct map_view_state s = map_view_state(c);
    struct ties_result r = {.change_id = 0};
    if (c->req->method != REQ_POST)
        return show(c, &s, NULL, e);
    bool acts = form_has(&c->form, "tie") || form_has(&c->form, "untie") ||
                form_has(&c->form, "refuse") || form_has(&c->form, "undo") ||
                form_has(&c->form, "choose") || form_has(&c->form, "floor") ||
                form_has(&c->form, "answer");
    if (!acts)
        return show(c, &s, NULL, e);
    /* the forms have the token; the plain POST that navigates without cookies does not
     * act */
    if (!carry_csrf_ok(c->a, c->app->keys, c->carry.secret, page_field(c, "csrf")))
        return error_say(c, 403, "error.stale");
    int rc = act(c, &r, e);
    if (rc < 0 && (e->code == ERR_INPUT || e->code == ERR_NOTFOUND) && !db_is_error(e)) {
        err_clear(e); /* the page was old: the map or the course has changed since */
        return show(c, &s, "map.old_page", e);
    }
    if (rc < 0)
        return -1;
    if (rc == 0)
        return show(c, &s, "map.choose_first", e);
    s.done = r.change_id;
    return go_back(c, &s, e);
}
