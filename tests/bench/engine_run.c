/* What one person costs in the engine as the evidence grows: 1, 10 and 100 times a term;
 * and what one more answer costs both models online.
 *
 *   make build/release/tests/bench/engine_run
 *   build/release/tests/bench/engine_run
 *
 * Time and memory of a row should stay what they are: linear. Beside it the same rows
 * are only copied and put in order, which nothing that counts them can do without. The
 * exit status says whether a row at 100 times costs less than LIMIT times one at once. */
#include "base/arena.h"
#include "engine/bkt.h"
#include "engine/engine.h"
#include "engine/lkt.h"
#include "engine/mapdoc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SKILLS 28
#define SLOTS 5
#define TERM_ROWS 400
#define BUDGET_US 200000.0 /* of one measurement */
#define LIMIT 4.0          /* ten thousand rows and more do not fit the cache */

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct str map_text(struct arena *a)
{
    struct buf b;
    buf_init(&b, a, 1 << 14);
    buf_c(&b, "{\"format\":\"waymark-map/1\",\"code\":\"bench\",\"title\":\"Bench\","
              "\"language\":\"en\",\"about\":\"Made up.\",\"thresholds\":{\"mastered\":"
              "0.95,\"almost\":0.8,\"min_rows\":3,\"min_days\":2,\"review_days\":28},"
              "\"bkt\":{\"init\":0.3,\"learn\":0.1,\"guess\":0.2,\"slip\":0.1,"
              "\"half_life_days\":0},\"targets\":[\"s27\"],\"skills\":[");
    for (int i = 0; i < SKILLS; i++) {
        buf_fmt(&b, "%s{\"code\":\"s%02d\",\"title\":\"Skill %d\",\"unit\":\"U%d\"",
                i > 0 ? "," : "", i, i, i / 7);
        if (i > 1)
            buf_fmt(&b, ",\"hard\":[\"s%02d\"]", i / 2);
        buf_c(&b, "}");
    }
    buf_c(&b, "],\"activities\":[]}");
    return buf_view(&b);
}

static struct engine_course *course(struct arena *a, const struct skill_map *m)
{
    static struct risk_rules none;
    struct course_activity *acts = ARENA_ARRAY(a, struct course_activity, SKILLS);
    struct tie *ties = ARENA_ARRAY(a, struct tie, SKILLS * SLOTS);
    for (int i = 0; i < SKILLS; i++) {
        acts[i] = (struct course_activity){.id = i + 1,
                                           .title = str_fmt(a, "Quiz %d", i),
                                           .kind = STR("quiz"),
                                           .visible = true,
                                           .position = i};
        for (int s = 0; s < SLOTS; s++)
            ties[i * SLOTS + s] = (struct tie){.activity_id = i + 1,
                                               .item = str_fmt(a, "%d", s + 1),
                                               .skill = i,
                                               .weight = 1};
    }
    struct engine_parts *p = ARENA_NEW(a, struct engine_parts);
    *p = (struct engine_parts){.map = m,
                               .rules = &none,
                               .activities = acts,
                               .activity_n = SKILLS,
                               .ties = ties,
                               .tie_n = SKILLS * SLOTS};
    return engine_course_new(a, p, NULL);
}

/* Attempts of five answers each; they come as a ledger has them: by time, then by key. */
static struct ev *rows(struct arena *a, size_t n)
{
    struct ev *v = ARENA_ARRAY(a, struct ev, n);
    uint64_t r = 1;
    for (size_t i = 0; i < n; i++) {
        size_t attempt = i / SLOTS, skill = attempt * SKILLS / (n / SLOTS + 1);
        r = r * 6364136223846793005u + 1442695040888963407u;
        v[i] = (struct ev){
            .id = (int64_t)i + 1,
            .observed_ms = 1760000000000 + (int64_t)attempt * 40000000,
            .fact_key = str_fmt(a, "%016llx", (unsigned long long)(r * 31)),
            .kind = EV_ANSWER,
            .has_score = true,
            .score = (r >> 40) % 10 < 7 ? 1 : 0,
            .maximum = 1,
            .weight = 1,
            .source_kind = STR("moodle-ws"),
            .activity_id = (int64_t)skill + 1,
            .item = str_fmt(a, "%zu", i % SLOTS + 1),
            .attempt = str_fmt(a, "%zu", attempt),
        };
    }
    return v;
}

/* The best of several runs, each long enough to be told. */
static double best_us(struct arena *a, void (*fn)(struct arena *a, void *ctx), void *ctx)
{
    double best = 1e18;
    for (double spent = 0; spent < BUDGET_US;) {
        double begun = cpu_us();
        int n = 0;
        do {
            arena_reset(a);
            fn(a, ctx);
            n++;
        } while (cpu_us() - begun < 2000.0);
        double took = cpu_us() - begun;
        spent += took;
        if (took / n < best)
            best = took / n;
    }
    return best;
}

struct job {
    const struct engine_course *c;
    struct engine_in in;
};

static void run(struct arena *a, void *ctx)
{
    struct job *j = ctx;
    struct engine_out out;
    engine_person(j->c, &j->in, a, &out);
}

