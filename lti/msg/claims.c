#include "msg/claims.h"

#include "msg/lti11.h"
#include "msg/deeplink.h"
#include "msg/target.h"

#include <string.h>

#define ID_MAX_N 255
#define TEXT_MAX_N 2048 /* of a name or title: 300 letters of any script fit (V3) */
#define SCOPE_MAX_N 255
#define AGS "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
#define NRPS "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
#define GROUPS "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
#define HANDLERS "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
#define NOTICE_TYPES_MAX 32
#define DEEP_LINK "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"

static void warn(struct claims *c, const char *text)
{
    if (c->out->warning_n < LAUNCH_WARN_MAX)
        c->out->warning[c->out->warning_n++] = text;
}

/* A text for people: blank counts as absent; very long ones are cut between characters.
 */
static struct str display(const struct js *o, const char *member)
{
    struct str s = js_text(o, member);
    if (str_trim(s).n == 0)
        return STR_EMPTY;
    if (s.n > TEXT_MAX_N) {
        s.n = TEXT_MAX_N;
        while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
            s.n--;
    }
    return s;
}

/* An id: a non-empty string of at most 255 bytes. */
static bool id(const struct js *o, const char *member, struct str *out)
{
    struct str s;
    if (!js_str(js_get(o, member), &s) || s.n == 0 || s.n > ID_MAX_N)
        return false;
    *out = s;
    return true;
}

static bool ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e)
            return false;
    return true;
}

int claims_sub(struct claims *c, bool required, struct fault *f)
{
    const struct js *v = js_get(c->payload, "sub");
    if (v == NULL && (!required || c->p->allow_anonymous))
        return 0;
    if (!id(c->payload, "sub", &c->out->sub) || !ascii(c->out->sub)) {
        c->out->sub = STR_EMPTY;
        return fault_set(f, FAULT_SUB, v == NULL ? "no sub" : "sub of the wrong form");
    }
    return 0;
}

int claims_link(struct claims *c, struct fault *f)
{
    const struct js *link = js_get(c->payload, CLAIM("resource_link"));
    if (js_type(link) != JS_OBJECT)
        return fault_set(f, FAULT_LINK_ID, "no resource_link object");
    if (!id(link, "id", &c->out->link.id))
        return fault_set(f, FAULT_LINK_ID, "resource_link without a usable id");
    c->out->link.title = display(link, "title");
    return 0;
}

/* The strings of an array; a single string counts as an array of one. */
static struct launch_list strings(struct arena *a, const struct js *v)
{
    struct str s;
    size_t n = js_str(v, &s) ? 1 : js_len(v);
    struct launch_list list = {.at = ARENA_ARRAY(a, struct str, n)};
    if (js_type(v) == JS_STRING)
        list.at[list.n++] = s;
    for (size_t i = 0; js_type(v) == JS_ARRAY && i < n; i++)
        if (js_str(js_at(v, i), &s) && s.n > 0)
            list.at[list.n++] = s;
    return list;
}

int claims_roles(struct claims *c, bool required, struct fault *f)
{
    const struct js *v = js_get(c->payload, CLAIM("roles"));
    if (v == NULL && required)
        return fault_set(f, FAULT_ROLES, "no roles claim");
    if (v != NULL && js_type(v) != JS_ARRAY)
        return fault_set(f, FAULT_ROLES, "roles is no array");
    c->out->roles = role_list(v);
    c->out->roles_told = v != NULL;
    if ((c->out->roles & ROLE_MENTOR) != 0) /* ROLE-6 */
        c->out->mentees = strings(c->a, js_get(c->payload, CLAIM("role_scope_mentor")));
    return 0;
}

int claims_context(struct claims *c, struct fault *f)
{
    const struct js *v = js_get(c->payload, CLAIM("context"));
    if (v == NULL)
        return 0;
    if (!id(v, "id", &c->out->context.id)) { /* V4, I69 */
        if (c->p->strict_context)
            return fault_set(f, FAULT_CONTEXT, "context without a usable id");
        warn(c, "context ignored: no usable id");
        return 0;
    }
    c->out->context.title = display(v, "title");
    c->out->context.label = display(v, "label");
    return 0;
}

