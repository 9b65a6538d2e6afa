#include "msg/xapi_record.h"

#include "base/iso.h"

/* Vocabularies whose verbs mean what their last word says. */
static const char *const vocabularies[] = {
    "adlnet.gov/expapi/verbs/",     "w3id.org/xapi/",
    "activitystrea.ms/schema/1.0/", "activitystrea.ms/",
    "id.tincanapi.com/verb/",       "www.tincanapi.co.uk/verbs/",
    "xapi.online/verbs/",           "h5p.org/"};

enum verb_class {
    VERB_UNKNOWN,
    VERB_ANSWER,
    VERB_RESULT,     /* tells a score, or nothing */
    VERB_COMPLETION, /* tells a score, or that somebody is through */
    VERB_ACCESS,
    VERB_PROGRESS, /* on the way: no fact of its own */
    VERB_OTHER
};

static const struct {
    const char *word;
    enum verb_class is;
} verbs[] = {
    {"answered", VERB_ANSWER},     {"scored", VERB_RESULT},
    {"passed", VERB_RESULT},       {"failed", VERB_RESULT},
    {"mastered", VERB_RESULT},     {"completed", VERB_COMPLETION},
    {"attempted", VERB_ACCESS},    {"initialized", VERB_ACCESS},
    {"launched", VERB_ACCESS},     {"experienced", VERB_ACCESS},
    {"viewed", VERB_ACCESS},       {"accessed", VERB_ACCESS},
    {"access", VERB_ACCESS},       {"opened", VERB_ACCESS},
    {"read", VERB_ACCESS},         {"watched", VERB_ACCESS},
    {"played", VERB_ACCESS},       {"interacted", VERB_ACCESS},
    {"posted", VERB_ACCESS},       {"replied", VERB_ACCESS},
    {"commented", VERB_ACCESS},    {"asked", VERB_ACCESS},
    {"progressed", VERB_PROGRESS}, {"paused", VERB_PROGRESS},
    {"seeked", VERB_PROGRESS},     {"suspended", VERB_PROGRESS},
    {"resumed", VERB_PROGRESS},    {"terminated", VERB_PROGRESS},
    {"exited", VERB_PROGRESS},     {"abandoned", VERB_PROGRESS},
};

static enum verb_class verb_of(struct str id)
{
    size_t scheme = str_find(id, STR("://"), 0), at = id.n;
    bool known = false;
    struct str rest = scheme == SIZE_MAX ? id : str_sub(id, scheme + 3, id.n);
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
        known = known || str_starts(rest, str_c(vocabularies[i]));
    if (!known)
        return VERB_UNKNOWN;
    while (at > 0 && id.p[at - 1] != '/' && id.p[at - 1] != '#')
        at--;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_is(str_sub(id, at, id.n), verbs[i].word))
            return verbs[i].is;
    return VERB_OTHER;
}

/* --- who --------------------------------------------------------------------- */

static void read_actor(struct arena *a, const struct js *actor, struct record *r)
{
    const struct js *account = js_get(actor, "account");
    struct str home = js_text(account, "homePage"), name = js_text(account, "name");
    if (account != NULL) {
        r->home = record_host(a, home);
        record_who(r, WHO_ACCOUNT, str_fmt(a, "%.*s %.*s", STR_ARG(home), STR_ARG(name)),
                   false);
        record_who(r, WHO_SUB, name, true);
        record_who(r, WHO_LMS_ID, name, true);
        record_who(r, WHO_SOURCEDID, name, true);
        record_who(r, WHO_LOGIN, name, true);
    }
    record_who(r, WHO_EMAIL, js_text(actor, "mbox"), false);
    struct str openid = js_text(actor, "openid"), sha1 = js_text(actor, "mbox_sha1sum");
    if (openid.n > 0)
        record_who(r, WHO_ACCOUNT, str_fmt(a, "openid %.*s", STR_ARG(openid)), false);
    if (sha1.n > 0)
        record_who(r, WHO_ACCOUNT,
                   str_fmt(a, "mbox_sha1sum %.*s", STR_ARG(str_lower(a, sha1))), false);
}

/* --- which ------------------------------------------------------------------- */

static void add_activity(struct record *r, const struct js *v, bool is_object)
{
    const struct js *definition = js_get(v, "definition");
    record_thing(r, js_text(v, "id"), record_text(js_get(definition, "name")),
                 record_kind(js_text(definition, "type")), is_object);
}

static void add_activities(struct record *r, const struct js *list)
{
    if (js_type(list) == JS_OBJECT)
        add_activity(r, list, false);
    for (size_t i = 0; js_type(list) == JS_ARRAY && i < js_len(list); i++)
        add_activity(r, js_at(list, i), false);
}

