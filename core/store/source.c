#include "store/source.h"

#include "base/vec.h"
#include "store/stmt.h"

/* The two sources that pages show the age of. */
static int note_course(struct db *db, int64_t tenant_id, int64_t course_id,
                       struct str source, int64_t read_ms, struct err *e)
{
    int id = str_is(source, "roster")   ? S_COURSE_ROSTER_READ
             : str_is(source, "grades") ? S_COURSE_GRADES_READ
                                        : -1;
    if (id < 0)
        return 0;
    return db_do(db, id, e, DB_I(tenant_id), DB_I(course_id), DB_I(read_ms)) < 0 ? -1 : 0;
}

int source_same(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
                int64_t read_ms, struct err *e)
{
    int64_t n = db_do(db, S_SOURCE_SAME, e, DB_I(tenant_id), DB_I(course_id),
                      DB_T(source), DB_I(read_ms));
    if (n <= 0)
        return (int)n;
    return note_course(db, tenant_id, course_id, source, read_ms, e) != 0 ? -1 : 1;
}

int source_ok(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
              int64_t read_ms, int64_t rows_n, int64_t pending_n, struct err *e)
{
    if (db_do(db, S_SOURCE_OK, e, DB_I(tenant_id), DB_I(course_id), DB_T(source),
              DB_I(read_ms), DB_I(rows_n), DB_I(pending_n)) < 0)
        return -1;
    return note_course(db, tenant_id, course_id, source, read_ms, e);
}

int source_failed(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
                  int64_t read_ms, struct str reason, struct err *e)
{
    int64_t n = db_do(db, S_SOURCE_FAILED, e, DB_I(tenant_id), DB_I(course_id),
                      DB_T(source), DB_I(read_ms), DB_T(reason));
    return n < 0 ? -1 : 0;
}

int source_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                struct source **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct source));
    struct db_rows *r = db_ask(db, S_SOURCE_LIST, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct source *)vec_push(&v) = (struct source){
            .source = str_dup(a, db_text(r, 0)),
            .ok_ms = db_i64(r, 1),
            .tried_ms = db_i64(r, 2),
            .rows_n = db_i64(r, 3),
            .pending_n = db_i64(r, 4),
            .error = str_dup(a, db_text(r, 5)),
        };
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
