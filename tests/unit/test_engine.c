/* Everything about one person: on the recorded Algebra I course, and as properties. */
#include "engine/engine.h"
#include "engine/spread.h"
#include "support/algebra.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include "base/js.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Golden numbers may differ by this much: another compiler may order a sum otherwise. */
#define TOLERANCE 1e-9

static struct arena *a;
static struct algebra al;

static void setup(void)
{
    a = arena_new(256u << 20);
    algebra_load(a, &al);
}

static void teardown(void)
{
    arena_free(a);
}

static struct engine_in input(const struct algebra_student *s)
{
    return (struct engine_in){.evidence = s->rows,
                              .evidence_n = s->row_n,
                              .as_of_ms = al.as_of_ms,
                              .seed = (uint64_t)s->user,
                              .slots = 5};
}

static struct str output(const struct engine_in *in)
{
    struct engine_out out;
    engine_person(al.course, in, a, &out);
    return engine_json(a, al.course, &out);
}

static bool same(const struct js *x, const struct js *y);

struct pair {
    const struct js *other;
    bool same;
};

static int same_member(void *ctx, struct str key, struct js *val)
{
    struct pair *p = ctx;
    const char *z = str_z(a, key);
    p->same = js_has(p->other, z) && same(val, js_get(p->other, z));
    return p->same ? 0 : 1;
}

static bool same(const struct js *x, const struct js *y)
{
    double p = 0;
    double q = 0;
    if (js_num(x, &p) && js_num(y, &q)) {
        return fabs(p - q) <= TOLERANCE * (1.0 + fabs(p));
    }
    if (js_type(x) != js_type(y) || js_len(x) != js_len(y)) {
        return false;
    }
    if (js_type(x) == JS_ARRAY) {
        for (size_t i = 0; i < js_len(x); i++) {
            if (!same(js_at(x, i), js_at(y, i))) {
                return false;
            }
        }
        return true;
    }
    if (js_type(x) == JS_OBJECT) {
        struct pair pair = {.other = y, .same = true};
        (void)js_each(x, same_member, &pair);
        return pair.same;
    }
    return str_eq(js_dump(a, x), js_dump(a, y));
}

/* WAYMARK_GOLDEN=write makes the files anew; look at the difference before committing. */
START_TEST(recorded_students_come_out_as_before)
{
    static const int64_t users[] = {36, 40, 41, 54};
    const char *mode = getenv("WAYMARK_GOLDEN");
    for (size_t i = 0; i < al.student_n; i++) {
        const struct algebra_student *s = &al.students[i];
        bool wanted = false;
        for (size_t k = 0; k < 4; k++) {
            wanted = wanted || users[k] == s->user;
        }
        if (!wanted) {
            continue;
        }
        struct engine_in in = input(s);
        struct str got = output(&in);
        char *path = str_z(a, str_fmt(a, "tests/golden/engine-%d.json", (int)s->user));
        if (mode != NULL && strcmp(mode, "write") == 0) {
            FILE *f = fopen(path, "wb");
            ck_assert_ptr_nonnull(f);
            for (size_t k = 0; k < got.n; k++) { /* a line for each object: for diffs */
                fputc(got.p[k], f);
                if (k > 0 && got.p[k] == ',' && got.p[k - 1] == '}') {
                    fputc('\n', f);
                }
            }
            fputc('\n', f);
            (void)fclose(f);
        }
        struct js *want = js_parse(a, algebra_file(a, path), 1 << 20, 12, NULL);
        struct js *have = js_parse(a, got, 1 << 20, 12, NULL);
        ck_assert_msg(same(want, have) && same(have, want),
                      "%s differs; with WAYMARK_GOLDEN=write it is made anew", path);
    }
}
END_TEST

START_TEST(every_recorded_student_gets_three_things_to_do)
{
    ck_assert_uint_eq(al.student_n, 29);
    for (size_t i = 0; i < al.student_n; i++) {
        struct engine_in in = input(&al.students[i]);
        struct engine_out out;
        engine_person(al.course, &in, a, &out);
        ck_assert_uint_ge(out.next_n, 3);
        ck_assert_uint_eq(out.conflict_n, 0);
        for (size_t k = 0; k < out.next_n; k++) {
            ck_assert_int_ne(out.next[k].activity_id, 0);
            ck_assert(str_find(out.next[k].facts, STR("right_needed"), 0) != SIZE_MAX);
        }
        for (size_t k = 0; k < out.flag_n; k++) {
            ck_assert_int_eq(out.flags[k].level, RISK_WATCH); /* one source kind */
        }
    }
}
END_TEST

