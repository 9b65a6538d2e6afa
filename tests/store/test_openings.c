/* Who is let in when a unit is mastered: once, for good, and a person has the last word
 * (FEATURES.md 5.6, rows 24 and 55). */
#include "learn/openings.h"
#include "learn/recompute.h"
#include "store/decision.h"
#include "support/learnkit.h"
#include "support/suite.h"

#define P KIT_PERSON

static int64_t count(struct testdb *t, const char *where)
{
    return testdb_number(t, str_z(t->a, str_fmt(t->a, "SELECT count(*) FROM %s", where)));
}

/* `n` answers, all right or all wrong, one a day, beginning `days` ago. */
static void answers(struct learn *l, struct testdb *t, int64_t person, const char *act,
                    int n, bool right, int days)
{
    t->now_ms += 1000;
    for (int i = 0; i < n; i++) {
        struct evidence_in in =
            kit_answer(l, person, act, "", right, t->now_ms - (days - i) * KIT_DAY);
        in.attempt = str_fmt(t->a, "%s%d-%d", act, days, i);
        in.source_key =
            str_fmt(t->a, "attempt:%lld:%s:%d:%d", (long long)person, act, days, i);
        kit_take(l, &in, 1);
    }
}

static int64_t add(struct learn *l, const char *unit, int64_t percent, const char *way)
{
    struct err e = {0};
    int64_t id = 0;
    struct openings_in in = {.unit = str_c(unit),
                             .percent = percent,
                             .way = str_c(way),
                             .target = STR("77"),
                             .title = STR("Next unit"),
                             .by_person_id = KIT_TEACHER};
    kit_must(openings_add(l, &in, &id, &e), &e);
    return id;
}

static void change(struct learn *l, int64_t id, enum openings_do what, int64_t percent)
{
    struct err e = {0};
    kit_must(openings_change(l, id, what, percent, KIT_TEACHER, &e), &e);
}

static int hand(struct learn *l, int64_t id, int64_t person, bool open, const char *note)
{
    struct err e = {0};
    struct openings_hand in = {id, person, KIT_TEACHER, open, str_c(note)};
    return openings_hand(l, &in, &e) == 0 ? 0 : (int)e.code;
}

static struct opening_member member(struct learn *l, int64_t id, int64_t person)
{
    struct err e = {0};
    struct opening_member *rows;
    size_t n;
    kit_must(opening_members(l->db, l->a, KIT_TENANT, id, &rows, &n, &e), &e);
    for (size_t i = 0; i < n; i++)
        if (rows[i].person_id == person)
            return rows[i];
    return (struct opening_member){.state = STR("none")};
}

static void unsynced(struct testdb *t)
{
    testdb_sql(t, "DELETE FROM job;");
}

static void once_and_for_good(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 3);
    kit_publish(&l);
    int64_t low = add(&l, "one", 30, "group"), all = add(&l, "one", 100, "group"),
            draft = add(&l, "one", 1, "group"), lost = add(&l, "two", 1, "override");
    change(&l, low, OPENINGS_ACTIVATE, 0);
    change(&l, all, OPENINGS_ACTIVATE, 0);
    change(&l, lost, OPENINGS_ACTIVATE, 0);
    unsynced(t);
    answers(&l, t, P, "A", 5, true, 40); /* one of three skills: 33 percent */
    struct opening_member m = member(&l, low, P);
    ck_assert(str_is(m.state, "waiting") && str_is(m.rule_code, "unit_percent"));
    ck_assert(m.by_person_id == 0 && m.granted_ms > 0 && m.opened_ms == 0 && m.active);
    ck_assert_msg(str_find(m.facts, STR("\"needed\":30,\"percent\":33"), 0) != SIZE_MAX,
                  "%.*s", STR_ARG(m.facts));
    ck_assert(m.evidence_ids.n > 10);
    ck_assert(str_is(member(&l, all, P).state, "none"));
    ck_assert(str_is(member(&l, draft, P).state, "none"));
    ck_assert_int_eq(count(t, "opening_member"), 1);
    /* Asked for at once, not by the clock. */
    ck_assert_int_eq(count(t, "job WHERE kind = 'open.course' AND job_key = '70'"), 1);

    /* The LMS said yes; then everything goes down. */
    struct err e = {0};
    ck_assert_int_eq(opening_turn(t->db, KIT_TENANT, low, P, "waiting", "open",
                                  STR("yes"), t->now_ms, &e),
                     1);
    answers(&l, t, P, "A", 8, false, 30);
    ck_assert(!str_is(kit_word(&l, P, "A"), "mastered"));
    change(&l, low, OPENINGS_PERCENT, 100);
    kit_must(recompute_person(&l, P, &e), &e);
    m = member(&l, low, P);
    ck_assert(str_is(m.state, "open") && str_is(m.receipt, "yes") && m.opened_ms > 0);
    change(&l, low, OPENINGS_PAUSE, 0);
    kit_must(recompute_person(&l, P, &e), &e);
    ck_assert(str_is(member(&l, low, P).state, "open"));
    /* Another map without that unit: nothing to reach, nothing taken away. */
    testdb_sql(t, "UPDATE opening SET unit = 'gone' WHERE percent = 100;");
    kit_must(recompute_person(&l, P, &e), &e);
    ck_assert(str_is(member(&l, low, P).state, "open"));
    ck_assert_uint_gt(kit_replay(&l), 0);
}

