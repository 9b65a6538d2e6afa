#include "lms/canvas_call.h"

#include "base/iso.h"
#include "net/link.h"
#include "net/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CALL_MS 60000
#define PAGE_N ((size_t)32 << 20)
#define ELEMENT_N ((size_t)4 << 20)
#define REST_N ((size_t)512 << 10)
#define WORK_N ((size_t)128 << 20)
#define PAGES_MAX 5000

/* Canvas gives a full bucket some 600 to 700 units, and 10 back each second. */
#define SLOW_BELOW 150.0
#define CRAWL_BELOW 60.0

struct str canvas_call_url(const struct lms *l, struct arena *a, const char *path, ...)
{
    struct buf b;
    struct str base = l->base_url;
    va_list ap;
    while (str_ends(base, STR("/")))
        base.n--;
    buf_init(&b, a, 256);
    buf_str(&b, base);
    va_start(ap, path);
    buf_vfmt(&b, path, ap);
    va_end(ap);
    return buf_view(&b);
}

struct str canvas_call_course(struct arena *a, struct str course)
{
    bool number = course.n > 0 && course.n <= 18;
    for (size_t i = 0; i < course.n && number; i++)
        number = course.p[i] >= '0' && course.p[i] <= '9';
    struct str id = url_escape(a, course);
    return number ? id : str_fmt(a, "lti_context_id:%.*s", STR_ARG(id));
}

struct str canvas_call_id(struct arena *a, const struct js *v)
{
    int64_t n;
    struct str s;
    if (js_i64(v, &n))
        return n > 0 ? str_fmt(a, "%lld", (long long)n) : STR_EMPTY;
    return js_str(v, &s) ? s : STR_EMPTY;
}

int64_t canvas_call_time(const struct js *o, const char *member)
{
    int64_t ms = 0;
    return iso_parse(js_text(o, member), &ms) && ms > 0 ? ms : 0;
}

/* --- what an answer means ---------------------------------------------------- */

/* "Canvas, GET /api/v1/...": how errors begin. */
#define WHERE "Canvas, %s"

static const char *place(const char *scope)
{
    return str_starts(str_c(scope), STR("url:")) ? scope + 4 : scope;
}

static bool says(struct str body, const char *words)
{
    return str_find(str_head(body, 4000), str_c(words), 0) != SIZE_MAX;
}

static int refused(const struct http_res *res, const char *scope, struct err *e)
{
    if (says(res->body, "Rate Limit Exceeded"))
        return err_set(e, ERR_UNAVAILABLE, WHERE ": Canvas asks for a pause",
                       place(scope));
    if (says(res->body, "Insufficient scopes"))
        return err_set(e, ERR_DENIED, WHERE ": the developer key lacks the scope %s",
                       place(scope), scope);
    if (says(res->body, "Invalid access token") ||
        says(res->body, "Expired access token"))
        return err_set(e, ERR_DENIED,
                       WHERE ": the token is not valid any more; give a "
                             "new one",
                       place(scope));
    return err_set(e, ERR_DENIED, WHERE ": the token's user may not do this",
                   place(scope));
}

int canvas_call_check(const struct http_res *res, const char *scope, struct err *e)
{
    int s = res->status;
    if (s >= 200 && s < 300)
        return 0;
    if (s >= 300 && s < 400)
        return err_set(e, ERR_INPUT,
                       WHERE ": the address redirects (%d); give the final "
                             "one",
                       place(scope), s);
    if (s == 401 || s == 403)
        return refused(res, scope, e);
    if (s == 404)
        return err_set(e, ERR_NOTFOUND,
                       WHERE ": there is no such thing, or the token's "
                             "user may not see it",
                       place(scope));
    if (s == 429 || s == 408 || s >= 500)
        return err_set(e, ERR_UNAVAILABLE, WHERE ": Canvas answers %d", place(scope), s);
    if (s == 422 && says(res->body, "already belongs to"))
        return err_set(e, ERR_INPUT, WHERE ": a student is in another override already",
                       place(scope));
    return err_set(e, ERR_INPUT, WHERE ": Canvas answers %d", place(scope), s);
}

/* Little room left in Canvas's bucket: take our time. At most a second, so that nobody
 * waits for this worker in vain. */
