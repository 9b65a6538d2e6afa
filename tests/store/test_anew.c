/* What is shown goes together: a page never shows one map with the states of another,
 * says when something newer waits, and afterwards why it is other than before. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/decide.h"
#include "learn/mapfile.h"
#include "learn/panel.h"
#include "learn/recompute.h"
#include "learn/replay.h"
#include "learn/rulefile.h"
#include "store/fitted.h"

#include <string.h>

#define P KIT_PERSON

static struct panel look(struct learn *l, int64_t person, int64_t by)
{
    struct panel p;
    struct err e = {0};
    struct panel_who who = {.person_id = person, .by_person_id = by};
    kit_must(panel_read(l, &who, &p, &e), &e);
    return p;
}

static const struct panel_skill *skill(const struct panel *p, const char *code)
{
    for (size_t i = 0; i < p->skills_n; i++)
        if (str_is(p->skills[i].code, code))
            return &p->skills[i];
    return NULL;
}

/* The kit's map with one text in place of another; both as long as each other. */
static void publish(struct learn *l, const char *from, const char *to)
{
    struct mapfile_result r;
    struct err e = {0};
    size_t n = strlen(kit_map);
    char *text = arena_alloc(l->a, n + 1);
    memcpy(text, kit_map, n);
    for (char *at = text; (at = strstr(at, from)) != NULL; at += strlen(to))
        memcpy(at, to, strlen(to));
    kit_must(mapfile_publish(l, str_c(text), 0, &r, &e), &e);
    ck_assert(r.ok && !r.unchanged);
}

static void answer(struct learn *l, struct testdb *t, int64_t who, const char *attempt)
{
    struct evidence_in in = kit_answer(l, who, "A", attempt, 1, t->now_ms - 1000);
    kit_take(l, &in, 1);
}

static void maps(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 3);
    kit_publish(&l);
    answer(&l, t, P, "1");
    answer(&l, t, P + 1, "1");
    struct panel p = look(&l, P, P);
    ck_assert(p.fresh.owed.n == 0 && p.fresh.because.n == 0 && !p.fresh.working);
    /* Another map is in force, and nobody is worked out yet: all see the one before. */
    t->now_ms += 1000;
    publish(&l, "Skill E", "Skill X");
    p = look(&l, P + 1, KIT_TEACHER);
    ck_assert(str_is(p.fresh.owed, "map") && p.fresh.working);
    ck_assert(str_is(skill(&p, "E")->title, "Skill E"));
    ck_assert_int_eq(skill(&p, "A")->evidence_n, 1);
    /* In the middle: one has the new, the others the old, and nobody parts of both. */
    kit_must(recompute_person(&l, P, &e), &e);
    p = look(&l, P, P);
    ck_assert(p.fresh.owed.n == 0 && str_is(p.fresh.because, "map") && p.fresh.untold);
    ck_assert_int_eq(p.fresh.because_ms, t->now_ms);
    ck_assert(str_is(skill(&p, "E")->title, "Skill X"));
    p = look(&l, P + 1, KIT_TEACHER);
    ck_assert(str_is(p.fresh.owed, "map") && p.fresh.because.n == 0);
    ck_assert(str_is(skill(&p, "E")->title, "Skill E"));
    /* A row that comes in the middle brings that person up to date at once. */
    answer(&l, t, P + 1, "2");
    p = look(&l, P + 1, KIT_TEACHER);
    ck_assert(p.fresh.owed.n == 0 && str_is(p.fresh.because, "map"));
    ck_assert_int_eq(skill(&p, "A")->evidence_n, 2);
    kit_jobs(&l);
    p = look(&l, P + 2, KIT_TEACHER);
    ck_assert(p.fresh.owed.n == 0 && !p.fresh.working);
    kit_replay(&l);
}

START_TEST(a_panel_shows_one_map)
{
    testdb_each(maps);
}
END_TEST

static void told(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 2);
    kit_publish(&l);
    publish(&l, "Skill E", "Skill X");
    kit_jobs(&l);
    /* Whoever looks at somebody else's page has not told them. */
    ck_assert(look(&l, P, KIT_TEACHER).fresh.untold);
    ck_assert(look(&l, P, P).fresh.untold);
    struct panel p = look(&l, P, P);
    ck_assert(!p.fresh.untold && str_is(p.fresh.because, "map"));
    t->now_ms += HEAD_TOLD_MS;
    ck_assert_uint_eq(look(&l, P, P).fresh.because.n, 0);
    ck_assert(look(&l, P + 1, P + 1).fresh.untold);
    /* A run that changes nothing of it leaves the reason alone. */
    answer(&l, t, P, "1");
    ck_assert_uint_eq(look(&l, P, P).fresh.because.n, 0);
}

START_TEST(a_reason_stays_until_it_was_seen)
{
    testdb_each(told);
}
END_TEST

static void others(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 2);
    kit_publish(&l);
    /* Fitted models. */
    struct fitted_set set = {
        .set_id = env_id(&t->env), .map_code = STR("kit"), .by_whom = STR("fit")};
    kit_must(fitted_set_add(t->db, KIT_TENANT, &set, &e), &e);
    kit_must(fitted_use(t->db, KIT_TENANT, KIT_COURSE, set.set_id, &e), &e);
    struct panel p = look(&l, P, P);
    ck_assert(str_is(p.fresh.owed, "models"));
    /* Whoever looks is worked out first: nobody asked for the others. */
    kit_jobs(&l);
    p = look(&l, P, P);
    ck_assert(p.fresh.owed.n == 0 && str_is(p.fresh.because, "models"));
    ck_assert(str_is(look(&l, P + 1, KIT_TEACHER).fresh.owed, "models"));
    /* Ties. */
    kit_must(recompute_enqueue(&l, &e), &e);
    kit_jobs(&l);
    testdb_sql(t, "UPDATE course SET ties_n = ties_n + 1;\n");
    ck_assert(str_is(look(&l, P, KIT_TEACHER).fresh.owed, "ties"));
    kit_must(recompute_enqueue(&l, &e), &e);
    kit_jobs(&l);
    ck_assert_uint_eq(look(&l, P, KIT_TEACHER).fresh.owed.n, 0);
    /* Rules: every course is worked out with them. */
    t->now_ms += HEAD_TOLD_MS;
    look(&l, P, P);
    t->now_ms += HEAD_TOLD_MS;
    struct str rules =
        STR("{\"format\":\"waymark-rules/1\",\"code\":\"few\",\"title\":\"Few\","
            "\"rules\":[{\"id\":\"low-checks\",\"kind\":\"low-checks\",\"below\":0.6,"
            "\"count\":2,\"within_days\":28,\"level\":\"talk\",\"message\":"
            "\"flag_fact.low_checks\",\"owner\":\"A test\",\"why\":\"So.\"}]}");
    kit_must(rulefile_install(t->db, &t->env, t->a, rules, NULL, &e), &e);
    kit_jobs(&l);
    ck_assert(str_is(look(&l, P, KIT_TEACHER).fresh.because, "rules"));
    kit_replay(&l);
}

START_TEST(models_rules_and_ties_are_told_too)
{
    testdb_each(others);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("anew");
    TCase *c = tcase_create("anew");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_panel_shows_one_map);
    tcase_add_test(c, a_reason_stays_until_it_was_seen);
    tcase_add_test(c, models_rules_and_ties_are_told_too);
    suite_add_tcase(s, c);
    return suite_main(s);
}
