#include "engine/riskdoc.h"

#include "base/crypt.h"
#include "base/js.h"

#include <math.h>
#include <stddef.h>

/* A number that a kind of rule may or must have. */
struct param {
    enum risk_kind kind;
    const char *name;
    size_t at; /* in struct risk_rule */
    bool whole;
    double low, high;
    double otherwise; /* NAN: required */
};

#define PARAM(k, n, member, w, lo, hi, def)                                              \
    {                                                                                    \
        (k), (n), offsetof(struct risk_rule, member), (w), (lo), (hi), (def)             \
    }

static const struct param params[] = {
    PARAM(RISK_NOT_OPENED, "hours", hours, false, 1, 8760, NAN),
    PARAM(RISK_LOW_CHECKS, "below", below, false, 0.01, 1, NAN),
    PARAM(RISK_LOW_CHECKS, "count", count, true, 1, 20, NAN),
    PARAM(RISK_LOW_CHECKS, "within_days", within_days, true, 0, 3650, 28),
    PARAM(RISK_OFF_USUAL, "drop", drop, false, 0.01, 1, NAN),
    PARAM(RISK_OFF_USUAL, "history", history, true, 2, 50, NAN),
    PARAM(RISK_OFF_USUAL, "within_days", within_days, true, 0, 3650, 28),
    PARAM(RISK_MISSING, "grace_hours", grace_hours, false, 0, 8760, NAN),
    PARAM(RISK_MISSING, "count", count, true, 1, 100, 1),
    PARAM(RISK_MISSING, "within_days", within_days, true, 0, 3650, 0),
};
#define PARAM_N (sizeof(params) / sizeof(params[0]))

static const char *const common[] = {"id",    "kind", "level", "message",
                                     "owner", "why",  "kinds", NULL};

struct member_check {
    size_t at; /* index of the rule */
    enum risk_kind kind;
    struct err *e;
};

static int known_member(void *ctx, struct str key, struct js *val)
{
    const struct member_check *c = ctx;
    (void)val;
    for (size_t i = 0; common[i] != NULL; i++) {
        if (str_is(key, common[i])) {
            return 0;
        }
    }
    for (size_t i = 0; i < PARAM_N; i++) {
        if (params[i].kind == c->kind && str_is(key, params[i].name)) {
            return 0;
        }
    }
    struct str shown = str_sub(key, 0, 40);
    return err_set(c->e, ERR_INPUT, "rules[%zu]: a rule of this kind has no \"%.*s\"",
                   c->at, STR_ARG(shown));
}

static int read_params(const struct js *v, size_t at, struct risk_rule *r, struct err *e)
{
    for (size_t i = 0; i < PARAM_N; i++) {
        const struct param *p = &params[i];
        double x = p->otherwise;
        if (p->kind != r->kind) {
            continue;
        }
        if (js_has(v, p->name) && !js_num(js_get(v, p->name), &x)) {
            return err_set(e, ERR_INPUT, "rules[%zu].%s must be a number", at, p->name);
        }
        if (isnan(x)) {
            return err_set(e, ERR_INPUT, "rules[%zu].%s is missing", at, p->name);
        }
        if (x < p->low || x > p->high || (p->whole && x != floor(x))) {
            return err_set(e, ERR_INPUT, "rules[%zu].%s must be %s between %g and %g", at,
                           p->name, p->whole ? "whole and" : "a number", p->low, p->high);
        }
        char *slot = (char *)r + p->at;
        if (p->whole) {
            *(int32_t *)(void *)slot = (int32_t)x;
        } else {
            *(double *)(void *)slot = x;
        }
    }
    return 0;
}

static int read_kinds(const struct js *v, size_t at, struct risk_rule *r, struct err *e)
{
    const struct js *list = js_get(v, "kinds");
    size_t max = sizeof(r->kinds) / sizeof(r->kinds[0]);
    if (js_has(v, "kinds") && (js_type(list) != JS_ARRAY || js_len(list) > max)) {
        return err_set(e, ERR_INPUT, "rules[%zu].kinds must be a list of at most %zu", at,
                       max);
    }
    for (size_t i = 0; i < js_len(list); i++) {
        if (!js_str(js_at(list, i), &r->kinds[r->kind_n++])) {
            return err_set(e, ERR_INPUT, "rules[%zu].kinds[%zu] must be text", at, i);
        }
    }
    return 0;
}

