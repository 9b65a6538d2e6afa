#include "store/gate.h"

#include "base/vec.h"
#include "store/stmt.h"

int gate_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              struct gate **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct gate));
    struct db_rows *r = db_ask(db, S_GATE_LIST, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct gate *)vec_push(&v) = (struct gate){
            str_dup(a, db_text(r, 0)), str_dup(a, db_text(r, 1)), db_f64(r, 2)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int gate_launched(struct db *db, int64_t tenant_id, int64_t course_id, struct str unit,
                  int64_t link_id, struct str url, int64_t now_ms, struct err *e)
{
    int64_t n = db_do(db, S_GATE_LAUNCH, e, DB_I(tenant_id), DB_I(course_id), DB_T(unit),
                      DB_I(link_id), db_opt_text(url), DB_I(now_ms));
    return n < 0 ? -1 : n > 0;
}

int gate_found(struct db *db, int64_t tenant_id, int64_t course_id,
               const struct gate *found, int64_t now_ms, struct err *e)
{
    int64_t n = db_do(db, S_GATE_FOUND, e, DB_I(tenant_id), DB_I(course_id),
                      DB_T(found->unit), DB_T(found->url), DB_F(found->maximum),
                      DB_I(now_ms), db_opt_text(found->resource_link_id));
    return n < 0 ? -1 : n > 0;
}

int gate_scores(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                int64_t person_id, struct gate_score **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct gate_score));
    struct db_rows *r =
        db_ask(db, S_GATE_SCORES, e, DB_I(tenant_id), DB_I(course_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct gate_score *)vec_push(&v) =
            (struct gate_score){.unit = str_dup(a, db_text(r, 0)),
                                .percent = db_i64(r, 1),
                                .target = str_dup(a, db_text(r, 2)),
                                .mastered = str_dup(a, db_text(r, 3))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int gate_score_set(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                   const struct gate_score *s, struct err *e)
{
    return db_do(db, S_GATE_SCORE_SET, e, DB_I(tenant_id), DB_I(course_id), DB_T(s->unit),
                 DB_I(person_id), DB_I(s->percent), DB_T(s->target),
                 DB_T(s->mastered)) < 0
               ? -1
               : 0;
}

int gate_class(struct db *db, int64_t tenant_id, int64_t course_id, struct str unit,
               struct gate_class *out, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_GATE_CLASS, e, DB_I(tenant_id), DB_I(course_id), DB_T(unit));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *out = (struct gate_class){0};
    if (found == 1)
        *out = (struct gate_class){db_i64(r, 0), db_i64(r, 1), db_i64(r, 2)};
    db_end(r);
    return found < 0 ? -1 : 0;
}
