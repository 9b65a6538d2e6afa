#include "learn/evalrec.h"

#include "base/crc.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/acyclic.h"
#include "engine/num.h"
#include "file/csv.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX 64
#define COLUMNS_MAX 3
#define CONTENT_REACH 5
#define FIRST 3 /* questions for the blend begin so many items into a history */

/* Texts numbered in order of first appearance. */
struct names {
    struct map *by_text; /* text -> its entry */
    struct vec v;        /* struct str */
    struct vec ords;     /* of pointers: entries that do not move */
};

static void names_init(struct names *n, struct arena *a)
{
    n->by_text = map_new(a);
    vec_init(&n->v, a, sizeof(struct str));
    vec_init(&n->ords, a, sizeof(int32_t *));
}

static int32_t names_find(const struct names *n, struct str text)
{
    const int32_t *ord = map_get(n->by_text, text);
    return ord != NULL ? *ord : -1;
}

static int32_t names_add(struct names *n, struct arena *a, struct str text)
{
    int32_t ord = names_find(n, text);
    if (ord < 0) {
        int32_t *own = ARENA_NEW(a, int32_t);
        ord = *own = (int32_t)n->v.n;
        *(struct str *)vec_push(&n->v) = str_dup(a, text);
        (void)map_put(n->by_text, text, own);
    }
    return ord;
}

struct row {
    int32_t student, item;
    int64_t seq;
};

struct pair {
    int32_t from, to;
};

struct query {
    int32_t student;
    size_t at; /* index of the row asked for */
};

struct eval {
    struct arena *a;
    const struct evalrec_in *in;
    struct evalrec_result *out;
    struct names students, items, skills;
    struct vec rows;    /* struct row; sorted by student and seq once read */
    size_t *from;       /* of students, into rows */
    int32_t *had;       /* items, as the rows stand */
    struct vec queries; /* struct query */
    struct vec needs;   /* struct pair: skill, required; sorted */
    struct vec about;   /* struct pair: item, skill; sorted */
    size_t *need_from, *about_from;
    size_t item_n, skill_n;
    struct transit_model model;
    /* room for one question */
    int32_t *age; /* by skill: items since it was had, or -1 */
    double weight[EVALREC_PARTS];
};

/* One file being read: its name, its columns, and what to do with a row. */
struct reader {
    struct eval *v;
    const char *name;
    const char *columns[COLUMNS_MAX];
    size_t column_n;
    size_t at[COLUMNS_MAX];
    bool begun;
    int (*row)(struct reader *r, const struct str *field, struct err *e);
    int64_t line;
};

static int bad(const struct reader *r, struct err *e, const char *why)
{
    return err_set(e, ERR_INPUT, "%s, line %lld: %s", r->name, (long long)r->line, why);
}

static int read_header(struct reader *r, const struct csv_row *row, struct err *e)
{
    for (size_t c = 0; c < r->column_n; c++) {
        size_t i = 0;
        while (i < row->n && !str_is(str_trim(row->fields[i]), r->columns[c])) {
            i++;
        }
        if (i == row->n) {
            return err_set(e, ERR_INPUT, "%s has no column %s", r->name, r->columns[c]);
        }
        r->at[c] = i;
    }
    r->begun = true;
    return 0;
}

static int on_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct reader *r = ctx;
    struct str field[COLUMNS_MAX];
    r->line = row->line;
    if (row->bad != NULL) {
        return bad(r, e, row->bad);
    }
    if (!r->begun) {
        return read_header(r, row, e);
    }
    for (size_t c = 0; c < r->column_n; c++) {
        if (r->at[c] >= row->n) {
            return bad(r, e, "it has fewer fields than the header");
        }
        field[c] = str_trim(row->fields[r->at[c]]);
        if (field[c].n == 0 || field[c].n > ID_MAX) {
            return bad(r, e, "a field is empty or longer than 64 bytes");
        }
    }
    return r->row(r, field, e);
}

