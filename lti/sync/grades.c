#include "sync/steps.h"

#include "store/source.h"
#include "store/syncpair.h"

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct vec pairs; /* struct syncpair, in p->batch */
    struct roster_index *people;
    struct activities_index *activities;
    struct map *own;       /* our links: what we posted to their columns is no evidence */
    struct map *read;      /* of these, whose columns others fill: AGS tells them too */
    struct str last_user;  /* in p->batch */
    struct str done_until; /* an earlier turn came as far as this person */
    int64_t users;
    int64_t rows;
    int64_t strangers; /* rows of nobody in the roster, or of no activity we know */
};

static void begin(struct reader *r)
{
    vec_init(&r->pairs, r->p->batch, sizeof(struct syncpair));
    r->last_user = STR_EMPTY;
}

static int tell_all(struct db *db, void *ctx, struct err *e)
{
    const struct reader *r = ctx;
    const struct syncpair *pairs = r->pairs.p;
    for (size_t i = 0; i < r->pairs.n; i++)
        if (syncpair_tell(db, r->p->course.tenant_id, r->p->course.id, &pairs[i], e) != 0)
            return -1;
    return 0;
}

static int flush(struct reader *r, struct err *e)
{
    if (r->pairs.n > 0 && db_tx(r->p->job->db, DB_WRITE, tell_all, r, e) != 0)
        return -1;
    if (pull_batch_flush(&r->batch, e) != 0)
        return -1;
    begin(r);
    return pull_beat(r->p, r->users, 0, "grades", "people", e);
}

/* One person's rows go together: one transaction then. Here the next turn may go on. */
static int flush_until(struct reader *r, struct err *e)
{
    r->p->mark.item = str_dup(r->p->page, r->last_user);
    return flush(r, e) != 0 ? -1 : pull_turn(r->p, e);
}

/* There is something to read about this person's attempts since the times changed. */
static void note_pair(struct reader *r, const struct lms_grade *g, struct str instance)
{
    struct arena *a = r->p->batch;
    if (instance.n == 0 || (g->submitted_ms == 0 && g->graded_ms == 0))
        return;
    *(struct syncpair *)vec_push(&r->pairs) = (struct syncpair){
        .quiz = str_dup(a, instance),
        .sub = str_dup(a, g->user_id),
        .told =
            str_fmt(a, "%lld:%lld", (long long)g->submitted_ms, (long long)g->graded_ms),
    };
}

/* The grade book tells the present only: a snapshot. Its time is when the work was handed
 * in, or marked; a grade without a time is dated with this run. */
static void add_grade(struct reader *r, const struct lms_grade *g, int64_t person,
                      int64_t activity)
{
    struct arena *a = r->p->batch;
    double span = g->maximum - g->minimum;
    if (!(span > 0)) /* a text, or a column that counts for nothing */
        return;
    struct evidence_in *row = pull_batch_add(&r->batch, EVIDENCE_GRADE, person, activity);
    row->snapshot = true;
    row->has_score = g->has_score;
    row->score = g->has_score ? g->score - g->minimum : 0;
    row->has_maximum = true;
    row->maximum = span;
    row->observed_ms = g->submitted_ms > 0 ? g->submitted_ms
                       : g->graded_ms > 0  ? g->graded_ms
                                           : r->p->mark.run_ms;
    row->source_kind = STR("moodle-ws");
    row->source_key = str_fmt(a, "cm:%.*s", STR_ARG(g->activity_key));
    r->rows++;
}

/* A column of our own links is an activity of its own, known by the link. Moodle's AGS
 * leaves out a grade of 0; here it says 0, and that counts. */
static int64_t activity_of(const struct reader *r, const struct lms_grade *g)
{
    int64_t id = activities_find(r->activities, STR("moodle-cm"), g->activity_key);
    return id != 0 || !str_is(g->kind, "lti")
               ? id
               : activities_find(r->activities, STR("moodle-lti"), g->instance);
}

static int on_grade(void *ctx, const struct lms_grade *g, struct err *e)
{
    struct reader *r = ctx;
    bool next_user = !str_eq(g->user_id, r->last_user);
    if (next_user && pull_batch_full(&r->batch) && flush_until(r, e) != 0)
        return -1;
    if (next_user && r->users > 0 && str_eq(r->done_until, r->last_user))
        r->done_until = STR_EMPTY;
    if (next_user) {
        r->users++;
        r->last_user = str_dup(r->p->batch, g->user_id);
    }
    if (g->hidden) /* what the LMS does not show the student, Waymark does not either */
        return 0;
    if (str_is(g->kind, "lti") && map_get(r->own, g->instance) != NULL &&
        map_get(r->read, g->instance) == NULL)
        return 0; /* what we posted is no evidence */
    int64_t person = roster_person(r->people, g->user_id);
    int64_t activity = activity_of(r, g);
    if (person == 0 || activity == 0) {
        r->strangers += g->has_score;
        return 0;
    }
    if (r->done_until.n > 0) {
        r->rows += g->maximum > g->minimum;
        return 0;
    }
    add_grade(r, g, person, activity);
    if (str_is(g->kind, "quiz"))
        note_pair(r, g, g->instance);
    return 0;
}

static int read_book(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    if (p->lms.ops->grades(&p->lms, p->access.course, on_grade, r, p->page, e) != 0 ||
        flush(r, e) != 0)
        return -1;
    return 0;
}

int grades_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_GRADES) == 0 || p->lms.ops->grades == NULL)
        return 0;
    struct reader r = {.p = p};
    struct learn l = pull_learn(p, p->page);
    r.people = roster_index(&l, ROSTER_BY_SUB, e);
    r.activities = r.people == NULL ? NULL : activities_index(&l, e);
    if (r.activities == NULL ||
        syncpair_own_links(p->job->db, p->page, p->course.tenant_id, p->course.id, &r.own,
                           e) != 0 ||
        syncpair_read_links(p->job->db, p->page, p->course.tenant_id, p->course.id,
                            &r.read, e) != 0)
        return -1;
    pull_batch_begin(&r.batch, p);
    begin(&r);
    r.done_until = str_dup(p->page, p->mark.item);
    if (read_book(&r, e) != 0)
        return -1;
    if (r.done_until.n > 0) { /* that person is gone, or was the last one */
        r.done_until = STR_EMPTY;
        r.rows = r.strangers = r.users = 0;
        if (read_book(&r, e) != 0)
            return -1;
    }
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("grades"),
                     p->mark.run_ms, r.rows, r.strangers, e);
}
