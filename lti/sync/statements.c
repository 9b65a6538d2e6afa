#include "sync/statements.h"

#include "base/log.h"
#include "base/map.h"
#include "learn/intake.h"
#include "msg/caliper_record.h"
#include "msg/xapi.h"
#include "msg/xapi_record.h"
#include "store/source.h"
#include "store/statement.h"
#include "sync/place.h"

#define LOT 4000 /* records whose evidence goes in at once: a person is one transaction */
#define CHUNK 100 /* of them read at once */
#define LOT_N ((size_t)224 << 20)
#define AGAIN_MS 2000 /* longer than sender.c's SOON_MS, see there */
#define HOUR_MS INT64_C(3600000)
#define REASON_MAX 120

static const char *const sources[] = {"xapi", "caliper"};

struct taking {
    struct job_ctx *c;
    struct sync_app *app;
    struct arena *lot;
    struct arena *chunk; /* documents */
    struct place_set *places;
    struct map *keys; /* key id -> struct receiver */
    int64_t run_ms;
    int64_t looked;
    int64_t after;    /* the last one looked at in this round */
    bool left, moved; /* in it: some stay new; something became of some */

    /* One chunk. */
    struct statement *rows;
    size_t rows_n;

    /* One lot. */
    struct statement_fate *fates; /* LOT of them; the chunk's begin at `from` */
    size_t n;
    size_t from;
    struct vec voided; /* struct str: used ones that are withdrawn now */
};

/* --- the senders ------------------------------------------------------------- */

static int note_key(void *ctx, const struct receiver *k)
{
    struct taking *t = ctx;
    struct receiver *kept = ARENA_NEW(t->c->arena, struct receiver);
    *kept = *k;
    map_put(t->keys, k->key_id, kept);
    return 0;
}

/* --- one record -------------------------------------------------------------- */

static void set_fate(struct taking *t, size_t i, const char *state, const char *reason)
{
    t->fates[t->from + i].state = state;
    t->fates[t->from + i].reason = str_head(str_c(reason), REASON_MAX);
}

static bool is_caliper(const struct statement *s)
{
    return str_is(s->kind, "caliper");
}

static struct str source_key(struct arena *a, const struct statement *s)
{
    return str_fmt(a, "%s:%.*s", is_caliper(s) ? "event" : "statement", STR_ARG(s->key));
}

static void read_record(struct taking *t, const struct statement *s, struct record *r)
{
    const struct js *doc =
        js_parse(t->chunk, s->document, XAPI_DOCUMENT_MAX, XAPI_DEPTH + 2, NULL);
    if (is_caliper(s))
        caliper_record_read(t->chunk, doc, r);
    else
        xapi_record_read(t->chunk, doc, r);
    /* A clock that runs ahead tells nothing about tomorrow. */
    if (r->at_ms <= 0 || r->at_ms > s->received_ms)
        r->at_ms = s->received_ms;
}

static enum evidence_kind kind_of(enum record_what what)
{
    static const enum evidence_kind kinds[] = {[RECORD_ANSWER] = EVIDENCE_ANSWER,
                                               [RECORD_ATTEMPT] = EVIDENCE_ATTEMPT,
                                               [RECORD_COMPLETION] = EVIDENCE_COMPLETION,
                                               [RECORD_ACCESS] = EVIDENCE_ACCESS};
    return kinds[what];
}

static struct evidence_in evidence_of(struct taking *t, const struct statement *s,
                                      const struct record *r,
                                      const struct record_thing *thing)
{
    struct arena *a = t->lot;
    struct evidence_in in = {
        .kind = kind_of(r->what),
        .observed_ms = r->at_ms,
        .source_kind = str_c(sources[is_caliper(s)]),
        .source_key = source_key(a, s),
        .actor = str_fmt(a, "receiver:%.*s", STR_ARG(s->key_id)),
    };
    if (r->what == RECORD_ACCESS) { /* one an hour is enough */
        in.observed_ms -= in.observed_ms % HOUR_MS;
        in.source_key = STR("visit");
        return in;
    }
    in.has_score = in.has_maximum = r->has_score;
    in.score = r->score;
    in.maximum = r->maximum;
    if (r->what == RECORD_ANSWER && !thing->is_object)
        in.item = str_dup(a, r->item);
    if (r->what != RECORD_COMPLETION)
        in.attempt =
            r->attempt.n > 0 ? str_dup(a, r->attempt) : record_day(a, r, r->at_ms);
    return in;
}

