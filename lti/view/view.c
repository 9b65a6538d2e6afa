#include "view/view.h"

#include <string.h>

/* One value. Members of an object and items of a list are chained in order. Pages of many
 * cells are made of these, so it is kept small: a message has no room for its id, which
 * is its first member, under the key "$t". */
struct view {
    enum view_type type;
    uint32_t hash; /* of key */
    struct str key;
    struct arena *a; /* where children are made */
    struct view *next;
    union {
        int64_t num;     /* VIEW_BOOL, VIEW_INT */
        struct str text; /* VIEW_STR */
        struct {
            struct view *first;
            struct view *last;
        } kids; /* VIEW_MSG, VIEW_OBJECT, VIEW_LIST */
    } u;
};

uint32_t view_hash(struct str key)
{
    uint32_t h = 2166136261u; /* FNV-1a: keys are ours, so nobody can aim at it */
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * 16777619u;
    return h;
}

static struct view *make(struct arena *a, enum view_type type)
{
    struct view *v = ARENA_NEW(a, struct view);
    v->type = type;
    v->a = a;
    return v;
}

static void append(struct view *parent, struct view *child)
{
    if (parent->u.kids.last == NULL)
        parent->u.kids.first = child;
    else
        parent->u.kids.last->next = child;
    parent->u.kids.last = child;
}

static bool has_members(const struct view *v)
{
    return v != NULL && (v->type == VIEW_OBJECT || v->type == VIEW_MSG);
}

/* The later value of a key counts, so that a handler can fill defaults first. */
static struct view *member(struct view *o, struct str key, enum view_type type)
{
    INVARIANT(has_members(o));
    uint32_t hash = view_hash(key);
    for (struct view *m = o->u.kids.first; m != NULL; m = m->next) {
        if (m->hash == hash && str_eq(m->key, key)) {
            m->type = type;
            memset(&m->u, 0, sizeof m->u);
            return m;
        }
    }
    struct view *m = make(o->a, type);
    m->key = key;
    m->hash = hash;
    append(o, m);
    return m;
}

/* The member itself, to go on with. */
static struct view *known(struct view *o, struct str key)
{
    uint32_t hash = view_hash(key);
    struct view *m = o->u.kids.first;
    while (m != NULL && (m->hash != hash || !str_eq(m->key, key)))
        m = m->next;
    INVARIANT(m != NULL);
    return m;
}

static struct view *item(struct view *list, enum view_type type)
{
    INVARIANT(list != NULL && list->type == VIEW_LIST);
    struct view *v = make(list->a, type);
    append(list, v);
    return v;
}

static struct view *with_id(struct view *msg, struct str id)
{
    member(msg, STR("$t"), VIEW_STR)->u.text = id;
    return msg;
}

struct view *view_new(struct arena *a)
{
    return make(a, VIEW_OBJECT);
}

void view_str(struct view *o, const char *key, struct str text)
{
    member(o, str_c(key), VIEW_STR)->u.text = text;
}

void view_int(struct view *o, const char *key, int64_t n)
{
    member(o, str_c(key), VIEW_INT)->u.num = n;
}

void view_bool(struct view *o, const char *key, bool yes)
{
    member(o, str_c(key), VIEW_BOOL)->u.num = yes ? 1 : 0;
}

struct view *view_msg(struct view *o, const char *key, const char *id)
{
    return with_id(member(o, str_c(key), VIEW_MSG), str_c(id));
}

struct view *view_child(struct view *o, const char *key)
{
    return member(o, str_c(key), VIEW_OBJECT);
}

struct view *view_list(struct view *o, const char *key)
{
    return member(o, str_c(key), VIEW_LIST);
}

struct view *view_item(struct view *list)
{
    return item(list, VIEW_OBJECT);
}

void view_item_str(struct view *list, struct str text)
{
    item(list, VIEW_STR)->u.text = text;
}

struct view *view_item_msg(struct view *list, const char *id)
{
    return with_id(item(list, VIEW_MSG), str_c(id));
}

static const struct {
    const char *word;
    const char *name_id;
    const char *letter_id;
} states[] = {
    {"none", "state.none", "letter.none"},
    {"learning", "state.learning", "letter.learning"},
    {"almost", "state.almost", "letter.almost"},
    {"mastered", "state.mastered", "letter.mastered"},
    {"review", "state.review", "letter.review"},
};

