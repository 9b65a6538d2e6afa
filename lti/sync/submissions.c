/* Work handed in and marked, in bulk: all of it once a day, what changed in between. */
#include "store/source.h"
#include "store/sourcemark.h"
#include "sync/steps.h"

#define SOURCE "grades" /* of an LMS whose grade book is its submissions */
#define FULL_MS (INT64_C(36) * 3600000)  /* the oldest that a whole reading may be */
#define OVERLAP_MS (INT64_C(10) * 60000) /* clocks differ, and marks are stored late */
#define LOT                                                                              \
    4000 /* Canvas sends assignment after assignment: people are put together here */

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct roster_index *people;
    struct activities_index *activities;
    struct str last_user; /* in p->batch */
    int64_t rows;
    int64_t seen;
    int64_t strangers; /* rows of nobody in the roster, or of no activity we know */
};

static int flush(struct reader *r, struct err *e)
{
    if (pull_batch_flush(&r->batch, e) != 0)
        return -1;
    r->last_user = STR_EMPTY;
    return pull_beat(r->p, r->seen, 0, "submissions", "read", e);
}

static struct evidence_in *add(struct reader *r, enum evidence_kind kind,
                               const struct lms_submission *s, int64_t person,
                               int64_t activity)
{
    struct evidence_in *row = pull_batch_add(&r->batch, kind, person, activity);
    row->has_score = s->has_score;
    row->score = s->has_score ? s->score : 0;
    row->has_maximum = s->maximum > 0;
    row->maximum = s->maximum;
    row->source_kind = str_c(r->p->lms.ops->kind);
    row->observed_ms = s->submitted_ms > 0 ? s->submitted_ms
                       : s->graded_ms > 0  ? s->graded_ms
                                           : r->p->mark.run_ms;
    r->rows++;
    return row;
}

/* What the grade book says now: a snapshot. Excused, or taken away again: no score,
 * never zero. */
static void add_grade(struct reader *r, const struct lms_submission *s, int64_t person,
                      int64_t activity)
{
    struct evidence_in *row = add(r, EVIDENCE_GRADE, s, person, activity);
    row->snapshot = true;
    row->source_key = str_dup(r->p->batch, s->activity_key);
}

static void add_try(struct reader *r, const struct lms_submission *s, int64_t person,
                    int64_t activity, bool snapshot)
{
    struct arena *a = r->p->batch;
    struct evidence_in *row = add(r, EVIDENCE_ATTEMPT, s, person, activity);
    row->snapshot = snapshot;
    row->attempt = str_dup(a, s->key);
    row->source_key = str_fmt(a, "submission:%.*s", STR_ARG(s->key));
}

/* One attempt. Its mark may change again and again, and be taken back, so it is a
 * snapshot too; that work was handed in and waits for a mark is a fact of its time. */
static void add_attempt(struct reader *r, const struct lms_submission *s, int64_t person,
                        int64_t activity)
{
    add_try(r, s, person, activity, true);
    if (!s->has_score)
        add_try(r, s, person, activity, false);
}

/* What the LMS does not show the student, Waymark does not either. Canvas shows no work
 * that waits for its mark; but that it was handed in the student knows best. */
static void add_hidden(struct reader *r, const struct lms_submission *s, int64_t person,
                       int64_t activity)
{
    struct lms_submission handed = *s;
    handed.has_score = false;
    if (!s->current && s->submitted_ms > 0)
        add_try(r, &handed, person, activity, false);
}

/* What waits for a teacher has no score, which is not zero; a snapshot too, so that a
 * mark that is taken back counts no more. */
static void add_answers(struct reader *r, const struct lms_submission *s, int64_t person,
                        int64_t activity)
{
    struct arena *a = r->p->batch;
    for (size_t i = 0; i < s->answers_n; i++) {
        const struct lms_answer *w = &s->answers[i];
        struct evidence_in *row = add(r, EVIDENCE_ANSWER, s, person, activity);
        row->snapshot = true;
        row->item = str_dup(a, w->item);
        row->attempt = str_dup(a, s->key);
        row->has_score = w->has_score;
        row->score = w->has_score ? w->score : 0;
        row->has_maximum = true;
        row->maximum = w->maximum;
        row->source_key =
            str_fmt(a, "submission:%.*s:%.*s", STR_ARG(s->key), STR_ARG(w->item));
    }
}

