/* What a launch leaves behind: learn/enrol.h on both databases. */
#include "learn/enrol.h"
#include "store/consumer.h"
#include "store/person.h"
#include "store/stmt.h"
#include "support/suite.h"
#include "support/testdb.h"

#include <stdio.h>

static struct keyring keys = {.seal = {7}, .mark = {8}, .csrf = {9}};
static struct registration reg;

static void add_registration(struct testdb *t, const char *policy)
{
    struct err e = {0};
    reg = (struct registration){
        .issuer = STR("https://lms.example.edu"),
        .client_id = STR("client-1"),
        .name = STR("Example (invented)"),
        .auth_url = STR("https://lms.example.edu/auth"),
        .token_url = STR("https://lms.example.edu/token"),
        .jwks_url = STR("https://lms.example.edu/jwks"),
        .state = STR("active"),
        .deployment_policy = str_c(policy),
        .trusted_audiences = STR("[]"),
        .frame_origins = STR("[]"),
    };
    ck_assert_int_eq(registration_add(t->db, &t->env, &reg, &e), 0);
}

static void add_login(struct testdb *t, const char *state)
{
    struct err e = {0};
    struct login l = {
        .state_hash = str_c(state),
        .registration_id = reg.id,
        .nonce = STR("n"),
        .verifier_hash = STR("v"),
        .redirect_uri = STR("https://tool.example.net/lti/launch"),
        .target_link_uri = STR("https://tool.example.net/lti/launch"),
        .expires_ms = t->now_ms + 600000,
    };
    ck_assert_int_eq(login_add(t->db, &l, reg.changed_ms, &e), 1);
}

static struct enrol_in launch(struct testdb *t, const char *state, const char *sub)
{
    return (struct enrol_in){
        .reg = &reg,
        .state_hash = str_c(state),
        .deployment_id = STR("1"),
        .sub = str_c(sub),
        .name = STR("Ada Invented"),
        .locale = STR("en"),
        .context_id = STR("3"),
        .context_title = STR("Algebra I"),
        .context_label = STR("ALG1"),
        .link_id = STR("2"),
        .link_title = STR("My skills"),
        .custom = STR("{}"),
        .nrps_url = STR("https://lms.example.edu/nrps"),
        .ags_scopes = STR("[]"),
        .message_type = STR("LtiResourceLinkRequest"),
        .roles = 1,
        .tells_roles = true,
        .is_learner = true,
        .now_ms = t->now_ms,
        .session_ms = 3600000,
        .session_hash = str_fmt(t->a, "session of %s", state),
        .handle = STR("h"),
    };
}

static struct enrol_out enrol(struct testdb *t, const struct enrol_in *in)
{
    struct err e = {0};
    struct enrol_out out;
    int rc = enrol_launch(t->db, &t->env, t->a, &keys, in, &out, &e);
    ck_assert_msg(rc == 0, "%s", e.text);
    return out;
}

static int count_ok(void *ctx, const struct launch_note *n)
{
    *(int64_t *)ctx += str_is(n->fault, "ok") && str_eq(n->issuer, reg.issuer);
    return 0;
}

static void first_launch(struct testdb *t)
{
    add_registration(t, "auto");
    add_login(t, "s1");
    struct enrol_in in = launch(t, "s1", "36");
    int64_t before = db_count(t->db);
    struct enrol_out one = enrol(t, &in);
    ck_assert_int_eq(one.result, ENROL_OK);
    ck_assert_int_le(db_count(t->db) - before, 12); /* a new deployment looks twice */
    ck_assert(one.course_id != 0 && one.person_id != 0 && one.link_id != 0 &&
              !one.has_map);

    add_login(t, "s2");
    in = launch(t, "s2", "36");
    before = db_count(t->db);
    struct enrol_out two = enrol(t, &in);
    ck_assert_int_le(db_count(t->db) - before, 6);
    ck_assert(two.course_id == one.course_id && two.person_id == one.person_id &&
              two.link_id == one.link_id && two.tenant_id == one.tenant_id);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM evidence WHERE kind = 'access'"), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM session"), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM launch_log"), 0);
    struct err e = {0};
    int64_t told = 0;
    ck_assert_int_eq(login_notes(t->db, t->a, STR_EMPTY, 10, count_ok, &told, &e), 0);
    ck_assert_int_eq(told, 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM login"), 0);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM person WHERE name_sealed LIKE "
                                   "'%Ada%'"),
                     0);
}

