/* xAPI statements against the data model (1.0.3, 2.0): good ones, bad ones with index,
 * place and reason; and what they mean here. */
#include "msg/xapi.h"
#include "msg/xapi_record.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define A "\"actor\":{\"mbox\":\"mailto:a@b.test\"}"
#define V "\"verb\":{\"id\":\"http://adlnet.gov/expapi/verbs/answered\"}"
#define O "\"object\":{\"id\":\"https://x.test/a/1\"}"
#define AV A "," V
#define ALL AV "," O
#define ID "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
#define VERB(word) "\"verb\":{\"id\":\"http://adlnet.gov/expapi/verbs/" word "\"}"

static struct arena *a;

static void begin(void)
{
    a = arena_new(64 << 20);
}

static void end(void)
{
    arena_free(a);
}

static int read_text(const char *text, int level, struct xapi_list *list,
                     struct xapi_fault *f)
{
    *f = (struct xapi_fault){.status = 0};
    return xapi_read(a, str_c(text), level, list, f);
}

static void good(int level, const char *text)
{
    struct xapi_list list;
    struct xapi_fault f;
    int rc = read_text(text, level, &list, &f);
    ck_assert_msg(rc == 0, "%s\n%.*s", text, STR_ARG(f.why));
}

/* One statement between two good ones: named by its index, its place and its reason. */
static void bad(int level, const char *statement, const char *why)
{
    struct xapi_list list;
    struct xapi_fault f;
    struct str text = str_fmt(a, "[{%s},%s,{%s}]", ALL, statement, ALL);
    int rc = read_text(str_z(a, text), level, &list, &f);
    ck_assert_msg(rc != 0, "taken: %s", statement);
    ck_assert_int_eq(f.status, 400);
    ck_assert(f.has_index);
    ck_assert_uint_eq(f.index, 1);
    ck_assert_msg(str_is(f.why, why), "%s\nsaid: %.*s\nnot:  %s", statement,
                  STR_ARG(f.why), why);
}

START_TEST(good_statements)
{
    static const char *const rows[] = {
        "{" ALL "}",
        "[]",
        "{\"id\":\"" ID "\"," ALL ",\"timestamp\":\"2026-11-20T10:00:00Z\"}",
        "{" ALL ",\"timestamp\":\"2026-11-20T10:00:00.123456+05:30\",\"stored\":"
        "\"2026-11-20T10:00:00Z\",\"version\":\"1.0.3\",\"authority\":{\"mbox\":"
        "\"mailto:x@y.test\"}}",
        "{\"actor\":{\"objectType\":\"Agent\",\"name\":\"N\",\"account\":{\"homePage\":"
        "\"https://x.test\",\"name\":\"7\"}}," V "," O "}",
        "{\"actor\":{\"mbox_sha1sum\":\"ebd31e95054c018b10727ccffd2ef2ec3a016ee9\"}," V
        "," O "}",
        "{\"actor\":{\"openid\":\"https://me.test/\"}," V "," O "}",
        "{\"actor\":{\"objectType\":\"Group\",\"member\":[{\"mbox\":\"mailto:a@b.c\"}]}"
        "," V "," O "}",
        "{\"actor\":{\"objectType\":\"Group\",\"mbox\":\"mailto:a@b.c\"}," V "," O "}",
        "{" AV ",\"object\":{\"objectType\":\"StatementRef\",\"id\":\"" ID "\"}}",
        "{" AV ",\"object\":{\"objectType\":\"Agent\",\"mbox\":\"mailto:a@b.c\"}}",
        "{" AV ",\"object\":{\"objectType\":\"SubStatement\"," ALL "}}",
        "{" AV
        ",\"object\":{\"id\":\"https://x.test/\xc3\xa9/1\",\"objectType\":\"Activity\","
        "\"definition\":{\"name\":{\"en-US\":\"x\",\"zh-Hant\":\"y\"},\"type\":\"https://"
        "t\","
        "\"moreInfo\":\"https://m\",\"interactionType\":\"choice\","
        "\"correctResponsesPattern\":[\"a[,]b\"],\"choices\":[{\"id\":\"a\"},{\"id\":"
        "\"b\","
        "\"description\":{\"en\":\"B\"}}]}}}",
        "{" ALL ",\"result\":{\"score\":{\"scaled\":-1,\"raw\":0,\"min\":-3,\"max\":3.5},"
        "\"success\":true,\"completion\":false,\"response\":\"\",\"duration\":\"PT1H0."
        "5S\","
        "\"extensions\":{\"https://x.test/e\":null,\"https://x.test/"
        "f\":{\"x\":[1,null]}}}}",
        "{" ALL ",\"context\":{\"registration\":\"" ID "\",\"instructor\":{\"mbox\":"
        "\"mailto:a@b.c\"},\"team\":{\"objectType\":\"Group\",\"mbox\":\"mailto:a@b.c\"},"
        "\"contextActivities\":{\"parent\":{\"id\":\"https://p\"},\"grouping\":[{\"id\":"
        "\"https://"
        "g\"}],\"category\":[],\"other\":[]},\"revision\":\"1\",\"platform\":\"x\","
        "\"language\":\"en-GB\",\"statement\":{\"objectType\":\"StatementRef\",\"id\":"
        "\"" ID "\"},\"extensions\":{}}}",
        "{" ALL
        ",\"attachments\":[{\"usageType\":\"https://u\",\"display\":{\"en\":\"x\"},"
        "\"contentType\":\"text/plain\",\"length\":3,\"sha2\":\"abc\",\"fileUrl\":"
        "\"https://f\"}]}",
        "{" A
        "," VERB("voided") ",\"object\":{\"objectType\":\"StatementRef\",\"id\":\"" ID
                           "\"}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        good(1, rows[i]);
        good(2, rows[i]);
    }
    good(2,
         "{" ALL ",\"context\":{\"contextAgents\":[{\"objectType\":\"contextAgent\","
         "\"agent\":{\"mbox\":\"mailto:a@b.c\"},\"relevantTypes\":[\"https://t\"]}],"
         "\"contextGroups\":[{\"objectType\":\"contextGroup\",\"group\":{\"objectType\":"
         "\"Group\",\"mbox\":\"mailto:a@b.c\"}}]}}");
}
END_TEST

