/* What a teacher says outranks the map, survives it, is logged and can be taken back. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/activities.h"
#include "learn/coverage.h"
#include "learn/mapfile.h"
#include "learn/model.h"
#include "learn/ties.h"
#include "store/mapstore.h"

#include <string.h>

#define P KIT_PERSON

static const struct tiechoice_word made_for = {true, true, TIES_MADE_FOR};
static const struct tiechoice_word nothing = {.said = true, .tells = false};

static struct ties_say say(const struct learn *l, const char *activity, const char *item,
                           const char *skill, struct tiechoice_word word)
{
    int64_t id = str_is(str_c(activity), "") ? 0 : kit_activity(l, activity);
    return (struct ties_say){.key = {id, str_c(item), str_c(skill)}, .word = word};
}

static struct ties_result teacher_says(struct learn *l, struct ties_say s)
{
    struct ties_result r;
    struct err e = {0};
    kit_must(ties_say(l, KIT_TEACHER, &s, 1, &r, &e), &e);
    return r;
}

/* The ties of an activity: "SKILL", "ITEM:SKILL", with "!" when a person made it. */
static struct str ties_of(struct learn *l, int64_t activity)
{
    struct map_row m;
    struct map_link *rows;
    size_t n;
    struct err e = {0};
    struct buf b;
    buf_init(&b, l->a, 64);
    ck_assert_int_eq(mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &m, &e),
                     1);
    kit_must(mapstore_links(l->db, l->a, l->tenant_id, m.map_id, &rows, &n, &e), &e);
    for (size_t i = 0; i < n; i++)
        if (rows[i].activity_id == activity)
            buf_fmt(&b, "%s%.*s%s%.*s=%g%s", b.n > 0 ? " " : "", STR_ARG(rows[i].item),
                    rows[i].item.n > 0 ? ":" : "", STR_ARG(rows[i].skill_code),
                    rows[i].weight, rows[i].chosen ? "!" : "");
    return buf_view(&b);
}

static void expect(struct learn *l, const char *activity, const char *ties)
{
    struct str have = ties_of(l, kit_activity(l, activity));
    ck_assert_msg(str_is(have, ties), "%s: %.*s, not %s", activity, STR_ARG(have), ties);
}

static int64_t waiting(struct testdb *t)
{
    return testdb_number(t, "SELECT count(*) FROM job WHERE state = 'ready' AND kind = "
                            "'recompute.course'");
}

