#include "msg/launch.h"

#include "base/crypt.h"
#include "jose/jwt.h"
#include "msg/claims.h"
#include "msg/pack.h"
#include "msg/target.h"

#include <string.h>

#define SKEW_MAX_S 300
#define DEPLOYMENT_MAX_N 255
#define NUMBER_MAX 9007199254740992.0 /* 2^53: exact as a double (C-2) */
#define LOCALE_MAX_N 35               /* RFC 5646 section 4.4.1 */
#define MILLISECONDS_FROM 1e11        /* in seconds that is the year 5138 */

/* One validation under way. */
struct check {
    struct arena *a;
    const struct launch_policy *p;
    int64_t now_ms;
    const struct js *payload;
    struct launch *out;
    struct fault *f;
};

/* --- TOK-1 to TOK-5 --------------------------------------------------------------------
 */

static int split(struct check *c, struct str token, struct jwt *jwt)
{
    static const enum fault_id table[] = {
        [JWT_SIZE] = FAULT_TOKEN_SIZE,
        [JWT_PARTS] = FAULT_TOKEN_FORM,
        [JWT_ENCRYPTED] = FAULT_TOKEN_ENCRYPTED,
        [JWT_ALPHABET] = FAULT_TOKEN_FORM,
        [JWT_HEADER] = FAULT_TOKEN_HEADER,
        [JWT_ALG] = FAULT_TOKEN_ALG,
        [JWT_TYP] = FAULT_TOKEN_HEADER,
        [JWT_CRIT] = FAULT_TOKEN_EXTENSION,
        [JWT_KID] = FAULT_TOKEN_KID,
        [JWT_PAYLOAD] = FAULT_TOKEN_PAYLOAD,
    };
    struct err why = {.code = ERR_NONE};
    enum jwt_result r = jwt_split(c->a, token, jwt, &why);
    c->out->kid = jwt->kid;
    c->payload = jwt->payload;
    return r == JWT_OK ? 0 : fault_set(c->f, table[r], "%s", why.text);
}

/* --- TOK-6, TOK-9 to TOK-11 ------------------------------------------------------------
 */

/* TOK-9: byte for byte, no slash forgiven (I44). */
static int issuer(const struct check *c)
{
    struct str iss;
    if (!js_str(js_get(c->payload, "iss"), &iss) || !str_eq(iss, c->p->issuer))
        return fault_set(c->f, FAULT_ISS_MISMATCH, "iss is not the registration's");
    return 0;
}

/* Is our client_id (one of) the audience(s)? */
static bool for_us(const struct check *c)
{
    const struct js *aud = js_get(c->payload, "aud");
    struct str s;
    if (js_str(aud, &s))
        return str_eq(s, c->p->client_id);
    for (size_t i = 0; js_type(aud) == JS_ARRAY && i < js_len(aud); i++)
        if (js_str(js_at(aud, i), &s) && str_eq(s, c->p->client_id))
            return true;
    return false;
}

static bool trusted(const struct check *c, struct str aud)
{
    if (str_eq(aud, c->p->client_id))
        return true;
    for (size_t i = 0; i < c->p->trusted_aud_n; i++)
        if (str_eq(aud, c->p->trusted_aud[i]))
            return true;
    return false;
}

/* TOK-10, TOK-11. */
static int audience(const struct check *c)
{
    const struct js *aud = js_get(c->payload, "aud"), *azp = js_get(c->payload, "azp");
    struct str s;
    if (!for_us(c))
        return fault_set(c->f, FAULT_AUD, "aud does not name our client_id");
    for (size_t i = 0; js_type(aud) == JS_ARRAY && i < js_len(aud); i++)
        if (!js_str(js_at(aud, i), &s) || !trusted(c, s))
            return fault_set(c->f, FAULT_AUD, "an audience that is not trusted");
    if (azp == NULL && js_type(aud) == JS_ARRAY && js_len(aud) > 1)
        return fault_set(c->f, FAULT_AZP, "several audiences, no azp");
    if (azp != NULL && (!js_str(azp, &s) || !str_eq(s, c->p->client_id)))
        return fault_set(c->f, FAULT_AZP, "azp is not our client_id");
    return 0;
}

/* --- TOK-7, TOK-8 ----------------------------------------------------------------------
 */

static int signature(struct check *c, const struct jwt *jwt,
                     const struct launch_keys *keys)
{
    struct jwks_found found = {.n = 0};
    switch (keys->find(keys->ctx, jwt->kid, &found)) {
    case JWKS_FOUND:
        break;
    case JWKS_BUSY:
        return fault_set(c->f, FAULT_KEYS_BUSY, "another process is fetching");
    case JWKS_DOWN:
        return fault_set(c->f, FAULT_KEYS_DOWN, "no key set to be had");
    default:
        c->out->signature_tried = true;
        return fault_set(c->f, FAULT_KEY_UNKNOWN, "no usable key with this kid");
    }
    c->out->signature_tried = true;
    for (size_t i = 0; i < found.n; i++) /* JWKS-4 */
        if (rsa_verify(found.key[i], jwt->signed_text, jwt->signature))
            return 0;
    return fault_set(c->f, FAULT_TOKEN_SIGNATURE, "none of %zu keys fits", found.n);
}

