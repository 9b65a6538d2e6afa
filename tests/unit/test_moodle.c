/* Moodle's web services, against answers recorded from a real one. */
#include "lms/moodle.h"
#include "support/suite.h"
#include "support/svckit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *a;
static struct httpd srv;
static struct http *http;
static struct lms moodle;
static struct err e;
static struct buf seen;
static int64_t rows;

/* Which recording answers; "" by the function that was asked for. Set before the server
 * starts. */
static const char *recording;
static const char *raw;
static int status = 200;

static void answer(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    char name[128] = "", path[200];
    (void)ctx;
    (void)s;
    char *fn = strstr(r->body, "wsfunction=");
    if (fn != NULL)
        sscanf(fn + 11, "%127[a-z_]", name);
    bool ours = strcmp(r->path, "/site/webservice/rest/server.php") == 0 &&
                strstr(r->body, "wstoken=a%2Bb&") != NULL &&
                strstr(r->body, "moodlewsrestformat=json") != NULL;
    if (raw != NULL || !ours) {
        const char *text = raw != NULL ? raw : "not what Moodle expects";
        httpd_answer(fd, ours ? status : 400, "application/json", "", text, strlen(text));
        return;
    }
    struct arena *own = arena_new((size_t)8 << 20);
    snprintf(path, sizeof path, "webservices/%s",
             recording[0] != '\0' ? recording : name);
    struct http_res res = svckit_recorded(own, path);
    httpd_answer(fd, 200, "application/json", "", res.body.p, res.body.n);
    arena_free(own);
}

static void start(const char *name, const char *body)
{
    recording = name;
    raw = body;
    httpd_start(&srv, answer, NULL);
    moodle.base_url = str_fmt(a, "%s/site/", srv.base);
}

static void setup(void)
{
    struct http_opt opt = {.private_networks = STR("127.0.0.0/8"), .allow_http = true};
    a = arena_new((size_t)64 << 20);
    e = (struct err){0};
    rows = 0;
    status = 200;
    http = http_new(&opt, &e);
    moodle =
        (struct lms){.ops = lms_find(STR("moodle")), .http = http, .token = STR("a+b")};
    buf_init(&seen, a, 4096);
}

static void teardown(void)
{
    httpd_stop(&srv);
    http_free(http);
    arena_free(a);
}

START_TEST(probe)
{
    struct lms_site site;
    start("", NULL);
    ck_assert_int_eq(moodle.ops->probe(&moodle, &site, a, &e), 0);
    ck_assert(str_is(site.name, "Test School"));
    ck_assert(str_starts(site.release, STR("4.5.6")));
    ck_assert_uint_eq(site.can, 16383); /* everything */
    ck_assert_ptr_null(lms_find(STR("other")));
}
END_TEST

static int on_activity(void *ctx, const struct lms_activity *r, struct err *err)
{
    (void)ctx;
    (void)err;
    ck_assert_int_eq(r->position, rows);
    rows++;
    if (str_is(r->kind, "quiz") || str_is(r->kind, "assign"))
        buf_fmt(&seen, "%.*s %.*s/%.*s %lld-%lld %d;", STR_ARG(r->key), STR_ARG(r->kind),
                STR_ARG(r->instance), (long long)r->opens_ms / 1000,
                (long long)r->due_ms / 1000, r->visible);
    if (str_is(r->key, "3")) {
        ck_assert(str_is(r->title, "Quiz 1: Integers and order of operations"));
        ck_assert(str_is(r->url, "https://moodle.test:8443/mod/quiz/view.php?id=3"));
        ck_assert(str_is(r->section, "Unit 1: Integers and order of operations"));
    }
    return 0;
}

START_TEST(catalogue)
{
    start("", NULL);
    ck_assert_int_eq(moodle.ops->catalogue(&moodle, STR("3"), on_activity, NULL, a, &e),
                     0);
    ck_assert_str_eq(buf_view(&seen).p,
                     "3 quiz/1 1790563470-1791945870 1;6 quiz/2 1791254670-1792637070 1;"
                     "19 assign/1 0-1792464271 1;9 quiz/3 1791945870-1793328270 1;"
                     "20 assign/2 0-1793155471 1;12 quiz/4 1792637070-1794019470 1;"
                     "15 quiz/5 1793328271-0 1;21 assign/3 0-1794537871 1;"
                     "18 quiz/6 1794019471-0 1;");
}
END_TEST

