#include "learn/openlook.h"

#include "base/map.h"
#include "base/vec.h"
#include "learn/head.h"
#include "learn/words.h"
#include "store/stmt.h"

#include <stdlib.h>

static const struct {
    const char *word;
    const char *state; /* of the row; NULL: there is none */
} stands[OPENLOOK_STANDS] = {
    [OPENLOOK_CLOSED_THERE] = {"closed_there", "closed_there"},
    [OPENLOOK_FAILED] = {"failed", "failed"},
    [OPENLOOK_WAITING] = {"waiting", "waiting"},
    [OPENLOOK_NOW] = {"now", NULL},
    [OPENLOOK_NEAR_IT] = {"near", NULL},
    [OPENLOOK_FAR] = {"far", NULL},
    [OPENLOOK_OPEN] = {"open", "open"},
    [OPENLOOK_SEEN] = {"seen", "seen"},
    [OPENLOOK_CLOSED] = {"closed", "closed"},
};

const char *openlook_word(enum openlook_stand stand)
{
    return stands[stand].word;
}

static enum openlook_stand stand_of(struct str state)
{
    for (int i = 0; i < OPENLOOK_STANDS; i++)
        if (stands[i].state != NULL && str_is(state, stands[i].state))
            return (enum openlook_stand)i;
    return OPENLOOK_FAR;
}

static void put_unit(struct openlook_row *row, const struct units_row *units, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(units[i].slug, row->o.unit)) {
            row->unit_title = units[i].title;
            row->skills = units[i].skills;
            return;
        }
}

static void put_column(struct openlook_row *row, const struct gate *gates, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(gates[i].unit, row->o.unit))
            row->column = gates[i].url;
}

/* --- the list ----------------------------------------------------------------------- */

struct listing {
    struct learn *l;
    int64_t by_person_id;
    struct openlook_list *out;
};

