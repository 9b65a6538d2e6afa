#include "msg/launch.h"

#include "base/crypt.h"
#include "msg/claims.h"
#include "msg/idtoken.h"
#include "msg/pack.h"
#include "msg/target.h"

#include <string.h>

#define LOCALE_MAX_N 35 /* RFC 5646 section 4.4.1 */

/* One validation under way. */
struct check {
    struct arena *a;
    const struct launch_policy *p;
    const struct js *payload;
    struct launch *out;
    struct fault *f;
};

/* TOK-17. An empty stored nonce matches nothing. */
static int nonce(const struct check *c)
{
    struct str n;
    if (!js_str(js_get(c->payload, "nonce"), &n) || n.n == 0 ||
        !crypt_equal(n, c->p->nonce))
        return fault_set(c->f, FAULT_NONCE, "nonce missing or another one");
    return 0;
}

/* --- TOK-21, TOK-22 --------------------------------------------------------------------
 */

static int target(const struct check *c)
{
    struct str s;
    if (!js_str(js_get(c->payload, CLAIM("target_link_uri")), &s) ||
        !target_ours(c->a, s, c->p->base))
        return fault_set(c->f, FAULT_TARGET_CLAIM, "missing, or not under our address");
    c->out->target_link_uri = s;
    c->out->target_differs = c->p->login_target.n > 0 && !str_eq(s, c->p->login_target);
    if (c->out->target_differs && c->p->strict_target)
        return fault_set(c->f, FAULT_TARGET_DIFFERS, "not the login's");
    return 0;
}

/* What a message must carry (LTI.md 2.4). */
struct message {
    const char *type;
    enum launch_message id; /* 0: we only know its name */
    bool sub, link, roles;  /* required */
    int (*more)(struct claims *c, struct fault *f);
    bool served; /* else FAULT_MESSAGE_LATER once it has proved valid */
};

static const struct message messages[] = {
    {"LtiResourceLinkRequest", LAUNCH_RESOURCE, true, true, true, NULL, true},
    {"LtiDeepLinkingRequest", LAUNCH_DEEP_LINKING, false, false, false, claims_deep_link,
     true},
    {"LtiSubmissionReviewRequest", LAUNCH_SUBMISSION_REVIEW, true, false, true,
     claims_review, true},
    {"LtiContextLaunchRequest", LAUNCH_CONTEXT, true, false, true, claims_course, true},
    {"LtiDataPrivacyLaunchRequest", LAUNCH_PRIVACY, true, false, true, claims_privacy,
     true},
    {"DataPrivacyLaunchRequest", LAUNCH_PRIVACY, true, false, true, claims_privacy, true},
    {.type = "LtiStartProctoring"},
    {.type = "LtiEndAssessment"},
    {.type = "LtiAssetProcessorSettingsRequest"},
    {.type = "LtiReportReviewRequest"},
    {.type = "LtiEulaRequest"},
};

/* TOK-19. */
static int message(struct check *c, const struct message **out)
{
    struct str s;
    const struct js *v = js_get(c->payload, CLAIM("message_type"));
    if (v == NULL || (js_str(v, &s) && s.n == 0)) /* I112 */
        return fault_set(c->f, FAULT_MESSAGE_MISSING, "no message_type");
    if (js_str(v, &s))
        for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
            if (str_is(s, messages[i].type)) {
                *out = &messages[i];
                c->out->message_type = s;
                c->out->message = messages[i].id;
                return 0;
            }
    s = js_text(c->payload, CLAIM("message_type"));
    return fault_set(c->f, FAULT_MESSAGE_UNKNOWN, "message_type %.*s",
                     (int)(s.n < 80 ? s.n : 80), s.p);
}

/* TOK-21. */
static int content(struct check *c, struct claims *cl, const struct message *m)
{
    if (m->id == 0)
        return fault_set(c->f, FAULT_MESSAGE_LATER, "%s", m->type);
    claims_optional(cl);
    if (claims_sub(cl, m->sub, c->f) != 0 || claims_roles(cl, m->roles, c->f) != 0 ||
        claims_context(cl, c->f) != 0)
        return -1;
    if (m->link && claims_link(cl, c->f) != 0)
        return -1;
    if (m->more != NULL && m->more(cl, c->f) != 0)
        return -1;
    return target(c);
}

/* --- the whole -------------------------------------------------------------------------
 */

int launch_verify(struct arena *a, const struct launch_policy *p, int64_t now_ms,
                  struct str token, const struct launch_keys *keys, struct launch *out,
                  struct fault *f)
{
    struct check c = {.a = a, .p = p, .out = out, .f = f};
    struct idtoken t;
    const struct message *m = messages; /* until message() has found it */
    pack_clear(out);
    out->iss = p->issuer;
    out->client_id = p->client_id;
    int rc = idtoken_open(a, token, &t, f);
    c.payload = t.jwt.payload;
    if (rc == 0)
        rc = idtoken_check(&t, p, now_ms, keys, f);
    out->kid = t.jwt.kid;
    out->signature_tried = t.signature_tried;
    out->iat_ms = t.iat_ms;
    out->exp_ms = t.exp_ms;
    if (rc != 0 || nonce(&c) != 0)
        return -1;
    struct claims cl = {.a = a, .p = p, .payload = c.payload, .out = out};
    claims_presentation(&cl);
    if (idtoken_version(&t, f) != 0 || message(&c, &m) != 0 ||
        idtoken_deployment(&t, p, f) != 0)
        return -1;
    out->deployment_id = t.deployment_id;
    if (content(&c, &cl, m) != 0)
        return -1;
    if (!m->served)
        return fault_set(f, FAULT_MESSAGE_LATER, "%s", m->type);
    return 0;
}

/* --- small things ----------------------------------------------------------------------
 */

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* VAR-2: a variable that the platform left as it was. */
static bool unresolved(struct str v)
{
    return v.n > 1 && v.p[0] == '$' && letter(v.p[1]);
}

struct str launch_custom(const struct launch *l, const char *key)
{
    for (size_t i = 0; i < l->custom_n; i++) {
        struct str v = l->custom[i].val;
        if (str_ieq(l->custom[i].key, str_c(key)) && v.n > 0 && !unresolved(v))
            return v;
    }
    return STR_EMPTY;
}

/* One subtag of 1 to 8 letters or digits; the first one letters only. */
static bool subtag(struct str s, bool first)
{
    for (size_t i = 0; i < s.n; i++)
        if (!letter(s.p[i]) && (first || s.p[i] < '0' || s.p[i] > '9'))
            return false;
    return s.n >= 1 && s.n <= 8;
}

struct str launch_locale(struct arena *a, struct str raw)
{
    if (raw.n == 0 || raw.n > LOCALE_MAX_N)
        return STR_EMPTY;
    struct str low = str_lower(a, raw), part, rest;
    char *p = arena_alloc(a, raw.n + 1);
    for (size_t i = 0; i < low.n; i++)
        p[i] = low.p[i] == '_' ? '-' : low.p[i]; /* Moodle: pt_br */
    rest = (struct str){p, low.n};
    for (bool first = true; rest.n > 0 || first; first = false) {
        bool more = str_cut(rest, '-', &part, &rest);
        if (!subtag(part, first) || (more && rest.n == 0))
            return STR_EMPTY;
        char *q = p + (part.p - p);
        for (size_t i = 0; !first && i < part.n; i++) /* BCP 47: BR, Hans */
            if ((part.n == 2 || (part.n == 4 && i == 0)) && letter(q[i]))
                q[i] = (char)(q[i] - 'a' + 'A');
    }
    return (struct str){p, low.n};
}
