#include "sync/deliver.h"

#include "base/log.h"
#include "service/ags.h"
#include "store/lineitem.h"
#include "store/override.h"

/* Only for a process that lost its job and does not know it yet: it notices within a
 * second of waiting (http_on_wait). */
#define HOLD_MS INT64_C(15000)
#define FIRST_WAIT_MS INT64_C(30000)
#define LAST_WAIT_MS INT64_C(7200000)
#define FIRST_PAUSE_MS INT64_C(5000)
#define LAST_PAUSE_MS INT64_C(900000)
#define DENIED_WAIT_MS INT64_C(3600000)
#define GIVE_UP_MS (INT64_C(48) * 3600000) /* AGS-8 */
#define CONFLICTS 4 /* turns that may end with "you are too early" */
#define ROOM_MIN 20 /* of Canvas's bucket: then a second of rest */
#define ROOM_REST_MS 1000
#define STEP_MS 1000 /* between two timestamps (AGS-7) */

/* One score on its way. */
struct trip {
    struct deliver *d;
    const struct outbox_row *row;
    struct arena *a;
    int64_t at_ms; /* the timestamp it goes with */
};

static int64_t now_of(const struct trip *t)
{
    return env_now_ms(t->d->job->env);
}

static int end(struct trip *t, const char *state, struct str why, int64_t next_ms,
               bool certain, struct err *e)
{
    struct outbox_end x = {state, why, next_ms, certain};
    return outbox_end(t->d->job->db, t->d->course->tenant_id, t->row, &x, now_of(t), e);
}

static int never(struct trip *t, struct str why, struct err *e)
{
    return end(t, "failed", why, now_of(t), true, e);
}

static bool equal(const struct outbox_mark *x, const struct outbox_mark *y)
{
    return x->has && y->has && x->given == y->given && x->maximum == y->maximum;
}

static int64_t max_of(int64_t x, int64_t y)
{
    return x > y ? x : y;
}

/* Is there a try whose answer nobody knows? */
static bool is_tried(const struct trip *t)
{
    return t->row->tried_ms > t->row->last_ms;
}

/* When the score changed, not when it is sent, and not in the future; a second behind
 * what the platform has or may have. What was sent before and not answered goes once more
 * as it was, so that a platform that has it knows it again. */
static int64_t stamp(const struct trip *t)
{
    const struct outbox_row *row = t->row;
    int64_t now = now_of(t), at = row->at_ms < now ? row->at_ms : now;
    if (row->last_ms > 0)
        at = max_of(at, row->last_ms + STEP_MS);
    if (!is_tried(t))
        return at;
    return equal(&row->score, &row->tried) ? row->tried_ms
                                           : max_of(at, row->tried_ms + STEP_MS);
}

/* --- later ------------------------------------------------------------------- */

static int64_t jittered(struct trip *t, int64_t wait)
{
    uint32_t r;
    env_random(t->d->job->env, &r, sizeof r);
    return wait + wait * ((int64_t)(r % 512) - 256) / 1024;
}

static int64_t grown(int64_t wait, int64_t times, int64_t most)
{
    for (int64_t i = 0; i < times && wait < most; i++)
        wait *= 2;
    return wait < most ? wait : most;
}

/* Nothing more to this host for a while: 5 s, 10 s ... 15 min, give or take a quarter, or
 * what Retry-After says. */
static int rest(struct trip *t, int64_t retry_s, struct err *e)
{
    struct deliver *d = t->d;
    int64_t wait = jittered(t, grown(FIRST_PAUSE_MS, d->strikes, LAST_PAUSE_MS));
    if (retry_s >= 0)
        wait = max_of(retry_s * 1000, ROOM_REST_MS);
    d->strikes++;
    d->pause_until = now_of(t) + wait;
    struct outbox_pause p = {d->pause_until, d->strikes};
    return outbox_pause_put(d->job->db, d->platform->registration_id, d->host, &p, e);
}

