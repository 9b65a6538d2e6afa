/* Timed facts in any order, told twice, cut off in the middle: the same states, to the
 * byte. A property test over random schedules. What was opened on the way stays open
 * whatever came later (learn/README.md), so grants are compared apart (they only grow),
 * and the states as a run without grants gives them. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/model.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define P KIT_PERSON
#define FACTS 16
#define ARRIVALS (2 * FACTS) /* every fact twice */
#define SETS 100             /* of random facts, on each database */
#define ORDERS 10            /* random schedules of each: 1,000 in all */

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

/* --- facts ------------------------------------------------------------------- */

static struct evidence_in some_fact(struct learn *l, uint32_t *seed, int i, int64_t now)
{
    static const char *const acts[] = {"A", "B", "C", "E", "mix"};
    static const struct str sources[] = {{"moodle-ws", 9}, {"xapi", 4}, {"canvas", 6}};
    struct evidence_in f = kit_answer(l, P, acts[draw(seed, 5)], "", 0, 0);
    f.source_kind = sources[draw(seed, 3)];
    f.attempt = str_fmt(l->a, "x%d", i / 2);
    f.source_key = str_fmt(l->a, "attempt:%d:%u", i / 2, draw(seed, 2) + 1);
    f.observed_ms = now - (int64_t)draw(seed, 30 * 24) * 3600 * 1000;
    f.score = draw(seed, 3) > 0;
    f.item = draw(seed, 2) ? STR("1") : STR("2");
    if (draw(seed, 4) == 0) {
        f.kind = EVIDENCE_ATTEMPT;
        f.item = STR_EMPTY;
        f.maximum = 10;
        f.score = draw(seed, 11);
    }
    if (draw(seed, 8) == 0) { /* nobody has marked it yet */
        f.has_score = false;
        f.score = 0;
    }
    return f;
}

static void some_facts(struct learn *l, uint32_t *seed, int64_t now,
                       struct evidence_in f[FACTS])
{
    for (int i = 0; i < FACTS; i++)
        f[i] = some_fact(l, seed, i, now);
    for (int i = 0; i < 3; i++) { /* the last three correct the first three, later */
        f[FACTS - 3 + i] = f[i];
        f[FACTS - 3 + i].has_score = true;
        f[FACTS - 3 + i].score = f[i].maximum - f[i].score;
        f[FACTS - 3 + i].observed_ms += 1800 * 1000;
    }
}

/* --- one schedule ------------------------------------------------------------ */

struct plan {
    struct evidence_in *facts;
    int order[ARRIVALS];
    uint32_t seed; /* of the sizes of the batches */
};

static struct plan some_plan(struct evidence_in *facts, uint32_t *seed)
{
    struct plan p = {.facts = facts};
    for (int i = 0; i < ARRIVALS; i++)
        p.order[i] = i % FACTS;
    for (int i = ARRIVALS - 1; i > 0; i--) {
        int j = (int)draw(seed, (uint32_t)i + 1), x = p.order[i];
        p.order[i] = p.order[j];
        p.order[j] = x;
    }
    p.seed = *seed;
    return p;
}

static size_t grants_n(struct learn *l)
{
    struct state_grant *grants;
    size_t n;
    struct err e = {0};
    kit_must(
        state_grants(l->db, l->a, KIT_TENANT, KIT_COURSE, P, INT64_MAX, &grants, &n, &e),
        &e);
    return n;
}

static size_t rows_n(struct learn *l)
{
    struct ledger *book;
    size_t n;
    struct err e = {0};
    kit_must(ledger_read(l->db, l->a, KIT_TENANT, KIT_COURSE, P, INT64_MAX, &book, &e),
             &e);
    ledger_rows(book, &n);
    return n;
}

