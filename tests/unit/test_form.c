/* Forms: what is decoded, what is refused (C-10, I8, I10, I11). */
#include "msg/form.h"
#include "support/suite.h"

#include <string.h>

static struct arena *a;
static struct form fm;
static struct fault f;

static void begin(void)
{
    a = arena_new(16 << 20);
    f = (struct fault){.id = FAULT_NONE};
}

static void end(void)
{
    arena_free(a);
}

static int decode(const char *query, const char *body)
{
    return form_decode(a, str_c(query), str_c(body), &form_limit_login, &fm, &f);
}

START_TEST(plain)
{
    ck_assert_int_eq(decode("a=1&b", "c=x+y%20z&&d==&=v&e=%C3%A9%2B&a=2"), 0);
    ck_assert_uint_eq(fm.n, 7);
    ck_assert(str_is(form_get(&fm, "a"), "1"));
    ck_assert(fm.pair[0].from_query && !fm.pair[2].from_query);
    ck_assert(form_has(&fm, "b") && form_get(&fm, "b").n == 0);
    ck_assert(str_is(form_get(&fm, "c"), "x y z"));
    ck_assert(str_is(form_get(&fm, "d"), "="));
    ck_assert(str_is(form_get(&fm, "e"), "\xc3\xa9+"));
    ck_assert_uint_eq(form_count(&fm, "a"), 2);
    ck_assert(!form_has(&fm, "z"));
    static const char *const keys[] = {"b", "a", NULL};
    ck_assert_int_eq(form_once(&fm, keys, &f), -1); /* I8 */
    ck_assert_int_eq(f.id, FAULT_FORM_TWICE);
    ck_assert_int_eq(decode("", ""), 0);
    ck_assert_uint_eq(fm.n, 0);
}
END_TEST

/* I11. */
START_TEST(malformed)
{
    static const char *const bad[] = {"a=%",    "a=%4",        "a=%zz",    "a=%4g",
                                      "a=%00",  "%00=a",       "a=%ff",    "a=%C3",
                                      "a=\xff", "a=%ED%A0%80", "a=%C0%80", "%=1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(decode("", bad[i]) == -1, "%s", bad[i]);
        ck_assert_int_eq(f.id, FAULT_FORM_BAD);
        ck_assert_msg(decode(bad[i], "") == -1, "%s", bad[i]);
    }
    ck_assert_int_eq(
        form_decode(a, STR_EMPTY, (struct str){"a=\0", 3}, &form_limit_login, &fm, &f),
        -1);
    ck_assert_int_eq(f.id, FAULT_FORM_BAD);
}
END_TEST

static struct str repeat(const char *head, char c, size_t n)
{
    struct buf b;
    buf_init(&b, a, n + 16);
    buf_c(&b, head);
    for (size_t i = 0; i < n; i++)
        buf_char(&b, c);
    return buf_view(&b);
}

/* I10, I28, LOGIN-3, LOGIN-11. */
START_TEST(limits)
{
    const struct form_limit *in = &form_limit_login, *post = &form_limit_launch;
    struct str eight = repeat("a=", 'x', 8192), nine = repeat("a=", 'x', 8193);
    ck_assert_int_eq(form_decode(a, STR_EMPTY, eight, in, &fm, &f), 0);
    ck_assert_int_eq(form_decode(a, STR_EMPTY, nine, in, &fm, &f), -1);
    ck_assert_int_eq(f.id, FAULT_FORM_TOO_BIG);
    ck_assert_int_eq(form_decode(a, STR_EMPTY, nine, post, &fm, &f), 0);
    struct str half = repeat("", '&', 16384), more = repeat("", '&', 16385);
    ck_assert_int_eq(form_decode(a, half, half, in, &fm, &f), 0);
    ck_assert_int_eq(form_decode(a, half, more, in, &fm, &f), -1);
    ck_assert_int_eq(f.id, FAULT_FORM_TOO_BIG);
    ck_assert_int_eq(
        form_decode(a, STR_EMPTY, repeat("a=", 'x', 256 * 1024), post, &fm, &f), -1);
}
END_TEST

START_TEST(pairs)
{
    struct buf b;
    buf_init(&b, a, 512);
    for (int i = 0; i < FORM_PAIRS_MAX; i++)
        buf_c(&b, "a=1&");
    ck_assert_int_eq(decode("", str_z(a, buf_view(&b))), 0);
    buf_c(&b, "a=1");
    ck_assert_int_eq(decode("", str_z(a, buf_view(&b))), -1);
    ck_assert_int_eq(f.id, FAULT_FORM_TOO_MANY);
}
END_TEST

/* Every fault has all its texts, and its name finds it. */
START_TEST(fault_table)
{
    for (int i = FAULT_NONE + 1; i < FAULT_N; i++) {
        const struct fault_row *r = fault_row((enum fault_id)i);
        ck_assert(r->status >= 400 && r->status < 600);
        ck_assert(r->rule[0] && r->section[0] && r->admin[0] && r->english[0]);
        ck_assert_int_eq(strncmp(r->msgid, "fault.", 6), 0);
        ck_assert_int_eq(fault_find(str_c(r->name)), i);
    }
    ck_assert_int_eq(fault_row(FAULT_N)->status, 200);
    ck_assert_int_eq(fault_find(STR("ok")), FAULT_NONE);
    ck_assert_int_eq(fault_set(&f, FAULT_AUD, "a\nb%s", "\t\x7f"), -1);
    ck_assert_str_eq(f.detail, "a?b??");
    ck_assert_int_eq(fault_set(NULL, FAULT_AUD, "x"), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("form");
    TCase *c = tcase_create("form");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, plain);
    tcase_add_test(c, malformed);
    tcase_add_test(c, limits);
    tcase_add_test(c, pairs);
    tcase_add_test(c, fault_table);
    suite_add_tcase(s, c);
    return suite_main(s);
}
