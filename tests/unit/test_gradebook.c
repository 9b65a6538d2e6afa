/* Grade books as Moodle and Canvas export them, and plain ones. */
#include "file/gradebook.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static struct str fixture(const char *name)
{
    char path[200];
    struct buf b;
    snprintf(path, sizeof path, "tests/fixtures/gradebook/%s", name);
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    buf_init(&b, a, 1 << 16);
    for (int c; (c = fgetc(f)) != EOF;)
        buf_char(&b, (char)c);
    fclose(f);
    return buf_view(&b);
}

static struct gradebook read(struct str bytes, enum gradebook_form form)
{
    struct gradebook g;
    struct err e = {0};
    ck_assert_msg(gradebook_read(a, bytes, form, &g, &e) == 0, "%s", e.text);
    return g;
}

/* "use" or "ignore:why" of a column, with its title and maximum. */
static const char *column(const struct gradebook *g, size_t k)
{
    const struct gradebook_column *c = &g->columns[k];
    struct buf b;
    buf_init(&b, a, 256);
    buf_c(&b, gradebook_use_name(c->use));
    if (c->use == GRADEBOOK_NOTHING)
        buf_fmt(&b, ":%s", c->why);
    if (c->use >= GRADEBOOK_POINTS)
        buf_fmt(&b, " <%.*s>%.*s%s", STR_ARG(c->title), STR_ARG(c->key),
                c->named ? "" : "?");
    if (c->use >= GRADEBOOK_POINTS && c->has_maximum)
        buf_fmt(&b, "/%g", c->maximum);
    return str_z(a, buf_view(&b));
}

static void columns_are(const struct gradebook *g, const char *const *want, size_t n)
{
    ck_assert_uint_eq(g->columns_n, n);
    for (size_t k = 0; k < n; k++)
        ck_assert_str_eq(column(g, k), want[k]);
}

