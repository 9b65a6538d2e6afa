/* The ledger and the way in: once, never zero, never doubled, whatever the order. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/recompute.h"
#include "store/state.h"
#include "store/stmt.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define P KIT_PERSON

static int64_t rows_n(struct testdb *t)
{
    return testdb_number(t, "SELECT count(*) FROM evidence");
}

static void same_fact_twice(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 2);
    kit_publish(&l);
    struct evidence_in in = kit_answer(&l, P, "A", "1", 1, t->now_ms - KIT_DAY);
    struct intake_result r = kit_take(&l, &in, 1);
    ck_assert_uint_eq(r.added, 1);
    ck_assert_uint_eq(r.recomputed, 1);
    int64_t before = testdb_number(t, "SELECT sum(version) FROM enrolment");
    t->now_ms += 1000;
    r = kit_take(&l, &in, 1);
    ck_assert_uint_eq(r.added, 0);
    ck_assert_uint_eq(r.same, 1);
    ck_assert_uint_eq(r.recomputed, 0);
    struct evidence_in both[2] = {in, in};
    r = kit_take(&l, both, 2);
    ck_assert_uint_eq(r.same, 2);
    ck_assert_int_eq(rows_n(t), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT sum(version) FROM enrolment"), before);
    /* The same of another person is another fact. */
    in.person_id = P + 1;
    ck_assert_uint_eq(kit_take(&l, &in, 1).added, 1);
}

START_TEST(the_same_fact_twice_is_one_row)
{
    testdb_each(same_fact_twice);
}
END_TEST

/* One word about the mastery of A, after snapshots only. */
static double share_of_grade(struct testdb *t)
{
    return (double)testdb_number(t, "SELECT CAST(max(p_mastery) * 1000 AS BIGINT) "
                                    "FROM state_skill WHERE skill_code = 'A'");
}

static void snapshots(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    int64_t read_ms = t->now_ms;
    double first = 0;
    for (int i = 0; i < 6; i++, read_ms += 1000) {
        double grade = i / 2 == 1 ? 7 : 5; /* 5 5 7 7 5 5 */
        struct evidence_in in = kit_grade(&l, P, "A", grade, read_ms);
        t->now_ms = read_ms + 10;
        struct intake_result r = kit_take(&l, &in, 1);
        ck_assert_uint_eq(r.added, i % 2 == 0);
        ck_assert_uint_eq(r.corrected, i == 2 || i == 4);
        if (i == 0)
            first = share_of_grade(t);
        else if (i == 2)
            ck_assert(share_of_grade(t) > first);
    }
    ck_assert(share_of_grade(t) == first);
    ck_assert_int_eq(rows_n(t), 3);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM evidence WHERE supersedes IS NOT NULL"),
        2);
    /* A reading that began earlier and arrives late does not count. */
    struct evidence_in late = kit_grade(&l, P, "A", 9, read_ms - 3500);
    ck_assert_uint_eq(kit_take(&l, &late, 1).added, 1);
    ck_assert(share_of_grade(t) == first);
    ck_assert_uint_eq(kit_take(&l, &late, 1).same, 1);
    kit_replay(&l);
}

START_TEST(snapshots_5_7_5_keep_three_rows)
{
    testdb_each(snapshots);
}
END_TEST

/* The source gives a time of its own, which stays, or even goes back. */
static void overrides(struct testdb *t)
{
    static const struct {
        double grade;
        int64_t at; /* seconds */
    } told[] = {{5, 100}, {7, 100}, {5, 100}, {9, 50}, {5, 100}, {5, 100}};
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    double first = 0, nine = 0;
    for (int i = 0; i < 6; i++) {
        struct evidence_in in =
            kit_grade(&l, P, "A", told[i].grade, t->now_ms - KIT_DAY + told[i].at * 1000);
        in.read_ms = t->now_ms += 1000;
        in.observed_ms = 1759900000000 + told[i].at * 1000;
        t->now_ms += 10;
        ck_assert_uint_eq(kit_take(&l, &in, 1).added, i < 5);
        ck_assert_uint_eq(kit_take(&l, &in, 1).added, 0);
        if (i == 0)
            first = share_of_grade(t);
        if (i == 3)
            nine = share_of_grade(t);
    }
    ck_assert(nine > first);
    ck_assert(share_of_grade(t) == first);
    ck_assert_int_eq(rows_n(t), 5);
    kit_replay(&l);
}

