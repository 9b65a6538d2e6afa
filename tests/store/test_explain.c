/* One skill of one person: what it stands on, and what would change it; then it does. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/change.h"
#include "learn/explain.h"
#include "learn/recompute.h"

#include <string.h>

#define P KIT_PERSON

static void take(struct learn *l, struct testdb *t, const char *act, int n, int right,
                 int64_t first_ms, int64_t step_ms)
{
    for (int i = 0; i < n; i++) {
        int64_t at_ms = first_ms + i * step_ms;
        struct evidence_in in = kit_answer(l, P, act, "", i < right, at_ms);
        in.attempt = str_fmt(t->a, "%s %lld", act, (long long)at_ms);
        in.source_key = str_fmt(t->a, "attempt:%s:%lld", act, (long long)at_ms);
        kit_take(l, &in, 1);
    }
}

static struct explain look(struct learn *l, const char *code, bool staff)
{
    struct explain x;
    struct err e = {0};
    struct explain_who who = {.person_id = P,
                              .by_person_id = staff ? KIT_TEACHER : P,
                              .code = str_c(code),
                              .staff = staff};
    int found = explain_read(l, &who, &x, &e);
    kit_must(found < 0 ? -1 : 0, &e);
    ck_assert_int_eq(found, 1);
    return x;
}

static const struct say_arg *arg(const struct say *s, const char *name)
{
    for (size_t i = 0; i < s->args_n; i++)
        if (strcmp(s->args[i].name, name) == 0)
            return &s->args[i];
    ck_abort_msg("no %s in %.*s", name, STR_ARG(s->id));
    return NULL;
}

static size_t counted(const struct explain *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->rows_n; i++)
        n += x->rows[i].why == NULL ? 1 : 0;
    return n;
}

static bool says(const struct explain *x, const char *why)
{
    for (size_t i = 0; i < x->rows_n; i++)
        if (x->rows[i].why != NULL && strcmp(x->rows[i].why, why) == 0)
            return true;
    return false;
}

static void rows_and_both_ways(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 2);
    kit_publish(&l);
    take(&l, t, "A", 5, 5, t->now_ms - 6 * KIT_DAY, KIT_DAY);
    take(&l, t, "B", 3, 1, t->now_ms - 4 * KIT_DAY, KIT_DAY);
    struct evidence_in grade = kit_grade(&l, P, "A", 7, t->now_ms - KIT_DAY);
    kit_take(&l, &grade, 1);
    struct explain a = look(&l, "A", true), b = look(&l, "B", false);
    ck_assert_int_eq(a.skill->word, MASTERY_MASTERED);
    ck_assert_uint_eq(counted(&a), 5);
    ck_assert(says(&a, "skill.row_other_way")); /* the grade: the answers tell more */
    ck_assert(a.more.known && a.map_version == 1 && a.p_low < a.p && a.p < a.p_high);
    ck_assert(str_is(a.more.down.id, "change.then_down"));
    ck_assert_uint_eq(a.mastered.id.n, 0); /* nothing to do */
    ck_assert_int_eq(b.skill->word, MASTERY_LEARNING);
    ck_assert_uint_eq(counted(&b), 3);
    ck_assert(str_is(b.mastered.id, "change.then_mastered"));
    ck_assert(!b.more.known); /* not for students */
    struct explain c = look(&l, "C", false);
    ck_assert(!c.skill->ready && str_is(c.opens.id, "change.then_open"));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM looked WHERE page = 'skill'"),
                     1); /* the teacher's look */
    kit_replay(&l);
}

START_TEST(a_skill_shows_its_rows_and_both_ways)
{
    testdb_each(rows_and_both_ways);
}
END_TEST

/* Do what the stored change says: so many right answers, on so many days. */
static void done_as_said(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    take(&l, t, "A", 2, 1, t->now_ms - 3 * KIT_DAY, KIT_DAY);
    struct explain a = look(&l, "A", false), b = look(&l, "B", false);
    int64_t n = arg(&a.mastered, "n")->num;
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(arg(&b.opens, "n")->num, n); /* the lock waits for A alone */
    ck_assert(str_is(kit_word(&l, P, "A"), "learning"));
    /* one less does not do, as the sentence says */
    take(&l, t, "A", (int)n - 1, (int)n - 1, t->now_ms - 3600000, 60000);
    ck_assert(!str_is(kit_word(&l, P, "A"), "mastered"));
    take(&l, t, "A", 1, 1, t->now_ms - 60000, 0);
    ck_assert(str_is(kit_word(&l, P, "A"), "mastered"));
    ck_assert(look(&l, "B", false).skill->ready);
}

START_TEST(what_it_says_would_change_it_does)
{
    testdb_each(done_as_said);
}
END_TEST

/* States of before the migration: pages are kind, and the clock brings the rest. */
static void of_before(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    take(&l, t, "A", 2, 1, t->now_ms - 3 * KIT_DAY, KIT_DAY);
    testdb_sql(t, "UPDATE state_skill SET change = ''");
    testdb_sql(t, "UPDATE state_next SET change = ''");
    testdb_sql(t, "UPDATE state_ready SET change = ''");
    struct explain a = look(&l, "A", false);
    ck_assert(a.worked && !a.searched && a.mastered.id.n == 0);
    ck_assert(a.card != NULL && a.card->way.id.n > 0); /* the engine's own count */
    struct change none = change_read(t->a, STR("{}"));
    ck_assert(!none.known && change_say(t->a, &none, CHANGE_MASTERED, NULL).id.n == 0);
    kit_must(recompute_person(&l, P, &e), &e); /* as the clock's job does */
    ck_assert(look(&l, "A", false).searched);
    kit_replay(&l);
}

START_TEST(states_of_before_get_their_changes)
{
    testdb_each(of_before);
}
END_TEST

static Suite *explain_suite(void)
{
    Suite *s = suite_create("explain");
    TCase *t = tcase_create("explain");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_skill_shows_its_rows_and_both_ways);
    tcase_add_test(t, what_it_says_would_change_it_does);
    tcase_add_test(t, states_of_before_get_their_changes);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return suite_main(explain_suite());
}
