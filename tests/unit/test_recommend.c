/* What to do next: through engine_person, on small and on random maps. */
#include "engine/engine.h"
#include "engine/lkt.h"
#include "engine/scorer.h"
#include "engine/transit.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <string.h>

#define DAY EVIDENCE_DAY_MS

static struct arena *a;

static void setup(void)
{
    a = arena_new(256u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

/* A course in which activity 100 + ord is a quiz about skill ord. */
struct world {
    struct skill_map *map;
    struct risk_rules rules;
    struct course_activity *activities;
    struct tie *ties;
    struct engine_course *course;
    struct ev rows[4000];
    struct engine_in in;
    struct engine_out out;
};

static struct world *world_new(struct skill_map *m)
{
    struct world *w = ARENA_NEW(a, struct world);
    size_t n = m->skill_n;
    w->map = m;
    w->activities = ARENA_ARRAY(a, struct course_activity, n);
    w->ties = ARENA_ARRAY(a, struct tie, n);
    for (size_t i = 0; i < n; i++) {
        w->activities[i] = (struct course_activity){.id = 100 + (int64_t)i,
                                                    .title = m->skills[i].title,
                                                    .kind = STR("quiz"),
                                                    .visible = true,
                                                    .position = (int32_t)i};
        w->ties[i] = (struct tie){
            .activity_id = 100 + (int64_t)i, .skill = (int32_t)i, .weight = 1};
    }
    struct engine_parts parts = {.map = m,
                                 .rules = &w->rules,
                                 .activities = w->activities,
                                 .activity_n = n,
                                 .ties = w->ties,
                                 .tie_n = n};
    w->course = engine_course_new(a, &parts, NULL);
    ck_assert_ptr_nonnull(w->course);
    w->in = (struct engine_in){
        .evidence = w->rows, .as_of_ms = 100 * DAY, .slots = 5, .seed = 1};
    return w;
}

static void attempt(struct world *w, int32_t skill, int64_t day, double share)
{
    size_t k = w->in.evidence_n++;
    w->rows[k] = (struct ev){.id = (int64_t)k + 1,
                             .observed_ms = day * DAY,
                             .fact_key = str_fmt(a, "k%zu", k),
                             .kind = EV_ATTEMPT,
                             .has_score = true,
                             .score = share,
                             .maximum = 1,
                             .weight = 1,
                             .source_kind = STR("moodle-ws"),
                             .activity_id = 100 + skill,
                             .attempt = str_fmt(a, "%zu", k)};
}

static void master(struct world *w, int32_t skill)
{
    for (int d = 0; d < 4; d++) {
        attempt(w, skill, 90 + d, 1.0);
    }
}

static void run(struct world *w)
{
    engine_person(w->course, &w->in, a, &w->out);
}

START_TEST(a_new_student_gets_entry_skills)
{
    struct skill_map *m = mapmake_plain(a, 4);
    mapmake_need(a, m, 3, 0, true);
    mapmake_need(a, m, 3, 2, false);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    run(w);
    ck_assert_uint_eq(w->out.next_n, 3);
    ck_assert_int_eq(w->out.next[0].skill, 0);
    ck_assert_int_eq(w->out.next[0].reason, RECOMMEND_START);
    ck_assert_int_eq(w->out.next[0].activity_id, 100);
    ck_assert_uint_eq(w->out.next[0].id_n, 0);
    ck_assert_msg(str_find(w->out.next[0].facts, STR("\"opens\":\"S3\""), 0) != SIZE_MAX,
                  "%.*s", STR_ARG(w->out.next[0].facts));
    ck_assert_msg(w->out.next[2].skill == 1, "S1 leads to no goal");
}
END_TEST

START_TEST(reasons_follow_the_words)
{
    struct skill_map *m = mapmake_plain(a, 5);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    attempt(w, 0, 95, 0.0);
    for (int i = 0; i < 3; i++) {
        attempt(w, 1, 95, 1.0);
        attempt(w, 2, 10 + i, 1.0);
    }
    master(w, 3);
    run(w);
    enum recommend_reason by_skill[5];
    ck_assert_uint_eq(w->out.next_n, 4);
    for (size_t i = 0; i < 4; i++) {
        by_skill[w->out.next[i].skill] = w->out.next[i].reason;
        ck_assert_int_ne(w->out.next[i].skill, 3);
    }
    ck_assert_int_eq(by_skill[0], RECOMMEND_CONTINUE);
    ck_assert_int_eq(by_skill[1], RECOMMEND_ALMOST);
    ck_assert_int_eq(by_skill[2], RECOMMEND_REVIEW);
    ck_assert_int_eq(by_skill[4], RECOMMEND_NEW);
}
END_TEST

/* A student with 14 of 20 skills and many reviews due saw three reviews, and none of the
 * skills that were still to learn. */
START_TEST(reviews_leave_room_for_what_is_new)
{
    struct skill_map *m = mapmake_plain(a, 6);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    for (int32_t s = 0; s < 4; s++) {
        for (int d = 0; d < 4; d++) {
            attempt(w, s, 10 + d, 1.0);
        }
    }
    attempt(w, 4, 95, 0.0);
    attempt(w, 5, 95, 0.0);
    run(w);
    ck_assert_uint_eq(w->out.next_n, 5);
    /* S5 is the goal; then a review, and S4 before the three other reviews. */
    ck_assert_int_eq(w->out.next[0].reason, RECOMMEND_CONTINUE);
    ck_assert_int_eq(w->out.next[1].reason, RECOMMEND_REVIEW);
    ck_assert_int_eq(w->out.next[2].reason, RECOMMEND_CONTINUE);
    ck_assert_int_eq(w->out.next[3].reason, RECOMMEND_REVIEW);
    ck_assert_int_eq(w->out.next[4].reason, RECOMMEND_REVIEW);
}
END_TEST

START_TEST(nearer_to_the_goal_comes_first)
{
    struct skill_map *m = mapmake_plain(a, 6);
    mapmake_need(a, m, 5, 4, true); /* 4 is one step away, 0 two, 1 three */
    mapmake_need(a, m, 3, 0, true);
    mapmake_need(a, m, 5, 3, true);
    mapmake_need(a, m, 2, 1, true);
    mapmake_need(a, m, 3, 2, true);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    run(w);
    ck_assert_uint_eq(w->out.next_n, 3);
    ck_assert_int_eq(w->out.next[0].skill, 4);
    ck_assert_int_eq(w->out.next[1].skill, 0);
    ck_assert_int_eq(w->out.next[2].skill, 1);
}
END_TEST

START_TEST(one_in_five_is_new_territory)
{
    struct skill_map *m = mapmake_plain(a, 12);
    m->targets[0] = 0;
    mapmake_link(a, m);
    struct world *w = world_new(m);
    for (int32_t s = 0; s < 8; s++) {
        attempt(w, s, 95, 1.0); /* tried: they score above what is new */
    }
    uint64_t seen = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        w->in.seed = seed;
        run(w);
        size_t fresh = 0;
        for (size_t i = 0; i < w->out.next_n; i++) {
            bool is_new = w->out.next[i].reason == RECOMMEND_NEW;
            fresh += is_new ? 1 : 0;
            ck_assert(w->out.next[i].choice == is_new);
            seen |= is_new ? (uint64_t)1 << w->out.next[i].skill : 0;
        }
        ck_assert_uint_eq(w->out.next_n, 5);
        ck_assert_uint_eq(fresh, 1);
    }
    ck_assert_msg(seen == 0xf00, "the seed decides which: %lx", (unsigned long)seen);
}
END_TEST

START_TEST(without_new_skills_one_slot_is_a_choice)
{
    struct skill_map *m = mapmake_plain(a, 12);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    for (int32_t s = 0; s < 12; s++) {
        attempt(w, s, 95, 1.0);
    }
    run(w);
    size_t choices = 0;
    for (size_t i = 0; i < w->out.next_n; i++) {
        choices += w->out.next[i].choice ? 1 : 0;
    }
    ck_assert_uint_eq(choices, 1);
}
END_TEST

START_TEST(activities_are_open_visible_and_worth_it)
{
    struct skill_map *m = mapmake_plain(a, 1);
    mapmake_link(a, m);
    struct course_activity acts[5] = {
        {.id = 1, .kind = STR("quiz"), .visible = false},
        {.id = 2, .kind = STR("quiz"), .visible = true, .opens_ms = 101 * DAY},
        {.id = 3, .kind = STR("assign"), .visible = true},
        {.id = 4, .kind = STR("quiz"), .visible = true, .position = 2},
        {.id = 5, .kind = STR("page"), .visible = true, .position = 1},
    };
    struct tie ties[5];
    for (int i = 0; i < 5; i++) {
        ties[i] = (struct tie){.activity_id = i + 1, .weight = i == 4 ? 0 : 1};
    }
    struct risk_rules none = {0};
    struct engine_parts parts = {.map = m,
                                 .rules = &none,
                                 .activities = acts,
                                 .activity_n = 5,
                                 .ties = ties,
                                 .tie_n = 5};
    struct engine_course *c = engine_course_new(a, &parts, NULL);
    struct ev rows[3] = {{.id = 1,
                          .observed_ms = 90 * DAY,
                          .kind = EV_GRADE,
                          .has_score = true,
                          .score = 9,
                          .maximum = 10,
                          .weight = 1,
                          .source_kind = STR("moodle-ws"),
                          .activity_id = 3}};
    struct engine_in in = {.evidence = rows, .as_of_ms = 100 * DAY, .slots = 5};
    struct engine_out out;
    engine_person(c, &in, a, &out);
    ck_assert_msg(out.next[0].activity_id == 5, "material first");
    in.evidence_n = 1;
    engine_person(c, &in, a, &out);
    ck_assert_msg(out.next[0].activity_id == 4, "an assignment is handed in once");
    acts[3].visible = false;
    acts[4].visible = false;
    c = engine_course_new(a, &parts, NULL);
    engine_person(c, &in, a, &out);
    ck_assert_int_eq(out.next[0].activity_id, 0);
}
END_TEST

/* What is over is not offered; what may be locked only where nothing else is there. */
START_TEST(closed_activities_are_not_offered_and_locked_ones_last)
{
    struct skill_map *m = mapmake_plain(a, 1);
    mapmake_link(a, m);
    struct course_activity acts[3] = {
        {.id = 1, .kind = STR("quiz"), .visible = true, .closes_ms = 100 * DAY},
        {.id = 2, .kind = STR("quiz"), .visible = true, .restricted = true},
        {.id = 3,
         .kind = STR("quiz"),
         .visible = true,
         .due_ms = 99 * DAY, /* late, and yet surely open */
         .closes_ms = 101 * DAY,
         .position = 9},
    };
    struct tie ties[3];
    for (int i = 0; i < 3; i++) {
        ties[i] = (struct tie){.activity_id = i + 1, .weight = i == 2 ? 0.5 : 1};
    }
    struct risk_rules none = {0};
    struct engine_parts parts = {.map = m,
                                 .rules = &none,
                                 .activities = acts,
                                 .activity_n = 3,
                                 .ties = ties,
                                 .tie_n = 3};
    struct engine_in in = {.as_of_ms = 100 * DAY, .slots = 5};
    static const int64_t expected[] = {3, 2, 0};
    for (int i = 0; i < 3; i++) {
        struct engine_out out;
        engine_person(engine_course_new(a, &parts, NULL), &in, a, &out);
        ck_assert_int_eq(out.next[0].activity_id, expected[i]);
        acts[2 - i].visible = false;
    }
}
END_TEST

START_TEST(own_goals_replace_the_targets)
{
    struct skill_map *m = mapmake_plain(a, 4);
    mapmake_need(a, m, 3, 0, true);
    mapmake_need(a, m, 2, 1, true);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    struct engine_decision d = {.kind = STR("goal"), .subject = STR("S2"), .at_ms = DAY};
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 0);
    w->in.decisions = &d;
    w->in.decision_n = 1;
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 1);
    d.until_ms = 99 * DAY;
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 0);
}
END_TEST

