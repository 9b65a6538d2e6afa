/* Scores out of the outbox (LTI.md AGS-7 to AGS-9): once, in order, later, never. */
#include "base/iso.h"
#include "service/ags.h"
#include "store/lineitem.h"
#include "store/outbox.h"
#include "store/override.h"
#include "support/publishkit.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENANT PUBLISHKIT_TENANT
#define COURSE PUBLISHKIT_COURSE
#define AT PUBLISHKIT_AT

/* A grade book as Moodle's, by person: what the next posts are answered (0: as Moodle
 * would; LOST + status: taken, but answered so), grades and their seconds after AT, and
 * what was taken. */
#define SAY(s, p) ((s)->slot[(p) % 8])
#define POSTS(s) ((s)->slot[8])
#define LAST(s) ((s)->slot[9])
#define LOOKS(s) ((s)->slot[10])
#define TOKEN_SAYS(s) ((s)->slot[11])
#define GRADE(s, p) ((s)->slot[16 + (p) % 8]) /* + 1; 0 none */
#define SECOND(s, p) ((s)->slot[24 + (p) % 8])
#define TAKEN(s, p) ((s)->slot[32 + (p) % 8])
#define NOTED(s, n) ((s)->slot[40 + (n) % 24]) /* whose the posts were, in turn */
#define LOST 1000
#define ZERO_SECOND 1000

static void results(int fd, const char *path, struct httpd_shared *s)
{
    char body[200] = "[]";
    const char *who = strstr(path, "user_id=");
    int p = who == NULL ? 0 : atoi(who + 8), grade = atomic_load(&GRADE(s, p));
    atomic_fetch_add(&LOOKS(s), 1);
    if (grade > 0)
        snprintf(body, sizeof body,
                 "[{\"userId\":\"%d\",\"resultScore\":%d,\"resultMaximum\":100}]", p,
                 grade - 1);
    else if (grade < 0) /* Moodle's grade of nothing */
        snprintf(body, sizeof body, "[{\"userId\":\"%d\"}]", p);
    httpd_answer(fd, 200, "application/json", "", body, strlen(body));
}

static int take(struct httpd_shared *s, int p, const char *body)
{
    const char *given = strstr(body, "\"scoreGiven\":");
    const char *at = strstr(body, "\"timestamp\":\"");
    int64_t ms = 0;
    if (given == NULL || at == NULL || !iso_parse((struct str){at + 13, 24}, &ms))
        return 400;
    int second = (int)(ms / 1000 - AT / 1000) + ZERO_SECOND;
    if (second <= atomic_load(&SECOND(s, p)))
        return 409;
    atomic_store(&SECOND(s, p), second);
    atomic_store(&GRADE(s, p), atoi(given + 13) + 1);
    atomic_fetch_add(&TAKEN(s, p), 1);
    return 200;
}

static void grades(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    (void)ctx;
    if (strstr(r->path, "/results") != NULL) {
        results(fd, r->path, s);
        return;
    }
    if (strcmp(r->method, "GET") == 0) { /* the column itself is there no more */
        httpd_answer(fd, 404, "text/plain", "", "gone", 4);
        return;
    }
    char *at = strstr(r->body, "\"userId\":\"");
    int p = at == NULL ? 0 : atoi(at + 10), say = atomic_load(&SAY(s, p));
    int status = say == 0 || say >= LOST ? take(s, p, r->body) : say;
    if (say >= LOST && status == 200)
        status = say - LOST;
    atomic_store(&NOTED(s, atomic_fetch_add(&POSTS(s), 1)), p);
    atomic_store(&LAST(s), p);
    const char *body =
        status == 400 ? "Provided timestamp is before the last one" : "said so";
    httpd_answer(fd, status, "text/plain", status == 429 ? "Retry-After: 600\r\n" : "",
                 body, strlen(body));
}

static void score(struct svckit *k, int outbox_id, int person_id, double given)
{
    publishkit_score(k, outbox_id, person_id, given);
}

static void run(struct svckit *k)
{
    publishkit_run(k);
}

static int64_t states(struct svckit *k, const char *state)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE state = '%s'", state);
    return testdb_number(k->t, sql);
}

/* The grade of a person in the grade book, or -1. */
static int grade(struct svckit *k, int p)
{
    return atomic_load(&GRADE(k->srv.shared, p)) - 1;
}

static int taken(struct svckit *k, int p)
{
    return atomic_load(&TAKEN(k->srv.shared, p));
}

