/* The launch rules of LTI.md, one row or one test each; the ids stand beside them. */
#include "msg/pack.h"
#include "support/suite.h"
#include "support/token.h"

#include <string.h>

#define M "http://purl.imsglobal.org/vocab/lis/v2/membership"
#define AGS "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
#define NRPS "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
#define DL "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50
#define X256 X250 "xxxxxx"

static struct arena *a;
static struct launch l;
static struct fault f;
static struct token_keys keys;

static void begin(void)
{
    a = arena_new(16 << 20);
    f = (struct fault){.id = FAULT_NONE};
    keys = (struct token_keys){.asked = 0};
}

static void end(void)
{
    arena_free(a);
}

static int verify_with(const struct launch_policy *p, struct str token)
{
    struct launch_keys k = token_lookup(&keys);
    return launch_verify(a, p, TOKEN_NOW_MS, token, &k, &l, &f);
}

static int verify(struct str token)
{
    struct launch_policy p = token_policy();
    return verify_with(&p, token);
}

static bool warned(const char *word)
{
    for (size_t i = 0; i < l.warning_n; i++)
        if (strstr(l.warning[i], word) != NULL)
            return true;
    return false;
}

/* --- one claim changed, one refusal ----------------------------------------------------
 */

static const struct refusal {
    const char *rules;
    const char *claim;
    const char *json;
    enum fault_id fault;
} refusals[] = {
    {"I44 TOK-9", "iss", NULL, FAULT_ISS_MISMATCH},
    {"I44", "iss", "\"https://lms.example.edu/\"", FAULT_ISS_MISMATCH},
    {"I44", "iss", "\"https://LMS.example.edu\"", FAULT_ISS_MISMATCH},
    {"I25", "iss", "\"https://other.example.edu\"", FAULT_ISS_MISMATCH},
    {"I45 TOK-10", "aud", NULL, FAULT_AUD},
    {"I45", "aud", "\"tool-2\"", FAULT_AUD},
    {"I45", "aud", "[]", FAULT_AUD},
    {"I45", "aud", "5", FAULT_AUD},
    {"I45", "aud", "{\"tool-1\":1}", FAULT_AUD},
    {"I45", "aud", "[\"tool-1\",5]", FAULT_AUD},
    {"I46", "aud", "[\"tool-1\",\"evil\"]", FAULT_AUD},
    {"I48 TOK-11", "azp", "\"tool-2\"", FAULT_AZP},
    {"I48", "azp", "7", FAULT_AZP},
    {"I49 TOK-12", "exp", NULL, FAULT_EXP},
    {"I49 TOK-15", "exp", "1789999940", FAULT_EXP},
    {"I49", "exp", "\"1790003600\"", FAULT_EXP},
    {"I49", "exp", "-1", FAULT_EXP},
    {"I49 C-2", "exp", "9007199254740993e3", FAULT_EXP},
    {"I50 TOK-13", "iat", NULL, FAULT_IAT},
    {"I50", "iat", "1790000061", FAULT_IAT},
    {"I50", "iat", "\"1790000000\"", FAULT_IAT},
    {"I50", "iat", "1790000000000", FAULT_IAT},
    {"I51", "iat", "1789999099", FAULT_IAT},
    {"I52 TOK-14", "nbf", "1790000061", FAULT_NBF},
    {"TOK-14", "nbf", "\"1790000000\"", FAULT_NBF},
    {"I53 TOK-16", "exp", "1790000000", FAULT_LIFETIME},
    {"I53", "exp", "1790086401", FAULT_LIFETIME},
    {"I54 TOK-17", "nonce", NULL, FAULT_NONCE},
    {"I54", "nonce", "\"\"", FAULT_NONCE},
    {"I54 I56", "nonce", "\"n-2\"", FAULT_NONCE},
    {"I54", "nonce", "1", FAULT_NONCE},
    {"I57 MSG-2", "sub", NULL, FAULT_SUB},
    {"I57", "sub", "null", FAULT_SUB},
    {"I57", "sub", "\"\"", FAULT_SUB},
    {"I57", "sub", "12", FAULT_SUB},
    {"I57", "sub", "{}", FAULT_SUB},
    {"I57", "sub", "\"" X256 "\"", FAULT_SUB},
    {"I58 TOK-18", LTI "version", NULL, FAULT_VERSION},
    {"I58", LTI "version", "\"1.1\"", FAULT_VERSION},
    {"I58", LTI "version", "\"LTI-1p0\"", FAULT_VERSION},
    {"I58", LTI "version", "1.3", FAULT_VERSION},
    {"I58", LTI "version", "\"1.3\"", FAULT_VERSION},
    {"I59 I112 TOK-19", LTI "message_type", NULL, FAULT_MESSAGE_MISSING},
    {"I59", LTI "message_type", "\"\"", FAULT_MESSAGE_MISSING},
    {"I59 MSG-1", LTI "message_type", "\"Bogus\"", FAULT_MESSAGE_UNKNOWN},
    {"I59", LTI "message_type", "\"ltiresourcelinkrequest\"", FAULT_MESSAGE_UNKNOWN},
    {"I59", LTI "message_type", "7", FAULT_MESSAGE_UNKNOWN},
    {"I78", LTI "message_type", "\"LtiStartProctoring\"", FAULT_MESSAGE_LATER},
    {"MSG-1", LTI "message_type", "\"LtiEulaRequest\"", FAULT_MESSAGE_LATER},
    {"I61 TOK-20", LTI "deployment_id", NULL, FAULT_DEPLOYMENT_MISSING},
    {"I61", LTI "deployment_id", "\"\"", FAULT_DEPLOYMENT_MISSING},
    {"I61", LTI "deployment_id", "3", FAULT_DEPLOYMENT_MISSING},
    {"I61", LTI "deployment_id", "\"" X256 "\"", FAULT_DEPLOYMENT_MISSING},
    {"I61", LTI "deployment_id", "\"d\\u00e9p\"", FAULT_DEPLOYMENT_MISSING},
    {"I65 TOK-21", LTI "resource_link", NULL, FAULT_LINK_ID},
    {"I65", LTI "resource_link", "\"rl-1\"", FAULT_LINK_ID},
    {"I65", LTI "resource_link", "{}", FAULT_LINK_ID},
    {"I65", LTI "resource_link", "{\"id\":\"\"}", FAULT_LINK_ID},
    {"I65", LTI "resource_link", "{\"id\":5}", FAULT_LINK_ID},
    {"I65", LTI "resource_link", "{\"id\":\"" X256 "\"}", FAULT_LINK_ID},
    {"I66 MSG-3", LTI "roles", NULL, FAULT_ROLES},
    {"I67", LTI "roles", "null", FAULT_ROLES},
    {"I67", LTI "roles", "\"Learner\"", FAULT_ROLES},
    {"I67", LTI "roles", "{\"0\":\"Learner\"}", FAULT_ROLES},
    {"I67", LTI "roles", "4", FAULT_ROLES},
    {"I68 TOK-22", LTI "target_link_uri", NULL, FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"http://tool.example.net/lti/\"",
     FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"https://evil.example/lti/\"", FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"https://tool.example.net/ltix\"",
     FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"https://tool.example.net/lti/../x\"",
     FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"https://tool.example.net/lti/%2e%2E/x\"",
     FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"https://tool.example.net:444/lti/x\"",
     FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"https://tool.example.net@evil.example/lti/\"",
     FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"//tool.example.net/lti/\"", FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "\"javascript:alert(1)\"", FAULT_TARGET_CLAIM},
    {"I68", LTI "target_link_uri", "[\"https://tool.example.net/lti/\"]",
     FAULT_TARGET_CLAIM},
};

