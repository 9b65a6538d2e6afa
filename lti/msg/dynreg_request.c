/* What we ask a platform for when it registers us (LTI.md 7.3, 7.4): never more than it
 * offers (DR-2). */
#include "msg/dynreg_request.h"

#include "net/url.h"

#define TOOL "https://purl.imsglobal.org/spec/lti-tool-configuration"
#define CANVAS "https://canvas.instructure.com/lti/"
#define PURL "https://purl.imsglobal.org/spec/"
#define ABOUT                                                                            \
    "Shows each student what to do next and why, and each teacher who needs a talk."

/* --- permissions --------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *scope;
} wanted[] = {
    {"roster", PURL "lti-nrps/scope/contextmembership.readonly"},
    {"results", PURL "lti-ags/scope/result.readonly"},
    {"columns", PURL "lti-ags/scope/lineitem"},
    {"columns_read", PURL "lti-ags/scope/lineitem.readonly"},
    {"score", PURL "lti-ags/scope/score"},
    {"groups", PURL "lti-gs/scope/contextgroup.readonly"},
    {"notices", PURL "lti/scope/noticehandlers"},
};

/* DR-1: a list that is not there denies nothing. */
static bool listed(const struct js *list, const char *word, bool unstated)
{
    struct str s;
    if (js_type(list) != JS_ARRAY)
        return unstated;
    for (size_t i = 0; i < js_len(list); i++)
        if (js_str(js_at(list, i), &s) && str_is(s, word))
            return true;
    return false;
}

/* Reading columns alone is asked for only where they cannot be made: less is better. */
static bool asked(const struct js *offered, size_t i)
{
    bool reads = str_is(str_c(wanted[i].name), "columns_read");
    if (reads && listed(offered, PURL "lti-ags/scope/lineitem", true))
        return false;
    return listed(offered, wanted[i].scope, true);
}

struct str dynreg_request_scopes(struct arena *a, const struct dynreg_config *c)
{
    const struct js *offered = js_get(c->doc, "scopes_supported");
    struct buf b;
    buf_init(&b, a, 512);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (!asked(offered, i))
            continue;
        if (b.n > 0)
            buf_char(&b, ' ');
        buf_c(&b, wanted[i].scope);
    }
    return buf_view(&b);
}

const char *dynreg_request_name(struct str scope)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (str_is(scope, wanted[i].scope))
            return wanted[i].name;
    return NULL;
}

/* --- messages ------------------------------------------------------------------ */

/* One message of ours; a row is asked for where the platform lists its type and, if it
 * lists placements that we know for the type, where it has this one. */
static const struct {
    const char *type;
    const char *placement;  /* "": wherever the platform puts it */
    const char *label;      /* or NULL */
    const char *visibility; /* Canvas: who sees the placement */
    bool usual;             /* asked for when nothing is stated */
} messages[] = {
    {"LtiResourceLinkRequest", "", NULL, NULL, true},
    {"LtiResourceLinkRequest", "course_navigation", "Waymark", "members", false},
    {"LtiResourceLinkRequest", "account_navigation", "Waymark", "admins", false},
    {"LtiDeepLinkingRequest", "", "Add Waymark", NULL, true},
    {"LtiDeepLinkingRequest", "ContentArea", "Add Waymark", NULL, false},
    {"LtiDeepLinkingRequest", "assignment_selection", "Add Waymark", NULL, false},
    {"LtiDeepLinkingRequest", "link_selection", "Add Waymark", NULL, false},
    {"LtiSubmissionReviewRequest", "", NULL, NULL, false},
    {"LtiDataPrivacyLaunchRequest", "", NULL, NULL, false},
    {"DataPrivacyLaunchRequest", "", NULL, NULL, false},
    {"LtiContextLaunchRequest", "", NULL, NULL, false},
};
#define MESSAGES_N (sizeof messages / sizeof *messages)

