#include "cmd/platform.h"

#include "lms/moodle.h"
#include "net/url.h"
#include "store/lmsaccess.h"

#define TOKEN_MAX 1024

static int probe(struct cmd_ctx *c, const struct lmsaccess *acc, struct lms_site *site,
                 struct err *e)
{
    struct http_opt opt = {
        .private_networks = c->conf.private_networks,
        .ca_file = c->conf.ca_file,
        .allow_http = c->conf.allow_http,
    };
    struct http *http = http_new(&opt, e);
    if (http == NULL)
        return -1;
    struct lms l = {.ops = moodle_ops(),
                    .http = http,
                    .base_url = acc->base_url,
                    .token = acc->token};
    int rc = l.ops->probe(&l, site, c->a, e);
    http_free(http);
    return rc;
}

/* --- for whom it is ---------------------------------------------------------- */

struct wanted {
    const char *deployment;
    int64_t tenant_id;
};

static int on_deployment(void *ctx, const struct deployment *d)
{
    struct wanted *w = ctx;
    if (str_is(d->deployment_id, w->deployment))
        w->tenant_id = d->tenant_id;
    return 0;
}

static int place_it(struct cmd_ctx *c, const struct platform_opt *o,
                    const struct registration *r, struct lmsaccess *acc, struct err *e)
{
    struct wanted w = {.deployment = o->deployment};
    if (o->deployment != NULL &&
        registration_each_deployment(c->db, c->a, r->id, on_deployment, &w, e) != 0)
        return -1;
    if (o->deployment != NULL && w.tenant_id == 0)
        return err_set(e, ERR_NOTFOUND, "it has no such deployment");
    acc->tenant_id = w.tenant_id;
    acc->course = str_c(o->course);
    return 0;
}

/* --- what is asked for ------------------------------------------------------- */

static int forget(struct cmd_ctx *c, const struct lmsaccess *acc)
{
    struct err e = {0};
    int rc =
        lmsaccess_remove(c->db, acc->registration_id, acc->tenant_id, acc->course, &e);
    if (rc < 0)
        return cmd_fail(&e);
    if (rc == 0) {
        fprintf(stderr, "waymark platform moodle: there is no such token\n");
        return CMD_FAILED;
    }
    printf("The token is forgotten.\n");
    return CMD_OK;
}

/* What the kept token may do, as of the last probe. */
static int say_kept(struct cmd_ctx *c, const struct platform_opt *o,
                    const struct lmsaccess *acc)
{
    struct err e = {0};
    struct lmsaccess kept;
    struct lms_site site;
    int found = lmsaccess_get(c->db, c->a, &c->keys, acc->registration_id, acc->tenant_id,
                              acc->course, &kept, &e);
    if (found < 0)
        return cmd_fail(&e);
    bool known = found == 1 && str_is(kept.kind, "moodle") &&
                 lms_probed_read(moodle_ops(), kept.probed, &site, c->a) == 1;
    platform_needs_say(c, o, moodle_ops(), known ? &site.met : NULL);
    return CMD_OK;
}

static int keep(struct cmd_ctx *c, const struct platform_opt *o, struct lmsaccess *acc)
{
    struct err e = {0};
    struct str token;
    struct lms_site site = {0};
    struct url u;
    if (cmd_read_file(c->a, o->token_file, TOKEN_MAX, &token, &e) != 0)
        return cmd_fail(&e);
    acc->base_url = str_c(o->url);
    while (acc->base_url.n > 0 && acc->base_url.p[acc->base_url.n - 1] == '/')
        acc->base_url.n--;
    acc->token = str_trim(token);
    if (url_parse(c->a, acc->base_url, c->conf.allow_http ? URL_HTTP : URL_HTTPS_ONLY, &u,
                  &e) != 0 ||
        probe(c, acc, &site, &e) != 0)
        return cmd_fail(&e);
    if (!o->json)
        printf("%.*s (Moodle %.*s) answers. With this token Waymark may:\n",
               STR_ARG(cmd_shown(c->a, site.name)),
               STR_ARG(cmd_shown(c->a, site.release)));
    platform_needs_say(c, o, moodle_ops(), &site.met);
    acc->probed = lms_probed_text(moodle_ops(), &site, c->a);
    acc->probed_ms = env_now_ms(&c->env);
    if (lmsaccess_put(c->db, c->a, &c->env, &c->keys, acc, &e) != 0)
        return cmd_fail(&e);
    if (!o->json)
        printf("The token is kept, sealed.\n");
    return CMD_OK;
}

int platform_moodle(struct cmd_ctx *c, const struct platform_opt *o,
                    const struct registration *r)
{
    struct err e = {0};
    struct lmsaccess acc = {.registration_id = r->id, .kind = STR("moodle")};
    if (place_it(c, o, r, &acc, &e) != 0)
        return cmd_fail(&e);
    if (o->remove)
        return forget(c, &acc);
    if (o->needs && o->token_file == NULL)
        return say_kept(c, o, &acc);
    if (o->url == NULL || o->token_file == NULL) {
        fprintf(stderr, "waymark platform moodle: --url and --token-file are needed\n");
        return CMD_USAGE;
    }
    return keep(c, o, &acc);
}
