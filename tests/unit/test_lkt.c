/* The predictor: what it finds in invented answers, what it must never do, and that the
 * same answers give the same bits. */
#include "support/answersim.h"
#include "support/suite.h"

#include "base/js.h"
#include "engine/lkt.h"
#include "engine/lktrate.h"
#include "engine/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN "tests/golden/lkt-simulated.json"

static struct arena *A, *SCRATCH;

static void begin(void)
{
    A = arena_new((size_t)1 << 30);
    SCRATCH = arena_new((size_t)1 << 30);
}

static void end(void)
{
    arena_free(A);
    arena_free(SCRATCH);
}

static const struct answersim_opts LEARNERS = {1, 300, 40, 5, 60, 0.05};
static const struct answersim_opts OTHERS = {2, 80, 40, 5, 60, 0.05};

static struct lkt_model *fitted(const struct answers *train, int64_t seed)
{
    struct lkt_opts opts = {.seed = seed};
    arena_reset(SCRATCH);
    return lkt_fit(A, SCRATCH, train, &opts);
}

/* Foretell every row from the rows before it. */
static double *foretold(const struct lkt_model *m, const struct answers *rows)
{
    double *p = ARENA_ARRAY(A, double, rows->n);
    struct lkt_person *person = lkt_person_new(A);
    for (size_t i = 0; i < rows->n; i++) {
        if (i == 0 || rows->rows[i].student != rows->rows[i - 1].student)
            lkt_person_reset(person);
        p[i] = lkt_predict(m, person, &rows->rows[i]);
        lkt_update(m, person, &rows->rows[i]);
    }
    return p;
}

static struct measure measured(const double *p, const struct answers *rows)
{
    double *truth = ARENA_ARRAY(A, double, rows->n);
    for (size_t i = 0; i < rows->n; i++)
        truth[i] = answer_share(&rows->rows[i]);
    return measure_of(A, p, truth, rows->n);
}

START_TEST(curve_is_near_the_functions)
{
    struct lktcurve *c = ARENA_NEW(A, struct lktcurve);
    lktcurve_init(c);
    for (double x = -11.9; x < 12; x += 0.0137)
        ck_assert(fabs(lktcurve_logistic(c, x) - 1 / (1 + exp(-x))) < 1e-6);
    for (double p = 0.005; p < 0.995; p += 0.00137)
        ck_assert(fabs(lktcurve_logit(c, p) - log(p / (1 - p))) < 1e-3);
    ck_assert(lktcurve_logistic(c, NAN) > 0 && lktcurve_logistic(c, INFINITY) < 1);
    ck_assert(isfinite(lktcurve_logit(c, 0)) && isfinite(lktcurve_logit(c, 1)));
}
END_TEST

/* A row must not meet its own answer again: its fold of students is left out. */
START_TEST(rates_leave_the_own_fold_out)
{
    struct lktrate *t = lktrate_new(A);
    struct lktcurve *c = ARENA_NEW(A, struct lktcurve);
    const struct lktrate_key key = {7, -1, -1, LKTRATE_ITEM, 0};
    const struct lktrate_key rare = {8, -1, -1, LKTRATE_ITEM, 0};
    double n = 0;
    lktcurve_init(c);
    for (int i = 0; i < 10; i++)
        lktrate_add(t, &key, i % 5, i % 5 == 3); /* only fold 3 is right */
    lktrate_add(t, &rare, 0, 1);
    ck_assert(fabs(lktrate_without(t, &key, -1, 0.5, 8, &n) - (2 + 4) / 18.0) < 1e-12);
    ck_assert(n == 10);
    ck_assert(fabs(lktrate_without(t, &key, 3, 0.5, 8, &n) - 4 / 16.0) < 1e-12);
    ck_assert(n == 8);
    ck_assert(fabs(lktrate_without(t, &key, 0, 0.5, 8, &n) - (2 + 4) / 16.0) < 1e-12);
    ck_assert(lktrate_without(t, &rare, 1, 0.3, 8, &n) == 0.3 && n == 0); /* too few */
    lktrate_settle(t, &key, 0.5, 8, c);
    lktrate_settle(t, &rare, 0.5, 8, c);
    const struct lktrate *kept = lktrate_keep(A, t);
    ck_assert_uint_eq(lktrate_len(kept), 1);
    ck_assert(fabs((double)lktrate_find(kept, &key)->log_odds - log(0.5)) < 1e-3);
    ck_assert_ptr_null(lktrate_find(kept, &rare));
}
END_TEST

