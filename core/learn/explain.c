#include "learn/explain.h"

#include "base/vec.h"
#include "engine/flipset.h"
#include "learn/explainrun.h"
#include "learn/flags.h"
#include "learn/head.h"
#include "learn/model.h"
#include "learn/words.h"
#include "store/stmt.h"

#include <stdlib.h>

/* An activity, or a question of it, that tells about the skill. */
struct told {
    int64_t activity_id;
    struct str item;
    double weight;
};

struct reading {
    struct learn *l;
    const struct explain_who *who;
    struct explain *out;
    struct flags_ctx acts; /* the activities */
    struct vec told;       /* struct told */
    struct str change, opens;
    int64_t *ids; /* rows that told, as the engine left them */
    size_t ids_n;
    bool found;
};

static struct str skill_title(void *ctx, struct str code)
{
    const struct reading *p = ctx;
    for (size_t i = 0; i < p->out->panel.skills_n; i++)
        if (str_eq(p->out->panel.skills[i].code, code))
            return p->out->panel.skills[i].title;
    return STR_EMPTY;
}

static int by_activity(const void *x, const void *y)
{
    int64_t p = ((const struct activity *)x)->activity_id;
    int64_t q = ((const struct activity *)y)->activity_id;
    return (p > q) - (p < q);
}

static struct str activity_title(void *ctx, int64_t id)
{
    const struct reading *p = ctx;
    struct activity key = {.activity_id = id};
    const struct activity *act =
        p->acts.acts_n > 0
            ? bsearch(&key, p->acts.acts, p->acts.acts_n, sizeof(key), by_activity)
            : NULL;
    return act != NULL ? act->title : STR_EMPTY;
}

static struct say say_of(struct reading *p, struct str json, enum change_what what)
{
    struct change_names names = {
        .skill = skill_title, .activity = activity_title, .ctx = p};
    struct change c = change_read(p->l->a, json);
    return change_say(p->l->a, &c, what, &names);
}

static void find_ids(struct reading *p, struct str json)
{
    struct err e = {0};
    const struct js *arr = js_parse(p->l->a, json, 1u << 20, 2, &e);
    p->ids = ARENA_ARRAY(p->l->a, int64_t, js_len(arr));
    for (size_t i = 0; i < js_len(arr); i++)
        if (js_i64(js_at(arr, i), &p->ids[p->ids_n]))
            p->ids_n++;
}

static int read_state(struct db *db, struct reading *p, struct err *e)
{
    struct explain *out = p->out;
    struct arena *a = p->l->a;
    struct db_rows *r =
        db_ask(db, S_PAGE_SKILL, e, DB_I(p->l->tenant_id), DB_I(p->l->course_id),
               DB_I(p->who->person_id), DB_T(p->who->code));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        out->worked = true;
        out->p = db_f64(r, 0);
        out->p_low = db_f64(r, 1);
        out->p_high = db_f64(r, 2);
        find_ids(p, str_dup(a, db_text(r, 3)));
        p->change = str_dup(a, db_text(r, 4));
        p->opens = str_dup(a, db_text(r, 5));
        out->searched = p->change.n > 0;
        out->as_of_ms = db_i64(r, 6);
        out->rules_version = str_dup(a, db_text(r, 7));
        out->models_id = db_i64(r, 8);
        out->map_title = str_dup(a, db_text(r, 9));
        out->map_version = db_i64(r, 10);
    }
    db_end(r);
    return found < 0 ? -1 : 0;
}

static int read_told(struct db *db, struct reading *p, struct err *e)
{
    vec_init(&p->told, p->l->a, sizeof(struct told));
    struct db_rows *r = db_ask(db, S_PAGE_SKILL_TIES, e, DB_I(p->l->tenant_id),
                               DB_I(p->l->course_id), DB_T(p->who->code));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct told *)vec_push(&p->told) =
            (struct told){db_i64(r, 0), str_dup(p->l->a, db_text(r, 1)), db_f64(r, 2)};
    db_end(r);
    return more;
}

static bool counted_for(const struct reading *p, int64_t id)
{
    for (size_t i = 0; i < p->ids_n; i++)
        if (p->ids[i] == id)
            return true;
    return false;
}

/* Is the row about the skill at all? `material`: its activity only teaches. */
static bool about(const struct reading *p, const struct evidence *row, bool *material)
{
    const struct told *t = p->told.p;
    bool found = counted_for(p, row->evidence_id);
    *material = false;
    for (size_t i = 0; i < p->told.n; i++)
        if (t[i].activity_id == row->activity_id &&
            (t[i].item.n == 0 || row->item.n == 0 || str_eq(t[i].item, row->item))) {
            found = true;
            *material = t[i].weight == 0;
        }
    return found || (row->activity_id == 0 && str_eq(row->item, p->who->code));
}

static bool stands(const struct evidence *const *rows, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i]->evidence_id == id)
            return true;
    return false;
}

static const char *why_not(const struct reading *p, const struct evidence *row,
                           bool standing, bool material)
{
    if (counted_for(p, row->evidence_id))
        return NULL;
    if (!standing)
        return "skill.row_replaced";
    if (str_is(row->effort, LEDGER_WITHDRAWN))
        return "skill.row_withdrawn";
    if (str_is(row->effort, "low"))
        return "skill.row_low_effort";
    if (row->kind == EVIDENCE_COMPLETION || row->kind == EVIDENCE_SELF_REPORT ||
        row->kind == EVIDENCE_ACCESS)
        return "skill.row_no_result";
    if (!row->has_score || !row->has_maximum)
        return "skill.row_not_scored";
    if (row->received_ms > p->out->as_of_ms)
        return "skill.row_soon";
    return material ? "skill.row_material" : "skill.row_other_way";
}

