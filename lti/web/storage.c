#include "web/storage.h"

#include "net/url.h"

#define KEY_N 16
#define VALUE_N 43 /* crypt_token */

struct str storage_origin(struct page_ctx *c, const struct registration *reg)
{
    struct url u;
    unsigned allow = c->app->conf->allow_http ? URL_HTTP : URL_HTTPS_ONLY;
    if (url_parse(c->a, reg->auth_url, allow, &u, NULL) != 0)
        return STR_EMPTY;
    return url_origin(c->a, &u);
}

struct str storage_key(struct arena *a, struct str state_hash)
{
    return str_fmt(a, "lti_s_%.*s", STR_ARG(str_sub(state_hash, 0, KEY_N)));
}

void storage_view(struct view *v, const struct storage *s)
{
    struct view *at = view_child(v, "storage");
    view_str(at, "frame", s->frame);
    view_str(at, "origin", s->origin);
    view_str(at, "key", s->key);
}

bool storage_fits(struct arena *a, struct str value, struct str verifier_hash)
{
    return value.n == VALUE_N && verifier_hash.n > 0 &&
           crypt_equal(crypt_digest(a, value), verifier_hash);
}