START_TEST(refused)
{
    const struct refusal *r = &refusals[_i];
    struct str token = TOKEN(a, {r->claim, r->json});
    ck_assert_msg(verify(token) == -1, "%s: accepted", r->rules);
    ck_assert_msg(f.id == r->fault, "%s: %s, not %s", r->rules, fault_row(f.id)->name,
                  fault_row(r->fault)->name);
}
END_TEST

/* --- one claim changed, still good (LTI.md 9.3) ----------------------------------------
 */

static const struct token_claim accepted[] = {
    {"aud", "[\"tool-1\"]"}, /* V6 */
    {"azp", "\"tool-1\""},   /* V6 */
    {"exp", "1790003600.5"}, /* V7 */
    {"iat", "1.79e9"},       /* V7 */
    {"iat", "1790000060"},   /* V7 */
    {"iat", "1789999955"},   /* V32: the platform is 45 s behind */
    {"nbf", "1790000045"},   /* V32, V21 */
    {"jti", "\"x\""},        /* V21 */
    {"exp", "1790000060"},   /* V21: Moodle */
    {"https://vendor.example/x", "{\"a\":[[[[[1]]]]]}"}, /* V8 */
    {"name", "null"},                                    /* V3, V8 */
    {"email", "\"\""},                                   /* V3 */
    {"name", "\"   \""},                                 /* V3 */
    {"name", "\"\\ud83d\\ude00 \\u0639\""},              /* V3: emoji, right to left */
    {LTI "roles", "[]"},                                 /* V1 */
    {LTI "roles", "[\"Nonsense\"]"},                     /* V1 */
    {LTI "roles", "[7,null,\"Learner\"]"},               /* I67: other types dropped */
    {LTI "context", NULL},                               /* V4 */
    {LTI "context", "{\"id\":\"c\"}"},                   /* V4 */
    {LTI "context", "{\"id\":\"c\",\"type\":[\"Account\"]}"}, /* V4 */
    {LTI "context", "{\"id\":\"c\",\"type\":[]}"},            /* V4 */
    {LTI "context", "\"c\""},                                 /* I69 */
    {LTI "resource_link",
     "{\"id\":\"c-1\",\"title\":null,\"description\":\"\"}"},                /* V5, V10 */
    {LTI "resource_link", "{\"id\":\"_18938_1\",\"title\":\"A &amp; B\"}"},  /* V5, V10 */
    {"sub", "\"2\""},                                                        /* V9 */
    {"sub", "\"a+/=:|@B\""},                                                 /* V9 */
    {LTI "launch_presentation", "{\"locale\":\"pt_br\",\"width\":\"800\"}"}, /* V11 */
    {LTI "launch_presentation", "[]"},                                       /* I82 */
    {LTI "launch_presentation", "{\"height\":{},\"document_target\":7}"},    /* I82 */
    {LTI "custom", "null"},                                                  /* I70 */
    {LTI "custom", "[]"},                                                    /* I70 */
    {LTI "tool_platform", "{\"name\":\"x\"}"},                               /* V13 */
    {AGS, "{\"scope\":[]}"},                                                 /* V14 */
    {LTI "deployment_id", "\"189:8865aa05b4b79b64a91a\""},                   /* V18 */
    {LTI "deployment_id", "\"with blanks in it\""},                          /* V18 */
    {LTI "target_link_uri", "\"https://tool.example.net/lti/a%20b?x=1&y=%2F\""}, /* V23 */
    {LTI "target_link_uri", "\"HTTPS://tool.example.net:443/lti/other\""},       /* V23 */
    {LTI "lti1p1", "{\"oauth_consumer_key\":\"k\",\"oauth_consumer_key_sign\":\"bad\"}"},
};