/* Of two skills as near to the goal the one that a minute brings further. */
START_TEST(more_mastery_by_the_minute_comes_first)
{
    struct skill_map *m = mapmake_plain(a, 4);
    mapmake_need(a, m, 3, 0, true);
    mapmake_need(a, m, 3, 1, true);
    mapmake_link(a, m);
    m->skills[0].minutes = 45;
    m->skills[1].minutes = 5;
    struct world *w = world_new(m);
    attempt(w, 0, 95, 1.0);
    attempt(w, 1, 95, 1.0);
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 1);
    m->skills[0].minutes = 5;
    m->skills[1].minutes = 45;
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 0);
    double sum = 0;
    for (int k = 0; k < RECOMMEND_SCORERS; k++) {
        sum += w->out.next[0].parts[k];
    }
    ck_assert(sum == w->out.next[0].score);
    ck_assert(w->out.next[0].propensity == 1.0);
}
END_TEST

/* The predictor knows better than the display model who will answer right. */
START_TEST(the_predictor_decides_where_it_speaks)
{
    struct skill_map *m = mapmake_plain(a, 2);
    mapmake_link(a, m);
    struct recommend_skill skills[2] = {{.view = {.p = 0.5}}, {.view = {.p = 0.5}}};
    double p_right[2] = {0.9, -1.0};
    struct recommend_in in = {.map = m, .skills = skills, .p_right = p_right};
    ck_assert(scorer_right(&in, 0) == 0.9);
    ck_assert(scorer_right(&in, 1) == 0.5 * 0.9 + 0.5 * 0.2);
}
END_TEST