START_TEST(a_returning_student_costs_six_statements)
{
    testdb_each(first_launch);
}
END_TEST

/* Regression: the reading left enrolment.seen_ms out, so each launch wrote it again. */
static void seen_lately(struct testdb *t)
{
    add_registration(t, "auto");
    add_login(t, "s1");
    struct enrol_in in = launch(t, "s1", "36");
    in.groups_url = STR("https://lms.example.edu/groups");
    in.group_sets_url = STR("https://lms.example.edu/sets");
    enrol(t, &in);
    int64_t first = t->now_ms;
    t->now_ms += 60000;
    add_login(t, "s2");
    in = launch(t, "s2", "36"); /* tells no groups: that says nothing */
    enrol(t, &in);
    ck_assert_int_eq(testdb_number(t, "SELECT seen_ms FROM enrolment"), first);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM course WHERE groups_url = "
                                      "'https://lms.example.edu/groups' AND "
                                      "group_sets_url = 'https://lms.example.edu/sets'"),
                     1);
}

START_TEST(an_enrolment_seen_lately_is_not_written_again)
{
    testdb_each(seen_lately);
}
END_TEST

/* Work that only a course seen for the first time asks for (LTI.md 2.6), and only a
 * notification service that is new or has moved (8.2). */
static void jobs_of_a_launch(struct testdb *t)
{
    add_registration(t, "auto");
    add_login(t, "s0");
    struct enrol_in in = launch(t, "s0", "36");
    in.copied.contexts = STR("2,1");
    enrol(t, &in); /* a new deployment has no older course */
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job"), 0);
    add_login(t, "s1");
    in = launch(t, "s1", "36");
    in.context_id = STR("4");
    in.copied.contexts = STR("3");
    in.copied.made_in = STR("3");
    in.pns_url = STR("https://lms.example.edu/pns");
    in.pns_offered = STR("[\"LtiContextCopyNotice\"]");
    enrol(t, &in);
    const char *copies = "SELECT count(*) FROM job WHERE kind = 'copy.course'";
    const char *handlers = "SELECT count(*) FROM job WHERE kind = 'notice.handlers'";
    ck_assert_int_eq(testdb_number(t, copies), 1);
    ck_assert_int_eq(testdb_number(t, handlers), 1);
    testdb_sql(t, "DELETE FROM job;\n");
    for (int i = 2; i < 5; i++) { /* the usual launch: no further statement, no job */
        const char *state = str_fmt(t->a, "s%d", i).p;
        add_login(t, state);
        in = launch(t, state, "36");
        in.context_id = STR("4");
        in.copied.contexts = STR("3");
        in.pns_offered = STR("[\"LtiContextCopyNotice\"]");
        in.pns_url = i < 4 ? STR("https://lms.example.edu/pns")
                           : STR("https://lms.example.edu/moved"); /* too soon */
        int64_t before = db_count(t->db);
        enrol(t, &in);
        ck_assert_int_le(db_count(t->db) - before, 6);
        ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job"), 0);
    }
    t->now_ms += 3600000;
    add_login(t, "s9");
    in = launch(t, "s9", "36");
    in.context_id = STR("5"); /* made by hand from a link of its own course: no copy */
    in.copied.made_in = STR("5");
    in.pns_url = STR("https://lms.example.edu/moved");
    in.pns_offered = STR("[]");
    enrol(t, &in);
    ck_assert_int_eq(testdb_number(t, copies), 0);
    ck_assert_int_eq(testdb_number(t, handlers), 1);
}

