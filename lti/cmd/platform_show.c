/* What a platform granted when it registered itself, and what was odd about it: for
 * `platform show` and `platform approve`. A platform's own words are shown without
 * control characters (DR-S5). */
#include "cmd/platform.h"

#include "msg/dynreg_request.h"
#include "store/grant.h"

#define JSON_N ((size_t)16 * 1024)

static const struct {
    const char *name; /* of dynreg_request_name */
    const char *words;
} uses[] = {
    {"roster", "who is in a course (names and roles)"},
    {"results", "results in our own columns"},
    {"columns", "to make and read our own columns"},
    {"columns_read", "to read our own columns"},
    {"score", "to write scores into our own columns"},
    {"groups", "groups of a course"},
    {"notices", "notices, such as of course copies"},
};

static const struct {
    const char *id; /* of struct dynreg_warning */
    const char *words;
} odd[] = {
    {"config", "its configuration came from another host than its issuer's"},
    {"registration", "the registration went to another host"},
    {"login", "people log in at another host"},
    {"token", "access tokens come from another host"},
    {"keys", "its keys lie on another host"},
    {"audience", "our requests for tokens would be made out to another host"},
};

static const char *use_of(struct str scope)
{
    struct str name = str_c(dynreg_request_name(scope));
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (str_is(name, uses[i].name))
            return uses[i].words;
    return NULL;
}

static void print_scopes(struct cmd_ctx *c, struct str scopes)
{
    struct str one, tail = scopes;
    size_t n = 0;
    while (tail.n > 0) {
        str_cut(tail, ' ', &one, &tail);
        const char *use = use_of(one);
        if (one.n > 0)
            printf("  granted          %.*s\n",
                   STR_ARG(use != NULL ? str_c(use) : cmd_shown(c->a, one)));
        n += one.n > 0;
    }
    if (n == 0)
        printf("  granted          nothing but launches\n");
}

static void print_odd(struct cmd_ctx *c, struct str warnings)
{
    struct js *list = js_parse(c->a, warnings, JSON_N, 4, NULL);
    for (size_t i = 0; i < js_len(list); i++)
        for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
            if (str_is(js_text(js_at(list, i), "id"), odd[k].id))
                printf("  LOOK             %s: %.*s\n", odd[k].words,
                       STR_ARG(cmd_shown(c->a, js_text(js_at(list, i), "host"))));
}

static struct js *as_json(struct cmd_ctx *c, const struct grant *g)
{
    struct js *o = js_object(c->a), *scopes = js_array(c->a);
    struct str one, tail = g->scopes;
    while (tail.n > 0) {
        str_cut(tail, ' ', &one, &tail);
        if (one.n > 0)
            js_push_str(scopes, one);
    }
    js_set(o, "scopes", scopes);
    js_set_str(o, "account", g->account);
    js_set(o, "warnings", js_parse(c->a, g->warnings, JSON_N, 4, NULL));
    js_set_i64(o, "at_ms", g->created_ms);
    js_set_bool(o, "management_token", g->has_token);
    return o;
}

int platform_show_grant(struct cmd_ctx *c, int64_t registration_id, struct js *into,
                        struct err *e)
{
    struct grant g;
    int found = grant_get(c->db, c->a, registration_id, &g, e);
    if (found != 1)
        return found;
    if (into != NULL) {
        js_set(into, "granted", as_json(c, &g));
        return 0;
    }
    printf("  registered       by itself, %.*s UTC\n",
           STR_ARG(cmd_time(c->a, g.created_ms)));
    if (g.account.n > 0)
        printf("  account          %.*s (in its own words)\n",
               STR_ARG(cmd_shown(c->a, g.account)));
    print_scopes(c, g.scopes);
    print_odd(c, g.warnings);
    return 0;
}
