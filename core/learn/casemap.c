#include "learn/casemap.h"

#include "base/vec.h"
#include "engine/acyclic.h"
#include "engine/mapdoc.h"
#include "engine/unlock.h"
#include "learn/casetree.h"

#include <stdlib.h>

#define TITLE_MAX 120
#define CODE_MAX 64
#define MATCHES_MAX 64

/* A skill of the map that is made. */
struct draft {
    struct skill s;
    struct vec needs;    /* struct need */
    struct vec replaces; /* struct str */
    struct vec matches;  /* struct str: addresses of what is the same elsewhere */
    int32_t item;        /* of the package, or -1 */
    int32_t ord;         /* in the new map */
    bool before;         /* it was in the map */
};

struct need {
    struct draft *on;
    bool hard;
    int32_t any, level; /* as in skill_need */
};

struct work {
    struct arena *a;
    const struct case_package *p;
    const struct skill_map *before;
    struct str before_text; /* as a document, before anything here touches it */
    const struct casemap_opt *opt;
    struct casemap_plan *out;
    struct casetree *t;
    struct vec drafts;       /* struct draft *, in the order of the new map */
    struct map *codes;       /* taken codes -> struct draft * */
    struct draft **of_item;  /* the draft of an item, or NULL */
    struct draft **of_skill; /* of a skill of `before`, or NULL: it was replaced */
    struct map *codings;     /* humanCodingScheme -> how many items have it */
    struct acyclic *graph;
    struct vec changes[CASEMAP_KINDS];
};

__attribute__((format(printf, 4, 5))) static void
tell(struct work *w, enum casemap_kind kind, struct str code, const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, w->a, 80);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    *(struct casemap_change *)vec_push(&w->changes[kind]) =
        (struct casemap_change){.kind = kind, .code = code, .text = buf_view(&b)};
}

static struct draft *draft_new(struct work *w)
{
    struct draft *d = ARENA_NEW(w->a, struct draft);
    vec_init(&d->needs, w->a, sizeof(struct need));
    vec_init(&d->replaces, w->a, sizeof(struct str));
    vec_init(&d->matches, w->a, sizeof(struct str));
    d->item = -1;
    return d;
}

static void add_text(struct vec *v, struct str s, size_t max)
{
    const struct str *have = v->p;
    for (size_t i = 0; i < v->n; i++)
        if (str_eq(have[i], s))
            return;
    if (s.n > 0 && v->n < max)
        *(struct str *)vec_push(v) = s;
}

static void take(struct work *w, struct draft *d)
{
    d->ord = (int32_t)w->drafts.n;
    *(struct draft **)vec_push(&w->drafts) = d;
    if (d->item >= 0)
        w->of_item[d->item] = d;
}

/* --- codes ---------------------------------------------------------------------- */

static bool code_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A coding scheme as a code of ours: "HSA.REI B 3" becomes "HSA.REI-B-3". */
static struct str as_code(struct arena *a, struct str s, size_t max)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < max; i++) {
        char c = s.p[i];
        bool sign = c == '.' || c == '_' || c == '-';
        if (code_char(c) || (sign && n > 0))
            p[n++] = c;
        else if (n > 0 && p[n - 1] != '-')
            p[n++] = '-';
    }
    while (n > 0 && !code_char(p[n - 1]))
        n--;
    return (struct str){p, n};
}

static void count_codings(struct work *w)
{
    w->codings = map_new(w->a);
    for (size_t i = 0; i < w->p->items_n; i++) {
        struct str code = as_code(w->a, w->p->items[i].coding, CODE_MAX);
        size_t *n = map_get(w->codings, code);
        if (n == NULL) {
            n = ARENA_NEW(w->a, size_t);
            (void)map_put(w->codings, code, n);
        }
        /* What was replaced leaves its code to what replaces it. */
        *n += w->t->heir_first[i] < 0;
    }
}

/* May this new skill have the code of a skill that was replaced? Only if it is the one
 * that replaces it: evidence goes by code. */
