#include "msg/xapi.h"

#include "base/map.h"

#include <string.h>

int xapi_level(struct str version)
{
    int64_t patch;
    if (str_is(version, "1.0") ||
        (str_starts(version, STR("1.0.")) &&
         str_i64(str_sub(version, 4, version.n), &patch) && patch >= 0))
        return 1;
    return str_is(version, "2.0") || str_is(version, "2.0.0") ? 2 : 0;
}

/* --- extensions -------------------------------------------------------------- */

static int extensions(struct shape *s, const struct js *v)
{
    struct str name;
    if (shape_by_iri(s, v, NULL) != 0)
        return -1;
    if (!shape_biometric(v, &name))
        return 0;
    name = str_head(name, 80);
    return shape_fail(s, "measures of bodies are not taken here (\"%.*s\")",
                      STR_ARG(name));
}

/* --- who --------------------------------------------------------------------- */

static int is_mbox(struct shape *s, const struct js *v)
{
    struct str t, user, host;
    if (!js_str(v, &t) || !str_starts(t, STR("mailto:")) || !shape_is_iri(t))
        return shape_fail(s, "is no \"mailto:\" address");
    str_cut(str_sub(t, 7, t.n), '@', &user, &host);
    return user.n > 0 && host.n > 0 ? 0 : shape_fail(s, "is no \"mailto:\" address");
}

static int is_sha1(struct shape *s, const struct js *v)
{
    struct str t;
    bool good = js_str(v, &t) && t.n == 40;
    for (size_t i = 0; good && i < t.n; i++)
        good = strchr("0123456789abcdefABCDEF", t.p[i]) != NULL;
    return good ? 0 : shape_fail(s, "is no SHA-1 of 40 hexadecimal digits");
}

static int account(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"homePage", shape_iri, SHAPE_MUST},
                                                {"name", shape_filled, SHAPE_MUST}};
    return SHAPE_OBJECT(s, v, table);
}

/* How many of the four inverse functional identifiers it has. */
static int identifiers(const struct js *v)
{
    static const char *const names[] = {"mbox", "mbox_sha1sum", "openid", "account"};
    int n = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        n += js_has(v, names[i]);
    return n;
}

static int is_agent_word(struct shape *s, const struct js *v)
{
    static const char *const words[] = {"Agent", NULL};
    return shape_word(s, v, words);
}

static int is_group_word(struct shape *s, const struct js *v)
{
    static const char *const words[] = {"Group", NULL};
    return shape_word(s, v, words);
}

static int agent(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {
        {"objectType", is_agent_word}, {"name", shape_text},  {"mbox", is_mbox},
        {"mbox_sha1sum", is_sha1},     {"openid", shape_iri}, {"account", account}};
    if (SHAPE_OBJECT(s, v, table) != 0)
        return -1;
    return identifiers(v) == 1
               ? 0
               : shape_fail(s,
                            "needs exactly one of mbox, mbox_sha1sum, openid, account");
}

static int members(struct shape *s, const struct js *v)
{
    return shape_array(s, v, agent);
}

static int group(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"objectType", is_group_word, SHAPE_MUST},
                                                {"name", shape_text},
                                                {"mbox", is_mbox},
                                                {"mbox_sha1sum", is_sha1},
                                                {"openid", shape_iri},
                                                {"account", account},
                                                {"member", members}};
    if (SHAPE_OBJECT(s, v, table) != 0)
        return -1;
    int n = identifiers(v);
    if (n > 1)
        return shape_fail(s, "has more than one of mbox, mbox_sha1sum, openid, account");
    return n == 1 || js_len(js_get(v, "member")) > 0
               ? 0
               : shape_fail(s, "is a group without identifier and without members");
}

static bool is_type(const struct js *v, const char *type)
{
    return str_is(js_text(v, "objectType"), type);
}

static int actor(struct shape *s, const struct js *v)
{
    return is_type(v, "Group") ? group(s, v) : agent(s, v);
}

/* --- what was done ----------------------------------------------------------- */

static int verb(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"id", shape_iri, SHAPE_MUST},
                                                {"display", shape_languages}};
    return SHAPE_OBJECT(s, v, table);
}

static int scaled(struct shape *s, const struct js *v)
{
    double x;
    if (!js_num(v, &x))
        return shape_fail(s, "is no number");
    return x >= -1 && x <= 1 ? 0 : shape_fail(s, "is not between -1 and 1");
}

