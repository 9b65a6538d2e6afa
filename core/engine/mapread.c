#include "engine/mapread.h"

#include <math.h>

#define MAX_LABEL_KEY 35 /* a language tag */

struct str mapread_path(struct mapread *rd, struct str path, const char *key)
{
    return path.n == 0 ? str_c(key) : str_fmt(rd->a, "%.*s.%s", STR_ARG(path), key);
}

struct member_check {
    struct mapread *rd;
    struct str path;
    const char *const *allowed; /* ends with NULL */
};

static int check_member(void *ctx, struct str key, struct js *val)
{
    struct member_check *c = ctx;
    struct str shown = str_sub(key, 0, 60);
    for (size_t i = 0; c->allowed[i] != NULL; i++) {
        if (str_is(key, c->allowed[i])) {
            if (js_type(val) == JS_NULL) {
                MAPREAD_BAD(c->rd, "map.type",
                            mapread_path(c->rd, c->path, c->allowed[i]),
                            "must not be null; leave it out instead");
            }
            return 0;
        }
    }
    MAPREAD_BAD(c->rd, "map.member", c->path, "there is no member called \"%.*s\" here",
                STR_ARG(shown));
    return 0;
}

bool mapread_object(struct mapread *rd, const struct js *v, struct str path,
                    const char *const *allowed)
{
    if (js_type(v) != JS_OBJECT) {
        MAPREAD_BAD(rd, "map.type", path, "must be an object");
        return false;
    }
    struct member_check c = {.rd = rd, .path = path, .allowed = allowed};
    (void)js_each(v, check_member, &c);
    return true;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f) {
            return true;
        }
    }
    return false;
}

struct str mapread_text(struct mapread *rd, const struct js *o, struct str path,
                        const char *key, size_t max, bool required)
{
    const struct js *v = js_get(o, key);
    struct str s = STR_EMPTY;
    if (v == NULL && !js_has(o, key)) {
        if (required) {
            MAPREAD_BAD(rd, "map.missing", mapread_path(rd, path, key), "is missing");
        }
        return s;
    }
    if (v != NULL && !js_str(v, &s)) {
        MAPREAD_BAD(rd, "map.type", mapread_path(rd, path, key), "must be text");
    } else if (str_trim(s).n == 0 || str_trim(s).n != s.n) {
        MAPREAD_BAD(rd, "map.text", mapread_path(rd, path, key),
                    "must not be empty nor begin or end with blanks");
    } else if (s.n > max) {
        MAPREAD_BAD(rd, "map.text", mapread_path(rd, path, key),
                    "is longer than %zu bytes", max);
    } else if (has_control(s)) {
        MAPREAD_BAD(rd, "map.text", mapread_path(rd, path, key),
                    "holds a control character");
    } else {
        return s;
    }
    return STR_EMPTY;
}

bool mapread_is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (i == 0 || (c != '.' && c != '-' && c != '_'))) {
            return false;
        }
    }
    return s.n > 0;
}

struct str mapread_code(struct mapread *rd, const struct js *o, struct str path,
                        const char *key, bool required)
{
    struct str s = mapread_text(rd, o, path, key, 64, required);
    if (s.n > 0 && !mapread_is_code(s)) {
        MAPREAD_BAD(rd, "map.code", mapread_path(rd, path, key),
                    "may hold letters, digits, dot, dash and underscore only");
        return STR_EMPTY;
    }
    return s;
}

double mapread_num(struct mapread *rd, const struct js *o, struct str path,
                   const char *key, double low, double high, double otherwise)
{
    const struct js *v = js_get(o, key);
    double x = otherwise;
    if (v == NULL) {
        return otherwise;
    }
    if (!js_num(v, &x)) {
        MAPREAD_BAD(rd, "map.type", mapread_path(rd, path, key), "must be a number");
        return otherwise;
    }
    if (!(x >= low && x <= high)) {
        MAPREAD_BAD(rd, "map.range", mapread_path(rd, path, key),
                    "must lie between %g and %g", low, high);
        return otherwise;
    }
    return x;
}

