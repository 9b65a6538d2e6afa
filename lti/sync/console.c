#include "sync/console.h"

#include "base/iso.h"
#include "base/log.h"
#include "net/url.h"
#include "service/ags.h"
#include "store/call.h"
#include "store/course.h"
#include "store/registration.h"

/* Line items that the console makes carry it, so that they can be told apart and removed
 * (AGS-5: only what we made ourselves). */
#define TAG "waymark-console"
#define MAXIMUM 100.0
#define SHOWN_N ((size_t)16 * 1024) /* of one body */
#define KEPT_N ((size_t)64 * 1024)  /* of all bodies of a call */
#define ANSWER_N ((size_t)4 << 20)
#define HEADERS_MAX 30
#define HEADER_N 300
#define DELETE_MAX 20
#define PAYLOAD_N 4096
#define DOC_N ((size_t)1 << 20)
#define DEPTH 32

#define TYPE_MEMBERS "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
#define TYPE_ITEM "application/vnd.ims.lis.v2.lineitem+json"
#define TYPE_ITEMS "application/vnd.ims.lis.v2.lineitemcontainer+json"
#define TYPE_RESULTS "application/vnd.ims.lis.v2.resultcontainer+json"
#define TYPE_SCORE "application/vnd.ims.lis.v1.score+json"

/* One call under way. */
struct console {
    struct job_ctx *job;
    struct sync_app *app;
    struct arena *a;
    struct course course;
    struct registration reg;
    struct svc_platform platform;
    struct call call;
    const struct js *ask; /* call.request, parsed */
    struct js *doc;       /* becomes call.answer */
    struct js *exchanges;
    size_t kept_n;
};

struct ask {
    const char *method;
    struct str url;
    const char *scope;
    const char *type; /* of the body, or else what we accept */
    struct str body;
};

/* --- what is kept ------------------------------------------------------------ */

/* A token must not be seen, wherever a platform may have repeated it. */
static struct str without(struct arena *a, struct str text, struct str secret)
{
    size_t at, from = 0;
    if (secret.n < 8 || str_find(text, secret, 0) == SIZE_MAX)
        return text;
    struct buf b;
    buf_init(&b, a, text.n);
    while ((at = str_find(text, secret, from)) != SIZE_MAX) {
        buf_str(&b, str_sub(text, from, at));
        buf_c(&b, "(hidden)");
        from = at + secret.n;
    }
    buf_str(&b, str_sub(text, from, text.n));
    return buf_view(&b);
}

static struct str shown(struct console *x, struct str body)
{
    size_t room = x->kept_n < KEPT_N ? KEPT_N - x->kept_n : 0;
    struct str head = str_head(body, room < SHOWN_N ? room : SHOWN_N);
    x->kept_n += head.n;
    return str_utf8(head) && !str_has_nul(head) ? head : STR("(no text)");
}

static void put_header(struct console *x, struct js *list, struct str name,
                       struct str value)
{
    struct js *o = js_object(x->a);
    value = str_head(value, HEADER_N);
    if (js_len(list) >= HEADERS_MAX || !str_utf8(name) || !str_utf8(value) ||
        str_ieq(name, STR("Set-Cookie")))
        return;
    js_set_str(o, "name", name);
    js_set_str(o, "value", value);
    js_push(list, o);
}

static struct js *note_request(struct console *x, const struct http_req *req)
{
    struct js *o = js_object(x->a), *list = js_array(x->a);
    js_set_str(o, "method", str_c(req->method));
    js_set_str(o, "url", req->url);
    for (size_t i = 0; i < req->headers_n; i++)
        put_header(x, list, req->headers[i].name, req->headers[i].value);
    put_header(x, list, STR("Authorization"), STR("Bearer (hidden)"));
    js_set(o, "headers", list);
    js_set_str(o, "body", shown(x, req->body));
    js_push(x->exchanges, o);
    return o;
}

static void note_answer(struct console *x, struct js *o, const struct http_res *res,
                        struct str token)
{
    struct js *list = js_array(x->a);
    struct str body = without(x->a, res->body, token), head = shown(x, body);
    js_set_i64(o, "status", res->status);
    for (size_t i = 0; i < res->headers_n; i++)
        put_header(x, list, res->headers[i].name,
                   without(x->a, res->headers[i].value, token));
    js_set(o, "answer_headers", list);
    js_set_str(o, "answer", head);
    js_set_bool(o, "cut", head.n < body.n);
}

/* What went wrong before or instead of a call. */
static int fail(struct console *x, const char *why)
{
    js_set_str(x->doc, "problem", str_c(why));
    return 1;
}

