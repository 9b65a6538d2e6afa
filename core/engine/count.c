#include "engine/count.h"

#include "engine/order.h"

#include <stdlib.h>

/* Shares this near are one result: LMSs round marks to two places. */
#define SAME_SHARE 0.0051

static int cmp_i64(int64_t x, int64_t y)
{
    return (x > y) - (x < y);
}

static int by_i64(const void *a, const void *b)
{
    return cmp_i64(*(const int64_t *)a, *(const int64_t *)b);
}

static int by_id(const void *a, const void *b)
{
    return cmp_i64(((const struct ev *)a)->id, ((const struct ev *)b)->id);
}

static bool route_of(const struct ev *r, enum count_route *route)
{
    if (r->activity_id == 0) {
        return false;
    }
    switch (r->kind) {
    case EV_ANSWER:
        *route = COUNT_ANSWERS;
        return true;
    case EV_ATTEMPT:
        *route = COUNT_ATTEMPTS;
        return true;
    case EV_GRADE:
        *route = str_is(r->source_kind, "file") || str_is(r->source_kind, "oneroster")
                     ? COUNT_FILE
                     : COUNT_GRADE;
        return true;
    default:
        return false;
    }
}

/* The fixed order between sources of one route; others come later, by name. */
static int source_rank(struct str kind)
{
    static const char *const order[] = {"tool",        "check",  "moodle-ws", "moodle",
                                        "canvas-rest", "canvas", "ags",       "xapi",
                                        "caliper",     "file",   "oneroster"};
    int n = (int)(sizeof(order) / sizeof(order[0]));
    for (int i = 0; i < n; i++) {
        if (str_is(kind, order[i])) {
            return i;
        }
    }
    return n;
}

/* Each row once, without those that another row corrects; sorted. */
static size_t standing(struct arena *a, const struct ev *rows, size_t n,
                       const struct ev ***out)
{
    int64_t *gone = ARENA_ARRAY(a, int64_t, n);
    size_t gone_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].supersedes != 0) {
            gone[gone_n++] = rows[i].supersedes;
        }
    }
    if (gone_n > 0) {
        qsort(gone, gone_n, sizeof(*gone), by_i64);
    }
    const struct ev **v = (const struct ev **)order_of(a, rows, n, sizeof(*rows), by_id);
    size_t k = 0;
    int64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        bool twice = i > 0 && v[i]->id == last;
        bool dead =
            gone_n > 0 && bsearch(&v[i]->id, gone, gone_n, sizeof(*gone), by_i64) != NULL;
        last = v[i]->id;
        if (!twice && !dead) {
            v[k++] = v[i];
        }
    }
    order_sort(a, (const void **)v, k, evidence_cmp);
    *out = v;
    return k;
}

/* A graded row with what decides between routes. */
struct routed {
    const struct ev *row;
    size_t at; /* among the standing rows */
    enum count_route route;
    int rank;
};

/* By activity; the richest route and the preferred source first; then item. The sort is
 * stable, and the rows come newest first. */
static int by_route(const void *a, const void *b)
{
    const struct routed *x = a;
    const struct routed *y = b;
    int c = cmp_i64(x->row->activity_id, y->row->activity_id);
    c = c != 0 ? c : (int)y->route - (int)x->route;
    c = c != 0 ? c : x->rank - y->rank;
    c = c != 0 ? c : str_cmp(x->row->source_kind, y->row->source_kind);
    if (c == 0 && x->route <= COUNT_GRADE) {
        c = str_cmp(x->row->item, y->row->item);
    }
    return c;
}

static bool same_route(const struct routed *x, const struct routed *y)
{
    return x->row->activity_id == y->row->activity_id && x->route == y->route &&
           str_eq(x->row->source_kind, y->row->source_kind);
}

/* What a route's rows say the result is: several readings, since platforms may keep the
 * first, the last, the best or the mean of the attempts. */
struct reading {
    double last, first, best, sum;
    size_t n;
    bool partial; /* something in it is not scored yet */
};

static void read_attempt(struct reading *r, double got, double of)
{
    double share = got / of;
    r->first = share; /* rows come newest first */
    r->last = r->n == 0 ? share : r->last;
    r->best = r->n == 0 || share > r->best ? share : r->best;
    r->sum += share;
    r->n++;
}

