#include "support/learnkit.h"

#include "job/runner.h"
#include "learn/proving.h"
#include "learn/activities.h"
#include "learn/mapfile.h"
#include "learn/recompute.h"
#include "learn/replay.h"
#include "learn/rulefile.h"
#include "store/state.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

const char kit_map[] =
    "{\"format\":\"waymark-map/"
    "1\",\"code\":\"kit\",\"title\":\"Kit\",\"language\":\"en\","
    "\"about\":\"For tests.\","
    "\"thresholds\":{\"mastered\":0.95,\"almost\":0.8,\"min_rows\":3,\"min_days\":2,"
    "\"review_days\":28},"
    "\"bkt\":{\"init\":0.3,\"learn\":0.1,\"guess\":0.2,\"slip\":0.1,\"half_life_days\":0}"
    ","
    "\"targets\":[\"C\",\"D\"],"
    "\"skills\":["
    "{\"code\":\"A\",\"title\":\"Skill A\",\"unit\":\"One\",\"minutes\":10},"
    "{\"code\":\"B\",\"title\":\"Skill "
    "B\",\"unit\":\"One\",\"minutes\":8,\"hard\":[\"A\"]},"
    "{\"code\":\"C\",\"title\":\"Skill "
    "C\",\"unit\":\"Two\",\"minutes\":12,\"hard\":[\"B\"],"
    "\"soft\":[\"A\"]},"
    "{\"code\":\"D\",\"title\":\"Skill D\",\"unit\":\"Two\",\"minutes\":5,"
    "\"hard\":[\"B\",\"C\"]},"
    "{\"code\":\"E\",\"title\":\"Skill E\",\"unit\":\"One\",\"minutes\":6}],"
    "\"activities\":["
    "{\"title\":\"Check A\",\"tells\":[{\"skill\":\"A\",\"weight\":1}]},"
    "{\"title\":\"Check B\",\"tells\":[{\"skill\":\"B\",\"weight\":1}]},"
    "{\"title\":\"Check C\",\"tells\":[{\"skill\":\"C\",\"weight\":1}]},"
    "{\"title\":\"Check D\",\"tells\":[{\"skill\":\"D\",\"weight\":1}]},"
    "{\"title\":\"Check E\",\"tells\":[{\"skill\":\"E\",\"weight\":1}]},"
    "{\"title\":\"Check mix\",\"tells\":[{\"slot\":\"1\",\"skill\":\"A\",\"weight\":1},"
    "{\"slot\":\"2\",\"skill\":\"B\",\"weight\":1}]}]}";

void kit_must(int rc, const struct err *e)
{
    if (rc < 0)
        ck_abort_msg("%s (%s:%d)", e->text, e->file, e->line);
}

static void people(struct testdb *t, int students)
{
    char sql[1024];
    snprintf(
        sql, sizeof sql,
        "INSERT INTO course (tenant_id, course_id, context_id, title, label, map_id, "
        "rules_version, modality, ags_scopes, roster_ms, grades_ms, states_ms, "
        "created_ms) VALUES (%d, %d, 'ctx', 'Kit course', 'KIT', NULL, '', '', '[]', 0, "
        "0, 0, 1);\n",
        KIT_TENANT, KIT_COURSE);
    testdb_sql(t, sql);
    for (int i = 0; i <= students; i++) {
        int64_t id = i < students ? KIT_PERSON + i : KIT_TEACHER;
        int learner = i < students;
        snprintf(
            sql, sizeof sql,
            "INSERT INTO person (tenant_id, person_id, sub, locale, lms_id, created_ms) "
            "VALUES (%d, %lld, 's%lld', 'en', 'u%lld', 1);\n"
            "INSERT INTO enrolment (tenant_id, course_id, person_id, roles, is_learner, "
            "is_staff, is_test, status, source, seen_ms, version) VALUES (%d, %d, %lld, "
            "0, %d, %d, 0, 'active', 'nrps', 1, 0);\n",
            KIT_TENANT, (long long)id, (long long)id, (long long)id, KIT_TENANT,
            KIT_COURSE, (long long)id, learner, !learner);
        testdb_sql(t, sql);
    }
}