/* Nobody can beat the truth; the model comes near it, and says how sure it is. */
START_TEST(foretells_nearly_as_well_as_the_truth)
{
    struct answersim learn = answersim_make(A, &LEARNERS),
                     other = answersim_make(A, &OTHERS);
    const struct lkt_model *m = fitted(&learn.answers, 1);
    struct measure got = measured(foretold(m, &other.answers), &other.answers);
    struct measure best = measured(other.chance, &other.answers);
    ck_assert_msg(got.auc > best.auc - 0.03, "AUC %.4f, truth %.4f", got.auc, best.auc);
    ck_assert_msg(got.log_loss < best.log_loss + 0.03, "log loss %.4f, truth %.4f",
                  got.log_loss, best.log_loss);
    ck_assert_msg(got.ece < 0.025, "ECE %.4f", got.ece);
}
END_TEST

/* Spearman's rank correlation. */
static double ranks_agree(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double rx = 0, ry = 0;
        for (size_t j = 0; j < n; j++) {
            rx += x[j] < x[i];
            ry += y[j] < y[i];
        }
        sum += (rx - ry) * (rx - ry);
    }
    return 1 - 6 * sum / ((double)n * ((double)n * (double)n - 1));
}

START_TEST(finds_who_is_able_and_what_is_hard)
{
    struct answersim learn = answersim_make(A, &LEARNERS),
                     other = answersim_make(A, &OTHERS);
    const struct lkt_model *m = fitted(&learn.answers, 1);
    struct lkt_person *person = lkt_person_new(A);
    double easy[40], able[80];
    for (int32_t i = 0; i < 40; i++) {
        struct answer next = {0, i, i % 5, 0, false, 0};
        easy[i] = -lkt_predict(m, person, &next);
    }
    double r = ranks_agree(easy, learn.difficulty, 40);
    ck_assert_msg(r > 0.9, "difficulty: %.3f", r);
    for (int32_t s = 0; s < 80; s++) {
        lkt_person_reset(person);
        for (int32_t i = other.answers.from[s]; i < other.answers.from[s + 1]; i++)
            lkt_update(m, person, &other.answers.rows[i]);
        struct answer next = {s, 7, 2, 0, false, 0};
        able[s] = lkt_predict(m, person, &next);
    }
    r = ranks_agree(able, other.ability, 80);
    ck_assert_msg(r > 0.75, "ability: %.3f", r);
}
END_TEST

START_TEST(later_rows_change_nothing_before_them)
{
    struct answersim learn = answersim_make(A, &LEARNERS),
                     other = answersim_make(A, &OTHERS);
    const struct lkt_model *m = fitted(&learn.answers, 1);
    const double *p = foretold(m, &other.answers);
    struct answer *rows = ARENA_ARRAY(A, struct answer, other.answers.n);
    memcpy(rows, other.answers.rows, other.answers.n * sizeof *rows);
    struct answers changed = other.answers;
    changed.rows = rows;
    for (size_t i = 0; i < changed.n; i++) /* what follows the 30th of each is another */
        if (i % 60 >= 30)
            rows[i] = (struct answer){
                rows[i].student, rows[i].item * 7 % 40, 0, 0, !rows[i].right, 0};
    const double *q = foretold(m, &changed);
    bool differs = false;
    for (size_t i = 0; i < changed.n; i++)
        if (i % 60 < 30)
            ck_assert_msg(p[i] == q[i], "row %zu", i);
        else
            differs = differs || p[i] != q[i];
    ck_assert(differs);
}
END_TEST

