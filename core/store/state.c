#include "store/state.h"

#include "base/vec.h"
#include "store/stmt.h"

#include <stdlib.h>

#define MANY 8 /* rows that STATE_SKILL_ADD8 and STATE_READY_ADD8 take */
#define FEW 4

/* What the statements of one person begin with. */
struct key {
    struct db *db;
    struct arena *a;
    int64_t tenant_id;
    int64_t course_id;
    int64_t person_id;
};

#define KEY_ARGS(k) DB_I((k)->tenant_id), DB_I((k)->course_id), DB_I((k)->person_id)

int state_run(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              int64_t person_id, struct state *out, struct err *e)
{
    *out = (struct state){.posted = -1};
    struct db_rows *r = db_ask(db, S_STATE_RUN_READ, e, DB_I(tenant_id), DB_I(course_id),
                               DB_I(person_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        out->map_id = db_i64(r, 0);
        out->rules_version = str_dup(a, db_text(r, 1));
        out->as_of_ms = db_i64(r, 2);
        out->work_read_ms = db_i64(r, 3);
        out->share = db_f64(r, 4);
        out->posted = db_null(r, 5) ? -1 : db_i64(r, 5);
        out->models_id = db_i64(r, 6);
        out->path = str_dup(a, db_text(r, 7));
        out->gap = str_dup(a, db_text(r, 8));
        out->ties_n = db_i64(r, 9);
        out->because = str_dup(a, db_text(r, 10));
        out->because_ms = db_i64(r, 11);
        out->told_ms = db_i64(r, 12);
    }
    db_end(r);
    return found;
}

/* Databases sort text by rules of their own; here bytes decide. */
static int order_code(const void *x, const void *y)
{
    /* The code is the first member of skill, ready and flag rows. */
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static int read_skills(const struct key *k, struct state *out, struct err *e)
{
    struct vec v;
    vec_init(&v, k->a, sizeof(struct state_skill));
    struct db_rows *r = db_ask(k->db, S_STATE_SKILL_READ, e, KEY_ARGS(k));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct state_skill *)vec_push(&v) = (struct state_skill){
            .skill_code = str_dup(k->a, db_text(r, 0)),
            .p_mastery = db_f64(r, 1),
            .p_low = db_f64(r, 2),
            .p_high = db_f64(r, 3),
            .word = str_dup(k->a, db_text(r, 4)),
            .evidence_n = db_i64(r, 5),
            .evidence_ids = str_dup(k->a, db_text(r, 6)),
            .last_ms = db_i64(r, 7),
            .change = str_dup(k->a, db_text(r, 8)),
        };
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_code);
    out->skills = v.p;
    out->skills_n = v.n;
    return more;
}

static int read_readies(const struct key *k, struct state *out, struct err *e)
{
    struct vec v;
    vec_init(&v, k->a, sizeof(struct state_ready));
    struct db_rows *r = db_ask(k->db, S_STATE_READY_READ, e, KEY_ARGS(k));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct state_ready *)vec_push(&v) = (struct state_ready){
            .skill_code = str_dup(k->a, db_text(r, 0)),
            .ready = db_i64(r, 1) != 0,
            .missing = str_dup(k->a, db_text(r, 2)),
            .change = str_dup(k->a, db_text(r, 3)),
        };
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_code);
    out->readies = v.p;
    out->readies_n = v.n;
    return more;
}

static int read_flags(const struct key *k, struct state *out, struct err *e)
{
    struct vec v;
    vec_init(&v, k->a, sizeof(struct state_flag));
    struct db_rows *r = db_ask(k->db, S_STATE_FLAG_READ, e, KEY_ARGS(k));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct state_flag *)vec_push(&v) = (struct state_flag){
            .rule_code = str_dup(k->a, db_text(r, 0)),
            .level = str_dup(k->a, db_text(r, 1)),
            .facts = str_dup(k->a, db_text(r, 2)),
            .evidence_ids = str_dup(k->a, db_text(r, 3)),
            .sources = str_dup(k->a, db_text(r, 4)),
            .since_ms = db_i64(r, 5),
            .decided = str_dup(k->a, db_text(r, 6)),
            .change = str_dup(k->a, db_text(r, 7)),
        };
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_code);
    out->flags = v.p;
    out->flags_n = v.n;
    return more;
}

