/* `waymark platform test`: each check says what it did and, when it failed, what to do.
 */
#include "cmd/platform.h"

#include "base/iso.h"
#include "jose/jwks.h"
#include "jose/toolkey.h"
#include "lms/canvas.h"
#include "lms/lms.h"
#include "net/http.h"
#include "net/url.h"
#include "service/ags.h"
#include "service/nrps.h"
#include "store/course.h"
#include "store/grant.h"
#include "store/lmsaccess.h"

#include <string.h>

#define CLOCK_WARN_MS 30000
#define SCOPE_GROUPS "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
#define SCOPE_NOTICES "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
#define ASK_MS 10000
#define TOKEN_N ((size_t)64 * 1024)

struct trial {
    struct cmd_ctx *c;
    const struct registration *r;
    struct http *http;
    struct toolkey *key;
    struct svc svc;
    int failures;
    struct course course; /* one that was launched; id 0: none yet */
    struct grant grant;   /* what it granted; registration_id 0: registered by hand */
    bool told_time;       /* the platform's answer had a Date: */
    int64_t off_ms;       /* its clock less ours */
    bool no_roster, no_columns; /* said already: not granted, or no token at all */
};

static void good(struct trial *t, const char *what, struct str detail)
{
    printf("  ok    %-14s %.*s\n", what, STR_ARG(cmd_shown(t->c->a, detail)));
}

static void bad(struct trial *t, const char *what, const struct err *e,
                const char *advice)
{
    t->failures++;
    printf("  FAIL  %-14s %s\n        %-14s %s\n", what, e->text, "", advice);
}

static void skipped(const char *what, const char *why)
{
    printf("  -     %-14s %s\n", what, why);
}

static int sign(void *ctx, struct arena *a, struct js *claims, struct str *jwt,
                struct err *e)
{
    return toolkey_sign(ctx, a, claims, jwt, e);
}

/* --- registration ------------------------------------------------------------ */

struct deployments {
    int64_t n, waiting;
};

static int count_deployment(void *ctx, const struct deployment *d)
{
    struct deployments *all = ctx;
    all->n++;
    all->waiting += str_is(d->state, "pending");
    return 0;
}

static void try_state(struct trial *t)
{
    struct err e = {0};
    char advice[96];
    snprintf(advice, sizeof advice,
             "Once you know it is yours: waymark platform approve %lld",
             (long long)t->r->id);
    if (str_is(t->r->state, "active")) {
        good(t, "registration", STR("active"));
        return;
    }
    bool waits = str_is(t->r->state, "pending");
    err_set(&e, ERR_DENIED, "it %s: no launch is accepted",
            waits ? "waits for approval" : "is switched off");
    bad(t, "registration", &e, advice);
}

static void try_deployments(struct trial *t)
{
    struct err e = {0};
    struct deployments all = {0};
    if (registration_each_deployment(t->c->db, t->c->a, t->r->id, count_deployment, &all,
                                     &e) != 0) {
        bad(t, "deployments", &e, "Is the database sound?");
    } else if (all.waiting > 0) {
        err_set(&e, ERR_DENIED, "%lld of %lld wait for approval", (long long)all.waiting,
                (long long)all.n);
        bad(t, "deployments", &e,
            "See waymark platform show ID, then waymark platform approve ID --deployment "
            "D");
    } else if (all.n == 0 && str_is(t->r->deployment_policy, "reject")) {
        err_set(&e, ERR_DENIED, "none is known, and unknown ones are refused");
        bad(t, "deployments", &e,
            "Register it again with --deployment, or --deployment-policy pending.");
    } else if (all.n == 0) {
        skipped("deployments", "none yet: the first launch from a course tells it");
    } else {
        good(t, "deployments", str_fmt(t->c->a, "%lld", (long long)all.n));
    }
    if (t->course.id == 0)
        skipped("launches", "none yet: open Waymark in a course, then test again");
}

/* --- keys and clock ---------------------------------------------------------- */

/* "Mon, 23 Nov 2026 02:48:35 GMT" (RFC 9110 section 5.6.7), the one form that is sent. */
static bool http_date(struct arena *a, struct str text, int64_t *ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.n != 29 || !str_ends(text, STR(" GMT")))
        return false;
    size_t at = str_find(str_c(months), str_sub(text, 8, 11), 0);
    if (at == SIZE_MAX || at % 3 != 0)
        return false;
    struct str iso = str_fmt(a, "%.4s-%02zu-%.2sT%.8sZ", text.p + 12, at / 3 + 1,
                             text.p + 5, text.p + 17);
    return iso_parse(iso, ms);
}

