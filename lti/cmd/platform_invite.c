/* `waymark platform invite` and `invitations`: Dynamic Registration begins here, because
 * its address is open to everybody (DR-S1). */
#include "cmd/platform.h"

#include "base/crypt.h"
#include "net/url.h"
#include "store/invitation.h"

#define DAY_MS INT64_C(86400000)
#define DAYS 7
#define DAYS_MAX 90
#define NAME_N 120

struct invite_opt {
    const char *path, *issuer_host, *name;
    int64_t days;
    bool auto_approve, json;
};

static int check(struct cmd_ctx *c, const struct invite_opt *o, struct err *e)
{
    struct url u;
    if (o->days < 1 || o->days > DAYS_MAX)
        return err_set(e, ERR_INPUT, "--days is 1 to %d", DAYS_MAX);
    if (!str_utf8(str_c(o->name)) || str_c(o->name).n > NAME_N)
        return err_set(e, ERR_INPUT, "--name takes at most %d bytes of UTF-8", NAME_N);
    if (o->issuer_host == NULL)
        return 0;
    struct str text = str_fmt(c->a, "https://%s/", o->issuer_host);
    if (url_parse(c->a, text, URL_HTTPS_ONLY, &u, NULL) != 0 ||
        !str_eq(u.host, str_lower(c->a, str_c(o->issuer_host))))
        return err_set(e, ERR_INPUT,
                       "--issuer-host takes a host name alone, such as "
                       "moodle.example.edu");
    return 0;
}

static void say(struct cmd_ctx *c, const struct invite_opt *o, const struct invitation *i,
                struct str url, struct str approval)
{
    struct str until = cmd_time(c->a, i->expires_ms);
    printf("Send this address to the platform's administrator. It works once, until %.*s "
           "UTC:\n\n  %.*s\n\n"
           "  Moodle   Site administration > Plugins > External tool > Manage tools:\n"
           "           paste it as tool URL, \"Add LTI Advantage\"\n"
           "  Canvas   Admin > Developer Keys > + LTI Registration: paste it\n\n",
           STR_ARG(until), STR_ARG(url));
    if (o->auto_approve && i->issuer_host.n == 0)
        printf(
            "Mind: whoever gets hold of this address is let in. With --issuer-host only "
            "that host is.\n\n");
    if (o->auto_approve) {
        printf("What registers with it is approved by itself, unless something about it "
               "is odd.\nThen approve it with this code, which is for you alone,");
    } else {
        printf("What registers with it waits until you approve it, with this code, which "
               "is for\nyou alone,");
    }
    printf(" at %.*s/approve\n(or with: waymark platform approve ID):\n\n  %.*s\n",
           STR_ARG(c->conf.public_url), STR_ARG(approval));
}

static int invite(struct cmd_ctx *c, const struct invite_opt *o)
{
    struct err e = {0};
    if (check(c, o, &e) != 0)
        return cmd_fail(&e);
    struct str code = crypt_token(c->a, &c->env);
    struct str approval = invitation_approval_code(c->a, &c->env);
    int64_t now = env_now_ms(&c->env);
    struct invitation i = {
        .code_hash = invitation_code_hash(c->a, code),
        .name = str_c(o->name),
        .issuer_host = str_lower(c->a, str_c(o->issuer_host)),
        .auto_approve = o->auto_approve,
        .expires_ms = now + o->days * DAY_MS,
        .created_ms = now,
    };
    if (invitation_add(c->db, &i, invitation_approval_hash(c->a, approval), &e) != 0)
        return cmd_fail(&e);
    struct str url = str_fmt(c->a, "%.*s/lti/register?code=%.*s",
                             STR_ARG(c->conf.public_url), STR_ARG(code));
    if (!o->json) {
        say(c, o, &i, url, approval);
        return CMD_OK;
    }
    struct js *j = js_object(c->a);
    js_set_str(j, "url", url);
    js_set_str(j, "approval_code", approval);
    js_set_str(j, "approve_at",
               str_fmt(c->a, "%.*s/approve", STR_ARG(c->conf.public_url)));
    js_set_i64(j, "expires_ms", i.expires_ms);
    cmd_print_json(c->a, j);
    return CMD_OK;
}

int platform_invite(const struct cmd *self, int argc, char **argv)
{
    struct invite_opt o = {.days = DAYS, .name = ""};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--issuer-host", "HOST", ARG_TEXT, &o.issuer_host, false,
         "only a platform of this host may use it"},
        {"--days", "N", ARG_INT, &o.days, false, "how long it works (7)"},
        {"--name", "TEXT", ARG_TEXT, &o.name, false, "for whom it is, for lists"},
        {"--auto-approve", NULL, ARG_FLAG, &o.auto_approve, false,
         "do not ask a person, unless something is odd"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    int status = cmd_open(&c, o.path, CMD_DB) == 0 ? invite(&c, &o) : CMD_FAILED;
    cmd_close(&c);
    return status;
}

struct listing {
    struct cmd_ctx *c;
    struct js *rows; /* NULL: print lines */
};

static int list_one(void *ctx, const struct invitation *i)
{
    struct listing *l = ctx;
    bool over = i->expires_ms <= env_now_ms(&l->c->env);
    const char *state = i->registration_id != 0 ? "used" : over ? "expired" : "open";
    if (l->rows == NULL) {
        printf("%-8s until %.*s  %.*s%s%.*s%s", state,
               STR_ARG(cmd_time(l->c->a, i->expires_ms)), STR_ARG(i->name),
               i->issuer_host.n > 0 ? "  for " : "", STR_ARG(i->issuer_host),
               i->auto_approve ? "  (approved by itself)" : "");
        if (i->registration_id != 0)
            printf("  platform %lld", (long long)i->registration_id);
        printf("\n");
        return 0;
    }
    struct js *o = js_object(l->c->a);
    js_set_str(o, "state", str_c(state));
    js_set_str(o, "name", i->name);
    js_set_str(o, "issuer_host", i->issuer_host);
    js_set_bool(o, "auto_approve", i->auto_approve);
    js_set_i64(o, "platform", i->registration_id);
    js_set_i64(o, "expires_ms", i->expires_ms);
    js_set_i64(o, "created_ms", i->created_ms);
    js_push(l->rows, o);
    return 0;
}

int platform_invite_list(struct cmd_ctx *c, const struct platform_opt *o)
{
    struct err e = {0};
    struct listing l = {c, o->json ? js_array(c->a) : NULL};
    if (invitation_each(c->db, c->a, list_one, &l, &e) != 0)
        return cmd_fail(&e);
    if (o->json)
        cmd_print_json(c->a, l.rows);
    return CMD_OK;
}