static int read_file(struct reader *r, struct str bytes, struct err *e)
{
    struct csv_opt opt = {.bytes = EVALREC_BYTES_MAX, .rows = 50000000};
    if (csv_read(r->v->a, bytes, &opt, on_row, r, e) != 0) {
        return -1;
    }
    return r->begun ? 0 : err_set(e, ERR_INPUT, "%s is empty", r->name);
}

static int row_item(struct reader *r, const struct str *f, struct err *e)
{
    struct row row = {0};
    if (!str_i64(f[1], &row.seq)) {
        return bad(r, e, "seq is not a whole number");
    }
    row.student = names_add(&r->v->students, r->v->a, f[0]);
    row.item = names_add(&r->v->items, r->v->a, f[2]);
    *(struct row *)vec_push(&r->v->rows) = row;
    return 0;
}

static bool is_test(const struct eval *v, int32_t student)
{
    return crc_32(((const struct str *)v->students.v.p)[student]) % 5 == 0;
}

static int row_query(struct reader *r, const struct str *f, struct err *e)
{
    struct eval *v = r->v;
    int64_t seq = 0;
    int32_t student = names_find(&v->students, f[0]);
    if (student < 0 || !str_i64(f[1], &seq)) {
        return bad(r, e, "no such student, or seq is not a whole number");
    }
    if (!is_test(v, student)) {
        return bad(r, e, "this student is in TRAIN");
    }
    const struct row *rows = v->rows.p;
    for (size_t i = v->from[student]; i < v->from[student + 1]; i++) {
        if (rows[i].seq == seq) {
            *(struct query *)vec_push(&v->queries) = (struct query){student, i};
            return 0;
        }
    }
    return bad(r, e, "the student has no row with this seq");
}

static int row_pair(struct reader *r, const struct str *f, struct err *e)
{
    struct eval *v = r->v;
    int32_t item = names_find(&v->items, f[0]);
    (void)e;
    if (item >= 0) {
        *(struct pair *)vec_push(&v->about) =
            (struct pair){item, names_add(&v->skills, v->a, f[1])};
    }
    return 0;
}

static int row_need(struct reader *r, const struct str *f, struct err *e)
{
    struct eval *v = r->v;
    (void)e;
    int32_t skill = names_add(&v->skills, v->a, f[0]);
    int32_t required = names_add(&v->skills, v->a, f[1]);
    *(struct pair *)vec_push(&v->needs) = (struct pair){skill, required};
    return 0;
}

static int by_row(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->student != y->student) {
        return x->student < y->student ? -1 : 1;
    }
    if (x->seq != y->seq) {
        return x->seq < y->seq ? -1 : 1;
    }
    return (x->item > y->item) - (x->item < y->item);
}

static int by_pair(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return (x->to > y->to) - (x->to < y->to);
}

struct named {
    struct str text;
    int64_t number;
    int32_t ord;
};

static int by_number(const void *a, const void *b)
{
    const struct named *x = a;
    const struct named *y = b;
    return x->number != y->number ? (x->number > y->number) - (x->number < y->number)
                                  : str_cmp(x->text, y->text);
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const struct named *)a)->text, ((const struct named *)b)->text);
}

/* Number the items anew in their order, and the rows with them. */
static void order_items(struct eval *v)
{
    size_t n = v->items.v.n;
    struct str *text = v->items.v.p;
    struct named *s = ARENA_ARRAY(v->a, struct named, n);
    int32_t *place = ARENA_ARRAY(v->a, int32_t, n);
    bool numbers = true;
    for (size_t i = 0; i < n; i++) {
        s[i] = (struct named){.text = text[i], .ord = (int32_t)i};
        numbers = str_i64(text[i], &s[i].number) && numbers;
    }
    qsort(s, n, sizeof(*s), numbers ? by_number : by_text);
    for (size_t i = 0; i < n; i++) {
        place[s[i].ord] = (int32_t)i;
        text[i] = s[i].text;
        *(int32_t *)map_get(v->items.by_text, s[i].text) = (int32_t)i;
    }
    struct row *rows = v->rows.p;
    for (size_t i = 0; i < v->rows.n; i++) {
        rows[i].item = place[rows[i].item];
    }
    v->item_n = n;
}

