#include "store/demographic.h"

#include "base/vec.h"
#include "store/stmt.h"

int64_t demographic_put(struct db *db, int64_t tenant_id, const struct demographic *r,
                        struct err *e)
{
    return db_do(db, S_DEMOGRAPHIC_PUT, e, DB_I(tenant_id), DB_T(r->user_mark),
                 DB_T(r->answers), DB_I(r->changed_ms));
}

int64_t demographic_forget(struct db *db, int64_t tenant_id, struct str user_mark,
                           struct err *e)
{
    return db_do(db, S_DEMOGRAPHIC_FORGET, e, DB_I(tenant_id), DB_T(user_mark));
}

int demographic_all(struct db *db, struct arena *a, int64_t tenant_id,
                    struct demographic **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof **rows);
    struct db_rows *r = db_ask(db, S_DEMOGRAPHIC_ALL, e, DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct demographic *)vec_push(&v) =
            (struct demographic){.user_mark = str_dup(a, db_text(r, 0)),
                                 .answers = str_dup(a, db_text(r, 1)),
                                 .changed_ms = db_i64(r, 2)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int demographic_counts(struct db *db, struct arena *a, int64_t tenant_id,
                       struct demographic_count **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof **rows);
    struct db_rows *r = db_ask(db, S_DEMOGRAPHIC_COUNTS, e, DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct demographic_count *)vec_push(&v) = (struct demographic_count){
            .answers = str_dup(a, db_text(r, 0)), .n = db_i64(r, 1)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
