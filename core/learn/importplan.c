#include "learn/importplan.h"

#include "base/js.h"
#include "base/map.h"
#include "base/vec.h"
#include "learn/who.h"
#include "store/import.h"

#include <stdlib.h>

#define CHOICES_N ((size_t)256 << 10) /* bytes of JSON */

struct plan {
    struct learn *l;
    const struct importplan_in *in;
    struct importplan *out;
    struct names_index *names;
    struct who_index *who;
    struct ledger_shelf *shelf;
    struct vec problems;   /* struct importplan_problem */
    struct vec evidence;   /* struct evidence_in */
    struct arena *scratch; /* of one grade */
    struct map *taken;     /* activity as text -> column: one of two goes in */
    struct map *persons;   /* person as text -> row: nobody comes twice */
};

static void problem(struct plan *p, int64_t line, struct str column, const char *why)
{
    p->out->problems_all++;
    if (p->problems.n < IMPORTPLAN_PROBLEMS)
        *(struct importplan_problem *)vec_push(&p->problems) =
            (struct importplan_problem){line, column, why};
}

static struct str id_text(struct plan *p, int64_t id)
{
    return str_fmt(p->l->a, "%lld", (long long)id);
}

/* --- columns ------------------------------------------------------------------- */

static const struct importplan_choice *choice_of(const struct plan *p, size_t column)
{
    for (size_t i = 0; i < p->in->choices_n; i++)
        if (p->in->choices[i].column == column)
            return &p->in->choices[i];
    return NULL;
}

static void leave_out(struct importplan_column *c, const char *why)
{
    c->to = IMPORTPLAN_NONE;
    c->why = why;
}

/* What of a known activity decides: ours is no evidence, and a grade needs a maximum. */
static void settle_known(struct plan *p, struct importplan_column *c)
{
    const struct activity *row = names_activity(p->names, c->activity_id);
    if (row == NULL || names_own(p->names, c->activity_id)) {
        leave_out(c, "own");
        return;
    }
    c->to = IMPORTPLAN_KNOWN;
    c->title = row->title;
    c->kind = row->kind;
    if (!c->has_maximum && row->has_maximum && row->maximum > 0) {
        c->has_maximum = true;
        c->maximum = row->maximum;
    }
}

static int64_t find_activity(struct plan *p, struct importplan_column *c)
{
    struct names_in canvas = {.source_kind = STR("canvas-assignment"),
                              .source_key = c->in->key};
    int64_t id = c->in->key.n > 0 ? names_find(p->names, &canvas, &c->by) : 0;
    return id != 0 ? id : names_find(p->names, &c->as, &c->by);
}

/* The activity that a column of grades speaks of. */
static void find(struct plan *p, struct importplan_column *c)
{
    struct arena *a = p->l->a;
    bool moodle = p->out->book.form == GRADEBOOK_MOODLE;
    struct str title = c->in->title.n > 0 ? c->in->title : c->in->header;
    c->as = (struct names_in){
        .source_kind = STR("file"),
        .source_key = c->in->key.n > 0 ? str_fmt(a, "canvas:%.*s", STR_ARG(c->in->key))
                                       : str_head(names_title(a, title), 1024),
        .title = title};
    c->activity_id = find_activity(p, c);
    if (c->activity_id != 0) {
        settle_known(p, c);
        return;
    }
    c->title = moodle ? names_behind(a, title, &c->kind) : title;
    if (names_own_title(p->names, title))
        leave_out(c, "own");
    else if (c->by == NAMES_SEVERAL)
        leave_out(c, "several");
    else if (!c->in->named)
        leave_out(c, "unnamed");
    else
        c->to = IMPORTPLAN_NEW;
}

/* A person's word on a column. */
static void choose(struct plan *p, struct importplan_column *c,
                   const struct importplan_choice *ch)
{
    struct str kind, id;
    bool grades = c->in->use >= GRADEBOOK_POINTS;
    c->chosen = ch->to.n > 0;
    if (ch->has_maximum && ch->maximum > 0) {
        c->has_maximum = true;
        c->maximum = ch->maximum;
        c->chosen = true;
    }
    enum gradebook_use use = gradebook_use_from(ch->to);
    if (str_is(ch->to, "ignore")) {
        c->use = GRADEBOOK_NOTHING;
        leave_out(c, "chosen");
    } else if (use != GRADEBOOK_NOTHING && use < GRADEBOOK_POINTS) {
        c->use = use;
        leave_out(c, NULL);
    } else if (str_is(ch->to, "new") || str_starts(ch->to, STR("activity:"))) {
        c->use = grades ? c->in->use : GRADEBOOK_POINTS;
        find(p, c);
        if (str_is(ch->to, "new") && c->to != IMPORTPLAN_KNOWN) {
            c->to = IMPORTPLAN_NEW;
            c->why = NULL;
        } else if (str_cut(ch->to, ':', &kind, &id)) {
            c->why = NULL;
            if (str_i64(id, &c->activity_id))
                settle_known(p, c);
        }
    } else if (grades) {
        find(p, c);
    }
}

