/* Course copies and the notices that tell of them, on both databases. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "job/runner.h"
#include "learn/activities.h"
#include "learn/copy.h"
#include "learn/dashboard.h"
#include "learn/enrol.h"
#include "learn/mapfile.h"
#include "learn/notices.h"
#include "learn/openings.h"
#include "store/notice.h"
#include "store/origin.h"

#include <stdio.h>
#include <string.h>

#define NEW_COURSE 71

/* A course of some tenant: no map, nobody in it. */
static void add_course(struct testdb *t, int64_t tenant, int64_t id, const char *context,
                       const char *title)
{
    testdb_sql(t, str_fmt(t->a,
                          "INSERT INTO course (tenant_id, course_id, context_id, title, "
                          "label, rules_version, modality, ags_scopes, roster_ms, "
                          "grades_ms, states_ms, created_ms) VALUES (%lld, %lld, '%s', "
                          "'%s', '', '', '', '[]', 0, 0, 0, 0);\n",
                          (long long)tenant, (long long)id, context, title)
                      .p);
}

static void set_context(struct testdb *t, int64_t course, const char *context)
{
    testdb_sql(t, str_fmt(t->a,
                          "UPDATE course SET context_id = '%s' WHERE course_id = %lld;\n",
                          context, (long long)course)
                      .p);
}

static int64_t count(struct testdb *t, const char *from)
{
    return testdb_number(t, str_fmt(t->a, "SELECT count(*) FROM %s", from).p);
}

/* The old course with a map, gates and two students who did something; a new one. */
static struct learn begin(struct testdb *t, struct learn *old)
{
    struct err e = {0};
    kit_course(t, old, 2);
    kit_publish(old);
    struct evidence_in rows[] = {kit_answer(old, KIT_PERSON, "A", "1", 1, t->now_ms)};
    kit_take(old, rows, 1);
    set_context(t, KIT_COURSE, "old");
    testdb_sql(t,
               "INSERT INTO gate (tenant_id, course_id, unit, link_id, line_item_url, "
               "maximum, created_ms) VALUES (7, 70, 'one', 5, 'https://lms/1', 100, 1);"
               "\nUPDATE course SET modality = 'online', coverage_floor = 40 WHERE "
               "course_id = 70;\n");
    struct openings_in gate = {STR("one"),    80,         STR("group"), STR("77"),
                               STR("Quiz 2"), KIT_TEACHER};
    int64_t id;
    kit_must(openings_add(old, &gate, &id, &e), &e);
    gate.way = STR("override");
    kit_must(openings_add(old, &gate, &id, &e), &e);
    testdb_sql(t, "UPDATE opening SET state = 'active', lms_key = '9';");
    add_course(t, KIT_TENANT, NEW_COURSE, "new", "Algebra I again");
    struct learn l = *old;
    l.course_id = NEW_COURSE;
    int64_t from;
    ck_assert_int_eq(copy_source(&l, &from, &e), 0); /* nobody told anything */
    ck_assert_int_eq(copy_course(&l, &e), 0);
    return l;
}

static void note(struct learn *l, const char *contexts, const char *links,
                 const char *made_in)
{
    struct err e = {0};
    struct copy_told told = {str_c(contexts), str_c(links), str_c(made_in)};
    kit_must(copy_note(l, &told, &e), &e);
}

