/* What the LMS says of activities beside their titles: kept as it was told last. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "store/activitytag.h"

static struct activitytag tag(int64_t activity, const char *kind, const char *value,
                              const char *title)
{
    return (struct activitytag){.activity_id = activity,
                                .kind = str_c(kind),
                                .value = str_c(value),
                                .title = str_c(title)};
}

static size_t keep(struct learn *l, const struct activitytag *rows, size_t n)
{
    struct err e = {0};
    size_t changed = 99;
    kit_must(activitytag_keep(l->db, l->a, l->tenant_id, l->course_id, rows, n,
                              env_now_ms(l->env), &changed, &e),
             &e);
    return changed;
}

static void told(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct activitytag *have;
    size_t n;
    kit_course(t, &l, 1);
    int64_t a = kit_activity(&l, "A"), b = kit_activity(&l, "B");
    char *longest = arena_alloc(t->a, 1001);
    for (size_t i = 0; i < 500; i++) { /* two bytes each: a cut must not split one */
        longest[2 * i] = (char)0xc3;
        longest[2 * i + 1] = (char)0xa4;
    }
    longest[1000] = '\0';
    struct activitytag rows[] = {
        tag(b, "outcome", "6.EE.A.1", "Write powers"),
        tag(a, "section", " Week 1 ", ""),
        tag(a, "tag", "powers", ""),
        tag(a, "tag", "powers", ""),
        tag(0, "tag", "nobody's", ""),
        tag(a, "tag", "  ", ""),
        tag(a, "tag", longest, ""),
    };
    rows[2].item = STR("3");
    ck_assert_uint_eq(keep(&l, rows, 7), 5);
    ck_assert_uint_eq(keep(&l, rows, 7), 0);
    kit_must(activitytag_list(t->db, t->a, KIT_TENANT, KIT_COURSE, &have, &n, &e), &e);
    ck_assert_uint_eq(n, 5);
    ck_assert_int_eq(have[0].activity_id, a);
    ck_assert(str_is(have[0].kind, "section") && str_is(have[0].value, "Week 1"));
    ck_assert_uint_eq(have[2].value.n, ACTIVITYTAG_TEXT_N);
    ck_assert(str_is(have[3].item, "3") && str_is(have[3].value, "powers"));
    ck_assert(str_is(have[4].title, "Write powers"));
    /* Another title is one change; what is no longer told goes. */
    rows[0].title = STR("Write and read powers");
    ck_assert_uint_eq(keep(&l, rows, 1), 5);
    kit_must(activitytag_list(t->db, t->a, KIT_TENANT, KIT_COURSE, &have, &n, &e), &e);
    ck_assert_uint_eq(n, 1);
    ck_assert(str_is(have[0].title, "Write and read powers"));
    ck_assert_uint_eq(keep(&l, NULL, 0), 1);
}

START_TEST(tags_are_kept_as_the_last_reading_told_them)
{
    testdb_each(told);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("activitytag");
    TCase *c = tcase_create("activitytag");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, tags_are_kept_as_the_last_reading_told_them);
    suite_add_tcase(s, c);
    return suite_main(s);
}