static void sorted(struct arena *a, void *ctx)
{
    struct job *j = ctx;
    struct ev *v = ARENA_ARRAY(a, struct ev, j->in.evidence_n);
    memcpy(v, j->in.evidence, j->in.evidence_n * sizeof *v);
    qsort(v, j->in.evidence_n, sizeof *v, evidence_cmp);
}

/* --- one answer more ---------------------------------------------------------------- */

#define STUDENTS 200
#define EACH 100
#define UPDATE_NS 1000.0

struct online {
    struct answer *rows;
    size_t n;
    const struct lkt_model *m;
    struct lkt_person *person;
    struct skill_bkt bkt;
    double p[SKILLS];
    double sum;
};

static void answers(struct arena *a, struct online *o, int32_t *from)
{
    uint64_t r = 3;
    o->n = STUDENTS * EACH;
    o->rows = ARENA_ARRAY(a, struct answer, o->n);
    for (size_t i = 0; i < o->n; i++) {
        int32_t student = (int32_t)(i / EACH), at = (int32_t)(i % EACH);
        r = r * 6364136223846793005u + 1442695040888963407u;
        o->rows[i] = (struct answer){.student = student,
                                     .item = -1,
                                     .skill = at * SKILLS / EACH,
                                     .at_s = 1760000000 + at * 4000,
                                     .right = (r >> 40) % 100 < (unsigned)(45 + at / 3)};
        from[student + 1] = (int32_t)i + 1;
    }
}

static void no_update(struct arena *a, void *ctx)
{
    struct online *o = ctx;
    (void)a;
    for (size_t i = 0; i < EACH; i++)
        o->sum += o->rows[i].right + o->rows[i].skill;
}

static void both_updates(struct arena *a, void *ctx)
{
    struct online *o = ctx;
    (void)a;
    lkt_person_reset(o->person);
    for (int k = 0; k < SKILLS; k++)
        o->p[k] = bkt_start(&o->bkt);
    for (size_t i = 0; i < EACH; i++) {
        double *p = &o->p[o->rows[i].skill];
        *p = bkt_update(&o->bkt, *p, o->rows[i].right);
        lkt_update(o->m, o->person, &o->rows[i]);
        o->sum += *p;
    }
}

/* Nanoseconds of one answer for both models. */
static double online_ns(struct arena *keep, struct arena *a)
{
    struct online o = {.bkt = skill_bkt_default(), .person = lkt_person_new(keep)};
    int32_t *from = ARENA_ARRAY(keep, int32_t, STUDENTS + 1);
    struct lkt_opts opts = {.seed = 1};
    answers(keep, &o, from);
    struct answers all = {
        .rows = o.rows, .n = o.n, .student_n = STUDENTS, .skill_n = SKILLS, .from = from};
    struct arena *scratch = arena_new((size_t)1 << 30);
    o.m = lkt_fit(keep, scratch, &all, &opts);
    arena_free(scratch);
    double bare = best_us(a, no_update, &o) * 1000 / EACH;
    double ns = best_us(a, both_updates, &o) * 1000 / EACH;
    printf("one answer more, knowledge tracing and predictor: %.0f ns (reading it %.1f "
           "ns)%s\n",
           ns, bare, o.sum < 0 ? "!" : "");
    return ns;
}

int main(void)
{
    static const size_t times[] = {1, 10, 100};
    struct arena *keep = arena_new((size_t)512 << 20), *a = arena_new((size_t)1 << 30);
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(keep, map_text(keep), NULL, &e);
    if (m == NULL) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    struct job j = {.c = course(keep, m)};
    double first_ns = 0, first_bytes = 0, worst = 0;
    printf("engine_person, %d skills:\n", SKILLS);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        size_t n = times[i] * TERM_ROWS;
        j.in = (struct engine_in){.evidence = rows(keep, n),
                                  .evidence_n = n,
                                  .as_of_ms = 1760000000000 + (int64_t)n * 40000000,
                                  .seed = 1,
                                  .slots = 5};
        double us = best_us(a, run, &j), ns = us * 1000 / (double)n;
        double bytes = (double)arena_used(a) / (double)n;
        double base = best_us(a, sorted, &j) * 1000 / (double)n;
        first_ns = i == 0 ? ns : first_ns;
        first_bytes = i == 0 ? bytes : first_bytes;
        worst = ns / first_ns > worst ? ns / first_ns : worst;
        worst = bytes / first_bytes > worst ? bytes / first_bytes : worst;
        printf("  %3zux: %6zu rows %9.1f us, %6.1f ns and %5.0f bytes a row (%.2f and "
               "%.2f of 1x); the same rows copied and sorted %5.1f ns, ratio %.1f\n",
               times[i], n, us, ns, bytes, ns / first_ns, bytes / first_bytes, base,
               ns / base);
    }
    double update_ns = online_ns(keep, a);
    arena_free(a);
    arena_free(keep);
    printf("  %s: both models take in one answer in at most %.0f ns\n",
           update_ns <= UPDATE_NS ? "kept" : "NOT KEPT", UPDATE_NS);
    printf("  %s: no row costs more than %.1f times what it does in one term\n",
           worst <= LIMIT ? "kept" : "NOT KEPT", LIMIT);
    return worst <= LIMIT && update_ns <= UPDATE_NS ? 0 : 1;
}