START_TEST(accepts)
{
    struct str token = TOKEN(a, accepted[_i]);
    ck_assert_msg(verify(token) == 0, "%s = %s: %s %s", accepted[_i].name,
                  accepted[_i].json, fault_row(f.id)->name, f.detail);
}
END_TEST

/* --- the token's form ------------------------------------------------------------------
 */

static int with_header(const char *header)
{
    struct token_claim none = {"x", NULL};
    return verify(token_raw(a, TOKEN_KEY, header, token_payload(a, &none, 1)));
}

/* TOK-2, TOK-3, TOK-4: the header shows a key and nothing else. */
START_TEST(header_rules)
{
    static const struct {
        const char *header;
        enum fault_id fault;
    } rows[] = {
        {"{\"alg\":\"none\",\"kid\":\"kid-1\"}", FAULT_TOKEN_ALG},  /* I31 */
        {"{\"alg\":\"NoNe\",\"kid\":\"kid-1\"}", FAULT_TOKEN_ALG},  /* I31 */
        {"{\"alg\":\"HS256\",\"kid\":\"kid-1\"}", FAULT_TOKEN_ALG}, /* I32 */
        {"{\"alg\":\"rs256\",\"kid\":\"kid-1\"}", FAULT_TOKEN_ALG}, /* I33 */
        {"{\"alg\":5,\"kid\":\"kid-1\"}", FAULT_TOKEN_ALG},         /* I33 */
        {"{\"kid\":\"kid-1\"}", FAULT_TOKEN_ALG},                   /* I33 */
        {"{\"alg\":\"ES256\",\"kid\":\"kid-1\"}", FAULT_TOKEN_ALG}, /* I33 */
        {"{\"alg\":\"RS256\"}", FAULT_TOKEN_KID},                   /* I34 */
        {"{\"alg\":\"RS256\",\"kid\":null}", FAULT_TOKEN_KID},
        {"{\"alg\":\"RS256\",\"kid\":\"\"}", FAULT_TOKEN_KID},
        {"{\"alg\":\"RS256\",\"kid\":\"" X256 "x\"}", FAULT_TOKEN_KID},
        {"{\"alg\":\"RS256\",\"kid\":\"../../etc/passwd\"}", FAULT_KEY_UNKNOWN},
        {"{\"alg\":\"RS256\",\"kid\":\"' OR 1=1 --\"}", FAULT_KEY_UNKNOWN},
        {"{\"alg\":\"RS256\",\"kid\":\"kid-1\",\"crit\":[\"exp\"]}",
         FAULT_TOKEN_EXTENSION}, /* I38 */
        {"{\"alg\":\"RS256\",\"kid\":\"kid-1\",\"b64\":false}", FAULT_TOKEN_EXTENSION},
        {"{\"alg\":\"RS256\",\"kid\":\"kid-1\",\"zip\":\"DEF\"}", FAULT_TOKEN_EXTENSION},
        {"{\"alg\":\"RS256\",\"kid\":\"kid-1\",\"typ\":\"at+jwt\"}",
         FAULT_TOKEN_HEADER}, /* TOK-2 */
        {"{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"kid-1\"}",
         FAULT_TOKEN_HEADER}, /* I41 */
        {"{\"alg\":\"RS256\",\"kid\":\"kid-1\",\"x\":[[[[1]]]]}", FAULT_TOKEN_HEADER},
        {"[\"RS256\"]", FAULT_TOKEN_HEADER},
    };
    ck_assert_int_eq(with_header("{\"alg\":\"RS256\",\"kid\":\"kid-1\",\"typ\":\"jwt\"}"),
                     0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(with_header(rows[i].header), -1);
        ck_assert_msg(f.id == rows[i].fault, "%s: %s", rows[i].header,
                      fault_row(f.id)->name);
    }
}
END_TEST