START_TEST(what_was_opened_stays_open)
{
    testdb_each(once_and_for_good);
}
END_TEST

/* Switched on later: who is there already is let in by the same rule. */
static void later(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 4);
    kit_publish(&l);
    int64_t id = add(&l, "one", 30, "group");
    for (int i = 0; i < 3; i++)
        answers(&l, t, P + i, "A", 5, true, 40);
    ck_assert_int_eq(count(t, "opening_member"), 0);
    testdb_sql(t, "UPDATE enrolment SET status = 'inactive' WHERE person_id = 702;");
    change(&l, id, OPENINGS_ACTIVATE, 0);
    kit_jobs(&l);
    ck_assert_int_eq(count(t, "opening_member WHERE state = 'waiting'"), 2);
    struct opening_member *rows;
    size_t n;
    kit_must(opening_waiting(t->db, t->a, KIT_TENANT, id, 0, 10, &rows, &n, &e), &e);
    ck_assert(n == 2 && rows[0].person_id == P && rows[0].sub.n > 0);
    kit_must(opening_waiting(t->db, t->a, KIT_TENANT, id, P, 10, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 1);
    /* Who has left is not asked for, and is when they are back. */
    testdb_sql(t, "UPDATE enrolment SET status = 'inactive' WHERE person_id = 700;");
    kit_must(opening_waiting(t->db, t->a, KIT_TENANT, id, 0, 10, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 1);
    struct opening_course *courses;
    kit_must(opening_courses(t->db, t->a, true, t->now_ms, &courses, &n, &e), &e);
    ck_assert(n == 1 && courses[0].tenant_id == KIT_TENANT &&
              courses[0].course_id == KIT_COURSE);
    kit_must(opening_ill(t->db, KIT_TENANT, id, STR("no"), t->now_ms + 5, &e), &e);
    kit_must(opening_courses(t->db, t->a, true, t->now_ms, &courses, &n, &e), &e);
    ck_assert_uint_eq(n, 0);
    /* The same again brings nothing new. */
    int64_t before = db_count(t->db);
    kit_must(recompute_person(&l, P + 1, &e), &e);
    int64_t cost = db_count(t->db) - before;
    change(&l, id, OPENINGS_PAUSE, 0);
    before = db_count(t->db);
    kit_must(recompute_person(&l, P + 1, &e), &e);
    ck_assert_int_le(cost,
                     db_count(t->db) - before + 2); /* scores, and rows, of a gate */
    ck_assert_int_eq(count(t, "opening_member"), 2);
}

START_TEST(switching_on_lets_in_who_is_there_already)
{
    testdb_each(later);
}
END_TEST

static void last_word(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 3);
    kit_publish(&l);
    int64_t id = add(&l, "one", 30, "group");
    change(&l, id, OPENINGS_ACTIVATE, 0);
    unsynced(t);
    ck_assert_int_eq(hand(&l, id, P, true, ""), 0);
    struct opening_member m = member(&l, id, P);
    ck_assert(str_is(m.state, "waiting") && str_is(m.rule_code, "by_hand") &&
              m.by_person_id == KIT_TEACHER);
    ck_assert_int_eq(count(t, "job WHERE kind = 'open.course'"), 1);
    ck_assert_int_eq(count(t, "decision WHERE kind = 'unlock_open' AND person_id = 700 "
                              "AND by_person_id = 900"),
                     1);
    ck_assert_int_eq(hand(&l, id, P, true, ""), 0); /* it is so already */
    ck_assert_int_eq(count(t, "decision"), 1);
    /* To take something away needs a reason. */
    ck_assert_int_eq(hand(&l, id, P, false, "  "), ERR_INPUT);
    ck_assert_int_eq(hand(&l, id, P, false, "copied the quiz"), 0);
    ck_assert(str_is(member(&l, id, P).state, "closed"));
    ck_assert_int_eq(count(t, "decision WHERE kind = 'unlock_close' AND facts LIKE "
                              "'%copied the quiz%'"),
                     1);
    /* The rule does not talk a person down. */
    answers(&l, t, P, "A", 5, true, 40);
    ck_assert(str_is(member(&l, id, P).state, "closed"));
    ck_assert_int_eq(hand(&l, id, P, true, "talked about it"), 0);
    ck_assert(str_is(member(&l, id, P).state, "waiting"));
    /* Shut for somebody before they get there. */
    ck_assert_int_eq(hand(&l, id, P + 1, false, "not yet"), 0);
    answers(&l, t, P + 1, "A", 5, true, 40);
    ck_assert(str_is(member(&l, id, P + 1).state, "closed"));
    /* Nobody of another course, no teacher, no such opening. */
    ck_assert_int_eq(hand(&l, id, KIT_TEACHER, true, ""), ERR_NOTFOUND);
    ck_assert_int_eq(hand(&l, id + 1, P, true, ""), ERR_NOTFOUND);
    l.course_id++;
    ck_assert_int_eq(hand(&l, id, P, true, ""), ERR_NOTFOUND);
    struct err e = {0};
    ck_assert_int_eq(openings_change(&l, id, OPENINGS_PAUSE, 0, KIT_TEACHER, &e), -1);
}

