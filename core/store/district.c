#include "store/district.h"

#include "base/vec.h"
#include "store/stmt.h"

static struct db_arg status_of(bool ended)
{
    return DB_T(ended ? STR("tobedeleted") : STR("active"));
}

static bool is_ended(struct db_rows *r, int col)
{
    return !str_is(db_text(r, col), "active");
}

int64_t district_put_org(struct db *db, int64_t tenant_id, const struct district_org *r,
                         struct err *e)
{
    return db_do(db, S_DISTRICT_ORG_PUT, e, DB_I(tenant_id), DB_T(r->key), DB_T(r->name),
                 DB_T(r->kind), DB_T(r->parent_key), status_of(r->ended),
                 DB_I(r->changed_ms));
}

int64_t district_put_session(struct db *db, int64_t tenant_id,
                             const struct district_session *r, struct err *e)
{
    return db_do(db, S_DISTRICT_SESSION_PUT, e, DB_I(tenant_id), DB_T(r->key),
                 DB_T(r->title), DB_T(r->kind), DB_I(r->begins_ms), DB_I(r->ends_ms),
                 DB_T(r->parent_key), status_of(r->ended), DB_I(r->changed_ms));
}

int64_t district_put_class(struct db *db, int64_t tenant_id,
                           const struct district_class *r, struct err *e)
{
    return db_do(db, S_DISTRICT_CLASS_PUT, e, DB_I(tenant_id), DB_T(r->key),
                 DB_T(r->title), DB_T(r->code), DB_T(r->org_key), DB_T(r->session_keys),
                 status_of(r->ended), DB_I(r->changed_ms));
}

int64_t district_put_member(struct db *db, int64_t tenant_id,
                            const struct district_member *r, struct err *e)
{
    return db_do(db, S_DISTRICT_MEMBER_PUT, e, DB_I(tenant_id), DB_T(r->class_key),
                 DB_T(r->user_mark), DB_T(r->role),
                 r->person_id != 0 ? DB_I(r->person_id) : DB_N, status_of(r->ended),
                 DB_I(r->changed_ms));
}

int64_t district_end_org(struct db *db, int64_t tenant_id, const struct district_org *r,
                         struct err *e)
{
    return db_do(db, S_DISTRICT_ORG_END, e, DB_I(tenant_id), DB_T(r->key),
                 DB_I(r->changed_ms));
}

int64_t district_end_session(struct db *db, int64_t tenant_id,
                             const struct district_session *r, struct err *e)
{
    return db_do(db, S_DISTRICT_SESSION_END, e, DB_I(tenant_id), DB_T(r->key),
                 DB_I(r->changed_ms));
}

int64_t district_end_class(struct db *db, int64_t tenant_id,
                           const struct district_class *r, struct err *e)
{
    return db_do(db, S_DISTRICT_CLASS_END, e, DB_I(tenant_id), DB_T(r->key),
                 DB_I(r->changed_ms));
}

int64_t district_end_member(struct db *db, int64_t tenant_id,
                            const struct district_member *r, struct err *e)
{
    return db_do(db, S_DISTRICT_MEMBER_END, e, DB_I(tenant_id), DB_T(r->class_key),
                 DB_I(r->changed_ms), DB_T(r->user_mark), DB_T(r->role));
}

