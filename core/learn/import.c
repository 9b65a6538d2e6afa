#include "learn/import.h"

#include "base/js.h"
#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "job/runner.h"
#include "learn/activities.h"
#include "learn/app.h"
#include "learn/intake.h"
#include "store/source.h"

#include <stdlib.h>

#define BATCH 200 /* rows that go to the ledger at once, but never half a person */
#define ARENA_N ((size_t)512 << 20)
#define WORDS_N 190

static struct str actor(struct arena *a, const char *what, int64_t id)
{
    return str_fmt(a, "%s:%lld", what, (long long)id);
}

/* --- counts -------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
#define FIELD(f)                                                                         \
    {                                                                                    \
#f, offsetof(struct import_counts, f)                                            \
    }
    FIELD(people),  FIELD(columns),   FIELD(added),      FIELD(changed),
    FIELD(same),    FIELD(older),     FIELD(blank),      FIELD(excused),
    FIELD(refused), FIELD(withdrawn), FIELD(superseded),
#undef FIELD
};

#define FIELDS_N (sizeof fields / sizeof fields[0])

static int64_t *field(struct import_counts *c, size_t i)
{
    return (int64_t *)(void *)((char *)c + fields[i].offset);
}

static struct str counts_write(struct arena *a, struct import_counts *c)
{
    struct js *o = js_object(a), *list = js_array(a);
    for (size_t i = 0; i < FIELDS_N; i++)
        js_set_i64(o, fields[i].name, *field(c, i));
    for (size_t i = 0; i < c->problems_n && i < IMPORT_LISTED; i++) {
        struct js *one = js_object(a);
        js_set_i64(one, "line", c->problems[i].line);
        js_set_str(one, "column", c->problems[i].column);
        js_set_str(one, "why", str_c(c->problems[i].why));
        js_push(list, one);
    }
    js_set(o, "problems", list);
    if (c->error.n > 0)
        js_set_str(o, "error", c->error);
    return js_dump(a, o);
}

void import_counts_read(struct arena *a, struct str json, struct import_counts *out)
{
    *out = (struct import_counts){.error = STR_EMPTY};
    struct js *o = js_parse(a, json, (size_t)4 << 20, 6, NULL);
    for (size_t i = 0; i < FIELDS_N; i++)
        js_i64(js_get(o, fields[i].name), field(out, i));
    struct js *list = js_get(o, "problems");
    out->problems_n = js_len(list);
    out->problems = ARENA_ARRAY(a, struct importplan_problem, out->problems_n);
    for (size_t i = 0; i < out->problems_n; i++) {
        struct js *one = js_at(list, i);
        js_i64(js_get(one, "line"), &out->problems[i].line);
        out->problems[i].column = js_text(one, "column");
        out->problems[i].why = str_z(a, js_text(one, "why"));
    }
    out->error = js_text(o, "error");
}

static void counts_of(const struct importplan *p, struct import_counts *c)
{
    *c = (struct import_counts){
        .people = (int64_t)p->people,
        .columns = (int64_t)p->used,
        .same = (int64_t)p->same,
        .older = (int64_t)p->older,
        .blank = (int64_t)p->blank,
        .excused = (int64_t)p->excused,
        .refused = (int64_t)p->problems_all,
        .problems = p->problems,
        .problems_n = p->problems_n,
        .error = STR_EMPTY,
    };
}

/* --- looking ------------------------------------------------------------------- */

int import_keep(struct learn *l, struct import_run *run, struct err *e)
{
    run->course_id = l->course_id;
    run->file_name = str_head(run->file_name, 255);
    return import_run_add(l->db, l->env, l->a, l->keys, l->tenant_id, run, e);
}

int import_find(struct learn *l, int64_t id, struct import_run *out, struct err *e)
{
    int found = import_run_get(l->db, l->a, l->keys, l->tenant_id, id, out, e);
    return found == 1 && out->course_id != l->course_id ? 0 : found;
}

int import_look(struct learn *l, const struct import_run *run, bool evidence,
                struct importplan *out, struct err *e)
{
    struct importplan_in in = {
        .bytes = run->document,
        .hash = run->file_hash,
        .form = gradebook_form_from(run->form),
        .observed_ms = run->created_ms,
        .actor = actor(l->a, "import", run->id),
        .only_count = !evidence,
    };
    if (run->document.n == 0)
        return err_set(e, ERR_NOTFOUND, "the file is kept no longer");
    in.choices = importplan_choices_read(l->a, run->choices, &in.choices_n);
    return importplan_look(l, &in, out, e);
}

struct asking {
    struct learn *l;
    const struct import_run *run;
    bool undo;
    int result;
};

