/* The groups of a course and their sets. Who is in them came with the roster; where the
 * platform has no such service, groups and members come from the LMS's own API. */
#include "learn/groups.h"

#include "base/map.h"
#include "service/groups.h"
#include "sync/steps.h"

struct reader {
    struct pull *p;
    struct map *sets; /* id -> name; struct str */
    struct vec rows;  /* struct groups_row, in p->batch */
};

static int on_set(void *ctx, const struct groups_item *g, struct err *e)
{
    struct reader *r = ctx;
    struct str *name = ARENA_NEW(r->p->batch, struct str);
    (void)e;
    *name = str_dup(r->p->batch, g->name);
    map_put(r->sets, g->id, name);
    return 0;
}

static int on_group(void *ctx, const struct groups_item *g, struct err *e)
{
    struct reader *r = ctx;
    struct arena *a = r->p->batch;
    const struct str *set = g->set_id.n > 0 ? map_get(r->sets, g->set_id) : NULL;
    (void)e;
    *(struct groups_row *)vec_push(&r->rows) =
        (struct groups_row){.id = str_dup(a, g->id),
                            .name = str_dup(a, g->name),
                            .set_id = str_dup(a, g->set_id),
                            .set_name = set != NULL ? *set : STR_EMPTY};
    return 0;
}

/* --- from the LMS's own API -------------------------------------------------- */

struct listing {
    struct pull *p;
    struct map *known; /* group ids */
    struct vec groups;
    struct vec members;
};

static int on_membership(void *ctx, const struct lms_group *g, struct err *e)
{
    struct listing *x = ctx;
    struct arena *a = x->p->batch;
    struct str id = str_dup(a, g->key);
    (void)e;
    if (map_get(x->known, id) == NULL) {
        map_put(x->known, id, x);
        *(struct groups_row *)vec_push(&x->groups) =
            (struct groups_row){.id = id, .name = str_dup(a, g->name)};
    }
    if (g->user_id.n > 0)
        *(struct groups_member *)vec_push(&x->members) =
            (struct groups_member){id, str_dup(a, g->user_id)};
    return 0;
}

static int put_members(struct pull *p, struct learn *l, const struct listing *x,
                       struct err *e)
{
    const struct groups_member *rows = x->members.p;
    for (size_t i = 0; i < x->members.n; i += PULL_BATCH) {
        size_t n = x->members.n - i < PULL_BATCH ? x->members.n - i : PULL_BATCH;
        if (groups_put_members(l, p->mark.run_ms, rows + i, n, e) != 0)
            return -1;
    }
    return groups_finish_members(l, p->mark.run_ms, e);
}

static int from_lms(struct pull *p, struct learn *l, struct err *e)
{
    struct listing x = {.p = p};
    struct err own = {0};
    arena_reset(p->batch);
    x.known = map_new(p->batch);
    vec_init(&x.groups, p->batch, sizeof(struct groups_row));
    vec_init(&x.members, p->batch, sizeof(struct groups_member));
    if (p->lms.ops->groups(&p->lms, p->access.course, on_membership, &x, p->page, &own) !=
        0)
        return pull_spare(p, "groups", &own, e);
    if (groups_put(l, p->mark.run_ms, x.groups.p, x.groups.n, e) != 0 ||
        put_members(p, l, &x, e) != 0 || groups_finish(l, p->mark.run_ms, e) != 0)
        return -1;
    return pull_beat(p, (int64_t)x.groups.n, 0, "groups", "groups", e);
}

/* A course whose groups are told no more keeps none. */
int groups_step(struct pull *p, struct err *e)
{
    struct learn l = pull_learn(p, p->page);
    struct reader r = {.p = p};
    if (p->course.groups_url.n == 0 && (p->can & LMS_GROUPS) != 0 &&
        p->lms.ops->groups != NULL && !p->lms.ops->own_ids)
        return from_lms(p, &l, e);
    arena_reset(p->batch);
    r.sets = map_new(p->batch);
    vec_init(&r.rows, p->batch, sizeof(struct groups_row));
    struct groups_sink sets = {on_set, &r}, groups = {on_group, &r};
    const struct svc *svc = &p->app->svc;
    /* Sets are a nicety: without them groups still have names. */
    if (p->course.group_sets_url.n > 0)
        groups_all(svc, &p->platform, p->course.group_sets_url, GROUPS_SETS, &sets,
                   p->page, NULL);
    if (p->course.groups_url.n > 0 && groups_all(svc, &p->platform, p->course.groups_url,
                                                 GROUPS_GROUPS, &groups, p->page, e) != 0)
        return -1;
    if (groups_put(&l, p->mark.run_ms, r.rows.p, r.rows.n, e) != 0 ||
        groups_finish(&l, p->mark.run_ms, e) != 0)
        return -1;
    return pull_beat(p, (int64_t)r.rows.n, 0, "groups", "groups", e);
}
