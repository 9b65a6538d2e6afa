#include "learn/questions.h"

#include "base/vec.h"
#include "engine/mapdoc.h"
#include "engine/mastery.h"
#include "job/queue.h"
#include "job/runner.h"
#include "learn/fitdata.h"
#include "learn/mapfile.h"
#include "store/mapstore.h"
#include "store/stmt.h"

#define WORK_BYTES ((size_t)1 << 30)
#define CELLS_MAX ((size_t)16 << 20)
#define LOOKS_MAX ((size_t)10000000000)

static const char *const kinds[] = {[EDGES_DROP] = "drop", [EDGES_ADD] = "add"};

/* --- working them out ------------------------------------------------------------ */

static void add_rows(const struct skill_map *m, struct mastery *states,
                     const struct answer *rows, size_t n, struct edges_cell *cells)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        struct mastery_rule r = {.bkt = m->skills[i].bkt, .limits = m->limits};
        mastery_start(&r, &states[i]);
        cells[i] = (struct edges_cell){.held_ms = EDGES_NEVER};
    }
    for (size_t i = 0; i < n; i++) {
        int32_t s = rows[i].skill;
        struct mastery_rule r = {.bkt = m->skills[s].bkt, .limits = m->limits};
        struct mastery_obs o = {.at_ms = rows[i].at_s * 1000,
                                .share = answer_share(&rows[i]),
                                .weight = 1.0,
                                .kind = EV_ANSWER};
        mastery_add(&r, &states[s], &o);
        cells[s].last_ms = o.at_ms;
        bool holds = mastery_holds(mastery_read(&r, &states[s], o.at_ms).word);
        if (holds && cells[s].held_ms == EDGES_NEVER)
            cells[s].held_ms = o.at_ms;
    }
}

static size_t add_side(const struct skill_map *m, struct mastery *states,
                       const struct answers *v, struct edges_cell *cells)
{
    for (int32_t p = 0; p < v->student_n; p++)
        add_rows(m, states, v->rows + v->from[p], (size_t)(v->from[p + 1] - v->from[p]),
                 cells + (size_t)p * m->skill_n);
    return (size_t)v->student_n;
}

size_t questions_people(size_t skill_n)
{
    size_t cells = CELLS_MAX / skill_n, looks = LOOKS_MAX / (skill_n * skill_n);
    return cells < looks ? cells : looks;
}

static void cut(struct answers *v, size_t most)
{
    if ((size_t)v->student_n > most)
        v->student_n = (int32_t)most;
}

int questions_work(struct learn *l, struct questions *out, struct err *e)
{
    struct map_row row;
    struct fitdata d;
    *out = (struct questions){.map = NULL};
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found <= 0)
        return found;
    const struct skill_map *m = mapdoc_parse(l->a, row.document, NULL, e);
    if (m == NULL || fitdata_read(l, m, NULL, NULL, &d, e) < 0)
        return -1;
    size_t most = questions_people(m->skill_n);
    cut(&d.train.of_skills, most);
    cut(&d.held.of_skills, most - (size_t)d.train.of_skills.student_n);
    size_t people =
        (size_t)d.train.of_skills.student_n + (size_t)d.held.of_skills.student_n;
    struct edges_cell *cells = ARENA_ARRAY(l->a, struct edges_cell, people * m->skill_n);
    struct mastery *states = ARENA_ARRAY(l->a, struct mastery, m->skill_n);
    size_t n = add_side(m, states, &d.train.of_skills, cells);
    add_side(m, states, &d.held.of_skills, cells + n * m->skill_n);
    out->map = m;
    out->persons = (int64_t)people;
    out->courses = d.courses;
    out->n = edges_find(l->a, m, cells, people, &out->rows, &out->hidden);
    return 0;
}

/* --- keeping --------------------------------------------------------------------- */

static const struct question *known(const struct question *rows, size_t n,
                                    struct str kind, struct str from, struct str to)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].kind, kind) && str_eq(rows[i].from, from) &&
            str_eq(rows[i].to, to))
            return &rows[i];
    return NULL;
}

static struct question as_row(const struct questions *q, const struct edges_question *x,
                              int64_t now_ms)
{
    return (struct question){.kind = str_c(kinds[x->kind]),
                             .from = q->map->skills[x->from].code,
                             .to = q->map->skills[x->to].code,
                             .n = x->n,
                             .without = x->without,
                             .showed = x->showed,
                             .expected = x->expected,
                             .low = x->low,
                             .high = x->high,
                             .score = x->score,
                             .state = STR("open"),
                             .found_ms = now_ms};
}

struct keeping {
    struct learn *l;
    const struct questions *q;
};

static int keep_tx(struct db *db, void *ctx, struct err *e)
{
    struct keeping *k = ctx;
    struct learn *l = k->l;
    struct question *old;
    size_t old_n, kept = 0;
    int64_t now_ms = env_now_ms(l->env);
    if (question_list(db, l->a, l->tenant_id, l->course_id, &old, &old_n, e) < 0)
        return -1;
    for (size_t i = 0; i < k->q->n && kept < QUESTIONS_MAX; i++) {
        if (!k->q->rows[i].sure)
            continue;
        struct question row = as_row(k->q, &k->q->rows[i], now_ms);
        const struct question *was = known(old, old_n, row.kind, row.from, row.to);
        bool stands = was != NULL && str_is(was->state, "kept") &&
                      (double)row.n < QUESTIONS_AGAIN * (double)was->decided_n;
        if (stands) {
            row.state = was->state;
            row.decided_n = was->decided_n;
            row.by_person_id = was->by_person_id;
            row.at_ms = was->at_ms;
        }
        kept++;
        if (question_put(db, l->tenant_id, l->course_id, &row, e) < 0)
            return -1;
    }
    return question_drop(db, l->tenant_id, l->course_id, now_ms, e);
}

