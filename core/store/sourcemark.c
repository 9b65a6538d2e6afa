#include "store/sourcemark.h"

#include "store/stmt.h"

int sourcemark_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct str source, struct sourcemark *out, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_SOURCEMARK_GET, e, DB_I(tenant_id), DB_I(course_id), DB_T(source));
    *out = (struct sourcemark){STR_EMPTY, 0};
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *out = (struct sourcemark){str_dup(a, db_text(r, 0)), db_i64(r, 1)};
    db_end(r);
    return rc;
}

int sourcemark_put(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
                   const struct sourcemark *in, struct err *e)
{
    int64_t n = db_do(db, S_SOURCEMARK_PUT, e, DB_I(tenant_id), DB_I(course_id),
                      DB_T(source), DB_T(in->since), DB_I(in->full_ms));
    return n < 0 ? -1 : 0;
}
