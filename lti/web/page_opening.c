/* One opening, for the teacher: the clicks in the LMS, the switch, and everybody: who is
 * in with their receipt, who would be let in, who is near. */
#include "job/queue.h"
#include "web/error.h"
#include "web/opening_view.h"
#include "web/proof_view.h"

#define LIST_MAX 100 /* names in one list */
#define FOLD_N 10    /* more names than that are behind a click */

/* --- what to click ------------------------------------------------------------------ */

struct clicks {
    const struct openlook *k;
    struct view *steps;
    struct view *traps;
};

static struct view *say(struct view *list, const char *id)
{
    return view_msg(view_item(list), "text", id);
}

static struct view *say_unit(const struct clicks *x, struct view *list, const char *id)
{
    struct view *m = say(list, id);
    view_str(m, "unit", x->k->row.unit_title);
    return m;
}

static void moodle_clicks(const struct clicks *x)
{
    const struct opening *o = &x->k->row.o;
    bool group = str_is(o->way, "group");
    if (group)
        view_str(say(x->steps, o->lms_key.n > 0 ? "opening.moodle.group_there"
                                                : "opening.moodle.group_first"),
                 "name", o->lms_name);
    else if (x->k->row.column.n == 0)
        say_unit(x, x->steps, "opening.moodle.gate");
    if (o->title.n > 0)
        view_str(say(x->steps, "opening.moodle.open"), "title", o->title);
    else
        say(x->steps, "opening.moodle.open_later");
    if (group)
        view_str(say(x->steps, "opening.moodle.group"), "name", o->lms_name);
    else
        view_int(say_unit(x, x->steps, "opening.moodle.grade"), "percent", o->percent);
    say(x->steps, "opening.moodle.eye");
    if (group) {
        say(x->traps, "opening.moodle.rename");
        view_str(say(x->traps, "opening.moodle.out"), "name", o->lms_name);
    } else {
        say(x->traps, "opening.moodle.weight");
    }
}

static void canvas_clicks(const struct clicks *x)
{
    const struct opening *o = &x->k->row.o;
    if (str_is(o->way, "override")) {
        view_str(say(x->steps, "opening.canvas.assign"), "title", o->title);
        if (!str_is(o->state, "active"))
            say(x->steps, "opening.canvas.switch");
        say(x->traps, "opening.canvas.once");
        say(x->traps, "opening.canvas.out");
        return;
    }
    if (x->k->row.column.n == 0)
        say_unit(x, x->steps, "opening.canvas.gate");
    view_int(say_unit(x, x->steps, "opening.canvas.requirement"), "percent", o->percent);
    say(x->steps, "opening.canvas.prerequisite");
    say(x->traps, "opening.canvas.weight");
    say(x->traps, "opening.canvas.publish");
    say(x->traps, "opening.canvas.paths");
}

static void put_clicks(struct page_ctx *c, struct view *v, const struct openlook *k)
{
    struct clicks x = {k, view_list(v, "steps"), view_list(v, "traps")};
    struct str way = k->row.o.way;
    if (str_is(way, "override") || str_is(c->session.family, "canvas"))
        canvas_clicks(&x);
    else if (str_is(way, "group") || str_is(c->session.family, "moodle"))
        moodle_clicks(&x);
    else
        view_int(say_unit(&x, x.steps, "opening.other"), "percent", k->row.o.percent);
}

static void put_lock(struct page_ctx *c, struct view *v, const struct opening *o)
{
    bool known = o->lock_state.n > 0 && o->target.n > 0;
    view_msg(v, "lock",
             o->target.n == 0 ? "opening.lock.no_target"
             : known          ? page_message(c, "opening.lock.", o->lock_state)
                              : "opening.lock.unknown");
    if (known)
        view_when(v, "lock_when", o->lock_ms, c->now_ms);
}

/* --- who ---------------------------------------------------------------------------- */

static bool has_about(enum openlook_stand s)
{
    return s == OPENLOOK_CLOSED_THERE;
}

/* Lists that nobody has to act on are folded, and long ones. */
static bool is_folded(enum openlook_stand s, size_t n)
{
    return s == OPENLOOK_FAR || s == OPENLOOK_OPEN || s == OPENLOOK_SEEN ||
           s == OPENLOOK_CLOSED || s == OPENLOOK_WAITING || n > FOLD_N;
}