static int ask_tx(struct db *db, void *ctx, struct err *e)
{
    struct asking *t = ctx;
    struct learn *l = t->l;
    t->result =
        import_run_move(db, l->tenant_id, t->run->id, t->undo ? "done" : "preview",
                        t->undo ? "undoing" : "taking", env_now_ms(l->env), e);
    if (t->result <= 0)
        return t->result;
    struct job_in in = {
        .tenant_id = l->tenant_id,
        .kind = t->undo ? STR("import.undo") : STR("import.take"),
        .key = str_fmt(l->a, "%lld/%lld", (long long)l->course_id, (long long)t->run->id),
        .urgent = true};
    return job_add(db, l->env, &in, NULL, e) < 0 ? -1 : 0;
}

int import_ask(struct learn *l, const struct import_run *run, bool undo, struct err *e)
{
    struct asking t = {.l = l, .run = run, .undo = undo};
    return db_tx(l->db, DB_WRITE, ask_tx, &t, e) != 0 ? -1 : t.result;
}

/* --- evidence in batches ------------------------------------------------------- */

static int by_person(const void *x, const void *y)
{
    const struct evidence_in *p = x, *q = y;
    if (p->person_id != q->person_id)
        return p->person_id < q->person_id ? -1 : 1;
    return (p->activity_id > q->activity_id) - (p->activity_id < q->activity_id);
}

/* Hand all rows to the ledger. Rows that it refuses cannot be: they were checked. */
static int take_all(struct learn *l, struct evidence_in *rows, size_t n,
                    const struct import_progress *p, struct err *e)
{
    struct learn batch = *l;
    int rc = 0;
    if (n > 1)
        qsort(rows, n, sizeof *rows, by_person);
    batch.a = arena_new(ARENA_N);
    for (size_t from = 0, to; from < n && rc == 0; from = to) {
        struct intake_result done;
        for (to = from + 1; to < n && (to - from < BATCH ||
                                       rows[to].person_id == rows[to - 1].person_id);)
            to++;
        rc = intake_add(&batch, rows + from, to - from, &done, e);
        if (rc == 0 && p != NULL)
            rc = p->fn(p->ctx, to, n, e);
        arena_reset(batch.a);
    }
    arena_free(batch.a);
    return rc;
}

/* --- taking in ----------------------------------------------------------------- */

/* Activities that only this file tells of. */
static int make_activities(struct learn *l, const struct importplan *plan, struct err *e)
{
    struct vec rows;
    vec_init(&rows, l->a, sizeof(struct activities_in));
    for (size_t k = 0; k < plan->book.columns_n; k++) {
        const struct importplan_column *c = &plan->columns[k];
        if (c->to != IMPORTPLAN_NEW)
            continue;
        *(struct activities_in *)vec_push(&rows) = (struct activities_in){
            .row = {.title = c->title,
                    .kind = c->kind.n > 0 ? c->kind : STR("other"),
                    .has_maximum = c->has_maximum,
                    .maximum = c->maximum,
                    .visible = true,
                    .position = 100000 + (int64_t)k}, /* behind the catalogue's */
            .alias = {{c->as.source_kind, c->as.source_key}},
            .alias_n = 1,
        };
    }
    if (rows.n == 0)
        return 0;
    return activities_apply(l, STR("file"), rows.p, rows.n, false, NULL, e) != 0 ? -1 : 1;
}

/* What was found by an address or a title stays, whatever the title becomes. */
static int keep_names_tx(struct db *db, void *ctx, struct err *e)
{
    void **both = ctx;
    struct learn *l = both[0];
    const struct importplan *plan = both[1];
    (void)db;
    for (size_t k = 0; k < plan->book.columns_n; k++) {
        const struct importplan_column *c = &plan->columns[k];
        if (c->to == IMPORTPLAN_KNOWN && c->by != NAMES_ALIAS &&
            names_keep(l, &c->as, c->activity_id, e) != 0)
            return -1;
    }
    return 0;
}

static int finish(struct learn *l, struct import_run *run, const char *state,
                  struct import_counts *c, struct err *e)
{
    run->state = str_c(state);
    run->counts = counts_write(l->a, c);
    return import_run_finish(l->db, l->tenant_id, run, env_now_ms(l->env), e);
}

/* A file that cannot be read ends as refused, with the reason. */
static int give_up(struct learn *l, struct import_run *run, struct import_counts *c,
                   const char *why, struct err *e)
{
    c->error = str_dup(l->a, str_head(str_c(why), WORDS_N));
    if (source_failed(l->db, l->tenant_id, l->course_id, STR("file"), env_now_ms(l->env),
                      c->error, e) != 0)
        return -1;
    return finish(l, run, "refused", c, e);
}

