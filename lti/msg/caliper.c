#include "msg/caliper.h"

#include "base/map.h"

#include <string.h>

#define CONTEXT "http://purl.imsglobal.org/ctx/caliper/"
#define ACTIONS_MAX 24

/* The events of profiles that are used here, and the actions that each may tell. */
static const struct {
    const char *type;
    const char *actions[ACTIONS_MAX];
} events[] = {
    {"GradeEvent", {"Graded"}},
    {"AssessmentEvent",
     {"Started", "Paused", "Resumed", "Restarted", "Reset", "Submitted"}},
    {"AssessmentItemEvent", {"Started", "Skipped", "Completed"}},
    {"AssignableEvent",
     {"Activated", "Deactivated", "Started", "Completed", "Submitted", "Reviewed"}},
    {"ViewEvent", {"Viewed"}},
    {"ForumEvent", {"Subscribed", "Unsubscribed"}},
    {"MessageEvent", {"Posted", "MarkedAsRead", "MarkedAsUnread"}},
    {"ThreadEvent", {"MarkedAsRead", "MarkedAsUnread"}},
    {"SessionEvent", {"LoggedIn", "LoggedOut", "TimedOut"}},
    {"MediaEvent",
     {"Started", "Ended", "Paused", "Resumed", "Restarted", "ForwardedTo", "JumpedTo",
      "ChangedResolution", "ChangedSize", "ChangedSpeed", "ChangedVolume",
      "EnabledClosedCaptioning", "DisabledClosedCaptioning", "EnteredFullScreen",
      "ExitedFullScreen", "Muted", "Unmuted", "OpenedPopout", "ClosedPopout"}},
};

struct str caliper_term(struct str word)
{
    size_t at = word.n;
    while (at > 0 && word.p[at - 1] != '#' && word.p[at - 1] != '/')
        at--;
    return str_sub(word, at, word.n);
}

bool caliper_is_event(const struct js *entry)
{
    return str_ends(js_text(entry, "type"), STR("Event"));
}

/* --- members ----------------------------------------------------------------- */

static bool is_context(const struct js *v)
{
    struct str t;
    return js_str(v, &t) &&
           (str_starts(t, STR(CONTEXT "v1p1")) || str_starts(t, STR(CONTEXT "v1p2")));
}

static int context(struct shape *s, const struct js *v)
{
    bool found = is_context(v);
    for (size_t i = 0; js_type(v) == JS_ARRAY && i < js_len(v); i++)
        found = found || is_context(js_at(v, i));
    return found ? 0 : shape_fail(s, "names neither Caliper v1p1 nor v1p2");
}

static int event_id(struct shape *s, const struct js *v)
{
    struct str t;
    if (!js_str(v, &t) || !str_starts(t, STR("urn:uuid:")) ||
        !shape_is_uuid(str_sub(t, 9, t.n)))
        return shape_fail(s, "is no \"urn:uuid:\" with a UUID");
    return 0;
}

/* Somebody or something: an IRI, or an object with id and type. */
static int entity(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"id", shape_filled, SHAPE_MUST},
                                                {"type", shape_filled, SHAPE_MUST}};
    if (js_type(v) == JS_STRING)
        return shape_filled(s, v);
    return SHAPE_OPEN(s, v, table);
}

static int points(struct shape *s, const struct js *v)
{
    double x;
    if (!js_num(v, &x))
        return shape_fail(s, "is no number");
    return 0;
}

static int points_max(struct shape *s, const struct js *v)
{
    double x;
    if (!js_num(v, &x))
        return shape_fail(s, "is no number");
    return x >= 0 ? 0 : shape_fail(s, "is below zero");
}

static int score(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"scoreGiven", points},
                                                {"maxScore", points_max}};
    if (js_type(v) == JS_STRING)
        return shape_filled(s, v);
    return entity(s, v) != 0 ? -1 : SHAPE_OPEN(s, v, table);
}

/* Every object called "extensions", at any depth. */
static int on_part(void *ctx, struct str key, struct js *val);

static int look_for_bodies(struct shape *s, const struct js *v)
{
    for (size_t i = 0; js_type(v) == JS_ARRAY && i < js_len(v); i++)
        if (look_for_bodies(s, js_at(v, i)) != 0)
            return -1;
    return js_each(v, on_part, s);
}

static int on_part(void *ctx, struct str key, struct js *val)
{
    struct str name;
    if (!str_is(key, "extensions"))
        return look_for_bodies(ctx, val);
    if (!shape_biometric(val, &name))
        return 0;
    name = str_head(name, 80);
    return shape_fail(ctx, "measures of bodies are not taken here (\"%.*s\")",
                      STR_ARG(name));
}

static int action(struct shape *s, const struct js *v, struct str type)
{
    struct str word = caliper_term(js_text(v, "action"));
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (!str_is(type, events[i].type))
            continue;
        for (size_t k = 0; k < ACTIONS_MAX && events[i].actions[k] != NULL; k++)
            if (str_is(word, events[i].actions[k]))
                return 0;
        return shape_fail(s, "action: is none of a %s", events[i].type);
    }
    return 0;
}

