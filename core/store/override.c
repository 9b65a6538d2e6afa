#include "store/override.h"

#include "base/map.h"
#include "base/vec.h"
#include "store/stmt.h"

static struct db_arg opt_f(bool has, double v)
{
    return has ? DB_F(v) : DB_N;
}

int override_put(struct db *db, int64_t tenant_id, const struct override *in,
                 struct err *e)
{
    return db_do(db, S_OVERRIDE_PUT, e, DB_I(tenant_id), DB_T(in->target),
                 DB_I(in->person_id), DB_I(in->course_id), DB_F(in->ours),
                 opt_f(in->has_theirs, in->theirs), DB_F(in->maximum),
                 DB_I(in->seen_ms)) < 0
               ? -1
               : 0;
}

int override_note(struct db *db, int64_t tenant_id, const struct override *in,
                  const struct override_watch *w, struct err *e)
{
    return (int)db_do(db, S_OVERRIDE_NOTE, e, DB_I(tenant_id), DB_T(in->target),
                      DB_I(in->person_id), DB_I(in->course_id), DB_F(in->ours),
                      opt_f(in->has_theirs, in->theirs), DB_F(in->maximum),
                      DB_I(in->seen_ms), DB_I(w->noted_ms), DB_I(w->tried_ms));
}

struct over {
    int64_t tenant_id;
    const struct override *o;
    int64_t now_ms;
};

static int over_tx(struct db *db, void *ctx, struct err *e)
{
    const struct over *x = ctx;
    if (db_do(db, S_OVERRIDE_END, e, DB_I(x->tenant_id), DB_T(x->o->target),
              DB_I(x->o->person_id)) < 0)
        return -1;
    return outbox_again(db, x->tenant_id, x->o->course_id, x->o->person_id, x->now_ms, e);
}

int override_end(struct db *db, int64_t tenant_id, const struct override *o,
                 int64_t now_ms, struct err *e)
{
    struct over x = {tenant_id, o, now_ms};
    return db_tx(db, DB_WRITE, over_tx, &x, e);
}

struct allow {
    int64_t tenant_id, course_id, person_id, now_ms;
    struct str target;
    int64_t n;
};

static int allow_tx(struct db *db, void *ctx, struct err *e)
{
    struct allow *w = ctx;
    w->n = db_do(db, S_OVERRIDE_ALLOW, e, DB_I(w->tenant_id), DB_I(w->course_id),
                 DB_I(w->person_id), DB_I(w->now_ms), DB_T(w->target));
    if (w->n <= 0)
        return (int)w->n;
    return outbox_again(db, w->tenant_id, w->course_id, w->person_id, w->now_ms, e);
}

int override_allow(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                   struct str target, int64_t now_ms, struct err *e)
{
    struct allow w = {tenant_id, course_id, person_id, now_ms, target, 0};
    int rc = db_in_tx(db) ? allow_tx(db, &w, e) : db_tx(db, DB_WRITE, allow_tx, &w, e);
    return rc != 0 ? -1 : w.n > 0;
}

int override_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  int64_t limit, struct override **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct override));
    struct db_rows *r =
        db_ask(db, S_OVERRIDE_LIST, e, DB_I(tenant_id), DB_I(course_id), DB_I(limit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct override *)vec_push(&v) =
            (struct override){.person_id = db_i64(r, 0),
                              .course_id = course_id,
                              .name_sealed = str_dup(a, db_text(r, 1)),
                              .target = str_dup(a, db_text(r, 2)),
                              .ours = db_f64(r, 3),
                              .has_theirs = !db_null(r, 4),
                              .theirs = db_f64(r, 4),
                              .maximum = db_f64(r, 5),
                              .seen_ms = db_i64(r, 6)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

static struct outbox_mark mark_of(struct db_rows *r, int col)
{
    if (db_null(r, col) || db_null(r, col + 1))
        return (struct outbox_mark){0};
    return (struct outbox_mark){true, db_f64(r, col), db_f64(r, col + 1)};
}

static int read_clocks(struct db *db, struct arena *a, int64_t tenant_id,
                       struct str target, struct vec *v, struct err *e)
{
    struct db_rows *r = db_ask(db, S_CLOCK_OF_TARGET, e, DB_I(tenant_id), DB_T(target));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct override_watch *)vec_push(v) =
            (struct override_watch){.sub = str_dup(a, db_text(r, 0)),
                                    .person_id = db_i64(r, 1),
                                    .last = mark_of(r, 2),
                                    .noted_ms = db_i64(r, 4),
                                    .tried_ms = db_i64(r, 5),
                                    .tried = mark_of(r, 6)};
    db_end(r);
    return more;
}

static int read_known(struct db *db, struct arena *a, int64_t tenant_id,
                      struct str target, struct vec *v, struct err *e)
{
    struct map *by_id = map_new(a);
    struct override_watch *w = v->p;
    for (size_t i = 0; i < v->n; i++)
        map_put(by_id, str_fmt(a, "%lld", (long long)w[i].person_id), &w[i]);
    struct db_rows *r =
        db_ask(db, S_OVERRIDE_OF_TARGET, e, DB_I(tenant_id), DB_T(target));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct override_watch *x =
            map_get(by_id, str_fmt(a, "%lld", (long long)db_i64(r, 0)));
        if (x == NULL)
            continue;
        x->known = true;
        x->theirs = mark_of(r, 1);
        x->allowed = db_i64(r, 3) != 0;
    }
    db_end(r);
    return more;
}

int override_watches(struct db *db, struct arena *a, int64_t tenant_id, struct str target,
                     struct override_watch **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct override_watch));
    if (read_clocks(db, a, tenant_id, target, &v, e) != 0 ||
        read_known(db, a, tenant_id, target, &v, e) != 0)
        return -1;
    *rows = v.p;
    *n = v.n;
    return 0;
}
