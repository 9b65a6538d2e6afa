#include "msg/login.h"

#include "msg/target.h"
#include "net/url.h"

#define STORAGE_NAME_MAX_N 128

static const char *const once[] = {
    "iss",       "login_hint",        "target_link_uri", "lti_message_hint",
    "client_id", "lti_deployment_id", "deployment_id",   "lti_storage_target",
    NULL};

/* I12: anything but a plain frame name is as if it had not been sent. */
static struct str storage_name(struct str s)
{
    if (s.n == 0 || s.n > STORAGE_NAME_MAX_N || str_is(s, "_top"))
        return STR_EMPTY;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '_' || c == '.' || c == ':' || c == '-'))
            return STR_EMPTY;
    }
    return s;
}

static void read_request(const struct form *fm, struct login_request *out)
{
    *out = (struct login_request){
        .iss = form_get(fm, "iss"),
        .login_hint = form_get(fm, "login_hint"),
        .target_link_uri = form_get(fm, "target_link_uri"),
        .lti_message_hint = form_get(fm, "lti_message_hint"),
        .has_message_hint = form_has(fm, "lti_message_hint"),
        .client_id = form_get(fm, "client_id"),
        .deployment_id = form_get(fm, "lti_deployment_id"),
        .storage_target = storage_name(form_get(fm, "lti_storage_target")),
    };
    if (out->deployment_id.n == 0)
        out->deployment_id = form_get(fm, "deployment_id");
}

int login_parse(const struct form *fm, struct login_request *out, struct fault *f)
{
    read_request(fm, out);
    if (form_once(fm, once, f) != 0)
        return -1;
    if (form_has(fm, "oauth_consumer_key") && !form_has(fm, "iss"))
        return fault_set(f, FAULT_LTI11, "oauth_consumer_key in the form");
    if (out->iss.n == 0)
        return fault_set(f, FAULT_ISS_MISSING, "no iss");
    if (out->login_hint.n == 0)
        return fault_set(f, FAULT_LOGIN_HINT_MISSING, "no login_hint");
    return 0;
}

int login_admit(const struct login_request *r, int matches, struct str state,
                struct fault *f)
{
    if (matches == 0 && r->client_id.n > 0)
        return fault_set(f, FAULT_CLIENT_UNKNOWN, "no registration with this client_id");
    if (matches == 0)
        return fault_set(f, FAULT_ISSUER_UNKNOWN, "no registration with this issuer");
    if (matches > 1)
        return fault_set(f, FAULT_CLIENT_AMBIGUOUS, "no client_id, several candidates");
    if (str_is(state, "pending"))
        return fault_set(f, FAULT_REGISTRATION_PENDING, "registration is pending");
    if (!str_is(state, "active")) /* fail closed: whatever else the row says */
        return fault_set(f, FAULT_REGISTRATION_DISABLED, "registration is not active");
    return 0;
}

int login_target(struct arena *a, const struct login_request *r, struct str base,
                 struct str fallback, bool strict, struct str *out, struct fault *f)
{
    *out = fallback;
    if (r->target_link_uri.n == 0)
        return strict ? fault_set(f, FAULT_TARGET_MISSING, "no target_link_uri") : 0;
    if (!target_ours(a, r->target_link_uri, base))
        return fault_set(f, FAULT_TARGET_FOREIGN, "not under our address");
    *out = r->target_link_uri;
    return 0;
}

static void put(struct buf *b, const char *key, struct str val)
{
    buf_char(b, '&');
    buf_c(b, key);
    buf_char(b, '=');
    buf_str(b, url_escape(b->a, val));
}

struct str login_redirect_url(struct arena *a, const struct login_answer *w,
                              const struct login_request *r)
{
    struct buf b;
    buf_init(&b, a, 2048);
    buf_str(&b, w->auth_url);
    bool has_query = str_find(w->auth_url, STR("?"), 0) != SIZE_MAX;
    buf_c(&b, has_query ? "&scope=openid" : "?scope=openid"); /* LOGIN-5 */
    buf_c(&b, "&response_type=id_token&response_mode=form_post&prompt=none");
    put(&b, "client_id", w->client_id);
    put(&b, "redirect_uri", w->redirect_uri);
    put(&b, "login_hint", r->login_hint);
    if (r->has_message_hint)
        put(&b, "lti_message_hint", r->lti_message_hint);
    put(&b, "state", w->state);
    put(&b, "nonce", w->nonce);
    return buf_view(&b);
}