START_TEST(row_55_a_person_has_the_last_word)
{
    testdb_each(last_word);
}
END_TEST

/* Somebody else opened it in the LMS: known, left alone, and ours once it is earned. */
static void seen_there(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 2);
    kit_publish(&l);
    int64_t id = add(&l, "one", 30, "group");
    change(&l, id, OPENINGS_ACTIVATE, 0);
    ck_assert_int_eq(opening_seen(t->db, KIT_TENANT, KIT_COURSE, id, P, 5, &e), 1);
    ck_assert_int_eq(opening_seen(t->db, KIT_TENANT, KIT_COURSE, id, P, 6, &e), 0);
    ck_assert_int_eq(opening_seen(t->db, KIT_TENANT, KIT_COURSE, id, P + 1, 6, &e), 1);
    ck_assert_int_eq(opening_unseen(t->db, KIT_TENANT, id, P + 1, &e), 1);
    answers(&l, t, P, "A", 5, true, 40);
    ck_assert(str_is(member(&l, id, P).state, "waiting") &&
              str_is(member(&l, id, P).rule_code, "unit_percent"));
    ck_assert_int_eq(opening_unseen(t->db, KIT_TENANT, id, P, &e), 0);
}

START_TEST(what_others_opened_becomes_ours_when_it_is_earned)
{
    testdb_each(seen_there);
}
END_TEST

/* Way score: the column's score opens, so a teacher's word raises it. */
static void by_score(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 2);
    kit_publish(&l);
    int64_t id = add(&l, "one", 80, "score"), low = add(&l, "one", 60, "group");
    change(&l, id, OPENINGS_ACTIVATE, 0);
    change(&l, low, OPENINGS_ACTIVATE, 0);
    ck_assert_int_eq(gate_launched(t->db, KIT_TENANT, KIT_COURSE, STR("one"), 5,
                                   STR("https://lms.example.edu/items/1"), 1, &e),
                     1);
    unsynced(t);
    answers(&l, t, P, "A", 5, true, 40);
    ck_assert_int_eq(count(t, "outbox WHERE payload LIKE '%:33,%'"), 1);
    ck_assert_int_eq(count(t, "job WHERE kind = 'publish.score'"), 1); /* at once */
    ck_assert_int_eq(count(t, "job WHERE kind = 'open.course'"), 0);
    ck_assert_int_eq(hand(&l, id, P, true, "trust"), 0);
    ck_assert_int_eq(hand(&l, id, P + 1, true, ""), 0); /* nothing is known of them */
    kit_jobs(&l);
    ck_assert_int_eq(count(t, "outbox WHERE state = 'pending' AND payload LIKE '%:80,%'"),
                     2);
    ck_assert(str_is(member(&l, id, P).state, "waiting"));
    ck_assert(
        str_is(member(&l, low, P).state, "none")); /* 33 percent, whatever 80 says */
    /* What the LMS took is the receipt. */
    testdb_sql(t,
               "INSERT INTO score_clock (tenant_id, target, person_id, last_ms, given, "
               "maximum, noted_ms, tried_ms, busy_until_ms) VALUES (7, "
               "'https://lms.example.edu/items/1', 700, 9, 79, 100, 9, 0, 0);");
    ck_assert_int_eq(opening_scored(t->db, KIT_TENANT, id,
                                    STR("https://lms.example.edu/items/1"), 80,
                                    STR("score"), 7, &e),
                     0);
    testdb_sql(t, "UPDATE score_clock SET given = 80;");
    ck_assert_int_eq(opening_scored(t->db, KIT_TENANT, id,
                                    STR("https://lms.example.edu/items/1"), 80,
                                    STR("score"), 7, &e),
                     1);
    ck_assert(str_is(member(&l, id, P).state, "open"));
}