/* Nothing of a person may come along. */
static void only_the_map(struct testdb *t, int64_t course)
{
    static const char *const tables[] = {"evidence",
                                         "state_run",
                                         "state_skill",
                                         "state_ready",
                                         "state_flag",
                                         "state_next",
                                         "decision",
                                         "enrolment",
                                         "unlock_grant",
                                         "outbox",
                                         "exposure",
                                         "line_item",
                                         "gate_score",
                                         "course_group",
                                         "course_group_member",
                                         "override_seen",
                                         "opening_member",
                                         "closing",
                                         "experiment_course",
                                         "experiment_unit"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        ck_assert_msg(count(t, str_fmt(t->a, "%s WHERE course_id = %lld", tables[i],
                                       (long long)course)
                                   .p) == 0,
                      "%s", tables[i]);
}

static void copied(struct testdb *t)
{
    struct learn old, l = begin(t, &old);
    struct err e = {0};
    struct str title, map, theirs;
    int64_t version;
    note(&l, "old", "", "");
    ck_assert_int_eq(copy_course(&l, &e), 1);
    ck_assert_int_eq(copy_course(&l, &e), 0);
    ck_assert_int_eq(mapfile_current(&l, &title, &version, &e), 1);
    ck_assert_int_eq(version, 1);
    ck_assert_int_eq(mapfile_export(&l, &map, &e), 1);
    ck_assert_int_eq(mapfile_export(&old, &theirs, &e), 1);
    ck_assert(str_eq(map, theirs));
    ck_assert_int_eq(count(t, "map_version"), 2);
    ck_assert_int_eq(count(t, "skill s JOIN course c ON c.map_id = s.map_id AND "
                              "c.course_id = 71"),
                     5);
    ck_assert_int_eq(count(t, "course WHERE course_id = 71 AND copied_from = 70 AND "
                              "modality = 'online' AND coverage_floor = 40"),
                     1);
    ck_assert_int_eq(count(t, "gate WHERE course_id = 71 AND unit = 'one' AND link_id IS "
                              "NULL AND line_item_url IS NULL AND maximum = 100"),
                     1);
    ck_assert_int_eq(count(t,
                           "opening WHERE course_id = 71 AND unit = 'one' AND state = "
                           "'draft' AND lms_key = '' AND target = '' AND way = 'group' "
                           "AND title = 'Quiz 2'"),
                     1);
    ck_assert_int_eq(count(t, "opening WHERE course_id = 71"), 1);
    only_the_map(t, NEW_COURSE);
    struct dashboard d;
    struct dashboard_ask ask = {.by_person_id = KIT_TEACHER};
    kit_must(dashboard_read(&l, &ask, &d, &e), &e);
    ck_assert(d.is_copy && d.students == 0 && d.copied_from.n > 0);
    kit_must(dashboard_read(&old, &ask, &d, &e), &e);
    ck_assert(!d.is_copy);
}

START_TEST(a_copy_has_the_map_and_nobody)
{
    testdb_each(copied);
}
END_TEST

/* The catalogue of the new course comes with its next reading: the same titles. */
static void tied(struct testdb *t)
{
    struct learn old, l = begin(t, &old);
    struct err e = {0};
    struct activities_counts c;
    static const char *const names[] = {"A", "B", "C", "D", "E"};
    struct activities_in in[5] = {{.alias_n = 0}};
    note(&l, "old", "", "");
    ck_assert_int_eq(copy_course(&l, &e), 1);
    for (int i = 0; i < 5; i++)
        in[i] =
            (struct activities_in){.row = {.title = str_fmt(t->a, "Check %s", names[i]),
                                           .kind = STR("quiz"),
                                           .url = STR_EMPTY,
                                           .visible = true,
                                           .position = i},
                                   .alias = {{STR("moodle-cm"), str_fmt(t->a, "9%d", i)}},
                                   .alias_n = 1};
    kit_must(activities_apply(&l, STR("moodle-ws"), in, 5, true, &c, &e), &e);
    ck_assert_uint_eq(c.linked, 5);
}

START_TEST(activities_are_tied_by_their_titles)
{
    testdb_each(tied);
}
END_TEST

static void nearest(struct testdb *t)
{
    struct learn old, l = begin(t, &old);
    struct err e = {0};
    int64_t from = 0;
    /* nearer, but without a map; nearer still, and unknown; then the old one */
    add_course(t, KIT_TENANT, 72, "between", "Between");
    note(&l, "un%6Bnown%2C1,between,,o%6Cd,truncated", "", "");
    ck_assert_int_eq(count(t, "course_origin WHERE origin_context_id = 'unknown,1' AND "
                              "ord = 0 AND source = 'history'"),
                     1);
    ck_assert_int_eq(count(t, "course_origin WHERE origin_context_id = 'truncated'"), 0);
    ck_assert_int_eq(copy_source(&l, &from, &e), 1);
    ck_assert_int_eq(from, KIT_COURSE);
    struct learn between = l;
    between.course_id = 72;
    struct mapfile_result r;
    kit_must(mapfile_publish(&between, str_c(kit_map), 0, &r, &e), &e);
    ck_assert_int_eq(copy_source(&l, &from, &e), 1);
    ck_assert_int_eq(from, 72);
    /* a copy of a copy, of which only the first step is known to each */
    add_course(t, KIT_TENANT, 73, "last", "Last");
    add_course(t, KIT_TENANT, 74, "first", "First");
    struct learn last = l, first = l;
    last.course_id = 73;
    first.course_id = 74;
    note(&first, "between", "", "");
    note(&last, "first,last", "", "last");
    ck_assert_int_eq(count(t, "course_origin WHERE context_id = 'last'"), 1);
    ck_assert_int_eq(copy_source(&last, &from, &e), 1);
    ck_assert_int_eq(from, 72);
    /* a circle ends */
    add_course(t, KIT_TENANT, 75, "x", "X");
    add_course(t, KIT_TENANT, 76, "y", "Y");
    struct learn x = l, y = l;
    x.course_id = 75;
    y.course_id = 76;
    note(&x, "y", "", "");
    note(&y, "x", "", "");
    ck_assert_int_eq(copy_source(&x, &from, &e), 0);
    /* broken and endless histories */
    note(&x, "%,%4,%zz,%00,%ff", "", "");
    ck_assert_int_eq(count(t, "course_origin WHERE context_id = 'x'"), 1);
    char *much = arena_alloc(t->a, 100001);
    for (int i = 0; i < 100000; i++)
        much[i] = i % 2 == 0 ? 'a' : ',';
    note(&x, much, "", "");
    ck_assert_int_le(count(t, "course_origin WHERE context_id = 'x'"), 20);
}

START_TEST(the_nearest_origin_with_a_map_counts)
{
    testdb_each(nearest);
}
END_TEST

static void by_link(struct testdb *t)
{
    struct learn old, l = begin(t, &old);
    struct err e = {0};
    int64_t from = 0;
    testdb_sql(t, "INSERT INTO link (tenant_id, link_id, course_id, resource_link_id, "
                  "title, custom, created_ms) VALUES (7, 5, 70, 'rl 1', '', '{}', 1);\n");
    note(&l, "", "rl%201", "");
    ck_assert_int_eq(copy_source(&l, &from, &e), 1);
    ck_assert_int_eq(from, KIT_COURSE);
    add_course(t, KIT_TENANT, 72, "by hand", "Made");
    l.course_id = 72;
    note(&l, "", "", "old");
    ck_assert_int_eq(copy_source(&l, &from, &e), 1);
}

START_TEST(links_tell_where_they_come_from)
{
    testdb_each(by_link);
}
END_TEST

/* Another tenant's course of the same name, or its link, is nobody's origin. */
/* Whatever a platform sends, the job can be asked for: a launch must not fail by it. */
static void endless(struct testdb *t)
{
    struct err e = {0};
    struct copy_told told;
    char *much = arena_alloc(t->a, 65537);
    memset(much, '"', 65536);
    for (size_t i = 0; i < 65536; i += 16)
        much[i] = ',';
    told = (struct copy_told){str_c(much), str_c(much), str_c(much)};
    struct str payload = copy_payload(t->a, &told);
    ck_assert_uint_lt(payload.n, 65536);
    kit_must(copy_enqueue(t->db, &t->env, 7, 70, payload, &e), &e);
    ck_assert_int_eq(count(t, "job WHERE kind = 'copy.course'"), 1);
    struct learn l = {
        .db = t->db, .env = &t->env, .a = t->a, .tenant_id = 7, .course_id = 70};
    ck_assert_int_eq(copy_pending(&l, &e), 1);
    t->now_ms += 60000; /* no worker runs: nobody waits for ever */
    ck_assert_int_eq(copy_pending(&l, &e), 0);
    l.course_id = 71;
    ck_assert_int_eq(copy_pending(&l, &e), 0);
}

START_TEST(what_is_told_may_be_long)
{
    testdb_each(endless);
}
END_TEST

static void other_tenant(struct testdb *t)
{
    struct learn old, l = begin(t, &old);
    struct err e = {0};
    int64_t from = 0;
    add_course(t, 8, 80, "mine", "Elsewhere");
    testdb_sql(t, "INSERT INTO link (tenant_id, link_id, course_id, resource_link_id, "
                  "title, custom, created_ms) VALUES (7, 5, 70, 'rl-1', '', '{}', 1);\n");
    l.tenant_id = 8;
    l.course_id = 80;
    note(&l, "old", "rl-1", "old");
    ck_assert_int_eq(copy_source(&l, &from, &e), 0);
    ck_assert_int_eq(copy_course(&l, &e), 0);
    ck_assert_int_eq(count(t, "map_version WHERE tenant_id = 8"), 0);
    ck_assert_int_eq(count(t, "gate WHERE tenant_id = 8"), 0);
}

START_TEST(another_tenants_course_is_no_origin)
{
    testdb_each(other_tenant);
}
END_TEST

static void picked(struct testdb *t)
{
    struct learn old, l = begin(t, &old);
    struct err e = {0};
    struct mapfile_result r;
    note(&l, "old", "", "");
    kit_must(mapfile_publish(&l, str_c(kit_map), KIT_TEACHER, &r, &e), &e);
    ck_assert_int_eq(copy_course(&l, &e), 0);
    ck_assert_int_eq(count(t, "course WHERE copied_from IS NOT NULL"), 0);
    ck_assert_int_eq(count(t, "gate WHERE course_id = 71"), 0);
}

START_TEST(a_map_that_was_picked_stays)
{
    testdb_each(picked);
}
END_TEST

static void race_one(struct testdb *t, int i)
{
    struct learn l = {.db = t->db,
                      .env = &t->env,
                      .a = t->a,
                      .tenant_id = KIT_TENANT,
                      .course_id = NEW_COURSE};
    struct err e = {0};
    struct mapfile_result r;
    int rc = i % 2 == 0 ? copy_course(&l, &e)
                        : mapfile_publish(&l, str_c(kit_map), KIT_TEACHER, &r, &e);
    ck_assert_msg(rc >= 0, "%s", e.text);
}

static void race(struct testdb *t)
{
    struct learn old, l = begin(t, &old);
    note(&l, "old", "", "");
    testdb_fork(t, 4, race_one);
    ck_assert_int_eq(count(t, "map_version WHERE course_id = 71"), 1); /* the same map */
    ck_assert_int_eq(count(t, "course WHERE course_id = 71 AND map_id IS NOT NULL"), 1);
}

START_TEST(copies_and_choices_that_meet)
{
    testdb_each(race);
}
END_TEST

/* --- notices ---------------------------------------------------------------------------
 */

static void add_tenant(struct testdb *t, int64_t id, int64_t registration,
                       const char *deployment, const char *state)
{
    testdb_sql(t,
               str_fmt(t->a,
                       "INSERT INTO tenant (tenant_id, registration_id, deployment_id, "
                       "state, settings, created_ms) VALUES (%lld, %lld, '%s', '%s', "
                       "'{}', 0);\n",
                       (long long)id, (long long)registration, deployment, state)
                   .p);
}

static enum notices_fate take(struct testdb *t, int64_t registration,
                              const char *deployment, const char *id, const char *nonce,
                              const char *context)
{
    static struct str origins[] = {STR("old"), STR("older")};
    struct notices_in in = {.registration_id = registration,
                            .deployment_id = str_c(deployment),
                            .notice_id = str_c(id),
                            .nonce_hash = str_c(nonce),
                            .type = STR("LtiContextCopyNotice"),
                            .context_id = str_c(context),
                            .origins = origins,
                            .origins_n = 2};
    enum notices_fate fate;
    struct err e = {0};
    kit_must(notices_take(t->db, &t->env, &in, 1, &fate, &e), &e);
    return fate;
}

static void notices(struct testdb *t)
{
    struct err e = {0};
    add_tenant(t, 21, 5, "d", "active");
    add_tenant(t, 22, 6, "d", "active");
    add_tenant(t, 23, 5, "off", "disabled");
    add_course(t, 21, 210, "known", "Known");
    ck_assert_int_eq(take(t, 5, "d", "n1", "x1", "new"), NOTICES_TAKEN);
    ck_assert_int_eq(take(t, 5, "d", "n1", "x1", "new"), NOTICES_DUPLICATE);
    ck_assert_int_eq(take(t, 5, "d", "n1", "x9", "new2"), NOTICES_DUPLICATE);
    ck_assert_int_eq(take(t, 5, "d", "n9", "x1", "new2"), NOTICES_DUPLICATE);
    ck_assert_int_eq(count(t, "course_origin WHERE context_id = 'new2'"), 0);
    ck_assert_int_eq(take(t, 6, "d", "n1", "x1", "new"), NOTICES_TAKEN);
    ck_assert_int_eq(take(t, 5, "off", "n2", "x2", "new"), NOTICES_NO_TENANT);
    ck_assert_int_eq(take(t, 5, "other", "n2", "x2", "new"), NOTICES_NO_TENANT);
    ck_assert_int_eq(take(t, 9, "d", "n2", "x2", "new"), NOTICES_NO_TENANT);
    ck_assert_int_eq(count(t, "notice"), 2);
    ck_assert_int_eq(count(t, "course_origin WHERE tenant_id = 21"), 2);
    ck_assert_int_eq(count(t, "course_origin WHERE tenant_id = 22"), 2);
    ck_assert_int_eq(count(t, "job WHERE kind = 'copy.course'"), 0); /* not launched */
    ck_assert_int_eq(take(t, 5, "d", "n2", "x2", "known"), NOTICES_TAKEN);
    ck_assert_int_eq(take(t, 6, "d", "n2", "x2", "known"), NOTICES_TAKEN);
    ck_assert_int_eq(count(t, "job WHERE kind = 'copy.course' AND tenant_id = 21 AND "
                              "job_key = '210'"),
                     1);
    ck_assert_int_eq(count(t, "job WHERE kind = 'copy.course'"), 1);
    ck_assert_int_eq(notice_purge(t->db, t->now_ms, &e), 0);
    ck_assert_int_eq(notice_purge(t->db, t->now_ms + 1, &e), 4);
    ck_assert_int_eq(notice_waiting(t->db, STR("notice.check"), &e), 0);
}

/* Strangers can have raw notices stored: not for long. */
static void raw_notices(struct testdb *t)
{
    struct err e = {0};
    struct job_in in = {.kind = STR("notice.check"), .key = STR("a")};
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 1);
    in.key = STR("b");
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 1);
    in.kind = STR("other");
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 1);
    ck_assert_int_eq(notice_waiting(t->db, STR("notice.check"), &e), 2);
    testdb_sql(t, "UPDATE job SET state = 'done' WHERE job_key = 'a';\n"
                  "UPDATE job SET state = 'dead' WHERE job_key = 'b' AND kind <> 'other';"
                  "\nUPDATE job SET state = 'done' WHERE kind = 'other';\n");
    int64_t now = t->now_ms;
    ck_assert_int_eq(notice_jobs_purge(t->db, STR("notice.check"), now + 1, now, &e), 1);
    ck_assert_int_eq(notice_jobs_purge(t->db, STR("notice.check"), now + 1, now + 1, &e),
                     1);
    ck_assert_int_eq(count(t, "job"), 1);
}

