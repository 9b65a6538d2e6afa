#include "learn/copy.h"

#include "base/js.h"
#include "base/vec.h"
#include "job/runner.h"
#include "learn/mapfile.h"
#include "learn/openings.h"
#include "store/mapstore.h"
#include "store/origin.h"

#include <stdio.h>

#define KIND "copy.course"
#define ID_MAX_N 255
#define HISTORY_MAX 16 /* ids read of one history: the nearest */
#define WALK_MAX 64    /* contexts looked at */
#define PENDING_MS 60000

/* Where origins of one kind begin: histories know the way, a link only where it was made.
 */
#define ORD_LINKS 100
#define ORD_MADE_IN 1000

int copy_enqueue(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                 struct str payload, struct err *e)
{
    char key[24];
    struct str text = {key,
                       (size_t)snprintf(key, sizeof key, "%lld", (long long)course_id)};
    struct job_in in = {
        .tenant_id = tenant_id, .kind = STR(KIND), .key = text, .payload = payload};
    return job_add(db, env, &in, NULL, e) < 0 ? -1 : 0;
}

/* The first whole ids of a history. */
static struct str cut(struct str s)
{
    if (s.n <= COPY_HISTORY_MAX)
        return s;
    s.n = COPY_HISTORY_MAX;
    while (s.n > 0 && s.p[s.n - 1] != ',')
        s.n--;
    return s;
}

struct str copy_payload(struct arena *a, const struct copy_told *told)
{
    struct js *o = js_object(a);
    js_set_str(o, "contexts", cut(told->contexts));
    js_set_str(o, "links", cut(told->links));
    js_set_str(o, "made_in", told->made_in.n <= ID_MAX_N ? told->made_in : STR_EMPTY);
    return js_dump(a, o);
}

/* --- what was told ---------------------------------------------------------------------
 */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* An id out of a history: percent-decoded. Empty when it is none. */
static struct str decoded(struct arena *a, struct str raw)
{
    char *p = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        int high = -1, low = -1;
        if (raw.p[i] == '%' && i + 2 < raw.n) {
            high = hex(raw.p[i + 1]);
            low = hex(raw.p[i + 2]);
        }
        if (raw.p[i] == '%' && (high < 0 || low < 0))
            return STR_EMPTY;
        p[n++] = raw.p[i] == '%' ? (char)(high * 16 + low) : raw.p[i];
        i += raw.p[i] == '%' ? 2 : 0;
    }
    struct str id = {p, n};
    return n > 0 && n <= ID_MAX_N && str_utf8(id) && !str_has_nul(id) ? id : STR_EMPTY;
}

/* The ids of a history, newest first; Canvas ends a long one with "truncated". */
static size_t history(struct arena *a, struct str text, struct str *ids)
{
    struct str part, rest = text;
    size_t n = 0;
    while (rest.n > 0 && n < HISTORY_MAX) {
        str_cut(rest, ',', &part, &rest);
        ids[n] = decoded(a, str_trim(part));
        n += ids[n].n > 0 && !str_is(ids[n], "truncated");
    }
    return n;
}

static int add(struct learn *l, struct str self, struct str origin, int64_t ord,
               const char *source, struct err *e)
{
    if (origin.n == 0 || origin.n > ID_MAX_N || str_eq(origin, self))
        return 0;
    return origin_add(l->db, l->tenant_id, self, origin, ord, source, env_now_ms(l->env),
                      e);
}

int copy_note(struct learn *l, const struct copy_told *told, struct err *e)
{
    struct origin self;
    struct str ids[HISTORY_MAX], context;
    int found = origin_of(l->db, l->a, l->tenant_id, l->course_id, &self, e);
    if (found <= 0)
        return found;
    size_t n = history(l->a, cut(told->contexts), ids);
    for (size_t i = 0; i < n; i++)
        if (add(l, self.context_id, ids[i], (int64_t)i, "history", e) != 0)
            return -1;
    n = history(l->a, cut(told->links), ids);
    for (size_t i = 0; i < n; i++) {
        found = origin_link(l->db, l->a, l->tenant_id, ids[i], &context, e);
        if (found < 0 || (found == 1 && add(l, self.context_id, context,
                                            ORD_LINKS + (int64_t)i, "history", e) != 0))
            return -1;
    }
    return add(l, self.context_id, told->made_in, ORD_MADE_IN, "link", e);
}

/* --- the way back ----------------------------------------------------------------------
 */