static int read_nexts(const struct key *k, struct state *out, struct err *e)
{
    struct vec v;
    vec_init(&v, k->a, sizeof(struct state_next));
    struct db_rows *r = db_ask(k->db, S_STATE_NEXT_READ, e, KEY_ARGS(k));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct state_next *)vec_push(&v) = (struct state_next){
            .rank = db_i64(r, 0),
            .skill_code = str_dup(k->a, db_text(r, 1)),
            .activity_id = db_i64(r, 2),
            .reason = str_dup(k->a, db_text(r, 3)),
            .facts = str_dup(k->a, db_text(r, 4)),
            .evidence_ids = str_dup(k->a, db_text(r, 5)),
            .score = db_f64(r, 6),
            .change = str_dup(k->a, db_text(r, 7)),
            .propensity = db_f64(r, 8),
            .trial = str_dup(k->a, db_text(r, 9)),
        };
    db_end(r);
    out->nexts = v.p;
    out->nexts_n = v.n;
    return more;
}

int state_read(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               int64_t person_id, struct state *out, struct err *e)
{
    struct key k = {db, a, tenant_id, course_id, person_id};
    int found = state_run(db, a, tenant_id, course_id, person_id, out, e);
    if (found < 0 || read_skills(&k, out, e) < 0 || read_readies(&k, out, e) < 0 ||
        read_flags(&k, out, e) < 0 || read_nexts(&k, out, e) < 0)
        return -1;
    return found;
}

/* How many of the rows that are left go into the next statement. */
static size_t lot(size_t left)
{
    return left >= MANY ? MANY : left >= FEW ? FEW : 1;
}

static int write_skills(const struct key *k, const struct state *s, struct err *e)
{
    struct db_arg args[6 + MANY * 9] = {KEY_ARGS(k), DB_I(s->map_id),
                                        DB_T(s->rules_version), DB_I(s->as_of_ms)};
    for (size_t i = 0; i < s->skills_n;) {
        size_t n = lot(s->skills_n - i);
        struct db_arg *p = args + 6;
        for (size_t j = 0; j < n; j++, i++) {
            const struct state_skill *v = &s->skills[i];
            *p++ = DB_T(v->skill_code);
            *p++ = DB_F(v->p_mastery);
            *p++ = DB_F(v->p_low);
            *p++ = DB_F(v->p_high);
            *p++ = DB_T(v->word);
            *p++ = DB_I(v->evidence_n);
            *p++ = DB_T(v->evidence_ids);
            *p++ = DB_I(v->last_ms);
            *p++ = DB_T(v->change);
        }
        int id = n == MANY  ? S_STATE_SKILL_ADD8
                 : n == FEW ? S_STATE_SKILL_ADD4
                            : S_STATE_SKILL_ADD;
        if (db_exec(k->db, id, args, (size_t)(p - args), e) < 0)
            return -1;
    }
    return 0;
}

static int write_readies(const struct key *k, const struct state *s, struct err *e)
{
    struct db_arg args[5 + MANY * 4] = {KEY_ARGS(k), DB_I(s->map_id), DB_I(s->as_of_ms)};
    for (size_t i = 0; i < s->readies_n;) {
        size_t n = lot(s->readies_n - i);
        struct db_arg *p = args + 5;
        for (size_t j = 0; j < n; j++, i++) {
            const struct state_ready *v = &s->readies[i];
            *p++ = DB_T(v->skill_code);
            *p++ = DB_I(v->ready);
            *p++ = DB_T(v->missing);
            *p++ = DB_T(v->change);
        }
        int id = n == MANY  ? S_STATE_READY_ADD8
                 : n == FEW ? S_STATE_READY_ADD4
                            : S_STATE_READY_ADD;
        if (db_exec(k->db, id, args, (size_t)(p - args), e) < 0)
            return -1;
    }
    return 0;
}

