#include "cmd/platform.h"

#include "net/url.h"

#include <string.h>

/* An address that the configuration lets us call: https, or http for loopback trials. */
static int check_url(struct cmd_ctx *c, const char *what, const char *text, struct err *e)
{
    struct url u;
    struct err why = {0};
    if (url_parse(c->a, str_c(text), c->conf.allow_http ? URL_HTTP : URL_HTTPS_ONLY, &u,
                  &why) != 0)
        return err_set(e, ERR_INPUT, "%s is not an address that can be used: %.120s",
                       what, why.text);
    return 0;
}

struct add_opt {
    const char *path, *issuer, *client_id, *auth_url, *token_url, *jwks_url, *token_aud,
        *name, *policy;
    struct arg_list deployments;
    bool anonymous, admins_are_staff, strict_target, json;
};

static int check_add(struct cmd_ctx *c, const struct add_opt *o, struct err *e)
{
    struct url issuer;
    const char *policy = o->policy;
    if (check_url(c, "--auth-url", o->auth_url, e) != 0 ||
        check_url(c, "--token-url", o->token_url, e) != 0 ||
        check_url(c, "--jwks-url", o->jwks_url, e) != 0)
        return -1;
    if (url_parse(c->a, str_c(o->issuer), URL_HTTP, &issuer, e) != 0)
        return -1;
    if (issuer.has_query)
        return err_set(e, ERR_INPUT, "--issuer may not have a query");
    if (strcmp(policy, "reject") != 0 && strcmp(policy, "pending") != 0 &&
        strcmp(policy, "auto") != 0)
        return err_set(e, ERR_INPUT, "--deployment-policy is reject, pending or auto");
    for (size_t i = 0; i < o->deployments.n; i++)
        if (strlen(o->deployments.v[i]) == 0 || strlen(o->deployments.v[i]) > 255)
            return err_set(e, ERR_INPUT, "--deployment takes 1 to 255 characters");
    return 0;
}

static void say_paste(struct cmd_ctx *c, const struct registration *r)
{
    struct str base = c->conf.public_url;
    printf(
        "\nGive these to the platform's administrator:\n"
        "  Tool URL (launch, redirect)   %.*s/lti/launch\n"
        "  Initiate login URL            %.*s/lti/login\n"
        "  Public keyset (JWKS) URL      %.*s/lti/jwks.json\n"
        "  Custom parameters             context_id_history=$Context.id.history\n"
        "                                link_id_history=$ResourceLink.id.history\n"
        "                                (they let a copied course find its skill map)\n"
        "Then: waymark platform test %lld\n",
        STR_ARG(base), STR_ARG(base), STR_ARG(base), (long long)r->id);
}

struct add_tx {
    struct cmd_ctx *c;
    struct registration *r;
    const struct arg_list *deployments;
};

static int add_tx(struct db *db, void *ctx, struct err *e)
{
    struct add_tx *t = ctx;
    if (registration_add(db, &t->c->env, t->r, e) != 0)
        return -1;
    for (size_t i = 0; i < t->deployments->n; i++)
        if (registration_add_deployment(db, &t->c->env, t->r->id,
                                        str_c(t->deployments->v[i]), STR("active"),
                                        e) != 0)
            return -1;
    return 0;
}

static int add(struct cmd_ctx *c, const struct add_opt *o)
{
    struct err e = {0};
    if (check_add(c, o, &e) != 0)
        return cmd_fail(&e);
    struct registration r = {
        .issuer = str_c(o->issuer),
        .client_id = str_c(o->client_id),
        .name = str_c(o->name != NULL ? o->name : o->issuer),
        .auth_url = str_c(o->auth_url),
        .token_url = str_c(o->token_url),
        .jwks_url = str_c(o->jwks_url),
        .token_aud = str_c(o->token_aud),
        .state = STR("active"),
        .deployment_policy = str_c(o->policy),
        .allow_anonymous = o->anonymous,
        .admins_are_staff = o->admins_are_staff,
        .strict_target = o->strict_target,
        .trusted_audiences = STR("[]"),
        .frame_origins = STR("[]"),
    };
    struct add_tx t = {c, &r, &o->deployments};
    if (db_tx(c->db, DB_WRITE, add_tx, &t, &e) != 0) {
        if (e.code == ERR_CONFLICT)
            err_set(
                &e, ERR_CONFLICT,
                "this issuer and client id are registered already (see: waymark platform "
                "list); a registration is never overwritten");
        return cmd_fail(&e);
    }
    if (o->json) {
        struct js *j = js_object(c->a);
        js_set_i64(j, "id", r.id);
        cmd_print_json(c->a, j);
        return CMD_OK;
    }
    printf("Registered %s as %lld.\n", o->issuer, (long long)r.id);
    say_paste(c, &r);
    return CMD_OK;
}

