#include "store/closing.h"

#include "base/vec.h"
#include "store/stmt.h"

int closing_exposures(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, int64_t person_id, int64_t since_ms,
                      struct exposure **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct exposure));
    struct db_rows *r = db_ask(db, S_EXPOSURE_OF_PERSON, e, DB_I(tenant_id),
                               DB_I(course_id), DB_I(person_id), DB_I(since_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct exposure *)vec_push(&v) =
            (struct exposure){.exposure_id = db_i64(r, 0),
                              .at_ms = db_i64(r, 1),
                              .shown = str_dup(a, db_text(r, 2))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

static struct db_arg id_or_null(int64_t id)
{
    return id != 0 ? DB_I(id) : DB_N;
}

int64_t closing_add(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct closing *c, struct err *e)
{
    return db_do(db, S_CLOSING_ADD, e, DB_I(tenant_id), DB_I(course_id),
                 DB_I(c->person_id), DB_T(c->skill_code), DB_I(c->first_ms),
                 DB_I(c->exposure_id), id_or_null(c->activity_id), DB_I(c->rank),
                 DB_I(c->views), DB_T(c->reason), DB_F(c->propensity), DB_T(c->arm),
                 DB_F(c->arm_share), DB_T(c->fate), id_or_null(c->by_id),
                 id_or_null(c->by_ms), c->has_p ? DB_F(c->p_before) : DB_N,
                 c->has_p ? DB_F(c->p_after) : DB_N, id_or_null(c->next_id),
                 id_or_null(c->next_ms), c->next_id != 0 ? DB_F(c->next_share) : DB_N,
                 DB_I(c->closed_ms));
}

int closing_last(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, struct closing **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct closing));
    struct db_rows *r =
        db_ask(db, S_CLOSING_LAST, e, DB_I(tenant_id), DB_I(course_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct closing *)vec_push(&v) = (struct closing){
            .skill_code = str_dup(a, db_text(r, 0)), .first_ms = db_i64(r, 1)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

static struct closing row_of(struct arena *a, struct db_rows *r)
{
    return (struct closing){
        .person_id = db_i64(r, 0),
        .skill_code = str_dup(a, db_text(r, 1)),
        .first_ms = db_i64(r, 2),
        .exposure_id = db_i64(r, 3),
        .activity_id = db_i64(r, 4),
        .rank = db_i64(r, 5),
        .views = db_i64(r, 6),
        .reason = str_dup(a, db_text(r, 7)),
        .propensity = db_f64(r, 8),
        .arm = str_dup(a, db_text(r, 9)),
        .fate = str_dup(a, db_text(r, 10)),
        .by_id = db_i64(r, 11),
        .by_ms = db_i64(r, 12),
        .has_p = !db_null(r, 13),
        .p_before = db_f64(r, 13),
        .p_after = db_f64(r, 14),
        .next_id = db_i64(r, 15),
        .next_ms = db_i64(r, 16),
        .next_share = db_f64(r, 17),
        .closed_ms = db_i64(r, 18),
        .arm_share = db_f64(r, 19),
    };
}

int closing_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t since_ms, int64_t limit, struct closing **rows, size_t *n,
                 struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct closing));
    struct db_rows *r = db_ask(db, S_CLOSING_LIST, e, DB_I(tenant_id), DB_I(course_id),
                               DB_I(since_ms), DB_I(limit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct closing *)vec_push(&v) = row_of(a, r);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int closing_sums(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t since_ms, struct closing_sum **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct closing_sum));
    struct db_rows *r =
        db_ask(db, S_CLOSING_SUMS, e, DB_I(tenant_id), DB_I(course_id), DB_I(since_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct closing_sum *)vec_push(&v) =
            (struct closing_sum){.reason = str_dup(a, db_text(r, 0)),
                                 .fate = str_dup(a, db_text(r, 1)),
                                 .n = db_i64(r, 2),
                                 .next_n = db_i64(r, 3),
                                 .next_share = db_f64(r, 4),
                                 .gain = db_f64(r, 5)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int closing_until(struct db *db, int64_t tenant_id, int64_t course_id, int64_t *until_ms,
                  struct err *e)
{
    struct db_rows *r = db_ask(db, S_CLOSING_UNTIL, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *until_ms = found == 1 ? db_i64(r, 0) : 0;
    db_end(r);
    return found < 0 ? -1 : 0;
}

int closing_until_set(struct db *db, int64_t tenant_id, int64_t course_id,
                      int64_t until_ms, struct err *e)
{
    return db_do(db, S_CLOSING_UNTIL_SET, e, DB_I(tenant_id), DB_I(course_id),
                 DB_I(until_ms)) < 0
               ? -1
               : 0;
}