/* Of 60 people nobody gets S1 right and all get S0 right: who knows that offers S0, which
 * is further from mastery by the display model alone. */
START_TEST(a_fitted_predictor_is_asked)
{
    enum { PEOPLE = 60, EACH = 8 };
    struct answer *rows = ARENA_ARRAY(a, struct answer, PEOPLE * EACH);
    int32_t *from = ARENA_ARRAY(a, int32_t, PEOPLE + 1);
    for (int32_t p = 0; p < PEOPLE; p++) {
        for (int32_t i = 0; i < EACH; i++) {
            int32_t k = i % 2;
            rows[p * EACH + i] =
                (struct answer){.student = p, .item = k, .skill = k, .right = k == 0};
        }
        from[p + 1] = (p + 1) * EACH;
    }
    struct answers all = {.rows = rows,
                          .n = PEOPLE * EACH,
                          .student_n = PEOPLE,
                          .item_n = 2,
                          .skill_n = 2,
                          .from = from};
    struct arena *scratch = arena_new((size_t)512 << 20);
    struct lkt_opts opts = {.seed = 1};
    static const int32_t skill_of[] = {0, 1, -1, -1};
    struct engine_models models = {.lkt = lkt_fit(a, scratch, &all, &opts),
                                   .lkt_skill = skill_of};
    arena_free(scratch);
    struct skill_map *m = mapmake_plain(a, 4);
    mapmake_need(a, m, 3, 0, true);
    mapmake_need(a, m, 3, 1, true);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    attempt(w, 2, 94, 1.0);
    attempt(w, 1, 95, 1.0);
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 1);
    struct engine_parts parts = *engine_parts_of(w->course);
    parts.models = &models;
    parts.ties = w->ties;
    parts.tie_n = 4;
    w->course = engine_course_new(a, &parts, NULL);
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 0);
}
END_TEST

