/* The Caliper receiver: envelopes come in. This process checks and stores; what events
 * mean is worked out by a job. */
#include "msg/caliper.h"
#include "web/sender.h"

static int refuse(struct page_ctx *c, const struct xapi_fault *f)
{
    metrics_add(c->app->metrics, METRIC_STATEMENTS_REFUSED, 1);
    return sender_refuse(c, f->status, f->why, "entry",
                         f->has_index ? (int64_t)f->index : -1);
}

static int answer(struct page_ctx *c, const struct statement_batch *b,
                  const struct caliper_envelope *box)
{
    struct js *o = js_object(c->a);
    js_set_i64(o, "taken", (int64_t)b->added);
    js_set_i64(o, "known", (int64_t)(b->n - b->added));
    js_set_i64(o, "entities", (int64_t)box->entities);
    return sender_say(c, 200, o);
}

int page_caliper(struct page_ctx *c, struct err *e)
{
    struct receiver key;
    struct caliper_envelope box;
    struct xapi_fault f;
    struct str type, params;
    int found = sender_find(c, "caliper", &key, e);
    if (found != 1)
        return found;
    str_cut(c->req->content_type, ';', &type, &params);
    if (!str_ieq(str_trim(type), STR("application/json")) &&
        !str_ieq(str_trim(type), STR("application/ld+json")))
        return sender_refuse(c, 415, STR("the Content-Type is not application/json"),
                             NULL, -1);
    if (caliper_read(c->a, c->req->body, &box, &f) != 0)
        return refuse(c, &f);
    struct statement_in *rows = ARENA_ARRAY(c->a, struct statement_in, box.n);
    struct statement_batch b = {.tenant_id = key.tenant_id,
                                .key_id = key.key_id,
                                .kind = STR("caliper"),
                                .rows = rows,
                                .n = box.n};
    for (size_t i = 0; i < box.n; i++)
        rows[i] = (struct statement_in){.key = box.at[i].id,
                                        .document = box.at[i].document,
                                        .voids = STR_EMPTY,
                                        .index = box.at[i].index};
    int rc = sender_store(c, &b, "entry", e);
    return rc < 0 ? -1 : rc == 0 ? answer(c, &b, &box) : 0;
}
