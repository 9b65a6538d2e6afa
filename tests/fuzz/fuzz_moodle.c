/* Every answer that Moodle's connector reads: the first byte picks the function, the rest
 * is what "Moodle" answers to each of its calls. The network is what is left out: the
 * functions of net/http.h are here. */
#include "lms/moodle.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOO_LONG 65536
#define CALLS_MAX 64

/* --- the other side ---------------------------------------------------------- */

static struct str body; /* of every answer */

int http_do(struct http *h, const struct http_req *req, struct http_res *res,
            struct arena *a, struct err *e)
{
    (void)h;
    (void)a;
    *res = (struct http_res){.status = 200, .body = body};
    return req->sink != NULL ? req->sink(req->sink_ctx, body, e) : 0;
}

struct http_batch {
    http_done_fn done[CALLS_MAX];
    void *ctx[CALLS_MAX];
    int n;
};

struct http_batch *http_batch_new(struct http *h, const struct http_batch_opt *opt,
                                  struct err *e)
{
    (void)h;
    (void)opt;
    (void)e;
    return calloc(1, sizeof(struct http_batch));
}

void http_batch_free(struct http_batch *b)
{
    free(b);
}

int http_batch_add(struct http_batch *b, int64_t lane, const struct http_req *req,
                   http_done_fn done, void *ctx, struct err *e)
{
    (void)lane;
    (void)req;
    if (b->n == CALLS_MAX)
        return err_set(e, ERR_LIMIT, "enough");
    b->done[b->n] = done;
    b->ctx[b->n++] = ctx;
    return 0;
}

int http_batch_run(struct http_batch *b, struct err *e)
{
    struct http_res res = {.status = 200, .body = body};
    struct arena *a = arena_new((size_t)16 << 20);
    int rc = 0;
    for (int i = 0; i < b->n && rc == 0; i++) {
        rc = b->done[i](b->ctx[i], 0, &res, a, NULL);
        arena_reset(a);
    }
    arena_free(a);
    return rc == 0 ? 0 : err_set(e, ERR_INTERNAL, "stopped");
}

struct str http_header(const struct http_res *res, const char *name)
{
    (void)res;
    (void)name;
    return STR_EMPTY;
}

struct str http_host(struct arena *a, struct str url)
{
    (void)a;
    return url;
}

/* --- what rows promise ------------------------------------------------------- */

static void ck_time(int64_t ms)
{
    INVARIANT(ms >= 0 && ms < INT64_C(253402300800000));
}

static int on_activity(void *ctx, const struct lms_activity *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->key.n > 0 && r->position >= 0);
    ck_time(r->opens_ms);
    ck_time(r->due_ms);
    return 0;
}

static int on_person(void *ctx, const struct lms_person *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->id.n > 0 && r->roles_n <= 16);
    ck_time(r->last_access_ms);
    return 0;
}

static int on_grade(void *ctx, const struct lms_grade *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->user_id.n > 0 && r->activity_key.n > 0);
    INVARIANT(!r->has_score || isfinite(r->score));
    INVARIANT(isfinite(r->minimum) && isfinite(r->maximum));
    ck_time(r->submitted_ms);
    ck_time(r->graded_ms);
    return 0;
}

static int on_quiz(void *ctx, const struct lms_quiz *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->key.n > 0 && r->instance.n > 0);
    INVARIANT(isfinite(r->maximum) && isfinite(r->sum_maximum));
    return 0;
}

static int on_change(void *ctx, const struct lms_change *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->activity_key.n > 0 && (r->work || r->settings));
    return 0;
}

static int on_completion(void *ctx, const struct lms_completion *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->user_id.n > 0 && r->activity_key.n > 0 && r->state <= LMS_FAILED);
    ck_time(r->at_ms);
    return 0;
}

static int on_group(void *ctx, const struct lms_group *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->key.n > 0);
    return 0;
}

static int on_submission(void *ctx, const struct lms_submission *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->key.n > 0 && r->user_id.n > 0 && r->activity_key.n > 0);
    INVARIANT(!r->has_score && r->number > 0 && isfinite(r->maximum) && r->maximum >= 0);
    ck_time(r->submitted_ms);
    return 0;
}