/* Sort the rows, leave out what a student had before, and index the students. */
static void order_rows(struct eval *v)
{
    struct row *rows = v->rows.p;
    size_t *last = ARENA_ARRAY(v->a, size_t, v->item_n); /* student + 1 who had it last */
    size_t n = 0;
    qsort(rows, v->rows.n, sizeof(*rows), by_row);
    v->from = ARENA_ARRAY(v->a, size_t, v->students.v.n + 1);
    v->had = ARENA_ARRAY(v->a, int32_t, v->rows.n);
    for (size_t i = 0; i < v->rows.n; i++) {
        size_t student = (size_t)rows[i].student + 1;
        if (last[rows[i].item] != student) {
            last[rows[i].item] = student;
            v->had[n] = rows[i].item;
            rows[n++] = rows[i];
            v->from[student] = n;
        }
    }
    v->rows.n = n;
}

static int read_rows(struct eval *v, struct err *e)
{
    struct reader r = {.v = v,
                       .name = "the file of items",
                       .columns = {"student", "seq", "item"},
                       .column_n = 3,
                       .row = row_item};
    if (read_file(&r, v->in->rows, e) != 0) {
        return -1;
    }
    if (v->rows.n == 0) {
        return err_set(e, ERR_INPUT, "the file of items has no rows");
    }
    order_items(v);
    order_rows(v);
    return 0;
}

static int read_queries(struct eval *v, struct err *e)
{
    struct reader r = {.v = v,
                       .name = "the file of queries",
                       .columns = {"student", "seq"},
                       .column_n = 2,
                       .row = row_query};
    if (read_file(&r, v->in->queries, e) != 0) {
        return -1;
    }
    return v->queries.n > 0 ? 0
                            : err_set(e, ERR_INPUT, "the file of queries has no rows");
}

/* Sorted, each once, with where each begins. */
static size_t *order_pairs(struct eval *v, struct vec *pairs, size_t n)
{
    struct pair *p = pairs->p;
    size_t kept = 0;
    size_t *from = ARENA_ARRAY(v->a, size_t, n + 1);
    if (pairs->n > 0) {
        qsort(p, pairs->n, sizeof(*p), by_pair);
    }
    for (size_t i = 0; i < pairs->n; i++) {
        if (kept == 0 || by_pair(&p[kept - 1], &p[i]) != 0) {
            p[kept++] = p[i];
            from[p[kept - 1].from + 1]++;
        }
    }
    pairs->n = kept;
    for (size_t i = 0; i < n; i++) {
        from[i + 1] += from[i];
    }
    return from;
}

/* A circle of requirements could never be met: refuse it by name. */
static int refuse_circle(struct eval *v, struct err *e)
{
    const struct pair *p = v->needs.p;
    const struct str *name = v->skills.v.p;
    struct acyclic *g = acyclic_new(v->a, v->skill_n);
    for (size_t i = 0; i < v->needs.n; i++) {
        const int32_t *nodes = NULL;
        if (acyclic_add(g, p[i].to, p[i].from) == ACYCLIC_ADDED) {
            continue;
        }
        size_t n = acyclic_circle(g, &nodes);
        struct buf b;
        buf_init(&b, v->a, 256);
        for (size_t k = 0; k < n && k < 20; k++) {
            buf_fmt(&b, "%.*s, ", STR_ARG(name[nodes[k]]));
        }
        struct str text = buf_view(&b);
        return err_set(e, ERR_INPUT, "the prerequisites have a circle: %.*s",
                       (int)(text.n > 2 ? text.n - 2 : 0), text.p);
    }
    return 0;
}