static void add_courses(struct record *r, const struct js *list)
{
    if (js_type(list) == JS_OBJECT)
        record_course(r, js_text(list, "id"));
    for (size_t i = 0; js_type(list) == JS_ARRAY && i < js_len(list); i++)
        record_course(r, js_text(js_at(list, i), "id"));
}

static bool is_attempt(const struct js *object)
{
    return str_ends(js_text(js_get(object, "definition"), "type"), STR("/attempt"));
}

/* A question belongs to what is named as its parent; an attempt, and whatever is only a
 * part of something, too. */
static void read_object(struct arena *a, const struct js *object,
                        const struct js *context, enum verb_class verb, struct record *r)
{
    const struct js *around = js_get(context, "contextActivities");
    const struct js *parent = js_get(around, "parent");
    const struct js *grouping = js_get(around, "grouping");
    if (verb == VERB_ANSWER) {
        add_activities(r, parent);
        add_activity(r, object, true);
        add_activities(r, grouping);
        r->item = record_item(a, js_text(object, "id"));
    } else {
        add_activity(r, object, true);
        if (verb == VERB_ACCESS || is_attempt(object)) {
            add_activities(r, parent);
            add_activities(r, grouping);
        }
    }
    add_courses(r, grouping);
    add_courses(r, parent);
    add_courses(r, js_get(around, "other"));
    record_course(r, js_text(object, "id"));
}

/* --- what came out ----------------------------------------------------------- */

/* raw of max (above min), else scaled of 1. A raw without a max says nothing. */
static void read_score(const struct js *score, struct record *r)
{
    double raw, min = 0, max, scaled;
    js_num(js_get(score, "min"), &min);
    if (js_num(js_get(score, "raw"), &raw) && js_num(js_get(score, "max"), &max) &&
        max > min) {
        r->has_score = true;
        r->score = raw - min;
        r->maximum = max - min;
    } else if (js_num(js_get(score, "scaled"), &scaled)) {
        r->has_score = true;
        r->score = scaled < 0 ? 0 : scaled;
        r->maximum = 1;
    }
}

static void drop(struct record *r, const char *why)
{
    r->what = RECORD_NOTHING;
    r->why = why;
}

static void read_result(const struct js *result, enum verb_class verb, struct record *r)
{
    bool done = true, success;
    read_score(js_get(result, "score"), r);
    js_bool(js_get(result, "completion"), &done);
    switch (verb) {
    case VERB_ANSWER:
        r->what = RECORD_ANSWER;
        if (!r->has_score && js_bool(js_get(result, "success"), &success)) {
            r->has_score = true;
            r->score = success;
            r->maximum = 1;
        }
        if (!r->has_score)
            drop(r, "an answer without score and success");
        break;
    case VERB_RESULT:
        r->what = RECORD_ATTEMPT;
        if (!r->has_score)
            drop(r, "a result without a usable score");
        break;
    case VERB_COMPLETION:
        r->what = r->has_score ? RECORD_ATTEMPT : RECORD_COMPLETION;
        if (!r->has_score && !done)
            drop(r, "completed, but not through");
        break;
    case VERB_ACCESS:
        r->what = RECORD_ACCESS;
        r->has_score = false;
        break;
    case VERB_PROGRESS:
        drop(r, "on the way: tells nothing that counts");
        break;
    case VERB_UNKNOWN:
    case VERB_OTHER:
        drop(r, "a verb that is not used");
        break;
    }
}

void xapi_record_read(struct arena *a, const struct js *statement, struct record *out)
{
    const struct js *object = js_get(statement, "object");
    const struct js *context = js_get(statement, "context");
    struct str type = js_text(object, "objectType");
    enum verb_class verb = verb_of(js_text(js_get(statement, "verb"), "id"));
    *out = (struct record){.home = STR_EMPTY, .item = STR_EMPTY, .attempt = STR_EMPTY};
    iso_parse(js_text(statement, "timestamp"), &out->at_ms);
    if (type.n > 0 && !str_is(type, "Activity")) {
        drop(out, "not about an activity");
        return;
    }
    if (js_get(js_get(statement, "actor"), "member") != NULL ||
        str_is(js_text(js_get(statement, "actor"), "objectType"), "Group")) {
        drop(out, "about a group, not a person");
        return;
    }
    read_result(js_get(statement, "result"), verb, out);
    if (out->what == RECORD_NOTHING)
        return;
    read_actor(a, js_get(statement, "actor"), out);
    read_object(a, object, context, verb, out);
    out->attempt = str_lower(a, js_text(context, "registration"));
    if (out->attempt.n == 0 && is_attempt(object))
        out->attempt = record_key(a, js_text(object, "id"));
}
