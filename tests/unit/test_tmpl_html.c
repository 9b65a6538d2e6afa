/* Templates as HTML: what is escaped how, and each place where a tag is refused, with the
 * exact file, line and reason. */
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

static const struct tmpl_opts opts = {.origin = {"https://tool.example", 20}};

static const struct {
    const char *source;
    const char *value; /* of x; b is always true, n always false */
    const char *want;
} places[] = {
    /* text and quoted attributes */
    {"<p>{{x}}</p>", "<script>alert(1)</script>",
     "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
    {"<p title=\"{{x}}\">", "\" onclick=\"a", "<p title=\"&quot; onclick=&quot;a\">"},
    {"<p title='{{x}}'>", "' onclick='a", "<p title='&#39; onclick=&#39;a'>"},
    {"<title>{{x}}</title>", "</title><b>", "<title>&lt;/title&gt;&lt;b&gt;</title>"},
    {"<textarea>{{x}}</textarea>", "</textarea>",
     "<textarea>&lt;/textarea&gt;</textarea>"},
    {"<input value=\"{{x}}\"{{#b}} checked{{/b}}>", "&amp;",
     "<input value=\"&amp;amp;\" checked>"},
    {"<option{{#b}} selected{{/b}}{{^b}} hidden{{/b}}>", "", "<option selected>"},
    {"<i class=\"a{{#b}} b{{/b}}\">{{x}}", "\xf0\x9f\x8e\x93",
     "<i class=\"a b\">\xf0\x9f\x8e\x93"},
    {"<rect width=\"{{x}}\"/>", "5", "<rect width=\"5\"/>"},
    {"<!-- a comment -->{{x}}<!doctype html>", "1", "<!-- a comment -->1<!doctype html>"},
    {"<script src=\"/a.js\" defer></script>{{x}}", "1",
     "<script src=\"/a.js\" defer></script>1"},
    /* addresses that people follow */
    {"<a href=\"{{x}}\">", "https://lms.example/a?b=1&c=2",
     "<a href=\"https://lms.example/a?b=1&amp;c=2\">"},
    {"<a href=\"{{x}}\">", "HTTPS://lms.example", "<a href=\"HTTPS://lms.example\">"},
    {"<a href='{{x}}'>", "/path?q='", "<a href='/path?q=&#39;'>"},
    {"<a href=\"{{x}}\">", "#part", "<a href=\"#part\">"},
    {"<a href=\"{{x}}\">", "next/page:2", "<a href=\"next/page:2\">"},
    {"<a href=\"{{x}}\">", "", "<a href=\"\">"},
    {"<a href=\"{{x}}\">", "https://tool.example/x",
     "<a href=\"https://tool.example/x\">"},
    {"<a href=\"{{x}}\">", "javascript:alert(1)", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "JaVaScript:alert(1)", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", " javascript:alert(1)", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "java\tscript:alert(1)", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "\x01javascript:alert(1)", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "data:text/html,x", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "http://lms.example/", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "https:lms.example", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "https:///lms", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "//lms.example", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "\\\\lms.example", "<a href=\"#blocked\">"},
    {"<a href=\"{{x}}\">", "/\\lms.example", "<a href=\"#blocked\">"},
    {"<form action=\"{{x}}\">", "vbscript:x", "<form action=\"#blocked\">"},
    {"<button formaction=\"{{x}}\">", "javascript:x", "<button formaction=\"#blocked\">"},
    /* addresses that the browser loads by itself */
    {"<script src=\"{{x}}/static/a.js\"></script>", "/base",
     "<script src=\"/base/static/a.js\"></script>"},
    {"<script src=\"{{x}}/static/a.js\"></script>", "https://evil.example",
     "<script src=\"#blocked/static/a.js\"></script>"},
    {"<img src=\"{{x}}\">", "https://evil.example/p.png", "<img src=\"#blocked\">"},
    {"<link href=\"{{x}}\">", "//evil.example/a.css", "<link href=\"#blocked\">"},
    /* parts of addresses */
    {"<a href=\"/p?l={{x}}\">", "a&b=c d/\xc3\xa9",
     "<a href=\"/p?l=a%26b%3Dc%20d%2F%C3%A9\">"},
    {"<a href=\"/p/{{x}}\">", "../a?b#c:d", "<a href=\"/p/../a%3Fb%23c%3Ad\">"},
    {"<a href=\"{{n}}{{x}}\">", "javascript:alert(1)",
     "<a href=\"javascript%3Aalert%281%29\">"},
    {"<a href=\"{{x}}?a=1{{#b}}&amp;b={{x}}{{/b}}\">", "/q",
     "<a href=\"/q?a=1&amp;b=%2Fq\">"},
};

static struct tmpl_set *load(const char *name, const char *source, struct err *e)
{
    struct tmpl_set *s = tmpl_new(a, TMPL_HTML);
    return tmpl_add(s, str_c(name), str_c(source), e) == 0 && tmpl_link(s, e) == 0 ? s
                                                                                   : NULL;
}

START_TEST(escapes_for_the_place)
{
    struct err e = {0};
    struct buf b;
    struct view *v = view_new(a);
    view_str(v, "x", str_c(places[_i].value));
    view_bool(v, "b", true);
    struct tmpl_set *s = load("t", places[_i].source, &e);
    ck_assert_msg(s != NULL, "%s: %s", places[_i].source, e.text);
    buf_init(&b, a, 64);
    ck_assert_int_eq(tmpl_render_one(s, STR("t"), v, &opts, &b, &e), 0);
    ck_assert_msg(str_is(buf_view(&b), places[_i].want), "%s: got %.*s",
                  places[_i].source, STR_ARG(buf_view(&b)));
}
END_TEST

/* http: is for our own origin, and for trials on one machine. */
START_TEST(plain_http)
{
    struct err e = {0};
    struct tmpl_opts o = {.origin = STR("http://127.0.0.1:8480")};
    struct view *v = view_new(a);
    struct buf b;
    view_str(v, "own", STR("http://127.0.0.1:8480/x"));
    view_str(v, "near", STR("http://127.0.0.1:84801/x"));
    struct tmpl_set *s = load("t", "<a href=\"{{own}}\"><a href=\"{{near}}\">", &e);
    buf_init(&b, a, 64);
    ck_assert_int_eq(tmpl_render_one(s, STR("t"), v, &o, &b, &e), 0);
    ck_assert(str_is(buf_view(&b),
                     "<a href=\"http://127.0.0.1:8480/x\"><a href=\"#blocked\">"));
    o.allow_http = true;
    b.n = 0;
    ck_assert_int_eq(tmpl_render_one(s, STR("t"), v, &o, &b, &e), 0);
    ck_assert(str_is(buf_view(&b), "<a href=\"http://127.0.0.1:8480/x\">"
                                   "<a href=\"http://127.0.0.1:84801/x\">"));
}
END_TEST

static const struct {
    const char *source;
    const char *refusal;
} refusals[] = {
    /* places where no escaping is safe */
    {"a\n<script src=\"/a.js\">{{x}}</script>", "2: tag in <script>"},
    {"<script>\nvar a = 1;\n</script>", "1: inline script: load it with src"},
    {"<script src=\"/a\">x</script>", "1: text inside <script>"},
    {"<SCRIPT>", "1: inline script: load it with src"},
    {"<style>\np { color: {{x}} }</style>", "1: element that has no place in a template"},
    {"<iframe srcdoc=\"{{x}}\">", "1: element that has no place in a template"},
    {"<base href=\"/\">", "1: element that has no place in a template"},
    {"<p title={{x}}>", "1: tag in an unquoted attribute value"},
    {"<p title=a{{x}}>", "1: tag in an unquoted attribute value"},
    {"<p title=a{{#b}}b{{/b}}>", "1: tag in an unquoted attribute value"},
    {"<p {{x}}=\"a\">", "1: tag in the name of an attribute"},
    {"<p da{{x}}>", "1: tag in the name of an attribute"},
    {"<p a=\"b\"{{x}}>", "1: tag in the name of an attribute"},
    {"<{{x}}>", "1: tag in the name of an element"},
    {"<p{{x}}>", "1: tag in the name of an element"},
    {"</{{x}}>", "1: tag in the name of an element"},
    {"\n\n<!-- {{x}} -->", "3: tag in a comment"},
    {"<!-- {{#b}}-->{{/b}}", "1: tag in a comment"},
    {"<!doctype {{x}}>", "1: tag in a doctype"},
    {"<p\nonclick=\"f('{{x}}')\">", "2: event handler attribute: scripts live in assets"},
    {"<p onClick='f()'>", "1: event handler attribute: scripts live in assets"},
    {"<p style=\"width: {{x}}\">", "1: style attribute: styles live in assets"},
    {"<meta http-equiv=\"refresh\" content=\"0;url={{x}}\">",
     "1: tag in an attribute whose value must be fixed"},
    {"<input type=\"{{x}}\">", "1: tag in an attribute whose value must be fixed"},
    {"<img srcset=\"{{x}} 2x\">", "1: tag in an attribute whose value must be fixed"},
    {"<a target=\"{{#b}}_top{{/b}}\">",
     "1: section in an attribute whose value must be fixed"},
    {"<title>a</ti{{x}}tle>", "1: tag in an end tag"},
    {"<title>a</ti{{#b}}tle>{{/b}}", "1: section in an end tag"},
    {"<script src=\"/a\">{{#b}}{{/b}}</script>", "1: section in <script>"},
    /* unescaped */
    {"{{{x}}}", "1: unescaped value: there is no safe use of it here"},
    {"\n{{&x}}", "2: unescaped value: there is no safe use of it here"},
    /* addresses */
    {"<a href=\"javascript:f()\">", "1: address with a scheme that runs code"},
    {"<a href=\"JavaScript:f()\">", "1: address with a scheme that runs code"},
    {"<a href=\"java&#115;cript:f()\">",
     "1: odd character at the beginning of an address"},
    {"<a href=\" javascript:f()\">", "1: odd character at the beginning of an address"},
    {"<a href=\"java{{x}}script:f()\">",
     "1: tag where the scheme of an address may be: begin with / or with the tag"},
    {"<a href=\"{{x}}:f()\">", "1: behind a value an address goes on with / ? or #"},
    {"<a href=\"{{x}}script:f()\">",
     "1: behind a value an address goes on with / ? or #"},
    {"<a href=\"{{#b}}/x{{/b}}{{x}}\">",
     "1: section that ends elsewhere in the HTML than it began"},
    {"<a href=x>", "1: an address must be quoted"},
    {"<a href=\"{{#t}}an.id{{/t}}\">", "1: message in an address"},
    /* sections and places */
    {"{{#b}}<p title=\"{{/b}}\">",
     "1: section that ends elsewhere in the HTML than it began"},
    {"<p{{#b}} title=\"{{/b}}x\">",
     "1: section that ends elsewhere in the HTML than it began"},
    {"{{#b}}<script src=\"/a\">{{/b}}</script>", "1: section in <script>"},
    {"{{#b}}<title>\n{{/b}}</title>",
     "2: section that ends elsewhere in the HTML than it began"},
    {"{{#b}}<!-- {{/b}} -->", "1: tag in a comment"},
    {"<p{{#b}}x{{/b}}>", "1: a blank is missing between attributes"},
    {"<p title=\"a\"{{#b}} hidden{{/b}}x>", "1: a blank is missing between attributes"},
    {"<p title=\"a\"{{#b}} hidden{{/b}} =\"x\">",
     "1: odd character before an attribute (no blanks around =)"},
    {"<p{{> x}}>", "1: partial that does not stand in text"},
    {"<p title=\"", "1: template that ends inside a tag or element"},
    {"<title>", "1: template that ends inside a tag or element"},
    {"a\n<!-- ", "2: template that ends inside a tag or element"},
    /* HTML that a browser may read otherwise */
    {"a < b", "1: '<' that begins no tag: write &lt;"},
    {"<p title=\"a\"b=\"c\">", "1: a blank is missing between attributes"},
    {"<p title = \"a\">", "1: odd character before an attribute (no blanks around =)"},
    {"<p title=\"a\" \"b\">",
     "1: odd character before an attribute (no blanks around =)"},
    {"<p ti\"tle=\"a\">", "1: odd character in the name of an attribute"},
    {"<p title=`a`>", "1: value that is neither quoted nor a plain word"},
    {"<p title=>", "1: value that is neither quoted nor a plain word"},
    {"<p title=a\"b>", "1: odd character in an unquoted value"},
    {"<p / title=\"a\">", "1: '/' that does not end the tag"},
    {"<p@>", "1: odd character in the name of an element"},
    {"</p x=\"y\">", "1: odd character in an end tag"},
    {"</ p>", "1: odd character behind \"</\""},
    {"<![CDATA[x]]>", "1: neither a comment nor a doctype"},
    {"<?xml?>", "1: '<' that begins no tag: write &lt;"},
    {"<!-- a --!> -->", "1: \"--!\" in a comment"},
    {"<title>a</title b>", "1: end tag with something behind its name"},
    /* the language itself */
    {"a\n{{x", "2: tag without its closing delimiter"},
    {"{{#x}}\n", "1: section without its end"},
    {"\n{{/x}}", "2: end of a section that was not begun"},
    {"{{#x}}\n{{/y}}", "2: end of another section than the one begun last"},
    {"{{}}", "1: tag without a proper name"},
    {"{{a b}}", "1: tag without a proper name"},
    {"{{a..b}}", "1: tag without a proper name"},
    {"{{#a.}}", "1: section without a proper name"},
    {"{{>}}", "1: partial without a name"},
    {"{{=<<}}=}}", "1: delimiters must be two words without ="},
    {"{{=a b c=}}", "1: delimiters must be two words without ="},
    {"{{> nowhere}}", "1: there is no such partial"},
    {"\n{{> page}}", "2: there is no such partial"},
    {"{{#t}}an.id", "1: message without its {{/t}}"},
    {"{{#t}}an.id{{x}}{{/t}}", "1: message without its {{/t}}"},
    {"{{#t}}{{/t}}", "1: message that is not \"id name=path ...\""},
    {"{{#t}}an.id word{{/t}}", "1: message that is not \"id name=path ...\""},
};

START_TEST(refuses)
{
    struct err e = {0};
    struct tmpl_set *s = load("pages/bad", refusals[_i].source, &e);
    ck_assert_msg(s == NULL, "accepted: %s", refusals[_i].source);
    ck_assert_int_eq(e.code, ERR_INPUT);
    char *want = str_z(a, str_fmt(a, "pages/bad.html:%s", refusals[_i].refusal));
    ck_assert_msg(str_is(str_c(e.text), want), "%s: got %s", refusals[_i].source, e.text);
}
END_TEST

START_TEST(sections_nest_only_so_deep)
{
    struct err e = {0};
    struct buf b;
    buf_init(&b, a, 1024);
    for (int i = 0; i < 33; i++)
        buf_c(&b, "{{#x}}");
    ck_assert_ptr_null(load("t", str_z(a, buf_view(&b)), &e));
    ck_assert_str_eq(e.text, "t.html:1: sections are nested too deep");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tmpl as HTML");
    TCase *t = tcase_create("places");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, escapes_for_the_place, 0, sizeof places / sizeof places[0]);
    tcase_add_test(t, plain_http);
    suite_add_tcase(s, t);
    t = tcase_create("refusals");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, refuses, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(t, sections_nest_only_so_deep);
    suite_add_tcase(s, t);
    return suite_main(s);
}