static int on_alignment(void *ctx, const struct lms_alignment *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->activity_key.n > 0 && r->value.n > 0 && r->kind <= LMS_SECTION);
    return 0;
}

static int on_user(void *ctx, struct str user_id, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(user_id.n > 0);
    return 0;
}

static int on_attempt(void *ctx, const struct lms_attempt *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->key.n > 0 && r->finished && (!r->has_score || isfinite(r->score)));
    return 0;
}

static int on_answer(void *ctx, const struct lms_answer *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->item.n > 0 && r->maximum > 0 && (!r->has_score || isfinite(r->score)));
    return 0;
}

static int on_done(void *ctx, int rc, const struct err *why)
{
    (void)ctx;
    INVARIANT(rc == 0 || (why->code != ERR_NONE && why->text[0] != '\0'));
    return 0;
}

/* --- one input --------------------------------------------------------------- */

static int ask(const struct lms *l, int what, struct arena *a, struct err *e)
{
    struct lms_ask q = {.what = what == 0 ? LMS_ASK_ATTEMPTS : LMS_ASK_ANSWERS,
                        .attempt = on_attempt,
                        .answer = on_answer,
                        .done = on_done};
    struct http_batch *b = http_batch_new(NULL, NULL, e);
    int rc = l->ops->ask(l, b, 1, &q, a, e) != 0 ? -1 : http_batch_run(b, e);
    http_batch_free(b);
    return rc;
}

static int run(const struct lms *l, unsigned which, struct arena *a, struct err *e)
{
    const struct lms_ops *o = l->ops;
    const struct str course = STR("3"), user = STR("5");
    struct lms_since since = {.since_ms = 1000};
    struct lms_opening open = {
        .kind = LMS_BY_GROUP, .name = STR("A"), .mark = STR("m"), .key = STR("7")};
    struct lms_message message = {STR("5"), STR("t")};
    struct lms_event event = {.name = STR("n"), .at_ms = 1000};
    struct lms_site site;
    struct str out;
    switch (which % 16) {
    case 0:
        return o->probe(l, &site, a, e);
    case 1:
        return o->catalogue(l, course, on_activity, NULL, a, e);
    case 2:
        return o->people(l, course, on_person, NULL, a, e);
    case 3:
        return o->grades(l, course, on_grade, NULL, a, e);
    case 4:
        return o->quizzes(l, course, on_quiz, NULL, a, e);
    case 5:
        return o->changes(l, course, 1000, on_change, NULL, a, e);
    case 6:
        return o->completion(l, course, &user, 1, on_completion, NULL, a, e);
    case 7:
        return o->groups(l, course, on_group, NULL, a, e);
    case 8:
        return o->submissions(l, course, &since, on_submission, NULL, a, e);
    case 9:
        return o->alignments(l, course, on_alignment, NULL, a, e);
    case 10:
        return o->opening_make(l, course, &open, &out, a, e);
    case 11:
        return o->opening_read(l, course, &open, on_user, NULL, a, e);
    case 12:
        return o->opening_add(l, course, &open, &user, 1, &out, a, e);
    case 13:
        return o->message_send(l, &message, &out, a, e);
    case 14:
        return o->calendar_add(l, course, &event, &out, a, e);
    default:
        return ask(l, (int)(which / 16) % 2, a, e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > TOO_LONG)
        return 0;
    struct arena *a = arena_new((size_t)64 << 20);
    struct err e = {0};
    body = (struct str){(const char *)data + 1, size - 1};
    struct lms l = {.ops = moodle_ops(),
                    .base_url = STR("https://moodle.example.edu"),
                    .token = STR("t"),
                    .met = (data[0] & 0x40) != 0 ? 1 : 0};
    int rc = run(&l, data[0], a, &e);
    INVARIANT(rc == 0 || (e.code != ERR_NONE && e.text[0] != '\0'));
    arena_free(a);
    return 0;
}