/* Two failures on S2: S1, which it rests on, is due for review and comes before S2. */
START_TEST(after_two_failures_the_scaffold_comes_first)
{
    struct skill_map *m = mapmake_plain(a, 3);
    mapmake_need(a, m, 2, 0, true);
    mapmake_need(a, m, 2, 1, true);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    master(w, 0);
    for (int d = 0; d < 4; d++) {
        attempt(w, 1, 10 + d, 1.0); /* long ago: holds, a review is due */
    }
    attempt(w, 2, 95, 0.2);
    run(w);
    ck_assert_msg(w->out.next[0].skill == 2, "one failure: try again");
    attempt(w, 2, 96, 0.3);
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 1);
    ck_assert_int_eq(w->out.next[1].skill, 2);
    ck_assert_msg(str_find(w->out.next[0].facts, STR("\"scaffold_for\":\"S2\""), 0) !=
                      SIZE_MAX,
                  "%.*s", STR_ARG(w->out.next[0].facts));
    ck_assert(str_find(w->out.next[1].facts, STR("\"failed\":2"), 0) != SIZE_MAX);
    attempt(w, 2, 97, 0.9);
    run(w);
    ck_assert_msg(w->out.next[0].skill == 2, "it went well: no longer");
}
END_TEST

/* A chosen format is what is opened, where there is one; no skill is lost by it. */
START_TEST(a_format_wish_never_takes_the_last_option)
{
    struct skill_map *m = mapmake_plain(a, 2);
    mapmake_link(a, m);
    struct course_activity acts[3] = {
        {.id = 1, .kind = STR("quiz"), .visible = true},
        {.id = 2, .kind = STR("url"), .visible = true},
        {.id = 3, .kind = STR("quiz"), .visible = true},
    };
    struct tie ties[3] = {{.activity_id = 1, .skill = 0, .weight = 1},
                          {.activity_id = 2, .skill = 0, .weight = 0},
                          {.activity_id = 3, .skill = 1, .weight = 1}};
    struct risk_rules none = {0};
    struct engine_parts parts = {.map = m,
                                 .rules = &none,
                                 .activities = acts,
                                 .activity_n = 3,
                                 .ties = ties,
                                 .tie_n = 3};
    struct engine_course *c = engine_course_new(a, &parts, NULL);
    static const char *const wish[] = {"quiz", "url", "forum", ""};
    static const int64_t first[] = {1, 2, 1, 1};
    for (int i = 0; i < 4; i++) {
        struct engine_decision d = {
            .kind = STR("format"), .subject = str_c(wish[i]), .at_ms = DAY};
        struct engine_in in = {
            .as_of_ms = 100 * DAY, .slots = 5, .decisions = &d, .decision_n = 1};
        struct engine_out out;
        engine_person(c, &in, a, &out);
        ck_assert_uint_eq(out.next_n, 2);
        for (size_t k = 0; k < 2; k++) {
            int64_t want = out.next[k].skill == 1 ? 3 : first[i];
            ck_assert_msg(out.next[k].activity_id == want, "%s", wish[i]);
        }
    }
}
END_TEST