/* Of two columns for one activity (points and percent) the one with a maximum goes in. */
static void only_one(struct plan *p, struct importplan_column *c)
{
    struct str key =
        c->to == IMPORTPLAN_KNOWN
            ? id_text(p, c->activity_id)
            : str_fmt(p->l->a, "new %.*s", STR_ARG(names_title(p->l->a, c->title)));
    struct importplan_column *before = map_get(p->taken, key);
    if (before == NULL) {
        map_put(p->taken, key, c);
    } else if (!before->has_maximum && c->has_maximum && !before->chosen) {
        leave_out(before, "twice");
        map_put(p->taken, key, c);
    } else {
        leave_out(c, "twice");
    }
}

static void columns(struct plan *p)
{
    struct importplan *out = p->out;
    struct gradebook *g = &out->book;
    out->columns = ARENA_ARRAY(p->l->a, struct importplan_column, g->columns_n);
    for (size_t k = 0; k < g->columns_n; k++) {
        struct importplan_column *c = &out->columns[k];
        const struct importplan_choice *ch = choice_of(p, k);
        *c = (struct importplan_column){
            .in = &g->columns[k],
            .use = g->columns[k].use,
            .why = g->columns[k].why,
            .has_maximum = g->columns[k].has_maximum,
            .maximum = g->columns[k].maximum,
        };
        if (ch != NULL)
            choose(p, c, ch);
        else if (c->use >= GRADEBOOK_POINTS)
            find(p, c);
        if (c->to != IMPORTPLAN_NONE)
            only_one(p, c);
    }
    for (size_t k = 0; k < g->columns_n; k++) {
        struct importplan_column *c = &out->columns[k];
        if (c->to != IMPORTPLAN_NONE && !c->has_maximum)
            leave_out(c, "maximum");
        c->source_key = str_fmt(p->l->a, "activity:%lld", (long long)c->activity_id);
        out->used += c->to != IMPORTPLAN_NONE;
    }
}

/* --- rows ---------------------------------------------------------------------- */

static struct str cell(const struct plan *p, size_t row, enum gradebook_use use)
{
    const struct importplan *out = p->out;
    for (size_t k = 0; k < out->book.columns_n; k++)
        if (out->columns[k].use == use && out->columns[k].to == IMPORTPLAN_NONE &&
            (out->columns[k].chosen || out->columns[k].why == NULL))
            return out->book.rows[row].cells[k];
    return STR_EMPTY;
}

/* Who a row is, by one name: into *person, unless another name told of somebody else. */
static const char *ask(struct plan *p, struct importplan_row *row, enum gradebook_use use,
                       enum who_by by, struct str value, bool *told)
{
    int64_t id = who_find(p->who, by, value);
    *told = *told || value.n > 0;
    if (id < 0)
        return "more than one person of the course goes by that name";
    if (id > 0 && row->person_id != 0 && id != row->person_id)
        return "its names are those of two persons";
    if (id > 0 && row->person_id == 0) {
        row->person_id = id;
        row->by = use;
    }
    return NULL;
}

static struct str whole_name(const struct plan *p, size_t row)
{
    struct str first = cell(p, row, GRADEBOOK_FIRST), last = cell(p, row, GRADEBOOK_LAST);
    struct str name = cell(p, row, GRADEBOOK_NAME);
    if (name.n > 0 || (first.n == 0 && last.n == 0))
        return name;
    return str_trim(str_fmt(p->l->a, "%.*s %.*s", STR_ARG(first), STR_ARG(last)));
}

/* NULL, or why the row is of nobody. A name is asked last, and only when no number, no
 * address and no login told. */
