#include "learn/evalkt.h"

#include "base/crc.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/bkt.h"
#include "engine/lkt.h"
#include "file/csv.h"

#include <stdio.h>
#include <string.h>

#define ID_MAX 64
#define ARENA_MAX ((size_t)8 << 30) /* of a fit: 4 million rows with room */
#define COLUMNS 6

struct row {
    int32_t student, item, skill;
    int64_t at_s;
    float share;
};

struct person {
    int32_t rows;
    bool chosen; /* by the checksum */
    bool second; /* of the second file */
};

struct evalkt {
    struct arena *a;
    enum evalkt_file file;
    const char *name;
    struct csv *csv;
    bool header;
    bool apart; /* a file of TEST students came */
    struct map *students, *items, *skills, *q_skills;
    struct vec rows, people; /* struct row, struct person */
    struct vec pairs;        /* int32_t[2] */
    struct str last_id;      /* the student of the row before, in last_text */
    char last_text[ID_MAX];
    int32_t last_student;
};

struct evalkt *evalkt_new(struct arena *a)
{
    struct evalkt *k = ARENA_NEW(a, struct evalkt);
    k->a = a;
    k->items = map_new(a);
    k->skills = map_new(a);
    k->q_skills = map_new(a);
    vec_init(&k->rows, a, sizeof(struct row));
    vec_init(&k->people, a, sizeof(struct person));
    vec_init(&k->pairs, a, 2 * sizeof(int32_t));
    return k;
}

static int32_t number_of(const struct map *m, struct str id)
{
    const int32_t *n = map_get(m, id);
    return n != NULL ? *n : -1;
}

static int32_t numbered(struct evalkt *k, struct map *m, struct str id)
{
    int32_t n = number_of(m, id);
    if (n >= 0)
        return n;
    int32_t *made = ARENA_NEW(k->a, int32_t);
    *made = (int32_t)map_len(m);
    map_put(m, id, made);
    return *made;
}

static int refuse(const struct evalkt *k, int64_t line, const char *why, struct str text,
                  struct err *e)
{
    struct str shown = str_head(text, 40);
    return err_set(e, ERR_INPUT, "%s, line %lld: %s%s%.*s%s", k->name, (long long)line,
                   why, text.n > 0 ? ", not \"" : "", STR_ARG(shown),
                   text.n > 0 ? "\"" : "");
}

static int check_header(struct evalkt *k, const struct csv_row *row, struct err *e)
{
    static const char *const answers[] = {"student", "seq",   "ts",
                                          "item",    "skill", "correct"};
    static const char *const pairs[] = {"item", "skill"};
    bool q = k->file == EVALKT_PAIRS;
    size_t n = q ? 2 : COLUMNS;
    bool good = row->n == n;
    for (size_t i = 0; good && i < n; i++)
        good = str_is(row->fields[i], q ? pairs[i] : answers[i]);
    k->header = true;
    if (good)
        return 0;
    return refuse(k, row->line,
                  q ? "the first line must be item,skill"
                    : "the first line must be student,seq,ts,item,skill,correct",
                  STR_EMPTY, e);
}

static bool is_id(struct str s)
{
    return s.n > 0 && s.n <= ID_MAX;
}

/* The number of the row's student, who has so many rows already. */
static int32_t student_of(struct evalkt *k, struct str id)
{
    if (k->last_id.n > 0 && str_eq(id, k->last_id))
        return k->last_student;
    int32_t known = number_of(k->students, id);
    if (known < 0) {
        struct person *p = vec_push(&k->people);
        *p = (struct person){0, crc_32(id) % 5 == 0, k->file == EVALKT_TEST};
        int32_t *made = ARENA_NEW(k->a, int32_t);
        *made = known = (int32_t)k->people.n - 1;
        map_put(k->students, id, made);
    }
    memcpy(k->last_text, id.p, id.n);
    k->last_id = (struct str){k->last_text, id.n};
    k->last_student = known;
    return known;
}

