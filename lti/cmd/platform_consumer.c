#include "cmd/platform.h"

#include "store/consumer.h"

#define SECRET_MAX 1024
#define KEY_MAX_N 255

struct listing {
    struct cmd_ctx *c;
    struct js *rows; /* NULL: print lines */
};

static int list_one(void *ctx, const struct consumer *k)
{
    struct listing *l = ctx;
    if (l->rows == NULL) {
        printf("%.*s  since %.*s, old ids told: %lld\n",
               STR_ARG(cmd_shown(l->c->a, k->key)),
               STR_ARG(cmd_time(l->c->a, k->created_ms)), (long long)k->moved_n);
        return 0;
    }
    struct js *o = js_object(l->c->a);
    js_set_str(o, "consumer_key", str_dup(l->c->a, k->key));
    js_set_i64(o, "created_ms", k->created_ms);
    js_set_i64(o, "moved", k->moved_n);
    js_push(l->rows, o);
    return 0;
}

static int list(struct cmd_ctx *c, const struct platform_opt *o,
                const struct registration *r)
{
    struct err e = {0};
    struct listing l = {c, o->json ? js_array(c->a) : NULL};
    if (consumer_each(c->db, r->id, list_one, &l, &e) != 0)
        return cmd_fail(&e);
    if (o->json)
        cmd_print_json(c->a, l.rows);
    return CMD_OK;
}

static int forget(struct cmd_ctx *c, const struct platform_opt *o,
                  const struct registration *r)
{
    struct err e = {0};
    int64_t n = consumer_remove(c->db, r->id, str_c(o->key), &e);
    if (n < 0)
        return cmd_fail(&e);
    if (n == 0) {
        fprintf(stderr, "waymark platform: it has no consumer key \"%s\"\n", o->key);
        return CMD_FAILED;
    }
    printf("The consumer key is forgotten. What it has moved already stays.\n");
    return CMD_OK;
}

int platform_consumer(struct cmd_ctx *c, const struct platform_opt *o,
                      const struct registration *r)
{
    struct err e = {0};
    struct str secret;
    if (o->key == NULL && o->secret_file == NULL && !o->remove)
        return list(c, o, r);
    struct str key = str_c(o->key);
    if (key.n == 0 || key.n > KEY_MAX_N || (o->secret_file == NULL) == !o->remove) {
        fprintf(stderr, "waymark platform consumer-key: --key of at most 255 characters "
                        "and either --secret-file or --remove are needed\n");
        return CMD_USAGE;
    }
    if (o->remove)
        return forget(c, o, r);
    if (cmd_read_file(c->a, o->secret_file, SECRET_MAX, &secret, &e) != 0)
        return cmd_fail(&e);
    while (secret.n > 0 &&
           (secret.p[secret.n - 1] == '\n' || secret.p[secret.n - 1] == '\r'))
        secret.n--;
    if (secret.n == 0) {
        fprintf(stderr, "waymark platform consumer-key: the file has no secret\n");
        return CMD_FAILED;
    }
    int rc = consumer_put(c->db, c->a, &c->env, &c->keys, r->id, key, secret, &e);
    crypt_wipe((void *)(uintptr_t)secret.p, secret.n);
    if (rc != 0)
        return cmd_fail(&e);
    printf("The secret is kept, sealed. Launches that it signs tell which old ids were "
           "theirs.\n");
    return CMD_OK;
}