START_TEST(order_of_arrival_never_matters)
{
    uint64_t seed = 17;
    for (size_t i = 0; i < al.student_n; i++) {
        struct engine_in in = input(&al.students[i]);
        struct str first = output(&in);
        for (int round = 0; round < 5; round++) {
            struct ev *rows = al.students[i].rows;
            for (int32_t k = (int32_t)al.students[i].row_n - 1; k > 0; k--) {
                int32_t j = mapmake_below(&seed, k + 1);
                struct ev t = rows[k];
                rows[k] = rows[j];
                rows[j] = t;
            }
            ck_assert(str_eq(first, output(&in)));
        }
    }
}
END_TEST

START_TEST(online_and_batch_give_the_same_bytes)
{
    struct mastery_rule r = {.bkt = al.map->bkt, .limits = al.map->limits};
    const struct algebra_student *s = &al.students[0];
    struct engine_in in = input(s);
    struct engine_out out;
    struct counted c;
    int32_t skill = skill_find(al.map, STR("EQ-ONE"));
    engine_person(al.course, &in, a, &out);
    count_rows(a, s->rows, s->row_n, &c);
    struct mastery m;
    struct bkt_belief belief;
    struct spread spread;
    struct spread_state st;
    bkt_belief_default(&r.bkt, &belief);
    spread_make(&r.bkt, &belief, bkt_reach(r.limits.p_mastered), &spread);
    spread_start(&spread, &st);
    mastery_start(&r, &m);
    for (size_t i = 0; i < out.skills[skill].id_n; i++) { /* one row after the other */
        for (size_t k = 0; k < c.row_n; k++) {
            if (c.rows[k].id != out.skills[skill].ids[i]) {
                continue;
            }
            struct mastery_obs o = {.at_ms = c.rows[k].observed_ms,
                                    .kind = c.rows[k].kind};
            for (size_t t = 0; t < al.tie_n; t++) {
                if (al.ties[t].skill == skill &&
                    al.ties[t].activity_id == c.rows[k].activity_id &&
                    str_eq(al.ties[t].item, c.rows[k].item)) {
                    o.weight = al.ties[t].weight;
                }
            }
            (void)evidence_share(&c.rows[k], &o.share);
            mastery_add(&r, &m, &o);
            spread_add(&spread, &st, &o);
        }
    }
    struct mastery_view v = mastery_read(&r, &m, al.as_of_ms);
    spread_read(&spread, &st, al.as_of_ms, v.p, &v.p_low, &v.p_high);
    ck_assert_uint_gt(out.skills[skill].id_n, 2);
    ck_assert(memcmp(&v.p, &out.skills[skill].p, sizeof(double)) == 0);
    ck_assert(memcmp(&v.p_low, &out.skills[skill].p_low, sizeof(double)) == 0);
    ck_assert(memcmp(&v.p_high, &out.skills[skill].p_high, sizeof(double)) == 0);
    ck_assert(v.p_low < v.p && v.p < v.p_high);
}
END_TEST

