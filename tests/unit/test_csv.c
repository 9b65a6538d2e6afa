/* Comma separated values, strictly: what a row is, and what of a broken file stays. */
#include "file/csv.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static struct arena *a;
static struct buf seen;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
    buf_init(&seen, a, 1024);
}

static void teardown(void)
{
    arena_free(a);
}

/* "LINE:[a|b]" a row, "LINE:!" a bad one. */
static int note(void *ctx, const struct csv_row *row, struct err *e)
{
    (void)ctx;
    (void)e;
    buf_fmt(&seen, "%lld:%s", (long long)row->line, row->bad != NULL ? "!" : "[");
    for (size_t i = 0; i < row->n; i++) {
        buf_c(&seen, i > 0 ? "|" : "");
        buf_str(&seen, row->fields[i]);
    }
    buf_c(&seen, row->bad != NULL ? "" : "]");
    return 0;
}

static const char *got(struct str bytes, const struct csv_opt *opt, size_t step)
{
    struct err e = {0};
    seen.n = 0;
    struct csv *c = csv_new(a, opt, note, NULL);
    for (size_t i = 0; i < bytes.n; i += step)
        if (csv_push(c, str_sub(bytes, i, i + step), &e) != 0)
            buf_fmt(&seen, "error %d", e.code);
    if (csv_end(c, &e) != 0)
        buf_fmt(&seen, "error %d", e.code);
    return str_z(a, buf_view(&seen));
}

static void rows_are(const char *bytes, size_t n, const char *want)
{
    static const size_t steps[] = {1, 2, 3, 7, 100000};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        ck_assert_str_eq(got((struct str){bytes, n}, NULL, steps[i]), want);
}

#define ROWS(bytes, want) rows_are("" bytes, sizeof(bytes) - 1, want)

START_TEST(rows_and_fields)
{
    ROWS("a,b\r\n1,2\r\n", "1:[a|b]2:[1|2]");
    ROWS("a,b\n1,2", "1:[a|b]2:[1|2]");
    ROWS("a,b\r1,2\r", "1:[a|b]2:[1|2]");
    ROWS("a,b\n\n\r\n1,\n,\n", "1:[a|b]4:[1|]5:[|]");
    ROWS("\"a\",\"b \"\"x\"\" \"\n\"1\r\n2\",3\n4,5\n",
         "1:[a|b \"x\" ]2:[1\r\n2|3]4:[4|5]");
    ROWS("\"\",\"\"\"\"\n", "1:[|\"]");
    ROWS("", "");
    ROWS("\n\n", "");
    ROWS("a", "1:[a]");
}
END_TEST

START_TEST(separators_are_guessed_from_the_first_line)
{
    ROWS("a;b,c;d\n1;2;3\n", "1:[a|b,c|d]2:[1|2|3]");
    ROWS("a\tb\n1\t2,5\n", "1:[a|b]2:[1|2,5]");
    ROWS("\"a;b;c;d\",e\n1,2\n", "1:[a;b;c;d|e]2:[1|2]");
    ROWS("sep=;\r\na;b\n", "2:[a|b]");
    struct csv_opt opt = {.separator = ':'};
    ck_assert_str_eq(got(STR("a:b,c\n"), &opt, 4), "1:[a|b,c]");
}
END_TEST

START_TEST(encodings)
{
    ROWS("\xef\xbb\xbfn\xc3\xa9,\xf0\x9f\x98\x80\n", "1:[n\xc3\xa9|\xf0\x9f\x98\x80]");
    ROWS("n\xe9,\x80\xe4\n", "1:[n\xc3\xa9|\xe2\x82\xac\xc3\xa4]");
    ROWS("a,\xe9", "1:[a|\xc3\xa9]");
    ROWS("a,\xc3", "1:[a|\xc3\x83]");
    ROWS("\xff\xfe"
         "a\0,\0\x3d\xd8\x00\xde\n\0",
         "1:[a|\xf0\x9f\x98\x80]");
    ROWS("\xfe\xff"
         "\0a\0,\x20\xac\0\n",
         "1:[a|\xe2\x82\xac]");
    /* Half a pair is told as what it is. */
    ROWS("\xff\xfe"
         "\x3d\xd8"
         "a\0\n\0",
         "1:[\xef\xbf\xbd"
         "a]");
    struct csv *c = csv_new(a, NULL, note, NULL);
    struct err e = {0};
    ck_assert_int_eq(csv_push(c, STR("x;\xe9\n"), &e), 0);
    ck_assert_int_eq(csv_end(c, &e), 0);
    ck_assert_str_eq(csv_encoding(c), "Windows-1252");
    ck_assert_int_eq(csv_separator(c), ';');
}
END_TEST