/* 30 s, 1 min, 2 min ... 2 h, give or take a quarter, up to two days. */
static int later(struct trip *t, int64_t retry_s, int64_t wait, bool certain,
                 const struct err *why, struct err *e)
{
    int64_t now = now_of(t);
    if (now - t->row->created_ms >= GIVE_UP_MS)
        return end(t, "expired", str_fmt(t->a, "given up after two days: %s", why->text),
                   now, false, e);
    wait = max_of(wait, retry_s * 1000);
    return end(t, "pending", str_c(why->text), max_of(now + wait, t->d->pause_until),
               certain, e);
}

/* --- what the grade book holds ----------------------------------------------- */

enum seen {
    SEEN_NOTHING, /* no result, or what was there before ours: it did not arrive */
    SEEN_THIS,    /* this score */
    SEEN_TRIED,   /* the one tried before */
    SEEN_EDITED,  /* a grade that is not ours */
    SEEN_UNKNOWN, /* we may not look, or could not */
    SEEN_FAILED   /* the platform has no time now; *e says so */
};

/* `newer`: the platform says that it has something younger than what it took from us. */
static enum seen judge(const struct trip *t, const struct ags_result *r, bool newer)
{
    const struct outbox_row *row = t->row;
    if (is_tried(t) && row->tried.has &&
        ags_same(r, row->tried.given, row->tried.maximum))
        return equal(&row->tried, &row->score) ? SEEN_THIS : SEEN_TRIED;
    if (ags_same(r, row->score.given, row->score.maximum) && (newer || r->has_score))
        return SEEN_THIS;
    if (row->last.has && ags_same(r, row->last.given, row->last.maximum))
        return SEEN_NOTHING;
    if (row->last.has)
        return SEEN_EDITED;
    return newer && r->has_score ? SEEN_EDITED : SEEN_NOTHING;
}

static enum seen look(struct trip *t, bool newer, struct ags_result *r, struct err *e)
{
    const struct deliver *d = t->d;
    struct err own = {0};
    if (!ags_offers(d->course->ags_scopes, SCOPE_RESULT_RO))
        return SEEN_UNKNOWN;
    int found = ags_result_of(&d->app->svc, d->platform, t->row->target, t->row->sub, r,
                              t->a, &own);
    if (found < 0 && (own.code == ERR_UNAVAILABLE || own.code == ERR_BUSY)) {
        *e = own;
        return SEEN_FAILED;
    }
    if (found < 0)
        return SEEN_UNKNOWN;
    return found == 0 ? SEEN_NOTHING : judge(t, r, newer);
}

/* It is theirs, until a teacher lets us write. */
static int leave(struct trip *t, const struct ags_result *r, struct err *e)
{
    const struct outbox_row *row = t->row;
    const struct outbox_mark *ours = row->last.has ? &row->last : &row->score;
    struct override o = {.person_id = row->person_id,
                         .course_id = t->d->course->id,
                         .target = row->target,
                         .ours = ours->given * r->maximum / ours->maximum,
                         .has_theirs = r->has_score,
                         .theirs = r->score,
                         .maximum = r->maximum,
                         .seen_ms = now_of(t)};
    if (override_put(t->d->job->db, t->d->course->tenant_id, &o, e) != 0)
        return -1;
    return end(t, "held", STR("the grade was edited in the LMS; it stands"), now_of(t),
               true, e);
}

static bool may_undo(const struct trip *t, const struct ags_result *r)
{
    const struct outbox_row *row = t->row;
    if (!row->allowed || r->has_score != row->theirs.has)
        return false;
    return !r->has_score || ags_same(r, row->theirs.given, row->theirs.maximum);
}

/* --- sending ----------------------------------------------------------------- */

static int arrived(struct trip *t, struct str receipt, struct err *e)
{
    t->d->sent++;
    return outbox_sent(t->d->job->db, t->d->course->tenant_id, t->row, t->at_ms, receipt,
                       now_of(t), e);
}

