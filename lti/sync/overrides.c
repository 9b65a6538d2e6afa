/* What our columns hold now, beside what we posted: a grade that is not ours was edited
 * by a person, and stands (core/store/override.h). Nothing of it is evidence. */
#include "sync/steps.h"

#include "base/map.h"
#include "learn/recompute.h"
#include "service/ags.h"
#include "store/lineitem.h"
#include "store/override.h"

struct reader {
    struct pull *p;
    struct str target;
    struct map *people; /* sub -> struct override_watch */
    int64_t began_ms;
    int64_t rows;
};

static bool holds(const struct ags_result *res, const struct outbox_mark *m)
{
    return m->has && ags_same(res, m->given, m->maximum);
}

/* What it was when it was noted: a missing grade equals a missing one only. */
static bool as_noted(const struct ags_result *res, const struct override_watch *w)
{
    return w->known && w->theirs.has == res->has_score &&
           (!res->has_score || holds(res, &w->theirs));
}

/* 1, 0 when a score went there meanwhile: the next reading sees, -1. */
static int note(struct reader *r, const struct ags_result *res,
                const struct override_watch *w, struct err *e)
{
    struct override o = {.person_id = w->person_id,
                         .course_id = r->p->course.id,
                         .target = r->target,
                         .ours = w->last.given * res->maximum / w->last.maximum,
                         .has_theirs = res->has_score,
                         .theirs = res->score,
                         .maximum = res->maximum,
                         .seen_ms = r->p->mark.run_ms};
    return override_note(r->p->job->db, r->p->course.tenant_id, &o, w, e);
}

/* The LMS holds ours again; what was held back goes now. */
static int end(struct reader *r, const struct override_watch *w, struct err *e)
{
    struct pull *p = r->p;
    struct learn l = pull_learn(p, p->batch);
    struct override o = {
        .person_id = w->person_id, .course_id = p->course.id, .target = r->target};
    if (override_end(p->job->db, p->course.tenant_id, &o, env_now_ms(p->job->env), e) !=
        0)
        return -1;
    return recompute_enqueue_person(&l, w->person_id, e);
}

/* Somebody took their own grade away again: ours may come back. Not on Moodle, which may
 * send a grade of 0 as none. */
static int give_back(struct reader *r, const struct ags_result *res,
                     const struct override_watch *w, struct err *e)
{
    struct pull *p = r->p;
    struct learn l = pull_learn(p, p->batch);
    int rc = note(r, res, w, e);
    if (rc == 1)
        rc = override_allow(p->job->db, p->course.tenant_id, p->course.id, w->person_id,
                            r->target, env_now_ms(p->job->env), e);
    return rc == 1 ? recompute_enqueue_person(&l, w->person_id, e) : rc;
}

static int on_result(void *ctx, const struct ags_result *res, struct err *e)
{
    struct reader *r = ctx;
    const struct override_watch *w = map_get(r->people, res->user_id);
    r->rows++;
    if (w == NULL || !w->last.has || w->noted_ms >= r->began_ms)
        return 0; /* nobody of ours, or posted while the page was on its way */
    if (holds(res, &w->last) || (w->tried_ms > 0 && holds(res, &w->tried)))
        return w->known ? end(r, w, e) : 0;
    if (as_noted(res, w))
        return 0;
    if (w->known && !w->allowed && w->theirs.has && !res->has_score &&
        !str_is(r->p->reg.product_family, "moodle"))
        return give_back(r, res, w, e);
    return note(r, res, w, e) < 0 ? -1 : 0;
}

static int load(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    struct override_watch *rows;
    size_t n;
    if (override_watches(p->job->db, p->page, p->course.tenant_id, r->target, &rows, &n,
                         e) != 0)
        return -1;
    r->people = map_new(p->page);
    for (size_t i = 0; i < n; i++)
        map_put(r->people, rows[i].sub, &rows[i]);
    return (int)(n > 0);
}

/* All pages in one go: what they are compared with may not change under them. */
static int read_target(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    int any = load(r, e);
    if (any != 1)
        return any;
    struct ags_walk walk = {.url = ags_results_url(p->page, r->target)};
    struct ags_sink sink = {on_result, r};
    while (walk.url.n > 0) {
        r->began_ms = env_now_ms(p->job->env);
        arena_reset(p->batch);
        if (ags_results_page(&p->app->svc, &p->platform, &walk, &sink, p->page, e) != 0)
            return -1;
        if (pull_beat(p, r->rows, 0, "our column", "scores", e) != 0)
            return -1;
    }
    return 0;
}

int overrides_step(struct pull *p, struct err *e)
{
    struct str *urls;
    size_t n;
    if (!ags_offers(p->course.ags_scopes, SCOPE_RESULT_RO))
        return 0;
    if (lineitem_targets(p->job->db, p->page, p->course.tenant_id, p->course.id, &urls,
                         &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct reader r = {.p = p, .target = urls[i]};
        struct err own = {0};
        if (read_target(&r, &own) == 0)
            continue;
        if (own.code == ERR_NOTFOUND)
            continue; /* the column is gone: column.c notices */
        *e = own;
        return -1;
    }
    return 0;
}