static int run_add(const struct cmd *self, int argc, char **argv)
{
    struct add_opt o = {.policy = "reject"};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--issuer", "URL", ARG_TEXT, &o.issuer, true,
         "the platform's issuer, letter by letter"},
        {"--client-id", "ID", ARG_TEXT, &o.client_id, true,
         "the client id it gave to Waymark"},
        {"--auth-url", "URL", ARG_TEXT, &o.auth_url, true,
         "its OIDC authentication address"},
        {"--token-url", "URL", ARG_TEXT, &o.token_url, true, "its access token address"},
        {"--jwks-url", "URL", ARG_TEXT, &o.jwks_url, true, "its public keyset"},
        {"--token-aud", "TEXT", ARG_TEXT, &o.token_aud, false,
         "audience of token requests, where it is not the token address (Brightspace)"},
        {"--deployment", "ID", ARG_LIST, &o.deployments, false,
         "a deployment id; may be repeated"},
        {"--deployment-policy", "P", ARG_TEXT, &o.policy, false,
         "what to do with others: reject, pending or auto (reject)"},
        {"--name", "TEXT", ARG_TEXT, &o.name, false, "how to call it in lists"},
        {"--allow-anonymous", NULL, ARG_FLAG, &o.anonymous, false,
         "take launches without a user"},
        {"--admins-are-staff", NULL, ARG_FLAG, &o.admins_are_staff, false,
         "administrators without a course role see the teacher's pages"},
        {"--strict-target", NULL, ARG_FLAG, &o.strict_target, false,
         "refuse a launch whose target differs from its login's"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    int status = cmd_open(&c, o.path, CMD_DB) == 0 ? add(&c, &o) : CMD_FAILED;
    cmd_close(&c);
    return status;
}

static struct js *as_json(struct arena *a, const struct registration *r)
{
    struct js *o = js_object(a);
    js_set_i64(o, "id", r->id);
    js_set_str(o, "name", r->name);
    js_set_str(o, "issuer", r->issuer);
    js_set_str(o, "client_id", r->client_id);
    js_set_str(o, "state", r->state);
    js_set_str(o, "auth_url", r->auth_url);
    js_set_str(o, "token_url", r->token_url);
    js_set_str(o, "jwks_url", r->jwks_url);
    js_set_str(o, "deployment_policy", r->deployment_policy);
    js_set_str(o, "product_family", r->product_family);
    js_set_i64(o, "clock_offset_ms", r->clock_offset_ms);
    js_set_i64(o, "created_ms", r->created_ms);
    return o;
}

struct listing {
    struct arena *a;
    struct js *rows; /* NULL: print lines */
    struct db *db;
    struct js *pending; /* deployments of one registration that wait */
};

/* Deployments that a launch has told of and nobody has approved yet (TOK-20). */
static int list_pending(void *ctx, const struct deployment *d)
{
    struct listing *l = ctx;
    if (!str_is(d->state, "pending"))
        return 0;
    if (l->rows != NULL)
        js_push_str(l->pending, d->deployment_id);
    else
        printf("    waits for approval: waymark platform approve %lld --deployment "
               "%.*s\n",
               (long long)d->registration_id,
               STR_ARG(cmd_quoted(l->a, d->deployment_id)));
    return 0;
}

static int list_one(void *ctx, const struct registration *r)
{
    struct listing *l = ctx;
    struct err e = {0};
    struct js *o = as_json(l->a, r);
    l->pending = js_array(l->a);
    if (l->rows != NULL)
        js_push(l->rows, o);
    else
        printf("%lld  %-9.*s %.*s  %.*s  (%.*s)\n", (long long)r->id, STR_ARG(r->state),
               STR_ARG(r->issuer), STR_ARG(r->client_id), STR_ARG(r->name));
    if (registration_each_deployment(l->db, l->a, r->id, list_pending, l, &e) != 0)
        return cmd_fail(&e);
    js_set(o, "pending_deployments", l->pending);
    return 0;
}

static int list(struct cmd_ctx *c, const struct platform_opt *o)
{
    struct err e = {0};
    struct listing l = {.a = c->a, .rows = o->json ? js_array(c->a) : NULL, .db = c->db};
    if (registration_each(c->db, c->a, list_one, &l, &e) != 0)
        return cmd_fail(&e);
    if (o->json)
        cmd_print_json(c->a, l.rows);
    return CMD_OK;
}

