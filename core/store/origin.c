#include "store/origin.h"

#include "base/vec.h"
#include "store/stmt.h"

int origin_add(struct db *db, int64_t tenant_id, struct str context_id, struct str origin,
               int64_t ord, const char *source, int64_t now_ms, struct err *e)
{
    return db_do(db, S_ORIGIN_ADD, e, DB_I(tenant_id), DB_T(context_id), DB_T(origin),
                 DB_I(ord), DB_T(str_c(source)), DB_I(now_ms)) < 0
               ? -1
               : 0;
}

int origin_any(struct db *db, int64_t tenant_id, struct str context_id, struct err *e)
{
    struct db_rows *r = db_ask(db, S_ORIGIN_ANY, e, DB_I(tenant_id), DB_T(context_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        rc = db_i64(r, 0) != 0;
    db_end(r);
    return rc;
}

int64_t origin_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_ORIGIN_PURGE, e, DB_I(before_ms));
}

int origin_list(struct db *db, struct arena *a, int64_t tenant_id, struct str context_id,
                struct origin **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct origin));
    struct db_rows *r = db_ask(db, S_ORIGIN_LIST, e, DB_I(tenant_id), DB_T(context_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct origin *)vec_push(&v) = (struct origin){
            .context_id = str_dup(a, db_text(r, 0)),
            .course_id = db_i64(r, 1),
            .map_id = db_i64(r, 2),
        };
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int origin_course(struct db *db, int64_t tenant_id, struct str context_id,
                  struct origin *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_ORIGIN_COURSE, e, DB_I(tenant_id), DB_T(context_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct origin){
            .context_id = context_id, .course_id = db_i64(r, 0), .map_id = db_i64(r, 1)};
    db_end(r);
    return found;
}

int origin_of(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              struct origin *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_ORIGIN_CONTEXT, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct origin){.context_id = str_dup(a, db_text(r, 0)),
                               .course_id = course_id,
                               .map_id = db_i64(r, 1)};
    db_end(r);
    return found;
}

int origin_link(struct db *db, struct arena *a, int64_t tenant_id,
                struct str resource_link_id, struct str *context_id, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_ORIGIN_LINK, e, DB_I(tenant_id), DB_T(resource_link_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *context_id = str_dup(a, db_text(r, 0));
    db_end(r);
    return found;
}

int origin_set(struct db *db, int64_t tenant_id, int64_t course_id,
               int64_t from_course_id, struct err *e)
{
    return (int)db_do(db, S_COURSE_COPIED, e, DB_I(tenant_id), DB_I(course_id),
                      DB_I(from_course_id));
}

int origin_gates(struct db *db, int64_t tenant_id, int64_t course_id,
                 int64_t from_course_id, int64_t now_ms, struct err *e)
{
    return db_do(db, S_GATES_COPY, e, DB_I(tenant_id), DB_I(course_id),
                 DB_I(from_course_id), DB_I(now_ms)) < 0
               ? -1
               : 0;
}
