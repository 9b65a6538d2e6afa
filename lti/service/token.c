#include "service/token.h"

#include "base/log.h"
#include "net/url.h"
#include "store/accesstoken.h"
#include "store/lease.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCOPES_MAX 32
#define ANSWER_N 65536
#define VALUE_N 8192
#define ASK_MS 10000
#define LEASE_MS 15000
#define WAITS 60 /* looks at the cache while another process asks, WAIT_MS apart */
#define WAIT_MS 200
#define MARGIN_S 60
#define LIFE_MIN_S 60
#define LIFE_MAX_S 86400
#define LIFE_UNTOLD_S 300

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* --- scopes ------------------------------------------------------------------ */

static int by_text(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static size_t words(struct str text, struct str *out, size_t max)
{
    size_t n = 0;
    struct str head = STR_EMPTY, tail = text;
    while (tail.n > 0) {
        str_cut(tail, ' ', &head, &tail);
        if (head.n > 0 && n < max)
            out[n++] = head;
    }
    return n;
}

struct str token_scopes(struct arena *a, struct str scopes)
{
    struct str list[SCOPES_MAX];
    size_t n = words(scopes, list, SCOPES_MAX);
    struct buf b;
    qsort(list, n, sizeof list[0], by_text);
    buf_init(&b, a, scopes.n + 1);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && str_eq(list[i], list[i - 1]))
            continue;
        if (b.n > 0)
            buf_char(&b, ' ');
        buf_str(&b, list[i]);
    }
    return buf_view(&b);
}

bool token_covers(struct str granted, struct str wanted)
{
    struct str have[SCOPES_MAX], want[SCOPES_MAX];
    size_t have_n = words(granted, have, SCOPES_MAX);
    size_t want_n = words(wanted, want, SCOPES_MAX);
    for (size_t i = 0; i < want_n; i++) {
        bool found = false;
        for (size_t k = 0; k < have_n && !found; k++)
            found = str_eq(want[i], have[k]);
        if (!found)
            return false;
    }
    return true;
}

/* --- the answer -------------------------------------------------------------- */

struct secret {
    char *p;
    size_t n;
};

static void secret_free(void *p)
{
    struct secret *s = p;
    crypt_wipe(s->p, s->n);
    free(s->p);
}

/* A copy outside the arena that is wiped when the arena ends. */
static struct str secret_dup(struct arena *a, struct str text)
{
    struct secret *s = ARENA_NEW(a, struct secret);
    s->p = malloc(text.n + 1);
    INVARIANT(s->p != NULL);
    memcpy(s->p, text.p, text.n);
    s->p[text.n] = '\0';
    s->n = text.n;
    arena_defer(a, secret_free, s);
    return (struct str){s->p, s->n};
}

/* It goes into a header: visible ASCII without blanks (I90). */
static bool usable(struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] <= ' ' || value.p[i] >= 0x7f)
            return false;
    return value.n > 0 && value.n <= VALUE_N;
}

/* Seconds that a token lives: a number, or digits in a string (V24). */
static bool life_of(const struct js *v, int64_t *life_s)
{
    double d;
    struct str text;
    *life_s = LIFE_UNTOLD_S;
    if (v == NULL)
        return true;
    if (js_str(v, &text)) {
        if (!str_f64(str_trim(text), &d))
            return false;
    } else if (!js_num(v, &d)) {
        return false;
    }
    if (!(d >= 1))
        return false;
    *life_s = d > LIFE_MAX_S ? LIFE_MAX_S : d < LIFE_MIN_S ? LIFE_MIN_S : (int64_t)d;
    return true;
}

/* An OAuth error code as it may stand in a log; anything else is not repeated. */
static struct str error_code(const struct js *v)
{
    struct str code = js_text(v, "error");
    for (size_t i = 0; i < code.n; i++)
        if (!((code.p[i] >= 'a' && code.p[i] <= 'z') || code.p[i] == '_'))
            return STR("no error code");
    return code.n == 0 || code.n > 40 ? STR("no error code") : code;
}

static int refused(const struct http_res *res, struct arena *a, struct err *e)
{
    int s = res->status;
    if (s == 408 || s == 429 || s >= 500)
        return err_set(e, ERR_UNAVAILABLE, "the token endpoint answers %d", s);
    if (s != 400 && s != 401 && s != 403)
        return err_set(e, ERR_INPUT, "the token endpoint answers %d", s);
    struct str code = error_code(js_parse(a, res->body, ANSWER_N, 8, NULL));
    return err_set(
        e, ERR_DENIED,
        "the LMS refuses us an access token: %.*s (status %d). Can it reach our "
        "key set, are the clocks right, is the audience right?",
        STR_ARG(code), s);
}

