#include "support/algebra.h"

#include "base/js.h"
#include "engine/mapdoc.h"
#include "engine/match.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (4u * 1024 * 1024)

struct str algebra_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "cannot open %s (run from the root of the repository)\n", path);
        abort();
    }
    char *p = arena_alloc(a, FILE_MAX);
    size_t n = fread(p, 1, FILE_MAX, f);
    (void)fclose(f);
    return (struct str){p, n};
}

static struct js *read_json(struct arena *a, const char *path)
{
    struct err e = {0};
    struct js *v = js_parse(a, algebra_file(a, path), FILE_MAX, 32, &e);
    if (v == NULL) {
        fprintf(stderr, "%s: %s\n", path, e.text);
        abort();
    }
    return v;
}

static int64_t num(const struct js *v, const char *key)
{
    int64_t x = 0;
    (void)js_i64(js_get(v, key), &x);
    return x;
}

static int64_t num_at(const struct js *v, size_t i)
{
    int64_t x = 0;
    (void)js_i64(js_at(v, i), &x);
    return x;
}

static void read_activities(struct arena *a, struct algebra *out)
{
    const struct js *sections =
        js_get(read_json(a, "tests/fixtures/moodle/contents.json"), "sections");
    out->activities = ARENA_ARRAY(a, struct course_activity, 200);
    for (size_t i = 0; i < js_len(sections); i++) {
        const struct js *modules = js_get(js_at(sections, i), "modules");
        for (size_t j = 0; j < js_len(modules); j++) {
            const struct js *m = js_at(modules, j);
            const struct js *dates = js_get(m, "dates");
            struct course_activity *act = &out->activities[out->activity_n];
            *act = (struct course_activity){.id = num(m, "id"),
                                            .title = js_text(m, "name"),
                                            .kind = js_text(m, "modname"),
                                            .visible = num(m, "visible") == 1,
                                            .position = (int32_t)out->activity_n++};
            for (size_t k = 0; k < js_len(dates); k++) {
                struct str id = js_text(js_at(dates, k), "dataid");
                int64_t at = num(js_at(dates, k), "timestamp") * 1000;
                if (str_is(id, "timeopen") || str_is(id, "allowsubmissionsfromdate")) {
                    act->opens_ms = at;
                } else {
                    act->due_ms = at;
                }
            }
        }
    }
}

static struct algebra_student *student(struct arena *a, struct algebra *out, int64_t user)
{
    for (size_t i = 0; i < out->student_n; i++) {
        if (out->students[i].user == user) {
            return &out->students[i];
        }
    }
    struct algebra_student *s = &out->students[out->student_n++];
    s->user = user;
    s->rows = ARENA_ARRAY(a, struct ev, 200);
    return s;
}

static struct ev *add_row(struct arena *a, struct algebra *out, int64_t user)
{
    struct algebra_student *s = student(a, out, user);
    struct ev *r = &s->rows[s->row_n++];
    r->id = user * 1000 + (int64_t)s->row_n;
    r->weight = 1.0;
    r->source_kind = STR("moodle-ws");
    return r;
}

static void read_answers(struct arena *a, struct algebra *out)
{
    const struct js *doc = read_json(a, "tests/fixtures/moodle/attempts.json");
    const struct js *attempts = js_get(doc, "attempts");
    const struct js *quizzes = js_get(doc, "quizzes");
    for (size_t i = 0; i < js_len(attempts); i++) {
        const struct js *at = js_get(js_at(attempts, i), "attempt");
        const struct js *questions = js_get(js_at(attempts, i), "questions");
        int64_t cm = 0;
        for (size_t k = 0; k < js_len(quizzes); k++) {
            const struct js *q = js_at(quizzes, k);
            cm = num(q, "id") == num(at, "quiz") ? num(q, "coursemodule") : cm;
        }
        for (size_t k = 0; k < js_len(questions); k++) {
            const struct js *q = js_at(questions, k);
            struct str mark = STR_EMPTY;
            struct ev *r = add_row(a, out, num(at, "userid"));
            (void)js_str(js_at(q, 2), &mark);
            r->kind = EV_ANSWER;
            r->activity_id = cm;
            r->item = str_fmt(a, "%d", (int)num_at(q, 0));
            r->attempt = str_fmt(a, "%d", (int)num(at, "id"));
            r->has_score = str_f64(mark, &r->score);
            (void)js_num(js_at(q, 3), &r->maximum);
            r->observed_ms = num_at(q, 5) * 1000;
            r->fact_key =
                str_fmt(a, "answer/%d/%d", (int)num(at, "id"), (int)num_at(q, 0));
        }
    }
}

static void read_grades(struct arena *a, struct algebra *out)
{
    const struct js *doc = read_json(a, "tests/fixtures/moodle/grades.json");
    const struct js *items = js_get(doc, "items");
    const struct js *rows = js_get(doc, "rows");
    for (size_t i = 0; i < js_len(rows); i++) {
        const struct js *g = js_at(rows, i);
        const struct js *item = NULL;
        for (size_t k = 0; k < js_len(items) && item == NULL; k++) {
            item = num(js_at(items, k), "id") == num_at(g, 1) ? js_at(items, k) : NULL;
        }
        double score = 0.0;
        if (item == NULL || !js_num(js_at(g, 2), &score)) {
            continue;
        }
        struct ev *r = add_row(a, out, num_at(g, 0));
        int64_t at = num_at(g, 3) != 0 ? num_at(g, 3) : num_at(g, 4);
        r->kind = EV_GRADE;
        r->activity_id = num(item, "cmid");
        r->has_score = true;
        r->score = score;
        r->maximum = (double)num(item, "grademax");
        r->observed_ms = at * 1000;
        r->fact_key = str_fmt(a, "grade/%d", (int)num_at(g, 1));
    }
}

void algebra_load(struct arena *a, struct algebra *out)
{
    struct err e = {0};
    *out = (struct algebra){.students = ARENA_ARRAY(a, struct algebra_student, 100)};
    out->map = mapdoc_parse(a, algebra_file(a, "config/maps/algebra-1.json"), NULL, &e);
    out->rules = risk_parse(a, algebra_file(a, "config/rules/early-warning.json"), &e);
    if (out->map == NULL || out->rules == NULL) {
        fprintf(stderr, "map or rules: %s\n", e.text);
        abort();
    }
    read_activities(a, out);
    read_answers(a, out);
    read_grades(a, out);
    for (size_t i = 0; i < out->student_n; i++) {
        for (size_t k = 0; k < out->students[i].row_n; k++) {
            int64_t at = out->students[i].rows[k].observed_ms + EVIDENCE_DAY_MS;
            out->as_of_ms = at > out->as_of_ms ? at : out->as_of_ms;
        }
    }
    out->tie_n =
        match_course(a, out->map, out->activities, out->activity_n, &out->ties, NULL);
    struct engine_parts parts = {.map = out->map,
                                 .rules = out->rules,
                                 .activities = out->activities,
                                 .activity_n = out->activity_n,
                                 .ties = out->ties,
                                 .tie_n = out->tie_n,
                                 .work_read_ms = out->as_of_ms,
                                 .work_source = STR("moodle-ws")};
    out->course = engine_course_new(a, &parts, &e);
    if (out->course == NULL) {
        fprintf(stderr, "course: %s\n", e.text);
        abort();
    }
}