static void catalogue(struct learn *l)
{
    static const char *const titles[] = {"Check A", "Check B",   "Check C",  "Check D",
                                         "Check E", "Check mix", "Worksheet"};
    struct activities_in in[7] = {0};
    struct err e = {0};
    for (size_t i = 0; i < 7; i++) {
        in[i].row = (struct activity){
            .title = str_c(titles[i]),
            .kind = i < 6 ? STR("quiz") : STR("assign"),
            .url = str_fmt(l->a, "https://lms.example/mod/%zu", i),
            .visible = true,
            .has_maximum = true,
            .maximum = 10,
            .position = (int64_t)i,
        };
        in[i].alias[0] = (struct activities_name){STR("moodle-cm"), str_c(titles[i])};
        in[i].alias_n = 1;
    }
    kit_must(activities_apply(l, STR("moodle"), in, 7, true, NULL, &e), &e);
}

void kit_course(struct testdb *t, struct learn *l, int students)
{
    struct err e = {0};
    *l = (struct learn){.db = t->db,
                        .env = &t->env,
                        .a = t->a,
                        .tenant_id = KIT_TENANT,
                        .course_id = KIT_COURSE};
    people(t, students);
    kit_must(rulefile_load(t->db, &t->env, t->a, STR("config"), &e), &e);
    catalogue(l);
}

void kit_publish(struct learn *l)
{
    struct mapfile_result r;
    struct err e = {0};
    kit_must(mapfile_publish(l, str_c(kit_map), 0, &r, &e), &e);
    ck_assert_msg(r.ok, "%.*s", r.problems_n ? (int)r.problems[0].n : 0,
                  r.problems_n ? r.problems[0].p : "");
    kit_jobs(l);
}

int64_t kit_activity(const struct learn *l, const char *name)
{
    struct learn own = *l;
    struct err e = {0};
    struct activities_index *x = activities_index(&own, &e);
    ck_assert_ptr_nonnull(x);
    int64_t id = activities_find(x, STR("moodle-cm"), str_fmt(l->a, "Check %s", name));
    return id != 0 ? id : activities_find(x, STR("moodle-cm"), str_c(name));
}

struct evidence_in kit_answer(struct learn *l, int64_t person, const char *activity,
                              const char *attempt, double score, int64_t at_ms)
{
    return (struct evidence_in){
        .person_id = person,
        .activity_id = kit_activity(l, activity),
        .item = STR("1"),
        .attempt = str_c(attempt),
        .kind = EVIDENCE_ANSWER,
        .has_score = true,
        .score = score,
        .has_maximum = true,
        .maximum = 1,
        .observed_ms = at_ms,
        .source_kind = STR("moodle-ws"),
        .source_key = str_fmt(l->a, "attempt:%s:%s:1", activity, attempt),
        .actor = STR("platform"),
    };
}

struct evidence_in kit_grade(struct learn *l, int64_t person, const char *activity,
                             double score, int64_t read_ms)
{
    return (struct evidence_in){
        .person_id = person,
        .activity_id = kit_activity(l, activity),
        .kind = EVIDENCE_GRADE,
        .has_score = true,
        .score = score,
        .has_maximum = true,
        .maximum = 10,
        .snapshot = true,
        .observed_ms = read_ms,
        .read_ms = read_ms,
        .source_kind = STR("moodle-ws"),
        .source_key = str_fmt(l->a, "grade:%s", activity),
        .actor = STR("platform"),
    };
}

struct intake_result kit_take(struct learn *l, const struct evidence_in *rows, size_t n)
{
    struct intake_result r;
    struct err e = {0};
    kit_must(intake_add(l, rows, n, &r, &e), &e);
    return r;
}

struct str kit_word(struct learn *l, int64_t person, const char *skill)
{
    struct state s;
    struct err e = {0};
    kit_must(state_read(l->db, l->a, l->tenant_id, l->course_id, person, &s, &e), &e);
    for (size_t i = 0; i < s.skills_n; i++)
        if (str_is(s.skills[i].skill_code, skill))
            return s.skills[i].word;
    return STR("?");
}