static void say(struct svckit *k, int p, int status)
{
    atomic_store(&SAY(k->srv.shared, p), status);
}

static int posts(struct svckit *k)
{
    return atomic_load(&POSTS(k->srv.shared));
}

static void once(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, grades);
    score(&k, 1, 1, 40);
    score(&k, 2, 2, 100);
    score(&k, 5, 5, 10); /* staff */
    score(&k, 6, 6, 10); /* has left */
    score(&k, 7, 7, 10); /* student preview */
    run(&k);
    ck_assert_int_eq(posts(&k), 2);
    ck_assert_int_eq(states(&k, "sent"), 2);
    ck_assert_int_eq(states(&k, "failed"), 3); /* AGS-9 */
    ck_assert_int_eq(
        testdb_number(t, "SELECT last_ms FROM score_clock WHERE person_id = 1"), AT);
    run(&k);
    ck_assert_int_eq(posts(&k), 2); /* nothing twice */
    score(&k, 8, 1, 50);
    run(&k); /* the next score of a person is at least a second younger (AGS-7) */
    ck_assert_int_eq(
        testdb_number(t, "SELECT last_ms FROM score_clock WHERE person_id = 1"),
        AT + 1000);
    score(&k, 9, 1, 60);
    t->now_ms = AT + 1500; /* never in the future: it waits for its time */
    run(&k);
    ck_assert_int_eq(grade(&k, 1), 50);
    ck_assert_int_eq(testdb_number(t, "SELECT next_ms FROM outbox WHERE outbox_id = 9"),
                     AT + 2000);
    t->now_ms = AT + 2000;
    run(&k);
    ck_assert_int_eq(grade(&k, 1), 60);
    svckit_close(&k);
}

START_TEST(once_each)
{
    testdb_each(once);
}
END_TEST

/* One answer that asks for a pause holds up all of that host, and nothing else. */
static void later(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, grades);
    score(&k, 1, 1, 40);
    score(&k, 2, 2, 50);
    say(&k, 1, 429);
    run(&k);
    ck_assert_int_eq(posts(&k), 1);
    ck_assert_int_eq(states(&k, "pending"), 2);
    ck_assert_int_ge(testdb_number(t, "SELECT next_ms FROM outbox WHERE outbox_id = 1"),
                     t->now_ms + 600000); /* Retry-After */
    run(&k);
    ck_assert_int_eq(posts(&k), 1);
    say(&k, 1, 0);
    t->now_ms += 599000;
    run(&k);
    ck_assert_int_eq(states(&k, "sent"), 0);
    t->now_ms += 2000;
    run(&k);
    ck_assert_int_eq(states(&k, "sent"), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM service_pause"), 0);
    score(&k, 3, 3, 1);
    score(&k, 4, 4, 1);
    say(&k, 3, 503);
    run(&k);
    t->now_ms += 20000;
    run(&k); /* one person's trouble holds nobody up for long */
    ck_assert_int_eq(grade(&k, 4), 1);
    t->now_ms = AT + INT64_C(49) * 3600 * 1000;
    run(&k); /* two days are enough (AGS-8) */
    ck_assert_int_eq(states(&k, "expired"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM outbox WHERE receipt LIKE "
                                      "'given up after two days: %'"),
                     1);
    /* and goes again when the platform answers once more: that person's alone */
    testdb_sql(t,
               "INSERT INTO state_run (tenant_id, course_id, person_id, map_id, "
               "rules_version, as_of_ms, work_read_ms, share, posted) VALUES "
               "(7, 70, 3, 1, '', 1, 1, 0.5, 50), (7, 70, 4, 1, '', 1, 1, 0.5, 50);\n");
    ck_assert_int_eq(outbox_revive(t->db, TENANT, COURSE, t->now_ms, NULL), 0);
    ck_assert_int_eq(states(&k, "expired"), 0);
    ck_assert_int_eq(
        testdb_number(t, "SELECT person_id FROM state_run WHERE posted IS NULL"), 3);
    svckit_close(&k);
}

START_TEST(tried_later)
{
    testdb_each(later);
}
END_TEST

