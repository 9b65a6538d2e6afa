/* Catalogues: .mo files made here byte by byte, good and bad; plural rules of several
 * languages; messages with parameters. */
#include "support/suite.h"
#include "view/catalogue.h"
#include "view/plural.h"

#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new(64u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

struct pair {
    struct str id;
    struct str text;
};

#define HEADER(forms) "Content-Type: text/plain; charset=UTF-8\n" forms
#define P(i, t)                                                                          \
    {                                                                                    \
        {i, sizeof(i) - 1},                                                              \
        {                                                                                \
            t, sizeof(t) - 1                                                             \
        }                                                                                \
    }

static void put_word(struct buf *b, uint32_t w, bool big)
{
    for (int i = 0; i < 4; i++)
        buf_char(b, (char)(w >> (big ? 24 - 8 * i : 8 * i)));
}

/* A .mo file: head of 28 bytes, the two tables, the strings. */
static struct str make_mo(const struct pair *p, uint32_t n, bool big)
{
    struct buf b;
    uint32_t at = 28 + 16 * n;
    const uint32_t head[] = {0x950412de, 0, n, 28, 28 + 8 * n, 0, 0};
    buf_init(&b, a, 4096);
    for (size_t i = 0; i < 7; i++)
        put_word(&b, head[i], big);
    for (uint32_t k = 0; k < 2 * n; k++) {
        uint32_t len = (uint32_t)(k < n ? p[k].id.n : p[k - n].text.n);
        put_word(&b, len, big);
        put_word(&b, at, big);
        at += len + 1;
    }
    for (uint32_t k = 0; k < 2 * n; k++) {
        buf_str(&b, k < n ? p[k].id : p[k - n].text);
        buf_char(&b, '\0');
    }
    return buf_view(&b);
}

static const struct pair english[] = {
    P("", HEADER("Plural-Forms: nplurals=2; plural=(n != 1);\n")),
    P("brace", "a { b } {} {no such} {n"),
    P("days\0days", "{n} day\0{n} days"),
    P("greet", "Hello {name}, it is {when}!"),
    P("odd", "{x}{x}"),
};
#define ENGLISH_N 5

static struct str words(const struct catalogue *c, const struct view *v)
{
    struct buf b;
    buf_init(&b, a, 64);
    catalogue_value(c, v, &b);
    return buf_view(&b);
}

#define ck_words(c, v, want)                                                             \
    ck_assert_msg(str_is(words(c, v), want), "got %.*s", STR_ARG(words(c, v)))