static bool may_inherit(const struct work *w, struct str code, const struct draft *d)
{
    int32_t ord = w->before != NULL ? skill_find(w->before, code) : -1;
    if (ord < 0)
        return true;
    const struct skill *old = &w->before->skills[ord];
    int32_t heirs[2] = {-1, -1};
    int32_t item = casetree_find(w->t, js_text(old->source, "id"));
    return item >= 0 && casetree_heirs(w->t, item, heirs, 2) == 1 && heirs[0] == d->item;
}

/* What a code stood for in an earlier version must not become another skill's. */
static bool was_used(const struct work *w, struct str code)
{
    int32_t one;
    return w->before != NULL && skill_find(w->before, code) < 0 &&
           skill_heirs(w->before, code, &one, 1) > 0;
}

static struct str choose_code(struct work *w, const struct draft *d)
{
    const struct case_item *it = &w->p->items[d->item];
    struct str own = as_code(w->a, it->coding, CODE_MAX);
    const size_t *n = map_get(w->codings, own);
    if (own.n > 0 && n != NULL && *n <= 1 && map_get(w->codes, own) == NULL &&
        may_inherit(w, own, d) && !was_used(w, own))
        return own;
    struct str id = as_code(w->a, it->id, CODE_MAX - 2);
    struct str head = str_sub(own, 0, CODE_MAX - 9), tail = str_sub(id, 0, 8);
    struct str mixed = str_fmt(w->a, "%.*s-%.*s", STR_ARG(head), STR_ARG(tail));
    if (own.n > 0 && map_get(w->codes, mixed) == NULL && !was_used(w, mixed) &&
        may_inherit(w, mixed, d))
        return mixed;
    struct str plain = str_fmt(w->a, "C-%.*s", STR_ARG(id));
    for (size_t i = 2; map_get(w->codes, plain) != NULL; i++) {
        struct str cut = str_sub(id, 0, CODE_MAX - 12);
        plain = str_fmt(w->a, "C-%.*s-%zu", STR_ARG(cut), i);
    }
    return plain;
}

/* --- what is kept of an item ----------------------------------------------------- */

static void put(struct js *o, const char *key, struct str s)
{
    if (s.n > 0)
        js_set_str(o, key, s);
}

static void put_list(struct arena *a, struct js *o, const char *key, const struct str *v,
                     size_t n)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < n; i++)
        js_push_str(list, v[i]);
    if (n > 0)
        js_set(o, key, list);
}

static struct str level_of(struct work *w, int32_t item)
{
    if (w->t->level[item] < 0)
        return STR_EMPTY;
    return casetree_title(w->a, &w->p->items[w->t->level[item]], TITLE_MAX);
}

/* The member "source" of a skill (config/maps/README.md), without labels and matches. */
static struct js *source_of(struct work *w, int32_t item)
{
    const struct case_item *it = &w->p->items[item];
    struct js *o = js_object(w->a);
    js_set_str(o, "id", it->id);
    put(o, "uri", it->uri);
    put(o, "document", w->p->id);
    put(o, "coding", it->coding);
    put(o, "statement", it->statement);
    put(o, "brief", it->brief);
    put(o, "type", it->type);
    put_list(w->a, o, "levels", it->levels, it->levels_n);
    put(o, "language", it->language);
    put(o, "ends", it->ends);
    put(o, "changed", it->changed);
    put(o, "level", level_of(w, item));
    return o;
}

/* Words of other languages, and what is the same in other frameworks. */
static void add_links(struct work *w)
{
    for (size_t i = 0; i < w->p->links_n; i++) {
        const struct case_link *k = &w->p->links[i];
        struct draft *d = k->from >= 0 ? w->of_item[k->from] : NULL;
        struct str to = k->to_uri.n > 0 ? k->to_uri : k->to_id;
        if (k->kind == CASE_EXACT && d != NULL)
            add_text(&d->matches, to, MATCHES_MAX);
        d = k->to >= 0 ? w->of_item[k->to] : NULL;
        if (k->kind == CASE_TRANSLATION && d != NULL && k->from >= 0) {
            const struct case_item *it = &w->p->items[k->from];
            struct js *labels = js_get(d->s.source, "labels");
            if (labels == NULL) {
                labels = js_object(w->a);
                js_set(d->s.source, "labels", labels);
            }
            if (it->language.n > 0 && it->language.n <= 35)
                js_set_str(labels, str_z(w->a, it->language), it->statement);
        }
    }
}

