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
    if (platform_needs_place(c, o, r, &acc, &e) != 0)
        return cmd_fail(&e);
    if (o->remove)
        return platform_needs_forget(c, &acc);
    if (o->needs && o->token_file == NULL)
        return platform_needs_kept(c, o, &acc);
    if (o->url == NULL || o->token_file == NULL) {
        fprintf(stderr, "waymark platform moodle: --url and --token-file are needed\n");
        return CMD_USAGE;
    }
    return keep(c, o, &acc);
}
