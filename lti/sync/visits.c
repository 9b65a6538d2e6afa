#include "sync/steps.h"

#define OVERLAP_MS 3600000

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct roster_index *people;
    int64_t since_ms; /* older visits are in the ledger already */
};

static int on_person(void *ctx, const struct lms_person *m, struct err *e)
{
    struct reader *r = ctx;
    int64_t person = roster_person(r->people, m->id);
    if (person == 0 || m->last_access_ms == 0 || m->last_access_ms < r->since_ms)
        return 0;
    struct evidence_in *row = pull_batch_add(&r->batch, EVIDENCE_ACCESS, person, 0);
    row->observed_ms = m->last_access_ms;
    row->source_kind =
        r->p->lms.ops->own_ids ? str_c(r->p->lms.ops->kind) : STR("moodle-ws");
    row->source_key = STR("course-access");
    return pull_batch_full(&r->batch) ? pull_batch_flush(&r->batch, e) : 0;
}

int visits_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_PEOPLE) == 0)
        return 0;
    struct reader r = {.p = p, .since_ms = p->course.grades_ms - OVERLAP_MS};
    struct learn l = pull_learn(p, p->page);
    r.people =
        roster_index(&l, p->lms.ops->own_ids ? ROSTER_BY_LMS_ID : ROSTER_BY_SUB, e);
    if (r.people == NULL || pull_beat(p, 0, 0, "last visits", "read", e) != 0)
        return -1;
    pull_batch_begin(&r.batch, p);
    if (p->lms.ops->people(&p->lms, p->access.course, on_person, &r, p->page, e) != 0)
        return -1;
    return pull_batch_flush(&r.batch, e);
}
