/* What is different between two versions of a map. */
#include "engine/mapdiff.h"
#include "engine/mapdoc.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <stdio.h>
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

#define HEAD "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\","
#define LEVELS "\"levels\":[{\"code\":\"working\",\"title\":\"Working\",\"p\":0.7}],"
#define SK(code, rest)                                                                   \
    "{\"code\":\"" code "\",\"title\":\"Skill " code "\",\"unit\":\"U\"" rest "}"
#define Q(title, skill) "{\"title\":\"" title "\",\"tells\":[{\"skill\":\"" skill "\"}]}"

static struct skill_map *parse(const char *text)
{
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(a, str_c(text), NULL, &e);
    ck_assert_msg(m != NULL, "%s in %s", e.text, text);
    return m;
}

/* "kind about text" lines. */
static const char *diff(const char *was, const char *now)
{
    struct mapdiff d;
    struct buf b;
    size_t sum = 0;
    buf_init(&b, a, 256);
    mapdiff_work(a, parse(was), parse(now), &d);
    for (size_t i = 0; i < d.n; i++) {
        struct str text = mapdiff_text(a, &d.rows[i]);
        buf_fmt(&b, "%s %.*s|%.*s\n", mapdiff_kind_name(d.rows[i].kind),
                STR_ARG(d.rows[i].about), STR_ARG(text));
    }
    for (int k = 0; k < MAPDIFF_KINDS; k++) {
        sum += d.counts[k];
    }
    ck_assert_uint_eq(sum, d.n);
    return buf_view(&b).p;
}

/* clang-format off */
static const char before[] = HEAD
    "\"skills\":[" SK("A", "") "," SK("B", ",\"hard\":[\"A\"]") ","
    SK("C", ",\"hard\":[\"B\"],\"soft\":[\"A\"]") "," SK("OLD", "") "," SK("SPLIT", "")
    "],\"activities\":[" Q("Q1", "A") "," Q("Q2", "B") "]}";
static const char after[] = HEAD LEVELS
    "\"thresholds\":{\"review_days\":14},\"skills\":["
    SK("A", ",\"minutes\":5") "," SK("B", "") ","
    SK("C", ",\"any\":[[\"A\",{\"skill\":\"B\",\"level\":\"working\"}]]") ","
    SK("S1", ",\"replaces\":[\"SPLIT\"]") "," SK("S2", ",\"replaces\":[\"SPLIT\"]")
    "],\"activities\":[" Q("Q1", "B") "," Q("Q2", "B") "],"
    "\"paths\":[{\"code\":\"p\",\"title\":\"P\",\"goals\":[\"C\"]}]}";
static const char code_a[] = HEAD
    "\"targets\":[\"B\"],\"skills\":[" SK("A", "") ","
    SK("B", ",\"hard\":[\"A\"]") "],\"activities\":[" Q("Q1", "A") "]}";
static const char code_a2[] = HEAD
    "\"targets\":[\"B\"],\"skills\":[" SK("A2", ",\"replaces\":[\"A\"]") ","
    SK("B", ",\"hard\":[\"A2\"]") "],\"activities\":[" Q("Q1", "A2") "]}";
/* clang-format on */

START_TEST(every_kind_of_change_is_told)
{
    ck_assert_str_eq(diff(before, after), "added S1|Skill S1 (U)\n"
                                          "added S2|Skill S2 (U)\n"
                                          "removed OLD|Skill OLD (U)\n"
                                          "replaced SPLIT|Skill SPLIT (U) -> S1, S2\n"
                                          "changed A|minutes: 10 -> 5\n"
                                          "needs B|no longer needs A\n"
                                          "needs C|needs A / B at working\n"
                                          "needs C|no longer needs B\n"
                                          "helps C|no longer is helped by A\n"
                                          "ties A|no longer told by Q1, weight 1\n"
                                          "ties B|told by Q1, weight 1\n"
                                          "path p|new: P (course): C\n"
                                          "thresholds |review_days: 28 -> 14\n"
                                          "thresholds |levels: working 0.7\n");
}
END_TEST

/* A skill with another code is itself, and so is what needs it and tells about it. */
START_TEST(another_code_is_one_change)
{
    ck_assert_str_eq(diff(code_a, code_a2), "added A2|Skill A2 (U)\n"
                                            "replaced A|Skill A (U) -> A2\n");
}
END_TEST

#define TWO(x, y) HEAD "\"targets\":[\"A\"],\"skills\":[" SK(x, "") "," SK(y, "") "]}"

START_TEST(the_same_map_has_no_rows)
{
    ck_assert_str_eq(diff(TWO("A", "B"), TWO("A", "B")), "");
    /* The order of skills is theirs to be shown in: something, though no row has it. */
    ck_assert_str_eq(diff(TWO("A", "B"), TWO("B", "A")), "map |other: changed\n");
}
END_TEST

/* No two different documents without a row, no row between equal ones, and never the same
 * row in both directions. */
START_TEST(random_pairs_differ_exactly_when_their_documents_do)
{
    uint64_t seed = 31;
    for (int round = 0; round < 500; round++) {
        struct skill_map *m = mapmake_random(a, &seed), *n = m;
        struct mapdiff d, back;
        if (mapmake_unit(&seed) < 0.8) {
            uint64_t other = seed;
            n = mapmake_random(a, &other);
        }
        bool same = str_eq(mapdoc_write(a, m), mapdoc_write(a, n));
        mapdiff_work(a, m, n, &d);
        mapdiff_work(a, n, m, &back);
        ck_assert_msg((d.n == 0) == same, "seed 31, round %d", round);
        ck_assert_msg(d.counts[MAPDIFF_ADDED] == back.counts[MAPDIFF_REMOVED],
                      "seed 31, round %d", round);
        size_t now = 0, was = 0;
        for (size_t i = 0; i < d.n; i++) {
            now += d.rows[i].kind == MAPDIFF_TIES && d.rows[i].now.n > 0;
        }
        for (size_t i = 0; i < back.n; i++) {
            was += back.rows[i].kind == MAPDIFF_TIES && back.rows[i].was.n > 0;
        }
        ck_assert_uint_eq(now, was);
        arena_reset(a);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mapdiff");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_kind_of_change_is_told);
    tcase_add_test(t, another_code_is_one_change);
    tcase_add_test(t, the_same_map_has_no_rows);
    tcase_add_test(t, random_pairs_differ_exactly_when_their_documents_do);
    suite_add_tcase(s, t);
    return suite_main(s);
}
