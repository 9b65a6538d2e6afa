#include "msg/shape.h"

#include "base/iso.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int shape_fail(struct shape *s, const char *fmt, ...)
{
    va_list ap;
    if (s->failed)
        return -1;
    s->failed = true;
    memcpy(s->at, s->place, s->place_n);
    s->at[s->place_n] = 0;
    va_start(ap, fmt);
    vsnprintf(s->why, sizeof s->why, fmt, ap);
    va_end(ap);
    return -1;
}

/* Names from outside are cut between characters. */
static void go_in(struct shape *s, const char *name, bool is_index)
{
    size_t room = sizeof s->place - 1 - s->place_n;
    const char *dot = s->place_n == 0 || is_index ? "" : ".";
    struct str cut = str_head(str_c(name), room > 1 ? room - 1 : 0);
    int n = snprintf(s->place + s->place_n, room + 1, "%s%.*s", dot, STR_ARG(cut));
    s->place_n += (size_t)n > room ? room : (size_t)n;
}

int shape_in(struct shape *s, const char *name, shape_fn *fn, const struct js *v)
{
    size_t before = s->place_n;
    go_in(s, name, false);
    int rc = fn(s, v);
    s->place_n = before;
    return rc;
}

int shape_at(struct shape *s, size_t i, shape_fn *fn, const struct js *v)
{
    char name[32];
    size_t before = s->place_n;
    snprintf(name, sizeof name, "[%zu]", i);
    go_in(s, name, true);
    int rc = fn(s, v);
    s->place_n = before;
    return rc;
}

/* --- objects and arrays ------------------------------------------------------ */

struct walk {
    struct shape *s;
    const struct shape_member *table;
    size_t n;
    bool open;
    uint32_t seen;
};

static int is_null(struct shape *s, const struct js *v)
{
    (void)v;
    return shape_fail(s, "is null");
}

static int is_unknown(struct shape *s, const struct js *v)
{
    (void)v;
    return shape_fail(s, "is not a property that is known here");
}

static int on_member(void *ctx, struct str key, struct js *val)
{
    struct walk *w = ctx;
    for (size_t i = 0; i < w->n; i++) {
        const struct shape_member *m = &w->table[i];
        if (!str_is(key, m->name) || ((m->flags & SHAPE_FROM_2) && w->s->level < 2))
            continue;
        if (w->open && js_type(val) == JS_NULL && !(m->flags & SHAPE_MUST))
            return 0;
        w->seen |= UINT32_C(1) << i;
        return shape_in(w->s, m->name, js_type(val) == JS_NULL ? is_null : m->fn, val);
    }
    if (!w->open)
        return shape_in(w->s, key.p, is_unknown, val);
    return 0;
}

static int walk_object(struct walk *w, const struct js *v)
{
    INVARIANT(w->n <= 32);
    if (js_type(v) != JS_OBJECT)
        return shape_fail(w->s, "is no object");
    if (js_each(v, on_member, w) != 0)
        return -1;
    for (size_t i = 0; i < w->n; i++)
        if ((w->table[i].flags & SHAPE_MUST) && !(w->seen & UINT32_C(1) << i))
            return shape_fail(w->s, "lacks \"%s\"", w->table[i].name);
    return 0;
}

int shape_object(struct shape *s, const struct js *v, const struct shape_member *table,
                 size_t n)
{
    struct walk w = {.s = s, .table = table, .n = n};
    return walk_object(&w, v);
}

int shape_open_object(struct shape *s, const struct js *v,
                      const struct shape_member *table, size_t n)
{
    struct walk w = {.s = s, .table = table, .n = n, .open = true};
    return walk_object(&w, v);
}

int shape_array(struct shape *s, const struct js *v, shape_fn *fn)
{
    if (js_type(v) != JS_ARRAY)
        return shape_fail(s, "is no array");
    for (size_t i = 0; i < js_len(v); i++)
        if (shape_at(s, i, fn, js_at(v, i)) != 0)
            return -1;
    return 0;
}

struct keyed {
    struct shape *s;
    bool (*is_key)(struct str key);
    const char *wrong;
    shape_fn *fn;
};

static int on_key(void *ctx, struct str key, struct js *val)
{
    const struct keyed *k = ctx;
    if (!k->is_key(key))
        return shape_fail(k->s, "%s", k->wrong);
    return k->fn == NULL ? 0 : shape_in(k->s, key.p, k->fn, val);
}

