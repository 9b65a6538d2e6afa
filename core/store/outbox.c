#include "store/outbox.h"

#include "base/js.h"
#include "base/vec.h"
#include "store/stmt.h"

#define PAYLOAD_N 1024

/* The payload is our own text; one that cannot be read is never sent. */
static void read_payload(struct arena *a, struct str text, struct outbox_row *row)
{
    struct js *v = js_parse(a, text, PAYLOAD_N, 4, NULL);
    if (!js_num(js_get(v, "scoreGiven"), &row->given) ||
        !js_num(js_get(v, "scoreMaximum"), &row->maximum) || !(row->maximum > 0) ||
        !js_i64(js_get(v, "at_ms"), &row->at_ms))
        row->gradable = false;
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
    while ((more = db_next(r, e)) == 1) {
        struct outbox_row *row = vec_push(&v);
        *row = (struct outbox_row){
            .outbox_id = db_i64(r, 0),
            .person_id = db_i64(r, 1),
            .target = str_dup(a, db_text(r, 2)),
            .sub = str_dup(a, db_text(r, 3)),
            .gradable = db_i64(r, 4) == 1,
            .attempts = db_i64(r, 6),
            .last_ms = db_i64(r, 7),
        };
        read_payload(a, db_text(r, 5), row);
    }
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

static int set_state(struct db *db, int64_t tenant_id, int64_t outbox_id,
                     const char *state, struct str receipt, int64_t next_ms,
                     int64_t now_ms, struct err *e)
{
    return db_do(db, S_OUTBOX_STATE, e, DB_I(tenant_id), DB_I(outbox_id),
                 DB_T(str_c(state)), DB_T(receipt), DB_I(next_ms), DB_I(now_ms)) < 0
               ? -1
               : 0;
}

struct sent {
    int64_t tenant_id;
    int64_t outbox_id;
    int64_t accepted_ms;
    struct str receipt;
    int64_t now_ms;
};

static int note_sent(struct db *db, void *ctx, struct err *e)
{
    const struct sent *s = ctx;
    if (db_do(db, S_OUTBOX_CLOCK, e, DB_I(s->tenant_id), DB_I(s->outbox_id),
              DB_I(s->accepted_ms)) < 0)
        return -1;
    return set_state(db, s->tenant_id, s->outbox_id, "sent", s->receipt, s->now_ms,
                     s->now_ms, e);
}

int outbox_sent(struct db *db, int64_t tenant_id, int64_t outbox_id, int64_t accepted_ms,
                struct str receipt, int64_t now_ms, struct err *e)
{
    struct sent s = {tenant_id, outbox_id, accepted_ms, receipt, now_ms};
    return db_tx(db, DB_WRITE, note_sent, &s, e);
}

int outbox_later(struct db *db, int64_t tenant_id, int64_t outbox_id, int64_t next_ms,
                 struct str why, int64_t now_ms, struct err *e)
{
    return set_state(db, tenant_id, outbox_id, "pending", why, next_ms, now_ms, e);
}

int outbox_failed(struct db *db, int64_t tenant_id, int64_t outbox_id, struct str why,
                  int64_t now_ms, struct err *e)
{
    return set_state(db, tenant_id, outbox_id, "failed", why, now_ms, now_ms, e);
}

int64_t outbox_next(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    struct db_rows *r = db_ask(db, S_OUTBOX_NEXT, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    int64_t next = more == 1 ? db_i64(r, 0) : more;
    db_end(r);
    return next;
}

int outbox_courses(struct db *db, struct arena *a, int64_t now_ms,
                   struct outbox_course **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct outbox_course));
    struct db_rows *r = db_ask(db, S_OUTBOX_COURSES, e, DB_I(now_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct outbox_course *)vec_push(&v) =
            (struct outbox_course){db_i64(r, 0), db_i64(r, 1)};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int outbox_item_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                    struct str purpose, struct outbox_item *out, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_LINE_ITEM_GET, e, DB_I(tenant_id), DB_I(course_id), DB_T(purpose));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    if (more == 1)
        *out = (struct outbox_item){str_dup(a, db_text(r, 0)), db_f64(r, 1)};
    db_end(r);
    return more;
}

int outbox_item_put(struct db *db, int64_t tenant_id, int64_t course_id,
                    struct str purpose, const struct outbox_item *in, int64_t now_ms,
                    struct err *e)
{
    return db_do(db, S_LINE_ITEM_PUT, e, DB_I(tenant_id), DB_I(course_id), DB_T(purpose),
                 DB_T(in->url), DB_F(in->maximum), DB_I(now_ms)) < 0
               ? -1
               : 0;
}

int outbox_item_fresh(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    return db_do(db, S_OUTBOX_UNPOSTED, e, DB_I(tenant_id), DB_I(course_id)) < 0 ? -1 : 0;
}

int outbox_item_drop(struct db *db, int64_t tenant_id, int64_t course_id,
                     struct str purpose, struct err *e)
{
    return db_do(db, S_LINE_ITEM_DROP, e, DB_I(tenant_id), DB_I(course_id),
                 DB_T(purpose)) < 0
               ? -1
               : 0;
}