static void outranks(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct ties_result r;
    struct tiechoice_change *log;
    size_t n;
    kit_course(t, &l, 3);
    kit_publish(&l);
    struct evidence_in in[] = {
        kit_answer(&l, P, "A", "1", 1, t->now_ms - 3 * KIT_DAY),
        kit_answer(&l, P, "A", "2", 1, t->now_ms - 2 * KIT_DAY),
        kit_answer(&l, P, "A", "3", 1, t->now_ms - KIT_DAY),
        kit_answer(&l, P, "A", "4", 1, t->now_ms - 1000),
    };
    kit_take(&l, in, 4);
    ck_assert(str_is(kit_word(&l, P, "E"), "none"));
    struct str before = kit_states(&l, P);
    t->now_ms += 1000;
    /* Check A tells about E as well: in the queue with the same transaction. */
    r = teacher_says(&l, say(&l, "A", "", "E", made_for));
    ck_assert_uint_eq(r.said, 1);
    ck_assert_uint_eq(r.changed, 1);
    ck_assert_int_eq(waiting(t), 1);
    expect(&l, "A", "A=1 E=1!");
    kit_replay(&l); /* stale until the job has run, and no difference */
    kit_jobs(&l);
    ck_assert(!str_is(kit_word(&l, P, "E"), "none"));
    ck_assert_uint_gt(kit_replay(&l), 0);
    /* The same again is no news. */
    r = teacher_says(&l, say(&l, "A", "", "E", made_for));
    ck_assert_uint_eq(r.said + r.changed, 0);
    ck_assert_int_eq(waiting(t), 0);
    /* It does not tell about A: outranks the rule, also when the catalogue is read. */
    t->now_ms += 1000;
    teacher_says(&l, say(&l, "A", "", "A", nothing));
    expect(&l, "A", "E=1!");
    kit_must(activities_apply(&l, STR("moodle"), NULL, 0, false, NULL, &e), &e);
    expect(&l, "A", "E=1!");
    kit_jobs(&l);
    ck_assert(str_is(kit_word(&l, P, "A"), "none"));
    kit_replay(&l);
    /* All taken back: the states are what they were, byte for byte. */
    kit_must(tiechoice_changes(t->db, t->a, KIT_TENANT, KIT_COURSE, 10, &log, &n, &e),
             &e);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(log[0].by_person_id, KIT_TEACHER);
    ck_assert_int_eq(log[0].at_ms, t->now_ms);
    ck_assert(log[0].is.said && !log[0].is.tells && !log[0].was.said);
    for (size_t i = 0; i < n; i++)
        kit_must(ties_undo(&l, KIT_TEACHER, log[i].change_id, &r, &e), &e);
    ck_assert_int_ne(r.change_id, log[1].change_id);
    expect(&l, "A", "A=1");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tie_choice"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tie_change"), 4);
    kit_jobs(&l);
    struct str after = kit_states(&l, P), as_of;
    str_cut(before, ' ', &as_of, &before); /* the time of the run is another one */
    str_cut(after, ' ', &as_of, &after);
    ck_assert_msg(str_eq(before, after), "%.*s\n%.*s", STR_ARG(before), STR_ARG(after));
    /* And what was taken back can be taken back. */
    kit_must(ties_undo(&l, KIT_TEACHER, r.change_id, &r, &e), &e);
    expect(&l, "A", "A=1 E=1!");
    ck_assert_int_eq(ties_undo(&l, KIT_TEACHER, 4711, &r, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
}

START_TEST(a_teachers_word_outranks_the_map_and_can_be_taken_back)
{
    testdb_each(outranks);
}
END_TEST

/* A map of the kit with one text replaced by another of any length. */
static struct str other_map(struct arena *a, struct str map, const char *was,
                            const char *is)
{
    struct buf b;
    buf_init(&b, a, map.n + 100);
    size_t from = 0, at;
    while ((at = str_find(map, str_c(was), from)) != SIZE_MAX) {
        buf_str(&b, str_sub(map, from, at));
        buf_c(&b, is);
        from = at + strlen(was);
    }
    buf_str(&b, str_sub(map, from, map.n));
    return buf_view(&b);
}

static void publish(struct learn *l, struct str map)
{
    struct mapfile_result r;
    struct err e = {0};
    kit_must(mapfile_publish(l, map, KIT_TEACHER, &r, &e), &e);
    ck_assert_msg(r.ok, "%.*s", STR_ARG(r.problems_n > 0 ? r.problems[0] : STR_EMPTY));
}

static void survives(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct ties_result r;
    kit_course(t, &l, 1);
    kit_publish(&l);
    teacher_says(&l, say(&l, "A", "", "E", made_for));
    teacher_says(&l, say(&l, "B", "3", "E", made_for));
    teacher_says(&l, say(&l, "C", "", "C", nothing));
    /* Version 2 renames E to E2 ... */
    struct str says = other_map(t->a, str_c(kit_map), "{\"code\":\"E\",",
                                "{\"code\":\"E\",\"replaced_by\":\"E2\",");
    publish(&l, says);
    expect(&l, "A", "A=1 E=1!");
    publish(&l, other_map(t->a, str_c(kit_map), "\"E\"", "\"E2\""));
    expect(&l, "A", "A=1 E2=1!");
    expect(&l, "B", "B=1 3:E2=1!");
    expect(&l, "E", "E2=1");
    expect(&l, "C", "");
    kit_jobs(&l);
    kit_replay(&l);
    /* ... and what stands under its old name can be untied under the new one. */
    struct tiechoice_key key = {kit_activity(&l, "A"), STR_EMPTY, STR("E2")};
    kit_must(ties_untie(&l, KIT_TEACHER, &key, &r, &e), &e);
    expect(&l, "A", "A=1");
    kit_must(ties_undo(&l, KIT_TEACHER, r.change_id, &r, &e), &e);
    expect(&l, "A", "A=1 E2=1!");
    /* A version without the skill forgets nothing: the next one may have it again. */
    struct str gone = other_map(t->a, str_c(kit_map), "\"E\"", "\"Z\"");
    publish(&l, gone);
    expect(&l, "A", "A=1");
    publish(&l, str_c(kit_map));
    expect(&l, "A", "A=1 E=1!");
    kit_jobs(&l);
    kit_replay(&l);
}

START_TEST(a_teachers_word_survives_a_new_version)
{
    testdb_each(survives);
}
END_TEST

static void unties(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct ties_result r;
    kit_course(t, &l, 1);
    kit_publish(&l);
    /* What a rule tied: a word of the teacher's takes it away. */
    struct tiechoice_key key = {kit_activity(&l, "mix"), STR("2"), STR("B")};
    expect(&l, "mix", "1:A=1 2:B=1");
    kit_must(ties_untie(&l, KIT_TEACHER, &key, &r, &e), &e);
    expect(&l, "mix", "1:A=1");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tie_choice"), 1);
    kit_must(ties_untie(&l, KIT_TEACHER, &key, &r, &e), &e);
    ck_assert_uint_eq(r.said, 0);
    /* What a teacher tied: only the word goes. */
    key = (struct tiechoice_key){kit_activity(&l, "A"), STR_EMPTY, STR("D")};
    teacher_says(&l, say(&l, "A", "", "D", made_for));
    kit_must(ties_untie(&l, KIT_TEACHER, &key, &r, &e), &e);
    expect(&l, "A", "A=1");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tie_choice"), 1);
    /* Another weight than the rule's, and back. */
    struct tiechoice_word uses = {true, true, TIES_USES};
    teacher_says(&l, say(&l, "A", "", "A", uses));
    expect(&l, "A", "A=0.5!");
    struct ties_say back = say(&l, "A", "", "A", (struct tiechoice_word){.said = false});
    teacher_says(&l, back);
    expect(&l, "A", "A=1");
    /* What no form of ours sends. */
    struct ties_say bad[] = {
        say(&l, "A", "", "NONE", made_for),
        say(&l, "A", "1\n2", "A", made_for),
        say(&l, "A", "", "A", (struct tiechoice_word){true, true, 1.5}),
        say(&l, "", "tag:nobody", "A", made_for),
        {.key = {4711, STR_EMPTY, STR("A")}, .word = made_for},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err_clear(&e);
        ck_assert_int_eq(ties_say(&l, KIT_TEACHER, &bad[i], 1, NULL, &e), -1);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
    /* Several at once: all or none. */
    struct ties_say two[] = {say(&l, "C", "", "E", made_for), bad[0]};
    ck_assert_int_eq(ties_say(&l, KIT_TEACHER, two, 2, NULL, &e), -1);
    expect(&l, "C", "C=1");
    two[1] = say(&l, "D", "", "E", made_for);
    kit_must(ties_say(&l, KIT_TEACHER, two, 2, &r, &e), &e);
    ck_assert_uint_eq(r.said, 2);
    l.course_id = 4711;
    err_clear(&e);
    ck_assert_int_eq(ties_say(&l, KIT_TEACHER, two, 1, NULL, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
}

/* "Does not fit" was believed for any text that a form could hold, 192 KiB of it: the row
 * stayed, and each reading of the course's ties carried it. */
static void long_refusal(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    char *text = arena_alloc(t->a, 100001);
    memset(text, 'x', 100000);
    struct ties_say bad[] = {say(&l, "A", "", text, nothing),
                             say(&l, "A", "", "E\nF", nothing)};
    for (size_t i = 0; i < 2; i++) {
        err_clear(&e);
        ck_assert_int_eq(ties_say(&l, KIT_TEACHER, &bad[i], 1, NULL, &e), -1);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tie_choice"), 0);
    teacher_says(&l, say(&l, "A", "", "E", nothing));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM tie_choice"), 1);
}

START_TEST(bug_no_was_said_of_a_skill_of_any_length)
{
    testdb_each(long_refusal);
}
END_TEST

START_TEST(untying_says_only_what_is_needed)
{
    testdb_each(unties);
}
END_TEST

static void tags(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    int64_t a = kit_activity(&l, "A"), b = kit_activity(&l, "B");
    struct activitytag rows[] = {
        {.activity_id = a, .kind = STR("tag"), .value = STR("powers")},
        {.activity_id = b, .item = STR("4"), .kind = STR("tag"), .value = STR("powers")},
        {.activity_id = b, .kind = STR("outcome"), .value = STR("6.EE.A.1")},
    };
    kit_must(ties_tags(&l, rows, 2, &e), &e);
    teacher_says(&l, say(&l, "", "tag:powers", "E", made_for));
    expect(&l, "A", "A=1 E=1!");
    expect(&l, "B", "B=1 4:E=1!");
    /* A single activity outranks its tag. */
    teacher_says(&l, say(&l, "A", "", "E", nothing));
    expect(&l, "A", "A=1");
    /* Another reading: the tag went elsewhere, the tie with it. */
    kit_jobs(&l);
    rows[1].activity_id = kit_activity(&l, "C");
    kit_must(ties_tags(&l, rows, 3, &e), &e);
    expect(&l, "B", "B=1");
    expect(&l, "C", "C=1 4:E=1!");
    ck_assert_int_eq(waiting(t), 1);
    kit_jobs(&l);
    kit_must(ties_tags(&l, rows, 3, &e), &e);
    ck_assert_int_eq(waiting(t), 0);
    kit_replay(&l);
}

START_TEST(a_tag_ties_whatever_bears_it)
{
    testdb_each(tags);
}
END_TEST

static void renamed(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    testdb_sql(t, "UPDATE activity SET title = 'Check of A' WHERE title = 'Check A';\n");
    kit_must(activities_apply(&l, STR("moodle"), NULL, 0, false, NULL, &e), &e);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM activity_skill k JOIN activity a ON "
                         "a.activity_id = k.activity_id WHERE a.title = 'Check of A'"),
        1);
}

START_TEST(another_title_in_the_lms_unties_nothing)
{
    testdb_each(renamed);
}
END_TEST

/* A run that began with older ties begins again: else its states would look as if they
 * were made with the newer ones. */
static void raced(struct testdb *t)
{
    struct learn l;
    struct model m;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    kit_must(model_load(&l, &m, &e), &e);
    t->now_ms += 10;
    teacher_says(&l, say(&l, "A", "", "E", made_for));
    t->now_ms += 10;
    ck_assert_int_eq(intake_again(&l, &m, P, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    err_clear(&e);
    struct evidence_in in = kit_answer(&l, P, "A", "1", 1, t->now_ms);
    kit_take(&l, &in, 1);
    ck_assert(!str_is(kit_word(&l, P, "E"), "none"));
    kit_replay(&l);
}

START_TEST(who_works_with_older_ties_begins_again)
{
    testdb_each(raced);
}
END_TEST

static void questions(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct activity_item *items;
    size_t n;
    kit_course(t, &l, 2);
    kit_publish(&l);
    struct evidence_in in[4];
    for (int i = 0; i < 4; i++) {
        in[i] = kit_answer(&l, P + i % 2, "mix", "1", 1, t->now_ms - 1000);
        in[i].item = i < 2 ? STR("2") : STR("10");
        in[i].source_key = str_fmt(t->a, "q%d", i);
    }
    kit_take(&l, in, 4);
    kit_must(activity_items(t->db, t->a, KIT_TENANT, KIT_COURSE, &items, &n, &e), &e);
    ck_assert_uint_eq(n, 2);
    ck_assert(str_is(items[0].item, "2") && str_is(items[1].item, "10"));
    ck_assert_int_eq(items[0].activity_id, kit_activity(&l, "mix"));
    /* Known questions cost no further write: only the answer's own. */
    in[0].attempt = STR("2");
    in[0].source_key = STR("again");
    in[0].observed_ms += 10;
    t->now_ms += 10;
    kit_take(&l, &in[0], 1);
    kit_must(activity_items(t->db, t->a, KIT_TENANT, KIT_COURSE, &items, &n, &e), &e);
    ck_assert_uint_eq(n, 2);
}

START_TEST(answers_tell_which_questions_there_are)
{
    testdb_each(questions);
}
END_TEST

static void covered(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct coverage c;
    kit_course(t, &l, 1);
    kit_must(coverage_read(&l, &c, &e), &e);
    ck_assert(c.map == NULL && c.skills == 0 && c.activities == 7 && c.tied == 0);
    kit_publish(&l);
    kit_must(coverage_read(&l, &c, &e), &e);
    ck_assert_uint_eq(c.activities, 7);
    ck_assert_uint_eq(c.tied, 6);
    ck_assert_uint_eq(c.skills, 5);
    ck_assert_uint_eq(c.with_activity, 5);
    ck_assert_uint_eq(c.provable, 5);
    ck_assert_uint_eq(c.with_items, 0);
    ck_assert_uint_eq(c.by_skill[0].activities, 2);
    ck_assert_uint_eq(c.by_skill[0].items, 2);
    /* Material is an activity and no item; hidden activities cover nothing. */
    struct tiechoice_word material = {true, true, TIES_MATERIAL};
    teacher_says(&l, say(&l, "A", "", "E", material));
    testdb_sql(t, "UPDATE activity SET visible = 0 WHERE title = 'Check E';\n");
    kit_must(coverage_read(&l, &c, &e), &e);
    ck_assert_uint_eq(c.activities, 6);
    ck_assert_uint_eq(c.hidden, 1);
    ck_assert_uint_eq(c.with_activity, 5);
    ck_assert_uint_eq(c.provable, 4);
    /* A whole quiz counts with the questions that are known of it. */
    testdb_sql(t, "INSERT INTO activity_item (tenant_id, course_id, activity_id, item, "
                  "seen_ms) SELECT tenant_id, course_id, activity_id, '1', 1 FROM "
                  "activity WHERE title = 'Check D';\n"
                  "INSERT INTO activity_item (tenant_id, course_id, activity_id, item, "
                  "seen_ms) SELECT tenant_id, course_id, activity_id, '2', 1 FROM "
                  "activity WHERE title = 'Check D';\n"
                  "INSERT INTO activity_item (tenant_id, course_id, activity_id, item, "
                  "seen_ms) SELECT tenant_id, course_id, activity_id, '3', 1 FROM "
                  "activity WHERE title = 'Check D';\n");
    kit_must(coverage_read(&l, &c, &e), &e);
    ck_assert_uint_eq(c.by_skill[3].items, 3);
    ck_assert_uint_eq(c.with_items, 1);
}

START_TEST(coverage_counts_what_students_can_show)
{
    testdb_each(covered);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ties");
    TCase *c = tcase_create("ties");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_teachers_word_outranks_the_map_and_can_be_taken_back);
    tcase_add_test(c, a_teachers_word_survives_a_new_version);
    tcase_add_test(c, untying_says_only_what_is_needed);
    tcase_add_test(c, a_tag_ties_whatever_bears_it);
    tcase_add_test(c, another_title_in_the_lms_unties_nothing);
    tcase_add_test(c, who_works_with_older_ties_begins_again);
    tcase_add_test(c, answers_tell_which_questions_there_are);
    tcase_add_test(c, bug_no_was_said_of_a_skill_of_any_length);
    tcase_add_test(c, coverage_counts_what_students_can_show);
    suite_add_tcase(s, c);
    return suite_main(s);
}