/* --- TOK-12 to TOK-17 ------------------------------------------------------------------
 */

/* A NumericDate in seconds: integer or real, 0 to 2^53 (V7, C-2). */
static bool date(const struct check *c, const char *claim, double *out)
{
    double d;
    if (!js_num(js_get(c->payload, claim), &d) || !(d >= 0 && d <= NUMBER_MAX))
        return false;
    *out = d;
    return true;
}

static int number(int value, int standard)
{
    return value > 0 ? value : standard;
}

static int times(struct check *c)
{
    double now = (double)c->now_ms / 1000, exp, iat, nbf = 0;
    int skew = number(c->p->skew_s, LAUNCH_SKEW_S);
    if (skew > SKEW_MAX_S)
        skew = SKEW_MAX_S;
    if (!date(c, "exp", &exp) || now >= exp + skew)
        return fault_set(c->f, FAULT_EXP, "exp missing, no number, or past");
    if (!date(c, "iat", &iat))
        return fault_set(c->f, FAULT_IAT, "iat missing or no number");
    if (iat > MILLISECONDS_FROM)
        return fault_set(c->f, FAULT_IAT, "iat far in the future: milliseconds?");
    if (iat > now + skew)
        return fault_set(c->f, FAULT_IAT, "iat %.0f s ahead of our clock", iat - now);
    if (iat < now - number(c->p->max_age_s, LAUNCH_MAX_AGE_S))
        return fault_set(c->f, FAULT_IAT, "issued %.0f s ago", now - iat);
    if (js_get(c->payload, "nbf") != NULL && (!date(c, "nbf", &nbf) || nbf > now + skew))
        return fault_set(c->f, FAULT_NBF, "nbf no number, or in the future");
    if (exp <= iat || exp - iat > number(c->p->max_life_s, LAUNCH_MAX_LIFE_S))
        return fault_set(c->f, FAULT_LIFETIME, "lives %.0f s", exp - iat);
    c->out->iat_ms = (int64_t)(iat * 1000);
    c->out->exp_ms = (int64_t)(exp * 1000);
    return 0;
}

/* TOK-17. An empty stored nonce matches nothing. */
static int nonce(const struct check *c)
{
    struct str n;
    if (!js_str(js_get(c->payload, "nonce"), &n) || n.n == 0 ||
        !crypt_equal(n, c->p->nonce))
        return fault_set(c->f, FAULT_NONCE, "nonce missing or another one");
    return 0;
}

/* --- TOK-18 to TOK-20 ------------------------------------------------------------------
 */

static int version(const struct check *c)
{
    struct str s;
    const struct js *v = js_get(c->payload, CLAIM("version"));
    if (v == NULL && js_get(c->payload, CLAIM("message_type")) == NULL &&
        js_get(c->payload, CLAIM("deployment_id")) == NULL)
        return fault_set(c->f, FAULT_NOT_LTI, "no LTI claim at all");
    if (!js_str(v, &s) || !str_is(s, "1.3.0"))
        return fault_set(c->f, FAULT_VERSION, "version is not 1.3.0");
    return 0;
}

static int deployment(const struct check *c)
{
    struct str s;
    if (!js_str(js_get(c->payload, CLAIM("deployment_id")), &s) || s.n == 0 ||
        s.n > DEPLOYMENT_MAX_N)
        return fault_set(c->f, FAULT_DEPLOYMENT_MISSING, "no usable deployment_id");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e)
            return fault_set(c->f, FAULT_DEPLOYMENT_MISSING, "deployment_id not ASCII");
    if (c->p->deployment_hint.n > 0 && !str_eq(s, c->p->deployment_hint))
        return fault_set(c->f, FAULT_DEPLOYMENT_MISMATCH, "not the login's"); /* I64 */
    c->out->deployment_id = s;
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
     false},
    {"LtiSubmissionReviewRequest", LAUNCH_SUBMISSION_REVIEW, true, false, true,
     claims_review, false},
    {"LtiContextLaunchRequest", LAUNCH_CONTEXT, true, false, true, claims_course, false},
    {"LtiDataPrivacyLaunchRequest", LAUNCH_PRIVACY, true, false, true, claims_privacy,
     false},
    {"DataPrivacyLaunchRequest", LAUNCH_PRIVACY, true, false, true, claims_privacy,
     false},
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
    struct check c = {.a = a, .p = p, .now_ms = now_ms, .out = out, .f = f};
    struct jwt jwt;
    const struct message *m = messages; /* until message() has found it */
    pack_clear(out);
    out->iss = p->issuer;
    out->client_id = p->client_id;
    if (split(&c, token, &jwt) != 0)
        return -1;
    /* TOK-6: what is for somebody else must not make us fetch keys (I25). */
    if (issuer(&c) != 0)
        return -1;
    if (!for_us(&c))
        return fault_set(f, FAULT_AUD, "aud does not name our client_id");
    if (signature(&c, &jwt, keys) != 0)
        return -1;
    if (audience(&c) != 0 || times(&c) != 0 || nonce(&c) != 0)
        return -1;
    struct claims cl = {.a = a, .p = p, .payload = c.payload, .out = out};
    claims_presentation(&cl);
    if (version(&c) != 0 || message(&c, &m) != 0 || deployment(&c) != 0 ||
        content(&c, &cl, m) != 0)
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
