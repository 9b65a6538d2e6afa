/* Caliper envelopes, checked, with index, place and reason; and what events mean here. */
#include "msg/caliper.h"
#include "msg/caliper_record.h"
#include "support/suite.h"

#define CTX "\"@context\":\"http://purl.imsglobal.org/ctx/caliper/v1p1\""
#define ID "\"id\":\"urn:uuid:6690e6c9-3ef0-4ed3-8b37-7f3964730bee\""
#define ACTOR                                                                            \
    "\"actor\":{\"id\":\"https://lms.test/user/profile.php?id=7\",\"type\":\"Person\"}"
#define TIME "\"eventTime\":\"2026-11-20T10:00:00.000Z\""
#define OBJECT "\"object\":{\"id\":\"https://lms.test/a/1\",\"type\":\"Assessment\"}"
#define EVENT(type, action)                                                              \
    CTX "," ID "," ACTOR "," TIME ",\"type\":\"" type "\",\"action\":\"" action "\""
#define VIEW EVENT("ViewEvent", "Viewed") "," OBJECT
#define ATTEMPT                                                                          \
    "\"id\":\"urn:a:1\",\"type\":\"Attempt\",\"assignee\":{\"id\":"                      \
    "\"https://lms.test/user/profile.php?id=9\",\"type\":\"Person\"}"
#define SCORE(given, max)                                                                \
    "\"generated\":{\"id\":\"urn:s:1\",\"type\":\"Score\",\"scoreGiven\":" given         \
    ",\"maxScore\":" max "}"
#define GRADE(thing, score)                                                              \
    "{" EVENT("GradeEvent", "Graded") ",\"object\":{" ATTEMPT ",\"assignable\":" thing   \
                                      "}," score "}"

static struct arena *a;

static void begin(void)
{
    a = arena_new(64 << 20);
}

static void end(void)
{
    arena_free(a);
}

static int read_data(const char *data, struct caliper_envelope *box, struct xapi_fault *f)
{
    struct str t =
        str_fmt(a,
                "{\"sensor\":\"s\",\"sendTime\":\"2026-11-20T10:00:00Z\","
                "\"dataVersion\":\"http://purl.imsglobal.org/ctx/caliper/v1p1\","
                "\"data\":[%s]}",
                data);
    return caliper_read(a, t, box, f);
}

START_TEST(good_entries)
{
    static const char *const rows[] = {
        "{" VIEW "}",
        "{" CTX ",\"id\":\"x\",\"type\":\"Person\"}",
        "{" VIEW ",\"group\":null,\"custom\":{\"a\":null},\"edApp\":\"https://x\"}",
        "{" EVENT("GradeEvent", "Graded") "," OBJECT "}",
        "{" EVENT("AssessmentEvent", "http://purl.imsglobal.org/vocab/caliper/v1/action#"
                                     "Submitted") "," OBJECT "}",
        "{" EVENT("OwnEvent", "Whatever") "," OBJECT "}",
        "{" EVENT("ViewEvent", "Viewed") ",\"object\":\"https://x.test/page\"}",
        GRADE("{\"id\":\"x\",\"type\":\"Assessment\"}", SCORE("1.5", "3")),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct caliper_envelope box;
        struct xapi_fault f;
        int rc = read_data(rows[i], &box, &f);
        ck_assert_msg(rc == 0, "%s\n%.*s", rows[i], STR_ARG(f.why));
        ck_assert_uint_eq(box.n + box.entities, 1);
    }
}
END_TEST

