#include "engine/transit.h"

#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AFTER_REACH 12   /* items back that "after" looks */
#define AFTER_DECAY 0.7f /* for each item further back */
#define NEAR_REACH 30    /* items between that "near" counts */
#define NEAR_DECAY 0.8f
#define NEXT_DECAY 0.5f
#define TOGETHER_REACH 30
#define RUNS_UNTIL (TRANSIT_DOC_BYTES - (64 << 10)) /* a document has room for so many */
#define STEP_WORK 20000000u /* comparisons for "step": beyond, some rows stand for all */

/* Found on the held-out learners of four public data sets (README.md): round means, for
 * whoever has too few learners to fit them. */
static const double default_weight[TRANSIT_PARTS] = {-1.0, 0.5, 0.25, 1.0, 0.1,
                                                     0.1,  0.1, 0.1,  0.0, 0.1};

const char *transit_part_name(enum transit_part part)
{
    static const char *const names[] = {"popular", "after", "next", "together", "two",
                                        "three",   "four",  "five", "place",    "step"};
    return names[part];
}

/* Natural logarithm of x > 0 to 1e-7: this is called some hundred times a question. The
 * same bits everywhere, as it uses + - * / alone. */
static float quick_log(float x)
{
    uint32_t bits;
    float m;
    memcpy(&bits, &x, sizeof(bits));
    /* The exponent that leaves a mantissa in sqrt(1/2)..sqrt(2). */
    int32_t k = (int32_t)(bits - 0x3f3504f3u) >> 23;
    bits -= (uint32_t)k << 23;
    memcpy(&m, &bits, sizeof(m));
    float f = (m - 1.0f) / (m + 1.0f);
    float g = f * f;
    float sum = 2.0f + g * (0.66666667f + g * (0.4f + g * 0.28571429f));
    return f * sum + 0.69314718f * (float)k;
}

/* x[i] = log(x[i] * by + base[i] * share), eight at a time so that the compiler may take
 * them together. */
static void log_row(float *restrict x, const float *restrict base, float by, float share,
                    size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (size_t k = 0; k < 8; k++) {
            x[i + k] = quick_log(x[i + k] * by + base[i + k] * share);
        }
    }
    for (; i < n; i++) {
        x[i] = quick_log(x[i] * by + base[i] * share);
    }
}

/* Which of TRANSIT_PLACES a history of n items is in: finer at the beginning. */
static int32_t place_of(size_t n)
{
    int32_t place = 0;
    for (; n > 2 && place < TRANSIT_PLACES - 1; n = n * 2 / 3) {
        place++;
    }
    return place;
}

/* Which of TRANSIT_STEPS leads from one item to another, by their order. */
static int32_t step_of(int32_t from, int32_t to)
{
    int32_t d = to >= from ? to - from : from - to;
    int32_t far = d <= 8    ? d
                  : d <= 12 ? 9
                  : d <= 20 ? 10
                  : d <= 40 ? 11
                  : d <= 80 ? 12
                            : 13;
    return to >= from ? far : TRANSIT_STEPS / 2 + far;
}

static size_t cells(const struct transit_model *m)
{
    return (size_t)m->n * (size_t)m->n;
}

static void make_tables(struct arena *a, struct transit_model *m)
{
    size_t n = (size_t)m->n;
    m->had = ARENA_ARRAY(a, float, n);
    m->log_had = ARENA_ARRAY(a, float, n);
    m->usual = ARENA_ARRAY(a, float, n);
    m->ones = ARENA_ARRAY(a, float, n);
    m->log_step = ARENA_ARRAY(a, float, 2 * n);
    m->ahead = ARENA_ARRAY(a, float, cells(m));
    m->near = ARENA_ARRAY(a, float, cells(m));
    m->log_after = ARENA_ARRAY(a, float, cells(m));
    m->cosine = ARENA_ARRAY(a, float, cells(m));
    m->place = ARENA_ARRAY(a, float, TRANSIT_PLACES *n);
    m->log_place = ARENA_ARRAY(a, float, TRANSIT_PLACES *n);
    for (int lag = 0; lag < TRANSIT_LAGS; lag++) {
        m->follow[lag] = ARENA_ARRAY(a, float, cells(m));
        m->follow_sum[lag] = ARENA_ARRAY(a, float, n);
    }
}

