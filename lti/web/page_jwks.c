/* Our public keys (LTI.md JWKS-7). */
#include "jose/toolkey.h"
#include "web/page.h"

int page_jwks(struct page_ctx *c, struct err *e)
{
    (void)e;
    c->res->cacheable = true;
    res_add(c->res, STR("Cache-Control"), STR("public, max-age=3600"));
    res_body(c->res, 200, STR("application/json"), toolkey_jwks(c->app->toolkey));
    return 0;
}