START_TEST(PNS_1_raw_notices_go_soon)
{
    testdb_each(raw_notices);
}
END_TEST

START_TEST(PNS_1_notices_are_taken_once)
{
    testdb_each(notices);
}
END_TEST

static void meet_one(struct testdb *t, int i)
{
    (void)i;
    take(t, 5, "d", "n1", "x1", "new");
}

static void meet(struct testdb *t)
{
    add_tenant(t, 21, 5, "d", "active");
    testdb_fork(t, 4, meet_one);
    ck_assert_int_eq(count(t, "notice"), 1);
    ck_assert_int_eq(count(t, "course_origin"), 2);
}

START_TEST(PNS_1_deliveries_that_meet)
{
    testdb_each(meet);
}
END_TEST

/* A platform may tell of as many copies as it likes: what comes to nothing goes. */
static void purged(struct testdb *t)
{
    struct err e = {0};
    add_course(t, KIT_TENANT, NEW_COURSE, "here", "T");
    kit_must(origin_add(t->db, KIT_TENANT, STR("here"), STR("o"), 0, "notice", 5, &e),
             &e);
    kit_must(origin_add(t->db, KIT_TENANT, STR("never"), STR("o"), 0, "notice", 5, &e),
             &e);
    kit_must(origin_add(t->db, KIT_TENANT, STR("soon"), STR("o"), 0, "notice", 9, &e),
             &e);
    kit_must(origin_add(t->db, 8, STR("here"), STR("o"), 0, "notice", 5, &e), &e);
    ck_assert_int_eq(origin_purge(t->db, 9, &e), 2);
    ck_assert_int_eq(origin_any(t->db, KIT_TENANT, STR("here"), &e), 1);
    ck_assert_int_eq(origin_any(t->db, KIT_TENANT, STR("soon"), &e), 1);
}

