#include "lms/moodle.h"

#include "net/split.h"
#include "net/spool.h"
#include "net/url.h"

#include <string.h>

#define CALL_MS 30000
#define LONG_MS 300000 /* a whole grade book */
#define SMALL_N ((size_t)8 << 20)
#define BIG_N ((size_t)512 << 20) /* flat memory all the same: one element at a time */
#define ELEMENT_N ((size_t)4 << 20)
#define REST_N ((size_t)512 << 10)

/* --- calls ------------------------------------------------------------------- */

struct function {
    const char *name;
    const char *needs;
    unsigned can;
};

static const struct function functions[] = {
    {"core_webservice_get_site_info", "webservice/rest:use", 0},
    {"core_course_get_contents", "moodle/course:view, mod/assign:view and mod/lti:view",
     LMS_CATALOGUE},
    {"core_enrol_get_enrolled_users", "moodle/course:viewparticipants", LMS_PEOPLE},
    {"gradereport_user_get_grade_items", "gradereport/user:view and moodle/grade:viewall",
     LMS_GRADES},
    {"mod_quiz_get_quizzes_by_courses", "mod/quiz:view", LMS_QUIZZES},
    {"mod_quiz_get_user_attempts", "mod/quiz:viewreports", LMS_ATTEMPTS},
    {"mod_quiz_get_attempt_review", "mod/quiz:viewreports", LMS_ANSWERS},
};

#define FUNCTIONS_N (sizeof functions / sizeof functions[0])

static const char *needs(const char *function)
{
    for (size_t i = 0; i < FUNCTIONS_N; i++)
        if (strcmp(functions[i].name, function) == 0)
            return functions[i].needs;
    return "another permission";
}

/* Moodle's error codes, by what a person can do about them. */
static const struct {
    const char *code;
    enum err_code err;
    const char *words; /* NULL: the permission is what is missing */
} faults[] = {
    {"invalidtoken", ERR_DENIED, "the token is not valid any more; give a new one"},
    {"accessexception", ERR_DENIED, "the token's service does not include this function"},
    {"servicenotavailable", ERR_DENIED, "web services are switched off"},
    {"enablewsdescription", ERR_DENIED, "web services are switched off"},
    {"nopermissions", ERR_DENIED, NULL},
    {"nopermissiontoviewgrades", ERR_DENIED, NULL},
    {"requireloginerror", ERR_DENIED, NULL},
    {"notingroup", ERR_DENIED, NULL},
    {"errorcoursecontextnotvalid", ERR_DENIED, NULL},
    {"noreviewattempt", ERR_DENIED, NULL},
    {"invalidparameter", ERR_INPUT, "it does not understand the request"},
    {"invalidcourseid", ERR_NOTFOUND, "there is no such course"},
    {"sitemaintenance", ERR_UNAVAILABLE, "the site is under maintenance"},
    {"dbconnectionfailed", ERR_UNAVAILABLE, "its database does not answer"},
};

/* "invalidrecord" is said of everything; the text names the table. */
static int missing_record(struct str message, const char *function, struct err *e)
{
    if (str_find(message, STR("external_functions"), 0) != SIZE_MAX)
        return err_set(e, ERR_DENIED, "Moodle, %s: this Moodle does not have it",
                       function);
    if (str_find(message, STR("table course"), 0) != SIZE_MAX)
        return err_set(e, ERR_NOTFOUND, "Moodle, %s: there is no such course", function);
    return err_set(e, ERR_NOTFOUND, "Moodle, %s: there is no such thing", function);
}

static bool plain_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '_'))
            return false;
    return s.n > 0 && s.n <= 40;
}

/* An answer that is {"exception", "errorcode", "message"}: -1, in words with the
 * permission that `function` needs; 0 when `v` is no exception. */
static int fault_of(const struct js *v, const char *function, struct err *e)
{
    if (js_type(v) != JS_OBJECT || !js_has(v, "exception"))
        return 0;
    struct str code = js_text(v, "errorcode");
    if (str_is(code, "invalidrecord"))
        return missing_record(js_text(v, "message"), function, e);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (!str_is(code, faults[i].code))
            continue;
        if (faults[i].words == NULL)
            return err_set(e, faults[i].err, "Moodle, %s: the token's user needs %s",
                           function, needs(function));
        return err_set(e, faults[i].err, "Moodle, %s: %s", function, faults[i].words);
    }
    if (!plain_word(code))
        code = STR("an error without a code");
    return err_set(e, ERR_INPUT, "Moodle, %s: %.*s", function, STR_ARG(code));
}