static int score(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"scaled", scaled},
                                                {"raw", shape_number},
                                                {"min", shape_number},
                                                {"max", shape_number}};
    double raw, min, max;
    if (SHAPE_OBJECT(s, v, table) != 0)
        return -1;
    bool has_raw = js_num(js_get(v, "raw"), &raw),
         has_min = js_num(js_get(v, "min"), &min),
         has_max = js_num(js_get(v, "max"), &max);
    if (has_min && has_max && min >= max)
        return shape_fail(s, "has a min that is not below its max");
    if (has_raw && ((has_min && raw < min) || (has_max && raw > max)))
        return shape_fail(s, "has a raw that is not between min and max");
    return 0;
}

static int result(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"score", score},
                                                {"success", shape_bool},
                                                {"completion", shape_bool},
                                                {"response", shape_text},
                                                {"duration", shape_duration},
                                                {"extensions", extensions}};
    return SHAPE_OBJECT(s, v, table);
}

/* --- activities -------------------------------------------------------------- */

static const char *const interactions[] = {
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance",
    "sequencing", "likert", "numeric", "other",        NULL};

/* Which lists of components an interaction may have. */
static const struct {
    const char *list;
    const char *types[3];
} components[] = {{"choices", {"choice", "sequencing", NULL}},
                  {"scale", {"likert", NULL}},
                  {"source", {"matching", NULL}},
                  {"target", {"matching", NULL}},
                  {"steps", {"performance", NULL}}};

static int interaction_type(struct shape *s, const struct js *v)
{
    return shape_word(s, v, interactions);
}

static int component(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"id", shape_filled, SHAPE_MUST},
                                                {"description", shape_languages}};
    return SHAPE_OBJECT(s, v, table);
}

static int component_list(struct shape *s, const struct js *v)
{
    if (shape_array(s, v, component) != 0)
        return -1;
    for (size_t i = 0; i < js_len(v); i++)
        for (size_t k = 0; k < i && js_len(v) <= 200; k++)
            if (str_eq(js_text(js_at(v, i), "id"), js_text(js_at(v, k), "id")))
                return shape_fail(s, "has one id twice");
    return 0;
}

static int responses(struct shape *s, const struct js *v)
{
    return shape_array(s, v, shape_text);
}

static int interaction(struct shape *s, const struct js *v)
{
    struct str type = js_text(v, "interactionType");
    if (type.n == 0 && js_has(v, "correctResponsesPattern"))
        return shape_fail(s, "has correctResponsesPattern without interactionType");
    for (size_t i = 0; i < sizeof components / sizeof *components; i++) {
        bool fits = false;
        for (size_t k = 0; components[i].types[k] != NULL; k++)
            fits = fits || str_is(type, components[i].types[k]);
        if (!fits && js_has(v, components[i].list))
            return shape_fail(s, "has %s, which its interactionType does not",
                              components[i].list);
    }
    return 0;
}

static int definition(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"name", shape_languages},
                                                {"description", shape_languages},
                                                {"type", shape_iri},
                                                {"moreInfo", shape_iri},
                                                {"extensions", extensions},
                                                {"interactionType", interaction_type},
                                                {"correctResponsesPattern", responses},
                                                {"choices", component_list},
                                                {"scale", component_list},
                                                {"source", component_list},
                                                {"target", component_list},
                                                {"steps", component_list}};
    return SHAPE_OBJECT(s, v, table) != 0 ? -1 : interaction(s, v);
}

static int is_activity_word(struct shape *s, const struct js *v)
{
    static const char *const words[] = {"Activity", NULL};
    return shape_word(s, v, words);
}

static int activity(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"objectType", is_activity_word},
                                                {"id", shape_iri, SHAPE_MUST},
                                                {"definition", definition}};
    return SHAPE_OBJECT(s, v, table);
}

/* One, or several (1.0.3 takes both). */
static int activities(struct shape *s, const struct js *v)
{
    return js_type(v) == JS_ARRAY ? shape_array(s, v, activity) : activity(s, v);
}

static int context_activities(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"parent", activities},
                                                {"grouping", activities},
                                                {"category", activities},
                                                {"other", activities}};
    return SHAPE_OBJECT(s, v, table);
}

/* --- context ----------------------------------------------------------------- */

