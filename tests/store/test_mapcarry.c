/* A skill that a newer map replaces: what was learnt, opened and decided goes with it. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "engine/mapdoc.h"
#include "learn/casemap.h"
#include "learn/mapfile.h"
#include "learn/ties.h"
#include "store/mapstore.h"

#include <stdio.h>
#include <string.h>

/* Every `from` in `text` as `to`. */
static struct str swap_text(struct arena *a, struct str text, const char *from,
                            const char *to)
{
    struct buf b;
    size_t at = 0, hit;
    buf_init(&b, a, text.n + 256);
    while ((hit = str_find(text, str_c(from), at)) != SIZE_MAX) {
        buf_str(&b, str_sub(text, at, hit));
        buf_c(&b, to);
        at = hit + strlen(from);
    }
    buf_str(&b, str_sub(text, at, text.n));
    return buf_view(&b);
}

/* The kit's map with skill A called A2, and no rule for the activity "Check A". */
static struct str renamed(struct arena *a, const char *replaces)
{
    struct str m = swap_text(a, str_c(kit_map), "\"A\"", "\"A2\"");
    m = swap_text(
        a, m, "{\"title\":\"Check A\",\"tells\":[{\"skill\":\"A2\",\"weight\":1}]},", "");
    struct str from = STR("\"title\":\"Skill A\",");
    return swap_text(a, m, from.p, replaces);
}

static struct mapfile_result put(struct learn *l, struct str document)
{
    struct mapfile_result r;
    struct err e = {0};
    kit_must(mapfile_publish(l, document, 0, &r, &e), &e);
    ck_assert_msg(r.ok, "%.*s", r.problems_n ? (int)r.problems[0].n : 0,
                  r.problems_n ? r.problems[0].p : "");
    kit_jobs(l);
    return r;
}

/* A is mastered by three answers on three days, which opens B. */
static void master_a(struct testdb *t, struct learn *l)
{
    int64_t at = t->now_ms - 5 * KIT_DAY;
    struct evidence_in rows[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = kit_answer(l, KIT_PERSON, "A",
                             i == 0   ? "1"
                             : i == 1 ? "2"
                             : i == 2 ? "3"
                                      : "4",
                             1, at + i * KIT_DAY);
        rows[i].item = STR_EMPTY;
        rows[i].kind = EVIDENCE_ATTEMPT;
    }
    kit_take(l, rows, 4);
    struct evidence_in said = {.person_id = KIT_PERSON,
                               .item = STR("E"),
                               .kind = EVIDENCE_JUDGEMENT,
                               .has_score = true,
                               .score = 1,
                               .has_maximum = true,
                               .maximum = 1,
                               .observed_ms = at,
                               .source_kind = STR("teacher"),
                               .source_key = STR("judgement:1"),
                               .actor = STR("person:900")};
    kit_take(l, &said, 1);
    t->now_ms += KIT_DAY / 24; /* a grant counts for the runs after its own */
}

static int64_t shows_of(struct testdb *t, const char *skill)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT evidence_n FROM state_skill WHERE skill_code = '%s'", skill);
    return testdb_number(t, sql);
}

static int64_t ready(struct testdb *t, const char *skill)
{
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT ready FROM state_ready WHERE skill_code = '%s'",
             skill);
    return testdb_number(t, sql);
}

static void moves(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    master_a(t, &l);
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "A"), "mastered"));
    ck_assert_int_eq(shows_of(t, "E"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM unlock_grant WHERE "
                                      "skill_code = 'B'"),
                     1);
    testdb_sql(t,
               "DELETE FROM decision;\n"
               "INSERT INTO decision (tenant_id, decision_id, course_id, person_id, "
               "by_person_id, kind, subject, facts, at_ms) VALUES (7, 1, 70, 700, 900, "
               "'close', 'E', '{}', 1);\n");
    /* Version 2: A2 in place of A, E2 in place of E. */
    struct str doc = renamed(t->a, "\"title\":\"Skill A\",\"replaces\":[\"A\"],");
    doc = swap_text(t->a, doc, "\"E\"", "\"E2\"");
    doc = swap_text(t->a, doc, "\"title\":\"Skill E\"",
                    "\"title\":\"Skill E\",\"replaces\":[\"E\"]");
    ck_assert_int_eq(put(&l, doc).version, 2);
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "A2"), "mastered"));
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "A"), "?"));
    ck_assert_int_eq(shows_of(t, "A2"), 4);
    ck_assert_int_eq(shows_of(t, "E2"), 1); /* a judgement names the skill itself */
    ck_assert_int_eq(ready(t, "E2"), 0);    /* so does a decision */
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM evidence"), 5);
    kit_replay(&l);
    /* The same again without saying what it replaces: known, so nothing new. */
    doc = swap_text(t->a, doc, "\"replaces\":[\"A\"],", "");
    ck_assert(put(&l, doc).unchanged);
    /* Version 3 drops A2 and splits it: both parts have what A and A2 had. */
    doc = swap_text(t->a, doc, "\"A2\"", "\"A3\"");
    doc = swap_text(t->a, doc, "\"title\":\"Skill A\",",
                    "\"title\":\"Skill A3\",\"replaces\":[\"A2\"],");
    doc = swap_text(t->a, doc, "{\"code\":\"B\"",
                    "{\"code\":\"A4\",\"title\":\"Skill A4\",\"unit\":\"One\","
                    "\"replaces\":[\"A2\"]},{\"code\":\"B\"");
    ck_assert_int_eq(put(&l, doc).version, 3);
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "A3"), "mastered"));
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "A4"), "mastered"));
    kit_replay(&l);
    /* Version 4: B2 in place of B needs what is not mastered. B was open: B2 is. */
    doc =
        swap_text(t->a, doc, "{\"code\":\"B\"", "{\"code\":\"B2\",\"replaces\":[\"B\"]");
    doc = swap_text(t->a, doc, "[\"B\",\"C\"]", "[\"B2\",\"C\"]");
    doc = swap_text(t->a, doc, "\"hard\":[\"B\"]", "\"hard\":[\"B2\"]");
    doc = swap_text(t->a, doc, "\"skill\":\"B\"", "\"skill\":\"B2\"");
    doc = swap_text(t->a, doc, "\"hard\":[\"A3\"]", "\"hard\":[\"E2\"]");
    t->now_ms += KIT_DAY / 24;
    ck_assert_int_eq(put(&l, doc).version, 4);
    ck_assert(!str_is(kit_word(&l, KIT_PERSON, "E2"), "mastered"));
    ck_assert_int_eq(ready(t, "B2"), 1);
    ck_assert_int_eq(ready(t, "C"), 0);
    kit_replay(&l);
}

