/* What a whole course costs, from the ledger to the states and back:
 *
 *   build/release/tests/bench/engine_course replay [STUDENTS [ATTEMPTS]]
 *   build/release/tests/bench/engine_course recompute [STUDENTS [ATTEMPTS [WORKERS]]]
 *
 * on SQLite, and on PostgreSQL where WAYMARK_TEST_PG names one. "replay" proves the
 * states of a term from the ledger, beside reading the same rows and doing nothing with
 * them; "recompute" puts another map in force and works everybody out. */
#include "learn/replay.h"
#include "support/termkit.h"

#include "base/log.h"
#include "store/stmt.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct term term = {.students = 500, .skills = 40, .attempts = 80, .seed = 1};
static int workers = 2;
static int rounds = 3;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(void *ctx, struct str line)
{
    (void)ctx;
    printf("  %.*s\n", STR_ARG(line));
}

static void must(int rc, const struct err *e)
{
    if (rc < 0) {
        fprintf(stderr, "%s (%s:%d)\n", e->text, e->file, e->line);
        exit(1);
    }
}

/* The rows of the ledger, read and forgotten. */
static double bare(struct learn *l, size_t *rows)
{
    struct err e = {0};
    double begun = now_s();
    *rows = 0;
    for (int i = 0; i < term.students; i++) {
        struct db_rows *r =
            db_ask(l->db, S_EVIDENCE_OF_PERSON, &e, DB_I(l->tenant_id),
                   DB_I(l->course_id), DB_I(TERM_PERSON + i), DB_I(INT64_MAX));
        must(r == NULL ? -1 : 0, &e);
        while (db_next(r, &e) == 1)
            *rows += db_text(r, 12).n > 0;
        db_end(r);
    }
    return now_s() - begun;
}

static const char *kind_of(const struct testdb *t)
{
    return str_starts(t->url, STR("sqlite")) ? "SQLite" : "PostgreSQL";
}

static void replay(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    term_course(t, &l, &term);
    double begun = now_s();
    size_t rows, written = term_answers(t, &l, &term);
    printf("%s: %d students, %zu rows taken in in %.1f s\n", kind_of(t), term.students,
           written, now_s() - begun);
    term_jobs(&l);
    for (int i = 0; i < rounds; i++) {
        struct replay_counts c;
        double read_s = bare(&l, &rows);
        begun = now_s();
        must(replay_course(&l, say, NULL, &c, &e), &e);
        double took_s = now_s() - begun;
        printf("  replay %.2f s, %zu differences in %zu rows of %zu persons; the same "
               "%zu rows read bare %.2f s; ratio %.2f\n",
               took_s, c.different, c.rows, c.persons, rows, read_s, took_s / read_s);
    }
}

static void work(struct testdb *t, int i)
{
    (void)i;
    struct learn l = {.db = t->db,
                      .env = &t->env,
                      .a = t->a,
                      .tenant_id = TERM_TENANT,
                      .course_id = TERM_COURSE};
    term_jobs(&l);
}

static void recompute(struct testdb *t)
{
    struct learn l;
    term_course(t, &l, &term);
    double begun = now_s();
    size_t written = term_answers(t, &l, &term);
    printf("%s: %d students, %zu rows taken in in %.1f s\n", kind_of(t), term.students,
           written, now_s() - begun);
    term_jobs(&l);
    for (int i = 0; i < 2; i++) {
        t->now_ms += 1000;
        l.db = t->db;
        term_publish(&l, term_map(t->a, &term, i == 0 ? 0.12 : 0.14));
        begun = now_s();
        testdb_fork(t, workers, work);
        double took_s = now_s() - begun;
        l.db = t->db;
        struct replay_counts c;
        struct err e = {0};
        must(replay_course(&l, say, NULL, &c, &e), &e);
        printf("  another map: everybody worked out again in %.1f s by %d workers "
               "(%.2f ms a person); a replay finds %zu differences\n",
               took_s, workers, took_s * 1000 / term.students, c.different);
    }
}

/* The database of a test lives in a test. */
static void (*run)(struct testdb *t);
START_TEST(measured)
{
    testdb_each(run);
}
END_TEST

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "replay";
    setvbuf(stdout, NULL, _IOLBF, 0);
    log_threshold(LOG_ERROR);
    if (strcmp(what, "recompute") == 0) {
        term.students = 10000;
        term.attempts = 12;
    }
    if (argc > 2)
        term.students = atoi(argv[2]);
    if (argc > 3)
        term.attempts = atoi(argv[3]);
    if (argc > 4)
        workers = rounds = atoi(argv[4]);
    run = strcmp(what, "recompute") == 0 ? recompute : replay;
    Suite *suite = suite_create("engine_course");
    TCase *c = tcase_create("engine_course");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, measured);
    suite_add_tcase(suite, c);
    SRunner *r = srunner_create(suite);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