static const char *who_is(struct plan *p, size_t i, struct importplan_row *row)
{
    static const struct {
        enum gradebook_use use;
        enum who_by by;
    } ways[] = {{GRADEBOOK_NUMBER, WHO_SOURCEDID},
                {GRADEBOOK_ID, WHO_LMS_ID},
                {GRADEBOOK_ID, WHO_SUB},
                {GRADEBOOK_LOGIN, WHO_LOGIN},
                {GRADEBOOK_EMAIL, WHO_EMAIL}};
    bool told = false;
    const char *why = NULL;
    for (size_t k = 0; k < sizeof ways / sizeof ways[0] && why == NULL; k++)
        why = ask(p, row, ways[k].use, ways[k].by, cell(p, i, ways[k].use), &told);
    struct str login = cell(p, i, GRADEBOOK_LOGIN);
    if (why == NULL && str_find(login, STR("@"), 1) != SIZE_MAX)
        why = ask(p, row, GRADEBOOK_LOGIN, WHO_EMAIL, login, &told);
    if (why == NULL && row->person_id == 0)
        why = ask(p, row, GRADEBOOK_NAME, WHO_NAME, whole_name(p, i), &told);
    if (why != NULL)
        return why;
    if (row->person_id == 0)
        return told ? "nobody of the course goes by that number, address or name"
                    : "it does not say who";
    if (!who_is_learner(p->who, row->person_id))
        return "that is no student of the course";
    if (map_put(p->persons, id_text(p, row->person_id), row) != NULL)
        return "the same person stands in an earlier line";
    return NULL;
}

/* Canvas lists its preview student. */
static bool is_test(const struct plan *p, size_t i)
{
    return p->out->book.form == GRADEBOOK_CANVAS &&
           str_is(cell(p, i, GRADEBOOK_NAME), "Student, Test");
}

static void count(struct plan *p, enum evidence_fate fate)
{
    struct importplan *out = p->out;
    out->fresh += fate == EVIDENCE_NEW;
    out->changed += fate == EVIDENCE_CORRECTS;
    out->older += fate == EVIDENCE_WITNESS;
    out->same += fate == EVIDENCE_SAME || fate == EVIDENCE_EMPTY;
}

static void add_grade(struct plan *p, const struct importplan_row *row,
                      const struct importplan_column *c, double score)
{
    struct evidence_in in = {
        .person_id = row->person_id,
        .activity_id = c->activity_id,
        .kind = EVIDENCE_GRADE,
        .has_score = true,
        .score = score,
        .has_maximum = true,
        .maximum = c->maximum,
        .snapshot = true,
        .observed_ms = p->out->observed_ms,
        .source_kind = STR("file"),
        .source_key = c->source_key,
        .actor = p->in->actor,
    };
    if (c->to == IMPORTPLAN_NEW) {
        p->out->fresh++;
        return;
    }
    struct ledger *book = ledger_of(p->shelf, row->person_id);
    const struct evidence *stands;
    enum evidence_fate fate = ledger_weigh(book, p->scratch, &in, &stands);
    /* What was taken back may be brought again. */
    if (stands != NULL && str_starts(stands->actor, STR("undo:"))) {
        int64_t now = env_now_ms(p->l->env);
        in.read_ms = now > stands->received_ms ? now : stands->received_ms + 1;
        fate = ledger_weigh(book, p->scratch, &in, &stands);
    }
    count(p, fate);
    arena_reset(p->scratch);
    if (p->in->only_count)
        return;
    *(struct evidence_in *)vec_push(&p->evidence) = in;
}

static void grades(struct plan *p, size_t i, const struct importplan_row *row)
{
    const struct gradebook *g = &p->out->book;
    for (size_t k = 0; k < g->columns_n; k++) {
        struct importplan_column *c = &p->out->columns[k];
        double score;
        if (c->to == IMPORTPLAN_NONE)
            continue;
        switch (gradebook_value(g, g->rows[i].cells[k], &score)) {
        case GRADEBOOK_BLANK:
            p->out->blank++;
            break;
        case GRADEBOOK_EXCUSED:
            p->out->excused++;
            break;
        case GRADEBOOK_WRONG:
            problem(p, row->line, c->in->header, "it is no number");
            break;
        case GRADEBOOK_GRADE:
            c->grades++;
            add_grade(p, row, c, score);
            break;
        }
    }
}