void view_state(struct view *o, struct str word)
{
    size_t i = sizeof states / sizeof states[0] - 1;
    while (i > 0 && !str_is(word, states[i].word))
        i--;
    view_str(o, "state", str_c(states[i].word));
    view_msg(o, "state_word", states[i].name_id);
    view_msg(o, "letter", states[i].letter_id);
}

struct view *view_nav(struct view *o, const char *key, const char *path,
                      const char *label_id)
{
    struct view *nav = view_child(o, key);
    view_str(nav, "to", str_c(path));
    if (label_id != NULL)
        view_msg(nav, "label", label_id);
    view_list(nav, "fields");
    return nav;
}

void view_nav_field(struct view *nav, const char *name, struct str value)
{
    struct view *f = view_item(known(nav, STR("fields")));
    view_str(f, "name", str_c(name));
    view_str(f, "value", value);
}

struct arena *view_arena(const struct view *v)
{
    return v->a;
}

enum view_type view_type(const struct view *v)
{
    return v == NULL ? VIEW_NULL : v->type;
}

bool view_truthy(const struct view *v)
{
    switch (view_type(v)) {
    case VIEW_NULL:
        return false;
    case VIEW_BOOL:
    case VIEW_INT:
        return v->u.num != 0;
    case VIEW_STR:
        return v->u.text.n > 0;
    case VIEW_LIST:
        return v->u.kids.first != NULL;
    case VIEW_MSG:
    case VIEW_OBJECT:
        break;
    }
    return true;
}

const struct view *view_get(const struct view *o, struct str key, uint32_t hash)
{
    if (!has_members(o))
        return NULL;
    for (const struct view *m = o->u.kids.first; m != NULL; m = m->next)
        if (m->hash == hash && str_eq(m->key, key))
            return m;
    return NULL;
}

const struct view *view_first(const struct view *list)
{
    return view_type(list) == VIEW_LIST ? list->u.kids.first : NULL;
}

const struct view *view_next(const struct view *v)
{
    return v->next;
}

int64_t view_num(const struct view *v)
{
    enum view_type t = view_type(v);
    return t == VIEW_INT || t == VIEW_BOOL ? v->u.num : 0;
}

struct str view_text(const struct view *v)
{
    if (view_type(v) == VIEW_MSG)
        v = v->u.kids.first;
    return view_type(v) == VIEW_STR ? v->u.text : STR_EMPTY;
}

static void fill(struct view *v, const struct js *j);

static int fill_member(void *ctx, struct str key, struct js *val)
{
    struct view *o = ctx;
    if (!(o->type == VIEW_MSG && str_is(key, "$t")))
        fill(member(o, str_dup(o->a, key), VIEW_NULL), val);
    return 0;
}

/* The shortest text that reads back as the same number. */
static struct str number_text(struct arena *a, const struct js *j)
{
    struct str text = STR_EMPTY;
    double d = 0;
    double back;
    js_num(j, &d);
    for (int digits = 1; digits <= 17; digits++) {
        text = str_fmt(a, "%.*g", digits, d);
        if (str_f64(text, &back) && back == d)
            break;
    }
    return text;
}

static void fill_object(struct view *v, const struct js *j)
{
    struct str id;
    v->type = VIEW_OBJECT;
    if (js_str(js_get(j, "$t"), &id)) {
        v->type = VIEW_MSG;
        with_id(v, id);
    }
    js_each(j, fill_member, v);
}

static void fill(struct view *v, const struct js *j)
{
    bool yes = false;
    switch (js_type(j)) {
    case JS_NULL:
        break;
    case JS_BOOL:
        js_bool(j, &yes);
        v->type = VIEW_BOOL;
        v->u.num = yes ? 1 : 0;
        break;
    case JS_INT:
        v->type = VIEW_INT;
        js_i64(j, &v->u.num);
        break;
    case JS_REAL:
        v->type = VIEW_STR;
        v->u.text = number_text(v->a, j);
        break;
    case JS_STRING:
        v->type = VIEW_STR;
        js_str(j, &v->u.text);
        break;
    case JS_ARRAY:
        v->type = VIEW_LIST;
        for (size_t i = 0; i < js_len(j); i++)
            fill(item(v, VIEW_NULL), js_at(j, i));
        break;
    case JS_OBJECT:
        fill_object(v, j);
        break;
    }
}

struct view *view_from_js(struct arena *a, const struct js *j)
{
    struct view *v = make(a, VIEW_NULL);
    fill(v, j);
    return v;
}
