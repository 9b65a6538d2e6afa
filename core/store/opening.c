#include "store/opening.h"

#include "base/vec.h"
#include "store/stmt.h"

int opening_add(struct db *db, struct env *env, int64_t tenant_id, struct opening *o,
                struct err *e)
{
    o->opening_id = env_id(env);
    return db_do(db, S_OPENING_ADD, e, DB_I(tenant_id), DB_I(o->opening_id),
                 DB_I(o->course_id), DB_T(o->unit), DB_I(o->percent), DB_T(o->way),
                 DB_T(o->target), DB_T(o->title), DB_T(o->lms_name),
                 DB_I(o->by_person_id), DB_I(env_now_ms(env))) < 0
               ? -1
               : 0;
}

static struct opening row_of(struct arena *a, struct db_rows *r)
{
    return (struct opening){
        .opening_id = db_i64(r, 0),
        .course_id = db_i64(r, 1),
        .unit = str_dup(a, db_text(r, 2)),
        .percent = db_i64(r, 3),
        .way = str_dup(a, db_text(r, 4)),
        .target = str_dup(a, db_text(r, 5)),
        .title = str_dup(a, db_text(r, 6)),
        .lms_key = str_dup(a, db_text(r, 7)),
        .lms_name = str_dup(a, db_text(r, 8)),
        .state = str_dup(a, db_text(r, 9)),
        .lock_state = str_dup(a, db_text(r, 10)),
        .lock_ms = db_i64(r, 11),
        .checked_ms = db_i64(r, 12),
        .tries = db_i64(r, 13),
        .next_ms = db_i64(r, 14),
        .error = str_dup(a, db_text(r, 15)),
        .by_person_id = db_i64(r, 16),
        .created_ms = db_i64(r, 17),
        .changed_ms = db_i64(r, 18),
    };
}

int opening_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 struct opening **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct opening));
    struct db_rows *r = db_ask(db, S_OPENING_LIST, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct opening *)vec_push(&v) = row_of(a, r);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int opening_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                int64_t opening_id, struct opening *out, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_OPENING_GET, e, DB_I(tenant_id), DB_I(course_id), DB_I(opening_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = row_of(a, r);
    db_end(r);
    return found;
}

static int changed(int64_t n)
{
    return n < 0 ? -1 : n > 0;
}

int opening_state(struct db *db, int64_t tenant_id, const struct opening *o,
                  const char *state, int64_t now_ms, struct err *e)
{
    return changed(db_do(db, S_OPENING_STATE, e, DB_I(tenant_id), DB_I(o->course_id),
                         DB_I(o->opening_id), DB_T(str_c(state)), DB_I(now_ms),
                         DB_I(o->by_person_id)));
}

int opening_percent(struct db *db, int64_t tenant_id, const struct opening *o,
                    int64_t percent, int64_t now_ms, struct err *e)
{
    return changed(db_do(db, S_OPENING_PERCENT, e, DB_I(tenant_id), DB_I(o->course_id),
                         DB_I(o->opening_id), DB_I(percent), DB_I(now_ms),
                         DB_I(o->by_person_id)));
}

int opening_drop(struct db *db, int64_t tenant_id, const struct opening *o, struct err *e)
{
    return changed(db_do(db, S_OPENING_DROP, e, DB_I(tenant_id), DB_I(o->course_id),
                         DB_I(o->opening_id)));
}

int opening_made(struct db *db, int64_t tenant_id, int64_t opening_id, struct str key,
                 int64_t now_ms, struct err *e)
{
    return db_do(db, S_OPENING_MADE, e, DB_I(tenant_id), DB_I(opening_id), DB_T(key),
                 DB_I(now_ms)) < 0
               ? -1
               : 0;
}

int opening_lock(struct db *db, int64_t tenant_id, int64_t opening_id, const char *state,
                 int64_t now_ms, struct err *e)
{
    return db_do(db, S_OPENING_LOCK, e, DB_I(tenant_id), DB_I(opening_id),
                 DB_T(str_c(state)), DB_I(now_ms)) < 0
               ? -1
               : 0;
}

int opening_well(struct db *db, int64_t tenant_id, int64_t opening_id, int64_t checked_ms,
                 struct err *e)
{
    return db_do(db, S_OPENING_WELL, e, DB_I(tenant_id), DB_I(opening_id),
                 DB_I(checked_ms)) < 0
               ? -1
               : 0;
}

int opening_ill(struct db *db, int64_t tenant_id, int64_t opening_id, struct str why,
                int64_t next_ms, struct err *e)
{
    return db_do(db, S_OPENING_ILL, e, DB_I(tenant_id), DB_I(opening_id), DB_T(why),
                 DB_I(next_ms)) < 0
               ? -1
               : 0;
}

struct gone {
    int64_t tenant_id;
    int64_t opening_id;
    struct str why;
    int64_t now_ms;
};

static int gone_tx(struct db *db, void *ctx, struct err *e)
{
    const struct gone *g = ctx;
    return db_do(db, S_OPENING_GONE, e, DB_I(g->tenant_id), DB_I(g->opening_id),
                 DB_T(g->why), DB_I(g->now_ms)) < 0 ||
                   db_do(db, S_OPENING_GONE_MEMBERS, e, DB_I(g->tenant_id),
                         DB_I(g->opening_id)) < 0
               ? -1
               : 0;
}

int opening_gone(struct db *db, int64_t tenant_id, int64_t opening_id, struct str why,
                 int64_t now_ms, struct err *e)
{
    struct gone g = {tenant_id, opening_id, why, now_ms};
    return db_tx(db, DB_WRITE, gone_tx, &g, e);
}