START_TEST(bad_entries)
{
    static const char *const rows[][2] = {
        {"7", "is no object"},
        {"{}", "lacks \"@context\""},
        {"{\"@context\":\"http://purl.imsglobal.org/ctx/caliper/"
         "v1p0\",\"id\":\"x\",\"type\":"
         "\"Person\"}",
         "@context: names neither Caliper v1p1 nor v1p2"},
        {"{" CTX ",\"type\":\"ViewEvent\"," ACTOR "," TIME "," OBJECT
         ",\"action\":\"Viewed\"}",
         "lacks \"id\""},
        {"{" CTX ",\"id\":\"urn:uuid:7\",\"type\":\"ViewEvent\"}",
         "id: is no \"urn:uuid:\" with a UUID"},
        {"{" EVENT("GradeEvent", "Viewed") "," OBJECT "}",
         "action: is none of a GradeEvent"},
        {"{" EVENT("AssessmentItemEvent", "Graded") "," OBJECT "}",
         "action: is none of a AssessmentItemEvent"},
        {"{" EVENT("ViewEvent", "Viewed") ",\"object\":{\"id\":\"x\"}}",
         "object: lacks \"type\""},
        {"{" EVENT("ViewEvent", "Viewed") ",\"object\":null}", "object: is null"},
        {GRADE("\"x\"", SCORE("\"3\"", "3")), "generated.scoreGiven: is no number"},
        {GRADE("\"x\"", SCORE("3", "-3")), "generated.maxScore: is below zero"},
        {"{" VIEW ",\"extensions\":{\"a\":{\"heartRate\":70}}}",
         "measures of bodies are not taken here (\"heartRate\")"},
        {"{" VIEW
         ",\"target\":{\"id\":\"x\",\"type\":\"y\",\"extensions\":{\"gaze\":1}}}",
         "measures of bodies are not taken here (\"gaze\")"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct caliper_envelope box;
        struct xapi_fault f = {.status = 0};
        struct str data = str_fmt(a, "{%s},%s", VIEW, rows[i][0]);
        ck_assert_msg(read_data(str_z(a, data), &box, &f) != 0, "taken: %s", rows[i][0]);
        ck_assert(f.status == 400 && f.has_index && f.index == 1);
        ck_assert_msg(str_is(f.why, rows[i][1]), "%s\nsaid: %.*s", rows[i][0],
                      STR_ARG(f.why));
    }
}
END_TEST

static struct record meaning(const char *text)
{
    struct record r;
    struct err e = {0};
    struct shape s = {.level = 1};
    const struct js *v = js_parse(a, str_c(text), 1 << 20, 32, &e);
    ck_assert_msg(v != NULL, "%s", e.text);
    ck_assert_msg(caliper_check(&s, v) == 0, "%s: %s", s.at, s.why);
    caliper_record_read(a, v, &r);
    return r;
}

/* Whoever grades is not whom it is about. */
START_TEST(grades)
{
    struct record r =
        meaning(GRADE("{\"id\":\"https://lms.test/a/1\",\"type\":\"Assessment\","
                      "\"name\":\"Test\"}",
                      SCORE("7", "10")));
    ck_assert_int_eq(r.what, RECORD_ATTEMPT);
    ck_assert(r.has_score && r.score == 7 && r.maximum == 10);
    ck_assert(str_is(r.attempt, "urn:a:1") && str_is(r.thing[0].title, "Test"));
    ck_assert(str_is(r.home, "lms.test") && str_is(r.name[1].value, "9"));
    r = meaning(
        GRADE("{\"id\":\"https://lms.test/q#q2\",\"type\":\"AssessmentItem\","
              "\"isPartOf\":{\"id\":\"https://lms.test/q\",\"type\":\"Assessment\"}}",
              SCORE("0", "1")));
    ck_assert_int_eq(r.what, RECORD_ANSWER);
    ck_assert(r.has_score && r.score == 0 && str_is(r.item, "2"));
    ck_assert(str_is(r.thing[0].id, "https://lms.test/q") && !r.thing[0].is_object);
}
END_TEST

START_TEST(what_tells_no_grade)
{
    ck_assert_int_eq(meaning(GRADE("\"x\"", SCORE("7", "0"))).what, RECORD_NOTHING);
    ck_assert_int_eq(meaning(GRADE("\"x\"", "\"x\":1")).what, RECORD_NOTHING);
    ck_assert_int_eq(
        meaning("{" EVENT("GradeEvent", "Graded") "," OBJECT "," SCORE("1", "2") "}")
            .what,
        RECORD_NOTHING);
    ck_assert_int_eq(meaning("{" VIEW "}").what, RECORD_ACCESS);
    ck_assert_int_eq(
        meaning("{" EVENT("AssessmentEvent", "Submitted") "," OBJECT "}").what,
        RECORD_COMPLETION);
    ck_assert_int_eq(meaning("{" EVENT("AssessmentEvent", "Paused") "," OBJECT "}").what,
                     RECORD_NOTHING);
    ck_assert_int_eq(meaning("{" EVENT("SessionEvent", "LoggedIn") "," OBJECT "}").what,
                     RECORD_NOTHING);
}
END_TEST

START_TEST(who_and_where_in_canvas)
{
    struct record r = meaning(
        "{" CTX "," ID "," TIME
        ",\"type\":\"ViewEvent\",\"action\":\"Viewed\",\"actor\":{"
        "\"id\":\"urn:instructure:canvas:user:21070000000000123\",\"type\":\"Person\","
        "\"extensions\":{\"com.instructure.canvas\":{\"user_login\":\"ann\","
        "\"user_sis_id\":\"S1\"}}},\"object\":{\"id\":"
        "\"urn:instructure:canvas:assignment:21070000000000456\",\"type\":"
        "\"AssignableDigitalResource\"},\"group\":{\"id\":"
        "\"urn:instructure:canvas:course:21070000000000789\",\"type\":\"CourseSection\"},"
        "\"federatedSession\":{\"messageParameters\":{\"user_id\":\"sub-1\",\"context_"
        "id\":"
        "\"ctx-1\"}}}");
    ck_assert(r.name[1].by == WHO_LMS_ID && str_is(r.name[1].value, "123"));
    ck_assert(str_is(r.thing[0].alias_kind, "canvas-assignment"));
    ck_assert(str_is(r.thing[0].alias, "456"));
    ck_assert(str_is(r.course[0], "ctx-1"));
    bool sub = false;
    for (size_t i = 0; i < r.name_n; i++)
        sub = sub || (r.name[i].by == WHO_SUB && str_is(r.name[i].value, "sub-1"));
    ck_assert(sub);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("caliper");
    TCase *c = tcase_create("caliper");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, good_entries);
    tcase_add_test(c, bad_entries);
    tcase_add_test(c, grades);
    tcase_add_test(c, what_tells_no_grade);
    tcase_add_test(c, who_and_where_in_canvas);
    suite_add_tcase(s, c);
    return suite_main(s);
}