START_TEST(a_state_is_a_function_of_the_answers)
{
    struct answersim learn = answersim_make(A, &LEARNERS),
                     other = answersim_make(A, &OTHERS);
    const struct lkt_model *m = fitted(&learn.answers, 1);
    struct lkt_person *used = lkt_person_new(A);
    for (size_t i = 0; i < other.answers.n; i++) /* somebody else's */
        lkt_update(m, used, &other.answers.rows[i]);
    lkt_person_reset(used);
    struct lkt_person *fresh = lkt_person_new(A);
    for (int i = 0; i < 40; i++) {
        const struct answer *row = &other.answers.rows[i];
        double asked = lkt_predict(m, used, row);
        ck_assert(asked == lkt_predict(m, used, row)); /* asking changes nothing */
        lkt_update(m, used, row);
        lkt_update(m, fresh, row); /* never asked */
    }
    for (int32_t i = 0; i < 40; i++) {
        struct answer next = {0, i, i % 5, 1700000000, false, 0};
        ck_assert(lkt_predict(m, used, &next) == lkt_predict(m, fresh, &next));
    }
}
END_TEST

static void within(double p)
{
    ck_assert_msg(p > 0 && p < 1, "%g", p);
}

START_TEST(anything_gives_a_probability)
{
    struct answersim learn = answersim_make(A, &LEARNERS);
    const struct lkt_model *m = fitted(&learn.answers, 1);
    static const int32_t ids[] = {-1, 0, 39, 40, 100000, INT32_MAX};
    static const int64_t times[] = {0, -5, 1, INT64_MAX, 1600000000, 3};
    struct lkt_person *person = lkt_person_new(A);
    uint64_t x = 99;
    for (int i = 0; i < 20000; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        struct answer row = {
            0,       ids[(x >> 33) % 6],        ids[(x >> 40) % 6], times[(x >> 47) % 6],
            x >> 63, (float)((x >> 50) % 5) / 4};
        within(lkt_predict(m, person, &row));
        lkt_update(m, person, &row);
    }
    lkt_person_reset(person);
    struct answer row = {0, 3, 3, 0, true, 0};
    for (int i = 0; i < 5000; i++)
        lkt_update(m, person, &row);
    within(lkt_predict(m, person, &row));
    ck_assert(lkt_predict(m, person, &row) > 0.8);
}
END_TEST

START_TEST(unknown_falls_back)
{
    struct answersim learn = answersim_make(A, &LEARNERS);
    const struct lkt_model *m = fitted(&learn.answers, 1);
    struct lkt_person *person = lkt_person_new(A);
    struct answer unknown = {0, 999, 999, 0, false, 0}, none = {0, -1, -1, 0, false, 0};
    double mean = 0;
    for (size_t i = 0; i < learn.answers.n; i++)
        mean += learn.answers.rows[i].right;
    mean /= (double)learn.answers.n;
    ck_assert(fabs(lkt_predict(m, person, &unknown) - mean) < 0.15);
    ck_assert(fabs(lkt_predict(m, person, &none) - mean) < 0.15);
    double before = lkt_predict(m, person, &unknown);
    for (int i = 0; i < 10; i++) /* the person is known, and so is what was tried */
        lkt_update(m, person, &(struct answer){0, 999, 999, 0, false, 0});
    ck_assert(lkt_predict(m, person, &unknown) < before - 0.1);
}
END_TEST

