#include "learn/demographics.h"

#include "base/js.h"
#include "learn/who.h"
#include "store/demographic.h"

#define BATCH 500
#define SCRATCH_N ((size_t)8 << 20)

struct known {
    struct str answers;
    int64_t changed_ms;
    bool seen;
};

struct op {
    struct demographic row;
    bool forget;
};

struct run {
    struct learn *l;
    struct oneroster *o;
    const struct district_opt *opt;
    struct district_counts *out;
    const struct map *gone; /* marks of those who left */
    struct map *known;      /* mark -> struct known */
    struct arena *scratch;  /* of one row */
    struct arena *batch;
    struct op ops[BATCH];
    size_t ops_n;
    int64_t now_ms;
};

static int write_ops(struct db *db, void *ctx, struct err *e)
{
    const struct run *r = ctx;
    for (size_t i = 0; i < r->ops_n; i++) {
        const struct op *op = &r->ops[i];
        int64_t rc = op->forget
                         ? demographic_forget(db, r->l->tenant_id, op->row.user_mark, e)
                         : demographic_put(db, r->l->tenant_id, &op->row, e);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int flush(struct run *r, struct err *e)
{
    int rc = 0;
    if (r->ops_n > 0 && !r->opt->dry_run)
        rc = db_tx(r->l->db, DB_WRITE, write_ops, r, e);
    r->ops_n = 0;
    arena_reset(r->batch);
    return rc;
}

static int push(struct run *r, struct demographic row, bool forget, struct err *e)
{
    row.user_mark = str_dup(r->batch, row.user_mark);
    row.answers = str_dup(r->batch, row.answers);
    r->ops[r->ops_n++] = (struct op){.row = row, .forget = forget};
    return r->ops_n == BATCH ? flush(r, e) : 0;
}

/* What the row says, blanks left out; empty when it says nothing. */
static struct str answers_of(struct arena *a, const struct oneroster_row *row)
{
    struct js *o = js_object(a);
    size_t n = 0;
    for (size_t i = 0; i < DEMO_N; i++) {
        if (row->v[i].n == 0)
            continue;
        js_set_str(o, oneroster_demographic(i), str_lower(a, row->v[i]));
        n++;
    }
    return n > 0 ? js_dump(a, o) : STR_EMPTY;
}

static int take(void *ctx, const struct oneroster_row *row, struct err *e)
{
    struct run *r = ctx;
    arena_reset(r->scratch);
    struct str mark =
        who_mark(r->scratch, r->l->keys, r->l->tenant_id, WHO_SOURCEDID, row->id);
    struct str answers = answers_of(r->scratch, row);
    struct known *k = map_get(r->known, mark);
    struct demographic now = {mark, answers,
                              row->changed_ms != 0 ? row->changed_ms : r->now_ms};
    bool left = r->gone != NULL && map_get(r->gone, mark) != NULL;
    bool nothing = row->ended || left || answers.n == 0;
    if (k != NULL)
        k->seen = true;
    if (k != NULL && now.changed_ms < k->changed_ms) {
        r->out->older++;
        return 0;
    }
    if (k == NULL ? nothing : !nothing && str_eq(k->answers, answers)) {
        r->out->same++;
        return 0;
    }
    if (k == NULL)
        r->out->added++;
    else if (nothing)
        r->out->ended++;
    else
        r->out->changed++;
    return push(r, now, nothing, e);
}

/* Who left, and who is not in a complete file. */
static int forget_rest(struct run *r, struct err *e)
{
    bool complete = r->o->mode[ONEROSTER_DEMOGRAPHICS] == ONEROSTER_BULK &&
                    r->o->bad[ONEROSTER_DEMOGRAPHICS] == 0 &&
                    !r->o->headless[ONEROSTER_DEMOGRAPHICS];
    for (size_t i = 0; i < map_len(r->known); i++) {
        const struct known *k = map_val(r->known, i);
        struct str mark = map_key(r->known, i);
        bool left = r->gone != NULL && map_get(r->gone, mark) != NULL;
        if (k->seen || (!left && !complete))
            continue;
        r->out->ended++;
        if (push(r, (struct demographic){mark, STR_EMPTY, 0}, true, e) != 0)
            return -1;
    }
    return 0;
}

static int read_known(struct run *r, struct err *e)
{
    struct demographic *rows;
    size_t n;
    if (demographic_all(r->l->db, r->l->a, r->l->tenant_id, &rows, &n, e) != 0)
        return -1;
    r->known = map_new(r->l->a);
    for (size_t i = 0; i < n; i++) {
        struct known *k = ARENA_NEW(r->l->a, struct known);
        *k = (struct known){rows[i].answers, rows[i].changed_ms, false};
        (void)map_put(r->known, rows[i].user_mark, k);
    }
    return 0;
}

int demographics_import(struct learn *l, struct oneroster *o, const struct map *gone,
                        const struct district_opt *opt, struct district_counts *out,
                        struct err *e)
{
    struct run *r = ARENA_NEW(l->a, struct run);
    *r = (struct run){.l = l, .o = o, .opt = opt, .out = out, .gone = gone};
    r->now_ms = env_now_ms(l->env);
    r->scratch = arena_new(SCRATCH_N);
    r->batch = arena_new(SCRATCH_N);
    int rc = read_known(r, e);
    if (rc == 0)
        rc = oneroster_read(o, ONEROSTER_DEMOGRAPHICS, take, r, e);
    if (rc == 0)
        rc = forget_rest(r, e);
    if (rc == 0)
        rc = flush(r, e);
    arena_free(r->scratch);
    arena_free(r->batch);
    return rc;
}

/* --- counts ---------------------------------------------------------------------- */

static struct demographics_cell *cell_of(struct vec *v, struct str question,
                                         struct str answer)
{
    struct demographics_cell *cells = v->p;
    for (size_t i = 0; i < v->n; i++)
        if (str_eq(cells[i].question, question) && str_eq(cells[i].answer, answer))
            return &cells[i];
    struct demographics_cell *c = vec_push(v);
    *c = (struct demographics_cell){.question = question, .answer = answer};
    return c;
}

/* The smallest cell of the question that is still told, or NULL. */
static struct demographics_cell *smallest(struct vec *v, struct str question)
{
    struct demographics_cell *cells = v->p, *least = NULL;
    for (size_t i = 0; i < v->n; i++)
        if (str_eq(cells[i].question, question) && !cells[i].hidden &&
            (least == NULL || cells[i].n < least->n))
            least = &cells[i];
    return least;
}

/* A hidden number must not follow from the total and the other ones: so what is hidden of
 * a question is DEMOGRAPHICS_LEAST people at least, and with them a second cell. */
static void hide(struct vec *v, struct str question)
{
    struct demographics_cell *cells = v->p;
    int64_t people = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (!str_eq(cells[i].question, question) || cells[i].n >= DEMOGRAPHICS_LEAST)
            continue;
        cells[i].hidden = true;
        people += cells[i].n;
    }
    while (people > 0 && people < DEMOGRAPHICS_LEAST) {
        struct demographics_cell *next = smallest(v, question);
        if (next == NULL)
            return;
        next->hidden = true;
        people += next->n;
    }
}

int demographics_cells(struct learn *l, struct demographics_cell **cells, size_t *n,
                       int64_t *total, struct err *e)
{
    struct demographic_count *rows;
    struct vec v;
    size_t rows_n;
    vec_init(&v, l->a, sizeof **cells);
    *total = 0;
    if (demographic_counts(l->db, l->a, l->tenant_id, &rows, &rows_n, e) != 0)
        return -1;
    struct js **said = ARENA_ARRAY(l->a, struct js *, rows_n);
    for (size_t i = 0; i < rows_n; i++) {
        said[i] = js_parse(l->a, rows[i].answers, 1 << 16, 4, NULL);
        *total += rows[i].n;
    }
    for (size_t k = 0; k < DEMO_N; k++) {
        const char *question = oneroster_demographic(k);
        for (size_t i = 0; i < rows_n; i++)
            cell_of(&v, str_c(question), js_text(said[i], question))->n += rows[i].n;
        hide(&v, str_c(question));
    }
    if (*total < DEMOGRAPHICS_LEAST)
        *total = 0;
    *cells = v.p;
    *n = v.n;
    return 0;
}
