#include "store/request.h"

#include "base/vec.h"
#include "store/stmt.h"

bool request_is_kind(struct str kind)
{
    return str_is(kind, "export") || str_is(kind, "erase");
}

static struct request read_row(struct db_rows *r)
{
    return (struct request){
        .id = db_i64(r, 0),
        .person_id = db_i64(r, 1),
        .by_person_id = db_i64(r, 2),
        .kind = db_text(r, 3),
        .state = db_text(r, 4),
        .at_ms = db_i64(r, 5),
    };
}

int request_add(struct db *db, struct env *env, int64_t tenant_id,
                const struct request *q, struct err *e)
{
    int64_t n = db_do(db, S_REQUEST_ADD, e, DB_I(tenant_id), DB_I(env_id(env)),
                      DB_I(q->person_id), DB_I(q->by_person_id), DB_T(q->kind),
                      DB_I(env_now_ms(env)));
    return n < 0 ? -1 : n > 0;
}

int request_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t person_id,
                 struct request **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct request));
    struct db_rows *r = db_ask(db, S_REQUESTS_OF, e, DB_I(tenant_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct request *q = vec_push(&v);
        *q = read_row(r);
        q->kind = str_dup(a, q->kind);
        q->state = str_dup(a, q->state);
    }
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return rc;
}

int request_each(struct db *db, int (*fn)(void *ctx, const struct request *q), void *ctx,
                 struct err *e)
{
    struct db_rows *r = db_query(db, S_REQUESTS_ALL, NULL, 0, e);
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct request q = read_row(r);
        q.sub = db_text(r, 6);
        q.by_sub = db_text(r, 7);
        q.registration_id = db_i64(r, 8);
        q.deployment_id = db_text(r, 9);
        if (fn(ctx, &q) != 0)
            break;
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

int64_t request_close(struct db *db, int64_t id, struct str state, struct err *e)
{
    return db_do(db, S_REQUEST_SET, e, DB_I(id), DB_T(state));
}