static void never(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, grades);
    struct lineitem item = {.url = svckit_url(&k, "/i/9?type_id=1"), .maximum = 100};
    ck_assert_int_eq(lineitem_put(t->db, TENANT, COURSE, STR("mastery"), &item, 1, NULL),
                     0);
    score(&k, 2, 2, 40);
    score(&k, 3, 3, 40);
    say(&k, 2, 422);
    run(&k);
    ck_assert_int_eq(posts(&k), 2);
    ck_assert_int_eq(states(&k, "failed"), 1);
    ck_assert_int_eq(states(&k, "sent"), 1);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM outbox WHERE outbox_id = 2 AND "
                                   "receipt LIKE '%said so'"),
                     1);
    score(&k, 4, 4, 40);
    say(&k, 4, 404); /* the column is gone: another one, please */
    run(&k);
    ck_assert_int_eq(states(&k, "failed"), 2);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM line_item WHERE state = 'gone'"), 1);
    /* a registration that was switched off is not called */
    testdb_sql(t, "UPDATE registration SET state = 'disabled';\n");
    score(&k, 9, 3, 41);
    int before = posts(&k);
    run(&k);
    ck_assert_int_eq(posts(&k), before);
    ck_assert_int_eq(states(&k, "pending"), 1);
    /* nor is a platform that does not offer it (SVC-6) */
    testdb_sql(t, "UPDATE registration SET state = 'active';\n"
                  "UPDATE course SET ags_scopes = '[]';\n");
    run(&k);
    ck_assert_int_eq(posts(&k), before);
    svckit_close(&k);
}

START_TEST(never_again)
{
    testdb_each(never);
}
END_TEST

/* What an administrator can mend keeps the queue: no token, no permission (I90, I93). */
static void denied(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, grades);
    for (int i = 1; i <= 4; i++)
        score(&k, i, i, 40);
    say(&k, 1, 401);
    run(&k);
    ck_assert_int_eq(posts(&k), 2); /* once more with a new token */
    ck_assert_int_eq(states(&k, "pending"), 4);
    run(&k);
    ck_assert_int_eq(posts(&k), 2);
    say(&k, 1, 0);
    t->now_ms += INT64_C(5400000);
    run(&k);
    ck_assert_int_eq(states(&k, "sent"), 4);
    testdb_sql(t, "DELETE FROM access_token;\nUPDATE registration SET token_url = "
                  "'https://127.0.0.1:1/token';\n");
    score(&k, 8, 1, 41);
    run(&k);
    ck_assert_int_eq(states(&k, "failed"), 0);
    ck_assert_int_eq(states(&k, "pending"), 1);
    svckit_close(&k);
}

START_TEST(i90_i93_queue_is_kept)
{
    testdb_each(denied);
}
END_TEST

/* The answer is lost, or the worker dies before it is written down: what is there
 * decides, and nothing counts twice. */
static void lost(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, grades);
    score(&k, 1, 1, 40);
    say(&k, 1, LOST + 500);
    run(&k);
    ck_assert_int_eq(states(&k, "pending"), 1);
    say(&k, 1, 0);
    t->now_ms += 60000;
    run(&k);
    ck_assert_int_eq(states(&k, "sent"), 1);
    ck_assert_int_eq(taken(&k, 1), 1);
    ck_assert_int_eq(posts(&k), 1); /* it was found there */
    /* a newer one took its place meanwhile */
    score(&k, 2, 2, 40);
    say(&k, 2, LOST + 500);
    run(&k);
    testdb_sql(t, "UPDATE outbox SET state = 'replaced' WHERE outbox_id = 2;\n");
    say(&k, 2, 0);
    score(&k, 3, 2, 55);
    t->now_ms += 120000;
    run(&k);
    ck_assert_int_eq(grade(&k, 2), 55);
    ck_assert_int_eq(taken(&k, 2), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM override_seen"), 0);
    /* without a look at results the same goes once more, and is known by its time */
    testdb_sql(t, "UPDATE course SET ags_scopes = '[\"" SCOPE_SCORE "\"]';\n");
    score(&k, 4, 4, 70);
    say(&k, 4, LOST + 500);
    run(&k);
    say(&k, 4, 0);
    t->now_ms += 120000;
    int looks = atomic_load(&LOOKS(k.srv.shared));
    run(&k);
    ck_assert_int_eq(atomic_load(&LOOKS(k.srv.shared)), looks);
    ck_assert_int_eq(grade(&k, 4), 70);
    ck_assert_int_eq(taken(&k, 4), 1);
    ck_assert_int_eq(states(&k, "pending"), 0);
    ck_assert_int_eq(states(&k, "failed"), 0);
    svckit_close(&k);
}

START_TEST(ags7_lost_answers)
{
    testdb_each(lost);
}
END_TEST

static int allow(struct testdb *t, int64_t person_id, struct str target)
{
    return override_allow(t->db, TENANT, COURSE, person_id, target, t->now_ms, NULL);
}