START_TEST(a_source_may_set_its_time_back)
{
    testdb_each(overrides);
}
END_TEST

static void regrade(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    struct evidence_in in = kit_answer(&l, P, "A", "1", 0, t->now_ms - KIT_DAY);
    in.read_ms = t->now_ms;
    t->now_ms += 5;
    kit_take(&l, &in, 1);
    double low = share_of_grade(t);
    /* A regrade: another value of the same answer. */
    in.score = 1;
    in.read_ms = t->now_ms += 1000;
    struct intake_result r = kit_take(&l, &in, 1);
    ck_assert_uint_eq(r.corrected, 1);
    ck_assert(share_of_grade(t) > low);
    /* The old reading delivered again is an echo. */
    in.score = 0;
    in.read_ms = t->now_ms - 1000;
    ck_assert_uint_eq(kit_take(&l, &in, 1).same, 1);
    ck_assert(share_of_grade(t) > low);
    /* A younger reading with the old value takes the regrade back. */
    in.read_ms = t->now_ms += 1000;
    t->now_ms += 5;
    ck_assert_uint_eq(kit_take(&l, &in, 1).corrected, 1);
    ck_assert(share_of_grade(t) == low);
    ck_assert_uint_eq(kit_take(&l, &in, 1).same, 1);
    ck_assert_int_eq(rows_n(t), 3);
    kit_replay(&l);
}

START_TEST(a_regrade_supersedes_and_may_be_taken_back)
{
    testdb_each(regrade);
}
END_TEST

static void missing(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    /* A grade book without a grade tells nothing. */
    struct evidence_in in = kit_grade(&l, P, "A", 0, t->now_ms);
    in.has_score = false;
    ck_assert_uint_eq(kit_take(&l, &in, 1).same, 1);
    ck_assert_int_eq(rows_n(t), 0);
    ck_assert(str_is(kit_word(&l, P, "A"), "none"));
    /* An attempt that is not marked yet is a fact, but no result. */
    struct evidence_in open = kit_answer(&l, P, "A", "1", 0, t->now_ms - 1000);
    open.has_score = false;
    ck_assert_uint_eq(kit_take(&l, &open, 1).added, 1);
    ck_assert(str_is(kit_word(&l, P, "A"), "none"));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM evidence WHERE score = 0"),
                     0);
    /* A grade that goes away takes what it told with it. */
    in = kit_grade(&l, P, "E", 8, t->now_ms);
    kit_take(&l, &in, 1);
    ck_assert(!str_is(kit_word(&l, P, "E"), "none"));
    in.has_score = false;
    in.observed_ms = t->now_ms += 1000;
    ck_assert_uint_eq(kit_take(&l, &in, 1).corrected, 1);
    ck_assert(str_is(kit_word(&l, P, "E"), "none"));
    kit_replay(&l);
}

START_TEST(missing_is_never_zero)
{
    testdb_each(missing);
}
END_TEST

static void completion(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    static const char *const names[] = {"A", "B", "C", "D", "E"};
    for (int i = 0; i < 20; i++) {
        struct evidence_in in =
            kit_answer(&l, P, names[i % 5], "1", 1, t->now_ms - (20 - i) * KIT_DAY);
        in.kind = EVIDENCE_COMPLETION;
        in.attempt = str_fmt(t->a, "%d", i);
        kit_take(&l, &in, 1);
    }
    for (int i = 0; i < 5; i++)
        ck_assert(str_is(kit_word(&l, P, names[i]), "none"));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM unlock_grant"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM outbox"), 0);
}

START_TEST(completion_alone_masters_nothing)
{
    testdb_each(completion);
}
END_TEST

static void refused(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    struct evidence_in good = kit_answer(&l, P, "A", "1", 1, t->now_ms);
    struct evidence_in in[8];
    for (int i = 0; i < 8; i++)
        in[i] = good;
    in[0].person_id = 0;
    in[1].kind = EVIDENCE_NONE;
    in[2].observed_ms = 0;
    in[3].source_kind = STR_EMPTY;
    in[4].actor = STR_EMPTY;
    in[5].maximum = 0;
    in[6].person_id = 424242; /* not in the course */
    struct intake_result r = kit_take(&l, in, 8);
    ck_assert_uint_eq(r.refused, 7);
    ck_assert_uint_eq(r.refused_at, 0);
    ck_assert_str_eq(r.refusal, "it does not say who");
    ck_assert_uint_eq(r.added, 1);
    ck_assert_int_eq(rows_n(t), 1);
}