static void rows(struct plan *p)
{
    struct importplan *out = p->out;
    out->rows = ARENA_ARRAY(p->l->a, struct importplan_row, out->book.rows_n);
    for (size_t i = 0; i < out->book.rows_n; i++) {
        struct importplan_row *row = &out->rows[i];
        row->line = out->book.rows[i].line;
        if (is_test(p, i)) {
            out->skipped++;
            continue;
        }
        const char *why = who_is(p, i, row);
        if (why != NULL) {
            row->person_id = 0;
            problem(p, row->line, STR_EMPTY, why);
            continue;
        }
        out->people++;
        out->by_name += row->by == GRADEBOOK_NAME;
        grades(p, i, row);
    }
}

static int by_line(const void *x, const void *y)
{
    const struct importplan_problem *p = x, *q = y;
    return (p->line > q->line) - (p->line < q->line);
}

/* The time of the grades: the file's own, but never in the future; of a file that was
 * taken in before, what it had then. */
static int when(struct plan *p, struct err *e)
{
    struct learn *l = p->l;
    int64_t before, now = env_now_ms(l->env);
    if (import_run_same(l->db, l->tenant_id, l->course_id, p->in->hash, &before, e) != 0)
        return -1;
    p->out->seen_before = before != 0;
    int64_t t = p->out->book.exported_ms;
    t = t > 0 ? t : before > 0 ? before : p->in->observed_ms;
    p->out->observed_ms = t > 0 && t < now ? t : now;
    return 0;
}

int importplan_look(struct learn *l, const struct importplan_in *in,
                    struct importplan *out, struct err *e)
{
    struct plan p = {.l = l, .in = in, .out = out};
    *out = (struct importplan){0};
    if (gradebook_read(l->a, in->bytes, in->form, &out->book, e) != 0 || when(&p, e) != 0)
        return -1;
    p.names = names_index(l, e);
    p.who = p.names != NULL ? who_index(l, e) : NULL;
    if (p.who == NULL ||
        ledger_read_files(l->db, l->a, l->tenant_id, l->course_id, &p.shelf, e) != 0)
        return -1;
    p.taken = map_new(l->a);
    p.persons = map_new(l->a);
    vec_init(&p.problems, l->a, sizeof(struct importplan_problem));
    vec_init(&p.evidence, l->a, sizeof(struct evidence_in));
    columns(&p);
    p.scratch = arena_new((size_t)1 << 20);
    for (size_t i = 0; i < out->book.problems_n; i++)
        problem(&p, out->book.problems[i].line, STR_EMPTY, out->book.problems[i].why);
    out->problems_all += out->book.problems_all - out->book.problems_n;
    rows(&p);
    arena_free(p.scratch);
    out->problems = p.problems.p;
    out->problems_n = p.problems.n;
    if (out->problems_n > 1)
        qsort(out->problems, out->problems_n, sizeof out->problems[0], by_line);
    out->evidence = p.evidence.p;
    out->evidence_n = p.evidence.n;
    return 0;
}

/* --- choices ------------------------------------------------------------------- */

struct str importplan_choices(struct arena *a, const struct importplan_choice *c,
                              size_t n)
{
    struct js *o = js_object(a);
    for (size_t i = 0; i < n; i++) {
        struct js *one = js_object(a);
        js_set_str(one, "to", c[i].to);
        if (c[i].has_maximum)
            js_set_num(one, "max", c[i].maximum);
        js_set(o, str_fmt(a, "%zu", c[i].column).p, one);
    }
    return js_dump(a, o);
}

struct reading {
    struct vec rows; /* struct importplan_choice */
};

static int read_choice(void *ctx, struct str key, struct js *val)
{
    struct reading *r = ctx;
    int64_t column;
    struct importplan_choice c = {.to = js_text(val, "to")};
    if (!str_i64(key, &column) || column < 0 || r->rows.n >= GRADEBOOK_COLUMNS)
        return 0;
    c.column = (size_t)column;
    c.has_maximum = js_num(js_get(val, "max"), &c.maximum);
    *(struct importplan_choice *)vec_push(&r->rows) = c;
    return 0;
}

struct importplan_choice *importplan_choices_read(struct arena *a, struct str json,
                                                  size_t *n)
{
    struct reading r;
    vec_init(&r.rows, a, sizeof(struct importplan_choice));
    struct js *o = js_parse(a, json, CHOICES_N, 4, NULL);
    js_each(o, read_choice, &r);
    *n = r.rows.n;
    return r.rows.p;
}