struct popular {
    int64_t n;
    int32_t item;
};

static int by_popularity(const void *a, const void *b)
{
    const struct popular *x = a;
    const struct popular *y = b;
    if (x->n != y->n) {
        return x->n > y->n ? -1 : 1;
    }
    return (x->item > y->item) - (x->item < y->item);
}

/* The items that somebody had, the most popular if there are too many. */
static void find_active(struct arena *a, const struct transit_rows *rows,
                        struct transit_model *m)
{
    struct popular *v = ARENA_ARRAY(a, struct popular, (size_t)m->item_n);
    for (int32_t i = 0; i < m->item_n; i++) {
        v[i].item = i;
    }
    for (size_t i = 0; i < rows->from[rows->person_n]; i++) {
        v[rows->items[i]].n++;
    }
    if (m->item_n > 0) {
        qsort(v, (size_t)m->item_n, sizeof(*v), by_popularity);
    }
    int32_t most = rows->active_max > 0 ? rows->active_max : TRANSIT_ACTIVE_MAX;
    m->active = ARENA_ARRAY(a, int32_t, (size_t)m->item_n);
    m->items = ARENA_ARRAY(a, int32_t, (size_t)m->item_n);
    for (int32_t i = 0; i < m->item_n; i++) {
        m->active[v[i].item] = i < most && v[i].n > 0 ? 0 : -1;
    }
    for (int32_t i = 0; i < m->item_n; i++) {
        if (m->active[i] >= 0) {
            m->active[i] = m->n;
            m->items[m->n++] = i;
        }
    }
}

/* One person's items (active ones, as indices) into the pairs. */
static void count_person(struct transit_model *m, const int32_t *v, const float *worth,
                         size_t n)
{
    size_t w = (size_t)m->n;
    for (size_t at = 0; at < n; at++) {
        size_t to = (size_t)v[at];
        float credit = worth[at];
        m->had[to] += 1.0f;
        m->place[(size_t)place_of(at) * w + to] += credit;
        for (size_t back = 0; back < at; back++) {
            m->ahead[(size_t)v[back] * w + to] += 1.0f;
        }
        for (size_t lag = 0; lag < NEAR_REACH && lag < at; lag++) {
            m->near[(size_t)v[at - 1 - lag] * w + to] += credit;
            credit *= NEAR_DECAY;
        }
        for (size_t lag = 0; lag < TRANSIT_LAGS && lag < at; lag++) {
            m->follow[lag][(size_t)v[at - 1 - lag] * w + to] += worth[at];
        }
    }
}

/* How often a step of each length was taken, and how often it could have been. */
static void count_steps(struct transit_model *m, const int32_t *v, size_t n, bool *had)
{
    for (size_t at = 1; at < n; at++) {
        had[v[at - 1]] = true;
        m->step[step_of(v[at - 1], v[at])] += 1.0f;
        for (int32_t i = 0; i < m->n; i++) {
            m->step_open[step_of(v[at - 1], i)] += had[i] ? 0.0f : 1.0f;
        }
    }
    for (size_t at = 0; at < n; at++) {
        had[v[at]] = false;
    }
}