static const char *const wrong[][2] = {
    {"7", "is no object"},
    {"null", "is no object"},
    {"{}", "lacks \"actor\""},
    {"{" A "," O "}", "lacks \"verb\""},
    {"{" AV "}", "lacks \"object\""},
    {"{" ALL ",\"more\":1}", "more: is not a property that is known here"},
    {"{" ALL ",\"result\":null}", "result: is null"},
    {"{" ALL ",\"id\":\"7\"}", "id: is no UUID"},
    {"{" ALL ",\"id\":7}", "id: is no text"},
    {"{" ALL ",\"version\":\"0.9\"}",
     "version: is no version of xAPI that is known here"},
    {"{" ALL ",\"timestamp\":\"2026-11-20\"}",
     "timestamp: is no ISO 8601 time with a zone"},
    {"{" ALL ",\"timestamp\":\"2026-11-20T10:00:00\"}",
     "timestamp: is no ISO 8601 time with a zone"},
    {"{" ALL ",\"timestamp\":\"2026-11-20T10:00:00-00:00\"}",
     "timestamp: is no ISO 8601 time with a zone"},
    {"{" ALL ",\"timestamp\":\"2026-13-20T10:00:00Z\"}",
     "timestamp: is no ISO 8601 time with a zone"},
    /* who */
    {"{\"actor\":{}," V "," O "}",
     "actor: needs exactly one of mbox, mbox_sha1sum, openid, account"},
    {"{\"actor\":{\"name\":\"x\"}," V "," O "}",
     "actor: needs exactly one of mbox, mbox_sha1sum, openid, account"},
    {"{\"actor\":{\"mbox\":\"mailto:a@b.c\",\"openid\":\"https://o\"}," V "," O "}",
     "actor: needs exactly one of mbox, mbox_sha1sum, openid, account"},
    {"{\"actor\":{\"mbox\":\"a@b.c\"}," V "," O "}",
     "actor.mbox: is no \"mailto:\" address"},
    {"{\"actor\":{\"mbox\":\"mailto:x\"}," V "," O "}",
     "actor.mbox: is no \"mailto:\" address"},
    {"{\"actor\":{\"mbox\":null}," V "," O "}", "actor.mbox: is null"},
    {"{\"actor\":{\"mbox_sha1sum\":\"xyz\"}," V "," O "}",
     "actor.mbox_sha1sum: is no SHA-1 of 40 hexadecimal digits"},
    {"{\"actor\":{\"openid\":\"me\"}," V "," O "}",
     "actor.openid: is no IRI (an address with its scheme)"},
    {"{\"actor\":{\"account\":{\"name\":\"7\"}}," V "," O "}",
     "actor.account: lacks \"homePage\""},
    {"{\"actor\":{\"account\":{\"homePage\":\"x\",\"name\":\"7\"}}," V "," O "}",
     "actor.account.homePage: is no IRI (an address with its scheme)"},
    {"{\"actor\":{\"account\":{\"homePage\":\"https://x\",\"name\":\"\"}}," V "," O "}",
     "actor.account.name: is empty"},
    {"{\"actor\":{\"objectType\":\"Person\",\"mbox\":\"mailto:a@b.c\"}," V "," O "}",
     "actor.objectType: is none of the words that are allowed here"},
    {"{\"actor\":{\"objectType\":\"Group\"}," V "," O "}",
     "actor: is a group without identifier and without members"},
    {"{\"actor\":{\"objectType\":\"Group\",\"member\":[]}," V "," O "}",
     "actor: is a group without identifier and without members"},
    {"{\"actor\":{\"objectType\":\"Group\",\"member\":[{\"name\":\"x\"}]}," V "," O "}",
     "actor.member[0]: needs exactly one of mbox, mbox_sha1sum, openid, account"},
    {"{\"actor\":{\"mbox\":\"mailto:a@b.c\",\"member\":[]}," V "," O "}",
     "actor.member: is not a property that is known here"},
    {"{\"actor\":\"me\"," V "," O "}", "actor: is no object"},
    /* what was done */
    {"{" A ",\"verb\":{}," O "}", "verb: lacks \"id\""},
    {"{" A ",\"verb\":{\"id\":\"answered\"}," O "}",
     "verb.id: is no IRI (an address with its scheme)"},
    {"{" A ",\"verb\":{\"id\":\"https://v w\"}," O "}",
     "verb.id: is no IRI (an address with its scheme)"},
    {"{" A ",\"verb\":{\"id\":\"https://v\",\"display\":\"x\"}," O "}",
     "verb.display: is no object"},
    {"{" A ",\"verb\":{\"id\":\"https://v\",\"display\":{\"e n\":\"x\"}}," O "}",
     "verb.display: has a key that is no language tag"},
    {"{" A ",\"verb\":{\"id\":\"https://v\",\"display\":{\"en\":7}}," O "}",
     "verb.display.en: is no text"},
    {"{" A "," VERB("voided") "," O "}", "voids, but its object is no StatementRef"},
    /* what it is about */
    {"{" AV ",\"object\":{}}", "object: lacks \"id\""},
    {"{" AV ",\"object\":{\"id\":\"1\"}}",
     "object.id: is no IRI (an address with its scheme)"},
    {"{" AV ",\"object\":{\"objectType\":\"Thing\",\"id\":\"https://x\"}}",
     "object.objectType: is none of the words that are allowed here"},
    {"{" AV ",\"object\":{\"objectType\":\"StatementRef\",\"id\":\"https://x\"}}",
     "object.id: is no UUID"},
    {"{" AV ",\"object\":{\"objectType\":\"Agent\"}}",
     "object: needs exactly one of mbox, mbox_sha1sum, openid, account"},
    {"{" AV ",\"object\":{\"objectType\":\"SubStatement\"," ALL ",\"id\":\"" ID "\"}}",
     "object.id: is not a property that is known here"},
    {"{" AV ",\"object\":{\"objectType\":\"SubStatement\"," AV
     ",\"object\":{\"objectType\":\"SubStatement\"," ALL "}}}",
     "object.object.objectType: is none of the words that are allowed here"},
    {"{" AV ",\"object\":{\"id\":\"https://x\",\"definition\":{\"more\":1}}}",
     "object.definition.more: is not a property that is known here"},
    {"{" AV ",\"object\":{\"id\":\"https://x\",\"definition\":{\"type\":\"quiz\"}}}",
     "object.definition.type: is no IRI (an address with its scheme)"},
    {"{" AV
     ",\"object\":{\"id\":\"https://x\",\"definition\":{\"interactionType\":\"guess\"}}"
     "}",
     "object.definition.interactionType: is none of the words that are allowed here"},
    {"{" AV ",\"object\":{\"id\":\"https://x\",\"definition\":{\"choices\":[]}}}",
     "object.definition: has choices, which its interactionType does not"},
    {"{" AV
     ",\"object\":{\"id\":\"https://x\",\"definition\":{\"interactionType\":\"likert\","
     "\"steps\":[]}}}",
     "object.definition: has steps, which its interactionType does not"},
    {"{" AV
     ",\"object\":{\"id\":\"https://x\",\"definition\":{\"interactionType\":\"choice\","
     "\"choices\":[{\"id\":\"a\"},{\"id\":\"a\"}]}}}",
     "object.definition.choices: has one id twice"},
    {"{" AV
     ",\"object\":{\"id\":\"https://x\",\"definition\":{\"correctResponsesPattern\":[]}"
     "}}",
     "object.definition: has correctResponsesPattern without interactionType"},
    /* what came out */
    {"{" ALL ",\"result\":{\"score\":{\"scaled\":1.01}}}",
     "result.score.scaled: is not between -1 and 1"},
    {"{" ALL ",\"result\":{\"score\":{\"scaled\":\"1\"}}}",
     "result.score.scaled: is no number"},
    {"{" ALL ",\"result\":{\"score\":{\"raw\":11,\"max\":10}}}",
     "result.score: has a raw that is not between min and max"},
    {"{" ALL ",\"result\":{\"score\":{\"raw\":-1,\"min\":0}}}",
     "result.score: has a raw that is not between min and max"},
    {"{" ALL ",\"result\":{\"score\":{\"min\":5,\"max\":5}}}",
     "result.score: has a min that is not below its max"},
    {"{" ALL ",\"result\":{\"score\":{\"raw\":null}}}", "result.score.raw: is null"},
    {"{" ALL ",\"result\":{\"score\":7}}", "result.score: is no object"},
    {"{" ALL ",\"result\":{\"success\":\"true\"}}",
     "result.success: is neither true nor false"},
    {"{" ALL ",\"result\":{\"duration\":\"1h\"}}",
     "result.duration: is no ISO 8601 duration"},
    {"{" ALL ",\"result\":{\"duration\":\"P\"}}",
     "result.duration: is no ISO 8601 duration"},
    {"{" ALL ",\"result\":{\"duration\":\"PT\"}}",
     "result.duration: is no ISO 8601 duration"},
    {"{" ALL ",\"result\":{\"duration\":\"PT5M2H\"}}",
     "result.duration: is no ISO 8601 duration"},
    {"{" ALL ",\"result\":{\"extensions\":{\"x\":1}}}",
     "result.extensions: has a key that is no IRI"},
    {"{" ALL ",\"result\":{\"extensions\":[]}}", "result.extensions: is no object"},
    {"{" ALL ",\"result\":{\"points\":1}}",
     "result.points: is not a property that is known here"},
    /* where */
    {"{" ALL ",\"context\":{\"registration\":\"x\"}}",
     "context.registration: is no UUID"},
    {"{" ALL ",\"context\":{\"team\":{\"mbox\":\"mailto:a@b.c\"}}}",
     "context.team: lacks \"objectType\""},
    {"{" ALL ",\"context\":{\"contextActivities\":{\"sibling\":[]}}}",
     "context.contextActivities.sibling: is not a property that is known here"},
    {"{" ALL ",\"context\":{\"contextActivities\":{\"parent\":[{\"id\":\"x\"}]}}}",
     "context.contextActivities.parent[0].id: is no IRI (an address with its scheme)"},
    {"{" ALL ",\"context\":{\"language\":\"e_n\"}}",
     "context.language: is no language tag"},
    {"{" AV
     ",\"object\":{\"objectType\":\"Agent\",\"mbox\":\"mailto:a@b.c\"},\"context\":"
     "{\"platform\":\"x\"}}",
     "context has revision or platform, but the object is no activity"},
    {"{" ALL
     ",\"attachments\":[{\"usageType\":\"https://u\",\"display\":{},\"contentType\":"
     "\"x\",\"length\":1,\"sha2\":\"x\"}]}",
     "attachments[0]: has no fileUrl, and files themselves are not taken here"},
    {"{" ALL
     ",\"attachments\":[{\"usageType\":\"https://u\",\"display\":{},\"contentType\":"
     "\"x\",\"length\":-1,\"sha2\":\"x\"}]}",
     "attachments[0].length: is no whole number from 0"},
    {"{" ALL ",\"attachments\":{}}", "attachments: is no array"},
};

