/* Early-warning rules: when each fires, when it keeps quiet, and what stands behind it.
 */
#include "engine/risk.h"
#include "support/algebra.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <string.h>

#define DAY EVIDENCE_DAY_MS
#define HOUR EVIDENCE_HOUR_MS
#define NOW (200 * DAY)

static struct arena *a;
static struct risk_rules *rules;
static struct ev rows[50];
static size_t row_n;
static struct course_activity acts[20];
static struct risk_in in;
static struct risk_flag *flags;
static size_t flag_n;

static void setup(void)
{
    struct err e = {0};
    a = arena_new(64u << 20);
    rules = risk_parse(a, algebra_file(a, "config/rules/early-warning.json"), &e);
    ck_assert_msg(rules != NULL, "%s", e.text);
    row_n = 0;
    memset(acts, 0, sizeof(acts));
    for (int i = 0; i < 20; i++) {
        acts[i].id = i + 1;
        acts[i].kind = STR("quiz");
        acts[i].visible = true;
    }
    in = (struct risk_in){.rules = rules,
                          .activities = acts,
                          .activity_n = 20,
                          .as_of_ms = NOW,
                          .work_read_ms = NOW,
                          .work_source = STR("moodle-ws")};
}

static void teardown(void)
{
    arena_free(a);
}

static struct ev *add(enum ev_kind kind, int64_t activity, int64_t at_ms)
{
    struct ev *r = &rows[row_n++];
    *r = (struct ev){.id = (int64_t)row_n,
                     .observed_ms = at_ms,
                     .fact_key = str_fmt(a, "k%zu", row_n),
                     .kind = kind,
                     .weight = 1,
                     .source_kind = STR("moodle-ws"),
                     .activity_id = activity};
    return r;
}

static void check(double percent)
{
    struct ev *r =
        add(EV_ATTEMPT, (int64_t)row_n + 1, NOW - (20 - (int64_t)row_n) * HOUR);
    r->has_score = true;
    r->score = percent;
    r->maximum = 100;
}

static void run(void)
{
    struct counted c;
    struct count_result *results = NULL;
    count_rows(a, rows, row_n, &c);
    in.counted = &c;
    in.result_n = count_results(a, &c, &results);
    in.results = results;
    flag_n = risk_work(a, &in, &flags);
}

static const struct risk_flag *flag(const char *id)
{
    for (size_t i = 0; i < flag_n; i++) {
        if (str_is(rules->rules[flags[i].rule].id, id)) {
            return &flags[i];
        }
    }
    return NULL;
}

static bool facts_have(const struct risk_flag *f, const char *part)
{
    return str_find(f->facts, str_c(part), 0) != SIZE_MAX;
}

START_TEST(two_low_checks_in_a_row)
{
    check(59);
    run();
    ck_assert_ptr_null(flag("low-checks"));
    check(59);
    run();
    const struct risk_flag *f = flag("low-checks");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(f->id_n, 2);
    ck_assert_int_eq(f->ids[0], 1);
    ck_assert_int_eq(f->since_ms, rows[1].observed_ms);
    ck_assert_int_eq(f->level, RISK_WATCH);
    ck_assert(facts_have(f, "\"run\":2"));
}
END_TEST

START_TEST(a_good_check_between_keeps_quiet)
{
    check(59);
    check(61);
    check(59);
    run();
    ck_assert_ptr_null(flag("low-checks"));
}
END_TEST

START_TEST(a_late_regrade_withdraws_the_flag)
{
    check(59);
    check(59);
    struct ev *r = add(EV_ATTEMPT, 2, rows[1].observed_ms);
    *r = rows[1];
    r->id = 3;
    r->score = 61;
    r->supersedes = 2;
    run();
    ck_assert_ptr_null(flag("low-checks"));
}
END_TEST

START_TEST(old_or_idle_results_raise_nothing)
{
    check(20);
    check(20);
    in.as_of_ms = NOW + 29 * DAY;
    run();
    ck_assert_ptr_null(flag("low-checks"));
    in.as_of_ms = NOW;
    rows[1].low_effort = true;
    run();
    ck_assert_ptr_null(flag("low-checks"));
}
END_TEST