static int newest_first(const void *x, const void *y)
{
    const struct evidence *p = &((const struct explain_row *)x)->event.row;
    const struct evidence *q = &((const struct explain_row *)y)->event.row;
    if (p->observed_ms != q->observed_ms)
        return p->observed_ms > q->observed_ms ? -1 : 1;
    return str_cmp(q->fact_key, p->fact_key);
}

static void fill_rows(struct reading *p, const struct ledger *book)
{
    struct explain *out = p->out;
    size_t all, standing_n;
    const struct evidence *const *rows = ledger_rows(book, &all);
    const struct evidence *const *standing = ledger_standing(book, p->l->a, &standing_n);
    out->rows = ARENA_ARRAY(p->l->a, struct explain_row, all);
    for (size_t i = 0; i < all; i++) {
        const struct evidence *row = rows[i];
        bool material, counts;
        if (row->kind == EVIDENCE_ACCESS || !about(p, row, &material))
            continue;
        counts = stands(standing, standing_n, row->evidence_id);
        const char *why = why_not(p, row, counts, material);
        out->rows[out->rows_all++] = (struct explain_row){
            .event = {.row = *row,
                      .activity_title = activity_title(p, row->activity_id),
                      .counts = why == NULL},
            .why = why};
    }
    if (out->rows_all > 1)
        qsort(out->rows, out->rows_all, sizeof(out->rows[0]), newest_first);
    out->rows_n = out->rows_all < EXPLAIN_ROWS ? out->rows_all : EXPLAIN_ROWS;
}

static int read_name(struct db *db, struct reading *p, struct err *e)
{
    struct learn *l = p->l;
    struct db_rows *r = db_ask(db, S_PAGE_PERSON, e, DB_I(l->tenant_id),
                               DB_I(l->course_id), DB_I(p->who->person_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        p->out->name = head_name(l, p->who->person_id, str_dup(l->a, db_text(r, 0)));
    db_end(r);
    p->found = found == 1;
    return found < 0 ? -1 : 0;
}

/* Both ways, for staff: one run of the engine for this person, as of the stored states.
 * */
static int read_more(struct db *db, struct reading *p, struct err *e)
{
    struct explainrun run;
    struct explain_more *more = &p->out->more;
    int found = explainrun_of(p->l, db, p->who->person_id, &run, e);
    if (found <= 0)
        return found;
    int32_t skill = skill_find(run.m.map, p->who->code);
    if (skill < 0 || run.stale)
        return 0;
    struct flipset_more f;
    flipset_skill(run.flips, skill, &f);
    struct arena *a = p->l->a;
    const struct skill_map *m = run.m.map;
    more->known = true;
    more->min_rows = m->limits.min_rows;
    more->min_days = m->limits.min_days;
    more->review_days = m->limits.review_days;
    more->p_mastered = m->limits.p_mastered;
    more->next = say_of(p, flipset_json(a, m, &f.next, skill), CHANGE_NEXT);
    more->less = say_of(p, flipset_json(a, m, &f.less, skill), CHANGE_MASTERED);
    more->open = say_of(p, flipset_json(a, m, &f.open, skill), CHANGE_OPEN);
    more->down = say_of(p, flipset_json(a, m, &f.down, skill), CHANGE_DOWN);
    return 0;
}

static int read_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    struct learn *l = p->l;
    struct ledger *book;
    if (read_name(db, p, e) < 0)
        return -1;
    if (!p->found)
        return 0;
    if (read_state(db, p, e) < 0 || read_told(db, p, e) < 0 ||
        flags_activities(l, db, &p->acts, e) < 0 ||
        ledger_read(db, l->a, l->tenant_id, l->course_id, p->who->person_id, INT64_MAX,
                    &book, e) < 0)
        return -1;
    fill_rows(p, book);
    p->out->mastered = say_of(p, p->change, CHANGE_MASTERED);
    p->out->opens = say_of(p, p->opens, CHANGE_OPEN);
    return p->who->staff && p->out->worked ? read_more(db, p, e) : 0;
}

static int note_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    return head_looked(p->l, db, p->who->by_person_id, "skill", p->who->person_id, e);
}

static bool find_skill(struct explain *out, struct str code)
{
    for (size_t i = 0; i < out->panel.skills_n; i++)
        if (str_eq(out->panel.skills[i].code, code))
            out->skill = &out->panel.skills[i];
    for (size_t i = 0; i < out->panel.next_n; i++)
        if (str_eq(out->panel.next[i].skill->code, code))
            out->card = &out->panel.next[i];
    return out->skill != NULL;
}

int explain_read(struct learn *l, const struct explain_who *who, struct explain *out,
                 struct err *e)
{
    struct reading p = {.l = l, .who = who, .out = out};
    struct panel_who panel = {.person_id = who->person_id,
                              .by_person_id = who->by_person_id,
                              .focus = who->code,
                              .quiet = true};
    *out = (struct explain){0};
    if (panel_read(l, &panel, &out->panel, e) < 0)
        return -1;
    if (!find_skill(out, who->code))
        return 0;
    if (db_tx(l->db, DB_READ, read_tx, &p, e) < 0)
        return -1;
    if (!p.found)
        return 0;
    if (who->by_person_id != who->person_id && db_tx(l->db, DB_WRITE, note_tx, &p, e) < 0)
        return -1;
    return 1;
}