static void push_row(struct taking *t, struct place *p, const struct evidence_in *in)
{
    if (p->rows.a == NULL)
        vec_init(&p->rows, t->lot, sizeof *in);
    *(struct evidence_in *)vec_push(&p->rows) = *in;
}

/* The row that takes back what a book has of a record. False: it has nothing. */
static bool taken_back(struct arena *a, const struct ledger *book, struct str key,
                       struct evidence_in *out)
{
    size_t n;
    const struct evidence *found = NULL;
    const struct evidence *const *rows = ledger_rows(book, &n);
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i]->source_key, key) && str_is(rows[i]->source_kind, "xapi"))
            found = rows[i];
    if (found == NULL)
        return false;
    *out = (struct evidence_in){.person_id = found->person_id,
                                .activity_id = found->activity_id,
                                .item = str_dup(a, found->item),
                                .attempt = str_dup(a, found->attempt),
                                .kind = found->kind,
                                .observed_ms = found->observed_ms,
                                .source_kind = STR("xapi"),
                                .source_key = key,
                                .actor = str_dup(a, found->actor),
                                .effort = STR(LEDGER_WITHDRAWN)};
    return true;
}

/* A used record that was voided: its evidence is taken back by a row without a value. */
static int withdraw(struct taking *t, struct place *p, int64_t person_id,
                    const struct statement *s, struct err *e)
{
    struct learn *l = &p->l;
    struct ledger *book;
    struct evidence_in in;
    struct arena *scratch = arena_new(LOT_N);
    int rc = ledger_read(l->db, scratch, l->tenant_id, l->course_id, person_id, INT64_MAX,
                         &book, e);
    if (rc == 0 && taken_back(t->lot, book, source_key(t->lot, s), &in))
        push_row(t, p, &in);
    arena_free(scratch);
    return rc;
}

/* Another statement takes this one's target back. */
static int look_at_void(struct taking *t, size_t i, struct err *e)
{
    struct statement target;
    struct place *p;
    struct receiver key = {.key_id = t->rows[i].key_id};
    const struct js *doc =
        js_parse(t->chunk, t->rows[i].document, XAPI_DOCUMENT_MAX, XAPI_DEPTH, NULL);
    struct str id = str_lower(t->chunk, js_text(js_get(doc, "object"), "id"));
    set_fate(t, i, "used", "");
    int found = statement_get(t->c->db, t->chunk, t->app->learn.keys,
                              t->c->job->tenant_id, id, &target, e);
    if (found < 0)
        return -1;
    if (found == 0 || target.voided_by.n == 0 || !str_is(target.kind, "xapi"))
        return 0;                      /* what comes later is known to be voided */
    if (str_is(target.state, "new")) { /* first what becomes of it */
        set_fate(t, i, "new", "");
        return 0;
    }
    *(struct str *)vec_push(&t->voided) = str_dup(t->lot, target.key);
    if (!str_is(target.state, "used") || target.person_id == 0)
        return 0;
    key.course_id = target.course_id;
    found = place_find(t->places, &key, &(struct record){.course_n = 0}, &p, e);
    return found == 1 ? withdraw(t, p, target.person_id, &target, e) : found;
}

/* Where it belongs. 1 all known; 0: its fate is told; -1. */
static int settle_place(struct taking *t, size_t i, const struct record *r,
                        struct place **p, int64_t *person,
                        const struct record_thing **thing, int64_t *activity,
                        struct err *e)
{
    const struct statement *s = &t->rows[i];
    const struct receiver *key = map_get(t->keys, s->key_id);
    const char *why = "";
    int found = key == NULL ? 0 : place_find(t->places, key, r, p, e);
    if (found < 0)
        return -1;
    if (found == 0) {
        set_fate(t, i, "waiting", "its course is not known here");
        return 0;
    }
    t->fates[t->from + i].course_id = (*p)->l.course_id;
    (*p)->touched[is_caliper(s)] = true;
    *person = place_person(*p, key, r, &why);
    if (*person == 0) {
        set_fate(t, i, "waiting", why);
        return 0;
    }
    *activity = place_activity(*p, str_c(sources[is_caliper(s)]), r, thing, &why, e);
    if (*activity < 0)
        return -1;
    if (*activity == 0)
        set_fate(t, i, "waiting", why);
    return *activity != 0;
}

