#include "store/activity.h"

#include "store/stmt.h"

#include <stdlib.h>

static struct db_arg opt_t(struct str s)
{
    return s.n > 0 ? DB_T(s) : DB_N;
}

static struct db_arg opt_i(int64_t v)
{
    return v != 0 ? DB_I(v) : DB_N;
}

static struct activity activity_row(struct db_rows *r, struct arena *a)
{
    return (struct activity){
        .activity_id = db_i64(r, 0),
        .title = str_dup(a, db_text(r, 1)),
        .kind = str_dup(a, db_text(r, 2)),
        .url = str_dup(a, db_text(r, 3)),
        .due_ms = db_i64(r, 4),
        .opens_ms = db_i64(r, 5),
        .has_maximum = !db_null(r, 6),
        .maximum = db_f64(r, 6),
        .visible = db_i64(r, 7) != 0,
        .position = db_i64(r, 8),
        .source = str_dup(a, db_text(r, 9)),
        .changed_ms = db_i64(r, 10),
        .closes_ms = db_i64(r, 11),
        .restricted = db_i64(r, 12) != 0,
        .attempts_max = db_i64(r, 13),
    };
}

int activity_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct activity **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct activity));
    struct db_rows *r = db_ask(db, S_ACTIVITY_LIST, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct activity *)vec_push(&v) = activity_row(r, a);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int activity_aliases(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct activity_alias **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct activity_alias));
    struct db_rows *r =
        db_ask(db, S_ACTIVITY_ALIASES, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct activity_alias *)vec_push(&v) = (struct activity_alias){
            .source_kind = str_dup(a, db_text(r, 0)),
            .source_key = str_dup(a, db_text(r, 1)),
            .activity_id = db_i64(r, 2),
        };
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int activity_insert(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct activity *row, struct err *e)
{
    int64_t n = db_do(db, S_ACTIVITY_ADD, e, DB_I(tenant_id), DB_I(row->activity_id),
                      DB_I(course_id), DB_T(row->title), DB_T(row->kind), opt_t(row->url),
                      opt_i(row->due_ms), opt_i(row->opens_ms),
                      row->has_maximum ? DB_F(row->maximum) : DB_N, DB_I(row->visible),
                      DB_I(row->position), DB_T(row->source), DB_I(row->changed_ms),
                      opt_i(row->closes_ms), DB_I(row->restricted),
                      DB_I(row->attempts_max));
    return n < 0 ? -1 : 0;
}

int activity_update(struct db *db, int64_t tenant_id, const struct activity *row,
                    struct err *e)
{
    int64_t n = db_do(db, S_ACTIVITY_CHANGE, e, DB_I(tenant_id), DB_I(row->activity_id),
                      DB_T(row->title), DB_T(row->kind), opt_t(row->url),
                      opt_i(row->due_ms), opt_i(row->opens_ms),
                      row->has_maximum ? DB_F(row->maximum) : DB_N, DB_I(row->visible),
                      DB_I(row->position), DB_T(row->source), DB_I(row->changed_ms),
                      opt_i(row->closes_ms), DB_I(row->restricted),
                      DB_I(row->attempts_max));
    return n < 0 ? -1 : 0;
}

int activity_alias_add(struct db *db, int64_t tenant_id, int64_t course_id,
                       const struct activity_alias *row, struct err *e)
{
    int64_t n =
        db_do(db, S_ACTIVITY_ALIAS_ADD, e, DB_I(tenant_id), DB_I(course_id),
              DB_T(row->source_kind), DB_T(row->source_key), DB_I(row->activity_id));
    return n < 0 ? -1 : 0;
}

int activity_touch(struct db *db, int64_t tenant_id, int64_t course_id, int64_t now_ms,
                   struct err *e)
{
    int64_t n =
        db_do(db, S_ACTIVITY_TOUCH, e, DB_I(tenant_id), DB_I(course_id), DB_I(now_ms));
    return n < 0 ? -1 : 0;
}

static int order_item(const void *x, const void *y)
{
    const struct activity_item *p = x, *q = y;
    if (p->activity_id != q->activity_id)
        return p->activity_id < q->activity_id ? -1 : 1;
    if (p->item.n != q->item.n)
        return p->item.n < q->item.n ? -1 : 1;
    return str_cmp(p->item, q->item);
}

int activity_items(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct activity_item **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct activity_item));
    struct db_rows *r = db_ask(db, S_ACTIVITY_ITEMS, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct activity_item *)vec_push(&v) = (struct activity_item){
            .activity_id = db_i64(r, 0), .item = str_dup(a, db_text(r, 1))};
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_item);
    *rows = v.p;
    *n = v.n;
    return more;
}

int activity_item_add(struct db *db, int64_t tenant_id, int64_t course_id,
                      const struct activity_item *row, int64_t now_ms, struct err *e)
{
    int64_t n = db_do(db, S_ACTIVITY_ITEM_ADD, e, DB_I(tenant_id), DB_I(course_id),
                      DB_I(row->activity_id), DB_T(row->item), DB_I(now_ms));
    return n < 0 ? -1 : 0;
}

int activity_answers(struct db *db, struct arena *a, int64_t tenant_id,
                     int64_t activity_id, size_t max, struct activity_answer **rows,
                     size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct activity_answer));
    struct db_rows *r = db_ask(db, S_ACTIVITY_ANSWERS, e, DB_I(tenant_id),
                               DB_I(activity_id), DB_I((int64_t)max));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        bool scored = !db_null(r, 2) && db_f64(r, 3) > 0;
        *(struct activity_answer *)vec_push(&v) = (struct activity_answer){
            .person_id = db_i64(r, 0),
            .item = str_dup(a, db_text(r, 1)),
            .scored = scored,
            .share = scored ? db_f64(r, 2) / db_f64(r, 3) : 0,
        };
    }
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