static void put_list(struct page_ctx *c, struct view *o, const struct openlook *k,
                     enum openlook_stand stand, size_t from)
{
    struct str word = str_c(openlook_word(stand));
    size_t n = (size_t)k->row.counts[stand], shown = n < LIST_MAX ? n : LIST_MAX;
    struct view *list = view_list(o, "who");
    view_int(view_msg(o, "heading", page_message(c, "opening_list.", word)), "n",
             (int64_t)n);
    if (has_about(stand))
        view_msg(o, "about", page_message(c, "opening_about.", word));
    view_bool(o, "folded", is_folded(stand, n));
    for (size_t i = 0; i < shown; i++)
        opening_view_who(c, view_item(list), &k->row.o, &k->who[from + i]);
    view_int(o, "more", (int64_t)(n - shown));
}

/* They are ordered by how they stand. */
static void put_lists(struct page_ctx *c, struct view *v, const struct openlook *k)
{
    struct view *lists = view_list(v, "lists");
    size_t from = 0;
    for (int s = 0; s < OPENLOOK_STANDS; s++) {
        if (k->row.counts[s] > 0)
            put_list(c, view_item(lists), k, (enum openlook_stand)s, from);
        from += (size_t)k->row.counts[s];
    }
}

/* Is somebody looking, or letting people in, right now? 1, 0, -1. */
static int is_busy(struct page_ctx *c, struct err *e)
{
    static const char *const kinds[] = {"open.check", "open.course"};
    struct str key = page_id(c, c->session.course_id);
    int64_t now_ms = c->now_ms;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct job_row job;
        int found = job_latest(c->app->db, c->a, c->session.tenant_id, str_c(kinds[i]),
                               key, &job, e);
        if (found < 0)
            return -1;
        if (found == 1 && (str_is(job.state, "running") ||
                           (str_is(job.state, "ready") && job.run_ms <= now_ms)))
            return 1;
    }
    return 0;
}

static void put_head(struct page_ctx *c, struct view *v, const struct openlook *k)
{
    const struct opening *o = &k->row.o;
    struct str unit = k->row.unit_title.n > 0 ? k->row.unit_title : o->unit;
    bool active = str_is(o->state, "active");
    view_str(view_msg(v, "title", "title.opening"), "unit", unit);
    view_str(v, "unit", unit);
    opening_view_head(v, o);
    view_str(v, "opening", page_id(c, o->opening_id));
    view_int(v, "percent", o->percent);
    view_bool(v, "unit_lost", k->row.unit_title.n == 0);
    view_str(v, "problem", o->error);
    view_bool(v, "active", active);
    view_bool(v, "off", !active);
    view_msg(v, "state_word", page_message(c, "opening_state.", o->state));
    view_bool(v, "can_drop", str_is(o->state, "draft") && o->lms_key.n == 0);
    view_bool(v, "can_check", active);
    view_int(v, "now_n", k->row.counts[OPENLOOK_NOW] + k->row.counts[OPENLOOK_WAITING]);
    if (o->checked_ms > 0)
        view_when(v, "checked_when", o->checked_ms, c->now_ms);
}

static int show(struct page_ctx *c, int64_t opening_id, const char *said,
                const struct say *dead, size_t dead_n, struct err *e)
{
    struct openlook k;
    struct learn l = page_learn(c);
    int found = openlook_read(&l, opening_id, c->session.person_id, &k, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_say(c, 404, "error.not_found");
    int busy = is_busy(c, e);
    if (busy < 0)
        return -1;
    struct view *v = page_view(c);
    put_head(c, v, &k);
    put_clicks(c, v, &k);
    put_lock(c, v, &k.row.o);
    put_lists(c, v, &k);
    if (said != NULL)
        view_msg(v, "said", said);
    if (dead_n > 0)
        proof_view_steps(c, view_child(v, "dead_end"), "steps", dead, dead_n);
    view_bool(v, "checking", busy == 1);
    view_bool(v, "refresh", busy == 1 && !c->cookieless && said == NULL);
    view_nav(v, "nav_back", "/gates", "page.back");
    return page_render(c, 200, "opening", v, e);
}

int page_opening_say(struct page_ctx *c, int64_t opening_id, const char *said,
                     struct err *e)
{
    return show(c, opening_id, said, NULL, 0, e);
}

int page_opening_dead(struct page_ctx *c, int64_t opening_id, const struct say *steps,
                      size_t n, struct err *e)
{
    return show(c, opening_id, NULL, steps, n, e);
}

int page_opening(struct page_ctx *c, struct err *e)
{
    return page_opening_say(c, page_int(c, "opening", 0), NULL, e);
}
