/* The groups of a course and their sets. Who is in them came with the roster. */
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

/* A course whose groups are told no more keeps none. */
int groups_step(struct pull *p, struct err *e)
{
    struct learn l = pull_learn(p, p->page);
    struct reader r = {.p = p};
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
