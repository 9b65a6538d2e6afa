#include "sync/steps.h"

#include "base/log.h"
#include "base/map.h"
#include "store/source.h"
#include "store/syncpair.h"

#define PAIRS 50    /* read from the table, and asked about, at once */
#define TRIES_MAX 5 /* in vain, until the grade book tells something new */
#define ATTEMPTS_MAX 100
#define CALL_N ((size_t)256 << 20)

/* What is known of a quiz. */
struct quiz {
    double maximum; /* sum of its marks; 0: not told */
};

struct task;

/* One attempt, and its answers as they come. */
struct attempt {
    struct task *task;
    struct str key;
    bool has_score;
    double score;
    int64_t finished_ms;
    struct vec answers; /* struct answer */
    double maximum;     /* what they could win together */
};

struct answer {
    struct str item;
    double score;
    double maximum;
    int64_t at_ms;
    bool gave_up;
};

struct reader;

/* One person at one quiz: what the LMS says of it. */
struct task {
    struct reader *r;
    const struct syncpair *pair;
    int64_t person;
    int64_t activity;
    struct vec attempts; /* struct attempt * */
    int open;            /* questions that have no answer yet */
    struct err why;      /* the first that failed; code ERR_NONE: none */
};

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct http_batch *calls;
    struct arena *told; /* what the LMS says about one lot of pairs */
    struct roster_index *people;
    struct activities_index *activities;
    struct map *quizzes; /* instance -> struct quiz; in p->page */
    int64_t total;
    int64_t done;
    int64_t rows;
};

/* --- what the LMS says ------------------------------------------------------- */

static int on_quiz(void *ctx, const struct lms_quiz *q, struct err *e)
{
    struct reader *r = ctx;
    struct quiz *known = ARENA_NEW(r->p->page, struct quiz);
    (void)e;
    known->maximum = q->sum_maximum;
    map_put(r->quizzes, q->instance, known);
    return 0;
}

