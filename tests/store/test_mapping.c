/* The page "Activities and skills": what it says, and what it costs. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/activities.h"
#include "learn/mapfile.h"
#include "learn/mapping.h"

#include <string.h>

#define P KIT_PERSON

static struct mapping read_it(struct learn *l, struct mapping_ask ask)
{
    struct mapping m;
    struct err e = {0};
    if (ask.per_page == 0)
        ask.per_page = 20;
    ask.by_person_id = KIT_TEACHER;
    kit_must(mapping_read(l, &ask, &m, &e), &e);
    return m;
}

static const struct mapping_row *row_of(const struct mapping *m, const char *title)
{
    for (size_t i = 0; i < m->rows_n; i++)
        if (str_is(m->rows[i].activity->title, title))
            return &m->rows[i];
    ck_abort_msg("no row %s", title);
    return NULL;
}

static void teacher_says(struct learn *l, int64_t activity, const char *item,
                         const char *skill, bool tells)
{
    struct err e = {0};
    struct ties_say s = {.key = {activity, str_c(item), str_c(skill)},
                         .word = {true, tells, 1}};
    kit_must(ties_say(l, KIT_TEACHER, &s, 1, NULL, &e), &e);
}

static void shown(struct testdb *t)
{
    struct learn l;
    struct mapping m;
    struct err e = {0};
    kit_course(t, &l, 2);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_ALL});
    ck_assert(m.map == NULL && m.next == MAPPING_NEXT_MAP && m.rows_n == 7);
    kit_publish(&l);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_ALL});
    ck_assert_uint_eq(m.rows_n, 7);
    ck_assert_int_eq(m.next, MAPPING_NEXT_TIE);
    const struct mapping_row *mix = row_of(&m, "Check mix");
    ck_assert_uint_eq(mix->ties_n, 2);
    ck_assert(str_is(mix->ties[1].item, "2") && !mix->ties[1].chosen);
    /* "Worksheet" has none; the section and an outcome tell what may fit. */
    int64_t sheet = row_of(&m, "Worksheet")->activity->activity_id;
    struct activitytag tags[] = {
        {.activity_id = sheet, .kind = STR("section"), .value = STR("Week 1")},
        {.activity_id = sheet, .kind = STR("outcome"), .value = STR("Skill B")},
        {.activity_id = sheet,
         .item = STR("4"),
         .kind = STR("tag"),
         .value = STR("Skill C")},
        {.activity_id = mix->activity->activity_id,
         .kind = STR("outcome"),
         .value = STR("Skill B")},
    };
    kit_must(ties_tags(&l, tags, 4, &e), &e);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_SUGGESTED});
    ck_assert_uint_eq(m.rows_n, 1);
    ck_assert_uint_eq(m.suggested, 1);
    ck_assert_int_eq(m.next, MAPPING_NEXT_SUGGEST);
    ck_assert(str_is(m.rows[0].section, "Week 1"));
    ck_assert(m.rows[0].hints_n >= 1 && m.rows[0].hints[0].reason == SUGGEST_OUTCOME);
    /* Nothing was tied by itself; a "no" is not asked again. */
    ck_assert_uint_eq(m.rows[0].ties_n, 0);
    static const char *const all[] = {"A", "B", "C", "D", "E"};
    for (size_t i = 0; i < 5; i++) /* they share the word "Skill" */
        teacher_says(&l, sheet, "", all[i], false);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_SUGGESTED});
    ck_assert_uint_eq(m.rows_n + m.suggested, 0);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_UNTIED});
    ck_assert_uint_eq(m.rows_n, 1);
    /* A teacher's tie is told with the teacher, and the log has it. */
    teacher_says(&l, sheet, "", "D", true);
    m = read_it(&l, (struct mapping_ask){.find = STR("WORK")});
    ck_assert_uint_eq(m.found, 1);
    ck_assert(m.rows[0].ties[0].chosen && m.rows[0].ties[0].mine);
    ck_assert_uint_gt(m.rows[0].ties[0].by.n, 0);
    ck_assert_uint_ge(m.changes_n, 2);
    ck_assert(str_is(m.changes[0].activity, "Worksheet"));
    ck_assert(str_is(m.changes[0].skill, "Skill D"));
    ck_assert_int_eq(m.next, MAPPING_NEXT_MORE);
    m = read_it(&l, (struct mapping_ask){.skill = STR("D")});
    ck_assert_uint_eq(m.rows_n, 2);
    /* Hidden ones are folded away. */
    testdb_sql(t, "UPDATE activity SET visible = 0 WHERE title = 'Check A';\n");
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_HIDDEN});
    ck_assert_uint_eq(m.rows_n, 1);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_ALL});
    ck_assert_uint_eq(m.rows_n, 6);
    /* Tags, the most used first, with what they are tied to. */
    teacher_says(&l, 0, "outcome:Skill B", "E", true);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_TAGS});
    ck_assert_uint_eq(m.tags_n, 3);
    ck_assert_uint_eq(m.rows_n, 0);
    ck_assert(str_is(m.tags[0].item, "outcome:Skill B") && m.tags[0].skills_n == 1);
    ck_assert_uint_eq(m.tags[0].activities, 2);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_ALL});
    mix = row_of(&m, "Check mix");
    ck_assert_uint_eq(mix->ties_n, 3);
    ck_assert(mix->ties[0].by_tag && str_is(mix->ties[0].skill->code, "E"));
    ck_assert_uint_eq(row_of(&m, "Worksheet")->ties_n, 1); /* it was told "no" */
}