static int post(struct trip *t, struct ags_receipt *r, struct err *why)
{
    const struct outbox_row *row = t->row;
    struct ags_score score = {
        .user_id = row->sub,
        .has_score = true,
        .given = row->score.given,
        .maximum = row->score.maximum,
        .at_ms = t->at_ms,
        .activity = row->score.given >= row->score.maximum ? "Completed" : "InProgress",
        .grading = "FullyGraded",
        .canvas = t->d->canvas,
        .undo = row->allowed,
    };
    return ags_score_post(&t->d->app->svc, t->d->platform, row->target, &score, r, t->a,
                          why);
}

static int sent(struct trip *t, const struct ags_receipt *r, struct err *e)
{
    struct deliver *d = t->d;
    if (d->strikes > 0 &&
        outbox_pause_end(d->job->db, d->platform->registration_id, d->host, e) != 0)
        return -1;
    d->strikes = 0;
    if (r->room >= 0 && r->room < ROOM_MIN) {
        struct outbox_pause p = {d->pause_until = now_of(t) + ROOM_REST_MS, 0};
        if (outbox_pause_put(d->job->db, d->platform->registration_id, d->host, &p, e) !=
            0)
            return -1;
    }
    return arrived(t, str_fmt(t->a, "accepted with status %d", r->status), e);
}

/* Is the column itself gone? Whoever may not look takes the answer for this person's. */
static bool column_is_gone(struct trip *t)
{
    const struct deliver *d = t->d;
    const struct svc *svc = &d->app->svc;
    struct str scopes = d->course->ags_scopes;
    struct ags_result r;
    struct ags_item item;
    struct err own = {0};
    if (ags_offers(scopes, SCOPE_LINEITEM))
        ags_item_get(svc, d->platform, SCOPE_LINEITEM, t->row->target, &item, t->a, &own);
    else if (ags_offers(scopes, SCOPE_LINEITEM_RO))
        ags_item_get(svc, d->platform, SCOPE_LINEITEM_RO, t->row->target, &item, t->a,
                     &own);
    else if (ags_offers(scopes, SCOPE_RESULT_RO))
        ags_result_of(svc, d->platform, t->row->target, t->row->sub, &r, t->a, &own);
    return own.code == ERR_NOTFOUND;
}

/* A column that is gone is made again by the next reading. */
static int not_there(struct trip *t, const struct err *why, const struct ags_receipt *r,
                     struct err *e)
{
    const struct deliver *d = t->d;
    bool gone = column_is_gone(t);
    if (never(t, str_fmt(t->a, "%s %.*s", why->text, STR_ARG(r->answer)), e) != 0)
        return -1;
    return gone ? lineitem_gone(d->job->db, d->course->tenant_id, d->course->id,
                                t->row->target, now_of(t), e)
                : 0;
}

static int not_sent(struct trip *t, const struct ags_receipt *r, const struct err *why,
                    struct err *e)
{
    bool busy = r->status == 0 || why->code == ERR_UNAVAILABLE;
    if (why->code == ERR_BUSY && job_beat(t->d->job, t->d->sent, 0, STR(""), e) != 0)
        return -1; /* the worker ends; what was tried is written down */
    log_err(LOG_WARN, "publish.refused", why);
    if (busy) {
        bool told =
            r->status == 429 || r->status == 403; /* "not now": it was not taken */
        int64_t wait = grown(FIRST_WAIT_MS, t->row->attempts, LAST_WAIT_MS);
        if (rest(t, r->retry_s, e) != 0)
            return -1;
        /* "not now" says nothing of a try before this one */
        return later(t, r->retry_s, told ? 0 : jittered(t, wait), told && !is_tried(t),
                     why, e);
    }
    if (why->code == ERR_DENIED) { /* an administrator may mend it */
        t->d->course_over = true;
        return later(t, r->retry_s, DENIED_WAIT_MS, true, why, e);
    }
    if (why->code == ERR_NOTFOUND)
        return not_there(t, why, r, e);
    return never(t, str_fmt(t->a, "%s %.*s", why->text, STR_ARG(r->answer)), e);
}

