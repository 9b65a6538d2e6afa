/* msg/deeplink.h and msg/pick.h: from what was ticked to the message that adds it. */
#include "msg/deeplink.h"
#include "msg/pick.h"
#include "support/suite.h"

#define LTI "https://purl.imsglobal.org/spec/lti/claim/"
#define DL "https://purl.imsglobal.org/spec/lti-dl/claim/"

static struct arena *a;
static const struct pick_unit units[] = {{{"ratios", 6}, {"Ratios & rates", 14}},
                                         {{"lines", 5}, {"Lines", 5}}};
static struct pick_offer offer;
static struct pick_result r;

static void begin(void)
{
    a = arena_new(16 << 20);
    offer = (struct pick_offer){.several = true,
                                .gates = true,
                                .panel_column = true,
                                .units = units,
                                .units_n = 2,
                                .title = STR_EMPTY,
                                .text = STR_EMPTY};
}

static void end(void)
{
    arena_free(a);
}

static enum pick_problem pick(const char *body)
{
    struct form form;
    struct fault f = {.id = FAULT_NONE};
    struct form_limit limit = {256 * 1024, 64 * 1024, 256};
    ck_assert_int_eq(form_decode(a, STR_EMPTY, str_c(body), &limit, &form, &f), 0);
    pick_read(a, &form, &offer, &r);
    return r.problem;
}

START_TEST(DL_4_only_what_is_on_offer)
{
    ck_assert_int_eq(pick("do=add"), PICK_NONE);
    ck_assert_int_eq(pick("item=panel"), PICK_FINE);
    ck_assert(r.items_n == 1 && r.items[0].column_id == NULL);
    ck_assert_int_eq(
        pick("item=panel&column=1&item=unit/ratios&item=gate/lines&item=panel"),
        PICK_FINE);
    ck_assert_uint_eq(r.items_n, 3);
    ck_assert(str_is(str_c(r.items[0].column_id), "waymark-mastery"));
    ck_assert(r.items[1].column_id == NULL && str_is(r.items[1].unit, "ratios"));
    ck_assert(str_is(r.items[1].title, "Ratios & rates"));
    ck_assert(str_is(str_c(r.items[2].column_id), "waymark-gate-"));
    static const char *const odd[] = {
        "item=unit/", "item=unit",  "item=gate/none",   "item=other/lines",
        "item=",      "item=Panel", "item=unit/lines/", "item=panel&item=unit/%3Cb%3E"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        ck_assert_int_eq(pick(odd[i]), PICK_UNKNOWN);
        ck_assert_uint_eq(r.items_n, 0);
    }
    offer.panel_column = offer.gates = false;
    ck_assert_int_eq(pick("item=gate/lines"), PICK_UNKNOWN);
    ck_assert_int_eq(pick("item=panel&column=1"), PICK_FINE);
    ck_assert(r.items[0].column_id == NULL);
}
END_TEST

START_TEST(I99_one_where_one_is_taken)
{
    offer.several = false;
    ck_assert_int_eq(pick("item=panel&item=unit/lines"), PICK_ONE);
    ck_assert_uint_eq(r.items_n, 0);
    ck_assert_int_eq(pick("item=unit/lines&item=unit/lines"), PICK_FINE);
    ck_assert_uint_eq(r.items_n, 1);
}
END_TEST

START_TEST(titles_are_one_short_line)
{
    ck_assert_int_eq(pick("item=panel&item=unit/lines&title.panel=%20A%0aB%09"
                          "&title.unit/lines=%20%0a"),
                     PICK_FINE);
    ck_assert(str_is(r.items[0].title, "A B") && str_is(r.items[1].title, "Lines"));
    offer.text = STR("one\ntwo");
    ck_assert_int_eq(pick("item=panel"), PICK_FINE);
    ck_assert(str_is(r.items[0].text, "one two") && str_is(r.items[0].title, "Waymark"));
}
END_TEST

