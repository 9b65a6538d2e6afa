/* Moodle's web services beyond grades: completion, groups, changes, work handed in,
 * competencies, and what Waymark writes; against answers recorded from a real one. */
#include "lms/moodle.h"
#include "support/suite.h"
#include "support/svckit.h"

#include <stdio.h>
#include <string.h>

static struct arena *a;
static struct httpd srv;
static struct http *http;
static struct lms moodle;
static struct err e;
static struct buf seen;
static int64_t rows;

/* What each function answers: a recording, or JSON as it stands. Set before the server
 * starts. A call whose parameters lack `holds` is refused as Moodle does. */
struct reply {
    const char *function;
    const char *holds;
    const char *answer;
};
static const struct reply *replies;

static const char *odd_parameters =
    "{\"exception\":\"invalid_parameter_exception\",\"errorcode\":\"invalidparameter\"}";

static void answer(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    char name[128] = "", path[200];
    const char *fn = strstr(r->body, "wsfunction=");
    (void)ctx;
    (void)s;
    if (fn != NULL)
        sscanf(fn + 11, "%127[a-z_]", name);
    const struct reply *x = replies;
    while (x->function != NULL &&
           (strcmp(x->function, name) != 0 || strstr(r->body, x->holds) == NULL))
        x++;
    const char *text = x->function != NULL ? x->answer : odd_parameters;
    if (text[0] == '{' || text[0] == '[' || strcmp(text, "null") == 0) {
        httpd_answer(fd, 200, "application/json", "", text, strlen(text));
        return;
    }
    struct arena *own = arena_new((size_t)8 << 20);
    snprintf(path, sizeof path, "webservices/%s", text);
    struct http_res res = svckit_recorded(own, path);
    httpd_answer(fd, 200, "application/json", "", res.body.p, res.body.n);
    arena_free(own);
}

static void start(const struct reply *table)
{
    replies = table;
    httpd_start(&srv, answer, NULL);
    moodle.base_url = str_fmt(a, "%s/site/", srv.base);
}

static void setup(void)
{
    struct http_opt opt = {.private_networks = STR("127.0.0.0/8"), .allow_http = true};
    a = arena_new((size_t)64 << 20);
    e = (struct err){0};
    rows = 0;
    http = http_new(&opt, &e);
    moodle = (struct lms){
        .ops = lms_find(STR("moodle")), .http = http, .token = STR("t"), .met = ~0ull};
    buf_init(&seen, a, 4096);
}

static void teardown(void)
{
    httpd_stop(&srv);
    http_free(http);
    arena_free(a);
}

static void ck_seen(const char *want)
{
    ck_assert_msg(strstr(buf_view(&seen).p, want) != NULL, "no %s in %s", want,
                  buf_view(&seen).p);
}

/* --- reading ----------------------------------------------------------------- */

static int on_person(void *ctx, const struct lms_person *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&seen, "%.*s:%.*s,%.*s,%.*s;", STR_ARG(r->id), STR_ARG(r->sourcedid),
            STR_ARG(r->email), STR_ARG(r->login));
    return 0;
}

/* Names of a person are there where the token may see them. */
START_TEST(people)
{
    static const struct reply table[] = {{"core_enrol_get_enrolled_users",
                                          "idnumber%2Cemail%2Cusername",
                                          "core_enrol_get_enrolled_users.as-teacher1"},
                                         {NULL}};
    start(table);
    ck_assert_int_eq(moodle.ops->people(&moodle, STR("3"), on_person, NULL, a, &e), 0);
    ck_seen("36:,student01@school.test,;");
    ck_seen("66:T1,teacher1@school.test,teacher1;");
}
END_TEST

static int on_group(void *ctx, const struct lms_group *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    buf_fmt(&seen, "%.*s=%.*s:%.*s;", STR_ARG(r->key), STR_ARG(r->name),
            STR_ARG(r->user_id));
    return 0;
}

/* Read only: Moodle's own functions for groups want the permission to change them. */
START_TEST(groups)
{
    static const struct reply table[] = {{"core_enrol_get_enrolled_users", "id%2Cgroups",
                                          "core_enrol_get_enrolled_users.as-teacher1"},
                                         {NULL}};
    start(table);
    ck_assert_int_eq(moodle.ops->groups(&moodle, STR("3"), on_group, NULL, a, &e), 0);
    ck_assert_int_eq(rows, 3);
    ck_seen("3=Period 1:36;");
    ck_seen("=Period 2:37;");
}
END_TEST

