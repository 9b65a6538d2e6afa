#include "net/split.h"

#include <string.h>

#define ELEMENT_N ((size_t)1 << 20)
#define REST_N ((size_t)64 << 10)
#define DEPTH 32
#define SCRATCH_N ((size_t)16 << 20)
#define KEY_N 64

enum place {
    OUTSIDE, /* before or behind the array */
    BEFORE,  /* in the array: an element must follow (or its end, if it is still empty) */
    ELEMENT, /* inside an element */
    BEHIND   /* in the array: a comma or its end must follow */
};

struct split {
    struct split_opt opt;
    struct arena *a;
    struct arena *scratch;
    struct buf element;
    struct buf rest;
    enum place place;
    int depth;
    int base; /* depth inside the array */
    bool in_string;
    bool escaped;
    bool scalar; /* the element is a bare word or number */
    bool found;
    bool first;     /* no element was read yet */
    bool key_open;  /* the string under way is at level 1 and may be a key */
    bool key_ready; /* "key": was just read */
    char key[KEY_N];
    size_t key_n;
};

static void drop_arena(void *p)
{
    arena_free(p);
}

struct split *split_new(struct arena *a, const struct split_opt *opt)
{
    struct split *s = ARENA_NEW(a, struct split);
    s->opt = *opt;
    if (s->opt.element_n == 0)
        s->opt.element_n = ELEMENT_N;
    if (s->opt.rest_n == 0)
        s->opt.rest_n = REST_N;
    if (s->opt.depth == 0)
        s->opt.depth = DEPTH;
    s->a = a;
    s->scratch = arena_new(SCRATCH_N);
    arena_defer(a, drop_arena, s->scratch);
    buf_init(&s->element, a, 4096);
    buf_init(&s->rest, a, 1024);
    return s;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int put(struct buf *b, char c, size_t cap, const char *what, struct err *e)
{
    if (b->n >= cap)
        return err_set(e, ERR_LIMIT, "JSON: %s longer than %zu bytes", what, cap);
    buf_char(b, c);
    return 0;
}

static int put_rest(struct split *s, char c, struct err *e)
{
    return put(&s->rest, c, s->opt.rest_n, "what surrounds the list is", e);
}

static int finish(struct split *s, struct err *e)
{
    struct js *v = js_parse(s->scratch, buf_view(&s->element), s->opt.element_n,
                            s->opt.depth - s->base, e);
    int rc = v == NULL ? -1 : s->opt.element(s->opt.ctx, v, s->scratch, e);
    arena_reset(s->scratch);
    s->element.n = 0;
    s->place = BEHIND;
    s->first = false;
    return rc == 0 ? 0 : -1;
}

static int close_array(struct split *s, struct err *e)
{
    s->place = OUTSIDE;
    s->depth--;
    return put_rest(s, ']', e);
}

/* Between the elements of the array. 1: `c` begins an element. */
static int between(struct split *s, char c, struct err *e)
{
    if (blank(c))
        return 0;
    if (c == ']' && (s->place == BEHIND || s->first))
        return close_array(s, e);
    if (s->place == BEHIND) {
        if (c != ',')
            return err_set(e, ERR_INPUT,
                           "JSON: no comma between two elements of the list");
        s->place = BEFORE;
        s->first = false;
        return 0;
    }
    if (c == ',' || c == ']' || c == '}' || c == ':')
        return err_set(e, ERR_INPUT, "JSON: an element of the list is missing");
    s->place = ELEMENT;
    s->scalar = c != '{' && c != '[' && c != '"';
    return 1;
}

static int deeper(struct split *s, struct err *e)
{
    if (++s->depth > s->opt.depth)
        return err_set(e, ERR_LIMIT, "JSON nested deeper than %d", s->opt.depth);
    return 0;
}

static int in_element(struct split *s, char c, struct err *e)
{
    if (s->scalar && !s->in_string && (blank(c) || c == ',' || c == ']')) {
        if (finish(s, e) != 0)
            return -1;
        return between(s, c, e);
    }
    if (put(&s->element, c, s->opt.element_n, "an element of the list is", e) != 0)
        return -1;
    if (s->in_string) {
        if (s->escaped)
            s->escaped = false;
        else if (c == '\\')
            s->escaped = true;
        else if (c == '"')
            s->in_string = false;
        bool whole = !s->in_string && s->depth == s->base; /* the element is a string */
        return whole ? finish(s, e) : 0;
    }
    if (c == '"') {
        s->in_string = true;
    } else if (c == '{' || c == '[') {
        return deeper(s, e);
    } else if (c == '}' || c == ']') {
        if (--s->depth == s->base)
            return finish(s, e);
        if (s->depth < s->base)
            return err_set(e, ERR_INPUT, "JSON: brackets do not match");
    }
    return 0;
}

/* Is the '[' that was just read the array we look for? */
static bool wanted(const struct split *s)
{
    if (s->found)
        return false;
    if (s->depth == 0)
        return s->opt.top;
    return s->depth == 1 && s->opt.member != NULL && s->key_ready &&
           s->key_n == strlen(s->opt.member) &&
           memcmp(s->key, s->opt.member, s->key_n) == 0;
}

static void string_outside(struct split *s, char c)
{
    if (s->escaped) {
        s->escaped = false;
    } else if (c == '\\') {
        s->escaped = true;
    } else if (c == '"') {
        s->in_string = false;
        return;
    }
    if (s->key_open && s->key_n < KEY_N)
        s->key[s->key_n++] = c;
}

static int outside(struct split *s, char c, struct err *e)
{
    if (put_rest(s, c, e) != 0)
        return -1;
    if (s->in_string) {
        string_outside(s, c);
        return 0;
    }
    if (blank(c))
        return 0;
    bool enter = c == '[' && wanted(s);
    s->key_ready = c == ':' && s->depth == 1;
    if (c == '"') {
        s->in_string = true;
        s->key_open = s->depth == 1;
        if (s->key_open)
            s->key_n = 0;
    } else if (c == '{' || c == '[') {
        if (deeper(s, e) != 0)
            return -1;
    } else if ((c == '}' || c == ']') && --s->depth < 0) {
        return err_set(e, ERR_INPUT, "JSON: brackets do not match");
    }
    if (enter) {
        s->found = true;
        s->first = true;
        s->base = s->depth;
        s->place = BEFORE;
    }
    return 0;
}

int split_feed(struct split *s, struct str piece, struct err *e)
{
    for (size_t i = 0; i < piece.n; i++) {
        char c = piece.p[i];
        int rc;
        if (s->place == OUTSIDE)
            rc = outside(s, c, e);
        else
            rc = s->place == ELEMENT ? in_element(s, c, e) : between(s, c, e);
        if (rc == 1)
            rc = in_element(s, c, e);
        if (rc != 0)
            return -1;
    }
    return 0;
}

int split_sink(void *split, struct str piece, struct err *e)
{
    return split_feed(split, piece, e);
}

int split_end(struct split *s, bool *found, struct js **rest, struct err *e)
{
    if (s->place != OUTSIDE || s->depth != 0 || s->in_string)
        return err_set(e, ERR_INPUT, "JSON that ends too early");
    *found = s->found;
    *rest = js_parse(s->a, buf_view(&s->rest), s->opt.rest_n, s->opt.depth, e);
    return *rest == NULL ? -1 : 0;
}

int split_all(struct arena *a, const struct split_opt *opt, struct str text, bool *found,
              struct js **rest, struct err *e)
{
    struct split *s = split_new(a, opt);
    return split_feed(s, text, e) != 0 ? -1 : split_end(s, found, rest, e);
}