START_TEST(off_the_own_usual)
{
    check(90);
    check(92);
    check(88);
    run();
    ck_assert_ptr_null(flag("off-usual"));
    check(60);
    run();
    const struct risk_flag *f = flag("off-usual");
    ck_assert_ptr_nonnull(f);
    ck_assert(facts_have(f, "\"usual\":0.9"));
    ck_assert_uint_eq(f->id_n, 4);
    check(89);
    run();
    ck_assert_ptr_null(flag("off-usual"));
}
END_TEST

START_TEST(low_but_usual_is_not_off_usual)
{
    check(60);
    check(58);
    check(62);
    check(60);
    run();
    ck_assert_ptr_null(flag("off-usual"));
}
END_TEST

START_TEST(missing_work_is_what_never_came)
{
    acts[4].kind = STR("assign");
    acts[4].due_ms = NOW - 25 * HOUR;
    run();
    const struct risk_flag *f = flag("missing-work");
    ck_assert_ptr_nonnull(f);
    ck_assert(facts_have(f, "\"activity\":5"));
    ck_assert_int_eq(f->since_ms, NOW - HOUR);
    ck_assert_uint_eq(f->id_n, 0);
    ck_assert_uint_eq(f->source_n, 1);
    /* Handed in, not marked: received. A missing score is not missing work. */
    add(EV_ATTEMPT, 5, NOW - 50 * HOUR);
    run();
    ck_assert_ptr_null(flag("missing-work"));
}
END_TEST

START_TEST(what_is_not_known_is_not_missing)
{
    struct course_activity due = {
        .id = 5, .kind = STR("assign"), .due_ms = NOW - 25 * HOUR, .visible = true};
    acts[4] = due;
    in.work_read_ms = NOW - 2 * HOUR; /* nobody looked since the grace ended */
    run();
    ck_assert_ptr_null(flag("missing-work"));
    in.work_read_ms = NOW;
    in.as_of_ms = NOW - 2 * HOUR; /* still in the day of grace */
    run();
    ck_assert_ptr_null(flag("missing-work"));
    in.as_of_ms = NOW;
    acts[4].visible = false;
    run();
    ck_assert_ptr_null(flag("missing-work"));
    acts[4] = due;
    acts[4].kind = STR("forum"); /* not a kind the rule looks at */
    run();
    ck_assert_ptr_null(flag("missing-work"));
    acts[4] = due;
    in.enrolled_ms = NOW - 24 * HOUR; /* came to the course later */
    run();
    ck_assert_ptr_null(flag("missing-work"));
}
END_TEST

START_TEST(not_opened_at_48_hours_sharp)
{
    run();
    ck_assert_msg(flag("not-opened") == NULL, "no access row: nothing is known");
    add(EV_ACCESS, 0, NOW - 48 * HOUR + 60000);
    run();
    ck_assert_ptr_null(flag("not-opened"));
    in.as_of_ms = NOW + 60000;
    run();
    const struct risk_flag *f = flag("not-opened");
    ck_assert_ptr_nonnull(f);
    ck_assert(facts_have(f, "\"hours\":48") && facts_have(f, "\"where\":\"lms\""));
    ck_assert_int_eq(f->ids[0], 1);
    rows[0].source_kind = STR("launch");
    run();
    ck_assert(facts_have(flag("not-opened"), "\"where\":\"panel\""));
    struct ev *r = add(EV_ATTEMPT, 1, NOW - HOUR); /* who hands in was there */
    r->has_score = true;
    r->score = 1;
    r->maximum = 1;
    run();
    ck_assert_ptr_null(flag("not-opened"));
}
END_TEST

START_TEST(talk_needs_two_independent_kinds_of_sources)
{
    check(50);
    check(50);
    rows[1].source_kind = STR("ags"); /* the same gradebook by another door */
    run();
    ck_assert_int_eq(flag("low-checks")->level, RISK_WATCH);
    struct ev *r = add(EV_JUDGEMENT, 0, NOW - DAY);
    r->item = STR("SLOPE");
    r->has_score = true;
    r->score = 1;
    r->maximum = 1;
    r->source_kind = STR("teacher");
    run();
    ck_assert_msg(flag("low-checks")->level == RISK_WATCH, "the teacher is content");
    r->score = 0;
    run();
    ck_assert_int_eq(flag("low-checks")->level, RISK_TALK);
    ck_assert_uint_eq(flag("low-checks")->source_n, 2);
    rules->rules[flag("low-checks")->rule].cap = RISK_WATCH;
    run();
    ck_assert_int_eq(flag("low-checks")->level, RISK_WATCH);
}
END_TEST

