#include "learn/fitdata.h"

#include "base/crc.h"
#include "base/vec.h"
#include "engine/count.h"
#include "learn/model.h"
#include "store/fitted.h"
#include "store/stmt.h"

#define PAGE_N ((size_t)512 << 20) /* bytes that a course and a hundred people may take */

/* Growing lists of one side. */
struct side {
    struct vec rows, rows_from;   /* struct answer, int32_t */
    struct vec tells, tells_from; /* the same by skill */
    struct vec begun, begun_from; /* int32_t, size_t */
};

struct reader {
    struct learn *l;
    struct fitdata *out;
    struct side train, held;
    struct map *items;    /* code -> int32_t */
    struct vec item_code; /* struct str */
    struct vec q_from, q_skill;
    int32_t *ords; /* of the course at hand: its map's skill -> ours, or -1 */
    bool *seen;    /* skills that the person has begun */
    int (*beat)(void *ctx, struct err *e);
    void *ctx;
};

static void side_init(struct side *s, struct arena *a)
{
    vec_init(&s->rows, a, sizeof(struct answer));
    vec_init(&s->rows_from, a, sizeof(int32_t));
    vec_init(&s->tells, a, sizeof(struct answer));
    vec_init(&s->tells_from, a, sizeof(int32_t));
    vec_init(&s->begun, a, sizeof(int32_t));
    vec_init(&s->begun_from, a, sizeof(size_t));
}

static void side_mark(struct side *s)
{
    *(int32_t *)vec_push(&s->rows_from) = (int32_t)s->rows.n;
    *(int32_t *)vec_push(&s->tells_from) = (int32_t)s->tells.n;
    *(size_t *)vec_push(&s->begun_from) = s->begun.n;
}

/* The number of an item; a new one is about these skills. */
static int32_t item_of(struct reader *r, const struct ev *row, const struct tie *ties,
                       size_t n)
{
    struct arena *a = r->l->a;
    struct str code =
        row->item.n > 0
            ? str_fmt(a, "%lld:%.*s", (long long)row->activity_id, STR_ARG(row->item))
            : str_fmt(a, "%lld", (long long)row->activity_id);
    const int32_t *known = map_get(r->items, code);
    if (known != NULL)
        return *known;
    int32_t *made = ARENA_NEW(a, int32_t);
    *made = (int32_t)r->item_code.n;
    map_put(r->items, code, made);
    *(struct str *)vec_push(&r->item_code) = code;
    for (size_t i = 0; i < n; i++)
        if (r->ords[ties[i].skill] >= 0)
            *(int32_t *)vec_push(&r->q_skill) = r->ords[ties[i].skill];
    *(int32_t *)vec_push(&r->q_from) = (int32_t)r->q_skill.n;
    return *made;
}

static struct answer answer_of(const struct ev *row, int32_t student, double share)
{
    return (struct answer){
        .student = student,
        .item = -1,
        .skill = -1,
        .at_s = row->observed_ms / 1000,
        .right = share >= 0.5,
        .partial = share > 0.0 && share < 1.0 ? (float)share : 0.0f,
    };
}

/* Questions, attempts and grades; whatever else counts says nothing of an item. */
static bool is_work(const struct ev *row, double *share)
{
    return row->activity_id != 0 && !row->low_effort && row->weight > 0.0 &&
           (row->kind == EV_ANSWER || row->kind == EV_ATTEMPT || row->kind == EV_GRADE) &&
           evidence_share(row, share);
}

static void add_row(struct reader *r, const struct engine_course *course, struct side *s,
                    const struct ev *row)
{
    double share;
    size_t n = 0;
    if (!is_work(row, &share))
        return;
    const struct tie *t = engine_told(course, row->activity_id, row->item, &n);
    struct answer v = answer_of(row, (int32_t)s->rows_from.n - 1, share);
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        int32_t skill = r->ords[t[i].skill];
        if (skill < 0 || t[i].weight <= 0.0)
            continue;
        if (t[i].weight > most)
            v.skill = skill;
        most = t[i].weight > most ? t[i].weight : most;
        if (!r->seen[skill])
            *(int32_t *)vec_push(&s->begun) = skill;
        r->seen[skill] = true;
        if (t[i].weight < MASTERY_PROOF_WEIGHT)
            continue;
        struct answer *told = vec_push(&s->tells);
        *told = v;
        told->skill = skill;
    }
    if (v.skill < 0)
        return; /* it tells about nothing of this map */
    v.item = item_of(r, row, t, n);
    *(struct answer *)vec_push(&s->rows) = v;
    r->out->rows++;
}