static int event(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"@context", context, SHAPE_MUST},
                                                {"id", event_id, SHAPE_MUST},
                                                {"type", shape_filled, SHAPE_MUST},
                                                {"actor", entity, SHAPE_MUST},
                                                {"action", shape_filled, SHAPE_MUST},
                                                {"object", entity, SHAPE_MUST},
                                                {"eventTime", shape_time, SHAPE_MUST},
                                                {"target", entity},
                                                {"generated", entity},
                                                {"group", entity},
                                                {"edApp", entity}};
    struct str type = caliper_term(js_text(v, "type"));
    if (SHAPE_OPEN(s, v, table) != 0 || action(s, v, type) != 0)
        return -1;
    if (str_is(type, "GradeEvent") && js_has(v, "generated") &&
        shape_in(s, "generated", score, js_get(v, "generated")) != 0)
        return -1;
    return look_for_bodies(s, v);
}

static int description(struct shape *s, const struct js *v)
{
    static const struct shape_member table[] = {{"@context", context, SHAPE_MUST},
                                                {"id", shape_filled, SHAPE_MUST},
                                                {"type", shape_filled, SHAPE_MUST}};
    return SHAPE_OPEN(s, v, table) != 0 ? -1 : look_for_bodies(s, v);
}

int caliper_check(struct shape *s, const struct js *v)
{
    return caliper_is_event(v) ? event(s, v) : description(s, v);
}

/* --- the envelope ------------------------------------------------------------ */

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

static int data(struct shape *s, const struct js *v)
{
    return js_type(v) == JS_ARRAY && js_len(v) > 0 ? 0 : shape_fail(s, "is no list");
}

static int check_envelope(struct arena *a, const struct js *doc, struct xapi_fault *f)
{
    static const struct shape_member table[] = {{"sensor", shape_filled, SHAPE_MUST},
                                                {"sendTime", shape_time, SHAPE_MUST},
                                                {"dataVersion", shape_filled, SHAPE_MUST},
                                                {"data", data, SHAPE_MUST}};
    struct shape s = {.level = 1};
    if (SHAPE_OPEN(&s, doc, table) != 0)
        return refuse(f, 400, xapi_why(a, &s));
    if (!is_context(js_get(doc, "dataVersion")))
        return refuse(f, 422, STR("dataVersion: is neither Caliper v1p1 nor v1p2"));
    if (js_len(js_get(doc, "data")) > XAPI_LIST_MAX)
        return refuse(f, 413,
                      str_fmt(a, "data: has more than %d entries", XAPI_LIST_MAX));
    return 0;
}

static int take_one(struct arena *a, const struct js *entry, size_t i, struct map *ids,
                    struct caliper_envelope *out, struct xapi_fault *f, size_t *bytes)
{
    struct shape s = {.level = 1};
    if (caliper_check(&s, entry) != 0)
        return refuse_one(f, i, 400, xapi_why(a, &s));
    if (!caliper_is_event(entry)) {
        out->entities++;
        return 0;
    }
    struct str id = js_text(entry, "id"), document = js_dump(a, entry);
    id = str_lower(a, str_sub(id, 9, id.n));
    *bytes += document.n;
    if (document.n > XAPI_DOCUMENT_MAX)
        return refuse_one(f, i, 413, STR("the event is too large"));
    const struct caliper_event *known = map_get(ids, id);
    if (known != NULL && !str_eq(known->document, document))
        return refuse_one(f, i, 400, STR("id: stands in this envelope with other words"));
    if (known == NULL) {
        out->at[out->n] = (struct caliper_event){id, document, i};
        map_put(ids, id, &out->at[out->n++]);
    }
    return 0;
}

int caliper_read(struct arena *a, struct str body, struct caliper_envelope *out,
                 struct xapi_fault *f)
{
    struct err e = {0};
    *out = (struct caliper_envelope){.n = 0};
    const struct js *doc = js_parse(a, body, XAPI_BODY_MAX, XAPI_DEPTH, &e);
    if (doc == NULL)
        return refuse(f, body.n > XAPI_BODY_MAX ? 413 : 400, str_dup(a, str_c(e.text)));
    if (check_envelope(a, doc, f) != 0)
        return -1;
    const struct js *list = js_get(doc, "data");
    struct map *ids = map_new(a);
    out->at = ARENA_ARRAY(a, struct caliper_event, js_len(list));
    size_t bytes = 0;
    for (size_t i = 0; i < js_len(list); i++) {
        if (take_one(a, js_at(list, i), i, ids, out, f, &bytes) != 0)
            return -1;
        if (bytes > XAPI_DOCUMENTS_MAX)
            return refuse(f, 413, STR("data: is too large"));
    }
    return 0;
}