void claims_presentation(struct claims *c)
{
    const struct js *v = js_get(c->payload, CLAIM("launch_presentation"));
    struct str target = js_text(v, "document_target"), back = js_text(v, "return_url");
    if (str_is(target, "frame") || str_is(target, "iframe") || str_is(target, "window"))
        c->out->document_target = target;
    if (back.n > 0 && target_safe_link(c->a, back, c->p->allow_http)) /* I81 */
        c->out->return_url = back;
    c->out->locale = launch_locale(c->a, js_text(v, "locale"));
    if (c->out->locale.n == 0)
        c->out->locale = launch_locale(c->a, js_text(c->payload, "locale"));
}

static void person(struct claims *c)
{
    const struct js *p = c->payload;
    c->out->name.full = display(p, "name");
    c->out->name.given = display(p, "given_name");
    c->out->name.family = display(p, "family_name");
    c->out->person_sourcedid = display(js_get(p, CLAIM("lis")), "person_sourcedid");
}

static void platform(struct claims *c)
{
    const struct js *v = js_get(c->payload, CLAIM("tool_platform"));
    c->out->platform.guid = display(v, "guid"); /* V13: all optional */
    c->out->platform.name = display(v, "name");
    c->out->platform.family = display(v, "product_family_code");
    struct str url = js_text(v, "url");
    if (url.n > 0 && target_safe_link(c->a, url, c->p->allow_http))
        c->out->platform.url = url;
}

/* V12, I70: text stays, numbers and booleans become text, the rest is dropped. */
static int add_custom(void *ctx, struct str key, struct js *val)
{
    struct claims *c = ctx;
    struct str text;
    int64_t i;
    double d;
    bool b;
    if (js_i64(val, &i))
        text = str_fmt(c->a, "%lld", (long long)i);
    else if (js_num(val, &d))
        text = str_fmt(c->a, "%.10g", d);
    else if (js_bool(val, &b))
        text = b ? STR("true") : STR("false");
    else if (!js_str(val, &text))
        return 0;
    c->out->custom[c->out->custom_n++] = (struct launch_pair){key, text};
    return 0;
}

static void custom(struct claims *c)
{
    const struct js *v = js_get(c->payload, CLAIM("custom"));
    if (js_type(v) != JS_OBJECT)
        return;
    c->out->custom = ARENA_ARRAY(c->a, struct launch_pair, js_len(v));
    js_each(v, add_custom, c);
}

/* An optional service address: absent is fine and empty. */
static bool service(struct claims *c, const struct js *o, const char *member,
                    struct str *out)
{
    const struct js *v = js_get(o, member);
    *out = STR_EMPTY;
    if (v == NULL || (js_str(v, out) && out->n == 0))
        return true;
    return js_str(v, out) && target_service(c->a, *out, c->p->allow_http, c->p->guard);
}

/* The strings of an array that may end up in a list separated by blanks. */
static struct launch_list words(struct arena *a, const struct js *v)
{
    struct launch_list all = strings(a, v), kept = {.at = all.at};
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i].n <= SCOPE_MAX_N && ascii(all.at[i]) &&
            str_find(all.at[i], STR(" "), 0) == SIZE_MAX)
            kept.at[kept.n++] = all.at[i];
    return kept;
}

/* I71, V14. A claim that is wrong in one place is not trusted in another. */
static void grades(struct claims *c)
{
    const struct js *v = js_get(c->payload, AGS), *scope = js_get(v, "scope");
    struct str items, item;
    if (v == NULL)
        return;
    if (js_type(v) != JS_OBJECT || (scope != NULL && js_type(scope) != JS_ARRAY)) {
        warn(c, "AGS claim ignored: scope is no array");
        return;
    }
    if (!service(c, v, "lineitems", &items) || !service(c, v, "lineitem", &item)) {
        warn(c, "AGS claim ignored: an address is not https, or not a public one");
        return;
    }
    if (items.n > 0 && item.n > 0 && !target_same_origin(c->a, items, item)) {
        warn(c, "AGS claim ignored: lineitem and lineitems have different origins");
        return;
    }
    c->out->ags.scopes = words(c->a, scope);
    c->out->ags.lineitems = items;
    c->out->ags.lineitem = item;
}