static int on_attempt(void *ctx, const struct lms_attempt *t, struct err *e)
{
    struct task *task = ctx;
    struct arena *a = task->r->told;
    if (t->preview || t->finished_ms == 0)
        return 0;
    if (task->attempts.n == ATTEMPTS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d attempts of one person", ATTEMPTS_MAX);
    struct attempt *x = ARENA_NEW(a, struct attempt);
    *x = (struct attempt){.task = task,
                          .key = str_dup(a, t->key),
                          .has_score = t->has_score,
                          .score = t->score,
                          .finished_ms = t->finished_ms};
    vec_init(&x->answers, a, sizeof(struct answer));
    *(struct attempt **)vec_push(&task->attempts) = x;
    return 0;
}

/* An answer without a mark waits for a teacher: it is not here yet, and not zero. */
static int on_answer(void *ctx, const struct lms_answer *w, struct err *e)
{
    struct attempt *x = ctx;
    (void)e;
    x->maximum += w->maximum;
    if (w->has_score)
        *(struct answer *)vec_push(&x->answers) =
            (struct answer){.item = str_dup(x->task->r->told, w->item),
                            .score = w->score,
                            .maximum = w->maximum,
                            .at_ms = w->at_ms,
                            .gave_up = str_is(w->state, "gaveup")};
    return 0;
}

/* A pair of its own that cannot be read does not hold up the others. */
static bool passes(enum err_code code)
{
    return code == ERR_NOTFOUND || code == ERR_INPUT || code == ERR_LIMIT;
}

/* Non-zero: the LMS refuses or does not answer; then the rest would not either. */
static int settle_question(struct task *t, int rc, const struct err *why)
{
    t->open--;
    if (rc != 0 && t->why.code == ERR_NONE)
        t->why = *why;
    if (t->open == 0)
        t->r->done++;
    return rc != 0 && !passes(why->code);
}

static int answers_done(void *ctx, int rc, const struct err *why)
{
    return settle_question(((struct attempt *)ctx)->task, rc, why);
}

static int attempts_done(void *ctx, int rc, const struct err *why)
{
    struct task *t = ctx;
    struct pull *p = t->r->p;
    bool ask = rc == 0 && (p->can & LMS_ANSWERS) != 0;
    for (size_t i = 0; i < t->attempts.n && ask; i++) {
        struct attempt *x = ((struct attempt **)t->attempts.p)[i];
        struct lms_ask q = {.what = LMS_ASK_ANSWERS,
                            .attempt_key = x->key,
                            .answer = on_answer,
                            .done = answers_done,
                            .ctx = x};
        t->open++;
        if (p->lms.ops->ask(&p->lms, t->r->calls, p->reg.id, &q, t->r->told, &t->why) !=
            0)
            return settle_question(t, -1, &t->why);
    }
    return settle_question(t, rc, why);
}

/* --- into the ledger --------------------------------------------------------- */

static void add_answers(struct reader *r, const struct attempt *x)
{
    struct arena *a = r->p->batch;
    const struct answer *list = x->answers.p;
    for (size_t i = 0; i < x->answers.n; i++) {
        struct evidence_in *row = pull_batch_add(&r->batch, EVIDENCE_ANSWER,
                                                 x->task->person, x->task->activity);
        row->item = str_dup(a, list[i].item);
        row->attempt = str_dup(a, x->key);
        row->has_score = row->has_maximum = true;
        row->score = list[i].score;
        row->maximum = list[i].maximum;
        row->observed_ms = list[i].at_ms > 0 ? list[i].at_ms : x->finished_ms;
        row->source_kind = STR("moodle-ws");
        row->source_key =
            str_fmt(a, "attempt:%.*s:%.*s", STR_ARG(x->key), STR_ARG(list[i].item));
        if (list[i].gave_up)
            row->effort = STR("low");
        r->rows++;
    }
}

static void add_attempt(struct reader *r, const struct attempt *x)
{
    struct arena *a = r->p->batch;
    const struct quiz *quiz = map_get(r->quizzes, x->task->pair->quiz);
    double maximum = quiz != NULL && quiz->maximum > 0 ? quiz->maximum : x->maximum;
    if (!x->has_score || !(maximum > 0))
        return;
    struct evidence_in *row =
        pull_batch_add(&r->batch, EVIDENCE_ATTEMPT, x->task->person, x->task->activity);
    row->attempt = str_dup(a, x->key);
    row->has_score = row->has_maximum = true;
    row->score = x->score;
    row->maximum = maximum;
    row->observed_ms = x->finished_ms;
    row->source_kind = STR("moodle-ws");
    row->source_key = str_fmt(a, "attempt:%.*s", STR_ARG(x->key));
    r->rows++;
}

/* Pairs whose rows were handed over. */
struct settled {
    struct pull *p;
    const struct syncpair *pairs[PAIRS];
    size_t n;
};

static int note_done(struct db *db, void *ctx, struct err *e)
{
    const struct settled *s = ctx;
    for (size_t i = 0; i < s->n; i++)
        if (syncpair_done(db, s->p->course.tenant_id, s->p->course.id, s->pairs[i], e) !=
            0)
            return -1;
    return 0;
}

/* Hand over what was read, then note that it was. */
static int hand_over(struct reader *r, struct settled *s, struct err *e)
{
    if (pull_batch_flush(&r->batch, e) != 0 ||
        (s->n > 0 && db_tx(r->p->job->db, DB_WRITE, note_done, s, e) != 0))
        return -1;
    s->n = 0;
    return 0;
}

static int take_task(struct reader *r, const struct task *t, struct settled *s,
                     struct err *e)
{
    struct pull *p = r->p;
    if (t->why.code != ERR_NONE && passes(t->why.code)) {
        log_err(LOG_WARN, "sync.attempts", &t->why);
        return syncpair_failed(p->job->db, p->course.tenant_id, p->course.id, t->pair, e);
    }
    if (t->open > 0 || t->why.code != ERR_NONE)
        return 0; /* its turn comes again */
    for (size_t i = 0; i < t->attempts.n; i++) {
        const struct attempt *x = ((struct attempt **)t->attempts.p)[i];
        add_answers(r, x);
        add_attempt(r, x);
    }
    s->pairs[s->n++] = t->pair;
    return pull_batch_full(&r->batch) ? hand_over(r, s, e) : 0;
}

/* --- the step ---------------------------------------------------------------- */

static int ask_all(struct reader *r, struct task *tasks, const struct syncpair *pairs,
                   size_t n, struct err *e)
{
    struct pull *p = r->p;
    for (size_t i = 0; i < n; i++) {
        struct task *t = &tasks[i];
        *t = (struct task){.r = r, .pair = &pairs[i]};
        t->person = roster_person(r->people, pairs[i].sub);
        t->activity = activities_find(r->activities, STR("moodle-quiz"), pairs[i].quiz);
        vec_init(&t->attempts, r->told, sizeof(struct attempt *));
        if (t->person == 0 || t->activity == 0) {
            r->done++;
            continue; /* nobody, or nothing, of this course any more */
        }
        struct lms_ask q = {.what = LMS_ASK_ATTEMPTS,
                            .quiz_instance = pairs[i].quiz,
                            .user_id = pairs[i].sub,
                            .attempt = on_attempt,
                            .done = attempts_done,
                            .ctx = t};
        t->open = 1;
        if (p->lms.ops->ask(&p->lms, r->calls, p->reg.id, &q, r->told, e) != 0)
            return -1;
    }
    return 0;
}

/* Why the questions stopped: the first refusal, or the run's own reason. */
static int stopped(const struct task *tasks, size_t n, const struct err *run,
                   struct err *e)
{
    *e = *run;
    for (size_t i = 0; i < n; i++)
        if (tasks[i].why.code != ERR_NONE && !passes(tasks[i].why.code)) {
            *e = tasks[i].why;
            break;
        }
    return -1;
}

/* One lot of pairs: ask about all of them, then hand over what was answered in full, also
 * when the asking was cut short. */
static int read_pairs(struct reader *r, const struct syncpair *pairs, size_t n,
                      struct err *e)
{
    struct task tasks[PAIRS];
    struct settled s = {.p = r->p};
    struct err run = {0};
    arena_reset(r->told);
    if (ask_all(r, tasks, pairs, n, e) != 0)
        return -1;
    int rc = http_batch_run(r->calls, &run);
    for (size_t i = 0; i < n; i++)
        if (take_task(r, &tasks[i], &s, e) != 0)
            return -1;
    if (hand_over(r, &s, e) != 0)
        return -1;
    if (rc != 0)
        return stopped(tasks, n, &run, e);
    return pull_beat(r->p, r->done, r->total, "quiz details", "results", e);
}

static int read_all(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    struct str quiz = STR_EMPTY, sub = STR_EMPTY;
    struct arena *list = arena_new(1 << 20);
    size_t n = PAIRS;
    int rc = 0;
    while (rc == 0 && n == PAIRS) {
        struct syncpair *pairs;
        rc = syncpair_due(p->job->db, list, p->course.tenant_id, p->course.id, TRIES_MAX,
                          quiz, sub, PAIRS, &pairs, &n, e);
        if (rc != 0 || n == 0)
            break;
        rc = read_pairs(r, pairs, n, e);
        quiz = str_dup(p->page, pairs[n - 1].quiz);
        sub = str_dup(p->page, pairs[n - 1].sub);
        if (rc == 0 && n == PAIRS)
            rc = pull_turn(p, e); /* what is read is noted in the table */
        arena_reset(list);
    }
    arena_free(list);
    return rc;
}

static int open_reader(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    struct learn l = pull_learn(p, p->page);
    struct http_batch_opt opt = {.per_lane = pull_calls(p), .per_host = pull_calls(p)};
    r->quizzes = map_new(p->page);
    r->total = syncpair_count(p->job->db, p->course.tenant_id, p->course.id, e);
    r->people = r->total < 0 ? NULL : roster_index(&l, ROSTER_BY_SUB, e);
    r->activities = r->people == NULL ? NULL : activities_index(&l, e);
    if (r->activities == NULL)
        return -1;
    if (r->total > 0 && (p->can & LMS_QUIZZES) != 0 &&
        p->lms.ops->quizzes(&p->lms, p->access.course, on_quiz, r, p->page, e) != 0)
        return -1;
    r->calls = http_batch_new(p->app->http, &opt, e);
    return r->calls == NULL ? -1 : 0;
}

int attempts_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_ATTEMPTS) == 0 || (p->can & LMS_GRADES) == 0 ||
        p->lms.ops->ask == NULL)
        return 0;
    struct reader r = {.p = p};
    if (open_reader(&r, e) != 0)
        return -1;
    r.told = arena_new(CALL_N);
    pull_batch_begin(&r.batch, p);
    int rc = read_all(&r, e);
    http_batch_free(r.calls); /* before what its questions point to */
    arena_free(r.told);
    if (rc != 0)
        return -1;
    int64_t left = syncpair_count(p->job->db, p->course.tenant_id, p->course.id, e);
    if (left < 0)
        return -1;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("quizzes"),
                     p->mark.run_ms, r.rows, left, e);
}