static int take_plan(struct learn *l, struct import_run *run, struct importplan *plan,
                     const struct import_progress *p, struct import_counts *out,
                     struct err *e)
{
    counts_of(plan, out);
    run->form = str_c(gradebook_form_name(plan->book.form));
    run->observed_ms = plan->observed_ms;
    if (run->strict && plan->problems_all > 0)
        return give_up(l, run, out, "something in it cannot be taken in", e);
    int made = make_activities(l, plan, e);
    if (made < 0 || (made == 1 && import_look(l, run, true, plan, e) != 0))
        return -1;
    counts_of(plan, out);
    if (db_tx(l->db, DB_WRITE, keep_names_tx, (void *[]){l, plan}, e) != 0 ||
        take_all(l, plan->evidence, plan->evidence_n, p, e) != 0)
        return -1;
    /* Counted in the ledger: an earlier attempt may have done a part of it. */
    if (import_run_wrote(l->db, l->tenant_id, l->course_id,
                         actor(l->a, "import", run->id), &out->added, &out->changed,
                         e) != 0)
        return -1;
    if (source_ok(l->db, l->tenant_id, l->course_id, STR("file"), plan->observed_ms,
                  out->added, 0, e) != 0)
        return -1;
    log_put(LOG_INFO, "import.done", KVI("course", l->course_id), KVI("import", run->id),
            KVI("added", out->added), KVI("refused", out->refused));
    return finish(l, run, "done", out, e);
}

int import_take(struct learn *l, int64_t id, const struct import_progress *p,
                struct import_counts *out, struct err *e)
{
    struct import_run run;
    struct importplan plan;
    struct err own = {0};
    e = e != NULL ? e : &own;
    *out = (struct import_counts){.error = STR_EMPTY};
    int found = import_find(l, id, &run, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "there is no such import");
    if (str_is(run.state, "preview") &&
        import_run_move(l->db, l->tenant_id, id, "preview", "taking", env_now_ms(l->env),
                        e) < 0)
        return -1;
    if (!str_is(run.state, "preview") && !str_is(run.state, "taking"))
        return err_set(e, ERR_CONFLICT, "it was taken in already");
    if (import_look(l, &run, true, &plan, e) == 0)
        return take_plan(l, &run, &plan, p, out, e);
    if (db_is_error(e))
        return -1;
    struct err why = *e;
    err_clear(e);
    return give_up(l, &run, out, why.text, e);
}

/* --- taking back --------------------------------------------------------------- */

struct undo {
    struct learn *l;
    struct str mine, gone; /* actors */
    struct map *undone;    /* actors of imports that were taken back */
    struct vec rows;       /* struct evidence_in */
    int64_t superseded;
};

static const struct evidence *row_of(const struct evidence *const *rows, size_t n,
                                     int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i]->evidence_id == id)
            return rows[i];
    return NULL;
}

static bool is_gone(const struct undo *u, const struct evidence *v, bool mine)
{
    return str_starts(v->actor, STR("undo:")) || map_get(u->undone, v->actor) != NULL ||
           (mine && str_eq(v->actor, u->mine));
}

/* The newest that a file told of the grade of `v` without changing what stood: it came
 * late, but it was never taken back. */
static const struct evidence *late(const struct undo *u,
                                   const struct evidence *const *rows, size_t n,
                                   const struct evidence *v, bool mine)
{
    const struct evidence *found = NULL;
    for (size_t i = 0; i < n; i++)
        if (rows[i]->activity_id == v->activity_id && rows[i]->supersedes == 0 &&
            str_eq(rows[i]->source_key, v->source_key) && !is_gone(u, rows[i], mine) &&
            (found == NULL || rows[i]->observed_ms >= found->observed_ms))
            found = rows[i];
    return found;
}

/* The row that `v` stands for: of one that took something back what it went back to. Rows
 * of imports that were taken back are passed over, this one's too when `mine`. NULL:
 * nothing is known then. */
static const struct evidence *origin(const struct undo *u,
                                     const struct evidence *const *rows, size_t n,
                                     const struct evidence *v, bool mine)
{
    const struct evidence *first = v;
    while (v != NULL && is_gone(u, v, mine))
        v = v->supersedes != 0 ? row_of(rows, n, v->supersedes) : NULL;
    return v == NULL ? late(u, rows, n, first, mine) : v;
}

/* A later version of what stands: what was known before this import, or no score. */
static void take_back(struct undo *u, const struct evidence *stands,
                      const struct evidence *known)
{
    bool scored = known != NULL && known->has_score;
    const struct evidence *from = known != NULL ? known : stands;
    int64_t now = env_now_ms(u->l->env);
    *(struct evidence_in *)vec_push(&u->rows) = (struct evidence_in){
        .person_id = stands->person_id,
        .activity_id = stands->activity_id,
        .item = stands->item,
        .attempt = stands->attempt,
        .kind = stands->kind,
        .has_score = scored,
        .score = scored ? known->score : 0,
        .has_maximum = from->has_maximum,
        .maximum = from->maximum,
        .snapshot = true,
        .observed_ms = stands->observed_ms,
        .read_ms = now > stands->received_ms ? now : stands->received_ms + 1,
        .source_kind = stands->source_kind,
        .source_key = stands->source_key,
        .actor = u->gone,
        .weight = from->weight,
        .effort = from->effort,
    };
}

