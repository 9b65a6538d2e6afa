/* Intervals of P(mastery): people are made whose skills have parameters drawn from what
 * is believed of them; the p that somebody would tell who knew the parameters must lie
 * within the 90 % interval nine times in ten. WAYMARK_MANY=12 makes so many times as
 * many people. */
#include "engine/bktfit.h"
#include "engine/num.h"
#include "engine/spread.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20261123
#define P BKT_PARAMS

static const int stops[] = {1, 2, 3, 5, 8, 12, 20, 40}; /* numbers of answers */
#define STOPS ((int)(sizeof(stops) / sizeof(stops[0])))

static uint64_t seed;

static double unit(void)
{
    return mapmake_unit(&seed);
}

static double normal(void)
{
    double u = 1.0 - unit();
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * unit());
}

static int many(void)
{
    const char *text = getenv("WAYMARK_MANY");
    return text != NULL && atoi(text) > 1 ? atoi(text) : 1;
}

static struct skill_bkt from_theta(const double *theta)
{
    return (struct skill_bkt){.p_init = theta[BKT_INIT],
                              .p_learn = theta[BKT_LEARN],
                              .p_forget = theta[BKT_FORGET],
                              .p_guess = theta[BKT_GUESS],
                              .p_slip = theta[BKT_SLIP]};
}

/* The world: skills as bkt.c expects them before it has seen any. */
static const double usual[P] = {0.4, 0.1, 0.02, 0.25, 0.12};
static const double differ[P] = {1.2, 1.2, 1.0, 1.0, 0.9};

static struct skill_bkt draw_skill(double reach)
{
    double theta[P];
    for (int i = 0; i < P; i++) {
        theta[i] = bktfit_logistic(bktfit_logit(usual[i]) + differ[i] * normal());
    }
    bktfit_bound(reach, theta);
    return from_theta(theta);
}

struct tally {
    double n[STOPS];
    double held[STOPS];
};

/* Is the true p inside? Where it stands at the very end of the scale with others, a share
 * of them is: the one that the interval would hold if they were told apart. */
static bool inside(const struct spread_state *st, double truth, double low, double high)
{
    if (truth < high || truth <= 0.5 || truth > high) {
        return truth >= low && truth <= high;
    }
    double at = 0.0;
    double all = 0.0;
    for (int k = 0; k < SPREAD_POINTS; k++) {
        all += st->weight[k];
        at += st->p[k] >= truth ? st->weight[k] : 0.0;
    }
    return 1.0 - unit() * at / all < 0.95;
}

/* One person: the model knows `believed`, the world is `truth`. */
static void one_person(const struct skill_bkt *truth, const struct skill_bkt *believed,
                       const struct spread *s, struct tally *t)
{
    struct spread_state st;
    bool has = unit() < truth->p_init;
    double p = bkt_start(believed);
    double q = bkt_start(truth);
    spread_start(s, &st);
    for (int stop = 0, n = 0; stop < STOPS; stop++) {
        double low;
        double high;
        for (; n < stops[stop]; n++) {
            bool right = unit() < (has ? 1.0 - truth->p_slip : truth->p_guess);
            struct mastery_obs o = {
                .at_ms = n + 1, .share = right ? 1 : 0, .weight = 1, .kind = EV_ANSWER};
            spread_add(s, &st, &o);
            p = bkt_update(believed, p, right);
            q = bkt_update(truth, q, right);
            has = unit() < (has ? 1.0 - truth->p_forget : truth->p_learn);
        }
        spread_read(s, &st, n, p, &low, &high);
        ck_assert(low >= 0.0 && low <= p && p <= high && high <= 1.0);
        if (high - low >= 1e-3) { /* else nothing is left to be unsure about */
            t->n[stop] += 1.0;
            t->held[stop] += inside(&st, q, low, high) ? 1.0 : 0.0;
        }
    }
}

static double total(const struct tally *t)
{
    double n = 0.0;
    double held = 0.0;
    for (int i = 0; i < STOPS; i++) {
        n += t->n[i];
        held += t->held[i];
    }
    return 100.0 * held / n;
}