/* keyfetch_http, and the platform's clock beside it. */
static int fetch(void *ctx, struct str url, int budget_ms, struct arena *a,
                 struct jwks_answer *out, struct err *e)
{
    struct trial *t = ctx;
    struct http_header accept = {STR("Accept"), STR("application/json")};
    struct http_req req = {.url = url,
                           .headers = &accept,
                           .headers_n = 1,
                           .max_n = JWKS_MAX_N,
                           .total_ms = budget_ms,
                           .redirects = 2};
    struct http_res res;
    int64_t theirs, before = env_now_ms(&t->c->env);
    if (http_do(t->http, &req, &res, a, e) != 0)
        return -1;
    t->told_time = http_date(a, http_header(&res, "Date"), &theirs);
    if (t->told_time) /* it is cut to seconds: take their middle */
        t->off_ms = theirs + 500 - (before + env_now_ms(&t->c->env)) / 2;
    if (res.status != 200)
        return err_set(e, ERR_UNAVAILABLE, "%.*s answered %d for its keys",
                       STR_ARG(http_host(a, url)), res.status);
    *out = (struct jwks_answer){res.body, -1};
    return 0;
}

/* What to do when an address of the platform does not answer as it should. */
static const char *advice_for(const struct err *e, const char *otherwise)
{
    static const struct {
        const char *words;
        const char *advice;
    } known[] = {
        {"certificate",
         "Is the certificate its own or expired, or is a part of its chain "
         "missing? An authority of your own goes into ca_file."},
        {"private_networks",
         "If the platform is on your own network, name that network in "
         "private_networks."},
        {"no such host", "Is the host spelled right, and does this machine's name server "
                         "know it?"},
        {"in time", "Is there a firewall between this machine and the platform?"},
        {"connect", "Does the platform listen there, and may this machine reach it?"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(e->text, known[i].words) != NULL)
            return known[i].advice;
    return otherwise;
}

static void try_keys(struct trial *t)
{
    struct err e = {0};
    size_t n = 0;
    struct jwks *jwks = jwks_new(fetch, t);
    if (jwks_refresh(jwks, t->c->db, &t->c->env, t->c->a, t->r->id, t->r->jwks_url, &n,
                     &e) == 0)
        good(t, "keys",
             str_fmt(t->c->a, "%zu usable at %.*s", n, STR_ARG(t->r->jwks_url)));
    else
        bad(t, "keys", &e,
            advice_for(&e,
                       "Without the platform's keys no launch is accepted. Is its key "
                       "address (waymark platform show ID) right?"));
    jwks_free(jwks);
}

static bool far_off(int64_t ms)
{
    return ms <= -CLOCK_WARN_MS || ms >= CLOCK_WARN_MS;
}

static void try_clock(struct trial *t)
{
    struct err e = {0};
    int64_t launch = t->r->clock_offset_ms;
    int64_t off = t->told_time && !far_off(launch) ? t->off_ms : launch;
    if (!t->told_time && t->course.id == 0) {
        skipped("clock", "the platform has not told its time yet");
        return;
    }
    if (!far_off(off)) {
        good(t, "clock",
             str_fmt(t->c->a, "%+lld s, at the last launch %+lld s",
                     (long long)(t->told_time ? t->off_ms / 1000 : 0),
                     (long long)(launch / 1000)));
        return;
    }
    err_set(&e, ERR_INPUT, "the platform's clock is %+lld s off ours",
            (long long)(off / 1000));
    bad(t, "clock", &e,
        "Run NTP on both machines: launches fail when clocks differ by a minute.");
}

/* --- access tokens ----------------------------------------------------------- */

static struct svc_platform platform_of(const struct trial *t)
{
    return (struct svc_platform){
        .registration_id = t->r->id,
        .client_id = t->r->client_id,
        .token_url = t->r->token_url,
        .token_aud = t->r->token_aud,
        .deployment_id = t->course.deployment_id,
    };
}

/* What asking for a scope came to. */
enum grant_is { GRANTED, NOT_GRANTED, NO_TOKEN };

/* Ask the token endpoint itself, past the tokens that are kept. */
static enum grant_is ask(struct trial *t, const char *scope, struct err *e)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/x-www-form-urlencoded", 33}},
        {{"Accept", 6}, {"application/json", 16}},
    };
    struct arena *a = t->c->a;
    struct str jwt;
    struct svc_platform p = platform_of(t);
    int64_t now = env_now_ms(&t->c->env);
    struct js *claims = token_claims(a, &p, crypt_token(a, &t->c->env), now);
    if (toolkey_sign(t->key, a, claims, &jwt, e) != 0)
        return NO_TOKEN;
    struct http_req req = {
        .method = "POST",
        .url = p.token_url,
        .headers = headers,
        .headers_n = 2,
        .body =
            str_fmt(a,
                    "grant_type=client_credentials&client_assertion_type=urn%%3Aietf"
                    "%%3Aparams%%3Aoauth%%3Aclient-assertion-type%%3Ajwt-bearer"
                    "&client_assertion=%.*s&scope=%.*s",
                    STR_ARG(url_escape(a, jwt)), STR_ARG(url_escape(a, str_c(scope)))),
        .max_n = TOKEN_N,
        .total_ms = ASK_MS};
    struct http_res res;
    struct token token;
    if (http_do(t->http, &req, &res, a, e) != 0)
        return NO_TOKEN;
    if (token_read(&res, str_c(scope), now, &token, a, e) == 0)
        return token_covers(token.scope, str_c(scope)) ? GRANTED : NOT_GRANTED;
    struct js *v = js_parse(a, res.body, TOKEN_N, 8, NULL);
    return str_is(js_text(v, "error"), "invalid_scope") ? NOT_GRANTED : NO_TOKEN;
}