static int read_words(const struct js *v, size_t at, struct risk_rule *r, struct err *e)
{
    static const char *const kinds[] = {"not-opened", "low-checks", "off-usual",
                                        "missing"};
    struct str kind = js_text(v, "kind");
    struct str level = js_text(v, "level");
    size_t k = 0;
    while (k < 4 && !str_is(kind, kinds[k])) {
        k++;
    }
    if (k == 4) {
        return err_set(e, ERR_INPUT, "rules[%zu].kind is none that the engine knows", at);
    }
    r->kind = (enum risk_kind)k;
    if (!str_is(level, "watch") && !str_is(level, "talk")) {
        return err_set(e, ERR_INPUT, "rules[%zu].level must be watch or talk", at);
    }
    r->cap = str_is(level, "talk") ? RISK_TALK : RISK_WATCH;
    r->id = js_text(v, "id");
    r->message = js_text(v, "message");
    r->owner = js_text(v, "owner");
    r->why = js_text(v, "why");
    if (r->id.n == 0 || r->id.n > 64 || r->message.n == 0 || r->owner.n == 0 ||
        r->why.n == 0) {
        return err_set(e, ERR_INPUT, "rules[%zu] needs id, message, owner and why", at);
    }
    return 0;
}

static int read_rule(const struct js *v, size_t at, struct risk_rules *set, struct err *e)
{
    struct risk_rule *r = &set->rules[at];
    if (js_type(v) != JS_OBJECT) {
        return err_set(e, ERR_INPUT, "rules[%zu] must be an object", at);
    }
    if (read_words(v, at, r, e) != 0) {
        return -1;
    }
    struct member_check c = {.at = at, .kind = r->kind, .e = e};
    if (js_each(v, known_member, &c) != 0 || read_params(v, at, r, e) != 0 ||
        read_kinds(v, at, r, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < at; i++) {
        if (str_eq(set->rules[i].id, r->id)) {
            return err_set(e, ERR_INPUT, "rules[%zu].id is taken by rules[%zu]", at, i);
        }
    }
    return 0;
}

static int top_member(void *ctx, struct str key, struct js *val)
{
    (void)val;
    if (str_is(key, "format") || str_is(key, "code") || str_is(key, "title") ||
        str_is(key, "rules")) {
        return 0;
    }
    struct str shown = str_sub(key, 0, 40);
    return err_set(ctx, ERR_INPUT, "there is no member called \"%.*s\"", STR_ARG(shown));
}

struct risk_rules *riskdoc_read(struct arena *a, struct str json, struct err *e)
{
    struct err why = {0};
    struct risk_rules *set = ARENA_NEW(a, struct risk_rules);
    struct js *doc = js_parse(a, json, RISK_MAX_BYTES, 6, &why);
    if (doc == NULL) {
        (void)err_set(e, why.code, "%s", why.text);
        return NULL;
    }
    const struct js *list = js_get(doc, "rules");
    if (js_type(doc) != JS_OBJECT || !str_is(js_text(doc, "format"), RISKDOC_FORMAT)) {
        (void)err_set(e, ERR_INPUT, "format must be \"" RISKDOC_FORMAT "\"");
        return NULL;
    }
    if (js_each(doc, top_member, &why) != 0) {
        (void)err_set(e, why.code, "%s", why.text);
        return NULL;
    }
    if (js_type(list) != JS_ARRAY || js_len(list) > RISK_MAX_RULES) {
        (void)err_set(e, ERR_INPUT, "rules must be a list of at most %d", RISK_MAX_RULES);
        return NULL;
    }
    set->rules = ARENA_ARRAY(a, struct risk_rule, js_len(list));
    for (; set->rule_n < js_len(list); set->rule_n++) {
        if (read_rule(js_at(list, set->rule_n), set->rule_n, set, e) != 0) {
            return NULL;
        }
    }
    set->hash = crypt_digest(a, js_dump(a, doc));
    return set;
}
