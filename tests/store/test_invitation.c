/* Invitations, registrations under way, tries and grants (LTI.md DR-S1, DR-S7, DR-S8,
 * I102, I109). */
#include "store/grant.h"
#include "store/invitation.h"
#include "store/registering.h"
#include "support/suite.h"
#include "support/testdb.h"

#include <string.h>

#define HOUR INT64_C(3600000)

static struct keyring keys = {.seal = {1}, .mark = {2}, .csrf = {3}};

static void invite(struct testdb *t, const char *code)
{
    struct err e = {0};
    struct invitation i = {.code_hash = invitation_code_hash(t->a, str_c(code)),
                           .name = STR("School"),
                           .issuer_host = STR("lms.example.edu"),
                           .expires_ms = t->now_ms + 2 * HOUR,
                           .created_ms = t->now_ms};
    struct str approval = invitation_approval_hash(t->a, str_fmt(t->a, "AB2C-%s", code));
    ck_assert_msg(invitation_add(t->db, &i, approval, &e) == 0, "%s", e.text);
}

static void used_up_by_success_alone(struct testdb *t)
{
    struct err e = {0};
    struct invitation i;
    int64_t now = t->now_ms;
    invite(t, "one");
    struct str code = invitation_code_hash(t->a, STR("one"));
    ck_assert_int_eq(invitation_get(t->db, t->a, code, &i, &e), 1);
    ck_assert(str_is(i.issuer_host, "lms.example.edu") && i.registration_id == 0);
    ck_assert_int_eq(
        invitation_get(t->db, t->a, invitation_code_hash(t->a, STR("x")), &i, &e), 0);

    ck_assert_int_eq(invitation_reserve(t->db, code, STR("a"), now, now + HOUR, &e), 1);
    ck_assert_int_eq(invitation_reserve(t->db, code, STR("b"), now, now + HOUR, &e), 0);
    ck_assert_int_eq(invitation_reserve(t->db, code, STR("a"), now, now + HOUR, &e), 1);
    ck_assert_int_eq(invitation_release(t->db, code, STR("b"), &e), 0);
    ck_assert_int_eq(invitation_reserve(t->db, code, STR("b"), now, now + HOUR, &e), 0);
    ck_assert_int_eq(invitation_release(t->db, code, STR("a"), &e), 0);
    ck_assert_int_eq(invitation_reserve(t->db, code, STR("b"), now, now + HOUR, &e), 1);

    /* a reservation that ran out is free for others, and no longer good for its own */
    now += HOUR;
    ck_assert_int_eq(invitation_reserve(t->db, code, STR("c"), now, now + 100, &e), 1);
    ck_assert_int_eq(invitation_consume(t->db, code, STR("b"), 7, now, &e), 0);
    ck_assert_int_eq(invitation_consume(t->db, code, STR("c"), 8, now + 9 * HOUR, &e), 1);
    ck_assert_int_eq(invitation_consume(t->db, code, STR("c"), 9, now, &e), 0);
    ck_assert_int_eq(invitation_reserve(t->db, code, STR("c"), now, now + 100, &e), 0);

    struct str typed = invitation_approval_hash(t->a, STR(" ab2c one"));
    ck_assert_int_eq(invitation_by_approval(t->db, t->a, typed, &i, &e), 1);
    ck_assert_int_eq(i.registration_id, 8);
    ck_assert_int_eq(i.expires_ms, now + 9 * HOUR); /* time to approve it */

    invite(t, "old");
    code = invitation_code_hash(t->a, STR("old"));
    now = t->now_ms + 2 * HOUR;
    ck_assert_int_eq(invitation_reserve(t->db, code, STR("a"), now, now + 100, &e), 0);
    ck_assert_int_eq(invitation_purge(t->db, now + 1, &e), 1);
}

START_TEST(DRS1_used_up_by_success_alone)
{
    testdb_each(used_up_by_success_alone);
}
END_TEST

static void one_registers(struct testdb *t, int i)
{
    struct err e = {0};
    struct str code = invitation_code_hash(t->a, STR("one"));
    struct str me = str_fmt(t->a, "attempt-%d", i);
    int64_t now = t->now_ms;
    if (invitation_reserve(t->db, code, me, now, now + HOUR, &e) == 1)
        ck_assert_int_eq(invitation_consume(t->db, code, me, 100 + i, now, &e), 1);
}

static void many_at_once(struct testdb *t)
{
    invite(t, "one");
    testdb_fork(t, 6, one_registers);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM invitation WHERE "
                                      "registration_id IS NOT NULL"),
                     1);
}

START_TEST(DRS1_of_many_at_once_one_registers)
{
    testdb_each(many_at_once);
}
END_TEST

