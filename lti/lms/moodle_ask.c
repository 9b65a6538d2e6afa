#include "lms/moodle_ask.h"

#include "lms/moodle_call.h"
#include "lms/moodle_needs.h"
#include "lms/moodle_value.h"

/* --- attempts and answers, many at once -------------------------------------- */

struct question {
    struct lms_ask ask;
    struct moodle_call call;
};

static int on_attempt(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    const struct lms_ask *q = ctx;
    int64_t number_of = 0;
    js_i64(js_get(v, "attempt"), &number_of);
    struct lms_attempt r = {
        .key = moodle_value_id(scratch, js_get(v, "id")),
        .quiz_instance = moodle_value_id(scratch, js_get(v, "quiz")),
        .user_id = moodle_value_id(scratch, js_get(v, "userid")),
        .number = (int)number_of,
        .finished = str_is(js_text(v, "state"), "finished"),
        .preview = moodle_value_bool(js_get(v, "preview")),
        .started_ms = moodle_value_time(js_get(v, "timestart")),
        .finished_ms = moodle_value_time(js_get(v, "timefinish")),
    };
    r.has_score = moodle_value_number(js_get(v, "sumgrades"), &r.score);
    return r.key.n == 0 || !r.finished ? 0 : q->attempt(q->ctx, &r, e);
}

/* A text between questions is a slot too, with nothing to win: it is left out. */
static int on_question(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    const struct lms_ask *q = ctx;
    struct lms_answer r = {
        .item = moodle_value_id(scratch, js_get(v, "slot")),
        .state = js_text(v, "state"),
        .at_ms = moodle_value_time(js_get(v, "lastactiontime")),
    };
    r.has_score = moodle_value_number(js_get(v, "mark"),
                                      &r.score); /* not marked yet: none, not zero */
    if (r.item.n == 0 || !moodle_value_number(js_get(v, "maxmark"), &r.maximum) ||
        !(r.maximum > 0))
        return 0;
    return q->answer(q->ctx, &r, e);
}

static int on_done(void *ctx, int rc, const struct err *why)
{
    const struct question *q = ctx;
    return q->ask.done(q->ask.ctx, rc, why);
}

/* Moodle 5 has a new name for it. */
static const char *attempts_function(const struct lms *l)
{
    return moodle_needs_met(l, "mod_quiz_get_user_quiz_attempts")
               ? "mod_quiz_get_user_quiz_attempts"
               : "mod_quiz_get_user_attempts";
}

int moodle_ask_put(const struct lms *l, struct http_batch *b, int64_t lane,
                   const struct lms_ask *ask_this, struct arena *a, struct err *e)
{
    struct question *q = ARENA_NEW(a, struct question);
    q->ask = *ask_this;
    q->call.ctx = &q->ask;
    if (q->ask.what == LMS_ASK_ATTEMPTS) {
        struct str quiz = moodle_value_param(a, "quizid", q->ask.quiz_instance);
        struct str user = moodle_value_param(a, "userid", q->ask.user_id);
        q->call.function = attempts_function(l);
        q->call.member = "attempts";
        q->call.element = on_attempt;
        q->call.params =
            str_fmt(a, "%.*s%.*s&status=finished", STR_ARG(quiz), STR_ARG(user));
    } else {
        struct str attempt = moodle_value_param(a, "attemptid", q->ask.attempt_key);
        q->call.function = "mod_quiz_get_attempt_review";
        q->call.member = "questions";
        q->call.element = on_question;
        q->call.params = str_fmt(a, "%.*s&page=-1", STR_ARG(attempt));
    }
    return moodle_call_add(l, b, lane, &q->call, on_done, q, a, e);
}