/* Two entry skills as near to the goal: six others rest on one of them. */
START_TEST(a_newcomer_is_asked_what_tells_most)
{
    struct skill_map *m = mapmake_plain(a, 10);
    mapmake_need(a, m, 9, 0, true);
    mapmake_need(a, m, 9, 1, true);
    for (int32_t s = 2; s < 8; s++) {
        mapmake_need(a, m, s, 1, true);
    }
    mapmake_link(a, m);
    struct world *w = world_new(m);
    run(w);
    ck_assert_int_eq(w->out.next[0].skill, 1);
    ck_assert_int_eq(w->out.next[1].skill, 0);
    for (size_t k = 0; k < w->out.next_n; k++) {
        ck_assert_uint_eq(w->out.ready[w->out.next[k].skill].missing_n, 0);
    }
}
END_TEST

/* After S0 learners went on to S3; the map says nothing. */
static const struct transit_model *crowd(size_t people)
{
    size_t *from = ARENA_ARRAY(a, size_t, people + 1);
    int32_t *items = ARENA_ARRAY(a, int32_t, 3 * people);
    struct transit_rows rows = {
        .item_n = 5, .person_n = people, .from = from, .items = items};
    for (size_t p = 0; p < people; p++) {
        from[p + 1] = 3 * (p + 1);
        items[3 * p] = 0;
        items[3 * p + 1] = 3;
        items[3 * p + 2] = 1 + (int32_t)(p % 2);
    }
    struct transit_model *t = ARENA_NEW(a, struct transit_model);
    transit_fit(a, &rows, t);
    return t;
}

