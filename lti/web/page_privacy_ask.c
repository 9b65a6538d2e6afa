/* Something was asked for on the privacy page: one row for people to act on. */
#include "store/request.h"
#include "web/error.h"

int page_privacy_ask(struct page_ctx *c, struct err *e)
{
    const struct session *s = &c->session;
    struct request q = {.person_id = s->about_person_id,
                        .by_person_id = s->person_id,
                        .kind = page_field(c, "kind")};
    if (!page_is_privacy(c) || q.person_id == 0 || q.by_person_id == 0)
        return error_say(c, 404, "error.not_found");
    if (!request_is_kind(q.kind))
        return error_say(c, 400, "fault.garbled");
    if (request_add(c->app->db, c->app->env, s->tenant_id, &q, e) < 0)
        return -1;
    return page_go(c, "/privacy", page_privacy, e);
}