START_TEST(DL_8_dates)
{
    struct str out;
    static const struct {
        const char *local, *zone, *iso; /* iso NULL: none */
    } rows[] = {
        {"", "", ""},
        {"2026-11-30T08:00", "+01:00", "2026-11-30T08:00:00+01:00"},
        {"2026-11-30T08:00:00", "-05:30", "2026-11-30T08:00:00-05:30"},
        {"2026-11-30T08:00", "", "2026-11-30T08:00:00+00:00"},
        {"2026-02-31T08:00", "+00:00", NULL},
        {"2026-11-30", "+00:00", NULL},
        {"30.11.2026 08:00", "+00:00", NULL},
        {"2026-11-30T08:00", "CET", NULL},
        {"2026-11-30T08:00", "+99:00", NULL},
        {"2026-11-30T08:00Z", "+00:00", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool ok = pick_time(a, str_c(rows[i].local), str_c(rows[i].zone), &out);
        ck_assert_msg(ok == (rows[i].iso != NULL), "%s %s", rows[i].local, rows[i].zone);
        if (ok)
            ck_assert(str_is(out, rows[i].iso));
    }
    ck_assert_int_eq(pick("item=panel&from=x"), PICK_DATE);
    ck_assert_int_eq(pick("item=panel&from=2026-11-30T08:00&until=2026-11-30T08:00"),
                     PICK_ORDER);
    ck_assert_int_eq(pick("item=panel&from=2026-11-30T08:00&due=2026-11-29T08:00"),
                     PICK_ORDER);
    ck_assert_int_eq(pick("item=panel&due=2026-11-29T08:00&zone=%2B01:00"), PICK_FINE);
    ck_assert(r.items[0].from.n == 0 &&
              str_is(r.items[0].due, "2026-11-29T08:00:00+01:00"));
}
END_TEST

static struct deeplink_answer answer(void)
{
    return (struct deeplink_answer){.client_id = STR("tool-1"),
                                    .issuer = STR("https://lms.example.edu"),
                                    .deployment_id = STR("d1"),
                                    .nonce = STR("n1"),
                                    .url = STR("https://tool.example/lti/launch"),
                                    .course = STR("c1"),
                                    .items = r.items,
                                    .items_n = r.items_n,
                                    .now_ms = 1790000000000};
}

static struct js *member(const struct js *o, const char *key)
{
    struct js *v = js_get(o, key);
    ck_assert_msg(v != NULL, "%s", key);
    return v;
}

START_TEST(DL_3_an_empty_answer_has_an_empty_list)
{
    struct deeplink_answer in = answer();
    in.items_n = 0;
    struct js *o = deeplink_claims(a, &in);
    ck_assert(js_type(member(o, DL "content_items")) == JS_ARRAY);
    ck_assert_uint_eq(js_len(member(o, DL "content_items")), 0);
    ck_assert(!js_has(o, DL "data") && !js_has(o, DL "msg") && !js_has(o, "sub") &&
              !js_has(o, "azp"));
    ck_assert(str_is(js_text(o, "iss"), "tool-1"));
    ck_assert(str_is(js_text(o, "aud"), "https://lms.example.edu"));
    ck_assert(str_is(js_text(o, LTI "message_type"), "LtiDeepLinkingResponse"));
    ck_assert(str_is(js_text(o, LTI "version"), "1.3.0"));
    ck_assert(str_is(js_text(o, LTI "deployment_id"), "d1"));
    int64_t iat = 0, exp = 0;
    ck_assert(js_i64(member(o, "iat"), &iat) && js_i64(member(o, "exp"), &exp) &&
              exp - iat == 300);
    in.has_data = true;
    in.data = STR("");
    in.errormsg = STR("no");
    o = deeplink_claims(a, &in);
    ck_assert(js_has(o, DL "data") && js_text(o, DL "data").n == 0);
    ck_assert(str_is(js_text(o, DL "errormsg"), "no") && !js_has(o, DL "errorlog"));
}
END_TEST

START_TEST(DL_5_DL_6_links_know_what_they_show)
{
    ck_assert_int_eq(pick("item=gate/ratios&item=unit/lines&due=2026-11-29T08:00"),
                     PICK_FINE);
    struct deeplink_answer in = answer();
    struct js *items = member(deeplink_claims(a, &in), DL "content_items");
    struct js *gate = js_at(items, 0), *unit = js_at(items, 1);
    struct js *custom = member(gate, "custom"), *column = member(gate, "lineItem");
    ck_assert(str_is(js_text(gate, "type"), "ltiResourceLink"));
    ck_assert(str_is(js_text(gate, "url"), "https://tool.example/lti/launch"));
    ck_assert(str_is(js_text(custom, "waymark_view"), "gate"));
    ck_assert(str_is(js_text(custom, "waymark_unit"), "ratios"));
    ck_assert(str_is(js_text(custom, "waymark_course"), "c1"));
    ck_assert(
        str_is(js_text(custom, "waymark_due"), "$ResourceLink.submission.endDateTime"));
    ck_assert(str_is(js_text(column, "resourceId"), "waymark-gate-ratios"));
    ck_assert(str_is(js_text(column, "tag"), "gate"));
    int64_t most = 0;
    ck_assert(js_i64(member(column, "scoreMaximum"), &most) && most == 100);
    ck_assert(!js_has(unit, "lineItem") && !js_has(unit, "available"));
    ck_assert(str_is(js_text(member(unit, "submission"), "endDateTime"),
                     "2026-11-29T08:00:00+00:00"));
}
END_TEST

START_TEST(DL_9_fifty_links_at_most_and_they_fit)
{
    struct pick_unit many[60];
    struct buf b;
    buf_init(&b, a, 64 * 1024);
    for (size_t i = 0; i < 60; i++) {
        many[i] =
            (struct pick_unit){str_fmt(a, "unit-%zu", i), str_fmt(a, "Unit %zu", i)};
        buf_fmt(&b, "item=unit/unit-%zu&title.unit/unit-%zu=%0*d&", i, i, 300, 1);
    }
    offer.units = many;
    offer.units_n = 60;
    ck_assert_int_eq(pick(str_z(a, buf_view(&b))), PICK_MANY);
    size_t cut = str_find(buf_view(&b), STR("item=unit/unit-50"), 0);
    ck_assert_int_eq(pick(str_z(a, str_sub(buf_view(&b), 0, cut))), PICK_FINE);
    ck_assert_uint_eq(r.items_n, 50);
    ck_assert_uint_eq(r.items[0].title.n, PICK_TITLE_MAX);
    struct deeplink_answer in = answer();
    ck_assert_uint_lt(js_dump(a, deeplink_claims(a, &in)).n, DEEPLINK_JWT_MAX * 3 / 4);
}
END_TEST

START_TEST(DL_2_settings_survive)
{
    struct launch l = {.roles_told = false};
    l.deep_link = (struct launch_deep_link){.title = STR("T\"<"),
                                            .text = STR_EMPTY,
                                            .takes_links = true,
                                            .takes_columns = true};
    struct launch_deep_link out;
    struct err e = {0};
    ck_assert_int_eq(deeplink_unpack(a, deeplink_pack(a, &l), &out, &e), 0);
    ck_assert(out.takes_links && !out.takes_several && out.takes_columns &&
              out.roles_untold && str_is(out.title, "T\"<"));
    ck_assert_int_eq(deeplink_unpack(a, STR("{}"), &out, &e), -1);
    ck_assert_int_eq(deeplink_unpack(a, STR("x"), &out, &e), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("deeplink");
    TCase *c = tcase_create("deeplink");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, DL_4_only_what_is_on_offer);
    tcase_add_test(c, I99_one_where_one_is_taken);
    tcase_add_test(c, titles_are_one_short_line);
    tcase_add_test(c, DL_8_dates);
    tcase_add_test(c, DL_3_an_empty_answer_has_an_empty_list);
    tcase_add_test(c, DL_5_DL_6_links_know_what_they_show);
    tcase_add_test(c, DL_9_fifty_links_at_most_and_they_fit);
    tcase_add_test(c, DL_2_settings_survive);
    suite_add_tcase(s, c);
    return suite_main(s);
}
