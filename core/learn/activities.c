#include "learn/activities.h"

#include "base/map.h"
#include "learn/names.h"
#include "learn/proving.h"
#include "learn/recompute.h"
#include "learn/ties.h"

/* Bytes that an LMS may fill: pages and jobs hold a whole catalogue. */
#define TITLE_N 2048
#define URL_N 4096
#define KIND_N 64
#define KEY_N 1024

struct activities_index {
    struct arena *a;
    struct map *by_alias; /* kind "\n" key -> struct slot */
};

/* An activity that is known or was just added. */
struct slot {
    int64_t activity_id;
};

static struct str alias_key(struct arena *a, struct str kind, struct str key)
{
    return str_fmt(a, "%.*s\n%.*s", STR_ARG(kind), STR_ARG(key));
}

static void index_put(struct activities_index *x, struct str kind, struct str key,
                      int64_t id)
{
    struct slot *s = ARENA_NEW(x->a, struct slot);
    s->activity_id = id;
    map_put(x->by_alias, alias_key(x->a, kind, key), s);
}

struct activities_index *activities_index(struct learn *l, struct err *e)
{
    struct activities_index *x = ARENA_NEW(l->a, struct activities_index);
    struct activity_alias *rows;
    size_t n;
    if (activity_aliases(l->db, l->a, l->tenant_id, l->course_id, &rows, &n, e) < 0)
        return NULL;
    x->a = l->a;
    x->by_alias = map_new(l->a);
    for (size_t i = 0; i < n; i++)
        index_put(x, rows[i].source_kind, rows[i].source_key, rows[i].activity_id);
    return x;
}

int64_t activities_find(const struct activities_index *x, struct str source_kind,
                        struct str source_key)
{
    const struct slot *s = map_get(x->by_alias, alias_key(x->a, source_kind, source_key));
    return s != NULL ? s->activity_id : 0;
}

struct apply {
    struct learn *l;
    struct str source;
    const struct activities_in *rows;
    size_t n;
    bool complete;
    struct activities_counts c;
};

/* Activities by id, for the time of one transaction. */
struct known {
    struct activity *rows;
    bool *told;
    size_t n;
};

static struct activity *known_find(struct known *k, int64_t id, size_t *at)
{
    for (size_t i = 0; i < k->n; i++) {
        if (k->rows[i].activity_id == id) {
            *at = i;
            return &k->rows[i];
        }
    }
    return NULL;
}

static bool row_differs(const struct activity *x, const struct activity *y)
{
    return !str_eq(x->title, y->title) || !str_eq(x->kind, y->kind) ||
           !str_eq(x->url, y->url) || x->due_ms != y->due_ms ||
           x->opens_ms != y->opens_ms || x->closes_ms != y->closes_ms ||
           x->restricted != y->restricted || x->attempts_max != y->attempts_max ||
           x->has_maximum != y->has_maximum ||
           (x->has_maximum && x->maximum != y->maximum) || x->visible != y->visible ||
           x->position != y->position || !str_eq(x->source, y->source);
}

/* What the new row says, completed by what is known and it does not tell. */
static struct activity row_merge(const struct apply *p, const struct activities_in *in,
                                 const struct activity *old)
{
    struct activity now = in->row;
    now.source = p->source;
    now.title = str_head(now.title, TITLE_N);
    if (now.url.n > URL_N)
        now.url = STR_EMPTY;
    if (now.attempts_max == ACTIVITY_UNTOLD)
        now.attempts_max = old != NULL ? old->attempts_max : 0;
    if (old == NULL)
        return now;
    now.activity_id = old->activity_id;
    if (now.title.n == 0)
        now.title = old->title;
    if (now.kind.n == 0)
        now.kind = old->kind;
    if (now.url.n == 0)
        now.url = old->url;
    if (!now.has_maximum) {
        now.has_maximum = old->has_maximum;
        now.maximum = old->maximum;
    }
    now.changed_ms = old->changed_ms;
    return now;
}

static int put_aliases(struct db *db, struct apply *p, struct activities_index *x,
                       const struct activities_in *in, int64_t id, struct err *e)
{
    struct learn *l = p->l;
    for (size_t i = 0; i < in->alias_n; i++) {
        if (activities_find(x, in->alias[i].source_kind, in->alias[i].source_key) != 0)
            continue;
        struct activity_alias row = {.source_kind = in->alias[i].source_kind,
                                     .source_key = in->alias[i].source_key,
                                     .activity_id = id};
        if (activity_alias_add(db, l->tenant_id, l->course_id, &row, e) < 0)
            return -1;
        index_put(x, row.source_kind, row.source_key, id);
    }
    return 0;
}