static void old_matches(struct draft *d, const struct js *source)
{
    const struct js *list = js_get(source, "matches");
    struct str s;
    for (size_t i = 0; i < js_len(list); i++)
        if (js_str(js_at(list, i), &s))
            add_text(&d->matches, s, MATCHES_MAX);
}

/* --- skills ---------------------------------------------------------------------- */

static struct str unit_of(struct work *w, int32_t item)
{
    return casetree_unit(w->t, item, w->opt->unit_level);
}

/* The title that an item had when it was read last. */
static struct str title_then(struct work *w, const struct js *source)
{
    struct case_item it = {.brief = js_text(source, "brief"),
                           .statement = js_text(source, "statement")};
    return casetree_title(w->a, &it, TITLE_MAX);
}

/* What the framework says anew of a skill that is there. A title that a person has
 * written stays. */
static void refresh(struct work *w, struct draft *d)
{
    const struct case_item *it = &w->p->items[d->item];
    struct str title = casetree_title(w->a, it, TITLE_MAX);
    struct js *source = source_of(w, d->item);
    bool ours = str_eq(d->s.title, title_then(w, d->s.source));
    bool words = !str_eq(js_text(d->s.source, "statement"), it->statement) ||
                 !str_eq(js_text(d->s.source, "brief"), it->brief);
    if (words)
        tell(w, CASEMAP_CHANGED, d->s.code, "new words: %.*s", STR_ARG(title));
    else if (!str_eq(js_text(d->s.source, "coding"), it->coding))
        tell(w, CASEMAP_CHANGED, d->s.code, "is called %.*s now", STR_ARG(it->coding));
    else if (!str_eq(js_text(d->s.source, "ends"), it->ends))
        tell(w, CASEMAP_CHANGED, d->s.code, "is in force until %.*s", STR_ARG(it->ends));
    if (ours)
        d->s.title = title;
    if (str_eq(d->s.standard, js_text(d->s.source, "coding")) && it->coding.n <= CODE_MAX)
        d->s.standard = it->coding;
    d->s.source = source;
    if (w->t->ended[d->item])
        tell(w, CASEMAP_ENDED, d->s.code, "ended on %.*s", STR_ARG(it->ends));
}

static struct draft *kept(struct work *w, size_t i)
{
    const struct skill *s = &w->before->skills[i];
    struct draft *d = draft_new(w);
    d->s = *s;
    d->before = true;
    for (size_t k = 0; k < s->replaces_n; k++)
        add_text(&d->replaces, s->replaces[k], MAPDOC_MAX_REPLACES);
    old_matches(d, s->source);
    d->item = casetree_find(w->t, js_text(s->source, "id"));
    if (d->item >= 0) {
        refresh(w, d);
    } else if (s->source != NULL && str_eq(js_text(s->source, "document"), w->p->id)) {
        tell(w, CASEMAP_GONE, s->code, "is not in the framework any more");
    }
    return d;
}

static struct draft *fresh(struct work *w, int32_t item)
{
    const struct case_item *it = &w->p->items[item];
    struct draft *d = draft_new(w);
    d->item = item;
    d->s = (struct skill){
        .title = casetree_title(w->a, it, TITLE_MAX),
        .unit = unit_of(w, item),
        .standard = it->coding.n <= CODE_MAX ? it->coding : STR_EMPTY,
        .minutes = 10,
        .source = source_of(w, item),
    };
    return d;
}

/* Skills of the map that is there: those that stay, and in the place of a replaced one
 * what replaces it. */