/* I42, I40: what the payload must be. */
/* C-3: no duplicates, no NUL, no broken text, no abyss. */
START_TEST(payload_rules)
{
    static const char *const bad[] = {"[]",
                                      "\"x\"",
                                      "5",
                                      "",
                                      "null",
                                      "{\"a\":\"\\ud800\"}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":1,\"a\":2}",
                                      "{} x",
                                      "eyJhIjoxfQ.e30.x"};
    const char *header = "{\"alg\":\"RS256\",\"kid\":\"kid-1\"}";
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(verify(token_raw(a, TOKEN_KEY, header, str_c(bad[i]))), -1);
        enum fault_id want = i == 3 ? FAULT_TOKEN_FORM : FAULT_TOKEN_PAYLOAD;
        ck_assert_msg(f.id == want, "%s: %s", bad[i], fault_row(f.id)->name);
    }
    struct buf b;
    buf_init(&b, a, 128);
    buf_c(&b, "{\"a\":");
    for (int i = 0; i < 33; i++)
        buf_char(&b, '[');
    for (int i = 0; i < 33; i++)
        buf_char(&b, ']');
    buf_char(&b, '}');
    ck_assert_int_eq(verify(token_raw(a, TOKEN_KEY, header, buf_view(&b))), -1);
    ck_assert_int_eq(f.id, FAULT_TOKEN_PAYLOAD);
}
END_TEST

/* I60: a plain login token is called what it is. */
START_TEST(not_lti)
{
    struct str token = TOKEN(a, {LTI "version", NULL}, {LTI "message_type", NULL},
                             {LTI "deployment_id", NULL});
    ck_assert_int_eq(verify(token), -1);
    ck_assert_int_eq(f.id, FAULT_NOT_LTI);
}
END_TEST

/* I36, I37: another key's signature, whatever the header offers. */
/* TOK-5: a key or an address in the header is not looked at. */
START_TEST(signatures)
{
    struct token_claim none = {"x", NULL};
    struct str payload = token_payload(a, &none, 1);
    struct str jwk = token_jwk(a, TOKEN_OTHER_KEY, TOKEN_KID);
    struct str header = str_fmt(
        a, "{\"alg\":\"RS256\",\"kid\":\"kid-1\",\"jwk\":%.*s,\"jku\":\"http://x/\"}",
        STR_ARG(jwk));
    ck_assert_int_eq(verify(token_raw(a, TOKEN_OTHER_KEY, str_z(a, header), payload)),
                     -1);
    ck_assert_int_eq(f.id, FAULT_TOKEN_SIGNATURE);
    ck_assert(l.signature_tried);
    struct str token = str_dup(a, token_make(a, &none, 1));
    char *p = str_z(a, token);
    size_t dot = str_find(token, STR("."), str_find(token, STR("."), 0) + 1);
    p[dot + 9] = p[dot + 9] == 'A' ? 'B' : 'A';
    ck_assert_int_eq(verify(str_c(p)), -1);
    ck_assert_int_eq(f.id, FAULT_TOKEN_SIGNATURE);
}
END_TEST

/* TOK-6, I89: tokens for somebody else never make us look for keys. */
START_TEST(keys_last)
{
    struct str token = TOKEN(a, {"iss", "\"https://evil.example\""});
    ck_assert_int_eq(verify(token), -1);
    ck_assert_int_eq(keys.asked, 0);
    ck_assert(!l.signature_tried);
    token = TOKEN(a, {"aud", "\"evil\""});
    ck_assert_int_eq(verify(token), -1);
    ck_assert_int_eq(keys.asked, 0);
}
END_TEST

/* TOK-7, I35, I84: what the key lookup says becomes a fault; a busy one spends nothing.
 */
START_TEST(key_results)
{
    static const struct {
        enum jwks_result result;
        enum fault_id fault;
        bool spent;
    } rows[] = {{JWKS_UNKNOWN, FAULT_KEY_UNKNOWN, true},
                {JWKS_BUSY, FAULT_KEYS_BUSY, false},
                {JWKS_DOWN, FAULT_KEYS_DOWN, false}};
    struct token_claim none = {"x", NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        keys.result = rows[i].result;
        ck_assert_int_eq(verify(token_make(a, &none, 1)), -1);
        ck_assert_int_eq(f.id, rows[i].fault);
        ck_assert_int_eq(l.signature_tried, rows[i].spent);
        ck_assert(str_is(l.kid, TOKEN_KID));
    }
}
END_TEST

/* --- policies --------------------------------------------------------------------------
 */