static int on_person(void *ctx, const struct lms_person *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    buf_fmt(&seen, "%.*s", STR_ARG(r->id));
    for (size_t i = 0; i < r->roles_n; i++)
        buf_fmt(&seen, ",%.*s", STR_ARG(r->roles[i]));
    buf_fmt(&seen, "@%lld;", (long long)r->last_access_ms / 1000);
    return 0;
}

START_TEST(people)
{
    start("", NULL);
    ck_assert_int_eq(moodle.ops->people(&moodle, STR("3"), on_person, NULL, a, &e), 0);
    ck_assert_int_eq(rows, 6);
    ck_assert_ptr_nonnull(strstr(buf_view(&seen).p, "36,student@1795402314;"));
    ck_assert_ptr_nonnull(strstr(buf_view(&seen).p, "66,editingteacher@"));
    ck_assert_ptr_nonnull(strstr(buf_view(&seen).p, "67,teacher@"));
}
END_TEST

static int on_grade(void *ctx, const struct lms_grade *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    buf_fmt(&seen, "%.*s:%.*s/%.*s=", STR_ARG(r->user_id), STR_ARG(r->activity_key),
            STR_ARG(r->instance));
    if (r->has_score)
        buf_fmt(&seen, "%g", r->score);
    buf_fmt(&seen, "/%g@%lld,%lld%s;", r->maximum, (long long)r->submitted_ms / 1000,
            (long long)r->graded_ms / 1000, r->hidden ? "h" : "");
    return 0;
}

START_TEST(grades)
{
    start("gradereport_user_get_grade_items.one-user", NULL);
    ck_assert_int_eq(moodle.ops->grades(&moodle, STR("3"), on_grade, NULL, a, &e), 0);
    ck_assert_int_eq(rows, 9); /* six quizzes, three assignments; no totals, no columns */
    ck_assert_ptr_nonnull(strstr(buf_view(&seen).p, ":3/1=6/10@1790742632,1795401872;"));
    ck_assert_ptr_nonnull(strstr(buf_view(&seen).p, ":19/1="));
}
END_TEST

/* A missing grade is never zero; a hidden one says so; ids may be strings. */
START_TEST(odd_grades)
{
    start("", "{\"usergrades\":[{\"userid\":\"5\",\"gradeitems\":["
              "{\"itemtype\":\"mod\",\"cmid\":1,\"graderaw\":null,\"grademax\":10},"
              "{\"itemtype\":\"mod\",\"cmid\":2,\"grademax\":10},"
              "{\"itemtype\":\"mod\",\"cmid\":3,\"graderaw\":\"7,5\",\"grademax\":10,"
              "\"gradeishidden\":true},"
              "{\"itemtype\":\"mod\",\"cmid\":4,\"itemnumber\":1,\"graderaw\":1,"
              "\"grademax\":10},"
              "{\"itemtype\":\"course\",\"graderaw\":1,\"grademax\":10}]},"
              "{\"userid\":0,\"gradeitems\":[]},{\"userid\":6}],\"warnings\":[]}");
    ck_assert_int_eq(moodle.ops->grades(&moodle, STR("3"), on_grade, NULL, a, &e), 0);
    ck_assert_str_eq(buf_view(&seen).p, "5:1/=/10@0,0;5:2/=/10@0,0;5:3/=7.5/10@0,0h;");
}
END_TEST

static int on_quiz(void *ctx, const struct lms_quiz *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    buf_fmt(&seen, "%.*s/%.*s %g of %g;", STR_ARG(r->key), STR_ARG(r->instance),
            r->maximum, r->sum_maximum);
    return 0;
}

START_TEST(quizzes)
{
    start("", NULL);
    ck_assert_int_eq(moodle.ops->quizzes(&moodle, STR("3"), on_quiz, NULL, a, &e), 0);
    ck_assert_int_eq(rows, 6);
    ck_assert(str_starts(buf_view(&seen), STR("3/1 10 of 10;6/2 ")));
}
END_TEST

