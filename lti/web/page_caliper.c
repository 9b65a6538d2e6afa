#include "web/sender.h"

int page_caliper(struct page_ctx *c, struct err *e)
{
    (void)e;
    return sender_refuse(c, 503, STR("not yet"), NULL, -1);
}