static void tell(const char *what, const struct tally *t)
{
    printf("%-26s", what);
    for (int i = 0; i < STOPS; i++) {
        printf(" %d:%.1f", stops[i], 100.0 * t->held[i] / t->n[i]);
    }
    printf("  all %.1f (seed %d)\n", total(t), SEED);
    fflush(stdout);
}

/* Parameters that nobody fitted: drawn from what is believed of them. */
static void prior_only(bool forgets, struct tally *t)
{
    double reach = bkt_reach(skill_limits_default().p_mastered);
    struct skill_bkt b = skill_bkt_default();
    struct bkt_belief belief;
    struct spread s;
    b.p_forget = forgets ? 0.01 : 0.0;
    bkt_belief_default(&b, &belief);
    spread_make(&b, &belief, reach, &s);
    for (int i = 0; i < 4000 * many(); i++) {
        double theta[P];
        for (int k = 0; k < P; k++) {
            theta[k] = bktfit_logistic(belief.mean[k] +
                                       belief.root[k * (k + 1) / 2 + k] * normal());
        }
        bktfit_bound(forgets ? reach : 0.0, theta);
        struct skill_bkt truth = from_theta(theta);
        one_person(&truth, &b, &s, t);
    }
}

START_TEST(unfitted_skills_cover)
{
    seed = SEED;
    for (int forgets = 0; forgets < 2; forgets++) {
        struct tally t = {{0}, {0}};
        prior_only(forgets != 0, &t);
        tell(forgets ? "not fitted, forgetting" : "not fitted", &t);
        ck_assert_double_eq_tol(total(&t), 90.0, 2.0);
    }
}
END_TEST

#define SKILLS 40

/* A course of 40 skills is fitted to `people`, each with 1 to 20 answers to a skill; then
 * come others. */
static void fitted_course(int people, bool forgets, int others, struct tally *t)
{
    struct arena *a = arena_new((size_t)1 << 30);
    double reach = bkt_reach(skill_limits_default().p_mastered);
    struct skill_bkt truth[SKILLS];
    struct answer *rows = ARENA_ARRAY(a, struct answer, (size_t)people * SKILLS * 20);
    struct answers in = {
        .rows = rows, .student_n = people, .item_n = SKILLS, .skill_n = SKILLS};
    struct bkt_opts opts = {.no_forgetting = !forgets};
    struct bkt_model fit;
    for (int k = 0; k < SKILLS; k++) {
        truth[k] = draw_skill(forgets ? reach : 0.0);
    }
    for (int32_t s = 0; s < people; s++) {
        for (int32_t k = 0; k < SKILLS; k++) {
            int n = 1 + (int)(unit() * unit() * 20.0);
            bool has = unit() < truth[k].p_init;
            for (int i = 0; i < n; i++) {
                bool right = unit() < (has ? 1.0 - truth[k].p_slip : truth[k].p_guess);
                rows[in.n++] =
                    (struct answer){.student = s, .item = k, .skill = k, .right = right};
                has = unit() < (has ? 1.0 - truth[k].p_forget : truth[k].p_learn);
            }
        }
    }
    bkt_fit(a, &in, &opts, &fit);
    for (int k = 0; k < SKILLS; k++) {
        struct spread s;
        spread_make(&fit.skills[k].bkt, &fit.skills[k].belief, reach, &s);
        for (int i = 0; i < others; i++) {
            one_person(&truth[k], &fit.skills[k].bkt, &s, t);
        }
    }
    arena_free(a);
}

/* Small skills and large ones, few answers and many. Skills of one course share its fit:
 * so few courses tell the coverage of one size to a point and a half (twice the error of
 * their mean), which WAYMARK_MANY=10 makes half a point. */
START_TEST(fitted_skills_cover)
{
    static const int sizes[] = {5, 20, 80, 300};
    static const int courses[] = {20, 20, 12, 8};
    struct tally all = {{0}, {0}};
    seed = SEED;
    for (int z = 0; z < 8; z++) {
        struct tally t = {{0}, {0}};
        char what[64];
        int people = sizes[z % 4];
        bool forgets = z >= 4;
        for (int i = 0; i < courses[z % 4] * many(); i++) {
            fitted_course(people, forgets, 8, &t);
        }
        (void)snprintf(what, sizeof(what), "%d people%s", people,
                       forgets ? ", forgetting" : "");
        tell(what, &t);
        ck_assert_double_eq_tol(total(&t), 90.0, (many() >= 10 ? 2.0 : 3.5));
        for (int i = 0; i < STOPS; i++) {
            all.n[i] += t.n[i];
            all.held[i] += t.held[i];
        }
    }
    tell("all fitted", &all);
    for (int i = 0; i < STOPS; i++) {
        ck_assert_double_eq_tol(100.0 * all.held[i] / all.n[i], 90.0, 2.0);
    }
}
END_TEST

