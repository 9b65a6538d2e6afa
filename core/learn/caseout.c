#include "learn/caseout.h"

#include "base/iso.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/unlock.h"
#include "file/casewrite.h"
#include "learn/casetree.h"

#define TITLE_MAX 120 /* as casemap.c cuts titles, and casetree.c units */
#define UNIT_MAX 80
#define FROM "From a framework of " /* as casemap.c begins `about` */

struct work {
    struct arena *a;
    const struct skill_map *m;
    struct case_package *p;
    struct str changed;
    struct vec items;    /* struct case_item */
    struct vec links;    /* struct case_link */
    struct vec notes;    /* struct str */
    int32_t *item_of;    /* of a skill */
    int32_t *parent;     /* of a skill: item, or -1: the document */
    struct map *units;   /* title -> int32_t *: item, or -1: the document */
    struct map *last;    /* title of a unit -> size_t *: its last skill */
    struct map *holders; /* title -> int32_t *: item of a skill that may hold others */
    struct map *levels;  /* title -> int32_t *: item */
    int64_t place;       /* sequence numbers go up, through all of them */
};

__attribute__((format(printf, 2, 3))) static void note(struct work *w, const char *fmt,
                                                       ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, w->a, 80);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    *(struct str *)vec_push(&w->notes) = buf_view(&b);
}

/* The identifier of something of ours. */
static struct str own_id(struct work *w, const char *kind, struct str name)
{
    return casewrite_uuid(w->a, str_fmt(w->a, "waymark %s %.*s %.*s", kind,
                                        STR_ARG(w->m->code), STR_ARG(name)));
}

static struct str source_of(const struct skill *s, const char *key)
{
    return js_text(s->source, key);
}

static int32_t add_item(struct work *w, struct case_item it)
{
    it.index = w->items.n;
    *(struct case_item *)vec_push(&w->items) = it;
    return (int32_t)it.index;
}

static void add_link(struct work *w, enum case_kind kind, int32_t from, int32_t to)
{
    *(struct case_link *)vec_push(&w->links) = (struct case_link){
        .kind = kind, .from = from, .to = to, .to_id = w->p->id, .sequence = INT64_MAX};
}

static void put_under(struct work *w, int32_t item, int32_t parent)
{
    add_link(w, CASE_CHILD, item, parent);
    ((struct case_link *)w->links.p)[w->links.n - 1].sequence = ++w->place;
}

/* --- skills ---------------------------------------------------------------------- */

static struct str *levels_of(struct arena *a, const struct skill *s, size_t *n)
{
    const struct js *list = js_get(s->source, "levels");
    struct str *v = ARENA_ARRAY(a, struct str, js_len(list));
    *n = 0;
    for (size_t i = 0; i < js_len(list); i++)
        *n += js_str(js_at(list, i), &v[*n]);
    return v;
}

static struct case_item item_of(struct work *w, const struct skill *s)
{
    struct case_item it = {.id = source_of(s, "id"),
                           .uri = source_of(s, "uri"),
                           .coding = source_of(s, "coding"),
                           .statement = source_of(s, "statement"),
                           .brief = source_of(s, "brief"),
                           .type = source_of(s, "type"),
                           .language = source_of(s, "language"),
                           .ends = source_of(s, "ends"),
                           .changed = source_of(s, "changed")};
    int64_t ms;
    it.levels = levels_of(w->a, s, &it.levels_n);
    if (it.id.n == 0)
        it.id = own_id(w, "skill", s->code);
    if (it.statement.n == 0)
        it.statement = s->title;
    if (s->source == NULL)
        it.coding = s->code;
    /* A title that somebody wrote is the short text. */
    if (!str_eq(s->title, casetree_title(w->a, &it, TITLE_MAX)))
        it.brief = s->title;
    if (!iso_parse(it.changed, &ms))
        it.changed = STR_EMPTY;
    if (s->standard.n > 0 && !str_eq(s->standard, it.coding))
        it.notes = str_fmt(w->a, "Standard: %.*s", STR_ARG(s->standard));
    return it;
}

static bool is_linked(const struct skill_map *m, size_t ord)
{
    const struct skill *s = &m->skills[ord];
    if (s->need_n > 0 && s->needs[0].hard && s->needs[0].any == 0)
        return true;
    for (size_t i = 0; i < s->open_n; i++) {
        const struct skill *user = &m->skills[s->opens[i]];
        for (size_t k = 0; k < user->need_n; k++)
            if ((size_t)user->needs[k].skill == ord && user->needs[k].hard &&
                user->needs[k].any == 0)
                return true;
    }
    return false;
}

/* The last skill of each unit, and which skill a title belongs to, if it may hold others:
 * an item with parts stays a skill when a `precedes` speaks of it. */