static int by_key(struct shape *s, const struct js *v, const struct keyed *k)
{
    struct keyed mine = *k;
    if (js_type(v) != JS_OBJECT)
        return shape_fail(s, "is no object");
    return js_each(v, on_key, &mine);
}

int shape_by_iri(struct shape *s, const struct js *v, shape_fn *fn)
{
    struct keyed k = {s, shape_is_iri, "has a key that is no IRI", fn};
    return by_key(s, v, &k);
}

/* --- texts ------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool shape_is_iri(struct str t)
{
    size_t i = 0;
    if (t.n == 0 || !is_alpha(t.p[0]))
        return false;
    while (i < t.n && (is_alpha(t.p[i]) || is_digit(t.p[i]) || t.p[i] == '+' ||
                       t.p[i] == '-' || t.p[i] == '.'))
        i++;
    if (i + 1 >= t.n || t.p[i] != ':')
        return false;
    for (; i < t.n; i++)
        if ((unsigned char)t.p[i] <= ' ' || t.p[i] == 0x7f ||
            strchr("<>\"{}|\\^`", t.p[i]) != NULL)
            return false;
    return true;
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool shape_is_uuid(struct str t)
{
    if (t.n != 36)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? t.p[i] != '-' : !is_hex(t.p[i]))
            return false;
    }
    return true;
}

static bool is_language(struct str t)
{
    struct str part, rest = t;
    bool more = true, first = true;
    while (more) {
        more = str_cut(rest, '-', &part, &rest);
        if (part.n == 0 || part.n > 8)
            return false;
        for (size_t i = 0; i < part.n; i++)
            if (!is_alpha(part.p[i]) && (first || !is_digit(part.p[i])))
                return false;
        first = false;
    }
    return true;
}

int shape_any(struct shape *s, const struct js *v)
{
    (void)s;
    (void)v;
    return 0;
}

int shape_text(struct shape *s, const struct js *v)
{
    return js_type(v) == JS_STRING ? 0 : shape_fail(s, "is no text");
}

int shape_filled(struct shape *s, const struct js *v)
{
    struct str t;
    if (!js_str(v, &t))
        return shape_fail(s, "is no text");
    return t.n > 0 ? 0 : shape_fail(s, "is empty");
}

int shape_bool(struct shape *s, const struct js *v)
{
    return js_type(v) == JS_BOOL ? 0 : shape_fail(s, "is neither true nor false");
}

int shape_number(struct shape *s, const struct js *v)
{
    double x;
    return js_num(v, &x) ? 0 : shape_fail(s, "is no number");
}

int shape_count(struct shape *s, const struct js *v)
{
    int64_t n;
    return js_i64(v, &n) && n >= 0 ? 0 : shape_fail(s, "is no whole number from 0");
}

/* A text for which `ok` holds. */
static int text_that(struct shape *s, const struct js *v, bool (*ok)(struct str t),
                     const char *wrong)
{
    struct str t;
    if (!js_str(v, &t))
        return shape_fail(s, "is no text");
    return ok(t) ? 0 : shape_fail(s, "%s", wrong);
}

int shape_iri(struct shape *s, const struct js *v)
{
    return text_that(s, v, shape_is_iri, "is no IRI (an address with its scheme)");
}

int shape_uuid(struct shape *s, const struct js *v)
{
    return text_that(s, v, shape_is_uuid, "is no UUID");
}

int shape_language(struct shape *s, const struct js *v)
{
    return text_that(s, v, is_language, "is no language tag");
}

int shape_languages(struct shape *s, const struct js *v)
{
    struct keyed k = {s, is_language, "has a key that is no language tag", shape_text};
    return by_key(s, v, &k);
}

static bool is_time(struct str t)
{
    int64_t ms;
    return t.n > 11 && (t.p[10] == 'T' || t.p[10] == 't') && iso_parse(t, &ms) &&
           !str_ends(t, STR("-00:00")) && !str_ends(t, STR("-0000"));
}

int shape_time(struct shape *s, const struct js *v)
{
    return text_that(s, v, is_time, "is no ISO 8601 time with a zone");
}

