#include "engine/suggest.h"

#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORD_N 6     /* letters that are compared: "multip" of multiply, multiplication */
#define TEXT_N 400   /* bytes of a text that are read */
#define WORDS_N 40   /* words of a text */
#define UNKNOWN 0.25 /* weight of a word that no skill has, in words that all have */
#define CODE_BASE 0.9   /* strength of a code; words tell skills with one code apart */
#define TAG_PART 0.88   /* what shared words of a tag are worth beside a code */
#define TITLE_PART 0.88 /* and of a title */
#define SECTION_PART 0.4
#define PAIR_PART 0.25 /* what words in the skill's own order add to a text */
#define LEAD 0.15      /* how far a strong one is ahead of the next ... */
#define LEAD_CODE 0.03 /* ... where a code says it */
#define NUDGE 0.12     /* what a fitting section or unit adds to something else */

/* A skill that has a word. */
struct posting {
    int32_t skill;
};

struct word {
    struct vec skills; /* struct posting, each skill once */
    double weight;
};

/* A skill's texts, weighed. */
struct known {
    double title; /* sum of the weights of its title's words */
    double unit;
    double pairs; /* how many */
};

/* What speaks for a skill. */
struct score {
    double best; /* of the kinds of `reason` before SUGGEST_SECTION */
    enum suggest_reason reason;
    struct str text;   /* where the best stands */
    double words_part; /* shared words, whatever the best is */
    double section;
    struct str section_text;
    double unit;
};

struct suggest {
    struct arena *a;
    const struct skill_map *map;
    struct map *titles; /* stem -> struct word: of titles */
    struct map *units;  /* the same of units */
    struct map *pairs;  /* the same of two words of a title that follow each other */
    struct known *skills;
    struct map *codes;    /* comparable code -> struct vec of struct posting */
    struct score *scores; /* of one activity: work space, as are the next two */
    double *part;
    struct suggest_hit *hits;
};

const char *suggest_reason_name(enum suggest_reason reason)
{
    static const char *const names[] = {
        [SUGGEST_STANDARD] = "standard", [SUGGEST_CODE] = "code",
        [SUGGEST_OUTCOME] = "outcome",   [SUGGEST_TAG] = "tag",
        [SUGGEST_TITLE] = "title",       [SUGGEST_SECTION] = "section"};
    return names[reason];
}

/* --- words
 * ----------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Words that join others. */
static bool is_joint(struct str w)
{
    static const char *const words[] = {
        "a",    "an",   "and",   "are",   "as",   "at",   "by",   "can",  "do",   "does",
        "for",  "from", "has",   "have",  "how",  "in",   "into", "is",   "it",   "its",
        "not",  "of",   "on",    "or",    "out",  "that", "the",  "them", "this", "to",
        "what", "when", "where", "which", "will", "with", "you",  "your"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(w, words[i]))
            return true;
    return false;
}

static struct str number_word(struct str w)
{
    static const char *const names[] = {"one", "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine", "ten"};
    static const char *const digits[] = {"1", "2", "3", "4", "5",
                                         "6", "7", "8", "9", "10"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(w, names[i]))
            return str_c(digits[i]);
    return w;
}

/* Without one of the usual endings, as long as something is left of it. */
static struct str without_ending(struct str w)
{
    static const struct {
        const char *end;
        size_t least; /* letters that must stay */
    } endings[] = {{"itions", 3}, {"ition", 3}, {"ations", 4}, {"ation", 4}, {"ings", 3},
                   {"ing", 3},    {"ions", 4},  {"ion", 4},    {"ied", 3},   {"ies", 3},
                   {"ed", 3},     {"es", 3},    {"s", 3},      {"y", 3},     {"e", 3}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct str end = str_c(endings[i].end);
        bool whole = str_is(end, "s") && w.n > 1 && w.p[w.n - 2] == 's'; /* "less" */
        if (!whole && w.n >= end.n + endings[i].least && str_ends(w, end))
            return str_sub(w, 0, w.n - end.n);
    }
    return w;
}

struct str suggest_stem(struct arena *a, struct str word)
{
    struct str w = number_word(str_lower(a, word));
    struct str s = without_ending(w);
    if (s.n > 3 && s.n < w.n && s.p[s.n - 1] == s.p[s.n - 2] && s.p[s.n - 1] != 'l' &&
        s.p[s.n - 1] != 's')
        s.n--; /* flipp-ing */
    if (s.n > 4 && str_ends(s, STR("vis")))
        s = str_fmt(a, "%.*svid", (int)(s.n - 3), s.p); /* divis-ion, divid-e */
    return str_head(s, WORD_N);
}

struct token {
    struct str stem;
    struct str text; /* as it stands in the activity */
};