START_TEST(few_answers_fit)
{
    struct answers none = {.from = (const int32_t[]){0}};
    struct answer next = {0, 0, 0, 0, false, 0};
    struct lkt_person *person = lkt_person_new(A);
    within(lkt_predict(fitted(&none, 1), person, &next));
    const struct answer one[] = {{0, 0, 0, 0, true, 0}};
    struct answers single = {one, 1, 1, 1, 1, (const int32_t[]){0, 1}, NULL, NULL, 0};
    within(lkt_predict(fitted(&single, 1), person, &next));
    struct answer *same = ARENA_ARRAY(A, struct answer, 3000);
    int32_t from[31];
    for (int i = 0; i < 3000; i++)
        same[i] = (struct answer){i / 100, i % 3, 0, 0, true, 0};
    for (int i = 0; i <= 30; i++)
        from[i] = i * 100;
    struct answers right = {same, 3000, 30, 3, 1, from, NULL, NULL, 0};
    double p = lkt_predict(fitted(&right, 1), person, &next);
    ck_assert(p > 0.9 && p < 1);
}
END_TEST

/* Five people are not enough to learn much from, and not enough to be misled by. */
START_TEST(few_people_do_not_mislead)
{
    struct answersim other = answersim_make(A, &OTHERS);
    int better = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct answersim_opts few = {seed, 5, 40, 5, 20, 0.05};
        struct answersim learn = answersim_make(A, &few);
        double share = 0, *mean = ARENA_ARRAY(A, double, other.answers.n);
        for (size_t i = 0; i < learn.answers.n; i++)
            share += learn.answers.rows[i].right / (double)learn.answers.n;
        for (size_t i = 0; i < other.answers.n; i++)
            mean[i] = share;
        double got =
            measured(foretold(fitted(&learn.answers, 1), &other.answers), &other.answers)
                .log_loss;
        double plain = measured(mean, &other.answers).log_loss;
        if (getenv("SHOW"))
            printf("%d %.4f %.4f\n", (int)seed, got, plain);
        ck_assert_msg(got < plain + 0.025, "seed %d: %.4f, mean %.4f", (int)seed, got,
                      plain);
        better += got < plain;
    }
    ck_assert_int_ge(better, 15);
}
END_TEST

/* Shares are soft answers: with 0.7 throughout, 0.7 is foretold. */
START_TEST(shares_are_learnt)
{
    struct answersim learn = answersim_make(A, &LEARNERS);
    struct answer *rows = ARENA_ARRAY(A, struct answer, learn.answers.n);
    for (size_t i = 0; i < learn.answers.n; i++) {
        rows[i] = learn.answers.rows[i];
        rows[i].right = true;
        rows[i].partial = 0.7F;
    }
    learn.answers.rows = rows;
    const struct lkt_model *m = fitted(&learn.answers, 1);
    const double *p = foretold(m, &learn.answers);
    for (size_t i = 20; i < 60; i++)
        ck_assert_msg(fabs(p[i] - 0.7) < 0.05, "%g", p[i]);
}
END_TEST

START_TEST(parts_add_up)
{
    struct answersim learn = answersim_make(A, &LEARNERS),
                     other = answersim_make(A, &OTHERS);
    const struct lkt_model *m = fitted(&learn.answers, 1);
    struct lkt_person *person = lkt_person_new(A);
    struct lkt_why why[LKT_PARTS];
    for (int i = 0; i < 60; i++) {
        const struct answer *row = &other.answers.rows[i];
        double p = lkt_predict(m, person, row), sum = lkt_usual(m);
        lkt_why(m, person, row, why);
        for (int k = 0; k < LKT_PARTS; k++) {
            sum += why[k].log_odds;
            ck_assert(k == 0 || fabs(why[k].log_odds) <= fabs(why[k - 1].log_odds));
            ck_assert_str_ne(lkt_part_name(why[k].part), "none");
        }
        ck_assert_msg(fabs(sum - log(p / (1 - p))) < 1e-3, "%g, %g", sum, p);
        lkt_update(m, person, row);
    }
}
END_TEST