/* TOK-10, TOK-11, I47: an audience beside ours only when trusted, and then with azp. */
START_TEST(trusted_audience)
{
    struct launch_policy p = token_policy();
    struct str extra = STR("district");
    p.trusted_aud = &extra;
    p.trusted_aud_n = 1;
    const char *aud = "[\"tool-1\",\"district\"]";
    ck_assert_int_eq(verify_with(&p, TOKEN(a, {"aud", aud}, {"azp", "\"tool-1\""})), 0);
    ck_assert_int_eq(verify_with(&p, TOKEN(a, {"aud", aud})), -1);
    ck_assert_int_eq(f.id, FAULT_AZP);
    ck_assert_int_eq(verify_with(&p, TOKEN(a, {"aud", aud}, {"azp", "\"district\""})),
                     -1);
    ck_assert_int_eq(f.id, FAULT_AZP);
}
END_TEST

/* MSG-2, I57: anonymous only where the registration allows it. */
START_TEST(anonymous)
{
    struct launch_policy p = token_policy();
    p.allow_anonymous = true;
    ck_assert_int_eq(verify_with(&p, TOKEN(a, {"sub", NULL})), 0);
    ck_assert_uint_eq(l.sub.n, 0);
    ck_assert_int_eq(verify_with(&p, TOKEN(a, {"sub", "7"})), -1);
    ck_assert_int_eq(f.id, FAULT_SUB);
}
END_TEST

/* TOK-22, V23: the claim counts; strict registrations want it equal to the login's. */
START_TEST(login_target)
{
    struct launch_policy p = token_policy();
    p.login_target = STR("https://tool.example.net/lti/launch?x=1");
    struct token_claim none = {"x", NULL};
    ck_assert_int_eq(verify_with(&p, token_make(a, &none, 1)), 0);
    ck_assert(l.target_differs);
    p.strict_target = true;
    ck_assert_int_eq(verify_with(&p, token_make(a, &none, 1)), -1);
    ck_assert_int_eq(f.id, FAULT_TARGET_DIFFERS);
}
END_TEST

/* I64. */
START_TEST(deployment_hint)
{
    struct launch_policy p = token_policy();
    struct token_claim none = {"x", NULL};
    p.deployment_hint = STR("dep-1");
    ck_assert_int_eq(verify_with(&p, token_make(a, &none, 1)), 0);
    p.deployment_hint = STR("dep-2");
    ck_assert_int_eq(verify_with(&p, token_make(a, &none, 1)), -1);
    ck_assert_int_eq(f.id, FAULT_DEPLOYMENT_MISMATCH);
}
END_TEST

/* I69: a context without id is dropped, or refused by strict registrations. */
START_TEST(strict_context)
{
    struct launch_policy p = token_policy();
    struct str token = TOKEN(a, {LTI "context", "{\"title\":\"x\"}"});
    ck_assert_int_eq(verify_with(&p, token), 0);
    ck_assert_uint_eq(l.context.id.n, 0);
    ck_assert(warned("context"));
    p.strict_context = true;
    ck_assert_int_eq(verify_with(&p, token), -1);
    ck_assert_int_eq(f.id, FAULT_CONTEXT);
}
END_TEST

/* TOK-15: more than five minutes of forbearance cannot be configured. */
START_TEST(skew_cap)
{
    struct launch_policy p = token_policy();
    p.skew_s = 86400;
    ck_assert_int_eq(
        verify_with(&p, TOKEN(a, {"exp", "1789999701"}, {"iat", "1789999600"})), 0);
    ck_assert_int_eq(
        verify_with(&p, TOKEN(a, {"exp", "1789999700"}, {"iat", "1789999600"})), -1);
    ck_assert_int_eq(f.id, FAULT_EXP);
}
END_TEST

/* V33: the same client_id "1" at another issuer is another registration. */
START_TEST(same_client_elsewhere)
{
    struct launch_policy p = token_policy(), q = token_policy();
    p.client_id = q.client_id = STR("1");
    q.issuer = STR("https://two.example.edu/moodle");
    struct str token = TOKEN(a, {"aud", "\"1\""});
    ck_assert_int_eq(verify_with(&p, token), 0);
    ck_assert_int_eq(verify_with(&q, token), -1);
    ck_assert_int_eq(f.id, FAULT_ISS_MISMATCH);
    /* V30: an issuer with a path */
    token = TOKEN(a, {"aud", "\"1\""}, {"iss", "\"https://two.example.edu/moodle\""});
    ck_assert_int_eq(verify_with(&q, token), 0);
}
END_TEST

/* --- what comes out --------------------------------------------------------------------
 */

START_TEST(student)
{
    struct token_claim none = {"x", NULL};
    ck_assert_int_eq(verify(token_make(a, &none, 1)), 0);
    ck_assert_int_eq(l.message, LAUNCH_RESOURCE);
    ck_assert(str_is(l.sub, "u-1"));
    ck_assert(str_is(l.deployment_id, "dep-1"));
    ck_assert(str_is(l.context.id, "c-1"));
    ck_assert(str_is(l.context.title, "Algebra I"));
    ck_assert(str_is(l.context.label, "ALG1"));
    ck_assert(str_is(l.link.id, "rl-1"));
    ck_assert(str_is(l.link.title, "Week 1"));
    ck_assert(str_is(l.name.full, "Ana Alvarez"));
    ck_assert(role_is_learner(l.roles));
    ck_assert(!role_is_staff(l.roles, true));
    ck_assert_int_eq(l.iat_ms, TOKEN_NOW_MS);
    ck_assert_uint_eq(l.warning_n, 0);
    ck_assert(l.signature_tried);
}
END_TEST

