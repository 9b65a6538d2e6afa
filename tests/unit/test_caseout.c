/* A map as a CASE package and back; the sample packages of ../shared where at hand. */
#include "engine/mapdiff.h"
#include "engine/mapdoc.h"
#include "file/casewrite.h"
#include "learn/casemap.h"
#include "learn/caseout.h"
#include "support/algebra.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <stdio.h>
#include <unistd.h>

#define NOW ((int64_t)1795000000 * 1000)

static struct arena *a;
static struct caseout out;

static void setup(void)
{
    a = arena_new((size_t)512 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static const struct skill_map *take(struct str text, const struct skill_map *before)
{
    struct err e = {0};
    static struct casemap_plan plan;
    struct casemap_opt opt = {.now_ms = NOW};
    struct case_package *p = case_read(a, text, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    ck_assert_msg(p->faults_n == 0, "%.*s %.*s", STR_ARG(p->faults[0].path),
                  STR_ARG(p->faults[0].text));
    ck_assert_msg(casemap_plan(a, p, before, &opt, &plan, &e) == 0, "%s", e.text);
    return plan.map;
}

static const struct skill_map *parse(const char *text)
{
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(a, str_c(text), NULL, &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    return m;
}

static void same(const struct skill_map *x, const struct skill_map *y, const char *what)
{
    struct mapdiff d;
    mapdiff_work(a, x, y, &d);
    for (size_t i = 0; i < d.n && i < 5; i++)
        printf("  %s: %s %.*s %.*s\n", what, mapdiff_kind_name(d.rows[i].kind),
               STR_ARG(d.rows[i].about), STR_ARG(mapdiff_text(a, &d.rows[i])));
    ck_assert_msg(d.n == 0, "%s: %zu differences", what, d.n);
}

#define HEAD "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"Tea\","

static const char two_units[] = HEAD
    "\"skills\":[{\"code\":\"A\",\"title\":\"Water\",\"unit\":\"First\"},"
    "{\"code\":\"B\",\"title\":\"Leaves\",\"unit\":\"Inner\",\"hard\":[\"A\"],"
    "\"titles\":{\"es\":\"Hojas\"}},"
    "{\"code\":\"C\",\"title\":\"Cup\",\"unit\":\"First\",\"soft\":[\"B\"],"
    "\"standard\":\"T.9\"},"
    "{\"code\":\"D\",\"title\":\"Milk\",\"unit\":\"Tea\",\"replaces\":[\"M1\",\"M2\"],"
    "\"any\":[[\"A\",\"B\"]]}]}";

static size_t links(enum case_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < out.package->links_n; i++)
        n += out.package->links[i].kind == kind;
    return n;
}

/* Codes, titles, units, their order and what locks come back; what CASE has no words for
 * is said. */
START_TEST(a_map_of_our_own_goes_out_and_comes_back)
{
    const struct skill_map *m = parse(two_units);
    struct str text = caseout_write(a, m, NOW, &out);
    ck_assert_uint_eq(out.notes_n, 1);
    ck_assert_uint_ne(str_find(out.notes[0], STR("of which one suffices"), 0), SIZE_MAX);
    ck_assert(links(CASE_PRECEDES) == 1 && links(CASE_RELATED) == 3);
    ck_assert(links(CASE_TRANSLATION) == 1 && links(CASE_REPLACED) == 2);
    const struct skill_map *n = take(text, NULL);
    ck_assert_uint_eq(n->skill_n, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert(str_eq(m->skills[i].code, n->skills[i].code));
        ck_assert(str_eq(m->skills[i].title, n->skills[i].title));
        ck_assert_msg(str_eq(m->skills[i].unit, n->skills[i].unit), "%.*s",
                      STR_ARG(n->skills[i].unit));
    }
    ck_assert(n->skills[1].needs[0].hard && n->skills[1].needs[0].skill == 0);
    ck_assert(!n->skills[3].needs[0].hard);
    ck_assert(str_is(js_text(js_get(n->skills[1].source, "labels"), "es"), "Hojas"));
    ck_assert_uint_eq(n->skills[3].replaces_n, 2);
    /* From now on it is a map of a framework: nothing is lost any more. */
    same(n, take(caseout_write(a, n, NOW, &out), NULL), "twice");
    ck_assert(str_eq(text, caseout_write(a, m, NOW, &out)));
}
END_TEST

/* A newer version of our own map, given to somebody who has the older one: what it
 * replaces is known by the same identifiers. */
START_TEST(a_newer_version_replaces_over_there)
{
    const struct skill_map *one =
        parse(HEAD "\"skills\":[{\"code\":\"A\",\"title\":\"Water\",\"unit\":\"U\"},{"
                   "\"code\":\"B\",\"title\":\"Tea\",\"unit\":\"U\",\"hard\":[\"A\"]}]}");
    const struct skill_map *two = parse(
        HEAD "\"skills\":[{\"code\":\"A2\",\"title\":\"Hot water\",\"unit\":\"U\","
             "\"replaces\":[\"A\"]},{\"code\":\"B\",\"title\":\"Tea\",\"unit\":\"U\","
             "\"hard\":[\"A2\"]}]}");
    const struct skill_map *there = take(caseout_write(a, one, NOW, &out), NULL);
    const struct skill_map *then = take(caseout_write(a, two, NOW, &out), there);
    int32_t heir;
    ck_assert_uint_eq(then->skill_n, 2);
    ck_assert_uint_eq(skill_heirs(then, STR("A"), &heir, 1), 1);
    ck_assert(str_is(then->skills[heir].code, "A2"));
}
END_TEST

START_TEST(identifiers_are_uuids_and_always_the_same)
{
    struct str id = casewrite_uuid(a, STR("tea"));
    ck_assert(casewrite_is_uuid(id) && str_eq(id, casewrite_uuid(a, STR("tea"))));
    ck_assert(!str_eq(id, casewrite_uuid(a, STR("Tea"))));
    ck_assert(id.p[14] == '8' && id.p[19] == 'a');
    ck_assert(!casewrite_is_uuid(STR("tea")) && !casewrite_is_uuid(STR_EMPTY));
    ck_assert(!casewrite_is_uuid(STR("d0000000-0000-0000-0000-00000000000g")));
}
END_TEST

/* Random maps: what comes back is a map of a framework, and stays the same from then. */
START_TEST(random_maps_are_stable_after_one_turn)
{
    uint64_t seed = 12;
    for (int round = 0; round < 100; round++) {
        char what[64];
        const struct skill_map *m = mapmake_random(a, &seed);
        const struct skill_map *n = take(caseout_write(a, m, NOW, &out), NULL);
        snprintf(what, sizeof what, "seed 12, round %d", round);
        ck_assert_uint_eq(m->skill_n, n->skill_n);
        same(n, take(caseout_write(a, n, NOW, &out), NULL), what);
        arena_reset(a);
    }
}
END_TEST

#define SAMPLES "../shared/data/maps/case_samples/"

/* Import, export, import: the same map, and of the package every item that is a skill or
 * holds one, and every link of a kind that is used between such items. */
START_TEST(sample_packages_come_back)
{
    static const char *const files[] = {
        "MarkdownFramework.json",
        "Ordering.json",
        "SequenceNumberFramework.json",
        "SmartLevelFramework.json",
        "Utf8TestFramework.json",
        "opensalt-framework-20c5134f-423d-4097-a971-3dd5152bf507.json"};
    static const enum case_kind kinds[] = {CASE_PRECEDES, CASE_RELATED, CASE_EXACT};
    if (access(SAMPLES, R_OK) != 0) {
        printf("SKIPPED sample_packages_come_back: " SAMPLES " is not here\n");
        return;
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct str path = str_fmt(a, SAMPLES "%s", files[i]);
        struct str given = algebra_file(a, path.p);
        struct err e = {0};
        const struct skill_map *m = take(given, NULL);
        struct str text = caseout_write(a, m, NOW, &out);
        same(m, take(text, NULL), files[i]);
        same(m, take(text, m), files[i]);
        struct case_package *p = case_read(a, given, &e);
        ck_assert(str_eq(p->id, out.package->id) && str_eq(p->title, out.package->title));
        ck_assert(str_eq(p->creator, out.package->creator));
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            size_t was = 0;
            for (size_t x = 0; x < p->links_n; x++) {
                int32_t at = p->links[x].from;
                was += p->links[x].kind == kinds[k] && at >= 0 &&
                       skill_find(m, p->items[at].coding) >= 0 &&
                       (kinds[k] == CASE_EXACT ||
                        (p->links[x].to >= 0 &&
                         skill_find(m, p->items[p->links[x].to].coding) >= 0));
            }
            ck_assert_msg(was == links(kinds[k]), "%s, kind %d: %zu and %zu", files[i],
                          (int)kinds[k], was, links(kinds[k]));
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("caseout");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_map_of_our_own_goes_out_and_comes_back);
    tcase_add_test(t, a_newer_version_replaces_over_there);
    tcase_add_test(t, identifiers_are_uuids_and_always_the_same);
    tcase_add_test(t, random_maps_are_stable_after_one_turn);
    tcase_add_test(t, sample_packages_come_back);
    suite_add_tcase(s, t);
    return suite_main(s);
}
