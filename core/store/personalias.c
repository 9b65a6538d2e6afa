#include "store/personalias.h"

#include "base/vec.h"
#include "store/stmt.h"

void personalias_split(struct arena *a, struct str text, struct personalias_person *p)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct personalias));
    while (text.n > 0) {
        struct str one, kind, rest, mark, seen;
        struct personalias row = {0};
        str_cut(text, ' ', &one, &text);
        str_cut(one, ':', &kind, &rest);
        str_cut(rest, ':', &mark, &seen);
        if (!str_i64(seen, &row.seen_ms))
            continue;
        row.kind = str_dup(a, kind);
        row.mark = str_dup(a, mark);
        *(struct personalias *)vec_push(&v) = row;
    }
    p->marks = v.p;
    p->marks_n = v.n;
}

int personalias_course(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, struct personalias_person **rows, size_t *n,
                       struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct personalias_person));
    struct db_rows *r = db_ask(db, S_WHO_OF_COURSE, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct personalias_person *p = vec_push(&v);
        p->person_id = db_i64(r, 0);
        p->sub = str_dup(a, db_text(r, 1));
        p->lms_id = str_dup(a, db_text(r, 2));
        p->name_sealed = str_dup(a, db_text(r, 3));
        p->is_learner = db_i64(r, 5) != 0;
        p->active = str_is(db_text(r, 6), "active");
        personalias_split(a, db_text(r, 4), p);
    }
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int personalias_by_sub(struct db *db, struct arena *a, int64_t tenant_id, struct str sub,
                       struct personalias_person *out, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct personalias));
    *out = (struct personalias_person){.sub = sub};
    struct db_rows *r = db_ask(db, S_WHO_BY_SUB, e, DB_I(tenant_id), DB_T(sub));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        out->person_id = db_i64(r, 0);
        if (db_null(r, 1))
            continue;
        *(struct personalias *)vec_push(&v) = (struct personalias){
            .kind = str_dup(a, db_text(r, 1)),
            .mark = str_dup(a, db_text(r, 2)),
            .seen_ms = db_i64(r, 3),
        };
    }
    db_end(r);
    out->marks = v.p;
    out->marks_n = v.n;
    return more;
}

int personalias_put(struct db *db, int64_t tenant_id,
                    const struct personalias_person *known, struct str kind,
                    struct str mark, int64_t now_ms, struct err *e)
{
    for (size_t i = 0; i < known->marks_n; i++)
        if (str_eq(known->marks[i].kind, kind) && str_eq(known->marks[i].mark, mark) &&
            now_ms - known->marks[i].seen_ms < PERSONALIAS_FRESH_MS)
            return 0;
    int64_t n = db_do(db, S_WHO_PUT, e, DB_I(tenant_id), DB_T(kind), DB_T(mark),
                      DB_I(known->person_id), DB_I(now_ms));
    return n < 0 ? -1 : 0;
}

int64_t personalias_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_WHO_PURGE, e, DB_I(before_ms));
}
