/* What learners did next: the counts tell what they should, and come back from text. */
#include "engine/blend.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

#define PEOPLE 300
#define ITEMS 12

struct crowd {
    struct transit_rows rows;
    size_t from[PEOPLE + 1];
    int32_t items[PEOPLE * ITEMS];
    struct str codes[ITEMS];
};

static struct crowd *crowd_new(void)
{
    struct crowd *c = ARENA_NEW(a, struct crowd);
    c->rows = (struct transit_rows){.item_n = ITEMS, .from = c->from, .items = c->items};
    for (int i = 0; i < ITEMS; i++) {
        c->codes[i] = str_fmt(a, "A skill %d", i);
    }
    return c;
}

static void person(struct crowd *c, const int32_t *items, size_t n)
{
    size_t at = c->from[c->rows.person_n];
    memcpy(c->items + at, items, n * sizeof(*items));
    c->from[++c->rows.person_n] = at + n;
}

/* Mostly forward by one, sometimes by another way. */
static struct crowd *walkers(uint64_t seed)
{
    struct crowd *c = crowd_new();
    for (int p = 0; p < PEOPLE; p++) {
        int32_t v[ITEMS];
        bool had[ITEMS] = {false};
        size_t n = 0;
        int32_t at = mapmake_below(&seed, 3);
        for (int k = 0; k < 8; k++) {
            had[at] = true;
            v[n++] = at;
            at = mapmake_unit(&seed) < 0.8 ? (at + 1) % ITEMS
                                           : mapmake_below(&seed, ITEMS);
            while (had[at]) {
                at = (at + 1) % ITEMS;
            }
        }
        person(c, v, n);
    }
    return c;
}

static int32_t best(const struct transit_model *m, const int32_t *history, size_t n)
{
    float score[ITEMS];
    int32_t top = -1;
    transit_score(m, transit_work_new(a, m), history, n, score);
    for (int32_t i = 0; i < ITEMS; i++) {
        bool had = false;
        for (size_t k = 0; k < n; k++) {
            had = had || history[k] == i;
        }
        ck_assert(isfinite(score[i]));
        if (!had && (top < 0 || score[i] > score[top])) {
            top = i;
        }
    }
    return top;
}

START_TEST(what_came_next_comes_first)
{
    struct transit_model m;
    transit_fit(a, &walkers(7)->rows, &m);
    for (int32_t i = 0; i < 6; i++) {
        int32_t history[] = {i, i + 1, i + 2};
        ck_assert_int_eq(best(&m, history, 3), i + 3);
    }
    ck_assert_int_eq(best(&m, NULL, 0) >= 0, 1);
}
END_TEST

/* Of item 2 all went on to 3, but half of them had had 3 before: of those who could go
 * there all did. To 4 went all the others, and could have gone before. */
START_TEST(who_had_it_before_is_no_witness)
{
    struct crowd *c = crowd_new();
    for (int p = 0; p < 100; p++) {
        int32_t early[] = {3, 2, 4};
        int32_t late[] = {2, 3, 4};
        person(c, p % 2 == 0 ? early : late, 3);
    }
    struct transit_model m;
    int32_t history[] = {0, 2};
    transit_fit(a, &c->rows, &m);
    ck_assert_int_eq(best(&m, history, 2), 3);
}
END_TEST

/* After "0 1" comes 2, after "3 1" comes 4: the last item alone cannot tell. */
START_TEST(longer_runs_tell_more_than_the_last_item)
{
    struct crowd *c = crowd_new();
    for (int p = 0; p < 200; p++) {
        int32_t one[] = {0, 1, 2};
        int32_t other[] = {3, 1, 4};
        person(c, p % 2 == 0 ? one : other, 3);
    }
    struct transit_model m;
    int32_t first[] = {0, 1};
    int32_t second[] = {3, 1};
    transit_fit(a, &c->rows, &m);
    for (int part = 0; part < TRANSIT_PARTS; part++) {
        bool run = part == TRANSIT_TWO;
        m.weight[part] = run ? 1.0 : 0.0;
    }
    ck_assert_int_eq(best(&m, first, 2), 2);
    ck_assert_int_eq(best(&m, second, 2), 4);
}
END_TEST

