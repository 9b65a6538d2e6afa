#include "learn/words.h"

#include "base/vec.h"
#include "learn/change.h"

#include <math.h>
#include <stdlib.h>

#define FACTS_N (64 * 1024) /* bytes of a JSON column */
#define DEPTH 6
#define ARGS 6
#define IN_DAYS 72 /* hours; from here on days are easier to read */

static struct say say_new(struct arena *a, const char *id)
{
    return (struct say){.id = str_c(id), .args = ARENA_ARRAY(a, struct say_arg, ARGS)};
}

static struct say_arg *say_add(struct say *s, const char *name)
{
    INVARIANT(s->args_n < ARGS);
    struct say_arg *arg = &s->args[s->args_n++];
    arg->name = name;
    return arg;
}

static void say_text(struct say *s, const char *name, struct str text)
{
    struct say_arg *arg = say_add(s, name);
    arg->type = SAY_TEXT;
    arg->text = text;
}

static void say_int(struct say *s, const char *name, int64_t n)
{
    struct say_arg *arg = say_add(s, name);
    arg->type = SAY_INT;
    arg->num = n;
}

/* A number of points: whole ones without a fraction. */
static void say_points(struct say *s, const char *name, double v)
{
    if (v == floor(v)) {
        say_int(s, name, (int64_t)v);
        return;
    }
    struct say_arg *arg = say_add(s, name);
    arg->type = SAY_REAL;
    arg->real = v;
}

static int64_t num_of(const struct js *o, const char *key)
{
    int64_t v = 0;
    js_i64(js_get(o, key), &v);
    return v;
}

static double real_of(const struct js *o, const char *key)
{
    double v = 0;
    js_num(js_get(o, key), &v);
    return v;
}

static struct js *facts_of(struct arena *a, struct str json)
{
    struct err e = {0};
    return js_parse(a, json, FACTS_N, DEPTH, &e);
}

static struct say card_fact(struct arena *a, const struct words_card *in,
                            const struct js *f)
{
    bool review = str_is(in->reason, "review"), result = js_get(f, "got") != NULL;
    struct say s = say_new(a, review && result ? "why.mastered_latest"
                              : review         ? "why.mastered_before"
                              : result         ? "why.result"
                                               : "why.nothing_yet");
    say_text(&s, "skill", in->skill->title);
    if (result) {
        say_points(&s, "got", real_of(f, "got"));
        say_points(&s, "of", real_of(f, "of"));
    }
    return s;
}

static struct say card_link(struct arena *a, const struct words_card *in,
                            const struct js *f)
{
    struct str opens = in->title(in->ctx, js_text(f, "opens"));
    struct str helps = in->title(in->ctx, js_text(f, "helps"));
    struct str scaffold = in->title(in->ctx, js_text(f, "scaffold_for"));
    struct say s;
    if (scaffold.n > 0) {
        s = say_new(a, "why.scaffold");
        say_text(&s, "skill", scaffold);
        return s;
    }
    if (str_is(in->reason, "review"))
        return say_new(a, "why.review");
    if (opens.n > 0) {
        s = say_new(a, "why.needed_for");
        say_text(&s, "skill", opens);
    } else if (in->skill->target) {
        s = say_new(a, "why.goal");
    } else if (str_is(in->reason, "almost")) {
        s = say_new(a, "why.near");
    } else if (helps.n > 0) {
        s = say_new(a, "why.helps");
        say_text(&s, "skill", helps);
    } else {
        s = say_new(a, "why.open");
    }
    return s;
}

static struct say card_way(struct arena *a, const struct words_card *in,
                           const struct js *f)
{
    struct change change = change_read(a, in->change);
    int64_t right = num_of(f, "right_needed"), days = num_of(f, "days_needed");
    if (change.known && change.rows == 1 && str_is(in->reason, "review") &&
        !change.nowhere)
        return say_new(a, "why.way_out_review");
    if (change.known)
        return change_say(a, &change, CHANGE_MASTERED, NULL);
    /* States of before: the engine's own count of right answers. */
    if (right <= 0)
        return say_new(a, "why.way_out_practice");
    if (right == 1 && str_is(in->reason, "review"))
        return say_new(a, "why.way_out_review");
    struct say s = say_new(a, days > 1 ? "why.way_out_days" : "why.way_out");
    say_int(&s, "n", right);
    if (days > 1)
        say_int(&s, "days", days);
    return s;
}

void words_card(struct arena *a, const struct words_card *in, struct panel_card *card)
{
    const struct js *f = facts_of(a, in->facts);
    card->fact = card_fact(a, in, f);
    card->fact_ms = num_of(f, "at_ms");
    card->link = card_link(a, in, f);
    card->way = card_way(a, in, f);
}

static int by_id(const void *key, const void *row)
{
    int64_t x = *(const int64_t *)key, y = ((const struct activity *)row)->activity_id;
    return (x > y) - (x < y);
}

