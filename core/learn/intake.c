#include "learn/intake.h"

#include "base/js.h"
#include "base/log.h"
#include "job/queue.h"
#include "learn/model.h"
#include "learn/openings.h"
#include "store/activity.h"
#include "store/stmt.h"

#include <math.h>
#include <stdlib.h>

#define SCRATCH_N ((size_t)256 << 20) /* bytes that one person's rows may take */
#define TRIES 4                       /* beyond db_tx's own */
#define SCORE_MAXIMUM 100

/* One person's turn. */
struct turn {
    struct learn *l;
    const struct model *m;
    struct arena *scratch; /* of this person */
    int64_t person_id;
    const struct evidence_in *const *rows;
    size_t n;
    bool force; /* run the engine though nothing is new */
    /* what came of it */
    bool unknown;  /* nobody of that id is in the course */
    bool outdated; /* another map, ties or models are in force than those of `m` */
    bool ran;
    struct vec fresh; /* struct activity_item: questions seen for the first time */
    bool opens;       /* somebody was let in */
    bool posts;       /* a gate's score waits */
    size_t added, corrected, same;
};

/* The person's place in the course, taken by the transaction. */
struct place {
    bool found;
    int64_t version;
    bool scored; /* an active learner who is no test user */
    int64_t map_id;
    int64_t ties_n;
    int64_t models_id;
};