/* "1-step" speaks of a number; "Quiz 1" only counts. */
static bool counts(struct str text, size_t behind)
{
    return behind + 1 < text.n && text.p[behind] == '-' && is_letter(text.p[behind + 1]);
}

/* The words of a text, each stem once; single letters are left out. */
static size_t tokens(struct arena *a, struct str text, struct token out[WORDS_N])
{
    size_t n = 0;
    text = str_head(text, TEXT_N);
    for (size_t i = 0; i < text.n && n < WORDS_N;) {
        size_t from = i;
        while (i < text.n && (is_letter(text.p[i]) || (i > from && text.p[i] == '\'')))
            i++;
        if (i == from)
            while (i < text.n && is_digit(text.p[i]))
                i++;
        if (i == from) {
            i++;
            continue;
        }
        struct str word = str_sub(text, from, i);
        if (is_digit(word.p[0]) ? !counts(text, i)
                                : word.n == 1 || is_joint(str_lower(a, word)))
            continue;
        struct token t = {suggest_stem(a, word), word};
        bool had = false;
        for (size_t k = 0; k < n; k++)
            had = had || str_eq(out[k].stem, t.stem);
        if (!had)
            out[n++] = t;
    }
    return n;
}

/* --- codes
 * ----------------------------------------------------------------------------- */

/* "CCSS.MATH.CONTENT.6.EE.A.2.A", "6.EE.A.2a" and ".../CFItems/6.EE.A.2a" are one. Empty
 * where nothing could be a code: no digit and no dash. */
static struct str code_form(struct arena *a, struct str s)
{
    static const char *const prefixes[] = {"CCSSMATHCONTENT", "CCSSMATH", "CCSS"};
    struct buf b;
    bool marked = false;
    s = str_trim(s);
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == '/') {
            s = str_sub(s, i, s.n);
            break;
        }
    if (s.n == 0 || s.n > 120)
        return STR_EMPTY;
    buf_init(&b, a, s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        marked = marked || is_digit(c) || c == '-' || c == '_';
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (is_digit(c) || is_letter(c))
            buf_char(&b, c);
        else if (c == ' ')
            return STR_EMPTY; /* words */
    }
    struct str out = buf_view(&b);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (str_starts(out, str_c(prefixes[i])) && out.n > str_c(prefixes[i]).n)
            out = str_sub(out, str_c(prefixes[i]).n, out.n);
    return marked && out.n >= 3 ? out : STR_EMPTY;
}

/* "6.EE.A.2c" is also written "6.EE.2c": without the letter of its cluster. */
static struct str without_cluster(struct arena *a, struct str code)
{
    for (size_t i = 0; i + 2 < code.n; i++)
        if (code.p[i] == '.' && code.p[i + 2] == '.' && is_letter(code.p[i + 1]))
            return str_fmt(a, "%.*s%.*s", (int)i, code.p, (int)(code.n - i - 2),
                           code.p + i + 2);
    return STR_EMPTY;
}

static void put_form(struct suggest *x, struct str form, int32_t ord)
{
    if (form.n == 0)
        return;
    struct vec *v = map_get(x->codes, form);
    if (v == NULL) {
        v = ARENA_NEW(x->a, struct vec);
        vec_init(v, x->a, sizeof(struct posting));
        map_put(x->codes, form, v);
    }
    ((struct posting *)vec_push(v))->skill = ord;
}

static void put_code(struct suggest *x, struct str code, int32_t ord)
{
    put_form(x, code_form(x->a, code), ord);
    put_form(x, code_form(x->a, without_cluster(x->a, code)), ord);
}

/* --- index
 * ----------------------------------------------------------------------------- */

/* The word before and this one. */
static struct str pair_of(struct arena *a, const struct token *t, size_t i)
{
    return str_fmt(a, "%.*s %.*s", STR_ARG(t[i - 1].stem), STR_ARG(t[i].stem));
}

static void put_word(struct suggest *x, struct map *words, struct str stem, int32_t ord)
{
    struct word *w = map_get(words, stem);
    if (w == NULL) {
        w = ARENA_NEW(x->a, struct word);
        vec_init(&w->skills, x->a, sizeof(struct posting));
        map_put(words, stem, w);
    }
    ((struct posting *)vec_push(&w->skills))->skill = ord;
}

static void put_words(struct suggest *x, struct map *words, struct str text, int32_t ord)
{
    struct token t[WORDS_N];
    size_t n = tokens(x->a, text, t);
    for (size_t i = 0; i < n; i++)
        put_word(x, words, t[i].stem, ord);
    for (size_t i = 1; words == x->titles && i < n; i++) {
        put_word(x, x->pairs, pair_of(x->a, t, i), ord);
        x->skills[ord].pairs++;
    }
}

