/* Gates of the course whose columns are in the LMS but were never launched here: found by
 * their resource ids (AGS-3), in one look at the list. */
#include "sync/steps.h"

#include "base/vec.h"
#include "engine/unit.h"
#include "learn/recompute.h"
#include "service/ags.h"
#include "store/gate.h"

#define PREFIX STR("waymark-gate-")
#define TAG STR("gate")

struct look {
    struct pull *p;
    struct vec found; /* of struct gate */
    int news;
};

static int on_item(void *ctx, const struct ags_item *item, struct err *e)
{
    struct look *k = ctx;
    struct str unit = str_sub(item->resource_id, PREFIX.n, item->resource_id.n);
    (void)e;
    if (!str_starts(item->resource_id, PREFIX) || !unit_is_slug(unit))
        return 0;
    struct gate *g = vec_push(&k->found);
    *g = (struct gate){str_dup(k->p->page, unit), str_dup(k->p->page, item->id),
                       item->maximum, str_dup(k->p->page, item->resource_link_id)};
    return 0;
}

/* The course knows this column, or another one of the unit. */
static bool is_known(const struct gate *rows, size_t n, const struct gate *g)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].unit, g->unit) && rows[i].url.n > 0)
            return true;
    return false;
}

static int note(struct db *db, void *ctx, struct err *e)
{
    struct look *k = ctx;
    const struct course *course = &k->p->course;
    struct learn l = pull_learn(k->p, k->p->page);
    struct gate *known, *found = k->found.p;
    size_t n;
    k->news = 0;
    if (gate_list(db, k->p->page, course->tenant_id, course->id, &known, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < k->found.n; i++) {
        if (is_known(known, n, &found[i]))
            continue;
        int news = gate_found(db, course->tenant_id, course->id, &found[i],
                              env_now_ms(k->p->job->env), e);
        if (news < 0)
            return -1;
        k->news += news;
    }
    return k->news > 0 ? recompute_enqueue(&l, e) : 0;
}

int gates_step(struct pull *p, struct err *e)
{
    bool write = ags_offers(p->course.ags_scopes, SCOPE_LINEITEM);
    if (p->course.ags_lineitems_url.n == 0 || p->course.map_id == 0 ||
        !ags_offers(p->course.ags_scopes, SCOPE_SCORE) ||
        (!write && !ags_offers(p->course.ags_scopes, SCOPE_LINEITEM_RO)))
        return 0;
    struct look k = {.p = p};
    vec_init(&k.found, p->page, sizeof(struct gate));
    if (ags_tagged(&p->app->svc, &p->platform, write ? SCOPE_LINEITEM : SCOPE_LINEITEM_RO,
                   p->course.ags_lineitems_url, TAG, on_item, &k, p->page, e) != 0)
        return -1;
    return k.found.n > 0 ? db_tx(p->job->db, DB_WRITE, note, &k, e) : 0;
}
