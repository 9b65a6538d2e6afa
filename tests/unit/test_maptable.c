/* Skill maps as tables: read, put on top of a map, written again; and the real graphs of
 * ../shared/data/maps where they are at hand. */
#include "engine/mapdoc.h"
#include "learn/maptable.h"
#include "support/algebra.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct arena *a;
static struct mapcsv table;
static struct maptable_plan plan;

static void setup(void)
{
    a = arena_new((size_t)512 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static struct skill_map *parse(struct str text)
{
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(a, text, NULL, &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    return m;
}

static void read_table(const char *text)
{
    struct err e = {0};
    ck_assert_msg(mapcsv_read(a, str_c(text), &table, &e) == 0, "%s", e.text);
}

static void make(const char *text, const struct skill_map *before, bool leave_out)
{
    struct maptable_opt opt = {.leave_out_circles = leave_out};
    read_table(text);
    maptable_plan(a, &table, before, &opt, &plan);
    ck_assert((plan.problems_n > 0) == (plan.document.n == 0));
}

static bool told(const struct str *v, size_t n, const char *part)
{
    for (size_t i = 0; i < n; i++)
        if (str_find(v[i], str_c(part), 0) != SIZE_MAX)
            return true;
    return false;
}

START_TEST(a_table_of_skills_is_a_map)
{
    make("Title;code;unit;Minutes;hard;any;soft;title:hi\r\n"
         "Parts of a whole;FRAC;Basics;8;;;;\xe0\xa4\xad\r\n"
         "Percent of;PCT;Percent;12;FRAC;;;\r\n"
         "\"Tax; and tip\";TAX;;;PCT;;FRAC;\r\n"
         "Either;E;;;\"PCT\";FRAC|TAX;;\r\n",
         NULL, false);
    struct skill_map *m = parse(plan.document);
    ck_assert_uint_eq(m->skill_n, 4);
    ck_assert(str_is(m->skills[2].title, "Tax; and tip"));
    ck_assert(str_is(m->skills[2].unit, "Skills") && m->skills[2].minutes == 10);
    ck_assert_int_eq(m->skills[1].minutes, 12);
    ck_assert(m->skills[2].need_n == 2 && m->skills[2].needs[0].hard &&
              !m->skills[2].needs[1].hard);
    ck_assert(m->skills[3].need_n == 3 && m->skills[3].needs[1].any == 1 &&
              m->skills[3].needs[2].any == 1);
    ck_assert(
        str_is(skill_text(m->skills[0].titles, STR("hi"), STR_EMPTY), "\xe0\xa4\xad"));
    ck_assert_ptr_null(m->skills[1].titles);
}
END_TEST

START_TEST(prerequisites_alone_are_a_map_too)
{
    make("skill,requires,kind,group\nB,A,,\nC,A,any,1\nC,B,any,1\nC,D,soft,\nE,,,\nB,A,,"
         "\n",
         NULL, false);
    struct skill_map *m = parse(plan.document);
    ck_assert(table.edges_only && table.edges_n == 4 && table.repeated_n == 1);
    ck_assert_uint_eq(m->skill_n, 5);
    ck_assert(str_is(m->skills[0].code, "B") && str_is(m->skills[1].code, "A"));
    const struct skill *c = &m->skills[skill_find(m, STR("C"))];
    ck_assert(c->needs[0].any == 1 && c->needs[1].any == 1 && !c->needs[2].hard);
}
END_TEST

START_TEST(what_cannot_be_used_is_named_with_its_line)
{
    make("code,title,minutes,hard\nA,One,5,\n,No code,5,\nB,Two,soon,\nA,Again,,\n"
         "C,Three,,NOBODY A@expert\n",
         NULL, false);
    ck_assert(told(plan.problems, plan.problems_n, "line 3: has no code"));
    ck_assert(told(plan.problems, plan.problems_n, "line 4: minutes"));
    ck_assert(told(plan.problems, plan.problems_n, "line 5: the code A is taken"));
    ck_assert(told(plan.problems, plan.problems_n, "line 6: there is no skill NOBODY"));
    ck_assert(told(plan.problems, plan.problems_n, "line 6: there is no level expert"));
    make("skill,requires,kind\nB,A,hard\nB,A,soft\nC,A,maybe\n", NULL, false);
    ck_assert(told(plan.problems, plan.problems_n, "says otherwise than line 2"));
    ck_assert(told(plan.problems, plan.problems_n, "line 4: the kind is"));
    static const char *const bad[] = {"", "code,name\nA,B\n", "skill\nA\n",
                                      "code,title\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        ck_assert_int_eq(mapcsv_read(a, str_c(bad[i]), &table, &e), -1);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
}
END_TEST

START_TEST(circles_are_named_or_left_out_one_by_one)
{
    static const char text[] = "skill,requires\nB,A\nC,B\nA,C\nD,D\nD,A\n";
    struct err e = {0};
    struct mapdoc_report rep;
    make(text, NULL, false);
    ck_assert_ptr_null(mapdoc_parse(a, plan.document, &rep, &e));
    ck_assert_uint_eq(rep.fatal_n, 2);
    make(text, NULL, true);
    ck_assert_uint_eq(plan.left_out_n, 2);
    ck_assert(told(plan.left_out, 2, "C requires B would close a circle: C > A > B > C"));
    ck_assert(told(plan.left_out, 2, "D requires D"));
    ck_assert_uint_eq(parse(plan.document)->skill_n, 4);
}
END_TEST

static const char base[] =
    "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\",\"levels\":[{\"code\":"
    "\"working\",\"title\":\"Working\",\"p\":0.7}],\"thresholds\":{\"review_days\":9},"
    "\"paths\":[{\"code\":\"p\",\"title\":\"P\",\"goals\":[{\"skill\":\"B\",\"level\":"
    "\"working\"}]}],\"skills\":[{\"code\":\"A\",\"title\":\"Alpha\",\"unit\":\"U\","
    "\"bkt\":{\"guess\":0.3},\"titles\":{\"es\":\"Alfa\"}},{\"code\":\"B\",\"title\":"
    "\"Beta\",\"unit\":\"U\",\"minutes\":4,\"hard\":[{\"skill\":\"A\",\"level\":"
    "\"working\"}]}],\"activities\":[{\"title\":\"Q\",\"tells\":[{\"skill\":\"A\"}]}]}";

/* What a table does not say stays as the map in force has it. */
START_TEST(a_table_on_top_of_a_map)
{
    const struct skill_map *was = parse(str_c(base));
    make("code,title,hard,replaces\nA2,Alpha two,,A\nB,Beta,A2@working,\nC,Gamma,B,\n",
         was, false);
    ck_assert_msg(plan.problems_n == 0, "%.*s", STR_ARG(plan.problems[0]));
    struct skill_map *m = parse(plan.document);
    ck_assert(m->skill_n == 3 && m->limits.review_days == 9 && m->level_n == 1);
    ck_assert(m->paths[0].goals[0].skill == 1 && m->paths[0].goals[0].level == 0);
    ck_assert(m->rule_n == 1 && m->rules[0].tells[0].skill == 0);
    ck_assert(m->skills[1].needs[0].level == 0 && m->skills[1].minutes == 4);
    ck_assert(str_is(m->skills[1].unit, "U") && str_is(m->skills[2].unit, "Skills"));
    /* A path cannot be re-pointed by a table: that is refused. */
    make("code,title\nA,Alpha\nX,Other\n", was, false);
    ck_assert(told(plan.problems, plan.problems_n, "the path p leads to B"));
    /* Prerequisites alone: the skills stay; what they need is what the table says. */
    make("skill,requires\nNEW,B\n", was, false);
    m = parse(plan.document);
    ck_assert(m->skill_n == 3 && m->skills[1].need_n == 0 && m->skills[2].need_n == 1);
    ck_assert(m->skills[0].own_bkt && m->skills[0].titles != NULL);
}
END_TEST

static const char locked[] =
    "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\",\"skills\":[{\"code\":"
    "\"A\",\"title\":\"Alpha\",\"unit\":\"U\"},{\"code\":\"B\",\"title\":\"Beta\","
    "\"unit\":"
    "\"U\"},{\"code\":\"C\",\"title\":\"Gamma\",\"unit\":\"U\"}],\"unlock\":[{\"rule\":"
    "\"r\","
    "\"skill\":\"C\",\"needs\":[\"A\"],\"evidence\":{\"skill\":\"B\",\"rows\":2,"
    "\"days\":1}}]}";

/* Rules of what opens what go by the skill, wherever it stands now. */
START_TEST(rules_that_open_go_with_their_skills)
{
    const struct skill_map *was = parse(str_c(locked));
    make("code,title\nNEW,Other\nC,Gamma\nB,Beta\nA,Alpha\n", was, false);
    ck_assert_msg(plan.problems_n == 0, "%.*s", STR_ARG(plan.problems[0]));
    ck_assert_uint_ne(
        str_find(plan.document,
                 STR("\"unlock\":[{\"evidence\":{\"days\":1,\"rows\":2,\"skill\":\"B\"},"
                     "\"needs\":[\"A\"],\"rule\":\"r\",\"skill\":\"C\"}]"),
                 0),
        SIZE_MAX);
    make("code,title,replaces\nA2,Alpha,A\nB,Beta,\nC,Gamma,\n", was, false);
    ck_assert_uint_ne(str_find(plan.document, STR("\"needs\":[\"A2\"]"), 0), SIZE_MAX);
    make("code,title\nB,Beta\nC,Gamma\n", was, false);
    ck_assert(told(plan.problems, plan.problems_n, "\"unlock\" speaks of A"));
}
END_TEST

/* Written as a table and read on top of itself, every map is the same. */
START_TEST(tables_of_a_map_give_the_map_again)
{
    static const char *const files[] = {"config/maps/algebra-1.json",
                                        "config/maps/fractions-to-ratios.json"};
    uint64_t seed = 77;
    for (int round = 0; round < 302; round++) {
        const struct skill_map *m = round < 2    ? parse(algebra_file(a, files[round]))
                                    : round == 2 ? parse(str_c(base))
                                                 : mapmake_random(a, &seed);
        struct maptable_opt opt = {.leave_out_circles = false};
        struct str want = mapdoc_write(a, m);
        struct err e = {0};
        for (int edges = 0; edges < 2; edges++) {
            maptable_of(a, m, &table);
            struct str text = mapcsv_write(a, &table, edges == 1);
            ck_assert_msg(mapcsv_read(a, text, &table, &e) == 0, "%s", e.text);
            maptable_plan(a, &table, m, &opt, &plan);
            ck_assert_msg(plan.problems_n == 0, "seed 77, round %d: %.*s", round,
                          plan.problems_n ? (int)plan.problems[0].n : 0,
                          plan.problems_n ? plan.problems[0].p : "");
            ck_assert_msg(str_eq(want, mapdoc_write(a, parse(plan.document))),
                          "seed 77, round %d, %s", round, edges ? "edges" : "skills");
        }
        if (round > 2)
            arena_reset(a);
    }
}
END_TEST

/* What a spreadsheet would take for a formula is made harmless, and comes back. */
START_TEST(no_formula_gets_out)
{
    const struct skill_map *m = parse(
        STR("{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\",\"skills\":[{"
            "\"code\":\"A\",\"title\":\"=1+1, \\\"quoted\\\"\",\"unit\":\"-U\"}]}"));
    maptable_of(a, m, &table);
    struct str text = mapcsv_write(a, &table, false);
    ck_assert_uint_ne(str_find(text, STR("A,\"'=1+1, \"\"quoted\"\"\",\"'-U\","), 0),
                      SIZE_MAX);
    read_table(str_z(a, text));
    ck_assert(str_is(table.skills[0].title, "=1+1, \"quoted\"") &&
              str_is(table.skills[0].unit, "-U"));
}
END_TEST

/* --- real graphs ----------------------------------------------------------------- */

#define GRAPHS "../shared/data/maps/"

static bool at_hand(const char *what)
{
    bool here = access(GRAPHS, R_OK) == 0;
    if (!here)
        printf("SKIPPED %s: " GRAPHS " is not here\n", what);
    return here;
}

START_TEST(common_core_is_imported)
{
    if (!at_hand("common_core_is_imported"))
        return;
    make(str_z(a, algebra_file(a, GRAPHS "ccssm/prerequisites.csv")), NULL, false);
    struct skill_map *m = parse(plan.document);
    ck_assert_uint_eq(m->skill_n, 381);
    ck_assert_uint_eq(table.edges_n, 729);
}
END_TEST

START_TEST(junyi_is_refused_with_its_circles_or_taken_without_them)
{
    if (!at_hand("junyi_is_refused_with_its_circles_or_taken_without_them"))
        return;
    const char *text = str_z(a, algebra_file(a, GRAPHS "junyi/prerequisites.csv"));
    struct mapdoc_report rep;
    struct err e = {0};
    size_t fatal = 0, edges = 0;
    struct str all[MAPDOC_MAX_PROBLEMS];
    make(text, NULL, false);
    ck_assert_ptr_null(mapdoc_parse(a, plan.document, &rep, &e));
    for (size_t i = 0; i < rep.problem_n; i++) {
        if (rep.problems[i].fatal)
            all[fatal++] = rep.problems[i].text;
    }
    ck_assert_uint_eq(fatal, 3);
    ck_assert(told(all, 3, "proportions_1 needs proportions_1"));
    ck_assert(told(all, 3, "number_sense_length_l1 needs number_sense_length_l1"));
    ck_assert(told(all, 3,
                   "radical_multiplication_and_division needs "
                   "adding_and_subtracting_radicals"));
    make(text, NULL, true);
    struct skill_map *m = parse(plan.document);
    for (size_t i = 0; i < m->skill_n; i++)
        edges += m->skills[i].need_n;
    ck_assert_uint_eq(plan.left_out_n, 3);
    ck_assert_uint_eq(edges, table.edges_n - 3);
    ck_assert_uint_eq(edges + 3 + table.repeated_n, 988);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("maptable");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_table_of_skills_is_a_map);
    tcase_add_test(t, prerequisites_alone_are_a_map_too);
    tcase_add_test(t, what_cannot_be_used_is_named_with_its_line);
    tcase_add_test(t, circles_are_named_or_left_out_one_by_one);
    tcase_add_test(t, a_table_on_top_of_a_map);
    tcase_add_test(t, rules_that_open_go_with_their_skills);
    tcase_add_test(t, tables_of_a_map_give_the_map_again);
    tcase_add_test(t, no_formula_gets_out);
    tcase_add_test(t, common_core_is_imported);
    tcase_add_test(t, junyi_is_refused_with_its_circles_or_taken_without_them);
    suite_add_tcase(s, t);
    return suite_main(s);
}
