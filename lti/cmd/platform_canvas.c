#include "cmd/platform.h"

#include "base/crypt.h"
#include "lms/canvas.h"
#include "lms/canvas_oauth.h"
#include "net/url.h"
#include "store/consent.h"
#include "store/lmsaccess.h"

#include <string.h>

#define TOKEN_MAX 4096

/* --- what the token may do ---------------------------------------------------- */

static int probe(struct cmd_ctx *c, struct lmsaccess *acc, struct lms_site *site,
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
    struct lms l = {.ops = canvas_ops(),
                    .http = http,
                    .base_url = acc->base_url,
                    .token = acc->token,
                    .course = acc->course};
    int rc = l.ops->probe(&l, site, c->a, e);
    http_free(http);
    return rc;
}

static int base_of(struct cmd_ctx *c, const struct platform_opt *o, struct str *base,
                   struct err *e)
{
    struct url u;
    *base = str_c(o->url);
    while (base->n > 0 && base->p[base->n - 1] == '/')
        base->n--;
    return url_parse(c->a, *base, c->conf.allow_http ? URL_HTTP : URL_HTTPS_ONLY, &u, e);
}

/* --- the verb ------------------------------------------------------------------ */

static int with_token(struct cmd_ctx *c, const struct platform_opt *o,
                      struct lmsaccess *acc, struct err *e)
{
    struct str token;
    struct lms_site site = {0};
    if (cmd_read_file(c->a, o->token_file, TOKEN_MAX, &token, e) != 0)
        return -1;
    acc->token = str_trim(token);
    if (probe(c, acc, &site, e) != 0)
        return -1;
    printf("Canvas at %.*s answers. With this token Waymark may:\n",
           STR_ARG(cmd_shown(c->a, acc->base_url)));
    platform_needs_say(c, o, canvas_ops(), &site.met);
    acc->probed = lms_probed_text(canvas_ops(), &site, c->a);
    acc->probed_ms = env_now_ms(&c->env);
    if (lmsaccess_put(c->db, c->a, &c->env, &c->keys, acc, e) != 0)
        return -1;
    printf("The token is kept, sealed.\n");
    return 0;
}

/* A developer key: an administrator opens the address, and the token comes by itself.
 * What is there already goes on working until then. */
static int with_key(struct cmd_ctx *c, const struct platform_opt *o,
                    struct lmsaccess *acc, struct err *e)
{
    struct str secret, state = crypt_token(c->a, &c->env);
    struct consent of = {acc->registration_id, acc->tenant_id, acc->course};
    struct lmsaccess old = {0};
    if (cmd_read_file(c->a, o->client_secret_file, TOKEN_MAX, &secret, e) != 0)
        return -1;
    int found = lmsaccess_get(c->db, c->a, &c->keys, acc->registration_id, acc->tenant_id,
                              acc->course, &old, e);
    if (found < 0)
        return -1;
    if (found == 1 && str_eq(old.base_url, acc->base_url) &&
        str_eq(old.kind, acc->kind)) {
        acc->token = old.token;
        acc->token_expires_ms = old.token_expires_ms;
        acc->refresh = str_is(old.client_id, o->client_id) ? old.refresh : STR_EMPTY;
        acc->probed = old.probed;
    }
    acc->client_id = str_c(o->client_id);
    acc->client_secret = str_trim(secret);
    if (lmsaccess_put(c->db, c->a, &c->env, &c->keys, acc, e) != 0 ||
        consent_begin(c->db, c->a, &of, state, env_now_ms(&c->env) + CONSENT_MS, e) < 0)
        return -1;
    struct canvas_oauth key = {
        .base_url = acc->base_url,
        .client_id = acc->client_id,
        .redirect_uri = str_fmt(c->a, "%.*s/lms/oauth", STR_ARG(c->conf.public_url))};
    printf("The key is kept, sealed. In Canvas, its redirect URI must be\n  %.*s\n"
           "Now an administrator of Canvas opens this address, within ten minutes:\n\n"
           "%.*s\n",
           STR_ARG(key.redirect_uri),
           STR_ARG(canvas_oauth_address(c->a, &key, canvas_ops(), state)));
    return 0;
}

int platform_canvas(struct cmd_ctx *c, const struct platform_opt *o,
                    const struct registration *r)
{
    struct err e = {0};
    struct lmsaccess acc = {.registration_id = r->id, .kind = STR("canvas")};
    bool key = o->client_id != NULL && o->client_secret_file != NULL;
    if (o->course != NULL && o->deployment == NULL)
        err_set(&e, ERR_INPUT, "--course needs the --deployment that it is in");
    if (e.code != ERR_NONE || platform_needs_place(c, o, r, &acc, &e) != 0)
        return cmd_fail(&e);
    if (o->remove)
        return platform_needs_forget(c, &acc);
    if (o->needs && o->token_file == NULL && !key)
        return platform_needs_kept(c, o, &acc);
    if (o->url == NULL || (o->token_file == NULL) != key) {
        fprintf(stderr, "waymark platform canvas: --url and --token-file are needed, or "
                        "--url, --client-id and --client-secret-file\n");
        return CMD_USAGE;
    }
    if (base_of(c, o, &acc.base_url, &e) != 0 ||
        (key ? with_key(c, o, &acc, &e) : with_token(c, o, &acc, &e)) != 0)
        return cmd_fail(&e);
    return CMD_OK;
}
