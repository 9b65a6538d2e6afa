/* Is this process alive? It asks nobody else. */
#include "web/page.h"

int page_healthz(struct page_ctx *c, struct err *e)
{
    (void)e;
    res_body(c->res, 200, STR("text/plain; charset=utf-8"), STR("ok\n"));
    return 0;
}
