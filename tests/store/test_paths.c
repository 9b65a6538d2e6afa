/* Paths: where a person is going, by whose word, and what lies before it. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/decide.h"
#include "learn/mapfile.h"
#include "learn/panel.h"
#include "learn/paths.h"

#include <stdio.h>
#include <string.h>

#define PATHS                                                                            \
    "\"levels\":[{\"code\":\"working\",\"title\":\"Working\",\"p\":0.6}],"               \
    "\"paths\":[{\"code\":\"class\",\"title\":\"The class\",\"goals\":[\"C\",\"D\"]},"   \
    "{\"code\":\"nurse\",\"title\":\"Nurse\",\"kind\":\"career\",\"goals\":[\"A\","      \
    "{\"skill\":\"B\",\"level\":\"working\"}]}],\"skills\":["

static struct str with(struct arena *a, const char *from, const char *to)
{
    struct str m = str_c(kit_map);
    size_t at = str_find(m, str_c(from), 0);
    ck_assert_uint_ne(at, SIZE_MAX);
    struct str tail = str_sub(m, at + strlen(from), m.n);
    return str_fmt(a, "%.*s%s%.*s", (int)at, m.p, to, STR_ARG(tail));
}

static struct mapfile_result put(struct learn *l, struct str document, bool ok)
{
    struct mapfile_result r;
    struct err e = {0};
    kit_must(mapfile_publish(l, document, 0, &r, &e), &e);
    ck_assert_msg(r.ok == ok, "%.*s", r.problems_n ? (int)r.problems[0].n : 0,
                  r.problems_n ? r.problems[0].p : "");
    kit_jobs(l);
    return r;
}

static int say(struct learn *l, const char *path, bool by_staff, struct err *e)
{
    struct decide_in in = {.person_id = KIT_PERSON,
                           .by_person_id = by_staff ? KIT_TEACHER : KIT_PERSON,
                           .by_staff = by_staff,
                           .kind = STR("path"),
                           .subject = str_c(path)};
    err_clear(e);
    return decide_add(l, &in, e);
}

/* "CODE CODE", of the chosen path's name first. */
static const char *way(struct learn *l)
{
    struct paths p;
    struct err e = {0};
    struct buf b;
    buf_init(&b, l->a, 64);
    kit_must(paths_read(l, KIT_PERSON, &p, &e), &e);
    for (size_t i = 0; i < p.n; i++)
        if (p.rows[i].chosen)
            buf_fmt(&b, "%.*s%s:", STR_ARG(p.rows[i].code), p.waiting ? "?" : "");
    for (size_t i = 0; i < p.steps_n; i++)
        buf_fmt(&b, " %.*s%s%.*s", STR_ARG(p.steps[i].skill), p.steps[i].to.n ? "@" : "",
                STR_ARG(p.steps[i].to));
    return buf_view(&b).p;
}

/* A is mastered by three answers on three days; B is tried once, right: p above .6. */
static void learn_some(struct testdb *t, struct learn *l)
{
    struct evidence_in rows[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = kit_answer(l, KIT_PERSON, i < 3 ? "A" : "B",
                             i == 1   ? "2"
                             : i == 2 ? "3"
                                      : "1",
                             1, t->now_ms - (5 - i) * KIT_DAY);
        rows[i].item = STR_EMPTY;
        rows[i].kind = EVIDENCE_ATTEMPT;
    }
    kit_take(l, rows, 4);
}

