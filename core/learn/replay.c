#include "learn/replay.h"

#include "base/vec.h"
#include "engine/order.h"
#include "learn/model.h"
#include "store/stmt.h"

#include <stdlib.h>
#include <string.h>

#define SCRATCH_N ((size_t)256 << 20)

struct replay {
    struct learn *l;
    struct arena *scratch; /* of one person */
    struct arena *kept;    /* of the model at hand */
    struct model m;
    bool loaded;
    struct arena *dated; /* of the course as of its last reading */
    struct engine_course *course;
    int64_t work_read_ms;
    const int64_t *ids; /* of the page at hand */
    size_t ids_n;
    void (*say)(void *ctx, struct str line);
    void *ctx;
    struct replay_counts *c;
    int64_t person_id;
};

/* A row as text: what "byte for byte" compares. */
struct line {
    struct str name;
    struct str text;
};

static struct line line_skill(struct arena *a, const struct state_skill *v)
{
    return (struct line){str_fmt(a, "skill %.*s", STR_ARG(v->skill_code)),
                         str_fmt(a, "%.17g %.17g %.17g %.*s n=%lld last=%lld %.*s %.*s",
                                 v->p_mastery, v->p_low, v->p_high, STR_ARG(v->word),
                                 (long long)v->evidence_n, (long long)v->last_ms,
                                 STR_ARG(v->evidence_ids), STR_ARG(v->change))};
}

static struct line line_ready(struct arena *a, const struct state_ready *v)
{
    return (struct line){
        str_fmt(a, "ready %.*s", STR_ARG(v->skill_code)),
        str_fmt(a, "%d %.*s %.*s", v->ready, STR_ARG(v->missing), STR_ARG(v->change))};
}

static struct line line_flag(struct arena *a, const struct state_flag *v)
{
    return (struct line){
        str_fmt(a, "flag %.*s", STR_ARG(v->rule_code)),
        str_fmt(a, "%.*s %.*s since=%lld %.*s %.*s %.*s %.*s", STR_ARG(v->level),
                STR_ARG(v->decided), (long long)v->since_ms, STR_ARG(v->facts),
                STR_ARG(v->evidence_ids), STR_ARG(v->sources), STR_ARG(v->change))};
}

static struct line line_next(struct arena *a, const struct state_next *v)
{
    struct str drawn = str_fmt(a, "q=%.17g %.*s", v->propensity, STR_ARG(v->trial));
    return (struct line){str_fmt(a, "next %lld", (long long)v->rank),
                         str_fmt(a, "%.*s activity=%lld %.*s %.17g %.*s %.*s %.*s %.*s",
                                 STR_ARG(v->skill_code), (long long)v->activity_id,
                                 STR_ARG(v->reason), v->score, STR_ARG(v->facts),
                                 STR_ARG(v->evidence_ids), STR_ARG(v->change),
                                 STR_ARG(drawn))};
}

static int order_line(const void *x, const void *y)
{
    return str_cmp(((const struct line *)x)->name, ((const struct line *)y)->name);
}

static struct line *lines_of(struct arena *a, const struct state *s, size_t *n)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct line));
    *(struct line *)vec_push(&v) =
        (struct line){STR("run"), str_fmt(a, "share %.17g path %.*s gap %.*s", s->share,
                                          STR_ARG(s->path), STR_ARG(s->gap))};
    for (size_t i = 0; i < s->skills_n; i++)
        *(struct line *)vec_push(&v) = line_skill(a, &s->skills[i]);
    for (size_t i = 0; i < s->readies_n; i++)
        *(struct line *)vec_push(&v) = line_ready(a, &s->readies[i]);
    for (size_t i = 0; i < s->flags_n; i++)
        *(struct line *)vec_push(&v) = line_flag(a, &s->flags[i]);
    for (size_t i = 0; i < s->nexts_n; i++)
        *(struct line *)vec_push(&v) = line_next(a, &s->nexts[i]);
    qsort(v.p, v.n, v.size, order_line);
    *n = v.n;
    return v.p;
}

