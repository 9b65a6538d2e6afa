/* Results by learning outcome, of activities whose grades come in parts by no other way:
 * everybody's at once, with a whole reading. What the grade book does not tell (held
 * back, excused, not graded) does not come in by this door either. */
#include "store/ledger.h"
#include "store/source.h"
#include "sync/steps.h"

#include <stdlib.h>

#define ROWS_MAX 200000

struct result {
    int64_t person;
    int64_t activity;
    struct str key;
    struct str item;
    bool has_score;
    double score;
    double maximum;
    int64_t at_ms;
    bool elsewhere;
};

struct reader {
    struct pull *p;
    struct roster_index *people;
    struct activities_index *activities;
    struct vec rows;  /* struct result, in p->page */
    struct vec tags;  /* struct activitytag, in p->page */
    struct map *told; /* "ACTIVITY ITEM" of tags */
    int64_t strangers;
};

static void add_tag(struct reader *r, const struct result *x, const struct lms_outcome *o)
{
    struct arena *a = r->p->page;
    struct str key = str_fmt(a, "%lld %.*s", (long long)x->activity, STR_ARG(x->item));
    if (x->elsewhere || o->value.n == 0 || map_get(r->told, key) != NULL)
        return;
    map_put(r->told, key, r);
    *(struct activitytag *)vec_push(&r->tags) =
        (struct activitytag){.activity_id = x->activity,
                             .item = x->item,
                             .kind = STR("outcome"),
                             .value = str_dup(a, o->value),
                             .title = str_dup(a, o->title)};
}

static int on_row(void *ctx, const struct lms_outcome *o, struct err *e)
{
    struct reader *r = ctx;
    struct arena *a = r->p->page;
    struct result x = {
        .person = roster_person(r->people, o->user_id),
        .activity =
            activities_find(r->activities, str_c(r->p->lms.ops->kind), o->activity_key),
        .has_score = o->has_score,
        .score = o->score,
        .maximum = o->maximum,
        .at_ms = o->at_ms,
        .elsewhere = o->elsewhere,
    };
    if (x.person == 0 || x.activity == 0) {
        r->strangers++;
        return 0;
    }
    if (r->rows.n == ROWS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d results by outcome", ROWS_MAX);
    x.key = str_dup(a, o->key);
    x.item = str_fmt(a, "outcome:%.*s", STR_ARG(o->outcome));
    add_tag(r, &x, o);
    *(struct result *)vec_push(&r->rows) = x;
    return 0;
}

static int by_person(const void *x, const void *y)
{
    const struct result *p = x, *q = y;
    if (p->person != q->person)
        return p->person < q->person ? -1 : 1;
    return p->at_ms != q->at_ms ? (p->at_ms < q->at_ms ? -1 : 1)
                                : str_cmp(p->key, q->key);
}

/* Does the grade book tell a score of it? */
static bool is_graded(const struct pull *p, const struct evidence **rows, size_t n,
                      int64_t activity)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i]->kind == EVIDENCE_GRADE && rows[i]->activity_id == activity &&
            rows[i]->has_score && str_is(rows[i]->source_kind, p->lms.ops->kind))
            return true;
    return false;
}

/* Has an earlier reading told a score of that result? */
static bool was_told(const struct evidence **rows, size_t n, const struct result *x,
                     struct str source_key)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i]->kind == EVIDENCE_ANSWER && rows[i]->activity_id == x->activity &&
            rows[i]->has_score && str_eq(rows[i]->source_key, source_key))
            return true;
    return false;
}

/* A snapshot: without a score it takes back what was said before. */
static void add_answer(struct pull_batch *b, const struct result *x,
                       const struct evidence **rows, size_t n)
{
    struct arena *a = b->p->batch;
    struct str key = str_fmt(a, "outcome_result:%.*s", STR_ARG(x->key));
    bool counts = x->has_score && !x->elsewhere && is_graded(b->p, rows, n, x->activity);
    if (!counts && !was_told(rows, n, x, key))
        return;
    struct evidence_in *row = pull_batch_add(b, EVIDENCE_ANSWER, x->person, x->activity);
    row->snapshot = true;
    row->item = x->item;
    row->attempt = str_fmt(a, "%lld", (long long)x->at_ms);
    row->has_score = counts;
    row->score = row->has_score ? x->score : 0;
    row->has_maximum = true;
    row->maximum = x->maximum;
    row->observed_ms = x->at_ms;
    row->source_kind = str_c(b->p->lms.ops->kind);
    row->source_key = key;
}

/* The results of one person, [0, n). */
static int add_person(struct pull_batch *b, const struct result *x, size_t n,
                      struct err *e)
{
    struct pull *p = b->p;
    struct arena *a = arena_new((size_t)64 << 20);
    struct ledger *book;
    size_t rows_n = 0;
    if (ledger_read(p->job->db, a, p->course.tenant_id, p->course.id, x->person,
                    INT64_MAX, &book, e) < 0) {
        arena_free(a);
        return -1;
    }
    const struct evidence **rows = ledger_standing(book, a, &rows_n);
    for (size_t i = 0; i < n; i++)
        add_answer(b, &x[i], rows, rows_n);
    arena_free(a);
    return pull_batch_full(b) ? pull_batch_flush(b, e) : 0;
}

static int add_all(struct reader *r, struct err *e)
{
    struct pull_batch b;
    struct result *v = r->rows.p;
    size_t n = r->rows.n;
    if (n > 1)
        qsort(v, n, sizeof v[0], by_person);
    pull_batch_begin(&b, r->p);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && v[j].person == v[i].person; j++)
            ;
        if (add_person(&b, &v[i], j - i, e) != 0 ||
            pull_beat(r->p, (int64_t)j, (int64_t)n, "results by outcome", "read", e) != 0)
            return -1;
    }
    return pull_batch_flush(&b, e);
}

int outcomes_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_OUTCOMES) == 0 || p->lms.ops->outcomes == NULL)
        return 0;
    struct reader r = {.p = p, .told = map_new(p->page)};
    struct learn l = pull_learn(p, p->page);
    struct err own = {0};
    vec_init(&r.rows, p->page, sizeof(struct result));
    vec_init(&r.tags, p->page, sizeof(struct activitytag));
    r.people = roster_index(&l, ROSTER_BY_LMS_ID, e);
    r.activities = r.people == NULL ? NULL : activities_index(&l, e);
    if (r.activities == NULL)
        return -1;
    if (p->lms.ops->outcomes(&p->lms, p->access.course, on_row, &r, p->page, &own) != 0)
        return pull_spare(p, "outcomes", &own, e);
    if (tags_keep_items(p, r.tags.p, r.tags.n, e) != 0 || add_all(&r, e) != 0)
        return -1;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("outcomes"),
                     p->mark.run_ms, (int64_t)r.rows.n, r.strangers, e);
}