int questions_keep(struct learn *l, const struct questions *q, struct err *e)
{
    struct keeping k = {l, q};
    return db_tx(l->db, DB_WRITE, keep_tx, &k, e);
}

/* --- answering ------------------------------------------------------------------- */

struct answering {
    struct learn *l;
    struct str kind, from, to;
    enum questions_answer answer;
    int64_t by_person_id;
    struct str problem;
    int done;
};

/* The map with the one edge changed; NULL: it is not as it was when this was asked. */
static struct skill_map *changed(struct learn *l, const struct answering *w,
                                 struct err *e)
{
    struct map_row row;
    if (mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e) != 1)
        return NULL;
    struct skill_map *m = mapdoc_parse(l->a, row.document, NULL, e);
    int32_t from = m != NULL ? skill_find(m, w->from) : -1;
    int32_t to = m != NULL ? skill_find(m, w->to) : -1;
    if (from < 0 || to < 0)
        return NULL;
    struct skill *s = &m->skills[to];
    for (size_t i = 0; i < s->need_n; i++) {
        if (s->needs[i].skill == from) {
            s->needs[i].hard = w->answer == QUESTIONS_HARD;
            s->needs[i].level = SKILL_MASTERED;
            return m;
        }
    }
    if (str_is(w->kind, kinds[EDGES_DROP]))
        return NULL;
    struct skill_need *needs = ARENA_ARRAY(l->a, struct skill_need, s->need_n + 1);
    for (size_t i = 0; i < s->need_n; i++)
        needs[i] = s->needs[i];
    needs[s->need_n++] = (struct skill_need){
        .skill = from, .hard = w->answer == QUESTIONS_HARD, .level = SKILL_MASTERED};
    s->needs = needs;
    return m;
}

static int publish(struct answering *w, struct err *e)
{
    struct learn *l = w->l;
    struct mapfile_result r;
    struct skill_map *m = changed(l, w, e);
    if (m == NULL)
        return e->code != ERR_NONE ? -1 : 0;
    for (size_t i = 0; i < m->skill_n; i++)
        skill_sort_needs(&m->skills[i]);
    /* A soft edge locks nothing: a dead end that it leaves was there before, and would
     * stand in the way of every answer. */
    struct mapfile_ask ask = {.document = mapdoc_write(l->a, m),
                              .by_person_id = w->by_person_id,
                              .even_so = w->answer == QUESTIONS_SOFT
                                             ? STR("It was so before; this locks less.")
                                             : STR_EMPTY};
    if (mapfile_put(l, &ask, &r, e) < 0)
        return -1;
    if (!r.ok)
        w->problem = r.problems_n > 0 ? r.problems[0] : STR("the map was refused");
    return r.ok ? 1 : 0;
}

static int note(struct answering *w, const struct question *was, struct err *e)
{
    struct question q = *was;
    q.state = w->answer == QUESTIONS_KEEP ? STR("kept") : STR("accepted");
    q.decided_n = q.n;
    q.by_person_id = w->by_person_id;
    q.at_ms = env_now_ms(w->l->env);
    return question_put(w->l->db, w->l->tenant_id, w->l->course_id, &q, e);
}

int questions_answer(struct learn *l, struct str kind, struct str from, struct str to,
                     enum questions_answer answer, int64_t by_person_id,
                     struct str *problem, struct err *e)
{
    struct answering w = {.l = l,
                          .kind = kind,
                          .from = from,
                          .to = to,
                          .answer = answer,
                          .by_person_id = by_person_id,
                          .problem = STR_EMPTY};
    struct question *rows;
    size_t n;
    *problem = STR_EMPTY;
    if (question_list(l->db, l->a, l->tenant_id, l->course_id, &rows, &n, e) < 0)
        return -1;
    const struct question *q = known(rows, n, kind, from, to);
    bool hard = answer == QUESTIONS_HARD && str_is(kind, kinds[EDGES_DROP]);
    if (q == NULL || !str_is(q->state, "open") || hard)
        return 0;
    int rc = answer == QUESTIONS_KEEP ? 1 : publish(&w, e);
    *problem = w.problem;
    return rc <= 0 ? rc : note(&w, q, e) < 0 ? -1 : 1;
}

/* --- jobs ------------------------------------------------------------------------ */

int questions_job(struct job_ctx *job, struct err *e)
{
    struct learn l = {.db = job->db, .env = job->env, .tenant_id = job->job->tenant_id};
    struct questions q;
    if (!str_i64(job->job->key, &l.course_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    l.a = arena_new(WORK_BYTES);
    int rc = questions_work(&l, &q, e);
    rc = rc < 0 || q.map == NULL ? rc : questions_keep(&l, &q, e);
    arena_free(l.a);
    return rc;
}

int questions_tick_job(struct job_ctx *job, struct err *e)
{
    struct vec ids;
    vec_init(&ids, job->arena, 2 * sizeof(int64_t));
    struct db_rows *r = db_ask(job->db, S_COURSES_WITH_MAP, e, DB_I(INT64_MAX));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        int64_t *pair = vec_push(&ids);
        pair[0] = db_i64(r, 0);
        pair[1] = db_i64(r, 1);
    }
    db_end(r);
    for (size_t i = 0; more == 0 && i < ids.n; i++) {
        const int64_t *pair = (int64_t *)ids.p + 2 * i;
        struct job_in in = {.tenant_id = pair[0],
                            .kind = STR("question.course"),
                            .key = str_fmt(job->arena, "%lld", (long long)pair[1]),
                            .rank = JOB_SCHEDULE};
        more = job_add(job->db, job->env, &in, NULL, e) < 0 ? -1 : 0;
    }
    return more;
}
