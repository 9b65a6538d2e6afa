#include "sync/steps.h"

#include "learn/recompute.h"
#include "service/ags.h"
#include "store/outbox.h"

/* What our column is found again by (AGS-3); a course copy keeps both. */
#define RESOURCE_ID "waymark-mastery"
#define TAG "mastery"

static bool offered(const struct pull *p, const char *scope)
{
    /* the closing quote tells lineitem from lineitem.readonly */
    return str_find(p->course.ags_scopes, str_fmt(p->page, "\"%s\"", scope), 0) !=
           SIZE_MAX;
}

struct made {
    struct pull *p;
    struct outbox_item item;
};

/* Scores that were never posted are worked out again: now there is a place for them. */
static int note(struct db *db, void *ctx, struct err *e)
{
    struct made *m = ctx;
    struct pull *p = m->p;
    struct learn l = pull_learn(p, p->page);
    if (outbox_item_put(db, p->course.tenant_id, p->course.id, STR(TAG), &m->item,
                        env_now_ms(p->job->env), e) != 0 ||
        outbox_item_fresh(db, p->course.tenant_id, p->course.id, e) != 0)
        return -1;
    return recompute_enqueue(&l, e);
}

/* Only a course with a skill map has something to show in a column. */
int column_step(struct pull *p, struct err *e)
{
    if (p->course.ags_lineitems_url.n == 0 || p->course.map_id == 0 ||
        !offered(p, SCOPE_LINEITEM) || !offered(p, SCOPE_SCORE))
        return 0;
    struct outbox_item known;
    int found = outbox_item_get(p->job->db, p->page, p->course.tenant_id, p->course.id,
                                STR(TAG), &known, e);
    if (found != 0)
        return found < 0 ? -1 : 0;
    struct ags_item want = {
        .label = STR("Skills mastered (Waymark)"),
        .maximum = 100,
        .resource_id = STR(RESOURCE_ID),
        .tag = STR(TAG),
    };
    struct ags_item item;
    bool created;
    if (ags_ensure(&p->app->svc, &p->platform, p->course.ags_lineitems_url, &want, &item,
                   &created, p->page, e) != 0)
        return -1;
    struct made m = {p, {item.id, item.maximum}};
    return db_tx(p->job->db, DB_WRITE, note, &m, e);
}