static void take_before(struct work *w)
{
    for (size_t i = 0; w->before != NULL && i < w->before->skill_n; i++) {
        int32_t heirs[SKILL_HEIRS_MAX];
        int32_t item = casetree_find(w->t, js_text(w->before->skills[i].source, "id"));
        size_t n = item < 0 ? 0 : casetree_heirs(w->t, item, heirs, SKILL_HEIRS_MAX);
        if (n == 0) {
            w->of_skill[i] = kept(w, i);
            (void)map_put(w->codes, w->of_skill[i]->s.code, w->of_skill[i]);
            take(w, w->of_skill[i]);
        }
        for (size_t k = 0; k < n; k++) {
            bool there = w->of_item[heirs[k]] != NULL;
            for (size_t j = i; j < w->before->skill_n && !there; j++)
                there = str_eq(js_text(w->before->skills[j].source, "id"),
                               w->p->items[heirs[k]].id);
            if (!there)
                take(w, fresh(w, heirs[k]));
        }
    }
}

/* For each item, the skill of the map that it says it is an exact match of. */
static struct draft **same_elsewhere(struct work *w)
{
    struct draft **same = ARENA_ARRAY(w->a, struct draft *, w->p->items_n + 1);
    struct map *by_id = map_new(w->a);
    for (size_t i = 0; i < w->drafts.n; i++) {
        struct draft *d = ((struct draft **)w->drafts.p)[i];
        if (d->before && d->s.source != NULL)
            (void)map_put(by_id, js_text(d->s.source, "id"), d);
    }
    for (size_t i = 0; i < w->p->links_n && map_len(by_id) > 0; i++) {
        const struct case_link *k = &w->p->links[i];
        if (k->kind == CASE_EXACT && k->from >= 0 && k->to < 0 && same[k->from] == NULL)
            same[k->from] = map_get(by_id, k->to_id);
    }
    return same;
}

static void take_new(struct work *w)
{
    struct draft **same = same_elsewhere(w);
    for (size_t i = 0; i < w->p->items_n; i++) {
        int32_t item = w->t->order[i];
        if (!casetree_is_skill(w->t, item) || w->of_item[item] != NULL)
            continue;
        struct draft *d = same[item];
        if (d == NULL) {
            take(w, fresh(w, item));
            continue;
        }
        const struct case_item *it = &w->p->items[item];
        add_text(&d->matches, it->uri.n > 0 ? it->uri : it->id, MATCHES_MAX);
        w->of_item[item] = d;
        tell(w, CASEMAP_MATCHED, d->s.code, "is %.*s of this framework",
             STR_ARG(it->coding.n > 0 ? it->coding : it->id));
    }
}

static void name_new(struct work *w)
{
    for (size_t i = 0; i < w->drafts.n; i++) {
        struct draft *d = ((struct draft **)w->drafts.p)[i];
        if (d->before)
            continue;
        d->s.code = choose_code(w, d);
        (void)map_put(w->codes, d->s.code, d);
        tell(w, CASEMAP_NEW, d->s.code, "%.*s", STR_ARG(d->s.title));
    }
}

/* The drafts that stand for a skill of `before` now. */
static size_t now_of(const struct work *w, int32_t ord, struct draft **out)
{
    if (w->of_skill[ord] != NULL) {
        out[0] = w->of_skill[ord];
        return 1;
    }
    int32_t heirs[SKILL_HEIRS_MAX];
    int32_t item = casetree_find(w->t, js_text(w->before->skills[ord].source, "id"));
    size_t n = casetree_heirs(w->t, item, heirs, SKILL_HEIRS_MAX);
    for (size_t i = 0; i < n; i++)
        out[i] = w->of_item[heirs[i]];
    return n;
}

