#include "store/trial.h"

#include "base/vec.h"
#include "store/stmt.h"

int trial_add(struct db *db, struct env *env, struct trial *t, struct err *e)
{
    t->id = env_id(env);
    return (int)db_do(db, S_TRIAL_ADD, e, DB_I(t->tenant_id), DB_I(t->id), DB_T(t->code),
                      DB_T(t->document), DB_I(t->seed), DB_T(t->registered_by),
                      DB_I(t->registered_ms));
}

static struct trial trial_of(struct arena *a, struct db_rows *r)
{
    return (struct trial){
        .tenant_id = db_i64(r, 0),
        .id = db_i64(r, 1),
        .code = str_dup(a, db_text(r, 2)),
        .document = str_dup(a, db_text(r, 3)),
        .state = str_dup(a, db_text(r, 4)),
        .seed = db_i64(r, 5),
        .registered_by = str_dup(a, db_text(r, 6)),
        .registered_ms = db_i64(r, 7),
        .approved_by = str_dup(a, db_text(r, 8)),
        .approved_ms = db_i64(r, 9),
        .started_by = str_dup(a, db_text(r, 10)),
        .started_ms = db_i64(r, 11),
        .units = db_i64(r, 12),
        .ended_by = str_dup(a, db_text(r, 13)),
        .ended_ms = db_i64(r, 14),
        .ended_why = str_dup(a, db_text(r, 15)),
    };
}

static int one(struct arena *a, struct db_rows *r, struct trial *out, struct err *e)
{
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = trial_of(a, r);
    db_end(r);
    return found;
}

int trial_get(struct db *db, struct arena *a, int64_t id, struct trial *out,
              struct err *e)
{
    return one(a, db_ask(db, S_TRIAL_BY_ID, e, DB_I(id)), out, e);
}

int trial_here(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               struct trial *out, struct err *e)
{
    return one(a, db_ask(db, S_TRIAL_HERE, e, DB_I(tenant_id), DB_I(course_id)), out, e);
}

int trial_all(struct db *db, struct arena *a, struct trial **rows, size_t *n,
              struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct trial));
    struct db_rows *r = db_ask(db, S_TRIAL_ALL, e);
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct trial *)vec_push(&v) = trial_of(a, r);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int trial_approve(struct db *db, const struct trial *t, struct str by, int64_t now_ms,
                  struct err *e)
{
    return (int)db_do(db, S_TRIAL_APPROVE, e, DB_I(t->tenant_id), DB_I(t->id), DB_T(by),
                      DB_I(now_ms));
}

int trial_start(struct db *db, const struct trial *t, struct str by, int64_t units,
                int64_t now_ms, struct err *e)
{
    return (int)db_do(db, S_TRIAL_START, e, DB_I(t->tenant_id), DB_I(t->id), DB_T(by),
                      DB_I(now_ms), DB_I(units));
}

int trial_end(struct db *db, const struct trial *t, struct str by, struct str why,
              int64_t now_ms, struct err *e)
{
    return (int)db_do(db, S_TRIAL_END, e, DB_I(t->tenant_id), DB_I(t->id), DB_T(by),
                      DB_I(now_ms), DB_T(why));
}

int trial_course_add(struct db *db, const struct trial *t, int64_t course_id,
                     struct err *e)
{
    return db_do(db, S_TRIAL_COURSE_ADD, e, DB_I(t->tenant_id), DB_I(t->id),
                 DB_I(course_id)) < 0
               ? -1
               : 0;
}

int trial_courses(struct db *db, struct arena *a, const struct trial *t, int64_t **ids,
                  size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(int64_t));
    struct db_rows *r = db_ask(db, S_TRIAL_COURSES, e, DB_I(t->tenant_id), DB_I(t->id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(int64_t *)vec_push(&v) = db_i64(r, 0);
    db_end(r);
    *ids = v.p;
    *n = v.n;
    return more;
}

int trial_run(struct db *db, const struct trial *t, bool running, struct err *e)
{
    return db_do(db, S_TRIAL_RUNNING, e, DB_I(t->tenant_id), DB_I(t->id),
                 DB_I(running ? 1 : 0)) < 0
               ? -1
               : 0;
}

int trial_candidates(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct trial_candidate **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct trial_candidate));
    struct db_rows *r =
        db_ask(db, S_TRIAL_CANDIDATES, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct trial_candidate *)vec_push(&v) =
            (struct trial_candidate){.person_id = db_i64(r, 0),
                                     .share = db_f64(r, 1),
                                     .said = str_dup(a, db_text(r, 2))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int trial_unit_add(struct db *db, const struct trial *t, const struct trial_unit *u,
                   struct err *e)
{
    return db_do(db, S_TRIAL_UNIT_ADD, e, DB_I(t->tenant_id), DB_I(t->id),
                 DB_I(u->course_id), DB_I(u->person_id), DB_I(u->stratum),
                 DB_I(u->period), DB_I(u->place), DB_I(u->arm), DB_F(u->share),
                 DB_F(u->baseline), DB_I(u->at_ms)) < 0
               ? -1
               : 0;
}

int trial_units(struct db *db, struct arena *a, const struct trial *t, int64_t course_id,
                struct trial_unit **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct trial_unit));
    struct db_rows *r =
        db_ask(db, S_TRIAL_UNITS, e, DB_I(t->tenant_id), DB_I(t->id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct trial_unit *)vec_push(&v) =
            (struct trial_unit){.course_id = course_id,
                                .person_id = db_i64(r, 0),
                                .stratum = db_i64(r, 1),
                                .period = db_i64(r, 2),
                                .place = db_i64(r, 3),
                                .arm = db_i64(r, 4),
                                .share = db_f64(r, 5),
                                .baseline = db_f64(r, 6),
                                .at_ms = db_i64(r, 7),
                                .said = str_dup(a, db_text(r, 8))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int trial_look_add(struct db *db, const struct trial *t, const struct trial_look *k,
                   struct err *e)
{
    return db_do(db, S_TRIAL_LOOK_ADD, e, DB_I(t->tenant_id), DB_I(t->id),
                 DB_I(k->number), DB_F(k->information), DB_F(k->bound), DB_T(k->word),
                 DB_T(k->report), DB_T(k->by), DB_I(k->at_ms)) < 0
               ? -1
               : 0;
}

int trial_looks(struct db *db, struct arena *a, const struct trial *t,
                struct trial_look **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct trial_look));
    struct db_rows *r = db_ask(db, S_TRIAL_LOOKS, e, DB_I(t->tenant_id), DB_I(t->id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct trial_look *)vec_push(&v) =
            (struct trial_look){.number = db_i64(r, 0),
                                .information = db_f64(r, 1),
                                .bound = db_f64(r, 2),
                                .word = str_dup(a, db_text(r, 3)),
                                .report = str_dup(a, db_text(r, 4)),
                                .by = str_dup(a, db_text(r, 5)),
                                .at_ms = db_i64(r, 6)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int trial_offers(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t since_ms, struct trial_offer **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct trial_offer));
    struct db_rows *r =
        db_ask(db, S_TRIAL_OFFERS, e, DB_I(tenant_id), DB_I(course_id), DB_I(since_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct trial_offer *)vec_push(&v) =
            (struct trial_offer){.person_id = db_i64(r, 0),
                                 .arm = str_dup(a, db_text(r, 1)),
                                 .arm_share = db_f64(r, 2),
                                 .taken = str_is(db_text(r, 3), "taken"),
                                 .gain = db_f64(r, 4)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