static int on_row(void *ctx, const struct lms_submission *s, struct err *e)
{
    struct reader *r = ctx;
    bool next_user = !str_eq(s->user_id, r->last_user);
    /* One person's rows go together: one transaction then. */
    if (next_user && r->batch.rows.n >= LOT && flush(r, e) != 0)
        return -1;
    if (next_user)
        r->last_user = str_dup(r->p->batch, s->user_id);
    r->seen++;
    int64_t person = roster_person(r->people, s->user_id);
    int64_t activity =
        activities_find(r->activities, str_c(r->p->lms.ops->kind), s->activity_key);
    if (person == 0 || activity == 0) {
        r->strangers += s->has_score && s->current && !s->hidden;
        return 0;
    }
    if (s->hidden) {
        add_hidden(r, s, person, activity);
        return 0;
    }
    if (s->current && s->maximum > 0)
        add_grade(r, s, person, activity);
    else if (!s->current && (s->maximum > 0 || !s->has_score))
        add_attempt(r, s, person, activity);
    add_answers(r, s, person, activity);
    return 0;
}

/* Where to go on after a crash: what is behind this page is in the ledger. */
static int on_page(void *ctx, struct str next, struct err *e)
{
    struct reader *r = ctx;
    if (r->batch.rows.n < LOT)
        return pull_beat(r->p, r->seen, 0, "submissions", "read", e);
    if (flush(r, e) != 0)
        return -1;
    r->p->mark.url = str_dup(r->p->page, next);
    r->p->mark.pages++;
    r->p->mark.rows = r->rows;
    r->p->mark.skipped = r->strangers;
    if (pull_save(r->p, e) != 0)
        return -1;
    return next.n > 0 ? pull_turn(r->p, e) : 0;
}

/* Since when; 0: everything. A run that was cut off goes on with the kind of reading
 * that it began with. */
static int since_of(struct pull *p, struct sourcemark *mark, int64_t *since_ms,
                    struct err *e)
{
    int64_t last;
    if (sourcemark_get(p->job->db, p->page, p->course.tenant_id, p->course.id,
                       STR(SOURCE), mark, e) < 0)
        return -1;
    bool recent = p->mark.whole != 1 && p->mark.run_ms - mark->full_ms < FULL_MS &&
                  str_i64(mark->since, &last);
    *since_ms = recent && last > OVERLAP_MS ? last - OVERLAP_MS : 0;
    if (p->mark.url.n > 0)
        *since_ms = str_find(p->mark.url, STR("_since="), 0) == SIZE_MAX ? 0
                    : *since_ms > 0                                      ? *since_ms
                                                                         : 1;
    return 0;
}

static int note_done(struct pull *p, const struct reader *r, struct sourcemark *mark,
                     bool all, struct err *e)
{
    mark->since = str_fmt(p->page, "%lld", (long long)p->mark.run_ms);
    if (all)
        mark->full_ms = p->mark.run_ms;
    int64_t tenant = p->course.tenant_id, course = p->course.id;
    struct db *db = p->job->db;
    if (source_ok(db, tenant, course, STR(SOURCE), p->mark.run_ms, r->rows, r->strangers,
                  e) != 0)
        return -1;
    return sourcemark_put(db, tenant, course, STR(SOURCE), mark, e);
}

int submissions_step(struct pull *p, struct err *e)
{
    /* Where a grade book has grades of its own (Moodle), step "grades" reads them. */
    if ((p->can & LMS_SUBMISSIONS) == 0 || p->lms.ops->submissions == NULL ||
        p->lms.ops->grades != NULL)
        return 0;
    struct reader r = {.p = p, .rows = p->mark.rows, .strangers = p->mark.skipped};
    struct learn l = pull_learn(p, p->page);
    struct sourcemark mark;
    struct lms_since since = {.from = p->mark.url, .page = on_page, .ctx = &r};
    r.people = roster_index(&l, ROSTER_BY_LMS_ID, e);
    r.activities = r.people == NULL ? NULL : activities_index(&l, e);
    if (r.activities == NULL || since_of(p, &mark, &since.since_ms, e) != 0)
        return -1;
    pull_batch_begin(&r.batch, p);
    r.last_user = STR_EMPTY;
    if (p->lms.ops->submissions(&p->lms, p->access.course, &since, on_row, &r, p->page,
                                e) != 0 ||
        flush(&r, e) != 0)
        return -1;
    return note_done(p, &r, &mark, since.since_ms == 0, e);
}