static void count_all(struct arena *a, const struct transit_rows *rows,
                      struct transit_model *m)
{
    size_t row_n = rows->from[rows->person_n];
    int32_t *v = ARENA_ARRAY(a, int32_t, row_n);
    float *worth = ARENA_ARRAY(a, float, row_n);
    bool *had = ARENA_ARRAY(a, bool, (size_t)m->n);
    size_t *from = ARENA_ARRAY(a, size_t, rows->person_n + 1);
    size_t stride = 1 + row_n * (size_t)m->n / STEP_WORK;
    size_t n = 0;
    for (size_t p = 0; p < rows->person_n; p++) {
        for (size_t i = rows->from[p]; i < rows->from[p + 1]; i++) {
            if (m->active[rows->items[i]] >= 0) {
                worth[n] = rows->worth != NULL ? rows->worth[i] : 1.0f;
                v[n++] = m->active[rows->items[i]];
            }
        }
        from[p + 1] = n;
        count_person(m, v + from[p], worth + from[p], n - from[p]);
        if (p % stride == 0) {
            count_steps(m, v + from[p], n - from[p], had);
        }
    }
    struct context_rows runs = {from, rows->person_n, v, worth};
    context_fit(a, &runs, &m->runs);
    m->person_n = (int64_t)rows->person_n;
    m->row_n = (int64_t)n;
}

/* log of how often `to` came soon after `from`, of those who had not had it by then, less
 * what it is for a pair that nobody had: 0 there. */
static void work_pairs(struct transit_model *m)
{
    size_t n = (size_t)m->n;
    for (size_t i = 0; i < n; i++) {
        float never = quick_log(0.1f / (m->had[i] + 2.0f));
        for (size_t j = 0; j < n; j++) {
            float before = m->ahead[j * n + i];
            float both = m->ahead[i * n + j] + before;
            float open = m->had[i] > before ? m->had[i] - before : 0.0f;
            m->log_after[i * n + j] =
                both > 0.0f
                    ? quick_log((m->near[i * n + j] + 0.1f) / (open + 2.0f)) - never
                    : 0.0f;
            m->cosine[i * n + j] =
                both > 0.0f ? both / sqrtf((m->had[i] + 1.0f) * (m->had[j] + 1.0f))
                            : 0.0f;
        }
        for (int lag = 0; lag < TRANSIT_LAGS; lag++) {
            for (size_t j = 0; j < n; j++) {
                m->follow_sum[lag][i] += m->follow[lag][i * n + j];
            }
        }
    }
}

static void work_places(struct transit_model *m)
{
    size_t n = (size_t)m->n;
    for (size_t place = 0; place < TRANSIT_PLACES; place++) {
        float here = 0.0f;
        for (size_t i = 0; i < n; i++) {
            here += m->place[place * n + i];
        }
        for (size_t i = 0; i < n; i++) {
            m->log_place[place * n + i] =
                quick_log((m->place[place * n + i] + 5.0f * m->usual[i]) /
                          ((here + 5.0f) * m->usual[i]));
        }
    }
}

static void work_tables(struct transit_model *m)
{
    float taken = 1.0f;
    float open = 10.0f;
    m->had_sum = 1.0f;
    for (int32_t i = 0; i < m->n; i++) {
        m->log_had[i] = quick_log(m->had[i] + 0.5f);
        m->had_sum += m->had[i];
    }
    for (int i = 0; i < TRANSIT_STEPS; i++) {
        taken += m->step[i];
        open += m->step_open[i];
    }
    for (int32_t i = 0; i < 2 * m->n; i++) {
        float usual = taken / open;
        int32_t k = step_of(m->n, i);
        m->log_step[i] =
            quick_log((m->step[k] + 10.0f * usual) / ((m->step_open[k] + 10.0f) * usual));
    }
    for (int32_t i = 0; i < m->n; i++) {
        m->usual[i] = (m->had[i] + 0.5f) / m->had_sum;
        m->ones[i] = 1.0f;
    }
    work_pairs(m);
    work_places(m);
}

void transit_fit(struct arena *a, const struct transit_rows *rows,
                 struct transit_model *out)
{
    *out = (struct transit_model){.item_n = rows->item_n};
    find_active(a, rows, out);
    make_tables(a, out);
    count_all(a, rows, out);
    work_tables(out);
    memcpy(out->weight, default_weight, sizeof(default_weight));
}

