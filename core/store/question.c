#include "store/question.h"

#include "base/vec.h"
#include "store/stmt.h"

static struct question row_of(struct db_rows *r, struct arena *a)
{
    return (struct question){.kind = str_dup(a, db_text(r, 0)),
                             .from = str_dup(a, db_text(r, 1)),
                             .to = str_dup(a, db_text(r, 2)),
                             .n = db_i64(r, 3),
                             .without = db_i64(r, 4),
                             .showed = db_i64(r, 5),
                             .expected = db_f64(r, 6),
                             .low = db_f64(r, 7),
                             .high = db_f64(r, 8),
                             .score = db_f64(r, 9),
                             .state = str_dup(a, db_text(r, 10)),
                             .decided_n = db_i64(r, 11),
                             .by_person_id = db_i64(r, 12),
                             .at_ms = db_i64(r, 13),
                             .found_ms = db_i64(r, 14)};
}

int question_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct question **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct question));
    struct db_rows *r = db_ask(db, S_QUESTION_LIST, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct question *)vec_push(&v) = row_of(r, a);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int question_put(struct db *db, int64_t tenant_id, int64_t course_id,
                 const struct question *q, struct err *e)
{
    int64_t n = db_do(db, S_QUESTION_PUT, e, DB_I(tenant_id), DB_I(course_id),
                      DB_T(q->kind), DB_T(q->from), DB_T(q->to), DB_I(q->n),
                      DB_I(q->without), DB_I(q->showed), DB_F(q->expected), DB_F(q->low),
                      DB_F(q->high), DB_F(q->score), DB_T(q->state), DB_I(q->decided_n),
                      DB_I(q->by_person_id), DB_I(q->at_ms), DB_I(q->found_ms));
    return n < 0 ? -1 : 0;
}

int question_drop(struct db *db, int64_t tenant_id, int64_t course_id, int64_t ms,
                  struct err *e)
{
    return db_do(db, S_QUESTION_DROP, e, DB_I(tenant_id), DB_I(course_id), DB_I(ms)) < 0
               ? -1
               : 0;
}
