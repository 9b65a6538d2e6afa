/* The xAPI receiver: statements come in (POST, PUT), and their sender can read them again
 * (page_xapi_read.c). This process checks and stores; what they mean is worked out by a
 * job. */
#include "base/iso.h"
#include "msg/xapi.h"
#include "web/page_xapi_read.h"
#include "web/sender.h"

static const struct form_limit query_limit = {REQ_BODY_MAX, (size_t)8 * 1024, 32};

int page_xapi_about(struct page_ctx *c, struct err *e)
{
    struct js *o = js_object(c->a), *versions = js_array(c->a);
    (void)e;
    js_push_str(versions, STR("1.0.3"));
    js_push_str(versions, STR("2.0.0"));
    js_set(o, "version", versions);
    res_add(c->res, STR("X-Experience-API-Version"), STR("2.0.0"));
    return sender_say(c, 200, o);
}

/* A random UUID (RFC 4122, version 4). */
static struct str new_id(struct page_ctx *c)
{
    unsigned char b[16];
    struct buf t;
    env_random(c->app->env, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    buf_init(&t, c->a, 40);
    for (size_t i = 0; i < sizeof b; i++)
        buf_fmt(&t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    return buf_view(&t);
}

static int refuse(struct page_ctx *c, int status, struct str why)
{
    metrics_add(c->app->metrics, METRIC_STATEMENTS_REFUSED, 1);
    return sender_refuse(c, status, why, NULL, -1);
}

/* JSON alone: files of attachments would need room and an owner. 0 go on, 1 answered. */
static int check_type(struct page_ctx *c)
{
    struct str type, params;
    str_cut(c->req->content_type, ';', &type, &params);
    type = str_trim(type);
    if (str_ieq(type, STR("application/json")))
        return 0;
    refuse(c, 400,
           str_ieq(type, STR("multipart/mixed"))
               ? STR("multipart/mixed: files of attachments are not taken here; send "
                     "JSON, with a fileUrl in each attachment")
               : STR("the Content-Type is not application/json"));
    return 1;
}

/* 0 read, 1 refused and answered. */
static int read_list(struct page_ctx *c, int level, struct xapi_list *list)
{
    struct xapi_fault f;
    if (check_type(c) != 0)
        return 1;
    if (xapi_read(c->a, c->req->body, level, list, &f) == 0)
        return 0;
    metrics_add(c->app->metrics, METRIC_STATEMENTS_REFUSED, 1);
    sender_refuse(c, f.status, f.why, "statement", f.has_index ? (int64_t)f.index : -1);
    return 1;
}

/* 0 stored, 1 answered, -1. */
static int store(struct page_ctx *c, const struct receiver *key,
                 const struct xapi_list *list, struct err *e)
{
    struct statement_in *rows = ARENA_ARRAY(c->a, struct statement_in, list->n);
    struct statement_batch b = {.tenant_id = key->tenant_id,
                                .key_id = key->key_id,
                                .kind = STR("xapi"),
                                .rows = rows,
                                .n = list->n};
    for (size_t i = 0; i < list->n; i++)
        rows[i] = (struct statement_in){.key = list->at[i].id,
                                        .document = list->at[i].document,
                                        .voids = list->at[i].voids,
                                        .index = i};
    return sender_store(c, &b, "statement", e);
}

static int post(struct page_ctx *c, const struct receiver *key, int level, struct err *e)
{
    struct xapi_list list;
    if (c->req->query.n > 0)
        return refuse(c, 400, STR("POST takes no parameters here"));
    if (read_list(c, level, &list) != 0)
        return 0;
    struct js *ids = js_array(c->a);
    for (size_t i = 0; i < list.n; i++) {
        if (list.at[i].id.n == 0)
            list.at[i].id = new_id(c);
        js_push_str(ids, list.at[i].id);
    }
    int rc = store(c, key, &list, e);
    if (rc == 0)
        sender_say(c, 200, ids);
    return rc < 0 ? -1 : 0;
}

static int put(struct page_ctx *c, const struct receiver *key, int level, struct err *e)
{
    struct xapi_list list;
    struct str id = str_lower(c->a, form_get(&c->form, "statementId"));
    if (!shape_is_uuid(id) || c->form.n != 1)
        return refuse(c, 400, STR("PUT takes the parameter statementId, a UUID"));
    if (read_list(c, level, &list) != 0)
        return 0;
    if (!list.single)
        return refuse(c, 400, STR("PUT takes one statement, no list"));
    if (list.at[0].id.n > 0 && !str_eq(list.at[0].id, id))
        return refuse(c, 400, STR("the statement has another id than statementId"));
    list.at[0].id = id;
    int rc = store(c, key, &list, e);
    if (rc == 0)
        res_body(c->res, 204, STR_EMPTY, STR_EMPTY);
    return rc < 0 ? -1 : 0;
}

int page_xapi_statements(struct page_ctx *c, struct err *e)
{
    struct receiver key;
    struct fault f = {.id = FAULT_NONE};
    struct str now = iso_format(c->a, c->now_ms);
    int level = xapi_level(c->req->xapi_version);
    res_add(c->res, STR("X-Experience-API-Version"),
            level == 1 ? STR("1.0.3") : STR("2.0.0"));
    res_add(c->res, STR("X-Experience-API-Consistent-Through"), now);
    if (level == 0)
        return refuse(c, 400,
                      STR("the header X-Experience-API-Version must say 1.0.3 or 2.0.0"));
    int found = sender_find(c, "xapi", &key, e);
    if (found != 1)
        return found;
    if (form_decode(c->a, c->req->query, STR_EMPTY, &query_limit, &c->form, &f) != 0)
        return refuse(c, 400, STR("the parameters cannot be read"));
    if (c->req->method == REQ_POST)
        return post(c, &key, level, e);
    if (c->req->method == REQ_PUT)
        return put(c, &key, level, e);
    return page_xapi_read(c, &key, level, e);
}
