#include "service/ags.h"

#include "base/iso.h"
#include "base/log.h"
#include "net/url.h"
#include "service/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TYPE_ITEM "application/vnd.ims.lis.v2.lineitem+json"
#define TYPE_ITEMS "application/vnd.ims.lis.v2.lineitemcontainer+json"
#define TYPE_RESULTS "application/vnd.ims.lis.v2.resultcontainer+json"
#define TYPE_SCORE "application/vnd.ims.lis.v1.score+json"
#define ELEMENT_N ((size_t)64 << 10)
#define SUB_MAX 255
#define ANSWER_MAX 500
#define POST_MS 20000
#define LOOK_PAGES 20 /* of results, where a platform ignores the filter by person */
#define CANVAS "https://canvas.instructure.com/lti/"

/* --- line items (section 5.3) ------------------------------------------------ */

/* Is `id` an address on the same origin as `base` (I92)? */
static bool same_origin(struct arena *a, struct str id, struct str base)
{
    struct url x, y;
    return url_parse(a, id, URL_HTTP, &x, NULL) == 0 &&
           url_parse(a, base, URL_HTTP, &y, NULL) == 0 && url_same_origin(&x, &y);
}

int ags_item(const struct js *v, struct str base, struct ags_item *out, struct arena *a,
             struct err *e)
{
    *out = (struct ags_item){.id = js_text(v, "id"), .label = js_text(v, "label")};
    if (out->id.n == 0 || !same_origin(a, out->id, base))
        return err_set(e, ERR_INPUT, "a line item without an address of its platform");
    if (str_trim(out->label).n == 0)
        return err_set(e, ERR_INPUT, "a line item without a label");
    if (!js_num(js_get(v, "scoreMaximum"), &out->maximum) || !(out->maximum > 0))
        return err_set(e, ERR_INPUT, "a line item without a maximum above 0");
    out->resource_id = js_text(v, "resourceId");
    out->tag = js_text(v, "tag");
    out->resource_link_id = js_text(v, "resourceLinkId");
    iso_parse(js_text(v, "startDateTime"), &out->starts_ms);
    iso_parse(js_text(v, "endDateTime"), &out->ends_ms);
    return 0;
}

bool ags_offers(struct str scopes, const char *scope)
{
    /* quotes tell lineitem from lineitem.readonly */
    size_t n = strlen(scope);
    for (size_t at = 0; (at = str_find(scopes, str_c(scope), at)) != SIZE_MAX; at += n)
        if (at > 0 && scopes.p[at - 1] == '"' && at + n < scopes.n &&
            scopes.p[at + n] == '"')
            return true;
    return false;
}

struct finder {
    const struct ags_item *want;
    struct str base;
    struct arena *a; /* the found item lives here */
    struct ags_item found;
    bool has;
    ags_item_fn *each; /* every one that has the tag, or NULL */
    void *ctx;
    int64_t seen;
    int64_t skipped; /* that make no sense (I92) */
};

static bool fits(const struct ags_item *item, const struct ags_item *want)
{
    return str_eq(item->resource_id, want->resource_id) && str_eq(item->tag, want->tag) &&
           (want->resource_link_id.n == 0 ||
            str_eq(item->resource_link_id, want->resource_link_id));
}

static void keep_item(struct arena *a, const struct ags_item *in, struct ags_item *out)
{
    *out = (struct ags_item){
        .id = str_dup(a, in->id),
        .label = str_dup(a, in->label),
        .maximum = in->maximum,
        .resource_id = str_dup(a, in->resource_id),
        .tag = str_dup(a, in->tag),
        .resource_link_id = str_dup(a, in->resource_link_id),
        .starts_ms = in->starts_ms,
        .ends_ms = in->ends_ms,
    };
}

