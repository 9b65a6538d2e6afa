#include "sync/steps.h"

#include "learn/recompute.h"
#include "learn/scores.h"
#include "service/ags.h"
#include "store/lineitem.h"

/* What our column is found again by (AGS-3); a course copy keeps both. */
#define RESOURCE_ID "waymark-mastery"
#define TAG "mastery"
#define LABEL "Skills mastered (Waymark)"
#define MAXIMUM 100

static bool offered(const struct pull *p, const char *scope)
{
    return ags_offers(p->course.ags_scopes, scope);
}

struct made {
    struct pull *p;
    struct lineitem item;
    bool other; /* another column than before, or the first */
};

/* Scores that were never posted are worked out again: now there is a place for them. */
static int note(struct db *db, void *ctx, struct err *e)
{
    struct made *m = ctx;
    struct pull *p = m->p;
    struct learn l = pull_learn(p, p->page);
    if (lineitem_put(db, p->course.tenant_id, p->course.id, STR(TAG), &m->item,
                     env_now_ms(p->job->env), e) != 0)
        return -1;
    if (!m->other)
        return 0;
    return lineitem_fresh(db, p->course.tenant_id, p->course.id, e) != 0
               ? -1
               : recompute_enqueue(&l, e);
}

/* The name is remembered when it is ours: a teacher's own name is never written over. */
static int keep(struct pull *p, const struct ags_item *item, bool made, bool other,
                struct err *e)
{
    struct str label = str_is(item->label, LABEL) ? item->label : STR_EMPTY;
    struct made m = {p, {item->id, item->maximum, label, made, STR("used")}, other};
    return db_tx(p->job->db, DB_WRITE, note, &m, e);
}

/* Look for it, and make it where we may. */
static int make(struct pull *p, const struct lineitem *before, struct err *e)
{
    const struct svc *svc = &p->app->svc;
    struct ags_item item, want = {
                              .label = STR(LABEL),
                              .maximum = MAXIMUM,
                              .resource_id = STR(RESOURCE_ID),
                              .tag = STR(TAG),
                          };
    bool made = false;
    if (str_is(p->reg.product_family, "canvas"))
        want.submission = STR("none"); /* nothing is handed in there */
    if (offered(p, SCOPE_LINEITEM)) {
        if (ags_ensure(svc, &p->platform, p->course.ags_lineitems_url, &want, &item,
                       &made, p->page, e) != 0)
            return -1;
    } else {
        int found = ags_find(svc, &p->platform, SCOPE_LINEITEM_RO,
                             p->course.ags_lineitems_url, &want, &item, p->page, e);
        if (found != 1)
            return found;
    }
    bool same = str_eq(before->url, item.id);
    return keep(p, &item, made || (same && before->made), !same, e);
}

/* The column as it is now: a new name of ours goes in where the old one still stands, and
 * a teacher's own name or maximum stays (scores are scaled by the platform). 1: it is
 * gone. */
static int care(struct pull *p, const struct lineitem *known, struct err *e)
{
    bool write = offered(p, SCOPE_LINEITEM);
    const char *scope = write ? SCOPE_LINEITEM : SCOPE_LINEITEM_RO;
    struct err own = {0};
    struct ags_item item;
    if (ags_item_get(&p->app->svc, &p->platform, scope, known->url, &item, p->page,
                     &own) != 0) {
        if (own.code != ERR_NOTFOUND) {
            *e = own;
            return -1;
        }
        return lineitem_gone(p->job->db, p->course.tenant_id, p->course.id, known->url,
                             env_now_ms(p->job->env), e) != 0
                   ? -1
                   : 1;
    }
    struct ags_change change = {.label = STR(LABEL)};
    bool old = write && known->label.n > 0 && !str_is(known->label, LABEL) &&
               str_eq(item.label, known->label);
    if (old && ags_item_update(&p->app->svc, &p->platform, known->url, &change, &item,
                               p->page, e) != 0)
        return -1;
    item.id = known->url; /* verbatim, whatever the platform calls it today */
    if (!old && item.maximum == known->maximum)
        return 0;
    if (!old)
        item.label = known->label;
    struct made m = {
        p, {item.id, item.maximum, item.label, known->made, STR("used")}, false};
    return db_tx(p->job->db, DB_WRITE, note, &m, e);
}

/* Only a course with a skill map has something to show in a column. */
int column_step(struct pull *p, struct err *e)
{
    if (p->course.ags_lineitems_url.n == 0 || p->course.map_id == 0 ||
        !offered(p, SCOPE_SCORE) ||
        (!offered(p, SCOPE_LINEITEM) && !offered(p, SCOPE_LINEITEM_RO)))
        return 0;
    struct lineitem known = {.maximum = 0};
    int found = lineitem_get(p->job->db, p->page, p->course.tenant_id, p->course.id,
                             STR(TAG), &known, e);
    struct learn l = pull_learn(p, p->page);
    if (found == 1 && str_is(known.state, "removing"))
        return scores_ask_removal(&l, e);
    if (found < 0 || (found == 1 && str_is(known.state, "removed")))
        return found < 0 ? -1 : 0;
    if (found == 1 && str_is(known.state, "used")) {
        int gone = care(p, &known, e);
        if (gone != 1)
            return gone;
    }
    return make(p, &known, e);
}

/* Only what a POST of ours made is deleted; anything else is merely left alone. */
static int drop(struct job_ctx *c, const struct course *course,
                const struct lineitem *item, struct err *e)
{
    struct sync_app *app = c->app;
    struct registration reg;
    struct svc_platform platform;
    int ready = sync_platform(c->db, c->arena, course->registration_id,
                              course->deployment_id, &reg, &platform, e);
    if (ready < 0)
        return -1;
    if (ready == 1 && item->made && ags_offers(course->ags_scopes, SCOPE_LINEITEM) &&
        ags_item_delete(&app->svc, &platform, item->url, c->arena, e) != 0)
        return -1;
    if (lineitem_gone(c->db, course->tenant_id, course->id, item->url, env_now_ms(c->env),
                      e) != 0)
        return -1;
    return lineitem_state(c->db, course->tenant_id, course->id, STR(TAG), "removed", e);
}

int column_remove_job(struct job_ctx *c, struct err *e)
{
    struct course course;
    struct lineitem item;
    int64_t course_id;
    if (!str_i64(c->job->key, &course_id)) {
        c->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    int found = course_get(c->db, c->arena, c->job->tenant_id, course_id, &course, e);
    if (found == 1)
        found = lineitem_get(c->db, c->arena, course.tenant_id, course.id, STR(TAG),
                             &item, e);
    if (found != 1 || !str_is(item.state, "removing"))
        return found < 0 ? -1 : 0;
    return drop(c, &course, &item, e);
}