static int on_attempt(void *ctx, const struct lms_attempt *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    ck_assert(r->finished && !r->preview && r->has_score);
    buf_fmt(&seen, "%.*s#%d %g@%lld;", STR_ARG(r->key), r->number, r->score,
            (long long)r->finished_ms / 1000);
    return 0;
}

static int settled; /* questions that have an answer, good or bad */

static int on_done(void *ctx, int rc, const struct err *why)
{
    (void)ctx;
    settled++;
    if (rc != 0)
        e = *why;
    return 0;
}

static int on_answer(void *ctx, const struct lms_answer *r, struct err *err);

/* Put one question as a worker puts many; 0 when it was answered well. */
static int ask(struct lms_ask q)
{
    struct http_batch_opt opt = {.per_lane = 2};
    struct http_batch *b = http_batch_new(http, &opt, &e);
    q.attempt = on_attempt;
    q.answer = on_answer;
    q.done = on_done;
    settled = 0;
    ck_assert_int_eq(moodle.ops->ask(&moodle, b, 1, &q, a, &e), 0);
    ck_assert_int_eq(http_batch_run(b, &e), 0);
    ck_assert_int_eq(settled, 1);
    http_batch_free(b);
    return e.code == ERR_NONE ? 0 : -1;
}

static struct lms_ask attempts_of(const char *quiz, const char *user)
{
    return (struct lms_ask){
        .what = LMS_ASK_ATTEMPTS, .quiz_instance = str_c(quiz), .user_id = str_c(user)};
}

static struct lms_ask answers_of(const char *attempt)
{
    return (struct lms_ask){.what = LMS_ASK_ANSWERS, .attempt_key = str_c(attempt)};
}

START_TEST(attempts)
{
    start("", NULL);
    ck_assert_int_eq(ask(attempts_of("1", "36")), 0);
    ck_assert_int_eq(rows, 2);
    ck_assert(str_starts(buf_view(&seen), STR("1#1 6@1790740839;")));
}
END_TEST

static int on_answer(void *ctx, const struct lms_answer *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    buf_fmt(&seen, "%.*s:%.*s ", STR_ARG(r->item), STR_ARG(r->state));
    if (r->has_score)
        buf_fmt(&seen, "%g", r->score);
    buf_fmt(&seen, "/%g;", r->maximum);
    return 0;
}

START_TEST(answers)
{
    start("", NULL);
    ck_assert_int_eq(ask(answers_of("1")), 0);
    ck_assert_int_eq(rows, 5);
    ck_assert(str_starts(buf_view(&seen), STR("1:gradedright 2/2;")));
}
END_TEST

