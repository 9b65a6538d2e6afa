#include "store/lineitem.h"

#include "base/vec.h"
#include "store/stmt.h"

int lineitem_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 struct str purpose, struct lineitem *out, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_LINE_ITEM_GET, e, DB_I(tenant_id), DB_I(course_id), DB_T(purpose));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    if (more == 1)
        *out = (struct lineitem){.url = str_dup(a, db_text(r, 0)),
                                 .maximum = db_f64(r, 1),
                                 .label = str_dup(a, db_text(r, 2)),
                                 .made = db_i64(r, 3) != 0,
                                 .state = str_dup(a, db_text(r, 4))};
    db_end(r);
    return more;
}

int lineitem_put(struct db *db, int64_t tenant_id, int64_t course_id, struct str purpose,
                 const struct lineitem *in, int64_t now_ms, struct err *e)
{
    return db_do(db, S_LINE_ITEM_PUT, e, DB_I(tenant_id), DB_I(course_id), DB_T(purpose),
                 DB_T(in->url), DB_F(in->maximum), DB_I(now_ms), DB_T(in->label),
                 DB_I(in->made)) < 0
               ? -1
               : 0;
}

int lineitem_state(struct db *db, int64_t tenant_id, int64_t course_id,
                   struct str purpose, const char *state, struct err *e)
{
    return db_do(db, S_LINE_ITEM_STATE, e, DB_I(tenant_id), DB_I(course_id),
                 DB_T(purpose), DB_T(str_c(state))) < 0
               ? -1
               : 0;
}

struct gone {
    int64_t tenant_id;
    int64_t course_id;
    struct str url;
    int64_t now_ms;
};

static int gone_tx(struct db *db, void *ctx, struct err *e)
{
    const struct gone *g = ctx;
    const struct db_arg key[] = {DB_I(g->tenant_id), DB_I(g->course_id), DB_T(g->url)};
    if (db_exec(db, S_LINE_ITEM_GONE, key, 3, e) < 0 ||
        db_exec(db, S_GATE_ITEM_GONE, key, 3, e) < 0 ||
        db_exec(db, S_LINK_ITEM_GONE, key, 3, e) < 0 ||
        db_exec(db, S_OVERRIDE_TARGET_GONE, key, 3, e) < 0)
        return -1;
    return db_do(db, S_OUTBOX_TARGET_GONE, e, DB_I(g->tenant_id), DB_I(g->course_id),
                 DB_T(g->url), DB_I(g->now_ms)) < 0
               ? -1
               : 0;
}

int lineitem_gone(struct db *db, int64_t tenant_id, int64_t course_id, struct str url,
                  int64_t now_ms, struct err *e)
{
    struct gone g = {tenant_id, course_id, url, now_ms};
    return db_tx(db, DB_WRITE, gone_tx, &g, e);
}

static int add_urls(struct db *db, struct arena *a, int id, const struct db_arg *key,
                    struct vec *v, struct err *e)
{
    struct db_rows *r = db_query(db, id, key, 2, e);
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct str *)vec_push(v) = str_dup(a, db_text(r, 0));
    db_end(r);
    return more;
}

int lineitem_targets(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct str **urls, size_t *n, struct err *e)
{
    const struct db_arg key[] = {DB_I(tenant_id), DB_I(course_id)};
    struct vec v;
    vec_init(&v, a, sizeof(struct str));
    if (add_urls(db, a, S_LINE_ITEM_URLS, key, &v, e) != 0 ||
        add_urls(db, a, S_GATE_ITEM_URLS, key, &v, e) != 0)
        return -1;
    *urls = v.p;
    *n = v.n;
    return 0;
}

int lineitem_fresh(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    return db_do(db, S_OUTBOX_UNPOSTED, e, DB_I(tenant_id), DB_I(course_id)) < 0 ? -1 : 0;
}