/* What was replaced leaves its codes to its heirs. */
static void hand_on(struct work *w)
{
    for (size_t i = 0; w->before != NULL && i < w->before->skill_n; i++) {
        const struct skill *s = &w->before->skills[i];
        struct draft *heirs[SKILL_HEIRS_MAX];
        struct buf names;
        if (w->of_skill[i] != NULL)
            continue;
        size_t n = now_of(w, (int32_t)i, heirs);
        buf_init(&names, w->a, 64);
        for (size_t k = 0; k < n; k++) {
            buf_fmt(&names, "%s%.*s", k > 0 ? ", " : "", STR_ARG(heirs[k]->s.code));
            if (map_get(w->codes, s->code) == NULL)
                add_text(&heirs[k]->replaces, s->code, MAPDOC_MAX_REPLACES);
            for (size_t j = 0; j < s->replaces_n; j++)
                add_text(&heirs[k]->replaces, s->replaces[j], MAPDOC_MAX_REPLACES);
        }
        struct str text = buf_view(&names);
        tell(w, CASEMAP_REPLACED, s->code, "%.*s", STR_ARG(text));
    }
}

/* What the package itself says was replaced, so that its codes are known: whoever has
 * evidence under one of them knows where it belongs. */
static void replaced_here(struct work *w)
{
    for (size_t i = 0; w->before == NULL && i < w->p->items_n; i++) {
        int32_t heirs[SKILL_HEIRS_MAX];
        struct str code = as_code(w->a, w->p->items[i].coding, CODE_MAX);
        size_t n = casetree_heirs(w->t, (int32_t)i, heirs, SKILL_HEIRS_MAX);
        for (size_t k = 0; k < n && code.n > 0; k++)
            if (w->of_item[heirs[k]] != NULL && map_get(w->codes, code) == NULL)
                add_text(&w->of_item[heirs[k]]->replaces, code, MAPDOC_MAX_REPLACES);
    }
}

/* --- prerequisites --------------------------------------------------------------- */

static struct need *has_need(struct draft *d, const struct draft *on)
{
    struct need *v = d->needs.p;
    for (size_t i = 0; i < d->needs.n; i++)
        if (v[i].on == on)
            return &v[i];
    return NULL;
}

static void tell_circle(struct work *w, const struct draft *on, const struct draft *d)
{
    const int32_t *nodes;
    size_t n = acyclic_circle(w->graph, &nodes);
    struct buf b;
    buf_init(&b, w->a, 128);
    for (size_t i = 0; i < n && i < 20; i++) {
        struct draft *x = ((struct draft **)w->drafts.p)[nodes[i]];
        buf_fmt(&b, "%.*s > ", STR_ARG(x->s.code));
    }
    struct str way = buf_view(&b);
    tell(w, CASEMAP_LEFT_OUT, d->s.code,
         "%.*s before %.*s would close a circle: %.*s%.*s", STR_ARG(on->s.code),
         STR_ARG(d->s.code), STR_ARG(way), STR_ARG(d->s.code));
}

/* `n.on` comes before `d`. Counts into *added unless NULL. */
static void add_need(struct work *w, struct draft *d, struct need n, size_t *added)
{
    struct draft *on = n.on;
    struct need *have = has_need(d, on);
    if (d == on || (have != NULL && (have->hard || !n.hard)))
        return;
    if (have != NULL) {
        *have = n;
    } else if (d->needs.n == MAPDOC_MAX_NEEDS) {
        tell(w, CASEMAP_LEFT_OUT, d->s.code, "%.*s before %.*s: it has %d already",
             STR_ARG(on->s.code), STR_ARG(d->s.code), MAPDOC_MAX_NEEDS);
        return;
    } else {
        switch (acyclic_add(w->graph, on->ord, d->ord)) {
        case ACYCLIC_CIRCLE:
            tell_circle(w, on, d);
            return;
        case ACYCLIC_TIRED:
            tell(w, CASEMAP_LEFT_OUT, d->s.code,
                 "%.*s before %.*s: too many prerequisites cross each other",
                 STR_ARG(on->s.code), STR_ARG(d->s.code));
            return;
        case ACYCLIC_ADDED:
            break;
        }
        *(struct need *)vec_push(&d->needs) = n;
    }
    if (added != NULL)
        ++*added;
}

/* A number for a group that no group of another skill has: two may become one. */
static int32_t group_of(size_t skill, int32_t any)
{
    return any > 0 ? (int32_t)skill * (MAPDOC_MAX_NEEDS + 1) + any : 0;
}