int token_read(const struct http_res *res, struct str asked, int64_t now_ms,
               struct token *out, struct arena *a, struct err *e)
{
    if (res->status != 200 && res->status != 201)
        return refused(res, a, e);
    struct js *v = js_parse(a, res->body, ANSWER_N, 8, e);
    if (v == NULL)
        return -1;
    struct str value, type, scope;
    int64_t life_s;
    if (!js_str(js_get(v, "access_token"), &value) || !usable(value))
        return err_set(e, ERR_INPUT, "the token answer has no usable access_token");
    if (!js_str(js_get(v, "token_type"), &type) || !str_ieq(type, STR("bearer")))
        return err_set(e, ERR_INPUT, "the token is of another type than bearer");
    if (!life_of(js_get(v, "expires_in"), &life_s))
        return err_set(e, ERR_INPUT, "the token's expires_in makes no sense");
    if (!js_str(js_get(v, "scope"), &scope))
        scope = asked;
    int64_t margin_s = life_s / 2 < MARGIN_S ? life_s / 2 : MARGIN_S;
    out->value = secret_dup(a, value);
    out->scope = token_scopes(a, scope);
    out->expires_ms = now_ms + (life_s - margin_s) * 1000;
    return 0;
}

/* --- asking ------------------------------------------------------------------ */

struct js *token_claims(struct arena *a, const struct svc_platform *p, struct str jti,
                        int64_t now_ms)
{
    struct js *c = js_object(a);
    int64_t iat = now_ms / 1000 - 5; /* clocks differ a little; Moodle knows no leeway */
    js_set_str(c, "iss", p->client_id);
    js_set_str(c, "sub", p->client_id);
    js_set_str(c, "aud", p->token_aud.n > 0 ? p->token_aud : p->token_url);
    js_set_i64(c, "iat", iat);
    js_set_i64(c, "exp", iat + 300);
    js_set_str(c, "jti", jti);
    if (p->deployment_id.n > 0)
        js_set_str(c, "https://purl.imsglobal.org/spec/lti/claim/deployment_id",
                   p->deployment_id);
    return c;
}

static int ask(const struct svc *svc, const struct svc_platform *p, struct str scopes,
               struct token *out, struct arena *a, struct err *e)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/x-www-form-urlencoded", 33}}, /* SVC-1 */
        {{"Accept", 6}, {"application/json", 16}},
    };
    int64_t now = env_now_ms(svc->env);
    struct str jwt;
    struct js *claims = token_claims(a, p, crypt_token(a, svc->env), now);
    if (svc->sign(svc->sign_ctx, a, claims, &jwt, e) != 0)
        return -1;
    struct str body =
        str_fmt(a,
                "grant_type=client_credentials&client_assertion_type=%.*s"
                "&client_assertion=%.*s&scope=%.*s",
                STR_ARG(url_escape(a, STR(ASSERTION_TYPE))), STR_ARG(url_escape(a, jwt)),
                STR_ARG(url_escape(a, scopes)));
    struct http_req req = {.method = "POST",
                           .url = p->token_url,
                           .headers = headers,
                           .headers_n = 2,
                           .body = body,
                           .max_n = ANSWER_N,
                           .total_ms = ASK_MS};
    struct http_res res;
    if (http_do(svc->http, &req, &res, a, e) != 0)
        return -1;
    if (token_read(&res, scopes, env_now_ms(svc->env), out, a, e) != 0) {
        log_put(LOG_WARN, "token.refused", KVI("registration", p->registration_id),
                KVI("status", res.status), KVI("iat", now / 1000 - 5),
                KV("aud", p->token_aud.n > 0 ? p->token_aud : p->token_url));
        return -1;
    }
    return 0;
}

/* --- the cache --------------------------------------------------------------- */

/* What names one token: registration, scopes and, when it is sent, the deployment. */
struct key {
    struct str hash;
    struct str aad;
    struct str lease;
};

static struct key key_of(struct arena *a, const struct svc_platform *p, struct str scopes)
{
    struct str text =
        str_fmt(a, "%.*s\n%.*s", STR_ARG(scopes), STR_ARG(p->deployment_id));
    struct str hash = crypt_digest(a, text);
    struct str name =
        str_fmt(a, "%lld:%.*s", (long long)p->registration_id, STR_ARG(hash));
    return (struct key){hash, str_fmt(a, "access_token:%.*s", STR_ARG(name)),
                        str_fmt(a, "token:%.*s", STR_ARG(name))};
}

/* 1: a token that still works (as far as we know) and is not `refresh`. */
static int cached(const struct svc *svc, const struct svc_platform *p,
                  const struct key *k, struct str refresh, struct token *out,
                  struct arena *a, struct err *e)
{
    struct accesstoken row = {.expires_ms = 0};
    struct str plain = STR_EMPTY;
    int rc = accesstoken_get(svc->db, a, p->registration_id, k->hash,
                             env_now_ms(svc->env), &row, e);
    if (rc != 1)
        return rc;
    if (crypt_open(a, svc->seal_key, k->aad, row.sealed, &plain, NULL) != 0)
        return 0; /* data.key was changed: a new token mends it */
    if (refresh.n > 0 && crypt_equal(plain, refresh))
        return 0;
    *out = (struct token){secret_dup(a, plain), row.scope, row.expires_ms};
    return 1;
}