/* --- members ------------------------------------------------------------------------ */

int opening_held(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, struct opening_held **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct opening_held));
    struct db_rows *r = db_ask(db, S_OPENING_OF_PERSON, e, DB_I(tenant_id),
                               DB_I(course_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct opening_held *)vec_push(&v) =
            (struct opening_held){db_i64(r, 0), str_dup(a, db_text(r, 1))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

static int put(struct db *db, int stmt, int64_t tenant_id, int64_t course_id,
               int64_t opening_id, const struct opening_member *m, struct err *e)
{
    return changed(db_do(db, stmt, e, DB_I(tenant_id), DB_I(opening_id),
                         DB_I(m->person_id), DB_I(course_id), DB_T(m->rule_code),
                         DB_T(m->facts), DB_T(m->evidence_ids), DB_I(m->by_person_id),
                         DB_I(m->granted_ms)));
}

int opening_grant(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                  const struct opening_member *m, struct err *e)
{
    return put(db, S_OPENING_GRANT, tenant_id, course_id, opening_id, m, e);
}

int opening_hand(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                 const struct opening_member *m, struct err *e)
{
    return put(db, S_OPENING_HAND, tenant_id, course_id, opening_id, m, e);
}

int opening_close(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                  const struct opening_member *m, struct err *e)
{
    return put(db, S_OPENING_CLOSE, tenant_id, course_id, opening_id, m, e);
}

int opening_seen(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                 int64_t person_id, int64_t now_ms, struct err *e)
{
    return changed(db_do(db, S_OPENING_SEEN, e, DB_I(tenant_id), DB_I(opening_id),
                         DB_I(person_id), DB_I(course_id), DB_I(now_ms)));
}

int opening_unseen(struct db *db, int64_t tenant_id, int64_t opening_id,
                   int64_t person_id, struct err *e)
{
    return changed(db_do(db, S_OPENING_UNSEEN, e, DB_I(tenant_id), DB_I(opening_id),
                         DB_I(person_id)));
}

int opening_turn(struct db *db, int64_t tenant_id, int64_t opening_id, int64_t person_id,
                 const char *from, const char *to, struct str receipt, int64_t now_ms,
                 struct err *e)
{
    return changed(db_do(db, S_OPENING_MEMBER_SET, e, DB_I(tenant_id), DB_I(opening_id),
                         DB_I(person_id), DB_T(str_c(from)), DB_T(str_c(to)),
                         DB_T(receipt), DB_I(now_ms)));
}

int opening_waiting(struct db *db, struct arena *a, int64_t tenant_id, int64_t opening_id,
                    int64_t after, int64_t limit, struct opening_member **rows, size_t *n,
                    struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct opening_member));
    struct db_rows *r = db_ask(db, S_OPENING_WAITING, e, DB_I(tenant_id),
                               DB_I(opening_id), DB_I(after), DB_I(limit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct opening_member *)vec_push(&v) =
            (struct opening_member){.person_id = db_i64(r, 0),
                                    .sub = str_dup(a, db_text(r, 1)),
                                    .lms_id = str_dup(a, db_text(r, 2)),
                                    .active = true};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int64_t opening_scored(struct db *db, int64_t tenant_id, int64_t opening_id,
                       struct str target, int64_t percent, struct str receipt,
                       int64_t now_ms, struct err *e)
{
    return db_do(db, S_OPENING_SCORED, e, DB_I(tenant_id), DB_I(opening_id), DB_T(target),
                 DB_I(percent), DB_T(receipt), DB_I(now_ms));
}

static struct opening_member member_of(struct arena *a, struct db_rows *r)
{
    return (struct opening_member){
        .person_id = db_i64(r, 0),
        .state = str_dup(a, db_text(r, 1)),
        .rule_code = str_dup(a, db_text(r, 2)),
        .facts = str_dup(a, db_text(r, 3)),
        .evidence_ids = str_dup(a, db_text(r, 4)),
        .by_person_id = db_i64(r, 5),
        .granted_ms = db_i64(r, 6),
        .opened_ms = db_i64(r, 7),
        .receipt = str_dup(a, db_text(r, 8)),
        .receipt_ms = db_i64(r, 9),
        .name_sealed = str_dup(a, db_text(r, 10)),
        .sub = str_dup(a, db_text(r, 11)),
        .lms_id = str_dup(a, db_text(r, 12)),
        .active = str_is(db_text(r, 13), "active"),
        .by_sealed = str_dup(a, db_text(r, 14)),
    };
}

int opening_members(struct db *db, struct arena *a, int64_t tenant_id, int64_t opening_id,
                    struct opening_member **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct opening_member));
    struct db_rows *r =
        db_ask(db, S_OPENING_MEMBERS, e, DB_I(tenant_id), DB_I(opening_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct opening_member *)vec_push(&v) = member_of(a, r);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int opening_counts(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct opening_count **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct opening_count));
    struct db_rows *r = db_ask(db, S_OPENING_COUNTS, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct opening_count *)vec_push(&v) =
            (struct opening_count){db_i64(r, 0), str_dup(a, db_text(r, 1)), db_i64(r, 2)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int opening_courses(struct db *db, struct arena *a, bool waiting, int64_t now_ms,
                    struct opening_course **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct opening_course));
    struct db_rows *r =
        db_ask(db, waiting ? S_OPENING_DUE : S_OPENING_COURSES, e, DB_I(now_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct opening_course *)vec_push(&v) =
            (struct opening_course){db_i64(r, 0), db_i64(r, 1)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