static int place_take(struct db *db, const struct turn *t, struct place *p, struct err *e)
{
    struct db_rows *r = db_ask(db, S_ENROL_TAKE, e, DB_I(t->l->tenant_id),
                               DB_I(t->l->course_id), DB_I(t->person_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *p = (struct place){.found = found == 1};
    if (found == 1) {
        p->version = db_i64(r, 0);
        p->scored =
            db_i64(r, 1) != 0 && db_i64(r, 2) == 0 && str_is(db_text(r, 3), "active");
        p->map_id = db_i64(r, 4);
        p->ties_n = db_i64(r, 5);
        p->models_id = db_i64(r, 6);
    }
    db_end(r);
    return found < 0 ? -1 : 0;
}

static bool is_current(const struct model *m, const struct place *p)
{
    return p->map_id == m->map_id && p->ties_n == m->ties_n &&
           p->models_id == m->models_id;
}

static void count_fate(struct turn *t, enum evidence_fate fate)
{
    switch (fate) {
    case EVIDENCE_CORRECTS:
        t->corrected++;
        t->added++;
        break;
    case EVIDENCE_NEW:
    case EVIDENCE_WITNESS:
        t->added++;
        break;
    case EVIDENCE_SAME:
    case EVIDENCE_EMPTY:
        t->same++;
        break;
    }
}

/* Of a question that nobody has answered yet, the course learns that it is there. */
static int note_item(struct db *db, struct turn *t, const struct evidence_in *row,
                     int64_t now_ms, struct err *e)
{
    struct activity_item item = {row->activity_id, row->item};
    if (row->kind != EVIDENCE_ANSWER || row->item.n == 0 || row->activity_id == 0 ||
        map_get(t->m->items, model_item(t->scratch, item.activity_id, item.item)) != NULL)
        return 0;
    *(struct activity_item *)vec_push(&t->fresh) = item;
    return activity_item_add(db, t->l->tenant_id, t->l->course_id, &item, now_ms, e);
}

/* They are known for the turns to come: only once the transaction is through. */
static void keep_items(struct turn *t)
{
    const struct activity_item *rows = t->fresh.p;
    for (size_t i = 0; i < t->fresh.n; i++)
        map_put(t->m->items, model_item(t->scratch, rows[i].activity_id, rows[i].item),
                t->m->items);
}

/* *telling becomes true when one of the new rows may change a state. */
static int append_all(struct db *db, struct turn *t, struct ledger *book, int64_t now_ms,
                      bool *telling, struct err *e)
{
    for (size_t i = 0; i < t->n; i++) {
        enum evidence_fate fate;
        if (ledger_append(db, t->l->env, book, t->rows[i], now_ms, &fate, e) < 0)
            return -1;
        count_fate(t, fate);
        if (fate != EVIDENCE_SAME && fate != EVIDENCE_EMPTY &&
            note_item(db, t, t->rows[i], now_ms, e) < 0)
            return -1;
        if (fate != EVIDENCE_SAME && fate != EVIDENCE_EMPTY &&
            t->rows[i]->kind != EVIDENCE_ACCESS)
            *telling = true;
    }
    return 0;
}

static struct str score_payload(struct arena *a, int64_t percent, int64_t at_ms)
{
    struct js *o = js_object(a);
    js_set_i64(o, "at_ms", at_ms);
    js_set_i64(o, "scoreGiven", percent);
    js_set_i64(o, "scoreMaximum", SCORE_MAXIMUM);
    return js_dump(a, o);
}

static bool told(const struct state *now)
{
    for (size_t i = 0; i < now->skills_n; i++)
        if (now->skills[i].evidence_n > 0)
            return true;
    return false;
}

/* Put the score into the outbox when it changed. */
static int post_score(struct db *db, struct turn *t, const struct place *p,
                      struct state *now, struct err *e)
{
    struct learn *l = t->l;
    int64_t percent = (int64_t)floor(now->share * SCORE_MAXIMUM + 0.5);
    if (!p->scored || t->m->score_target.n == 0 || percent == now->posted ||
        (!told(now) && now->posted < 0))
        return 0;
    if (db_do(db, S_SCORE_REPLACE, e, DB_I(l->tenant_id), DB_I(l->course_id),
              DB_I(t->person_id), DB_I(now->as_of_ms), DB_T(t->m->score_target)) < 0)
        return -1;
    /* The version makes 40, 60, 40 three scores. */
    struct str key =
        str_fmt(t->scratch, "score:%lld:%lld:%lld:%lld", (long long)l->course_id,
                (long long)t->person_id, (long long)p->version, (long long)percent);
    if (db_do(db, S_SCORE_ADD, e, DB_I(l->tenant_id), DB_I(env_id(l->env)),
              DB_I(l->course_id), DB_I(t->person_id), DB_T(t->m->score_target), DB_T(key),
              DB_T(score_payload(t->scratch, percent, now->as_of_ms)),
              DB_I(now->as_of_ms)) < 0)
        return -1;
    now->posted = percent;
    return 0;
}

/* Gates, and what opens behind them in the LMS. */
static int open_up(struct db *db, struct turn *t, const struct place *p,
                   const struct state *now, struct err *e)
{
    struct gates_turn g = {.l = t->l,
                           .m = t->m,
                           .a = t->scratch,
                           .person_id = t->person_id,
                           .version = p->version,
                           .now = now,
                           .told = told(now)};
    if (gates_put(db, &g, e) < 0)
        return -1;
    int opened = t->m->openings_n > 0 ? openings_put(db, &g, e) : 0;
    t->opens = opened > 0;
    t->posts = g.posted > 0;
    return opened < 0 ? -1 : 0;
}

/* Why the states are other than they were though nothing new is known. A reason that the
 * person has not seen yet stays, unless the map changed. */
static void tell_why(const struct state *before, struct state *now)
{
    struct str what = before->map_id == 0                                  ? STR_EMPTY
                      : before->map_id != now->map_id                      ? STR("map")
                      : before->models_id != now->models_id                ? STR("models")
                      : !str_eq(before->rules_version, now->rules_version) ? STR("rules")
                                                                           : STR_EMPTY;
    bool waits = before->because.n > 0 && before->told_ms == 0;
    bool news = what.n > 0 && (!waits || str_is(what, "map"));
    now->because = news ? what : before->because;
    now->because_ms = news ? now->as_of_ms : before->because_ms;
    now->told_ms = news ? 0 : before->told_ms;
}

static int work_out(struct db *db, struct turn *t, const struct place *p,
                    const struct ledger *book, int64_t as_of_ms, struct err *e)
{
    struct learn *l = t->l;
    struct arena *a = t->scratch;
    struct model_in in = {
        .person_id = t->person_id, .ledger = book, .as_of_ms = as_of_ms};
    struct state_grant *grants, *opened;
    struct decision *decisions;
    size_t opened_n;
    struct state before, now;
    if (state_grants(db, a, l->tenant_id, l->course_id, t->person_id, INT64_MAX, &grants,
                     &in.grants_n, e) < 0 ||
        decision_list(db, a, l->tenant_id, l->course_id, t->person_id, 0, &decisions,
                      &in.decisions_n, e) < 0 ||
        state_run(db, a, l->tenant_id, l->course_id, t->person_id, &before, e) < 0)
        return -1;
    in.grants = grants;
    in.decisions = decisions;
    model_work(t->m, t->m->course, &in, a, &now, &opened, &opened_n);
    now.posted = before.posted;
    tell_why(&before, &now);
    if (post_score(db, t, p, &now, e) < 0 ||
        (p->scored && open_up(db, t, p, &now, e) < 0) ||
        state_replace(db, l->tenant_id, l->course_id, t->person_id, &now, e) < 0)
        return -1;
    for (size_t i = 0; i < opened_n; i++)
        if (state_grant_add(db, l->env, l->tenant_id, l->course_id, t->person_id,
                            &opened[i], as_of_ms, e) < 0)
            return -1;
    t->ran = true;
    return 0;
}

/* The transaction. May run several times: it starts from nothing each time. */
static int turn_tx(struct db *db, void *ctx, struct err *e)
{
    struct turn *t = ctx;
    struct learn *l = t->l;
    struct place p;
    struct ledger *book;
    bool telling = t->force;
    arena_reset(t->scratch);
    t->unknown = t->outdated = t->ran = t->opens = t->posts = false;
    t->added = t->corrected = t->same = 0;
    vec_init(&t->fresh, t->scratch, sizeof(struct activity_item));
    if (place_take(db, t, &p, e) < 0)
        return -1;
    t->unknown = !p.found;
    t->outdated = p.found && !is_current(t->m, &p);
    if (t->unknown || t->outdated)
        return err_set(
            e, ERR_CONFLICT,
            t->unknown ? "nobody of that id is in the course"
                       : "another map, other ties or other models are in force by now");
    if (ledger_read(db, t->scratch, l->tenant_id, l->course_id, t->person_id, INT64_MAX,
                    &book, e) < 0)
        return -1;
    int64_t now_ms = env_now_ms(l->env);
    if (append_all(db, t, book, now_ms, &telling, e) < 0)
        return -1;
    if (!telling || t->m->course == NULL)
        return 0;
    /* Not before anything that tells: a replay is given what was received until then. */
    int64_t newest = ledger_newest_ms(book);
    return work_out(db, t, &p, book, newest > now_ms ? newest : now_ms, e);
}

/* Is there anything to write? A look without a transaction, because most readings bring
 * nothing new. */
static int anything_new(struct turn *t, bool *fresh, struct err *e)
{
    struct learn *l = t->l;
    struct ledger *book;
    *fresh = false;
    if (ledger_read(l->db, t->scratch, l->tenant_id, l->course_id, t->person_id,
                    INT64_MAX, &book, e) < 0)
        return -1;
    for (size_t i = 0; i < t->n && !*fresh; i++) {
        enum evidence_fate fate = ledger_judge(book, t->rows[i]);
        *fresh = fate != EVIDENCE_SAME && fate != EVIDENCE_EMPTY;
    }
    return 0;
}

/* What opens in the LMS should not wait for the clock. The rows are what counts, and they
 * are written; the job's row is shared by many persons, whose transactions would get in
 * each other's way. So it is asked for behind them, and whoever crashes in between leaves
 * it to the clock (open.tick, publish.tick). */
static int ask(struct turn *t, struct err *e)
{
    struct job_in in = {.tenant_id = t->l->tenant_id, .kind = STR("publish.score")};
    if (t->posts && job_add(t->l->db, t->l->env, &in, NULL, e) < 0)
        return -1;
    struct learn l = *t->l;
    l.a = t->scratch;
    return t->opens ? openings_ask(&l, e) : 0;
}

/* Run the transaction; tries again where that helps. */
static int turn_run(struct turn *t, struct err *e)
{
    for (int i = 0;; i++) {
        if (db_tx(t->l->db, DB_WRITE, turn_tx, t, e) == 0) {
            keep_items(t);
            return ask(t, e);
        }
        /* A conflict that is none of ours: two processes drew one id. */
        bool again = e->code == ERR_BUSY ||
                     (e->code == ERR_CONFLICT && !t->unknown && !t->outdated);
        if (!again || i + 1 == TRIES)
            return -1;
        err_clear(e);
    }
}

static void refuse(struct intake_result *out, size_t at, const char *why)
{
    if (out->refused++ == 0 || at < out->refused_at) {
        out->refused_at = at;
        out->refusal = why;
    }
    log_put(LOG_WARN, "intake.refused", KVZ("why", why), KVI("row", (int64_t)at));
}

static int one_person(struct turn *t, struct model *m, size_t first_at,
                      struct intake_result *out, struct err *e)
{
    bool fresh;
    arena_reset(t->scratch);
    if (anything_new(t, &fresh, e) < 0)
        return -1;
    if (!fresh) {
        out->same += t->n;
        return 0;
    }
    int done = turn_run(t, e);
    if (done < 0 && t->outdated) {
        err_clear(e);
        if (model_load(t->l, m, e) < 0)
            return -1;
        done = turn_run(t, e);
    }
    if (done < 0 && t->unknown) {
        err_clear(e);
        for (size_t i = 0; i < t->n; i++)
            refuse(out, first_at, "nobody of that id is in the course");
        return 0;
    }
    out->added += t->added;
    out->corrected += t->corrected;
    out->same += t->same;
    out->recomputed += t->ran;
    return done;
}

static int by_person(const void *x, const void *y)
{
    const struct evidence_in *p = *(const struct evidence_in *const *)x;
    const struct evidence_in *q = *(const struct evidence_in *const *)y;
    if (p->person_id != q->person_id)
        return p->person_id < q->person_id ? -1 : 1;
    return p < q ? -1 : p > q;
}

static int each_person(struct turn *t, struct model *m, const struct evidence_in *base,
                       const struct evidence_in **rows, size_t n,
                       struct intake_result *out, struct err *e)
{
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && rows[to]->person_id == rows[from]->person_id;)
            to++;
        t->person_id = rows[from]->person_id;
        t->rows = rows + from;
        t->n = to - from;
        out->persons++;
        if (one_person(t, m, (size_t)(rows[from] - base), out, e) < 0)
            return -1;
    }
    return 0;
}