/* 409: what is in the grade book decides. */
static void conflicts(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, grades);
    struct httpd_shared *s = k.srv.shared;
    for (int p = 1; p <= 4; p++) {
        score(&k, p, p, 40);
        atomic_store(&SECOND(s, p), ZERO_SECOND + 10); /* younger than our score */
    }
    atomic_store(&GRADE(s, 1), 40 + 1); /* the same */
    atomic_store(&GRADE(s, 2), 90 + 1); /* a teacher's */
    atomic_store(&GRADE(s, 3), 0);      /* none */
    atomic_store(&GRADE(s, 4), -1);     /* a row without a grade */
    run(&k);
    ck_assert_int_eq(grade(&k, 1), 40);
    ck_assert_int_eq(taken(&k, 1), 0);
    ck_assert_int_eq(grade(&k, 2), 90); /* a person has the last word */
    ck_assert_int_eq(grade(&k, 3), 40);
    ck_assert_int_eq(grade(&k, 4), 40);
    ck_assert_int_eq(states(&k, "sent"), 3);
    ck_assert_int_eq(states(&k, "held"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM override_seen WHERE "
                                      "person_id = 2 AND theirs = 90 AND ours = 40"),
                     1);
    score(&k, 8, 2, 60); /* while it stands, nothing is sent */
    int before = posts(&k);
    run(&k);
    ck_assert_int_eq(posts(&k), before);
    ck_assert_int_eq(states(&k, "held"), 2);
    /* a teacher lets us write again */
    struct str at = str_fmt(t->a, "%s/i/9?type_id=1", k.srv.base);
    ck_assert_int_eq(allow(t, 2, STR("another column")), 0);
    ck_assert_int_eq(allow(t, 2, at), 1);
    ck_assert_int_eq(allow(t, 2, at), 0);
    score(&k, 9, 2, 61);
    run(&k);
    ck_assert_int_eq(grade(&k, 2), 61);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM override_seen"), 0);
    svckit_close(&k);
}

START_TEST(ags7_conflicts)
{
    testdb_each(conflicts);
}
END_TEST

/* A 409 that stays one ends; a 400 for an old time is one; our old one is no edit. */
static void stubborn(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, grades);
    score(&k, 1, 1, 40);
    say(&k, 1, 409);
    score(&k, 2, 2, 40);
    say(&k, 2, 400);
    run(&k);
    ck_assert_int_eq(posts(&k), 4);
    ck_assert_int_eq(states(&k, "failed"), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM outbox WHERE receipt = 'the "
                                      "grade was edited in the LMS; it stands'"),
                     2);
    score(&k, 3, 3, 40);
    run(&k);
    atomic_store(&SECOND(k.srv.shared, 3), ZERO_SECOND + 30); /* its clock is ahead */
    score(&k, 4, 3, 45);
    run(&k);
    ck_assert_int_eq(grade(&k, 3), 45);
    svckit_close(&k);
}

START_TEST(ags7_ags8_stubborn)
{
    testdb_each(stubborn);
}
END_TEST

/* Courses take turns; a tenant whose platform rests holds up nobody. */
static void turns(struct testdb *t)
{
    struct svckit k;
    char sql[900];
    publishkit_open(&k, t, grades);
    snprintf(
        sql, sizeof sql,
        "INSERT INTO course (tenant_id, course_id, context_id, title, label, "
        "rules_version, modality, ags_scopes, roster_ms, grades_ms, states_ms, "
        "created_ms, ags_lineitems_url) SELECT tenant_id, 71, 'other', title, label, "
        "rules_version, modality, ags_scopes, 0, 0, 0, 1, ags_lineitems_url FROM "
        "course WHERE course_id = 70;\n"
        "INSERT INTO enrolment (tenant_id, course_id, person_id, roles, is_learner, "
        "is_staff, is_test, status, source, seen_ms, version) SELECT tenant_id, 71, "
        "person_id, roles, is_learner, is_staff, is_test, status, source, seen_ms, "
        "version FROM enrolment WHERE person_id = 2;\n");
    testdb_sql(t, sql);
    for (int i = 10; i < 25; i++) { /* fifteen of one course before one of the other */
        publishkit_person(t, i, "active", 1, 0);
        atomic_store(&SECOND(k.srv.shared, i), 0);
        score(&k, 100 + i, i, i);
    }
    score(&k, 200, 2, 99);
    testdb_sql(t, "UPDATE outbox SET course_id = 71 WHERE outbox_id = 200;\n");
    run(&k);
    int place = -1;
    for (int i = 0; i < 16; i++)
        if (atomic_load(&NOTED(k.srv.shared, i)) == 2)
            place = i;
    ck_assert_int_eq(place, 10);
    svckit_close(&k);
}