struct transit_work *transit_work_new(struct arena *a, const struct transit_model *m)
{
    struct transit_work *w = ARENA_NEW(a, struct transit_work);
    w->parts = ARENA_ARRAY(a, float, TRANSIT_PARTS *(size_t)m->n);
    w->sum = ARENA_ARRAY(a, float, (size_t)m->n);
    w->recent = ARENA_ARRAY(a, int32_t, TOGETHER_REACH);
    return w;
}

static void add_row(float *restrict sum, const float *restrict row, float by, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (size_t k = 0; k < 8; k++) {
            sum[i + k] += by * row[i + k];
        }
    }
    for (; i < n; i++) {
        sum[i] += by * row[i];
    }
}

static void part_after(const struct transit_model *m, float *x, const int32_t *last,
                       size_t n)
{
    float decay = 1.0f;
    for (size_t k = 0; k < n && k < AFTER_REACH; k++) {
        add_row(x, m->log_after + (size_t)last[k] * (size_t)m->n, decay, (size_t)m->n);
        decay *= AFTER_DECAY;
    }
}

static void part_next(const struct transit_model *m, float *x, const int32_t *last,
                      size_t n)
{
    float decay = 1.0f;
    float sum = 0.0f;
    for (size_t k = 0; k < n && k < TRANSIT_LAGS; k++) {
        float by = decay / (m->follow_sum[k][last[k]] + 1.0f);
        add_row(x, m->follow[k] + (size_t)last[k] * (size_t)m->n, by, (size_t)m->n);
        sum += decay;
        decay *= NEXT_DECAY;
    }
    log_row(x, m->usual, 1.0f / (sum > 0.0f ? sum : 1.0f), 0.05f, (size_t)m->n);
}

static void part_together(const struct transit_model *m, float *x, const int32_t *last,
                          size_t n)
{
    size_t reach = n < TOGETHER_REACH ? n : TOGETHER_REACH;
    for (size_t k = 0; k < reach; k++) {
        add_row(x, m->cosine + (size_t)last[k] * (size_t)m->n, 1.0f, (size_t)m->n);
    }
    log_row(x, m->ones, 1.0f / (float)(reach > 0 ? reach : 1), 0.01f, (size_t)m->n);
}

/* The run's count against what the last item alone says: log(1 + count / (2 p)). */
static void part_runs(const struct transit_model *m, float *parts, const int32_t *last,
                      size_t n)
{
    size_t w = (size_t)m->n;
    int32_t run[CONTEXT_MAX];
    for (size_t k = 0; k < CONTEXT_MAX && k < n; k++) {
        run[CONTEXT_MAX - 1 - k] = last[k];
    }
    for (int32_t order = CONTEXT_MIN; order <= CONTEXT_MAX && (size_t)order <= n;
         order++) {
        const struct context_run *r = context_find(&m->runs, run + CONTEXT_MAX, order);
        if (r == NULL) {
            break; /* a longer run was not seen either */
        }
        float *x = parts + (size_t)(TRANSIT_TWO + order - CONTEXT_MIN) * w;
        const float *one = m->follow[0] + (size_t)last[0] * w;
        float sum = m->follow_sum[0][last[0]] + 0.1f * (float)m->n;
        for (size_t i = r->from; i < r->from + r->n; i++) {
            const struct context_next *next = &m->runs.nexts[i];
            float p = (one[next->item] + 0.1f) / sum;
            x[next->item] = quick_log(1.0f + next->count / (2.0f * p));
        }
    }
}

/* The newest active items, newest first, as indices. */
static size_t recent_of(const struct transit_model *m, const int32_t *history, size_t n,
                        int32_t *out)
{
    size_t k = 0;
    for (size_t i = n; i-- > 0 && k < TOGETHER_REACH;) {
        int32_t at =
            history[i] >= 0 && history[i] < m->item_n ? m->active[history[i]] : -1;
        if (at >= 0) {
            out[k++] = at;
        }
    }
    return k;
}