static void under_way(struct testdb *t)
{
    struct err e = {0};
    struct registering r = {.attempt_hash = STR("h1"),
                            .code_hash = STR("c1"),
                            .config_url = STR("https://lms.example.edu/config?k=1"),
                            .token = STR("secret-token"),
                            .expires_ms = t->now_ms + HOUR};
    struct registering g;
    ck_assert_int_eq(registering_add(t->db, t->a, &t->env, &keys, &r, &e), 1);
    ck_assert_int_eq(registering_add(t->db, t->a, &t->env, &keys, &r, &e), 0); /* I109 */
    ck_assert_int_eq(registering_count(t->db, STR("c1"), &e), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM registering WHERE "
                                      "token_sealed LIKE '%secret%'"),
                     0); /* DR-S7 */
    ck_assert_int_eq(registering_get(t->db, t->a, &keys, STR("h1"), &g, &e), 1);
    ck_assert(str_is(g.token, "secret-token") && str_is(g.state, "reading"));
    ck_assert(str_is(g.config_url, "https://lms.example.edu/config?k=1"));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM registering WHERE "
                                      "config_url_sealed LIKE '%lms%'"),
                     0); /* DR-S6 */

    /* each step is taken once, and in order */
    ck_assert_int_eq(registering_move(t->db, STR("h1"), "ask", "sending", &e), 0);
    ck_assert_int_eq(registering_read(t->db, STR("h1"), STR("{}"), &e), 1);
    ck_assert_int_eq(registering_read(t->db, STR("h1"), STR("{2}"), &e), 0);
    ck_assert_int_eq(registering_move(t->db, STR("h1"), "ask", "sending", &e), 1);
    ck_assert_int_eq(registering_move(t->db, STR("h1"), "ask", "sending", &e), 0);
    ck_assert_int_eq(registering_move(t->db, STR("h1"), "sending", "sent", &e), 1);
    ck_assert_int_eq(
        registering_end(t->db, STR("h1"), "sent", "done", STR("{\"x\":1}"), 9, &e), 1);
    ck_assert_int_eq(
        registering_end(t->db, STR("h1"), "sent", "failed", STR("{}"), 0, &e), 0);
    ck_assert_int_eq(registering_get(t->db, t->a, &keys, STR("h1"), &g, &e), 1);
    ck_assert(str_is(g.state, "done") && g.registration_id == 9 && g.token.n == 0);
    ck_assert(str_is(g.outcome, "{\"x\":1}"));
    ck_assert_int_eq(registering_purge(t->db, t->now_ms + 2 * HOUR, &e), 1);
}

START_TEST(I109_steps_are_taken_once)
{
    testdb_each(under_way);
}
END_TEST

static int64_t tried(struct testdb *t, const char *what, const char *address,
                     int64_t later)
{
    struct err e = {0};
    int64_t n =
        invitation_tries(t->db, t->a, &keys, what, str_c(address), t->now_ms + later, &e);
    ck_assert_msg(n > 0, "%s", e.text);
    return n;
}

static void tries(struct testdb *t)
{
    struct err e = {0};
    ck_assert_int_eq(tried(t, "register", "203.0.113.5", 0), 1);
    ck_assert_int_eq(tried(t, "register", "203.0.113.5", 1000), 2);
    ck_assert_int_eq(tried(t, "approve", "203.0.113.5", 1000), 1);
    ck_assert_int_eq(tried(t, "register", "203.0.113.6", 1000), 1);
    ck_assert_int_eq(tried(t, "register", "203.0.113.5", HOUR - 1), 3);
    ck_assert_int_eq(tried(t, "register", "203.0.113.5", HOUR), 1);
    ck_assert_int_eq(tried(t, "register", "2001:db8:1:2::1", 0), 1);
    ck_assert_int_eq(tried(t, "register", "2001:db8:1:2:ffff::9", 0), 2);
    ck_assert_int_eq(tried(t, "register", "2001:db8:1:3::1", 0), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM attempt_count WHERE "
                                      "source_mark LIKE '%203%113%'"),
                     0);
    ck_assert_int_eq(invitation_tries_purge(t->db, t->now_ms + 2 * HOUR, &e), 5);
}

START_TEST(DRS8_tries_an_hour)
{
    testdb_each(tries);
}
END_TEST

static void grants(struct testdb *t)
{
    struct err e = {0};
    struct grant g = {.registration_id = 9,
                      .scopes = STR("a b"),
                      .document = STR("{}"),
                      .account = STR("School <b>"),
                      .warnings = STR("[]"),
                      .token = STR("management-token")};
    struct grant back;
    ck_assert_int_eq(grant_get(t->db, t->a, 9, &back, &e), 0);
    ck_assert_int_eq(grant_add(t->db, t->a, &t->env, &keys, &g, &e), 0);
    ck_assert_int_eq(grant_get(t->db, t->a, 9, &back, &e), 1);
    ck_assert(back.has_token && str_is(back.scopes, "a b") && back.token.n == 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM registration_grant WHERE "
                                      "token_sealed LIKE '%management%'"),
                     0);
}

START_TEST(DRS7_management_tokens_are_sealed)
{
    testdb_each(grants);
}
END_TEST

START_TEST(approval_codes)
{
    struct arena *a = arena_new(1 << 20);
    struct env env;
    env_system(&env);
    struct str one = invitation_approval_code(a, &env),
               two = invitation_approval_code(a, &env);
    ck_assert_uint_eq(one.n, 29);
    ck_assert(!str_eq(one, two) && one.p[5] == '-');
    ck_assert(str_eq(invitation_approval_hash(a, one),
                     invitation_approval_hash(a, str_lower(a, one))));
    arena_free(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("invitation");
    TCase *c = tcase_create("invitation");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, DRS1_used_up_by_success_alone);
    tcase_add_test(c, DRS1_of_many_at_once_one_registers);
    tcase_add_test(c, I109_steps_are_taken_once);
    tcase_add_test(c, DRS8_tries_an_hour);
    tcase_add_test(c, DRS7_management_tokens_are_sealed);
    tcase_add_test(c, approval_codes);
    suite_add_tcase(s, c);
    return suite_main(s);
}