static double weight_of(const struct suggest *x, size_t has)
{
    return log(1.0 + (double)x->map->skill_n / (double)has);
}

static void weigh(struct suggest *x, struct map *words, bool unit)
{
    for (size_t i = 0; i < map_len(words); i++) {
        struct word *w = map_val(words, i);
        const struct posting *p = w->skills.p;
        w->weight = weight_of(x, w->skills.n);
        for (size_t k = 0; k < w->skills.n; k++) {
            struct known *s = &x->skills[p[k].skill];
            *(unit ? &s->unit : &s->title) += w->weight;
        }
    }
}

struct suggest *suggest_new(struct arena *a, const struct skill_map *m)
{
    struct suggest *x = ARENA_NEW(a, struct suggest);
    *x = (struct suggest){.a = a,
                          .map = m,
                          .titles = map_new(a),
                          .units = map_new(a),
                          .pairs = map_new(a),
                          .codes = map_new(a),
                          .skills = ARENA_ARRAY(a, struct known, m->skill_n),
                          .scores = ARENA_ARRAY(a, struct score, m->skill_n),
                          .part = ARENA_ARRAY(a, double, m->skill_n),
                          .hits = ARENA_ARRAY(a, struct suggest_hit, m->skill_n)};
    for (size_t i = 0; i < m->skill_n; i++) {
        const struct skill *s = &m->skills[i];
        put_words(x, x->titles, s->title, (int32_t)i);
        put_words(x, x->units, s->unit, (int32_t)i);
        put_code(x, s->code, (int32_t)i);
        if (!str_eq(code_form(a, s->code), code_form(a, s->standard)))
            put_code(x, s->standard, (int32_t)i);
    }
    weigh(x, x->titles, false);
    weigh(x, x->units, true);
    return x;
}

/* --- one activity
 * ---------------------------------------------------------------------- */

/* How much of a text and of each skill is shared, 0 to 1, into x->part: the geometric
 * mean of both shares, so that neither a long text nor a short one wins by its length. */
static void compare(struct suggest *x, struct map *words, bool unit,
                    const struct token *t, size_t n)
{
    size_t skills = x->map->skill_n;
    double all = 0;
    memset(x->part, 0, skills * sizeof x->part[0]);
    for (size_t i = 0; i < n; i++) {
        const struct word *w = map_get(words, t[i].stem);
        const struct posting *p = w != NULL ? w->skills.p : NULL;
        all += w != NULL ? w->weight : UNKNOWN * weight_of(x, 1);
        for (size_t k = 0; w != NULL && k < w->skills.n; k++)
            x->part[p[k].skill] += w->weight;
    }
    for (size_t i = 0; i < skills; i++) {
        double own = unit ? x->skills[i].unit : x->skills[i].title;
        if (x->part[i] > 0)
            x->part[i] /= sqrt(own * all);
    }
    for (size_t i = 1; !unit && i < n; i++) {
        const struct word *w = map_get(x->pairs, pair_of(x->a, t, i));
        const struct posting *p = w != NULL ? w->skills.p : NULL;
        for (size_t k = 0; w != NULL && k < w->skills.n; k++)
            x->part[p[k].skill] *= 1 + PAIR_PART / x->skills[p[k].skill].pairs;
    }
}

static bool has_word(struct map *words, struct str stem, int32_t ord)
{
    const struct word *w = map_get(words, stem);
    const struct posting *p = w != NULL ? w->skills.p : NULL;
    for (size_t i = 0; w != NULL && i < w->skills.n; i++)
        if (p[i].skill == ord)
            return true;
    return false;
}

/* The shared words as the activity has them. */
static struct str shared(struct suggest *x, struct str text, int32_t ord)
{
    struct token t[WORDS_N];
    size_t n = tokens(x->a, text, t);
    struct buf b;
    buf_init(&b, x->a, 64);
    for (size_t i = 0; i < n; i++)
        if (has_word(x->titles, t[i].stem, ord)) {
            buf_c(&b, b.n > 0 ? ", " : "");
            buf_str(&b, t[i].text);
        }
    return buf_view(&b);
}

static void better(struct score *s, double v, enum suggest_reason reason, struct str text)
{
    if (v < s->best || (v == s->best && reason >= s->reason))
        return;
    s->best = v;
    s->reason = reason;
    s->text = text;
}

