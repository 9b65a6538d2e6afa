#include "sync/opencheck.h"

#include "base/map.h"
#include "base/vec.h"
#include "learn/roster.h"
#include "sync/openway.h"

#define SPREAD_MS 600000

static const char SHUT[] = "taken away in the learning site";
static const char STILL[] = "still in, over there: taking them out is your click";
static const char OUT[] = "not in, over there";

/* One opening beside what the LMS says of it. */
struct compare {
    struct openway *w;
    const struct opening *o;
    int64_t began_ms;
    struct map *there; /* the LMS's names of who is in; NULL values are fine: only keys */
    struct vec users;  /* struct str: the same in order */
    struct roster_index *by_lms, *by_sub;
    bool again; /* somebody waits */
};

static int on_user(void *ctx, struct str user_id, struct err *e)
{
    struct compare *c = ctx;
    struct str *own = vec_push(&c->users);
    (void)e;
    *own = str_dup(c->w->one, user_id);
    return 0;
}

static int turn(struct compare *c, struct db *db, const struct opening_member *m,
                const char *to, struct str receipt, struct err *e)
{
    char from[24] = "";
    for (size_t i = 0; i < m->state.n && i + 1 < sizeof from; i++)
        from[i] = m->state.p[i];
    return opening_turn(db, c->w->course.tenant_id, c->o->opening_id, m->person_id, from,
                        to, receipt, env_now_ms(c->w->job->env), e) < 0
               ? -1
               : 0;
}

/* In the LMS, whatever we thought. */
static int is_in(struct compare *c, struct db *db, const struct opening_member *m,
                 struct err *e)
{
    if (str_is(m->state, "waiting") || str_is(m->state, "failed") ||
        str_is(m->state, "closed_there"))
        return turn(c, db, m, "open", STR("found in the learning site"), e);
    return str_is(m->state, "closed") ? turn(c, db, m, "closed", str_c(STILL), e) : 0;
}

/* Not in the LMS. Who left the course left the group too, and waits to come back. */
static int is_out(struct compare *c, struct db *db, const struct opening_member *m,
                  struct err *e)
{
    if (str_is(m->state, "seen"))
        return opening_unseen(db, c->w->course.tenant_id, c->o->opening_id, m->person_id,
                              e) < 0
                   ? -1
                   : 0;
    if (str_is(m->state, "failed"))
        return turn(c, db, m, "waiting", m->receipt, e);
    if (str_is(m->state, "closed"))
        return turn(c, db, m, "closed", str_c(OUT), e);
    if (!str_is(m->state, "open") || m->receipt_ms >= c->began_ms)
        return 0;
    return m->active ? turn(c, db, m, "closed_there", str_c(SHUT), e)
                     : turn(c, db, m, "waiting", STR("not in the course now"), e);
}

/* Somebody of the course whom we never let in: somebody else did. */
static int note_others(struct compare *c, struct db *db, const struct map *known,
                       struct err *e)
{
    const struct str *users = c->users.p;
    for (size_t i = 0; i < c->users.n; i++) {
        if (map_get(known, users[i]) != NULL)
            continue;
        int64_t person = roster_person(c->by_lms, users[i]);
        if (person == 0)
            person = roster_person(c->by_sub, users[i]);
        if (person != 0 &&
            opening_seen(db, c->w->course.tenant_id, c->w->course.id, c->o->opening_id,
                         person, env_now_ms(c->w->job->env), e) < 0)
            return -1;
    }
    return 0;
}

static int compare_tx(struct db *db, void *ctx, struct err *e)
{
    struct compare *c = ctx;
    struct openway *w = c->w;
    struct opening_member *rows;
    size_t n;
    if (opening_members(db, w->one, w->course.tenant_id, c->o->opening_id, &rows, &n, e) <
        0)
        return -1;
    struct map *known = map_new(w->one);
    for (size_t i = 0; i < n; i++) {
        struct str user = openway_user(w, &rows[i]);
        if (user.n == 0)
            continue;
        map_put(known, user, &rows[i]);
        if ((map_get(c->there, user) != NULL ? is_in(c, db, &rows[i], e)
                                             : is_out(c, db, &rows[i], e)) != 0)
            return -1;
    }
    return note_others(c, db, known, e) != 0 ||
                   opening_well(db, w->course.tenant_id, c->o->opening_id, c->began_ms,
                                e) != 0
               ? -1
               : 0;
}