void transit_parts(const struct transit_model *m, struct transit_work *w,
                   const int32_t *history, size_t n)
{
    size_t wide = (size_t)m->n;
    size_t k = recent_of(m, history, n, w->recent);
    memset(w->parts, 0, sizeof(float) * TRANSIT_PARTS * wide);
    memcpy(w->parts, m->log_had, sizeof(float) * wide);
    part_after(m, w->parts + TRANSIT_AFTER * wide, w->recent, k);
    part_next(m, w->parts + TRANSIT_NEXT * wide, w->recent, k);
    part_together(m, w->parts + TRANSIT_TOGETHER * wide, w->recent, k);
    part_runs(m, w->parts, w->recent, k);
    memcpy(w->parts + TRANSIT_PLACE * wide, m->log_place + (size_t)place_of(n) * wide,
           sizeof(float) * wide);
    if (k > 0) {
        memcpy(w->parts + TRANSIT_STEP * wide, m->log_step + m->n - w->recent[0],
               sizeof(float) * wide);
    }
}

void transit_score(const struct transit_model *m, struct transit_work *w,
                   const int32_t *history, size_t n, float *score)
{
    size_t wide = (size_t)m->n;
    float low = 0.0f;
    transit_parts(m, w, history, n);
    memset(w->sum, 0, sizeof(float) * wide);
    for (int part = 0; part < TRANSIT_PARTS; part++) {
        add_row(w->sum, w->parts + (size_t)part * wide, (float)m->weight[part], wide);
    }
    for (size_t i = 0; i < wide; i++) {
        low = i == 0 || w->sum[i] < low ? w->sum[i] : low;
    }
    for (int32_t i = 0; i < m->item_n; i++) {
        score[i] = m->active[i] >= 0 ? w->sum[m->active[i]] : low - 1.0f;
    }
}

/* The document: a line a thing, numbers as %.9g so that floats come back bit for bit. */

static void put_floats(struct buf *b, const float *v, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        buf_fmt(b, " %.9g", (double)v[i * stride]);
    }
    buf_char(b, '\n');
}

static void put_items(struct buf *b, const struct transit_model *m,
                      const struct str *codes)
{
    for (int32_t i = 0; i < m->n; i++) {
        struct str code = codes[m->items[i]];
        buf_fmt(b, "item %.9g %.*s\nplace", (double)m->had[i], STR_ARG(code));
        put_floats(b, m->place + i, TRANSIT_PLACES, (size_t)m->n);
    }
}

static void put_pairs(struct buf *b, const struct transit_model *m)
{
    for (size_t at = 0; at < cells(m); at++) {
        float v[2 + TRANSIT_LAGS] = {m->ahead[at], m->near[at]};
        for (int lag = 0; lag < TRANSIT_LAGS; lag++) {
            v[2 + lag] = m->follow[lag][at];
        }
        if (m->ahead[at] > 0.0f) {
            buf_fmt(b, "pair %zu %zu", at / (size_t)m->n, at % (size_t)m->n);
            put_floats(b, v, 2 + TRANSIT_LAGS, 1);
        }
    }
}

static void put_runs(struct buf *b, const struct transit_model *m)
{
    for (size_t i = 0; i < m->runs.run_n && b->n < RUNS_UNTIL; i++) {
        const struct context_run *r = &m->runs.runs[i];
        bool many = false;
        for (size_t k = r->from; k < r->from + r->n; k++) {
            many = many || m->runs.nexts[k].count >= 2.0f;
        }
        if (!many) {
            continue;
        }
        buf_fmt(b, "run %d", r->order);
        for (int32_t k = 0; k < r->order; k++) {
            buf_fmt(b, " %d", r->items[k]);
        }
        for (size_t k = r->from; k < r->from + r->n; k++) {
            if (m->runs.nexts[k].count >= 2.0f) {
                buf_fmt(b, " %d %.9g", m->runs.nexts[k].item,
                        (double)m->runs.nexts[k].count);
            }
        }
        buf_char(b, '\n');
    }
}

