/* The product's own templates: they load, every sample renders, nothing is left over,
 * and a page stays inside its budget. */
#include "support/suite.h"
#include "view/file.h"
#include "view/tmpl.h"

#include <stdio.h>
#include <stdlib.h>

#define SAMPLE_MAX ((size_t)256 * 1024)

static struct arena *a;
static struct tmpl_set *set;
static struct catalogue_set *texts;

/* Texts are compiled beside the programs: build/MODE/i18n. */
static void setup(void)
{
    struct err e = {0};
    const char *mode = getenv("MODE");
    a = arena_new(64u << 20);
    set = tmpl_load(a, "templates", &e);
    ck_assert_msg(set != NULL, "%s", e.text);
    struct str dir = str_fmt(a, "build/%s/i18n", mode == NULL ? "release" : mode);
    texts = catalogue_load(a, str_z(a, dir), &e);
    ck_assert_msg(texts != NULL, "%s", e.text);
}

static void teardown(void)
{
    arena_free(a);
}

static struct view *sample(struct str file)
{
    struct err e = {0};
    struct str json;
    char *path = str_z(a, str_fmt(a, "templates/pages/%.*s", STR_ARG(file)));
    ck_assert_msg(file_read(a, path, SAMPLE_MAX, &json, &e) == 0, "%s", e.text);
    struct js *j = js_parse(a, json, SAMPLE_MAX, 32, &e);
    ck_assert_msg(j != NULL, "%s: %s", path, e.text);
    return view_from_js(a, j);
}

static struct str render(const char *page, const struct view *v)
{
    struct err e = {0};
    struct buf b;
    struct tmpl_opts o = {.texts = catalogue_pick(texts, STR("en-GB"))};
    buf_init(&b, a, 16 * 1024);
    ck_assert_msg(tmpl_render(set, page, v, &o, &b, &e) == 0, "%s: %s", page, e.text);
    return buf_view(&b);
}

static bool has(struct str page, const char *text)
{
    return str_find(page, str_c(text), 0) != SIZE_MAX;
}

START_TEST(every_sample_renders)
{
    struct err e = {0};
    struct str *files;
    size_t n;
    ck_assert_int_eq(file_list(a, "templates/pages", ".sample.json", 200, &files, &n, &e),
                     0);
    ck_assert_uint_ge(n, 11);
    for (size_t i = 0; i < n; i++) {
        size_t end = str_find(files[i], STR("--"), 0);
        if (end == SIZE_MAX)
            end = files[i].n - sizeof ".sample.json" + 1;
        char *page = str_z(a, str_sub(files[i], 0, end));
        struct str html = render(page, sample(files[i]));
        ck_assert_msg(has(html, "<html lang=\"en\" dir=\"ltr\""), "%s", page);
        ck_assert_msg(!has(html, "{{") && !has(html, "{n}"), "%s", page);
        ck_assert_msg(!has(html, "#blocked"), "%s", page);
        ck_assert_uint_lt(html.n, 40000);
    }
}
END_TEST

START_TEST(every_page_has_a_sample)
{
    struct err e = {0};
    struct str *files;
    size_t n;
    ck_assert_int_eq(file_list(a, "templates/pages", ".html", 200, &files, &n, &e), 0);
    for (size_t i = 0; i < n; i++)
        sample(str_fmt(a, "%.*s.sample.json", (int)files[i].n - 5, files[i].p));
}
END_TEST

/* Cookies: addresses carry the handle, forms no secret; without: the other way round. */
START_TEST(two_ways_to_navigate)
{
    struct str with = render("panel", sample(STR("panel.sample.json")));
    struct str without = render("panel", sample(STR("panel--cookieless.sample.json")));
    ck_assert(has(with, "<a class=\"button\" href=\"/choices?l=k3VbR0x9Qm2a\">"));
    ck_assert(!has(with, "name=\"s\""));
    ck_assert(has(without, "<form method=\"post\" action=\"/choices\">"));
    ck_assert(has(without, "name=\"s\" value=\"sample-session\""));
    ck_assert(!has(without, "?l="));
    ck_assert(has(with, "name=\"csrf\" value=\"sample-csrf\""));
}
END_TEST

/* What a student must never read (FEATURES.md 4.6), whatever the texts become. */
START_TEST(no_words_of_risk)
{
    static const char *const words[] = {"at risk", "risk",    "average", "failing",
                                        "behind",  "struggl", "below"};
    static const char *const pages[] = {"panel", "choices", "stored", "not_ready",
                                        "message"};
    for (size_t p = 0; p < sizeof pages / sizeof pages[0]; p++) {
        struct str html = str_lower(
            a, render(pages[p], sample(str_fmt(a, "%s.sample.json", pages[p]))));
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            ck_assert_msg(!has(html, words[i]), "%s says %s", pages[p], words[i]);
    }
}
END_TEST

/* A name that is a piece of HTML stays a name on every page that shows it. */
START_TEST(names_stay_names)
{
    struct view *v = sample(STR("continue.sample.json"));
    view_str(v, "name", STR("</title><script>x</script>\"' onload=y"));
    view_str(v, "course", STR("<img src=x onerror=y>"));
    struct str html = render("continue", v);
    ck_assert(!has(html, "<script>x") && !has(html, "<img") && !has(html, "\"' onload"));
    ck_assert(has(html, "&lt;script&gt;x&lt;/script&gt;&quot;&#39; onload=y"));
}
END_TEST

START_TEST(script_is_small)
{
    struct str js;
    struct err e = {0};
    ck_assert_int_eq(file_read(a, "templates/assets/waymark.js", 3072, &js, &e), 0);
}
END_TEST

static int known(void *ctx, struct str where, struct str id)
{
    ck_assert_msg(catalogue_has(ctx, id), "%.*s: there is no message %.*s",
                  STR_ARG(where), STR_ARG(id));
    return 0;
}

START_TEST(messages_exist)
{
    struct arena *own = arena_new(4u << 20);
    struct err e = {0};
    struct str mo;
    const char *mode = getenv("MODE");
    struct str path =
        str_fmt(own, "build/%s/i18n/en.mo", mode == NULL ? "release" : mode);
    ck_assert_int_eq(file_read(own, str_z(own, path), 1 << 20, &mo, &e), 0);
    struct catalogue *c = catalogue_parse(own, STR("en"), mo, &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    ck_assert_uint_gt(catalogue_len(c), 100);
    ck_assert_int_eq(tmpl_each_message(set, known, c), 0);
    arena_free(own);
}
END_TEST

START_TEST(english_where_a_language_is_missing)
{
    ck_assert(str_is(catalogue_lang(catalogue_pick(texts, STR("xx-Latn-YY"))), "en"));
    ck_assert(str_is(catalogue_lang(catalogue_pick(texts, STR("EN-gb"))), "en"));
    ck_assert(str_is(catalogue_lang(catalogue_pick(texts, STR_EMPTY)), "en"));
    ck_assert_ptr_null(catalogue_load(a, "templates/i18n", NULL));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pages");
    TCase *t = tcase_create("pages");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_sample_renders);
    tcase_add_test(t, every_page_has_a_sample);
    tcase_add_test(t, two_ways_to_navigate);
    tcase_add_test(t, no_words_of_risk);
    tcase_add_test(t, names_stay_names);
    tcase_add_test(t, script_is_small);
    tcase_add_test(t, messages_exist);
    tcase_add_test(t, english_where_a_language_is_missing);
    suite_add_tcase(s, t);
    return suite_main(s);
}
