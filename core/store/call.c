#include "store/call.h"

#include "base/log.h"
#include "base/vec.h"
#include "store/stmt.h"

static struct str place(struct arena *a, int64_t tenant_id, int64_t id)
{
    return str_fmt(a, "console_call/%lld/%lld/answer", (long long)tenant_id,
                   (long long)id);
}

int call_add(struct db *db, struct env *env, struct call *in, struct err *e)
{
    in->id = env_id(env);
    in->at_ms = env_now_ms(env);
    int64_t n =
        db_do(db, S_CALL_ADD, e, DB_I(in->tenant_id), DB_I(in->id), DB_I(in->course_id),
              DB_I(in->by_person_id), DB_T(in->kind), DB_T(in->request), DB_I(in->at_ms));
    return n < 0 ? -1 : 0;
}

static void read_row(struct db_rows *r, struct arena *a, const struct keyring *keys,
                     int64_t tenant_id, struct call *out)
{
    struct err e = {0};
    *out = (struct call){
        .id = db_i64(r, 0),
        .tenant_id = tenant_id,
        .course_id = db_i64(r, 1),
        .by_person_id = db_i64(r, 2),
        .kind = str_dup(a, db_text(r, 3)),
        .state = str_dup(a, db_text(r, 4)),
        .request = str_dup(a, db_text(r, 5)),
        .answer = STR_EMPTY,
        .at_ms = db_i64(r, 7),
    };
    if (db_text(r, 6).n > 0 && crypt_open(a, keys->seal, place(a, tenant_id, out->id),
                                          db_text(r, 6), &out->answer, &e) != 0)
        log_err(LOG_ERROR, "console.sealed", &e);
}

int call_get(struct db *db, struct arena *a, const struct keyring *keys,
             int64_t tenant_id, int64_t course_id, int64_t id, struct call *out,
             struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_CALL_GET, e, DB_I(tenant_id), DB_I(id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        read_row(r, a, keys, tenant_id, out);
    db_end(r);
    return rc;
}

int call_list(struct db *db, struct arena *a, const struct keyring *keys,
              int64_t tenant_id, int64_t course_id, int64_t limit, struct call **rows,
              size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct call));
    struct db_rows *r =
        db_ask(db, S_CALL_LIST, e, DB_I(tenant_id), DB_I(course_id), DB_I(limit));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1)
        read_row(r, a, keys, tenant_id, vec_push(&v));
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return rc;
}

int call_finish(struct db *db, struct arena *a, struct env *env,
                const struct keyring *keys, const struct call *c, struct err *e)
{
    struct str sealed;
    if (crypt_seal(a, env, keys->seal, place(a, c->tenant_id, c->id), c->answer, &sealed,
                   e) != 0)
        return -1;
    int64_t n = db_do(db, S_CALL_FINISH, e, DB_I(c->tenant_id), DB_I(c->id),
                      DB_T(c->state), DB_T(sealed));
    return n < 0 ? -1 : 0;
}

int64_t call_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_CALL_PURGE, e, DB_I(before_ms));
}

/* One text, or 0 when there is no row or nothing in it. */
static int one_text(struct db_rows *r, struct arena *a, struct str *out, struct err *e)
{
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    *out = rc == 1 ? str_dup(a, db_text(r, 0)) : STR_EMPTY;
    db_end(r);
    return rc < 0 ? -1 : out->n > 0;
}

int call_learner(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, struct str *sub, struct err *e)
{
    return one_text(
        db_ask(db, S_CALL_LEARNER, e, DB_I(tenant_id), DB_I(course_id), DB_I(person_id)),
        a, sub, e);
}

int call_link_item(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   int64_t link_id, struct str *url, struct err *e)
{
    return one_text(
        db_ask(db, S_CALL_LINK_ITEM, e, DB_I(tenant_id), DB_I(link_id), DB_I(course_id)),
        a, url, e);
}