/* One permission, and what is off without it: the roster first, then columns. */
static const struct {
    const char *scope;
    const char *what;
    const char *off;
    bool always; /* ask although the platform's registration says nothing of it */
} permissions[] = {
    {SCOPE_ROSTER_RO, "roster", "teachers see no class list, only who has come", true},
    {SCOPE_LINEITEM, "columns", "no column for mastery and none for gates is made", true},
    {SCOPE_SCORE, "scores", "what is mastered opens nothing in the course", true},
    {SCOPE_RESULT_RO, "results", "a grade that a teacher changes is not noticed", true},
    {SCOPE_GROUPS, "groups", "the class cannot be looked at group by group", false},
    {SCOPE_NOTICES, "notices", "a copied course takes its skill map at its first launch",
     false},
};

/* A refusal that is about us, not about a permission: which key we used, for whom. */
static void say_who_we_are(struct trial *t, const struct err *e)
{
    struct str base = t->c->conf.public_url, kid = toolkey_kid(t->key);
    struct str aud = t->r->token_aud.n > 0 ? t->r->token_aud : t->r->token_url;
    bad(t, "access token", e, advice_for(e, "The platform does not take our signature:"));
    if (e->code != ERR_DENIED)
        return;
    printf("          - could it read our keys at %.*s/lti/jwks.json? It may be cut off "
           "from "
           "this machine,\n            or still hold an older key set\n"
           "          - our key (kid) is %.*s\n"
           "          - our client id there is %.*s\n"
           "          - the audience (aud) is %.*s\n",
           STR_ARG(base), STR_ARG(kid), STR_ARG(t->r->client_id), STR_ARG(aud));
}

static void try_token(struct trial *t)
{
    size_t off = 0;
    bool told = t->grant.registration_id != 0;
    for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++) {
        struct err e = {0};
        if (!permissions[i].always &&
            !(told && token_covers(t->grant.scopes, str_c(permissions[i].scope))))
            continue;
        enum grant_is is = ask(t, permissions[i].scope, &e);
        if (is == NO_TOKEN) {
            say_who_we_are(t, &e);
            t->no_roster = t->no_columns = true;
            return;
        }
        if (is == GRANTED)
            continue;
        off++;
        t->no_roster = t->no_roster || i == 0;
        t->no_columns = t->no_columns || i == 1;
        printf("  OFF   %-14s the platform does not grant it: %s\n", permissions[i].what,
               permissions[i].off);
    }
    if (off == 0)
        good(t, "access token", STR("every permission that Waymark uses is granted"));
    else
        good(t, "access token",
             STR("for the rest; an administrator of the platform may grant more"));
}

static int count_member(void *ctx, const struct nrps_member *m, struct err *e)
{
    (void)m;
    (void)e;
    ++*(int64_t *)ctx;
    return 0;
}

static void try_roster(struct trial *t)
{
    if (t->no_roster) {
        skipped("roster", "not without the permission");
        return;
    }
    if (t->course.id == 0 || t->course.nrps_url.n == 0) {
        skipped("roster",
                "no launch has brought a roster address yet: open Waymark in a course");
        return;
    }
    struct err e = {0};
    int64_t n = 0;
    struct nrps_walk walk = {.url = t->course.nrps_url,
                             .context_id = t->course.context_id};
    struct nrps_sink sink = {count_member, &n};
    struct svc_platform p = platform_of(t);
    if (nrps_page(&t->svc, &p, &walk, &sink, t->c->a, &e) == 0)
        good(t, "roster",
             str_fmt(t->c->a, "%lld people on the first page", (long long)n));
    else
        bad(t, "roster", &e, advice_for(&e, "May this tool read names and roles there?"));
}

