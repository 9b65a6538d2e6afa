#include "store/activitytag.h"

#include "base/vec.h"
#include "store/stmt.h"

#include <stdlib.h>

static int order_tag(const void *x, const void *y)
{
    const struct activitytag *p = x, *q = y;
    if (p->activity_id != q->activity_id)
        return p->activity_id < q->activity_id ? -1 : 1;
    int c = str_cmp(p->item, q->item);
    c = c != 0 ? c : str_cmp(p->kind, q->kind);
    return c != 0 ? c : str_cmp(p->value, q->value);
}

int activitytag_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct activitytag **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct activitytag));
    struct db_rows *r = db_ask(db, S_ACTIVITY_TAGS, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct activitytag *)vec_push(&v) = (struct activitytag){
            .activity_id = db_i64(r, 0),
            .item = str_dup(a, db_text(r, 1)),
            .kind = str_dup(a, db_text(r, 2)),
            .value = str_dup(a, db_text(r, 3)),
            .title = str_dup(a, db_text(r, 4)),
        };
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_tag);
    *rows = v.p;
    *n = v.n;
    return more;
}

struct keep {
    struct arena *a;
    int64_t tenant_id;
    int64_t course_id;
    const struct activitytag *rows; /* in order, each key once */
    size_t n;
    int64_t now_ms;
    size_t changed;
};

/* In order, cut to size, each key once (the first stands). */
static struct activitytag *tidy(struct arena *a, const struct activitytag *rows, size_t n,
                                size_t *kept)
{
    struct activitytag *out = ARENA_ARRAY(a, struct activitytag, n);
    size_t k = 0, m = 0;
    for (size_t i = 0; i < n && k < ACTIVITYTAG_MAX; i++) {
        if (rows[i].activity_id == 0 || str_trim(rows[i].value).n == 0)
            continue;
        out[k] = rows[i];
        out[k].value = str_head(str_trim(rows[i].value), ACTIVITYTAG_TEXT_N);
        out[k].title = str_head(str_trim(rows[i].title), ACTIVITYTAG_TEXT_N);
        out[k].item = str_head(rows[i].item, ACTIVITYTAG_TEXT_N);
        k++;
    }
    if (k > 1)
        qsort(out, k, sizeof(out[0]), order_tag);
    for (size_t i = 0; i < k; i++)
        if (m == 0 || order_tag(&out[m - 1], &out[i]) != 0)
            out[m++] = out[i];
    *kept = m;
    return out;
}

static int put(struct db *db, const struct keep *p, const struct activitytag *t,
               struct err *e)
{
    return db_do(db, S_ACTIVITY_TAG_PUT, e, DB_I(p->tenant_id), DB_I(p->course_id),
                 DB_I(t->activity_id), DB_T(t->item), DB_T(t->kind), DB_T(t->value),
                 DB_T(t->title), DB_I(p->now_ms)) < 0
               ? -1
               : 0;
}

static int drop(struct db *db, const struct keep *p, const struct activitytag *t,
                struct err *e)
{
    return db_do(db, S_ACTIVITY_TAG_DROP, e, DB_I(p->tenant_id), DB_I(p->course_id),
                 DB_I(t->activity_id), DB_T(t->item), DB_T(t->kind), DB_T(t->value)) < 0
               ? -1
               : 0;
}

static int keep_tx(struct db *db, void *ctx, struct err *e)
{
    struct keep *p = ctx;
    struct activitytag *had;
    size_t n, i = 0, j = 0;
    p->changed = 0;
    if (activitytag_list(db, p->a, p->tenant_id, p->course_id, &had, &n, e) < 0)
        return -1;
    while (i < n || j < p->n) {
        int c = i == n ? 1 : j == p->n ? -1 : order_tag(&had[i], &p->rows[j]);
        bool same = c == 0 && str_eq(had[i].title, p->rows[j].title);
        if (c < 0 ? drop(db, p, &had[i], e) < 0 : !same && put(db, p, &p->rows[j], e) < 0)
            return -1;
        p->changed += !same;
        i += c <= 0;
        j += c >= 0;
    }
    return 0;
}

int activitytag_keep(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     const struct activitytag *rows, size_t n, int64_t now_ms,
                     size_t *changed, struct err *e)
{
    struct keep p = {
        .a = a, .tenant_id = tenant_id, .course_id = course_id, .now_ms = now_ms};
    p.rows = tidy(a, rows, n, &p.n);
    int rc = db_in_tx(db) ? keep_tx(db, &p, e) : db_tx(db, DB_WRITE, keep_tx, &p, e);
    if (rc == 0 && changed != NULL)
        *changed = p.changed;
    return rc;
}
