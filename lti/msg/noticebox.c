#include "msg/noticebox.h"

#include "base/crypt.h"
#include "msg/claims.h"

#define PACK_DEPTH 2
#define PACK_MAX_N ((size_t)JWT_MAX_N + 256)
#define AUDIENCES_MAX_N ((size_t)16 * 1024)

/* TOK-6: the registration of (iss, aud). 1, 0 with the fault, -1. */
static int find(struct noticebox *b, const struct notice *n, struct fault *f,
                struct err *e)
{
    for (size_t i = 0; i < n->aud_n; i++) {
        int found = 1;
        if (b->reg.id == 0 || !str_eq(n->iss, b->reg.issuer) ||
            !str_eq(n->aud[i], b->reg.client_id))
            found = n->aud[i].n == 0
                        ? 0
                        : registration_find(b->db, b->a, n->iss, n->aud[i], &b->reg, e);
        if (found != 1)
            b->reg.id = 0;
        if (found != 0)
            return found < 0 ? -1 : 1;
    }
    fault_set(f, FAULT_CLIENT_UNKNOWN, "no registration of this iss and aud");
    return 0;
}

struct lookup {
    struct noticebox *b;
    bool away;
};

static enum jwks_result find_key(void *ctx, struct str kid, struct jwks_found *out)
{
    struct lookup *k = ctx;
    enum jwks_result r = k->b->keys.find(k->b->keys.ctx, &k->b->reg, kid, out);
    k->away = r == JWKS_BUSY || r == JWKS_DOWN;
    return r;
}

static struct launch_policy policy(struct noticebox *b)
{
    struct launch_policy p = {.issuer = b->reg.issuer,
                              .client_id = b->reg.client_id,
                              .skew_s = b->skew_s,
                              .max_age_s = b->max_age_s};
    struct str json = b->reg.trusted_audiences;
    const struct js *list =
        json.n > 2 ? js_parse(b->a, json, AUDIENCES_MAX_N, 2, NULL) : NULL;
    struct str *at = ARENA_ARRAY(b->a, struct str, js_len(list) + 1);
    for (size_t i = 0; i < js_len(list); i++)
        p.trusted_aud_n += js_str(js_at(list, i), &at[p.trusted_aud_n]);
    p.trusted_aud = at;
    return p;
}

/* Did the fault come after a signature that held? */
static bool was_signed(const struct notice *n, const struct fault *f)
{
    return n->token.signature_tried && f->id != FAULT_KEY_UNKNOWN &&
           f->id != FAULT_TOKEN_SIGNATURE;
}

int noticebox_open(struct noticebox *b, struct str jwt, int64_t received_ms,
                   struct notice *out, enum noticebox_end *end, struct fault *f,
                   struct err *e)
{
    struct lookup lookup = {b, false};
    struct launch_keys keys = {find_key, &lookup};
    *end = NOTICEBOX_UNSIGNED;
    if (notice_open(b->a, jwt, out, f) != 0)
        return 0;
    int found = find(b, out, f, e);
    if (found <= 0)
        return found;
    if (!str_is(b->reg.state, "active")) {
        fault_set(f, FAULT_REGISTRATION_DISABLED, "%.20s", str_z(b->a, b->reg.state));
        return 0;
    }
    struct launch_policy p = policy(b);
    if (notice_check(&p, received_ms, &keys, out, f) == 0)
        *end = NOTICEBOX_GOOD;
    else if (lookup.away)
        *end = NOTICEBOX_AWAY;
    else if (was_signed(out, f))
        *end = NOTICEBOX_REFUSED;
    return 0;
}

struct notices_in noticebox_in(struct arena *a, const struct registration *reg,
                               const struct notice *n)
{
    return (struct notices_in){.registration_id = reg->id,
                               .deployment_id = n->token.deployment_id,
                               .notice_id = n->id,
                               .nonce_hash = crypt_digest(a, n->nonce),
                               .type = n->type,
                               .context_id = n->context_id,
                               .origins = n->origins,
                               .origins_n = n->origins_n};
}

bool noticebox_worth(const struct notice *n)
{
    const struct js *v = js_get(n->token.jwt.payload, CLAIM("notice"));
    return str_is(js_text(v, "type"), "LtiContextCopyNotice");
}

struct str noticebox_pack(struct arena *a, struct str jwt, int64_t received_ms)
{
    struct js *o = js_object(a);
    js_set_str(o, "jwt", jwt);
    js_set_i64(o, "received_ms", received_ms);
    return js_dump(a, o);
}

int noticebox_unpack(struct arena *a, struct str payload, struct str *jwt,
                     int64_t *received_ms, struct err *e)
{
    const struct js *o = js_parse(a, payload, PACK_MAX_N, PACK_DEPTH, e);
    if (o == NULL)
        return -1;
    *jwt = js_text(o, "jwt");
    if (jwt->n == 0 || !js_i64(js_get(o, "received_ms"), received_ms))
        return err_set(e, ERR_INPUT, "not a packed notice");
    return 0;
}