START_TEST(the_page_says_what_is_tied_by_whom_and_what_may_fit)
{
    testdb_each(shown);
}
END_TEST

static struct evidence_in answer(struct learn *l, int who, const char *slot, double score,
                                 int64_t at_ms)
{
    struct evidence_in in = kit_answer(l, P + who, "mix", "1", score, at_ms);
    in.item = str_c(slot);
    in.source_key = str_fmt(l->a, "%s/%lld", slot, (long long)at_ms);
    return in;
}

static void missed(struct testdb *t)
{
    struct learn l;
    struct mapping m;
    kit_course(t, &l, 4);
    kit_publish(&l);
    int64_t at = t->now_ms - KIT_DAY;
    struct evidence_in in[] = {
        answer(&l, 0, "1", 1, at),     answer(&l, 1, "1", 1, at + 1),
        answer(&l, 2, "1", 0, at + 2), answer(&l, 0, "2", 0, at + 3),
        answer(&l, 1, "2", 0, at + 4), answer(&l, 2, "2", 1, at + 5),
        answer(&l, 2, "7", 0, at + 6),
    };
    in[6].has_score = false; /* not marked yet: not missed */
    kit_take(&l, in, 7);
    struct evidence_in later = answer(&l, 1, "2", 1, at + 1000);
    later.attempt = STR("2");
    kit_take(&l, &later, 1); /* the newest answer counts */
    int64_t mix = kit_activity(&l, "mix");
    m = read_it(&l, (struct mapping_ask){.activity_id = mix});
    ck_assert_uint_eq(m.rows_n, 1);
    ck_assert_uint_eq(m.items_n, 3);
    ck_assert(str_is(m.items[0].item, "1") && str_is(m.items[1].item, "2"));
    ck_assert_uint_eq(m.items[0].answered, 3);
    ck_assert_uint_eq(m.items[0].missed, 1);
    ck_assert_uint_eq(m.items[1].missed, 1);
    ck_assert_uint_eq(m.items[2].answered, 0);
    ck_assert_uint_eq(m.items[0].ties_n, 1);
    ck_assert_uint_eq(m.items[2].ties_n, 0);
    teacher_says(&l, mix, "7", "E", true);
    m = read_it(&l, (struct mapping_ask){.activity_id = mix});
    ck_assert_uint_eq(m.items[2].ties_n, 1);
    ck_assert(str_is(m.items[2].ties[0].skill->code, "E"));
    m = read_it(&l, (struct mapping_ask){.activity_id = 4711});
    ck_assert_uint_eq(m.rows_n + m.items_n, 0);
}