/* What messages_supported says of a type: its placements, NULL for none, in *found. */
static const struct js *offer(const struct dynreg_config *c, const char *type,
                              bool *found)
{
    const struct js *list = js_get(c->platform, "messages_supported");
    for (size_t i = 0; i < js_len(list); i++)
        if (str_is(js_text(js_at(list, i), "type"), type)) {
            *found = true;
            return js_get(js_at(list, i), "placements");
        }
    *found = false;
    return NULL;
}

/* Does the platform list a placement of ours for this type? */
static bool placed(const struct js *placements, const char *type)
{
    for (size_t i = 0; i < MESSAGES_N; i++)
        if (str_is(str_c(messages[i].type), type) && messages[i].placement[0] != '\0' &&
            listed(placements, messages[i].placement, false))
            return true;
    return false;
}

static bool wants(const struct dynreg_config *c, size_t i)
{
    bool found;
    if (js_type(js_get(c->platform, "messages_supported")) != JS_ARRAY)
        return messages[i].usual;
    const struct js *placements = offer(c, messages[i].type, &found);
    if (!found)
        return false;
    if (messages[i].placement[0] != '\0')
        return listed(placements, messages[i].placement, false);
    return !placed(placements, messages[i].type);
}

/* Placements of one type that are seen by the same people go into one message. */
static bool joins(size_t i, size_t last)
{
    return last < MESSAGES_N && messages[i].placement[0] != '\0' &&
           messages[last].placement[0] != '\0' &&
           messages[i].visibility == messages[last].visibility &&
           str_eq(str_c(messages[i].type), str_c(messages[last].type));
}

static struct js *message(struct arena *a, size_t i, struct js *placements,
                          struct str target, bool canvas)
{
    struct js *m = js_object(a);
    js_set_str(m, "type", str_c(messages[i].type));
    js_set_str(m, "target_link_uri", target);
    if (messages[i].label != NULL)
        js_set_str(m, "label", str_c(messages[i].label));
    if (messages[i].placement[0] != '\0')
        js_set(m, "placements", placements);
    if (canvas && messages[i].visibility != NULL)
        js_set_str(m, CANVAS "visibility", str_c(messages[i].visibility));
    if (canvas && str_is(str_c(messages[i].placement), "course_navigation"))
        js_set_bool(m, CANVAS "course_navigation/default_enabled", false);
    return m;
}

/* --- the request --------------------------------------------------------------- */

/* Custom parameters of every launch. Lower case: Moodle sends other keys twice. */
static const struct {
    const char *key;
    const char *variable;
} customs[] = {
    {"context_id_history", "Context.id.history"},
    {"link_id_history", "ResourceLink.id.history"},
};

static struct js *custom(struct arena *a, const struct dynreg_config *c)
{
    const struct js *list = js_get(c->platform, "variables");
    struct js *o = js_object(a);
    for (size_t i = 0; i < sizeof customs / sizeof *customs; i++)
        if (listed(list, customs[i].variable, true))
            js_set_str(o, customs[i].key, str_fmt(a, "$%s", customs[i].variable));
    return o;
}

