#include "learn/coverage.h"

#include "base/vec.h"
#include "engine/mapdoc.h"
#include "store/stmt.h"

#define PROOF_WEIGHT 0.5 /* the least that counts as a proof (engine/mastery.h) */

/* An activity on the way through the ties. */
struct place {
    bool counts; /* visible and not our own */
    bool tied;
    size_t items; /* known questions */
};

struct walk {
    struct arena *a;
    const struct coverage_in *in;
    struct coverage *out;
    struct map *places; /* activity id -> struct place */
    struct map *seen;   /* "ID/ORD": counted for that skill */
};

static struct str id_text(struct arena *a, int64_t id)
{
    return str_fmt(a, "%lld", (long long)id);
}

static void index_places(struct walk *w)
{
    const struct coverage_in *in = w->in;
    w->places = map_new(w->a);
    for (size_t i = 0; i < in->activities_n; i++) {
        struct place *p = ARENA_NEW(w->a, struct place);
        p->counts = in->activities[i].visible;
        map_put(w->places, id_text(w->a, in->activities[i].activity_id), p);
        w->out->hidden += !in->activities[i].visible;
    }
    for (size_t i = 0; i < in->own_n; i++) {
        struct place *p = map_get(w->places, id_text(w->a, in->own[i]));
        if (p != NULL)
            p->counts = false;
    }
    for (size_t i = 0; i < in->items_n; i++) {
        struct place *p = map_get(w->places, id_text(w->a, in->items[i].activity_id));
        if (p != NULL)
            p->items++;
    }
}

static void count_link(struct walk *w, const struct map_link *k)
{
    struct place *p = map_get(w->places, id_text(w->a, k->activity_id));
    int32_t ord = skill_find(w->in->map, k->skill_code);
    if (p == NULL || !p->counts || ord < 0)
        return;
    struct coverage_skill *s = &w->out->by_skill[ord];
    struct str pair = str_fmt(w->a, "%lld/%d", (long long)k->activity_id, (int)ord);
    if (map_put(w->seen, pair, s) == NULL)
        s->activities++;
    p->tied = true;
    if (k->weight >= PROOF_WEIGHT)
        s->items += k->item.n == 0 && p->items > 1 ? p->items : 1;
}

void coverage_of(struct arena *a, const struct coverage_in *in, struct coverage *out)
{
    struct walk w = {.a = a, .in = in, .out = out, .seen = map_new(a)};
    *out = (struct coverage){.map = in->map};
    out->skills = in->map != NULL ? in->map->skill_n : 0;
    out->by_skill = ARENA_ARRAY(a, struct coverage_skill, out->skills);
    index_places(&w);
    for (size_t i = 0; in->map != NULL && i < in->links_n; i++)
        count_link(&w, &in->links[i]);
    for (size_t i = 0; i < map_len(w.places); i++) {
        const struct place *p = map_val(w.places, i);
        out->activities += p->counts;
        out->tied += p->counts && p->tied;
    }
    for (size_t i = 0; i < out->skills; i++) {
        struct coverage_skill *s = &out->by_skill[i];
        s->provable = s->items > 0;
        out->with_activity += s->activities > 0;
        out->provable += s->provable;
        out->with_items += s->items >= COVERAGE_ITEMS;
    }
}

int coverage_own(struct learn *l, int64_t **ids, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, l->a, sizeof(int64_t));
    struct db_rows *r =
        db_ask(l->db, S_OWN_ACTIVITIES, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(int64_t *)vec_push(&v) = db_i64(r, 0);
    db_end(r);
    *ids = v.p;
    *n = v.n;
    return more;
}

int coverage_read(struct learn *l, struct coverage *out, struct err *e)
{
    struct arena *a = l->a;
    struct map_row row = {.map_id = 0};
    struct coverage_in in = {.map = NULL};
    struct activity *activities;
    struct map_link *links;
    struct activity_item *items;
    int64_t *own;
    int found = mapstore_current(l->db, a, l->tenant_id, l->course_id, &row, e);
    if (found < 0)
        return -1;
    if (found == 1 && (in.map = mapdoc_parse(a, row.document, NULL, e)) == NULL)
        return -1;
    if (activity_list(l->db, a, l->tenant_id, l->course_id, &activities, &in.activities_n,
                      e) < 0 ||
        mapstore_links(l->db, a, l->tenant_id, row.map_id, &links, &in.links_n, e) < 0 ||
        activity_items(l->db, a, l->tenant_id, l->course_id, &items, &in.items_n, e) <
            0 ||
        coverage_own(l, &own, &in.own_n, e) < 0)
        return -1;
    in.activities = activities;
    in.links = links;
    in.items = items;
    in.own = own;
    coverage_of(a, &in, out);
    return 0;
}