static int keep(const struct svc *svc, const struct svc_platform *p, const struct key *k,
                const struct token *t, struct arena *a, struct err *e)
{
    struct accesstoken row = {.scope = t->scope, .expires_ms = t->expires_ms};
    if (crypt_seal(a, svc->env, svc->seal_key, k->aad, t->value, &row.sealed, e) != 0)
        return -1;
    return accesstoken_put(svc->db, p->registration_id, k->hash, &row, e);
}

/* A token by cache or, under the lease, from the platform. 0: somebody else asks. */
static int get_once(const struct svc *svc, const struct svc_platform *p,
                    const struct key *k, struct str scopes, struct str refresh,
                    struct token *out, struct arena *a, struct err *e)
{
    int rc = cached(svc, p, k, refresh, out, a, e);
    if (rc != 0)
        return rc;
    int64_t now = env_now_ms(svc->env);
    rc = lease_take(svc->db, k->lease, svc->holder, now, now + LEASE_MS, e);
    if (rc != 1)
        return rc;
    rc = cached(svc, p, k, refresh, out, a, e); /* the last holder may just have got it */
    if (rc == 0) {
        rc = ask(svc, p, scopes, out, a, e) == 0 && keep(svc, p, k, out, a, e) == 0 ? 1
                                                                                    : -1;
    }
    lease_drop(svc->db, k->lease, svc->holder, NULL);
    return rc;
}

int token_get(const struct svc *svc, const struct svc_platform *p, struct str scopes,
              struct str refresh, struct token *out, struct arena *a, struct err *e)
{
    scopes = token_scopes(a, scopes);
    if (scopes.n == 0)
        return err_set(e, ERR_DENIED, "the LMS offers none of the permissions needed");
    struct key k = key_of(a, p, scopes);
    int rc = 0;
    for (int i = 0; rc == 0; i++) {
        if (i == WAITS)
            return err_set(e, ERR_BUSY, "another process is getting an access token");
        if (i > 0) /* its request ends after ASK_MS at most */
            nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
        rc = get_once(svc, p, &k, scopes, refresh, out, a, e);
    }
    if (rc < 0)
        return -1;
    if (!token_covers(out->scope, scopes))
        return err_set(e, ERR_DENIED,
                       "the LMS leaves out a permission that was asked for; allow this "
                       "tool to use the service");
    return 0;
}

/* --- calls ------------------------------------------------------------------- */

int token_call(const struct svc *svc, const struct svc_platform *p, struct str scopes,
               struct http_req *req, struct http_res *res, struct arena *a, struct err *e)
{
    struct token t = {.expires_ms = 0};
    struct str none = {"", 0};
    if (token_get(svc, p, scopes, none, &t, a, e) != 0)
        return -1;
    req->bearer = t.value;
    if (http_do(svc->http, req, res, a, e) != 0)
        return -1;
    if (res->status != 401)
        return 0;
    if (token_get(svc, p, scopes, t.value, &t, a, e) != 0) /* once (SVC-5, I93) */
        return -1;
    req->bearer = t.value;
    return http_do(svc->http, req, res, a, e);
}

static enum err_code code_of(const struct http_res *res)
{
    int s = res->status;
    bool slow_down = s == 403 && str_find(res->body, STR("Rate Limit"), 0) != SIZE_MAX;
    if (s == 408 || s == 429 || s >= 500 || slow_down)
        return ERR_UNAVAILABLE;
    if (s == 401 || s == 403)
        return ERR_DENIED;
    if (s == 404 || s == 410)
        return ERR_NOTFOUND;
    return s == 409 ? ERR_CONFLICT : ERR_INPUT;
}

static const char *words_of(enum err_code code, int status)
{
    if (status >= 300 && status < 400)
        return "it redirects, which we do not follow with a token";
    switch (code) {
    case ERR_UNAVAILABLE:
        return "it is too busy or out of order";
    case ERR_DENIED:
        return "it does not let us";
    case ERR_NOTFOUND:
        return "there is no such thing any more";
    case ERR_CONFLICT:
        return "it has something newer";
    default:
        return "it does not understand the request";
    }
}

int token_check(const struct http_res *res, const char *what, struct err *e)
{
    if (res->status >= 200 && res->status < 300)
        return 0;
    enum err_code code = code_of(res);
    return err_set(e, code, "%s: the LMS answers %d (%s)", what, res->status,
                   words_of(code, res->status));
}
