#include "engine/flipplace.h"

#include <stdlib.h>

#define STAYS_MS (2 * EVIDENCE_DAY_MS) /* a place must be open for so long */

struct spot {
    int64_t activity_id;
    struct str item;
    double weight;
    const struct course_activity *act;
};

struct flipplace_index {
    const struct engine_course *course;
    struct spot *spots; /* by skill, best first */
    size_t *from;       /* skill_n + 1 */
};

struct route {
    int64_t activity_id;
    enum ev_kind kind;
    struct str source_kind;
};

struct flipplace_routes {
    struct route *v; /* by activity */
    size_t n;
    bool grades_only;
    struct str usual; /* source of the newest result */
};

static int by_worth(const void *a, const void *b)
{
    const struct spot *x = a;
    const struct spot *y = b;
    if (x->act->restricted != y->act->restricted) {
        return x->act->restricted ? 1 : -1;
    }
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    if (x->act->position != y->act->position) {
        return x->act->position < y->act->position ? -1 : 1;
    }
    if (x->activity_id != y->activity_id) {
        return x->activity_id < y->activity_id ? -1 : 1;
    }
    return str_cmp(x->item, y->item);
}

static const struct course_activity *activity_of(const struct engine_parts *p, int64_t id)
{
    size_t low = 0;
    size_t high = p->activity_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (p->activities[mid].id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < p->activity_n && p->activities[low].id == id ? &p->activities[low]
                                                              : NULL;
}

/* Does a row here tell about the skill once, with a proof's weight? */
static bool is_place(const struct engine_parts *p, const struct tie *t, struct spot *out)
{
    *out = (struct spot){.activity_id = t->activity_id,
                         .item = t->item,
                         .weight = t->weight,
                         .act = activity_of(p, t->activity_id)};
    return t->weight >= MASTERY_PROOF_WEIGHT && out->act != NULL && out->act->visible;
}

static void count_places(const struct engine_parts *p, const struct tie *v, size_t n,
                         bool wholes, size_t *from)
{
    struct spot s;
    for (size_t i = 0; i < n; i++) {
        if ((wholes || v[i].item.n > 0) && is_place(p, &v[i], &s)) {
            from[v[i].skill + 1]++;
        }
    }
}

static void fill_places(const struct engine_parts *p, const struct tie *v, size_t n,
                        bool wholes, struct flipplace_index *x, size_t *fill)
{
    struct spot s;
    for (size_t i = 0; i < n; i++) {
        if ((wholes || v[i].item.n > 0) && is_place(p, &v[i], &s)) {
            x->spots[x->from[v[i].skill] + fill[v[i].skill]++] = s;
        }
    }
}

struct flipplace_index *flipplace_new(struct arena *a, const struct engine_course *c)
{
    const struct engine_parts *p = engine_parts_of(c);
    size_t skill_n = p->map->skill_n;
    size_t tie_n, whole_n;
    const struct tie *ties = engine_ties(c, false, &tie_n);
    const struct tie *wholes = engine_ties(c, true, &whole_n);
    struct flipplace_index *x = ARENA_NEW(a, struct flipplace_index);
    size_t *fill = ARENA_ARRAY(a, size_t, skill_n);
    x->course = c;
    x->from = ARENA_ARRAY(a, size_t, skill_n + 1);
    count_places(p, ties, tie_n, false, x->from);
    count_places(p, wholes, whole_n, true, x->from);
    for (size_t i = 0; i < skill_n; i++) {
        x->from[i + 1] += x->from[i];
    }
    x->spots = ARENA_ARRAY(a, struct spot, x->from[skill_n]);
    fill_places(p, ties, tie_n, false, x, fill);
    fill_places(p, wholes, whole_n, true, x, fill);
    for (size_t i = 0; i < skill_n; i++) {
        if (fill[i] > 1) {
            qsort(x->spots + x->from[i], fill[i], sizeof(*x->spots), by_worth);
        }
    }
    return x;
}

static int by_activity(const void *a, const void *b)
{
    const struct route *x = a;
    const struct route *y = b;
    return (x->activity_id > y->activity_id) - (x->activity_id < y->activity_id);
}

struct flipplace_routes *flipplace_seen(struct arena *a, const struct counted *counted)
{
    struct flipplace_routes *s = ARENA_NEW(a, struct flipplace_routes);
    s->v = ARENA_ARRAY(a, struct route, counted->row_n);
    s->grades_only = false;
    s->usual = STR("moodle-ws");
    size_t other = 0;
    for (size_t i = 0; i < counted->row_n; i++) {
        const struct ev *r = &counted->rows[i];
        double share;
        if (r->activity_id == 0 || r->kind > EV_GRADE || !evidence_share(r, &share)) {
            continue;
        }
        s->v[s->n++] = (struct route){r->activity_id, r->kind, r->source_kind};
        s->usual = r->source_kind;
        other += r->kind != EV_GRADE ? 1 : 0;
    }
    s->grades_only = s->n > 0 && other == 0;
    if (s->n > 1) {
        qsort(s->v, s->n, sizeof(*s->v), by_activity);
    }
    return s;
}

/* All counted rows of one activity came by one route: any of them tells it. */
static const struct route *route_of(const struct flipplace_routes *s, int64_t activity_id)
{
    struct route key = {.activity_id = activity_id};
    return s->n > 0 ? bsearch(&key, s->v, s->n, sizeof(key), by_activity) : NULL;
}

/* What would come of it; false when nothing new can. */
static bool place_of(const struct flipplace_routes *seen, const struct spot *s,
                     int64_t from_ms, struct flipplace *out)
{
    const struct route *r = route_of(seen, s->activity_id);
    bool closes = s->act->closes_ms > 0 && s->act->closes_ms <= from_ms + STAYS_MS;
    if (s->act->opens_ms > from_ms || closes || (r != NULL && r->kind == EV_GRADE)) {
        return false;
    }
    bool once = r == NULL && (seen->grades_only || str_is(s->act->kind, "assign"));
    *out = (struct flipplace){
        .activity_id = s->activity_id,
        .item = s->item,
        .weight = s->weight,
        .kind = r != NULL       ? r->kind
                : once          ? EV_GRADE
                : s->item.n > 0 ? EV_ANSWER
                                : EV_ATTEMPT,
        .source_kind = r != NULL ? r->source_kind : seen->usual,
        .once = once,
    };
    return true;
}

/* Two questions of one activity that is graded as a whole are two grades, both of which
 * stand: only the same question again would replace one. */
void flipplace_list(const struct flipplace_index *x, const struct flipplace_routes *seen,
                    int32_t skill, int64_t from_ms, struct flipplace *out, size_t max)
{
    size_t n = 0;
    for (size_t i = x->from[skill]; i < x->from[skill + 1] && n < max; i++) {
        if (!place_of(seen, &x->spots[i], from_ms, &out[n])) {
            continue;
        }
        n++;
        while (!out[n - 1].once && n < max) {
            out[n] = out[n - 1];
            n++;
        }
    }
    for (; n < max; n++) {
        out[n] = (struct flipplace){
            .item = engine_parts_of(x->course)->map->skills[skill].code,
            .weight = 1.0,
            .kind = EV_JUDGEMENT,
            .source_kind = STR("teacher"),
        };
    }
}
