#include "lms/moodle_call.h"

#include "lms/moodle_needs.h"
#include "net/split.h"
#include "net/spool.h"
#include "net/url.h"

#define CALL_MS 30000
#define LONG_MS 300000 /* a whole grade book */
#define SMALL_N ((size_t)8 << 20)
#define BIG_N ((size_t)512 << 20) /* flat memory all the same: one element at a time */
#define ELEMENT_N ((size_t)4 << 20)
#define REST_N ((size_t)512 << 10)

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
    {"accessdenied", ERR_NOTFOUND,
     "that person is in no group that the token's user sees"},
    {"invaliduser", ERR_NOTFOUND, "there is no such person"},
    {"userdeleted", ERR_NOTFOUND, "there is no such person"},
    {"suspended", ERR_NOTFOUND, "that person is suspended"},
    {"usernotconfirmed", ERR_NOTFOUND, "that account is not confirmed"},
    {"disabled", ERR_DENIED, "messages are switched off on this site"},
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
                           function, moodle_needs_permission(function));
        return err_set(e, faults[i].err, "Moodle, %s: %s", function, faults[i].words);
    }
    if (!plain_word(code))
        code = STR("an error without a code");
    return err_set(e, ERR_INPUT, "Moodle, %s: %.*s", function, STR_ARG(code));
}

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

static struct http_req request(const struct lms *l, const struct moodle_call *c,
                               struct arena *a)
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

static struct split_opt split_of(const struct moodle_call *c)
{
    return (struct split_opt){.member = c->member,
                              .top = c->member == NULL && !c->nothing,
                              .element_n = ELEMENT_N,
                              .rest_n = REST_N,
                              .element = c->element,
                              .ctx = c->ctx};
}

/* The list must be there unless Moodle says what is wrong. */
static int judge(const struct moodle_call *c, bool found, const struct js *rest,
                 struct err *e)
{
    if (fault_of(rest, c->function, e) != 0)
        return -1;
    if (!found && !c->nothing)
        return err_set(e, ERR_INPUT, "Moodle, %s: the answer is not what it should be",
                       c->function);
    return 0;
}

int moodle_call_run(const struct lms *l, const struct moodle_call *c, struct js **rest,
                    struct arena *a, struct err *e)
{
    struct split_opt opt = split_of(c);
    struct split *split = split_new(a, &opt);
    struct spool *spool = spool_new(a, e);
    struct http_req req = request(l, c, a);
    struct http_res res;
    struct js *around;
    bool found;
    req.sink = spool_sink;
    req.sink_ctx = spool;
    if (spool == NULL || http_do(l->http, &req, &res, a, e) != 0 ||
        check_status(&res, c->function, e) != 0 ||
        spool_read(spool, split_sink, split, e) != 0 ||
        split_end(split, &found, &around, e) != 0)
        return -1;
    if (rest != NULL)
        *rest = around;
    return judge(c, found, around, e);
}

/* --- among many -------------------------------------------------------------- */

struct waiting {
    const struct moodle_call *call;
    int (*done)(void *ctx, int rc, const struct err *why);
    void *ctx;
};

static int on_done(void *ctx, int rc, const struct http_res *res, struct arena *a,
                   const struct err *err)
{
    const struct waiting *w = ctx;
    struct split_opt opt = split_of(w->call);
    struct err why = {0};
    struct js *rest;
    bool found;
    if (rc != 0)
        return w->done(w->ctx, -1, err);
    if (check_status(res, w->call->function, &why) != 0 ||
        split_all(a, &opt, res->body, &found, &rest, &why) != 0 ||
        judge(w->call, found, rest, &why) != 0)
        return w->done(w->ctx, -1, &why);
    return w->done(w->ctx, 0, NULL);
}

int moodle_call_add(const struct lms *l, struct http_batch *b, int64_t lane,
                    const struct moodle_call *c,
                    int (*done)(void *ctx, int rc, const struct err *why), void *ctx,
                    struct arena *a, struct err *e)
{
    struct waiting *w = ARENA_NEW(a, struct waiting);
    *w = (struct waiting){c, done, ctx};
    struct http_req req = request(l, c, a);
    return http_batch_add(b, lane, &req, on_done, w, e);
}