/* Prerequisites of the map that is there. Of a group one suffices; where a member was
 * split, one of its parts does. */
static void old_needs(struct work *w)
{
    for (size_t i = 0; w->before != NULL && i < w->before->skill_n; i++) {
        const struct skill *s = &w->before->skills[i];
        struct draft *of[SKILL_HEIRS_MAX], *on[SKILL_HEIRS_MAX];
        size_t of_n = now_of(w, (int32_t)i, of);
        for (size_t j = 0; j < s->need_n; j++) {
            size_t on_n = now_of(w, s->needs[j].skill, on);
            for (size_t x = 0; x < of_n; x++)
                for (size_t y = 0; y < on_n; y++)
                    add_need(w, of[x],
                             (struct need){.on = on[y],
                                           .hard = s->needs[j].hard,
                                           .any = group_of(i, s->needs[j].any),
                                           .level = s->needs[j].level},
                             NULL);
        }
    }
}

/* The drafts of one end of a link: of the item, or of what replaced it. */
static size_t ends_of(const struct work *w, int32_t item, struct draft **out)
{
    int32_t heirs[SKILL_HEIRS_MAX];
    size_t n = 0;
    if (item < 0)
        return 0;
    if (w->of_item[item] != NULL) {
        out[0] = w->of_item[item];
        return 1;
    }
    size_t heirs_n = casetree_heirs(w->t, item, heirs, SKILL_HEIRS_MAX);
    for (size_t i = 0; i < heirs_n; i++)
        if (w->of_item[heirs[i]] != NULL)
            out[n++] = w->of_item[heirs[i]];
    return n;
}

static void new_needs(struct work *w, enum case_kind kind)
{
    for (size_t i = 0; i < w->p->links_n; i++) {
        const struct case_link *k = &w->p->links[i];
        struct draft *from[SKILL_HEIRS_MAX], *to[SKILL_HEIRS_MAX];
        if (k->kind != kind)
            continue;
        size_t from_n = ends_of(w, k->from, from), to_n = ends_of(w, k->to, to);
        w->out->outside_n += kind == CASE_PRECEDES && from_n * to_n == 0;
        for (size_t x = 0; x < from_n; x++) {
            for (size_t y = 0; y < to_n; y++) {
                struct draft *first = from[x], *then = to[y];
                /* What is merely related has no direction: it takes that of the rest. */
                if (kind == CASE_RELATED && acyclic_place(w->graph, first->ord) >
                                                acyclic_place(w->graph, then->ord)) {
                    first = to[y];
                    then = from[x];
                }
                add_need(w, then,
                         (struct need){.on = first,
                                       .hard = kind == CASE_PRECEDES,
                                       .level = SKILL_MASTERED},
                         kind == CASE_PRECEDES ? &w->out->hard_added
                                               : &w->out->soft_added);
            }
        }
    }
}

/* --- the document ---------------------------------------------------------------- */

static void fill_skill(struct work *w, struct draft *d)
{
    struct skill *s = &d->s;
    const struct need *v = d->needs.p;
    s->needs = ARENA_ARRAY(w->a, struct skill_need, d->needs.n);
    s->need_n = d->needs.n;
    for (size_t i = 0; i < d->needs.n; i++) {
        size_t like = 0; /* members of its group; one alone is needed for itself */
        for (size_t k = 0; k < d->needs.n; k++)
            like += v[k].any > 0 && v[k].any == v[i].any;
        s->needs[i] = (struct skill_need){.skill = v[i].on->ord,
                                          .hard = v[i].hard,
                                          .any = like > 1 ? v[i].any : 0,
                                          .level = v[i].level};
    }
    skill_sort_needs(s);
    s->replaces = d->replaces.p;
    s->replaces_n = 0;
    for (size_t i = 0; i < d->replaces.n; i++)
        if (map_get(w->codes, ((struct str *)d->replaces.p)[i]) == NULL)
            s->replaces[s->replaces_n++] = ((struct str *)d->replaces.p)[i];
    if (s->source != NULL && d->matches.n > 0)
        put_list(w->a, s->source, "matches", d->matches.p, d->matches.n);
}