/* The ids of a JSON array as fact keys. */
static void put_ids(struct buf *b, const struct ledger *book, struct str ids)
{
    size_t n;
    const struct evidence *const *rows = ledger_rows(book, &n);
    struct str head, rest = str_sub(ids, 1, ids.n - 1);
    while (rest.n > 0) {
        int64_t id = 0;
        struct str tail = STR_EMPTY;
        if (!str_cut(rest, ',', &head, &tail))
            tail = STR_EMPTY;
        ck_assert(str_i64(head, &id));
        for (size_t i = 0; i < n; i++) {
            if (rows[i]->evidence_id == id)
                buf_str(b, rows[i]->fact_key);
        }
        buf_char(b, ' ');
        rest = tail;
    }
}

static void put_row(struct buf *b, const struct ledger *book, struct str code,
                    struct str text, struct str ids)
{
    buf_fmt(b, "%.*s | %.*s | ", STR_ARG(code), STR_ARG(text));
    put_ids(b, book, ids);
    buf_char(b, '\n');
}

struct str kit_states(struct learn *l, int64_t person)
{
    struct state s;
    struct ledger *book;
    struct err e = {0};
    struct buf b;
    buf_init(&b, l->a, 4096);
    kit_must(state_read(l->db, l->a, l->tenant_id, l->course_id, person, &s, &e), &e);
    kit_must(ledger_read(l->db, l->a, l->tenant_id, l->course_id, person, INT64_MAX,
                         &book, &e),
             &e);
    buf_fmt(&b, "%lld %.17g\n", (long long)s.as_of_ms, s.share);
    for (size_t i = 0; i < s.skills_n; i++)
        put_row(&b, book, s.skills[i].skill_code,
                str_fmt(l->a, "%.17g %.17g %.17g %.*s %lld", s.skills[i].p_mastery,
                        s.skills[i].p_low, s.skills[i].p_high, STR_ARG(s.skills[i].word),
                        (long long)s.skills[i].last_ms),
                s.skills[i].evidence_ids);
    for (size_t i = 0; i < s.readies_n; i++)
        put_row(&b, book, s.readies[i].skill_code, s.readies[i].missing, STR("[]"));
    for (size_t i = 0; i < s.flags_n; i++)
        put_row(&b, book, s.flags[i].rule_code,
                str_fmt(l->a, "%.*s %.*s %lld", STR_ARG(s.flags[i].level),
                        STR_ARG(s.flags[i].facts), (long long)s.flags[i].since_ms),
                s.flags[i].evidence_ids);
    for (size_t i = 0; i < s.nexts_n; i++)
        put_row(&b, book, s.nexts[i].skill_code,
                str_fmt(l->a, "%.*s %.*s %.17g", STR_ARG(s.nexts[i].reason),
                        STR_ARG(s.nexts[i].facts), s.nexts[i].score),
                s.nexts[i].evidence_ids);
    return buf_view(&b);
}

static void say_difference(void *ctx, struct str line)
{
    (void)ctx;
    printf("%.*s\n", STR_ARG(line));
}

size_t kit_replay(struct learn *l)
{
    struct replay_counts c;
    struct err e = {0};
    kit_must(replay_course(l, say_difference, NULL, &c, &e), &e);
    ck_assert_uint_eq(c.different, 0);
    return c.rows;
}

void kit_jobs(struct learn *l)
{
    static const struct job_kind kinds[] = {
        {.name = "prove.course", .fn = proving_job},
        {.name = "recompute.course", .fn = recompute_course_job},
        {.name = "recompute.person", .fn = recompute_person_job},
        {.name = "risk.tick", .fn = recompute_tick_job},
        {.name = "recompute.all", .fn = recompute_all_job},
    };
    struct job_worker w = {
        .holder = STR("kit"), .kinds = kinds, .kinds_n = 5, .last_tenant = -1};
    struct arena *a = arena_new((size_t)64 << 20);
    struct job_runner r = {.db = l->db, .env = l->env, .arena = a, .worker = &w};
    struct err e = {0};
    int ran;
    while ((ran = job_run_one(&r, &e)) == 1)
        continue;
    kit_must(ran, &e);
    arena_free(a);
}