static int read_graph(struct eval *v, struct err *e)
{
    struct reader q = {.v = v,
                       .name = "the file of items and skills",
                       .columns = {"item", "skill"},
                       .column_n = 2,
                       .row = row_pair};
    struct reader p = {.v = v,
                       .name = "the file of prerequisites",
                       .columns = {"skill", "requires"},
                       .column_n = 2,
                       .row = row_need};
    if (v->in->pairs.n > 0 && read_file(&q, v->in->pairs, e) != 0) {
        return -1;
    }
    if (v->in->prerequisites.n > 0 && read_file(&p, v->in->prerequisites, e) != 0) {
        return -1;
    }
    if (v->in->pairs.n == 0) { /* each item is its own skill */
        for (size_t i = 0; i < v->item_n; i++) {
            struct str text = ((const struct str *)v->items.v.p)[i];
            *(struct pair *)vec_push(&v->about) =
                (struct pair){(int32_t)i, names_add(&v->skills, v->a, text)};
        }
    }
    v->skill_n = v->skills.v.n;
    v->need_from = order_pairs(v, &v->needs, v->skill_n);
    v->about_from = order_pairs(v, &v->about, v->item_n);
    v->age = ARENA_ARRAY(v->a, int32_t, v->skill_n);
    return refuse_circle(v, e);
}

/* How long ago each skill was had, in items; -1 never. */
static void set_ages(struct eval *v, const int32_t *history, size_t n)
{
    const struct pair *about = v->about.p;
    for (size_t i = 0; i < v->skill_n; i++) {
        v->age[i] = -1;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = v->about_from[history[i]]; k < v->about_from[history[i] + 1];
             k++) {
            v->age[about[k].to] = (int32_t)(n - 1 - i);
        }
    }
}

/* Has the student had what the item requires? And how lately the newest of it. */
static bool required(const struct eval *v, size_t item, float *lately)
{
    const struct pair *about = v->about.p;
    const struct pair *needs = v->needs.p;
    int32_t newest = INT32_MAX;
    for (size_t k = v->about_from[item]; k < v->about_from[item + 1]; k++) {
        size_t skill = (size_t)about[k].to;
        for (size_t i = v->need_from[skill]; i < v->need_from[skill + 1]; i++) {
            int32_t age = v->age[needs[i].to];
            if (age < 0) {
                return false;
            }
            newest = age < newest ? age : newest;
        }
    }
    *lately = newest == INT32_MAX ? 0.0f : 1.0f / (1.0f + (float)newest);
    return true;
}

/* The share of the item's skills that the last items were about. */
static float alike(const struct eval *v, size_t item)
{
    const struct pair *about = v->about.p;
    size_t n = v->about_from[item + 1] - v->about_from[item];
    float sum = 0.0f;
    for (size_t k = v->about_from[item]; k < v->about_from[item + 1]; k++) {
        int32_t age = v->age[about[k].to];
        sum += age >= 0 && age < CONTENT_REACH ? 1.0f / (1.0f + (float)age) : 0.0f;
    }
    return n > 0 ? sum / (float)n : 0.0f;
}

/* The content scorer and the prerequisite scorer, and what may be recommended. */
static void fill_more(void *ctx, const int32_t *history, size_t n, float *x,
                      bool *allowed)
{
    struct eval *v = ctx;
    set_ages(v, history, n);
    for (size_t i = 0; i < v->item_n; i++) {
        float lately = 0.0f;
        allowed[i] = required(v, i, &lately);
        x[i] = v->in->pairs.n > 0 ? alike(v, i) : 0.0f;
        x[v->item_n + i] = lately;
    }
}

static bool has_graph(const struct eval *v)
{
    return v->in->prerequisites.n > 0 || v->in->pairs.n > 0;
}

/* TRAIN as the scorers take it. */
static struct transit_rows train_rows(struct eval *v)
{
    size_t student_n = v->students.v.n;
    size_t *from = ARENA_ARRAY(v->a, size_t, student_n + 1);
    int32_t *items = ARENA_ARRAY(v->a, int32_t, v->rows.n);
    struct transit_rows t = {.item_n = (int32_t)v->item_n, .from = from, .items = items};
    size_t n = 0;
    for (size_t s = 0; s < student_n; s++) {
        if (is_test(v, (int32_t)s)) {
            continue;
        }
        for (size_t i = v->from[s]; i < v->from[s + 1]; i++) {
            items[n++] = v->had[i];
        }
        from[++t.person_n] = n;
    }
    v->out->train_students = t.person_n;
    v->out->train_rows = n;
    return t;
}

