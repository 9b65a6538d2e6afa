/* Line items, results and scores (LTI.md section 5). */
#include "net/link.h"
#include "service/ags.h"
#include "support/suite.h"
#include "support/svckit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE "https://moodle.test:8443/mod/lti/services.php/3/lineitems?type_id=1"

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)64 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static struct js *parse(struct str text)
{
    struct err e = {0};
    struct js *v = js_parse(a, text, 1 << 20, 32, &e);
    ck_assert_msg(v != NULL, "%s", e.text);
    return v;
}

/* --- line items -------------------------------------------------------------- */

START_TEST(recorded_items)
{
    struct ags_item item;
    struct http_res r = svckit_recorded(a, "ags/01-lineitems");
    struct js *list = parse(r.body);
    ck_assert_uint_eq(js_len(list), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(ags_item(js_at(list, i), STR(BASE), &item, a, NULL), 0);
    ck_assert(str_is(item.label, "Multi C"));
    ck_assert_double_eq(item.maximum, 5);
    ck_assert(str_is(item.resource_id, "res-C"));
    ck_assert(str_is(item.resource_link_id, "5"));
    ck_assert(
        str_is(ags_scores_url(a, item.id),
               "https://moodle.test:8443/mod/lti/services.php/3/lineitems/14/lineitem/"
               "scores?type_id=1")); /* AGS-2 */
    r = svckit_recorded(a, "ags/20-create-standalone");
    ck_assert_int_eq(token_check(&r, "x", NULL), 0);
    ck_assert_int_eq(ags_item(parse(r.body), STR(BASE), &item, a, NULL), 0);
    ck_assert_uint_eq(item.resource_link_id.n, 0);
    r = svckit_recorded(a, "ags/29-create-zero-max"); /* Moodle takes it; we do not */
    ck_assert_int_eq(ags_item(parse(r.body), STR(BASE), &item, a, NULL), -1);
    struct str next;
    r = svckit_recorded(a, "ags/06-limit-1");
    ck_assert_int_eq(link_next(a, &r, "next", &next, NULL), 0);
    ck_assert(str_ends(next, STR("?type_id=1&limit=1&from=1")));
    r = svckit_recorded(a, "ags/08-limit-1-last");
    ck_assert_int_eq(link_next(a, &r, "next", &next, NULL), 0);
    ck_assert_uint_eq(next.n, 0);
}
END_TEST

START_TEST(i92_items)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "5",
        "{\"id\":\"https://m/1\"}",
        "{\"id\":5,\"label\":\"x\"}",
        "{\"id\":\"https://m/1\",\"label\":\"  \",\"scoreMaximum\":1}",
        "{\"id\":\"https://m/1\",\"label\":\"x\"}",
        "{\"id\":\"https://m/1\",\"label\":\"x\",\"scoreMaximum\":0}",
        "{\"id\":\"https://m/1\",\"label\":\"x\",\"scoreMaximum\":-1}",
        "{\"id\":\"https://m/1\",\"label\":\"x\",\"scoreMaximum\":null}",
        "{\"id\":\"https://m/1\",\"label\":\"x\",\"scoreMaximum\":\"10\"}",
        "{\"id\":\"https://evil/1\",\"label\":\"x\",\"scoreMaximum\":1}",
        "{\"id\":\"http://m/1\",\"label\":\"x\",\"scoreMaximum\":1}",
        "{\"id\":\"1\",\"label\":\"x\",\"scoreMaximum\":1}"};
    struct ags_item item;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(
            ags_item(parse(str_c(bad[i])), STR("https://m/list"), &item, a, NULL) == -1,
            "%s", bad[i]);
    ck_assert_int_eq(ags_item(parse(STR("{\"id\":\"https://m/1?t=2\",\"label\":\"x\","
                                        "\"scoreMaximum\":0.5,\"tag\":null}")),
                              STR("https://m/list"), &item, a, NULL),
                     0);
}
END_TEST

/* --- results ----------------------------------------------------------------- */

struct seen {
    struct buf text;
    int64_t n;
};

static int note(void *ctx, const struct ags_result *r, struct err *e)
{
    struct seen *s = ctx;
    (void)e;
    s->n++;
    buf_fmt(&s->text, "%.*s=", STR_ARG(r->user_id));
    if (r->has_score)
        buf_fmt(&s->text, "%g/%g", r->score, r->maximum);
    buf_fmt(&s->text, "@%lld ", (long long)r->at_ms);
    return 0;
}

