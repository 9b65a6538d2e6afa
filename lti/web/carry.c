#include "web/carry.h"

#include "web/cookie.h"

#define HANDLE_N 12
#define SECRET_N 43 /* crypt_token: 256 bits in base64url */

static bool is_b64url(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return true;
}

struct str carry_handle(struct arena *a, struct env *env)
{
    unsigned char raw[HANDLE_N * 3 / 4];
    env_random(env, raw, sizeof raw);
    return crypt_b64url(a, (struct str){(const char *)raw, sizeof raw});
}

bool carry_is_handle(struct str s)
{
    return s.n == HANDLE_N && is_b64url(s);
}

static bool is_secret(struct str s)
{
    return s.n == SECRET_N && is_b64url(s);
}

bool carry_find(struct arena *a, const struct req *req, struct str l, struct str s,
                struct carry *out)
{
    *out = (struct carry){.handle = STR_EMPTY};
    if (carry_is_handle(l) && req_cookie(req, cookie_session_name(a, l), &out->secret) &&
        is_secret(out->secret)) {
        out->handle = l;
        return true;
    }
    if (req->method != REQ_POST || !is_secret(s))
        return false;
    out->secret = s;
    out->in_form = true;
    return true;
}

struct str carry_csrf(struct arena *a, const struct keyring *keys, struct str secret)
{
    unsigned char mac[CRYPT_HASH_N];
    crypt_hmac((struct str){(const char *)keys->csrf, sizeof keys->csrf}, secret, mac);
    return crypt_b64url(a, (struct str){(const char *)mac, sizeof mac});
}

bool carry_csrf_ok(struct arena *a, const struct keyring *keys, struct str secret,
                   struct str token)
{
    return crypt_equal(carry_csrf(a, keys, secret), token);
}
