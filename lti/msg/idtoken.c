#include "msg/idtoken.h"

#include "msg/claims.h"

#define SKEW_MAX_S 300
#define DEPLOYMENT_MAX_N 255
#define NUMBER_MAX 9007199254740992.0 /* 2^53: exact as a double (C-2) */
#define MILLISECONDS_FROM 1e11        /* in seconds that is the year 5138 */

/* --- TOK-1 to TOK-5 --------------------------------------------------------------------
 */

static const enum fault_id split_fault[] = {
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

int idtoken_open(struct arena *a, struct str token, struct idtoken *t, struct fault *f)
{
    struct err why = {.code = ERR_NONE};
    *t = (struct idtoken){.deployment_id = STR_EMPTY};
    enum jwt_result r = jwt_split(a, token, &t->jwt, &why);
    return r == JWT_OK ? 0 : fault_set(f, split_fault[r], "%s", why.text);
}

/* --- TOK-6, TOK-9 to TOK-11 ------------------------------------------------------------
 */

/* TOK-9: byte for byte, no slash forgiven (I44). */
static int issuer(const struct idtoken *t, const struct launch_policy *p, struct fault *f)
{
    struct str iss;
    if (!js_str(js_get(t->jwt.payload, "iss"), &iss) || !str_eq(iss, p->issuer))
        return fault_set(f, FAULT_ISS_MISMATCH, "iss is not the registration's");
    return 0;
}

/* Is our client_id (one of) the audience(s)? */
static bool for_us(const struct idtoken *t, const struct launch_policy *p)
{
    const struct js *aud = js_get(t->jwt.payload, "aud");
    struct str s;
    if (js_str(aud, &s))
        return str_eq(s, p->client_id);
    for (size_t i = 0; js_type(aud) == JS_ARRAY && i < js_len(aud); i++)
        if (js_str(js_at(aud, i), &s) && str_eq(s, p->client_id))
            return true;
    return false;
}

static bool trusted(const struct launch_policy *p, struct str aud)
{
    if (str_eq(aud, p->client_id))
        return true;
    for (size_t i = 0; i < p->trusted_aud_n; i++)
        if (str_eq(aud, p->trusted_aud[i]))
            return true;
    return false;
}

/* TOK-10, TOK-11. */
static int audience(const struct idtoken *t, const struct launch_policy *p,
                    struct fault *f)
{
    const struct js *aud = js_get(t->jwt.payload, "aud"),
                    *azp = js_get(t->jwt.payload, "azp");
    struct str s;
    for (size_t i = 0; js_type(aud) == JS_ARRAY && i < js_len(aud); i++)
        if (!js_str(js_at(aud, i), &s) || !trusted(p, s))
            return fault_set(f, FAULT_AUD, "an audience that is not trusted");
    if (azp == NULL && js_type(aud) == JS_ARRAY && js_len(aud) > 1)
        return fault_set(f, FAULT_AZP, "several audiences, no azp");
    if (azp != NULL && (!js_str(azp, &s) || !str_eq(s, p->client_id)))
        return fault_set(f, FAULT_AZP, "azp is not our client_id");
    return 0;
}

/* --- TOK-7, TOK-8 ----------------------------------------------------------------------
 */

static int signature(struct idtoken *t, const struct launch_keys *keys, struct fault *f)
{
    struct jwks_found found = {.n = 0};
    switch (keys->find(keys->ctx, t->jwt.kid, &found)) {
    case JWKS_FOUND:
        break;
    case JWKS_BUSY:
        return fault_set(f, FAULT_KEYS_BUSY, "another process is fetching");
    case JWKS_DOWN:
        return fault_set(f, FAULT_KEYS_DOWN, "no key set to be had");
    default:
        t->signature_tried = true;
        return fault_set(f, FAULT_KEY_UNKNOWN, "no usable key with this kid");
    }
    t->signature_tried = true;
    for (size_t i = 0; i < found.n; i++) /* JWKS-4 */
        if (rsa_verify(found.key[i], t->jwt.signed_text, t->jwt.signature))
            return 0;
    return fault_set(f, FAULT_TOKEN_SIGNATURE, "none of %zu keys fits", found.n);
}

/* --- TOK-12 to TOK-16 ------------------------------------------------------------------
 */

/* A NumericDate in seconds: integer or real, 0 to 2^53 (V7, C-2). */
static bool date(const struct idtoken *t, const char *claim, double *out)
{
    double d;
    if (!js_num(js_get(t->jwt.payload, claim), &d) || !(d >= 0 && d <= NUMBER_MAX))
        return false;
    *out = d;
    return true;
}

static int number(int value, int standard)
{
    return value > 0 ? value : standard;
}

static int times(struct idtoken *t, const struct launch_policy *p, int64_t now_ms,
                 struct fault *f)
{
    double now = (double)now_ms / 1000, exp, iat, nbf = 0;
    int skew = number(p->skew_s, LAUNCH_SKEW_S);
    if (skew > SKEW_MAX_S)
        skew = SKEW_MAX_S;
    if (!date(t, "exp", &exp) || now >= exp + skew)
        return fault_set(f, FAULT_EXP, "exp missing, no number, or past");
    if (!date(t, "iat", &iat))
        return fault_set(f, FAULT_IAT, "iat missing or no number");
    if (iat > MILLISECONDS_FROM)
        return fault_set(f, FAULT_IAT, "iat far in the future: milliseconds?");
    if (iat > now + skew)
        return fault_set(f, FAULT_IAT, "iat %.0f s ahead of our clock", iat - now);
    if (iat < now - number(p->max_age_s, LAUNCH_MAX_AGE_S))
        return fault_set(f, FAULT_IAT, "issued %.0f s ago", now - iat);
    if (js_get(t->jwt.payload, "nbf") != NULL &&
        (!date(t, "nbf", &nbf) || nbf > now + skew))
        return fault_set(f, FAULT_NBF, "nbf no number, or in the future");
    if (exp <= iat || exp - iat > number(p->max_life_s, LAUNCH_MAX_LIFE_S))
        return fault_set(f, FAULT_LIFETIME, "lives %.0f s", exp - iat);
    t->iat_ms = (int64_t)(iat * 1000);
    t->exp_ms = (int64_t)(exp * 1000);
    return 0;
}

int idtoken_check(struct idtoken *t, const struct launch_policy *p, int64_t now_ms,
                  const struct launch_keys *keys, struct fault *f)
{
    /* TOK-6: what is for somebody else must not make us fetch keys (I25). */
    if (issuer(t, p, f) != 0)
        return -1;
    if (!for_us(t, p))
        return fault_set(f, FAULT_AUD, "aud does not name our client_id");
    if (signature(t, keys, f) != 0 || audience(t, p, f) != 0)
        return -1;
    return times(t, p, now_ms, f);
}

/* --- TOK-18, TOK-20 --------------------------------------------------------------------
 */

int idtoken_version(const struct idtoken *t, struct fault *f)
{
    struct str s;
    const struct js *v = js_get(t->jwt.payload, CLAIM("version"));
    if (v == NULL && js_get(t->jwt.payload, CLAIM("message_type")) == NULL &&
        js_get(t->jwt.payload, CLAIM("deployment_id")) == NULL)
        return fault_set(f, FAULT_NOT_LTI, "no LTI claim at all");
    if (!js_str(v, &s) || !str_is(s, "1.3.0"))
        return fault_set(f, FAULT_VERSION, "version is not 1.3.0");
    return 0;
}

int idtoken_deployment(struct idtoken *t, const struct launch_policy *p, struct fault *f)
{
    struct str s;
    if (!js_str(js_get(t->jwt.payload, CLAIM("deployment_id")), &s) || s.n == 0 ||
        s.n > DEPLOYMENT_MAX_N)
        return fault_set(f, FAULT_DEPLOYMENT_MISSING, "no usable deployment_id");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e)
            return fault_set(f, FAULT_DEPLOYMENT_MISSING, "deployment_id not ASCII");
    if (p->deployment_hint.n > 0 && !str_eq(s, p->deployment_hint))
        return fault_set(f, FAULT_DEPLOYMENT_MISMATCH, "not the login's"); /* I64 */
    t->deployment_id = s;
    return 0;
}