/* Whatever comes: the interval holds p, and nothing is not a number. */
START_TEST(extreme_input_gives_numbers)
{
    double reach = bkt_reach(0.95);
    seed = SEED;
    for (int i = 0; i < 300; i++) {
        struct skill_bkt b = draw_skill(i % 2 == 0 ? reach : 0.0);
        struct bkt_belief belief;
        struct spread s;
        struct spread_state st;
        b.half_life_days = i % 3 == 0 ? 0.01 : 0.0;
        bkt_belief_default(&b, &belief);
        for (int k = 0; k < BKT_TRI; k++) {
            belief.root[k] *= i % 5 == 0 ? 40.0 : 1.0;
        }
        spread_make(&b, &belief, reach, &s);
        spread_start(&s, &st);
        int64_t at = 0;
        for (int k = 0; k < 3000; k++) {
            static const double odd[] = {0, 1, 0.5, -1, 7, 1e300, -1e300};
            struct mastery_obs o = {.at_ms = at,
                                    .share = odd[(k / 50 + i) % 7],
                                    .weight = k % 3 == 0 ? odd[k % 7] : 4.0,
                                    .kind = k % 11 == 0 ? EV_JUDGEMENT : EV_ANSWER};
            spread_add(&s, &st, &o);
            at += k % 100 == 0 ? INT64_MAX / 200 : 1;
        }
        double low;
        double high;
        spread_read(&s, &st, at, 0.5, &low, &high);
        ck_assert_msg(low >= 0.0 && low <= 0.5 && high >= 0.5 && high <= 1.0,
                      "case %d of seed %d: %g %g", i, SEED, low, high);
    }
}
END_TEST

/* More people in the fit leave less to be unsure about. */
START_TEST(more_people_narrow_it)
{
    double width[3];
    for (int z = 0; z < 3; z++) {
        struct arena *a = arena_new((size_t)256 << 20);
        static const int people[] = {10, 100, 1000};
        struct skill_bkt truth = from_theta(usual);
        struct answer *rows = ARENA_ARRAY(a, struct answer, 6000);
        struct answers in = {
            .rows = rows, .student_n = people[z], .item_n = 1, .skill_n = 1};
        struct bkt_model fit;
        struct spread s;
        struct spread_state st;
        double p;
        double low;
        double high;
        seed = SEED;
        for (int i = 0; i < people[z]; i++) {
            bool has = unit() < truth.p_init;
            for (int k = 0; k < 6; k++) {
                bool right = unit() < (has ? 1.0 - truth.p_slip : truth.p_guess);
                rows[in.n++] = (struct answer){.student = i, .right = right};
                has = has || unit() < truth.p_learn;
            }
        }
        bkt_fit(a, &in, &(struct bkt_opts){0}, &fit);
        spread_make(&fit.skills[0].bkt, &fit.skills[0].belief, bkt_reach(0.95), &s);
        spread_start(&s, &st);
        p = bkt_start(&fit.skills[0].bkt);
        for (int k = 0; k < 2; k++) {
            struct mastery_obs o = {.share = 1 - k, .weight = 1, .kind = EV_ANSWER};
            spread_add(&s, &st, &o);
            p = bkt_update(&fit.skills[0].bkt, p, k == 0);
        }
        spread_read(&s, &st, 0, p, &low, &high);
        width[z] = high - low;
        arena_free(a);
    }
    ck_assert(width[0] > width[1] && width[1] > width[2] && width[2] < 0.35);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("spread");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60.0 * many());
    tcase_add_test(t, unfitted_skills_cover);
    tcase_add_test(t, fitted_skills_cover);
    tcase_add_test(t, extreme_input_gives_numbers);
    tcase_add_test(t, more_people_narrow_it);
    suite_add_tcase(s, t);
    return suite_main(s);
}