START_TEST(rows_without_who_what_when_whence_are_refused)
{
    testdb_each(refused);
}
END_TEST

/* Mastery, unlock, outbox
 * ---------------------------------------------------------------- */

static void master(struct learn *l, struct testdb *t, const char *skill, int64_t person)
{
    for (int i = 0; i < 5; i++) {
        struct evidence_in in =
            kit_answer(l, person, skill, "", 1, t->now_ms - (6 - i) * KIT_DAY);
        in.attempt = str_fmt(t->a, "m%d", i);
        in.source_key = str_fmt(t->a, "attempt:%s:%d", skill, i);
        kit_take(l, &in, 1);
    }
}

static void unlocks(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    testdb_sql(
        t,
        "INSERT INTO line_item (tenant_id, course_id, purpose, url, maximum, "
        "created_ms) VALUES (7, 70, 'mastery', 'https://lms.example/item', 100, 1);\n");
    master(&l, t, "A", P);
    ck_assert(str_is(kit_word(&l, P, "A"), "mastered"));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM unlock_grant WHERE "
                                      "skill_code = 'B'"),
                     1);
    ck_assert_int_eq(testdb_number(t, "SELECT ready FROM state_ready WHERE "
                                      "skill_code = 'B'"),
                     1);
    ck_assert_int_eq(testdb_number(t, "SELECT ready FROM state_ready WHERE "
                                      "skill_code = 'C'"),
                     0);
    /* One score for each change, the older ones replaced. */
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM outbox WHERE "
                                      "state = 'pending'"),
                     1);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM outbox WHERE state = 'pending' "
                                   "AND payload LIKE '%\"scoreGiven\":20,%'"),
                     1);
    int64_t all = testdb_number(t, "SELECT count(*) FROM outbox");
    struct err e = {0};
    t->now_ms += 1000;
    kit_must(recompute_person(&l, P, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM outbox"), all);
    /* What was opened stays open: all answers regraded to wrong. */
    for (int i = 0; i < 5; i++) {
        struct evidence_in in =
            kit_answer(&l, P, "A", "", 0, t->now_ms - (6 - i) * KIT_DAY);
        in.observed_ms -= 1000;
        in.attempt = str_fmt(t->a, "m%d", i);
        in.source_key = str_fmt(t->a, "attempt:A:%d", i);
        in.observed_ms += 2000;
        kit_take(&l, &in, 1);
    }
    ck_assert(!str_is(kit_word(&l, P, "A"), "mastered"));
    ck_assert_int_eq(testdb_number(t, "SELECT ready FROM state_ready WHERE "
                                      "skill_code = 'B'"),
                     1);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM outbox WHERE state = 'pending' "
                                   "AND payload LIKE '%\"scoreGiven\":0,%'"),
                     1);
    kit_replay(&l);
}

START_TEST(mastery_opens_and_posts_and_stays_open)
{
    testdb_each(unlocks);
}
END_TEST

/* Order and repetition
 * ------------------------------------------------------------------- */

/* At once, and killed
 * -------------------------------------------------------------------- */

#define EACH 10

static void hammer(struct testdb *t, int i)
{
    struct learn l = {.db = t->db,
                      .env = &t->env,
                      .a = t->a,
                      .tenant_id = KIT_TENANT,
                      .course_id = KIT_COURSE};
    for (int k = 0; k < EACH; k++) {
        /* Half of the facts are told by two processes. */
        int who = k % 2 == 0 ? i : i / 2;
        struct evidence_in in = kit_answer(&l, P, "A", "", k % 3 != 0,
                                           t->now_ms - (int64_t)(40 - k) * KIT_DAY - who);
        in.attempt = str_fmt(t->a, "%d-%d", who, k);
        in.source_key = str_fmt(t->a, "attempt:%d:%d", who, k);
        struct intake_result r;
        struct err e = {0};
        int rc = -1;
        for (int tries = 0; tries < 50 && rc < 0; tries++)
            rc = intake_add(&l, &in, 1, &r, &e);
        kit_must(rc, &e);
    }
}

