#include "sync/steps.h"

#include "store/syncvisit.h"

#define OVERLAP_MS 3600000

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct roster_index *people;
    int64_t since_ms;   /* older visits are in the ledger already */
    struct map *told;   /* what is noted for step "completion" */
    struct vec to_tell; /* struct syncvisit, in p->page */
};

void visits_seen(struct pull *p, struct str id, int64_t at_ms)
{
    int64_t *ms = ARENA_NEW(p->a, int64_t);
    if (p->seen == NULL)
        p->seen = map_new(p->a);
    *ms = at_ms;
    map_put(p->seen, id, ms);
}

static void tell(struct reader *r, struct str id, int64_t at_ms)
{
    const int64_t *known = map_get(r->told, id);
    if ((r->p->can & LMS_COMPLETION) == 0)
        return;
    if (known == NULL || *known < at_ms)
        *(struct syncvisit *)vec_push(&r->to_tell) =
            (struct syncvisit){str_dup(r->p->page, id), at_ms};
}

static int take(struct reader *r, struct str id, int64_t at_ms, struct err *e)
{
    int64_t person = roster_person(r->people, id);
    if (person == 0 || at_ms == 0)
        return 0;
    tell(r, id, at_ms);
    if (at_ms < r->since_ms)
        return 0;
    struct evidence_in *row = pull_batch_add(&r->batch, EVIDENCE_ACCESS, person, 0);
    row->observed_ms = at_ms;
    row->source_kind =
        r->p->lms.ops->own_ids ? str_c(r->p->lms.ops->kind) : STR("moodle-ws");
    row->source_key = STR("course-access");
    return pull_batch_full(&r->batch) ? pull_batch_flush(&r->batch, e) : 0;
}

static int on_person(void *ctx, const struct lms_person *m, struct err *e)
{
    return take(ctx, m->id, m->last_access_ms, e);
}

/* The roster step has just read the same list. */
static int take_seen(struct reader *r, struct err *e)
{
    const struct map *seen = r->p->seen;
    for (size_t i = 0; i < map_len(seen); i++)
        if (take(r, map_key(seen, i), *(const int64_t *)map_val(seen, i), e) != 0)
            return -1;
    return 0;
}

static int tell_all(struct db *db, void *ctx, struct err *e)
{
    const struct reader *r = ctx;
    return syncvisit_tell(db, r->p->course.tenant_id, r->p->course.id, r->to_tell.p,
                          r->to_tell.n, e);
}

int visits_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_PEOPLE) == 0)
        return 0;
    struct reader r = {.p = p, .since_ms = p->mark.roster_ms - OVERLAP_MS};
    struct learn l = pull_learn(p, p->page);
    vec_init(&r.to_tell, p->page, sizeof(struct syncvisit));
    r.people =
        roster_index(&l, p->lms.ops->own_ids ? ROSTER_BY_LMS_ID : ROSTER_BY_SUB, e);
    if (r.people == NULL ||
        syncvisit_told(p->job->db, p->page, p->course.tenant_id, p->course.id, &r.told,
                       e) != 0 ||
        pull_beat(p, 0, 0, "last visits", "read", e) != 0)
        return -1;
    pull_batch_begin(&r.batch, p);
    if (p->seen != NULL ? take_seen(&r, e) != 0
                        : p->lms.ops->people(&p->lms, p->access.course, on_person, &r,
                                             p->page, e) != 0)
        return -1;
    if (r.to_tell.n > 0 && db_tx(p->job->db, DB_WRITE, tell_all, &r, e) != 0)
        return -1;
    return pull_batch_flush(&r.batch, e);
}