/* A step that did not go well counts as little as the caller says. */
START_TEST(steps_count_what_they_are_worth)
{
    struct crowd *c = crowd_new();
    float worth[PEOPLE * 2];
    for (int p = 0; p < 300; p++) {
        int32_t good[] = {0, 1};
        int32_t bad[] = {0, 2};
        person(c, p % 3 == 0 ? good : bad, 2);
        worth[2 * p] = 1.0f;
        worth[2 * p + 1] = p % 3 == 0 ? 1.0f : 0.25f;
    }
    struct transit_model m;
    int32_t history[] = {0};
    transit_fit(a, &c->rows, &m);
    ck_assert_int_eq(best(&m, history, 1), 2);
    c->rows.worth = worth;
    transit_fit(a, &c->rows, &m);
    ck_assert_int_eq(best(&m, history, 1), 1);
}
END_TEST

static int32_t find(const void *ctx, struct str code)
{
    const struct str *codes = ctx;
    for (int32_t i = 0; i < ITEMS; i++) {
        if (str_eq(codes[i], code)) {
            return i;
        }
    }
    return -1;
}

START_TEST(a_model_comes_back_from_its_text)
{
    struct crowd *c = walkers(3);
    struct transit_model m;
    struct err e = {0};
    float one[ITEMS], two[ITEMS];
    int32_t history[] = {4, 5, 6, 2};
    transit_fit(a, &c->rows, &m);
    struct str text = transit_write(a, &m, c->codes);
    struct transit_model *back = transit_read(a, text, ITEMS, find, c->codes, &e);
    ck_assert_msg(back != NULL, "%s", e.text);
    ck_assert(str_eq(text, transit_write(a, back, c->codes)));
    /* Runs of one person are not written: without them the scores are the same bytes. */
    for (int part = TRANSIT_TWO; part < TRANSIT_PLACE; part++) {
        m.weight[part] = back->weight[part] = 0.0;
    }
    transit_score(&m, transit_work_new(a, &m), history, 4, one);
    transit_score(back, transit_work_new(a, back), history, 4, two);
    ck_assert_mem_eq(one, two, sizeof(one));
}
END_TEST

