/* How offers close: what one offer is, what counts as taken, and what came next. */
#include "engine/mapdoc.h"
#include "engine/offer.h"
#include "support/draw.h"
#include "support/suite.h"

#include <string.h>

#define DAY INT64_C(86400000)
#define T0 (100 * DAY)

static struct arena *a;
static struct engine_course *course;
static struct offer_in in;
static struct offer_shown shown[64];
static struct ev rows[64];
static struct offer *out;

static const char map_text[] =
    "{\"format\":\"waymark-map/1\",\"code\":\"m\",\"title\":\"M\",\"language\":\"en\","
    "\"about\":\"For tests.\",\"thresholds\":{\"mastered\":0.95,\"almost\":0.8,"
    "\"min_rows\":3,\"min_days\":2,\"review_days\":28},\"bkt\":{\"init\":0.3,\"learn\":"
    "0.1,\"guess\":0.2,\"slip\":0.1,\"half_life_days\":0},\"targets\":[\"B\"],"
    "\"skills\":[{\"code\":\"A\",\"title\":\"A\",\"unit\":\"U\",\"minutes\":5},"
    "{\"code\":\"B\",\"title\":\"B\",\"unit\":\"U\",\"minutes\":5}],\"activities\":[]}";

static void setup(void)
{
    static struct course_activity acts[3];
    static struct tie ties[2];
    static struct engine_parts parts;
    static const struct risk_rules rules;
    struct err e = {0};
    a = arena_new((size_t)64 << 20);
    for (int i = 0; i < 3; i++)
        acts[i] = (struct course_activity){
            .id = i + 1, .title = STR("x"), .kind = STR("quiz"), .visible = true};
    ties[0] = (struct tie){.activity_id = 1, .skill = 0, .weight = 1};
    ties[1] = (struct tie){.activity_id = 2, .skill = 1, .weight = 1};
    parts = (struct engine_parts){.map = mapdoc_parse(a, str_c(map_text), NULL, &e),
                                  .rules = &rules,
                                  .activities = acts,
                                  .activity_n = 3,
                                  .ties = ties,
                                  .tie_n = 2};
    ck_assert_msg(parts.map != NULL, "%s", e.text);
    course = engine_course_new(a, &parts, &e);
    ck_assert_msg(course != NULL, "%s", e.text);
    in = (struct offer_in){.shown = shown, .evidence = rows, .now_ms = T0 + 100 * DAY};
}

static void teardown(void)
{
    arena_free(a);
}

static void show(int64_t id, int64_t at_ms, int32_t ord)
{
    shown[in.shown_n++] = (struct offer_shown){.exposure_id = id,
                                               .at_ms = at_ms,
                                               .skill = ord == 0 ? STR("A") : STR("B"),
                                               .ord = ord,
                                               .activity_id = ord + 1,
                                               .rank = ord + 1,
                                               .propensity = 1,
                                               .reason = STR("new")};
}

static void row(enum ev_kind kind, int64_t activity, double score, int64_t at_ms)
{
    struct ev *r = &rows[in.evidence_n++];
    *r = (struct ev){.id = (int64_t)in.evidence_n + 1000,
                     .observed_ms = at_ms,
                     .kind = kind,
                     .has_score = score >= 0,
                     .score = score,
                     .maximum = 1,
                     .weight = 1,
                     .source_kind = STR("moodle-ws"),
                     .activity_id = activity};
    r->fact_key = str_fmt(a, "f%zu", in.evidence_n);
    r->attempt = r->fact_key;
}

static size_t work(void)
{
    return offer_work(a, course, &in, &out);
}

