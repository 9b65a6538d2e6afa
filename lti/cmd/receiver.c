#include "cmd/cmd.h"

#include "base/vec.h"
#include "store/course.h"
#include "store/receiver.h"
#include "store/registration.h"
#include "store/statement.h"

#include <string.h>

struct opt {
    const char *conf, *kind, *deployment, *label;
    int64_t platform, course;
    struct arg_list homes;
    bool json;
};

/* --- add --------------------------------------------------------------------- */

struct choice {
    struct str wanted; /* empty: the only one */
    int64_t tenant_id;
    int n;
};

static int choose(void *ctx, const struct deployment *d)
{
    struct choice *c = ctx;
    if (c->wanted.n > 0 && !str_eq(c->wanted, d->deployment_id))
        return 0;
    c->tenant_id = d->tenant_id;
    c->n++;
    return 0;
}

static int say(const char *text)
{
    fprintf(stderr, "waymark receiver add: %s\n", text);
    return -1;
}

/* Which deployment, and which course of it. 0, or -1: said. */
static int find_place(struct cmd_ctx *c, const struct opt *o,
                      const struct registration *reg, struct receiver *k)
{
    struct err e = {0};
    struct choice found = {.wanted = str_c(o->deployment)};
    struct course course;
    if (registration_each_deployment(c->db, c->a, reg->id, choose, &found, &e) != 0) {
        cmd_fail(&e);
        return -1;
    }
    if (o->course == 0) {
        if (found.n != 1)
            return say(found.n == 0 ? "the platform has no such deployment (see: waymark "
                                      "platform show ID)"
                                    : "the platform has several deployments: choose one "
                                      "with --deployment");
        k->tenant_id = found.tenant_id;
        return 0;
    }
    int rc = course_get(c->db, c->a, 0, o->course, &course, &e);
    if (rc < 0) {
        cmd_fail(&e);
        return -1;
    }
    if (rc == 0 || course.registration_id != reg->id ||
        (found.wanted.n > 0 && course.tenant_id != found.tenant_id))
        return say("the platform has no such course (see: waymark course list)");
    k->tenant_id = course.tenant_id;
    k->course_id = course.id;
    return 0;
}

static void add_home(struct buf *homes, struct str url)
{
    struct str rest = url, host, tail;
    size_t at = str_find(url, STR("://"), 0);
    if (at != SIZE_MAX)
        rest = str_sub(url, at + 3, url.n);
    str_cut(rest, '/', &host, &tail);
    str_cut(host, ':', &host, &tail);
    struct str known = buf_view(homes), word;
    for (bool more = known.n > 0; more;) {
        more = str_cut(known, ' ', &word, &known);
        if (str_ieq(word, host))
            return;
    }
    if (homes->n > 0)
        buf_char(homes, ' ');
    buf_str(homes, str_lower(homes->a, host));
}

/* Hosts whose account names are the LMS's own: of its addresses, and what was told. */
static struct str homes_of(struct cmd_ctx *c, const struct opt *o,
                           const struct registration *reg)
{
    struct buf b;
    buf_init(&b, c->a, 128);
    for (size_t i = 0; i < o->homes.n; i++)
        add_home(&b, str_c(o->homes.v[i]));
    add_home(&b, reg->issuer);
    add_home(&b, reg->auth_url);
    add_home(&b, reg->token_url);
    return buf_view(&b);
}

static void show_new(struct cmd_ctx *c, const struct opt *o, const struct receiver *k,
                     struct str secret)
{
    const char *path = str_is(k->kind, "xapi") ? "/xapi" : "/caliper";
    struct str url = str_fmt(c->a, "%.*s%s", STR_ARG(c->conf.public_url), path);
    struct str token = str_fmt(c->a, "%.*s.%.*s", STR_ARG(k->key_id), STR_ARG(secret));
    if (o->json) {
        struct js *j = js_object(c->a);
        js_set_str(j, "key", k->key_id);
        js_set_str(j, "secret", secret);
        js_set_str(j, "token", token);
        js_set_str(j, "address", url);
        cmd_print_json(c->a, j);
        return;
    }
    printf("Address  %.*s\n", STR_ARG(url));
    if (str_is(k->kind, "xapi"))
        printf("Key      %.*s\nSecret   %.*s\n", STR_ARG(k->key_id), STR_ARG(secret));
    else
        printf("Key      %.*s.%.*s\n", STR_ARG(k->key_id), STR_ARG(secret));
    fprintf(stderr, "The secret is shown this once: Waymark keeps its hash alone.\n");
}

static int add(struct cmd_ctx *c, const struct opt *o)
{
    struct err e = {0};
    struct registration reg;
    struct str secret;
    struct receiver k = {.kind = str_c(o->kind), .label = str_c(o->label)};
    if ((!str_is(k.kind, "xapi") && !str_is(k.kind, "caliper")) || o->platform == 0 ||
        k.label.n == 0 || k.label.n > 200) {
        say("--kind xapi or caliper, --platform ID and --label are needed");
        return CMD_USAGE;
    }
    int found = registration_get(c->db, c->a, o->platform, &reg, &e);
    if (found < 0)
        return cmd_fail(&e);
    if (found == 0) {
        say("there is no such platform (see: waymark platform list)");
        return CMD_FAILED;
    }
    if (find_place(c, o, &reg, &k) != 0)
        return CMD_FAILED;
    k.homes = homes_of(c, o, &reg);
    if (receiver_add(c->db, &c->env, c->a, &k, &secret, &e) != 0)
        return cmd_fail(&e);
    show_new(c, o, &k, secret);
    return CMD_OK;
}

