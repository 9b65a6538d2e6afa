#include "store/lmsid.h"

#include "base/vec.h"
#include "store/stmt.h"

int lmsid_missing(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct lmsid **rows, size_t *n, struct err *e)
{
    struct vec v;
    struct db_rows *r = db_ask(db, S_LMSID_MISSING, e, DB_I(tenant_id), DB_I(course_id));
    int more;
    if (r == NULL)
        return -1;
    vec_init(&v, a, sizeof(struct lmsid));
    while ((more = db_next(r, e)) == 1)
        *(struct lmsid *)vec_push(&v) =
            (struct lmsid){.person_id = db_i64(r, 0), .sub = str_dup(a, db_text(r, 1))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

struct set {
    int64_t tenant_id;
    const struct lmsid *rows;
    size_t n;
};

static int set_tx(struct db *db, void *ctx, struct err *e)
{
    const struct set *s = ctx;
    for (size_t i = 0; i < s->n; i++)
        if (db_do(db, S_LMSID_SET, e, DB_I(s->tenant_id), DB_I(s->rows[i].person_id),
                  DB_T(s->rows[i].lms_id)) < 0)
            return -1;
    return 0;
}

int lmsid_set(struct db *db, int64_t tenant_id, const struct lmsid *rows, size_t n,
              struct err *e)
{
    struct set s = {tenant_id, rows, n};
    return n == 0 ? 0 : db_tx(db, DB_WRITE, set_tx, &s, e);
}