START_TEST(a_new_course_asks_what_it_is_a_copy_of)
{
    testdb_each(jobs_of_a_launch);
}
END_TEST

static void known_deployment(struct testdb *t)
{
    struct err e = {0};
    add_registration(t, "reject");
    ck_assert_int_eq(
        registration_add_deployment(t->db, &t->env, reg.id, STR("1"), STR("active"), &e),
        0);
    add_login(t, "s1");
    struct enrol_in in = launch(t, "s1", "36");
    int64_t before = db_count(t->db);
    ck_assert_int_eq(enrol(t, &in).result, ENROL_OK);
    ck_assert_int_le(db_count(t->db) - before, 11);
}

START_TEST(a_first_launch_costs_eleven_statements_at_most)
{
    testdb_each(known_deployment);
}
END_TEST

static void replay(struct testdb *t)
{
    add_registration(t, "auto");
    add_login(t, "s1");
    struct enrol_in in = launch(t, "s1", "36");
    ck_assert_int_eq(enrol(t, &in).result, ENROL_OK);
    ck_assert_int_eq(enrol(t, &in).result, ENROL_TAKEN);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM session"), 1);
}

START_TEST(I55_a_login_is_taken_once)
{
    testdb_each(replay);
}
END_TEST

static void race_one(struct testdb *t, int i)
{
    struct enrol_in in = launch(t, "s1", "36");
    in.session_hash = str_fmt(t->a, "session %d", i);
    enrol(t, &in);
}

static void race(struct testdb *t)
{
    add_registration(t, "auto");
    add_login(t, "s1");
    testdb_fork(t, 4, race_one);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM session"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM evidence"), 1);
}

START_TEST(I55_of_four_at_once_one_gets_in)
{
    testdb_each(race);
}
END_TEST

static void crowd_one(struct testdb *t, int i)
{
    for (int k = 0; k < 5; k++) {
        char state[32], sub[32];
        snprintf(state, sizeof state, "s%d-%d", i, k);
        snprintf(sub, sizeof sub, "%d", k);
        add_login(t, state);
        struct enrol_in in = launch(t, state, sub);
        in.session_hash = str_fmt(t->a, "session %s", state);
        ck_assert_int_eq(enrol(t, &in).result, ENROL_OK);
    }
}

static void crowd(struct testdb *t)
{
    add_registration(t, "auto");
    testdb_fork(t, 4, crowd_one);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tenant"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM course"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM link"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person"), 5);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM enrolment"), 5);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM session"), 20);
}

START_TEST(first_launches_that_meet_make_one_course)
{
    testdb_each(crowd);
}
END_TEST

/* A verified claim's ids are kept once; a launch without one writes nothing more. */
static void moved(struct testdb *t)
{
    add_registration(t, "auto");
    for (int i = 0; i < 3; i++) {
        add_login(t, "s1");
        struct enrol_in in = launch(t, "s1", "36");
        in.session_hash = str_fmt(t->a, "session %d", i);
        int64_t before = db_count(t->db);
        if (i > 0)
            in.legacy = (struct legacy){.consumer_key = STR("k"),
                                        .guid = STR("old.example.edu"),
                                        .person = STR_EMPTY,
                                        .context = STR("old-3"),
                                        .link = STR_EMPTY};
        ck_assert_int_eq(enrol(t, &in).result, ENROL_OK);
        if (i == 2)
            ck_assert_int_le(db_count(t->db) - before, 7); /* one read more */
        ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM legacy_id"),
                         i > 0 ? 4 : 0);
    }
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM legacy_id l JOIN person p "
                                      "ON p.person_id = l.new_id AND p.sub = l.legacy_id "
                                      "WHERE l.kind = 'person' AND l.consumer_key = 'k'"),
                     1);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM legacy_id l JOIN course c "
                                   "ON c.course_id = l.new_id AND c.context_id = '3' "
                                   "WHERE l.kind = 'context' AND l.legacy_id = 'old-3'"),
                     1);
}