static void four_at_once(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    testdb_fork(t, 4, hammer);
    l.db = t->db;
    ck_assert_int_eq(rows_n(t), 4 * EACH / 2 + 2 * EACH / 2);
    size_t n;
    struct ledger *book;
    struct err e = {0};
    kit_must(ledger_read(t->db, t->a, KIT_TENANT, KIT_COURSE, P, INT64_MAX, &book, &e),
             &e);
    ledger_rows(book, &n);
    ck_assert_int_eq(testdb_number(t, "SELECT evidence_n FROM state_skill WHERE "
                                      "skill_code = 'A'"),
                     (int64_t)n);
    kit_replay(&l);
}

START_TEST(four_processes_on_one_person_lose_nothing)
{
    testdb_each(four_at_once);
}
END_TEST

static void endless(struct testdb *t, int fd)
{
    struct learn l = {.db = t->db,
                      .env = &t->env,
                      .a = t->a,
                      .tenant_id = KIT_TENANT,
                      .course_id = KIT_COURSE};
    for (int k = 0;; k++) {
        struct evidence_in in[2];
        for (int i = 0; i < 2; i++) {
            in[i] = kit_answer(&l, P + i, "A", "", k % 3 != 0,
                               t->now_ms - KIT_DAY * 30 + k * 60000);
            in[i].attempt = str_fmt(t->a, "%d", k);
            in[i].source_key = str_fmt(t->a, "attempt:%d:%d", (int)getpid(), k);
        }
        kit_take(&l, in, 2);
        if (k == 0) /* however slow the machine is: something was written */
            ck_assert_int_eq(write(fd, "x", 1), 1);
    }
}

/* Whatever statement the process was at: each person's states are those of the ledger. */
static void killed(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 2);
    kit_publish(&l);
    for (int round = 0; round < 8; round++) {
        int fd;
        char c;
        pid_t pid;
        testdb_pause(t);
        pid = testdb_spawn(t, endless, &fd);
        ck_assert_int_eq(read(fd, &c, 1), 1);
        usleep(20000 + 7000 * (useconds_t)round);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        close(fd);
        testdb_settle(t);
        testdb_resume(t);
        l.db = t->db;
        for (int i = 0; i < 2; i++) {
            size_t n;
            struct ledger *book;
            struct state s;
            struct err e = {0};
            kit_must(ledger_read(t->db, t->a, KIT_TENANT, KIT_COURSE, P + i, INT64_MAX,
                                 &book, &e),
                     &e);
            ledger_standing(book, t->a, &n);
            kit_must(state_read(t->db, t->a, KIT_TENANT, KIT_COURSE, P + i, &s, &e), &e);
            ck_assert_int_eq(s.skills[0].evidence_n, (int64_t)n);
        }
        kit_replay(&l);
    }
    ck_assert_int_gt(rows_n(t), 8);
}

START_TEST(a_kill_leaves_ledger_and_states_together)
{
    testdb_each(killed);
}
END_TEST

/* Guard
 * ---------------------------------------------------------------------------------- */

START_TEST(no_statement_changes_or_deletes_evidence)
{
    size_t n;
    const struct db_sql *sql = stmt_table(&n);
    for (size_t i = 0; i < n; i++) {
        const char *text[2] = {sql[i].sqlite, sql[i].postgres};
        for (int k = 0; k < 2; k++) {
            ck_assert_msg(strstr(text[k], "UPDATE evidence") == NULL, "%s", sql[i].name);
            ck_assert_msg(strstr(text[k], "DELETE FROM evidence") == NULL, "%s",
                          sql[i].name);
            const char *into = strstr(text[k], "INTO evidence ");
            ck_assert_msg(into == NULL || strstr(into, "DO UPDATE") == NULL, "%s",
                          sql[i].name);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("evidence");
    TCase *c = tcase_create("evidence");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, the_same_fact_twice_is_one_row);
    tcase_add_test(c, snapshots_5_7_5_keep_three_rows);
    tcase_add_test(c, a_source_may_set_its_time_back);
    tcase_add_test(c, a_regrade_supersedes_and_may_be_taken_back);
    tcase_add_test(c, missing_is_never_zero);
    tcase_add_test(c, completion_alone_masters_nothing);
    tcase_add_test(c, rows_without_who_what_when_whence_are_refused);
    tcase_add_test(c, mastery_opens_and_posts_and_stays_open);
    tcase_add_test(c, four_processes_on_one_person_lose_nothing);
    tcase_add_test(c, a_kill_leaves_ledger_and_states_together);
    tcase_add_test(c, no_statement_changes_or_deletes_evidence);
    suite_add_tcase(s, c);
    return suite_main(s);
}