int32_t mapread_int(struct mapread *rd, const struct js *o, struct str path,
                    const char *key, int32_t low, int32_t high, int32_t otherwise)
{
    double x = mapread_num(rd, o, path, key, low, high, otherwise);
    if (x != floor(x)) {
        MAPREAD_BAD(rd, "map.type", mapread_path(rd, path, key),
                    "must be a whole number");
        return otherwise;
    }
    return (int32_t)x;
}

const struct js *mapread_list(struct mapread *rd, const struct js *o, struct str path,
                              const char *key, size_t max)
{
    const struct js *v = js_get(o, key);
    if (v == NULL) {
        return NULL;
    }
    if (js_type(v) != JS_ARRAY) {
        MAPREAD_BAD(rd, "map.type", mapread_path(rd, path, key), "must be a list");
        return NULL;
    }
    if (js_len(v) > max) {
        MAPREAD_BAD(rd, "map.limit", mapread_path(rd, path, key),
                    "has more than %zu entries", max);
        return NULL;
    }
    return v;
}

static bool text_ok(const struct js *v, size_t max)
{
    struct str s;
    return js_str(v, &s) && s.n > 0 && s.n <= max && !has_control(s);
}

bool mapread_plain(struct mapread *rd, const struct js *v, struct str path, size_t max)
{
    if (!text_ok(v, max)) {
        MAPREAD_BAD(rd, "map.text", path, "must be text of 1 to %zu bytes", max);
        return false;
    }
    return true;
}

struct texts_check {
    struct mapread *rd;
    struct str path;
    size_t max;
};

static int check_text(void *ctx, struct str key, struct js *val)
{
    struct texts_check *c = ctx;
    struct str shown = str_sub(key, 0, 60);
    if (!text_ok(val, c->max) || key.n > MAX_LABEL_KEY) {
        MAPREAD_BAD(c->rd, "map.text", c->path, "\"%.*s\" must be text of 1 to %zu bytes",
                    STR_ARG(shown), c->max);
    }
    return 0;
}

struct js *mapread_texts(struct mapread *rd, const struct js *o, struct str path,
                         const char *key, size_t max)
{
    struct js *v = js_get(o, key);
    struct texts_check c = {rd, mapread_path(rd, path, key), max};
    if (v == NULL) {
        return NULL;
    }
    if (js_type(v) != JS_OBJECT) {
        MAPREAD_BAD(rd, "map.type", c.path, "must be an object");
        return NULL;
    }
    (void)js_each(v, check_text, &c);
    return js_len(v) > 0 ? v : NULL;
}

/* The skill that replaces this code, as far as the document was read; or -1. */
static int32_t replaced_by(const struct skill_map *m, struct str code)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t k = 0; k < m->skills[i].replaces_n; k++) {
            if (str_eq(m->skills[i].replaces[k], code)) {
                return (int32_t)i;
            }
        }
    }
    return -1;
}

int32_t mapread_ref(struct mapread *rd, const struct skill_map *m, const struct js *v,
                    struct str path)
{
    struct str code = STR_EMPTY;
    if (!js_str(v, &code)) {
        MAPREAD_BAD(rd, "map.type", path, "must be the code of a skill");
        return -1;
    }
    int32_t ord = skill_find(m, code);
    int32_t heir = ord < 0 ? replaced_by(m, code) : -1;
    if (heir >= 0) {
        MAPREAD_BAD(rd, "map.unknown", path,
                    "%.*s was replaced by %.*s: say that instead", STR_ARG(code),
                    STR_ARG(m->skills[heir].code));
    } else if (ord < 0) {
        struct str shown = str_sub(code, 0, 64);
        MAPREAD_BAD(rd, "map.unknown", path, "there is no skill with the code \"%.*s\"",
                    STR_ARG(shown));
    }
    return ord;
}