START_TEST(people_outrank_rules)
{
    struct risk_decision d = {
        .rule = STR("low-checks"), .what = RISK_WRONG, .at_ms = NOW - HOUR};
    check(50);
    check(50);
    in.decisions = &d;
    in.decision_n = 1;
    run();
    ck_assert_int_eq(flag("low-checks")->decided, RISK_WRONG);
    d.at_ms = NOW - 30 * HOUR; /* newer evidence asks again */
    run();
    ck_assert_int_eq(flag("low-checks")->decided, RISK_OPEN);
    d.what = RISK_NOT_NOW;
    d.until_ms = NOW + DAY;
    run();
    ck_assert_int_eq(flag("low-checks")->decided, RISK_NOT_NOW);
    d.until_ms = NOW;
    run();
    ck_assert_int_eq(flag("low-checks")->decided, RISK_OPEN);
    in.paused = true;
    run();
    ck_assert_uint_eq(flag_n, 0);
}
END_TEST

static const char *rule_error(const char *text)
{
    static struct err e;
    err_clear(&e);
    ck_assert_ptr_null(risk_parse(a, str_c(text), &e));
    return e.text;
}

#define RULE(rest)                                                                       \
    "{\"format\":\"waymark-rules/1\",\"rules\":[{\"id\":\"r\",\"message\":\"m\","        \
    "\"owner\":\"o\",\"why\":\"w\",\"level\":\"watch\"," rest "}]}"

START_TEST(rule_files_are_read_strictly)
{
    struct err e = {0};
    struct risk_rules *r =
        risk_parse(a, STR(RULE("\"kind\":\"not-opened\",\"hours\":72")), &e);
    ck_assert_msg(r != NULL && r->rules[0].hours == 72, "%s", e.text);
    ck_assert_uint_eq(r->hash.n, 64);
    struct risk_rules *other =
        risk_parse(a, STR(RULE("\"hours\":71,\"kind\":\"not-opened\"")), &e);
    ck_assert(!str_eq(r->hash, other->hash));
    ck_assert_ptr_nonnull(strstr(rule_error(RULE("\"kind\":\"not-opened\"")), "hours"));
    ck_assert_ptr_nonnull(strstr(rule_error(RULE("\"kind\":\"gut-feeling\"")), "kind"));
    ck_assert_ptr_nonnull(strstr(
        rule_error(RULE("\"kind\":\"not-opened\",\"hours\":1,\"drop\":1")), "drop"));
    ck_assert_ptr_nonnull(strstr(
        rule_error(RULE("\"kind\":\"missing\",\"grace_hours\":-1")), "grace_hours"));
    ck_assert_ptr_nonnull(
        strstr(rule_error(RULE("\"kind\":\"low-checks\",\"below\":0.6,\"count\":1.5")),
               "count"));
    ck_assert_ptr_nonnull(strstr(rule_error("{}"), "format"));
    ck_assert_ptr_nonnull(strstr(rule_error("{"), "line"));
    ck_assert_ptr_nonnull(strstr(rule_error("[]"), "format"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("risk");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, two_low_checks_in_a_row);
    tcase_add_test(t, a_good_check_between_keeps_quiet);
    tcase_add_test(t, a_late_regrade_withdraws_the_flag);
    tcase_add_test(t, old_or_idle_results_raise_nothing);
    tcase_add_test(t, off_the_own_usual);
    tcase_add_test(t, low_but_usual_is_not_off_usual);
    tcase_add_test(t, missing_work_is_what_never_came);
    tcase_add_test(t, what_is_not_known_is_not_missing);
    tcase_add_test(t, not_opened_at_48_hours_sharp);
    tcase_add_test(t, talk_needs_two_independent_kinds_of_sources);
    tcase_add_test(t, people_outrank_rules);
    tcase_add_test(t, rule_files_are_read_strictly);
    suite_add_tcase(s, t);
    return suite_main(s);
}