static struct str title_of(const struct activity *acts, size_t n, const struct js *o)
{
    int64_t id = num_of(o, "activity");
    const struct activity *act =
        n > 0 ? bsearch(&id, acts, n, sizeof(acts[0]), by_id) : NULL;
    return act != NULL ? act->title : STR_EMPTY;
}

static int64_t percent(double share)
{
    return (int64_t)floor(share * 100 + 0.5);
}

/* "Check 3: 52 %, Check 4: 48 %": titles and numbers, nothing to translate. */
static struct str list_results(struct arena *a, const struct js *list,
                               const struct activity *acts, size_t acts_n)
{
    struct buf b;
    buf_init(&b, a, 128);
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *r = js_at(list, i);
        struct str title = title_of(acts, acts_n, r);
        buf_c(&b, i > 0 ? ", " : "");
        buf_str(&b, title);
        buf_fmt(&b, "%s%lld\xc2\xa0%%", title.n > 0 ? ": " : "",
                (long long)percent(real_of(r, "share")));
    }
    return buf_view(&b);
}

static struct say flag_low(struct arena *a, const struct js *f,
                           const struct activity *acts, size_t acts_n)
{
    const struct js *list = js_get(f, "results");
    struct say s = say_new(a, "flag_fact.low_checks");
    say_int(&s, "n", (int64_t)js_len(list));
    say_int(&s, "below", percent(real_of(f, "below")));
    say_text(&s, "list", list_results(a, list, acts, acts_n));
    return s;
}

static struct say flag_off(struct arena *a, const struct js *f,
                           const struct activity *acts, size_t acts_n)
{
    const struct js *r = js_get(f, "result");
    struct say s = say_new(a, "flag_fact.off_usual_in");
    say_int(&s, "usual", percent(real_of(f, "usual")));
    say_int(&s, "now", percent(real_of(r, "share")));
    say_text(&s, "activity", title_of(acts, acts_n, r));
    return s;
}

struct say words_flag(struct arena *a, struct str facts, const struct activity *acts,
                      size_t acts_n, struct str *mark)
{
    const struct js *f = facts_of(a, facts);
    struct say s = {0};
    *mark = STR("struggle");
    if (js_get(f, "results") != NULL) {
        s = flag_low(a, f, acts, acts_n);
    } else if (js_get(f, "result") != NULL) {
        *mark = STR("off_usual");
        s = flag_off(a, f, acts, acts_n);
    } else if (js_get(f, "items") != NULL) {
        *mark = STR("missing");
        s = say_new(a, "flag_fact.missing");
        say_int(&s, "n", num_of(f, "count"));
        say_text(&s, "activity", title_of(acts, acts_n, js_at(js_get(f, "items"), 0)));
    } else if (js_get(f, "hours") != NULL) {
        /* With launches alone we know of our own page only, and say so. */
        bool lms = str_is(js_text(f, "where"), "lms");
        int64_t hours = num_of(f, "hours");
        *mark = STR("idle");
        if (hours < IN_DAYS) {
            s = say_new(a, lms ? "flag_fact.not_opened" : "flag_fact.not_opened_panel");
            say_int(&s, "n", hours);
        } else {
            s = say_new(a, lms ? "flag_fact.not_opened_days"
                               : "flag_fact.not_opened_panel_days");
            say_int(&s, "n", hours / 24);
        }
    }
    return s;
}

struct str *words_list(struct arena *a, struct str json, size_t *n)
{
    const struct js *arr = facts_of(a, json);
    struct str *out = ARENA_ARRAY(a, struct str, js_len(arr));
    *n = 0;
    for (size_t i = 0; i < js_len(arr); i++)
        if (js_str(js_at(arr, i), &out[*n]))
            (*n)++;
    return out;
}

/* "A", or {"skill":"A","level":"working"}. */
static bool code_of(const struct js *v, struct str *out)
{
    return js_str(js_type(v) == JS_OBJECT ? js_get(v, "skill") : v, out);
}

struct words_want *words_wants(struct arena *a, struct str json, size_t *n)
{
    const struct js *arr = facts_of(a, json);
    struct words_want *out = ARENA_ARRAY(a, struct words_want, js_len(arr));
    *n = 0;
    for (size_t i = 0; i < js_len(arr); i++) {
        const struct js *v = js_at(arr, i);
        bool group = js_type(v) == JS_ARRAY;
        struct words_want *w = &out[*n];
        w->codes = ARENA_ARRAY(a, struct str, group ? js_len(v) : 1);
        for (size_t k = 0; k < (group ? js_len(v) : 1); k++)
            w->n += code_of(group ? js_at(v, k) : v, &w->codes[w->n]);
        *n += w->n > 0;
    }
    return out;
}

size_t words_count(struct arena *a, struct str json)
{
    if (json.n <= 2)
        return 0; /* [] */
    return js_len(facts_of(a, json));
}
