/* Map documents: what is refused and why, the canonical form, and the starter maps. */
#include "engine/mapdoc.h"
#include "engine/match.h"
#include "support/algebra.h"
#include "support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *a;
static struct mapdoc_report rep;

static void setup(void)
{
    a = arena_new(256u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

#define HEAD "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\","
#define SK(code, rest)                                                                   \
    "{\"code\":\"" code "\",\"title\":\"Skill " code "\",\"unit\":\"U\"" rest "}"

static struct skill_map *parse(const char *text)
{
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(a, str_c(text), &rep, &e);
    ck_assert((m == NULL) == (e.code != ERR_NONE));
    ck_assert((m == NULL) == (rep.fatal_n > 0));
    return m;
}

/* The document is refused for this reason, at this place. */
static void refused(const char *text, const char *id, const char *path, const char *part)
{
    ck_assert_msg(parse(text) == NULL, "was accepted: %s", text);
    for (size_t i = 0; i < rep.problem_n; i++) {
        const struct mapdoc_problem *p = &rep.problems[i];
        if (p->fatal && strcmp(p->id, id) == 0 && str_is(p->path, path) &&
            str_find(p->text, str_c(part), 0) != SIZE_MAX) {
            return;
        }
    }
    for (size_t i = 0; i < rep.problem_n; i++) {
        printf("  %s at %.*s: %.*s\n", rep.problems[i].id, STR_ARG(rep.problems[i].path),
               STR_ARG(rep.problems[i].text));
    }
    ck_abort_msg("no %s at %s in: %s", id, path, text);
}

static bool warned(const char *id)
{
    for (size_t i = 0; i < rep.problem_n; i++) {
        if (strcmp(rep.problems[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(a_small_map)
{
    struct skill_map *m = parse(
        HEAD
        "\"skills\":[" SK("A", "") "," SK("B", ",\"hard\":[\"A\"],\"minutes\":5") "," SK(
            "C", ",\"hard\":[\"B\"],\"soft\":[\"A\"]") "]}");
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->skill_n, 3);
    ck_assert_int_eq(skill_find(m, STR("C")), 2);
    ck_assert_int_eq(skill_find(m, STR("D")), -1);
    ck_assert_int_eq(m->skills[1].minutes, 5);
    ck_assert_int_eq(m->skills[2].depth, 2);
    ck_assert_uint_eq(m->target_n, 1);
    ck_assert_int_eq(m->targets[0], 2);
    int32_t d[3];
    skill_distance(m, m->targets, m->target_n, d);
    ck_assert(d[0] == 2 && d[1] == 1 && d[2] == 0);
}
END_TEST

START_TEST(every_fault_has_its_place_and_reason)
{
    refused("{", "map.json", "", "line");
    refused("[]", "map.type", "", "object");
    refused("{\"format\":\"waymark-map/1\"}", "map.missing", "code", "missing");
    refused(HEAD "\"skills\":[]}", "map.missing", "skills", "at least one");
    refused(HEAD "\"colour\":1,\"skills\":[" SK("A", "") "]}", "map.member", "",
            "colour");
    refused(HEAD "\"skills\":[" SK("A", ",\"min\":1") "]}", "map.member", "skills[0]",
            "min");
    refused(HEAD "\"skills\":[" SK("A", "") "," SK("A", "") "]}", "map.duplicate",
            "skills[1].code", "skills[0]");
    refused(HEAD "\"skills\":[" SK("A", ",\"hard\":[\"X\"]") "]}", "map.unknown",
            "skills[0].hard[0]", "\"X\"");
    refused(HEAD "\"targets\":[\"X\"],\"skills\":[" SK("A", "") "]}", "map.unknown",
            "targets[0]", "\"X\"");
    refused(HEAD "\"skills\":[" SK("A b", "") "]}", "map.code", "skills[0].code",
            "letters");
    refused(HEAD "\"skills\":[" SK("A", ",\"minutes\":0") "]}", "map.range",
            "skills[0].minutes", "between");
    refused(HEAD "\"skills\":[" SK("A", ",\"minutes\":1.5") "]}", "map.type",
            "skills[0].minutes", "whole");
    refused(HEAD "\"skills\":[" SK("A", ",\"standard\":null") "]}", "map.type",
            "skills[0].standard", "null");
    refused(HEAD "\"thresholds\":{\"mastered\":1.2},\"skills\":[" SK("A", "") "]}",
            "map.range", "thresholds.mastered", "between");
    refused(HEAD "\"thresholds\":{\"mastered\":0.7},\"skills\":[" SK("A", "") "]}",
            "map.range", "thresholds", "below");
    refused(HEAD "\"bkt\":{\"guess\":0.6,\"slip\":0.5},\"skills\":[" SK("A", "") "]}",
            "map.range", "bkt", "below 1");
    refused(HEAD "\"bkt\":{\"learn\":0.6,\"forget\":0.5},\"skills\":[" SK("A", "") "]}",
            "map.range", "bkt", "must not pass 1");
    refused(HEAD "\"skills\":[" SK("A", ",\"bkt\":{\"forget\":0.1}") "]}", "map.range",
            "skills[0].bkt", "out of reach");
    refused(HEAD "\"skills\":[" SK("A", "") "," SK(
                "B", ",\"hard\":[\"A\"],\"soft\":[\"A\"]") "]}",
            "map.twice", "skills[1].soft[0]", "already");
    refused(HEAD "\"skills\":[" SK("A", "") "],\"activities\":[{\"tells\":[{\"skill\":"
                                            "\"A\"}]}]}",
            "map.missing", "activities[0]", "title");
    refused(HEAD
            "\"skills\":[" SK("A", "") "],\"activities\":[{\"title\":\"Q\",\"tells\":"
                                       "[{\"skill\":\"A\",\"weight\":2}]}]}",
            "map.range", "activities[0].tells[0].weight", "between");
    refused(HEAD "\"skills\":[{\"code\":\"A\",\"title\":\"a\\u0001b\",\"unit\":\"U\"}]}",
            "map.text", "skills[0].title", "control");
    refused(HEAD "\"code\":\"u\",\"skills\":[" SK("A", "") "]}", "map.json", "", "line");
}
END_TEST

START_TEST(several_faults_are_told_at_once)
{
    ck_assert_ptr_null(parse(HEAD "\"skills\":[" SK("A", ",\"hard\":[\"X\"]") "," SK(
        "B", ",\"minutes\":999") "],\"targets\":[\"Y\"]}"));
    ck_assert_uint_eq(rep.fatal_n, 3);
}
END_TEST

START_TEST(cycles_are_named)
{
    refused(HEAD "\"skills\":[" SK("A", ",\"hard\":[\"C\"]") "," SK(
                "B", ",\"hard\":[\"A\"]") "," SK("C", ",\"soft\":[\"B\"]") "]}",
            "map.cycle", "skills[0]", "A needs C needs B needs A");
    refused(HEAD "\"skills\":[" SK("A", ",\"hard\":[\"A\"]") "]}", "map.cycle",
            "skills[0]", "A needs A");
}
END_TEST

START_TEST(warnings_break_nothing)
{
    ck_assert_ptr_nonnull(
        parse(HEAD "\"targets\":[\"B\"],\"skills\":[" SK("A", "") "," SK(
            "B",
            ",\"hard\":["
            "\"A\"]") "," SK("C", ",\"hard\":[\"A\"]") "," SK("D",
                                                              "") "],\"activities\":[{"
                                                                  "\"title\":\"Q\","
                                                                  "\"tells\":[{\"skill\":"
                                                                  "\"B\"}]}]}"));
    ck_assert(warned("map.alone"));    /* D */
    ck_assert(warned("map.aside"));    /* C */
    ck_assert(warned("map.dead-end")); /* A locks B and nothing proves A */
    ck_assert_uint_eq(rep.coverage.with_evidence, 1);
}
END_TEST

START_TEST(the_canonical_form_is_fixed)
{
    const char *one = HEAD "\"skills\":[" SK("A", "") "," SK("B", "") "," SK(
        "C", ",\"hard\":[\"A\",\"B\"]") "]}";
    const char *two =
        "{\"skills\":[{\"title\":\"Skill "
        "A\",\"code\":\"A\",\"unit\":\"U\",\"minutes\":10},"
        "{\"unit\":\"U\",\"code\":\"B\",\"title\":\"Skill B\"},"
        "{\"unit\":\"U\",\"code\":\"C\",\"title\":\"Skill C\",\"hard\":[\"B\",\"A\"]}],"
        " \"title\":\"T\", \"code\":\"t\", \"format\":\"waymark-map/1\","
        " \"thresholds\":{\"mastered\":0.95}}";
    struct skill_map *m = parse(one);
    struct skill_map *n = parse(two);
    ck_assert(str_eq(mapdoc_write(a, m), mapdoc_write(a, n)));
    ck_assert(str_eq(mapdoc_hash(a, m), mapdoc_hash(a, n)));
    ck_assert_uint_eq(mapdoc_hash(a, m).n, 64);
    struct skill_map *again = mapdoc_parse(a, mapdoc_write(a, m), NULL, NULL);
    ck_assert_ptr_nonnull(again);
    ck_assert(str_eq(mapdoc_write(a, again), mapdoc_write(a, m)));
}
END_TEST

/* Every map that comes along: no warning, all skills tied, short titles, again itself. */
START_TEST(starter_maps_are_sound)
{
    struct dirent **names;
    size_t maps = 0, paths = 0, groups = 0, translated = 0;
    int n = scandir("config/maps", &names, NULL, alphasort);
    ck_assert_int_gt(n, 0);
    for (int i = 0; i < n; i++) {
        struct err e = {0};
        struct str path = str_fmt(a, "config/maps/%s", names[i]->d_name);
        free(names[i]);
        if (!str_ends(path, STR(".json"))) {
            continue;
        }
        struct skill_map *m = mapdoc_parse(a, algebra_file(a, path.p), &rep, &e);
        ck_assert_msg(m != NULL, "%s: %s", path.p, e.text);
        ck_assert_msg(rep.warning_n == 0, "%s: %.*s", path.p,
                      STR_ARG(rep.problems[0].text));
        ck_assert_uint_ge(m->skill_n, 20);
        ck_assert_uint_eq(rep.coverage.with_evidence, m->skill_n);
        ck_assert_msg(m->standards.n > 0 && m->about.n > 0, "%s", path.p);
        for (size_t k = 0; k < m->skill_n; k++) {
            const struct skill *s = &m->skills[k];
            ck_assert_uint_gt(s->standard.n, 0);
            ck_assert_uint_le(s->title.n, 45);
            groups += s->need_n > 0 && s->needs[s->need_n - 1].any > 0 ? 1 : 0;
            translated += s->titles != NULL ? 1 : 0;
        }
        struct skill_map *again = mapdoc_parse(a, mapdoc_write(a, m), NULL, &e);
        ck_assert(str_eq(mapdoc_hash(a, m), mapdoc_hash(a, again)));
        paths += m->path_n;
        maps++;
    }
    free(names);
    ck_assert(maps >= 6 && paths >= 6 && groups >= 6 && translated >= 3);
}
END_TEST

/* Documents from before "replaces" and "source" keep their bytes, so a course whose map
 * is published again gets no new version. */
START_TEST(old_documents_keep_their_hash)
{
    static const char *const known[][2] = {
        {"config/maps/algebra-1.json",
         "7466e8df7ad202599173012532b670e7d4ea9779a0b1bb584eb20bba23941959"},
        {"config/maps/fractions-to-ratios.json",
         "ad0b03e1e1679580f4200e9c9a5c353270c19463c0b82f34722e3c7a644987a4"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct skill_map *m = mapdoc_parse(a, algebra_file(a, known[i][0]), &rep, NULL);
        ck_assert_ptr_nonnull(m);
        ck_assert(str_is(mapdoc_hash(a, m), known[i][1]));
    }
}
END_TEST

/* A skill may forget, or not, where the map says otherwise; it reads back the same. */
START_TEST(forgetting_is_written_where_it_differs)
{
    struct skill_map *m = parse(HEAD "\"bkt\":{\"forget\":0.02},\"skills\":[" SK(
        "A",
        ",\"bkt\":{\"forget\":0}") "," SK("B",
                                          ",\"bkt\":{\"init\":0.5}") "," SK("C",
                                                                            "") "]}");
    ck_assert_ptr_nonnull(m);
    struct skill_map *again = mapdoc_parse(a, mapdoc_write(a, m), NULL, NULL);
    ck_assert_ptr_nonnull(again);
    ck_assert(str_eq(mapdoc_write(a, m), mapdoc_write(a, again)));
    ck_assert(again->skills[0].bkt.p_forget == 0.0);
    ck_assert(again->skills[1].bkt.p_forget == 0.02);
    ck_assert(again->skills[2].bkt.p_forget == 0.02);
    m = parse(HEAD "\"skills\":[" SK("A", ",\"bkt\":{\"init\":0.5}") "]}");
    ck_assert(str_find(mapdoc_write(a, m), STR("forget"), 0) == SIZE_MAX);
}
END_TEST

START_TEST(skills_of_earlier_versions_have_heirs)
{
    int32_t h[2];
    struct skill_map *m =
        parse(HEAD "\"skills\":[" SK("A", ",\"replaces\":[\"Z\",\"Y\"]") "," SK(
            "B", ",\"replaces\":[\"Y\"],\"source\":{\"id\":\"i-1\",\"uri\":"
                 "\"https://x.example/i-1\",\"levels\":[\"03\"],\"labels\":{"
                 "\"es\":\"Fracciones\"}}") "]}");
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(skill_heirs(m, STR("Y"), h, 2), 2);
    ck_assert(h[0] == 0 && h[1] == 1);
    ck_assert_uint_eq(skill_heirs(m, STR("Z"), h, 2), 1);
    ck_assert_uint_eq(skill_heirs(m, STR("A"), h, 2), 1);
    ck_assert_uint_eq(skill_heirs(m, STR("X"), h, 2), 0);
    struct str once = mapdoc_write(a, m);
    ck_assert(str_eq(once, mapdoc_write(a, mapdoc_parse(a, once, &rep, NULL))));
    ck_assert_uint_ne(str_find(once, STR("\"replaces\":[\"Y\",\"Z\"]"), 0), SIZE_MAX);
    ck_assert_uint_ne(str_find(once, STR("Fracciones"), 0), SIZE_MAX);
    refused(HEAD "\"skills\":[" SK("A", "") "," SK("B", ",\"replaces\":[\"A\"]") "]}",
            "map.replaces", "skills[1].replaces[0]", "still");
    refused(HEAD "\"skills\":[" SK("A", ",\"replaces\":[\"Z\",\"Z\"]") "]}", "map.twice",
            "skills[0].replaces[1]", "already");
    refused(HEAD "\"skills\":[" SK("A", ",\"source\":{\"uri\":\"x\"}") "]}",
            "map.missing", "skills[0].source.id", "missing");
    refused(HEAD "\"skills\":[" SK("A", ",\"source\":{\"id\":\"x\",\"levels\":[3]}") "]}",
            "map.text", "skills[0].source.levels", "text");
    refused(HEAD "\"skills\":[" SK("A", ",\"source\":{\"id\":\"x\",\"y\":1}") "]}",
            "map.member", "skills[0].source", "y");
}
END_TEST

START_TEST(titles_match_by_pattern)
{
    ck_assert(match_title(STR("Quiz 1:*"), STR("quiz 1: Integers ")));
    ck_assert(!match_title(STR("Quiz 1:*"), STR("Quiz 12: Integers")));
    ck_assert(match_title(STR("*ratio*table*"), STR("A RATIO and its table")));
    ck_assert(match_title(STR("Q?iz"), STR("Quiz")));
    ck_assert(match_title(STR("*"), STR("")));
    ck_assert(!match_title(STR("?"), STR("")));
    ck_assert(!match_title(STR("a*b*c"), STR("aaabbb")));
    /* The case that makes naive matchers take for ever. */
    struct buf b;
    buf_init(&b, a, 4096);
    for (int i = 0; i < 2000; i++) {
        buf_char(&b, 'a');
    }
    ck_assert(!match_title(STR("*a*a*a*a*a*a*a*a*b"), buf_view(&b)));
}
END_TEST

START_TEST(the_recorded_course_is_matched)
{
    struct algebra al;
    int32_t *rule = NULL;
    struct tie *ties = NULL;
    algebra_load(a, &al);
    ck_assert_uint_eq(match_course(a, al.map, al.activities, al.activity_n, &ties, &rule),
                      al.tie_n);
    size_t slots = 0;
    for (size_t i = 0; i < al.tie_n; i++) {
        slots += al.ties[i].item.n > 0 ? 1 : 0;
    }
    ck_assert_uint_ge(slots, 30); /* six quizzes of five questions */
    for (size_t i = 0; i < al.activity_n; i++) {
        bool graded = str_is(al.activities[i].kind, "quiz") ||
                      str_is(al.activities[i].kind, "assign");
        ck_assert_msg(!graded || rule[i] >= 0, "%.*s", STR_ARG(al.activities[i].title));
    }
}
END_TEST

START_TEST(big_maps_are_read_and_too_big_ones_refused)
{
    struct buf b;
    buf_init(&b, a, 1 << 20);
    buf_c(&b, HEAD "\"skills\":[");
    for (int i = 0; i < 5001; i++) {
        buf_fmt(&b, "%s{\"code\":\"S%d\",\"title\":\"x\",\"unit\":\"U\"", i ? "," : "",
                i);
        if (i > 0) {
            buf_fmt(&b, ",\"hard\":[\"S%d\"]", i - 1);
        }
        buf_c(&b, "}");
        if (i == 4999) {
            size_t at = b.n;
            buf_c(&b, "]}");
            struct str doc = str_dup(a, buf_view(&b));
            struct skill_map *m = mapdoc_parse(a, doc, &rep, NULL);
            ck_assert_ptr_nonnull(m);
            ck_assert_int_eq(m->skills[4999].depth, 4999);
            b.n = at;
        }
    }
    buf_c(&b, "]}");
    ck_assert_ptr_null(mapdoc_parse(a, buf_view(&b), &rep, NULL));
    ck_assert(warned("map.limit"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mapdoc");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_small_map);
    tcase_add_test(t, every_fault_has_its_place_and_reason);
    tcase_add_test(t, several_faults_are_told_at_once);
    tcase_add_test(t, cycles_are_named);
    tcase_add_test(t, warnings_break_nothing);
    tcase_add_test(t, the_canonical_form_is_fixed);
    tcase_add_test(t, starter_maps_are_sound);
    tcase_add_test(t, old_documents_keep_their_hash);
    tcase_add_test(t, forgetting_is_written_where_it_differs);
    tcase_add_test(t, skills_of_earlier_versions_have_heirs);
    tcase_add_test(t, titles_match_by_pattern);
    tcase_add_test(t, the_recorded_course_is_matched);
    tcase_add_test(t, big_maps_are_read_and_too_big_ones_refused);
    suite_add_tcase(s, t);
    return suite_main(s);
}
