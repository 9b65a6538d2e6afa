#include "msg/lti11.h"

#include "base/crypt.h"

struct str lti11_text(struct arena *a, const struct launch *l, struct str nonce)
{
    return str_fmt(a, "%.*s&%.*s&%.*s&%.*s&%lld&%.*s", STR_ARG(l->lti1p1.consumer_key),
                   STR_ARG(l->deployment_id), STR_ARG(l->iss), STR_ARG(l->client_id),
                   (long long)(l->exp_ms / 1000), STR_ARG(nonce));
}

bool lti11_signed(struct arena *a, const struct launch *l, struct str secret)
{
    unsigned char mac[CRYPT_HASH_N];
    if (l->lti1p1.consumer_key.n == 0 || secret.n == 0)
        return false;
    crypt_hmac(secret, l->lti1p1.text, mac);
    struct str want = crypt_b64(a, (struct str){(const char *)mac, sizeof mac});
    return crypt_equal(want, l->lti1p1.sign);
}