static void differ(struct replay *r, const struct line *stored, const struct line *fresh)
{
    INVARIANT(stored != NULL || fresh != NULL);
    r->c->different++;
    if (r->say == NULL)
        return;
    struct str name = stored != NULL ? stored->name : fresh->name;
    struct str was = stored != NULL ? stored->text : STR("nothing");
    struct str is = fresh != NULL ? fresh->text : STR("nothing");
    r->say(r->ctx,
           str_fmt(r->scratch, "person %lld, %.*s: stored \"%.*s\", replayed \"%.*s\"",
                   (long long)r->person_id, STR_ARG(name), STR_ARG(was), STR_ARG(is)));
}

static bool same_bits(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0;
}

static bool same_skill(const struct state_skill *x, const struct state_skill *y)
{
    return str_eq(x->skill_code, y->skill_code) &&
           same_bits(x->p_mastery, y->p_mastery) && same_bits(x->p_low, y->p_low) &&
           same_bits(x->p_high, y->p_high) && str_eq(x->word, y->word) &&
           x->evidence_n == y->evidence_n && x->last_ms == y->last_ms &&
           str_eq(x->evidence_ids, y->evidence_ids) && str_eq(x->change, y->change);
}

static bool same_ready(const struct state_ready *x, const struct state_ready *y)
{
    return str_eq(x->skill_code, y->skill_code) && x->ready == y->ready &&
           str_eq(x->missing, y->missing) && str_eq(x->change, y->change);
}