static void chosen(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 2);
    put(&l, with(t->a, "\"targets\":[\"C\",\"D\"],\"skills\":[", PATHS), true);
    ck_assert_str_eq(way(&l), "class: A B C D");
    learn_some(t, &l);
    ck_assert_str_eq(way(&l), "class: B C D");
    /* The same evidence, another route: B is there as far as that asks. */
    kit_must(say(&l, "nurse", false, &e), &e);
    ck_assert_str_eq(way(&l), "nurse?: B C D");
    kit_jobs(&l);
    ck_assert_str_eq(way(&l), "nurse:");
    ck_assert_int_eq(say(&l, "astronaut", false, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    /* The same twice is one; back and forth is not. */
    kit_must(say(&l, "nurse", false, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM decision"), 1);
    kit_must(say(&l, "class", true, &e), &e);
    kit_jobs(&l);
    ck_assert_str_eq(way(&l), "class: B C D");
    t->now_ms += 1000;
    kit_must(say(&l, "nurse", false, &e), &e);
    kit_jobs(&l);
    ck_assert_str_eq(way(&l), "nurse:");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM decision"), 3);
    kit_replay(&l);
    /* A version without that path: everybody's. */
    put(&l, str_c(kit_map), true);
    ck_assert_str_eq(way(&l), " B C D");
    kit_replay(&l);
}

START_TEST(a_path_is_chosen_and_shows_what_is_left)
{
    testdb_each(chosen);
}
END_TEST

/* FEATURES 6: a skill's code changes only when every path goes with it. */
static void renamed(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    put(&l, with(t->a, "\"targets\":[\"C\",\"D\"],\"skills\":[", PATHS), true);
    learn_some(t, &l);
    struct str doc = with(t->a, "\"targets\":[\"C\",\"D\"],\"skills\":[", PATHS);
    struct buf b;
    buf_init(&b, t->a, doc.n + 64);
    size_t paths = str_find(doc, STR("\"skills\":["), 0);
    /* C is C2 now everywhere but in the paths. */
    buf_str(&b, str_sub(doc, 0, paths));
    for (size_t i = paths; i < doc.n; i++) {
        bool code = str_starts(str_sub(doc, i, doc.n), STR("\"C\""));
        if (code && str_starts(str_sub(doc, i - 7, doc.n), STR("\"code\":\"C\"")))
            buf_c(&b, "\"C2\",\"replaces\":[\"C\"]");
        else if (code)
            buf_c(&b, "\"C2\"");
        else
            buf_char(&b, doc.p[i]);
        i += code ? 2 : 0;
    }
    struct mapfile_result r = put(&l, buf_view(&b), false);
    ck_assert_uint_ge(r.problems_n, 1);
    ck_assert_msg(str_find(r.problems[0], STR("paths[0].goals[0]"), 0) != SIZE_MAX &&
                      str_find(r.problems[0], STR("C2"), 0) != SIZE_MAX,
                  "%.*s", STR_ARG(r.problems[0]));
    ck_assert_str_eq(way(&l), "class: B C D");
    /* With the path re-pointed it is taken. */
    struct str fixed = buf_view(&b);
    size_t at = str_find(fixed, STR("\"goals\":[\"C\""), 0);
    put(&l,
        str_fmt(t->a, "%.*s\"goals\":[\"C2\"%.*s", (int)at, fixed.p,
                (int)(fixed.n - at - 12), fixed.p + at + 12),
        true);
    ck_assert_str_eq(way(&l), "class: B C2 D");
    kit_replay(&l);
}

START_TEST(a_code_changes_only_with_every_path)
{
    testdb_each(renamed);
}
END_TEST

/* Titles in the reader's language, where the map has them. */
static void languages(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct panel p;
    struct panel_who who = {.person_id = KIT_PERSON, .by_person_id = KIT_PERSON};
    kit_course(t, &l, 1);
    put(&l,
        with(t->a, "\"title\":\"Skill A\",",
             "\"title\":\"Skill A\",\"titles\":{\"es\":\"Tema A\"},"),
        true);
    static const char *const tags[][2] = {
        {"", "Skill A"}, {"es-MX", "Tema A"}, {"fr", "Skill A"}};
    for (size_t i = 0; i < 3; i++) {
        l.language = str_c(tags[i][0]);
        kit_must(panel_read(&l, &who, &p, &e), &e);
        ck_assert_msg(str_is(p.skills[0].title, tags[i][1]), "%s", tags[i][0]);
        ck_assert(str_is(p.skills[1].title, "Skill B"));
        ck_assert(str_is(p.skills[1].waits[0], tags[i][1]));
    }
}

START_TEST(titles_are_in_the_readers_language)
{
    testdb_each(languages);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("paths");
    TCase *c = tcase_create("paths");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_path_is_chosen_and_shows_what_is_left);
    tcase_add_test(c, a_code_changes_only_with_every_path);
    tcase_add_test(c, titles_are_in_the_readers_language);
    suite_add_tcase(s, c);
    return suite_main(s);
}