START_TEST(a_result_on_the_skill_is_taken_and_tells_what_came_next)
{
    show(1, T0, 0);
    row(EV_ATTEMPT, 1, 0.0, T0 - DAY); /* before: no answer to the offer */
    row(EV_ATTEMPT, 1, 1.0, T0 + 3 * DAY);
    row(EV_ATTEMPT, 1, 0.0, T0 + 2 * DAY);
    ck_assert_uint_eq(work(), 1);
    ck_assert_str_eq(offer_fate_name(out->fate), "taken");
    ck_assert_int_eq(out->by_id, 1003);
    ck_assert_int_eq(out->next_id, 1003);
    ck_assert_double_eq(out->next_share, 0.0);
    ck_assert(out->has_p);
    /* init .3, one wrong: .3 .1 / (.03 + .56) = .0508, then + .1 of the rest */
    ck_assert_double_eq_tol(out->p_before, 0.03 / 0.59 + 0.1 * (1 - 0.03 / 0.59), 1e-12);
    ck_assert_double_gt(out->p_after, out->p_before);
}
END_TEST

START_TEST(a_visit_is_taken_and_no_result)
{
    show(1, T0, 0);
    row(EV_ACCESS, 1, -1, T0 + DAY);
    ck_assert_uint_eq(work(), 1);
    ck_assert_int_eq(out->fate, OFFER_TAKEN);
    ck_assert_int_eq(out->next_id, 0);
    ck_assert_double_eq(out->p_before, out->p_after);
}
END_TEST

START_TEST(another_thing_is_a_swap_and_nothing_is_nothing)
{
    show(1, T0, 0);
    show(1, T0, 1);
    row(EV_ATTEMPT, 2, 1.0, T0 + DAY);
    ck_assert_uint_eq(work(), 2);
    ck_assert_str_eq(offer_fate_name(out[0].fate), "swapped");
    ck_assert_int_eq(out[0].by_id, 1001);
    ck_assert_int_eq(out[0].next_id, 0);
    ck_assert_int_eq(out[1].fate, OFFER_TAKEN);
    in.evidence_n = 0;
    row(EV_ACCESS, 3, -1, T0 + DAY);     /* never offered: no swap */
    row(EV_ACCESS, 0, -1, T0 + DAY);     /* the course page */
    row(EV_JUDGEMENT, 1, 1.0, T0 + DAY); /* somebody else's deed */
    ck_assert_uint_eq(work(), 2);
    ck_assert_str_eq(offer_fate_name(out[0].fate), "ignored");
    ck_assert_int_eq(out[0].by_id, 0);
    ck_assert_int_eq(out[1].fate, OFFER_IGNORED);
}
END_TEST

START_TEST(a_word_is_a_swap_unless_it_was_taken_after_all)
{
    struct engine_decision d = {
        .kind = STR("swap"), .subject = STR("A"), .at_ms = T0 + DAY};
    in.decisions = &d;
    in.decision_n = 1;
    show(1, T0, 0);
    ck_assert_uint_eq(work(), 1);
    ck_assert_int_eq(out->fate, OFFER_SWAPPED);
    ck_assert_int_eq(out->by_ms, T0 + DAY);
    row(EV_COMPLETION, 1, -1, T0 + 2 * DAY);
    ck_assert_uint_eq(work(), 1);
    ck_assert_int_eq(out->fate, OFFER_TAKEN);
}
END_TEST

/* Ten views in a week are one offer; the next week is the next one. */
START_TEST(views_of_a_week_are_one_offer)
{
    for (int i = 0; i < 10; i++)
        show(i + 1, T0 + i * DAY / 2, 0);
    show(11, T0 + 7 * DAY, 0); /* its last moment */
    show(12, T0 + 8 * DAY, 0);
    ck_assert_uint_eq(work(), 2);
    ck_assert_int_eq(out[0].views, 11);
    ck_assert_int_eq(out[0].first.exposure_id, 1);
    ck_assert_int_eq(out[0].last_ms, T0 + 7 * DAY);
    ck_assert_int_eq(out[1].first.exposure_id, 12);
    ck_assert_int_eq(out[1].views, 1);
}
END_TEST

