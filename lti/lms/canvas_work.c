#include "base/iso.h"
#include "lms/canvas_parts.h"
#include "net/url.h"

#include <math.h>

#define API "/api/v1/courses/%.*s"
#define SCOPE "url:GET|/api/v1/courses/:course_id"
#define ATTEMPTS_MAX 200 /* of one person at one assignment */
#define ANSWERS_MAX 1000 /* of one attempt */
#define PAGES_MAX 5000

struct reader {
    const struct lms *l;
    struct str course;
    struct arena *a;
    struct canvas_assignments *set;
    struct map *quizzes; /* quiz id -> struct map: question id -> struct question */
    int (*row)(void *ctx, const struct lms_submission *r, struct err *e);
    void *ctx;
};

/* --- question by question ---------------------------------------------------- */

struct question {
    struct str item;
    double points;
};

struct questions {
    struct arena *a;
    struct map *known;
};

/* Its place in the quiz, as teachers count; one that is drawn from a group has none. */
static struct str item_of(struct arena *a, const struct js *v, struct str id)
{
    int64_t place;
    if (js_get(v, "quiz_group_id") == NULL && js_i64(js_get(v, "position"), &place) &&
        place > 0)
        return str_fmt(a, "%lld", (long long)place);
    return str_fmt(a, "q%.*s", STR_ARG(id));
}

static int on_question(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct questions *q = ctx;
    struct str id = canvas_call_id(scratch, js_get(v, "id"));
    double points;
    (void)e;
    if (id.n > 0 && js_num(js_get(v, "points_possible"), &points) && points > 0) {
        struct question *kept = ARENA_NEW(q->a, struct question);
        *kept = (struct question){item_of(q->a, v, id), points};
        map_put(q->known, str_dup(q->a, id), kept);
    }
    return 0;
}

/* What the questions of a quiz are worth: asked once a run, for quizzes with news only.
 * Where we may not know, there are no answers; the attempt's score stays. */
static int questions_of(struct reader *r, struct str quiz, struct map **out,
                        struct err *e)
{
    struct err own = {0};
    *out = map_get(r->quizzes, quiz);
    if (*out != NULL)
        return 0;
    struct questions q = {r->a, map_new(r->a)};
    struct str at = canvas_call_course(r->a, r->course);
    struct canvas_call c = {.scope = SCOPE "/quizzes/:quiz_id/questions",
                            .url = canvas_call_url(r->l, r->a,
                                                   API "/quizzes/%.*s/questions"
                                                       "?per_page=100",
                                                   STR_ARG(at),
                                                   STR_ARG(url_escape(r->a, quiz))),
                            .element = on_question,
                            .ctx = &q};
    if (canvas_call_list(r->l, &c, r->a, &own) != 0) {
        if (own.code != ERR_DENIED && own.code != ERR_NOTFOUND && own.code != ERR_INPUT) {
            if (e != NULL)
                *e = own;
            return -1;
        }
        q.known = map_new(r->a);
    }
    *out = q.known;
    map_put(r->quizzes, str_dup(r->a, quiz), q.known);
    return 0;
}

/* "correct" is true, false, "partial", or "undefined" where a teacher must look. */
static bool is_marked(const struct js *v)
{
    struct str s;
    bool b;
    if (js_bool(js_get(v, "correct"), &b))
        return true;
    return js_str(js_get(v, "correct"), &s) &&
           (str_is(s, "partial") || str_is(s, "true") || str_is(s, "false"));
}

static int read_answers(struct reader *r, const struct js *list,
                        const struct canvas_assignment *x, struct lms_submission *s,
                        struct arena *scratch, struct err *e)
{
    static const struct question some = {{"1", 1}, 1};
    struct map *known = NULL;
    size_t n = js_len(list);
    if (n == 0 || x->quiz_id.n == 0)
        return 0;
    if (r->l != NULL && questions_of(r, x->quiz_id, &known, e) != 0)
        return -1;
    struct lms_answer *out =
        ARENA_ARRAY(scratch, struct lms_answer, n < ANSWERS_MAX ? n : ANSWERS_MAX);
    for (size_t i = 0; i < n && s->answers_n < ANSWERS_MAX; i++) {
        const struct js *v = js_at(list, i);
        struct str id = canvas_call_id(scratch, js_get(v, "question_id"));
        const struct question *q = r->l == NULL ? &some : map_get(known, id);
        if (q == NULL)
            continue;
        struct lms_answer w = {.item = q->item,
                               .state = STR("complete"),
                               .maximum = q->points,
                               .at_ms = s->submitted_ms};
        w.has_score = is_marked(v) && js_num(js_get(v, "points"), &w.score);
        out[s->answers_n++] = w;
    }
    s->answers = out;
    return 0;
}