static int read_targets(struct db *db, struct listing *w, struct err *e)
{
    struct vec v;
    vec_init(&v, w->l->a, sizeof(struct openlook_target));
    struct db_rows *r =
        db_ask(db, S_OPENING_TARGETS, e, DB_I(w->l->tenant_id), DB_I(w->l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct openlook_target *)vec_push(&v) = (struct openlook_target){
            str_dup(w->l->a, db_text(r, 0)), str_dup(w->l->a, db_text(r, 1)),
            str_dup(w->l->a, db_text(r, 2))};
    db_end(r);
    w->out->targets = v.p;
    w->out->targets_n = v.n;
    return more;
}

static int read_rows(struct db *db, struct listing *w, struct err *e)
{
    const struct learn *l = w->l;
    struct openlook_list *out = w->out;
    struct opening *rows;
    struct opening_count *counts;
    struct gate *gates;
    size_t k, gates_n;
    if (opening_list(db, l->a, l->tenant_id, l->course_id, &rows, &out->n, e) < 0 ||
        opening_counts(db, l->a, l->tenant_id, l->course_id, &counts, &k, e) < 0 ||
        gate_list(db, l->a, l->tenant_id, l->course_id, &gates, &gates_n, e) < 0)
        return -1;
    out->rows = ARENA_ARRAY(l->a, struct openlook_row, out->n);
    for (size_t i = 0; i < out->n; i++) {
        struct openlook_row *row = &out->rows[i];
        row->o = rows[i];
        put_unit(row, out->units, out->units_n);
        put_column(row, gates, gates_n);
        for (size_t j = 0; j < k; j++)
            if (counts[j].opening_id == row->o.opening_id)
                row->counts[stand_of(counts[j].state)] += counts[j].n;
    }
    return 0;
}

static int list_tx(struct db *db, void *ctx, struct err *e)
{
    struct listing *w = ctx;
    struct learn *l = w->l;
    struct head head;
    *w->out = (struct openlook_list){.n = 0};
    if (head_read(l, db, w->by_person_id, &head, e) < 0 ||
        units_read(l, &w->out->units, &w->out->units_n, e) < 0 ||
        read_rows(db, w, e) < 0 || read_targets(db, w, e) < 0)
        return -1;
    w->out->course_title = head.title;
    w->out->has_map = w->out->units_n > 0;
    return w->by_person_id == 0 ? 0 : head_looked(l, db, w->by_person_id, "gates", 0, e);
}

int openlook_list(struct learn *l, int64_t by_person_id, struct openlook_list *out,
                  struct err *e)
{
    struct listing w = {l, by_person_id, out};
    return db_tx(l->db, by_person_id == 0 ? DB_READ : DB_WRITE, list_tx, &w, e);
}

/* --- one opening: everybody --------------------------------------------------------- */

struct look {
    struct learn *l;
    int64_t opening_id;
    int64_t by_person_id;
    struct openlook *out;
    bool found;
    struct panel_skill *skills; /* of the unit: code and title */
    size_t skills_n;
    struct map *people; /* person's id -> struct openlook_who */
    struct vec who;     /* of struct openlook_who * */
};

static struct str id_key(struct arena *a, int64_t id)
{
    return str_fmt(a, "%lld", (long long)id);
}

static struct openlook_who *person(struct look *w, int64_t id)
{
    return map_get(w->people, id_key(w->l->a, id));
}

static struct openlook_who *person_new(struct look *w, int64_t id, struct str sealed)
{
    struct openlook_who *p = ARENA_NEW(w->l->a, struct openlook_who);
    *p = (struct openlook_who){.person_id = id,
                               .name = head_name(w->l, id, str_dup(w->l->a, sealed))};
    /* One flag for each skill until the end: not mastered yet. */
    p->missing = ARENA_ARRAY(w->l->a, struct str, w->skills_n);
    for (size_t i = 0; i < w->skills_n; i++)
        p->missing[i] = w->skills[i].title;
    map_put(w->people, id_key(w->l->a, id), p);
    *(struct openlook_who **)vec_push(&w->who) = p;
    return p;
}

static int read_skills(struct db *db, struct look *w, struct err *e)
{
    struct learn *l = w->l;
    struct vec v;
    vec_init(&v, l->a, sizeof(struct panel_skill));
    struct db_rows *r =
        db_ask(db, S_PAGE_SKILLS, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        if (str_eq(db_text(r, 2), w->out->row.unit_title))
            *(struct panel_skill *)vec_push(&v) = (struct panel_skill){
                .code = str_dup(l->a, db_text(r, 0)),
                .title = head_title(l, db_text(r, 1), db_text(r, 4))};
    db_end(r);
    w->skills = v.p;
    w->skills_n = v.n;
    return more;
}

static int read_students(struct db *db, struct look *w, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_PAGE_STUDENTS, e, DB_I(w->l->tenant_id), DB_I(w->l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        person_new(w, db_i64(r, 0), db_text(r, 1))->active = true;
    db_end(r);
    return more;
}

static void note_held(const struct look *w, struct openlook_who *p, struct str code)
{
    for (size_t i = 0; i < w->skills_n && p != NULL; i++)
        if (str_eq(w->skills[i].code, code))
            p->missing[i] = STR_EMPTY;
}

static int read_held(struct db *db, struct look *w, struct err *e)
{
    struct openlook_who *p = NULL;
    struct db_rows *r =
        db_ask(db, S_OPENING_HOLDERS, e, DB_I(w->l->tenant_id), DB_I(w->l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        if (p == NULL || p->person_id != db_i64(r, 0))
            p = person(w, db_i64(r, 0));
        note_held(w, p, db_text(r, 1));
    }
    db_end(r);
    return more;
}

static int read_noted(struct db *db, struct look *w, struct err *e)
{
    struct db_rows *r = db_ask(db, S_OPENING_NOTED, e, DB_I(w->l->tenant_id),
                               DB_I(w->l->course_id), DB_T(w->out->row.o.unit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        size_t n;
        struct str *codes = words_list(w->l->a, str_dup(w->l->a, db_text(r, 2)), &n);
        struct openlook_who *p = person(w, db_i64(r, 0));
        for (size_t i = 0; i < n; i++)
            note_held(w, p, codes[i]);
    }
    db_end(r);
    return more;
}

static int read_members(struct db *db, struct look *w, struct err *e)
{
    struct learn *l = w->l;
    struct opening_member *rows;
    size_t n;
    if (opening_members(db, l->a, l->tenant_id, w->opening_id, &rows, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct openlook_who *p = person(w, rows[i].person_id);
        if (p == NULL)
            p = person_new(w, rows[i].person_id, rows[i].name_sealed);
        p->member = &rows[i];
        p->evidence_n = words_count(l->a, rows[i].evidence_ids);
        if (rows[i].by_person_id != 0)
            p->by_name = head_name(l, rows[i].by_person_id, rows[i].by_sealed);
    }
    return 0;
}

/* How many skills more it takes. */
static int64_t needs(size_t held, size_t total, int64_t percent)
{
    size_t k = 0;
    while (held + k < total && gates_percent(held + k, total) < percent)
        k++;
    return (int64_t)k;
}

static void settle(struct look *w, struct openlook_who *p)
{
    size_t total = w->skills_n, kept = 0;
    for (size_t i = 0; i < total; i++)
        if (p->missing[i].n > 0)
            p->missing[kept++] = p->missing[i];
    p->missing_n = kept;
    p->percent = gates_percent(total - kept, total);
    p->needs = needs(total - kept, total, w->out->row.o.percent);
    if (p->member != NULL)
        p->stand = stand_of(p->member->state);
    else if (total > 0 && p->needs == 0)
        p->stand = OPENLOOK_NOW;
    else
        p->stand =
            total > 0 && p->needs <= OPENLOOK_NEAR ? OPENLOOK_NEAR_IT : OPENLOOK_FAR;
    w->out->row.counts[p->stand]++;
}

static int by_stand(const void *x, const void *y)
{
    const struct openlook_who *p = x, *q = y;
    if (p->stand != q->stand)
        return p->stand < q->stand ? -1 : 1;
    int order = str_cmp(p->name, q->name);
    return order != 0 ? order
                      : (p->person_id > q->person_id) - (p->person_id < q->person_id);
}

static void gather(struct look *w)
{
    struct openlook_who **all = w->who.p;
    w->out->who_n = w->who.n;
    w->out->who = ARENA_ARRAY(w->l->a, struct openlook_who, w->who.n);
    for (size_t i = 0; i < w->who.n; i++) {
        settle(w, all[i]);
        w->out->who[i] = *all[i];
    }
    if (w->who.n > 1)
        qsort(w->out->who, w->who.n, sizeof w->out->who[0], by_stand);
}

static int read_row(struct db *db, struct look *w, struct err *e)
{
    struct learn *l = w->l;
    struct openlook_row *row = &w->out->row;
    struct units_row *units;
    struct gate *gates;
    size_t units_n, gates_n;
    int found =
        opening_get(db, l->a, l->tenant_id, l->course_id, w->opening_id, &row->o, e);
    w->found = found == 1;
    if (found <= 0)
        return found;
    if (units_read(l, &units, &units_n, e) < 0 ||
        gate_list(db, l->a, l->tenant_id, l->course_id, &gates, &gates_n, e) < 0)
        return -1;
    put_unit(row, units, units_n);
    put_column(row, gates, gates_n);
    return 0;
}

static int look_tx(struct db *db, void *ctx, struct err *e)
{
    struct look *w = ctx;
    struct learn *l = w->l;
    struct head head;
    *w->out = (struct openlook){.who_n = 0};
    w->people = map_new(l->a);
    vec_init(&w->who, l->a, sizeof(struct openlook_who *));
    if (read_row(db, w, e) < 0)
        return -1;
    if (!w->found)
        return 0;
    if (head_read(l, db, w->by_person_id, &head, e) < 0 || read_skills(db, w, e) < 0 ||
        read_students(db, w, e) < 0 || read_held(db, w, e) < 0 ||
        read_noted(db, w, e) < 0 || read_members(db, w, e) < 0)
        return -1;
    w->out->course_title = head.title;
    gather(w);
    return w->by_person_id == 0 ? 0 : head_looked(l, db, w->by_person_id, "gates", 0, e);
}

int openlook_read(struct learn *l, int64_t opening_id, int64_t by_person_id,
                  struct openlook *out, struct err *e)
{
    struct look w = {
        .l = l, .opening_id = opening_id, .by_person_id = by_person_id, .out = out};
    if (db_tx(l->db, by_person_id == 0 ? DB_READ : DB_WRITE, look_tx, &w, e) < 0)
        return -1;
    return w.found;
}

/* --- one person --------------------------------------------------------------------- */

int openlook_of(struct learn *l, int64_t person_id, struct openlook_of **rows, size_t *n,
                struct err *e)
{
    struct opening *all;
    struct opening_held *held;
    struct units_row *units;
    size_t all_n, held_n, units_n;
    *n = 0;
    if (opening_list(l->db, l->a, l->tenant_id, l->course_id, &all, &all_n, e) < 0)
        return -1;
    *rows = ARENA_ARRAY(l->a, struct openlook_of, all_n);
    if (all_n == 0)
        return 0;
    if (opening_held(l->db, l->a, l->tenant_id, l->course_id, person_id, &held, &held_n,
                     e) < 0 ||
        units_read(l, &units, &units_n, e) < 0)
        return -1;
    for (size_t i = 0; i < all_n; i++) {
        if (!str_is(all[i].state, "active"))
            continue;
        struct openlook_row row = {.o = all[i]};
        struct openlook_of *p = &(*rows)[(*n)++];
        put_unit(&row, units, units_n);
        *p = (struct openlook_of){all[i], row.unit_title, OPENLOOK_FAR};
        for (size_t k = 0; k < held_n; k++)
            if (held[k].opening_id == all[i].opening_id)
                p->stand = stand_of(held[k].state);
    }
    return 0;
}
