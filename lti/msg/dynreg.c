#include "msg/dynreg.h"

#include "msg/dynreg_request.h"
#include "msg/target.h"
#include "net/url.h"

#define PLATFORM "https://purl.imsglobal.org/spec/lti-platform-configuration"
#define CANVAS "https://canvas.instructure.com/lti/"
#define DEPTH 16
#define ID_N 255
#define TOKEN_N 4096
#define WORDS_N 200
#define MEMBERS_MAX 64

static int fail(struct dynreg_fault *f, const char *id, struct str detail)
{
    *f = (struct dynreg_fault){id, detail};
    return -1;
}

/* --- hosts (DR-S2) ------------------------------------------------------------ */

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* The last `n` labels of a host; all of it when it has fewer. */
static struct str labels(struct str host, int n)
{
    size_t at = host.n;
    while (at > 0) {
        if (host.p[at - 1] == '.' && --n == 0)
            break;
        at--;
    }
    return str_sub(host, at, host.n);
}

static struct str label(struct str host, int n)
{
    struct str tail = labels(host, n), head, rest;
    str_cut(tail, '.', &head, &rest);
    return head;
}

/* The part of a name that one owner has, near enough: example.edu, school.edu.au,
 * district.k12.ca.us. There is no list of suffixes here; where this is too narrow a
 * person is asked to look, and that is all it decides. */
static struct str owner(struct str host)
{
    struct str top = label(host, 1), second = label(host, 2), third = label(host, 3);
    if (top.n == 2 && (str_is(third, "k12") || str_is(third, "cc") ||
                       str_is(third, "lib") || str_is(third, "state")))
        return labels(host, 4);
    bool two = top.n == 2 && (second.n <= 3 || str_is(second, "school"));
    return labels(host, two ? 3 : 2);
}

static bool same_owner(const struct url *x, struct str host)
{
    if (x->ip6 || is_number(label(x->host, 1)) || is_number(label(host, 1)) ||
        str_find(host, STR("."), 0) == SIZE_MAX)
        return false;
    return str_eq(owner(x->host), owner(host));
}

static bool fits(struct str pattern, struct str host)
{
    if (!str_starts(pattern, STR("*.")))
        return str_ieq(pattern, host);
    struct str end = str_sub(pattern, 1, pattern.n);
    return host.n > end.n && str_ieq(str_sub(host, host.n - end.n, host.n), end);
}

static bool in_list(struct str list, char between, struct str host)
{
    struct str head, tail = list;
    while (tail.n > 0) {
        str_cut(tail, between, &head, &tail);
        if (head.n > 0 && fits(head, host))
            return true;
    }
    return false;
}

/* Does an entry "ISSUER=HOST,HOST" of the table name both? */
static bool aliased(struct str table, struct str issuer, struct str host)
{
    struct str entry, tail = table, name, hosts;
    while (tail.n > 0) {
        str_cut(tail, ' ', &entry, &tail);
        if (str_cut(entry, '=', &name, &hosts) && str_ieq(name, issuer) &&
            in_list(hosts, ',', host))
            return true;
    }
    return false;
}

static bool port_open(const struct dynreg_rules *r, const struct url *u)
{
    int64_t port;
    struct str head, tail = r->ports;
    if (u->port == 443 || str_is(u->scheme, "http"))
        return true; /* plain http is for loopback trials, where any port is as good */
    while (tail.n > 0) {
        str_cut(tail, ' ', &head, &tail);
        if (str_is(head, "*") || (str_i64(head, &port) && port == u->port))
            return true;
    }
    return false;
}

/* --- addresses ---------------------------------------------------------------- */

/* An address of the platform that we or browsers shall call (DR-S3). */
static const char *refused(struct arena *a, const struct dynreg_rules *r, struct str text,
                           struct url *u)
{
    if (url_parse(a, text, r->allow_http ? URL_HTTP : URL_HTTPS_ONLY, u, NULL) != 0)
        return "address";
    if (!port_open(r, u))
        return "port";
    return target_service(a, text, r->allow_http, r->guard) ? NULL : "network";
}