static int fit(struct eval *v, struct err *e)
{
    struct transit_rows train = train_rows(v);
    struct blend_more more = {EVALREC_PARTS - TRANSIT_PARTS, fill_more, v};
    int64_t t0 = v->in->now_us();
    if (train.person_n == 0) {
        return err_set(e, ERR_INPUT, "nobody is in TRAIN");
    }
    transit_fit(v->a, &train, &v->model);
    int64_t t1 = v->in->now_us();
    memcpy(v->weight, v->model.weight, sizeof(v->model.weight));
    if (!v->in->defaults) {
        blend_transit(&train, has_graph(v) ? &more : NULL, FIRST, &v->out->blend);
        memcpy(v->weight, v->out->blend.weight, sizeof(v->weight));
        memcpy(v->model.weight, v->weight, sizeof(v->model.weight));
    }
    v->out->fit_seconds = (double)(t1 - t0) / 1e6;
    v->out->blend_seconds = (double)(v->in->now_us() - t1) / 1e6;
    memcpy(v->out->weight, v->weight, sizeof(v->weight));
    return 0;
}

/* Room for one question, made once. */
struct asked {
    struct transit_work *w;
    float *score;
    float *extra;
    bool *allowed;
    int32_t top[EVALREC_TOP];
    size_t top_n;
};

/* Put an item among the ten best; earlier items win ties. */
static void put_top(struct asked *q, int32_t item)
{
    size_t at = q->top_n;
    if (at == EVALREC_TOP && !(q->score[item] > q->score[q->top[at - 1]])) {
        return;
    }
    at = at == EVALREC_TOP ? at - 1 : at;
    q->top_n = at + 1;
    for (; at > 0 && q->score[item] > q->score[q->top[at - 1]]; at--) {
        q->top[at] = q->top[at - 1];
    }
    q->top[at] = item;
}

