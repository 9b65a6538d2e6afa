/* The template language, a row for each thing that the Mustache specification asks for in
 * its core modules, in our own words; then limits, layouts and messages. */
#include "support/suite.h"
#include "view/tmpl.h"

static struct arena *a;

static void setup(void)
{
    a = arena_new(64u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

struct row {
    const char *what;
    const char *source;
    const char *data;
    const char *want;
    const char *partial; /* the source of {{> p}} */
};

static const struct row rows[] = {
    /* interpolation */
    {"no tags", "plain & <b>", "{}", "plain & <b>", NULL},
    {"text is escaped", "{{x}}", "{\"x\":\"& \\\" < > '\"}",
     "&amp; &quot; &lt; &gt; &#39;", NULL},
    {"three braces are not", "{{{x}}}", "{\"x\":\"& \\\" < >\"}", "& \" < >", NULL},
    {"nor is an ampersand", "{{& x }}", "{\"x\":\"<\"}", "<", NULL},
    {"whole numbers", "{{n}} {{{n}}}", "{\"n\":85}", "85 85", NULL},
    {"other numbers", "{{n}}", "{\"n\":1.5}", "1.5", NULL},
    {"yes and no", "{{y}} {{n}}", "{\"y\":true,\"n\":false}", "true false", NULL},
    {"null is nothing", "({{x}})", "{\"x\":null}", "()", NULL},
    {"nothing is nothing", "({{x}})", "{}", "()", NULL},
    {"a dotted name", "{{a.b.c}}", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep", NULL},
    {"a dotted name that breaks off", "({{a.b.c}})", "{\"a\":{}}", "()", NULL},
    {"the first part decides", "{{#a}}{{b.c}}{{/a}}",
     "{\"a\":{\"b\":{}},\"b\":{\"c\":\"wrong\"}}", "", NULL},
    {"the item itself", "{{#l}}[{{.}}]{{/l}}", "{\"l\":[\"x\",2,\"&\"]}", "[x][2][&amp;]",
     NULL},
    {"blanks inside a tag", "|{{  x  }}|", "{\"x\":\"-\"}", "|-|", NULL},
    {"a value keeps its line", "  {{x}}\n", "{\"x\":\"-\"}", "  -\n", NULL},
    /* sections */
    {"true shows", "{{#x}}yes{{/x}}", "{\"x\":true}", "yes", NULL},
    {"false hides", "{{#x}}yes{{/x}}", "{\"x\":false}", "", NULL},
    {"null hides", "{{#x}}yes{{/x}}", "{\"x\":null}", "", NULL},
    {"absent hides", "{{#x}}yes{{/x}}", "{}", "", NULL},
    {"an object is entered", "{{#o}}{{k}}{{/o}}", "{\"o\":{\"k\":\"v\"}}", "v", NULL},
    {"outer names stay", "{{#o}}{{k}}{{y}}{{/o}}", "{\"o\":{\"k\":\"v\"},\"y\":1}", "v1",
     NULL},
    {"inner names win", "{{#o}}{{k}}{{/o}}", "{\"o\":{\"k\":\"in\"},\"k\":\"out\"}", "in",
     NULL},
    {"a list repeats", "{{#l}}{{n}},{{/l}}", "{\"l\":[{\"n\":1},{\"n\":2}]}", "1,2,",
     NULL},
    {"an empty list hides", "{{#l}}x{{/l}}", "{\"l\":[]}", "", NULL},
    {"lists in lists", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "{\"l\":[[1,2],[3]]}",
     "(12)(3)", NULL},
    {"sections of one name nest", "{{#a}}1{{#a}}2{{/a}}{{/a}}", "{\"a\":true}", "12",
     NULL},
    {"a dotted section", "{{#a.b}}x{{/a.b}}", "{\"a\":{\"b\":true}}", "x", NULL},
    {"a text is entered", "{{#s}}{{.}}{{/s}}", "{\"s\":\"x\"}", "x", NULL},
    {"tags alone on a line go", "|\n{{#x}}\n in\n{{/x}}\n|", "{\"x\":true}", "|\n in\n|",
     NULL},
    {"also indented", "|\n  {{#x}}  \nin\n  {{/x}}\n|", "{\"x\":true}", "|\nin\n|", NULL},
    {"also with CR LF", "|\r\n{{#x}}\r\n{{/x}}\r\n|", "{\"x\":true}", "|\r\n|", NULL},
    {"also at the begin and end", "{{#x}}\nin\n  {{/x}}", "{\"x\":true}", "in\n", NULL},
    {"not beside text", " {{#x}}a{{/x}}\n {{#x}}b{{/x}}\n", "{\"x\":true}", " a\n b\n",
     NULL},
    /* inverted */
    {"false shows", "{{^x}}no{{/x}}", "{\"x\":false}", "no", NULL},
    {"absent shows", "{{^x.y}}no{{/x.y}}", "{}", "no", NULL},
    {"an empty list shows", "{{^x}}none{{/x}}", "{\"x\":[]}", "none", NULL},
    {"true hides", "{{^x}}no{{/x}}", "{\"x\":true}", "", NULL},
    {"alone on a line goes", "a\n{{^x}}\nb\n{{/x}}\nc", "{}", "a\nb\nc", NULL},
    /* comments */
    {"a comment vanishes", "a{{! anything }}b", "{}", "ab", NULL},
    {"of several lines", "a\n{{! one\n two }}\nb", "{}", "a\nb", NULL},
    {"beside text keeps the line", "  a {{! x }}\n", "{}", "  a \n", NULL},
    {"names no value", "{{!x}}", "{\"x\":1,\"!x\":2}", "", NULL},
    /* delimiters */
    {"other delimiters", "{{=<% %>=}}<%x%> {{x}}", "{\"x\":1}", "1 {{x}}", NULL},
    {"odd ones", "{{=| |=}}|#l||n||/l|", "{\"l\":[{\"n\":7}]}", "7", NULL},
    {"alone on a line go", "a\n{{=@ @=}}\nb@x@", "{\"x\":1}", "a\nb1", NULL},
    {"not inside partials", "{{=| |=}}|>p|", "{\"x\":1}", "1", "{{x}}"},
    {"nor out of them", "{{> p}}{{x}}|x|", "{\"x\":1}", "11|x|", "{{=| |=}}|x|"},
    /* partials */
    {"a partial", "[{{> p}}]", "{\"x\":\"v\"}", "[v]", "{{x}}"},
    {"one that is not there", "[{{> q}}]", "{}", "[]", NULL},
    {"it sees the item", "{{#l}}{{> p}}{{/l}}", "{\"l\":[{\"x\":1},{\"x\":2}]}", "1;2;",
     "{{x}};"},
    {"it may call itself", "{{> p}}",
     "{\"x\":\"a\",\"kids\":[{\"x\":\"b\",\"kids\":[]},{\"x\":\"c\",\"kids\":[]}]}",
     "a<b<>c<>>", "{{x}}<{{#kids}}{{> p}}{{/kids}}>"},
    {"its lines are indented", "\\\n  {{> p}}\n/", "{\"x\":\"1\\n2\"}",
     "\\\n  |\n  1\n2\n  |\n/", "|\n{{x}}\n|\n"},
    {"indentation adds up", " {{> p}}\n", "{}", " a\n b\n", "a\nb\n"},
    {"no indentation inside a line", " a {{> p}}\n", "{}", " a 1\n2\n", "1\n2"},
};

static struct tmpl_set *plain(const char *source, const char *partial)
{
    struct err e = {0};
    struct tmpl_set *s = tmpl_new(a, TMPL_PLAIN);
    ck_assert_msg(tmpl_add(s, STR("main"), str_c(source), &e) == 0, "%s", e.text);
    if (partial != NULL)
        ck_assert_int_eq(tmpl_add(s, STR("p"), str_c(partial), &e), 0);
    ck_assert_int_eq(tmpl_link(s, &e), 0);
    return s;
}

static const struct view *data(const char *json)
{
    struct err e = {0};
    struct js *j = js_parse(a, str_c(json), 1 << 20, 64, &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return view_from_js(a, j);
}

START_TEST(language)
{
    const struct row *r = &rows[_i];
    struct tmpl_set *s = plain(r->source, r->partial);
    struct tmpl_opts o = {.texts = NULL};
    struct err e = {0};
    struct buf b;
    buf_init(&b, a, 64);
    ck_assert_int_eq(tmpl_render_one(s, STR("main"), data(r->data), &o, &b, &e), 0);
    ck_assert_msg(str_is(buf_view(&b), r->want), "%s: got [%.*s], want [%s]", r->what,
                  STR_ARG(buf_view(&b)), r->want);
}
END_TEST

/* Rendering past a limit fails and leaves the buffer as it was. */
static void expect_limit(struct tmpl_set *s, const struct view *v, const char *reason)
{
    struct tmpl_opts o = {.texts = NULL};
    struct err e = {0};
    struct buf b;
    buf_init(&b, a, 64);
    buf_c(&b, "before");
    ck_assert_int_eq(tmpl_render_one(s, STR("main"), v, &o, &b, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_str_eq(e.text, reason);
    ck_assert(str_is(buf_view(&b), "before"));
}

START_TEST(partials_without_end)
{
    expect_limit(plain("\n{{> p}}", "{{> p}}"), data("{}"),
                 "p.html:1: partials call one another too deep");
}
END_TEST

START_TEST(sections_without_end)
{
    expect_limit(plain("{{> p}}", "{{#x}}{{#x}}{{#x}}{{> p}}{{/x}}{{/x}}{{/x}}"),
                 data("{\"x\":true}"), "p.html:1: nested too deep");
}
END_TEST

static const struct view *long_list(size_t n, struct str text)
{
    struct view *v = view_new(a);
    struct view *list = view_list(v, "l");
    for (size_t i = 0; i < n; i++)
        view_item_str(list, text);
    return v;
}

START_TEST(output_cap)
{
    expect_limit(plain("\n\n{{#l}}0123456789{{.}}{{/l}}", NULL),
                 long_list(60000, STR("0123456789")),
                 "main.html:3: the page grows too large");
}
END_TEST

START_TEST(work_cap)
{
    expect_limit(plain("{{#l}}{{#l}}{{^l}}{{/l}}{{/l}}{{/l}}", NULL),
                 long_list(2000, STR("")), "main.html:1: too much work");
}
END_TEST

START_TEST(source_cap)
{
    struct err e = {0};
    struct str big = {arena_alloc(a, TMPL_SOURCE_MAX + 1), TMPL_SOURCE_MAX + 1};
    ck_assert_int_eq(tmpl_add(tmpl_new(a, TMPL_PLAIN), STR("big"), big, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(pages_in_a_layout)
{
    struct err e = {0};
    struct buf b;
    struct tmpl_opts o = {.texts = NULL};
    struct tmpl_set *s = tmpl_new(a, TMPL_HTML);
    buf_init(&b, a, 64);
    ck_assert_int_eq(tmpl_add(s, STR("layout/default"), STR("<p>{{> page}}</p>"), &e), 0);
    ck_assert_int_eq(tmpl_add(s, STR("pages/one"), STR("{{> x}}!"), &e), 0);
    ck_assert_int_eq(tmpl_add(s, STR("partials/x"), STR("<b>{{v}}</b>"), &e), 0);
    ck_assert_int_eq(tmpl_link(s, &e), 0);
    ck_assert_int_eq(tmpl_render(s, "one", data("{\"v\":\"<\"}"), &o, &b, &e), 0);
    ck_assert(str_is(buf_view(&b), "<p><b>&lt;</b>!</p>"));
    ck_assert_int_eq(tmpl_render(s, "two", data("{}"), &o, &b, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
}
END_TEST

START_TEST(messages_without_texts_show_their_ids)
{
    struct err e = {0};
    struct buf b;
    struct tmpl_opts o = {.texts = NULL};
    struct tmpl_set *s = tmpl_new(a, TMPL_HTML);
    buf_init(&b, a, 64);
    ck_assert_int_eq(
        tmpl_add(s, STR("m"), STR("<a title=\"{{#t}}one.id n=x.y{{/t}}\">{{m}}</a>"), &e),
        0);
    ck_assert_int_eq(tmpl_link(s, &e), 0);
    ck_assert_int_eq(
        tmpl_render_one(s, STR("m"), data("{\"m\":{\"$t\":\"two.id\"}}"), &o, &b, &e), 0);
    ck_assert(str_is(buf_view(&b), "<a title=\"one.id\">two.id</a>"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tmpl");
    TCase *t = tcase_create("language");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, language, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(s, t);
    t = tcase_create("limits and layouts");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, partials_without_end);
    tcase_add_test(t, sections_without_end);
    tcase_add_test(t, output_cap);
    tcase_add_test(t, work_cap);
    tcase_add_test(t, source_cap);
    tcase_add_test(t, pages_in_a_layout);
    tcase_add_test(t, messages_without_texts_show_their_ids);
    suite_add_tcase(s, t);
    return suite_main(s);
}
