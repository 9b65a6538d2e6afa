#include "web/register_view.h"

#include "store/invitation.h"
#include "web/error.h"

void register_view_row(struct view *rows, const char *msgid, struct str value)
{
    if (value.n == 0)
        return;
    struct view *o = view_item(rows);
    view_msg(o, "label", msgid);
    view_str(o, "value", value);
}

/* Ids come out of our own table, but also out of the database: what has no text is left
 * to the general one. */
void register_view_warning(struct page_ctx *c, struct view *list, struct str id,
                           struct str host)
{
    static const char *const known[] = {"config", "registration", "login",
                                        "token",  "keys",         "audience"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(id, known[i])) {
            struct view *msg =
                view_msg(view_item(list), "text", page_message(c, "register.warn.", id));
            view_str(msg, "host", host);
        }
}

void register_view_scopes(struct page_ctx *c, struct view *v, struct str scopes)
{
    struct view *asks = view_list(v, "asks");
    struct str one, tail = scopes;
    int64_t n = 0;
    while (tail.n > 0 && n < 32) {
        str_cut(tail, ' ', &one, &tail);
        const char *name = dynreg_request_name(one);
        if (one.n == 0)
            continue;
        if (name != NULL)
            view_msg(view_item(asks), "text",
                     page_message(c, "register.ask.", str_c(name)));
        else
            view_str(view_item(asks), "text", one);
        n++;
    }
    view_int(v, "asks_n", n);
}

struct dynreg_rules register_view_rules(const struct page_ctx *c, struct str host)
{
    const struct conf *conf = c->app->conf;
    return (struct dynreg_rules){.allow_http = conf->allow_http,
                                 .guard = c->app->guard,
                                 .aliases = conf->issuer_aliases,
                                 .ports = conf->platform_ports,
                                 .host = host};
}

int register_view_try(struct page_ctx *c, const char *what, struct err *e)
{
    int64_t n = invitation_tries(c->app->db, c->a, c->app->keys, what, c->req->remote,
                                 c->now_ms, e);
    if (n <= c->app->conf->register_rate)
        return n < 0 ? -1 : 0;
    error_say(c, 429, "register.too_often");
    return 1;
}