static bool seen(const struct vec *queue, struct str context_id)
{
    const struct str *at = queue->p;
    for (size_t i = 0; i < queue->n; i++)
        if (str_eq(at[i], context_id))
            return true;
    return false;
}

/* Breadth first: all origins of a context before origins of those. */
static int walk(struct learn *l, struct str from, int64_t *course_id, struct err *e)
{
    struct vec queue; /* of struct str */
    vec_init(&queue, l->a, sizeof(struct str));
    *(struct str *)vec_push(&queue) = from;
    for (size_t at = 0; at < queue.n; at++) {
        struct origin *rows;
        size_t n;
        struct str context_id = ((const struct str *)queue.p)[at];
        if (origin_list(l->db, l->a, l->tenant_id, context_id, &rows, &n, e) != 0)
            return -1;
        for (size_t i = 0; i < n; i++) {
            if (rows[i].map_id != 0 && rows[i].course_id != l->course_id) {
                *course_id = rows[i].course_id;
                return 1;
            }
            if (queue.n < WALK_MAX && !seen(&queue, rows[i].context_id))
                *(struct str *)vec_push(&queue) = rows[i].context_id;
        }
    }
    return 0;
}

int copy_source(struct learn *l, int64_t *course_id, struct err *e)
{
    struct origin self;
    int found = origin_of(l->db, l->a, l->tenant_id, l->course_id, &self, e);
    if (found <= 0 || self.map_id != 0)
        return found < 0 ? -1 : 0;
    return walk(l, self.context_id, course_id, e);
}

/* --- the copy --------------------------------------------------------------------------
 */

struct copy {
    struct learn *l;
    int result;
};

static int copy_tx(struct db *db, void *ctx, struct err *e)
{
    struct copy *c = ctx;
    struct learn *l = c->l;
    struct map_row map;
    struct mapfile_result published;
    int64_t from;
    c->result = copy_source(l, &from, e);
    if (c->result <= 0)
        return c->result;
    /* the first write asks once more, so that what a teacher picks meanwhile wins */
    c->result = origin_set(db, l->tenant_id, l->course_id, from, e);
    if (c->result <= 0)
        return c->result;
    if (mapstore_current(db, l->a, l->tenant_id, from, &map, e) != 1)
        return e->code != ERR_NONE ? -1 : err_set(e, ERR_BUSY, "the origin lost its map");
    /* whoever ran the course with a dead end may run its copy */
    struct mapfile_ask ask = {.document = map.document, .even_so = STR("copied course")};
    if (mapfile_put(l, &ask, &published, e) != 0)
        return -1;
    if (!published.ok)
        return err_set(e, ERR_INPUT, "the origin's map would not be accepted today");
    return origin_gates(db, l->tenant_id, l->course_id, from, env_now_ms(l->env), e) < 0
               ? -1
               : openings_copy(l, from, e);
}

int copy_course(struct learn *l, struct err *e)
{
    struct copy c = {.l = l};
    struct err own = {0};
    e = e != NULL ? e : &own;
    return db_tx(l->db, DB_WRITE, copy_tx, &c, e) != 0 ? -1 : c.result;
}

int copy_pending(struct learn *l, struct err *e)
{
    struct job_row job;
    struct str key = str_fmt(l->a, "%lld", (long long)l->course_id);
    int found = job_latest(l->db, l->a, l->tenant_id, STR(KIND), key, &job, e);
    if (found != 1)
        return found;
    return (str_is(job.state, "ready") || str_is(job.state, "running")) &&
           env_now_ms(l->env) - job.created_ms < PENDING_MS;
}

int copy_job(struct job_ctx *job, bool *copied, struct err *e)
{
    struct learn l = {.db = job->db,
                      .env = job->env,
                      .a = job->arena,
                      .tenant_id = job->job->tenant_id};
    if (!str_i64(job->job->key, &l.course_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    const struct js *told = js_parse(l.a, job->job->payload, JOB_TEXT_MAX, 2, NULL);
    struct copy_told t = {.contexts = js_text(told, "contexts"),
                          .links = js_text(told, "links"),
                          .made_in = js_text(told, "made_in")};
    if (copy_note(&l, &t, e) != 0)
        return -1;
    int rc = copy_course(&l, e);
    job->give_up = rc < 0 && e->code == ERR_INPUT; /* the map: it will not get better */
    if (copied != NULL)
        *copied = rc == 1;
    return rc < 0 ? -1 : 0;
}
