#include "engine/lktdoc.h"

#include "base/vec.h"

#include <math.h>

#define HEAD "waymark-lkt 1"
#define CODE_MAX 500
#define NUMBERS_MAX 1000 /* in one line */
#define NUMBER_MAX ((int64_t)1 << 40)

/* --- writing -------------------------------------------------------------------- */

static int64_t units(double x)
{
    return (int64_t)floor(x / LKTMODEL_UNIT + 0.5);
}

static void put_codes(struct buf *b, const char *what, const struct str *codes, size_t n)
{
    buf_fmt(b, "%s %zu\n", what, n);
    for (size_t i = 0; i < n; i++) {
        buf_str(b, codes[i]);
        buf_char(b, '\n');
    }
}

static void put_q(struct buf *b, const struct lktlook_rates *look)
{
    buf_fmt(b, "q %d\n", look->skill_n);
    for (int32_t s = 0; s < look->skill_n; s++) {
        buf_fmt(b, "%d", look->q_from[s + 1] - look->q_from[s]);
        for (int32_t j = look->q_from[s]; j < look->q_from[s + 1]; j++)
            buf_fmt(b, " %d", look->q_skill[j]);
        buf_char(b, '\n');
    }
}

struct str lktdoc_write(struct arena *a, const struct lkt_model *m,
                        const struct lkt_codes *codes)
{
    struct buf b;
    size_t weights = 0, rates = lktrate_len(m->look.rates);
    buf_init(&b, a, 64 * 1024);
    buf_fmt(&b, HEAD " %d %d %d\n", LKTLOOK_N_FEATURES, LKTMODEL_N_PAIRS,
            LKTMODEL_WEIGHTS);
    buf_fmt(&b, "mean %lld\nusual", (long long)units(m->look.mean));
    for (int k = 0; k < LKT_PARTS; k++)
        buf_fmt(&b, " %lld", (long long)units(m->usual[k]));
    buf_char(&b, '\n');
    put_codes(&b, "items", codes->items, codes->item_n);
    put_codes(&b, "skills", codes->skills, codes->skill_n);
    put_codes(&b, "q-skills", codes->q_skills, codes->q_skills ? codes->q_skill_n : 0);
    put_q(&b, &m->look);
    for (int k = 0; k < LKTMODEL_WEIGHTS; k++)
        weights += units((double)m->w[k]) != 0;
    buf_fmt(&b, "weights %zu\n", weights);
    for (int k = 0; k < LKTMODEL_WEIGHTS; k++)
        if (units((double)m->w[k]) != 0)
            buf_fmt(&b, "%d %lld\n", k, (long long)units((double)m->w[k]));
    buf_fmt(&b, "rates %zu\n", rates);
    for (size_t i = 0; i < rates; i++) {
        const struct lktrate_entry *r = lktrate_at(m->look.rates, i);
        buf_fmt(&b, "%d %d %d %d %d %lld %lld\n", r->key.kind, r->key.bits, r->key.it,
                r->key.before, r->key.before2, (long long)units((double)r->log_odds),
                (long long)r->n);
    }
    buf_c(&b, "end\n");
    return buf_view(&b);
}

/* --- reading -------------------------------------------------------------------- */

struct reader {
    struct arena *a;
    struct str rest;
    int64_t line;
    int64_t numbers[NUMBERS_MAX]; /* of the line */
    size_t n;
    struct err *e;
};

static int wrong(const struct reader *r, const char *why)
{
    return err_set(r->e, ERR_INPUT, "predictor, line %lld: %s", (long long)r->line, why);
}

static int next_line(struct reader *r, struct str *out)
{
    r->line++;
    if (!str_cut(r->rest, '\n', out, &r->rest))
        return wrong(r, "it ends in the middle");
    return 0;
}

