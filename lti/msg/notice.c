#include "msg/notice.h"

#include "msg/claims.h"

#define ENVELOPE_DEPTH 4
#define ID_MAX_N 255

int notice_envelope(struct arena *a, struct str body, struct notice_list *out,
                    struct fault *f)
{
    *out = (struct notice_list){.n = 0};
    if (body.n > NOTICE_BODY_MAX)
        return fault_set(f, FAULT_NOTICE_TOO_BIG, "%zu bytes", body.n);
    const struct js *doc = js_parse(a, body, NOTICE_BODY_MAX, ENVELOPE_DEPTH, NULL);
    const struct js *list = js_get(doc, "notices");
    size_t n = js_type(list) == JS_ARRAY ? js_len(list) : 0;
    if (n == 0)
        return fault_set(f, FAULT_NOTICE_FORM,
                         "no JSON object with an array \"notices\"");
    if (n > NOTICE_LIST_MAX)
        return fault_set(f, FAULT_NOTICE_FORM, "%zu notices", n);
    out->jwt = ARENA_ARRAY(a, struct str, n);
    for (size_t i = 0; i < n; i++)
        out->jwt[i] = js_text(js_at(list, i), "jwt");
    out->n = n;
    return 0;
}

int notice_open(struct arena *a, struct str token, struct notice *out, struct fault *f)
{
    *out = (struct notice){.iss = STR_EMPTY};
    if (idtoken_open(a, token, &out->token, f) != 0)
        return -1;
    const struct js *payload = out->token.jwt.payload, *aud = js_get(payload, "aud");
    out->iss = js_text(payload, "iss");
    if (js_str(aud, &out->aud[0]))
        out->aud_n = 1;
    for (size_t i = 0; js_type(aud) == JS_ARRAY && i < js_len(aud); i++)
        if (out->aud_n < NOTICE_AUD_MAX && js_str(js_at(aud, i), &out->aud[out->aud_n]))
            out->aud_n++;
    if (out->iss.n == 0)
        return fault_set(f, FAULT_ISS_MISMATCH, "no iss");
    if (out->aud_n == 0)
        return fault_set(f, FAULT_AUD, "no aud");
    return 0;
}

/* A string of 1 to 255 bytes. */
static bool is_id(const struct js *v, struct str *out)
{
    struct str s;
    if (!js_str(v, &s) || s.n == 0 || s.n > ID_MAX_N)
        return false;
    *out = s;
    return true;
}

/* LtiContextCopyNotice: ids, or objects that have one. */
static int copied(const struct js *payload, struct notice *n, struct fault *f)
{
    const struct js *list = js_get(payload, CLAIM("origin_contexts"));
    if (!is_id(js_get(js_get(payload, CLAIM("context")), "id"), &n->context_id))
        return fault_set(f, FAULT_NOTICE_CLAIM, "a copy without a usable context id");
    for (size_t i = 0; js_type(list) == JS_ARRAY && i < js_len(list); i++) {
        const struct js *v = js_at(list, i);
        struct str id;
        if (n->origins_n == NOTICE_ORIGINS_MAX)
            break;
        if (is_id(js_type(v) == JS_OBJECT ? js_get(v, "id") : v, &id) &&
            !str_eq(id, n->context_id))
            n->origins[n->origins_n++] = id;
    }
    if (n->origins_n == 0)
        return fault_set(f, FAULT_NOTICE_CLAIM, "a copy of no other context");
    return 0;
}

static int notice_claim(const struct js *payload, struct notice *n, struct fault *f)
{
    const struct js *v = js_get(payload, CLAIM("notice"));
    if (!is_id(js_get(v, "id"), &n->id) || !is_id(js_get(v, "type"), &n->type))
        return fault_set(f, FAULT_NOTICE_CLAIM, "no notice with id and type");
    if (!is_id(js_get(payload, "nonce"), &n->nonce))
        return fault_set(f, FAULT_NONCE, "no usable nonce");
    if (str_is(n->type, "LtiHelloWorldNotice"))
        n->kind = NOTICE_HELLO;
    if (!str_is(n->type, "LtiContextCopyNotice"))
        return 0;
    n->kind = NOTICE_COPY;
    return copied(payload, n, f);
}

int notice_claims(struct notice *n, struct fault *f)
{
    const struct js *payload = n->token.jwt.payload;
    const struct launch_policy none = {.deployment_hint = STR_EMPTY};
    if (idtoken_version(&n->token, f) != 0)
        return -1;
    if (js_get(payload, CLAIM("message_type")) != NULL)
        return fault_set(f, FAULT_NOTICE_MESSAGE, "it has a message_type");
    if (idtoken_deployment(&n->token, &none, f) != 0)
        return -1;
    return notice_claim(payload, n, f);
}

int notice_check(const struct launch_policy *p, int64_t now_ms,
                 const struct launch_keys *keys, struct notice *n, struct fault *f)
{
    return idtoken_check(&n->token, p, now_ms, keys, f) != 0 ? -1 : notice_claims(n, f);
}