static const char *results(struct str page, int64_t *skipped)
{
    struct seen s = {.n = 0};
    struct ags_sink sink = {note, &s};
    struct err e = {0};
    buf_init(&s.text, a, 256);
    if (ags_results_read(page, &sink, skipped, a, &e) != 0)
        return err_name(e.code);
    return str_z(a, buf_view(&s.text));
}

START_TEST(recorded_results)
{
    int64_t skipped;
    struct http_res r = svckit_recorded(a, "ags/83-results-limit-3-no-type");
    ck_assert_str_eq(results(r.body, &skipped),
                     "36=45/50@1795402554000 39=25/50@1795402554000 42=@0 ");
    struct str next;
    ck_assert_int_eq(link_next(a, &r, "next", &next, NULL), 0);
    ck_assert(str_ends(next, STR("/results?limit=3&from=3")));
    r = svckit_recorded(a, "ags/80-results-all");
    ck_assert_ptr_nonnull(strstr(results(r.body, &skipped), "42=@0 ")); /* not zero */
    ck_assert_int_eq(skipped, 0);
    r = svckit_recorded(a, "ags/89-result-zero-score-user");
    ck_assert_ptr_nonnull(strstr(results(r.body, &skipped), "37=0/50@"));
    r = svckit_recorded(a, "ags/85-results-user-without-grade");
    ck_assert_str_eq(results(r.body, &skipped), "");
    r = svckit_recorded(a, "ags/82-results-limit-3"); /* 404, a page in HTML */
    struct err e = {0};
    ck_assert_int_eq(token_check(&r, "the results", &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    ck_assert_str_eq(results(r.body, &skipped), err_name(ERR_INPUT));
    r = svckit_recorded(a, "ags/87-err-results-wrong-scope");
    token_check(&r, "the results", &e);
    ck_assert_int_eq(e.code, ERR_DENIED);
}
END_TEST

START_TEST(i96_results)
{
    int64_t skipped;
    ck_assert_str_eq(
        results(
            STR("{\"results\":[{\"userId\":\"1\",\"resultScore\":0.5},{\"userId\":\"2\","
                "\"resultScore\":\"5\"},{\"userId\":\"3\",\"resultScore\":1,"
                "\"resultMaximum\":0},{\"resultScore\":1},{\"userId\":4,\"resultScore\":"
                "1},"
                "7,{\"userId\":\"5\",\"resultScore\":null,\"resultMaximum\":10,"
                "\"timestamp\":\"yesterday\"}]}"),
            &skipped),
        "1=0.5/1@0 5=@0 ");
    ck_assert_int_eq(skipped, 5);
    ck_assert_str_eq(results(STR("{\"a\":[]}"), &skipped), err_name(ERR_INPUT));
    ck_assert_str_eq(results(STR("null"), &skipped), err_name(ERR_INPUT));
}
END_TEST

/* --- scores ------------------------------------------------------------------ */

START_TEST(ags6_numbers)
{
    static const struct {
        double given;
        const char *text;
    } table[] = {{83, "83"},
                 {0, "0"},
                 {0.1, "0.1"},
                 {1.0 / 3, "0.333333"},
                 {1e-9, "0"},
                 {100.5, "100.5"},
                 {12345678, "12345678"},
                 {1e15, "1000000000000000"},
                 {99.9999999, "100"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ags_score s = {.user_id = STR("a\"b"),
                              .has_score = true,
                              .given = table[i].given,
                              .maximum = 100,
                              .at_ms = 1772615727123,
                              .activity = "Completed",
                              .grading = "FullyGraded"};
        struct str body = ags_score_body(a, &s);
        struct str want =
            str_fmt(a,
                    "{\"scoreGiven\":%s,\"scoreMaximum\":100,\"activityProgress\""
                    ":\"Completed\",\"gradingProgress\":\"FullyGraded\","
                    "\"timestamp\":\"2026-03-04T09:15:27.123Z\",\"userId\":"
                    "\"a\\\"b\"}",
                    table[i].text);
        ck_assert_msg(str_eq(body, want), "%.*s", STR_ARG(body));
    }
    struct ags_score none = {.user_id = STR("1"),
                             .activity = "Initialized",
                             .grading = "NotReady",
                             .comment = STR("c")};
    struct js *v = parse(ags_score_body(a, &none));
    ck_assert(!js_has(v, "scoreGiven"));
    ck_assert(str_is(js_text(v, "comment"), "c"));
}
END_TEST

START_TEST(recorded_scores)
{
    static const struct {
        const char *name;
        enum err_code want;
    } table[] = {{"ags/40-score-ok", ERR_NONE},
                 {"ags/41-score-same-timestamp-again", ERR_CONFLICT},
                 {"ags/42-err-older-timestamp", ERR_CONFLICT},
                 {"ags/43b-score-same-second", ERR_CONFLICT},
                 {"ags/49-err-no-userid", ERR_INPUT},
                 {"ags/50-err-unknown-user", ERR_INPUT},
                 {"ags/51-err-teacher-user", ERR_INPUT},
                 {"ags/52-err-suspended-student", ERR_NONE},
                 {"ags/54-err-bad-timestamp", ERR_INPUT},
                 {"ags/59-err-no-scope", ERR_DENIED},
                 {"ags/60-err-no-token", ERR_DENIED}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct http_res r = svckit_recorded(a, table[i].name);
        struct err e = {0};
        token_check(&r, "posting a score", &e);
        ck_assert_msg(e.code == table[i].want, "%s: %s", table[i].name, e.text);
    }
}
END_TEST

/* What the platform does: /SCRIPT/lineitem/scores, one letter of SCRIPT for each post. */
static void grades(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    int n = atomic_fetch_add(&s->slot[0], 1);
    (void)ctx;
    switch (r->path[1 + n]) {
    case 'o':
        httpd_answer(fd, 200, "text/html", "", "<b>odd</b>", 10); /* V25 */
        break;
    case 'n':
        httpd_answer(fd, 204, "text/html", "", "", 0);
        break;
    case 'c':
        httpd_answer(fd, 409, "application/json", "", "[]", 2);
        break;
    case 'b':
        httpd_answer(fd, 429, "text/plain",
                     "Retry-After: 9\r\nX-Rate-Limit-Remaining: 12.5\r\n", "busy", 4);
        break;
    case 't':
        httpd_answer(fd, 400, "text/plain", "", "timestamp before the last one", 29);
        break;
    case 'm': /* Moodle repeats what was sent */
        httpd_answer(fd, 400, "text/plain", "", "{\"timestamp\": \"2026\"}", 21);
        break;
    case 'u':
        httpd_answer(fd, 422, "text/plain", "", "<i>user\x01 is no student</i>", 26);
        break;
    default:
        httpd_answer(fd, 404, "text/plain", "", "gone", 4);
    }
}

static enum err_code post(struct svckit *k, const char *script, struct ags_receipt *r)
{
    struct ags_score s = {.user_id = STR("36"),
                          .has_score = true,
                          .given = 5,
                          .maximum = 10,
                          .at_ms = k->t->now_ms - 5000,
                          .activity = "InProgress",
                          .grading = "FullyGraded"};
    atomic_store(&k->srv.shared->slot[0], 0);
    k->e = (struct err){0};
    ags_score_post(&k->svc, &k->platform, svckit_url(k, script), &s, r, k->a, &k->e);
    return k->e.code;
}

static void posting(struct testdb *t)
{
    struct svckit k;
    struct ags_receipt r;
    svckit_open(&k, t, grades);
    ck_assert_int_eq(post(&k, "/o/lineitem?type_id=1", &r), ERR_NONE);
    ck_assert_int_eq(post(&k, "/n/lineitem", &r), ERR_NONE);
    ck_assert_int_eq(post(&k, "/c/lineitem", &r), ERR_CONFLICT);
    ck_assert(r.old);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[0]), 1);    /* deliver.c decides */
    ck_assert_int_eq(post(&k, "/t/lineitem", &r), ERR_CONFLICT); /* 400: too old */
    ck_assert_int_eq(post(&k, "/m/lineitem", &r), ERR_INPUT);
    ck_assert_int_eq(post(&k, "/b/lineitem", &r), ERR_UNAVAILABLE);
    ck_assert_int_eq(r.retry_s, 9);
    ck_assert_double_eq(r.room, 12.5);
    ck_assert_int_eq(post(&k, "/u/lineitem", &r), ERR_INPUT);
    ck_assert(str_is(r.answer, "i user  is no student /i"));
    ck_assert_int_eq(r.status, 422);
    ck_assert_int_eq(post(&k, "/x/lineitem", &r), ERR_NOTFOUND);
    svckit_close(&k);
}

START_TEST(ags7_ags8_i93)
{
    testdb_each(posting);
}
END_TEST

/* --- our column (AGS-3) ------------------------------------------------------ */

/* A list over two pages that ignores the filter, as older Moodles do; ours comes with the
 * second page once it was made (slot 1). */
static void items(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    struct svckit *k = ctx;
    char body[900], extra[300] = "", item[300];
    int have = atomic_load(&s->slot[1]);
    snprintf(item, sizeof item,
             "{\"id\":\"%s/items/9\",\"label\":\"Ours\",\"scoreMaximum\":100,"
             "\"resourceId\":\"waymark-mastery\",\"tag\":\"mastery\"}",
             k->srv.base);
    if (strcmp(r->method, "POST") == 0) {
        atomic_fetch_add(&s->slot[0], 1);
        atomic_store(&s->slot[1], 1);
        bool lost = strncmp(r->path, "/lost", 5) == 0;
        httpd_answer(fd, lost ? 500 : 201, "application/json", "", item, strlen(item));
        return;
    }
    bool second = strstr(r->path, "page=2") != NULL;
    if (!second)
        snprintf(extra, sizeof extra,
                 "Link: <%s%.20s&page=2>; rel=\xe2\x80\x9cnext\xe2\x80\x9d"
                 "\r\n",
                 k->srv.base, "/items?x=1");
    int n = snprintf(
        body, sizeof body,
        "[{\"id\":\"%s/items/1\",\"label\":\"Other\",\"scoreMaximum\":5,"
        "\"resourceId\":\"waymark-mastery\",\"tag\":\"quiz\"},{\"broken\":1}%s%s]",
        k->srv.base, second && have ? "," : "", second && have ? item : "");
    httpd_answer(fd, 200, "application/json", extra, body, (size_t)n);
}

static void column(struct testdb *t)
{
    struct svckit k;
    struct ags_item item, want = {.label = STR("Ours"),
                                  .maximum = 100,
                                  .resource_id = STR("waymark-mastery"),
                                  .tag = STR("mastery")};
    bool created;
    svckit_open(&k, t, items);
    for (int i = 0; i < 2; i++) { /* made once, then found */
        ck_assert_int_eq(ags_ensure(&k.svc, &k.platform, svckit_url(&k, "/items"), &want,
                                    &item, &created, k.a, &k.e),
                         0);
        ck_assert_int_eq(created, i == 0);
        ck_assert(str_ends(item.id, STR("/items/9")));
    }
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[0]), 1);
    atomic_store(&k.srv.shared->slot[1], 0); /* the answer of the POST is lost */
    ck_assert_int_eq(ags_ensure(&k.svc, &k.platform, svckit_url(&k, "/lost"), &want,
                                &item, &created, k.a, &k.e),
                     0);
    ck_assert(str_ends(item.id, STR("/items/9")));
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[0]), 2);
    svckit_close(&k);
}

