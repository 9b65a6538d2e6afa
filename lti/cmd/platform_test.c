/* `waymark platform test`: each check says what it did and, when it failed, what to do.
 */
#include "cmd/platform.h"

#include "jose/toolkey.h"
#include "lms/lms.h"
#include "net/http.h"
#include "service/keyfetch.h"
#include "service/nrps.h"
#include "store/course.h"
#include "store/lmsaccess.h"

#define CLOCK_WARN_MS 30000

struct trial {
    struct cmd_ctx *c;
    const struct registration *r;
    struct http *http;
    struct toolkey *key;
    struct svc svc;
    int failures;
    struct course course; /* one that was launched; id 0: none yet */
};

static void good(const char *what, struct str detail)
{
    printf("  ok    %-14s %.*s\n", what, STR_ARG(detail));
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

static void try_keys(struct trial *t)
{
    struct err e = {0};
    size_t n = 0;
    struct jwks *jwks = jwks_new(keyfetch_http, t->http);
    if (jwks_refresh(jwks, t->c->db, &t->c->env, t->c->a, t->r->id, t->r->jwks_url, &n,
                     &e) == 0)
        good("keys", str_fmt(t->c->a, "%zu usable at %.*s", n, STR_ARG(t->r->jwks_url)));
    else
        bad(t, "keys", &e,
            "Without the platform's keys no launch is accepted. Is --jwks-url right, and "
            "may "
            "this machine reach it?");
    jwks_free(jwks);
}

static void try_clock(struct trial *t)
{
    int64_t off = t->r->clock_offset_ms;
    struct err e = {0};
    if (off > -CLOCK_WARN_MS && off < CLOCK_WARN_MS) {
        good("clock",
             str_fmt(t->c->a, "%+lld s at the last launch", (long long)(off / 1000)));
        return;
    }
    err_set(&e, ERR_INPUT, "the platform's clock is %+lld s off ours",
            (long long)(off / 1000));
    bad(t, "clock", &e,
        "Run NTP on both machines: launches fail when clocks differ by a minute.");
}

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

static void try_token(struct trial *t)
{
    struct err e = {0};
    struct token token;
    struct svc_platform p = platform_of(t);
    if (token_get(&t->svc, &p, STR(SCOPE_ROSTER_RO), STR_EMPTY, &token, t->c->a, &e) == 0)
        good("access token", str_fmt(t->c->a, "scope %.*s", STR_ARG(token.scope)));
    else
        bad(t, "access token", &e,
            "The platform must be able to read our keys at PUBLIC_URL/lti/jwks.json, and "
            "know "
            "this client id.");
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
        good("roster", str_fmt(t->c->a, "%lld people on the first page", (long long)n));
    else
        bad(t, "roster", &e,
            "Does the site answer, and may this tool read names and roles there?");
}

static void try_moodle(struct trial *t)
{
    struct err e = {0};
    struct lmsaccess acc;
    struct lms_site site = {0};
    int found = lmsaccess_get(t->c->db, t->c->a, &t->c->keys, t->r->id, &acc, &e);
    if (found == 0) {
        skipped("web services",
                "none set (waymark platform moodle ID); quizzes stay unseen");
        return;
    }
    const struct lms_ops *ops = found == 1 ? lms_find(acc.kind) : NULL;
    struct lms l = {ops, t->http, acc.base_url, acc.token};
    if (ops != NULL && ops->probe(&l, &site, t->c->a, &e) == 0)
        good("web services",
             str_fmt(t->c->a, "%.*s %.*s", STR_ARG(site.name), STR_ARG(site.release)));
    else
        bad(t, "web services", &e,
            "Does the site answer? For a token refused: waymark platform moodle ID");
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
        try_keys(&t);
        try_clock(&t);
        try_token(&t);
        try_roster(&t);
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