int dynreg_address(struct arena *a, const struct dynreg_rules *r, struct str url,
                   struct dynreg_fault *f)
{
    struct url u;
    if (url.n == 0)
        return fail(f, "no_address", STR_EMPTY);
    const char *why = refused(a, r, url, &u);
    if (why != NULL)
        return fail(f, why, STR("openid_configuration"));
    return 0;
}

static void warn(struct dynreg_config *c, const char *id, struct str host)
{
    if (c->warnings_n < DYNREG_WARNINGS_MAX)
        c->warnings[c->warnings_n++] = (struct dynreg_warning){id, host};
}

struct reading {
    struct arena *a;
    const struct dynreg_rules *r;
    struct dynreg_config *c;
    struct dynreg_fault *f;
    struct url issuer, config;
};

static void check_owner(struct reading *t, const char *id, struct str host)
{
    if (!str_eq(host, t->issuer.host) && !same_owner(&t->issuer, host) &&
        !aliased(t->r->aliases, t->issuer.host, host))
        warn(t->c, id, host);
}

/* One of the four endpoints: https, ours to call, on a host that fits the issuer or else
 * with a warning. */
static int endpoint(struct reading *t, const char *member, const char *id,
                    struct str *out)
{
    struct url u;
    if (!js_str(js_get(t->c->doc, member), out) || out->n == 0)
        return fail(t->f, "missing", str_c(member));
    const char *why = refused(t->a, t->r, *out, &u);
    if (why != NULL)
        return fail(t->f, why, str_c(member));
    check_owner(t, id, u.host);
    return 0;
}

/* The configuration must come from the issuer's host, or one that is known to speak for
 * it; else a person decides (I105). The invitation may name one host (DR-S1). */
static int check_hosts(struct reading *t)
{
    struct url *i = &t->issuer, *c = &t->config;
    bool same = str_eq(i->host, c->host) && i->port == c->port;
    bool fine = same || aliased(t->r->aliases, i->host, c->host);
    if (t->r->host.n > 0 && !str_ieq(t->r->host, c->host) &&
        !(fine && str_ieq(t->r->host, i->host)))
        return fail(t->f, "not_invited", c->host);
    if (!fine)
        warn(t->c, "config", c->host);
    return 0;
}

/* --- lists -------------------------------------------------------------------- */

static bool lists(const struct js *list, const char *word)
{
    struct str s;
    for (size_t i = 0; i < js_len(list); i++)
        if (js_str(js_at(list, i), &s) && str_is(s, word))
            return true;
    return false;
}

/* DR-1: what is not stated is not denied. */
static bool offers(const struct js *o, const char *member, const char *word)
{
    const struct js *list = js_get(o, member);
    return js_type(list) != JS_ARRAY || lists(list, word);
}

static int check_methods(struct reading *t)
{
    static const char *const needs[][2] = {
        {"token_endpoint_auth_methods_supported", "private_key_jwt"},
        {"token_endpoint_auth_signing_alg_values_supported", "RS256"},
        {"id_token_signing_alg_values_supported", "RS256"},
        {"response_types_supported", "id_token"},
    };
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (!offers(t->c->doc, needs[i][0], needs[i][1]))
            return fail(t->f, "method",
                        str_fmt(t->a, "%s: %s", needs[i][0], needs[i][1]));
    return 0;
}

static struct str shown(const struct js *o, const char *member)
{
    return str_head(js_text(o, member), DYNREG_TEXT_N);
}

/* It names a theme and is compared: letters that cannot surprise. */
static struct str family_of(struct arena *a, const struct js *platform)
{
    struct str s = str_lower(a, js_text(platform, "product_family_code"));
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '-' || s.p[i] == '_'))
            return STR_EMPTY;
    return s.n <= 60 ? s : STR_EMPTY;
}