/* As little as pages need: a name to speak to a teacher of, no mail address. */
static struct js *claims(struct arena *a, const struct dynreg_config *c)
{
    static const char *const names[] = {"name", "given_name", "family_name", "locale"};
    struct js *list = js_array(a);
    js_push_str(list, STR("iss"));
    js_push_str(list, STR("sub"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (listed(js_get(c->doc, "claims_supported"), names[i], true))
            js_push_str(list, str_c(names[i]));
    return list;
}

static struct str at(struct arena *a, struct str public_url, const char *path)
{
    return str_fmt(a, "%.*s%s", STR_ARG(public_url), path);
}

/* Host and port, without the default port: Moodle compares it with target_link_uri. */
static struct str domain(struct arena *a, struct str public_url)
{
    struct url u;
    struct str host = public_url, rest, origin;
    if (url_parse(a, public_url, URL_HTTP, &u, NULL) != 0) {
        str_cut(str_sub(host, str_find(host, STR("//"), 0) + 2, host.n), '/', &host,
                &rest);
        return host;
    }
    origin = url_origin(a, &u);
    return str_sub(origin, u.scheme.n + 3, origin.n);
}

static struct js *all_messages(struct arena *a, const struct dynreg_config *c,
                               struct str target)
{
    struct js *list = js_array(a), *placements = NULL;
    size_t last = MESSAGES_N;
    for (size_t i = 0; i < MESSAGES_N; i++) {
        if (!wants(c, i))
            continue;
        bool more = joins(i, last);
        if (!more)
            placements = js_array(a);
        js_push_str(placements, str_c(messages[i].placement));
        if (!more)
            js_push(list, message(a, i, placements, target, str_is(c->family, "canvas")));
        last = i;
    }
    return list;
}

/* Notices that we take, where the platform sends them: the same that is set by its
 * service later (PNS), for a platform that reads it here already. */
static struct js *notices(struct arena *a, const struct dynreg_config *c,
                          struct str public_url)
{
    static const char *const types[] = {"LtiHelloWorldNotice", "LtiContextCopyNotice"};
    const struct js *list = js_get(c->platform, "notice_types_supported");
    struct js *out = js_array(a);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!listed(list, types[i], false))
            continue;
        struct js *o = js_object(a);
        js_set_str(o, "notice_type", str_c(types[i]));
        js_set_str(o, "handler", at(a, public_url, "/lti/notice"));
        js_push(out, o);
    }
    return js_len(out) > 0 ? out : NULL;
}

static struct js *tool(struct arena *a, const struct dynreg_config *c,
                       struct str public_url)
{
    struct js *o = js_object(a);
    struct str target = at(a, public_url, "/lti/launch");
    js_set_str(o, "domain", domain(a, public_url));
    js_set_str(o, "description", STR(ABOUT));
    js_set_str(o, "target_link_uri", target);
    js_set(o, "custom_parameters", custom(a, c));
    js_set(o, "claims", claims(a, c));
    js_set(o, "messages", all_messages(a, c, target));
    struct js *handlers = notices(a, c, public_url);
    if (handlers != NULL)
        js_set(o, "notice_handlers", handlers);
    if (str_is(c->family, "canvas")) {
        js_set_str(o, CANVAS "privacy_level", STR("name_only"));
        js_set_str(o, CANVAS "tool_id", STR("waymark"));
        js_set_str(o, CANVAS "vendor", STR("Waymark"));
    }
    return o;
}

static struct js *one(struct arena *a, const char *first, const char *second)
{
    struct js *list = js_array(a);
    js_push_str(list, str_c(first));
    if (second != NULL)
        js_push_str(list, str_c(second));
    return list;
}

struct str dynreg_request_text(struct arena *a, const struct dynreg_config *c,
                               struct str public_url)
{
    struct js *o = js_object(a);
    struct str launch = at(a, public_url, "/lti/launch");
    js_set_str(o, "application_type", STR("web"));
    js_set(o, "response_types", one(a, "id_token", NULL));
    js_set(o, "grant_types", one(a, "implicit", "client_credentials"));
    js_set_str(o, "initiate_login_uri", at(a, public_url, "/lti/login"));
    js_set(o, "redirect_uris", one(a, launch.p, NULL));
    js_set_str(o, "client_name", STR("Waymark"));
    js_set_str(o, "jwks_uri", at(a, public_url, "/lti/jwks.json"));
    js_set_str(o, "logo_uri", at(a, public_url, "/static/waymark.svg"));
    js_set_str(o, "token_endpoint_auth_method", STR("private_key_jwt"));
    js_set_str(o, "scope", dynreg_request_scopes(a, c));
    js_set(o, TOOL, tool(a, c, public_url));
    return js_dump(a, o);
}
