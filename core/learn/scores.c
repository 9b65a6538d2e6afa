#include "learn/scores.h"

#include "base/vec.h"
#include "job/queue.h"
#include "learn/head.h"
#include "learn/recompute.h"

#define ROWS_MAX 200
#define REFUSALS_MS (INT64_C(14) * 86400000)
#define PURPOSE STR("mastery")

static int read_edits(struct learn *l, struct db *db, struct scores_edit **rows,
                      size_t *n, struct err *e)
{
    struct override *found;
    if (override_list(db, l->a, l->tenant_id, l->course_id, ROWS_MAX, &found, n, e) != 0)
        return -1;
    *rows = ARENA_ARRAY(l->a, struct scores_edit, *n + 1);
    for (size_t i = 0; i < *n; i++)
        (*rows)[i] = (struct scores_edit){
            found[i].person_id, head_name(l, found[i].person_id, found[i].name_sealed),
            found[i]};
    return 0;
}

static int read_refusals(struct learn *l, struct db *db, struct scores *out,
                         struct err *e)
{
    struct outbox_refusal *rows;
    if (outbox_refused(db, l->a, l->tenant_id, l->course_id,
                       env_now_ms(l->env) - REFUSALS_MS, ROWS_MAX, &rows,
                       &out->refusals_n, e) != 0)
        return -1;
    out->refusals = ARENA_ARRAY(l->a, struct scores_refusal, out->refusals_n + 1);
    for (size_t i = 0; i < out->refusals_n; i++)
        out->refusals[i] = (struct scores_refusal){
            rows[i].person_id, head_name(l, rows[i].person_id, rows[i].name_sealed),
            rows[i].why, rows[i].at_ms};
    return 0;
}

struct reading {
    struct learn *l;
    int64_t by_person_id;
    struct scores *out;
};

static int read_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *r = ctx;
    struct learn *l = r->l;
    struct head head;
    *r->out = (struct scores){.waiting = 0};
    if (head_read(l, db, r->by_person_id, &head, e) < 0)
        return -1;
    r->out->course_title = head.title;
    int found =
        lineitem_get(db, l->a, l->tenant_id, l->course_id, PURPOSE, &r->out->column, e);
    if (found < 0)
        return -1;
    r->out->has_column = found == 1;
    r->out->waiting = outbox_waiting(db, l->tenant_id, l->course_id, e);
    if (r->out->waiting < 0 ||
        read_edits(l, db, &r->out->edits, &r->out->edits_n, e) != 0 ||
        read_refusals(l, db, r->out, e) != 0)
        return -1;
    return head_looked(l, db, r->by_person_id, "scores", 0, e);
}

int scores_read(struct learn *l, int64_t by_person_id, struct scores *out, struct err *e)
{
    struct reading r = {l, by_person_id, out};
    return db_tx(l->db, DB_WRITE, read_tx, &r, e);
}

int scores_edits_of(struct learn *l, int64_t person_id, struct scores_edit **rows,
                    size_t *n, struct err *e)
{
    struct scores_edit *all;
    size_t all_n, kept = 0;
    if (read_edits(l, l->db, &all, &all_n, e) != 0)
        return -1;
    for (size_t i = 0; i < all_n; i++)
        if (all[i].person_id == person_id)
            all[kept++] = all[i];
    *rows = all;
    *n = kept;
    return 0;
}

struct allow {
    struct learn *l;
    int64_t person_id;
    struct str target;
};

static int allow_tx(struct db *db, void *ctx, struct err *e)
{
    struct allow *w = ctx;
    int n = override_allow(db, w->l->tenant_id, w->l->course_id, w->person_id, w->target,
                           env_now_ms(w->l->env), e);
    return n <= 0 ? n : recompute_enqueue_person(w->l, w->person_id, e);
}

int scores_allow(struct learn *l, int64_t person_id, struct str target, struct err *e)
{
    struct allow w = {l, person_id, target};
    return db_tx(l->db, DB_WRITE, allow_tx, &w, e);
}

static int again_tx(struct db *db, void *ctx, struct err *e)
{
    struct allow *w = ctx;
    return outbox_again(db, w->l->tenant_id, w->l->course_id, w->person_id,
                        env_now_ms(w->l->env), e) != 0
               ? -1
               : recompute_enqueue_person(w->l, w->person_id, e);
}

int scores_again(struct learn *l, int64_t person_id, struct err *e)
{
    struct allow w = {l, person_id, STR_EMPTY};
    return db_tx(l->db, DB_WRITE, again_tx, &w, e);
}

struct turn {
    struct learn *l;
    const char *from, *to;
    bool ask; /* for the job that removes it */
};

static int turn_tx(struct db *db, void *ctx, struct err *e)
{
    const struct turn *t = ctx;
    struct learn *l = t->l;
    struct lineitem item;
    int found = lineitem_get(db, l->a, l->tenant_id, l->course_id, PURPOSE, &item, e);
    if (found != 1 || !str_is(item.state, t->from))
        return found < 0 ? -1 : 0;
    if (lineitem_state(db, l->tenant_id, l->course_id, PURPOSE, t->to, e) != 0)
        return -1;
    return t->ask ? scores_ask_removal(l, e) : 0;
}

int scores_ask_removal(struct learn *l, struct err *e)
{
    struct job_in in = {.tenant_id = l->tenant_id,
                        .kind = STR("column.remove"),
                        .key = str_fmt(l->a, "%lld", (long long)l->course_id),
                        .urgent = true,
                        .outside = true};
    return job_add(l->db, l->env, &in, NULL, e) < 0 ? -1 : 0;
}

int scores_remove_column(struct learn *l, struct err *e)
{
    struct turn t = {l, "used", "removing", true};
    return db_tx(l->db, DB_WRITE, turn_tx, &t, e);
}

int scores_make_column(struct learn *l, struct err *e)
{
    struct turn t = {l, "removed", "gone", false};
    return db_tx(l->db, DB_WRITE, turn_tx, &t, e);
}
