/* Work handed in that waits for a mark. The grade book says nothing of it, and without it
 * a student who did the work would be told that it is missing. */
#include "store/source.h"
#include "sync/steps.h"

#define SOURCE "submissions"
#define OVERLAP_MS INT64_C(3600000)

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct roster_index *people;
    struct activities_index *activities;
    int64_t rows;
};

static int on_row(void *ctx, const struct lms_submission *s, struct err *e)
{
    struct reader *r = ctx;
    struct arena *a = r->p->batch;
    int64_t person = roster_person(r->people, s->user_id);
    int64_t activity = activities_find(r->activities, STR("moodle-cm"), s->activity_key);
    if (person == 0 || activity == 0 || s->submitted_ms == 0)
        return 0;
    struct evidence_in *row =
        pull_batch_add(&r->batch, EVIDENCE_ATTEMPT, person, activity);
    row->attempt = str_dup(a, s->key);
    row->observed_ms = s->submitted_ms;
    row->source_kind = STR("moodle-ws");
    row->source_key = str_fmt(a, "submission:%.*s", STR_ARG(s->key));
    r->rows++;
    return pull_batch_full(&r->batch) ? pull_batch_flush(&r->batch, e) : 0;
}

/* The last complete reading began then; 0: everything, where there was none and in a
 * whole reading: work of somebody whom the roster did not know yet comes in then. -1
 * error. */
static int64_t since_of(struct pull *p, struct err *e)
{
    struct source *rows;
    size_t n;
    if (p->mark.whole == 1)
        return 0;
    if (source_list(p->job->db, p->page, p->course.tenant_id, p->course.id, &rows, &n,
                    e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_is(rows[i].source, SOURCE) && rows[i].ok_ms > OVERLAP_MS)
            return rows[i].ok_ms - OVERLAP_MS;
    return 0;
}

int handed_step(struct pull *p, struct err *e)
{
    /* Where submissions are the grade book (Canvas), step "submissions" reads them. */
    if ((p->can & LMS_SUBMISSIONS) == 0 || p->lms.ops->submissions == NULL ||
        p->lms.ops->grades == NULL)
        return 0;
    struct reader r = {.p = p};
    struct learn l = pull_learn(p, p->page);
    struct err own = {0};
    struct lms_since since = {.since_ms = since_of(p, e)};
    if (since.since_ms < 0)
        return -1;
    r.people = roster_index(&l, ROSTER_BY_SUB, e);
    r.activities = r.people == NULL ? NULL : activities_index(&l, e);
    if (r.activities == NULL || pull_beat(p, 0, 0, "work handed in", "read", e) != 0)
        return -1;
    pull_batch_begin(&r.batch, p);
    if (p->lms.ops->submissions(&p->lms, p->access.course, &since, on_row, &r, p->page,
                                &own) != 0)
        return pull_spare(p, SOURCE, &own, e);
    if (pull_batch_flush(&r.batch, e) != 0)
        return -1;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR(SOURCE),
                     p->mark.run_ms, r.rows, 0, e);
}