static int add_answer(struct evalkt *k, const struct csv_row *row, struct err *e)
{
    static const char *const names[] = {"student", NULL, NULL, "item", "skill"};
    const struct str *f = row->fields;
    int64_t seq = 0, ts = 0;
    double share = 0;
    if (row->n != COLUMNS)
        return refuse(k, row->line, "there must be six fields", STR_EMPTY, e);
    for (size_t i = 0; i < 5; i++)
        if (names[i] != NULL && !is_id(f[i]))
            return err_set(e, ERR_INPUT, "%s, line %lld: %s must have 1 to %d bytes",
                           k->name, (long long)row->line, names[i], ID_MAX);
    if (!str_i64(f[1], &seq))
        return refuse(k, row->line, "seq must be a whole number", f[1], e);
    if (!str_i64(f[2], &ts) || ts < 0)
        return refuse(k, row->line, "ts must be seconds, or 0", f[2], e);
    if (!str_f64(f[5], &share) || share < 0 || share > 1)
        return refuse(k, row->line, "correct must be 0 to 1", f[5], e);
    int32_t student = student_of(k, f[0]);
    struct person *p = (struct person *)k->people.p + student;
    if (seq != p->rows)
        return err_set(e, ERR_INPUT,
                       "%s, line %lld: seq must be %d here (it counts inside a student "
                       "from 0 without gaps), not %lld",
                       k->name, (long long)row->line, p->rows, (long long)seq);
    p->rows++;
    struct row *r = vec_push(&k->rows);
    *r = (struct row){student, numbered(k, k->items, f[3]), numbered(k, k->skills, f[4]),
                      ts, (float)share};
    return 0;
}

static int add_pair(struct evalkt *k, const struct csv_row *row, struct err *e)
{
    if (row->n != 2 || !is_id(row->fields[0]) || !is_id(row->fields[1]))
        return refuse(k, row->line, "there must be two fields of 1 to 64 bytes",
                      STR_EMPTY, e);
    int32_t item = number_of(k->items, row->fields[0]);
    if (item < 0)
        return 0; /* nobody answered it */
    int32_t *pair = vec_push(&k->pairs);
    pair[0] = item;
    pair[1] = numbered(k, k->q_skills, row->fields[1]);
    return 0;
}

static int take_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct evalkt *k = ctx;
    if (row->bad != NULL)
        return refuse(k, row->line, row->bad, STR_EMPTY, e);
    if (!k->header)
        return check_header(k, row, e);
    return k->file == EVALKT_PAIRS ? add_pair(k, row, e) : add_answer(k, row, e);
}

void evalkt_begin(struct evalkt *k, enum evalkt_file file, const char *name)
{
    static const struct csv_opt opt = {.separator = ',',
                                       .bytes = EVALKT_BYTES_MAX,
                                       .rows = EVALKT_ROWS_MAX + 1,
                                       .fields = 16,
                                       .field_n = 1024};
    k->file = file;
    k->name = name;
    k->csv = csv_new(k->a, &opt, take_row, k);
    k->header = false;
    if (file != EVALKT_PAIRS)
        k->students = map_new(k->a); /* other people, even if ids are the same */
    k->last_id = STR_EMPTY;
    k->apart = k->apart || file == EVALKT_TEST;
}

int evalkt_push(struct evalkt *k, struct str bytes, struct err *e)
{
    return csv_push(k->csv, bytes, e);
}

int evalkt_end(struct evalkt *k, struct err *e)
{
    if (csv_end(k->csv, e) != 0)
        return -1;
    if (!k->header)
        return err_set(e, ERR_INPUT, "%s is empty", k->name);
    return 0;
}

size_t evalkt_rows(const struct evalkt *k)
{
    return k->rows.n;
}

/* Where the rows of each person of one side go: from[] of struct answers, and each
 * person's number there. */
static int32_t *lay_out(struct evalkt *k, bool test, int32_t *number, struct answers *out)
{
    const struct person *people = k->people.p;
    int32_t *from = ARENA_ARRAY(k->a, int32_t, k->people.n + 1);
    for (size_t i = 0; i < k->people.n; i++) {
        bool is_test = k->apart ? people[i].second : people[i].chosen;
        if (is_test != test)
            continue;
        number[i] = out->student_n++;
        from[out->student_n] = from[number[i]] + people[i].rows;
    }
    out->n = (size_t)from[out->student_n];
    return from;
}