/* --- submissions ------------------------------------------------------------- */

static bool truth(const struct js *v, const char *member)
{
    bool b = false;
    js_bool(js_get(v, member), &b);
    return b;
}

/* A score that still waits for a teacher's part of it is none yet. */
static bool score_of(const struct js *v, double *score)
{
    return !truth(v, "excused") &&
           !str_is(js_text(v, "workflow_state"), "pending_review") &&
           js_num(js_get(v, "score"), score);
}

static struct lms_submission read_one(const struct js *v, struct str user,
                                      const struct canvas_assignment *x,
                                      struct arena *scratch)
{
    int64_t number = 0;
    js_i64(js_get(v, "attempt"), &number);
    struct lms_submission s = {
        .key = str_fmt(scratch, "%.*s:%.*s:%lld", STR_ARG(x->id), STR_ARG(user),
                       (long long)number),
        .activity_key = str_fmt(scratch, "assignment:%.*s", STR_ARG(x->id)),
        .user_id = user,
        .number = (int)number,
        .maximum = x->maximum,
        .submitted_ms = canvas_call_time(v, "submitted_at"),
        .graded_ms = canvas_call_time(v, "graded_at"),
        .excused = truth(v, "excused"),
        .missing = truth(v, "missing"),
        .late = truth(v, "late"),
    };
    s.has_score = score_of(v, &s.score);
    return s;
}

/* Attempts of the past, the last one among them; of one number the last word counts. */
static int read_history(struct reader *r, const struct js *list, struct str user,
                        const struct canvas_assignment *x, bool hidden,
                        struct arena *scratch, struct err *e)
{
    size_t n = js_len(list);
    for (size_t i = 0; i < n && i < ATTEMPTS_MAX; i++) {
        const struct js *v = js_at(list, i);
        struct lms_submission s = read_one(v, user, x, scratch);
        s.hidden = hidden;
        if (s.number <= 0 || s.submitted_ms == 0)
            continue; /* a grade without work handed in */
        if (read_answers(r, js_get(v, "submission_data"), x, &s, scratch, e) != 0 ||
            r->row(r->ctx, &s, e) != 0)
            return -1;
    }
    return 0;
}

/* Do the lines make the score (before what is taken off for lateness)? Where they do not,
 * somebody has typed another one over them. */
static bool adds_up(const struct js *v, const struct lms_answer *lines, size_t n)
{
    double score, sum = 0;
    if (!js_num(js_get(v, "entered_score"), &score) &&
        !js_num(js_get(v, "score"), &score))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!lines[i].has_score)
            return false;
        sum += lines[i].score;
    }
    return fabs(sum - score) < 0.01;
}

/* A rubric that makes the grade tells it line by line ("1" is its first one), as a quiz
 * does by its questions. Only when all of it is marked and adds up has it scores; else
 * its lines come without, which takes back what they said before. */
static void read_lines(const struct js *v, const struct canvas_assignment *x,
                       struct lms_submission *s, struct arena *scratch)
{
    const struct js *marks = js_get(v, "rubric_assessment");
    const struct canvas_criterion *lines = x->criteria.p;
    size_t n = x->criteria.n, k = 0;
    if (n == 0 || marks == NULL)
        return;
    struct lms_answer *out = ARENA_ARRAY(scratch, struct lms_answer, n);
    for (size_t i = 0; i < n; i++) {
        const char *id = str_z(scratch, lines[i].id);
        if (!(lines[i].points > 0) || id == NULL)
            continue;
        out[k] = (struct lms_answer){.item = str_fmt(scratch, "%zu", i + 1),
                                     .state = STR("complete"),
                                     .maximum = lines[i].points,
                                     .at_ms = s->graded_ms};
        out[k].has_score = js_num(js_get(js_get(marks, id), "points"), &out[k].score);
        k++;
    }
    bool good = s->has_score && adds_up(v, out, k);
    for (size_t i = 0; i < k && !good; i++)
        out[i].has_score = false;
    s->answers = out;
    s->answers_n = k;
}