/* Fitted parameters take the place of the map's, in words, intervals and what is next. */
START_TEST(fitted_parameters_are_used)
{
    size_t n = al.map->skill_n;
    struct bkt_model fit = {.skills = ARENA_ARRAY(a, struct bkt_skill, n), .skill_n = n};
    struct engine_models models = {.bkt = &fit};
    struct engine_parts parts = {.map = al.map,
                                 .rules = al.rules,
                                 .activities = al.activities,
                                 .activity_n = al.activity_n,
                                 .ties = al.ties,
                                 .tie_n = al.tie_n,
                                 .work_read_ms = al.as_of_ms,
                                 .work_source = STR("moodle-ws")};
    struct engine_in in = input(&al.students[0]);
    struct engine_out before;
    struct engine_out after;
    for (size_t i = 0; i < n; i++) {
        fit.skills[i].bkt = al.map->skills[i].bkt;
        bkt_belief_default(&fit.skills[i].bkt, &fit.skills[i].belief);
    }
    parts.models = &models;
    engine_person(al.course, &in, a, &before);
    struct engine_course *c = engine_course_new(a, &parts, NULL);
    engine_person(c, &in, a, &after);
    ck_assert(str_eq(engine_json(a, al.course, &before), engine_json(a, c, &after)));
    fit.skills[0].bkt.p_init = 0.77;
    bkt_belief_default(&fit.skills[0].bkt, &fit.skills[0].belief);
    fit.skills[0].belief.root[0] = 0.1;
    c = engine_course_new(a, &parts, NULL);
    ck_assert(engine_rule(c, 0).bkt.p_init == 0.77);
    ck_assert(al.map->skills[0].bkt.p_init != 0.77);
    in.evidence_n = 0;
    engine_person(c, &in, a, &after);
    ck_assert_double_eq_tol(after.skills[0].p, 0.77, 1e-15);
    ck_assert_double_eq_tol(after.skills[0].p_low, 0.7396, 1e-3); /* logit - .1645 */
    ck_assert_double_eq_tol(after.skills[0].p_high, 0.7979, 1e-3);
}
END_TEST

/* 100 % completion and daily visits, nothing scored: no evidence yet on every skill. */
START_TEST(completion_masters_nothing)
{
    struct ev rows[60];
    for (int i = 0; i < 60; i++) {
        rows[i] = (struct ev){.id = i + 1,
                              .observed_ms = al.as_of_ms - i * EVIDENCE_DAY_MS,
                              .kind = i % 3 == 0   ? EV_COMPLETION
                                      : i % 3 == 1 ? EV_ACCESS
                                                   : EV_SELF_REPORT,
                              .has_score = true,
                              .score = 1,
                              .maximum = 1,
                              .weight = 1,
                              .source_kind = STR("moodle-ws"),
                              .activity_id = 1 + i % 22};
    }
    struct engine_in in = {
        .evidence = rows, .evidence_n = 60, .as_of_ms = al.as_of_ms, .slots = 5};
    struct engine_out out;
    engine_person(al.course, &in, a, &out);
    for (size_t i = 0; i < al.map->skill_n; i++) {
        ck_assert_int_eq(out.skills[i].word, MASTERY_NONE);
        ck_assert_uint_eq(out.skills[i].id_n, 0);
    }
    ck_assert_uint_eq(out.opened_n, 0);
    ck_assert_uint_gt(out.next_n, 0);
    ck_assert(engine_share(al.course, &out) == 0.0);
}
END_TEST

START_TEST(low_effort_and_unscored_rows_count_for_nothing)
{
    struct ev row = al.students[0].rows[0];
    struct engine_in in = {
        .evidence = &row, .evidence_n = 1, .as_of_ms = al.as_of_ms, .slots = 5};
    struct engine_out out;
    int32_t skill = skill_find(al.map, STR("INT-ADD"));
    engine_person(al.course, &in, a, &out);
    ck_assert_int_eq(out.skills[skill].word, MASTERY_LEARNING);
    row.low_effort = true;
    engine_person(al.course, &in, a, &out);
    ck_assert_int_eq(out.skills[skill].word, MASTERY_NONE);
    row.low_effort = false;
    row.has_score = false;
    engine_person(al.course, &in, a, &out);
    ck_assert_int_eq(out.skills[skill].word, MASTERY_NONE);
}
END_TEST

START_TEST(grants_stay_and_persons_outrank)
{
    int32_t like = skill_find(al.map, STR("LIKE-TERMS"));
    struct engine_in in = {.as_of_ms = al.as_of_ms, .slots = 5};
    struct engine_out out;
    engine_person(al.course, &in, a, &out);
    ck_assert(!out.ready[like].ready && out.ready[like].missing_n == 1);
    in.grants = &like;
    in.grant_n = 1;
    engine_person(al.course, &in, a, &out);
    ck_assert(out.ready[like].ready && out.ready[like].granted);
    struct engine_decision d[2] = {
        {.kind = STR("close"), .subject = STR("LIKE-TERMS"), .at_ms = 10},
        {.kind = STR("open"), .subject = STR("LIKE-TERMS"), .at_ms = 20}};
    in.decisions = d;
    in.decision_n = 1;
    engine_person(al.course, &in, a, &out);
    ck_assert(!out.ready[like].ready && out.ready[like].closed);
    in.decision_n = 2;
    in.grant_n = 0;
    engine_person(al.course, &in, a, &out);
    ck_assert(out.ready[like].ready);
}
END_TEST