START_TEST(ags3_ensure)
{
    testdb_each(column);
}
END_TEST

/* --- changing a column, and Canvas ------------------------------------------- */

/* GET gives an item with more than was asked for; PUT and POST carry what they should. */
static void echo(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    static const char item[] =
        "{\"id\":\"%s/i/"
        "9?t=1\",\"label\":\"Old\",\"scoreMaximum\":50,\"resourceId\":\"r\","
        "\"tag\":\"t\",\"resourceLinkId\":\"5\",\"https://x.example/more\":{\"a\":1}}";
    const struct svckit *k = ctx;
    char body[600];
    if (strcmp(r->method, "GET") == 0) {
        bool list = strstr(r->path, "/i/9") == NULL;
        int n = snprintf(body, sizeof body, item, k->srv.base);
        httpd_answer(fd, 200, "application/json", "", list ? "[]" : body,
                     list ? 2 : (size_t)n);
        return;
    }
    bool put = strcmp(r->method, "PUT") == 0;
    char type[120];
    httpd_header(r, "Content-Type", type, sizeof type);
    bool good =
        strcmp(type, "application/vnd.ims.lis.v2.lineitem+json") == 0 &&
        strstr(r->body, "\"endDateTime\":\"2026-03-04T09:15:27.123Z\"") != NULL &&
        strstr(r->body, "\"scoreMaximum\":100") != NULL &&
        strstr(r->body, "100.0") == NULL && /* whole, as Open edX wants it */
        (put ? strstr(r->body, "\"resourceLinkId\":\"5\"") != NULL &&
                   strstr(r->body, "/i/9?t=1\"") != NULL &&
                   strstr(r->body, "\"https://x.example/more\":{\"a\":1}") != NULL
             : strstr(r->body, "\"https://canvas.instructure.com/lti/submission_type\":{"
                               "\"type\":\"none\"}") != NULL);
    atomic_fetch_add(&s->slot[good ? 0 : 1], 1);
    int n = snprintf(body, sizeof body, item, k->srv.base);
    httpd_answer(fd, put ? 200 : 201, "application/json", "", body, (size_t)n);
}