static int is_ref_word(struct shape *s, const struct js *v)
{
    static const char *const words[] = {"StatementRef", NULL};
    return shape_word(s, v, words);
}

static int statement_ref(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"objectType", is_ref_word, SHAPE_MUST},
                                                {"id", shape_uuid, SHAPE_MUST}};
    return SHAPE_OBJECT(s, v, table);
}

static int types(struct shape *s, const struct js *v)
{
    if (shape_array(s, v, shape_iri) != 0)
        return -1;
    return js_len(v) > 0 ? 0 : shape_fail(s, "is empty");
}

static int context_agent(struct shape *s, const struct js *v)
{
    static const char *const words[] = {"contextAgent", NULL};
    static const struct shape_member table[] = {{"objectType", shape_filled, SHAPE_MUST},
                                                {"agent", agent, SHAPE_MUST},
                                                {"relevantTypes", types}};
    if (SHAPE_OBJECT(s, v, table) != 0)
        return -1;
    return shape_word(s, js_get(v, "objectType"), words);
}

static int context_group(struct shape *s, const struct js *v)
{
    static const char *const words[] = {"contextGroup", NULL};
    static const struct shape_member table[] = {{"objectType", shape_filled, SHAPE_MUST},
                                                {"group", group, SHAPE_MUST},
                                                {"relevantTypes", types}};
    if (SHAPE_OBJECT(s, v, table) != 0)
        return -1;
    return shape_word(s, js_get(v, "objectType"), words);
}

static int context_agents(struct shape *s, const struct js *v)
{
    return shape_array(s, v, context_agent);
}

static int context_groups(struct shape *s, const struct js *v)
{
    return shape_array(s, v, context_group);
}

static int context(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {
        {"registration", shape_uuid},
        {"instructor", actor},
        {"team", group},
        {"contextActivities", context_activities},
        {"contextAgents", context_agents, SHAPE_FROM_2},
        {"contextGroups", context_groups, SHAPE_FROM_2},
        {"revision", shape_text},
        {"platform", shape_text},
        {"language", shape_language},
        {"statement", statement_ref},
        {"extensions", extensions}};
    return SHAPE_OBJECT(s, v, table);
}

/* --- attachments ------------------------------------------------------------- */

static int attachment(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"usageType", shape_iri, SHAPE_MUST},
                                                {"display", shape_languages, SHAPE_MUST},
                                                {"description", shape_languages},
                                                {"contentType", shape_filled, SHAPE_MUST},
                                                {"length", shape_count, SHAPE_MUST},
                                                {"sha2", shape_filled, SHAPE_MUST},
                                                {"fileUrl", shape_iri}};
    if (SHAPE_OBJECT(s, v, table) != 0)
        return -1;
    return js_has(v, "fileUrl")
               ? 0
               : shape_fail(s, "has no fileUrl, and files themselves are "
                               "not taken here");
}

static int attachments(struct shape *s, const struct js *v)
{
    return shape_array(s, v, attachment);
}

/* --- the statement ----------------------------------------------------------- */

static int plain_object(struct shape *s, const struct js *v)
{
    if (is_type(v, "Agent"))
        return agent(s, v);
    if (is_type(v, "Group"))
        return group(s, v);
    return is_type(v, "StatementRef") ? statement_ref(s, v) : activity(s, v);
}

/* Rules that join object and context. */
static int together(struct shape *s, const struct js *v)
{
    const struct js *object = js_get(v, "object"), *c = js_get(v, "context");
    bool is_activity = !js_has(object, "objectType") || is_type(object, "Activity");
    if (!is_activity && (js_has(c, "revision") || js_has(c, "platform")))
        return shape_fail(s, "context has revision or platform, but the object is no "
                             "activity");
    if (str_is(js_text(js_get(v, "verb"), "id"), XAPI_VOIDED) &&
        !is_type(object, "StatementRef"))
        return shape_fail(s, "voids, but its object is no StatementRef");
    return 0;
}

static int is_sub_word(struct shape *s, const struct js *v)
{
    static const char *const words[] = {"SubStatement", NULL};
    return shape_word(s, v, words);
}

static int sub_statement(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"objectType", is_sub_word, SHAPE_MUST},
                                                {"actor", actor, SHAPE_MUST},
                                                {"verb", verb, SHAPE_MUST},
                                                {"object", plain_object, SHAPE_MUST},
                                                {"result", result},
                                                {"context", context},
                                                {"timestamp", shape_time},
                                                {"attachments", attachments}};
    return SHAPE_OBJECT(s, v, table) != 0 ? -1 : together(s, v);
}

