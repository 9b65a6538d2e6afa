#include "msg/caliper_record.h"

#include "base/iso.h"
#include "msg/caliper.h"

/* What the events mean that tell no grade; a NULL action stands for all others. */
static const struct {
    const char *type;
    const char *action;
    enum record_what what;
    const char *why;
} meanings[] = {
    {"AssessmentEvent", "Started", RECORD_ACCESS, NULL},
    {"AssessmentEvent", "Submitted", RECORD_COMPLETION, NULL},
    {"AssessmentEvent", NULL, RECORD_NOTHING, "on the way: tells nothing that counts"},
    {"AssessmentItemEvent", NULL, RECORD_NOTHING, "an answer without a score"},
    {"AssignableEvent", "Started", RECORD_ACCESS, NULL},
    {"AssignableEvent", "Reviewed", RECORD_ACCESS, NULL},
    {"AssignableEvent", "Submitted", RECORD_COMPLETION, NULL},
    {"AssignableEvent", "Completed", RECORD_COMPLETION, NULL},
    {"AssignableEvent", NULL, RECORD_NOTHING, "on the way: tells nothing that counts"},
    {"MediaEvent", "Started", RECORD_ACCESS, NULL},
    {"MediaEvent", "Ended", RECORD_ACCESS, NULL},
    {"MediaEvent", NULL, RECORD_NOTHING, "on the way: tells nothing that counts"},
    {"ViewEvent", NULL, RECORD_ACCESS, NULL},
    {"NavigationEvent", NULL, RECORD_ACCESS, NULL},
    {"MessageEvent", "Posted", RECORD_ACCESS, NULL},
    {"MessageEvent", NULL, RECORD_NOTHING, "tells nothing that counts"},
    {"ForumEvent", NULL, RECORD_NOTHING, "tells nothing that counts"},
    {"ThreadEvent", NULL, RECORD_NOTHING, "tells nothing that counts"},
    {"SessionEvent", NULL, RECORD_NOTHING, "a session, not an activity"},
};

/* --- entities: an object, or its id alone ------------------------------------- */

static struct str id_of(const struct js *v)
{
    struct str t;
    return js_str(v, &t) ? t : js_text(v, "id");
}

static bool is_a(const struct js *v, const char *type)
{
    return str_is(caliper_term(js_text(v, "type")), type);
}

static void add_thing(struct record *r, const struct js *v, bool is_object)
{
    record_thing(r, id_of(v), js_text(v, "name"), record_kind(js_text(v, "type")),
                 is_object);
}

/* --- who --------------------------------------------------------------------- */

static void add_identifier(struct record *r, const struct js *v)
{
    static const struct {
        const char *type;
        enum who_by by;
        bool at_home;
    } table[] = {{"LtiUserId", WHO_SUB, false},
                 {"EmailAddress", WHO_EMAIL, false},
                 {"SisSourcedId", WHO_SOURCEDID, false},
                 {"OneRosterSourcedId", WHO_SOURCEDID, false},
                 {"UserName", WHO_LOGIN, true},
                 {"AccountUserName", WHO_LOGIN, true}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(js_text(v, "identifierType"), table[i].type))
            record_who(r, table[i].by, js_text(v, "identifier"), table[i].at_home);
}

/* The last word of an address, behind '/', ':' or '=': the LMS's own number, mostly. A
 * person of Canvas has the number of the server in front. */
static struct str last_word(struct str id)
{
    size_t at = id.n;
    while (at > 0 && id.p[at - 1] != '/' && id.p[at - 1] != ':' && id.p[at - 1] != '=')
        at--;
    return str_sub(id, at, id.n);
}

static void read_person(struct arena *a, const struct js *v, struct record *r)
{
    struct str id = id_of(v), canvas = record_canvas(id, "user");
    const struct js *more = js_get(v, "otherIdentifiers");
    const struct js *ext = js_get(js_get(v, "extensions"), "com.instructure.canvas");
    r->home = record_host(a, id);
    record_who(r, WHO_ACCOUNT, id, false);
    for (size_t i = 0; js_type(more) == JS_ARRAY && i < js_len(more); i++)
        add_identifier(r, js_at(more, i));
    if (canvas.n > 0) {
        record_who(r, WHO_LMS_ID, canvas, false);
        record_who(r, WHO_LOGIN, js_text(ext, "user_login"), false);
        record_who(r, WHO_SOURCEDID, js_text(ext, "user_sis_id"), false);
    } else if (id.n > 0) {
        record_who(r, WHO_SUB, last_word(id), true);
        record_who(r, WHO_LMS_ID, last_word(id), true);
    }
}