static void roster(struct claims *c)
{
    const struct js *v = js_get(c->payload, NRPS);
    if (v == NULL)
        return;
    struct str url;
    if (!service(c, v, "context_memberships_url", &url) || url.n == 0)
        warn(c, "NRPS claim ignored: no usable context_memberships_url"); /* I72 */
    else
        c->out->nrps_url = url;
}

/* An id of LTI 1.1: absent is fine and empty, anything but a usable text is not. */
static bool legacy_id(const struct js *o, const char *member, struct str *out)
{
    const struct js *v = js_get(o, member);
    return v == NULL || (js_str(v, out) && out->n == 0) || id(o, member, out);
}

/* LTI.md 2.7. The signature is looked at later, by who knows the secret (MIG-1). */
static void legacy(struct claims *c)
{
    const struct js *v = js_get(c->payload, CLAIM("lti1p1"));
    struct str key, sign, user = STR_EMPTY, context = STR_EMPTY, link = STR_EMPTY,
                          guid = STR_EMPTY;
    if (v == NULL)
        return;
    if (!id(v, "oauth_consumer_key", &key) || !id(v, "oauth_consumer_key_sign", &sign) ||
        !legacy_id(v, "user_id", &user) || !legacy_id(v, "context_id", &context) ||
        !legacy_id(v, "resource_link_id", &link) ||
        !legacy_id(v, "tool_consumer_instance_guid", &guid)) {
        warn(c, "lti1p1 claim not used: unsigned, or an id that is none"); /* I79 */
        return;
    }
    c->out->lti1p1.consumer_key = key;
    c->out->lti1p1.sign = sign;
    c->out->lti1p1.user_id = user;
    c->out->lti1p1.context_id = context;
    c->out->lti1p1.link_id = link;
    c->out->lti1p1.guid = guid;
    c->out->lti1p1.text = lti11_text(c->a, c->out, c->p->nonce);
}

static bool has(struct launch_list list, const char *word)
{
    for (size_t i = 0; i < list.n; i++)
        if (str_is(list.at[i], word))
            return true;
    return false;
}

/* LTI.md 8.2. A service whose scope we were not given is none. */
static void notices(struct claims *c)
{
    const struct js *v = js_get(c->payload, CLAIM("platformnotificationservice"));
    struct str url;
    if (v == NULL)
        return;
    if (!service(c, v, "platform_notification_service_url", &url) || url.n == 0) {
        warn(c, "notification service ignored: no usable address");
        return;
    }
    if (!has(words(c->a, js_get(v, "scope")), HANDLERS))
        return;
    c->out->pns.url = url;
    c->out->pns.offered = words(c->a, js_get(v, "notice_types_supported"));
    if (c->out->pns.offered.n > NOTICE_TYPES_MAX)
        c->out->pns.offered.n = NOTICE_TYPES_MAX;
}

/* LTI.md 8.1. */
static void groups(struct claims *c)
{
    const struct js *v = js_get(c->payload, GROUPS);
    struct str url, sets;
    if (v == NULL)
        return;
    if (!service(c, v, "context_groups_url", &url) || url.n == 0 ||
        !service(c, v, "context_group_sets_url", &sets)) {
        warn(c, "groups service ignored: no usable address");
        return;
    }
    if (sets.n > 0 && !target_same_origin(c->a, url, sets)) {
        warn(c, "groups service ignored: its addresses have different origins");
        return;
    }
    c->out->groups.url = url;
    c->out->groups.sets_url = sets;
    c->out->groups.scopes = words(c->a, js_get(v, "scope"));
}

