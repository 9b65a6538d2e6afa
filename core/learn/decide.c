#include "learn/decide.h"

#include "base/js.h"
#include "learn/formats.h"
#include "learn/paths.h"
#include "learn/recompute.h"
#include "store/decision.h"
#include "store/stmt.h"

#define SUBJECT_N 100
#define DAY_MS INT64_C(86400000)
#define NOTE_N 2000 /* bytes; the page's 500 characters fit */

static const struct kind {
    const char *name;
    bool staff;   /* only staff decides it */
    bool subject; /* it is about something */
} kinds[] = {
    {"flag_plan", true, true},       {"flag_not_now", true, true},
    {"flag_wrong", true, true},      {"looks_wrong", false, false},
    {"ask_teacher", false, false},   {"message_done", true, false},
    {"path", false, true},           {"format", false, false},
    {"swap", false, true},           {"experiment_out", false, false},
    {"experiment_in", false, false},
};

static const struct kind *kind_find(struct str name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_is(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

struct decide {
    struct learn *l;
    const struct decide_in *in;
    const struct kind *kind;
};

static int enrolled(struct db *db, const struct learn *l, int64_t person_id,
                    struct err *e)
{
    struct db_rows *r = db_ask(db, S_PAGE_PERSON, e, DB_I(l->tenant_id),
                               DB_I(l->course_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    db_end(r);
    return found;
}

/* Take the person's place, as a turn of the engine does: a run is either before the
 * decision and does not know of it, or behind it and does. */
static int take(struct db *db, const struct learn *l, int64_t person_id, struct err *e)
{
    struct db_rows *r = db_ask(db, S_ENROL_TAKE, e, DB_I(l->tenant_id),
                               DB_I(l->course_id), DB_I(person_id));
    int rc = r == NULL ? -1 : db_next(r, e);
    if (r != NULL)
        db_end(r);
    return rc < 0 ? -1 : 0;
}

/* To take part, or not to: each takes back the other. */
static bool is_trial(struct str kind)
{
    return str_is(kind, "experiment_out") || str_is(kind, "experiment_in");
}

/* A choice of one's own way, of which the newest holds. */
static bool is_choice(struct str kind)
{
    return str_is(kind, "path") || str_is(kind, "format") || is_trial(kind);
}

/* What a student said already today says nothing new, and there is an end to it: the
 * teacher's pages read it all. 1: note it, 0: it was noted before, -1. */
static int is_news(struct db *db, const struct decide *d, int64_t now_ms, struct err *e)
{
    const struct decide_in *in = d->in;
    struct decision *rows;
    size_t n, own = 0;
    if (in->by_staff)
        return 1;
    if (decision_list(db, d->l->a, d->l->tenant_id, d->l->course_id, in->person_id,
                      now_ms - DAY_MS, &rows, &n, e) < 0)
        return -1;
    bool said = false;
    for (size_t i = 0; i < n; i++) {
        if (is_choice(in->kind) &&
            (str_eq(in->kind, rows[i].kind) || is_trial(rows[i].kind)))
            said = false; /* only the newest one holds */
        if (str_is(rows[i].kind, "message_done"))
            said = false; /* no longer on the teacher's page */
        if (rows[i].by_person_id != in->by_person_id)
            continue;
        said = said ||
               (str_eq(rows[i].kind, in->kind) && str_eq(rows[i].subject, in->subject));
        own++;
    }
    if (said)
        return 0;
    return own < DECIDE_A_DAY
               ? 1
               : err_set(e, ERR_LIMIT, "more than %d decisions a day", DECIDE_A_DAY);
}

static int decide_tx(struct db *db, void *ctx, struct err *e)
{
    struct decide *d = ctx;
    struct learn *l = d->l;
    int found =
        take(db, l, d->in->person_id, e) < 0 ? -1 : enrolled(db, l, d->in->person_id, e);
    int64_t now_ms = env_now_ms(l->env);
    if (found <= 0)
        return found < 0 ? -1
                         : err_set(e, ERR_NOTFOUND, "nobody of that id is in the course");
    if (str_is(d->in->kind, "path") && (found = paths_has(l, d->in->subject, e)) <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "the map has no such path");
    int news = is_news(db, d, now_ms, e);
    if (news <= 0)
        return news;
    bool for_days = str_is(d->in->kind, "flag_not_now") || str_is(d->in->kind, "swap");
    struct js *facts = js_object(l->a);
    if (d->in->note.n > 0)
        js_set_str(facts, "note", d->in->note);
    struct decision row = {
        .person_id = d->in->person_id,
        .by_person_id = d->in->by_person_id,
        .kind = d->in->kind,
        .subject = d->in->subject,
        .facts = js_dump(l->a, facts),
        .until_ms = for_days ? now_ms + DECIDE_NOT_NOW_MS : 0,
        .at_ms = now_ms,
    };
    if (decision_add(db, l->env, l->tenant_id, l->course_id, &row, e) < 0)
        return -1;
    /* A flag that was put aside supports no other: the levels are worked out again. So is
     * what comes next on another path, in another format, or instead of something. */
    return str_starts(d->in->kind, STR("flag_")) || is_choice(d->in->kind) || for_days
               ? recompute_enqueue_person(l, d->in->person_id, e)
               : 0;
}

int decide_add(struct learn *l, const struct decide_in *in, struct err *e)
{
    struct decide d = {.l = l, .in = in, .kind = kind_find(in->kind)};
    if (d.kind == NULL)
        return err_set(e, ERR_INPUT, "there is no such kind of decision");
    if (in->subject.n > SUBJECT_N || !str_utf8(in->subject) || str_has_nul(in->subject) ||
        (d.kind->subject && in->subject.n == 0))
        return err_set(e, ERR_INPUT, "the decision does not say what it is about");
    if (str_is(in->kind, "format") && in->subject.n > 0 && !formats_known(in->subject))
        return err_set(e, ERR_INPUT, "there is no such kind of activity");
    if (in->note.n > NOTE_N || !str_utf8(in->note) || str_has_nul(in->note))
        return err_set(e, ERR_INPUT, "the note is too long");
    bool own = str_is(in->kind, "format") || str_is(in->kind, "experiment_in");
    if (own && in->person_id != in->by_person_id)
        return err_set(e, ERR_DENIED, "that is for everybody to choose for themselves");
    if (!in->by_staff && (d.kind->staff || in->person_id != in->by_person_id))
        return err_set(e, ERR_DENIED, "only a teacher of the course decides this");
    return db_tx(l->db, DB_WRITE, decide_tx, &d, e);
}