/* One call: which function, which list to hand out, and how it may grow. */
struct call {
    const char *function;
    struct str params;  /* "&name=value..." */
    const char *member; /* of the answer; NULL: the answer is the list */
    bool big;
    int (*element)(void *ctx, struct js *v, struct arena *scratch, struct err *e);
    void *ctx;
};

static int check_status(const struct http_res *res, const char *function, struct err *e)
{
    int s = res->status;
    if (s == 200)
        return 0;
    if (s >= 300 && s < 400)
        return err_set(e, ERR_INPUT,
                       "Moodle, %s: the address redirects (%d); give the final one",
                       function, s);
    if (s == 429 || s >= 500)
        return err_set(e, ERR_UNAVAILABLE, "Moodle, %s: the site answers %d", function,
                       s);
    return err_set(e, s == 404 ? ERR_NOTFOUND : ERR_DENIED,
                   "Moodle, %s: the site answers %d; is the address right, and the REST "
                   "protocol switched on?",
                   function, s);
}

static struct str server_url(struct arena *a, struct str base)
{
    if (str_ends(base, STR("/")))
        base.n--;
    return str_fmt(a, "%.*s/webservice/rest/server.php", STR_ARG(base));
}

static const struct http_header form_type = {{"Content-Type", 12},
                                             {"application/x-www-form-urlencoded", 33}};

static struct http_req request(const struct lms *l, const struct call *c, struct arena *a)
{
    struct str token = url_escape(a, l->token);
    struct str body = str_fmt(a, "wstoken=%.*s&wsfunction=%s&moodlewsrestformat=json%.*s",
                              STR_ARG(token), c->function, STR_ARG(c->params));
    return (struct http_req){.method = "POST",
                             .url = server_url(a, l->base_url),
                             .headers = &form_type,
                             .headers_n = 1,
                             .body = body,
                             .max_n = c->big ? BIG_N : SMALL_N,
                             .total_ms = c->big ? LONG_MS : CALL_MS};
}

static struct split_opt split_of(const struct call *c)
{
    return (struct split_opt){.member = c->member,
                              .top = c->member == NULL,
                              .element_n = ELEMENT_N,
                              .rest_n = REST_N,
                              .element = c->element,
                              .ctx = c->ctx};
}

/* The list must be there unless Moodle says what is wrong. */
static int judge(const struct call *c, bool found, const struct js *rest, struct err *e)
{
    if (fault_of(rest, c->function, e) != 0)
        return -1;
    if (!found)
        return err_set(e, ERR_INPUT, "Moodle, %s: the answer is not what it should be",
                       c->function);
    return 0;
}

/* One call whose answer may be long. *rest is what surrounds the list. */
static int call(const struct lms *l, const struct call *c, struct js **rest,
                struct arena *a, struct err *e)
{
    struct split_opt opt = split_of(c);
    struct split *split = split_new(a, &opt);
    struct spool *spool = spool_new(a, e);
    struct http_req req = request(l, c, a);
    struct http_res res;
    bool found;
    req.sink = spool_sink;
    req.sink_ctx = spool;
    if (spool == NULL || http_do(l->http, &req, &res, a, e) != 0 ||
        check_status(&res, c->function, e) != 0 ||
        spool_read(spool, split_sink, split, e) != 0 ||
        split_end(split, &found, rest, e) != 0)
        return -1;
    return judge(c, found, *rest, e);
}

/* --- values ------------------------------------------------------------------ */

/* An id: Moodle sends numbers, other versions strings. */
static struct str id_text(struct arena *a, const struct js *v)
{
    int64_t n;
    struct str s;
    if (js_i64(v, &n))
        return n > 0 ? str_fmt(a, "%lld", (long long)n) : STR_EMPTY;
    return js_str(v, &s) ? s : STR_EMPTY;
}

/* Seconds to milliseconds; 0, null and nonsense are "not told". */
static int64_t time_of(const struct js *v)
{
    int64_t s;
    return js_i64(v, &s) && s > 0 && s < INT64_C(253402300800) ? s * 1000 : 0;
}

static bool truth(const struct js *v)
{
    bool b = false;
    int64_t n = 0;
    return js_bool(v, &b) ? b : js_i64(v, &n) && n != 0;
}

/* A number, or a text such as "2.00" or "2,00" (Moodle writes marks in its own language).
 */