static void add_person(struct reader *r, const struct engine_course *course,
                       const struct ledger *book, int64_t person_id, struct arena *a)
{
    struct counted counted;
    size_t n;
    struct str id = str_fmt(a, "%lld", (long long)person_id);
    struct side *s = crc_32(id) % 5 == 0 ? &r->held : &r->train;
    size_t before = s->rows.n;
    struct ev *ev = model_evidence(book, a, INT64_MAX, &n);
    count_rows(a, ev, n, &counted);
    for (size_t i = 0; i < r->out->map->skill_n; i++)
        r->seen[i] = false;
    side_mark(s);
    for (size_t i = 0; i < counted.row_n; i++)
        add_row(r, course, s, &counted.rows[i]);
    if (s->rows.n > before) {
        r->out->persons++;
        return;
    }
    s->rows_from.n--; /* nothing to learn from */
    s->tells_from.n--;
    s->begun_from.n--;
}

static int read_people(struct reader *r, struct learn *own, const struct model *m,
                       struct arena *page, struct err *e)
{
    int64_t ids[MODEL_PAGE], after = 0;
    size_t n = MODEL_PAGE;
    while (n == MODEL_PAGE && !r->out->cut) {
        struct ledger_shelf *shelf;
        arena_reset(page);
        if (model_persons(own, S_LEARNERS_AFTER, after, ids, &n, e) < 0 ||
            (r->beat != NULL && r->beat(r->ctx, e) < 0))
            return -1;
        if (n == 0)
            break;
        after = ids[n - 1];
        if (ledger_read_persons(own->db, page, own->tenant_id, own->course_id, ids[0],
                                after, INT64_MAX, &shelf, e) < 0)
            return -1;
        for (size_t i = 0; i < n; i++)
            add_person(r, m->course, ledger_of(shelf, ids[i]), ids[i], page);
        r->out->cut = r->out->rows > FITDATA_ROWS_MAX;
    }
    return 0;
}

/* Skills of another version of the map, by their codes. */
static void meet(struct reader *r, const struct skill_map *other)
{
    r->ords = ARENA_ARRAY(r->l->a, int32_t, other->skill_n);
    for (size_t i = 0; i < other->skill_n; i++) {
        int32_t heir;
        size_t n = skill_heirs(r->out->map, other->skills[i].code, &heir, 1);
        r->ords[i] = n > 0 ? heir : -1;
    }
}

static int read_course(struct reader *r, int64_t course_id, struct arena *a,
                       struct arena *page, struct err *e)
{
    struct model m;
    struct learn own = *r->l;
    own.a = a;
    own.course_id = course_id;
    arena_reset(a);
    if (model_load(&own, &m, e) < 0)
        return -1;
    if (m.course == NULL)
        return 0;
    meet(r, m.map);
    r->out->courses++;
    return read_people(r, &own, &m, page, e);
}

static void finish(struct reader *r, struct side *s, struct fitdata_side *out)
{
    struct fitdata *d = r->out;
    int32_t people = (int32_t)s->rows_from.n;
    side_mark(s); /* the end of the last */
    out->of_items = (struct answers){.rows = s->rows.p,
                                     .n = s->rows.n,
                                     .student_n = people,
                                     .item_n = (int32_t)d->item_n,
                                     .skill_n = (int32_t)d->map->skill_n,
                                     .from = s->rows_from.p,
                                     .q_from = r->q_from.p,
                                     .q_skill = r->q_skill.p,
                                     .q_skill_n = (int32_t)d->map->skill_n};
    out->of_skills = (struct answers){.rows = s->tells.p,
                                      .n = s->tells.n,
                                      .student_n = people,
                                      .item_n = 0,
                                      .skill_n = (int32_t)d->map->skill_n,
                                      .from = s->tells_from.p};
    out->begun = (struct transit_rows){.item_n = (int32_t)d->map->skill_n,
                                       .person_n = (size_t)people,
                                       .from = s->begun_from.p,
                                       .items = s->begun.p};
}

int fitdata_read(struct learn *l, const struct skill_map *map,
                 int (*beat)(void *ctx, struct err *e), void *ctx, struct fitdata *out,
                 struct err *e)
{
    int64_t *courses;
    size_t n;
    *out = (struct fitdata){.map = map};
    struct reader r = {.l = l, .out = out, .beat = beat, .ctx = ctx};
    side_init(&r.train, l->a);
    side_init(&r.held, l->a);
    r.items = map_new(l->a);
    vec_init(&r.item_code, l->a, sizeof(struct str));
    vec_init(&r.q_from, l->a, sizeof(int32_t));
    vec_init(&r.q_skill, l->a, sizeof(int32_t));
    *(int32_t *)vec_push(&r.q_from) = 0;
    r.seen = ARENA_ARRAY(l->a, bool, map->skill_n);
    if (fitted_courses(l->db, l->a, l->tenant_id, map->code, -1, &courses, &n, e) < 0)
        return -1;
    struct arena *a = arena_new(PAGE_N), *page = arena_new(PAGE_N);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n && !out->cut; i++)
        rc = read_course(&r, courses[i], a, page, e);
    arena_free(a);
    arena_free(page);
    out->items = r.item_code.p;
    out->item_n = r.item_code.n;
    finish(&r, &r.train, &out->train);
    finish(&r, &r.held, &out->held);
    return rc;
}
