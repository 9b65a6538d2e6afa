#include "engine/expdoc.h"

#include "base/iso.h"
#include "base/js.h"

#include <math.h>

#define CODE_N 40
#define TEXT_N 500
#define DAY_MS INT64_C(86400000)
#define LOOK_STEP 0.05 /* looks nearer to each other would tell nothing new */

const struct expdoc_metric expdoc_metrics[] = {
    {"share_held", EXPERIMENT_MEAN,
     "the share of the map's skills that hold, after minus before"},
    {"later_score", EXPERIMENT_MEAN,
     "the share of points on scored work from `days` days after the start on"},
    {"gained", EXPERIMENT_SHARE, "at least one more skill holds than at the start"},
};
const size_t expdoc_metrics_n = sizeof(expdoc_metrics) / sizeof(expdoc_metrics[0]);

const struct expdoc_setting expdoc_settings[] = {
    {"usual", "recommendations as the course gets them without an experiment"},
    {"content", "what fits the person's own results leads"},
    {"prerequisite", "what opens most on the way to the target leads"},
    {"collaborative", "what helped similar learners leads"},
    {"variety", "new territory leads"},
};
const size_t expdoc_settings_n = sizeof(expdoc_settings) / sizeof(expdoc_settings[0]);

static const char *const members[] = {
    "format", "code",   "question", "purpose", "unit",    "cluster_n", "icc",
    "arms",   "metric", "days",     "better",  "effect",  "base",      "sd",
    "alpha",  "power",  "looks",    "ends",    "consent", "bandit",    "floor"};

static int known_member(void *ctx, struct str key, struct js *val)
{
    (void)val;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (str_is(key, members[i])) {
            return 0;
        }
    }
    struct str shown = str_sub(key, 0, CODE_N);
    return err_set(ctx, ERR_INPUT, "there is no member called \"%.*s\"", STR_ARG(shown));
}

static int number(const struct js *v, const char *name, double low, double high,
                  double *out, struct err *e)
{
    double x = NAN;
    if (!js_num(js_get(v, name), &x) || !(x >= low && x <= high)) {
        return err_set(e, ERR_INPUT, "%s must be a number from %g to %g", name, low,
                       high);
    }
    *out = x;
    return 0;
}

static int whole(const struct js *v, const char *name, double low, double high,
                 int32_t *out, struct err *e)
{
    double x = 0.0;
    if (number(v, name, low, high, &x, e) < 0) {
        return -1;
    }
    if (x != floor(x)) {
        return err_set(e, ERR_INPUT, "%s must be a whole number", name);
    }
    *out = (int32_t)x;
    return 0;
}

/* One of two words; true for the second. */
static int either(const struct js *v, const char *name, const char *first,
                  const char *second, bool *out, struct err *e)
{
    struct str word = js_text(v, name);
    if (!str_is(word, first) && !str_is(word, second)) {
        return err_set(e, ERR_INPUT, "%s must be \"%s\" or \"%s\"", name, first, second);
    }
    *out = str_is(word, second);
    return 0;
}

static bool is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-') {
            return false;
        }
    }
    return s.n > 0 && s.n <= CODE_N;
}

static int read_texts(const struct js *v, struct experiment_plan *p, struct err *e)
{
    p->code = js_text(v, "code");
    p->question = js_text(v, "question");
    p->purpose = js_text(v, "purpose");
    if (!is_code(p->code)) {
        return err_set(e, ERR_INPUT, "code must be 1 to %d of a-z, 0-9, - and _", CODE_N);
    }
    if (p->question.n == 0 || p->question.n > TEXT_N || p->purpose.n == 0 ||
        p->purpose.n > TEXT_N) {
        return err_set(e, ERR_INPUT, "question and purpose must be said (%d bytes)",
                       TEXT_N);
    }
    return 0;
}

static bool is_setting(struct str s)
{
    for (size_t i = 0; i < expdoc_settings_n; i++) {
        if (str_is(s, expdoc_settings[i].code)) {
            return true;
        }
    }
    return false;
}

static int read_arm(const struct js *v, struct experiment_plan *p, struct err *e)
{
    struct experiment_arm *arm = &p->arms[p->arm_n];
    arm->code = js_text(v, "code");
    arm->setting = js_text(v, "setting");
    arm->weight = 1;
    if (js_has(v, "weight") &&
        whole(v, "weight", 1, EXPERIMENT_WEIGHT, &arm->weight, e) < 0) {
        return -1;
    }
    if (!is_code(arm->code) || !is_setting(arm->setting)) {
        return err_set(e, ERR_INPUT,
                       "arms[%d] needs a code and a setting of the closed list",
                       p->arm_n);
    }
    for (int32_t i = 0; i < p->arm_n; i++) {
        if (str_eq(p->arms[i].code, arm->code)) {
            return err_set(e, ERR_INPUT, "arms[%d].code is taken", p->arm_n);
        }
    }
    p->arm_n++;
    return 0;
}