struct str transit_write(struct arena *a, const struct transit_model *m,
                         const struct str *codes)
{
    struct buf b;
    for (int32_t i = 0; i < m->n; i++) {
        if (m->n > TRANSIT_DOC_ITEMS || m->items[i] < 0) {
            return STR_EMPTY;
        }
    }
    buf_init(&b, a, 64 * 1024);
    buf_fmt(&b, "transit 1 %d %lld %lld\nweight", m->n, (long long)m->person_n,
            (long long)m->row_n);
    for (int i = 0; i < TRANSIT_PARTS; i++) {
        buf_fmt(&b, " %.17g", m->weight[i]);
    }
    buf_c(&b, "\nstep");
    put_floats(&b, m->step, TRANSIT_STEPS, 1);
    buf_c(&b, "open");
    put_floats(&b, m->step_open, TRANSIT_STEPS, 1);
    put_items(&b, m, codes);
    put_pairs(&b, m);
    put_runs(&b, m);
    return buf_view(&b);
}

struct reading {
    struct arena *a;
    struct transit_model *m;
    int32_t (*find)(const void *ctx, struct str code);
    const void *ctx;
    struct str line; /* what is left of it */
    int32_t seen;    /* items so far */
    struct vec runs, nexts;
    size_t line_n;
};

static bool word(struct reading *r, struct str *out)
{
    struct str rest = r->line;
    (void)str_cut(rest, ' ', out, &r->line);
    return out->n > 0;
}

static bool number(struct reading *r, double low, double high, double *out)
{
    struct str s;
    return word(r, &s) && str_f64(s, out) && *out >= low && *out <= high;
}

static bool floats(struct reading *r, float *out, size_t n, size_t stride)
{
    double x = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!number(r, 0.0, 1e12, &x)) {
            return false;
        }
        out[i * stride] = (float)x;
    }
    return r->line.n == 0;
}

static bool whole(struct reading *r, int64_t below, int32_t *out)
{
    struct str s;
    int64_t x = -1;
    if (!word(r, &s) || !str_i64(s, &x) || x < 0 || x >= below) {
        return false;
    }
    *out = (int32_t)x;
    return true;
}

static bool read_head(struct reading *r)
{
    struct str s;
    struct transit_model *m = r->m;
    int32_t people = 0;
    int32_t rows = 0;
    if (!word(r, &s) || !str_is(s, "transit") || !word(r, &s) || !str_is(s, "1") ||
        !whole(r, TRANSIT_DOC_ITEMS + 1, &m->n) || !whole(r, INT32_MAX, &people) ||
        !whole(r, INT32_MAX, &rows)) {
        return false;
    }
    m->person_n = people;
    m->row_n = rows;
    m->items = ARENA_ARRAY(r->a, int32_t, (size_t)m->n);
    m->active = ARENA_ARRAY(r->a, int32_t, (size_t)m->item_n);
    for (int32_t i = 0; i < m->item_n; i++) {
        m->active[i] = -1;
    }
    make_tables(r->a, m);
    return true;
}

static bool read_weights(struct reading *r)
{
    for (int i = 0; i < TRANSIT_PARTS; i++) {
        if (!number(r, -1e3, 1e3, &r->m->weight[i])) {
            return false;
        }
    }
    return r->line.n == 0;
}

/* "item HAD CODE": the code is the rest of the line. */
static bool read_item(struct reading *r)
{
    double had = 0.0;
    struct transit_model *m = r->m;
    if (r->seen >= m->n || !number(r, 0.0, 1e12, &had) || r->line.n == 0) {
        return false;
    }
    int32_t item = r->find(r->ctx, r->line);
    bool fresh = item >= 0 && item < m->item_n && m->active[item] < 0;
    m->had[r->seen] = (float)had;
    m->items[r->seen] = fresh ? item : -1;
    if (fresh) {
        m->active[item] = r->seen;
    }
    r->seen++;
    return true;
}