static void changing(struct testdb *t)
{
    struct svckit k;
    struct ags_item item, want = {.label = STR("New"),
                                  .maximum = 100,
                                  .resource_id = STR("r"),
                                  .tag = STR("t"),
                                  .ends_ms = 1772615727123,
                                  .submission = STR("none")};
    struct ags_change change = {
        .label = STR("New"), .maximum = 100, .ends_ms = 1772615727123};
    bool created;
    svckit_open(&k, t, echo);
    ck_assert_int_eq(ags_item_update(&k.svc, &k.platform, svckit_url(&k, "/i/9?t=1"),
                                     &change, &item, k.a, &k.e),
                     0);
    ck_assert(str_is(item.label, "Old")); /* what the platform made of it */
    ck_assert_int_eq(ags_ensure(&k.svc, &k.platform, svckit_url(&k, "/i"), &want, &item,
                                &created, k.a, &k.e),
                     0);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[0]), 2);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[1]), 0);
    svckit_close(&k);
}

START_TEST(changing_keeps_the_rest)
{
    testdb_each(changing);
}
END_TEST

START_TEST(canvas_extension)
{
    struct ags_score s = {.user_id = STR("1"),
                          .activity = "Completed",
                          .grading = "FullyGraded",
                          .canvas = true};
    struct str key = STR("https://canvas.instructure.com/lti/submission");
    bool yes;
    const struct js *x = js_get(parse(ags_score_body(a, &s)), str_z(a, key));
    ck_assert(js_bool(js_get(x, "new_submission"), &yes) && !yes);
    ck_assert(js_bool(js_get(x, "prioritize_non_tool_grade"), &yes) && yes);
    ck_assert(str_is(js_text(x, "submission_type"), "none"));
    s.undo = true; /* a teacher lets us write over a grade */
    x = js_get(parse(ags_score_body(a, &s)), str_z(a, key));
    ck_assert(js_bool(js_get(x, "prioritize_non_tool_grade"), &yes) && !yes);
}
END_TEST

