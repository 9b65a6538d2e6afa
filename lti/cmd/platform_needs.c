#include "cmd/platform.h"

#include "store/lmsaccess.h"
#include "view/catalogue.h"

/* Why a call is made, in English, as the page /access says it; empty without texts. */
static struct str why(struct cmd_ctx *c, const struct catalogue_set *texts,
                      const char *id)
{
    struct buf b;
    if (texts == NULL)
        return STR_EMPTY;
    buf_init(&b, c->a, 200);
    catalogue_format(catalogue_pick(texts, STR("en")), str_c(id), NULL, NULL, &b);
    return buf_view(&b);
}

static void say_one(const struct lms_ops *ops, size_t i, struct str text,
                    const uint64_t *met)
{
    const struct lms_need *need = &ops->needs[i];
    const char *mark = met == NULL ? "" : lms_need_met(ops, *met, i) ? "yes " : "NO  ";
    printf("  %s%s%s%s%s\n", mark, need->function, need->writes ? "  (writes)" : "",
           need->instead != NULL ? "  (or " : "",
           need->instead != NULL ? need->instead : "");
    printf("       needs: %s\n", need->permission);
    if (text.n > 0)
        printf("       why:   %.*s\n", STR_ARG(text));
}

static struct js *as_json(struct arena *a, const struct lms_ops *ops, size_t i,
                          struct str text, const uint64_t *met)
{
    const struct lms_need *need = &ops->needs[i];
    struct js *o = js_object(a);
    js_set_str(o, "function", str_c(need->function));
    js_set_str(o, "permission", str_c(need->permission));
    js_set_str(o, "why", text);
    js_set_bool(o, "writes", need->writes);
    js_set_bool(o, "optional", need->optional);
    js_set_str(o, "instead", str_c(need->instead));
    if (met != NULL)
        js_set_bool(o, "allowed", lms_need_met(ops, *met, i));
    return o;
}

void platform_needs_say(struct cmd_ctx *c, const struct platform_opt *o,
                        const struct lms_ops *ops, const uint64_t *met)
{
    const struct catalogue_set *texts =
        catalogue_load(c->a, str_z(c->a, c->conf.texts_dir), NULL);
    struct js *rows = o->json ? js_array(c->a) : NULL;
    for (size_t i = 0; i < ops->needs_n; i++) {
        struct str text = why(c, texts, ops->needs[i].why);
        if (rows != NULL)
            js_push(rows, as_json(c->a, ops, i, text, met));
        else
            say_one(ops, i, text, met);
    }
    if (rows != NULL)
        cmd_print_json(c->a, rows);
}

int platform_needs(struct cmd_ctx *c, const struct platform_opt *o, const char *kind)
{
    const struct lms_ops *ops = lms_find(str_c(kind));
    if (ops == NULL) {
        fprintf(stderr, "waymark platform: --needs knows moodle and canvas\n");
        return CMD_USAGE;
    }
    platform_needs_say(c, o, ops, NULL);
    return CMD_OK;
}

/* --- credentials ------------------------------------------------------------- */

struct naming {
    int64_t tenant_id;
    struct str deployment;
    struct arena *a;
};

static int on_deployment(void *ctx, const struct deployment *d)
{
    struct naming *n = ctx;
    if (d->tenant_id == n->tenant_id)
        n->deployment = str_dup(n->a, d->deployment_id);
    return 0;
}

static void credential_json(struct arena *a, struct js *rows, const struct lmsaccess *x,
                            struct str deployment)
{
    struct js *o = js_object(a);
    js_set_str(o, "kind", x->kind);
    js_set_str(o, "url", x->base_url);
    js_set_str(o, "deployment", deployment);
    js_set_str(o, "course", x->course);
    js_set_i64(o, "probed_ms", x->probed_ms);
    js_set_str(o, "error", x->error);
    js_push(rows, o);
}

int platform_needs_credentials(struct cmd_ctx *c, const struct registration *r,
                               struct js *rows, struct err *e)
{
    struct lmsaccess *list;
    size_t n;
    if (lmsaccess_list(c->db, c->a, r->id, &list, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct lmsaccess *x = &list[i];
        struct naming d = {.tenant_id = x->tenant_id, .a = c->a};
        if (x->tenant_id != 0 &&
            registration_each_deployment(c->db, c->a, r->id, on_deployment, &d, e) != 0)
            return -1;
        if (rows != NULL) {
            credential_json(c->a, rows, x, d.deployment);
            continue;
        }
        printf("  %.*s token     %.*s, %s%.*s%s%.*s, looked at %.*s%s%.*s\n",
               STR_ARG(x->kind), STR_ARG(x->base_url),
               x->tenant_id != 0 ? "deployment " : "every deployment",
               STR_ARG(d.deployment), x->course.n > 0 ? ", course " : "",
               STR_ARG(x->course), STR_ARG(cmd_time(c->a, x->probed_ms)),
               x->error.n > 0 ? ": " : "", STR_ARG(cmd_shown(c->a, x->error)));
    }
    return 0;
}

/* --- for whom it is ---------------------------------------------------------- */

struct wanted {
    const char *deployment;
    int64_t tenant_id;
};

static int on_wanted(void *ctx, const struct deployment *d)
{
    struct wanted *w = ctx;
    if (str_is(d->deployment_id, w->deployment))
        w->tenant_id = d->tenant_id;
    return 0;
}

int platform_needs_place(struct cmd_ctx *c, const struct platform_opt *o,
                         const struct registration *r, struct lmsaccess *acc,
                         struct err *e)
{
    struct wanted w = {.deployment = o->deployment};
    if (o->deployment != NULL &&
        registration_each_deployment(c->db, c->a, r->id, on_wanted, &w, e) != 0)
        return -1;
    if (o->deployment != NULL && w.tenant_id == 0)
        return err_set(e, ERR_NOTFOUND, "it has no such deployment");
    acc->tenant_id = w.tenant_id;
    acc->course = str_c(o->course);
    return 0;
}

/* --- what is asked for ------------------------------------------------------- */

int platform_needs_forget(struct cmd_ctx *c, const struct lmsaccess *acc)
{
    struct err e = {0};
    int rc =
        lmsaccess_remove(c->db, acc->registration_id, acc->tenant_id, acc->course, &e);
    if (rc < 0)
        return cmd_fail(&e);
    if (rc == 0) {
        fprintf(stderr, "waymark platform: there is no such token\n");
        return CMD_FAILED;
    }
    printf("The token is forgotten.\n");
    return CMD_OK;
}

/* What the kept token may do, as of the last probe. */
int platform_needs_kept(struct cmd_ctx *c, const struct platform_opt *o,
                        const struct lmsaccess *acc)
{
    struct err e = {0};
    struct lmsaccess kept;
    struct lms_site site;
    const struct lms_ops *ops = lms_find(acc->kind);
    int found = lmsaccess_get(c->db, c->a, &c->keys, acc->registration_id, acc->tenant_id,
                              acc->course, &kept, &e);
    if (found < 0)
        return cmd_fail(&e);
    bool known = found == 1 && str_eq(kept.kind, acc->kind) &&
                 lms_probed_read(ops, kept.probed, &site, c->a) == 1;
    platform_needs_say(c, o, ops, known ? &site.met : NULL);
    return CMD_OK;
}