static int on_submission(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reader *r = ctx;
    struct str user = canvas_call_id(scratch, js_get(v, "user_id"));
    struct str id = canvas_call_id(scratch, js_get(v, "assignment_id"));
    const struct canvas_assignment *x = map_get(r->set->by_id, id);
    if (user.n == 0 || x == NULL)
        return 0;
    /* What the grade book holds back from students, Waymark does too. */
    bool hidden = js_has(v, "posted_at") && canvas_call_time(v, "posted_at") == 0;
    if (!truth(v, "excused") && read_history(r, js_get(v, "submission_history"), user, x,
                                             hidden, scratch, e) != 0)
        return -1;
    struct lms_submission now = read_one(v, user, x, scratch);
    now.current = true;
    now.hidden = hidden;
    read_lines(v, x, &now, scratch);
    return r->row(r->ctx, &now, e);
}

/* Without a way to ask what questions are worth, each is worth one point. */
int canvas_work_feed(struct canvas_assignments *set, struct str body,
                     int (*row)(void *ctx, const struct lms_submission *r, struct err *e),
                     void *ctx, struct arena *a, struct err *e)
{
    struct reader r = {.a = a, .set = set, .quizzes = map_new(a), .row = row, .ctx = ctx};
    struct canvas_call c = {
        .scope = SCOPE "/students/submissions", .element = on_submission, .ctx = &r};
    return canvas_call_feed(&c, body, a, e);
}

/* From one page to the next; the caller hears where to go on after a crash. */
static int walk(struct reader *r, struct str url, const struct lms_since *since,
                struct err *e)
{
    struct arena *from = arena_new(1 << 20), *to = arena_new(1 << 20);
    struct canvas_call c = {.scope = SCOPE "/students/submissions",
                            .url = url,
                            .element = on_submission,
                            .ctx = r};
    int rc = 0;
    for (int i = 0; rc == 0 && c.url.n > 0; i++) {
        struct str next = STR_EMPTY;
        rc = i == PAGES_MAX ? err_set(e, ERR_LIMIT, "Canvas: too many submissions")
                            : canvas_call_page(r->l, &c, &next, to, e);
        if (rc == 0 && str_eq(next, c.url))
            rc = err_set(e, ERR_INPUT, "Canvas: a page that leads to itself");
        c.url = next;
        if (rc == 0 && next.n > 0 && since->page != NULL)
            rc = since->page(since->ctx, next, e);
        struct arena *swap = from;
        from = to;
        to = swap;
        arena_reset(to);
    }
    arena_free(from);
    arena_free(to);
    return rc;
}

static struct str first_page(const struct reader *r, const char *filter, int64_t since_ms)
{
    struct str at = canvas_call_course(r->a, r->course);
    struct str url =
        canvas_call_url(r->l, r->a,
                        API "/students/submissions?student_ids[]=all&per_page=100"
                            "&include[]=submission_history"
                            "&include[]=rubric_assessment",
                        STR_ARG(at));
    return filter == NULL
               ? url
               : url_append_query(r->a, url, filter, iso_format(r->a, since_ms));
}

/* Two questions, because Canvas takes two conditions for "and". */
int canvas_work_read(const struct lms *l, struct str course,
                     const struct lms_since *since,
                     int (*row)(void *ctx, const struct lms_submission *r, struct err *e),
                     void *ctx, struct arena *a, struct err *e)
{
    struct reader r = {
        .l = l, .course = course, .a = a, .quizzes = map_new(a), .row = row, .ctx = ctx};
    bool graded = str_find(since->from, STR("graded_since="), 0) != SIZE_MAX;
    r.set = canvas_catalogue_assignments(l, course, a, e);
    if (r.set == NULL)
        return -1;
    if (since->since_ms == 0)
        return walk(&r, since->from.n > 0 ? since->from : first_page(&r, NULL, 0), since,
                    e);
    if (!graded &&
        walk(&r,
             since->from.n > 0 ? since->from
                               : first_page(&r, "submitted_since", since->since_ms),
             since, e) != 0)
        return -1;
    return walk(&r,
                graded ? since->from : first_page(&r, "graded_since", since->since_ms),
                since, e);
}
