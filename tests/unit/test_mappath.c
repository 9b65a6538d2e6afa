/* Map documents: alternatives, levels, paths, titles in other languages. */
#include "engine/mapdoc.h"
#include "engine/mappath.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static struct arena *a;
static struct mapdoc_report rep;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

#define HEAD "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\","
#define LEVELS                                                                           \
    "\"levels\":[{\"code\":\"working\",\"title\":\"Working\",\"p\":0.7},"                \
    "{\"code\":\"secure\",\"title\":\"Secure\",\"p\":0.9}],"
#define SK(code, rest)                                                                   \
    "{\"code\":\"" code "\",\"title\":\"Skill " code "\",\"unit\":\"U\"" rest "}"
#define FOUR(rest)                                                                       \
    "\"skills\":[" SK("A", "") "," SK("B", "") "," SK("C", "") "," SK("D", rest) "]"

static struct skill_map *parse(const char *text)
{
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(a, str_c(text), &rep, &e);
    ck_assert((m == NULL) == (e.code != ERR_NONE));
    return m;
}

static void refused(const char *text, const char *id, const char *path)
{
    ck_assert_msg(parse(text) == NULL, "was accepted: %s", text);
    for (size_t i = 0; i < rep.problem_n; i++) {
        if (strcmp(rep.problems[i].id, id) == 0 && str_is(rep.problems[i].path, path)) {
            return;
        }
    }
    for (size_t i = 0; i < rep.problem_n; i++) {
        printf("  %s at %.*s: %.*s\n", rep.problems[i].id, STR_ARG(rep.problems[i].path),
               STR_ARG(rep.problems[i].text));
    }
    ck_abort_msg("no %s at %s in: %s", id, path, text);
}