START_TEST(refused_questions)
{
    start("err-bad-token.as-bad", NULL);
    ck_assert_int_eq(ask(attempts_of("1", "36")), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    e = (struct err){0};
    ck_assert_int_eq(ask(answers_of("1")), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_int_eq(rows, 0);
}
END_TEST

START_TEST(odd_answers)
{
    start("",
          "{\"grade\":1,\"questions\":["
          "{\"slot\":1,\"state\":\"gaveup\",\"mark\":\"0,00\",\"maxmark\":2},"
          "{\"slot\":2,\"state\":\"needsgrading\",\"mark\":\"\",\"maxmark\":5},"
          "{\"slot\":3,\"state\":\"gradedright\",\"maxmark\":1},"
          "{\"slot\":4,\"type\":\"description\",\"maxmark\":0},"
          "{\"slot\":5,\"state\":\"gradedpartial\",\"mark\":1.5,\"maxmark\":\"3,0\"}]}");
    ck_assert_int_eq(ask(answers_of("1")), 0);
    ck_assert_str_eq(buf_view(&seen).p, "1:gaveup 0/2;2:needsgrading /5;3:gradedright /1;"
                                        "5:gradedpartial 1.5/3;");
}
END_TEST

/* Every recorded refusal, in words with what is missing. */
static const struct {
    const char *name;
    enum err_code code;
    const char *word;
} refusals[] = {
    {"err-bad-token.as-bad", ERR_DENIED, "give a new one"},
    {"err-unknown-function", ERR_DENIED, "does not have it"},
    {"err-no-course", ERR_NOTFOUND, "no such course"},
    {"err-other-student.as-student01", ERR_DENIED, "gradereport/user:view"},
    {"core_enrol_get_enrolled_users.limit5", ERR_DENIED, "gradereport/user:view"},
};

START_TEST(refused)
{
    start(refusals[_i].name, NULL);
    ck_assert_int_eq(moodle.ops->grades(&moodle, STR("3"), on_grade, NULL, a, &e), -1);
    ck_assert_int_eq(e.code, refusals[_i].code);
    ck_assert_msg(strstr(e.text, refusals[_i].word) != NULL, "%s", e.text);
    ck_assert_int_eq(rows, 0);
}
END_TEST

static const struct {
    int status;
    const char *body;
    enum err_code code;
} odd[] = {
    {200, "", ERR_INPUT},
    {200, "null", ERR_INPUT},
    {200, "{}", ERR_INPUT},
    {200, "[]", ERR_INPUT},
    {200, "<?xml version=\"1.0\"?>", ERR_INPUT},
    {200, "{\"usergrades\":[{\"userid\":5}", ERR_INPUT},
    {200, "{\"usergrades\":{}}", ERR_INPUT},
    {200, "{\"exception\":\"x\",\"errorcode\":\"<b>\",\"message\":\"a name\"}",
     ERR_INPUT},
    {200, "{\"exception\":\"x\",\"errorcode\":\"sitemaintenance\"}", ERR_UNAVAILABLE},
    {500, "{}", ERR_UNAVAILABLE},
    {303, "{}", ERR_INPUT},
    {404, "<html>", ERR_NOTFOUND},
    {403, "<html>", ERR_DENIED},
};

START_TEST(odd_answers_of_the_site)
{
    status = odd[_i].status;
    start("", odd[_i].body);
    ck_assert_int_eq(moodle.ops->grades(&moodle, STR("3"), on_grade, NULL, a, &e), -1);
    ck_assert_msg(e.code == odd[_i].code, "%d %s: %s", status, odd[_i].body, e.text);
    ck_assert_ptr_null(strstr(e.text, "name"));
}
END_TEST

static int on_title(void *ctx, const struct lms_activity *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&seen, "%.*s[%.*s]%d;", STR_ARG(r->key), STR_ARG(r->title), r->visible);
    return 0;
}

/* Titles come as HTML text; what is in a hidden section is hidden. */
START_TEST(entities)
{
    start("",
          "[{\"visible\":1,\"modules\":[{\"id\":3,\"instance\":9,\"modname\":\"page\","
          "\"name\":\" Tom &amp; Jerry &lt;3 &quot;x&quot; &#039;y&#39; &eacute; \","
          "\"visible\":0}]},{\"visible\":0,\"modules\":[{\"id\":\"4\",\"visible\":1}]}]");
    ck_assert_int_eq(moodle.ops->catalogue(&moodle, STR("3"), on_title, NULL, a, &e), 0);
    ck_assert_str_eq(buf_view(&seen).p, "3[Tom & Jerry <3 \"x\" 'y' &eacute;]0;4[]0;");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moodle");
    TCase *t = tcase_create("moodle");
    tcase_set_timeout(t, 30);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, probe);
    tcase_add_test(t, catalogue);
    tcase_add_test(t, people);
    tcase_add_test(t, grades);
    tcase_add_test(t, odd_grades);
    tcase_add_test(t, quizzes);
    tcase_add_test(t, attempts);
    tcase_add_test(t, answers);
    tcase_add_test(t, refused_questions);
    tcase_add_test(t, odd_answers);
    tcase_add_loop_test(t, refused, 0, (int)(sizeof refusals / sizeof refusals[0]));
    tcase_add_loop_test(t, odd_answers_of_the_site, 0, (int)(sizeof odd / sizeof odd[0]));
    tcase_add_test(t, entities);
    suite_add_tcase(s, t);
    return suite_main(s);
}