START_TEST(turns_of_courses)
{
    testdb_each(turns);
}
END_TEST

/* Two workers with the same row in hand; an older one in flight. */
static void taking(struct testdb *t)
{
    struct svckit k;
    struct outbox_row *rows;
    size_t n;
    publishkit_open(&k, t, grades);
    score(&k, 1, 1, 40);
    ck_assert_int_eq(
        outbox_due(t->db, k.a, TENANT, COURSE, t->now_ms, 9, &rows, &n, NULL), 0);
    ck_assert_uint_eq(n, 1);
    int64_t until = t->now_ms + 60000;
    ck_assert_int_eq(outbox_take(t->db, TENANT, rows, AT, t->now_ms, until, NULL), 1);
    ck_assert_int_eq(outbox_take(t->db, TENANT, rows, AT, t->now_ms, until, NULL), 0);
    testdb_sql(t, "UPDATE outbox SET state = 'replaced' WHERE outbox_id = 1;\n");
    score(&k, 2, 1, 50);
    run(&k); /* the newer one waits until the older one is over */
    ck_assert_int_eq(posts(&k), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT next_ms FROM outbox WHERE outbox_id = 2"),
                     until);
    t->now_ms = until;
    run(&k);
    ck_assert_int_eq(posts(&k), 1);
    ck_assert_int_eq(grade(&k, 1), 50);
    svckit_close(&k);
}

START_TEST(one_in_flight)
{
    testdb_each(taking);
}
END_TEST

/* The publisher sends a score while another worker reads the column: the reader held the
 * new score against the old one, called it an edit, and nothing was sent after that. */
static void read_meanwhile(struct testdb *t)
{
    struct svckit k;
    struct override_watch *w;
    struct outbox_row *rows;
    size_t n;
    publishkit_open(&k, t, grades);
    struct str at = str_fmt(t->a, "%s/i/9?type_id=1", k.srv.base);
    struct override o = {.person_id = 1,
                         .course_id = COURSE,
                         .target = at,
                         .ours = 40,
                         .has_theirs = true,
                         .theirs = 50,
                         .maximum = 100,
                         .seen_ms = t->now_ms};
    score(&k, 1, 1, 40);
    run(&k);
    ck_assert_int_eq(override_watches(t->db, t->a, TENANT, at, &w, &n, NULL), 0);
    ck_assert_uint_eq(n, 1);
    /* on its way, no answer yet */
    t->now_ms += 60000;
    score(&k, 2, 1, 50);
    ck_assert_int_eq(
        outbox_due(t->db, t->a, TENANT, COURSE, t->now_ms, 9, &rows, &n, NULL), 0);
    ck_assert_int_eq(
        outbox_take(t->db, TENANT, rows, AT + 9000, t->now_ms, t->now_ms, NULL), 1);
    ck_assert_int_eq(override_note(t->db, TENANT, &o, w, NULL), 0);
    /* and taken */
    run(&k);
    ck_assert_int_eq(grade(&k, 1), 50);
    ck_assert_int_eq(override_note(t->db, TENANT, &o, w, NULL), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM override_seen"), 0);
    /* what is read after that is held against it */
    ck_assert_int_eq(override_watches(t->db, t->a, TENANT, at, &w, &n, NULL), 0);
    o.ours = 50;
    o.theirs = 90;
    ck_assert_int_eq(override_note(t->db, TENANT, &o, w, NULL), 1);
    ck_assert_int_eq(override_note(t->db, TENANT, &o, w, NULL), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM override_seen"), 1);
    svckit_close(&k);
}

START_TEST(a_score_that_is_sent_while_the_column_is_read_is_no_edit)
{
    testdb_each(read_meanwhile);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("publish");
    TCase *t = tcase_create("publish");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, once_each);
    tcase_add_test(t, tried_later);
    tcase_add_test(t, never_again);
    tcase_add_test(t, i90_i93_queue_is_kept);
    tcase_add_test(t, ags7_lost_answers);
    tcase_add_test(t, ags7_conflicts);
    tcase_add_test(t, ags7_ags8_stubborn);
    tcase_add_test(t, turns_of_courses);
    tcase_add_test(t, one_in_flight);
    tcase_add_test(t, a_score_that_is_sent_while_the_column_is_read_is_no_edit);
    suite_add_tcase(s, t);
    return suite_main(s);
}