int intake_add(struct learn *l, const struct evidence_in *rows, size_t n,
               struct intake_result *out, struct err *e)
{
    struct err own = {0};
    e = e != NULL ? e : &own;
    *out = (struct intake_result){0};
    const struct evidence_in **sorted = ARENA_ARRAY(l->a, const struct evidence_in *, n);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const char *why = ledger_refusal(&rows[i]);
        if (why != NULL)
            refuse(out, i, why);
        else
            sorted[kept++] = &rows[i];
    }
    if (kept == 0)
        return 0;
    if (kept > 1)
        qsort(sorted, kept, sizeof(sorted[0]), by_person);
    struct model m;
    if (model_load(l, &m, e) < 0)
        return -1;
    struct turn t = {.l = l, .m = &m, .scratch = arena_new(SCRATCH_N)};
    int rc = each_person(&t, &m, rows, sorted, kept, out, e);
    arena_free(t.scratch);
    return rc;
}

int intake_again(struct learn *l, const struct model *m, int64_t person_id, struct err *e)
{
    struct err own = {0};
    e = e != NULL ? e : &own;
    if (m->course == NULL)
        return 0;
    struct turn t = {.l = l,
                     .m = m,
                     .scratch = arena_new(SCRATCH_N),
                     .person_id = person_id,
                     .force = true};
    int rc = turn_run(&t, e);
    arena_free(t.scratch);
    if (rc < 0 && t.unknown) {
        err_clear(e);
        return 0;
    }
    return rc < 0 ? -1 : 1;
}