#define COLUMNS(g, ...)                                                                  \
    columns_are(g, (const char *const[]){__VA_ARGS__},                                   \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static enum gradebook_cell cell(const struct gradebook *g, const char *text, double *v)
{
    *v = -1;
    return gradebook_value(g, str_c(text), v);
}

/* The export of a real Moodle, as comma and as tab separated values. */
START_TEST(a_real_moodle)
{
    static const char *const files[] = {"moodle-4.5.csv", "moodle-4.5-tab.csv"};
    for (size_t i = 0; i < 2; i++) {
        struct gradebook g = read(fixture(files[i]), GRADEBOOK_GUESS);
        ck_assert_int_eq(g.form, GRADEBOOK_MOODLE);
        ck_assert_int_eq(g.separator, i == 0 ? ',' : '\t');
        ck_assert_uint_eq(g.rows_n, 30);
        ck_assert_uint_eq(g.problems_all, 0);
        ck_assert(!g.comma);
        ck_assert_int_ge(g.exported_ms, INT64_C(1795443100000));
        COLUMNS(&g, "first", "last", "number", "ignore:other", "ignore:other", "email",
                "ignore:other", "points <Quiz: Quiz 1: Numbers>",
                "percent <Quiz: Quiz 1: Numbers>/100", "ignore:letter", "ignore:feedback",
                "points <Quiz: Quiz 2: Expressions>",
                "percent <Quiz: Quiz 2: Expressions>/100", "ignore:letter",
                "ignore:feedback", "points <Quiz: Quiz 3: Equations>",
                "percent <Quiz: Quiz 3: Equations>/100", "ignore:letter",
                "ignore:feedback", "points <Assignment: Homework: expressions>",
                "points <Assignment: Homework: expressions>", "ignore:letter",
                "ignore:feedback", "ignore:total", "ignore:total", "ignore:letter",
                "ignore:feedback", "time");
        double v;
        ck_assert_int_eq(gradebook_value(&g, g.rows[0].cells[7], &v), GRADEBOOK_GRADE);
        ck_assert_double_eq(v, 10);
        ck_assert_int_eq(gradebook_value(&g, g.rows[0].cells[12], &v), GRADEBOOK_GRADE);
        ck_assert_double_eq(v, 60);
        ck_assert_int_eq(gradebook_value(&g, g.rows[0].cells[15], &v), GRADEBOOK_BLANK);
    }
}
END_TEST

/* A German Moodle, saved again by Excel: other words, decimal comma, Windows-1252. */
START_TEST(another_language)
{
    struct gradebook g = read(fixture("moodle-german-1252.csv"), GRADEBOOK_GUESS);
    ck_assert_int_eq(g.form, GRADEBOOK_MOODLE);
    ck_assert_str_eq(g.encoding, "Windows-1252");
    ck_assert(g.comma);
    ck_assert_int_eq(g.exported_ms, INT64_C(1795443107000));
    COLUMNS(&g, "first", "last", "number", "ignore:other", "ignore:empty", "email",
            "points <Test: Quiz 1: Numbers>", "percent <Test: Quiz 1: Numbers>/100",
            "points <Aufgabe: Gr\xc3\xb6\xc3\x9f"
            "en>",
            "ignore:text", "points <Kurs gesamt>?", "time");
    double v;
    ck_assert_int_eq(cell(&g, g.rows[0].cells[6].p, &v), GRADEBOOK_GRADE);
    ck_assert_double_eq(v, 7.5);
}
END_TEST

START_TEST(canvas)
{
    struct gradebook g = read(fixture("canvas.csv"), GRADEBOOK_GUESS);
    ck_assert_int_eq(g.form, GRADEBOOK_CANVAS);
    ck_assert_uint_eq(g.rows_n, 4);
    ck_assert_int_eq(g.rows[0].line, 4);
    COLUMNS(&g, "name", "id", "number", "login", "ignore:other",
            "points <Quiz 1: Numbers>4711/10", "points <Essay: my week>4712/20",
            "points <Group work>4713/5", "ignore:total", "ignore:total", "ignore:total",
            "ignore:total", "ignore:total", "ignore:total", "ignore:total",
            "ignore:total");
    double v;
    ck_assert_int_eq(gradebook_value(&g, g.rows[1].cells[7], &v), GRADEBOOK_EXCUSED);
    ck_assert_int_eq(gradebook_value(&g, g.rows[0].cells[6], &v), GRADEBOOK_BLANK);
    ck_assert_int_eq(gradebook_value(&g, g.rows[2].cells[6], &v), GRADEBOOK_BLANK);
    ck_assert_int_eq(gradebook_value(&g, g.rows[2].cells[5], &v), GRADEBOOK_GRADE);
    ck_assert_double_eq(v, 0);
    ck_assert(str_is(g.rows[2].cells[0], "O'Neil, \"Kit\" Zo\xc3\xab"));
}
END_TEST

START_TEST(plain)
{
    struct gradebook g = read(fixture("plain.csv"), GRADEBOOK_GUESS);
    ck_assert_int_eq(g.form, GRADEBOOK_PLAIN);
    COLUMNS(&g, "email", "name", "points <Quiz 1>/10", "points <Essay>/20",
            "ignore:text");
    g = read(fixture("plain-utf16.csv"), GRADEBOOK_PLAIN);
    ck_assert_str_eq(g.encoding, "UTF-16");
    COLUMNS(&g, "email", "name", "points <Quiz 1>/10", "points <Essay>/20",
            "ignore:text");
    ck_assert(str_is(g.rows[0].cells[1], "Me\xc3\xaf \xf0\x9f\x98\x80"));
}
END_TEST

START_TEST(cells)
{
    struct gradebook point = {.comma = false}, comma = {.comma = true};
    double v;
    static const struct {
        const char *text;
        double value;
    } numbers[] = {{"7", 7},  {" 7.50 ", 7.5},   {"-1.5", -1.5},
                   {"+2", 2}, {"100.00 %", 100}, {".5", 0.5},
                   {"5.", 5}, {"0", 0},          {"12\xc2\xa0%", 12}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        ck_assert_int_eq(cell(&point, numbers[i].text, &v), GRADEBOOK_GRADE);
        ck_assert_double_eq(v, numbers[i].value);
    }
    static const char *const blanks[] = {"", " ", "-", "\xe2\x80\x93", "N/A", "\xc2\xa0"};
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
        ck_assert_int_eq(cell(&point, blanks[i], &v), GRADEBOOK_BLANK);
    static const char *const wrong[] = {
        "A",   "7,5", "1,234.5", "1.2.3", "7 8", "%",
        "nan", "inf", "0x10",    "1e3",   "--1", "123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(cell(&point, wrong[i], &v) == GRADEBOOK_WRONG, "%s", wrong[i]);
    ck_assert_int_eq(cell(&point, "ex", &v), GRADEBOOK_EXCUSED);
    ck_assert_int_eq(cell(&comma, "7,5", &v), GRADEBOOK_GRADE);
    ck_assert_double_eq(v, 7.5);
    ck_assert_int_eq(cell(&comma, "1.234,5", &v), GRADEBOOK_WRONG);
    ck_assert_int_eq(cell(&comma, "1.5", &v), GRADEBOOK_WRONG);
}
END_TEST

START_TEST(broken_lines_are_listed_and_the_rest_goes_on)
{
    struct gradebook g = read(STR("Email,Quiz 1 [10]\n"
                                  "a@x.example,5\n"
                                  "b@x.example\n"
                                  "c@x.example,6,7\n"
                                  "d@x.example,\"8\n"
                                  "e@x.example,9,\n"),
                              GRADEBOOK_GUESS);
    ck_assert_uint_eq(g.rows_n, 2);
    ck_assert_uint_eq(g.problems_n, 3);
    ck_assert_int_eq(g.problems[0].line, 3);
    ck_assert_str_eq(g.problems[0].why, "it has fewer fields than the first line");
    ck_assert_int_eq(g.problems[1].line, 4);
    ck_assert_int_eq(g.problems[2].line, 5);
}
END_TEST

START_TEST(what_is_no_grade_book)
{
    static const char *const none[] = {"", "\n", "hello", "a\n1\n", "\"a", "a,b\n"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct gradebook g;
        struct err e = {0};
        ck_assert_int_eq(gradebook_read(a, str_c(none[i]), GRADEBOOK_GUESS, &g, &e), -1);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
    ck_assert_int_eq(gradebook_form_from(STR("canvas")), GRADEBOOK_CANVAS);
    ck_assert_int_eq(gradebook_form_from(STR("")), GRADEBOOK_GUESS);
    ck_assert_int_eq(gradebook_use_from(STR("email")), GRADEBOOK_EMAIL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gradebook");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_real_moodle);
    tcase_add_test(t, another_language);
    tcase_add_test(t, canvas);
    tcase_add_test(t, plain);
    tcase_add_test(t, cells);
    tcase_add_test(t, broken_lines_are_listed_and_the_rest_goes_on);
    tcase_add_test(t, what_is_no_grade_book);
    suite_add_tcase(s, t);
    return suite_main(s);
}