START_TEST(bad_statements)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bad(1, wrong[i][0], wrong[i][1]);
        bad(2, wrong[i][0], wrong[i][1]);
    }
    bad(1, "{" ALL ",\"context\":{\"contextAgents\":[]}}",
        "context.contextAgents: is not a property that is known here");
    bad(2,
        "{" ALL
        ",\"context\":{\"contextAgents\":[{\"objectType\":\"x\",\"agent\":{\"mbox\":"
        "\"mailto:a@b.c\"}}]}}",
        "context.contextAgents[0]: is none of the words that are allowed here");
}
END_TEST

START_TEST(measures_of_bodies)
{
    static const char *const names[] = {
        "https://x.test/eye-tracking", "https://x.test/eyeTracking",
        "https://x.test/gaze",         "https://x.test/heart_rate",
        "https://x.test/HeartRate",    "https://x.test/biometric",
        "https://x.test/facial/x",     "https://x.test/emotion",
        "https://x.test/eeg#1"};
    static const char *const fine[] = {"https://x.test/interface",
                                       "https://x.test/pupil",
                                       "https://x.test/surface-area",
                                       "https://x.test/eye",
                                       "https://x.test/heart",
                                       "https://x.test/rate",
                                       "https://x.test/preface/expression"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str t =
            str_fmt(a, "{%s,\"result\":{\"extensions\":{\"%s\":1}}}", ALL, names[i]);
        struct str why =
            str_fmt(a,
                    "result.extensions: measures of bodies are not taken here "
                    "(\"%s\")",
                    names[i]);
        bad(1, str_z(a, t), str_z(a, why));
    }
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        good(1, str_z(a, str_fmt(a, "{%s,\"context\":{\"extensions\":{\"%s\":1}}}", ALL,
                                 fine[i])));
    bad(1,
        "{" ALL ",\"context\":{\"extensions\":{\"https://x.test/s\":[{\"gazeX\":1}]}}}",
        "context.extensions: measures of bodies are not taken here (\"gazeX\")");
}
END_TEST