static int on_change(void *ctx, const struct lms_change *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    buf_fmt(&seen, "%.*s%s%s;", STR_ARG(r->activity_key), r->work ? "w" : "",
            r->settings ? "s" : "");
    return 0;
}

START_TEST(changes)
{
    static const struct reply table[] = {{"core_course_get_updates_since",
                                          "&since=1795400000",
                                          "core_course_get_updates_since"},
                                         {NULL}};
    start(table);
    ck_assert_int_eq(
        moodle.ops->changes(&moodle, STR("3"), 1795400000999, on_change, NULL, a, &e), 0);
    ck_assert_int_eq(rows, 21);
    ck_seen("1s;2s;3ws;4s;");
    ck_seen("19ws;");
}
END_TEST

/* What became of the token's own user is no change of the course. */
START_TEST(odd_changes)
{
    static const struct reply table[] = {
        {"core_course_get_updates_since", "",
         "{\"instances\":[{\"contextlevel\":\"module\",\"id\":\"5\",\"updates\":"
         "[{\"name\":\"attempts\"},{\"name\":\"completion\"}]},"
         "{\"contextlevel\":\"course\",\"id\":1,\"updates\":[{\"name\":\"usergrades\"}]},"
         "{\"contextlevel\":\"module\",\"id\":6,\"updates\":[{\"name\":\"userattempts\"}]"
         "},"
         "{\"contextlevel\":\"module\",\"id\":7},{\"contextlevel\":\"module\"},7]}"},
        {NULL}};
    start(table);
    ck_assert_int_eq(moodle.ops->changes(&moodle, STR("3"), 0, on_change, NULL, a, &e),
                     0);
    ck_assert_str_eq(buf_view(&seen).p, "6w;");
}
END_TEST

static int on_completion(void *ctx, const struct lms_completion *r, struct err *err)
{
    static const char letters[] = "icpf";
    (void)ctx;
    (void)err;
    rows++;
    buf_fmt(&seen, "%.*s/%.*s%c%s@%lld;", STR_ARG(r->user_id), STR_ARG(r->activity_key),
            letters[r->state], r->by_hand ? "h" : "", (long long)r->at_ms / 1000);
    return 0;
}

static int completion_of(const char *const *users, size_t n)
{
    struct str list[4];
    for (size_t i = 0; i < n; i++)
        list[i] = str_c(users[i]);
    return moodle.ops->completion(&moodle, STR("3"), list, n, on_completion, NULL, a, &e);
}

/* 404 has left the course meanwhile: the others are read all the same. */
START_TEST(completion)
{
    static const struct reply table[] = {
        {"core_completion_get_activities_completion_status", "courseid=3&userid=36",
         "core_completion_get_activities_completion_status"},
        {"core_completion_get_activities_completion_status", "courseid=3&userid=404",
         "{\"exception\":\"moodle_exception\",\"errorcode\":\"suspended\"}"},
        {"core_completion_get_activities_completion_status", "courseid=3&userid=37",
         "{\"statuses\":[{\"cmid\":\"9\",\"state\":1,\"tracking\":2,\"overrideby\":66,"
         "\"timecompleted\":7},{\"cmid\":10,\"state\":1,\"tracking\":0},{\"cmid\":11,"
         "\"tracking\":2},{\"cmid\":12,\"state\":8,\"tracking\":2},{}]}"},
        {NULL}};
    const char *const users[] = {"36", "404", "37"};
    start(table);
    ck_assert_int_eq(completion_of(users, 3), 0);
    ck_assert_int_eq(rows, 23);
    ck_seen("36/22ih@0;");
    ck_seen("36/1i@0;");
    ck_seen("36/3p@1795401872;");
    ck_seen("36/4c@1795401872;");
    ck_seen("36/6f@1795401872;");
    ck_seen("37/9ch@7;");
}
END_TEST