START_TEST(MIG_1_MIG_2_old_ids_are_kept_once) /* MIG-1, MIG-2 */
{
    testdb_each(moved);
}
END_TEST

/* An old id that was taken stays whose it is. */
static void moved_twice(struct testdb *t)
{
    struct err e = {0};
    struct str secret;
    add_registration(t, "auto");
    for (int i = 0; i < 2; i++) {
        add_login(t, "s1");
        struct enrol_in in = launch(t, "s1", i == 0 ? "36" : "37");
        in.session_hash = str_fmt(t->a, "session %d", i);
        in.legacy = (struct legacy){.consumer_key = STR("k"), .person = STR("old-36")};
        ck_assert_int_eq(enrol(t, &in).result, ENROL_OK);
    }
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM legacy_id l JOIN person p "
                                      "ON p.person_id = l.new_id WHERE l.kind = 'person' "
                                      "AND p.sub = '36'"),
                     1);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM legacy_id WHERE kind = 'person'"), 1);

    ck_assert_int_eq(
        consumer_put(t->db, t->a, &t->env, &keys, reg.id, STR("k"), STR("hush-1"), &e),
        0);
    ck_assert_int_eq(
        consumer_put(t->db, t->a, &t->env, &keys, reg.id, STR("k"), STR("hush-2"), &e),
        0);
    ck_assert_int_eq(consumer_get(t->db, t->a, &keys, reg.id, STR("k"), &secret, &e), 1);
    ck_assert(str_is(secret, "hush-2"));
    ck_assert_int_eq(consumer_get(t->db, t->a, &keys, reg.id + 1, STR("k"), &secret, &e),
                     0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM consumer_key "
                                      "WHERE secret_sealed LIKE '%hush%'"),
                     0);
    ck_assert_int_eq(consumer_remove(t->db, reg.id, STR("k"), &e), 1);
    ck_assert_int_eq(consumer_get(t->db, t->a, &keys, reg.id, STR("k"), &secret, &e), 0);
}

START_TEST(an_old_id_belongs_to_who_came_first)
{
    testdb_each(moved_twice);
}
END_TEST

static void policies(struct testdb *t)
{
    add_registration(t, "reject");
    add_login(t, "s1");
    struct enrol_in in = launch(t, "s1", "36");
    ck_assert_int_eq(enrol(t, &in).result, ENROL_UNKNOWN);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tenant"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM login"), 0);

    reg.deployment_policy = STR("pending");
    for (int i = 0; i < 2; i++) {
        add_login(t, "s2");
        in = launch(t, "s2", "36");
        ck_assert_int_eq(enrol(t, &in).result, ENROL_PENDING);
    }
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM tenant WHERE state = 'pending'"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM session"), 0);

    ck_assert_int_eq(
        registration_set_deployment(t->db, reg.id, STR("1"), STR("disabled"), NULL), 1);
    add_login(t, "s3");
    in = launch(t, "s3", "36");
    ck_assert_int_eq(enrol(t, &in).result, ENROL_DISABLED);
}

START_TEST(I62_I63_deployments_follow_the_policy)
{
    testdb_each(policies);
}
END_TEST

static void changes(struct testdb *t)
{
    struct err e = {0};
    struct session s;
    add_registration(t, "auto");
    add_login(t, "s1");
    struct enrol_in in = launch(t, "s1", "36");
    enrol(t, &in);
    add_login(t, "s2");
    in = launch(t, "s2", "36");
    in.context_title = STR("Algebra I, renamed");
    in.nrps_url = STR_EMPTY; /* says nothing about the address that is known */
    in.name = STR_EMPTY;
    in.is_staff = true;
    enrol(t, &in);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM course WHERE title = 'Algebra I, "
                         "renamed' AND nrps_url IS NOT NULL"),
        1);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM person WHERE name_sealed IS NOT "
                                   "NULL"),
                     1);
    ck_assert_int_eq(session_find(t->db, t->a, in.session_hash, t->now_ms, &s, &e), 1);
    ck_assert(s.is_staff && s.enabled && !s.has_map);
    ck_assert_int_eq(
        session_find(t->db, t->a, in.session_hash, t->now_ms + 3600000, &s, &e), 0);
    ck_assert_int_eq(
        registration_set_state(t->db, reg.id, STR("disabled"), t->now_ms, &e), 1);
    ck_assert_int_eq(session_find(t->db, t->a, in.session_hash, t->now_ms, &s, &e), 1);
    ck_assert(!s.enabled);
}

