/* A framework as a skill map: what becomes of its tree, its links and its newer versions.
 * All frameworks here are invented. */
#include "engine/mapdoc.h"
#include "engine/unlock.h"
#include "learn/casemap.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static struct arena *a;
static struct buf text; /* of the package that is being made */
static int items, links;
static struct casemap_plan plan;

static void setup(void)
{
    a = arena_new((size_t)2048 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static void begin(void)
{
    items = links = 0;
    buf_init(&text, a, 1 << 16);
    buf_c(&text, "{\"CFDocument\":{\"identifier\":\"doc\",\"title\":\"Invented Maths\","
                 "\"creator\":\"Nobody\",\"language\":\"en\"},\"CFItems\":[");
}

static void item(const char *id, const char *coding, const char *more)
{
    buf_fmt(&text,
            "%s{\"identifier\":\"%s\",\"humanCodingScheme\":\"%s\",\"fullStatement\":"
            "\"Statement of %s\",\"uri\":\"https://case.example/%s\"%s}",
            items++ > 0 ? "," : "", id, coding, id, id, more);
}

static void join(const char *kind, const char *from, const char *to)
{
    buf_fmt(
        &text,
        "%s{\"associationType\":\"%s\",\"originNodeURI\":{\"identifier\":\"%s\"},"
        "\"destinationNodeURI\":{\"identifier\":\"%s\",\"uri\":\"https://case.example/"
        "%s\"},\"sequenceNumber\":%d}",
        links > 0 ? "," : "],\"CFAssociations\":[", kind, from, to, to, links + 1);
    links++;
}

static const struct case_package *done(void)
{
    struct err e = {0};
    buf_c(&text, "]}");
    struct case_package *p = case_read(a, buf_view(&text), &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    ck_assert_uint_eq(p->left_out_n, 0);
    return p;
}

static const struct skill_map *make(const struct case_package *p,
                                    const struct skill_map *before)
{
    struct err e = {0};
    struct casemap_opt opt = {.now_ms = (int64_t)1795000000 * 1000}; /* November 2026 */
    ck_assert_msg(casemap_plan(a, p, before, &opt, &plan, &e) == 0, "%s", e.text);
    return plan.map;
}

static const struct skill *skill(const char *code)
{
    int32_t ord = skill_find(plan.map, str_c(code));
    ck_assert_msg(ord >= 0, "no skill %s", code);
    return &plan.map->skills[ord];
}

static bool needs(const char *code, const char *on, bool hard)
{
    const struct skill *s = skill(code);
    for (size_t i = 0; i < s->need_n; i++)
        if (str_is(plan.map->skills[s->needs[i].skill].code, on))
            return s->needs[i].hard == hard;
    return false;
}

static bool told(enum casemap_kind kind, const char *code, const char *part)
{
    for (size_t i = 0; i < plan.changes_n; i++)
        if (plan.changes[i].kind == kind && str_is(plan.changes[i].code, code) &&
            str_find(plan.changes[i].text, str_c(part), 0) != SIZE_MAX)
            return true;
    return false;
}

/* Two groups of two skills each, and what else a framework may say. */
static void small(void)
{
    begin();
    item("g2", "N", ",\"abbreviatedStatement\":\"Numbers\"");
    item("g1", "F", ",\"abbreviatedStatement\":\"Fractions\"");
    item("f1", "F.1", ",\"educationLevel\":[\"03\"],\"CFItemType\":\"Standard\"");
    item("f2", "F 2", "");
    item("n1", "N.1", "");
    item("n2", "N.2", ",\"statusEndDate\":\"2020-01-01\"");
    item("es", "", ",\"language\":\"es\"");
    item("lv", "", ",\"abbreviatedStatement\":\"Level 2\"");
    join("isChildOf", "g1", "doc");
    join("isChildOf", "g2", "doc");
    join("isChildOf", "f2", "g1");
    join("isChildOf", "f1", "g1");
    join("isChildOf", "n1", "g2");
    join("isChildOf", "n2", "g2");
    join("isTranslationOf", "es", "f1");
    join("hasSkillLevel", "f1", "lv");
    join("precedes", "f1", "n1");
    join("isRelatedTo", "n1", "f2");
    join("exactMatchOf", "f1", "elsewhere");
    join("precedes", "f1", "not-here");
}

START_TEST(tree_links_and_words)
{
    small();
    const struct skill_map *m = make(done(), NULL);
    ck_assert_uint_eq(m->skill_n, 3);
    ck_assert(str_is(m->title, "Invented Maths"));
    ck_assert(str_is(m->code, "invented-maths"));
    ck_assert(str_is(m->skills[0].code, "F-2")); /* as sequenceNumber says */
    ck_assert(str_is(m->skills[0].unit, "Fractions"));
    ck_assert(str_is(m->skills[2].unit, "Numbers"));
    ck_assert(needs("N.1", "F.1", true));
    ck_assert(needs("N.1", "F-2", false)); /* merely related: in the order of the rest */
    ck_assert_uint_eq(plan.outside_n, 1);
    ck_assert_uint_eq(plan.counts[CASEMAP_NEW], 3);
    struct js *source = skill("F.1")->source;
    ck_assert(str_is(js_text(source, "id"), "f1"));
    ck_assert(str_is(js_text(source, "uri"), "https://case.example/f1"));
    ck_assert(str_is(js_text(source, "type"), "Standard"));
    ck_assert(str_is(js_text(source, "level"), "Level 2"));
    ck_assert(str_is(js_text(js_get(source, "labels"), "es"), "Statement of es"));
    struct str match;
    ck_assert(js_str(js_at(js_get(source, "matches"), 0), &match));
    ck_assert(str_is(match, "https://case.example/elsewhere"));
    ck_assert(str_is(skill("F.1")->standard, "F.1"));
    ck_assert(!plan.same);
}
END_TEST

START_TEST(the_same_package_again_changes_nothing)
{
    small();
    const struct case_package *p = done();
    const struct skill_map *m = make(p, NULL);
    make(p, m);
    ck_assert(plan.same);
    ck_assert_uint_eq(plan.changes_n, 0);
    ck_assert_uint_eq(plan.hard_added + plan.soft_added, 0);
}
END_TEST

START_TEST(a_circle_is_named_and_left_open)
{
    begin();
    item("a", "A", "");
    item("b", "B", "");
    item("c", "C", "");
    join("precedes", "a", "b");
    join("precedes", "b", "c");
    join("precedes", "c", "a");
    make(done(), NULL);
    ck_assert_uint_eq(plan.counts[CASEMAP_LEFT_OUT], 1);
    ck_assert(told(CASEMAP_LEFT_OUT, "A", "C before A"));
    ck_assert(told(CASEMAP_LEFT_OUT, "A", "A > B > C > A"));
    ck_assert(needs("C", "B", true) && needs("B", "A", true));
}
END_TEST

/* The map of `small`, with an activity for F.1 and a title that a person wrote. */
static const struct skill_map *in_force(void)
{
    small();
    struct skill_map m = *make(done(), NULL);
    struct skill_tell *t = ARENA_NEW(a, struct skill_tell);
    *t = (struct skill_tell){.skill = skill_find(&m, STR("F.1")), .weight = 1};
    struct skill_rule *r = ARENA_NEW(a, struct skill_rule);
    *r = (struct skill_rule){.title = STR("Quiz 1"), .tells = t, .tell_n = 1};
    m.rules = r;
    m.rule_n = 1;
    struct skill_need *n = ARENA_NEW(a, struct skill_need);
    *n = (struct skill_need){.skill = t->skill, .hard = true, .level = SKILL_MASTERED};
    struct unlock_rule *u = ARENA_NEW(a, struct unlock_rule);
    *u = (struct unlock_rule){.code = STR("extra"),
                              .of = UNLOCK_UNIT,
                              .name = STR("Numbers"),
                              .needs = n,
                              .need_n = 1,
                              .rows.skill = -1};
    struct unlock_rules *all = ARENA_NEW(a, struct unlock_rules);
    *all = (struct unlock_rules){.v = u, .n = 1};
    m.unlock = all;
    m.skills[skill_find(&m, STR("N.1"))].title = STR("Our own words");
    return mapdoc_parse(a, mapdoc_write(a, &m), NULL, NULL);
}

START_TEST(a_newer_package_moves_what_was_replaced)
{
    const struct skill_map *before = in_force();
    begin(); /* f1 is replaced by g, f2 ended, n1 has other words, x is new */
    item("f1", "F.1", ",\"statusEndDate\":\"2026-01-01\"");
    item("g", "F.1", "");
    item("f2", "F 2", ",\"statusEndDate\":\"2026-01-01\"");
    item("n1", "N.1", ",\"abbreviatedStatement\":\"Newer words\"");
    item("x", "X.1", "");
    join("replacedBy", "f1", "g");
    join("precedes", "n1", "x");
    make(done(), before);
    /* The one that replaces it, and has its coding, takes over its code as well. */
    ck_assert(str_is(js_text(skill("F.1")->source, "id"), "g"));
    ck_assert(told(CASEMAP_REPLACED, "F.1", "F.1"));
    ck_assert(told(CASEMAP_ENDED, "F-2", "2026-01-01"));
    ck_assert(told(CASEMAP_CHANGED, "N.1", "Newer words"));
    ck_assert(told(CASEMAP_NEW, "X.1", "Statement of x"));
    ck_assert(str_is(skill("N.1")->title, "Our own words"));
    ck_assert(needs("N.1", "F.1", true));
    ck_assert(needs("X.1", "N.1", true));
    ck_assert_uint_eq(plan.map->rule_n, 1);
    ck_assert(plan.map->rules[0].tells[0].skill == skill_find(plan.map, STR("F.1")));
}
END_TEST

/* The coding of a replaced item may go to another one. The code may not: what was learnt
 * under it is not about that. */
START_TEST(a_coding_that_is_used_again)
{
    const struct skill_map *before = in_force();
    begin();
    item("f1", "F.1", "");
    item("g", "G.1", "");
    item("unlike", "F.1", "");
    join("replacedBy", "f1", "g");
    make(done(), before);
    int32_t heir;
    ck_assert_uint_eq(skill_heirs(plan.map, STR("F.1"), &heir, 1), 1);
    ck_assert(str_is(plan.map->skills[heir].code, "G.1"));
    ck_assert(str_is(js_text(skill("F.1-unlike")->source, "id"), "unlike"));
}
END_TEST

START_TEST(a_split_hands_on_to_both)
{
    const struct skill_map *before = in_force();
    begin();
    item("f1", "F.1", "");
    item("p", "F.1a", "");
    item("q", "F.1b", "");
    join("replacedBy", "f1", "p");
    join("replacedBy", "f1", "q");
    make(done(), before);
    int32_t heirs[4];
    ck_assert_uint_eq(skill_heirs(plan.map, STR("F.1"), heirs, 4), 2);
    ck_assert(needs("N.1", "F.1a", true) && needs("N.1", "F.1b", true));
    ck_assert_uint_eq(plan.map->rules[0].tell_n, 2);
    const struct unlock_rule *rule = &plan.map->unlock->v[0];
    ck_assert(rule->need_n == 2 && rule->needs[0].skill == heirs[0] &&
              rule->needs[1].skill == heirs[1]);
    ck_assert(told(CASEMAP_GONE, "N.1", "not in the framework"));
    /* And what comes after may not take the old code: it stands for both. */
    const struct skill_map *then = plan.map;
    begin();
    item("z", "F.1", "");
    make(done(), then);
    ck_assert_int_eq(skill_find(plan.map, STR("F.1")), -1);
    ck_assert_uint_eq(skill_heirs(plan.map, STR("F.1"), heirs, 4), 2);
    (void)skill("F.1-z");
}
END_TEST

START_TEST(an_exact_match_is_not_added_twice)
{
    const struct skill_map *before = in_force();
    begin();
    item("other", "ZZ.9", "");
    join("exactMatchOf", "other", "f1");
    make(done(), before);
    ck_assert_uint_eq(plan.map->skill_n, before->skill_n);
    ck_assert(told(CASEMAP_MATCHED, "F.1", "ZZ.9"));
    ck_assert_uint_ne(str_find(plan.document, STR("case.example/other"), 0), SIZE_MAX);
    ck_assert(!plan.same);
}
END_TEST

START_TEST(parts_and_levels)
{
    small();
    const struct case_package *p = done();
    struct err e = {0};
    const struct str codes[] = {STR("f"), STR("n1")};
    struct casemap_opt opt = {.codes = codes, .codes_n = 1};
    ck_assert_int_eq(casemap_plan(a, p, NULL, &opt, &plan, &e), 0);
    ck_assert_uint_eq(plan.map->skill_n, 2);
    opt.codes_n = 2;
    opt.unit_level = 2;
    ck_assert_int_eq(casemap_plan(a, p, NULL, &opt, &plan, &e), 0);
    ck_assert_uint_eq(plan.map->skill_n, 3);
    ck_assert(str_is(skill("N.1")->unit, "Numbers"));
    const struct str none[] = {STR("K.7")};
    opt = (struct casemap_opt){.codes = none, .codes_n = 1};
    ck_assert_int_eq(casemap_plan(a, p, NULL, &opt, &plan, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(e.text, "K.7"));
}
END_TEST

/* Units a, b under tops A, B: with level 1 the tops are the units, and two groups of one
 * name are told apart. */
START_TEST(units_by_level)
{
    begin();
    item("A", "A", "");
    item("B", "B", "");
    item("a", "A.a", ",\"abbreviatedStatement\":\"Same\"");
    item("b", "B.b", ",\"abbreviatedStatement\":\"Same\"");
    item("s", "S", "");
    item("t", "T", "");
    join("isChildOf", "a", "A");
    join("isChildOf", "b", "B");
    join("isChildOf", "s", "a");
    join("isChildOf", "t", "b");
    const struct case_package *p = done();
    make(p, NULL);
    ck_assert(str_is(skill("S")->unit, "Same"));
    ck_assert(str_is(skill("T")->unit, "Same (B.b)"));
    struct casemap_opt opt = {.unit_level = 1};
    ck_assert_int_eq(casemap_plan(a, p, NULL, &opt, &plan, NULL), 0);
    ck_assert(str_is(skill("S")->unit, "Statement of A"));
}
END_TEST

START_TEST(odd_trees_do_not_hang)
{
    begin();
    item("a", "A", "");
    item("b", "A", "");
    item("c", "", "");
    join("isChildOf", "a", "b");
    join("isChildOf", "b", "a");
    join("replacedBy", "b", "c");
    join("replacedBy", "c", "b");
    make(done(), NULL);
    ck_assert(told(CASEMAP_NOTE, "", "under itself"));
}
END_TEST

static void many(int leaves)
{
    char id[32], code[32], group[32], more[64];
    begin();
    for (int i = 0; i < leaves / 25; i++) {
        snprintf(id, sizeof id, "group-%d", i);
        snprintf(code, sizeof code, "G.%d", i);
        item(id, code, "");
    }
    for (int i = 0; i < leaves; i++) {
        snprintf(id, sizeof id, "0000-leaf-%d", i);
        snprintf(code, sizeof code, "G.%d.%d", i / 25, i % 25);
        snprintf(more, sizeof more, ",\"educationLevel\":[\"%02d\"]", i % 12);
        item(id, code, more);
    }
    for (int i = 0; i < leaves; i++) {
        snprintf(id, sizeof id, "0000-leaf-%d", i);
        snprintf(group, sizeof group, "group-%d", i / 25);
        join("isChildOf", id, group);
        snprintf(group, sizeof group, "0000-leaf-%d", i > 0 ? i - 1 : leaves - 1);
        join("precedes", group, id);
    }
}

START_TEST(five_thousand_items)
{
    many(4800); /* and 192 groups, and a circle through all of them */
    const struct case_package *p = done();
    ck_assert_uint_eq(p->items_n, 4992);
    const struct skill_map *m = make(p, NULL);
    ck_assert_uint_eq(m->skill_n, 4800);
    ck_assert_uint_eq(plan.counts[CASEMAP_LEFT_OUT], 1);
    make(p, m);
    ck_assert(plan.same);
}
END_TEST

START_TEST(more_skills_than_a_map_holds)
{
    struct err e = {0};
    struct casemap_opt opt = {0};
    many(5025);
    ck_assert_int_eq(casemap_plan(a, done(), NULL, &opt, &plan, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(e.text, "choose parts"));
}
END_TEST

/* Any links among some items: a map comes out that can be read, a second import of the
 * same changes nothing, and one of another goes on top. */
START_TEST(random_frameworks)
{
    static const char *const kinds[] = {"isChildOf",     "isPartOf",        "precedes",
                                        "isRelatedTo",   "exactMatchOf",    "replacedBy",
                                        "hasSkillLevel", "isTranslationOf", "precedes"};
    uint64_t seed = (uint64_t)_i + 1;
    const struct skill_map *before = NULL;
    for (int round = 0; round < 3; round++) {
        char from[16], to[16], code[16];
        int n = 2 + mapmake_below(&seed, 30);
        begin();
        for (int i = 0; i < n; i++) {
            snprintf(from, sizeof from, "i%d", i);
            snprintf(code, sizeof code, "K.%d", mapmake_below(&seed, n));
            item(from, code,
                 mapmake_below(&seed, 8) == 0 ? ",\"statusEndDate\":\"2020-01-01\"" : "");
        }
        for (int i = 0; i < 3 * n; i++) {
            int x = mapmake_below(&seed, n), y = mapmake_below(&seed, n);
            snprintf(from, sizeof from, "i%d", x);
            snprintf(to, sizeof to, "i%d", y == x ? (x + 1) % n : y);
            join(kinds[mapmake_below(&seed, 9)], from, to);
        }
        struct err e = {0};
        struct casemap_opt opt = {.now_ms = (int64_t)1795000000 * 1000};
        const struct case_package *p = done();
        int rc = casemap_plan(a, p, before, &opt, &plan, &e);
        if (rc != 0) {
            ck_assert_msg(e.code == ERR_INPUT && strstr(e.text, "nothing") != NULL, "%s",
                          e.text);
            continue;
        }
        before = plan.map;
        ck_assert_int_eq(casemap_plan(a, p, before, &opt, &plan, &e), 0);
        ck_assert(plan.same);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("casemap");
    TCase *c = tcase_create("casemap");
    tcase_set_timeout(c, 300);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, tree_links_and_words);
    tcase_add_test(c, the_same_package_again_changes_nothing);
    tcase_add_test(c, a_circle_is_named_and_left_open);
    tcase_add_test(c, a_newer_package_moves_what_was_replaced);
    tcase_add_test(c, a_coding_that_is_used_again);
    tcase_add_test(c, a_split_hands_on_to_both);
    tcase_add_test(c, an_exact_match_is_not_added_twice);
    tcase_add_test(c, parts_and_levels);
    tcase_add_test(c, units_by_level);
    tcase_add_test(c, odd_trees_do_not_hang);
    tcase_add_test(c, five_thousand_items);
    tcase_add_test(c, more_skills_than_a_map_holds);
    tcase_add_loop_test(c, random_frameworks, 0, 200);
    suite_add_tcase(s, c);
    return suite_main(s);
}
