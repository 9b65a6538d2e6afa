#include "store/decision.h"

#include "base/vec.h"
#include "store/stmt.h"

int decision_add(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                 struct decision *d, struct err *e)
{
    d->decision_id = env_id(env);
    int64_t n = db_do(db, S_DECISION_ADD, e, DB_I(tenant_id), DB_I(d->decision_id),
                      DB_I(course_id), DB_I(d->person_id), DB_I(d->by_person_id),
                      DB_T(d->kind), DB_T(d->subject), DB_T(d->facts),
                      d->until_ms != 0 ? DB_I(d->until_ms) : DB_N, DB_I(d->at_ms));
    return n < 0 ? -1 : 0;
}

int decision_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  int64_t person_id, int64_t since_ms, struct decision **rows, size_t *n,
                  struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct decision));
    struct db_rows *r = person_id == 0
                            ? db_ask(db, S_DECISION_OF_COURSE, e, DB_I(tenant_id),
                                     DB_I(course_id), DB_I(since_ms))
                            : db_ask(db, S_DECISION_OF_PERSON, e, DB_I(tenant_id),
                                     DB_I(course_id), DB_I(person_id), DB_I(since_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct decision *)vec_push(&v) = (struct decision){
            .decision_id = db_i64(r, 0),
            .person_id = db_i64(r, 1),
            .by_person_id = db_i64(r, 2),
            .kind = str_dup(a, db_text(r, 3)),
            .subject = str_dup(a, db_text(r, 4)),
            .facts = str_dup(a, db_text(r, 5)),
            .until_ms = db_i64(r, 6),
            .at_ms = db_i64(r, 7),
        };
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int decision_said(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  int64_t since_ms, struct decision **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct decision));
    struct db_rows *r =
        db_ask(db, S_DECISION_SAID, e, DB_I(tenant_id), DB_I(course_id), DB_I(since_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct decision *)vec_push(&v) = (struct decision){
            .person_id = db_i64(r, 0),
            .kind = str_dup(a, db_text(r, 1)),
            .subject = str_dup(a, db_text(r, 2)),
            .at_ms = db_i64(r, 3),
        };
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