/* Rows [from, to) of one route, newest first. Attempts do not interleave in practice;
 * where they do, the reading is only less sure to agree. */
static struct reading read_route(const struct routed *v, size_t from, size_t to)
{
    struct reading r = {0};
    double got = 0.0;
    double of = 0.0;
    for (size_t i = from; i < to; i++) {
        double share = 0.0;
        if (!evidence_share(v[i].row, &share)) {
            r.partial = true;
            continue;
        }
        got += share * v[i].row->maximum;
        of += v[i].row->maximum;
        bool end = i + 1 == to || v[i].route != COUNT_ANSWERS ||
                   !str_eq(v[i].row->attempt, v[i + 1].row->attempt);
        if (end) {
            read_attempt(&r, got, of);
            got = 0.0;
            of = 0.0;
        }
    }
    return r;
}

static bool agree(const struct reading *x, const struct reading *y)
{
    double a[] = {x->last, x->first, x->best, x->sum / (double)x->n};
    double b[] = {y->last, y->first, y->best, y->sum / (double)y->n};
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            double d = a[i] - b[j];
            if (d < SAME_SHARE && d > -SAME_SHARE) {
                return true;
            }
        }
    }
    return false;
}

/* One activity's rows: v[from, to). Marks in keep[] those of the route that counts. */
static void choose_route(const struct routed *v, size_t from, size_t to, bool *keep,
                         struct counted *out)
{
    size_t kept = to; /* where the route that counts begins */
    struct reading first = {0};
    for (size_t i = from; i < to;) {
        size_t j = i + 1;
        while (j < to && same_route(&v[i], &v[j])) {
            j++;
        }
        struct reading r = read_route(v, i, j);
        if (r.n > 0 && kept == to) {
            kept = i;
            first = r;
            for (size_t k = i; k < j; k++) {
                keep[k] = true;
            }
        } else if (r.n > 0 && !r.partial && !first.partial && !agree(&first, &r)) {
            out->conflicts[out->conflict_n++] = (struct count_conflict){
                .activity_id = v[i].row->activity_id,
                .kept = v[kept].route,
                .other = v[i].route,
                .kept_source = v[kept].row->source_kind,
                .other_source = v[i].row->source_kind,
                .kept_share = first.last,
                .other_share = r.last,
            };
        }
        i = j;
    }
    /* Nothing is scored yet: what came is still a fact (a submission was received). */
    for (size_t k = from; kept == to && k < to; k++) {
        keep[k] = true;
    }
}

/* A newer word of the same source about the same attempt ("scored", "passed" and
 * "completed" of one try), or NULL. Attempts at one activity are few. */
static struct routed *attempt_again(struct routed *v, size_t k, const struct routed *r)
{
    if (r->route != COUNT_ATTEMPTS || r->row->attempt.n == 0) {
        return NULL;
    }
    for (size_t i = k; i > 0 && same_route(&v[i - 1], r); i--) {
        if (str_eq(v[i - 1].row->attempt, r->row->attempt)) {
            return &v[i - 1];
        }
    }
    return NULL;
}

/* Of a current grade, and of one attempt, only the newest row stays; v is sorted
 * by_route. That work was handed in says nothing of its mark: where both have one time,
 * and in any order, the mark stays. */
static size_t newest_only(struct routed *v, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        bool older = k > 0 && v[i].route <= COUNT_GRADE && same_route(&v[k - 1], &v[i]) &&
                     str_eq(v[k - 1].row->item, v[i].row->item);
        struct routed *word = attempt_again(v, k, &v[i]);
        if (word != NULL && !word->row->has_score && v[i].row->has_score) {
            *word = v[i];
        }
        if (!older && word == NULL) {
            v[k++] = v[i];
        }
    }
    return k;
}

/* The graded rows of v, sorted by_route. */
static size_t routed_rows(struct arena *a, const struct ev **v, size_t n, bool *kept,
                          struct routed **out)
{
    struct routed *r = ARENA_ARRAY(a, struct routed, n);
    size_t k = 0;
    for (size_t i = n; i > 0; i--) {
        enum count_route route;
        const struct ev *row = v[i - 1];
        kept[i - 1] = !route_of(row, &route);
        if (!kept[i - 1]) {
            r[k++] = (struct routed){.row = row,
                                     .at = i - 1,
                                     .route = route,
                                     .rank = source_rank(row->source_kind)};
        }
    }
    const void **p = order_of(a, r, k, sizeof(*r), by_route);
    *out = ARENA_ARRAY(a, struct routed, k);
    for (size_t i = 0; i < k; i++) {
        (*out)[i] = *(const struct routed *)p[i];
    }
    return k;
}