/* V2, ROLE-6: mentees come with the Mentor role alone; one string is tolerated. */
START_TEST(mentor)
{
    const char *scope = LTI "role_scope_mentor";
    ck_assert_int_eq(verify(TOKEN(a, {LTI "roles", "[\"" M "#Mentor\"]"},
                                  {scope, "[\"u-7\",5,\"u-8\"]"})),
                     0);
    ck_assert_uint_eq(l.mentees.n, 2);
    ck_assert(str_is(l.mentees.at[1], "u-8"));
    ck_assert_int_eq(
        verify(TOKEN(a, {LTI "roles", "[\"" M "#Mentor\"]"}, {scope, "\"u-7\""})), 0);
    ck_assert_uint_eq(l.mentees.n, 1);
    ck_assert_int_eq(verify(TOKEN(a, {LTI "roles", "[\"" M "#Mentor\"]"})), 0);
    ck_assert_uint_eq(l.mentees.n, 0);
    ck_assert_int_eq(verify(TOKEN(a, {scope, "[\"u-7\"]"})), 0);
    ck_assert_uint_eq(l.mentees.n, 0);
    /* Instructor and Learner at once: both count */
    ck_assert_int_eq(
        verify(TOKEN(a, {LTI "roles", "[\"" M "#Instructor\",\"" M "#Learner\"]"})), 0);
    ck_assert(role_is_staff(l.roles, false) && role_is_learner(l.roles));
}
END_TEST

/* V12, I70, VAR-1, VAR-2. */
START_TEST(custom)
{
    ck_assert_int_eq(
        verify(
            TOKEN(a, {LTI "custom", "{\"Due\":\"$ResourceLink.submission.endDateTime\","
                                    "\"n\":5,\"x\":1.5,\"t\":true,\"e\":\"\",\"o\":{},"
                                    "\"z\":null,\"a\":[1],\"Skill\":\"alg.1\",\"\\u00e9."
                                    "k\":\"v\",\"price\":\"$5\"}"})),
        0);
    ck_assert_uint_eq(l.custom_n, 8);
    ck_assert(str_is(launch_custom(&l, "n"), "5"));
    ck_assert(str_is(launch_custom(&l, "x"), "1.5"));
    ck_assert(str_is(launch_custom(&l, "t"), "true"));
    ck_assert(str_is(launch_custom(&l, "skill"), "alg.1"));
    ck_assert(str_is(launch_custom(&l, "price"), "$5"));
    ck_assert(str_is(launch_custom(&l, "\xc3\xa9.k"), "v"));
    ck_assert_uint_eq(launch_custom(&l, "due").n, 0);
    ck_assert_uint_eq(launch_custom(&l, "o").n, 0);
    ck_assert(str_is(pack_custom(a, &l), "{}"));
}
END_TEST

/* V14, I71: services are kept whole or not at all. */
START_TEST(grades)
{
    static const char *const bad[] = {
        "{\"scope\":\"https://x/score\",\"lineitems\":\"https://lms.example.edu/l\"}",
        "{\"scope\":[],\"lineitems\":\"http://lms.example.edu/l\"}",
        "{\"scope\":[],\"lineitems\":\"https://10.0.0.1/l\"}",
        "{\"scope\":[],\"lineitems\":\"https://[::1]/l\"}",
        "{\"scope\":[],\"lineitems\":\"https://localhost/l\"}",
        "{\"scope\":[],\"lineitems\":\"https://169.254.169.254/l\"}",
        "{\"scope\":[],\"lineitems\":\"https://u:p@lms.example.edu/l\"}",
        "{\"scope\":[],\"lineitems\":5}",
        "{\"scope\":[],\"lineitems\":\"https://lms.example.edu/l\","
        "\"lineitem\":\"https://evil.example/l/1\"}",
        "[]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(verify(TOKEN(a, {AGS, bad[i]})), 0);
        ck_assert_msg(l.ags.lineitems.n == 0 && l.ags.scopes.n == 0, "%s", bad[i]);
        ck_assert_msg(warned("AGS"), "%s", bad[i]);
    }
    ck_assert_int_eq(
        verify(TOKEN(a, {AGS, "{\"scope\":[\"https://x/score\",7,\"a b\"],\"lineitem\":"
                              "\"https://lms.example.edu/l/1?type_id=6\"}"})),
        0);
    ck_assert_uint_eq(l.ags.scopes.n, 1);
    ck_assert_uint_eq(l.ags.lineitems.n, 0);
    ck_assert(str_is(l.ags.lineitem, "https://lms.example.edu/l/1?type_id=6"));
    ck_assert(str_is(pack_scopes(a, &l), "[\"https://x/score\"]"));
    ck_assert_uint_eq(l.warning_n, 0);
}
END_TEST