START_TEST(svc6_offers)
{
    struct str both = STR("[\"" SCOPE_LINEITEM_RO "\",\"" SCOPE_SCORE "\"]");
    ck_assert(ags_offers(both, SCOPE_SCORE));
    ck_assert(ags_offers(both, SCOPE_LINEITEM_RO));
    ck_assert(!ags_offers(both, SCOPE_LINEITEM)); /* the longer one is another one */
    ck_assert(!ags_offers(STR_EMPTY, SCOPE_SCORE));
    ck_assert(!ags_offers(STR(SCOPE_SCORE), SCOPE_SCORE));
}
END_TEST

START_TEST(same_score)
{
    struct ags_result r = {.has_score = true, .score = 8.3, .maximum = 10};
    ck_assert(ags_same(&r, 83, 100)); /* scaled by the platform */
    ck_assert(!ags_same(&r, 84, 100));
    r = (struct ags_result){.maximum = 1};
    ck_assert(ags_same(&r, 0, 100)); /* Moodle's nought */
    ck_assert(!ags_same(&r, 1, 100));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ags");
    TCase *t = tcase_create("ags");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, recorded_items);
    tcase_add_test(t, i92_items);
    tcase_add_test(t, recorded_results);
    tcase_add_test(t, i96_results);
    tcase_add_test(t, ags6_numbers);
    tcase_add_test(t, recorded_scores);
    tcase_add_test(t, ags7_ags8_i93);
    tcase_add_test(t, ags3_ensure);
    tcase_add_test(t, changing_keeps_the_rest);
    tcase_add_test(t, canvas_extension);
    tcase_add_test(t, svc6_offers);
    tcase_add_test(t, same_score);
    suite_add_tcase(s, t);
    return suite_main(s);
}