void count_rows(struct arena *a, const struct ev *rows, size_t n, struct counted *out)
{
    const struct ev **v = NULL;
    struct routed *r = NULL;
    size_t k = standing(a, rows, n, &v);
    bool *kept = ARENA_ARRAY(a, bool, k);
    size_t rn = routed_rows(a, v, k, kept, &r);
    rn = newest_only(r, rn);
    *out = (struct counted){.rows = ARENA_ARRAY(a, struct ev, k),
                            .conflicts = ARENA_ARRAY(a, struct count_conflict, rn)};
    bool *keep = ARENA_ARRAY(a, bool, rn);
    for (size_t i = 0; i < rn;) {
        size_t j = i + 1;
        while (j < rn && r[j].row->activity_id == r[i].row->activity_id) {
            j++;
        }
        choose_route(r, i, j, keep, out);
        i = j;
    }
    for (size_t i = 0; i < rn; i++) {
        kept[r[i].at] = keep[i];
    }
    for (size_t i = 0; i < k; i++) {
        if (kept[i]) {
            out->rows[out->row_n++] = *v[i];
        }
    }
}

/* Stable, of rows in the engine's order. */
static int by_attempt(const void *a, const void *b)
{
    const struct ev *x = a;
    const struct ev *y = b;
    int c = cmp_i64(x->activity_id, y->activity_id);
    return c != 0 ? c : str_cmp(x->attempt, y->attempt);
}

static int by_result(const void *a, const void *b)
{
    const struct count_result *x = a;
    const struct count_result *y = b;
    int c = cmp_i64(x->at_ms, y->at_ms);
    c = c != 0 ? c : cmp_i64(x->activity_id, y->activity_id);
    return c != 0 ? c : str_cmp(x->attempt, y->attempt);
}

/* One attempt's rows, oldest first. */
static struct count_result add_up(struct arena *a, const struct ev *const *v, size_t n)
{
    int64_t *ids = ARENA_ARRAY(a, int64_t, n);
    struct count_result r = {.activity_id = v[0]->activity_id,
                             .attempt = v[0]->attempt,
                             .source_kind = v[0]->source_kind,
                             .ids = ids};
    double points = 0.0;
    double maximum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double share = 0.0;
        (void)evidence_share(v[i], &share);
        points += share * v[i]->maximum;
        maximum += v[i]->maximum;
        bool answer = v[i]->kind == EV_ANSWER;
        r.got += answer ? share : v[i]->score;
        r.of += answer ? 1.0 : v[i]->maximum;
        r.at_ms = v[i]->observed_ms;
        ids[r.id_n++] = v[i]->id;
    }
    r.share = points / maximum;
    return r;
}

size_t count_results(struct arena *a, const struct counted *c, struct count_result **out)
{
    const struct ev **v = ARENA_ARRAY(a, const struct ev *, c->row_n);
    size_t n = 0;
    for (size_t i = 0; i < c->row_n; i++) {
        enum count_route route;
        double share;
        const struct ev *r = &c->rows[i];
        if (route_of(r, &route) && evidence_share(r, &share) && !r->low_effort) {
            v[n++] = r;
        }
    }
    order_sort(a, (const void **)v, n, by_attempt);
    struct count_result *found = ARENA_ARRAY(a, struct count_result, n);
    size_t k = 0;
    for (size_t i = 0; i < n;) {
        size_t j = i + 1;
        while (j < n && v[j]->activity_id == v[i]->activity_id &&
               str_eq(v[j]->attempt, v[i]->attempt)) {
            j++;
        }
        found[k++] = add_up(a, v + i, j - i);
        i = j;
    }
    const void **p = order_of(a, found, k, sizeof(*found), by_result);
    *out = ARENA_ARRAY(a, struct count_result, k);
    for (size_t i = 0; i < k; i++) {
        (*out)[i] = *(const struct count_result *)p[i];
    }
    return k;
}
