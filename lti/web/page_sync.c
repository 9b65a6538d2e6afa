/* "Read the data now": puts the job in the queue; the page that it was pressed on shows
 * how it gets on. */
#include "base/log.h"
#include "learn/reading.h"
#include "web/page.h"

int page_sync_soon(struct page_ctx *c, struct err *e)
{
    const struct session *s = &c->session;
    return reading_ask(c->app->db, c->app->env, s->tenant_id, s->course_id,
                       READING_PRESSED, 0, NULL, e) < 0
               ? -1
               : 0;
}

void page_sync_stale(struct page_ctx *c, int64_t begun_ms, int64_t wanted_ms)
{
    struct err e = {0};
    struct learn l = page_learn(c);
    if (!reading_stale(c->app->conf, begun_ms, wanted_ms, c->now_ms))
        return;
    if (reading_want(&l, &e) != 0) /* the page is none the worse for it */
        log_err(LOG_WARN, "page.stale", &e);
}

int page_sync(struct page_ctx *c, struct err *e)
{
    if (page_sync_soon(c, e) != 0)
        return -1;
    return str_is(page_field(c, "from"), "sources")
               ? page_go(c, "/sources", page_sources, e)
               : page_go(c, "/course", page_course, e);
}
