/* The splitter: elements of one array out of a document of any length. */
#include "net/split.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct arena *a;
static struct buf seen;
static int stop_at;

static void setup(void)
{
    a = arena_new((size_t)64 << 20);
    buf_init(&seen, a, 256);
    stop_at = 0;
}

static void teardown(void)
{
    arena_free(a);
}

static int take(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    int *n = ctx;
    buf_str(&seen, js_dump(scratch, v));
    buf_char(&seen, ';');
    return ++*n == stop_at ? err_set(e, ERR_CONFLICT, "enough") : 0;
}

/* What comes out when the text is fed in pieces of `size`: elements, then the rest. */
static const char *run(const char *text, const char *member, bool top, size_t size)
{
    int n = 0;
    struct split_opt opt = {.member = member, .top = top, .element = take, .ctx = &n};
    struct split *s = split_new(a, &opt);
    struct str all = str_c(text);
    struct err e = {0};
    bool found;
    struct js *rest;
    seen.n = 0;
    for (size_t i = 0; i < all.n; i += size)
        if (split_feed(s, str_sub(all, i, i + size), &e) != 0)
            return err_name(e.code);
    if (split_end(s, &found, &rest, &e) != 0)
        return err_name(e.code);
    buf_str(&seen, js_dump(a, rest));
    buf_c(&seen, found ? "+" : "-");
    return str_z(a, buf_view(&seen));
}

START_TEST(finds)
{
    static const struct {
        const char *text;
        const char *member;
        bool top;
        const char *want;
    } table[] = {
        {"[]", NULL, true, "[]+"},
        {" [ 1 , \"a\" , null , [2] , {\"b\":[]} ] ", NULL, true,
         "1;\"a\";null;[2];{\"b\":[]};[]+"},
        {"{\"id\":\"x\",\"m\":[{\"a\":1},{\"a\":2}],\"z\":3}", "m", false,
         "{\"a\":1};{\"a\":2};{\"id\":\"x\",\"m\":[],\"z\":3}+"},
        {"{\"m\":[]}", "m", false, "{\"m\":[]}+"},
        {"{\"m\":null}", "m", false, "{\"m\":null}-"},
        {"{\"m\":{\"m\":[1]}}", "m", false, "{\"m\":{\"m\":[1]}}-"},
        {"{\"x\":[\"m\",[1]],\"m\":[7]}", "m", false, "7;{\"m\":[],\"x\":[\"m\",[1]]}+"},
        {"{\"x\":\"m\",\"m\":[7]}", "m", false, "7;{\"m\":[],\"x\":\"m\"}+"},
        {"{\"mm\":[1],\"m\":[7]}", "m", false, "7;{\"m\":[],\"mm\":[1]}+"},
        {"[1]", "m", false, "[1]-"},
        {"{\"results\":[1]}", "results", true, "1;{\"results\":[]}+"},
        {"{\"exception\":\"x\",\"n\":[1]}", NULL, true,
         "{\"exception\":\"x\",\"n\":[1]}-"},
        {"[\"]\",\"\\\"]\",\"\\\\\"]", NULL, true, "\"]\";\"\\\"]\";\"\\\\\";[]+"},
        {"[-1.5e3,true,false]", NULL, true, "-1500.0;true;false;[]+"},
        {"null", NULL, true, "null-"},
        {"{\"\\u006d\":[1]}", "m", false, "{\"m\":[1]}-"}, /* not what anybody sends */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (size_t size = 1; size < 9; size += 3)
            ck_assert_str_eq(run(table[i].text, table[i].member, table[i].top, size),
                             table[i].want);
}
END_TEST

START_TEST(refuses)
{
    static const char *const bad[] = {"",
                                      "[",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "[{}{}]",
                                      "[1]x",
                                      "[1]]",
                                      "[}",
                                      "[{]}",
                                      "[\"a]",
                                      "[01]",
                                      "[nul]",
                                      "[\"\\x\"]",
                                      "[{\"a\":1,\"a\":2}]",
                                      "[1]{}",
                                      "{",
                                      "{\"m\":[1}",
                                      "]",
                                      "[\"\x01\"]",
                                      "[\"\xff\"]",
                                      "[:]",
                                      "[1:2]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(strcmp(run(bad[i], "m", true, 3), err_name(ERR_INPUT)) == 0,
                      "%s gave %s", bad[i], run(bad[i], "m", true, 3));
    ck_assert_str_eq(run("{\"m\":[1],\"m\":[2]}", "m", false, 3), err_name(ERR_INPUT));
}
END_TEST

START_TEST(caps)
{
    char *deep = arena_alloc(a, 100), *fat = arena_alloc(a, 200000);
    memset(deep, '[', 40);
    ck_assert_str_eq(run(deep, NULL, true, 7), err_name(ERR_LIMIT));
    memset(fat, ' ', 100000);
    fat[0] = '{';
    ck_assert_str_eq(run(fat, "m", false, 1000),
                     err_name(ERR_LIMIT)); /* the rest: 64 KiB */
    int n = 0;
    struct split_opt opt = {.top = true, .element_n = 100, .element = take, .ctx = &n};
    struct err e = {0};
    memset(fat, 'x', 200);
    memcpy(fat, "[\"", 2);
    ck_assert_int_eq(split_feed(split_new(a, &opt), (struct str){fat, 200}, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    stop_at = 2;
    ck_assert_str_eq(run("[1,2,3]", NULL, true, 9), err_name(ERR_CONFLICT));
}
END_TEST

/* A hundred thousand elements need no more memory than ten. */
START_TEST(flat)
{
    int n = 0;
    struct split_opt opt = {.top = true, .element = take, .ctx = &n};
    struct split *s = split_new(a, &opt);
    bool found;
    struct js *rest;
    ck_assert_int_eq(split_feed(s, STR("[0"), NULL), 0);
    size_t before = arena_used(a);
    for (int i = 0; i < 100000; i++) {
        ck_assert_int_eq(
            split_feed(s, STR(",{\"user_id\":\"123\",\"roles\":[\"Learner\"]}"), NULL),
            0);
        seen.n = 0;
    }
    ck_assert_int_eq(split_feed(s, STR("]"), NULL), 0);
    ck_assert_int_eq(split_end(s, &found, &rest, NULL), 0);
    ck_assert_int_eq(n, 100001);
    ck_assert_uint_lt(arena_used(a) - before, 20000);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("split");
    TCase *t = tcase_create("split");
    tcase_set_timeout(t, 30);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, finds);
    tcase_add_test(t, refuses);
    tcase_add_test(t, caps);
    tcase_add_test(t, flat);
    suite_add_tcase(s, t);
    return suite_main(s);
}