START_TEST(what_is_no_model_is_refused)
{
    struct crowd *c = walkers(3);
    struct transit_model m;
    transit_fit(a, &c->rows, &m);
    struct str text = transit_write(a, &m, c->codes);
    for (size_t cut = 0; cut < text.n; cut += cut < 600 ? 1 : 97) {
        struct err e = {0};
        struct transit_model *back =
            transit_read(a, str_sub(text, 0, cut), ITEMS, find, c->codes, &e);
        ck_assert((back == NULL) == (e.code != ERR_NONE));
    }
    static const char *const wrong[] = {"", "transit 2 0 0 0\n", "transit 1 99999 0 0\n",
                                        "transit 1 0 0 0\nweight 1 2\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct err e = {0};
        ck_assert_ptr_null(transit_read(a, str_c(wrong[i]), ITEMS, find, c->codes, &e));
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
}
END_TEST

/* Of more items than can be kept the most popular keep their pairs, and are written. */
START_TEST(large_maps_keep_the_most_popular)
{
    enum { MANY = 3 * TRANSIT_DOC_ITEMS, LEARNERS = 50, EACH = 30 };
    size_t *from = ARENA_ARRAY(a, size_t, LEARNERS + 1);
    int32_t *items = ARENA_ARRAY(a, int32_t, LEARNERS * EACH);
    struct str *codes = ARENA_ARRAY(a, struct str, MANY);
    struct transit_model m;
    for (int i = 0; i < MANY; i++) {
        codes[i] = str_fmt(a, "%d", i);
    }
    for (int p = 0; p < LEARNERS; p++) {
        from[p + 1] = (size_t)(p + 1) * EACH;
        items[p * EACH] = 7;
        for (int k = 1; k < EACH; k++) {
            items[p * EACH + k] = 10 + (p * EACH + k) % (MANY - 10);
        }
    }
    struct transit_rows rows = {
        .item_n = MANY, .person_n = LEARNERS, .from = from, .items = items};
    transit_fit(a, &rows, &m);
    ck_assert_int_gt(m.n, TRANSIT_DOC_ITEMS);
    ck_assert_uint_eq(transit_write(a, &m, codes).n, 0);
    rows.active_max = TRANSIT_DOC_ITEMS;
    transit_fit(a, &rows, &m);
    ck_assert_int_eq(m.n, TRANSIT_DOC_ITEMS);
    ck_assert_int_ge(m.active[7], 0);
    ck_assert_uint_gt(transit_write(a, &m, codes).n, 0);
}
END_TEST

/* A model of a map whose skill is gone answers for the others. */
START_TEST(items_that_are_gone_are_left_out)
{
    struct crowd *c = walkers(3);
    struct transit_model m;
    struct err e = {0};
    transit_fit(a, &c->rows, &m);
    struct str text = transit_write(a, &m, c->codes);
    c->codes[11] = STR("another skill");
    struct transit_model *back = transit_read(a, text, ITEMS, find, c->codes, &e);
    int32_t history[] = {0, 1, 2};
    ck_assert_ptr_nonnull(back);
    ck_assert_int_eq(back->active[11], -1);
    ck_assert_int_eq(best(back, history, 3), 3);
    ck_assert_uint_eq(transit_write(a, back, c->codes).n, 0);
}
END_TEST

/* Choices drawn from known weights give those weights back. */
START_TEST(the_blend_finds_known_weights)
{
    enum { N = 4000, WIDE = 8, K = 3 };
    static const double truth[K] = {1.2, -0.7, 0.0};
    static const double nothing[K] = {0};
    struct blend_choice *v = ARENA_ARRAY(a, struct blend_choice, N);
    uint64_t seed = 11;
    for (int c = 0; c < N; c++) {
        float *x = ARENA_ARRAY(a, float, WIDE *K);
        double p[WIDE], sum = 0;
        for (int j = 0; j < WIDE; j++) {
            double z = 0;
            for (int i = 0; i < K; i++) {
                x[j * K + i] = (float)(2 * mapmake_unit(&seed) - 1);
                z += truth[i] * (double)x[j * K + i];
            }
            sum += p[j] = exp(z);
        }
        double u = mapmake_unit(&seed) * sum;
        size_t taken = 0;
        for (; taken + 1 < WIDE && u >= p[taken]; taken++) {
            u -= p[taken];
        }
        v[c] = (struct blend_choice){x, WIDE, taken};
    }
    struct blend_fitted f;
    blend_fit(a, v, N, K, nothing, 1.0, &f);
    for (int i = 0; i < K; i++) {
        ck_assert_msg(fabs(f.weight[i] - truth[i]) < 0.1, "%d: %g", i, f.weight[i]);
    }
    ck_assert(f.rounds < 12);
    blend_fit(a, v, 0, K, truth, 1.0, &f);
    ck_assert(f.weight[0] == truth[0] && f.weight[1] == truth[1]);
}
END_TEST

START_TEST(fitted_weights_foretell_better_than_the_defaults)
{
    struct crowd *c = walkers(5);
    struct blend_fitted fitted, again;
    blend_transit(&c->rows, NULL, 1, &fitted);
    blend_transit(&c->rows, NULL, 1, &again);
    ck_assert_mem_eq(fitted.weight, again.weight, sizeof(fitted.weight));
    ck_assert_uint_gt(fitted.choices, 900);
    /* A walker goes forward by one with .8 and more: less than a nat is left. */
    ck_assert_msg(fitted.log_loss < 1.0, "%g", fitted.log_loss);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("transit");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_came_next_comes_first);
    tcase_add_test(t, who_had_it_before_is_no_witness);
    tcase_add_test(t, longer_runs_tell_more_than_the_last_item);
    tcase_add_test(t, steps_count_what_they_are_worth);
    tcase_add_test(t, a_model_comes_back_from_its_text);
    tcase_add_test(t, what_is_no_model_is_refused);
    tcase_add_test(t, large_maps_keep_the_most_popular);
    tcase_add_test(t, items_that_are_gone_are_left_out);
    tcase_add_test(t, the_blend_finds_known_weights);
    tcase_add_test(t, fitted_weights_foretell_better_than_the_defaults);
    suite_add_tcase(s, t);
    return suite_main(s);
}