START_TEST(origins_of_courses_that_never_came_go)
{
    testdb_each(purged);
}
END_TEST

static void services(struct testdb *t)
{
    struct err e = {0};
    struct notice_service s;
    add_tenant(t, 21, 5, "d", "active");
    ck_assert_int_eq(notice_service_get(t->db, t->a, 21, &s, &e), 0);
    kit_must(notice_service_put(t->db, 21, STR("https://l/p"), STR("[]"), 5, &e), &e);
    ck_assert_int_eq(notice_service_get(t->db, t->a, 21, &s, &e), 1);
    ck_assert(s.registration_id == 5 && str_is(s.deployment_id, "d"));
    s.handled = STR("[\"x\"]");
    s.error = STR("words");
    kit_must(notice_service_done(t->db, 21, &s, 9, &e), &e);
    ck_assert_int_eq(notice_service_get(t->db, t->a, 21, &s, &e), 1);
    ck_assert(str_is(s.handled, "[\"x\"]") && str_is(s.error, "words"));
    /* moved meanwhile: the answer of the old address says nothing */
    kit_must(notice_service_put(t->db, 21, STR("https://l/q"), STR("[]"), 10, &e), &e);
    kit_must(notice_service_done(t->db, 21, &s, 11, &e), &e);
    ck_assert_int_eq(notice_service_get(t->db, t->a, 21, &s, &e), 1);
    ck_assert(str_is(s.handled, "[]") && s.error.n == 0 && s.checked_ms == 10);
}

START_TEST(notification_services_are_remembered)
{
    testdb_each(services);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("copy");
    TCase *c = tcase_create("copy");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_copy_has_the_map_and_nobody);
    tcase_add_test(c, activities_are_tied_by_their_titles);
    tcase_add_test(c, the_nearest_origin_with_a_map_counts);
    tcase_add_test(c, links_tell_where_they_come_from);
    tcase_add_test(c, what_is_told_may_be_long);
    tcase_add_test(c, another_tenants_course_is_no_origin);
    tcase_add_test(c, a_map_that_was_picked_stays);
    tcase_add_test(c, copies_and_choices_that_meet);
    tcase_add_test(c, PNS_1_notices_are_taken_once);
    tcase_add_test(c, PNS_1_raw_notices_go_soon);
    tcase_add_test(c, PNS_1_deliveries_that_meet);
    tcase_add_test(c, origins_of_courses_that_never_came_go);
    tcase_add_test(c, notification_services_are_remembered);
    suite_add_tcase(s, c);
    return suite_main(s);
}