static void try_grades(struct trial *t)
{
    if (t->no_columns) {
        skipped("grades", "not without the permission");
        return;
    }
    if (t->course.id == 0 || t->course.ags_lineitems_url.n == 0) {
        skipped("grades", "no launch has brought an address of the grade book yet");
        return;
    }
    struct err e = {0};
    struct ags_item want = {.resource_id = STR("waymark-test"), .tag = STR("test")},
                    found;
    struct svc_platform p = platform_of(t);
    if (ags_find(&t->svc, &p, SCOPE_LINEITEM, t->course.ags_lineitems_url, &want, &found,
                 t->c->a, &e) >= 0)
        good(t, "grades", STR("our columns can be read"));
    else
        bad(t, "grades", &e, advice_for(&e, "May this tool use the grade book there?"));
}

static void try_moodle(struct trial *t)
{
    struct err e = {0};
    struct lmsaccess acc;
    struct lms_site site = {0};
    int found =
        lmsaccess_find(t->c->db, t->c->a, &t->c->keys, t->r->id, t->course.tenant_id,
                       canvas_course(t->course.context_id, t->course.nrps_url), &acc, &e);
    if (found == 0) {
        skipped("web services",
                "none set (waymark platform moodle ID, or canvas ID); quizzes stay "
                "unseen");
        return;
    }
    const struct lms_ops *ops = found == 1 ? lms_find(acc.kind) : NULL;
    struct lms l = {
        .ops = ops, .http = t->http, .base_url = acc.base_url, .token = acc.token};
    if (ops != NULL && ops->probe(&l, &site, t->c->a, &e) == 0)
        good(t, "web services",
             str_fmt(t->c->a, "%.*s %.*s", STR_ARG(site.name), STR_ARG(site.release)));
    else
        bad(t, "web services", &e,
            advice_for(&e,
                       "For a token refused: waymark platform moodle ID, or canvas ID"));
}

static int newest_course(void *ctx, const struct course *c)
{
    struct trial *t = ctx;
    if (c->registration_id == t->r->id && (t->course.id == 0 || c->nrps_url.n > 0))
        t->course = *c;
    return 0;
}

static int set_up(struct trial *t, struct err *e)
{
    struct cmd_ctx *c = t->c;
    struct http_opt opt = {
        .private_networks = c->conf.private_networks,
        .ca_file = c->conf.ca_file,
        .allow_http = c->conf.allow_http,
    };
    t->http = http_new(&opt, e);
    if (t->http == NULL)
        return -1;
    t->key = toolkey_open(str_z(c->a, c->conf.key_dir), &c->env, true, e);
    if (t->key == NULL)
        return -1;
    t->svc = (struct svc){
        .db = c->db,
        .env = &c->env,
        .http = t->http,
        .seal_key = c->keys.seal,
        .holder = STR("platform test"),
        .sign = sign,
        .sign_ctx = t->key,
    };
    if (grant_get(c->db, c->a, t->r->id, &t->grant, e) < 0)
        return -1;
    return course_each(c->db, c->a, newest_course, t, e);
}

int platform_test(struct cmd_ctx *c, const struct platform_opt *o,
                  const struct registration *r)
{
    (void)o;
    struct err e = {0};
    struct trial t = {.c = c, .r = r};
    int status = CMD_FAILED;
    if (set_up(&t, &e) != 0) {
        status = cmd_fail(&e);
    } else {
        printf("%.*s\n", STR_ARG(r->name));
        try_state(&t);
        try_deployments(&t);
        try_keys(&t);
        try_clock(&t);
        try_token(&t);
        try_roster(&t);
        try_grades(&t);
        try_moodle(&t);
        status = t.failures == 0 ? CMD_OK : CMD_FAILED;
    }
    if (t.key != NULL)
        toolkey_close(t.key);
    http_free(t.http);
    return status;
}

int platform_rotate(struct cmd_ctx *c, const struct platform_opt *o)
{
    struct err e = {0};
    if (toolkey_rotate(str_z(c->a, c->conf.key_dir), &c->env, o->force, &e) != 0)
        return cmd_fail(&e);
    printf("The next key signs from now on; the old one stays published for a week.\n"
           "Send SIGHUP to the running Waymark so that it reads the keys again.\n");
    return CMD_OK;
}