void claims_optional(struct claims *c)
{
    person(c);
    platform(c);
    custom(c);
    grades(c);
    roster(c);
    legacy(c);
    notices(c);
    groups(c);
}

/* A boolean, or its word (V22). */
static bool says(const struct js *o, const char *member, bool what)
{
    const struct js *v = js_get(o, member);
    struct str s;
    bool b;
    if (js_bool(v, &b))
        return b == what;
    return js_str(v, &s) && str_ieq(s, what ? STR("true") : STR("false"));
}

static bool takes_links(struct arena *a, const struct js *settings)
{
    struct launch_list types = strings(a, js_get(settings, "accept_types"));
    for (size_t i = 0; i < types.n; i++)
        if (str_is(types.at[i], "ltiResourceLink"))
            return true;
    return !js_has(settings, "accept_types"); /* it said nothing: it may well take one */
}

int claims_deep_link(struct claims *c, struct fault *f)
{
    const struct js *v = js_get(c->payload, DEEP_LINK);
    struct launch_deep_link *d = &c->out->deep_link;
    struct str url = js_text(v, "deep_link_return_url");
    if (!target_safe_link(c->a, url, c->p->allow_http))
        return fault_set(f, FAULT_DEEP_LINK,
                         v == NULL ? "no settings" : "no usable return URL");
    d->return_url = url;
    d->has_data = js_str(js_get(v, "data"), &d->data);
    if (d->data.n > DEEPLINK_DATA_MAX)
        return fault_set(f, FAULT_DEEP_LINK, "data of %zu bytes", d->data.n);
    if (!d->has_data && js_type(js_get(v, "data")) != JS_NULL)
        warn(c, "deep linking: data is no text and cannot be given back");
    d->title = display(v, "title");
    d->text = display(v, "text");
    d->takes_links = takes_links(c->a, v);
    d->takes_several = says(v, "accept_multiple", true);
    d->takes_columns = !says(v, "accept_lineitem", false);
    return 0;
}

int claims_review(struct claims *c, struct fault *f)
{
    const struct js *who = js_get(c->payload, CLAIM("for_user"));
    if (c->out->sub.n == 0) /* MSG-2: nobody in particular reviews nothing */
        return fault_set(f, FAULT_SUB, "a submission review without sub");
    if (!id(who, "user_id", &c->out->for_user))
        return fault_set(f, FAULT_REVIEW, "no for_user.user_id");
    if (c->out->ags.lineitem.n == 0)
        return fault_set(f, FAULT_REVIEW, "no line item");
    if (!role_is_staff(c->out->roles, c->p->admins_are_staff) &&
        !str_eq(c->out->for_user, c->out->sub)) /* I77 */
        return fault_set(f, FAULT_REVIEW_OTHER, "a learner, and for_user is not sub");
    return 0;
}

int claims_privacy(struct claims *c, struct fault *f)
{
    const struct js *who = js_get(c->payload, CLAIM("for_user"));
    if (c->out->sub.n == 0)
        return fault_set(f, FAULT_SUB, "a data privacy launch without sub");
    c->out->context.id = STR_EMPTY; /* it is of no course, whatever else came along */
    if (who == NULL) {              /* about who asks */
        c->out->for_user = c->out->sub;
        return 0;
    }
    if (!id(who, "user_id", &c->out->for_user) && !id(who, "id", &c->out->for_user))
        return fault_set(f, FAULT_PRIVACY, "for_user without a usable user_id");
    if ((c->out->roles & (ROLE_INST_ADMIN | ROLE_SYS_ADMIN)) == 0 &&
        !str_eq(c->out->for_user, c->out->sub))
        return fault_set(f, FAULT_PRIVACY_OTHER,
                         "no administrator, and for_user is not sub");
    return 0;
}

int claims_course(struct claims *c, struct fault *f)
{
    if (c->out->context.id.n == 0)
        return fault_set(f, FAULT_CONTEXT, "a context launch without context.id");
    return 0;
}