static int look_at(struct taking *t, size_t i, struct err *e)
{
    const struct statement *s = &t->rows[i];
    const struct record_thing *thing;
    struct record r;
    struct place *p;
    int64_t person, activity;
    if (str_is(s->kind, "void"))
        return look_at_void(t, i, e);
    read_record(t, s, &r);
    if (r.what == RECORD_NOTHING && s->voided_by.n == 0) {
        set_fate(t, i, "dropped", r.why);
        return 0;
    }
    int rc = settle_place(t, i, &r, &p, &person, &thing, &activity, e);
    if (s->voided_by.n > 0) { /* an earlier run may have died behind its evidence */
        set_fate(t, i, "voided", "");
        return rc < 1 || r.what == RECORD_NOTHING ? -(rc < 0)
                                                  : withdraw(t, p, person, s, e);
    }
    if (rc != 1)
        return rc;
    struct evidence_in in = evidence_of(t, s, &r, thing);
    in.person_id = t->fates[t->from + i].person_id = person;
    in.activity_id = activity;
    const char *why = ledger_refusal(&in);
    if (why == NULL && !who_is_learner(p->who, person))
        why = "of somebody who is no student of the course";
    if (why == NULL && names_own(p->names, activity))
        why = "about a link of Waymark's own";
    set_fate(t, i, why == NULL ? "used" : "dropped", why == NULL ? "" : why);
    if (why != NULL)
        return 0;
    push_row(t, p, &in);
    p->used[is_caliper(s)]++;
    return 0;
}

/* --- one lot ----------------------------------------------------------------- */

/* Evidence first: when the worker dies behind it, the records are looked at again, and
 * nothing new comes of them. */
static int give_evidence(struct taking *t, struct err *e)
{
    for (size_t i = 0; i < place_count(t->places); i++) {
        struct place *p = place_at(t->places, i);
        struct intake_result r;
        struct learn l = p->l;
        l.a = t->lot;
        if (p->rows.n > 0 && intake_add(&l, p->rows.p, p->rows.n, &r, e) != 0)
            return -1;
        p->rows = (struct vec){.a = NULL};
    }
    return 0;
}

/* Without a word to the job's own row: requests write there, too, and would wait. Two who
 * do this at once write the same. */
static int write_fates(struct db *db, void *ctx, struct err *e)
{
    const struct taking *t = ctx;
    int64_t tenant_id = t->c->job->tenant_id;
    const struct str *voided = t->voided.p;
    if (statement_settle(db, tenant_id, t->fates, t->n, e) != 0)
        return -1;
    for (size_t i = 0; i < t->voided.n; i++)
        if (statement_voided(db, tenant_id, voided[i], e) != 0)
            return -1;
    return 0;
}

/* What the teacher's page says of these sources. */
static int tell_sources(struct taking *t, struct err *e)
{
    for (size_t i = 0; i < place_count(t->places); i++) {
        struct place *p = place_at(t->places, i);
        for (int k = 0; k < 2; k++) {
            struct learn *l = &p->l;
            if (!p->touched[k])
                continue;
            int64_t waiting = statement_waiting(l->db, l->tenant_id, l->course_id,
                                                str_c(sources[k]), e);
            if (waiting < 0 ||
                source_ok(l->db, l->tenant_id, l->course_id, str_c(sources[k]), t->run_ms,
                          p->used[k], waiting, e) != 0)
                return -1;
            p->touched[k] = false;
        }
    }
    return 0;
}

static void count(const struct taking *t)
{
    static const struct {
        const char *state;
        enum metric id;
    } table[] = {{"used", METRIC_STATEMENTS_USED},
                 {"waiting", METRIC_STATEMENTS_WAITING},
                 {"dropped", METRIC_STATEMENTS_DROPPED},
                 {"voided", METRIC_STATEMENTS_VOIDED}};
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < sizeof table / sizeof *table; k++)
            if (str_is(str_c(t->fates[i].state), table[k].state))
                metrics_add(t->app->metrics, table[k].id, 1);
}

/* 1 there may be more, 0 that was all, -1. */
static int look_at_chunk(struct taking *t, int64_t *after, struct err *e)
{
    struct job_ctx *c = t->c;
    arena_reset(t->chunk);
    if (statement_new(c->db, t->chunk, t->app->learn.keys, c->job->tenant_id, *after,
                      CHUNK, &t->rows, &t->rows_n, e) != 0)
        return -1;
    t->from = t->n;
    t->n += t->rows_n;
    for (size_t i = 0; i < t->rows_n; i++) {
        *after = t->rows[i].seq;
        t->fates[t->from + i].key = str_dup(t->lot, t->rows[i].key);
        if (look_at(t, i, e) != 0)
            return -1;
        if (place_full(t->places)) { /* what follows is of the next lot */
            t->n = t->from + i + 1;
            return 0;
        }
    }
    return t->rows_n == CHUNK && t->n + CHUNK <= LOT && arena_used(t->lot) < LOT_N / 4;
}