START_TEST(what_others_did_next_counts_when_there_are_enough)
{
    for (size_t people = 199; people <= 200; people++) {
        struct skill_map *m = mapmake_plain(a, 5);
        m->targets[0] = 0;
        mapmake_link(a, m);
        struct world *w = world_new(m);
        struct engine_models models = {.transit = crowd(people)};
        struct engine_parts parts = *engine_parts_of(w->course);
        parts.models = &models;
        parts.ties = w->ties;
        parts.tie_n = 5;
        w->course = engine_course_new(a, &parts, NULL);
        master(w, 0);
        run(w);
        int32_t expected = people < TRANSIT_PEOPLE_MIN ? 1 : 3;
        ck_assert_int_eq(w->out.next[0].skill, expected);
    }
}
END_TEST

/* An arm that lets new territory lead; how likely each skill was to be shown is exact. */
START_TEST(an_experiment_leads_and_says_how_likely_it_was)
{
    struct skill_map *m = mapmake_plain(a, 12);
    m->targets[0] = 0;
    mapmake_link(a, m);
    struct world *w = world_new(m);
    for (int32_t s = 0; s < 7; s++) {
        attempt(w, s, 95, 1.0);
    }
    struct recommend_trial t = {.arm_n = 2,
                                .lead = {RECOMMEND_USUAL, RECOMMEND_LEAD_VARIETY},
                                .share = {0.7, 0.3}};
    w->in.trial = &t;
    run(w);
    size_t fresh[2] = {0};
    bool usual[12] = {false};
    for (size_t i = 0; i < 5; i++) {
        usual[w->out.next[i].skill] = true;
    }
    for (t.arm = 0; t.arm < 2; t.arm++) {
        run(w);
        for (size_t i = 0; i < w->out.next_n; i++) {
            const struct recommend_pick *p = &w->out.next[i];
            bool is_new = p->reason == RECOMMEND_NEW;
            fresh[t.arm] += is_new ? 1 : 0;
            /* New ones are in the other list too if the seed drew them. */
            double least = t.share[t.arm] - 1e-12;
            ck_assert(p->propensity >= least && p->propensity <= 1.0 + 1e-12);
            ck_assert(p->propensity_first <= p->propensity);
            ck_assert(i < RECOMMEND_FIRST
                          ? p->propensity_first >= least
                          : p->propensity_first <= 1.0 - least + 1e-12);
            ck_assert(t.arm == 0 || !usual[p->skill] || p->propensity > 0.99);
            ck_assert(t.arm == 0 || usual[p->skill] || p->propensity < 0.31);
        }
    }
    ck_assert_uint_eq(fresh[0], 1);
    ck_assert_uint_ge(fresh[1], 4);
}
END_TEST

/* What a list is made of: S0 is behind S1, which holds already. */
START_TEST(lists_are_audited)
{
    struct skill_map *m = mapmake_plain(a, 3);
    mapmake_need(a, m, 1, 0, false);
    mapmake_link(a, m);
    struct world *w = world_new(m);
    master(w, 1);
    attempt(w, 0, 95, 0.2);
    run(w);
    enum mastery_word words[3];
    struct recommend_shares shares;
    for (int i = 0; i < 3; i++) {
        words[i] = w->out.skills[i].word;
    }
    recommend_audit(a, m, words, w->out.next, w->out.next_n, &shares);
    ck_assert_uint_eq(shares.slots, 2);
    ck_assert_uint_eq(shares.fresh, 1);
    ck_assert_uint_eq(shares.below, 1);
}
END_TEST

#define MAPS 10000
#define SEED 99