static int show_deployment(void *ctx, const struct deployment *d)
{
    struct listing *l = ctx;
    if (l->rows == NULL) {
        printf("  deployment       %.*s (%.*s)\n", STR_ARG(d->deployment_id),
               STR_ARG(d->state));
        return 0;
    }
    struct js *o = js_object(l->a);
    js_set_str(o, "deployment_id", d->deployment_id);
    js_set_str(o, "state", d->state);
    js_push(l->rows, o);
    return 0;
}

static int show(struct cmd_ctx *c, const struct platform_opt *o,
                const struct registration *r)
{
    struct err e = {0};
    struct listing l = {.a = c->a, .rows = o->json ? js_array(c->a) : NULL};
    if (!o->json)
        printf(
            "%.*s\n  id               %lld\n  state            %.*s\n"
            "  issuer           %.*s\n  client id        %.*s\n  auth             %.*s\n"
            "  token            %.*s\n  keys             %.*s\n  other deployments %.*s\n"
            "  clock            %+lld s\n",
            STR_ARG(r->name), (long long)r->id, STR_ARG(r->state), STR_ARG(r->issuer),
            STR_ARG(r->client_id), STR_ARG(r->auth_url), STR_ARG(r->token_url),
            STR_ARG(r->jwks_url), STR_ARG(r->deployment_policy),
            (long long)(r->clock_offset_ms / 1000));
    struct js *j = o->json ? as_json(c->a, r) : NULL;
    struct js *notices = o->json ? js_array(c->a) : NULL;
    struct js *credentials = o->json ? js_array(c->a) : NULL;
    if (registration_each_deployment(c->db, c->a, r->id, show_deployment, &l, &e) != 0 ||
        platform_show_grant(c, r->id, j, &e) != 0 ||
        platform_notices(c, r, notices, &e) != 0 ||
        platform_needs_credentials(c, r, credentials, &e) != 0)
        return cmd_fail(&e);
    if (o->json) {
        js_set(j, "credentials", credentials);
        js_set(j, "deployments", l.rows);
        js_set(j, "notices", notices);
        cmd_print_json(c->a, j);
    }
    return CMD_OK;
}

/* Without --deployment the registration changes, with it that deployment. */
static int set_state(struct cmd_ctx *c, const struct platform_opt *o,
                     const struct registration *r, const char *state)
{
    struct err e = {0};
    int64_t n =
        o->deployment == NULL
            ? registration_set_state(c->db, r->id, str_c(state), env_now_ms(&c->env), &e)
            : registration_set_deployment(c->db, r->id, str_c(o->deployment),
                                          str_c(state), &e);
    if (n < 0)
        return cmd_fail(&e);
    if (n == 0) {
        fprintf(stderr, "waymark platform: it has no deployment \"%s\"\n", o->deployment);
        return CMD_FAILED;
    }
    printf("%s is %s now.\n", o->deployment != NULL ? o->deployment : r->issuer.p, state);
    return CMD_OK;
}

struct waiting {
    int64_t n;
    struct str first;
};

static int count_waiting(void *ctx, const struct deployment *d)
{
    struct waiting *w = ctx;
    if (str_is(d->state, "pending") && w->n++ == 0)
        w->first = d->deployment_id;
    return 0;
}

static int approve(struct cmd_ctx *c, const struct platform_opt *o,
                   const struct registration *r)
{
    struct err e = {0};
    struct waiting w = {0};
    int status = set_state(c, o, r, "active");
    if (status != CMD_OK || o->deployment != NULL)
        return status;
    if (platform_show_grant(c, r->id, NULL, &e) != 0 ||
        registration_each_deployment(c->db, c->a, r->id, count_waiting, &w, &e) != 0)
        return cmd_fail(&e);
    if (w.n > 0)
        printf("%lld of its deployments still wait, such as this one:\n"
               "  waymark platform approve %lld --deployment %.*s\n",
               (long long)w.n, (long long)r->id, STR_ARG(cmd_quoted(c->a, w.first)));
    return CMD_OK;
}

static int disable(struct cmd_ctx *c, const struct platform_opt *o,
                   const struct registration *r)
{
    return set_state(c, o, r, "disabled");
}

static const struct verb {
    const char *name;
    int (*fn)(struct cmd_ctx *c, const struct platform_opt *o,
              const struct registration *r);
    enum cmd_need need;
} verbs[] = {
    {"show", show, CMD_DB},
    {"approve", approve, CMD_DB},
    {"disable", disable, CMD_DB},
    {"test", platform_test, CMD_KEYS},
    {"moodle", platform_moodle, CMD_KEYS},
    {"canvas", platform_canvas, CMD_KEYS},
    {"consumer-key", platform_consumer, CMD_KEYS},
};

