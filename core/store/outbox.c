#include "store/outbox.h"

#include "base/js.h"
#include "base/vec.h"
#include "store/stmt.h"

#define PAYLOAD_N 1024

/* The payload is our own text; one that cannot be read is never sent. */
static void read_payload(struct arena *a, struct str text, struct outbox_row *row)
{
    struct js *v = js_parse(a, text, PAYLOAD_N, 4, NULL);
    struct outbox_mark *m = &row->score;
    m->has = js_num(js_get(v, "scoreGiven"), &m->given);
    row->readable = m->has && js_num(js_get(v, "scoreMaximum"), &m->maximum) &&
                    m->maximum > 0 && js_i64(js_get(v, "at_ms"), &row->at_ms);
}

static struct outbox_mark mark_of(struct db_rows *r, int col)
{
    if (db_null(r, col) || db_null(r, col + 1))
        return (struct outbox_mark){0};
    return (struct outbox_mark){true, db_f64(r, col), db_f64(r, col + 1)};
}

static void read_due(struct db_rows *r, struct arena *a, struct outbox_row *row)
{
    *row = (struct outbox_row){
        .outbox_id = db_i64(r, 0),
        .person_id = db_i64(r, 1),
        .target = str_dup(a, db_text(r, 2)),
        .sub = str_dup(a, db_text(r, 3)),
        .gradable = db_i64(r, 4) == 1,
        .attempts = db_i64(r, 6),
        .created_ms = db_i64(r, 7),
        .last_ms = db_i64(r, 8),
        .last = mark_of(r, 9),
        .tried_ms = db_i64(r, 11),
        .tried = mark_of(r, 12),
        .stands = !db_null(r, 14) && db_i64(r, 14) == 0,
        .allowed = !db_null(r, 14) && db_i64(r, 14) != 0,
        .theirs = mark_of(r, 15),
    };
    read_payload(a, db_text(r, 5), row);
}

