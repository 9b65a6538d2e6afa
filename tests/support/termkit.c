#include "support/termkit.h"

#include "base/js.h"
#include "job/runner.h"
#include "learn/proving.h"
#include "learn/activities.h"
#include "learn/intake.h"
#include "learn/mapfile.h"
#include "learn/recompute.h"
#include "learn/rulefile.h"

#include <check.h>
#include <stdio.h>
#include <unistd.h>

#define LOT 50 /* students of one call */
#define TERM_DAYS 110

static void must(int rc, const struct err *e)
{
    if (rc < 0) {
        fprintf(stderr, "%s (%s:%d)\n", e->text, e->file, e->line);
        ck_abort_msg("%s (%s:%d)", e->text, e->file, e->line);
    }
}

/* splitmix64 (Steele, Lea & Flood 2014, OOPSLA). */
static uint64_t draw(uint64_t *s)
{
    uint64_t z = (*s += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void people(struct testdb *t, const struct term *k)
{
    char head[700];
    snprintf(head, sizeof head,
             "INSERT INTO course (tenant_id, course_id, context_id, title, label, "
             "map_id, rules_version, modality, ags_scopes, roster_ms, grades_ms, "
             "states_ms, created_ms) VALUES (%d, %d, 'term', 'A term', 'T', NULL, '', "
             "'', '[]', 0, 0, 0, 1);\n",
             TERM_TENANT, TERM_COURSE);
    testdb_sql(t, head);
    for (int from = 0; from < k->students; from += 500) {
        int to = from + 500 < k->students ? from + 500 : k->students;
        struct buf p, n;
        buf_init(&p, t->a, 1 << 16);
        buf_init(&n, t->a, 1 << 16);
        buf_c(&p, "INSERT INTO person (tenant_id, person_id, sub, locale, lms_id, "
                  "created_ms) VALUES ");
        buf_c(&n, "INSERT INTO enrolment (tenant_id, course_id, person_id, roles, "
                  "is_learner, is_staff, is_test, status, source, seen_ms, version) "
                  "VALUES ");
        for (int i = from; i < to; i++) {
            const char *end = i + 1 < to ? ", " : ";\n";
            int id = TERM_PERSON + i;
            buf_fmt(&p, "(%d, %d, 's%d', 'en', 'u%d', 1)%s", TERM_TENANT, id, id, id,
                    end);
            buf_fmt(&n, "(%d, %d, %d, 0, 1, 0, 0, 'active', 'nrps', 1, 0)%s", TERM_TENANT,
                    TERM_COURSE, id, end);
        }
        testdb_sql(t, buf_view(&p).p);
        testdb_sql(t, buf_view(&n).p);
    }
}

static struct str quiz_title(struct arena *a, int skill)
{
    return str_fmt(a, "Quiz %03d", skill);
}

static void catalogue(struct learn *l, const struct term *k)
{
    struct activities_in *in = ARENA_ARRAY(l->a, struct activities_in, (size_t)k->skills);
    struct err e = {0};
    for (int i = 0; i < k->skills; i++) {
        in[i].row = (struct activity){
            .title = quiz_title(l->a, i),
            .kind = STR("quiz"),
            .url = str_fmt(l->a, "https://lms.example/mod/%d", i),
            .visible = true,
            .has_maximum = true,
            .maximum = TERM_SLOTS,
            .position = i,
        };
        in[i].alias[0] = (struct activities_name){STR("moodle-cm"), in[i].row.title};
        in[i].alias_n = 1;
    }
    must(activities_apply(l, STR("moodle"), in, (size_t)k->skills, true, NULL, &e), &e);
}

void term_course(struct testdb *t, struct learn *l, const struct term *k)
{
    struct err e = {0};
    *l = (struct learn){.db = t->db,
                        .env = &t->env,
                        .a = t->a,
                        .tenant_id = TERM_TENANT,
                        .course_id = TERM_COURSE};
    people(t, k);
    must(rulefile_load(t->db, &t->env, t->a, STR("config"), &e), &e);
    catalogue(l, k);
    term_publish(l, term_map(l->a, k, 0.1));
}

struct str term_map(struct arena *a, const struct term *k, double learn)
{
    struct buf b;
    buf_init(&b, a, 1 << 16);
    buf_fmt(
        &b,
        "{\"format\":\"waymark-map/1\",\"code\":\"term\",\"title\":\"A term\","
        "\"language\":\"en\",\"about\":\"Made up.\",\"thresholds\":{\"mastered\":0.95,"
        "\"almost\":0.8,\"min_rows\":3,\"min_days\":2,\"review_days\":28},\"bkt\":{"
        "\"init\":0.3,\"learn\":%.17g,\"guess\":0.2,\"slip\":0.1,"
        "\"half_life_days\":0},\"targets\":[\"s%03d\"],\"skills\":[",
        learn, k->skills - 1);
    for (int i = 0; i < k->skills; i++) {
        buf_fmt(&b,
                "%s{\"code\":\"s%03d\",\"title\":\"Skill %d\",\"unit\":\"Unit %d\","
                "\"minutes\":10",
                i > 0 ? "," : "", i, i, i / 8);
        if (i > 2)
            buf_fmt(&b, ",\"hard\":[\"s%03d\"],\"soft\":[\"s%03d\"]", i / 2, i - 1);
        buf_c(&b, "}");
    }
    buf_c(&b, "],\"activities\":[");
    for (int i = 0; i < k->skills; i++) {
        buf_fmt(&b, "%s{\"title\":\"Quiz %03d\",\"tells\":[", i > 0 ? "," : "", i);
        for (int s = 1; s <= TERM_SLOTS; s++)
            buf_fmt(&b, "%s{\"slot\":\"%d\",\"skill\":\"s%03d\",\"weight\":1}",
                    s > 1 ? "," : "", s, i);
        buf_c(&b, "]}");
    }
    buf_c(&b, "]}");
    return buf_view(&b);
}

struct writing {
    const struct term *k;
    const int64_t *quizzes;
    struct arena *a;
    int64_t end_ms;
    uint64_t rng;
    bool *knows; /* by skill: the student at hand */
};

static double uniform(struct writing *w)
{
    return (double)(draw(&w->rng) >> 11) / 9007199254740992.0;
}

/* One answer of a student to a question about the skill, who may learn from it. */
static double traced(struct writing *w, int skill)
{
    const struct term *k = w->k;
    bool knows = w->knows[skill];
    bool right = uniform(w) < (knows ? 1 - k->slip : k->guess);
    w->knows[skill] = knows || uniform(w) < k->learn;
    return right ? 1 : 0;
}

static void one_attempt(struct writing *w, int student, int attempt,
                        struct evidence_in *out)
{
    const struct term *k = w->k;
    int skill = (int)((int64_t)attempt * k->skills / k->attempts);
    double able = (double)(draw(&w->rng) % 1000) / 1000.0;
    int64_t at_ms = w->end_ms - TERM_DAYS * TERM_DAY_MS +
                    attempt * TERM_DAYS * TERM_DAY_MS / k->attempts +
                    (int64_t)(draw(&w->rng) % 3600000);
    struct str key = str_fmt(w->a, "%d:%d", student, attempt);
    for (int s = 0; s < TERM_SLOTS; s++)
        out[s] = (struct evidence_in){
            .person_id = TERM_PERSON + student,
            .activity_id = w->quizzes[skill],
            .item = str_fmt(w->a, "%d", s + 1),
            .attempt = key,
            .kind = EVIDENCE_ANSWER,
            .has_score = true,
            .score =
                k->guess > 0 ? traced(w, skill) : (double)(uniform(w) < 0.4 + able * 0.6),
            .has_maximum = true,
            .maximum = 1,
            .observed_ms = at_ms,
            .source_kind = STR("moodle-ws"),
            .source_key = str_fmt(w->a, "attempt:%.*s:%d", STR_ARG(key), s + 1),
            .actor = STR("platform"),
        };
}

size_t term_answers(struct testdb *t, struct learn *l, const struct term *k)
{
    struct err e = {0};
    struct activities_index *x = activities_index(l, &e);
    must(x == NULL ? -1 : 0, &e);
    int64_t *quizzes = ARENA_ARRAY(t->a, int64_t, (size_t)k->skills);
    for (int i = 0; i < k->skills; i++)
        quizzes[i] = activities_find(x, STR("moodle-cm"), quiz_title(t->a, i));
    struct arena *own = arena_new((size_t)512 << 20);
    struct learn part = *l;
    part.a = own;
    size_t written = 0;
    for (int from = 0; from < k->students; from += LOT) {
        struct writing w = {.k = k,
                            .quizzes = quizzes,
                            .a = own,
                            .end_ms = t->now_ms,
                            .rng = k->seed + (uint64_t)from};
        size_t n = 0, max = (size_t)LOT * (size_t)k->attempts * TERM_SLOTS;
        struct evidence_in *rows = ARENA_ARRAY(own, struct evidence_in, max);
        w.knows = ARENA_ARRAY(own, bool, (size_t)k->skills);
        for (int i = from; i < from + LOT && i < k->students; i++) {
            for (int s = 0; s < k->skills; s++)
                w.knows[s] = uniform(&w) < k->init;
            for (int j = 0; j < k->attempts; j++, n += TERM_SLOTS)
                one_attempt(&w, i, j, rows + n);
        }
        struct intake_result r;
        must(intake_add(&part, rows, n, &r, &e), &e);
        ck_assert_uint_eq(r.added, n);
        written += n;
        arena_reset(own);
    }
    arena_free(own);
    return written;
}

void term_publish(struct learn *l, struct str map)
{
    struct mapfile_result r;
    struct err e = {0};
    must(mapfile_publish(l, map, 0, &r, &e), &e);
    if (!r.ok)
        ck_abort_msg("%.*s", STR_ARG(r.problems[0]));
}

void term_jobs(struct learn *l)
{
    static const struct job_kind kinds[] = {
        {.name = "prove.course", .fn = proving_job},
        {.name = "recompute.course", .fn = recompute_course_job},
        {.name = "recompute.person", .fn = recompute_person_job},
        {.name = "recompute.all", .fn = recompute_all_job},
    };
    struct job_worker w = {.holder = str_fmt(l->a, "term:%d", (int)getpid()),
                           .kinds = kinds,
                           .kinds_n = sizeof kinds / sizeof kinds[0],
                           .last_tenant = -1};
    struct arena *a = arena_new((size_t)64 << 20);
    struct job_runner r = {.db = l->db, .env = l->env, .arena = a, .worker = &w};
    struct err e = {0};
    int ran;
    while ((ran = job_run_one(&r, &e)) == 1)
        continue;
    must(ran, &e);
    arena_free(a);
}
