/* The core modules of the official Mustache specification, from a copy of
 * github.com/mustache/spec whose folder `specs` is named by WAYMARK_MUSTACHE_SPEC. The
 * files are not ours and not committed; without them this test says so and passes. What
 * they ask for is also covered, in our own words, by test_tmpl.c. */
#include "support/suite.h"
#include "view/file.h"
#include "view/tmpl.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const modules[] = {"comments", "delimiters", "interpolation",
                                      "inverted", "partials",   "sections"};

static int add_partial(void *ctx, struct str name, struct js *source)
{
    struct str text;
    ck_assert(js_str(source, &text));
    return tmpl_add(ctx, name, text, NULL);
}

static int run_one(const struct js *test)
{
    struct arena *a = arena_new(16u << 20);
    struct tmpl_set *s = tmpl_new(a, TMPL_PLAIN);
    struct tmpl_opts o = {.texts = NULL};
    struct err e = {0};
    struct buf out;
    buf_init(&out, a, 256);
    struct view *v = view_from_js(a, js_get(test, "data"));
    bool ok = tmpl_add(s, STR("main"), js_text(test, "template"), &e) == 0 &&
              js_each(js_get(test, "partials"), add_partial, s) == 0 &&
              tmpl_link(s, &e) == 0 &&
              tmpl_render_one(s, STR("main"), v, &o, &out, &e) == 0;
    struct str want = js_text(test, "expected");
    struct str got = buf_view(&out);
    if (!ok || !str_eq(got, want)) {
        printf("FAILED %.*s: %s\n want [%.*s]\n got  [%.*s]\n",
               STR_ARG(js_text(test, "name")), e.text, STR_ARG(want), STR_ARG(got));
        ok = false;
    }
    arena_free(a);
    return ok ? 1 : 0;
}

START_TEST(core_modules)
{
    const char *dir = getenv("WAYMARK_MUSTACHE_SPEC");
    size_t passed = 0;
    size_t all = 0;
    if (dir == NULL) {
        printf("skipped: WAYMARK_MUSTACHE_SPEC is not set\n");
        return;
    }
    for (size_t m = 0; m < sizeof modules / sizeof modules[0]; m++) {
        struct arena *a = arena_new(16u << 20);
        struct err e = {0};
        struct str text;
        char *path = str_z(a, str_fmt(a, "%s/%s.json", dir, modules[m]));
        ck_assert_msg(file_read(a, path, 1 << 20, &text, &e) == 0, "%s", e.text);
        struct js *doc = js_parse(a, text, 1 << 20, 32, &e);
        ck_assert_msg(doc != NULL, "%s", e.text);
        struct js *tests = js_get(doc, "tests");
        for (size_t i = 0; i < js_len(tests); i++, all++)
            passed += (size_t)run_one(js_at(tests, i));
        arena_free(a);
    }
    printf("mustache specification: %zu of %zu core tests\n", passed, all);
    ck_assert_uint_eq(passed, all);
    ck_assert_uint_ge(all, 136);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mustache specification");
    TCase *t = tcase_create("core");
    tcase_add_test(t, core_modules);
    suite_add_tcase(s, t);
    return suite_main(s);
}