/* --- calls ------------------------------------------------------------------- */

/* Ask the platform once and write it down. 0: it answered 200 to 299; 1: it did not; -1:
 * the worker must stop. */
static int exchange(struct console *x, const struct ask *q, struct http_res *res,
                    struct err *e)
{
    struct http_header headers[2];
    struct http_req req = {.method = q->method,
                           .url = q->url,
                           .headers = headers,
                           .body = q->body,
                           .max_n = ANSWER_N};
    struct err why = {0};
    if (job_beat(x->job, 0, 0, x->call.kind, e) != 0)
        return -1;
    if (q->body.n > 0)
        headers[req.headers_n++] =
            (struct http_header){STR("Content-Type"), str_c(q->type)};
    else if (q->type != NULL)
        headers[req.headers_n++] = (struct http_header){STR("Accept"), str_c(q->type)};
    struct js *o = note_request(x, &req);
    if (token_call(&x->app->svc, &x->platform, str_c(q->scope), &req, res, x->a, &why) !=
        0) {
        js_set_str(o, "error", str_c(why.text));
        log_err(LOG_INFO, "console.call", &why);
        return 1;
    }
    note_answer(x, o, res, req.bearer);
    return res->status >= 200 && res->status < 300 ? 0 : 1;
}

static int members(struct console *x, struct err *e)
{
    struct http_res res;
    if (x->course.nrps_url.n == 0)
        return fail(x, "no_roster");
    struct ask q = {"GET", x->course.nrps_url, SCOPE_ROSTER_RO, TYPE_MEMBERS, STR_EMPTY};
    return exchange(x, &q, &res, e);
}

static int items(struct console *x, struct err *e)
{
    struct http_res res;
    if (x->course.ags_lineitems_url.n == 0)
        return fail(x, "no_grades");
    struct ask q = {"GET", x->course.ags_lineitems_url,
                    ags_offers(x->course.ags_scopes, SCOPE_LINEITEM) ? SCOPE_LINEITEM
                                                                     : SCOPE_LINEITEM_RO,
                    TYPE_ITEMS, STR_EMPTY};
    return exchange(x, &q, &res, e);
}

/* A column of our own, told apart by its tag; its address is kept for the next calls. */
static int create(struct console *x, struct err *e)
{
    struct http_res res;
    struct ags_item made;
    struct str base = x->course.ags_lineitems_url;
    if (base.n == 0)
        return fail(x, "no_grades");
    struct js *o = js_object(x->a);
    struct str label = str_fmt(x->a, "Waymark console %.*s",
                               STR_ARG(str_sub(iso_format(x->a, x->call.at_ms), 0, 19)));
    js_set_str(o, "label", label);
    js_set_num(o, "scoreMaximum", MAXIMUM);
    js_set_str(o, "resourceId", str_fmt(x->a, TAG "-%lld", (long long)x->call.id));
    js_set_str(o, "tag", STR(TAG));
    struct ask q = {"POST", base, SCOPE_LINEITEM, TYPE_ITEM, js_dump(x->a, o)};
    int rc = exchange(x, &q, &res, e);
    if (rc != 0)
        return rc;
    struct js *v = js_parse(x->a, res.body, ANSWER_N, DEPTH, NULL);
    if (v == NULL || ags_item(v, base, &made, x->a, NULL) != 0)
        return fail(x, "no_item");
    js_set_str(x->doc, "item", made.id);
    js_set_str(x->doc, "label", label);
    return 0;
}

/* The line item that was chosen: one that an earlier call made, or the link's own. 1
 * found, 0 not, -1. */
static int chosen(struct console *x, struct str *url, bool made_only, struct err *e)
{
    int64_t id = 0, link = 0;
    struct call made;
    js_i64(js_get(x->ask, "item"), &id);
    js_i64(js_get(x->ask, "link"), &link);
    if (id == 0 && !made_only)
        return call_link_item(x->job->db, x->a, x->course.tenant_id, x->course.id, link,
                              url, e);
    int found = call_get(x->job->db, x->a, x->app->learn.keys, x->course.tenant_id,
                         x->course.id, id, &made, e);
    if (found != 1)
        return found;
    *url = js_text(js_parse(x->a, made.answer, DOC_N, DEPTH, NULL), "item");
    return url->n > 0;
}

/* Scores go into columns that the console made, and into no other: a real grade is not
 * ours to try things with. */
