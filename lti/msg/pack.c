#include "msg/pack.h"

#include <stddef.h>

#define PACK_MAX_N (256 * 1024)
#define PACK_DEPTH 4

/* Every text of a launch and its key in the packed form; NULL: not packed. */
#define TEXT(key, member)                                                                \
    {                                                                                    \
        key, offsetof(struct launch, member)                                             \
    }
static const struct {
    const char *key;
    size_t at;
} texts[] = {
    TEXT("type", message_type),
    TEXT(NULL, kid),
    TEXT("iss", iss),
    TEXT("client", client_id),
    TEXT("sub", sub),
    TEXT("deployment", deployment_id),
    TEXT("target", target_link_uri),
    TEXT("context", context.id),
    TEXT("context_title", context.title),
    TEXT("context_label", context.label),
    TEXT("link", link.id),
    TEXT("link_title", link.title),
    TEXT("name", name.full),
    TEXT("given", name.given),
    TEXT("family", name.family),
    TEXT("sourcedid", person_sourcedid),
    TEXT("locale", locale),
    TEXT("document", document_target),
    TEXT("return", return_url),
    TEXT("lineitems", ags.lineitems),
    TEXT("lineitem", ags.lineitem),
    TEXT("nrps", nrps_url),
    TEXT("pns", pns.url),
    TEXT("groups", groups.url),
    TEXT("group_sets", groups.sets_url),
    TEXT("guid", platform.guid),
    TEXT("platform", platform.name),
    TEXT("product", platform.family),
    TEXT("url", platform.url),
    TEXT("dl_return", deep_link.return_url),
    TEXT("dl_data", deep_link.data),
    TEXT("dl_title", deep_link.title),
    TEXT("dl_text", deep_link.text),
    TEXT("for_user", for_user),
    TEXT("v1_key", lti1p1.consumer_key),
    TEXT("v1_sign", lti1p1.sign),
    TEXT("v1_text", lti1p1.text),
    TEXT("v1_user", lti1p1.user_id),
    TEXT("v1_context", lti1p1.context_id),
    TEXT("v1_link", lti1p1.link_id),
    TEXT("v1_guid", lti1p1.guid),
};
#define TEXTS (sizeof texts / sizeof *texts)

static struct str *text_at(struct launch *l, size_t i)
{
    return (struct str *)(void *)((char *)l + texts[i].at);
}

void pack_clear(struct launch *l)
{
    *l = (struct launch){.roles = 0};
    for (size_t i = 0; i < TEXTS; i++)
        *text_at(l, i) = STR_EMPTY;
}

static struct js *list(struct arena *a, struct launch_list v)
{
    struct js *arr = js_array(a);
    for (size_t i = 0; i < v.n; i++)
        js_push_str(arr, v.at[i]);
    return arr;
}

static struct launch_list unlist(struct arena *a, const struct js *v)
{
    struct launch_list out = {.at = ARENA_ARRAY(a, struct str, js_len(v))};
    for (size_t i = 0; js_type(v) == JS_ARRAY && i < js_len(v); i++)
        if (js_str(js_at(v, i), &out.at[out.n]))
            out.n++;
    return out;
}

static struct js *custom(struct arena *a, const struct launch *l)
{
    struct js *o = js_object(a);
    for (size_t i = 0; i < l->custom_n; i++)
        js_set_str(o, str_z(a, l->custom[i].key), l->custom[i].val);
    return o;
}

struct str pack_custom(struct arena *a, const struct launch *l)
{
    static const char *const keys[] = {"waymark_view", "waymark_unit", "waymark_course"};
    struct js *o = js_object(a);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct str val = launch_custom(l, keys[i]);
        if (val.n > 0)
            js_set_str(o, keys[i], val);
    }
    return js_dump(a, o);
}

struct str pack_scopes(struct arena *a, const struct launch *l)
{
    return js_dump(a, list(a, l->ags.scopes));
}

struct str pack_offered(struct arena *a, const struct launch *l)
{
    return js_dump(a, list(a, l->pns.offered));
}

struct str pack_launch(struct arena *a, const struct launch *l)
{
    struct js *o = js_object(a);
    struct launch copy = *l;
    for (size_t i = 0; i < TEXTS; i++)
        if (texts[i].key != NULL && text_at(&copy, i)->n > 0)
            js_set_str(o, texts[i].key, *text_at(&copy, i));
    js_set_i64(o, "message", l->message);
    js_set_i64(o, "roles", l->roles);
    js_set_bool(o, "roles_told", l->roles_told);
    js_set_bool(o, "has_data", l->deep_link.has_data);
    js_set_bool(o, "links", l->deep_link.takes_links);
    js_set_bool(o, "several", l->deep_link.takes_several);
    js_set_bool(o, "columns", l->deep_link.takes_columns);
    js_set(o, "scopes", list(a, l->ags.scopes));
    js_set(o, "offered", list(a, l->pns.offered));
    js_set(o, "group_scopes", list(a, l->groups.scopes));
    js_set(o, "mentees", list(a, l->mentees));
    js_set(o, "custom", custom(a, l));
    return js_dump(a, o);
}

static int add_custom(void *ctx, struct str key, struct js *val)
{
    struct launch *l = ctx;
    struct str text;
    if (js_str(val, &text))
        l->custom[l->custom_n++] = (struct launch_pair){key, text};
    return 0;
}

int pack_read(struct arena *a, struct str text, struct launch *out, struct err *e)
{
    pack_clear(out);
    const struct js *o = js_parse(a, text, PACK_MAX_N, PACK_DEPTH, e), *pairs;
    int64_t message = 0;
    if (o == NULL)
        return -1;
    if (!js_i64(js_get(o, "message"), &message) ||
        !js_i64(js_get(o, "roles"), &out->roles))
        return err_set(e, ERR_INPUT, "not a packed launch");
    for (size_t i = 0; i < TEXTS; i++)
        if (texts[i].key != NULL)
            *text_at(out, i) = js_text(o, texts[i].key);
    out->message = (enum launch_message)message;
    js_bool(js_get(o, "roles_told"), &out->roles_told);
    js_bool(js_get(o, "has_data"), &out->deep_link.has_data);
    js_bool(js_get(o, "links"), &out->deep_link.takes_links);
    js_bool(js_get(o, "several"), &out->deep_link.takes_several);
    js_bool(js_get(o, "columns"), &out->deep_link.takes_columns);
    out->ags.scopes = unlist(a, js_get(o, "scopes"));
    out->pns.offered = unlist(a, js_get(o, "offered"));
    out->groups.scopes = unlist(a, js_get(o, "group_scopes"));
    out->mentees = unlist(a, js_get(o, "mentees"));
    pairs = js_get(o, "custom");
    out->custom = ARENA_ARRAY(a, struct launch_pair, js_len(pairs));
    js_each(pairs, add_custom, out);
    return 0;
}