static int with_registration(struct cmd_ctx *c, const struct platform_opt *o,
                             const struct verb *v, const char *word)
{
    struct err e = {0};
    struct registration r;
    int64_t id;
    if (!str_i64(str_c(word), &id)) {
        fprintf(stderr,
                "waymark platform: %s is not the id of a platform (see: waymark "
                "platform list)\n",
                word);
        return CMD_USAGE;
    }
    int found = registration_get(c->db, c->a, id, &r, &e);
    if (found < 0)
        return cmd_fail(&e);
    if (found == 0) {
        fprintf(stderr, "waymark platform: there is no platform %s\n", word);
        return CMD_FAILED;
    }
    return v->fn(c, o, &r);
}

static const struct verb *find_verb(const struct arg_list *rest)
{
    for (size_t i = 0; rest->n == 2 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(rest->v[0], verbs[i].name) == 0)
            return &verbs[i];
    return NULL;
}

typedef int listing_fn(struct cmd_ctx *c, const struct platform_opt *o);

static listing_fn *find_listing(const struct arg_list *rest)
{
    if (rest->n != 1)
        return NULL;
    if (strcmp(rest->v[0], "invitations") == 0)
        return platform_invite_list;
    return strcmp(rest->v[0], "list") == 0 ? list : NULL;
}

static int rotate(const struct cmd *self, const struct platform_opt *o)
{
    (void)self;
    struct cmd_ctx c = {0};
    int status =
        cmd_open(&c, o->path, CMD_CONF) == 0 ? platform_rotate(&c, o) : CMD_FAILED;
    cmd_close(&c);
    return status;
}

static int needs(const struct platform_opt *o, const char *kind)
{
    struct cmd_ctx c = {0};
    int status = cmd_open(&c, o->path, CMD_CONF) == 0 ? platform_needs(&c, o, kind)
                                                      : CMD_FAILED;
    cmd_close(&c);
    return status;
}

int cmd_platform(const struct cmd *self, int argc, char **argv)
{
    if (argc > 0 && strcmp(argv[0], "add") == 0)
        return run_add(self, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "invite") == 0)
        return platform_invite(self, argc - 1, argv + 1);
    struct platform_opt o = {0};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--deployment", "ID", ARG_TEXT, &o.deployment, false,
         "approve, disable, moodle, canvas: this deployment alone"},
        {"--course", "ID", ARG_TEXT, &o.course, false,
         "moodle, canvas: this course alone, by its id in the LMS"},
        {"--client-id", "ID", ARG_TEXT, &o.client_id, false,
         "canvas: a developer key (API key) instead of a token"},
        {"--client-secret-file", "FILE", ARG_TEXT, &o.client_secret_file, false,
         "canvas: file with its secret (- for standard input)"},
        {"--url", "URL", ARG_TEXT, &o.url, false, "moodle, canvas: address of the site"},
        {"--token-file", "FILE", ARG_TEXT, &o.token_file, false,
         "moodle, canvas: file with the token (- for standard input)"},
        {"--key", "K", ARG_TEXT, &o.key, false, "consumer-key: an LTI 1.1 consumer key"},
        {"--secret-file", "FILE", ARG_TEXT, &o.secret_file, false,
         "consumer-key: file with its secret (- for standard input)"},
        {"--needs", NULL, ARG_FLAG, &o.needs, false,
         "moodle, canvas: list every call, its permission and why (an id is not needed)"},
        {"--remove", NULL, ARG_FLAG, &o.remove, false,
         "consumer-key, moodle, canvas: forget it"},
        {"--force", NULL, ARG_FLAG, &o.force, false,
         "rotate-key: do not wait for the old key"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    if (rest.n == 1 && strcmp(rest.v[0], "rotate-key") == 0)
        return rotate(self, &o);
    if (rest.n == 1 && o.needs)
        return needs(&o, rest.v[0]);
    listing_fn *listing = find_listing(&rest);
    const struct verb *v = find_verb(&rest);
    if (listing == NULL && v == NULL) {
        fprintf(
            stderr,
            "waymark platform: say invite, add, list, invitations, rotate-key, or one "
            "of show, approve, disable, test, moodle, canvas, consumer-key with an id\n"
            "See: waymark help platform\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, o.path, listing != NULL ? CMD_DB : v->need) == 0)
        status =
            listing != NULL ? listing(&c, &o) : with_registration(&c, &o, v, rest.v[1]);
    cmd_close(&c);
    return status;
}