START_TEST(a_score_opens_and_a_teacher_may_raise_it)
{
    testdb_each(by_score);
}
END_TEST

static int refused(struct learn *l, struct openings_in in)
{
    struct err e = {0};
    int64_t id;
    return openings_add(l, &in, &id, &e) == 0 ? 0 : (int)e.code;
}

static void drafts(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct openings_in in = {.unit = STR("one"),
                             .percent = 80,
                             .way = STR("group"),
                             .target = STR_EMPTY,
                             .title = STR_EMPTY};
    kit_course(t, &l, 2);
    ck_assert_int_eq(refused(&l, in), ERR_INPUT); /* no map yet */
    kit_publish(&l);
    ck_assert_int_eq(refused(&l, in), 0);
    ck_assert_int_eq(refused(&l, in), 0);
    in.percent = 0;
    ck_assert_int_eq(refused(&l, in), ERR_INPUT);
    in.percent = 101;
    ck_assert_int_eq(refused(&l, in), ERR_INPUT);
    in.percent = 80;
    in.way = STR("magic");
    ck_assert_int_eq(refused(&l, in), ERR_INPUT);
    in.way = STR("override");
    ck_assert_int_eq(refused(&l, in), ERR_INPUT); /* of what? */
    in.unit = STR("none");
    ck_assert_int_eq(refused(&l, in), ERR_INPUT);
    struct opening *rows;
    size_t n;
    kit_must(opening_list(t->db, t->a, KIT_TENANT, KIT_COURSE, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 2);
    ck_assert(str_is(rows[0].lms_name, "Waymark: One, 80 %") &&
              str_is(rows[1].lms_name, "Waymark: One, 80 % (2)"));
    ck_assert(str_is(rows[0].state, "draft"));
    change(&l, rows[0].opening_id, OPENINGS_DROP, 0);
    ck_assert_int_eq(count(t, "opening"), 1);
    ck_assert_int_eq(hand(&l, rows[1].opening_id, P, true, ""), 0);
    ck_assert_int_eq(
        openings_change(&l, rows[1].opening_id, OPENINGS_DROP, 0, KIT_TEACHER, &e),
        -1); /* somebody was let in */
    ck_assert_int_eq(count(t, "opening"), 1);
}

START_TEST(drafts_are_checked_and_can_go)
{
    testdb_each(drafts);
}
END_TEST

static void two_at_once(struct testdb *t, int i)
{
    struct learn l = {.db = t->db,
                      .env = &t->env,
                      .a = arena_new(1 << 24),
                      .tenant_id = KIT_TENANT,
                      .course_id = KIT_COURSE};
    struct err e = {0};
    for (int k = 0; k < 10; k++)
        kit_must(recompute_person(&l, P + (i + k) % 3, &e), &e);
    arena_free(l.a);
}

static void together(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 3);
    kit_publish(&l);
    int64_t id = add(&l, "one", 30, "group");
    for (int i = 0; i < 3; i++)
        answers(&l, t, P + i, "A", 5, true, 40);
    change(&l, id, OPENINGS_ACTIVATE, 0);
    testdb_fork(t, 3, two_at_once);
    ck_assert_int_eq(count(t, "opening_member"), 3);
}

START_TEST(several_workers_let_everybody_in_once)
{
    testdb_each(together);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("openings");
    TCase *c = tcase_create("openings");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, what_was_opened_stays_open);
    tcase_add_test(c, switching_on_lets_in_who_is_there_already);
    tcase_add_test(c, row_55_a_person_has_the_last_word);
    tcase_add_test(c, what_others_opened_becomes_ours_when_it_is_earned);
    tcase_add_test(c, a_score_opens_and_a_teacher_may_raise_it);
    tcase_add_test(c, drafts_are_checked_and_can_go);
    tcase_add_test(c, several_workers_let_everybody_in_once);
    suite_add_tcase(s, c);
    return suite_main(s);
}