static void take_time(const struct http_res *res)
{
    double left;
    if (!str_f64(str_trim(http_header(res, "X-Rate-Limit-Remaining")), &left) ||
        left >= SLOW_BELOW)
        return;
    struct timespec nap = {left < CRAWL_BELOW ? 1 : 0,
                           left < CRAWL_BELOW ? 0 : 250000000};
    nanosleep(&nap, NULL);
}

/* --- calls ------------------------------------------------------------------- */

/* Ids as texts: those of other shards are too big for some readers of numbers. */
static const struct http_header headers[] = {
    {{"Accept", 6}, {"application/json+canvas-string-ids, application/json", 52}},
    {{"Content-Type", 12}, {"application/json", 16}},
};

static int send(const struct lms *l, const char *method, const char *scope,
                struct str url, struct str body, struct http_res *res, struct arena *a,
                struct err *e)
{
    bool get = str_is(STR("GET"), method);
    struct http_req req = {.method = method,
                           .url = url,
                           .headers = headers,
                           .headers_n = get ? 1 : 2,
                           .bearer = l->token,
                           .body = get ? STR_EMPTY : body,
                           .max_n = PAGE_N,
                           .total_ms = CALL_MS};
    if (http_do(l->http, &req, res, a, e) != 0 || canvas_call_check(res, scope, e) != 0)
        return -1;
    take_time(res);
    return 0;
}

int canvas_call_one(const struct lms *l, const char *method, const char *scope,
                    struct str url, struct str body, struct js **out, struct arena *a,
                    struct err *e)
{
    struct http_res res;
    if (send(l, method, scope, url, body, &res, a, e) != 0)
        return -1;
    *out = NULL;
    if (res.body.n == 0)
        return 0;
    *out = js_parse(a, res.body, ELEMENT_N, 32, e);
    return *out == NULL ? -1 : 0;
}

int canvas_call_feed(const struct canvas_call *c, struct str body, struct arena *a,
                     struct err *e)
{
    struct split_opt opt = {.member = c->member,
                            .top = c->member == NULL,
                            .element_n = ELEMENT_N,
                            .rest_n = REST_N,
                            .element = c->element,
                            .ctx = c->ctx};
    struct js *rest;
    bool found;
    if (split_all(a, &opt, body, &found, &rest, e) != 0)
        return -1;
    return found ? 0
                 : err_set(e, ERR_INPUT, WHERE ": the answer is not what it should be",
                           place(c->scope));
}

/* In an arena of its own, which is gone before the next page. */
static int read_page(const struct lms *l, const struct canvas_call *c, struct str url,
                     struct str *next, struct arena *a, struct err *e)
{
    struct http_res res;
    if (send(l, "GET", c->scope, url, STR_EMPTY, &res, a, e) != 0 ||
        link_next(a, &res, "next", next, e) != 0)
        return -1;
    return canvas_call_feed(c, res.body, a, e);
}

int canvas_call_page(const struct lms *l, const struct canvas_call *c, struct str *next,
                     struct arena *a, struct err *e)
{
    struct arena *own = arena_new(WORK_N);
    struct str found = STR_EMPTY;
    int rc = read_page(l, c, c->url, &found, own, e);
    *next = rc == 0 ? str_dup(a, found) : STR_EMPTY;
    arena_free(own);
    return rc;
}

int canvas_call_list(const struct lms *l, const struct canvas_call *c, struct arena *a,
                     struct err *e)
{
    struct canvas_call page = *c;
    (void)a;
    struct arena *from = arena_new(1 << 20), *to = arena_new(1 << 20);
    int rc = 0;
    for (int i = 0; rc == 0 && page.url.n > 0; i++) {
        struct str next = STR_EMPTY;
        rc = i == PAGES_MAX ? err_set(e, ERR_LIMIT, WHERE ": more than %d pages",
                                      place(c->scope), PAGES_MAX)
                            : canvas_call_page(l, &page, &next, to, e);
        if (rc == 0 && str_eq(next, page.url))
            rc = err_set(e, ERR_INPUT, WHERE ": a page that leads to itself",
                         place(c->scope));
        page.url = next;
        struct arena *swap = from;
        from = to;
        to = swap;
        arena_reset(to);
    }
    arena_free(from);
    arena_free(to);
    return rc;
}
