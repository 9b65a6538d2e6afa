#include "base/js.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* struct js is jansson's json_t under another name: it is never defined. */
static json_t *raw(const struct js *v)
{
    union {
        const struct js *in;
        json_t *out;
    } u = {.in = v}; /* jansson takes non-const pointers even where it only reads */
    return u.out;
}

static struct js *wrap(json_t *j)
{
    return (struct js *)(void *)j;
}

static void drop(void *p)
{
    json_decref(p);
}

/* Own a fresh tree by the arena. */
static struct js *keep(struct arena *a, json_t *j)
{
    INVARIANT(j != NULL);
    arena_defer(a, drop, j);
    return wrap(j);
}

/* jansson allows 2,048 levels; look before it recurses. */
static bool too_deep(struct str s, int max_depth)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

/* jansson's own texts quote the input, which may be a secret or personal. */
static const char *words_of(enum json_error_code code)
{
    switch (code) {
    case json_error_premature_end_of_input:
        return "it ends too early; a bracket, brace or quote is not closed";
    case json_error_end_of_input_expected:
        return "something stands behind its end";
    case json_error_invalid_syntax:
        return "it is no JSON from here on; look for a missing or extra comma or quote";
    case json_error_duplicate_key:
        return "a member stands there twice";
    case json_error_invalid_utf8:
        return "it is no UTF-8";
    case json_error_null_character:
        return "it has a NUL character";
    case json_error_numeric_overflow:
        return "a number is too large";
    default:
        return "it cannot be read";
    }
}

struct js *js_parse(struct arena *a, struct str text, size_t max_n, int max_depth,
                    struct err *e)
{
    if (text.n > max_n) {
        err_set(e, ERR_LIMIT, "JSON of %zu bytes, more than %zu", text.n, max_n);
        return NULL;
    }
    if (too_deep(text, max_depth)) {
        err_set(e, ERR_LIMIT, "JSON nested deeper than %d", max_depth);
        return NULL;
    }
    json_error_t je;
    json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
    if (j == NULL) {
        err_set(e, ERR_INPUT, "JSON line %d column %d: %s", je.line, je.column,
                words_of(json_error_code(&je)));
        return NULL;
    }
    return keep(a, j);
}

enum js_type js_type(const struct js *v)
{
    if (v == NULL)
        return JS_NULL;
    switch (json_typeof(raw(v))) {
    case JSON_OBJECT:
        return JS_OBJECT;
    case JSON_ARRAY:
        return JS_ARRAY;
    case JSON_STRING:
        return JS_STRING;
    case JSON_INTEGER:
        return JS_INT;
    case JSON_REAL:
        return JS_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JS_BOOL;
    default:
        return JS_NULL;
    }
}

struct js *js_get(const struct js *v, const char *key)
{
    json_t *m = v == NULL ? NULL : json_object_get(raw(v), key);
    return m == NULL || json_is_null(m) ? NULL : wrap(m);
}

bool js_has(const struct js *v, const char *key)
{
    return v != NULL && json_object_get(raw(v), key) != NULL;
}

size_t js_len(const struct js *v)
{
    if (js_type(v) == JS_ARRAY)
        return json_array_size(raw(v));
    return js_type(v) == JS_OBJECT ? json_object_size(raw(v)) : 0;
}

struct js *js_at(const struct js *v, size_t i)
{
    return js_type(v) == JS_ARRAY ? wrap(json_array_get(raw(v), i)) : NULL;
}

bool js_str(const struct js *v, struct str *out)
{
    if (js_type(v) != JS_STRING)
        return false;
    *out = (struct str){json_string_value(raw(v)), json_string_length(raw(v))};
    return true;
}

bool js_i64(const struct js *v, int64_t *out)
{
    if (js_type(v) != JS_INT)
        return false;
    *out = json_integer_value(raw(v));
    return true;
}

bool js_num(const struct js *v, double *out)
{
    if (js_type(v) != JS_INT && js_type(v) != JS_REAL)
        return false;
    *out = json_number_value(raw(v));
    return true;
}

bool js_bool(const struct js *v, bool *out)
{
    if (js_type(v) != JS_BOOL)
        return false;
    *out = json_is_true(raw(v));
    return true;
}

struct str js_text(const struct js *v, const char *key)
{
    struct str s = STR_EMPTY;
    js_str(js_get(v, key), &s);
    return s;
}

int js_each(const struct js *v, int (*fn)(void *ctx, struct str key, struct js *val),
            void *ctx)
{
    if (js_type(v) != JS_OBJECT)
        return 0;
    const char *key;
    json_t *val;
    json_object_foreach(raw(v), key, val)
    {
        int rc = fn(ctx, str_c(key), wrap(val));
        if (rc != 0)
            return rc;
    }
    return 0;
}

struct js *js_object(struct arena *a)
{
    return keep(a, json_object());
}

struct js *js_array(struct arena *a)
{
    return keep(a, json_array());
}

static json_t *new_str(struct str s)
{
    json_t *j = json_stringn(s.p, s.n);
    return j != NULL ? j : json_null();
}

void js_set_str(struct js *o, const char *key, struct str v)
{
    INVARIANT(json_object_set_new(raw(o), key, new_str(v)) == 0);
}

void js_set_i64(struct js *o, const char *key, int64_t v)
{
    INVARIANT(json_object_set_new(raw(o), key, json_integer(v)) == 0);
}

void js_set_num(struct js *o, const char *key, double v)
{
    json_t *j = isfinite(v) ? json_real(v) : json_null();
    INVARIANT(json_object_set_new(raw(o), key, j) == 0);
}

void js_set_bool(struct js *o, const char *key, bool v)
{
    INVARIANT(json_object_set_new(raw(o), key, json_boolean(v)) == 0);
}

void js_set(struct js *o, const char *key, struct js *v)
{
    INVARIANT(json_object_set(raw(o), key, v == NULL ? json_null() : raw(v)) == 0);
}

void js_push_str(struct js *arr, struct str v)
{
    INVARIANT(json_array_append_new(raw(arr), new_str(v)) == 0);
}

void js_push_i64(struct js *arr, int64_t v)
{
    INVARIANT(json_array_append_new(raw(arr), json_integer(v)) == 0);
}

void js_push_num(struct js *arr, double v)
{
    INVARIANT(json_array_append_new(raw(arr), isfinite(v) ? json_real(v) : json_null()) ==
              0);
}

void js_push(struct js *arr, struct js *v)
{
    INVARIANT(json_array_append(raw(arr), raw(v)) == 0);
}

struct str js_dump(struct arena *a, const struct js *v)
{
    size_t flags =
        JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17);
    size_t n = json_dumpb(raw(v), NULL, 0, flags);
    char *p = arena_alloc(a, n + 1);
    json_dumpb(raw(v), p, n, flags);
    return (struct str){p, n};
}