/* All rows of a statement that takes the tenant: `read` fills one. */
static int read_all(struct db *db, struct arena *a, int stmt, int64_t tenant_id,
                    size_t size, void (*read)(struct db_rows *r, struct arena *a, void *),
                    struct vec *v, struct err *e)
{
    vec_init(v, a, size);
    struct db_rows *r = db_ask(db, stmt, e, DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        read(r, a, vec_push(v));
    db_end(r);
    return more;
}

static void read_org(struct db_rows *r, struct arena *a, void *out)
{
    *(struct district_org *)out = (struct district_org){
        .key = str_dup(a, db_text(r, 0)),
        .name = str_dup(a, db_text(r, 1)),
        .kind = str_dup(a, db_text(r, 2)),
        .parent_key = str_dup(a, db_text(r, 3)),
        .ended = is_ended(r, 4),
        .changed_ms = db_i64(r, 5),
    };
}

int district_orgs(struct db *db, struct arena *a, int64_t tenant_id,
                  struct district_org **rows, size_t *n, struct err *e)
{
    struct vec v;
    int rc = read_all(db, a, S_DISTRICT_ORGS, tenant_id, sizeof **rows, read_org, &v, e);
    *rows = v.p;
    *n = v.n;
    return rc;
}

static void read_session(struct db_rows *r, struct arena *a, void *out)
{
    *(struct district_session *)out = (struct district_session){
        .key = str_dup(a, db_text(r, 0)),
        .title = str_dup(a, db_text(r, 1)),
        .kind = str_dup(a, db_text(r, 2)),
        .begins_ms = db_i64(r, 3),
        .ends_ms = db_i64(r, 4),
        .parent_key = str_dup(a, db_text(r, 5)),
        .ended = is_ended(r, 6),
        .changed_ms = db_i64(r, 7),
    };
}

int district_sessions(struct db *db, struct arena *a, int64_t tenant_id,
                      struct district_session **rows, size_t *n, struct err *e)
{
    struct vec v;
    int rc = read_all(db, a, S_DISTRICT_SESSIONS, tenant_id, sizeof **rows, read_session,
                      &v, e);
    *rows = v.p;
    *n = v.n;
    return rc;
}

static void read_class(struct db_rows *r, struct arena *a, void *out)
{
    *(struct district_class *)out = (struct district_class){
        .key = str_dup(a, db_text(r, 0)),
        .title = str_dup(a, db_text(r, 1)),
        .code = str_dup(a, db_text(r, 2)),
        .org_key = str_dup(a, db_text(r, 3)),
        .session_keys = str_dup(a, db_text(r, 4)),
        .ended = is_ended(r, 5),
        .changed_ms = db_i64(r, 6),
    };
}

int district_classes(struct db *db, struct arena *a, int64_t tenant_id,
                     struct district_class **rows, size_t *n, struct err *e)
{
    struct vec v;
    int rc =
        read_all(db, a, S_DISTRICT_CLASSES, tenant_id, sizeof **rows, read_class, &v, e);
    *rows = v.p;
    *n = v.n;
    return rc;
}

static void read_member(struct db_rows *r, struct arena *a, void *out)
{
    *(struct district_member *)out = (struct district_member){
        .class_key = str_dup(a, db_text(r, 0)),
        .user_mark = str_dup(a, db_text(r, 1)),
        .role = str_dup(a, db_text(r, 2)),
        .person_id = db_i64(r, 3),
        .ended = is_ended(r, 4),
        .changed_ms = db_i64(r, 5),
    };
}

int district_members(struct db *db, struct arena *a, int64_t tenant_id,
                     struct district_member **rows, size_t *n, struct err *e)
{
    struct vec v;
    int rc =
        read_all(db, a, S_DISTRICT_MEMBERS, tenant_id, sizeof **rows, read_member, &v, e);
    *rows = v.p;
    *n = v.n;
    return rc;
}

static void read_size(struct db_rows *r, struct arena *a, void *out)
{
    *(struct district_size *)out = (struct district_size){
        .class_key = str_dup(a, db_text(r, 0)),
        .role = str_dup(a, db_text(r, 1)),
        .members = db_i64(r, 2),
        .known = db_i64(r, 3),
    };
}

int district_sizes(struct db *db, struct arena *a, int64_t tenant_id,
                   struct district_size **rows, size_t *n, struct err *e)
{
    struct vec v;
    int rc =
        read_all(db, a, S_DISTRICT_SIZES, tenant_id, sizeof **rows, read_size, &v, e);
    *rows = v.p;
    *n = v.n;
    return rc;
}

int district_term_at(struct db *db, struct arena *a, int64_t tenant_id, int64_t at_ms,
                     struct str kind, struct district_session *out, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_DISTRICT_TERM_AT, e, DB_I(tenant_id), DB_I(at_ms), DB_T(kind));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        read_session(r, a, out);
    db_end(r);
    return found;
}

int district_persons(struct db *db, int64_t tenant_id, int64_t *marks, int64_t *known,
                     struct err *e)
{
    struct db_rows *r = db_ask(db, S_DISTRICT_PERSONS, e, DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *marks = found == 1 ? db_i64(r, 0) : 0;
    *known = found == 1 ? db_i64(r, 1) : 0;
    db_end(r);
    return found < 0 ? -1 : 0;
}

int district_marks(struct db *db, int64_t tenant_id,
                   void (*fn)(void *ctx, struct str kind, struct str mark,
                              int64_t person_id),
                   void *ctx, struct err *e)
{
    struct db_rows *r = db_ask(db, S_DISTRICT_MARKS, e, DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        fn(ctx, db_text(r, 0), db_text(r, 1), db_i64(r, 2));
    db_end(r);
    return more;
}
