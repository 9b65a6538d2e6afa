#include "msg/deeplink.h"

#include "msg/claims.h"

#define DL "https://purl.imsglobal.org/spec/lti-dl/claim/"
#define PACK_MAX_N ((size_t)32 * 1024)

struct str deeplink_pack(struct arena *a, const struct launch *l)
{
    const struct launch_deep_link *d = &l->deep_link;
    struct js *o = js_object(a);
    js_set_bool(o, "links", d->takes_links);
    js_set_bool(o, "several", d->takes_several);
    js_set_bool(o, "columns", d->takes_columns);
    js_set_bool(o, "unnamed", !l->roles_told);
    js_set_str(o, "title", d->title);
    js_set_str(o, "text", d->text);
    return js_dump(a, o);
}

int deeplink_unpack(struct arena *a, struct str text, struct launch_deep_link *out,
                    struct err *e)
{
    const struct js *o = js_parse(a, text, PACK_MAX_N, 2, e);
    *out = (struct launch_deep_link){.title = js_text(o, "title"),
                                     .text = js_text(o, "text"),
                                     .data = STR_EMPTY,
                                     .return_url = STR_EMPTY};
    if (o == NULL)
        return -1;
    if (!js_bool(js_get(o, "links"), &out->takes_links) ||
        !js_bool(js_get(o, "several"), &out->takes_several) ||
        !js_bool(js_get(o, "columns"), &out->takes_columns))
        return err_set(e, ERR_INPUT, "not the settings of a content selection");
    js_bool(js_get(o, "unnamed"), &out->roles_untold);
    return 0;
}

/* What survives a copy of the course (DL-5), and what the platform is asked to tell at
 * each launch: the dates that hold in the end (DL-8). */
static struct js *custom(struct arena *a, const struct deeplink_answer *in,
                         const struct deeplink_item *item)
{
    struct js *o = js_object(a);
    js_set_str(o, "waymark_view", str_c(item->view));
    if (item->unit.n > 0)
        js_set_str(o, "waymark_unit", item->unit);
    if (in->course.n > 0)
        js_set_str(o, "waymark_course", in->course);
    js_set_str(o, "waymark_from", STR("$ResourceLink.available.startDateTime"));
    js_set_str(o, "waymark_until", STR("$ResourceLink.available.endDateTime"));
    js_set_str(o, "waymark_due", STR("$ResourceLink.submission.endDateTime"));
    return o;
}

static struct js *column(struct arena *a, const struct deeplink_item *item)
{
    struct js *o = js_object(a);
    js_set_i64(o, "scoreMaximum", 100); /* DL-6 */
    js_set_str(o, "label", item->title);
    js_set_str(o, "resourceId",
               item->unit.n > 0
                   ? str_fmt(a, "%s%.*s", item->column_id, STR_ARG(item->unit))
                   : str_c(item->column_id));
    js_set_str(o, "tag", str_c(item->column_tag));
    return o;
}

static void span(struct arena *a, struct js *o, const char *key, struct str from,
                 struct str until)
{
    struct js *s = js_object(a);
    if (from.n > 0)
        js_set_str(s, "startDateTime", from);
    if (until.n > 0)
        js_set_str(s, "endDateTime", until);
    if (js_len(s) > 0) /* DL-8: what was not set is not sent */
        js_set(o, key, s);
}

static struct js *link(struct arena *a, const struct deeplink_answer *in,
                       const struct deeplink_item *item)
{
    struct js *o = js_object(a);
    js_set_str(o, "type", STR("ltiResourceLink"));
    js_set_str(o, "url", in->url);
    js_set_str(o, "title", item->title);
    if (item->text.n > 0)
        js_set_str(o, "text", item->text);
    js_set(o, "custom", custom(a, in, item));
    if (item->column_id != NULL)
        js_set(o, "lineItem", column(a, item));
    span(a, o, "available", item->from, item->until);
    span(a, o, "submission", STR_EMPTY, item->due);
    return o;
}

static void say(struct js *o, const char *key, struct str text)
{
    if (text.n > 0)
        js_set_str(o, key, text);
}

struct js *deeplink_claims(struct arena *a, const struct deeplink_answer *in)
{
    struct js *o = js_object(a), *items = js_array(a);
    int64_t now_s = in->now_ms / 1000;
    for (size_t i = 0; i < in->items_n; i++)
        js_push(items, link(a, in, &in->items[i]));
    js_set_str(o, "iss", in->client_id);
    js_set_str(o, "aud", in->issuer);
    js_set_i64(o, "iat", now_s);
    js_set_i64(o, "exp", now_s + DEEPLINK_LIFE_S);
    js_set_str(o, "nonce", in->nonce);
    js_set_str(o, CLAIM("message_type"), STR("LtiDeepLinkingResponse"));
    js_set_str(o, CLAIM("version"), STR("1.3.0"));
    js_set_str(o, CLAIM("deployment_id"), in->deployment_id);
    js_set(o, DL "content_items", items);
    if (in->has_data)
        js_set_str(o, DL "data", in->data);
    say(o, DL "msg", in->msg);
    say(o, DL "errormsg", in->errormsg);
    say(o, DL "errorlog", in->errorlog);
    return o;
}