/* Does exactly one row of this reading have that title? */
static bool told_once(const struct apply *p, struct str title)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += str_eq(names_title(p->l->a, p->rows[i].row.title), title);
    return n == 1;
}

/* What only grades told of so far (a file, a statement), until the catalogue brings it:
 * the one activity of that title. So a grade that came before its activity counts once.
 */
static int64_t adopted(const struct apply *p, const struct known *k,
                       const struct activities_in *in)
{
    int64_t id = 0;
    struct str title = STR_EMPTY;
    for (size_t i = 0; i < k->n; i++) {
        if (!names_orphan(&k->rows[i]) || k->told[i] ||
            str_eq(p->source, k->rows[i].source))
            continue;
        if (title.n == 0)
            title = names_title(p->l->a, in->row.title);
        if (title.n == 0 || !str_eq(names_title(p->l->a, k->rows[i].title), title))
            continue;
        if (id != 0)
            return 0;
        id = k->rows[i].activity_id;
    }
    return id != 0 && told_once(p, title) ? id : 0;
}

static int apply_one(struct db *db, struct apply *p, struct activities_index *x,
                     struct known *k, const struct activities_in *in, struct err *e)
{
    struct learn *l = p->l;
    int64_t id = 0;
    size_t at = 0;
    for (size_t i = 0; i < in->alias_n && id == 0; i++)
        id = activities_find(x, in->alias[i].source_kind, in->alias[i].source_key);
    if (id == 0)
        id = adopted(p, k, in);
    struct activity *old = id != 0 ? known_find(k, id, &at) : NULL;
    struct activity now = row_merge(p, in, old);
    if (old == NULL) {
        now.activity_id = env_id(l->env);
        now.changed_ms = env_now_ms(l->env);
        p->c.added++;
        if (activity_insert(db, l->tenant_id, l->course_id, &now, e) < 0)
            return -1;
    } else {
        k->told[at] = true;
        if (row_differs(&now, old)) {
            now.changed_ms = env_now_ms(l->env);
            p->c.changed++;
            if (activity_update(db, l->tenant_id, &now, e) < 0)
                return -1;
        }
    }
    return put_aliases(db, p, x, in, now.activity_id, e);
}

static int hide_untold(struct db *db, struct apply *p, struct known *k, struct err *e)
{
    for (size_t i = 0; i < k->n; i++) {
        if (k->told[i] || !k->rows[i].visible || !str_eq(k->rows[i].source, p->source))
            continue;
        k->rows[i].visible = false;
        k->rows[i].changed_ms = env_now_ms(p->l->env);
        p->c.hidden++;
        if (activity_update(db, p->l->tenant_id, &k->rows[i], e) < 0)
            return -1;
    }
    return 0;
}

/* Can it be told apart from others by names of a sensible size? */
static bool is_named(const struct activities_in *in)
{
    for (size_t i = 0; i < in->alias_n; i++)
        if (in->alias[i].source_kind.n > KIND_N || in->alias[i].source_key.n > KEY_N)
            return false;
    return in->alias_n > 0;
}

static int apply_tx(struct db *db, void *ctx, struct err *e)
{
    struct apply *p = ctx;
    struct learn *l = p->l;
    struct known k;
    p->c = (struct activities_counts){0};
    struct activities_index *x = activities_index(l, e);
    if (x == NULL ||
        activity_list(db, l->a, l->tenant_id, l->course_id, &k.rows, &k.n, e) < 0)
        return -1;
    k.told = ARENA_ARRAY(l->a, bool, k.n);
    for (size_t i = 0; i < p->n; i++)
        if (is_named(&p->rows[i]) && apply_one(db, p, x, &k, &p->rows[i], e) < 0)
            return -1;
    if (p->complete && hide_untold(db, p, &k, e) < 0)
        return -1;
    if (ties_apply(l, &p->c.linked, e) < 0)
        return -1;
    bool matters = p->c.changed + p->c.hidden + p->c.linked + p->c.added > 0;
    if (matters && proving_enqueue(l, e) < 0)
        return -1;
    return matters ? recompute_enqueue(l, e) : 0;
}

int activities_apply(struct learn *l, struct str source, const struct activities_in *rows,
                     size_t n, bool complete, struct activities_counts *c, struct err *e)
{
    struct apply p = {
        .l = l, .source = source, .rows = rows, .n = n, .complete = complete};
    if (db_tx(l->db, DB_WRITE, apply_tx, &p, e) < 0)
        return -1;
    if (c != NULL)
        *c = p.c;
    return 0;
}