/* One run "nXnY..." of a duration; the letters in this order, each once. */
static bool duration_run(const char **p, const char *end, const char *letters, int *n,
                         bool *fraction)
{
    const char *at = *p, *order = letters;
    while (at < end && is_digit(*at) && !*fraction) {
        while (at < end && is_digit(*at))
            at++;
        if (at + 1 < end && (*at == '.' || *at == ',') && is_digit(at[1])) {
            *fraction = true; /* of the last number only */
            for (at++; at < end && is_digit(*at);)
                at++;
        }
        const char *found = at < end && *at != 0 ? strchr(order, *at) : NULL;
        if (found == NULL)
            return false;
        order = found + 1;
        at++;
        ++*n;
    }
    *p = at;
    return true;
}

static bool is_duration(struct str t)
{
    const char *p = t.p + 1, *end = t.p + t.n;
    int days = 0, clock = 0;
    bool fraction = false;
    if (t.n < 3 || t.p[0] != 'P' || !duration_run(&p, end, "YMWD", &days, &fraction))
        return false;
    if (p < end && *p == 'T') {
        p++;
        if (!duration_run(&p, end, "HMS", &clock, &fraction) || clock == 0)
            return false;
    }
    return p == end && days + clock > 0;
}

int shape_duration(struct shape *s, const struct js *v)
{
    return text_that(s, v, is_duration, "is no ISO 8601 duration");
}

int shape_word(struct shape *s, const struct js *v, const char *const *words)
{
    struct str t;
    if (!js_str(v, &t))
        return shape_fail(s, "is no text");
    for (size_t i = 0; words[i] != NULL; i++)
        if (str_is(t, words[i]))
            return 0;
    return shape_fail(s, "is none of the words that are allowed here");
}

/* --- what nobody should send ------------------------------------------------- */

/* Words of names, alone or two in a row ("eye tracking", "eyeTracking", "eye-tracking").
 * A pupil is a student, and an interface has no face. */
static const char *const body_words[] = {
    "biometric",     "biometrics",  "gaze",       "eyetracking", "eyetracker",
    "facial",        "emotion",     "emotions",   "heartrate",   "hrv",
    "eeg",           "ecg",         "ekg",        "emg",         "gsr",
    "galvanic",      "fingerprint", "voiceprint", "retina",      "physiological",
    "electrodermal", "faceid",      "heartbeat",  "saccade",     "saccades",
    "pupillometry",  NULL};
static const char *const body_pairs[][2] = {
    {"eye", "tracking"},       {"eye", "tracker"},
    {"eye", "movement"},       {"eye", "movements"},
    {"face", "recognition"},   {"face", "expression"},
    {"face", "detection"},     {"face", "id"},
    {"heart", "rate"},         {"skin", "conductance"},
    {"iris", "scan"},          {"pupil", "dilation"},
    {"pupil", "diameter"},     {"pupil", "size"},
    {"keystroke", "dynamics"}, {"voice", "print"},
    {"pulse", "rate"},         {"head", "pose"},
    {"brain", "waves"},        {NULL, NULL}};

/* The next word of a name in lower case: letters, ended by anything else or by a capital
 * behind a small letter. */
static bool next_word(struct str name, size_t *at, char out[24])
{
    size_t n = 0;
    while (*at < name.n && !is_alpha(name.p[*at]))
        ++*at;
    for (; *at < name.n && is_alpha(name.p[*at]); ++*at) {
        char c = name.p[*at];
        if (n > 0 && c <= 'Z' && name.p[*at - 1] >= 'a')
            break;
        if (n < 23)
            out[n++] = (char)(c | 0x20);
    }
    out[n] = 0;
    return n > 0;
}

static bool speaks_of_bodies(struct str name)
{
    char before[24] = "", word[24];
    size_t at = 0;
    while (next_word(name, &at, word)) {
        for (size_t i = 0; body_words[i] != NULL; i++)
            if (strcmp(word, body_words[i]) == 0)
                return true;
        for (size_t i = 0; body_pairs[i][0] != NULL; i++)
            if (strcmp(before, body_pairs[i][0]) == 0 &&
                strcmp(word, body_pairs[i][1]) == 0)
                return true;
        memcpy(before, word, sizeof before);
    }
    return false;
}

static int look_into(void *ctx, struct str key, struct js *val)
{
    struct str *out = ctx;
    if (speaks_of_bodies(key)) {
        *out = key;
        return 1;
    }
    return shape_biometric(val, out);
}

bool shape_biometric(const struct js *v, struct str *out)
{
    if (js_type(v) == JS_OBJECT)
        return js_each(v, look_into, out) != 0;
    for (size_t i = 0; js_type(v) == JS_ARRAY && i < js_len(v); i++)
        if (shape_biometric(js_at(v, i), out))
            return true;
    return false;
}