/* Moodle's Deep Linking messages name no roster: a course that was first met by one and
 * has a map is read anew when a launch tells the roster's address, and only then. */
static void services_come_later(struct testdb *t)
{
    const char *jobs = "SELECT count(*) FROM job WHERE kind = 'sync.course'";
    add_registration(t, "auto");
    add_login(t, "s1");
    struct enrol_in in = launch(t, "s1", "36");
    in.nrps_url = STR_EMPTY;
    enrol(t, &in);
    testdb_sql(t, "UPDATE course SET map_id = 1;\n");
    add_login(t, "s2");
    in = launch(t, "s2", "36");
    in.nrps_url = STR_EMPTY;
    enrol(t, &in);
    ck_assert_int_eq(testdb_number(t, jobs), 0);
    add_login(t, "s3");
    in = launch(t, "s3", "36");
    enrol(t, &in);
    ck_assert_int_eq(testdb_number(t, jobs), 1);
    testdb_sql(t, "DELETE FROM job;\n");
    add_login(t, "s4");
    in = launch(t, "s4", "36");
    enrol(t, &in);
    ck_assert_int_eq(testdb_number(t, jobs), 0);
}

START_TEST(a_launch_updates_what_it_tells_and_keeps_the_rest)
{
    testdb_each(changes);
}
END_TEST

START_TEST(a_service_that_comes_later_is_read)
{
    testdb_each(services_come_later);
}
END_TEST

static void odd_people(struct testdb *t)
{
    add_registration(t, "auto");
    for (int i = 0; i < 2; i++) {
        char state[32];
        snprintf(state, sizeof state, "a%d", i);
        add_login(t, state);
        struct enrol_in in = launch(t, state, "");
        in.context_id = STR_EMPTY;
        in.session_hash = str_fmt(t->a, "anon %d", i);
        ck_assert_int_eq(enrol(t, &in).result, ENROL_OK);
    }
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person"), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM course"), 1);
}

/* LTI.md 2.4: Deep Linking asks for neither a link nor a person nor a context. */
static void nothing_but_a_deployment(struct testdb *t)
{
    struct err e = {0};
    struct session s;
    add_registration(t, "auto");
    add_login(t, "d0");
    struct enrol_in in = launch(t, "d0", "");
    in.link_id = in.context_id = in.name = STR_EMPTY;
    in.message_type = STR("LtiDeepLinkingRequest");
    in.tells_roles = false;
    struct enrol_out out = enrol(t, &in);
    ck_assert_int_eq(out.result, ENROL_OK);
    ck_assert(out.course_id == 0 && out.link_id == 0 && out.person_id == 0);
    ck_assert_int_eq(session_find(t->db, t->a, in.session_hash, t->now_ms, &s, &e), 1);
    ck_assert(s.course_id == 0 && s.person_id == 0 && s.link_id == 0 && s.enabled &&
              !s.has_map && s.course_title.n == 0);
    ck_assert_int_eq(
        testdb_number(t, "SELECT (SELECT count(*) FROM course) + (SELECT count(*) FROM "
                         "person) + (SELECT count(*) FROM link) + (SELECT count(*) FROM "
                         "evidence) + (SELECT count(*) FROM enrolment)"),
        0);
}

/* A person and a course but no link: what the claims tell is kept, roles that were not
 * told change nobody's. */