/* Targets that were merely where nothing leads on are worked out anew. */
static void fill_targets(struct work *w, struct skill_map *m)
{
    bool *seen = ARENA_ARRAY(w->a, bool, w->drafts.n);
    m->target_n = 0;
    m->targets = ARENA_ARRAY(w->a, int32_t, w->drafts.n);
    if (w->before != NULL && skill_targets_chosen(w->a, w->before)) {
        for (size_t i = 0; i < w->before->target_n; i++) {
            struct draft *now[SKILL_HEIRS_MAX];
            size_t n = now_of(w, w->before->targets[i], now);
            for (size_t k = 0; k < n; k++) {
                if (!seen[now[k]->ord])
                    m->targets[m->target_n++] = now[k]->ord;
                seen[now[k]->ord] = true;
            }
        }
    } /* none: the reader takes every skill that no other needs */
}

/* The goals of each path, by what stands for them now; a path without any is left out. */
static void fill_paths(struct work *w, struct skill_map *m)
{
    size_t n = m->path_n;
    m->path_n = 0;
    m->paths = ARENA_ARRAY(w->a, struct skill_path, n);
    for (size_t i = 0; i < n; i++) {
        struct skill_path p = w->before->paths[i];
        bool *seen = ARENA_ARRAY(w->a, bool, w->drafts.n);
        p.goals = ARENA_ARRAY(w->a, struct skill_goal, w->drafts.n);
        p.goal_n = 0;
        for (size_t j = 0; j < w->before->paths[i].goal_n; j++) {
            struct draft *now[SKILL_HEIRS_MAX];
            struct skill_goal g = w->before->paths[i].goals[j];
            size_t now_n = now_of(w, g.skill, now);
            for (size_t k = 0; k < now_n; k++) {
                g.skill = now[k]->ord;
                if (!seen[g.skill])
                    p.goals[p.goal_n++] = g;
                seen[g.skill] = true;
            }
        }
        if (p.goal_n > 0)
            m->paths[m->path_n++] = p;
    }
}

/* An activity that told about a replaced skill tells about what replaces it. */
static void fill_rules(struct work *w, struct skill_map *m)
{
    m->rules = ARENA_ARRAY(w->a, struct skill_rule, m->rule_n);
    for (size_t i = 0; i < m->rule_n; i++) {
        const struct skill_rule *old = &w->before->rules[i];
        struct skill_rule *r = &m->rules[i];
        *r = *old;
        r->tell_n = 0;
        r->tells = ARENA_ARRAY(w->a, struct skill_tell, MAPDOC_MAX_TELLS);
        for (size_t j = 0; j < old->tell_n; j++) {
            struct draft *now[SKILL_HEIRS_MAX];
            size_t n = now_of(w, old->tells[j].skill, now);
            for (size_t k = 0; k < n && r->tell_n < MAPDOC_MAX_TELLS; k++) {
                struct skill_tell t = old->tells[j];
                bool twice = false;
                t.skill = now[k]->ord;
                for (size_t x = 0; x < r->tell_n; x++)
                    twice = twice || (r->tells[x].skill == t.skill &&
                                      str_eq(r->tells[x].slot, t.slot));
                if (!twice)
                    r->tells[r->tell_n++] = t;
            }
        }
    }
}

static size_t ords_now(void *ctx, int32_t ord, int32_t *out)
{
    struct draft *now[SKILL_HEIRS_MAX];
    size_t n = now_of(ctx, ord, now);
    for (size_t i = 0; i < n; i++)
        out[i] = now[i]->ord;
    return n;
}

static struct skill_map new_head(struct work *w)
{
    struct case_item document = {.statement = w->p->title};
    struct str code = str_lower(w->a, as_code(w->a, w->p->title, 48));
    return (struct skill_map){
        .code = code.n > 0 ? code : STR("framework"),
        .title = casetree_title(w->a, &document, TITLE_MAX),
        .language = w->p->language.n <= 35 ? w->p->language : STR_EMPTY,
        .about = w->p->creator.n == 0 || w->p->creator.n > 500
                     ? STR_EMPTY
                     : str_fmt(w->a, "From a framework of %.*s.", STR_ARG(w->p->creator)),
        .standards = casetree_title(w->a, &document, TITLE_MAX),
        .limits = skill_limits_default(),
        .bkt = skill_bkt_default(),
    };
}