/* Once more with a younger timestamp; what is refused again is somebody's own grade. */
static int once_more(struct trip *t, struct err *e)
{
    struct ags_receipt r;
    struct err why = {0};
    int64_t now = now_of(t), tenant = t->d->course->tenant_id;
    if (now <
        t->at_ms + STEP_MS) { /* not in the future: a moment later, as another try */
        if (t->row->attempts >= CONFLICTS)
            return never(t, STR("the grade was edited in the LMS; it stands"), e);
        if (outbox_arrived(t->d->job->db, tenant, t->row, t->at_ms, &t->row->last, now,
                           e) != 0)
            return -1;
        return end(t, "pending", STR("the LMS has a younger time"), t->at_ms + STEP_MS,
                   true, e);
    }
    t->at_ms = now;
    if (post(t, &r, &why) == 0)
        return sent(t, &r, e);
    if (why.code == ERR_CONFLICT)
        return never(t, STR("the grade was edited in the LMS; it stands"), e);
    return not_sent(t, &r, &why, e);
}

/* AGS-7: look first; what is there decides. */
static int conflict(struct trip *t, struct err *e)
{
    struct ags_result r = {0};
    struct err why = {0};
    switch (look(t, true, &r, &why)) {
    case SEEN_THIS:
        return arrived(t, STR("it is in the grade book"), e);
    case SEEN_EDITED:
        return may_undo(t, &r) ? once_more(t, e) : leave(t, &r, e);
    case SEEN_FAILED:
        return not_sent(t, &(struct ags_receipt){.retry_s = -1}, &why, e);
    case SEEN_UNKNOWN: /* the very same was sent before: it has that, or a younger one */
        if (is_tried(t) && t->at_ms == t->row->tried_ms)
            return arrived(t, STR("the LMS has it, or something younger"), e);
        break;
    case SEEN_NOTHING:
    case SEEN_TRIED:
        break;
    }
    return once_more(t, e);
}

static int send(struct trip *t, struct err *e)
{
    struct ags_receipt r;
    struct err why = {0};
    int64_t now = now_of(t);
    int taken = outbox_take(t->d->job->db, t->d->course->tenant_id, t->row, t->at_ms, now,
                            now + HOLD_MS, e);
    if (taken != 1)
        return taken;
    if (post(t, &r, &why) == 0)
        return sent(t, &r, e);
    if (why.code == ERR_CONFLICT)
        return conflict(t, e);
    return not_sent(t, &r, &why, e);
}

/* An earlier try has no answer: did it arrive? 1: send, 0: done, -1. */
static int ask_first(struct trip *t, struct outbox_row *known, struct err *e)
{
    struct ags_result r = {0};
    struct err why = {0};
    enum seen s = look(t, false, &r, &why);
    if (s == SEEN_FAILED)
        return not_sent(t, &(struct ags_receipt){.retry_s = -1}, &why, e);
    if (s == SEEN_EDITED && !may_undo(t, &r))
        return leave(t, &r, e);
    if (s == SEEN_THIS && equal(&known->tried, &known->score))
        return arrived(t, STR("it is in the grade book"), e);
    if (s != SEEN_TRIED)
        return 1;
    known->last_ms = known->tried_ms;
    known->last = known->tried;
    return outbox_arrived(t->d->job->db, t->d->course->tenant_id, known, known->last_ms,
                          &known->last, now_of(t), e) != 0
               ? -1
               : 1;
}

int deliver_score(struct deliver *d, const struct outbox_row *row, struct arena *a,
                  struct err *e)
{
    struct outbox_row known = *row;
    struct trip t = {.d = d, .row = &known, .a = a};
    if (!row->readable)
        return never(&t, STR("the score cannot be read"), e);
    if (!row->gradable) /* AGS-9 */
        return never(&t, STR("not an active student of the course any more"), e);
    if (row->stands)
        return end(&t, "held", STR("the grade was edited in the LMS; it stands"),
                   now_of(&t), true, e);
    t.at_ms = stamp(&t);
    if (is_tried(&t)) {
        int go = ask_first(&t, &known, e);
        if (go != 1)
            return go;
        t.at_ms = stamp(&t);
    }
    if (t.at_ms > now_of(&t))
        return end(&t, "pending", STR("its time has not come"), t.at_ms, false, e);
    return send(&t, e);
}
