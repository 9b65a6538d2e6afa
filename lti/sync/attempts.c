#include "sync/steps.h"

#include "base/log.h"
#include "base/map.h"
#include "store/source.h"
#include "store/syncpair.h"

#define PAIRS 50    /* read from the table at once */
#define TRIES_MAX 5 /* in vain, until the grade book tells something new */
#define ATTEMPTS_MAX 100

/* What is known of a quiz. */
struct quiz {
    struct str key; /* course-module id */
    double maximum; /* sum of its marks; 0: not told */
};

/* One attempt, with the sum of what its answers could win. */
struct attempt {
    struct str key;
    bool has_score;
    double score;
    int64_t finished_ms;
    double maximum;
};

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct arena *call; /* of one pair: what the LMS says */
    struct roster_index *people;
    struct activities_index *activities;
    struct map *quizzes; /* instance -> struct quiz; in p->page */
    int64_t total;
    int64_t done;
    int64_t rows;
    /* the pair under way */
    int64_t person;
    int64_t activity;
    struct vec attempts; /* struct attempt, in `call` */
    struct attempt *now;
};

static int on_quiz(void *ctx, const struct lms_quiz *q, struct err *e)
{
    struct reader *r = ctx;
    struct quiz *known = ARENA_NEW(r->p->page, struct quiz);
    (void)e;
    *known = (struct quiz){str_dup(r->p->page, q->key), q->sum_maximum};
    map_put(r->quizzes, q->instance, known);
    return 0;
}