START_TEST(lists)
{
    struct xapi_list list;
    struct xapi_fault f;
    ck_assert_int_ne(read_text("[{\"id\":\"" ID "\"," ALL "},{\"id\":"
                               "\"6690E6C9-3ef0-4ed3-8b37-7f3964730bee\"," ALL "}]",
                               1, &list, &f),
                     0);
    ck_assert(f.has_index && f.index == 1 && f.status == 400);
    for (const char *const *t = (const char *const[]){"", "{", "7", "\"x\"", "[1", "{}x",
                                                      "{\"a\":1,\"a\":2}", NULL};
         *t != NULL; t++) {
        ck_assert_msg(read_text(*t, 1, &list, &f) != 0, "%s", *t);
        ck_assert_int_eq(f.status, 400);
    }
    struct buf b;
    buf_init(&b, a, 1 << 20);
    buf_c(&b, "[");
    for (int i = 0; i <= XAPI_LIST_MAX; i++)
        buf_c(&b, i == 0 ? "{" ALL "}" : ",{" ALL "}");
    buf_c(&b, "]");
    ck_assert_int_ne(xapi_read(a, buf_view(&b), 1, &list, &f), 0);
    ck_assert_int_eq(f.status, 413);
}
END_TEST

/* What a receiver adds is not kept, so that the same statement has the same bytes. */
START_TEST(documents)
{
    struct xapi_list one, two;
    struct xapi_fault f;
    ck_assert_int_eq(read_text("{\"id\":\"" ID "\"," ALL "}", 1, &one, &f), 0);
    ck_assert_int_eq(read_text("[{" O "," V ", " A ",\"stored\":\"2026-11-20T10:00:00Z\","
                               "\"version\":\"1.0.0\"}]",
                               1, &two, &f),
                     0);
    ck_assert(str_eq(one.at[0].document, two.at[0].document));
    ck_assert(one.single && !two.single);
    ck_assert(str_is(one.at[0].id, ID) && two.at[0].id.n == 0 && one.at[0].voids.n == 0);
    ck_assert_int_eq(read_text("{" A "," VERB("voided") ",\"object\":{\"objectType\":"
                                                        "\"StatementRef\",\"id\":\"" ID
                                                        "\"}}",
                               1, &one, &f),
                     0);
    ck_assert(str_is(one.at[0].voids, ID));
}
END_TEST