START_TEST(what_is_malformed_costs_its_line_alone)
{
    ROWS("a,b\n1,\"2\n3,4\n5,6\n", "1:[a|b]2:!3:[3|4]4:[5|6]");
    ROWS("a,b\n1,2\"x\n3,4\n", "1:[a|b]2:!3:[3|4]");
    ROWS("a,b\n\"1\"x,2\n3,4\n", "1:[a|b]2:!3:[3|4]");
    ROWS("a,b\n1,\0\n3,4\n", "1:[a|b]2:!3:[3|4]");
    /* UTF-8 so far: a stray byte is no letter of another encoding. */
    ROWS("\xc3\xa9,b\n1,\xff\n3,4\n", "1:[\xc3\xa9|b]2:!3:[3|4]");
    /* The quote of line 2 is closed in line 3, and what follows is none of a field. */
    ROWS("a,b\n\"1,2\n\"3\",4\n5,6\n", "1:[a|b]2:!3:[3|4]4:[5|6]");
}
END_TEST

static struct str repeat(const char *head, char c, size_t n, const char *tail)
{
    struct buf b;
    buf_init(&b, a, n + 100);
    buf_c(&b, head);
    for (size_t i = 0; i < n; i++)
        buf_char(&b, c);
    buf_c(&b, tail);
    return str_dup(a, buf_view(&b));
}

START_TEST(everything_has_an_end)
{
    struct csv_opt opt = {.field_n = 64, .fields = 4, .rows = 3};
    struct str text = repeat("a,b\n", 'x', 65, ",1\n2,3\n");
    static const size_t steps[] = {1, 50, 100000};
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(got(text, &opt, steps[i]), "1:[a|b]2:!3:[2|3]");
    text = repeat("a,b\n", 'x', 100000, ",1\n2,3\n");
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(got(text, &opt, steps[i]), "1:[a|b]2:!3:[2|3]");
    text = repeat("a,b\n\"", '\n', 100000, "2,3\n"); /* a quote that nobody closes */
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(got(text, &opt, steps[i]), "1:[a|b]2:!100002:[2|3]");
    ck_assert_str_eq(got(STR("1,2,3,4,5\n1\n"), &opt, 9), "1:!2:[1]");
    char want[40];
    snprintf(want, sizeof want, "1:[1]2:[2]3:[3]error %derror %d", ERR_LIMIT, ERR_LIMIT);
    ck_assert_str_eq(got(STR("1\n2\n3\n4\n"), &opt, 100), want);
    opt = (struct csv_opt){.bytes = 4};
    snprintf(want, sizeof want, "error %d", ERR_LIMIT);
    ck_assert_str_eq(got(STR("12345"), &opt, 100), want);
}
END_TEST

/* Lines that each open a quote must not make the reader look at the rest again and again.
 */
START_TEST(many_open_quotes_take_linear_time)
{
    struct buf b;
    buf_init(&b, a, 4 << 20);
    for (int i = 0; i < 100000; i++)
        buf_c(&b, i % 2 ? "1,\"\"\"x\n" : "\"\",\"\"\"\"\n");
    struct csv *c = csv_new(a, NULL, note, NULL);
    struct err e = {0};
    ck_assert_int_eq(csv_push(c, buf_view(&b), &e), 0);
    ck_assert_int_eq(csv_end(c, &e), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("csv");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, rows_and_fields);
    tcase_add_test(t, separators_are_guessed_from_the_first_line);
    tcase_add_test(t, encodings);
    tcase_add_test(t, what_is_malformed_costs_its_line_alone);
    tcase_add_test(t, everything_has_an_end);
    tcase_add_test(t, many_open_quotes_take_linear_time);
    suite_add_tcase(s, t);
    return suite_main(s);
}