/* What takes back a record that is new itself stays new: then another round is worth it.
 * One after the other, so that many of them do not stand in the way of the rest. */
static void note_round(struct taking *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_is(str_c(t->fates[i].state), "new"))
            t->left = true;
        else
            t->moved = true;
}

static bool next_round(struct taking *t)
{
    bool more = t->left && t->moved;
    t->after = 0;
    t->left = t->moved = false;
    return more;
}

/* 1 looked at some, 0 nothing is new behind the last one, -1. */
static int take_lot(struct taking *t, struct err *e)
{
    struct job_ctx *c = t->c;
    int more;
    arena_reset(t->lot);
    place_rest(t->places);
    t->n = 0;
    t->fates = ARENA_ARRAY(t->lot, struct statement_fate, LOT);
    vec_init(&t->voided, t->lot, sizeof(struct str));
    while ((more = look_at_chunk(t, &t->after, e)) == 1)
        if (job_beat(c, t->looked + (int64_t)t->n, 0, STR("learning records"), e) != 0)
            return -1;
    if (more < 0 || t->n == 0)
        return more;
    if (give_evidence(t, e) != 0 || db_tx(c->db, DB_WRITE, write_fates, t, e) != 0 ||
        tell_sources(t, e) != 0)
        return -1;
    count(t);
    note_round(t);
    t->looked += (int64_t)t->n;
    return job_beat(c, t->looked, 0, STR("learning records"), e) != 0 ? -1 : 1;
}

static int take_all(struct taking *t, struct err *e)
{
    int more;
    while ((more = take_lot(t, e)) == 1 || (more == 0 && next_round(t)))
        if (job_turn_over(t->c))
            return job_give_turn(t->c, 0, e);
    return more;
}

static int ask(struct db *db, struct env *env, int64_t tenant_id, int64_t run_ms,
               struct err *e)
{
    struct job_in in = {.tenant_id = tenant_id,
                        .kind = STR("statements.take"),
                        .run_ms = run_ms,
                        .rank = JOB_NEED};
    return job_add(db, env, &in, NULL, e) < 0 ? -1 : 0;
}

int statements_take_job(struct job_ctx *c, struct err *e)
{
    struct taking t = {
        .c = c, .app = c->app, .keys = map_new(c->arena), .run_ms = env_now_ms(c->env)};
    struct learn l = {.db = c->db,
                      .env = c->env,
                      .a = c->arena,
                      .keys = t.app->learn.keys,
                      .tenant_id = c->job->tenant_id};
    if (receiver_each(c->db, c->arena, note_key, &t, e) != 0)
        return -1;
    t.places = place_open(&l, e);
    if (t.places == NULL)
        return -1;
    t.lot = arena_new(LOT_N);
    t.chunk = arena_new(LOT_N);
    int rc = take_all(&t, e);
    arena_free(t.chunk);
    arena_free(t.lot);
    place_close(t.places);
    /* Once more soon: what was stored meanwhile may have asked for nothing. */
    if (rc == 0 && t.looked > 0)
        rc = ask(c->db, c->env, c->job->tenant_id, env_now_ms(c->env) + AGAIN_MS, e);
    return rc;
}

/* --- by the clock ------------------------------------------------------------ */

static int ask_tenant(void *ctx, int64_t tenant_id)
{
    struct job_ctx *c = ctx;
    return ask(c->db, c->env, tenant_id, 0, NULL);
}

static int wake_tenant(void *ctx, int64_t tenant_id)
{
    struct job_ctx *c = ctx;
    return statement_wake(c->db, tenant_id, 0, NULL) < 0 ? -1 : ask_tenant(c, tenant_id);
}

static int each(struct job_ctx *c, bool waiting, int (*fn)(void *ctx, int64_t tenant_id),
                struct err *e)
{
    int rc = statement_tenants(c->db, waiting, fn, c, e);
    if (rc != 0 && e->code == ERR_NONE)
        return err_set(e, ERR_UNAVAILABLE, "the database does not take jobs");
    return rc;
}

int statements_tick_job(struct job_ctx *c, struct err *e)
{
    return each(c, false, ask_tenant, e);
}

int statements_retry_job(struct job_ctx *c, struct err *e)
{
    return each(c, true, wake_tenant, e);
}

int statements_again(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                     struct err *e)
{
    int64_t n = statement_wake(db, tenant_id, course_id, e);
    return n <= 0 ? (int)n : ask(db, env, tenant_id, 0, e);
}