static int read_issuer(struct reading *t)
{
    struct str text;
    if (!js_str(js_get(t->c->doc, "issuer"), &text) || text.n == 0)
        return fail(t->f, "missing", STR("issuer"));
    if (text.n > 1024 ||
        url_parse(t->a, text, t->r->allow_http ? URL_HTTP : URL_HTTPS_ONLY, &t->issuer,
                  NULL) != 0 ||
        t->issuer.has_query)
        return fail(t->f, "address", STR("issuer"));
    t->c->issuer = text;
    t->c->issuer_host = t->issuer.host;
    t->c->config_host = t->config.host;
    return 0;
}

int dynreg_read(struct arena *a, const struct dynreg_rules *r, struct str url,
                struct str text, struct dynreg_config *out, struct dynreg_fault *f)
{
    struct reading t = {.a = a, .r = r, .c = out, .f = f};
    *out = (struct dynreg_config){.doc = js_parse(a, text, DYNREG_MAX_N, DEPTH, NULL)};
    if (js_type(out->doc) != JS_OBJECT)
        return fail(f, "not_json", STR_EMPTY);
    const char *why = refused(a, r, url, &t.config);
    if (why != NULL)
        return fail(f, why, STR("openid_configuration"));
    if (read_issuer(&t) != 0 || check_hosts(&t) != 0 ||
        endpoint(&t, "registration_endpoint", "registration", &out->registration_url) !=
            0 ||
        endpoint(&t, "authorization_endpoint", "login", &out->auth_url) != 0 ||
        endpoint(&t, "token_endpoint", "token", &out->token_url) != 0 ||
        endpoint(&t, "jwks_uri", "keys", &out->jwks_url) != 0 || check_methods(&t) != 0)
        return -1;
    struct url aud;
    struct str server = js_text(out->doc, "authorization_server");
    if (url_parse(a, server, URL_HTTPS_ONLY, &aud, NULL) == 0) { /* Canvas: a bare host */
        out->token_aud = server;
        check_owner(&t, "audience", aud.host);
    }
    out->platform = js_get(out->doc, PLATFORM);
    out->family = family_of(a, out->platform);
    out->version = shown(out->platform, "version");
    out->account = shown(out->platform, CANVAS "account_name");
    return 0;
}

/* --- the answer ---------------------------------------------------------------- */

/* 1 to 255 visible ASCII characters; an integer is read as its digits (V35). */
static bool id_of(struct arena *a, const struct js *v, struct str *out)
{
    int64_t n;
    if (js_i64(v, &n))
        *out = str_fmt(a, "%lld", (long long)n);
    else if (!js_str(v, out))
        return false;
    for (size_t i = 0; i < out->n; i++)
        if (out->p[i] <= ' ' || out->p[i] >= 0x7f)
            return false;
    return out->n > 0 && out->n <= ID_N;
}

static struct str ours(struct arena *a, struct str public_url, const char *path)
{
    return str_fmt(a, "%.*s%s", STR_ARG(public_url), path);
}

/* Where launches will come from and go to must be what we asked for: an answer with other
 * addresses is not our registration (I107). */
static const char *other_address(struct arena *a, const struct js *v,
                                 struct str public_url)
{
    static const char *const one[][2] = {{"initiate_login_uri", "/lti/login"},
                                         {"jwks_uri", "/lti/jwks.json"}};
    struct str s;
    for (size_t i = 0; i < 2; i++) {
        const struct js *at = js_get(v, one[i][0]);
        if (at != NULL && (!js_str(at, &s) || !str_eq(s, ours(a, public_url, one[i][1]))))
            return one[i][0];
    }
    const struct js *list = js_get(v, "redirect_uris");
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < js_len(list); i++)
        if (!js_str(js_at(list, i), &s) || !str_eq(s, ours(a, public_url, "/lti/launch")))
            return "redirect_uris";
    return js_len(list) == 0 ? "redirect_uris" : NULL;
}