static void index_skills(struct work *w)
{
    for (size_t i = 0; i < w->m->skill_n; i++) {
        const struct skill *s = &w->m->skills[i];
        const struct case_item *it = &((struct case_item *)w->items.p)[w->item_of[i]];
        struct str title = casetree_title(w->a, it, UNIT_MAX);
        size_t *last = ARENA_NEW(w->a, size_t);
        int32_t *at = ARENA_NEW(w->a, int32_t);
        *last = i;
        *at = w->item_of[i];
        (void)map_put(w->last, s->unit, last);
        if (s->source != NULL && !str_eq(s->unit, title) &&
            map_get(w->holders, title) == NULL && is_linked(w->m, i))
            (void)map_put(w->holders, title, at);
    }
}

static size_t last_of(const struct work *w, struct str unit)
{
    const size_t *last = map_get(w->last, unit);
    return last != NULL ? *last : 0;
}

/* What a new unit stands under: the innermost unit that has begun and goes on behind it,
 * so that the order of the skills stays. */
static int32_t above(struct work *w, struct str unit)
{
    size_t mine = last_of(w, unit), best = SIZE_MAX;
    int32_t found = -1;
    for (size_t i = 0; i < map_len(w->units); i++) {
        size_t last = last_of(w, map_key(w->units, i));
        const int32_t *at = map_val(w->units, i);
        if (last > mine && last < best && *at >= 0) {
            best = last;
            found = *at;
        }
    }
    return found;
}

/* What stands above a unit's skills: the document, or a skill with that title (an item
 * with parts that a `precedes` speaks of), or else an item made for it. */
static int32_t unit_of(struct work *w, struct str unit)
{
    const int32_t *known = map_get(w->units, unit);
    struct case_item document = {.statement = w->p->title};
    if (known != NULL)
        return *known;
    int32_t *at = ARENA_NEW(w->a, int32_t);
    *at = -1;
    if (!str_eq(unit, casetree_title(w->a, &document, UNIT_MAX))) {
        const int32_t *holder = map_get(w->holders, unit);
        if (holder != NULL) {
            *at = *holder;
        } else {
            *at = add_item(w, (struct case_item){.id = own_id(w, "unit", unit),
                                                 .statement = unit,
                                                 .type = STR("Unit")});
            put_under(w, *at, above(w, unit));
        }
    }
    (void)map_put(w->units, unit, at);
    return *at;
}

static void add_skills(struct work *w)
{
    for (size_t i = 0; i < w->m->skill_n; i++)
        w->item_of[i] = add_item(w, item_of(w, &w->m->skills[i]));
    index_skills(w);
    for (size_t i = 0; i < w->m->skill_n; i++) {
        int32_t unit = unit_of(w, w->m->skills[i].unit);
        put_under(w, w->item_of[i], unit);
    }
}

/* --- what joins them ------------------------------------------------------------- */

static void add_needs(struct work *w)
{
    size_t groups = 0, levels = 0;
    for (size_t i = 0; i < w->m->skill_n; i++) {
        const struct skill *s = &w->m->skills[i];
        for (size_t k = 0; k < s->need_n; k++) {
            const struct skill_need *n = &s->needs[k];
            bool locks = n->hard && n->any == 0;
            groups += n->any > 0 && (k == 0 || s->needs[k - 1].any != n->any);
            levels += n->level != SKILL_MASTERED;
            add_link(w, locks ? CASE_PRECEDES : CASE_RELATED, w->item_of[n->skill],
                     w->item_of[i]);
        }
    }
    if (groups > 0)
        note(w,
             "%zu prerequisites of which one suffices are written as isRelatedTo, which "
             "only advises",
             groups);
    if (levels > 0)
        note(w, "%zu prerequisites ask for a level; that is left out", levels);
    if (w->m->unlock != NULL)
        note(w, "%zu rules of what opens what are left out", w->m->unlock->n);
    if (w->m->path_n > 0)
        note(w, "%zu paths are left out", w->m->path_n);
}

static void add_level(struct work *w, size_t ord)
{
    struct str title = source_of(&w->m->skills[ord], "level");
    if (title.n == 0)
        return;
    int32_t *at = map_get(w->levels, title);
    if (at == NULL) {
        at = ARENA_NEW(w->a, int32_t);
        *at = add_item(w, (struct case_item){.id = own_id(w, "level", title),
                                             .statement = title,
                                             .type = STR("Level")});
        put_under(w, *at, -1);
        (void)map_put(w->levels, title, at);
    }
    add_link(w, CASE_LEVEL, w->item_of[ord], *at);
}

struct label {
    struct work *w;
    size_t ord;
    const struct js *said; /* languages that were written already, or NULL */
};

