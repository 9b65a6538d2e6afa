/* What a teacher presses about openings: a new one, the switch, one student. */
#include "job/queue.h"
#include "learn/openlook.h"
#include "learn/proving.h"
#include "web/page.h"

/* Back to where it was pressed: this opening's page. */
static int show(struct page_ctx *c, int64_t opening_id, const char *said, struct err *e)
{
    if (c->cookieless || said != NULL)
        return page_opening_say(c, opening_id, said, e);
    res_redirect(c->res, 303,
                 str_fmt(c->a, "%.*s&opening=%lld", STR_ARG(page_url(c, "/gates/one")),
                         (long long)opening_id));
    return 0;
}

static int add(struct page_ctx *c, struct learn *l, struct err *e)
{
    struct openlook_list known;
    int64_t id;
    struct openings_in in = {.unit = page_field(c, "unit"),
                             .percent = page_int(c, "percent", 0),
                             .way = page_field(c, "way"),
                             .target = page_field(c, "target"),
                             .title = STR_EMPTY,
                             .by_person_id = c->session.person_id};
    if (openlook_list(l, 0, &known, e) != 0)
        return -1;
    for (size_t i = 0; i < known.targets_n; i++)
        if (str_eq(known.targets[i].key, in.target))
            in.title = str_head(known.targets[i].title, OPENINGS_TITLE_N);
    if (in.target.n > 0 && in.title.n == 0)
        return err_set(e, ERR_INPUT, "the course has no such activity");
    if (str_is(in.way, "override") && in.target.n == 0)
        return page_gates_say(c, "gates.no_target", e);
    return openings_add(l, &in, &id, e) != 0 ? -1 : show(c, id, NULL, e);
}

/* Somebody waits for the answer: the page loads itself again until it is there. */
static int check(struct page_ctx *c, struct err *e)
{
    struct job_in in = {.tenant_id = c->session.tenant_id,
                        .kind = STR("open.check"),
                        .key = page_id(c, c->session.course_id),
                        .urgent = true};
    return job_add(c->app->db, c->app->env, &in, NULL, e) < 0 ? -1 : 0;
}

static int hand(struct page_ctx *c, struct learn *l, int64_t id, bool open, struct err *e)
{
    struct openings_hand in = {.opening_id = id,
                               .person_id = page_int(c, "person", 0),
                               .by_person_id = c->session.person_id,
                               .open = open,
                               .note = page_field(c, "note")};
    if (!open && str_trim(in.note).n == 0)
        return show(c, id, "opening.reason_first", e);
    if (openings_hand(l, &in, e) != 0)
        return -1;
    return show(c, id, open ? NULL : "opening.closed_said", e);
}

static int drop(struct page_ctx *c, struct learn *l, int64_t id, struct err *e)
{
    if (openings_change(l, id, OPENINGS_DROP, 0, c->session.person_id, e) == 0)
        return page_go(c, "/gates", page_gates, e);
    if (e->code != ERR_INPUT)
        return -1;
    err_clear(e);
    return show(c, id, "opening.in_use", e);
}

/* Not into a dead end, unless the teacher says why. */
static int activate(struct page_ctx *c, struct learn *l, int64_t id, struct err *e)
{
    struct say *steps = NULL;
    size_t n;
    int may =
        proving_opening(l, id, c->session.person_id, page_field(c, "why"), &steps, &n, e);
    if (may < 0)
        return -1;
    if (may == 0)
        return page_opening_dead(c, id, steps, n, e);
    return openings_change(l, id, OPENINGS_ACTIVATE, 0, c->session.person_id, e) != 0
               ? -1
               : show(c, id, NULL, e);
}

int page_opening_do(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    struct str what = page_field(c, "do");
    int64_t id = page_int(c, "opening", 0), by = c->session.person_id;
    if (str_is(what, "add"))
        return add(c, &l, e);
    if (str_is(what, "open") || str_is(what, "close"))
        return hand(c, &l, id, str_is(what, "open"), e);
    if (str_is(what, "drop"))
        return drop(c, &l, id, e);
    if (str_is(what, "activate"))
        return activate(c, &l, id, e);
    int rc = str_is(what, "pause")     ? openings_change(&l, id, OPENINGS_PAUSE, 0, by, e)
             : str_is(what, "percent") ? openings_change(&l, id, OPENINGS_PERCENT,
                                                         page_int(c, "percent", 0), by, e)
             : str_is(what, "check")   ? check(c, e)
                                       : err_set(e, ERR_INPUT, "no such thing to do");
    return rc != 0 ? -1 : show(c, id, NULL, e);
}
