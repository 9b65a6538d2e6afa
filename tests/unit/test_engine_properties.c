/* What must hold of the engine as a whole, for random people: counting, mastery, locks,
 * recommendations. Each case is made from a seed, which a failure prints. */
#include "support/suite.h"

#include "base/arena.h"
#include "engine/engine.h"
#include "engine/mapdoc.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CASES 400
#define SHUFFLES 3
#define SKILLS_MAX 9
#define ACTS_MAX 8
#define ROWS_MAX 70
#define T0 INT64_C(1750000000000)
#define LATEST INT64_C(253402300799999) /* the last millisecond of the year 9999 */

/* splitmix64 (Steele, Lea & Flood 2014, OOPSLA). */
static uint64_t draw(uint64_t *s)
{
    uint64_t z = (*s += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int below(uint64_t *s, int n)
{
    return (int)(draw(s) % (uint64_t)n);
}

static double unit(uint64_t *s)
{
    return (double)(draw(s) >> 11) / 9007199254740992.0;
}

struct person {
    struct arena *a;
    uint64_t rng;
    struct skill_map *map;
    struct engine_course *course;
    struct ev rows[2 * ROWS_MAX];
    size_t n;
    int64_t as_of_ms;
    bool hostile; /* numbers and times that no school has */
    bool plain;   /* answers alone, each an attempt of its own */
};

static struct skill_map *a_map(struct person *c)
{
    struct buf b;
    struct err e = {0};
    int n = 1 + below(&c->rng, SKILLS_MAX), days = 1 + below(&c->rng, 3);
    double guess = 0.05 + 0.4 * unit(&c->rng), slip = 0.02 + 0.3 * unit(&c->rng);
    buf_init(&b, c->a, 4096);
    buf_fmt(&b,
            "{\"format\":\"waymark-map/1\",\"code\":\"p\",\"title\":\"P\",\"language\":"
            "\"en\",\"about\":\"x\",\"thresholds\":{\"mastered\":0.95,\"almost\":0.8,"
            "\"min_rows\":%d,\"min_days\":%d,\"review_days\":%d},\"bkt\":{\"init\":%.3f,"
            "\"learn\":%.3f,\"guess\":%.3f,\"slip\":%.3f,\"forget\":%.3f,"
            "\"half_life_days\":%d},"
            "\"targets\":[\"s%d\"],\"skills\":[",
            days + below(&c->rng, 3), days, below(&c->rng, 40), 0.1 + 0.5 * unit(&c->rng),
            0.05 + 0.3 * unit(&c->rng), guess, slip, 0.002 * below(&c->rng, 3),
            c->plain ? 0 : below(&c->rng, 3) * 30, n - 1);
    for (int i = 0; i < n; i++) {
        buf_fmt(&b, "%s{\"code\":\"s%d\",\"title\":\"S%d\",\"unit\":\"U\"",
                i > 0 ? "," : "", i, i);
        if (i > 0 && below(&c->rng, 3) > 0)
            buf_fmt(&b, ",\"%s\":[\"s%d\"]", below(&c->rng, 3) > 0 ? "hard" : "soft",
                    below(&c->rng, i));
        buf_c(&b, "}");
    }
    buf_c(&b, "],\"activities\":[]}");
    struct skill_map *m = mapdoc_parse(c->a, buf_view(&b), NULL, &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    return m;
}

static struct engine_course *a_course(struct person *c)
{
    static struct risk_rules none;
    struct arena *a = c->a;
    struct err e = {0};
    struct course_activity *acts = ARENA_ARRAY(a, struct course_activity, ACTS_MAX);
    struct tie *ties = ARENA_ARRAY(a, struct tie, ACTS_MAX * 4);
    struct engine_parts *p = ARENA_NEW(a, struct engine_parts);
    size_t n = 0;
    for (int i = 0; i < ACTS_MAX; i++) {
        acts[i] = (struct course_activity){.id = i + 1,
                                           .title = STR("Work"),
                                           .kind = STR("quiz"),
                                           .visible = below(&c->rng, 8) > 0,
                                           .position = i};
        int first = below(&c->rng, (int)c->map->skill_n);
        for (int k = 0; k < 1 + below(&c->rng, 3); k++)
            ties[n++] =
                (struct tie){.activity_id = i + 1,
                             .item = k == 0 ? STR_EMPTY : str_fmt(a, "%d", k),
                             .skill = (first + k) % (int)c->map->skill_n,
                             .weight = c->plain ? 1 : (double)below(&c->rng, 5) / 4};
    }
    *p = (struct engine_parts){.map = c->map,
                               .rules = &none,
                               .activities = acts,
                               .activity_n = ACTS_MAX,
                               .ties = ties,
                               .tie_n = n};
    struct engine_course *course = engine_course_new(a, p, &e);
    ck_assert_msg(course != NULL, "%s", e.text);
    return course;
}

static double a_score(struct person *c)
{
    static const double odd[] = {0,    -1,      1e308,    -1e308,   DBL_MIN,
                                 -0.0, DBL_MAX, INFINITY, -DBL_MAX, NAN};
    return c->hostile && below(&c->rng, 2) == 0 ? odd[below(&c->rng, 10)]
           : c->plain                           ? below(&c->rng, 2)
                                                : below(&c->rng, 11);
}

static struct ev a_row(struct person *c, int i)
{
    static const char *const sources[] = {"moodle-ws", "ags", "file", "teacher", "xapi"};
    struct arena *a = c->a;
    int64_t at = T0 + (int64_t)below(&c->rng, 40) * 3600000 * 5;
    struct ev r = {
        .id = 1000 + i,
        .observed_ms = at,
        .fact_key = str_fmt(a, "%016llx", (unsigned long long)draw(&c->rng)),
        .kind = c->plain ? EV_ANSWER : (enum ev_kind)below(&c->rng, EV_SELF_REPORT + 1),
        .has_score = c->plain || below(&c->rng, 8) > 0,
        .score = a_score(c),
        .maximum = c->plain ? 1 : 10,
        .weight = 1,
        .low_effort = !c->plain && below(&c->rng, 15) == 0,
        .source_kind = str_c(c->plain ? "moodle-ws" : sources[below(&c->rng, 5)]),
        .activity_id = 1 + below(&c->rng, ACTS_MAX),
        .item = below(&c->rng, 2) ? str_fmt(a, "%d", 1 + below(&c->rng, 3)) : STR_EMPTY,
        .attempt = c->plain ? str_fmt(a, "%d", i) : str_fmt(a, "%d", below(&c->rng, 4)),
    };
    if (r.kind == EV_JUDGEMENT) {
        r.activity_id = 0;
        r.item = c->map->skills[below(&c->rng, (int)c->map->skill_n)].code;
        r.maximum = 1;
    }
    if (c->hostile) {
        static const int64_t times[] = {1, 1, LATEST, LATEST - 1, T0};
        r.observed_ms = below(&c->rng, 3) == 0 ? times[below(&c->rng, 5)] : at;
        r.maximum = a_score(c);
        r.weight = below(&c->rng, 4) == 0 ? 1e9 : 1;
        r.activity_id = below(&c->rng, 6) == 0 ? INT64_MAX : r.activity_id;
    }
    if (!c->plain && i > 0 && below(&c->rng, 12) == 0)
        r.supersedes = 1000 + below(&c->rng, i);
    return r;
}

static void make(struct person *c, struct arena *a, uint64_t seed, bool hostile,
                 bool plain)
{
    *c = (struct person){.a = a, .rng = seed, .hostile = hostile, .plain = plain};
    c->map = a_map(c);
    c->course = a_course(c);
    c->n = (size_t)below(&c->rng, ROWS_MAX);
    c->as_of_ms = hostile ? LATEST : T0 + INT64_C(30) * 24 * 3600000;
    for (size_t i = 0; i < c->n; i++)
        c->rows[i] = a_row(c, (int)i);
}

static void work(const struct person *c, struct engine_out *out)
{
    struct engine_in in = {.evidence = c->rows,
                           .evidence_n = c->n,
                           .as_of_ms = c->as_of_ms,
                           .seed = 7,
                           .slots = 5};
    engine_person(c->course, &in, c->a, out);
}

static struct str text_of(const struct person *c)
{
    struct engine_out out;
    work(c, &out);
    return engine_json(c->a, c->course, &out);
}

static void shuffle(struct person *c, uint64_t *s)
{
    for (size_t i = c->n; i > 1; i--) {
        size_t k = (size_t)below(s, (int)i);
        struct ev t = c->rows[i - 1];
        c->rows[i - 1] = c->rows[k];
        c->rows[k] = t;
    }
}

START_TEST(the_order_of_arrival_never_matters)
{
    struct arena *a = arena_new((size_t)256 << 20);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct person c;
        arena_reset(a);
        make(&c, a, seed, false, false);
        struct str first = text_of(&c);
        ck_assert_msg(str_eq(first, text_of(&c)), "seed %llu: not the same twice",
                      (unsigned long long)seed);
        for (int k = 0; k < SHUFFLES; k++) {
            uint64_t s = seed * 31 + (uint64_t)k;
            shuffle(&c, &s);
            if (c.n > 0 && k == 0) /* delivered twice */
                c.rows[c.n++] = c.rows[0];
            ck_assert_msg(str_eq(first, text_of(&c)), "seed %llu, shuffle %d",
                          (unsigned long long)seed, k);
        }
    }
    arena_free(a);
}
END_TEST

static bool is_share(double x)
{
    return isfinite(x) && x >= 0 && x <= 1;
}

START_TEST(no_input_gives_a_number_that_is_none)
{
    struct arena *a = arena_new((size_t)256 << 20);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct person c;
        struct engine_out out;
        arena_reset(a);
        make(&c, a, seed + 100000, true, false);
        work(&c, &out);
        for (size_t i = 0; i < c.map->skill_n; i++) {
            const struct engine_skill *s = &out.skills[i];
            ck_assert_msg(is_share(s->p) && is_share(s->p_low) && is_share(s->p_high) &&
                              s->p_low <= s->p && s->p <= s->p_high,
                          "seed %llu, skill %zu: %g in [%g, %g]",
                          (unsigned long long)seed, i, s->p, s->p_low, s->p_high);
        }
        for (size_t i = 0; i < out.next_n; i++)
            ck_assert_msg(isfinite(out.next[i].score), "seed %llu, pick %zu",
                          (unsigned long long)seed, i);
        ck_assert_msg(is_share(engine_share(c.course, &out)), "seed %llu",
                      (unsigned long long)seed);
    }
    arena_free(a);
}
END_TEST

/* p of every skill is at least what it was; something rose. */
static int risen(const struct person *c, const struct engine_out *was,
                 const struct engine_out *is, uint64_t seed, const char *what)
{
    int n = 0;
    for (size_t i = 0; i < c->map->skill_n; i++) {
        ck_assert_msg(is->skills[i].p >= was->skills[i].p - 1e-15,
                      "seed %llu, %s: skill %zu fell from %.17g to %.17g",
                      (unsigned long long)seed, what, i, was->skills[i].p,
                      is->skills[i].p);
        n += is->skills[i].p > was->skills[i].p;
    }
    return n;
}

START_TEST(more_right_answers_never_lower_mastery)
{
    struct arena *a = arena_new((size_t)256 << 20);
    int rose = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct person c;
        struct engine_out was, is;
        arena_reset(a);
        make(&c, a, seed + 200000, false, true);
        work(&c, &was);
        /* One wrong answer had been right. */
        for (size_t i = 0; i < c.n; i++)
            if (c.rows[i].score < 1) {
                c.rows[i].score = 1;
                work(&c, &is);
                rose += risen(&c, &was, &is, seed, "one more right");
                c.rows[i].score = 0;
                break;
            }
        /* One more right answer, later than all. */
        c.rows[c.n] = a_row(&c, (int)c.n);
        c.rows[c.n].observed_ms = T0 + INT64_C(29) * 24 * 3600000;
        c.rows[c.n++].score = 1;
        work(&c, &is);
        rose += risen(&c, &was, &is, seed, "one more answer");
    }
    ck_assert_int_gt(rose, CASES / 2); /* it does something */
    arena_free(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine_properties");
    TCase *c = tcase_create("properties");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, the_order_of_arrival_never_matters);
    tcase_add_test(c, no_input_gives_a_number_that_is_none);
    tcase_add_test(c, more_right_answers_never_lower_mastery);
    suite_add_tcase(s, c);
    return suite_main(s);
}