/* Is the way in guarded over there? A nicety: what cannot be told is not known. */
static int look_at_lock(struct openway *w, const struct opening *o, struct err *e)
{
    static const char *const words[] = {[LMS_LOCK_UNSEEN] = "unseen",
                                        [LMS_LOCK_OPEN] = "open",
                                        [LMS_LOCK_LOCKED] = "locked"};
    const struct lms_ops *ops = w->access.lms.ops;
    struct lms_opening there = openway_lms(w, o, w->one);
    enum lms_lock lock = LMS_LOCK_UNSEEN;
    struct err why = {0};
    if (ops->opening_lock == NULL || o->target.n == 0 || there.key.n == 0)
        return 0;
    if (ops->opening_lock(&w->access.lms, w->access.course, &there, &lock, w->one,
                          &why) != 0) {
        if (openway_is_ours(why.code)) {
            *e = why;
            return -1;
        }
        lock = LMS_LOCK_UNSEEN;
    }
    return opening_lock(w->job->db, w->course.tenant_id, o->opening_id, words[lock],
                        env_now_ms(w->job->env), e);
}

static int trouble(struct openway *w, const struct opening *o, const struct err *why,
                   struct err *e)
{
    if (openway_is_ours(why->code)) {
        *e = *why;
        return -1;
    }
    return why->code == ERR_NOTFOUND ? openway_gone(w, o, e) : openway_ill(w, o, why, e);
}

static int members(struct openway *w, const struct opening *o, struct err *e)
{
    struct compare c = {.w = w, .o = o, .began_ms = env_now_ms(w->job->env)};
    struct learn l = {.db = w->job->db,
                      .env = w->job->env,
                      .a = w->one,
                      .tenant_id = w->course.tenant_id,
                      .course_id = w->course.id};
    struct lms_opening there = openway_lms(w, o, w->one);
    struct err why = {0};
    vec_init(&c.users, w->one, sizeof(struct str));
    if (w->access.lms.ops->opening_read == NULL)
        return 0;
    if (w->access.lms.ops->opening_read(&w->access.lms, w->access.course, &there, on_user,
                                        &c, w->one, &why) != 0)
        return trouble(w, o, &why, e);
    c.there = map_new(w->one);
    struct str *users = c.users.p;
    for (size_t i = 0; i < c.users.n; i++)
        map_put(c.there, users[i], &users[i]);
    c.by_lms = roster_index(&l, ROSTER_BY_LMS_ID, e);
    c.by_sub = c.by_lms == NULL ? NULL : roster_index(&l, ROSTER_BY_SUB, e);
    if (c.by_sub == NULL)
        return -1;
    w->done += (int64_t)c.users.n;
    return db_tx(w->job->db, DB_WRITE, compare_tx, &c, e);
}

static int one(struct openway *w, const struct opening *o, struct err *e)
{
    bool score = str_is(o->way, "score");
    arena_reset(w->one);
    int open = openway_access(w, e);
    if (open < 0)
        return -1;
    if (open == 0) /* a score needs none */
        return score ? 0 : openway_ill(w, o, &w->why, e);
    if (look_at_lock(w, o, e) != 0)
        return -1;
    return score || o->lms_key.n == 0 ? 0 : members(w, o, e);
}

int opencheck_course_job(struct job_ctx *c, struct err *e)
{
    struct openway w;
    int rc = openway_begin(&w, c, true, e);
    bool any = rc == 1;
    for (size_t i = 0; rc == 1 && i < w.n; i++)
        if (one(&w, &w.rows[i], e) != 0 ||
            job_beat(c, (int64_t)i + 1, (int64_t)w.n, STR("comparing what is open"), e) !=
                0)
            rc = -1;
    struct learn l = {.db = c->db,
                      .env = c->env,
                      .a = c->arena,
                      .tenant_id = w.course.tenant_id,
                      .course_id = w.course.id};
    rc = openway_end(&w, rc < 0 ? -1 : 0, e);
    return rc == 0 && any ? openings_ask(&l, e) : rc;
}

int opencheck_all_job(struct job_ctx *c, struct err *e)
{
    struct opening_course *rows;
    size_t n;
    if (opening_courses(c->db, c->arena, false, INT64_MAX, &rows, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct job_in in = {
            .tenant_id = rows[i].tenant_id,
            .kind = STR("open.check"),
            .key = str_fmt(c->arena, "%lld", (long long)rows[i].course_id),
            .run_ms = env_now_ms(c->env) + (int64_t)i * SPREAD_MS / (int64_t)n,
            .rank = JOB_SCHEDULE,
            .outside = true};
        if (job_add(c->db, c->env, &in, NULL, e) < 0 ||
            job_beat(c, (int64_t)i, (int64_t)n, STR("asking for every course"), e) != 0)
            return -1;
    }
    return 0;
}