/* A line of numbers behind `word` (NULL: of numbers alone), at least `least` of them. */
static int numbers(struct reader *r, const char *word, size_t least)
{
    struct str line, one;
    if (next_line(r, &line) != 0)
        return -1;
    if (word != NULL) {
        str_cut(line, ' ', &one, &line);
        if (!str_is(one, word))
            return wrong(r, "another word was expected");
    }
    for (r->n = 0; line.n > 0; r->n++) {
        str_cut(line, ' ', &one, &line);
        if (r->n == NUMBERS_MAX)
            return wrong(r, "too many numbers");
        int64_t *v = &r->numbers[r->n];
        if (!str_i64(one, v) || *v > NUMBER_MAX || *v < -NUMBER_MAX)
            return wrong(r, "a number was expected");
    }
    return r->n >= least ? 0 : wrong(r, "numbers are missing");
}

/* "word N", with N lines to come. */
static int heading(struct reader *r, const char *word, size_t *n)
{
    if (numbers(r, word, 1) != 0)
        return -1;
    if (r->n != 1 || r->numbers[0] < 0 || r->numbers[0] > (int64_t)r->rest.n)
        return wrong(r, "there cannot be so many lines");
    *n = (size_t)r->numbers[0];
    return 0;
}

static int read_codes(struct reader *r, const char *word, const struct str **out,
                      size_t *n)
{
    if (heading(r, word, n) != 0)
        return -1;
    struct str *codes = ARENA_ARRAY(r->a, struct str, *n);
    for (size_t i = 0; i < *n; i++) {
        struct str line;
        if (next_line(r, &line) != 0)
            return -1;
        if (line.n == 0 || line.n > CODE_MAX || !str_utf8(line))
            return wrong(r, "a code must be 1 to 500 bytes of UTF-8");
        for (size_t k = 0; k < line.n; k++)
            if ((unsigned char)line.p[k] < 0x20 || line.p[k] == 0x7f)
                return wrong(r, "a code holds a control character");
        codes[i] = str_dup(r->a, line);
    }
    *out = codes;
    return 0;
}

static bool in(int64_t v, int64_t low, int64_t behind)
{
    return v >= low && v < behind;
}

static int read_head(struct reader *r, struct lkt_model *m)
{
    const int64_t unit = (int64_t)(1 / LKTMODEL_UNIT);
    if (!str_starts(r->rest, STR(HEAD " ")))
        return err_set(r->e, ERR_INPUT, "this is no predictor that can be read here");
    r->rest = str_sub(r->rest, sizeof HEAD, r->rest.n);
    if (numbers(r, NULL, 3) != 0)
        return -1;
    if (r->n != 3 || r->numbers[0] != LKTLOOK_N_FEATURES ||
        r->numbers[1] != LKTMODEL_N_PAIRS || r->numbers[2] != LKTMODEL_WEIGHTS)
        return wrong(r, "it was fitted by a version with other features");
    if (numbers(r, "mean", 1) != 0)
        return -1;
    if (r->n != 1 || !in(r->numbers[0], 1, unit))
        return wrong(r, "the mean must lie between 0 and 1");
    m->look.mean = (double)r->numbers[0] * LKTMODEL_UNIT;
    if (numbers(r, "usual", LKT_PARTS) != 0)
        return -1;
    for (int k = 0; k < LKT_PARTS; k++)
        m->usual[k] = (double)r->numbers[k] * LKTMODEL_UNIT;
    return 0;
}

static int read_q(struct reader *r, struct lkt_model *m, const struct lkt_codes *codes)
{
    size_t n = 0;
    struct vec list;
    if (heading(r, "q", &n) != 0)
        return -1;
    if (n != codes->skill_n)
        return wrong(r, "there must be one line a skill");
    int32_t *from = ARENA_ARRAY(r->a, int32_t, n + 1);
    vec_init(&list, r->a, sizeof(int32_t));
    for (size_t s = 0; s < n; s++) {
        if (numbers(r, NULL, 1) != 0)
            return -1;
        if (r->numbers[0] != (int64_t)r->n - 1)
            return wrong(r, "the number of q-skills is another");
        for (size_t j = 1; j < r->n; j++) {
            if (!in(r->numbers[j], 0, (int64_t)codes->q_skill_n))
                return wrong(r, "there is no such q-skill");
            *(int32_t *)vec_push(&list) = (int32_t)r->numbers[j];
        }
        from[s + 1] = (int32_t)list.n;
    }
    m->look.q_from = from;
    m->look.q_skill = list.p;
    m->look.skill_n = (int32_t)n;
    return 0;
}