static int read_arms(const struct js *v, struct experiment_plan *p, struct err *e)
{
    const struct js *list = js_get(v, "arms");
    if (js_type(list) != JS_ARRAY || js_len(list) < 2 || js_len(list) > EXPERIMENT_ARMS) {
        return err_set(e, ERR_INPUT, "arms must be a list of 2 to %d", EXPERIMENT_ARMS);
    }
    for (size_t i = 0; i < js_len(list); i++) {
        if (read_arm(js_at(list, i), p, e) < 0) {
            return -1;
        }
    }
    if (!str_is(p->arms[0].setting, "usual")) {
        return err_set(e, ERR_INPUT, "the first arm must have the setting \"usual\"");
    }
    return 0;
}

static int read_metric(const struct js *v, struct experiment_plan *p, struct err *e)
{
    size_t i = 0;
    bool lower = false;
    p->metric = js_text(v, "metric");
    while (i < expdoc_metrics_n && !str_is(p->metric, expdoc_metrics[i].code)) {
        i++;
    }
    if (i == expdoc_metrics_n) {
        return err_set(e, ERR_INPUT, "metric is none that can be measured");
    }
    p->kind = expdoc_metrics[i].kind;
    if (whole(v, "days", 1, 365, &p->days, e) < 0 ||
        number(v, "effect", 0.001, 0.9, &p->effect, e) < 0 ||
        (js_has(v, "better") && either(v, "better", "higher", "lower", &lower, e) < 0)) {
        return -1;
    }
    p->higher = !lower;
    if (p->kind == EXPERIMENT_MEAN) {
        return number(v, "sd", 0.001, 1, &p->sd, e);
    }
    if (number(v, "base", 0.01, 0.99, &p->base, e) < 0) {
        return -1;
    }
    double other = p->base + (lower ? -p->effect : p->effect);
    return other > 0.0 && other < 1.0
               ? 0
               : err_set(e, ERR_INPUT, "base and effect leave the range from 0 to 1");
}

static int read_unit(const struct js *v, struct experiment_plan *p, struct err *e)
{
    bool course = false;
    p->cluster_n = 1;
    if (either(v, "unit", "person", "course", &course, e) < 0) {
        return -1;
    }
    p->unit = course ? EXPERIMENT_COURSE : EXPERIMENT_PERSON;
    return course && (whole(v, "cluster_n", 1, 100000, &p->cluster_n, e) < 0 ||
                      number(v, "icc", 0, 1, &p->icc, e) < 0)
               ? -1
               : 0;
}

static int read_looks(const struct js *v, struct experiment_plan *p, struct err *e)
{
    const struct js *list = js_get(v, "looks");
    size_t n = js_len(list);
    double before = 0.0;
    if (js_type(list) != JS_ARRAY || n == 0 || n >= SEQUENTIAL_LOOKS) {
        return err_set(e, ERR_INPUT, "looks must be a list of 1 to %d",
                       SEQUENTIAL_LOOKS - 1);
    }
    for (size_t i = 0; i < n; i++) {
        double at = 0.0;
        if (!js_num(js_at(list, i), &at) || !(at >= before + LOOK_STEP) || at > 1.0 ||
            (i + 1 == n && at != 1.0)) {
            return err_set(e, ERR_INPUT, "looks must rise by %g or more and end with 1",
                           LOOK_STEP);
        }
        p->looks.at[p->looks.n++] = before = at;
    }
    return 0;
}

static int read_rules(const struct js *v, struct experiment_plan *p, struct err *e)
{
    struct str ends = js_text(v, "ends");
    if (number(v, "alpha", 0.001, 0.1, &p->alpha, e) < 0 ||
        number(v, "power", EXPERIMENT_POWER, 0.99, &p->power, e) < 0 ||
        either(v, "consent", "opt_out", "opt_in", &p->opt_in, e) < 0) {
        return -1;
    }
    if (ends.n != 10 || !iso_parse_loose(ends, &p->ends_ms)) {
        return err_set(e, ERR_INPUT, "ends must be a date, YYYY-MM-DD");
    }
    p->ends_ms += DAY_MS - 1;
    if (js_has(v, "bandit") && !js_bool(js_get(v, "bandit"), &p->bandit)) {
        return err_set(e, ERR_INPUT, "bandit must be true or false");
    }
    return p->bandit ? number(v, "floor", EXPDOC_FLOOR, 1.0 / p->arm_n, &p->floor, e) : 0;
}

struct experiment_plan *expdoc_read(struct arena *a, struct str json, struct err *e)
{
    struct err why = {0};
    struct experiment_plan *p = ARENA_NEW(a, struct experiment_plan);
    struct js *doc = js_parse(a, json, EXPDOC_MAX_BYTES, 5, &why);
    if (doc == NULL || js_each(doc, known_member, &why) != 0) {
        (void)err_set(e, ERR_INPUT, "%s", why.text);
        return NULL;
    }
    if (!str_is(js_text(doc, "format"), EXPDOC_FORMAT)) {
        (void)err_set(e, ERR_INPUT, "format must be \"" EXPDOC_FORMAT "\"");
        return NULL;
    }
    bool fine = read_texts(doc, p, e) == 0 && read_arms(doc, p, e) == 0 &&
                read_metric(doc, p, e) == 0 && read_unit(doc, p, e) == 0 &&
                read_looks(doc, p, e) == 0 && read_rules(doc, p, e) == 0;
    return fine ? p : NULL;
}
