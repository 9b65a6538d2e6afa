/* The value tree: what is put in comes out, and what counts as true. */
#include "support/suite.h"
#include "view/view.h"

static struct arena *a;

static void setup(void)
{
    a = arena_new(8u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static const struct view *get(const struct view *o, const char *key)
{
    return view_get(o, str_c(key), view_hash(str_c(key)));
}

#define ck_text(v, want)                                                                 \
    ck_assert_msg(str_is(view_text(v), want), "%.*s", STR_ARG(view_text(v)))

START_TEST(members)
{
    struct view *v = view_new(a);
    view_str(v, "s", STR("text"));
    view_int(v, "i", -7);
    view_bool(v, "b", true);
    view_str(view_child(v, "o"), "inner", STR("x"));
    ck_text(get(v, "s"), "text");
    ck_assert_int_eq(view_num(get(v, "i")), -7);
    ck_assert_int_eq(view_num(get(v, "b")), 1);
    ck_text(get(get(v, "o"), "inner"), "x");
    ck_assert_ptr_null(get(v, "absent"));
    ck_assert_ptr_null(get(get(v, "s"), "anything"));
    ck_assert_ptr_null(view_get(NULL, STR("s"), 0));
}
END_TEST

START_TEST(later_value_counts)
{
    struct view *v = view_new(a);
    view_str(v, "k", STR("first"));
    view_str(v, "other", STR("stays"));
    view_int(v, "k", 2);
    ck_assert_int_eq(view_type(get(v, "k")), VIEW_INT);
    ck_assert_int_eq(view_num(get(v, "k")), 2);
    view_list(v, "k");
    ck_assert(!view_truthy(get(v, "k")));
    ck_text(get(v, "other"), "stays");
}
END_TEST

START_TEST(lists_in_order)
{
    struct view *v = view_new(a);
    struct view *list = view_list(v, "list");
    view_str(view_item(list), "n", STR("one"));
    view_item_str(list, STR("two"));
    view_int(view_item_msg(list, "some.id"), "n", 3);
    const struct view *item = view_first(list);
    ck_text(get(item, "n"), "one");
    item = view_next(item);
    ck_text(item, "two");
    item = view_next(item);
    ck_assert_int_eq(view_type(item), VIEW_MSG);
    ck_text(item, "some.id");
    ck_assert_int_eq(view_num(get(item, "n")), 3);
    ck_assert_ptr_null(view_next(item));
    ck_assert_ptr_null(view_first(v));
}
END_TEST

START_TEST(truth)
{
    struct view *v = view_new(a);
    view_str(v, "empty", STR_EMPTY);
    view_str(v, "text", STR("0"));
    view_int(v, "zero", 0);
    view_int(v, "one", 1);
    view_bool(v, "no", false);
    view_list(v, "none");
    view_item(view_list(v, "some"));
    view_child(v, "object");
    view_msg(v, "msg", "id");
    static const char *const yes[] = {"text", "one", "some", "object", "msg"};
    static const char *const no[] = {"empty", "zero", "no", "none", "absent"};
    for (size_t i = 0; i < 5; i++) {
        ck_assert_msg(view_truthy(get(v, yes[i])), "%s", yes[i]);
        ck_assert_msg(!view_truthy(get(v, no[i])), "%s", no[i]);
    }
}
END_TEST

START_TEST(from_json)
{
    struct err e = {0};
    struct js *j =
        js_parse(a,
                 STR("{\"s\":\"x\",\"i\":5,\"r\":1.210,\"t\":true,\"z\":null,"
                     "\"l\":[1,{\"k\":\"v\"}],\"m\":{\"$t\":\"a.b\",\"n\":2}}"),
                 4096, 16, &e);
    ck_assert_ptr_nonnull(j);
    const struct view *v = view_from_js(a, j);
    ck_text(get(v, "s"), "x");
    ck_text(get(v, "r"), "1.21");
    ck_assert_int_eq(view_type(get(v, "z")), VIEW_NULL);
    ck_assert_int_eq(view_num(view_first(get(v, "l"))), 1);
    ck_text(get(view_next(view_first(get(v, "l"))), "k"), "v");
    ck_assert_int_eq(view_type(get(v, "m")), VIEW_MSG);
    ck_text(get(v, "m"), "a.b");
    ck_assert_int_eq(view_num(get(get(v, "m"), "n")), 2);
}
END_TEST

START_TEST(states_and_places)
{
    struct view *v = view_new(a);
    view_state(v, STR("review"));
    ck_text(get(v, "state"), "review");
    ck_text(get(v, "state_word"), "state.review");
    ck_text(get(v, "letter"), "letter.review");
    view_state(v, STR("<unknown>"));
    ck_text(get(v, "state"), "none");
    struct view *nav = view_nav(v, "nav_x", "/person", NULL);
    view_str(nav, "label", STR("A name"));
    view_nav_field(nav, "person", STR("17"));
    ck_text(get(nav, "to"), "/person");
    const struct view *field = view_first(get(nav, "fields"));
    ck_text(get(field, "name"), "person");
    ck_text(get(field, "value"), "17");
}
END_TEST

/* A second field took the place of the first: a link to one skill of one student lost the
 * skill. */
START_TEST(a_place_keeps_all_its_fields)
{
    struct view *nav = view_nav(view_new(a), "nav_x", "/skill", "page.back");
    view_nav_field(nav, "code", STR("EQ-ONE"));
    view_nav_field(nav, "person", STR("17"));
    const struct view *field = view_first(get(nav, "fields"));
    ck_text(get(field, "value"), "EQ-ONE");
    ck_text(get(view_next(field), "value"), "17");
}
END_TEST

#define NOW INT64_C(1795421400000) /* 2026-11-23T08:10:00Z */

static const struct {
    int64_t t_ms;
    const char *id;
    int64_t n;
} moments[] = {
    {NOW, "when.now", 0},
    {NOW - 59999, "when.now", 0},
    {NOW + 59999, "when.now", 0},
    {NOW - 60000, "when.minutes", 1},
    {NOW - 3599999, "when.minutes", 59},
    {NOW - 3600000, "when.hours", 1},
    {NOW - 86399999, "when.hours", 23},
    {NOW - 86400000, "when.days", 1},
    {NOW - 14 * 86400000LL + 1, "when.days", 13},
    {NOW + 3 * 86400000LL, "when.in_days", 3},
    {NOW + 7200000, "when.in_hours", 2},
    {NOW + 120000, "when.in_minutes", 2},
};

START_TEST(moments_by_distance)
{
    struct view *v = view_new(a);
    view_when(v, "w", moments[_i].t_ms, NOW);
    ck_text(get(get(v, "w"), "text"), moments[_i].id);
    ck_assert_int_eq(view_num(get(get(get(v, "w"), "text"), "n")), moments[_i].n);
}
END_TEST

START_TEST(moments_by_date)
{
    struct view *v = view_new(a);
    view_when(v, "old", INT64_C(1767225599999), NOW); /* 2025-12-31T23:59:59.999Z */
    const struct view *text = get(get(v, "old"), "text");
    ck_text(text, "when.date");
    ck_assert_int_eq(view_num(get(text, "day")), 31);
    ck_text(get(text, "month"), "month.12");
    ck_assert_int_eq(view_num(get(text, "year")), 2025);
    ck_assert(
        str_starts(view_text(get(get(v, "old"), "iso")), STR("2025-12-31T23:59:59")));
    view_when(v, "never", 0, NOW);
    ck_text(get(get(v, "never"), "text"), "when.never");
    ck_assert_ptr_null(get(get(v, "never"), "iso"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("view");
    TCase *t = tcase_create("view");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, members);
    tcase_add_test(t, later_value_counts);
    tcase_add_test(t, lists_in_order);
    tcase_add_test(t, truth);
    tcase_add_test(t, from_json);
    tcase_add_test(t, states_and_places);
    tcase_add_test(t, a_place_keeps_all_its_fields);
    tcase_add_loop_test(t, moments_by_distance, 0, sizeof moments / sizeof moments[0]);
    tcase_add_test(t, moments_by_date);
    suite_add_tcase(s, t);
    return suite_main(s);
}