static void fill(struct evalkt *k, bool test, struct answers *out)
{
    int32_t *number = ARENA_ARRAY(k->a, int32_t, k->people.n);
    for (size_t i = 0; i < k->people.n; i++)
        number[i] = -1;
    int32_t *from = lay_out(k, test, number, out);
    int32_t *next = ARENA_ARRAY(k->a, int32_t, (size_t)out->student_n + 1);
    struct answer *rows = ARENA_ARRAY(k->a, struct answer, out->n);
    memcpy(next, from, ((size_t)out->student_n + 1) * sizeof *next);
    for (size_t i = 0; i < k->rows.n; i++) {
        const struct row *r = (const struct row *)k->rows.p + i;
        int32_t s = number[r->student];
        if (s < 0)
            continue;
        float partial = r->share > 0 && r->share < 1 ? r->share : 0;
        rows[next[s]++] =
            (struct answer){s, r->item, r->skill, r->at_s, r->share >= .5f, partial};
    }
    out->rows = rows;
    out->from = from;
    out->item_n = (int32_t)map_len(k->items);
    out->skill_n = (int32_t)map_len(k->skills);
}

/* The pairs, by item; each once. */
static void fill_pairs(struct evalkt *k, struct answers *out)
{
    size_t items = map_len(k->items), n = 0;
    const int32_t(*pairs)[2] = k->pairs.p;
    if (k->pairs.n == 0)
        return;
    int32_t *from = ARENA_ARRAY(k->a, int32_t, items + 2);
    int32_t *skill = ARENA_ARRAY(k->a, int32_t, k->pairs.n);
    int32_t *sorted = ARENA_ARRAY(k->a, int32_t, k->pairs.n);
    for (size_t i = 0; i < k->pairs.n; i++)
        from[pairs[i][0] + 2]++;
    for (size_t i = 1; i <= items + 1; i++)
        from[i] += from[i - 1];
    for (size_t i = 0; i < k->pairs.n; i++)
        sorted[from[pairs[i][0] + 1]++] = pairs[i][1];
    for (size_t i = 0; i < items; i++) {
        size_t start = n;
        for (int32_t j = from[i]; j < from[i + 1]; j++) {
            bool twice = false;
            for (size_t m = start; m < n; m++)
                twice = twice || skill[m] == sorted[j];
            if (!twice)
                skill[n++] = sorted[j];
        }
        from[i] = (int32_t)start;
    }
    from[items] = (int32_t)n;
    out->q_from = from;
    out->q_skill = skill;
    out->q_skill_n = (int32_t)map_len(k->q_skills);
}

int evalkt_split(struct evalkt *k, struct answers *train, struct answers *test,
                 struct err *e)
{
    *train = *test = (struct answers){0};
    fill(k, false, train);
    fill(k, true, test);
    if (train->n == 0 || test->n == 0)
        return err_set(e, ERR_INPUT,
                       "%s: no %s students (TEST: CRC-32 of the id divisible by 5); see "
                       "--split",
                       k->name, train->n == 0 ? "TRAIN" : "TEST");
    fill_pairs(k, train);
    test->q_from = train->q_from;
    test->q_skill = train->q_skill;
    test->q_skill_n = train->q_skill_n;
    return 0;
}

/* --- what is measured ---------------------------------------------------------- */

/* What a run shares. */
struct run {
    struct evalkt *k;
    const struct evalkt_opts *opts;
    struct answers train, test;
    double *p, *truth; /* of TEST */
};

static void step(const struct run *r, const char *text)
{
    if (r->opts->progress != NULL)
        r->opts->progress(r->opts->ctx, text);
}

/* Finish a side whose probabilities are in r->p. */
static void measured(struct run *r, struct evalkt_side *side, int64_t t0, int64_t t1,
                     int64_t t2)
{
    struct arena *scratch = arena_new(((size_t)64 << 20) + r->test.n * 64);
    side->fit_us = t1 - t0;
    side->test_us = t2 - t1;
    side->m = measure_of(scratch, r->p, r->truth, r->test.n);
    arena_free(scratch);
}

struct rate {
    double n, sum;
};

/* A plain rate to compare with: the item's share in TRAIN, drawn towards its skill's,
 * and that towards everybody's. Knows nothing of the person. */