/* The question itself: all items scored, the ten best picked. */
static void ask(struct eval *v, struct asked *q, const int32_t *history, size_t n)
{
    memset(q->allowed, true, v->item_n);
    transit_score(&v->model, q->w, history, n, q->score);
    if (has_graph(v)) {
        fill_more(v, history, n, q->extra, q->allowed);
        for (size_t i = 0; i < v->item_n; i++) {
            q->score[i] +=
                (float)v->weight[EVALREC_CONTENT] * q->extra[i] +
                (float)v->weight[EVALREC_PREREQUISITE] * q->extra[v->item_n + i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        q->allowed[history[i]] = false;
    }
    q->top_n = 0;
    for (size_t i = 0; i < v->item_n; i++) {
        if (q->allowed[i]) {
            put_top(q, (int32_t)i);
        }
    }
}

/* Does recommending `item` break a requirement? Worked out from the files alone, so that
 * it would show a mistake of the scorers. */
static bool breaks(const struct eval *v, int32_t item, const int32_t *history, size_t n)
{
    const struct pair *about = v->about.p;
    const struct pair *needs = v->needs.p;
    for (size_t i = 0; i < v->needs.n; i++) {
        struct pair is = {item, needs[i].from};
        if (v->about.n == 0 ||
            bsearch(&is, about, v->about.n, sizeof(is), by_pair) == NULL) {
            continue;
        }
        bool met = false;
        for (size_t h = 0; h < n && !met; h++) {
            struct pair had = {history[h], needs[i].to};
            met = bsearch(&had, about, v->about.n, sizeof(had), by_pair) != NULL;
        }
        if (!met) {
            return true;
        }
    }
    return false;
}

struct tally {
    double hr5, hr10, ndcg, mrr;
    size_t broken, shown;
    bool *covered;
};

static void judge(struct eval *v, const struct asked *q, const struct query *query,
                  struct tally *t)
{
    const int32_t *history = v->had + v->from[query->student];
    size_t n = query->at - v->from[query->student];
    int32_t taken = v->had[query->at];
    size_t rank = 1;
    for (size_t i = 0; i < v->item_n; i++) {
        bool ahead = q->score[i] > q->score[taken] ||
                     (q->score[i] == q->score[taken] && (int32_t)i < taken);
        rank += q->allowed[i] && ahead ? 1 : 0;
    }
    if (q->allowed[taken]) { /* else it is not in the ranking at all */
        t->hr5 += rank <= 5 ? 1.0 : 0.0;
        t->hr10 += rank <= EVALREC_TOP ? 1.0 : 0.0;
        t->ndcg += rank <= EVALREC_TOP ? num_log(2.0) / num_log((double)rank + 1.0) : 0.0;
        t->mrr += 1.0 / (double)rank;
    }
    for (size_t k = 0; k < q->top_n; k++) {
        t->covered[q->top[k]] = true;
        t->broken += breaks(v, q->top[k], history, n) ? 1 : 0;
    }
    t->shown += q->top_n;
}

static void measure(struct eval *v)
{
    const struct query *queries = v->queries.p;
    struct asked q = {.w = transit_work_new(v->a, &v->model),
                      .score = ARENA_ARRAY(v->a, float, v->item_n),
                      .extra = ARENA_ARRAY(v->a, float, 2 * v->item_n),
                      .allowed = ARENA_ARRAY(v->a, bool, v->item_n)};
    struct tally t = {.covered = ARENA_ARRAY(v->a, bool, v->item_n)};
    struct evalrec_result *out = v->out;
    size_t covered = 0;
    int64_t t0 = v->in->cpu_us();
    for (size_t i = 0; i < v->queries.n; i++) { /* to time them, all in one go */
        size_t begin = v->from[queries[i].student];
        ask(v, &q, v->had + begin, queries[i].at - begin);
    }
    int64_t spent = v->in->cpu_us() - t0;
    for (size_t i = 0; i < v->queries.n; i++) {
        size_t begin = v->from[queries[i].student];
        ask(v, &q, v->had + begin, queries[i].at - begin);
        judge(v, &q, &queries[i], &t);
    }
    for (size_t i = 0; i < v->item_n; i++) {
        covered += t.covered[i] ? 1 : 0;
    }
    double n = (double)v->queries.n;
    out->queries = v->queries.n;
    out->items = v->item_n;
    out->hr5 = t.hr5 / n;
    out->hr10 = t.hr10 / n;
    out->ndcg10 = t.ndcg / n;
    out->mrr = t.mrr / n;
    out->coverage = (double)covered / (double)v->item_n;
    out->broken_prerequisites = t.shown > 0 ? (double)t.broken / (double)t.shown : 0.0;
    out->us_per_query = (double)spent / n;
}

int evalrec_run(struct arena *a, const struct evalrec_in *in, struct evalrec_result *out,
                struct err *e)
{
    struct eval v = {.a = a, .in = in, .out = out};
    *out = (struct evalrec_result){0};
    names_init(&v.students, a);
    names_init(&v.items, a);
    names_init(&v.skills, a);
    vec_init(&v.rows, a, sizeof(struct row));
    vec_init(&v.queries, a, sizeof(struct query));
    vec_init(&v.needs, a, sizeof(struct pair));
    vec_init(&v.about, a, sizeof(struct pair));
    if (read_rows(&v, e) != 0 || read_queries(&v, e) != 0 || read_graph(&v, e) != 0 ||
        fit(&v, e) != 0) {
        return -1;
    }
    measure(&v);
    return 0;
}

const char *evalrec_part_name(int part)
{
    return part == EVALREC_CONTENT        ? "content"
           : part == EVALREC_PREREQUISITE ? "prerequisite"
                                          : transit_part_name((enum transit_part)part);
}