START_TEST(versions)
{
    static const struct {
        const char *text;
        int level;
    } rows[] = {{"1.0", 1},   {"1.0.0", 1}, {"1.0.3", 1}, {"1.0.9", 1}, {"2.0", 2},
                {"2.0.0", 2}, {"2.0.1", 0}, {"1.0.", 0},  {"1.1", 0},   {"", 0},
                {"0.95", 0},  {"1.0.x", 0}, {"1.0.-1", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_int_eq(xapi_level(str_c(rows[i].text)), rows[i].level);
}
END_TEST

/* --- what it means ----------------------------------------------------------- */

static struct record meaning(const char *text)
{
    struct record r;
    struct err e = {0};
    struct shape s = {.level = 2};
    const struct js *v = js_parse(a, str_c(text), 1 << 20, 32, &e);
    ck_assert_msg(v != NULL, "%s", e.text);
    ck_assert_msg(xapi_check(&s, v) == 0, "%s: %s", s.at, s.why);
    xapi_record_read(a, v, &r);
    return r;
}

#define MEAN(verb, result) meaning("{" A "," VERB(verb) "," O ",\"result\":{" result "}}")

START_TEST(scores)
{
    struct record r =
        MEAN("scored", "\"score\":{\"raw\":7,\"min\":1,\"max\":13,\"scaled\":0.9}");
    ck_assert_int_eq(r.what, RECORD_ATTEMPT);
    ck_assert(r.has_score && r.score == 6 && r.maximum == 12);
    r = MEAN("passed", "\"score\":{\"scaled\":0.5}");
    ck_assert(r.has_score && r.score == 0.5 && r.maximum == 1);
    r = MEAN("failed", "\"score\":{\"scaled\":-0.5}");
    ck_assert(r.has_score && r.score == 0 && r.maximum == 1);
    r = MEAN("answered", "\"score\":{\"raw\":0,\"max\":4}");
    ck_assert_int_eq(r.what, RECORD_ANSWER);
    ck_assert(r.has_score && r.score == 0 && r.maximum == 4);
    r = MEAN("answered", "\"success\":false");
    ck_assert(r.what == RECORD_ANSWER && r.has_score && r.score == 0 && r.maximum == 1);
    r = MEAN("answered", "\"score\":{\"raw\":3},\"success\":true");
    ck_assert(r.has_score && r.score == 1 && r.maximum == 1);
}
END_TEST

/* A missing score is never zero. */
START_TEST(what_tells_no_score)
{
    ck_assert_int_eq(MEAN("answered", "\"response\":\"x\"").what, RECORD_NOTHING);
    ck_assert_int_eq(MEAN("answered", "\"completion\":true").what, RECORD_NOTHING);
    ck_assert_int_eq(MEAN("passed", "\"success\":true").what, RECORD_NOTHING);
    ck_assert_int_eq(MEAN("failed", "\"success\":false").what, RECORD_NOTHING);
    ck_assert_int_eq(MEAN("scored", "\"score\":{\"raw\":3}").what, RECORD_NOTHING);
    struct record r = MEAN("completed", "\"completion\":true");
    ck_assert(r.what == RECORD_COMPLETION && !r.has_score);
    ck_assert_int_eq(MEAN("completed", "\"completion\":false").what, RECORD_NOTHING);
    r = MEAN("played", "\"score\":{\"scaled\":1}");
    ck_assert(r.what == RECORD_ACCESS && !r.has_score);
    ck_assert_int_eq(MEAN("progressed", "\"score\":{\"scaled\":1}").what, RECORD_NOTHING);
    ck_assert_int_eq(MEAN("liked", "\"score\":{\"scaled\":1}").what, RECORD_NOTHING);
    ck_assert_int_eq(meaning("{" A
                             ",\"verb\":{\"id\":\"https://own.test/verbs/scored\"}," O
                             ",\"result\":{\"score\":{\"scaled\":1}}}")
                         .what,
                     RECORD_NOTHING);
    ck_assert_int_eq(meaning("{" A
                             ",\"verb\":{\"id\":\"https://w3id.org/xapi/video/verbs/"
                             "played\"}," O "}")
                         .what,
                     RECORD_ACCESS);
}
END_TEST

START_TEST(questions_belong_to_their_parent)
{
    struct record r = meaning(
        "{" A "," V
        ",\"object\":{\"id\":\"https://x.test/quiz#q3\"},\"result\":{\"success\":"
        "true},\"context\":{\"registration\":\"" ID
        "\",\"contextActivities\":{\"parent\":"
        "[{\"id\":\"https://x.test/quiz\",\"definition\":{\"name\":{\"de\":\"T\",\"en\":"
        "\"Test\"},\"type\":\"http://adlnet.gov/expapi/activities/assessment\"}}],"
        "\"grouping\":[{\"id\":\"https://x.test/course/view.php?id=3\"}]}}}");
    ck_assert_uint_eq(r.thing_n, 3);
    ck_assert(str_is(r.thing[0].id, "https://x.test/quiz") && !r.thing[0].is_object);
    ck_assert(str_is(r.thing[0].title, "Test") && str_is(r.thing[0].kind, "quiz"));
    ck_assert(r.thing[1].is_object);
    ck_assert(str_is(r.item, "3") && str_is(r.attempt, ID));
    ck_assert(str_is(r.course[0], "https://x.test/course/view.php?id=3"));
    ck_assert(r.name_n == 1 && r.name[0].by == WHO_EMAIL);
    r = meaning(
        "{\"actor\":{\"account\":{\"homePage\":\"https://LMS.test:8443/x\",\"name\":"
        "\"7\"}}," V "," O ",\"result\":{\"success\":true}}");
    ck_assert(str_is(r.home, "lms.test"));
    ck_assert(r.name[0].by == WHO_ACCOUNT && !r.name[0].at_home);
    ck_assert(str_is(r.name[0].value, "https://LMS.test:8443/x 7"));
    ck_assert(r.name[1].by == WHO_SUB && r.name[1].at_home);
    ck_assert_int_eq(
        meaning("{\"actor\":{\"objectType\":\"Group\",\"mbox\":\"mailto:a@b.c\"}"
                "," V "," O ",\"result\":{\"success\":true}}")
            .what,
        RECORD_NOTHING);
}
END_TEST

START_TEST(names_of_questions)
{
    static const char *const rows[][2] = {
        {"https://x.test/q#3", "3"},
        {"https://x.test/q#q12", "12"},
        {"https://x.test/q?slot=4", "4"},
        {"https://x.test/q/slot/5", "5"},
        {"https://x.test/q?id=4", "https://x.test/q?id=4"},
        {"https://x.test/question/17", "https://x.test/question/17"},
        {"https://x.test/q#12345", "https://x.test/q#12345"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert(str_is(record_item(a, str_c(rows[i][0])), rows[i][1]));
    char *longer = arena_alloc(a, 400);
    memset(longer, 'x', 399);
    ck_assert_uint_eq(record_key(a, str_c(longer)).n, 7 + 64);
    ck_assert(str_is(
        record_canvas(STR("urn:instructure:canvas:user:21070000000000123"), "user"),
        "123"));
    ck_assert(str_is(record_canvas(STR("urn:instructure:canvas:user:85"), "user"), "85"));
    ck_assert_uint_eq(record_canvas(STR("urn:instructure:canvas:user:x"), "user").n, 0);
    ck_assert_uint_eq(record_canvas(STR("urn:instructure:canvas:user:"), "course").n, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("xapi");
    TCase *c = tcase_create("xapi");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, good_statements);
    tcase_add_test(c, bad_statements);
    tcase_add_test(c, measures_of_bodies);
    tcase_add_test(c, lists);
    tcase_add_test(c, documents);
    tcase_add_test(c, versions);
    tcase_add_test(c, scores);
    tcase_add_test(c, what_tells_no_score);
    tcase_add_test(c, questions_belong_to_their_parent);
    tcase_add_test(c, names_of_questions);
    suite_add_tcase(s, c);
    return suite_main(s);
}
