/* C-5, VAR-3: times as LMSs write them. */
#include "base/iso.h"
#include "support/suite.h"

#include <string.h>

static int64_t at(const char *z)
{
    int64_t ms = -1;
    return iso_parse(str_c(z), &ms) ? ms : -1;
}

static int64_t loose(const char *z)
{
    int64_t ms = -1;
    return iso_parse_loose(str_c(z), &ms) ? ms : -1;
}

START_TEST(accepts)
{
    ck_assert_int_eq(at("1970-01-01T00:00:00Z"), 0);
    ck_assert_int_eq(at("2026-03-04T09:15:27.123Z"), 1772615727123);
    ck_assert_int_eq(at("2026-03-04T10:15:27.123+01:00"), 1772615727123);
    ck_assert_int_eq(at("2026-03-04T10:15:27.123+0100"), 1772615727123);
    ck_assert_int_eq(at("2026-03-04T10:15:27.123+01"), 1772615727123);
    ck_assert_int_eq(at("2026-03-04 04:45:27,123-04:30"), 1772615727123);
    ck_assert_int_eq(at("2026-03-04t09:15:27.123456789z"), 1772615727123);
    ck_assert_int_eq(at("2026-03-04T09:15:27.1Z"), 1772615727100);
    ck_assert_int_eq(at("2026-03-04T09:15Z"), 1772615700000);
    ck_assert_int_eq(at("2024-02-29T00:00:00Z"), 1709164800000);
    ck_assert_int_eq(at("2026-12-31T23:59:60Z"), at("2026-12-31T23:59:59Z"));
    ck_assert_int_eq(at("9999-12-31T23:59:59.999Z"), 253402300799999);
}
END_TEST

START_TEST(refuses)
{
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-03-04",
                                      "2026-03-04T09:15:27",
                                      "2026-13-04T09:15:27Z",
                                      "2026-00-04T09:15:27Z",
                                      "2026-02-29T09:15:27Z",
                                      "2026-03-32T09:15:27Z",
                                      "2026-03-04T24:15:27Z",
                                      "2026-03-04T09:60:27Z",
                                      "2026-03-04T09:15:61Z",
                                      "2026-03-04T09:15:27.Z",
                                      "2026-03-04T09:15:27.1234567890Z",
                                      "2026-03-04T09:15:27+1",
                                      "2026-03-04T09:15:27+25:00",
                                      "2026-03-04T09:15:27+01:",
                                      "2026-03-04T09:15:27+01:60",
                                      "2026-03-04T09:15:27Z ",
                                      " 2026-03-04T09:15:27Z",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:00:00+01:00",
                                      "26-03-04T09:15:27Z",
                                      "2026-3-4T09:15:27Z",
                                      "2026-03-04T9:15:27Z",
                                      "2026/03/04T09:15:27Z",
                                      "+2026-03-04T09:15:27Z",
                                      "2026-03-04T09:15:27ZZ",
                                      "2026-03-04T-9:15:27Z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(at(bad[i]) == -1, "accepted %s", bad[i]);
    struct str nul = {"2026-03-04T09:15:27\0Z", 21};
    int64_t ms = 7;
    ck_assert(!iso_parse(nul, &ms));
    ck_assert_int_eq(ms, 7);
}
END_TEST

START_TEST(loose_zone)
{
    ck_assert_int_eq(loose("2026-03-04T09:15:27.123"), 1772615727123);
    ck_assert_int_eq(loose("2026-03-04"), 1772582400000);
    ck_assert_int_eq(loose("2026-03-04T"), -1);
}
END_TEST

START_TEST(round_trip)
{
    char text[ISO_N];
    for (int64_t ms = 0; ms < 253402300799999; ms += INT64_C(86400000) * 97 + 3661007) {
        iso_put(text, ms);
        ck_assert_int_eq(at(text), ms);
    }
    iso_put(text, -5);
    ck_assert_str_eq(text, "1970-01-01T00:00:00.000Z");
    iso_put(text, INT64_MAX);
    ck_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
    struct arena *a = arena_new(4096);
    ck_assert(str_is(iso_format(a, 1772615727123), "2026-03-04T09:15:27.123Z"));
    arena_free(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("iso");
    TCase *t = tcase_create("iso");
    tcase_add_test(t, accepts);
    tcase_add_test(t, refuses);
    tcase_add_test(t, loose_zone);
    tcase_add_test(t, round_trip);
    suite_add_tcase(s, t);
    return suite_main(s);
}