int outbox_due(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               int64_t now_ms, int64_t limit, struct outbox_row **rows, size_t *n,
               struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct outbox_row));
    struct db_rows *r = db_ask(db, S_OUTBOX_DUE, e, DB_I(tenant_id), DB_I(course_id),
                               DB_I(now_ms), DB_I(limit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        read_due(r, a, vec_push(&v));
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

/* --- one score --------------------------------------------------------------- */

struct turn {
    int64_t tenant_id;
    const struct outbox_row *row;
    int64_t at_ms; /* its timestamp */
    int64_t now_ms;
    int64_t until_ms;
    const struct outbox_mark *score;
    struct str receipt;
    const struct outbox_end *end;
    bool taken;
};

static int set_state(struct db *db, const struct turn *t, const char *state,
                     struct str receipt, int64_t next_ms, struct err *e)
{
    return db_do(db, S_OUTBOX_STATE, e, DB_I(t->tenant_id), DB_I(t->row->outbox_id),
                 DB_T(str_c(state)), DB_T(receipt), DB_I(next_ms), DB_I(t->now_ms)) < 0
               ? -1
               : 0;
}

/* Another score of this person is in hand: come again when its time is over. */
static int wait_for_other(struct db *db, const struct turn *t, struct err *e)
{
    struct db_rows *r = db_ask(db, S_CLOCK_BUSY, e, DB_I(t->tenant_id),
                               DB_T(t->row->target), DB_I(t->row->person_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    int64_t until = found == 1 ? db_i64(r, 0) : t->now_ms;
    db_end(r);
    return found < 0 ? -1
                     : set_state(db, t, "pending", STR("another one is on its way"),
                                 until > t->now_ms ? until : t->now_ms + 1000, e);
}

static int take_tx(struct db *db, void *ctx, struct err *e)
{
    struct turn *t = ctx;
    const struct outbox_row *row = t->row;
    t->taken = false;
    int64_t n = db_do(db, S_OUTBOX_TAKE, e, DB_I(t->tenant_id), DB_I(row->outbox_id),
                      DB_I(row->attempts), DB_I(t->now_ms));
    if (n <= 0)
        return (int)n;
    n = db_do(db, S_CLOCK_TAKE, e, DB_I(t->tenant_id), DB_T(row->target),
              DB_I(row->person_id), DB_I(t->at_ms), DB_F(row->score.given),
              DB_F(row->score.maximum), DB_I(t->until_ms), DB_I(t->now_ms));
    if (n < 0)
        return -1;
    t->taken = n == 1;
    return t->taken ? 0 : wait_for_other(db, t, e);
}

int outbox_take(struct db *db, int64_t tenant_id, const struct outbox_row *row,
                int64_t sent_ms, int64_t now_ms, int64_t until_ms, struct err *e)
{
    struct turn t = {.tenant_id = tenant_id,
                     .row = row,
                     .at_ms = sent_ms,
                     .now_ms = now_ms,
                     .until_ms = until_ms};
    return db_tx(db, DB_CLAIM, take_tx, &t, e) != 0 ? -1 : t.taken;
}

static int sent_tx(struct db *db, void *ctx, struct err *e)
{
    const struct turn *t = ctx;
    const struct outbox_row *row = t->row;
    if (db_do(db, S_CLOCK_SENT, e, DB_I(t->tenant_id), DB_T(row->target),
              DB_I(row->person_id), DB_I(t->at_ms), DB_F(t->score->given),
              DB_F(t->score->maximum), DB_I(t->now_ms)) < 0 ||
        db_do(db, S_OVERRIDE_END, e, DB_I(t->tenant_id), DB_T(row->target),
              DB_I(row->person_id)) < 0)
        return -1;
    return t->receipt.n == 0 ? 0 : set_state(db, t, "sent", t->receipt, t->now_ms, e);
}

int outbox_sent(struct db *db, int64_t tenant_id, const struct outbox_row *row,
                int64_t accepted_ms, struct str receipt, int64_t now_ms, struct err *e)
{
    struct turn t = {.tenant_id = tenant_id,
                     .row = row,
                     .at_ms = accepted_ms,
                     .now_ms = now_ms,
                     .score = &row->score,
                     .receipt = receipt};
    return db_tx(db, DB_WRITE, sent_tx, &t, e);
}

int outbox_arrived(struct db *db, int64_t tenant_id, const struct outbox_row *row,
                   int64_t accepted_ms, const struct outbox_mark *score, int64_t now_ms,
                   struct err *e)
{
    return db_do(db, S_CLOCK_SENT, e, DB_I(tenant_id), DB_T(row->target),
                 DB_I(row->person_id), DB_I(accepted_ms),
                 score->has ? DB_F(score->given) : DB_N,
                 score->has ? DB_F(score->maximum) : DB_N, DB_I(now_ms)) < 0
               ? -1
               : 0;
}

static int end_tx(struct db *db, void *ctx, struct err *e)
{
    const struct turn *t = ctx;
    if (db_do(db, S_CLOCK_FREE, e, DB_I(t->tenant_id), DB_T(t->row->target),
              DB_I(t->row->person_id), DB_I(t->end->certain)) < 0)
        return -1;
    return set_state(db, t, t->end->state, t->end->why, t->end->next_ms, e);
}

int outbox_end(struct db *db, int64_t tenant_id, const struct outbox_row *row,
               const struct outbox_end *end, int64_t now_ms, struct err *e)
{
    struct turn t = {.tenant_id = tenant_id, .row = row, .now_ms = now_ms, .end = end};
    return db_tx(db, DB_WRITE, end_tx, &t, e);
}

/* --- what waits -------------------------------------------------------------- */

/* The number that a statement finds; 0 when it finds none, -1 on error. */
static int64_t number(struct db *db, int id, const struct db_arg *args, size_t n,
                      struct err *e)
{
    struct db_rows *r = db_query(db, id, args, n, e);
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    int64_t value = more == 1 ? db_i64(r, 0) : more;
    db_end(r);
    return value;
}

int64_t outbox_next(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    struct db_arg args[] = {DB_I(tenant_id), DB_I(course_id)};
    return number(db, S_OUTBOX_NEXT, args, 2, e);
}

int64_t outbox_waiting(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    struct db_arg args[] = {DB_I(tenant_id), DB_I(course_id)};
    return number(db, S_OUTBOX_WAITING, args, 2, e);
}

int64_t outbox_course_after(struct db *db, int64_t tenant_id, int64_t after_id,
                            int64_t now_ms, struct err *e)
{
    struct db_arg args[] = {DB_I(tenant_id), DB_I(after_id), DB_I(now_ms)};
    return number(db, S_OUTBOX_COURSE_AFTER, args, 3, e);
}

int outbox_tenants(struct db *db, struct arena *a, int64_t now_ms, int64_t **tenants,
                   size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(int64_t));
    struct db_rows *r = db_ask(db, S_OUTBOX_TENANTS, e, DB_I(now_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(int64_t *)vec_push(&v) = db_i64(r, 0);
    db_end(r);
    *tenants = v.p;
    *n = v.n;
    return more;
}

int outbox_refused(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   int64_t since_ms, int64_t limit, struct outbox_refusal **rows,
                   size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct outbox_refusal));
    struct db_rows *r = db_ask(db, S_OUTBOX_REFUSED, e, DB_I(tenant_id), DB_I(course_id),
                               DB_I(since_ms), DB_I(limit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct outbox_refusal *)vec_push(&v) =
            (struct outbox_refusal){.person_id = db_i64(r, 0),
                                    .name_sealed = str_dup(a, db_text(r, 1)),
                                    .target = str_dup(a, db_text(r, 2)),
                                    .why = str_dup(a, db_text(r, 3)),
                                    .at_ms = db_i64(r, 4)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

struct again {
    int64_t tenant_id, course_id, person_id, now_ms;
};

static int revive_tx(struct db *db, void *ctx, struct err *e)
{
    const struct again *x = ctx;
    const struct db_arg key[] = {DB_I(x->tenant_id), DB_I(x->course_id), DB_I(x->now_ms)};
    return db_exec(db, S_EXPIRED_AGAIN, key, 2, e) < 0 ||
                   db_exec(db, S_EXPIRED_GATE_AGAIN, key, 2, e) < 0 ||
                   db_exec(db, S_EXPIRED_OVER, key, 3, e) < 0
               ? -1
               : 0;
}

int outbox_revive(struct db *db, int64_t tenant_id, int64_t course_id, int64_t now_ms,
                  struct err *e)
{
    struct again x = {tenant_id, course_id, 0, now_ms};
    return db_tx(db, DB_WRITE, revive_tx, &x, e);
}

static int again_tx(struct db *db, void *ctx, struct err *e)
{
    const struct again *x = ctx;
    const struct db_arg key[] = {DB_I(x->tenant_id), DB_I(x->course_id),
                                 DB_I(x->person_id), DB_I(x->now_ms)};
    return db_exec(db, S_SCORE_AGAIN, key, 3, e) < 0 ||
                   db_exec(db, S_GATE_SCORE_AGAIN, key, 3, e) < 0 ||
                   db_exec(db, S_REFUSED_OVER, key, 4, e) < 0
               ? -1
               : 0;
}

int outbox_again(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                 int64_t now_ms, struct err *e)
{
    struct again x = {tenant_id, course_id, person_id, now_ms};
    return db_in_tx(db) ? again_tx(db, &x, e) : db_tx(db, DB_WRITE, again_tx, &x, e);
}

/* --- pauses ------------------------------------------------------------------ */

int outbox_pause_get(struct db *db, int64_t registration_id, struct str host,
                     struct outbox_pause *out, struct err *e)
{
    *out = (struct outbox_pause){0};
    struct db_rows *r = db_ask(db, S_PAUSE_GET, e, DB_I(registration_id), DB_T(host));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    if (more == 1)
        *out = (struct outbox_pause){db_i64(r, 0), db_i64(r, 1)};
    db_end(r);
    return more < 0 ? -1 : 0;
}

int outbox_pause_put(struct db *db, int64_t registration_id, struct str host,
                     const struct outbox_pause *in, struct err *e)
{
    return db_do(db, S_PAUSE_PUT, e, DB_I(registration_id), DB_T(host),
                 DB_I(in->until_ms), DB_I(in->strikes)) < 0
               ? -1
               : 0;
}

int outbox_pause_end(struct db *db, int64_t registration_id, struct str host,
                     struct err *e)
{
    return db_do(db, S_PAUSE_END, e, DB_I(registration_id), DB_T(host)) < 0 ? -1 : 0;
}
