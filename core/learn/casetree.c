#include "learn/casetree.h"

#include "base/iso.h"

#include <stdlib.h>

#define HEIR_STEPS 64
#define UNIT_MAX 80

static int32_t *filled(struct arena *a, size_t n, int32_t x)
{
    int32_t *v = ARENA_ARRAY(a, int32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        v[i] = x;
    return v;
}

__attribute__((format(printf, 2, 3))) static void note(struct casetree *t,
                                                       const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, t->a, 80);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    *(struct str *)vec_push(&t->notes) = buf_view(&b);
}

/* How a person would call an item. */
static struct str name_of(const struct case_item *it)
{
    return it->coding.n > 0 ? str_head(it->coding, 60) : it->id;
}

int32_t casetree_find(const struct casetree *t, struct str id)
{
    const struct case_item *it = map_get(t->by_id, id);
    return it != NULL ? (int32_t)(it - t->p->items) : -1;
}

/* What the links say of each item, but for the tree. */
static void read_links(struct casetree *t)
{
    for (size_t i = 0; i < t->p->links_n; i++) {
        const struct case_link *k = &t->p->links[i];
        t->heir_next[i] = -1;
        if (k->from >= 0 && k->kind == CASE_PRECEDES)
            t->linked[k->from] = true;
        if (k->to >= 0 && k->kind == CASE_PRECEDES)
            t->linked[k->to] = true;
        if (k->from < 0 || k->to < 0)
            continue;
        if (k->kind == CASE_TRANSLATION) {
            t->label_of[k->from] = k->to;
        } else if (k->kind == CASE_LEVEL) {
            t->level[k->from] = k->to;
            t->is_level[k->to] = true;
        } else if (k->kind == CASE_REPLACED) {
            t->heir_next[i] = t->heir_first[k->from];
            t->heir_first[k->from] = (int32_t)i;
        }
    }
}

/* Each item's parent: the first isChildOf, or else the first isPartOf. The number of
 * items that had more than one comes back. */
static size_t read_parents(struct casetree *t, int64_t *sequence)
{
    size_t more = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < t->p->links_n; i++) {
            const struct case_link *k = &t->p->links[i];
            if (k->kind != (pass == 0 ? CASE_CHILD : CASE_PART) || k->from < 0)
                continue;
            if (sequence[k->from] == INT64_MAX)
                sequence[k->from] = k->sequence;
            if (k->to < 0)
                continue; /* the document itself, or what is elsewhere: at the top */
            more += pass == 0 && t->parent[k->from] >= 0;
            if (t->parent[k->from] < 0)
                t->parent[k->from] = k->to;
        }
    }
    return more;
}

/* An item that stands under itself is put at the top. */
static void cut_circles(struct casetree *t)
{
    int32_t *seen = filled(t->a, t->p->items_n, -1);
    for (size_t i = 0; i < t->p->items_n; i++) {
        int32_t at = (int32_t)i;
        while (at >= 0 && seen[at] < 0) {
            seen[at] = (int32_t)i;
            at = t->parent[at];
        }
        if (at >= 0 && seen[at] == (int32_t)i) {
            struct str name = name_of(&t->p->items[at]);
            note(t, "%.*s stands under itself in the tree; it is put at the top",
                 STR_ARG(name));
            t->parent[at] = -1;
        }
    }
}

struct sibling {
    int32_t item, parent;
    int64_t sequence;
    struct str mark;
};

/* "2" before "10": by length first, then by bytes. */
static int by_mark(struct str x, struct str y)
{
    if (x.n != y.n)
        return x.n < y.n ? -1 : 1;
    return str_cmp(x, y);
}

static int by_place(const void *a, const void *b)
{
    const struct sibling *x = a, *y = b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    int c = by_mark(x->mark, y->mark);
    return c != 0 ? c : (x->item > y->item) - (x->item < y->item);
}

/* Where the children of `parent` begin in the sorted list. */
static size_t first_child(const struct sibling *v, size_t n, int32_t parent)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (v[mid].parent < parent)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void walk(struct casetree *t, const int64_t *sequence)
{
    size_t n = t->p->items_n, depth = 0, done = 0;
    struct sibling *v = ARENA_ARRAY(t->a, struct sibling, n);
    int32_t *stack = ARENA_ARRAY(t->a, int32_t, n);
    for (size_t i = 0; i < n; i++)
        v[i] = (struct sibling){(int32_t)i, t->parent[i], sequence[i],
                                t->p->items[i].list_mark};
    if (n > 0)
        qsort(v, n, sizeof *v, by_place);
    /* Children go onto the stack last first, so that they come off in order. */
    for (int32_t at = -1;;) {
        size_t from = first_child(v, n, at), to = first_child(v, n, at + 1);
        for (size_t i = to; i > from; i--) {
            stack[depth++] = v[i - 1].item;
            t->depth[v[i - 1].item] = at < 0 ? 1 : t->depth[at] + 1;
        }
        if (depth == 0)
            break;
        at = stack[--depth];
        t->order[done++] = at;
    }
    INVARIANT(done == n);
}

static bool could_be_skill(const struct casetree *t, int32_t item)
{
    return t->label_of[item] < 0 && !t->is_level[item] && t->heir_first[item] < 0;
}

static void count_parts(struct casetree *t)
{
    for (size_t i = 0; i < t->p->items_n; i++)
        if (t->parent[i] >= 0 && could_be_skill(t, (int32_t)i))
            t->parts[t->parent[i]]++;
}