static int write_flags(const struct key *k, const struct state *s, struct err *e)
{
    for (size_t i = 0; i < s->flags_n; i++) {
        const struct state_flag *v = &s->flags[i];
        if (db_do(k->db, S_STATE_FLAG_ADD, e, KEY_ARGS(k), DB_T(v->rule_code),
                  DB_T(v->level), DB_T(v->facts), DB_T(v->evidence_ids), DB_T(v->sources),
                  DB_T(v->decided), DB_I(v->since_ms), DB_T(s->rules_version),
                  DB_I(s->as_of_ms), DB_T(v->change)) < 0)
            return -1;
    }
    return 0;
}

static int write_nexts(const struct key *k, const struct state *s, struct err *e)
{
    for (size_t i = 0; i < s->nexts_n; i++) {
        const struct state_next *v = &s->nexts[i];
        if (db_do(k->db, S_STATE_NEXT_ADD, e, KEY_ARGS(k), DB_I(v->rank),
                  DB_T(v->skill_code), v->activity_id ? DB_I(v->activity_id) : DB_N,
                  DB_T(v->reason), DB_T(v->facts), DB_T(v->evidence_ids), DB_F(v->score),
                  DB_I(s->map_id), DB_T(s->rules_version), DB_I(s->as_of_ms),
                  DB_T(v->change), DB_F(v->propensity), DB_T(v->trial)) < 0)
            return -1;
    }
    return 0;
}

int state_replace(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                  const struct state *now, struct err *e)
{
    static const int clear[] = {S_STATE_SKILL_CLEAR, S_STATE_READY_CLEAR,
                                S_STATE_FLAG_CLEAR, S_STATE_NEXT_CLEAR};
    struct key k = {db, NULL, tenant_id, course_id, person_id};
    for (size_t i = 0; i < sizeof(clear) / sizeof(clear[0]); i++)
        if (db_do(db, clear[i], e, KEY_ARGS(&k)) < 0)
            return -1;
    if (db_do(db, S_STATE_RUN_SET, e, KEY_ARGS(&k), DB_I(now->map_id),
              DB_T(now->rules_version), DB_I(now->as_of_ms), DB_I(now->work_read_ms),
              DB_F(now->share), now->posted >= 0 ? DB_I(now->posted) : DB_N,
              DB_I(now->models_id), DB_T(now->path), DB_T(now->gap), DB_I(now->ties_n),
              DB_T(now->because), DB_I(now->because_ms), DB_I(now->told_ms)) < 0)
        return -1;
    if (write_skills(&k, now, e) < 0 || write_readies(&k, now, e) < 0 ||
        write_flags(&k, now, e) < 0 || write_nexts(&k, now, e) < 0)
        return -1;
    return 0;
}

int64_t state_grant_add(struct db *db, struct env *env, int64_t tenant_id,
                        int64_t course_id, int64_t person_id, const struct state_grant *g,
                        int64_t now_ms, struct err *e)
{
    return db_do(db, S_GRANT_ADD, e, DB_I(tenant_id), DB_I(env_id(env)), DB_I(course_id),
                 DB_I(person_id), DB_T(g->skill_code), DB_T(g->rule_code),
                 DB_T(g->evidence_ids), DB_I(now_ms));
}

int state_grants(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, int64_t before_ms, struct state_grant **rows,
                 size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct state_grant));
    struct db_rows *r = db_ask(db, S_GRANT_OF_PERSON, e, DB_I(tenant_id), DB_I(course_id),
                               DB_I(person_id), DB_I(before_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct state_grant *)vec_push(&v) = (struct state_grant){
            .skill_code = str_dup(a, db_text(r, 0)),
            .rule_code = str_dup(a, db_text(r, 1)),
            .evidence_ids = str_dup(a, db_text(r, 2)),
        };
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_code);
    *rows = v.p;
    *n = v.n;
    return more;
}
