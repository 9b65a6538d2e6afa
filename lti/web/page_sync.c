/* "Read the data now": puts the job in the queue; the course page shows how it gets on.
 */
#include "job/queue.h"
#include "web/page.h"

int page_sync_soon(struct page_ctx *c, struct err *e)
{
    const struct session *s = &c->session;
    struct job_in in = {.tenant_id = s->tenant_id,
                        .kind = STR("sync.course"),
                        .key = page_id(c, s->course_id),
                        .payload =
                            str_fmt(c->a, "{\"tenant\":%lld,\"course\":%lld}",
                                    (long long)s->tenant_id, (long long)s->course_id),
                        .urgent = true};
    return job_add(c->app->db, c->app->env, &in, NULL, e) < 0 ? -1 : 0;
}

int page_sync(struct page_ctx *c, struct err *e)
{
    if (page_sync_soon(c, e) != 0)
        return -1;
    return page_go(c, "/course", page_course, e);
}