START_TEST(a_judgement_names_its_skill)
{
    struct ev row = {.id = 1,
                     .observed_ms = al.as_of_ms,
                     .kind = EV_JUDGEMENT,
                     .has_score = true,
                     .score = 1,
                     .maximum = 1,
                     .weight = 1,
                     .source_kind = STR("teacher"),
                     .item = STR("SLOPE")};
    struct engine_in in = {.evidence = &row, .evidence_n = 1, .as_of_ms = al.as_of_ms};
    struct engine_out out;
    int32_t slope = skill_find(al.map, STR("SLOPE"));
    engine_person(al.course, &in, a, &out);
    ck_assert(out.skills[slope].p > 0.6);
    ck_assert_uint_eq(out.skills[slope].id_n, 1);
    ck_assert_uint_eq(out.next_n, 0); /* no slots were asked for */
}
END_TEST

/* A quiz that is known only as a total tells about its skills, but proves none: its
 * weight for each is the share of its questions. */
START_TEST(a_total_tells_less_than_answers)
{
    struct ev row = {.id = 1,
                     .observed_ms = al.as_of_ms,
                     .kind = EV_GRADE,
                     .has_score = true,
                     .score = 10,
                     .maximum = 10,
                     .weight = 1,
                     .source_kind = STR("moodle-ws"),
                     .activity_id = 3};
    struct engine_in in = {
        .evidence = &row, .evidence_n = 1, .as_of_ms = al.as_of_ms, .slots = 1};
    struct engine_out out;
    engine_person(al.course, &in, a, &out);
    int32_t s = skill_find(al.map, STR("INT-ADD"));
    ck_assert(out.skills[s].p > 0.3 && out.skills[s].p < 0.6);
    ck_assert_int_eq(out.skills[s].proof_n, 0);
    ck_assert_int_eq(out.skills[s].word, MASTERY_LEARNING);
}
END_TEST

START_TEST(opened_skills_carry_their_evidence)
{
    struct engine_in in = input(&al.students[0]);
    size_t opened = 0;
    for (size_t i = 0; i < al.student_n; i++) {
        struct engine_out out;
        in = input(&al.students[i]);
        engine_person(al.course, &in, a, &out);
        for (size_t k = 0; k < out.opened_n; k++) {
            ck_assert(out.ready[out.opened[k].skill].ready);
            ck_assert_uint_ge(out.opened[k].id_n, 3);
            opened++;
        }
    }
    ck_assert_uint_gt(opened, 50);
}
END_TEST

START_TEST(bad_parts_are_refused)
{
    struct err e = {0};
    struct tie t = {.activity_id = 1, .skill = 99, .weight = 1};
    struct course_activity two[2] = {{.id = 1}, {.id = 1}};
    struct engine_parts p = {.map = al.map, .rules = al.rules, .ties = &t, .tie_n = 1};
    ck_assert_ptr_null(engine_course_new(a, &p, &e));
    t = (struct tie){.activity_id = 1, .weight = NAN};
    ck_assert_ptr_null(engine_course_new(a, &p, &e));
    p.tie_n = 0;
    p.activities = two;
    p.activity_n = 2;
    ck_assert_ptr_null(engine_course_new(a, &p, &e));
    p.activity_n = 0;
    ck_assert_ptr_nonnull(engine_course_new(a, &p, &e));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, recorded_students_come_out_as_before);
    tcase_add_test(t, every_recorded_student_gets_three_things_to_do);
    tcase_add_test(t, order_of_arrival_never_matters);
    tcase_add_test(t, online_and_batch_give_the_same_bytes);
    tcase_add_test(t, fitted_parameters_are_used);
    tcase_add_test(t, completion_masters_nothing);
    tcase_add_test(t, low_effort_and_unscored_rows_count_for_nothing);
    tcase_add_test(t, grants_stay_and_persons_outrank);
    tcase_add_test(t, a_judgement_names_its_skill);
    tcase_add_test(t, a_total_tells_less_than_answers);
    tcase_add_test(t, opened_skills_carry_their_evidence);
    tcase_add_test(t, bad_parts_are_refused);
    suite_add_tcase(s, t);
    return suite_main(s);
}
