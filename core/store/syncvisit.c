#include "store/syncvisit.h"

#include "base/vec.h"
#include "store/stmt.h"

int syncvisit_told(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct map **told, struct err *e)
{
    struct db_rows *r = db_ask(db, S_VISIT_TOLD, e, DB_I(tenant_id), DB_I(course_id));
    int rc;
    if (r == NULL)
        return -1;
    *told = map_new(a);
    while ((rc = db_next(r, e)) == 1) {
        int64_t *ms = ARENA_NEW(a, int64_t);
        *ms = db_i64(r, 1);
        map_put(*told, str_dup(a, db_text(r, 0)), ms);
    }
    db_end(r);
    return rc;
}

int syncvisit_tell(struct db *db, int64_t tenant_id, int64_t course_id,
                   const struct syncvisit *rows, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (db_do(db, S_VISIT_TELL, e, DB_I(tenant_id), DB_I(course_id),
                  DB_T(rows[i].sub), DB_I(rows[i].told_ms)) < 0)
            return -1;
    return 0;
}

int syncvisit_due(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct str after, int64_t limit, struct syncvisit **rows, size_t *n,
                  struct err *e)
{
    struct db_rows *r = db_ask(db, S_VISIT_DUE, e, DB_I(tenant_id), DB_I(course_id),
                               DB_T(after), DB_I(limit));
    struct vec v;
    int rc;
    if (r == NULL)
        return -1;
    vec_init(&v, a, sizeof(struct syncvisit));
    while ((rc = db_next(r, e)) == 1)
        *(struct syncvisit *)vec_push(&v) =
            (struct syncvisit){str_dup(a, db_text(r, 0)), db_i64(r, 1)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return rc;
}

int syncvisit_done(struct db *db, int64_t tenant_id, int64_t course_id,
                   const struct syncvisit *rows, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (db_do(db, S_VISIT_DONE, e, DB_I(tenant_id), DB_I(course_id),
                  DB_T(rows[i].sub), DB_I(rows[i].told_ms)) < 0)
            return -1;
    return 0;
}

int64_t syncvisit_count(struct db *db, int64_t tenant_id, int64_t course_id,
                        struct err *e)
{
    struct db_rows *r = db_ask(db, S_VISIT_COUNT, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    int64_t n = more == 1 ? db_i64(r, 0) : more;
    db_end(r);
    return n;
}