static void no_link(struct testdb *t)
{
    struct err e = {0};
    struct session s;
    add_registration(t, "auto");
    add_login(t, "l0");
    struct enrol_in in = launch(t, "l0", "36");
    in.is_staff = true;
    in.shows = STR("unit/ratios");
    enrol(t, &in);
    ck_assert_int_eq(session_find(t->db, t->a, in.session_hash, t->now_ms, &s, &e), 1);
    ck_assert(str_is(s.shows, "unit/ratios"));
    add_login(t, "l1");
    in = launch(t, "l1", "36");
    in.link_id = STR_EMPTY;
    in.roles = 0;
    in.is_learner = in.tells_roles = false;
    struct enrol_out out = enrol(t, &in);
    ck_assert(out.course_id != 0 && out.person_id != 0 && out.link_id == 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM link"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT is_staff FROM enrolment"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM evidence"), 1);
}

START_TEST(V22_messages_without_link_person_or_context)
{
    testdb_each(nothing_but_a_deployment);
    testdb_each(no_link);
}
END_TEST

START_TEST(MSG_2_V4_anonymous_people_and_missing_contexts)
{
    testdb_each(odd_people);
}
END_TEST

static void tickets(struct testdb *t)
{
    struct err e = {0};
    struct login_ticket one = {.ticket_hash = STR("t1"),
                               .registration_id = 5,
                               .launch = STR("sealed"),
                               .expires_ms = t->now_ms + 60000},
                        got;
    ck_assert_int_eq(login_ticket_add(t->db, &one, &e), 0);
    ck_assert_int_eq(
        login_ticket_take(t->db, t->a, STR("t1"), t->now_ms, &got, &e), 1);
    ck_assert(got.registration_id == 5 && str_is(got.launch, "sealed"));
    ck_assert(got.verifier_hash.n == 0);
    ck_assert_int_eq(
        login_ticket_take(t->db, t->a, STR("t1"), t->now_ms, &got, &e), 0);
    one.verifier_hash = STR("v"); /* PS-7 */
    one.ticket_hash = STR("t2");
    ck_assert_int_eq(login_ticket_add(t->db, &one, &e), 0);
    ck_assert_int_eq(
        login_ticket_take(t->db, t->a, STR("t2"), t->now_ms, &got, &e), 1);
    ck_assert(str_is(got.verifier_hash, "v"));
    one.ticket_hash = STR("t3");
    ck_assert_int_eq(login_ticket_add(t->db, &one, &e), 0);
    ck_assert_int_eq(
        login_ticket_take(t->db, t->a, STR("t3"), t->now_ms + 60000, &got, &e), 0);
}

START_TEST(BIND_3_a_ticket_works_once_and_for_a_minute)
{
    testdb_each(tickets);
}
END_TEST

static void logins(struct testdb *t)
{
    struct err e = {0};
    add_registration(t, "auto");
    for (int i = 0; i < 10; i++) {
        char state[32];
        snprintf(state, sizeof state, "s%d", i);
        t->now_ms += 1000;
        add_login(t, state);
    }
    ck_assert_int_eq(login_count(t->db, &e), 10);
    ck_assert_int_eq(login_drop_oldest(t->db, 3, &e), 3);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM login WHERE state_hash = 's2'"), 0);
    ck_assert_int_eq(login_purge(t->db, t->now_ms + 600000, &e), 6);
    ck_assert_int_eq(login_count(t->db, &e), 1);
}

START_TEST(I15_logins_are_bounded_and_the_oldest_go_first)
{
    testdb_each(logins);
}
END_TEST

/* A worker's copy of a registration is a guess: one switched off takes no login. */
static void guesses(struct testdb *t)
{
    struct err e = {0};
    add_registration(t, "auto");
    struct login l = {
        .state_hash = STR("s1"),
        .registration_id = reg.id,
        .nonce = STR("n"),
        .verifier_hash = STR("v"),
        .redirect_uri = STR("https://tool.example.net/lti/launch"),
        .target_link_uri = STR("https://tool.example.net/lti/launch"),
        .storage_target = STR("_parent"),
        .expires_ms = t->now_ms + 600000,
    };
    ck_assert_int_eq(login_add(t->db, &l, reg.changed_ms, &e), 1);
    l.state_hash = STR("s2");
    ck_assert_int_eq(login_add(t->db, &l, reg.changed_ms + 1, &e), 0);
    ck_assert_int_eq(
        registration_set_state(t->db, reg.id, STR("disabled"), reg.changed_ms, &e), 1);
    ck_assert_int_eq(login_add(t->db, &l, reg.changed_ms, &e), 0);
    ck_assert_int_eq(login_count(t->db, &e), 1);
    struct login found;
    struct registration of;
    ck_assert_int_eq(login_look(t->db, t->a, STR("s1"), &found, &of, &e), 1);
    ck_assert(str_is(found.nonce, "n") && found.deployment_hint.n == 0 &&
              str_is(found.storage_target, "_parent") &&
              found.expires_ms == l.expires_ms && of.id == reg.id);
}

START_TEST(I13_a_registration_switched_off_takes_no_login)
{
    testdb_each(guesses);
}
END_TEST

static void two_clients(struct testdb *t)
{
    struct err e = {0};
    struct registration found;
    add_registration(t, "auto");
    struct registration other = reg;
    other.client_id = STR("client-2");
    ck_assert_int_eq(registration_find(t->db, t->a, reg.issuer, STR_EMPTY, &found, &e),
                     1);
    ck_assert_int_eq(registration_add(t->db, &t->env, &other, &e), 0);
    ck_assert_int_eq(registration_find(t->db, t->a, reg.issuer, STR_EMPTY, &found, &e),
                     2);
    ck_assert_int_eq(
        registration_find(t->db, t->a, reg.issuer, STR("client-2"), &found, &e), 1);
    ck_assert(found.id == other.id && found.id != reg.id);
    ck_assert_int_eq(registration_find(t->db, t->a, STR("https://lms.example.edu/"),
                                       STR("client-2"), &found, &e),
                     0);
    ck_assert_int_eq(registration_add(t->db, &t->env, &other, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
}

/* DR-S4: beside one another, neither in place of the other. */
START_TEST(I2_I4_V33_registrations_are_found_letter_by_letter)
{
    testdb_each(two_clients);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("enrol");
    TCase *t = tcase_create("enrol");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_returning_student_costs_six_statements);
    tcase_add_test(t, an_enrolment_seen_lately_is_not_written_again);
    tcase_add_test(t, a_new_course_asks_what_it_is_a_copy_of);
    tcase_add_test(t, a_first_launch_costs_eleven_statements_at_most);
    tcase_add_test(t, I55_a_login_is_taken_once);
    tcase_add_test(t, I55_of_four_at_once_one_gets_in);
    tcase_add_test(t, first_launches_that_meet_make_one_course);
    tcase_add_test(t, MIG_1_MIG_2_old_ids_are_kept_once);
    tcase_add_test(t, an_old_id_belongs_to_who_came_first);
    tcase_add_test(t, I62_I63_deployments_follow_the_policy);
    tcase_add_test(t, a_launch_updates_what_it_tells_and_keeps_the_rest);
    tcase_add_test(t, a_service_that_comes_later_is_read);
    tcase_add_test(t, V22_messages_without_link_person_or_context);
    tcase_add_test(t, MSG_2_V4_anonymous_people_and_missing_contexts);
    tcase_add_test(t, BIND_3_a_ticket_works_once_and_for_a_minute);
    tcase_add_test(t, I15_logins_are_bounded_and_the_oldest_go_first);
    tcase_add_test(t, I13_a_registration_switched_off_takes_no_login);
    tcase_add_test(t, I2_I4_V33_registrations_are_found_letter_by_letter);
    suite_add_tcase(s, t);
    return suite_main(s);
}