static int object(struct shape *s, const struct js *v)
{
    return is_type(v, "SubStatement") ? sub_statement(s, v) : plain_object(s, v);
}

static int version(struct shape *s, const struct js *v)
{
    struct str t;
    return js_str(v, &t) && xapi_level(t) != 0
               ? 0
               : shape_fail(s, "is no version of xAPI that "
                               "is known here");
}

int xapi_check(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {
        {"id", shape_uuid},          {"actor", actor, SHAPE_MUST},
        {"verb", verb, SHAPE_MUST},  {"object", object, SHAPE_MUST},
        {"result", result},          {"context", context},
        {"timestamp", shape_time},   {"stored", shape_time},
        {"authority", actor},        {"version", version},
        {"attachments", attachments}};
    return SHAPE_OBJECT(s, v, table) != 0 ? -1 : together(s, v);
}

/* --- lists ------------------------------------------------------------------- */

struct str xapi_why(struct arena *a, const struct shape *s)
{
    return str_fmt(a, "%s%s%s", s->at, s->at[0] != 0 ? ": " : "", s->why);
}

static int refuse(struct xapi_fault *f, int status, struct str why)
{
    *f = (struct xapi_fault){.status = status, .why = why};
    return -1;
}

static int refuse_one(struct xapi_fault *f, size_t i, int status, struct str why)
{
    *f = (struct xapi_fault){.status = status, .has_index = true, .index = i, .why = why};
    return -1;
}

/* What the receiver says itself is not kept. */
static int keep_member(void *ctx, struct str key, struct js *val)
{
    if (!str_is(key, "id") && !str_is(key, "stored") && !str_is(key, "authority") &&
        !str_is(key, "version"))
        js_set(ctx, key.p, val);
    return 0;
}

static int take_one(struct arena *a, const struct js *v, struct shape *s,
                    struct xapi_statement *out)
{
    if (xapi_check(s, v) != 0)
        return -1;
    struct js *kept = js_object(a);
    js_each(v, keep_member, kept);
    out->id = str_lower(a, js_text(v, "id"));
    out->document = js_dump(a, kept);
    out->voids = STR_EMPTY;
    if (str_is(js_text(js_get(v, "verb"), "id"), XAPI_VOIDED))
        out->voids = str_lower(a, js_text(js_get(v, "object"), "id"));
    return 0;
}

static int take_all(struct arena *a, const struct js *doc, int level,
                    struct xapi_list *out, struct xapi_fault *f)
{
    struct map *ids = map_new(a);
    size_t bytes = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct xapi_statement *one = &out->at[i];
        struct shape s = {.level = level};
        if (take_one(a, out->single ? doc : js_at(doc, i), &s, one) != 0)
            return refuse_one(f, i, 400, xapi_why(a, &s));
        if (one->document.n > XAPI_DOCUMENT_MAX)
            return refuse_one(f, i, 413, STR("the statement is too large"));
        bytes += one->document.n;
        if (bytes > XAPI_DOCUMENTS_MAX)
            return refuse(f, 413, STR("the list is too large"));
        if (one->id.n > 0 && map_put(ids, one->id, one) != NULL)
            return refuse_one(f, i, 400, STR("id: stands in this list twice"));
    }
    return 0;
}

int xapi_read(struct arena *a, struct str body, int level, struct xapi_list *out,
              struct xapi_fault *f)
{
    struct err e = {0};
    *out = (struct xapi_list){.n = 0};
    const struct js *doc = js_parse(a, body, XAPI_BODY_MAX, XAPI_DEPTH, &e);
    if (doc == NULL)
        return refuse(f, body.n > XAPI_BODY_MAX ? 413 : 400, str_dup(a, str_c(e.text)));
    out->single = js_type(doc) == JS_OBJECT;
    if (!out->single && js_type(doc) != JS_ARRAY)
        return refuse(f, 400, STR("neither a statement nor an array of statements"));
    out->n = out->single ? 1 : js_len(doc);
    if (out->n > XAPI_LIST_MAX)
        return refuse(f, 413, str_fmt(a, "more than %d statements", XAPI_LIST_MAX));
    out->at = ARENA_ARRAY(a, struct xapi_statement, out->n);
    return take_all(a, doc, level, out, f);
}