static void by_words(struct suggest *x, struct str text, double part,
                     enum suggest_reason reason)
{
    struct token t[WORDS_N];
    size_t n = tokens(x->a, text, t);
    compare(x, x->titles, false, t, n);
    for (size_t i = 0; i < x->map->skill_n; i++) {
        struct score *v = &x->scores[i];
        double o = x->part[i];
        if (o > 0 && reason == SUGGEST_SECTION && o > v->section) {
            v->section = o;
            v->section_text = text;
        } else if (o > 0 && reason != SUGGEST_SECTION) {
            better(v, o < 1 ? part * o : part + 0.01 * (o - 1) / PAIR_PART, reason, text);
            v->words_part = o > v->words_part ? o : v->words_part;
        }
    }
    compare(x, x->units, true, t, n);
    for (size_t i = 0; i < x->map->skill_n; i++)
        if (x->part[i] > x->scores[i].unit)
            x->scores[i].unit = x->part[i];
}

static void by_code(struct suggest *x, struct str text, enum suggest_reason reason)
{
    struct str form = code_form(x->a, text);
    const struct vec *hits = form.n > 0 ? map_get(x->codes, form) : NULL;
    const struct posting *p = hits != NULL ? hits->p : NULL;
    for (size_t i = 0; hits != NULL && i < hits->n; i++)
        better(&x->scores[p[i].skill],
               CODE_BASE + (reason == SUGGEST_STANDARD ? 0.02 : 0), reason,
               str_trim(text));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '(' || c == ')' || c == '[' || c == ']' ||
           c == ',' || c == ';' || c == ':';
}

static void by_title_codes(struct suggest *x, struct str title)
{
    title = str_head(title, TEXT_N);
    for (size_t i = 0; i < title.n;) {
        size_t from = i;
        while (i < title.n && !is_blank(title.p[i]))
            i++;
        if (i > from)
            by_code(x, str_sub(title, from, i), SUGGEST_CODE);
        i++;
    }
}

static void read_tags(struct suggest *x, const struct suggest_activity *act)
{
    for (size_t i = 0; i < act->tag_n; i++) {
        const struct suggest_tag *t = &act->tags[i];
        bool outcome = str_is(t->kind, "outcome");
        if (str_is(t->kind, "section")) {
            by_words(x, t->value, SECTION_PART, SUGGEST_SECTION);
            continue;
        }
        enum suggest_reason why = outcome ? SUGGEST_OUTCOME : SUGGEST_TAG;
        by_code(x, t->value, SUGGEST_STANDARD);
        by_title_codes(x, t->title);
        by_words(x, t->value, TAG_PART, why);
        if (t->title.n > 0)
            by_words(x, t->title, TAG_PART, why);
    }
}

static double clamp1(double v)
{
    return v > 1.0 ? 1.0 : v;
}

static struct suggest_hit hit_of(const struct score *s, int32_t ord)
{
    double extra = NUDGE * clamp1(s->section > s->unit ? s->section : s->unit);
    if (s->best > 0) {
        bool code = s->reason <= SUGGEST_CODE;
        double words = code ? 0.06 * clamp1(s->words_part) : 0;
        double v = s->best + words + (code ? extra * 0.1 : extra * (1 - s->best));
        return (struct suggest_hit){ord, clamp1(v), s->reason, s->text, false};
    }
    return (struct suggest_hit){ord, SECTION_PART * clamp1(s->section), SUGGEST_SECTION,
                                s->section_text, false};
}

static int order_hit(const void *x, const void *y)
{
    const struct suggest_hit *p = x, *q = y;
    if (p->strength != q->strength)
        return p->strength > q->strength ? -1 : 1;
    return (p->skill > q->skill) - (p->skill < q->skill);
}

size_t suggest_for(struct suggest *x, const struct suggest_activity *act, size_t max,
                   struct suggest_hit **out)
{
    size_t skills = x->map->skill_n, n = 0;
    memset(x->scores, 0, skills * sizeof x->scores[0]);
    by_title_codes(x, act->title);
    by_words(x, act->title, TITLE_PART, SUGGEST_TITLE);
    read_tags(x, act);
    for (size_t i = 0; i < skills; i++) {
        struct suggest_hit h = hit_of(&x->scores[i], (int32_t)i);
        if (h.strength >= SUGGEST_SHOW)
            x->hits[n++] = h;
    }
    if (n > 1)
        qsort(x->hits, n, sizeof x->hits[0], order_hit);
    bool code = n > 0 && x->hits[0].reason <= SUGGEST_CODE;
    double ahead = n > 1 ? x->hits[0].strength - x->hits[1].strength : 1;
    if (n > 0)
        x->hits[0].strong =
            x->hits[0].strength >= SUGGEST_STRONG && ahead >= (code ? LEAD_CODE : LEAD);
    n = n < max ? n : max;
    *out = ARENA_ARRAY(x->a, struct suggest_hit, n);
    for (size_t i = 0; i < n; i++) {
        (*out)[i] = x->hits[i];
        if (x->hits[i].reason > SUGGEST_CODE)
            (*out)[i].words = shared(x, x->hits[i].words, x->hits[i].skill);
    }
    return n;
}