START_TEST(questions_are_told_by_how_many_missed_them)
{
    testdb_each(missed);
}
END_TEST

/* 500 activities and 300 skills: as many reads as for seven activities. */
static struct str big_map(struct arena *a)
{
    struct buf b;
    buf_init(&b, a, 65536);
    buf_c(&b, "{\"format\":\"waymark-map/1\",\"code\":\"big\",\"title\":\"Big\","
              "\"language\":\"en\",\"skills\":[");
    for (int i = 0; i < 300; i++)
        buf_fmt(&b, "%s{\"code\":\"S%d\",\"title\":\"Topic%d alpha%d\",\"unit\":\"U%d\"}",
                i > 0 ? "," : "", i, i, i % 17, i / 20);
    buf_c(&b, "],\"activities\":[{\"title\":\"Fixed *\",\"tells\":["
              "{\"skill\":\"S1\",\"weight\":1},{\"slot\":\"2\",\"skill\":\"S2\"}]}]}");
    return buf_view(&b);
}

static void big(struct testdb *t)
{
    struct learn l;
    struct mapfile_result r;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    int64_t before = db_count(t->db);
    read_it(&l, (struct mapping_ask){.show = MAPPING_ALL});
    int64_t cost = db_count(t->db) - before;
    ck_assert_int_le(cost, 9);
    static struct activities_in in[500];
    static struct activitytag tags[500];
    memset(in, 0, sizeof in);
    for (int i = 0; i < 500; i++) {
        in[i].row = (struct activity){
            .title = str_fmt(t->a, i % 5 == 0 ? "Fixed %d" : "Quiz topic%d", i % 300),
            .kind = STR("quiz"),
            .visible = i % 10 != 0,
            .position = i};
        in[i].alias[0] =
            (struct activities_name){STR("moodle-cm"), str_fmt(t->a, "b%d", i)};
        in[i].alias_n = 1;
    }
    kit_must(activities_apply(&l, STR("moodle"), in, 500, true, NULL, &e), &e);
    struct activities_index *x = activities_index(&l, &e);
    for (int i = 0; i < 500; i++)
        tags[i] = (struct activitytag){
            .activity_id = activities_find(x, STR("moodle-cm"), str_fmt(t->a, "b%d", i)),
            .kind = STR("section"),
            .value = str_fmt(t->a, "Week %d", i / 20)};
    kit_must(ties_tags(&l, tags, 500, &e), &e);
    kit_must(mapfile_publish(&l, big_map(t->a), 0, &r, &e), &e);
    ck_assert_msg(r.ok, "%.*s", STR_ARG(r.problems_n > 0 ? r.problems[0] : STR_EMPTY));
    before = db_count(t->db);
    struct mapping m = read_it(&l, (struct mapping_ask){.show = MAPPING_ALL, .page = 3});
    ck_assert_int_eq(db_count(t->db) - before, cost);
    ck_assert_uint_eq(m.rows_n, 20);
    ck_assert_uint_eq(m.pages, 23); /* 450 visible ones; those of the kit are not told */
    ck_assert_uint_gt(m.suggested, 300);
    m = read_it(&l, (struct mapping_ask){.show = MAPPING_ALL, .page = 99});
    ck_assert_uint_eq(m.page, 22);
    ck_assert_uint_eq(m.rows_n, 10);
    before = db_count(t->db);
    m = read_it(&l, (struct mapping_ask){.activity_id = tags[5].activity_id});
    ck_assert_int_eq(db_count(t->db) - before, cost + 1);
    m = read_it(&l, (struct mapping_ask){.per_page = SIZE_MAX});
    ck_assert_uint_eq(m.rows_n, 450);
}

START_TEST(a_big_course_costs_as_many_reads_as_a_small_one)
{
    testdb_each(big);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mapping");
    TCase *c = tcase_create("mapping");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, the_page_says_what_is_tied_by_whom_and_what_may_fit);
    tcase_add_test(c, questions_are_told_by_how_many_missed_them);
    tcase_add_test(c, a_big_course_costs_as_many_reads_as_a_small_one);
    suite_add_tcase(s, c);
    return suite_main(s);
}