/* Of several copies the first counts: a list has the oldest first. */
static int on_item(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct finder *f = ctx;
    struct ags_item item;
    if (++f->seen > AGS_ITEMS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d line items", AGS_ITEMS_MAX);
    if (ags_item(v, f->base, &item, scratch, NULL) != 0) {
        f->skipped++;
        return 0;
    }
    if (f->each != NULL)
        return str_eq(item.tag, f->want->tag) ? f->each(f->ctx, &item, e) : 0;
    if (!f->has && fits(&item, f->want)) {
        keep_item(f->a, &item, &f->found);
        f->has = true;
    }
    return 0;
}

/* Filters that a platform may ignore; `limit` is left out (Moodle's pages with it break).
 */
static struct str filtered(struct arena *a, struct str url, const struct ags_item *want)
{
    if (want->resource_id.n > 0)
        url = url_append_query(a, url, "resource_id", want->resource_id);
    if (want->tag.n > 0)
        url = url_append_query(a, url, "tag", want->tag);
    return url;
}

static int find(const struct svc *svc, const struct svc_platform *p, const char *scope,
                struct str url, struct finder *f, struct arena *a, struct err *e)
{
    struct split_opt opt = {
        .top = true, .element_n = ELEMENT_N, .element = on_item, .ctx = f};
    struct page_req req = {.url = filtered(a, url, f->want),
                           .scopes = str_c(scope),
                           .accept = TYPE_ITEMS,
                           .what = "the line items",
                           .max_n = AGS_PAGE_N,
                           .split = &opt};
    struct str mark = STR_EMPTY;
    for (int pages = 1; req.url.n > 0 && !f->has; pages++) {
        struct page_res res;
        if (pages > AGS_PAGES_MAX)
            return err_set(e, ERR_LIMIT, "more than %d pages of line items",
                           AGS_PAGES_MAX);
        if (page_get(svc, p, &req, &res, a, e) != 0 ||
            page_circle(pages, req.url, res.next, &mark, e) != 0)
            return -1;
        req.url = res.next;
    }
    if (f->skipped > 0)
        log_put(LOG_WARN, "ags.items_skipped", KVI("registration", p->registration_id),
                KVI("rows", f->skipped));
    return 0;
}

int ags_find(const struct svc *svc, const struct svc_platform *p, const char *scope,
             struct str lineitems_url, const struct ags_item *want, struct ags_item *out,
             struct arena *a, struct err *e)
{
    struct finder f = {.want = want, .base = lineitems_url, .a = a};
    if (find(svc, p, scope, lineitems_url, &f, a, e) != 0)
        return -1;
    *out = f.found;
    return f.has;
}

int ags_tagged(const struct svc *svc, const struct svc_platform *p, const char *scope,
               struct str lineitems_url, struct str tag, ags_item_fn *fn, void *ctx,
               struct arena *a, struct err *e)
{
    struct ags_item want = {.tag = tag};
    struct finder f = {
        .want = &want, .base = lineitems_url, .a = a, .each = fn, .ctx = ctx};
    return find(svc, p, scope, lineitems_url, &f, a, e);
}

/* POST or PUT a line item; *out is what the platform made of it. */
static int write_item(const struct svc *svc, const struct svc_platform *p,
                      const char *method, struct str url, struct js *o,
                      struct ags_item *out, struct arena *a, struct err *e)
{
    struct http_header headers[] = {{STR("Content-Type"), STR(TYPE_ITEM)},
                                    {STR("Accept"), STR(TYPE_ITEM)}};
    struct http_req req = {.method = method,
                           .url = url,
                           .headers = headers,
                           .headers_n = 2,
                           .body = js_dump(a, o),
                           .total_ms = POST_MS};
    struct http_res res;
    if (token_call(svc, p, STR(SCOPE_LINEITEM), &req, &res, a, e) != 0 ||
        token_check(&res, "writing our column", e) != 0)
        return -1;
    struct js *v = js_parse(a, res.body, ELEMENT_N, 16, e);
    return v == NULL ? -1 : ags_item(v, url, out, a, e);
}

/* Open edX takes whole numbers only: 100, not 100.0. */
static void set_maximum(struct js *o, double maximum)
{
    if (maximum == floor(maximum) && maximum < 1e15)
        js_set_i64(o, "scoreMaximum", (int64_t)maximum);
    else
        js_set_num(o, "scoreMaximum", maximum);
}

static void set_dates(struct arena *a, struct js *o, int64_t starts_ms, int64_t ends_ms)
{
    if (starts_ms > 0)
        js_set_str(o, "startDateTime", iso_format(a, starts_ms));
    if (ends_ms > 0)
        js_set_str(o, "endDateTime", iso_format(a, ends_ms));
}

static int create(const struct svc *svc, const struct svc_platform *p, struct str url,
                  const struct ags_item *want, struct ags_item *out, struct arena *a,
                  struct err *e)
{
    struct js *o = js_object(a);
    js_set_str(o, "label", want->label);
    set_maximum(o, want->maximum);
    js_set_str(o, "resourceId", want->resource_id);
    js_set_str(o, "tag", want->tag);
    if (want->resource_link_id.n > 0)
        js_set_str(o, "resourceLinkId", want->resource_link_id);
    set_dates(a, o, want->starts_ms, want->ends_ms);
    if (want->submission.n > 0) {
        struct js *type = js_object(a);
        js_set_str(type, "type", want->submission);
        js_set(o, CANVAS "submission_type", type);
    }
    return write_item(svc, p, "POST", url, o, out, a, e);
}

static int read_item(const struct svc *svc, const struct svc_platform *p,
                     const char *scope, struct str url, struct js **v, struct arena *a,
                     struct err *e)
{
    struct http_header accept = {STR("Accept"), STR(TYPE_ITEM)};
    struct http_req req = {.url = url, .headers = &accept, .headers_n = 1};
    struct http_res res;
    if (token_call(svc, p, str_c(scope), &req, &res, a, e) != 0 ||
        token_check(&res, "reading our column", e) != 0)
        return -1;
    *v = js_parse(a, res.body, ELEMENT_N, 16, e);
    return *v == NULL ? -1 : 0;
}

int ags_item_get(const struct svc *svc, const struct svc_platform *p, const char *scope,
                 struct str item_url, struct ags_item *out, struct arena *a,
                 struct err *e)
{
    struct js *v;
    return read_item(svc, p, scope, item_url, &v, a, e) != 0
               ? -1
               : ags_item(v, item_url, out, a, e);
}

int ags_item_update(const struct svc *svc, const struct svc_platform *p,
                    struct str item_url, const struct ags_change *change,
                    struct ags_item *out, struct arena *a, struct err *e)
{
    struct js *v;
    if (read_item(svc, p, SCOPE_LINEITEM, item_url, &v, a, e) != 0 ||
        ags_item(v, item_url, out, a, e) != 0)
        return -1;
    if (change->label.n > 0)
        js_set_str(v, "label", change->label);
    if (change->maximum > 0)
        set_maximum(v, change->maximum);
    if (change->tag.n > 0)
        js_set_str(v, "tag", change->tag);
    set_dates(a, v, change->starts_ms, change->ends_ms);
    return write_item(svc, p, "PUT", item_url, v, out, a, e);
}

int ags_item_delete(const struct svc *svc, const struct svc_platform *p,
                    struct str item_url, struct arena *a, struct err *e)
{
    struct http_req req = {.method = "DELETE", .url = item_url, .total_ms = POST_MS};
    struct http_res res;
    if (token_call(svc, p, STR(SCOPE_LINEITEM), &req, &res, a, e) != 0)
        return -1;
    if (res.status == 404 || res.status == 410)
        return 0;
    return token_check(&res, "deleting our column", e);
}

int ags_ensure(const struct svc *svc, const struct svc_platform *p,
               struct str lineitems_url, const struct ags_item *want,
               struct ags_item *out, bool *created, struct arena *a, struct err *e)
{
    struct finder f = {.want = want, .base = lineitems_url, .a = a};
    *created = false;
    if (find(svc, p, SCOPE_LINEITEM, lineitems_url, &f, a, e) != 0)
        return -1;
    if (f.has) {
        *out = f.found;
        return 0;
    }
    *created = true;
    if (create(svc, p, lineitems_url, want, out, a, e) == 0)
        return 0;
    /* it may exist although its answer was lost or made no sense: look once more */
    if (find(svc, p, SCOPE_LINEITEM, lineitems_url, &f, a, NULL) != 0 || !f.has)
        return -1;
    *out = f.found;
    return 0;
}

/* --- results (section 5.5) --------------------------------------------------- */

struct str ags_results_url(struct arena *a, struct str item_url)
{
    return url_append_path(a, item_url, STR("/results"));
}

struct str ags_scores_url(struct arena *a, struct str item_url)
{
    return url_append_path(a, item_url, STR("/scores"));
}

int ags_result(const struct js *v, struct ags_result *out, struct err *e)
{
    *out = (struct ags_result){.user_id = js_text(v, "userId"), .maximum = 1};
    if (out->user_id.n == 0 || out->user_id.n > SUB_MAX || str_has_nul(out->user_id))
        return err_set(e, ERR_INPUT, "a result without a userId");
    const struct js *score = js_get(v, "resultScore");
    out->has_score = score != NULL; /* absent or null: no grade, never zero */
    if (out->has_score && !js_num(score, &out->score))
        return err_set(e, ERR_INPUT, "a result whose score is no number");
    const struct js *maximum = js_get(v, "resultMaximum");
    if (maximum != NULL && (!js_num(maximum, &out->maximum) || !(out->maximum > 0)))
        return err_set(e, ERR_INPUT, "a result whose maximum is not above 0");
    iso_parse(js_text(v, "timestamp"), &out->at_ms);
    out->comment = js_text(v, "comment");
    return 0;
}

struct reader {
    const struct ags_sink *sink;
    int64_t taken;
    int64_t skipped;
};

static int on_result(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reader *r = ctx;
    struct ags_result row;
    (void)scratch;
    if (ags_result(v, &row, NULL) != 0) {
        r->skipped++;
        return 0;
    }
    r->taken++;
    return r->sink->result(r->sink->ctx, &row, e);
}

static struct split_opt split_of(struct reader *r)
{
    return (struct split_opt){.member = "results",
                              .top = true,
                              .element_n = ELEMENT_N,
                              .element = on_result,
                              .ctx = r};
}

int ags_results_read(struct str page, const struct ags_sink *sink, int64_t *skipped,
                     struct arena *a, struct err *e)
{
    struct reader r = {.sink = sink};
    struct split_opt opt = split_of(&r);
    bool found;
    struct js *rest;
    int rc = split_all(a, &opt, page, &found, &rest, e);
    *skipped = r.skipped;
    if (rc == 0 && !found)
        return err_set(e, ERR_INPUT, "the results are no list");
    return rc;
}

struct gate {
    const struct ags_walk *walk;
    struct str mark;
};

static int check_page(void *ctx, const struct page_res *res, struct err *e)
{
    struct gate *g = ctx;
    return page_circle(g->walk->pages + 1, g->walk->url, res->next, &g->mark, e);
}

int ags_results_page(const struct svc *svc, const struct svc_platform *p,
                     struct ags_walk *walk, const struct ags_sink *sink, struct arena *a,
                     struct err *e)
{
    if (walk->pages >= AGS_PAGES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d pages of results", AGS_PAGES_MAX);
    struct reader r = {.sink = sink};
    struct split_opt opt = split_of(&r);
    struct page_req req = {.url = walk->url,
                           .scopes = STR(SCOPE_RESULT_RO),
                           .accept = TYPE_RESULTS,
                           .what = "the results",
                           .max_n = AGS_PAGE_N,
                           .split = &opt};
    struct page_res res;
    struct gate gate = {walk, walk->mark};
    req.check = check_page;
    req.check_ctx = &gate;
    if (page_get(svc, p, &req, &res, a, e) != 0)
        return -1;
    walk->url = res.next;
    walk->mark = gate.mark;
    walk->pages++;
    walk->rows += r.taken;
    walk->skipped += r.skipped;
    if (r.skipped > 0)
        log_put(LOG_WARN, "ags.results_skipped", KVI("registration", p->registration_id),
                KVI("rows", r.skipped));
    return 0;
}

struct looker {
    struct str sub;
    struct arena *a;
    struct ags_result found;
    bool has;
};

static int on_look(void *ctx, const struct ags_result *r, struct err *e)
{
    struct looker *l = ctx;
    (void)e;
    if (!l->has && str_eq(r->user_id, l->sub)) {
        l->has = true;
        l->found = *r;
        l->found.user_id = str_dup(l->a, r->user_id);
        l->found.comment = str_dup(l->a, r->comment);
    }
    return 0;
}

/* Filtered once more on our side: a platform may ignore `user_id`. */
int ags_result_of(const struct svc *svc, const struct svc_platform *p,
                  struct str item_url, struct str sub, struct ags_result *out,
                  struct arena *a, struct err *e)
{
    struct looker l = {.sub = sub, .a = a};
    struct ags_sink sink = {on_look, &l};
    struct ags_walk walk = {
        .url = url_append_query(a, ags_results_url(a, item_url), "user_id", sub)};
    while (walk.url.n > 0 && !l.has && walk.pages < LOOK_PAGES)
        if (ags_results_page(svc, p, &walk, &sink, a, e) != 0)
            return -1;
    *out = l.found;
    return l.has;
}

bool ags_same(const struct ags_result *r, double given, double maximum)
{
    if (!r->has_score)
        return given == 0;
    return fabs(r->score - given * r->maximum / maximum) <= 0.005 * r->maximum;
}

/* --- scores (section 5.4) ---------------------------------------------------- */

/* At most six decimals, no exponent, no zeros at the end (AGS-6). */
static void put_number(struct buf *b, double v)
{
    char text[400];
    int n = snprintf(text, sizeof text, "%.6f", v);
    INVARIANT(isfinite(v) && n > 0 && (size_t)n < sizeof text);
    while (text[n - 1] == '0')
        n--;
    if (text[n - 1] == '.')
        n--;
    buf_put(b, text, (size_t)n);
}

struct str ags_score_body(struct arena *a, const struct ags_score *s)
{
    struct js *o = js_object(a);
    js_set_str(o, "userId", s->user_id);
    js_set_str(o, "timestamp", iso_format(a, s->at_ms));
    js_set_str(o, "activityProgress", str_c(s->activity));
    js_set_str(o, "gradingProgress", str_c(s->grading));
    if (s->comment.n > 0)
        js_set_str(o, "comment", s->comment);
    if (s->canvas) {
        struct js *x = js_object(a);
        js_set_bool(x, "new_submission", false);
        js_set_str(x, "submission_type", STR("none"));
        js_set_bool(x, "prioritize_non_tool_grade", !s->undo);
        js_set(o, CANVAS "submission", x);
    }
    struct str texts = js_dump(a, o);
    if (!s->has_score)
        return texts;
    struct buf b; /* numbers in a form of our own, so they go in by hand */
    buf_init(&b, a, texts.n + 64);
    buf_c(&b, "{\"scoreGiven\":");
    put_number(&b, s->given < 0 ? 0 : s->given);
    buf_c(&b, ",\"scoreMaximum\":");
    put_number(&b, s->maximum);
    buf_char(&b, ',');
    buf_str(&b, str_sub(texts, 1, texts.n));
    return buf_view(&b);
}

/* The head of a refusal as it may be shown: printable ASCII, no markup. */
static struct str clean(struct arena *a, struct str body)
{
    struct buf b;
    body = str_sub(body, 0, ANSWER_MAX);
    buf_init(&b, a, body.n + 1);
    for (size_t i = 0; i < body.n; i++) {
        bool plain =
            body.p[i] >= ' ' && body.p[i] < 0x7f && body.p[i] != '<' && body.p[i] != '>';
        buf_char(&b, plain ? body.p[i] : ' ');
    }
    return str_trim(buf_view(&b));
}

/* Canvas and Open edX answer 400 to an old timestamp, and say so; Moodle's 400 repeats
 * what was sent, so that the word alone tells nothing. */
static bool says_old(const struct http_res *res)
{
    static const char *const words[] = {"before", "earlier", "older", "newer", "later"};
    if (res->status == 409)
        return true;
    if (res->status != 400 || str_find(res->body, STR("timestamp"), 0) == SIZE_MAX)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_find(res->body, str_c(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

int ags_score_post(const struct svc *svc, const struct svc_platform *p,
                   struct str item_url, const struct ags_score *s,
                   struct ags_receipt *out, struct arena *a, struct err *e)
{
    struct http_header type = {STR("Content-Type"), STR(TYPE_SCORE)};
    struct http_req req = {.method = "POST",
                           .url = ags_scores_url(a, item_url),
                           .headers = &type,
                           .headers_n = 1,
                           .body = ags_score_body(a, s),
                           .total_ms = POST_MS};
    struct http_res res;
    *out = (struct ags_receipt){.retry_s = -1, .room = -1, .answer = STR_EMPTY};
    if (token_call(svc, p, STR(SCOPE_SCORE), &req, &res, a, e) != 0)
        return -1;
    out->status = res.status;
    out->retry_s = res.retry_after_s;
    if (!str_f64(str_trim(http_header(&res, "X-Rate-Limit-Remaining")), &out->room))
        out->room = -1;
    if (token_check(&res, "posting a score", e) == 0)
        return 0; /* whatever the body is (V25) */
    out->answer = clean(a, res.body);
    out->old = says_old(&res);
    if (out->old && res.status != 409)
        err_set(e, ERR_CONFLICT, "posting a score: the LMS has something newer");
    return -1;
}