static int write_document(struct work *w, struct err *e)
{
    struct skill_map m = w->before != NULL ? *w->before : new_head(w);
    struct mapdoc_report report;
    m.skill_n = w->drafts.n;
    m.skills = ARENA_ARRAY(w->a, struct skill, w->drafts.n);
    for (size_t i = 0; i < w->drafts.n; i++) {
        struct draft *d = ((struct draft **)w->drafts.p)[i];
        fill_skill(w, d);
        m.skills[i] = d->s;
    }
    fill_paths(w, &m);
    if (m.path_n == 0)
        fill_targets(w, &m);
    else
        m.target_n = 0; /* the goals of the first path */
    fill_rules(w, &m);
    m.unlock = unlock_carry(w->a, m.unlock, ords_now, w);
    w->out->map = mapdoc_parse(w->a, mapdoc_write(w->a, &m), &report, e);
    if (w->out->map == NULL)
        return -1;
    w->out->document = mapdoc_write(w->a, w->out->map);
    w->out->same = str_eq(w->out->document, w->before_text);
    return 0;
}

static void gather(struct work *w)
{
    struct casemap_plan *out = w->out;
    for (int k = 0; k < CASEMAP_KINDS; k++)
        out->changes_n += out->counts[k] = w->changes[k].n;
    out->changes = ARENA_ARRAY(w->a, struct casemap_change, out->changes_n);
    size_t n = 0;
    for (int k = 0; k < CASEMAP_KINDS; k++)
        for (size_t i = 0; i < w->changes[k].n; i++)
            out->changes[n++] = ((struct casemap_change *)w->changes[k].p)[i];
}

int casemap_plan(struct arena *a, const struct case_package *p,
                 const struct skill_map *before, const struct casemap_opt *opt,
                 struct casemap_plan *out, struct err *e)
{
    struct work w = {.a = a, .p = p, .before = before, .opt = opt, .out = out};
    *out = (struct casemap_plan){0};
    w.t = casetree_new(a, p, opt->codes, opt->codes_n, opt->now_ms, e);
    if (w.t == NULL)
        return -1;
    w.before_text = before != NULL ? mapdoc_write(a, before) : STR_EMPTY;
    for (int k = 0; k < CASEMAP_KINDS; k++)
        vec_init(&w.changes[k], a, sizeof(struct casemap_change));
    vec_init(&w.drafts, a, sizeof(struct draft *));
    w.codes = map_new(a);
    w.of_item = ARENA_ARRAY(a, struct draft *, p->items_n + 1);
    w.of_skill = ARENA_ARRAY(a, struct draft *, before != NULL ? before->skill_n : 0);
    count_codings(&w);
    take_before(&w);
    take_new(&w);
    if (w.drafts.n == 0)
        return err_set(e, ERR_INPUT, "nothing in what was chosen can be a skill");
    if (w.drafts.n > MAPDOC_MAX_SKILLS)
        return err_set(e, ERR_LIMIT,
                       "%zu skills are more than a map may hold (%d): choose parts",
                       w.drafts.n, MAPDOC_MAX_SKILLS);
    name_new(&w);
    hand_on(&w);
    replaced_here(&w);
    add_links(&w);
    w.graph = acyclic_new(a, w.drafts.n);
    old_needs(&w);
    new_needs(&w, CASE_PRECEDES);
    new_needs(&w, CASE_RELATED);
    for (size_t i = 0; i < w.t->notes.n; i++)
        tell(&w, CASEMAP_NOTE, STR_EMPTY, "%.*s",
             STR_ARG(((struct str *)w.t->notes.p)[i]));
    if (write_document(&w, e) != 0)
        return -1;
    gather(&w);
    return 0;
}