static void item_rate(struct run *r, struct evalkt_side *side)
{
    const struct answers *train = &r->train;
    int64_t t0 = r->opts->now_us();
    struct rate all = {0, 0};
    struct rate *item = ARENA_ARRAY(r->k->a, struct rate, (size_t)train->item_n);
    struct rate *skill = ARENA_ARRAY(r->k->a, struct rate, (size_t)train->skill_n);
    for (size_t i = 0; i < train->n; i++) {
        const struct answer *a = &train->rows[i];
        struct rate *three[] = {&all, &item[a->item], &skill[a->skill]};
        for (size_t j = 0; j < 3; j++) {
            three[j]->n += 1;
            three[j]->sum += answer_share(a);
        }
    }
    int64_t t1 = r->opts->now_us();
    for (size_t i = 0; i < r->test.n; i++) {
        const struct answer *a = &r->test.rows[i];
        const struct rate *of = &item[a->item], *on = &skill[a->skill];
        double p = (on->sum + 20 * all.sum / all.n) / (on->n + 20);
        r->p[i] = (of->sum + 8 * p) / (of->n + 8);
    }
    side->name = "item_rate";
    measured(r, side, t0, t1, r->opts->now_us());
}

/* The model that people are shown: the probability of mastery, skill by skill. */
static void display(struct run *r, struct evalkt_side *side)
{
    const struct bkt_opts opts = {0};
    struct arena *a = arena_new(ARENA_MAX);
    struct bkt_model m;
    double *p = ARENA_ARRAY(a, double, (size_t)r->train.skill_n);
    step(r, "display model: fitting");
    int64_t t0 = r->opts->now_us();
    bkt_fit(a, &r->train, &opts, &m);
    int64_t t1 = r->opts->now_us();
    for (size_t i = 0; i < r->test.n; i++) {
        const struct answer *row = &r->test.rows[i];
        const struct skill_bkt *b = &m.skills[row->skill].bkt;
        if (i == 0 || row->student != r->test.rows[i - 1].student)
            for (int32_t k = 0; k < r->train.skill_n; k++)
                p[k] = bkt_start(&m.skills[k].bkt);
        r->p[i] = bkt_predict(b, p[row->skill]);
        p[row->skill] = bkt_update(b, p[row->skill], row->right);
    }
    side->name = "display";
    measured(r, side, t0, t1, r->opts->now_us());
    arena_free(a);
}

static void fit_step(void *ctx, const char *text)
{
    struct run *r = ctx;
    char line[80];
    snprintf(line, sizeof line, "predictor: %s", text);
    step(r, line);
}

/* The model that recommendations go by. */
static void predictor(struct run *r, struct evalkt_side *side)
{
    struct arena *a = arena_new(ARENA_MAX), *scratch = arena_new(ARENA_MAX);
    struct lkt_opts opts = {r->opts->seed, fit_step, r};
    int64_t t0 = r->opts->now_us();
    const struct lkt_model *m = lkt_fit(a, scratch, &r->train, &opts);
    int64_t t1 = r->opts->now_us();
    arena_free(scratch);
    step(r, "predictor: foretelling");
    struct lkt_person *p = lkt_person_new(a);
    int64_t t2 = r->opts->now_us();
    for (size_t i = 0; i < r->test.n; i++) {
        if (i == 0 || r->test.rows[i].student != r->test.rows[i - 1].student)
            lkt_person_reset(p);
        r->p[i] = lkt_predict(m, p, &r->test.rows[i]);
        lkt_update(m, p, &r->test.rows[i]);
    }
    side->name = "predictor";
    measured(r, side, 0, t1 - t0, t1 - t0 + r->opts->now_us() - t2);
    arena_free(a);
}

int evalkt_run(struct evalkt *k, const struct evalkt_opts *opts,
               struct evalkt_result *out, struct err *e)
{
    struct run r = {.k = k, .opts = opts};
    *out = (struct evalkt_result){0};
    if (evalkt_split(k, &r.train, &r.test, e) != 0)
        return -1;
    out->train_rows = r.train.n;
    out->test_rows = r.test.n;
    out->train_students = r.train.student_n;
    out->test_students = r.test.student_n;
    out->items = r.train.item_n;
    out->skills = r.train.skill_n;
    r.p = ARENA_ARRAY(k->a, double, r.test.n);
    r.truth = ARENA_ARRAY(k->a, double, r.test.n);
    for (size_t i = 0; i < r.test.n; i++)
        r.truth[i] = answer_share(&r.test.rows[i]);
    item_rate(&r, &out->sides[out->sides_n++]);
    display(&r, &out->sides[out->sides_n++]);
    predictor(&r, &out->sides[out->sides_n++]);
    return 0;
}
