/* What people completed, from an LMS that tells it person by person: only those are asked
 * about who came back since they were read. Completion is no mark and no mastery. */
#include "store/source.h"
#include "store/syncvisit.h"
#include "sync/steps.h"

#define LOT 40      /* persons asked about at once */
#define RUN_MAX 800 /* in one run; the others' turn comes with the next */

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct roster_index *people;
    struct activities_index *activities;
    struct str kind;   /* in the ledger */
    struct str prefix; /* of an activity's name there */
    int64_t rows;
    int64_t told; /* whatever the LMS said, also that something is not complete */
};

struct lot {
    struct pull *p;
    struct syncvisit *rows;
    size_t n;
};

static int on_row(void *ctx, const struct lms_completion *c, struct err *e)
{
    struct reader *r = ctx;
    struct arena *a = r->p->batch;
    (void)e;
    r->told++;
    int64_t person = roster_person(r->people, c->user_id);
    int64_t activity = activities_find(r->activities, r->prefix, c->activity_key);
    if (c->state == LMS_INCOMPLETE || c->at_ms == 0 || person == 0 || activity == 0)
        return 0;
    struct evidence_in *row =
        pull_batch_add(&r->batch, EVIDENCE_COMPLETION, person, activity);
    row->observed_ms = c->at_ms;
    row->source_kind = r->kind;
    row->source_key = str_fmt(a, "completion:%.*s", STR_ARG(c->activity_key));
    r->rows++;
    return 0;
}

static int note_done(struct db *db, void *ctx, struct err *e)
{
    const struct lot *l = ctx;
    return syncvisit_done(db, l->p->course.tenant_id, l->p->course.id, l->rows, l->n, e);
}

static int read_lot(struct reader *r, struct lot *l, struct err *e)
{
    struct pull *p = r->p;
    struct str *users = ARENA_ARRAY(p->page, struct str, l->n);
    for (size_t i = 0; i < l->n; i++)
        users[i] = l->rows[i].sub;
    if (p->lms.ops->completion(&p->lms, p->access.course, users, l->n, on_row, r, p->page,
                               e) != 0 ||
        pull_batch_flush(&r->batch, e) != 0)
        return -1;
    return db_tx(p->job->db, DB_WRITE, note_done, l, e);
}

/* A course that tracks no completion tells nothing of the first lot: then nobody else is
 * asked about, and all of them count as read. */
static int read_all(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    struct str after = STR_EMPTY;
    int64_t tenant = p->course.tenant_id, course = p->course.id, done = 0;
    struct lot l = {.p = p, .n = LOT};
    while (done < RUN_MAX && l.n == LOT) {
        struct arena *a = p->page;
        if (syncvisit_due(p->job->db, a, tenant, course, after, LOT, &l.rows, &l.n, e) !=
            0)
            return -1;
        if (l.n == 0)
            break;
        bool silent = done > 0 && r->told == 0;
        if (silent ? db_tx(p->job->db, DB_WRITE, note_done, &l, e) != 0
                   : read_lot(r, &l, e) != 0)
            return -1;
        done += (int64_t)l.n;
        after = l.rows[l.n - 1].sub;
        if (pull_beat(p, done, 0, "completed activities", "people", e) != 0 ||
            pull_turn(p, e) != 0)
            return -1;
    }
    return 0;
}

int completion_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_COMPLETION) == 0 || p->lms.ops->completion == NULL ||
        p->lms.ops->own_ids)
        return 0;
    struct reader r = {.p = p, .kind = STR("moodle-ws"), .prefix = STR("moodle-cm")};
    struct learn l = pull_learn(p, p->page);
    r.people = roster_index(&l, ROSTER_BY_SUB, e);
    r.activities = r.people == NULL ? NULL : activities_index(&l, e);
    if (r.activities == NULL)
        return -1;
    pull_batch_begin(&r.batch, p);
    struct err own = {0};
    if (read_all(&r, &own) != 0)
        return pull_spare(p, "completion", &own, e);
    int64_t left = syncvisit_count(p->job->db, p->course.tenant_id, p->course.id, e);
    if (left < 0)
        return -1;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("completion"),
                     p->mark.run_ms, r.rows, left, e);
}