static bool warned(const char *id, const char *part)
{
    for (size_t i = 0; i < rep.problem_n; i++) {
        if (strcmp(rep.problems[i].id, id) == 0 &&
            str_find(rep.problems[i].text, str_c(part), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Written, read and written again: the same bytes, which hold `part`. */
static void stays(const struct skill_map *m, const char *part)
{
    ck_assert_ptr_nonnull(m);
    struct str once = mapdoc_write(a, m);
    struct skill_map *again = mapdoc_parse(a, once, &rep, NULL);
    ck_assert_ptr_nonnull(again);
    ck_assert(str_eq(once, mapdoc_write(a, again)));
    ck_assert_msg(str_find(once, str_c(part), 0) != SIZE_MAX, "no %s in %.*s", part,
                  STR_ARG(once));
}

START_TEST(of_a_group_one_suffices)
{
    struct skill_map *m =
        parse(HEAD FOUR(",\"any\":[[\"C\",\"B\"]],\"hard\":[\"A\"]") "}");
    ck_assert_ptr_nonnull(m);
    const struct skill *d = &m->skills[3];
    ck_assert_uint_eq(d->need_n, 3);
    ck_assert(d->needs[0].skill == 0 && d->needs[0].any == 0 && d->needs[0].hard);
    ck_assert(d->needs[1].skill == 1 && d->needs[1].any == 1 && d->needs[1].hard);
    ck_assert(d->needs[2].skill == 2 && d->needs[2].any == 1);
    ck_assert(d->needs[2].level == SKILL_MASTERED);
    ck_assert_uint_eq(m->skills[2].open_n, 1);
    ck_assert_int_eq(d->depth, 1);
    size_t at = 0;
    struct skill_want w;
    ck_assert(skill_want_next(d, &at, &w) && w.n == 1);
    ck_assert(skill_want_next(d, &at, &w) && w.n == 2);
    ck_assert(!skill_want_next(d, &at, &w));
    stays(m, "\"any\":[[\"B\",\"C\"]]");
}
END_TEST

/* The depth of what needs one of two is that of the nearer way. */
START_TEST(the_nearer_way_counts)
{
    struct skill_map *m =
        parse(HEAD "\"skills\":[" SK("A", "") "," SK("B", ",\"hard\":[\"A\"]") "," SK(
            "C", ",\"hard\":[\"B\"]") "," SK("D", ",\"any\":[[\"A\",\"C\"]]") "]}");
    ck_assert_ptr_nonnull(m);
    ck_assert_int_eq(m->skills[3].depth, 1);
}
END_TEST

START_TEST(several_groups_have_one_order)
{
    static const char *const texts[] = {
        HEAD "\"skills\":[" SK("A", "") "," SK("B", "") "," SK("C", "") "," SK(
            "D", "") "," SK("E", ",\"any\":[[\"B\",\"D\"],[\"A\",\"C\"]]") "]}",
        HEAD "\"skills\":[" SK("A", "") "," SK("B", "") "," SK("C", "") "," SK(
            "D", "") "," SK("E", ",\"any\":[[\"C\",\"A\"],[\"D\",\"B\"]]") "]}"};
    struct str one = mapdoc_write(a, parse(texts[0]));
    ck_assert(str_eq(one, mapdoc_write(a, parse(texts[1]))));
    stays(parse(texts[0]), "\"any\":[[\"A\",\"C\"],[\"B\",\"D\"]]");
}
END_TEST

START_TEST(a_need_may_ask_for_a_level)
{
    struct skill_map *m = parse(
        HEAD LEVELS FOUR(",\"any\":[[\"B\",{\"skill\":\"C\",\"level\":\"secure\"}]],"
                         "\"hard\":[{\"skill\":\"A\",\"level\":\"working\"}]") "}");
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->level_n, 2);
    ck_assert_int_eq(m->skills[3].needs[0].level, 0);
    ck_assert_int_eq(m->skills[3].needs[1].level, SKILL_MASTERED);
    ck_assert_int_eq(m->skills[3].needs[2].level, 1);
    stays(m, "\"hard\":[{\"level\":\"working\",\"skill\":\"A\"}]");
}
END_TEST

START_TEST(paths_lead_to_levels_and_the_first_gives_the_targets)
{
    struct skill_map *m = parse(
        HEAD LEVELS FOUR("") ",\"paths\":[{\"code\":\"class\",\"title\":\"The "
                             "class\",\"goals\":[\"C\",{\"skill\":\"D\",\"level\":"
                             "\"working\"}]},{\"code\":\"nurse\",\"title\":\"Nurse\","
                             "\"kind\":\"career\",\"goals\":[{\"skill\":\"A\","
                             "\"level\":\"secure\"}]}]}");
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->path_n, 2);
    ck_assert(m->target_n == 2 && m->targets[0] == 2 && m->targets[1] == 3);
    ck_assert_int_eq(skill_path_find(m, STR("nurse")), 1);
    ck_assert_int_eq(skill_path_find(m, STR("x")), -1);
    ck_assert_int_eq(m->paths[1].kind, SKILL_PATH_CAREER);
    ck_assert(m->paths[0].goals[1].level == 0 &&
              m->paths[0].goals[0].level == SKILL_MASTERED);
    stays(m, "\"targets\":[\"C\",\"D\"]");
}
END_TEST

START_TEST(titles_follow_the_reader)
{
    struct skill_map *m =
        parse(HEAD "\"titles\":{\"hi\":\"\xe0\xa4\x95\"},\"skills\":[" SK(
            "A",
            ",\"titles\":{\"hi\":\"\xe0\xa4\x96\",\"pt-BR\":\"Um\",\"pt\":\"Uno\"}") "]"
                                                                                     "}");
    ck_assert_ptr_nonnull(m);
    const struct skill *s = &m->skills[0];
    ck_assert(str_is(skill_text(s->titles, STR("hi-IN"), s->title), "\xe0\xa4\x96"));
    ck_assert(str_is(skill_text(s->titles, STR("pt-BR"), s->title), "Um"));
    ck_assert(str_is(skill_text(s->titles, STR("pt-PT-x"), s->title), "Uno"));
    ck_assert(str_is(skill_text(s->titles, STR("p"), s->title), "Skill A"));
    ck_assert(str_is(skill_text(s->titles, STR_EMPTY, s->title), "Skill A"));
    ck_assert(str_is(skill_text(NULL, STR("hi"), s->title), "Skill A"));
    stays(m, "\"pt-BR\":\"Um\"");
}
END_TEST

START_TEST(faults_have_a_place)
{
    refused(HEAD FOUR(",\"any\":[[\"A\"]]") "}", "map.any", "skills[3].any[0]");
    refused(HEAD FOUR(",\"any\":[\"A\",\"B\"]") "}", "map.any", "skills[3].any[0]");
    refused(HEAD FOUR(",\"any\":[[\"A\",\"A\"]]") "}", "map.twice",
            "skills[3].any[0][1]");
    refused(HEAD FOUR(",\"hard\":[\"A\"],\"any\":[[\"A\",\"B\"]]") "}", "map.twice",
            "skills[3].any[0][0]");
    refused(HEAD FOUR(",\"any\":[[\"A\",\"X\"]]") "}", "map.unknown",
            "skills[3].any[0][1]");
    refused(HEAD FOUR(",\"hard\":[{\"skill\":\"A\",\"level\":\"secure\"}]") "}",
            "map.unknown", "skills[3].hard[0].level");
    refused(HEAD FOUR(",\"hard\":[{\"level\":\"secure\"}]") "}", "map.unknown",
            "skills[3].hard[0].level");
    refused(HEAD LEVELS FOUR(",\"soft\":[{\"skill\":\"A\",\"level\":\"secure\"}]") "}",
            "map.type", "skills[3].soft[0]");
    refused(HEAD "\"levels\":[{\"code\":\"x\",\"title\":\"X\",\"p\":0.9},{\"code\":\"y\","
                 "\"title\":\"Y\",\"p\":0.9}]," FOUR("") "}",
            "map.range", "levels[1].p");
    refused(HEAD "\"levels\":[{\"code\":\"mastered\",\"title\":\"X\",\"p\":0.9}]," FOUR(
                "") "}",
            "map.code", "levels[0]");
    refused(HEAD "\"levels\":[{\"code\":\"x\",\"title\":\"X\"}]," FOUR("") "}",
            "map.missing", "levels[0].p");
    refused(HEAD FOUR("") ",\"paths\":[{\"code\":\"p\",\"title\":\"P\",\"goals\":[]}]}",
            "map.missing", "paths[0].goals");
    refused(HEAD FOUR("") ",\"paths\":[{\"code\":\"p\",\"title\":\"P\",\"kind\":\"job\","
                          "\"goals\":[\"A\"]}]}",
            "map.kind", "paths[0].kind");
    refused(
        HEAD FOUR("") ",\"paths\":[{\"code\":\"p\",\"title\":\"P\",\"goals\":[\"GONE\"]"
                      "}]}",
        "map.unknown", "paths[0].goals[0]");
    refused(
        HEAD FOUR("") ",\"targets\":[\"B\"],\"paths\":[{\"code\":\"p\",\"title\":\"P\","
                      "\"goals\":[\"A\"]}]}",
        "map.targets", "targets");
    refused(HEAD "\"titles\":{\"hi\":7}," FOUR("") "}", "map.text", "titles");
}
END_TEST

/* A circle is one through an alternative too: there must be an order to learn in. */
START_TEST(a_circle_through_an_alternative_is_named)
{
    refused(HEAD "\"skills\":[" SK("A", "") "," SK(
                "B", ",\"any\":[[\"A\",\"C\"]]") "," SK("C", ",\"hard\":[\"B\"]") "]}",
            "map.cycle", "skills[1]");
}
END_TEST

#define Q(skill) "{\"title\":\"Q\",\"tells\":[{\"skill\":\"" skill "\"}]}"

START_TEST(what_can_never_open_is_named)
{
    /* D needs A, or B: B can be proved. */
    ck_assert_ptr_nonnull(parse(HEAD FOUR(
        ",\"any\":[[\"A\",\"B\"]]") ",\"activities\":[" Q("B") "," Q("D") "]}"));
    ck_assert(!warned("map.dead-end", "") && !warned("map.unreachable", ""));
    /* Neither can be. */
    ck_assert_ptr_nonnull(parse(HEAD FOUR(
        ",\"any\":[[\"A\",\"B\"]]") ",\"activities\":[" Q("C") "," Q("D") "]}"));
    ck_assert(warned("map.dead-end", "A locks D") && warned("map.dead-end", "B locks D"));
    ck_assert(warned("map.unreachable", "1 skills: D"));
    /* Not the first lock but one further on: A > B > C, nothing proves A. */
    ck_assert_ptr_nonnull(
        parse(HEAD "\"skills\":[" SK("A", "") "," SK("B", ",\"hard\":[\"A\"]") "," SK(
            "C", ",\"hard\":[\"B\"]") "],\"activities\":[" Q("B") "," Q("C") "]}"));
    ck_assert(warned("map.unreachable", "2 skills: B, C"));
}
END_TEST

/* Any random map with groups is written and read back as itself. */
START_TEST(random_maps_come_back)
{
    uint64_t seed = 5;
    for (int round = 0; round < 300; round++) {
        struct skill_map *m = mapmake_random(a, &seed);
        struct skill_map *n = mapdoc_parse(a, mapdoc_write(a, m), &rep, NULL);
        ck_assert_msg(n != NULL, "seed 5, round %d: %.*s", round,
                      STR_ARG(rep.problems[0].text));
        for (size_t i = 0; i < m->skill_n; i++) {
            const struct skill *x = &m->skills[i];
            const struct skill *y = &n->skills[i];
            ck_assert(x->need_n == y->need_n && x->depth == y->depth);
            for (size_t k = 0; k < x->need_n; k++) {
                /* A group of one is needed for itself. */
                ck_assert_msg(x->needs[k].skill == y->needs[k].skill &&
                                  x->needs[k].any == y->needs[k].any,
                              "seed 5, round %d, skill %zu", round, i);
            }
        }
        arena_reset(a);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mappath");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, of_a_group_one_suffices);
    tcase_add_test(t, the_nearer_way_counts);
    tcase_add_test(t, several_groups_have_one_order);
    tcase_add_test(t, a_need_may_ask_for_a_level);
    tcase_add_test(t, paths_lead_to_levels_and_the_first_gives_the_targets);
    tcase_add_test(t, titles_follow_the_reader);
    tcase_add_test(t, faults_have_a_place);
    tcase_add_test(t, a_circle_through_an_alternative_is_named);
    tcase_add_test(t, what_can_never_open_is_named);
    tcase_add_test(t, random_maps_come_back);
    suite_add_tcase(s, t);
    return suite_main(s);
}