/* Who acts came by LTI: then the launch's words are told, too. */
static void read_launch(const struct js *event, bool acts, struct record *r)
{
    const struct js *said =
        js_get(js_get(event, "federatedSession"), "messageParameters");
    if (acts) {
        record_who(r, WHO_SUB, js_text(said, "sub"), false);
        record_who(r, WHO_SUB, js_text(said, "user_id"), false);
        record_who(r, WHO_SOURCEDID, js_text(said, "lis_person_sourcedid"), false);
    }
    record_course(r, js_text(said, "context_id"));
    record_course(
        r,
        js_text(js_get(said, "https://purl.imsglobal.org/spec/lti/claim/context"), "id"));
}

static void read_group(const struct js *event, struct record *r)
{
    const struct js *g = js_get(event, "group");
    for (int depth = 0; depth < 4 && g != NULL; depth++) {
        const struct js *more = js_get(g, "otherIdentifiers");
        record_course(r, id_of(g));
        for (size_t i = 0; js_type(more) == JS_ARRAY && i < js_len(more); i++)
            record_course(r, js_text(js_at(more, i), "identifier"));
        g = js_get(g, "subOrganizationOf");
    }
    for (size_t i = 0; i < r->thing_n; i++)
        record_course(r, r->thing[i].id); /* an address that names its course */
}

/* --- grades ------------------------------------------------------------------ */

static void drop(struct record *r, const char *why)
{
    r->what = RECORD_NOTHING;
    r->why = why;
}

static void read_score(const struct js *score, struct record *r)
{
    double max;
    if (!js_num(js_get(score, "scoreGiven"), &r->score) ||
        !js_num(js_get(score, "maxScore"), &max) || !(max > 0)) {
        drop(r, "a grade without a usable score");
        return;
    }
    r->has_score = true;
    r->maximum = max;
}

/* The grade of an attempt: of its assignee (who acts is the grader). The grade of a
 * question belongs to the attempt at the whole. */
static void read_grade(struct arena *a, const struct js *event, struct record *r)
{
    const struct js *score = js_get(event, "generated"),
                    *attempt = js_get(event, "object");
    if (js_get(attempt, "assignable") == NULL && js_get(score, "attempt") != NULL &&
        js_type(js_get(score, "attempt")) == JS_OBJECT)
        attempt = js_get(score, "attempt");
    const struct js *thing = js_get(attempt, "assignable");
    const struct js *whole = js_get(attempt, "isPartOf");
    r->what = RECORD_ATTEMPT;
    read_score(score, r);
    if (r->what == RECORD_NOTHING)
        return;
    if (js_get(attempt, "assignee") == NULL) {
        drop(r, "a grade that does not say whose it is");
        return;
    }
    read_person(a, js_get(attempt, "assignee"), r);
    r->attempt = record_key(a, id_of(attempt));
    if (thing == NULL)
        thing = attempt; /* the assignment itself stands there */
    if (is_a(thing, "AssessmentItem")) {
        r->what = RECORD_ANSWER;
        r->item = record_item(a, id_of(thing));
        add_thing(r, js_get(thing, "isPartOf"), false);
        add_thing(r, js_get(whole, "assignable"), false);
        if (whole != NULL)
            r->attempt = record_key(a, id_of(whole));
    }
    add_thing(r, thing, true);
}

static void read_other(struct arena *a, const struct js *event, struct str type,
                       struct record *r)
{
    struct str action = caliper_term(js_text(event, "action"));
    const struct js *object = js_get(event, "object");
    drop(r, "an event that is not used");
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (!str_is(type, meanings[i].type) ||
            (meanings[i].action != NULL && !str_is(action, meanings[i].action)))
            continue;
        r->what = meanings[i].what;
        r->why = meanings[i].why;
        break;
    }
    if (r->what == RECORD_NOTHING)
        return;
    read_person(a, js_get(event, "actor"), r);
    for (int depth = 0; depth < 4 && object != NULL; depth++) {
        add_thing(r, object, depth == 0);
        object = js_get(object, "isPartOf");
    }
    if (r->what == RECORD_COMPLETION)
        r->thing_n = r->thing_n > 1 ? 1 : r->thing_n; /* a part is not the whole */
}

void caliper_record_read(struct arena *a, const struct js *event, struct record *out)
{
    struct str type = caliper_term(js_text(event, "type"));
    bool grade = str_is(type, "GradeEvent");
    *out = (struct record){.home = STR_EMPTY, .item = STR_EMPTY, .attempt = STR_EMPTY};
    iso_parse(js_text(event, "eventTime"), &out->at_ms);
    if (grade)
        read_grade(a, event, out);
    else
        read_other(a, event, type, out);
    if (out->what == RECORD_NOTHING)
        return;
    read_launch(event, !grade, out);
    read_group(event, out);
}