static int on_attempt(void *ctx, const struct lms_attempt *t, struct err *e)
{
    struct reader *r = ctx;
    if (t->preview || t->finished_ms == 0)
        return 0;
    if (r->attempts.n == ATTEMPTS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d attempts of one person", ATTEMPTS_MAX);
    *(struct attempt *)vec_push(&r->attempts) = (struct attempt){
        .key = str_dup(r->call, t->key),
        .has_score = t->has_score,
        .score = t->score,
        .finished_ms = t->finished_ms,
    };
    return 0;
}

/* An answer without a mark waits for a teacher: it is not here yet, and not zero. */
static int on_answer(void *ctx, const struct lms_answer *w, struct err *e)
{
    struct reader *r = ctx;
    struct arena *a = r->p->batch;
    (void)e;
    r->now->maximum += w->maximum;
    if (!w->has_score)
        return 0;
    struct evidence_in *row =
        pull_batch_add(&r->batch, EVIDENCE_ANSWER, r->person, r->activity);
    row->item = str_dup(a, w->item);
    row->attempt = str_dup(a, r->now->key);
    row->has_score = true;
    row->score = w->score;
    row->has_maximum = true;
    row->maximum = w->maximum;
    row->observed_ms = w->at_ms > 0 ? w->at_ms : r->now->finished_ms;
    row->source_kind = STR("moodle-ws");
    row->source_key =
        str_fmt(a, "attempt:%.*s:%.*s", STR_ARG(r->now->key), STR_ARG(w->item));
    if (str_is(w->state, "gaveup"))
        row->effort = STR("low");
    r->rows++;
    return 0;
}

static void add_attempt(struct reader *r, const struct attempt *t, double quiz_maximum)
{
    struct arena *a = r->p->batch;
    double maximum = quiz_maximum > 0 ? quiz_maximum : t->maximum;
    if (!t->has_score || !(maximum > 0))
        return;
    struct evidence_in *row =
        pull_batch_add(&r->batch, EVIDENCE_ATTEMPT, r->person, r->activity);
    row->attempt = str_dup(a, t->key);
    row->has_score = true;
    row->score = t->score;
    row->has_maximum = true;
    row->maximum = maximum;
    row->observed_ms = t->finished_ms;
    row->source_kind = STR("moodle-ws");
    row->source_key = str_fmt(a, "attempt:%.*s", STR_ARG(t->key));
    r->rows++;
}

/* What the LMS knows of one person at one quiz, into the batch. */
static int read_pair(struct reader *r, const struct syncpair *pair, struct err *e)
{
    const struct lms *l = &r->p->lms;
    const struct quiz *quiz = map_get(r->quizzes, pair->quiz);
    r->person = roster_person(r->people, pair->sub);
    r->activity = activities_find(r->activities, STR("moodle-quiz"), pair->quiz);
    if (r->person == 0 || r->activity == 0)
        return 0;
    vec_init(&r->attempts, r->call, sizeof(struct attempt));
    if (l->ops->attempts(l, pair->quiz, pair->sub, on_attempt, r, r->call, e) != 0)
        return -1;
    for (size_t i = 0; i < r->attempts.n; i++) {
        r->now = (struct attempt *)r->attempts.p + i;
        if ((r->p->can & LMS_ANSWERS) != 0 &&
            l->ops->answers(l, r->now->key, on_answer, r, r->call, e) != 0)
            return -1;
        add_attempt(r, r->now, quiz == NULL ? 0 : quiz->maximum);
    }
    return 0;
}

/* The pairs whose rows were handed over. */
struct settle {
    struct pull *p;
    const struct syncpair *pairs;
    size_t n;
};

static int settle_all(struct db *db, void *ctx, struct err *e)
{
    const struct settle *s = ctx;
    for (size_t i = 0; i < s->n; i++)
        if (syncpair_done(db, s->p->course.tenant_id, s->p->course.id, &s->pairs[i], e) !=
            0)
            return -1;
    return 0;
}

/* Hand over what was read, then note that it was. */
static int settle(struct reader *r, struct syncpair *ok, size_t *ok_n, struct err *e)
{
    struct settle s = {r->p, ok, *ok_n};
    *ok_n = 0;
    if (pull_batch_flush(&r->batch, e) != 0)
        return -1;
    return s.n == 0 ? 0 : db_tx(r->p->job->db, DB_WRITE, settle_all, &s, e);
}

/* A pair of its own that cannot be read does not hold up the others. */
static bool passes(enum err_code code)
{
    return code == ERR_NOTFOUND || code == ERR_INPUT || code == ERR_LIMIT;
}

static int read_pairs(struct reader *r, const struct syncpair *pairs, size_t n,
                      struct err *e)
{
    struct syncpair ok[PAIRS];
    size_t ok_n = 0;
    for (size_t i = 0; i < n; i++) {
        struct err own = {0};
        size_t before = r->batch.rows.n;
        arena_reset(r->call);
        if (read_pair(r, &pairs[i], &own) == 0) {
            ok[ok_n++] = pairs[i];
        } else if (passes(own.code)) {
            r->batch.rows.n = before; /* half of a pair is none */
            log_err(LOG_WARN, "sync.attempts", &own);
            if (syncpair_failed(r->p->job->db, r->p->course.tenant_id, r->p->course.id,
                                &pairs[i], e) != 0)
                return -1;
        } else {
            r->batch.rows.n = before;
            struct err later = {0};
            settle(r, ok, &ok_n, &later); /* keep what is good so far */
            *e = own;
            return -1;
        }
        if (pull_batch_full(&r->batch) && settle(r, ok, &ok_n, e) != 0)
            return -1;
        if (pull_beat(r->p, ++r->done, r->total, "quiz details", "results", e) != 0)
            return -1;
    }
    return settle(r, ok, &ok_n, e);
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
        struct syncpair last = pairs[n - 1];
        quiz = str_dup(p->page, last.quiz);
        sub = str_dup(p->page, last.sub);
        arena_reset(list);
    }
    arena_free(list);
    return rc;
}

static int open_reader(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    struct learn l = pull_learn(p, p->page);
    r->quizzes = map_new(p->page);
    r->total = syncpair_count(p->job->db, p->course.tenant_id, p->course.id, e);
    r->people = r->total < 0 ? NULL : roster_index(&l, ROSTER_BY_SUB, e);
    r->activities = r->people == NULL ? NULL : activities_index(&l, e);
    if (r->activities == NULL)
        return -1;
    if (r->total > 0 && (p->can & LMS_QUIZZES) != 0)
        return p->lms.ops->quizzes(&p->lms, p->course.context_id, on_quiz, r, p->page, e);
    return 0;
}

int attempts_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_ATTEMPTS) == 0 || (p->can & LMS_GRADES) == 0)
        return 0;
    struct reader r = {.p = p};
    if (open_reader(&r, e) != 0)
        return -1;
    r.call = arena_new((size_t)64 << 20);
    pull_batch_begin(&r.batch, p);
    int rc = read_all(&r, e);
    arena_free(r.call);
    if (rc != 0)
        return -1;
    int64_t left = syncpair_count(p->job->db, p->course.tenant_id, p->course.id, e);
    if (left < 0)
        return -1;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("quizzes"),
                     p->mark.run_ms, r.rows, left, e);
}