START_TEST(nothing_closes_before_its_time_or_twice)
{
    show(1, T0, 0);
    show(2, T0 + DAY, 0);
    in.now_ms = T0 + 9 * DAY - 1;
    ck_assert_uint_eq(work(), 0);
    in.now_ms = T0 + 9 * DAY;
    ck_assert_uint_eq(work(), 1);
    struct offer_last last = {STR("A"), T0};
    in.last = &last;
    in.last_n = 1;
    in.now_ms = T0 + 90 * DAY;
    ck_assert_uint_eq(work(), 0);
    show(3, T0 + 8 * DAY, 0);
    ck_assert_uint_eq(work(), 1);
    ck_assert_int_eq(out->first.exposure_id, 3);
}
END_TEST

START_TEST(a_skill_that_the_map_lost_closes_by_its_activity)
{
    show(1, T0, 0);
    shown[0].ord = -1;
    shown[0].skill = STR("OLD");
    row(EV_ACCESS, 1, -1, T0 + DAY);
    ck_assert_uint_eq(work(), 1);
    ck_assert_int_eq(out->fate, OFFER_TAKEN);
    ck_assert(!out->has_p);
}
END_TEST

/* The job runs nightly: whatever the nights, in the end the same offers closed, and each
 * view belongs to exactly one. 200 seeds. */
START_TEST(closing_step_by_step_is_closing_at_once)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct draw d = draw_seed(seed);
        in.shown_n = in.evidence_n = in.last_n = 0;
        int64_t at = T0;
        for (int i = 0; i < 30; i++) {
            at += (int64_t)(draw_share(&d) * 3 * (double)DAY) + 1;
            show(i + 1, at, draw_share(&d) < 0.5);
        }
        for (int i = 0; i < 20; i++)
            row(EV_ATTEMPT, 1 + (draw_share(&d) < 0.5), draw_share(&d) < 0.5,
                T0 + (int64_t)(draw_share(&d) * 45 * (double)DAY));
        in.now_ms = T0 + 200 * DAY;
        size_t all = work(), k = 0;
        struct offer *once = out;
        int64_t views = 0;
        for (size_t i = 0; i < all; i++)
            views += once[i].views;
        ck_assert_msg(views == 30, "seed %llu: %lld views", (unsigned long long)seed,
                      (long long)views);
        struct offer_last last[64];
        struct offer steps[64];
        in.last = last;
        in.last_n = 0;
        for (int64_t night = 0; night < 110; night += 1 + (night % 3)) {
            in.now_ms = T0 + night * DAY;
            size_t n = work();
            for (size_t i = 0; i < n; i++) {
                steps[k++] = out[i];
                last[in.last_n++] =
                    (struct offer_last){out[i].first.skill, out[i].first.at_ms};
            }
        }
        ck_assert_msg(k == all, "seed %llu: %zu, not %zu", (unsigned long long)seed, k,
                      all);
        for (size_t i = 0; i < all; i++) {
            size_t j = 0;
            while (j < k && steps[j].first.exposure_id != once[i].first.exposure_id)
                j++;
            ck_assert_msg(j < k && steps[j].fate == once[i].fate &&
                              steps[j].p_after == once[i].p_after &&
                              steps[j].views == once[i].views,
                          "seed %llu", (unsigned long long)seed);
        }
        teardown();
        setup();
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("offer");
    TCase *t = tcase_create("offer");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_result_on_the_skill_is_taken_and_tells_what_came_next);
    tcase_add_test(t, a_visit_is_taken_and_no_result);
    tcase_add_test(t, another_thing_is_a_swap_and_nothing_is_nothing);
    tcase_add_test(t, a_word_is_a_swap_unless_it_was_taken_after_all);
    tcase_add_test(t, views_of_a_week_are_one_offer);
    tcase_add_test(t, nothing_closes_before_its_time_or_twice);
    tcase_add_test(t, a_skill_that_the_map_lost_closes_by_its_activity);
    tcase_add_test(t, closing_step_by_step_is_closing_at_once);
    suite_add_tcase(s, t);
    return suite_main(s);
}