START_TEST(evidence_moves_to_what_replaces_a_skill)
{
    testdb_each(moves);
}
END_TEST

/* The older way: version 1 said beforehand by what A will be replaced. */
static void foretold(struct testdb *t)
{
    struct learn l;
    struct map_row row;
    struct err e = {0};
    kit_course(t, &l, 1);
    (void)put(&l, swap_text(t->a, str_c(kit_map), "\"title\":\"Skill A\",",
                            "\"title\":\"Skill A\",\"replaced_by\":\"A2\","));
    master_a(t, &l);
    (void)put(&l, renamed(t->a, "\"title\":\"Skill A\","));
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "A2"), "mastered"));
    kit_must(mapstore_current(t->db, t->a, KIT_TENANT, KIT_COURSE, &row, &e), &e);
    ck_assert_uint_ne(str_find(row.document, STR("\"replaces\":[\"A\"]"), 0), SIZE_MAX);
    kit_replay(&l);
}

START_TEST(a_map_may_say_beforehand_what_will_replace_a_skill)
{
    testdb_each(foretold);
}
END_TEST

/* A skill that is gone without a word takes its evidence along into the ledger alone. */
static void gone(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    master_a(t, &l);
    (void)put(&l, renamed(t->a, "\"title\":\"Skill A\","));
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "A2"), "none"));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM evidence"), 5);
    kit_replay(&l);
}

START_TEST(without_a_word_nothing_moves)
{
    testdb_each(gone);
}
END_TEST

/* A framework from outside, a teacher who ties a quiz to one of its skills, and a newer
 * package that replaces it (invented). */
#define PACKAGE(items, links)                                                            \
    "{\"CFDocument\":{\"identifier\":\"d\",\"title\":\"Invented\"},\"CFItems\":[" items  \
    "],\"CFAssociations\":[" links "]}"
#define ITEM(id, code)                                                                   \
    "{\"identifier\":\"" id "\",\"humanCodingScheme\":\"" code                           \
    "\",\"fullStatement\":\"Does " id "\"}"
#define LINK(kind, from, to)                                                             \
    "{\"associationType\":\"" kind "\",\"originNodeURI\":{\"identifier\":\"" from        \
    "\"},\"destinationNodeURI\":{\"identifier\":\"" to "\"}}"

static void put_package(struct learn *l, const char *text)
{
    struct err e = {0};
    struct str document;
    struct casemap_plan plan;
    const struct casemap_opt opt = {.now_ms = env_now_ms(l->env)};
    const struct skill_map *before = NULL;
    const struct case_package *p = case_read(l->a, str_c(text), &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    if (mapfile_export(l, &document, &e) == 1)
        before = mapdoc_parse(l->a, document, NULL, &e);
    kit_must(casemap_plan(l->a, p, before, &opt, &plan, &e), &e);
    (void)put(l, plan.document);
}

static void framework(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct ties_result said;
    kit_course(t, &l, 1);
    put_package(&l, PACKAGE(ITEM("i1", "N.1") "," ITEM("i2", "N.2"),
                            LINK("precedes", "i1", "i2")));
    const struct ties_say say = {.key = {.activity_id = kit_activity(&l, "A"),
                                         .item = STR_EMPTY,
                                         .skill_code = STR("N.1")},
                                 .word = {.said = true, .tells = true, .weight = 1}};
    kit_must(ties_say(&l, KIT_TEACHER, &say, 1, &said, &e), &e);
    master_a(t, &l);
    kit_jobs(&l);
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "N.1"), "mastered"));
    put_package(&l,
                PACKAGE(ITEM("i1", "N.1") "," ITEM("i2", "N.2") "," ITEM("i3", "N.1x"),
                        LINK("precedes", "i3", "i2") "," LINK("replacedBy", "i1", "i3")));
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "N.1x"), "mastered"));
    ck_assert(str_is(kit_word(&l, KIT_PERSON, "N.1"), "?"));
    ck_assert_int_eq(testdb_number(t, "SELECT ready FROM state_ready WHERE "
                                      "skill_code = 'N.2'"),
                     1);
    kit_replay(&l);
}

START_TEST(a_newer_framework_moves_evidence_along_replaced_by)
{
    testdb_each(framework);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mapcarry");
    TCase *c = tcase_create("mapcarry");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, evidence_moves_to_what_replaces_a_skill);
    tcase_add_test(c, a_map_may_say_beforehand_what_will_replace_a_skill);
    tcase_add_test(c, without_a_word_nothing_moves);
    tcase_add_test(c, a_newer_framework_moves_evidence_along_replaced_by);
    suite_add_tcase(s, c);
    return suite_main(s);
}