/* The code is the first member of skill and ready rows. */
static int order_code(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* Skills and readies, which are most of it, field by field; what is stored comes in
 * order. Where this finds a difference, the lines of text say which. */
static bool same_bulk(struct arena *a, const struct state *stored,
                      const struct state *fresh)
{
    if (stored->skills_n != fresh->skills_n || stored->readies_n != fresh->readies_n)
        return false;
    const void **s =
        order_of(a, fresh->skills, fresh->skills_n, sizeof fresh->skills[0], order_code);
    const void **p = order_of(a, fresh->readies, fresh->readies_n,
                              sizeof fresh->readies[0], order_code);
    for (size_t i = 0; i < stored->skills_n; i++)
        if (!same_skill(&stored->skills[i], s[i]))
            return false;
    for (size_t i = 0; i < stored->readies_n; i++)
        if (!same_ready(&stored->readies[i], p[i]))
            return false;
    return true;
}

static void compare(struct replay *r, const struct state *stored_all,
                    const struct state *fresh_all)
{
    struct state few[2] = {*stored_all, *fresh_all};
    struct state *stored = &few[0], *fresh = &few[1];
    if (same_bulk(r->scratch, stored, fresh)) {
        r->c->rows += stored->skills_n + stored->readies_n;
        stored->skills_n = stored->readies_n = 0;
        fresh->skills_n = fresh->readies_n = 0;
    }
    size_t n, k, i = 0, j = 0;
    struct line *x = lines_of(r->scratch, stored, &n);
    struct line *y = lines_of(r->scratch, fresh, &k);
    while (i < n || j < k) {
        int c = i == n ? 1 : j == k ? -1 : str_cmp(x[i].name, y[j].name);
        r->c->rows++;
        if (c < 0)
            differ(r, &x[i++], NULL);
        else if (c > 0)
            differ(r, NULL, &y[j++]);
        else if (!str_eq(x[i].text, y[j].text))
            differ(r, &x[i++], &y[j++]);
        else
            i++, j++;
    }
}

/* The course as it was for that run. */
static int model_for(struct replay *r, const struct state *stored, struct err *e)
{
    if (r->loaded && r->m.map_id == stored->map_id &&
        r->m.models_id == stored->models_id &&
        str_eq(r->m.rules_version, stored->rules_version))
        return 0;
    arena_reset(r->kept);
    struct learn l = *r->l;
    l.a = r->kept;
    r->loaded = false;
    r->course = NULL;
    struct model_with with = {.map_id = stored->map_id,
                              .models_id = stored->models_id,
                              .rules_version = str_dup(r->kept, stored->rules_version)};
    if (model_load_as(&l, &with, &r->m, e) < 0)
        return -1;
    r->loaded = true;
    return 0;
}

/* The same as of the last reading that the run knew of; mostly the one before did too. */
static int course_for(struct replay *r, const struct state *stored, struct err *e)
{
    if (r->course != NULL && r->work_read_ms == stored->work_read_ms)
        return 0;
    arena_reset(r->dated);
    r->work_read_ms = stored->work_read_ms;
    r->course = model_course_at(&r->m, r->dated, stored->work_read_ms, e);
    return r->course != NULL ? 0 : -1;
}

static int one_person(struct replay *r, struct db *db, struct err *e)
{
    struct learn *l = r->l;
    struct arena *a = r->scratch;
    struct state stored, fresh;
    struct ledger *book;
    struct state_grant *grants, *opened;
    struct decision *decisions;
    size_t opened_n;
    struct model_in in = {.person_id = r->person_id, .again = true};
    arena_reset(a);
    int found = state_read(db, a, l->tenant_id, l->course_id, r->person_id, &stored, e);
    if (found <= 0)
        return found;
    if (model_for(r, &stored, e) < 0)
        return -1;
    if (r->m.catalogue_ms > stored.as_of_ms) {
        r->c->stale++; /* the catalogue changed since: a recompute is on its way */
        return 0;
    }
    in.as_of_ms = stored.as_of_ms;
    if (ledger_read(db, a, l->tenant_id, l->course_id, r->person_id, stored.as_of_ms,
                    &book, e) < 0 ||
        state_grants(db, a, l->tenant_id, l->course_id, r->person_id, stored.as_of_ms,
                     &grants, &in.grants_n, e) < 0 ||
        decision_list(db, a, l->tenant_id, l->course_id, r->person_id, 0, &decisions,
                      &in.decisions_n, e) < 0)
        return -1;
    while (in.decisions_n > 0 && decisions[in.decisions_n - 1].at_ms > stored.as_of_ms)
        in.decisions_n--; /* made since; they are ordered by time */
    in.ledger = book;
    in.grants = grants;
    in.decisions = decisions;
    if (course_for(r, &stored, e) < 0)
        return -1;
    model_work(&r->m, r->course, &in, a, &fresh, &opened, &opened_n);
    if (!same_bulk(a, &stored, &fresh)) { /* a change that the run saw not to work? */
        in.again = false;
        model_work(&r->m, r->course, &in, a, &fresh, &opened, &opened_n);
    }
    r->c->persons++;
    compare(r, &stored, &fresh);
    return 0;
}

/* One snapshot a page of people. May run again, from the beginning. */
static int page_tx(struct db *db, void *ctx, struct err *e)
{
    struct replay *r = ctx;
    struct replay_counts before = *r->c;
    for (size_t i = 0; i < r->ids_n; i++) {
        r->person_id = r->ids[i];
        if (one_person(r, db, e) < 0) {
            *r->c = before;
            return -1;
        }
    }
    return 0;
}

static int each_person(struct replay *r, struct err *e)
{
    int64_t ids[MODEL_PAGE];
    int64_t after = 0;
    size_t n = MODEL_PAGE;
    while (n == MODEL_PAGE) {
        if (model_persons(r->l, S_RUNS_AFTER, after, ids, &n, e) < 0)
            return -1;
        r->ids = ids;
        r->ids_n = n;
        if (n > 0 && db_tx(r->l->db, DB_READ, page_tx, r, e) < 0)
            return -1;
        after = n > 0 ? ids[n - 1] : after;
    }
    return 0;
}

int replay_course(struct learn *l, void (*say)(void *ctx, struct str line), void *ctx,
                  struct replay_counts *c, struct err *e)
{
    *c = (struct replay_counts){0};
    struct replay r = {.l = l,
                       .scratch = arena_new(SCRATCH_N),
                       .kept = arena_new(SCRATCH_N),
                       .dated = arena_new(SCRATCH_N),
                       .say = say,
                       .ctx = ctx,
                       .c = c};
    int rc = each_person(&r, e);
    arena_free(r.scratch);
    arena_free(r.dated);
    arena_free(r.kept);
    return rc;
}