/* I72; and private networks that an administrator has opened. */
START_TEST(roster)
{
    struct str in_house =
        TOKEN(a, {NRPS, "{\"context_memberships_url\":\"https://10.1.2.3/m\"}"});
    ck_assert_int_eq(verify(in_house), 0);
    ck_assert(warned("NRPS"));
    ck_assert_uint_eq(l.nrps_url.n, 0);
    struct launch_policy p = token_policy();
    struct guard g;
    ck_assert_int_eq(guard_parse(a, STR("10.1.0.0/16"), &g, NULL), 0);
    p.guard = &g;
    ck_assert_int_eq(verify_with(&p, in_house), 0);
    ck_assert(str_is(l.nrps_url, "https://10.1.2.3/m"));
    ck_assert_int_eq(verify(TOKEN(a, {NRPS, "{\"service_versions\":[\"2.0\"]}"})), 0);
    ck_assert(warned("NRPS"));
}
END_TEST

/* I81, I82, V11. */
START_TEST(presentation)
{
    const char *claim = LTI "launch_presentation";
    ck_assert_int_eq(verify(TOKEN(a, {claim, "{\"document_target\":\"iframe\",\"locale\":"
                                             "\"pt_br\",\"return_url\":\"https://"
                                             "lms.example.edu/back?x=1\"}"})),
                     0);
    ck_assert(str_is(l.document_target, "iframe"));
    ck_assert(str_is(l.locale, "pt-BR"));
    ck_assert(str_is(l.return_url, "https://lms.example.edu/back?x=1"));
    static const char *const urls[] = {"javascript:alert(1)", "data:text/html,x",
                                       "//evil", "http://lms.example.edu/",
                                       "https://a@evil.example/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct str json =
            str_fmt(a, "{\"return_url\":\"%s\",\"document_target\":\"_top\"}", urls[i]);
        ck_assert_int_eq(verify(TOKEN(a, {claim, str_z(a, json)})), 0);
        ck_assert_msg(l.return_url.n == 0, "%s", urls[i]);
        ck_assert_uint_eq(l.document_target.n, 0);
    }
    /* the way back is known on a refusal, too */
    ck_assert_int_eq(
        verify(TOKEN(a, {claim, "{\"return_url\":\"https://lms.example.edu/\"}"},
                     {LTI "roles", NULL})),
        -1);
    ck_assert(str_is(l.return_url, "https://lms.example.edu/"));
}
END_TEST

