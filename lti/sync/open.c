#include "sync/open.h"

#include "sync/openway.h"

#define BATCH_N 100 /* persons in one call */

/* Persons of one opening on their way. */
struct trip {
    struct openway *w;
    const struct opening *o;
    struct lms_opening there;
    int64_t after;    /* the last person looked at */
    bool over;        /* nothing more for this opening now */
    struct err first; /* what the LMS refused of somebody */
};

struct batch {
    struct trip *t;
    const struct opening_member *who;
    struct str *users;
    size_t n;
    const char *state;
    struct str receipt;
};

static int note_tx(struct db *db, void *ctx, struct err *e)
{
    struct batch *b = ctx;
    struct openway *w = b->t->w;
    for (size_t i = 0; i < b->n; i++)
        if (opening_turn(db, w->course.tenant_id, b->t->o->opening_id,
                         b->who[i].person_id, "waiting", b->state, b->receipt,
                         env_now_ms(w->job->env), e) < 0)
            return -1;
    return 0;
}

/* What became of them. A crash before this is no harm: the LMS is told the same again. */
static int note(struct batch *b, const char *state, struct str receipt, struct err *e)
{
    b->state = state;
    b->receipt = receipt;
    if (db_tx(b->t->w->job->db, DB_WRITE, note_tx, b, e) != 0)
        return -1;
    b->t->w->done += (int64_t)b->n;
    return job_beat(b->t->w->job, b->t->w->done, 0, STR("letting students in"), e);
}

static int ask_lms(struct batch *b, struct str *receipt, struct err *why)
{
    struct openway *w = b->t->w;
    return w->access.lms.ops->opening_add(&w->access.lms, w->access.course, &b->t->there,
                                          b->users, b->n, receipt, w->one, why);
}

/* One of them is not taken; who? Each alone. */
static int one_by_one(struct batch *all, struct err *e)
{
    for (size_t i = 0; i < all->n; i++) {
        struct batch b = {
            .t = all->t, .who = &all->who[i], .users = &all->users[i], .n = 1};
        struct str receipt = STR_EMPTY;
        struct err why = {0};
        if (ask_lms(&b, &receipt, &why) == 0) {
            if (note(&b, "open", receipt, e) != 0)
                return -1;
            continue;
        }
        if (openway_is_ours(why.code)) {
            *e = why;
            return -1;
        }
        if (why.code == ERR_UNAVAILABLE || why.code == ERR_DENIED) {
            all->t->over = true;
            return openway_ill(all->t->w, all->t->o, &why, e);
        }
        if (note(&b, "failed", str_dup(all->t->w->a, str_c(why.text)), e) != 0)
            return -1;
    }
    return 0;
}

static int on_user(void *ctx, struct str user_id, struct err *e)
{
    (void)ctx;
    (void)user_id;
    (void)e;
    return 0;
}

/* Said of the group or override itself, or of one of the persons? 1 it is gone, 0, -1. */
static int is_gone(struct trip *t, struct err *e)
{
    struct openway *w = t->w;
    struct err why = {0};
    if (w->access.lms.ops->opening_read(&w->access.lms, w->access.course, &t->there,
                                        on_user, NULL, w->one, &why) == 0)
        return 0;
    if (why.code == ERR_NOTFOUND)
        return 1;
    *e = why;
    return openway_is_ours(why.code) ? -1 : 0;
}

static int send(struct batch *b, struct err *e)
{
    struct trip *t = b->t;
    struct str receipt = STR_EMPTY;
    struct err why = {0};
    if (ask_lms(b, &receipt, &why) == 0)
        return note(b, "open", receipt, e);
    if (openway_is_ours(why.code)) {
        *e = why;
        return -1;
    }
    if (why.code == ERR_UNAVAILABLE || why.code == ERR_DENIED) {
        t->over = true;
        return openway_ill(t->w, t->o, &why, e);
    }
    int gone = why.code == ERR_NOTFOUND ? is_gone(t, e) : 0;
    if (gone < 0)
        return -1;
    if (gone == 1) {
        t->over = true;
        return openway_gone(t->w, t->o, e);
    }
    return b->n > 1 ? one_by_one(b, e)
                    : note(b, "failed", str_dup(t->w->a, str_c(why.text)), e);
}