static int read_weights(struct reader *r, struct lkt_model *m)
{
    size_t n = 0;
    int64_t last = -1;
    if (heading(r, "weights", &n) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (numbers(r, NULL, 2) != 0)
            return -1;
        double w = (double)r->numbers[1] * LKTMODEL_UNIT;
        if (r->n != 2 || !in(r->numbers[0], last + 1, LKTMODEL_WEIGHTS) ||
            !(fabs(w) <= LKTMODEL_FAR))
            return wrong(r, "there cannot be such a weight");
        last = r->numbers[0];
        m->w[last] = (float)w;
    }
    return 0;
}

static int read_rate(struct reader *r, struct lktrate *rates,
                     const struct lkt_codes *codes)
{
    const int64_t *v = r->numbers;
    if (numbers(r, NULL, 7) != 0)
        return -1;
    bool skill = v[0] == LKTRATE_SKILL || v[0] >= LKTRATE_SKILL_RUN;
    int64_t most = (int64_t)(skill ? codes->skill_n : codes->item_n);
    double odds = (double)v[5] * LKTMODEL_UNIT;
    if (r->n != 7 || !in(v[0], 1, LKTRATE_KINDS) || !in(v[1], 0, LKTLOOK_BINS) ||
        !in(v[2], 0, most) || !in(v[3], -1, most) || !in(v[4], -1, most) ||
        !(fabs(odds) < 8) || !in(v[6], 1, (int64_t)1 << 24))
        return wrong(r, "there cannot be such a rate");
    struct lktrate_entry entry = {
        {(int32_t)v[2], (int32_t)v[3], (int32_t)v[4], (uint8_t)v[0], (uint8_t)v[1]},
        (float)odds,
        (float)v[6]};
    return lktrate_put(rates, &entry) ? 0 : wrong(r, "this rate stands there twice");
}

static int read_rates(struct reader *r, struct lkt_model *m,
                      const struct lkt_codes *codes)
{
    size_t n = 0;
    struct str line;
    struct lktrate *rates = lktrate_new(r->a);
    if (heading(r, "rates", &n) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (read_rate(r, rates, codes) != 0)
            return -1;
    m->look.rates = rates;
    if (next_line(r, &line) != 0)
        return -1;
    return str_is(line, "end") && r->rest.n == 0 ? 0 : wrong(r, "\"end\" was expected");
}

int lktdoc_read(struct arena *a, struct str text, struct lkt_model *m,
                struct lkt_codes *codes, struct err *e)
{
    struct reader *r = ARENA_NEW(a, struct reader);
    *codes = (struct lkt_codes){0};
    *r = (struct reader){.a = a, .rest = text, .e = e};
    if (text.n > LKT_BYTES_MAX)
        return err_set(e, ERR_LIMIT, "a predictor of more than %zu bytes", LKT_BYTES_MAX);
    if (read_head(r, m) != 0 ||
        read_codes(r, "items", &codes->items, &codes->item_n) != 0 ||
        read_codes(r, "skills", &codes->skills, &codes->skill_n) != 0 ||
        read_codes(r, "q-skills", &codes->q_skills, &codes->q_skill_n) != 0)
        return -1;
    m->item_n = (int32_t)codes->item_n;
    m->look.fold = LKTLOOK_SETTLED;
    return read_q(r, m, codes) != 0 || read_weights(r, m) != 0 ? -1
                                                               : read_rates(r, m, codes);
}