static struct lkt_codes codes_of(int32_t items, int32_t skills)
{
    struct str *code = ARENA_ARRAY(A, struct str, (size_t)items + (size_t)skills);
    for (int32_t i = 0; i < items; i++)
        code[i] = str_fmt(A, "activity %d", i);
    for (int32_t i = 0; i < skills; i++)
        code[items + i] = str_fmt(A, "K.%d", i);
    return (struct lkt_codes){code, code + items, NULL, (size_t)items, (size_t)skills, 0};
}

START_TEST(same_seed_same_bytes_and_back)
{
    struct answersim learn = answersim_make(A, &LEARNERS),
                     other = answersim_make(A, &OTHERS);
    struct lkt_codes codes = codes_of(40, 5), back;
    struct err e = {0};
    int32_t q_from[41], q_skill[80];
    for (int32_t i = 0; i <= 40; i++)
        q_from[i] = 2 * i;
    for (int32_t i = 0; i < 80; i++)
        q_skill[i] = i % 2 == 0 ? i / 2 % 5 : 5;
    learn.answers.q_from = q_from;
    learn.answers.q_skill = q_skill;
    learn.answers.q_skill_n = 6;
    codes.q_skills = codes.items;
    codes.q_skill_n = 6;
    const struct lkt_model *m = fitted(&learn.answers, 5);
    struct str text = lkt_write(A, m, &codes);
    ck_assert(str_eq(text, lkt_write(A, fitted(&learn.answers, 5), &codes)));
    ck_assert(!str_eq(text, lkt_write(A, fitted(&learn.answers, 6), &codes)));
    const struct lkt_model *read = lkt_read(A, text, &back, &e);
    ck_assert_msg(read != NULL, "%s", e.text);
    ck_assert_uint_eq(back.item_n, 40);
    ck_assert(str_is(back.items[3], "activity 3") && str_is(back.skills[4], "K.4"));
    const double *p = foretold(m, &other.answers), *q = foretold(read, &other.answers);
    for (size_t i = 0; i < other.answers.n; i++)
        ck_assert(p[i] == q[i]);
    ck_assert(str_eq(text, lkt_write(A, read, &back)));
}
END_TEST

/* The text with the first `from` replaced. */
static struct str with(struct str text, const char *from, const char *to)
{
    size_t at = str_find(text, str_c(from), 0);
    ck_assert_msg(at != SIZE_MAX, "%s", from);
    struct str head = str_sub(text, 0, at),
               tail = str_sub(text, at + strlen(from), text.n);
    return str_fmt(A, "%.*s%s%.*s", STR_ARG(head), to, STR_ARG(tail));
}

static void refused(struct str text, const char *why)
{
    struct lkt_codes back;
    struct err e = {0};
    ck_assert(lkt_read(A, text, &back, &e) == NULL);
    ck_assert_msg(e.code == ERR_INPUT && strstr(e.text, why) != NULL, "%s: %s", why,
                  e.text);
}

START_TEST(bad_documents_are_refused)
{
    struct answersim learn = answersim_make(A, &LEARNERS);
    struct lkt_codes codes = codes_of(40, 5);
    struct str text = lkt_write(A, fitted(&learn.answers, 1), &codes);
    refused(STR(""), "no predictor");
    refused(with(text, "waymark-lkt 1", "waymark-lkt 2"), "no predictor");
    refused(with(text, "waymark-lkt 1 34", "waymark-lkt 1 33"), "other features");
    refused(with(text, "\nmean ", "\nmean -"), "line 2: the mean");
    refused(with(text, "\nusual ", "\nusual x "), "line 3: a number");
    refused(with(text, "activity 0\n", "\n"), "line 5: a code");
    refused(with(text, "activity 0\n", "a\tb\n"), "line 5: a code");
    refused(with(text, "items 40", "items 999999999"), "so many lines");
    refused(with(text, "weights ", "weights 9"), "line");
    refused(with(text, "\nend\n", "\n"), "line");
    refused(str_fmt(A, "%.*sx", STR_ARG(text)), "\"end\"");
    refused(with(text, "\nend\n", "\n1 0 99 -1 -1 5 5\nend\n"), "\"end\"");
    refused(str_sub(text, 0, text.n / 2), "line");
    refused(str_sub(text, 0, text.n / 30), "line");
}
END_TEST