static bool number(const struct js *v, double *out)
{
    struct str s;
    char text[40];
    if (js_num(v, out))
        return true;
    if (!js_str(v, &s) || s.n == 0 || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (text[i] == ',')
            text[i] = '.';
    return str_f64(str_trim((struct str){text, s.n}), out);
}

/* Titles come as HTML text: the five entities that Moodle makes, back to characters. */
static struct str plain(struct arena *a, struct str html)
{
    static const struct {
        struct str entity;
        char c;
    } table[] = {{{"&amp;", 5}, '&'},  {{"&lt;", 4}, '<'},    {{"&gt;", 4}, '>'},
                 {{"&quot;", 6}, '"'}, {{"&#039;", 6}, '\''}, {{"&#39;", 5}, '\''}};
    struct buf b;
    if (str_find(html, STR("&"), 0) == SIZE_MAX)
        return html;
    buf_init(&b, a, html.n + 1);
    for (size_t i = 0; i < html.n;) {
        size_t k = 0;
        struct str rest = str_sub(html, i, html.n);
        while (k < sizeof table / sizeof table[0] && !str_starts(rest, table[k].entity))
            k++;
        bool hit = k < sizeof table / sizeof table[0];
        buf_char(&b, hit ? table[k].c : html.p[i]);
        i += hit ? table[k].entity.n : 1;
    }
    return buf_view(&b);
}

static struct str param(struct arena *a, const char *name, struct str value)
{
    return str_fmt(a, "&%s=%.*s", name, STR_ARG(url_escape(a, value)));
}

/* --- probe ------------------------------------------------------------------- */

static int on_function(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    unsigned *can = ctx;
    struct str name = js_text(v, "name");
    (void)scratch;
    (void)e;
    for (size_t i = 0; i < FUNCTIONS_N; i++)
        if (str_is(name, functions[i].name))
            *can |= functions[i].can;
    return 0;
}

static int probe(const struct lms *l, struct lms_site *out, struct arena *a,
                 struct err *e)
{
    unsigned can = 0;
    struct js *rest;
    struct call c = {.function = "core_webservice_get_site_info",
                     .params = STR_EMPTY,
                     .member = "functions",
                     .element = on_function,
                     .ctx = &can};
    if (call(l, &c, &rest, a, e) != 0)
        return -1;
    *out = (struct lms_site){.name = plain(a, js_text(rest, "sitename")),
                             .release = js_text(rest, "release"),
                             .can = can};
    return 0;
}

/* --- catalogue --------------------------------------------------------------- */

struct catalogue {
    int (*row)(void *ctx, const struct lms_activity *r, struct err *e);
    void *ctx;
    int position;
};

static void read_dates(const struct js *dates, struct lms_activity *r)
{
    static const char *const opens[] = {"timeopen", "allowsubmissionsfromdate",
                                        "timeavailablefrom", "available"};
    static const char *const dues[] = {"duedate", "timeclose", "timeavailableto",
                                       "deadline"};
    for (size_t i = 0; i < js_len(dates); i++) {
        struct str id = js_text(js_at(dates, i), "dataid");
        int64_t ms = time_of(js_get(js_at(dates, i), "timestamp"));
        for (size_t k = 0; k < 4; k++) {
            if (str_is(id, opens[k]))
                r->opens_ms = ms;
            if (str_is(id, dues[k]))
                r->due_ms = ms;
        }
    }
}

static int on_section(void *ctx, struct js *section, struct arena *scratch, struct err *e)
{
    struct catalogue *c = ctx;
    bool shown = truth(js_get(section, "visible"));
    struct js *modules = js_get(section, "modules");
    for (size_t i = 0; i < js_len(modules); i++) {
        const struct js *m = js_at(modules, i);
        struct lms_activity r = {
            .key = id_text(scratch, js_get(m, "id")),
            .instance = id_text(scratch, js_get(m, "instance")),
            .kind = js_text(m, "modname"),
            .title = str_trim(plain(scratch, js_text(m, "name"))),
            .url = js_text(m, "url"),
            .visible = shown && truth(js_get(m, "visible")),
            .position = c->position++,
        };
        read_dates(js_get(m, "dates"), &r);
        if (r.key.n > 0 && c->row(c->ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

static int catalogue(const struct lms *l, struct str course,
                     int (*row)(void *ctx, const struct lms_activity *r, struct err *e),
                     void *ctx, struct arena *a, struct err *e)
{
    struct catalogue state = {row, ctx, 0};
    struct js *rest;
    struct call c = {.function = "core_course_get_contents",
                     .params = param(a, "courseid", course),
                     .big = true,
                     .element = on_section,
                     .ctx = &state};
    return call(l, &c, &rest, a, e);
}

/* --- people ------------------------------------------------------------------ */

struct people {
    int (*row)(void *ctx, const struct lms_person *r, struct err *e);
    void *ctx;
};

static int on_person(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct people *p = ctx;
    struct lms_person r = {.id = id_text(scratch, js_get(v, "id")),
                           .last_access_ms = time_of(js_get(v, "lastcourseaccess"))};
    struct js *roles = js_get(v, "roles");
    for (size_t i = 0; i < js_len(roles) && r.roles_n < 16; i++)
        r.roles[r.roles_n++] = js_text(js_at(roles, i), "shortname");
    return r.id.n == 0 ? 0 : p->row(p->ctx, &r, e);
}

static int people(const struct lms *l, struct str course,
                  int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                  void *ctx, struct arena *a, struct err *e)
{
    struct people state = {row, ctx};
    struct js *rest;
    struct str fields =
        str_fmt(a, "%.*s%.*s", STR_ARG(param(a, "options[0][name]", STR("userfields"))),
                STR_ARG(param(a, "options[0][value]", STR("id,roles,lastcourseaccess"))));
    struct call c = {.function = "core_enrol_get_enrolled_users",
                     .params =
                         str_fmt(a, "%.*s%.*s", STR_ARG(param(a, "courseid", course)),
                                 STR_ARG(fields)),
                     .big = true,
                     .element = on_person,
                     .ctx = &state};
    return call(l, &c, &rest, a, e);
}

/* --- grades ------------------------------------------------------------------ */

struct grades {
    int (*row)(void *ctx, const struct lms_grade *r, struct err *e);
    void *ctx;
};

/* One person's line. Only activities count (no totals, no columns made by hand or by
 * tools), and of an activity its first grade. */
static int on_user(void *ctx, struct js *user, struct arena *scratch, struct err *e)
{
    struct grades *g = ctx;
    struct str id = id_text(scratch, js_get(user, "userid"));
    struct js *items = js_get(user, "gradeitems");
    for (size_t i = 0; i < js_len(items) && id.n > 0; i++) {
        const struct js *it = js_at(items, i);
        int64_t which = 0;
        js_i64(js_get(it, "itemnumber"), &which);
        struct lms_grade r = {
            .user_id = id,
            .activity_key = id_text(scratch, js_get(it, "cmid")),
            .instance = id_text(scratch, js_get(it, "iteminstance")),
            .kind = js_text(it, "itemmodule"),
            .title = str_trim(plain(scratch, js_text(it, "itemname"))),
            .submitted_ms = time_of(js_get(it, "gradedatesubmitted")),
            .graded_ms = time_of(js_get(it, "gradedategraded")),
            .hidden = truth(js_get(it, "gradeishidden")) ||
                      truth(js_get(it, "gradehiddenbydate")),
        };
        if (!str_is(js_text(it, "itemtype"), "mod") || r.activity_key.n == 0 ||
            which != 0)
            continue;
        r.has_score = number(js_get(it, "graderaw"), &r.score); /* null: none, not zero */
        number(js_get(it, "grademin"), &r.minimum);
        number(js_get(it, "grademax"), &r.maximum);
        if (g->row(g->ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

static int grades(const struct lms *l, struct str course,
                  int (*row)(void *ctx, const struct lms_grade *r, struct err *e),
                  void *ctx, struct arena *a, struct err *e)
{
    struct grades state = {row, ctx};
    struct js *rest;
    struct call c = {
        .function = "gradereport_user_get_grade_items",
        .params = str_fmt(a, "%.*s&userid=0", STR_ARG(param(a, "courseid", course))),
        .member = "usergrades",
        .big = true,
        .element = on_user,
        .ctx = &state};
    return call(l, &c, &rest, a, e);
}

/* --- quizzes ----------------------------------------------------------------- */

struct quizzes {
    int (*row)(void *ctx, const struct lms_quiz *r, struct err *e);
    void *ctx;
};

static int on_quiz(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct quizzes *q = ctx;
    struct lms_quiz r = {
        .key = id_text(scratch, js_get(v, "coursemodule")),
        .instance = id_text(scratch, js_get(v, "id")),
        .title = str_trim(plain(scratch, js_text(v, "name"))),
        .opens_ms = time_of(js_get(v, "timeopen")),
        .closes_ms = time_of(js_get(v, "timeclose")),
    };
    number(js_get(v, "grade"), &r.maximum);
    number(js_get(v, "sumgrades"), &r.sum_maximum);
    return r.key.n == 0 || r.instance.n == 0 ? 0 : q->row(q->ctx, &r, e);
}

static int quizzes(const struct lms *l, struct str course,
                   int (*row)(void *ctx, const struct lms_quiz *r, struct err *e),
                   void *ctx, struct arena *a, struct err *e)
{
    struct quizzes state = {row, ctx};
    struct js *rest;
    struct call c = {.function = "mod_quiz_get_quizzes_by_courses",
                     .params = param(a, "courseids[0]", course),
                     .member = "quizzes",
                     .element = on_quiz,
                     .ctx = &state};
    return call(l, &c, &rest, a, e);
}

/* --- attempts and answers, many at once -------------------------------------- */

struct question {
    struct lms_ask ask;
    struct call call;
};

static int on_attempt(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    const struct lms_ask *q = ctx;
    int64_t number_of = 0;
    js_i64(js_get(v, "attempt"), &number_of);
    struct lms_attempt r = {
        .key = id_text(scratch, js_get(v, "id")),
        .quiz_instance = id_text(scratch, js_get(v, "quiz")),
        .user_id = id_text(scratch, js_get(v, "userid")),
        .number = (int)number_of,
        .finished = str_is(js_text(v, "state"), "finished"),
        .preview = truth(js_get(v, "preview")),
        .started_ms = time_of(js_get(v, "timestart")),
        .finished_ms = time_of(js_get(v, "timefinish")),
    };
    r.has_score = number(js_get(v, "sumgrades"), &r.score);
    return r.key.n == 0 || !r.finished ? 0 : q->attempt(q->ctx, &r, e);
}

/* A text between questions is a slot too, with nothing to win: it is left out. */
static int on_question(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    const struct lms_ask *q = ctx;
    struct lms_answer r = {
        .item = id_text(scratch, js_get(v, "slot")),
        .state = js_text(v, "state"),
        .at_ms = time_of(js_get(v, "lastactiontime")),
    };
    r.has_score =
        number(js_get(v, "mark"), &r.score); /* not marked yet: none, not zero */
    if (r.item.n == 0 || !number(js_get(v, "maxmark"), &r.maximum) || !(r.maximum > 0))
        return 0;
    return q->answer(q->ctx, &r, e);
}

static int on_done(void *ctx, int rc, const struct http_res *res, struct arena *a,
                   const struct err *err)
{
    struct question *q = ctx;
    struct split_opt opt = split_of(&q->call);
    struct err why = {0};
    struct js *rest;
    bool found;
    if (rc != 0)
        return q->ask.done(q->ask.ctx, -1, err);
    if (check_status(res, q->call.function, &why) != 0 ||
        split_all(a, &opt, res->body, &found, &rest, &why) != 0 ||
        judge(&q->call, found, rest, &why) != 0)
        return q->ask.done(q->ask.ctx, -1, &why);
    return q->ask.done(q->ask.ctx, 0, NULL);
}

static int ask(const struct lms *l, struct http_batch *b, int64_t lane,
               const struct lms_ask *ask_this, struct arena *a, struct err *e)
{
    struct question *q = ARENA_NEW(a, struct question);
    q->ask = *ask_this;
    q->call.ctx = &q->ask;
    if (q->ask.what == LMS_ASK_ATTEMPTS) {
        q->call.function = "mod_quiz_get_user_attempts";
        q->call.member = "attempts";
        q->call.element = on_attempt;
        q->call.params = str_fmt(a, "%.*s%.*s&status=finished",
                                 STR_ARG(param(a, "quizid", q->ask.quiz_instance)),
                                 STR_ARG(param(a, "userid", q->ask.user_id)));
    } else {
        q->call.function = "mod_quiz_get_attempt_review";
        q->call.member = "questions";
        q->call.element = on_question;
        q->call.params = str_fmt(a, "%.*s&page=-1",
                                 STR_ARG(param(a, "attemptid", q->ask.attempt_key)));
    }
    struct http_req req = request(l, &q->call, a);
    return http_batch_add(b, lane, &req, on_done, q, e);
}

const struct lms_ops *moodle_ops(void)
{
    static const struct lms_ops ops = {
        .kind = "moodle",
        .probe = probe,
        .catalogue = catalogue,
        .people = people,
        .grades = grades,
        .quizzes = quizzes,
        .ask = ask,
    };
    return &ops;
}