START_TEST(messages)
{
    struct err e = {0};
    struct str mo = make_mo(english, ENGLISH_N, _i == 1);
    struct catalogue *c = catalogue_parse(a, STR("en"), mo, &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    ck_assert_uint_eq(catalogue_len(c), ENGLISH_N - 1);
    ck_assert(str_is(catalogue_id(c, 1), "days"));
    ck_assert(catalogue_has(c, STR("greet")) && !catalogue_has(c, STR("gree")));
    ck_assert(!catalogue_has(c, STR_EMPTY));
    struct view *v = view_new(a);
    struct view *m = view_msg(v, "m", "days");
    view_int(m, "n", 1);
    ck_words(c, m, "1 day");
    view_int(m, "n", 0);
    ck_words(c, m, "0 days");
    m = view_msg(v, "g", "greet");
    view_str(m, "name", STR("Ada <b>"));
    view_int(view_msg(m, "when", "days"), "n", 3);
    ck_words(c, m, "Hello Ada <b>, it is 3 days!");
    ck_words(c, view_msg(v, "u", "no.such.id"), "no.such.id");
    ck_words(c, view_msg(v, "b", "brace"), "a { b } {} {no such} {n");
    ck_words(NULL, m, "greet");
}
END_TEST

/* A name of the other direction must not pull the sentence apart. */
START_TEST(directions)
{
    static const struct pair arabic[] = {P("", HEADER("")),
                                         P("greet", "\xd9\x85 {name} {n}")};
    struct err e = {0};
    struct view *v = view_new(a);
    struct view *m = view_msg(v, "g", "greet");
    struct catalogue *en =
        catalogue_parse(a, STR("en"), make_mo(english, ENGLISH_N, false), &e);
    struct catalogue *ar =
        catalogue_parse(a, STR("ar-EG"), make_mo(arabic, 2, false), &e);
    ck_assert(en != NULL && ar != NULL);
    ck_assert(!catalogue_rtl(en) && catalogue_rtl(ar));
    ck_assert(str_is(catalogue_lang(ar), "ar-EG"));
    view_str(m, "name", STR("\xd9\x84"));
    ck_words(en, m, "Hello \xe2\x81\xa8\xd9\x84\xe2\x81\xa9, it is !");
    view_str(m, "name", STR("Ada"));
    view_int(m, "n", 2);
    ck_words(ar, m,
             "\xd9\x85 \xe2\x81\xa8"
             "Ada\xe2\x81\xa9 2");
}
END_TEST

/* Messages inside messages stop after four levels, whatever the view holds. */
START_TEST(nesting_ends)
{
    struct err e = {0};
    struct catalogue *c =
        catalogue_parse(a, STR("en"), make_mo(english, ENGLISH_N, false), &e);
    struct view *v = view_new(a);
    struct view *m = view_msg(v, "m", "odd");
    const struct view *root = m;
    for (int i = 0; i < 10; i++)
        m = view_msg(m, "x", "odd");
    view_str(m, "x", STR("deep"));
    ck_assert_uint_eq(words(c, root).n, 0);
}
END_TEST

/* Every single byte changed in three ways: refused or read, never past the end (ASan). */
START_TEST(broken_bytes)
{
    static const unsigned char masks[] = {0xff, 0x01, 0x80};
    struct str mo = make_mo(english, ENGLISH_N, false);
    size_t refused = 0;
    for (size_t i = 0; i < mo.n; i++) {
        for (size_t k = 0; k < sizeof masks; k++) {
            struct arena *own = arena_new(4u << 20);
            char *copy = arena_alloc(own, mo.n);
            memcpy(copy, mo.p, mo.n);
            copy[i] = (char)(copy[i] ^ masks[k]);
            struct err e = {0};
            if (catalogue_parse(own, STR("en"), (struct str){copy, mo.n}, &e) == NULL) {
                ck_assert(e.code == ERR_INPUT || e.code == ERR_LIMIT);
                refused++;
            }
            arena_free(own);
        }
    }
    ck_assert_uint_gt(refused, 100);
}
END_TEST

START_TEST(cut_short)
{
    struct str mo = make_mo(english, ENGLISH_N, false);
    for (size_t n = 0; n < mo.n; n++) {
        char *copy = arena_alloc(a, n);
        memcpy(copy, mo.p, n);
        ck_assert_ptr_null(catalogue_parse(a, STR("en"), (struct str){copy, n}, NULL));
    }
}
END_TEST

static const struct {
    struct pair pair[3];
    uint32_t n;
    const char *why;
} bad[] = {
    {{P("", HEADER("")), P("b", "1"), P("a", "2")}, 3, "doubled or not in order"},
    {{P("", HEADER("")), P("a", "1"), P("a", "2")}, 3, "doubled or not in order"},
    {{P("a", "1")}, 1, "there is no header"},
    {{P("", "Content-Type: text/plain; charset=ISO-8859-1\n")}, 1, "charset=UTF-8"},
    {{P("", HEADER("")), P("a", "\xff\xfe")}, 2, "not UTF-8"},
    {{P("", HEADER("")), P("a", "1\0"
                                "2")},
     2,
     "too many forms"},
    {{P("", HEADER("")), P("a\0a", "1\0"
                                   "2\0"
                                   "3\0"
                                   "4\0"
                                   "5\0"
                                   "6\0"
                                   "7\0"
                                   "8\0"
                                   "9")},
     2,
     "too many forms"},
    {{P("", HEADER("Plural-Forms: nplurals=2; plural=m;\n"))}, 1, "Plural-Forms"},
};

START_TEST(bad_files)
{
    struct err e = {0};
    struct str mo = make_mo(bad[_i].pair, bad[_i].n, false);
    ck_assert_ptr_null(catalogue_parse(a, STR("en"), mo, &e));
    ck_assert_msg(strstr(e.text, bad[_i].why) != NULL, "%s", e.text);
}
END_TEST

static const struct {
    const char *rule;
    int64_t n[12];
    unsigned form[12];
} plurals[] = {
    {"nplurals=2; plural=(n != 1);", {0, 1, 2, -1}, {1, 0, 1, 0}},
    {"nplurals=2; plural=n>1", {0, 1, 2}, {0, 0, 1}},
    {"nplurals=1; plural=0;", {0, 1, 7}, {0, 0, 0}},
    {"nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : "
     "n%100>=11 ? 4 : 5);", /* Arabic */
     {0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111, 1000},
     {0, 1, 2, 3, 3, 4, 4, 5, 5, 3, 4, 5}},
    {"nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || "
     "n%100>=20) ? 1 : 2);", /* Russian */
     {1, 2, 5, 11, 12, 21, 22, 25, 101, 111, 112, 0},
     {0, 1, 2, 2, 2, 0, 1, 2, 0, 2, 2, 2}},
    {"nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3);",
     {1, 2, 3, 4, 5, 101, 102},
     {0, 1, 2, 2, 3, 0, 1}},
    {"nplurals=2; plural=!(n==1)", {1, 2}, {0, 1}},
    {"nplurals=3; plural=(n+2-1)*1/1%3", {0, 1, 2, 3}, {1, 2, 0, 1}},
    {"nplurals=2; plural=n", {0, 1, 2, 99}, {0, 1, 0, 0}}, /* out of range: the first */
    {"nplurals=2; plural=1/(n-1)+n%0", {1, 2}, {0, 1}},    /* nothing by zero is 0 */
};

START_TEST(plural_rules)
{
    struct err e = {0};
    struct plural *p = plural_parse(a, str_c(plurals[_i].rule), &e);
    ck_assert_msg(p != NULL, "%s: %s", plurals[_i].rule, e.text);
    for (size_t k = 0; k < 12 && (k == 0 || plurals[_i].n[k] != 0 || k == 11); k++)
        ck_assert_msg(plural_form(p, plurals[_i].n[k]) == plurals[_i].form[k],
                      "%s: %lld is %u", plurals[_i].rule, (long long)plurals[_i].n[k],
                      plural_form(p, plurals[_i].n[k]));
}
END_TEST

static const char *const bad_rules[] = {
    "",
    "nplurals=2;",
    "nplurals=0; plural=0;",
    "nplurals=9; plural=0;",
    "nplurals=2; plural=",
    "nplurals=2; plural=(n",
    "nplurals=2; plural=n n",
    "nplurals=2; plural=n ? 1",
    "nplurals=2; plural=n ? 1 :",
    "nplurals=2; plural=n &",
    "nplurals=2; plural=x",
    "nplurals=2; plural=1 +",
    "nplurals=2; plural=n = 1",
    "nplurals=2; plural=12345678901",
    "nplurals=2; "
    "plural=((((((((((((((((((((((((((((((((((n))))))))))))))))))))))))))))))))))",
};

START_TEST(bad_plural_rules)
{
    struct err e = {0};
    ck_assert_msg(plural_parse(a, str_c(bad_rules[_i]), &e) == NULL, "%s", bad_rules[_i]);
    ck_assert_int_eq(e.code, ERR_INPUT);
}
END_TEST

START_TEST(too_long_rule)
{
    struct buf b;
    buf_init(&b, a, 1024);
    buf_c(&b, "nplurals=2; plural=n");
    while (b.n <= 600)
        buf_c(&b, "+n");
    ck_assert_ptr_null(plural_parse(a, buf_view(&b), NULL));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("catalogue");
    TCase *t = tcase_create("catalogue");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, messages, 0, 2);
    tcase_add_test(t, directions);
    tcase_add_test(t, nesting_ends);
    tcase_add_test(t, broken_bytes);
    tcase_add_test(t, cut_short);
    tcase_add_loop_test(t, bad_files, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(t, plural_rules, 0, sizeof plurals / sizeof plurals[0]);
    tcase_add_loop_test(t, bad_plural_rules, 0, sizeof bad_rules / sizeof bad_rules[0]);
    tcase_add_test(t, too_long_rule);
    suite_add_tcase(s, t);
    return suite_main(s);
}