/* Arrivals in batches of random sizes; what was opened stays open. */
static void arrive(struct learn *l, const struct plan *p)
{
    uint32_t seed = p->seed;
    size_t opened = 0;
    for (int from = 0; from < ARRIVALS;) {
        struct evidence_in batch[8];
        int n = 1 + (int)draw(&seed, 8);
        n = n > ARRIVALS - from ? ARRIVALS - from : n;
        for (int i = 0; i < n; i++)
            batch[i] = p->facts[p->order[from + i]];
        kit_take(l, batch, (size_t)n);
        from += n;
        size_t now = grants_n(l);
        ck_assert_uint_ge(now, opened);
        opened = now;
    }
}

/* --- cut off ----------------------------------------------------------------- */

static int ticks_left;

/* A clock that ends its process, at whatever statement it is. */
static int64_t deadly_now(void *ctx)
{
    if (ticks_left-- <= 0)
        raise(SIGKILL);
    return ((struct testdb *)ctx)->now_ms;
}

static const struct plan *cut_plan;

static void cut_run(struct testdb *t, int fd)
{
    struct learn l = {.db = t->db,
                      .env = &t->env,
                      .a = t->a,
                      .tenant_id = KIT_TENANT,
                      .course_id = KIT_COURSE};
    (void)fd;
    t->env.now_ms = deadly_now;
    arrive(&l, cut_plan);
}

/* The same schedule, ended by SIGKILL after some looks at the clock. */
static void arrive_cut(struct learn *l, struct testdb *t, const struct plan *p, int ticks)
{
    ticks_left = ticks;
    cut_plan = p;
    testdb_pause(t);
    pid_t pid = testdb_spawn(t, cut_run, NULL);
    waitpid(pid, NULL, 0);
    testdb_settle(t);
    testdb_resume(t);
    l->db = t->db;
}

/* --- the property ------------------------------------------------------------ */

/* Work the person out once more as if nothing had been opened on the way. */
static struct str states_without_grants(struct learn *l, struct testdb *t)
{
    struct model m;
    struct err e = {0};
    testdb_sql(t, "DELETE FROM unlock_grant;\n");
    kit_must(model_load(l, &m, &e), &e);
    ck_assert_int_eq(intake_again(l, &m, P, &e), 1);
    return kit_states(l, P);
}

static void one_set(struct learn *l, struct testdb *t, uint32_t *seed, int set)
{
    struct evidence_in facts[FACTS];
    struct str want = STR_EMPTY;
    size_t rows = 0;
    some_facts(l, seed, t->now_ms, facts);
    for (int k = 0; k < ORDERS; k++) {
        struct plan p = some_plan(facts, seed);
        if (k == ORDERS - 1)
            arrive_cut(l, t, &p, (int)draw(seed, 60));
        arrive(l, &p);
        struct str got = states_without_grants(l, t);
        size_t got_rows = rows_n(l);
        if (k == 0) {
            want = got;
            rows = got_rows;
        }
        ck_assert_msg(str_eq(got, want), "facts %d, schedule %d:\n%.*s\nwanted:\n%.*s",
                      set, k, STR_ARG(got), STR_ARG(want));
        ck_assert_uint_eq(got_rows, rows);
        testdb_sql(t, "DELETE FROM evidence;\nDELETE FROM unlock_grant;\n");
    }
}

static void schedules(struct testdb *t)
{
    struct learn l;
    uint32_t seed = 4711;
    kit_course(t, &l, 1);
    kit_publish(&l);
    l.a = arena_new((size_t)64 << 20);
    for (int set = 0; set < SETS; set++) {
        one_set(&l, t, &seed, set);
        arena_reset(l.a);
    }
    arena_free(l.a);
}

START_TEST(a_thousand_schedules_give_the_same_bytes)
{
    testdb_each(schedules);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("schedules");
    TCase *c = tcase_create("schedules");
    tcase_set_timeout(c, 600);
    tcase_add_test(c, a_thousand_schedules_give_the_same_bytes);
    suite_add_tcase(s, c);
    return suite_main(s);
}