START_TEST(completion_refused)
{
    static const struct reply table[] = {
        {"core_completion_get_activities_completion_status", "",
         "err-other-student-completion.as-student01"},
        {NULL}};
    const char *const users[] = {"36", "37"};
    start(table);
    ck_assert_int_eq(completion_of(users, 2), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_msg(strstr(e.text, "report/progress:view") != NULL, "%s", e.text);
    ck_assert_int_eq(rows, 0);
}
END_TEST

static int on_submission(void *ctx, const struct lms_submission *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    ck_assert(!r->has_score && !r->missing && !r->excused);
    buf_fmt(&seen, "%.*s:%.*s/%.*s#%d@%lld of %g;", STR_ARG(r->key), STR_ARG(r->user_id),
            STR_ARG(r->activity_key), r->number, (long long)r->submitted_ms / 1000,
            r->maximum);
    return 0;
}

static int read_work(int64_t since_ms)
{
    struct lms_since since = {.since_ms = since_ms};
    return moodle.ops->submissions(&moodle, STR("3"), &since, on_submission, NULL, a, &e);
}

START_TEST(submissions)
{
    static const struct reply table[] = {
        {"mod_assign_get_assignments", "includenotenrolledcourses=1",
         "mod_assign_get_assignments.includenotenrolled"},
        {"mod_assign_get_submissions",
         "&assignmentids[0]=1&assignmentids[1]=2&assignmentids[2]=3&status=submitted"
         "&since=5",
         "mod_assign_get_submissions"},
        {NULL}};
    start(table);
    ck_assert_int_eq(read_work(5000), 0);
    ck_assert_int_eq(rows, 4);
    ck_seen("1:36/19#1@1795401872 of 100;4:37/19#1@1795401874 of 100;");
}
END_TEST

/* A draft is not handed in; a scale is no maximum; nothing there is nothing to read. */
START_TEST(odd_work)
{
    static const struct reply table[] = {
        {"mod_assign_get_assignments", "",
         "{\"courses\":[{\"assignments\":[{\"id\":1,\"cmid\":\"9\",\"grade\":-2},"
         "{\"id\":2},{}]},{}],\"warnings\":[]}"},
        {"mod_assign_get_submissions", "&assignmentids[0]=1&status",
         "{\"assignments\":[{\"assignmentid\":1,\"submissions\":["
         "{\"id\":1,\"userid\":5,\"status\":\"draft\",\"timemodified\":9},"
         "{\"id\":2,\"userid\":5,\"status\":\"submitted\",\"timemodified\":0},"
         "{\"id\":3,\"userid\":0,\"status\":\"submitted\",\"timemodified\":9},"
         "{\"id\":4,\"userid\":6,\"attemptnumber\":-3,\"status\":\"submitted\","
         "\"timemodified\":9},7]},{\"assignmentid\":77,\"submissions\":[{}]}]}"},
        {NULL}};
    start(table);
    ck_assert_int_eq(read_work(0), 0);
    ck_assert_str_eq(buf_view(&seen).p, "4:6/9#1@9 of 0;");
}
END_TEST

/* Moodle leaves out what the token's user may not see, and says so in a warning alone. */
START_TEST(work_refused)
{
    static const struct reply table[] = {
        {"mod_assign_get_assignments", "", "mod_assign_get_assignments"}, {NULL}};
    start(table);
    ck_assert_int_eq(read_work(0), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_msg(strstr(e.text, "mod/assign:view") != NULL, "%s", e.text);
}
END_TEST

START_TEST(marks_refused)
{
    static const struct reply table[] = {
        {"mod_assign_get_assignments", "",
         "mod_assign_get_assignments.includenotenrolled"},
        {"mod_assign_get_submissions", "",
         "{\"assignments\":[],\"warnings\":[{\"warningcode\":\"1\"}]}"},
        {NULL}};
    start(table);
    ck_assert_int_eq(read_work(0), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_msg(strstr(e.text, "mod/assign:grade") != NULL, "%s", e.text);
}
END_TEST

static int on_alignment(void *ctx, const struct lms_alignment *r, struct err *err)
{
    (void)ctx;
    (void)err;
    rows++;
    ck_assert_int_eq(r->kind, LMS_OUTCOME);
    buf_fmt(&seen, "%.*s=%.*s(%.*s);", STR_ARG(r->activity_key), STR_ARG(r->value),
            STR_ARG(r->title));
    return 0;
}

START_TEST(alignments)
{
    static const struct reply table[] = {{"tool_lp_data_for_course_competencies_page",
                                          "courseid=3&moduleid=0",
                                          "tool_lp_data_for_course_competencies_page"},
                                         {NULL}};
    start(table);
    ck_assert_int_eq(moodle.ops->alignments(&moodle, STR("3"), on_alignment, NULL, a, &e),
                     0);
    ck_assert_int_eq(rows, 6);
    ck_seen("3=SKILL1(Integers);6=SKILL2(Expressions);");
}
END_TEST

/* A service that has the older function only: each activity is asked about. */
START_TEST(alignments_one_by_one)
{
    static const struct reply table[] = {
        {"core_course_get_contents", "courseid=3", "core_course_get_contents"},
        {"core_competency_list_course_module_competencies", "&cmid=3",
         "core_competency_list_course_module_competencies.quiz1"},
        {"core_competency_list_course_module_competencies", "&cmid=4",
         "{\"exception\":\"x\",\"errorcode\":\"invalidrecord\",\"message\":\"\"}"},
        {"core_competency_list_course_module_competencies", "",
         "core_competency_list_course_module_competencies"},
        {NULL}};
    start(table);
    moodle.met = 1;
    ck_assert_int_eq(moodle.ops->alignments(&moodle, STR("3"), on_alignment, NULL, a, &e),
                     0);
    ck_assert(str_starts(buf_view(&seen), STR("3=SKILL1(Integers);")));
}
END_TEST

/* --- writing ----------------------------------------------------------------- */

static struct lms_opening opening(const char *name)
{
    return (struct lms_opening){.kind = LMS_BY_GROUP,
                                .name = str_c(name),
                                .mark = STR("waymark-7"),
                                .key = STR("12")};
}

static int make(const char *name, struct str *key)
{
    struct lms_opening o = opening(name);
    return moodle.ops->opening_make(&moodle, STR("3"), &o, key, a, &e);
}

START_TEST(opening_made)
{
    static const struct reply table[] = {
        {"core_group_get_course_groups", "courseid=3",
         "[{\"id\":3,\"name\":\"Period 1\",\"idnumber\":\"\"}]"},
        {"core_group_create_groups",
         "groups[0][courseid]=3&groups[0][name]=Unit%202%20open&groups[0][description]=",
         "[{\"id\":12,\"courseid\":3,\"name\":\"Unit 2 "
         "open\",\"idnumber\":\"waymark-7\"}]"},
        {NULL}};
    struct str key;
    start(table);
    ck_assert_msg(make("Unit 2 open", &key) == 0, "%s", e.text);
    ck_assert(str_is(key, "12"));
}
END_TEST

/* After a crash, or a new name: the group with our mark is the one. */
START_TEST(opening_found)
{
    static const struct reply table[] = {
        {"core_group_get_course_groups", "",
         "[{\"id\":3,\"name\":\"Unit 2 open\",\"idnumber\":\"\"},"
         "{\"id\":\"14\",\"name\":\"Renamed\",\"idnumber\":\"waymark-7\"}]"},
        {NULL}};
    struct str key;
    start(table);
    ck_assert_int_eq(make("Unit 2 open", &key), 0);
    ck_assert(str_is(key, "14"));
}
END_TEST

/* A group of a teacher's has the name already: it is not taken for ours. */
START_TEST(opening_name_taken)
{
    static const struct reply table[] = {
        {"core_group_get_course_groups", "",
         "[{\"id\":3,\"name\":\"A &amp; B\",\"idnumber\":\"x\"}]"},
        {"core_group_create_groups", "[name]=A%20%26%20B%20%28Waymark%29&",
         "[{\"id\":15}]"},
        {NULL}};
    struct str key;
    start(table);
    ck_assert_msg(make("A & B", &key) == 0, "%s", e.text);
    ck_assert(str_is(key, "15"));
}
END_TEST

START_TEST(opening_refused)
{
    static const struct reply table[] = {
        {"core_group_get_course_groups", "", "core_group_get_course_groups"},
        {"core_group_get_group_members", "", "core_group_get_group_members"},
        {NULL}};
    struct lms_opening o = opening("x");
    struct str key;
    start(table);
    ck_assert_int_eq(make("x", &key), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_msg(strstr(e.text, "moodle/course:managegroups") != NULL, "%s", e.text);
    ck_assert_int_eq(moodle.ops->opening_read(&moodle, STR("3"), &o, NULL, NULL, a, &e),
                     -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    o.kind = LMS_BY_OVERRIDE;
    ck_assert_int_eq(moodle.ops->opening_make(&moodle, STR("3"), &o, &key, a, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
}
END_TEST

static int on_inside(void *ctx, struct str user_id, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&seen, "%.*s;", STR_ARG(user_id));
    return 0;
}

START_TEST(members)
{
    static const struct reply table[] = {
        {"core_group_get_group_members", "groupids[0]=12",
         "[{\"groupid\":12,\"userids\":[36,\"37\",0]}]"},
        {"core_group_add_group_members",
         "&members[0][groupid]=12&members[0][userid]=36&members[1][groupid]=12"
         "&members[1][userid]=38",
         "null"},
        {NULL}};
    const struct str users[] = {STR("36"), STR("38")}, stranger = STR("99");
    struct lms_opening o = opening("x");
    struct str receipt;
    start(table);
    ck_assert_int_eq(
        moodle.ops->opening_read(&moodle, STR("3"), &o, on_inside, NULL, a, &e), 0);
    ck_assert_str_eq(buf_view(&seen).p, "36;37;");
    ck_assert_msg(
        moodle.ops->opening_add(&moodle, STR("3"), &o, users, 2, &receipt, a, &e) == 0,
        "%s", e.text);
    ck_assert(str_is(receipt, "group 12"));
    ck_assert_int_eq(
        moodle.ops->opening_add(&moodle, STR("3"), &o, users, 0, &receipt, a, &e), 0);
    ck_assert_int_eq(
        moodle.ops->opening_add(&moodle, STR("3"), &o, &stranger, 1, &receipt, a, &e),
        -1);
    ck_assert_int_eq(e.code, ERR_INPUT); /* not in the course: nobody of the call is in */
}
END_TEST

START_TEST(message)
{
    static const struct reply table[] = {
        {"core_message_send_instant_messages",
         "messages[0][touserid]=36&messages[0][text]=Well%20done%20%26%20on"
         "&messages[0][textformat]=2",
         "[{\"msgid\":81,\"text\":\"\"}]"},
        {"core_message_send_instant_messages", "touserid]=37",
         "[{\"msgid\":-1,\"errormessage\":\"You cannot message Bo Berg\"}]"},
        {"core_message_send_instant_messages", "touserid]=38",
         "{\"exception\":\"moodle_exception\",\"errorcode\":\"disabled\"}"},
        {NULL}};
    struct lms_message m = {STR("36"), STR("Well done & on")};
    struct str receipt;
    start(table);
    ck_assert_msg(moodle.ops->message_send(&moodle, &m, &receipt, a, &e) == 0, "%s",
                  e.text);
    ck_assert(str_is(receipt, "message 81"));
    m.user_id = STR("37");
    ck_assert_int_eq(moodle.ops->message_send(&moodle, &m, &receipt, a, &e), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_ptr_null(strstr(e.text, "Bo"));
    m.user_id = STR("38");
    ck_assert_int_eq(moodle.ops->message_send(&moodle, &m, &receipt, a, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "switched off"));
}
END_TEST

START_TEST(calendar)
{
    static const struct reply table[] = {
        {"core_calendar_create_calendar_events",
         "&events[0][courseid]=3&events[0][eventtype]=course"
         "&events[0][timestart]=1795402314&events[0][timeduration]=1800",
         "{\"events\":[{\"id\":7,\"name\":\"Talk\"}],\"warnings\":[]}"},
        {"core_calendar_create_calendar_events",
         "&events[0][groupid]=12&events[0][eventtype]=group",
         "{\"events\":[],\"warnings\":[{\"warningcode\":\"nopermissions\"}]}"},
        {NULL}};
    struct lms_event v = {.name = STR("Talk"),
                          .text = STR("About fractions"),
                          .at_ms = 1795402314000,
                          .length_ms = 1800000};
    struct str receipt;
    start(table);
    ck_assert_msg(moodle.ops->calendar_add(&moodle, STR("3"), &v, &receipt, a, &e) == 0,
                  "%s", e.text);
    ck_assert(str_is(receipt, "event 7"));
    v.group_key = STR("12");
    ck_assert_int_eq(moodle.ops->calendar_add(&moodle, STR("3"), &v, &receipt, a, &e),
                     -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(e.text, "moodle/calendar:manageentries"));
}
END_TEST

/* --- what a token may do ----------------------------------------------------- */

START_TEST(renamed)
{
    const struct lms_ops *ops = moodle.ops;
    uint64_t old_name = 0, new_name = 0;
    start((const struct reply[]){{NULL}});
    for (size_t i = 0; i < ops->needs_n; i++) {
        bool old = strcmp(ops->needs[i].function, "mod_quiz_get_user_attempts") == 0;
        bool now = strcmp(ops->needs[i].function, "mod_quiz_get_user_quiz_attempts") == 0;
        old_name |= (uint64_t)old << i;
        new_name |= (uint64_t)now << i;
    }
    ck_assert_uint_eq(lms_abilities(ops, old_name), LMS_ATTEMPTS);
    ck_assert_uint_eq(lms_abilities(ops, new_name), LMS_ATTEMPTS);
    ck_assert_uint_eq(lms_abilities(ops, 0), 0);
    ck_assert_uint_eq(lms_abilities(ops, ~(old_name | new_name)), 16383 & ~LMS_ATTEMPTS);
    ck_assert_uint_eq(lms_abilities(ops, ~0ull), 16383);
}
END_TEST

static int on_done(void *ctx, int rc, const struct err *why)
{
    (void)ctx;
    if (rc != 0)
        e = *why;
    return 0;
}

static int on_attempt(void *ctx, const struct lms_attempt *r, struct err *err)
{
    (void)ctx;
    (void)r;
    (void)err;
    rows++;
    return 0;
}

static void ask_attempts(void)
{
    struct http_batch_opt opt = {.per_lane = 1};
    struct http_batch *b = http_batch_new(http, &opt, &e);
    struct lms_ask q = {.what = LMS_ASK_ATTEMPTS,
                        .quiz_instance = STR("1"),
                        .user_id = STR("36"),
                        .attempt = on_attempt,
                        .done = on_done};
    ck_assert_int_eq(moodle.ops->ask(&moodle, b, 1, &q, a, &e), 0);
    ck_assert_int_eq(http_batch_run(b, &e), 0);
    http_batch_free(b);
}

/* Moodle 5 calls it by another name; what the site lists decides. */
START_TEST(renamed_function)
{
    static const struct reply table[] = {
        {"mod_quiz_get_user_quiz_attempts", "quizid=1&userid=36",
         "mod_quiz_get_user_attempts"},
        {"mod_quiz_get_user_attempts", "", "mod_quiz_get_user_quiz_attempts"},
        {NULL}};
    start(table);
    ask_attempts(); /* everything is listed: the new name */
    ck_assert_int_eq(e.code, ERR_NONE);
    ck_assert_int_eq(rows, 2);
    moodle.met = 1; /* only the first row: the old name, which this site lacks */
    ask_attempts();
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_msg(strstr(e.text, "does not have it") != NULL, "%s", e.text);
}
END_TEST

START_TEST(probe_kept)
{
    struct lms_site site = {STR("School \"A\""), STR("4.5"), 0, 0x20205}, out;
    start((const struct reply[]){{NULL}});
    site.can = lms_abilities(moodle.ops, site.met);
    struct str text = lms_probed_text(moodle.ops, &site, a);
    ck_assert_int_eq(lms_probed_read(moodle.ops, text, &out, a), 1);
    ck_assert(str_eq(out.name, site.name) && str_is(out.release, "4.5"));
    ck_assert_uint_eq(out.met, site.met);
    ck_assert_uint_eq(out.can, site.can);
    ck_assert_int_eq(lms_probed_read(moodle.ops, STR("[\"grades\"]"), &out, a), 0);
    ck_assert_int_eq(lms_probed_read(moodle.ops, STR("{\"fun"), &out, a), 0);
    ck_assert_int_eq(
        lms_probed_read(moodle.ops, STR("{\"functions\":[\"x\",1]}"), &out, a), 1);
    ck_assert_uint_eq(out.met, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moodle_work");
    TCase *t = tcase_create("moodle_work");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, people);
    tcase_add_test(t, groups);
    tcase_add_test(t, changes);
    tcase_add_test(t, odd_changes);
    tcase_add_test(t, completion);
    tcase_add_test(t, completion_refused);
    tcase_add_test(t, submissions);
    tcase_add_test(t, odd_work);
    tcase_add_test(t, work_refused);
    tcase_add_test(t, marks_refused);
    tcase_add_test(t, alignments);
    tcase_add_test(t, alignments_one_by_one);
    tcase_add_test(t, opening_made);
    tcase_add_test(t, opening_found);
    tcase_add_test(t, opening_name_taken);
    tcase_add_test(t, opening_refused);
    tcase_add_test(t, members);
    tcase_add_test(t, message);
    tcase_add_test(t, calendar);
    tcase_add_test(t, renamed);
    tcase_add_test(t, renamed_function);
    tcase_add_test(t, probe_kept);
    suite_add_tcase(s, t);
    return suite_main(s);
}