static int score(struct console *x, struct err *e)
{
    struct http_res res;
    struct str url, sub;
    int64_t person = 0;
    struct ags_score s = {.has_score = true,
                          .maximum = MAXIMUM,
                          .at_ms = env_now_ms(x->job->env),
                          .activity = "Completed",
                          .grading = "FullyGraded",
                          .comment = STR("From the console of Waymark")};
    js_i64(js_get(x->ask, "person"), &person);
    js_num(js_get(x->ask, "score"), &s.given);
    int found = chosen(x, &url, true, e);
    if (found <= 0)
        return found < 0 ? -1 : fail(x, "no_item");
    found = call_learner(x->job->db, x->a, x->course.tenant_id, x->course.id, person,
                         &sub, e);
    if (found <= 0)
        return found < 0 ? -1 : fail(x, "no_learner");
    s.user_id = sub;
    struct ask q = {"POST", ags_scores_url(x->a, url), SCOPE_SCORE, TYPE_SCORE,
                    ags_score_body(x->a, &s)};
    return exchange(x, &q, &res, e);
}

static int results(struct console *x, struct err *e)
{
    struct http_res res;
    struct str url;
    int found = chosen(x, &url, false, e);
    if (found <= 0)
        return found < 0 ? -1 : fail(x, "no_item");
    struct ask q = {"GET", ags_results_url(x->a, url), SCOPE_RESULT_RO, TYPE_RESULTS,
                    STR_EMPTY};
    return exchange(x, &q, &res, e);
}

/* What the console made in this course, by its tag, looked at again on our side. */
static int remove_items(struct console *x, struct err *e)
{
    struct http_res res;
    struct str base = x->course.ags_lineitems_url;
    if (base.n == 0)
        return fail(x, "no_grades");
    struct ask q = {"GET", url_append_query(x->a, base, "tag", STR(TAG)), SCOPE_LINEITEM,
                    TYPE_ITEMS, STR_EMPTY};
    int rc = exchange(x, &q, &res, e);
    if (rc != 0)
        return rc;
    struct js *list = js_parse(x->a, res.body, ANSWER_N, DEPTH, NULL);
    size_t n = 0;
    for (size_t i = 0; i < js_len(list) && n < DELETE_MAX && rc >= 0; i++) {
        struct ags_item item;
        if (ags_item(js_at(list, i), base, &item, x->a, NULL) != 0 ||
            !str_is(item.tag, TAG))
            continue;
        struct ask gone = {"DELETE", item.id, SCOPE_LINEITEM, NULL, STR_EMPTY};
        struct http_res ignored;
        int one = exchange(x, &gone, &ignored, e);
        rc = one < 0 ? -1 : rc | one;
        n++;
    }
    return rc;
}

/* --- the job ----------------------------------------------------------------- */

static const struct kind {
    const char *name;
    int (*fn)(struct console *x, struct err *e);
} kinds[] = {
    {"members", members}, {"items", items},     {"create", create},
    {"score", score},     {"results", results}, {"delete", remove_items},
};

static int run_kind(struct console *x, struct err *e)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(x->call.kind, kinds[i].name))
            return kinds[i].fn(x, e);
    return fail(x, "no_item");
}

/* 1 ready, 0 nothing to do, -1. */
static int load(struct console *x, struct err *e)
{
    const struct job *j = x->job->job;
    const struct js *in = js_parse(x->a, j->payload, PAYLOAD_N, 2, e);
    int64_t course = 0, call = 0;
    if (in == NULL)
        return -1;
    js_i64(js_get(in, "course"), &course);
    js_i64(js_get(in, "call"), &call);
    int found = call_get(x->job->db, x->a, x->app->learn.keys, j->tenant_id, course, call,
                         &x->call, e);
    if (found != 1 || !str_is(x->call.state, "waiting"))
        return found < 0 ? -1 : 0;
    x->ask = js_parse(x->a, x->call.request, PAYLOAD_N, 2, e);
    if (x->ask == NULL)
        return -1;
    found = course_get(x->job->db, x->a, j->tenant_id, course, &x->course, e);
    if (found == 1)
        found = sync_platform(x->job->db, x->a, x->course.registration_id,
                              x->course.deployment_id, &x->reg, &x->platform, e);
    return found;
}

int console_call_job(struct job_ctx *c, struct err *e)
{
    struct console x = {.job = c, .app = c->app, .a = c->arena};
    int rc = load(&x, e);
    if (rc <= 0)
        return rc;
    x.doc = js_object(x.a);
    x.exchanges = js_array(x.a);
    rc = run_kind(&x, e);
    if (rc < 0)
        return -1;
    js_set(x.doc, "exchanges", x.exchanges);
    x.call.state = rc == 0 ? STR("done") : STR("failed");
    x.call.answer = js_dump(x.a, x.doc);
    return call_finish(c->db, x.a, c->env, x.app->learn.keys, &x.call, e);
}