/* --- golden ---------------------------------------------------------------------- */

static struct js *figures(void)
{
    struct answersim learn = answersim_make(A, &LEARNERS),
                     other = answersim_make(A, &OTHERS);
    const double *p = foretold(fitted(&learn.answers, 1), &other.answers);
    struct measure m = measured(p, &other.answers);
    struct js *o = js_object(A), *list = js_array(A);
    js_set_num(o, "auc", m.auc);
    js_set_num(o, "ece", m.ece);
    js_set_num(o, "log_loss", m.log_loss);
    js_set_num(o, "rmse", m.rmse);
    for (size_t i = 0; i < other.answers.n; i += 97) {
        struct js *one = js_object(A);
        js_set_i64(one, "row", (int64_t)i);
        js_set_num(one, "p", p[i]);
        js_push(list, one);
    }
    js_set(o, "p", list);
    return o;
}

static double number(const struct js *o, const char *key)
{
    double x = -1;
    ck_assert_msg(js_num(js_get(o, key), &x), "%s", key);
    return x;
}

START_TEST(golden_figures)
{
    const char *mode = getenv("WAYMARK_GOLDEN");
    struct js *have = figures();
    char text[64 * 1024];
    if (mode != NULL && strcmp(mode, "write") == 0) {
        struct str got = js_dump(A, have);
        FILE *f = fopen(GOLDEN, "wb");
        ck_assert_ptr_nonnull(f);
        fwrite(got.p, 1, got.n, f);
        fputc('\n', f);
        fclose(f);
    }
    FILE *f = fopen(GOLDEN, "rb");
    ck_assert_msg(f != NULL, "%s", GOLDEN);
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    struct js *want = js_parse(A, (struct str){text, n}, sizeof text, 8, NULL);
    static const char *const keys[] = {"auc", "ece", "log_loss", "rmse"};
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(fabs(number(want, keys[i]) - number(have, keys[i])) < 1e-9,
                      "%s: %.12g; WAYMARK_GOLDEN=write makes it anew", keys[i],
                      number(have, keys[i]));
    ck_assert_uint_eq(js_len(js_get(want, "p")), js_len(js_get(have, "p")));
    for (size_t i = 0; i < js_len(js_get(have, "p")); i++)
        ck_assert(fabs(number(js_at(js_get(want, "p"), i), "p") -
                       number(js_at(js_get(have, "p"), i), "p")) < 1e-9);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lkt");
    TCase *c = tcase_create("lkt");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, curve_is_near_the_functions);
    tcase_add_test(c, rates_leave_the_own_fold_out);
    tcase_add_test(c, foretells_nearly_as_well_as_the_truth);
    tcase_add_test(c, finds_who_is_able_and_what_is_hard);
    tcase_add_test(c, later_rows_change_nothing_before_them);
    tcase_add_test(c, a_state_is_a_function_of_the_answers);
    tcase_add_test(c, anything_gives_a_probability);
    tcase_add_test(c, unknown_falls_back);
    tcase_add_test(c, few_answers_fit);
    tcase_add_test(c, few_people_do_not_mislead);
    tcase_add_test(c, shares_are_learnt);
    tcase_add_test(c, parts_add_up);
    tcase_add_test(c, same_seed_same_bytes_and_back);
    tcase_add_test(c, bad_documents_are_refused);
    tcase_add_test(c, golden_figures);
    suite_add_tcase(s, c);
    return suite_main(s);
}
