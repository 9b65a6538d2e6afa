#include "sync/steps.h"

#include "service/ags.h"
#include "store/source.h"
#include "store/syncpair.h"

struct reader {
    struct pull *p;
    struct pull_batch batch;
    struct roster_index *people;
    struct syncpair_item item;
    int64_t activity;
};

static int on_result(void *ctx, const struct ags_result *res, struct err *e)
{
    struct reader *r = ctx;
    int64_t person = roster_person(r->people, res->user_id);
    if (person == 0) { /* I96: nobody we know */
        r->p->mark.skipped++;
        return 0;
    }
    struct evidence_in *row =
        pull_batch_add(&r->batch, EVIDENCE_GRADE, person, r->activity);
    row->snapshot = true;
    row->has_score = res->has_score;
    row->score = res->score;
    row->has_maximum = true;
    row->maximum = res->maximum;
    row->observed_ms = res->at_ms > 0 ? res->at_ms : r->p->mark.run_ms;
    row->source_kind = STR("ags");
    row->source_key = str_dup(r->p->batch, r->item.url);
    r->p->mark.rows++;
    return pull_batch_full(&r->batch) ? pull_batch_flush(&r->batch, e) : 0;
}

/* The activity that the column belongs to: known by the column, by the link, or new. */
static int find_activity(struct reader *r, struct err *e)
{
    struct learn l = pull_learn(r->p, r->p->page);
    struct activities_index *x = activities_index(&l, e);
    if (x == NULL)
        return -1;
    r->activity = activities_find(x, STR("ags-item"), r->item.url);
    if (r->activity == 0)
        r->activity = activities_find(x, STR("moodle-lti"), r->item.resource_link_id);
    if (r->activity != 0)
        return 0;
    struct activities_in in = {
        .row = {.title = r->item.title, .kind = STR("lti"), .visible = true},
        .alias = {{STR("ags-item"), r->item.url},
                  {STR("moodle-lti"), r->item.resource_link_id}},
        .alias_n = r->item.resource_link_id.n > 0 ? 2 : 1,
    };
    struct activities_counts counts = {0};
    if (activities_apply(&l, STR("ags"), &in, 1, false, &counts, e) != 0)
        return -1;
    x = activities_index(&l, e);
    r->activity = x == NULL ? 0 : activities_find(x, STR("ags-item"), r->item.url);
    return x == NULL ? -1 : 0;
}

/* One page; the checkpoint then names the one behind it. */
static int read_page(struct reader *r, struct ags_walk *walk, struct err *e)
{
    struct pull *p = r->p;
    struct arena *a = arena_new((size_t)64 << 20);
    struct ags_sink sink = {on_result, r};
    pull_batch_begin(&r->batch, p);
    int rc = ags_results_page(&p->app->svc, &p->platform, walk, &sink, a, e);
    if (rc == 0)
        rc = pull_batch_flush(&r->batch, e);
    p->mark.url = walk->url = str_dup(p->page, walk->url);
    p->mark.loop = walk->mark = str_dup(p->page, walk->mark);
    p->mark.pages = walk->pages;
    arena_free(a);
    if (rc != 0 || (walk->url.n > 0 && pull_save(p, e) != 0))
        return -1;
    return pull_beat(p, p->mark.rows, 0, "results", "read", e);
}

static int read_item(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    bool resumed = p->mark.url.n > 0 && str_eq(p->mark.item, r->item.url);
    struct ags_walk walk = {.url = ags_results_url(p->page, r->item.url)};
    if (resumed)
        walk = (struct ags_walk){
            .url = p->mark.url, .mark = p->mark.loop, .pages = (int)p->mark.pages};
    p->mark.item = r->item.url;
    if (find_activity(r, e) != 0)
        return -1;
    do {
        if (read_page(r, &walk, e) != 0)
            return -1;
    } while (walk.url.n > 0);
    p->mark.url = STR_EMPTY;
    return 0;
}

int results_step(struct pull *p, struct err *e)
{
    if (str_find(p->course.ags_scopes, STR(SCOPE_RESULT_RO), 0) == SIZE_MAX)
        return 0;
    struct reader r = {.p = p};
    struct learn l = pull_learn(p, p->page);
    struct str after = STR_EMPTY;
    bool reached = p->mark.item.n == 0; /* a resumed run begins with the item it was at */
    int found = 0;
    r.people = roster_index(&l, ROSTER_BY_SUB, e);
    if (r.people == NULL)
        return -1;
    for (;; after = r.item.url) {
        found = syncpair_next_item(p->job->db, p->page, p->course.tenant_id, p->course.id,
                                   after, &r.item, e);
        if (found != 1)
            break;
        reached = reached || str_eq(r.item.url, p->mark.item);
        if (reached && read_item(&r, e) != 0)
            return -1;
    }
    if (found < 0 || after.n == 0)
        return found;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("results"),
                     p->mark.run_ms, p->mark.rows, p->mark.skipped, e);
}
