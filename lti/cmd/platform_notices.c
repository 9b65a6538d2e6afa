/* What `platform show` tells of notification services: which notices come to us, or why
 * not. */
#include "cmd/platform.h"

#include "base/vec.h"
#include "store/notice.h"

#define HANDLED_MAX ((size_t)16 * 1024)

static int collect(void *ctx, const struct deployment *d)
{
    *(struct deployment *)vec_push(ctx) = *d;
    return 0;
}

static struct str joined(struct arena *a, const struct js *list)
{
    struct buf b;
    struct str s;
    buf_init(&b, a, 128);
    for (size_t i = 0; i < js_len(list); i++)
        if (js_str(js_at(list, i), &s))
            buf_fmt(&b, "%s%.*s", b.n > 0 ? ", " : "", STR_ARG(s));
    return buf_view(&b);
}

static void tell(struct cmd_ctx *c, const struct deployment *d,
                 const struct notice_service *s, struct js *rows)
{
    struct js *list = js_parse(c->a, s->handled, HANDLED_MAX, 2, NULL);
    struct str names = joined(c->a, list);
    if (rows == NULL) {
        printf("  notices          %.*s (deployment %.*s)%s%.*s\n",
               STR_ARG(names.n > 0 ? names : STR("none")), STR_ARG(d->deployment_id),
               s->error.n > 0 ? ": " : "", STR_ARG(s->error));
        return;
    }
    struct js *o = js_object(c->a);
    js_set_str(o, "deployment_id", d->deployment_id);
    js_set(o, "handled", list);
    js_set_str(o, "error", s->error);
    js_set_i64(o, "checked_ms", s->checked_ms);
    js_push(rows, o);
}

int platform_notices(struct cmd_ctx *c, const struct registration *r, struct js *rows,
                     struct err *e)
{
    struct vec v;
    vec_init(&v, c->a, sizeof(struct deployment));
    if (registration_each_deployment(c->db, c->a, r->id, collect, &v, e) != 0)
        return -1;
    for (size_t i = 0; i < v.n; i++) {
        const struct deployment *d = (const struct deployment *)v.p + i;
        struct notice_service s;
        int found = notice_service_get(c->db, c->a, d->tenant_id, &s, e);
        if (found < 0)
            return -1;
        if (found == 1)
            tell(c, d, &s, rows);
    }
    return 0;
}