struct keeping {
    struct arena *a;
    struct js *out;
    size_t n;
};

static int keep_member(void *ctx, struct str key, struct js *val)
{
    struct keeping *k = ctx;
    if (key.n > 200 || str_is(key, "client_secret") ||
        str_is(key, "registration_access_token"))
        return 0;
    js_set(k->out, str_z(k->a, key), val);
    return ++k->n >= MEMBERS_MAX;
}

static struct js *without_secrets(struct arena *a, const struct js *v)
{
    struct keeping k = {a, js_object(a), 0};
    js_each(v, keep_member, &k);
    return k.out;
}

static bool usable_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    return s.n > 0 && s.n <= TOKEN_N;
}

int dynreg_answer(struct arena *a, const struct dynreg_rules *r,
                  const struct dynreg_config *c, struct str public_url, struct str text,
                  struct dynreg_answer *out, struct dynreg_fault *f)
{
    struct url u;
    struct str s;
    *out = (struct dynreg_answer){.kept = NULL};
    const struct js *v = js_parse(a, text, DYNREG_MAX_N, DEPTH, NULL);
    if (js_type(v) != JS_OBJECT)
        return fail(f, "answer_json", STR_EMPTY);
    if (!id_of(a, js_get(v, "client_id"), &out->client_id))
        return fail(f, "no_client_id", STR_EMPTY);
    const char *other = other_address(a, v, public_url);
    if (other != NULL)
        return fail(f, "other_address", str_c(other));
    const struct js *tool =
        js_get(v, "https://purl.imsglobal.org/spec/lti-tool-configuration");
    if (js_get(tool, "deployment_id") != NULL &&
        !id_of(a, js_get(tool, "deployment_id"), &out->deployment_id))
        out->deployment_id = STR_EMPTY;
    out->scopes = js_str(js_get(v, "scope"), &s) ? str_head(s, (size_t)4 * 1024)
                                                 : dynreg_request_scopes(a, c);
    s = js_text(v, "registration_client_uri");
    if (s.n <= 2048 && refused(a, r, s, &u) == NULL)
        out->client_uri = s;
    s = js_text(v, "registration_access_token");
    if (usable_token(s))
        out->access_token = s;
    out->kept = without_secrets(a, v);
    return 0;
}

/* --- refusals ------------------------------------------------------------------ */

static struct str plain(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, a, WORDS_N + 1);
    s = str_head(str_trim(s), WORDS_N);
    for (size_t i = 0; i < s.n; i++)
        buf_char(&b, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i]);
    return buf_view(&b);
}

struct str dynreg_words(struct arena *a, struct str body)
{
    const struct js *v = js_parse(a, body, (size_t)64 * 1024, DEPTH, NULL);
    if (js_type(v) == JS_OBJECT) {
        struct str code = js_text(v, "error"), more = js_text(v, "error_description");
        return plain(a, more.n == 0
                            ? code
                            : str_fmt(a, "%.*s: %.*s", STR_ARG(code), STR_ARG(more)));
    }
    /* Moodle's are plain text, though it calls them HTML; its 404 is a whole page. */
    if (body.n > 1000 || !str_utf8(body) || str_find(body, STR("<"), 0) != SIZE_MAX)
        return STR_EMPTY;
    return plain(a, body);
}

const char *dynreg_advice(int status, struct str words)
{
    static const struct {
        const char *words;
        const char *advice;
    } known[] = {
        {"token_already_used", "token_used"},
        {"missing_registration_token", "token_missing"},
        {"domain_targetlinkuri_mismatch", "domain"},
        {"invalid_redirect_uri", "redirect"},
        {"missing", "request"},
        {"invalid_token", "token_used"},
        {"invalid_", "request"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_find(words, str_c(known[i].words), 0) != SIZE_MAX)
            return known[i].advice;
    if (status == 401 || status == 403)
        return "denied";
    if (status == 404)
        return "gone";
    return status >= 500 || status == 429 ? "later" : "request";
}
