#include "web/page.h"

#include "view/tmpl.h"

/* Of the files in templates/assets: browsers keep those for a month. */
#ifndef WAYMARK_ASSETS
#define WAYMARK_ASSETS "0"
#endif

#define PAGE_FIRST ((size_t)24 * 1024) /* most pages fit without growing the buffer */

static const char *theme(struct str family)
{
    if (str_is(family, "moodle"))
        return "boost";
    return str_is(family, "canvas") ? "instui" : "";
}

struct view *page_view(struct page_ctx *c)
{
    struct view *v = view_new(c->a);
    view_str(v, "base", conf_prefix(c->app->conf));
    view_str(v, "version", STR(WAYMARK_ASSETS));
    view_str(v, "theme", str_c(theme(c->session.family)));
    view_str(v, "handle", c->session.handle);
    view_bool(v, "cookieless", c->cookieless);
    view_str(v, "session", c->cookieless ? c->carry.secret : STR_EMPTY);
    view_str(v, "csrf",
             c->carry.secret.n > 0 ? carry_csrf(c->a, c->app->keys, c->carry.secret)
                                   : STR_EMPTY);
    view_str(v, "return_url", c->session.return_url);
    /* What was picked goes back to the LMS in the window that asked for it. */
    view_bool(v, "windowed",
              c->session.handle.n > 0 &&
                  !str_is(c->session.message_type, "LtiDeepLinkingRequest"));
    return v;
}

int page_render(struct page_ctx *c, int status, const char *name, const struct view *v,
                struct err *e)
{
    const struct conf *conf = c->app->conf;
    struct tmpl_opts o = {
        .texts = catalogue_pick(c->app->texts, c->session.locale),
        .origin = str_sub(conf->public_url, 0, conf->public_url.n - conf_prefix(conf).n),
        .allow_http = conf->allow_http};
    struct buf out;
    buf_init(&out, c->a, PAGE_FIRST);
    if (tmpl_render(c->app->templates, name, v, &o, &out, e) != 0)
        return -1;
    res_body(c->res, status, STR("text/html; charset=utf-8"), buf_view(&out));
    return 0;
}

struct learn page_learn(struct page_ctx *c)
{
    return (struct learn){.db = c->app->db,
                          .env = c->app->env,
                          .a = c->a,
                          .keys = c->app->keys,
                          .tenant_id = c->session.tenant_id,
                          .course_id = c->session.course_id,
                          .language = c->session.locale};
}

struct str page_url(struct page_ctx *c, const char *path)
{
    return str_fmt(c->a, "%.*s%s?l=%.*s", STR_ARG(c->app->conf->public_url), path,
                   STR_ARG(c->session.handle));
}

int page_go(struct page_ctx *c, const char *path, page_fn *page, struct err *e)
{
    if (c->cookieless)
        return page(c, e);
    res_redirect(c->res, 303, page_url(c, path));
    return 0;
}

bool page_is_privacy(const struct page_ctx *c)
{
    return str_is(c->session.message_type, "LtiDataPrivacyLaunchRequest") ||
           str_is(c->session.message_type, "DataPrivacyLaunchRequest");
}

static void say_arg(struct page_ctx *c, struct view *msg, const struct say_arg *arg)
{
    switch (arg->type) {
    case SAY_TEXT:
        view_str(msg, arg->name, arg->text);
        break;
    case SAY_INT:
        view_int(msg, arg->name, arg->num);
        break;
    case SAY_REAL:
        view_str(msg, arg->name, str_fmt(c->a, "%.10g", arg->real));
        break;
    case SAY_SAY: /* page_say */
        break;
    case SAY_TIME:
        view_when(msg, arg->name, arg->num, c->now_ms);
        break;
    }
}

/* Parts of sentences are few and never deep (learn/change.h). */
void page_say(struct page_ctx *c, struct view *o, const char *key, const struct say *s)
{
    if (s->id.n == 0)
        return;
    struct view *msg = view_msg(o, key, str_z(c->a, s->id));
    for (size_t i = 0; i < s->args_n; i++)
        if (s->args[i].type == SAY_SAY)
            page_say(c, msg, s->args[i].name, s->args[i].say);
        else
            say_arg(c, msg, &s->args[i]);
}

struct str page_words(struct page_ctx *c, const struct view *msg)
{
    struct buf b;
    buf_init(&b, c->a, 128);
    catalogue_value(catalogue_pick(c->app->texts, c->session.locale), msg, &b);
    return buf_view(&b);
}

void page_hidden(struct view *list, const char *name, struct str value)
{
    struct view *field = view_item(list);
    view_str(field, "name", str_c(name));
    view_str(field, "value", value);
}

struct str page_id(struct page_ctx *c, int64_t id)
{
    return str_fmt(c->a, "%lld", (long long)id);
}

const char *page_message(struct page_ctx *c, const char *prefix, struct str code)
{
    return str_fmt(c->a, "%s%.*s", prefix, STR_ARG(code)).p;
}

struct str page_field(const struct page_ctx *c, const char *name)
{
    return form_get(&c->form, name);
}

int64_t page_int(const struct page_ctx *c, const char *name, int64_t fallback)
{
    int64_t n;
    return str_i64(form_get(&c->form, name), &n) ? n : fallback;
}

/* An origin becomes part of a header: scheme://host[:port] and nothing else. */
static bool is_origin(struct str s)
{
    if (!str_starts(s, STR("https://")) && !str_starts(s, STR("http://")))
        return false;
    for (size_t i = (size_t)(s.p[4] == 's' ? 8 : 7); i < s.n; i++) {
        char ch = s.p[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
              (ch >= '0' && ch <= '9') || ch == '.' || ch == '-' || ch == ':' ||
              ch == '[' || ch == ']'))
            return false;
    }
    return s.n < 300;
}

void page_forms_leave(struct page_ctx *c)
{
    c->res->form_action =
        c->app->conf->allow_http ? STR("https: http:") : STR("https:");
}

void page_frames(struct page_ctx *c, struct str origins)
{
    struct buf b;
    struct js *list =
        origins.n > 2 ? js_parse(c->a, origins, (size_t)16 * 1024, 2, NULL) : NULL;
    buf_init(&b, c->a, 128);
    for (size_t i = 0; i < js_len(list); i++) {
        struct str origin;
        if (!js_str(js_at(list, i), &origin) || !is_origin(origin))
            continue;
        if (b.n > 0)
            buf_char(&b, ' ');
        buf_str(&b, origin);
    }
    if (b.n == 0) /* nothing was learned yet */
        buf_c(&b, c->app->conf->allow_http ? "https: http:" : "https:");
    c->res->frame_ancestors = buf_view(&b);
}