/* --- list, show, revoke ------------------------------------------------------ */

struct listing {
    struct cmd_ctx *c;
    struct js *rows; /* NULL: print lines */
};

static struct js *as_json(struct cmd_ctx *c, const struct receiver *k)
{
    struct js *o = js_object(c->a);
    js_set_str(o, "key", k->key_id);
    js_set_str(o, "kind", k->kind);
    js_set_str(o, "label", k->label);
    js_set_str(o, "state", k->state);
    js_set_i64(o, "platform", k->registration_id);
    js_set_str(o, "deployment_id", k->deployment_id);
    js_set_i64(o, "course", k->course_id);
    js_set_str(o, "homes", k->homes);
    js_set_i64(o, "created_ms", k->created_ms);
    return o;
}

static void print(struct cmd_ctx *c, const struct receiver *k)
{
    printf("%.*s  %-7.*s  %-7.*s  platform %lld, deployment %.*s", STR_ARG(k->key_id),
           STR_ARG(k->kind), STR_ARG(k->state), (long long)k->registration_id,
           STR_ARG(cmd_shown(c->a, k->deployment_id)));
    if (k->course_id != 0)
        printf(", course %lld", (long long)k->course_id);
    printf("  %.*s  since %.*s\n", STR_ARG(cmd_shown(c->a, k->label)),
           STR_ARG(cmd_time(c->a, k->created_ms)));
}

static int list_one(void *ctx, const struct receiver *k)
{
    struct listing *l = ctx;
    if (l->rows == NULL)
        print(l->c, k);
    else
        js_push(l->rows, as_json(l->c, k));
    return 0;
}

static int list(struct cmd_ctx *c, const struct opt *o)
{
    struct err e = {0};
    struct listing l = {c, o->json ? js_array(c->a) : NULL};
    if (receiver_each(c->db, c->a, list_one, &l, &e) != 0)
        return cmd_fail(&e);
    if (o->json)
        cmd_print_json(c->a, l.rows);
    return CMD_OK;
}

static int no_such(const char *key)
{
    fprintf(stderr,
            "waymark receiver: there is no such key %s (see: waymark receiver "
            "list)\n",
            key);
    return CMD_FAILED;
}

static void count_one(void *ctx, struct str state, struct str reason, int64_t n)
{
    struct listing *l = ctx;
    if (l->rows == NULL) {
        printf("%9lld  %.*s%s%.*s\n", (long long)n, STR_ARG(state),
               reason.n > 0 ? ": " : "", STR_ARG(cmd_shown(l->c->a, reason)));
        return;
    }
    struct js *o = js_object(l->c->a);
    js_set_str(o, "state", str_dup(l->c->a, state));
    js_set_str(o, "reason", str_dup(l->c->a, reason));
    js_set_i64(o, "n", n);
    js_push(l->rows, o);
}

static int show(struct cmd_ctx *c, const struct opt *o, const char *key)
{
    struct err e = {0};
    struct receiver k;
    struct listing l = {c, o->json ? js_array(c->a) : NULL};
    int found = receiver_find(c->db, c->a, str_c(key), &k, &e);
    if (found < 0)
        return cmd_fail(&e);
    if (found == 0)
        return no_such(key);
    if (!o->json)
        print(c, &k);
    if (statement_counts(c->db, k.key_id, count_one, &l, &e) != 0)
        return cmd_fail(&e);
    if (o->json) {
        struct js *j = as_json(c, &k);
        js_set(j, "counts", l.rows);
        cmd_print_json(c->a, j);
    }
    return CMD_OK;
}

static int revoke(struct cmd_ctx *c, const char *key)
{
    struct err e = {0};
    int n = receiver_revoke(c->db, str_c(key), &e);
    if (n < 0)
        return cmd_fail(&e);
    if (n == 0)
        return no_such(key);
    printf("The key opens nothing any more. What it sent stays.\n");
    return CMD_OK;
}

int cmd_receiver(const struct cmd *self, int argc, char **argv)
{
    struct opt o = {.conf = NULL};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.conf, false, "the configuration file"},
        {"--kind", "KIND", ARG_TEXT, &o.kind, false, "add: xapi or caliper"},
        {"--platform", "ID", ARG_INT, &o.platform, false,
         "add: whose people it speaks of"},
        {"--deployment", "ID", ARG_TEXT, &o.deployment, false,
         "add: where the platform has several"},
        {"--course", "ID", ARG_INT, &o.course, false,
         "add: everything it sends is about this course"},
        {"--label", "TEXT", ARG_TEXT, &o.label, false, "add: who sends, for people"},
        {"--home", "HOST", ARG_LIST, &o.homes, false,
         "add: a host whose account names are the platform's own, besides its addresses"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    const char *verb = rest.n > 0 ? rest.v[0] : "";
    bool one = strcmp(verb, "show") == 0 || strcmp(verb, "revoke") == 0;
    if (rest.n != (one ? 2u : 1u) ||
        (!one && strcmp(verb, "add") != 0 && strcmp(verb, "list") != 0)) {
        fprintf(stderr, "waymark receiver: say `receiver add`, `list`, `show KEY` or "
                        "`revoke KEY`\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, o.conf, CMD_DB) == 0)
        status = strcmp(verb, "add") == 0    ? add(&c, &o)
                 : strcmp(verb, "list") == 0 ? list(&c, &o)
                 : strcmp(verb, "show") == 0 ? show(&c, &o, rest.v[1])
                                             : revoke(&c, rest.v[1]);
    cmd_close(&c);
    return status;
}