START_TEST(locales)
{
    static const struct {
        const char *in, *out;
    } rows[] = {{"en", "en"},
                {"pt_br", "pt-BR"},
                {"en-US", "en-US"},
                {"EN", "en"},
                {"zh_hans_cn", "zh-Hans-CN"},
                {"x-klingon", "x-klingon"},
                {"", ""},
                {"en_", ""},
                {"_en", ""},
                {"1en", ""},
                {"en us", ""},
                {"en-toolongsub", ""},
                {"<script>", ""},
                {"en--us", ""},
                {"es-419", "es-419"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = launch_locale(a, str_c(rows[i].in));
        ck_assert_msg(str_is(got, rows[i].out), "%s -> %.*s", rows[i].in, STR_ARG(got));
    }
}
END_TEST

/* I80: what people typed is kept as it is; V3: long names are cut between characters. */
START_TEST(raw_text)
{
    ck_assert_int_eq(
        verify(TOKEN(a, {"name", "\"<script>alert(1)</script>\""},
                     {LTI "context", "{\"id\":\"c\",\"title\":\"A&amp;B\"}"})),
        0);
    ck_assert(str_is(l.name.full, "<script>alert(1)</script>"));
    ck_assert(str_is(l.context.title, "A&amp;B"));
    struct buf b;
    buf_init(&b, a, 8192);
    buf_c(&b, "\"x");
    for (int i = 0; i < 1500; i++)
        buf_c(&b, "\xc3\xa9");
    buf_char(&b, '"');
    ck_assert_int_eq(verify(TOKEN(a, {"name", str_z(a, buf_view(&b))})), 0);
    ck_assert_uint_eq(l.name.full.n, 2047);
    ck_assert(str_utf8(l.name.full));
}
END_TEST

/* --- messages of a later version -------------------------------------------------------
 */

static int deep_link(const char *settings)
{
    struct token_claim type = {LTI "message_type", "\"LtiDeepLinkingRequest\""};
    return verify(TOKEN(a, type, {LTI "resource_link", NULL}, {"sub", NULL},
                        {LTI "roles", NULL}, {DL, settings}));
}

/* I73, I74: by its type, and with an address to answer to. */
START_TEST(deep_linking)
{
    static const char *const bad[] = {
        NULL,
        "{}",
        "{\"deep_link_return_url\":\"javascript:x\"}",
        "{\"deep_link_return_url\":7}",
        "{\"deep_link_return_url\":\"http://x.example/\"}",
        "[]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(deep_link(bad[i]), -1);
        ck_assert_int_eq(f.id, FAULT_DEEP_LINK);
    }
    struct str big = str_fmt(a,
                             "{\"deep_link_return_url\":\"https://x.example/\","
                             "\"data\":\"%0*d\"}",
                             16385, 1);
    ck_assert_int_eq(deep_link(big.p), -1);
}
END_TEST

/* V22, DL-4: what is said in odd ways, or not at all. */
START_TEST(deep_linking_settings)
{
#define URL "\"deep_link_return_url\":\"https://x.example/r?d=1&e=%20\""
    static const struct {
        const char *json;
        bool links, several, columns;
    } rows[] = {
        {"{" URL "}", true, false, true},
        {"{" URL ",\"accept_types\":[]}", false, false, true},
        {"{" URL ",\"accept_types\":[\"file\",\"odd\",7]}", false, false, true},
        {"{" URL ",\"accept_types\":\"ltiResourceLink\"}", true, false, true},
        {"{" URL ",\"accept_types\":[\"odd\",\"ltiResourceLink\"],"
         "\"accept_multiple\":\"true\",\"accept_lineitem\":\"False\"}",
         true, true, false},
        {"{" URL ",\"accept_multiple\":false,\"accept_lineitem\":false}", true, false,
         false},
        {"{" URL ",\"accept_multiple\":true,\"accept_lineitem\":true}", true, true, true},
        {"{" URL ",\"accept_multiple\":1,\"accept_media_types\":[\"*/*\"],"
         "\"accept_presentation_document_targets\":\"window\",\"data\":null}",
         true, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_msg(deep_link(rows[i].json) == 0, "%s: %s", rows[i].json, f.detail);
        ck_assert(l.deep_link.takes_links == rows[i].links);
        ck_assert(l.deep_link.takes_several == rows[i].several);
        ck_assert(l.deep_link.takes_columns == rows[i].columns);
        ck_assert(!l.deep_link.has_data && !l.roles_told && l.sub.n == 0);
        ck_assert(str_is(l.deep_link.return_url, "https://x.example/r?d=1&e=%20"));
    }
    ck_assert_int_eq(deep_link("{" URL ",\"data\":\"\",\"title\":\"T\"}"), 0);
    ck_assert(l.deep_link.has_data && l.deep_link.data.n == 0);
    struct launch again; /* it waits in a ticket, too */
    ck_assert_int_eq(pack_read(a, pack_launch(a, &l), &again, NULL), 0);
    ck_assert(again.deep_link.has_data && again.deep_link.takes_links &&
              !again.deep_link.takes_several && again.deep_link.takes_columns &&
              str_is(again.deep_link.title, "T"));
#undef URL
}
END_TEST

/* --- packing ---------------------------------------------------------------------------
 */

/* BIND-3: a launch that waited in a ticket is the same launch. */
START_TEST(packed)
{
    ck_assert_int_eq(verify(TOKEN(a, {LTI "custom", "{\"a\":\"1\",\"b\":\"\"}"},
                                  {AGS, "{\"scope\":[\"https://x/s\"]}"})),
                     0);
    struct launch back;
    struct str text = pack_launch(a, &l);
    ck_assert_int_eq(pack_read(a, text, &back, NULL), 0);
    ck_assert(str_eq(pack_launch(a, &back), text));
    ck_assert(str_eq(back.sub, l.sub) && str_eq(back.link.id, l.link.id));
    ck_assert(back.roles == l.roles && back.message == l.message);
    ck_assert_uint_eq(back.custom_n, 2);
    ck_assert_uint_eq(back.ags.scopes.n, 1);
    ck_assert_int_eq(pack_read(a, STR("[1]"), &back, NULL), -1);
    ck_assert_int_eq(pack_read(a, STR("{"), &back, NULL), -1);
}
END_TEST

static TCase *cases(void)
{
    TCase *c = tcase_create("launch");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_loop_test(c, refused, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_loop_test(c, accepts, 0, (int)(sizeof accepted / sizeof *accepted));
    tcase_add_test(c, header_rules);
    tcase_add_test(c, payload_rules);
    tcase_add_test(c, not_lti);
    tcase_add_test(c, signatures);
    tcase_add_test(c, keys_last);
    tcase_add_test(c, key_results);
    tcase_add_test(c, trusted_audience);
    tcase_add_test(c, anonymous);
    tcase_add_test(c, login_target);
    tcase_add_test(c, deployment_hint);
    tcase_add_test(c, strict_context);
    tcase_add_test(c, skew_cap);
    tcase_add_test(c, same_client_elsewhere);
    tcase_add_test(c, student);
    tcase_add_test(c, mentor);
    tcase_add_test(c, custom);
    tcase_add_test(c, grades);
    tcase_add_test(c, roster);
    tcase_add_test(c, presentation);
    tcase_add_test(c, locales);
    tcase_add_test(c, raw_text);
    tcase_add_test(c, deep_linking);
    tcase_add_test(c, deep_linking_settings);
    tcase_add_test(c, packed);
    return c;
}

int main(void)
{
    token_setup();
    Suite *s = suite_create("launch");
    suite_add_tcase(s, cases());
    return suite_main(s);
}