static int select_parts(struct casetree *t, const struct str *codes, size_t codes_n,
                        struct err *e)
{
    bool *named = ARENA_ARRAY(t->a, bool, t->p->items_n);
    for (size_t c = 0; c < codes_n; c++) {
        bool found = false;
        for (size_t i = 0; i < t->p->items_n; i++) {
            const struct case_item *it = &t->p->items[i];
            if (str_ieq(it->coding, codes[c]) || str_ieq(it->id, codes[c]))
                named[i] = found = true;
        }
        if (!found)
            return err_set(e, ERR_NOTFOUND, "the framework has no item \"%.*s\"",
                           STR_ARG(str_head(codes[c], 80)));
    }
    for (size_t k = 0; k < t->p->items_n; k++) {
        int32_t i = t->order[k];
        t->selected[i] =
            codes_n == 0 || named[i] || (t->parent[i] >= 0 && t->selected[t->parent[i]]);
    }
    return 0;
}

struct casetree *casetree_new(struct arena *a, const struct case_package *p,
                              const struct str *codes, size_t codes_n, int64_t now_ms,
                              struct err *e)
{
    struct casetree *t = ARENA_NEW(a, struct casetree);
    size_t n = p->items_n;
    int64_t *sequence = ARENA_ARRAY(a, int64_t, n);
    *t = (struct casetree){.a = a, .p = p, .by_id = map_new(a), .units = map_new(a)};
    vec_init(&t->notes, a, sizeof(struct str));
    t->parent = filled(a, n, -1);
    t->depth = filled(a, n, 0);
    t->order = filled(a, n, 0);
    t->parts = filled(a, n, 0);
    t->label_of = filled(a, n, -1);
    t->level = filled(a, n, -1);
    t->heir_first = filled(a, n, -1);
    t->heir_next = filled(a, p->links_n, -1);
    t->is_level = ARENA_ARRAY(a, bool, n);
    t->linked = ARENA_ARRAY(a, bool, n);
    t->ended = ARENA_ARRAY(a, bool, n);
    t->selected = ARENA_ARRAY(a, bool, n);
    for (size_t i = 0; i < n; i++) {
        int64_t ends_ms;
        sequence[i] = INT64_MAX;
        t->ended[i] = iso_parse_loose(p->items[i].ends, &ends_ms) && ends_ms < now_ms;
        (void)map_put(t->by_id, p->items[i].id, &p->items[i]);
    }
    read_links(t);
    size_t more = read_parents(t, sequence);
    if (more > 0)
        note(t, "%zu items stand in several places of the tree; the first one counts",
             more);
    cut_circles(t);
    walk(t, sequence);
    count_parts(t);
    return select_parts(t, codes, codes_n, e) == 0 ? t : NULL;
}

size_t casetree_heirs(const struct casetree *t, int32_t item, int32_t *out, size_t max)
{
    int32_t todo[HEIR_STEPS], seen[HEIR_STEPS];
    size_t todo_n = 0, seen_n = 0, n = 0;
    todo[todo_n++] = item;
    while (todo_n > 0 && seen_n < HEIR_STEPS) {
        int32_t at = todo[--todo_n];
        bool known = false;
        for (size_t i = 0; i < seen_n; i++)
            known = known || seen[i] == at;
        if (known)
            continue; /* two chains meet, or items replace each other in a circle */
        seen[seen_n++] = at;
        if (t->heir_first[at] < 0 && at != item && n < max)
            out[n++] = at;
        for (int32_t k = t->heir_first[at]; k >= 0; k = t->heir_next[k])
            if (todo_n < HEIR_STEPS)
                todo[todo_n++] = t->p->links[k].to;
    }
    return n;
}

bool casetree_is_skill(const struct casetree *t, int32_t item)
{
    return t->selected[item] && could_be_skill(t, item) && !t->ended[item] &&
           (t->parts[item] == 0 || t->linked[item]);
}

struct str casetree_title(struct arena *a, const struct case_item *item, size_t max)
{
    struct str s = item->brief.n > 0 ? item->brief : item->statement;
    if (s.n <= max)
        return s;
    struct str cut = str_head(s, max - 3);
    size_t blank = cut.n;
    while (blank > max / 2 && cut.p[blank - 1] != ' ')
        blank--;
    if (blank > max / 2)
        cut.n = blank;
    cut = str_trim(cut);
    return str_fmt(a, "%.*s\xe2\x80\xa6", STR_ARG(cut));
}

/* A title that belongs to this item alone. */
static struct str own_title(struct casetree *t, int32_t item)
{
    const struct case_item *it = &t->p->items[item];
    struct str title = casetree_title(t->a, it, UNIT_MAX);
    const int32_t *holder = map_get(t->units, title);
    if (holder != NULL && *holder != item) {
        struct str mark =
            it->coding.n > 0 && it->coding.n <= 30 ? it->coding : str_head(it->id, 8);
        struct str head = casetree_title(t->a, it, UNIT_MAX - mark.n - 3);
        title = str_fmt(t->a, "%.*s (%.*s)", STR_ARG(head), STR_ARG(mark));
    } else if (holder == NULL) {
        int32_t *mine = ARENA_NEW(t->a, int32_t);
        *mine = item;
        (void)map_put(t->units, title, mine);
    }
    return title;
}

struct str casetree_unit(struct casetree *t, int32_t item, int64_t level)
{
    int32_t at = t->parent[item];
    if (level > 0 && t->depth[item] == level && t->parts[item] > 0)
        at = item;
    while (level > 0 && at >= 0 && t->depth[at] > level)
        at = t->parent[at];
    if (at >= 0)
        return own_title(t, at);
    struct case_item document = {.statement = t->p->title};
    return casetree_title(t->a, &document, UNIT_MAX);
}