static int add_label(void *ctx, struct str key, struct js *val)
{
    struct label *x = ctx;
    struct work *w = x->w;
    struct str text;
    const struct skill *s = &w->m->skills[x->ord];
    if (!js_str(val, &text) || js_get(x->said, str_z(w->a, key)) != NULL)
        return 0;
    struct str name = str_fmt(w->a, "%.*s %.*s", STR_ARG(s->code), STR_ARG(key));
    int32_t at = add_item(w, (struct case_item){.id = own_id(w, "label", name),
                                                .statement = text,
                                                .language = str_dup(w->a, key)});
    add_link(w, CASE_TRANSLATION, at, w->item_of[x->ord]);
    w->p->version = STR("1.1");
    return 0;
}

static void add_matches(struct work *w, size_t ord)
{
    const struct js *list = js_get(w->m->skills[ord].source, "matches");
    struct str uri;
    for (size_t i = 0; i < js_len(list); i++) {
        if (!js_str(js_at(list, i), &uri))
            continue;
        struct str tail = uri.n > 36 ? str_sub(uri, uri.n - 36, uri.n) : uri;
        struct str id = casewrite_is_uuid(tail) ? tail : casewrite_uuid(w->a, uri);
        add_link(w, CASE_EXACT, w->item_of[ord], -1);
        struct case_link *k = &((struct case_link *)w->links.p)[w->links.n - 1];
        k->to_id = id;
        k->to_uri = casewrite_is_uuid(uri) ? STR_EMPTY : uri;
    }
}

/* Codes of earlier versions, as items that ended. One that was split stands once. */
static void add_replaced(struct work *w)
{
    struct map *seen = map_new(w->a);
    for (size_t i = 0; i < w->m->heir_n; i++) {
        const struct skill_heir *h = &w->m->heirs[i];
        int32_t *at = map_get(seen, h->code);
        if (at == NULL) {
            at = ARENA_NEW(w->a, int32_t);
            *at = add_item(w, (struct case_item){.id = own_id(w, "skill", h->code),
                                                 .coding = h->code,
                                                 .statement = h->code,
                                                 .ends = str_sub(w->changed, 0, 10)});
            put_under(w, *at, -1);
            (void)map_put(seen, h->code, at);
        }
        add_link(w, CASE_REPLACED, *at, w->item_of[h->skill]);
    }
}

/* --- the document ---------------------------------------------------------------- */

/* The framework that most skills come from keeps its identifier. */
static struct str document_id(struct work *w)
{
    struct map *counts = map_new(w->a);
    struct str best = STR_EMPTY;
    size_t most = 0;
    for (size_t i = 0; i < w->m->skill_n; i++) {
        struct str id = source_of(&w->m->skills[i], "document");
        size_t *n = map_get(counts, id);
        if (id.n == 0)
            continue;
        if (n == NULL) {
            n = ARENA_NEW(w->a, size_t);
            (void)map_put(counts, id, n);
        }
        if (++*n > most) {
            most = *n;
            best = id;
        }
    }
    return best.n > 0 ? best : own_id(w, "map", STR_EMPTY);
}

static struct str creator_of(const struct skill_map *m)
{
    struct str from = STR(FROM);
    if (!str_starts(m->about, from) || !str_ends(m->about, STR(".")))
        return STR("Waymark");
    return str_sub(m->about, from.n, m->about.n - 1);
}

struct str caseout_write(struct arena *a, const struct skill_map *m, int64_t changed_ms,
                         struct caseout *out)
{
    struct work w = {.a = a,
                     .m = m,
                     .p = ARENA_NEW(a, struct case_package),
                     .changed = iso_format(a, changed_ms),
                     .item_of = ARENA_ARRAY(a, int32_t, m->skill_n),
                     .units = map_new(a),
                     .last = map_new(a),
                     .holders = map_new(a),
                     .levels = map_new(a)};
    vec_init(&w.items, a, sizeof(struct case_item));
    vec_init(&w.links, a, sizeof(struct case_link));
    vec_init(&w.notes, a, sizeof(struct str));
    *w.p = (struct case_package){.version = STR("1.0"),
                                 .title = m->title,
                                 .creator = creator_of(m),
                                 .language = m->language,
                                 .changed = w.changed};
    w.p->id = document_id(&w);
    add_skills(&w);
    add_needs(&w);
    for (size_t i = 0; i < m->skill_n; i++) {
        struct label x = {&w, i, NULL};
        add_level(&w, i);
        add_matches(&w, i);
        (void)js_each(js_get(m->skills[i].source, "labels"), add_label, &x);
        x.said = js_get(m->skills[i].source, "labels");
        (void)js_each(m->skills[i].titles, add_label, &x);
    }
    add_replaced(&w);
    w.p->items = w.items.p;
    w.p->items_n = w.items.n;
    w.p->links = w.links.p;
    w.p->links_n = w.links.n;
    *out = (struct caseout){.package = w.p, .notes = w.notes.p, .notes_n = w.notes.n};
    return casewrite(a, w.p);
}
