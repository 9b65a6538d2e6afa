/* Unlock rules: read and written, and what they keep shut. */
#include "engine/engine.h"
#include "engine/mapdoc.h"
#include "support/suite.h"

#include <string.h>

#define DAY EVIDENCE_DAY_MS
#define NOW ((int64_t)1790000000000)

static struct arena *a;
static struct mapdoc_report rep;

static void setup(void)
{
    a = arena_new(64u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

#define DOC(unlock)                                                                      \
    "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\","                      \
    "\"thresholds\":{\"min_rows\":1,\"min_days\":1},"                                    \
    "\"levels\":[{\"code\":\"some\",\"title\":\"Some\",\"p\":0.5}],"                     \
    "\"skills\":[{\"code\":\"A\",\"title\":\"A\",\"unit\":\"First\"},"                   \
    "{\"code\":\"B\",\"title\":\"B\",\"unit\":\"First\"},"                               \
    "{\"code\":\"C\",\"title\":\"C\",\"unit\":\"Second\",\"hard\":[\"A\"]}],"            \
    "\"unlock\":[" unlock "]}"

static struct skill_map *parse(const char *text)
{
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(a, str_c(text), &rep, &e);
    return m;
}

static void refused(const char *unlock_doc, const char *id, const char *path)
{
    ck_assert_ptr_null(parse(unlock_doc));
    ck_assert_str_eq(rep.problems[0].id, id);
    ck_assert_msg(str_is(rep.problems[0].path, path), "%.*s",
                  STR_ARG(rep.problems[0].path));
}

START_TEST(what_is_read_is_written_again)
{
    struct skill_map *m = parse(DOC(
        "{\"rule\":\"r1\",\"skill\":\"C\",\"needs\":[\"B\",{\"skill\":\"A\",\"level\":"
        "\"some\"}],\"any\":[[\"A\",\"B\"]],\"evidence\":{\"skill\":\"A\",\"rows\":3,"
        "\"days\":2}},"
        "{\"rule\":\"r2\",\"unit\":\"Second\",\"share\":{\"unit\":\"First\",\"percent\":"
        "50},\"from\":\"2026-09-01\",\"until\":\"2026-12-20T10:00:00Z\"},"
        "{\"rule\":\"r3\",\"activity\":\"Help*\",\"used_up\":\"Check*\"}"));
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->unlock->n, 3);
    ck_assert_int_eq(m->unlock->v[0].need_n, 4);
    ck_assert_int_eq(m->unlock->v[1].share.percent, 50);
    struct str once = mapdoc_write(a, m);
    struct err e = {0};
    struct skill_map *again = mapdoc_parse(a, once, NULL, &e);
    ck_assert_ptr_nonnull(again);
    ck_assert(str_eq(mapdoc_write(a, again), once));
}
END_TEST

START_TEST(a_map_without_rules_keeps_its_hash)
{
    struct skill_map *m = parse(DOC(""));
    ck_assert_ptr_nonnull(m);
    ck_assert(str_find(mapdoc_write(a, m), STR("unlock"), 0) == SIZE_MAX);
}
END_TEST

START_TEST(every_fault_is_named)
{
    refused(DOC("{\"rule\":\"r\",\"needs\":[\"A\"]}"), "map.missing", "unlock[0]");
    refused(DOC("{\"rule\":\"r\",\"skill\":\"C\"}"), "map.missing", "unlock[0]");
    refused(DOC("{\"rule\":\"r\",\"skill\":\"C\",\"needs\":[\"X\"]}"), "map.unknown",
            "unlock[0].needs[0]");
    refused(DOC("{\"rule\":\"r\",\"unit\":\"Third\",\"needs\":[\"A\"]}"), "map.unknown",
            "unlock[0].unit");
    refused(DOC("{\"rule\":\"r\",\"skill\":\"C\",\"from\":\"soon\"}"), "map.text",
            "unlock[0].from");
    refused(DOC("{\"rule\":\"r\",\"skill\":\"C\",\"needs\":[\"A\"]},"
                "{\"rule\":\"r\",\"skill\":\"B\",\"needs\":[\"A\"]}"),
            "map.duplicate", "unlock[1].rule");
    refused(DOC("{\"rule\":\"r\",\"skill\":\"C\",\"any\":[[\"A\"]]}"), "map.type",
            "unlock[0].any[0]");
}
END_TEST

/* --- what a person finds open --------------------------------------------------- */

static struct course_activity acts[] = {
    {.id = 1, .title = {"Quiz A", 6}, .kind = {"quiz", 4}, .visible = true},
    {.id = 2, .title = {"Quiz B", 6}, .kind = {"quiz", 4}, .visible = true},
    {.id = 3, .title = {"Quiz C", 6}, .kind = {"quiz", 4}, .visible = true},
    {.id = 4,
     .title = {"Check B", 7},
     .kind = {"quiz", 4},
     .visible = true,
     .attempts_max = 2},
};
static const struct tie ties[] = {{.activity_id = 1, .skill = 0, .weight = 1},
                                  {.activity_id = 2, .skill = 1, .weight = 1},
                                  {.activity_id = 3, .skill = 2, .weight = 1},
                                  {.activity_id = 4, .skill = 1, .weight = 1}};

struct person {
    struct ev rows[40];
    size_t n;
    struct str rules[4];
    size_t rule_n;
    int64_t at_ms;
};

static void answer(struct person *p, int64_t activity, bool right)
{
    int64_t id = (int64_t)p->n + 1;
    p->rows[p->n++] = (struct ev){.id = id,
                                  .observed_ms = NOW - DAY + id * 1000,
                                  .fact_key = str_fmt(a, "%03lld", (long long)id),
                                  .kind = EV_ATTEMPT,
                                  .has_score = true,
                                  .score = right ? 1 : 0,
                                  .maximum = 1,
                                  .weight = 1,
                                  .source_kind = STR("tool"),
                                  .activity_id = activity,
                                  .attempt = str_fmt(a, "t%lld", (long long)id)};
}

static void master(struct person *p, int64_t activity)
{
    for (int i = 0; i < 6; i++) {
        answer(p, activity, true);
    }
}

static struct engine_out look(const struct skill_map *m, const struct person *p)
{
    static const struct risk_rules none = {0};
    struct err e = {0};
    struct engine_parts parts = {.map = m,
                                 .rules = &none,
                                 .activities = acts,
                                 .activity_n = 4,
                                 .ties = ties,
                                 .tie_n = 4};
    struct engine_course *c = engine_course_new(a, &parts, &e);
    ck_assert_ptr_nonnull(c);
    struct engine_in in = {.evidence = p->rows,
                           .evidence_n = p->n,
                           .rules = p->rules,
                           .rule_n = p->rule_n,
                           .as_of_ms = p->at_ms != 0 ? p->at_ms : NOW,
                           .slots = 5};
    struct engine_out out;
    engine_person(c, &in, a, &out);
    return out;
}

START_TEST(a_rule_adds_to_what_a_skill_needs)
{
    struct skill_map *m =
        parse(DOC("{\"rule\":\"r\",\"skill\":\"C\",\"needs\":[\"B\"]}"));
    struct person p = {0};
    struct engine_out o = look(m, &p);
    ck_assert(o.ready[0].ready && o.ready[1].ready && !o.ready[2].ready);
    ck_assert_uint_eq(o.ready[2].missing_n, 2);
    master(&p, 1);
    o = look(m, &p);
    ck_assert(!o.ready[2].ready);
    ck_assert_uint_eq(o.ready[2].missing_n, 1);
    ck_assert_int_eq(o.ready[2].missing[0].of->skill, 1);
    master(&p, 2);
    o = look(m, &p);
    ck_assert(o.ready[2].ready);
    ck_assert_uint_eq(o.opened_n, 1);
}
END_TEST

START_TEST(a_share_of_a_unit_opens_a_unit)
{
    struct skill_map *m = parse(DOC("{\"rule\":\"r\",\"unit\":\"Second\",\"share\":{"
                                    "\"unit\":\"First\",\"percent\":100}}"));
    struct person p = {0};
    master(&p, 1);
    struct engine_out o = look(m, &p);
    ck_assert(!o.ready[2].ready);
    ck_assert_uint_eq(o.ready[2].missing_n, 0);
    ck_assert_msg(o.ready[2].rule == 0, "the rule that it waits for is told");
    master(&p, 2);
    o = look(m, &p);
    ck_assert(o.ready[2].ready && o.ready[2].rule == -1);
}
END_TEST

START_TEST(evidence_and_dates_are_conditions_too)
{
    struct skill_map *m =
        parse(DOC("{\"rule\":\"r\",\"skill\":\"B\",\"evidence\":{\"skill\":\"A\","
                  "\"rows\":2},\"from\":\"2026-09-22\"}"));
    struct person p = {0};
    answer(&p, 1, false);
    p.at_ms = NOW + 2 * DAY; /* NOW is the evening of 2026-09-21 */
    ck_assert(!look(m, &p).ready[1].ready);
    answer(&p, 1, false);
    ck_assert(look(m, &p).ready[1].ready);
    p.at_ms = NOW - DAY / 2;
    ck_assert(!look(m, &p).ready[1].ready);
}
END_TEST

START_TEST(help_opens_when_the_attempts_are_used_up_and_stays_open)
{
    struct skill_map *m =
        parse(DOC("{\"rule\":\"help\",\"activity\":\"quiz b\",\"used_up\":\"Check B\"}"));
    struct person p = {0};
    struct engine_out o = look(m, &p);
    ck_assert(o.shut[1] && !o.shut[0] && !o.shut[3]);
    for (size_t i = 0; i < o.next_n; i++) {
        ck_assert_msg(o.next[i].activity_id != 2, "what is shut is not recommended");
    }
    answer(&p, 4, false);
    ck_assert(look(m, &p).shut[1]);
    answer(&p, 4, false);
    o = look(m, &p);
    ck_assert(!o.shut[1]);
    ck_assert_uint_eq(o.rule_n, 1);
    ck_assert_int_eq(o.rules[0], 0);
    p.n = 0; /* the rows are gone, the grant stays */
    p.rules[p.rule_n++] = STR("help");
    o = look(m, &p);
    ck_assert(!o.shut[1]);
    ck_assert_uint_eq(o.rule_n, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("unlock");
    TCase *t = tcase_create("unlock");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_is_read_is_written_again);
    tcase_add_test(t, a_map_without_rules_keeps_its_hash);
    tcase_add_test(t, every_fault_is_named);
    tcase_add_test(t, a_rule_adds_to_what_a_skill_needs);
    tcase_add_test(t, a_share_of_a_unit_opens_a_unit);
    tcase_add_test(t, evidence_and_dates_are_conditions_too);
    tcase_add_test(t, help_opens_when_the_attempts_are_used_up_and_stays_open);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