static bool read_pair(struct reading *r)
{
    struct transit_model *m = r->m;
    int32_t from = 0;
    int32_t to = 0;
    float v[2 + TRANSIT_LAGS];
    if (!whole(r, m->n, &from) || !whole(r, m->n, &to) ||
        !floats(r, v, 2 + TRANSIT_LAGS, 1)) {
        return false;
    }
    size_t at = (size_t)from * (size_t)m->n + (size_t)to;
    m->ahead[at] = v[0];
    m->near[at] = v[1];
    for (int lag = 0; lag < TRANSIT_LAGS; lag++) {
        m->follow[lag][at] = v[2 + lag];
    }
    return v[0] > 0.0f;
}

static bool read_run(struct reading *r)
{
    struct context_run *run = vec_push(&r->runs);
    *run = (struct context_run){.from = r->nexts.n};
    if (!whole(r, CONTEXT_MAX + 1, &run->order) || run->order < CONTEXT_MIN) {
        return false;
    }
    for (int32_t k = 0; k < run->order; k++) {
        if (!whole(r, r->m->n, &run->items[k])) {
            return false;
        }
    }
    run->key = context_key(run->items, run->order);
    while (r->line.n > 0) {
        struct context_next *next = vec_push(&r->nexts);
        double count = 0.0;
        if (!whole(r, r->m->n, &next->item) || !number(r, 2.0, 1e12, &count)) {
            return false;
        }
        next->count = (float)count;
        run->n++;
    }
    return run->n > 0;
}

static bool read_line(struct reading *r)
{
    struct str s;
    struct transit_model *m = r->m;
    if (r->line_n == 1) {
        return read_head(r);
    }
    if (!word(r, &s)) {
        return false;
    }
    switch (r->line_n) {
    case 2:
        return str_is(s, "weight") && read_weights(r);
    case 3:
        return str_is(s, "step") && floats(r, m->step, TRANSIT_STEPS, 1);
    case 4:
        return str_is(s, "open") && floats(r, m->step_open, TRANSIT_STEPS, 1);
    default:
        break;
    }
    if (str_is(s, "item")) {
        return read_item(r);
    }
    if (str_is(s, "place")) {
        return r->seen > 0 &&
               floats(r, m->place + r->seen - 1, TRANSIT_PLACES, (size_t)m->n);
    }
    return (str_is(s, "pair") && read_pair(r)) || (str_is(s, "run") && read_run(r));
}

struct transit_model *transit_read(struct arena *a, struct str text, int32_t item_n,
                                   int32_t (*find)(const void *ctx, struct str code),
                                   const void *ctx, struct err *e)
{
    struct reading r = {
        .a = a, .m = ARENA_NEW(a, struct transit_model), .find = find, .ctx = ctx};
    r.m->item_n = item_n;
    vec_init(&r.runs, a, sizeof(struct context_run));
    vec_init(&r.nexts, a, sizeof(struct context_next));
    if (text.n > TRANSIT_DOC_BYTES) {
        err_set(e, ERR_LIMIT, "larger than %d bytes", TRANSIT_DOC_BYTES);
        return NULL;
    }
    while (text.n > 0) {
        r.line_n++;
        (void)str_cut(text, '\n', &r.line, &text);
        if (!read_line(&r)) {
            err_set(e, ERR_INPUT, "line %zu is not what stands there in such a model",
                    r.line_n);
            return NULL;
        }
    }
    if (r.line_n < 4 || r.seen != r.m->n) {
        err_set(e, ERR_INPUT, "the model ends too early");
        return NULL;
    }
    r.m->runs = (struct context_table){
        .runs = r.runs.p, .run_n = r.runs.n, .nexts = r.nexts.p, .next_n = r.nexts.n};
    context_index(a, &r.m->runs);
    work_tables(r.m);
    return r.m;
}