/* A few who wait. 1: there may be more, 0: that was all, -1. */
static int some(struct trip *t, struct err *e)
{
    struct openway *w = t->w;
    struct opening_member *rows;
    size_t n, kept = 0;
    arena_reset(w->one);
    if (opening_waiting(w->job->db, w->one, w->course.tenant_id, t->o->opening_id,
                        t->after, BATCH_N, &rows, &n, e) < 0)
        return -1;
    struct batch b = {.t = t, .who = rows, .users = ARENA_ARRAY(w->one, struct str, n)};
    for (size_t i = 0; i < n; i++) {
        t->after = rows[i].person_id;
        struct str user = openway_user(w, &rows[i]);
        w->waiting += user.n == 0; /* the next roster tells it */
        if (user.n == 0)
            continue;
        b.users[kept] = user;
        rows[kept++] = rows[i];
    }
    b.n = kept;
    if (kept > 0 && send(&b, e) != 0)
        return -1;
    return n == BATCH_N && !t->over;
}

/* Is there anybody, before the LMS is asked for anything? */
static int anybody(struct openway *w, const struct opening *o, struct err *e)
{
    struct opening_member *rows;
    size_t n;
    arena_reset(w->one);
    if (opening_waiting(w->job->db, w->one, w->course.tenant_id, o->opening_id, 0, 1,
                        &rows, &n, e) < 0)
        return -1;
    return n > 0;
}

/* The group or override itself: made as soon as somebody switched it on, so that a
 * teacher can choose it over there. 1 go on, 0 not now, -1. */
static int make(struct trip *t, struct err *e)
{
    struct openway *w = t->w;
    const struct lms_ops *ops = w->access.lms.ops;
    struct str key = STR_EMPTY;
    struct err why = {0};
    if (ops->opening_make == NULL || ops->opening_add == NULL ||
        ops->opening_read == NULL) {
        err_set(&why, ERR_DENIED, "this learning site cannot be opened that way");
        return openway_ill(w, t->o, &why, e);
    }
    t->there = openway_lms(w, t->o, w->a);
    if (t->there.key.n > 0)
        return 1;
    if (ops->opening_make(&w->access.lms, w->access.course, &t->there, &key, w->one,
                          &why) != 0) {
        if (openway_is_ours(why.code)) {
            *e = why;
            return -1;
        }
        return openway_ill(w, t->o, &why, e);
    }
    t->there.key = str_dup(w->a, key);
    return opening_made(w->job->db, w->course.tenant_id, t->o->opening_id, t->there.key,
                        env_now_ms(w->job->env), e) != 0
               ? -1
               : 1;
}

static int by_api(struct openway *w, const struct opening *o, struct err *e)
{
    struct trip t = {.w = w, .o = o};
    int any = o->lms_key.n == 0 ? 1 : anybody(w, o, e);
    if (any <= 0)
        return any;
    int open = openway_access(w, e);
    if (open == 0)
        return openway_ill(w, o, &w->why, e);
    int more = open < 0 ? -1 : make(&t, e);
    if (more <= 0)
        return more;
    while (more == 1)
        more = some(&t, e);
    if (more < 0 || t.over)
        return more;
    return opening_well(w->job->db, w->course.tenant_id, o->opening_id, 0, e);
}

/* The score opens; that the LMS took it is the receipt. */
static int by_score(struct openway *w, const struct opening *o, struct err *e)
{
    struct str column = openway_column(w, o);
    if (column.n == 0)
        return 0;
    int64_t n =
        opening_scored(w->job->db, w->course.tenant_id, o->opening_id, column, o->percent,
                       STR("the score is in the grade book"), env_now_ms(w->job->env), e);
    w->done += n > 0 ? n : 0;
    return n < 0 ? -1
                 : opening_well(w->job->db, w->course.tenant_id, o->opening_id, 0, e);
}

static int each(struct openway *w, struct err *e)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct opening *o = &w->rows[i];
        if ((str_is(o->way, "score") ? by_score(w, o, e) : by_api(w, o, e)) != 0)
            return -1;
    }
    return 0;
}

int open_course_job(struct job_ctx *c, struct err *e)
{
    struct openway w;
    int rc = openway_begin(&w, c, false, e);
    if (rc == 1)
        rc = each(&w, e);
    return openway_end(&w, rc, e);
}

int open_tick_job(struct job_ctx *c, struct err *e)
{
    struct opening_course *rows;
    size_t n;
    if (opening_courses(c->db, c->arena, true, env_now_ms(c->env), &rows, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct learn l = {.db = c->db,
                          .env = c->env,
                          .a = c->arena,
                          .tenant_id = rows[i].tenant_id,
                          .course_id = rows[i].course_id};
        if (openings_ask(&l, e) != 0)
            return -1;
    }
    return 0;
}