/* What holds of every list, whoever leads. */
static void check_promises(struct world *w, int round)
{
    const struct skill_map *m = w->map;
    size_t candidates = 0;
    size_t fresh = 0;
    enum mastery_word words[64];
    struct recommend_shares shares;
    for (size_t i = 0; i < m->skill_n; i++) {
        words[i] = w->out.skills[i].word;
        candidates +=
            words[i] != MASTERY_MASTERED && w->out.ready[i].missing_n == 0 ? 1 : 0;
    }
    size_t n = w->out.next_n;
    ck_assert_uint_eq(n, candidates < w->in.slots ? candidates : w->in.slots);
    for (size_t k = 0; k < n; k++) {
        const struct recommend_pick *p = &w->out.next[k];
        ck_assert_int_ne(words[p->skill], MASTERY_MASTERED);
        struct skill_want want;
        for (size_t at = 0; skill_want_next(&m->skills[p->skill], &at, &want);) {
            bool met = false;
            for (size_t j = 0; j < want.n; j++) {
                met = met || mastery_holds(words[want.of[j].skill]);
            }
            ck_assert_msg(met, "seed %d, round %d, skill %d", SEED, round, p->skill);
        }
        for (size_t j = 0; j < k; j++) {
            ck_assert_int_ne(w->out.next[j].skill, p->skill);
        }
        ck_assert(p->propensity > 0.0 && p->propensity <= 1.0 + 1e-9);
        fresh += p->choice || p->reason == RECOMMEND_NEW || p->reason == RECOMMEND_START;
    }
    recommend_audit(a, m, words, w->out.next, n, &shares);
    ck_assert_uint_eq(shares.fresh, fresh);
    ck_assert_uint_le(shares.below, n);
    ck_assert_msg(candidates <= n || 5 * fresh >= n,
                  "seed %d, round %d: %zu of %zu are new or choice", SEED, round, fresh,
                  n);
}

/* Random maps and histories: never mastered, never behind a missing hard prerequisite,
 * always something while something is left, one in five new or a choice, the same twice;
 * also where a single scorer leads. */
START_TEST(random_maps_keep_the_promises)
{
    uint64_t seed = SEED;
    for (int round = 0; round < MAPS; round++) {
        struct skill_map *m = mapmake_random(a, &seed);
        struct world *w = world_new(m);
        struct recommend_trial t = {.arm_n = 5, .arm = round % 5};
        int32_t n = (int32_t)m->skill_n;
        int rows = mapmake_below(&seed, 6 * n + 1);
        for (int i = 0; i < rows; i++) {
            attempt(w, mapmake_below(&seed, n), mapmake_below(&seed, 100),
                    mapmake_unit(&seed) < 0.75 ? 1.0 : mapmake_unit(&seed));
        }
        for (int32_t arm = 0; arm < 5; arm++) {
            t.lead[arm] = (enum recommend_lead)arm;
            t.share[arm] = 0.2;
        }
        w->in.trial = round % 2 == 0 ? &t : NULL;
        w->in.seed = mapmake_next(&seed);
        w->in.slots = 1 + (size_t)mapmake_below(&seed, 8);
        run(w);
        check_promises(w, round);
        if (round % 10 == 0) {
            struct str first = engine_json(a, w->course, &w->out);
            run(w);
            ck_assert(str_eq(first, engine_json(a, w->course, &w->out)));
        }
        arena_reset(a);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("recommend");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_new_student_gets_entry_skills);
    tcase_add_test(t, reasons_follow_the_words);
    tcase_add_test(t, reviews_leave_room_for_what_is_new);
    tcase_add_test(t, nearer_to_the_goal_comes_first);
    tcase_add_test(t, one_in_five_is_new_territory);
    tcase_add_test(t, without_new_skills_one_slot_is_a_choice);
    tcase_add_test(t, activities_are_open_visible_and_worth_it);
    tcase_add_test(t, closed_activities_are_not_offered_and_locked_ones_last);
    tcase_add_test(t, own_goals_replace_the_targets);
    tcase_add_test(t, more_mastery_by_the_minute_comes_first);
    tcase_add_test(t, the_predictor_decides_where_it_speaks);
    tcase_add_test(t, a_fitted_predictor_is_asked);
    tcase_add_test(t, after_two_failures_the_scaffold_comes_first);
    tcase_add_test(t, a_format_wish_never_takes_the_last_option);
    tcase_add_test(t, a_newcomer_is_asked_what_tells_most);
    tcase_add_test(t, what_others_did_next_counts_when_there_are_enough);
    tcase_add_test(t, an_experiment_leads_and_says_how_likely_it_was);
    tcase_add_test(t, lists_are_audited);
    tcase_add_test(t, random_maps_keep_the_promises);
    suite_add_tcase(s, t);
    return suite_main(s);
}