/* Of each grade the version that stands, where it is of this import; what was taken back
 * by an earlier attempt, or known better since, stays. */
static void one_book(struct undo *u, const struct ledger *book)
{
    size_t n, standing_n;
    int64_t mine = 0, settled = 0;
    const struct evidence *const *rows = ledger_rows(book, &n);
    const struct evidence **standing = ledger_standing(book, u->l->a, &standing_n);
    for (size_t i = 0; i < n; i++)
        mine += str_eq(rows[i]->actor, u->mine);
    for (size_t i = 0; i < standing_n && mine > 0; i++) {
        const struct evidence *from = origin(u, rows, n, standing[i], false);
        if (str_eq(standing[i]->actor, u->gone)) {
            settled++;
        } else if (from != NULL && str_eq(from->actor, u->mine)) {
            settled++;
            take_back(u, standing[i], origin(u, rows, n, from, true));
        }
    }
    u->superseded += mine > settled ? mine - settled : 0;
}

static int undo_rows(struct undo *u, struct err *e)
{
    struct learn *l = u->l;
    struct ledger_shelf *shelf;
    int64_t *ids;
    size_t n;
    u->undone = map_new(l->a);
    vec_init(&u->rows, l->a, sizeof(struct evidence_in));
    if (import_run_undone(l->db, l->a, l->tenant_id, l->course_id, &ids, &n, e) != 0 ||
        ledger_read_files(l->db, l->a, l->tenant_id, l->course_id, &shelf, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct str other = actor(l->a, "import", ids[i]);
        if (!str_eq(other, u->mine))
            map_put(u->undone, other, u);
    }
    for (size_t i = 0; i < ledger_persons(shelf); i++)
        one_book(u, ledger_at(shelf, i));
    return 0;
}

int import_undo(struct learn *l, int64_t id, const struct import_progress *p,
                struct import_counts *out, struct err *e)
{
    struct import_run run;
    struct err own = {0};
    struct undo u = {
        .l = l, .mine = actor(l->a, "import", id), .gone = actor(l->a, "undo", id)};
    int64_t corrected;
    e = e != NULL ? e : &own;
    int found = import_find(l, id, &run, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "there is no such import");
    if (!str_is(run.state, "done") && !str_is(run.state, "undoing"))
        return err_set(e, ERR_CONFLICT, "it was not taken in, or is taken back already");
    import_counts_read(l->a, run.counts, out);
    if (import_run_move(l->db, l->tenant_id, id, "done", "undoing", env_now_ms(l->env),
                        e) < 0 ||
        undo_rows(&u, e) != 0 || take_all(l, u.rows.p, u.rows.n, p, e) != 0 ||
        import_run_wrote(l->db, l->tenant_id, l->course_id, u.gone, &out->withdrawn,
                         &corrected, e) != 0)
        return -1;
    out->superseded = u.superseded;
    log_put(LOG_INFO, "import.undone", KVI("course", l->course_id), KVI("import", id),
            KVI("withdrawn", out->withdrawn), KVI("superseded", out->superseded));
    return finish(l, &run, "undone", out, e);
}

/* --- jobs ---------------------------------------------------------------------- */

static int beat(void *ctx, size_t done, size_t total, struct err *e)
{
    return job_beat(ctx, (int64_t)done, (int64_t)total, STR("grades of a file"), e);
}

static int run_job(struct job_ctx *job, bool undo, struct err *e)
{
    const struct learn_app *app = job->app;
    struct learn l = {.db = job->db,
                      .env = job->env,
                      .keys = app->keys,
                      .tenant_id = job->job->tenant_id};
    struct import_progress p = {beat, job};
    struct import_counts counts;
    struct str course, import;
    int64_t id;
    str_cut(job->job->key, '/', &course, &import);
    if (!str_i64(course, &l.course_id) || !str_i64(import, &id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course or import");
    }
    l.a = arena_new(ARENA_N);
    int rc =
        undo ? import_undo(&l, id, &p, &counts, e) : import_take(&l, id, &p, &counts, e);
    arena_free(l.a);
    job->give_up = rc != 0 && (e->code == ERR_NOTFOUND || e->code == ERR_CONFLICT) &&
                   !db_is_error(e);
    return rc;
}

int import_take_job(struct job_ctx *job, struct err *e)
{
    return run_job(job, false, e);
}

int import_undo_job(struct job_ctx *job, struct err *e)
{
    return run_job(job, true, e);
}
