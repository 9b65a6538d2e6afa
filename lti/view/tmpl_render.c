#include "view/tmpl_parts.h"

#include "view/escape.h"

#define STEPS_MAX 2000000 /* nodes visited: no view of ours comes near */
#define PARTIALS_MAX 24   /* inside one another */

struct run {
    const struct tmpl_set *set;
    const struct tmpl *page; /* what {{> page}} stands for */
    const struct catalogue *texts;
    struct escape_opts escape;
    struct buf *out;
    struct buf scratch; /* messages before they are escaped */
    size_t begin;       /* of our output in `out` */
    const struct view *stack[TMPL_DEPTH_MAX];
    size_t depth;
    size_t partials;
    size_t steps;
    struct str indent[PARTIALS_MAX];
    size_t indent_n;
    bool line_begins; /* the template's next text begins a line */
    struct err *e;
};

static int render_nodes(struct run *r, const struct tmpl *t, size_t from, size_t to);

static int too_much(struct run *r, const struct tmpl *t, size_t node, const char *what)
{
    return err_set(r->e, ERR_LIMIT, "%.*s.html:%zu: %s", STR_ARG(t->name),
                   t->node[node].line, what);
}

/* Lines of a partial on a line of its own are indented as its tag was. */
static void put_indent(struct run *r)
{
    if (!r->line_begins)
        return;
    r->line_begins = false;
    for (size_t i = 0; i < r->indent_n; i++)
        buf_str(r->out, r->indent[i]);
}

static void put_text(struct run *r, struct str text)
{
    if (r->indent_n == 0) {
        buf_str(r->out, text);
        r->line_begins = text.n > 0 && text.p[text.n - 1] == '\n';
        return;
    }
    struct str line;
    bool more = text.n > 0;
    while (more && text.n > 0) {
        more = str_cut(text, '\n', &line, &text);
        put_indent(r);
        buf_str(r->out, line);
        if (more) {
            buf_char(r->out, '\n');
            r->line_begins = true;
        }
    }
}

static const struct view *look_up(const struct run *r, const struct tmpl_name *name)
{
    if (name->n == 0)
        return r->depth == 0 ? NULL : r->stack[r->depth - 1];
    const struct view *v = NULL;
    for (size_t i = r->depth; i > 0 && v == NULL; i--)
        v = view_get(r->stack[i - 1], name->part[0], name->hash[0]);
    for (size_t i = 1; i < name->n && v != NULL; i++)
        v = view_get(v, name->part[i], name->hash[i]);
    return v;
}

static void put_value(struct run *r, const struct tmpl_node *n)
{
    const struct view *v = look_up(r, n->name);
    switch (view_type(v)) {
    case VIEW_STR:
        escape_put(r->out, n->place, view_text(v), &r->escape);
        break;
    case VIEW_INT:
        buf_fmt(r->out, "%lld", (long long)view_num(v));
        break;
    case VIEW_BOOL:
        buf_c(r->out, view_num(v) != 0 ? "true" : "false");
        break;
    case VIEW_MSG:
        r->scratch.n = 0;
        catalogue_value(r->texts, v, &r->scratch);
        escape_put(r->out, n->place, buf_view(&r->scratch), &r->escape);
        break;
    case VIEW_NULL:
    case VIEW_OBJECT:
    case VIEW_LIST:
        break;
    }
}

struct message_ctx {
    const struct run *r;
    const struct tmpl_message *m;
};

static const struct view *message_param(void *ctx, struct str name)
{
    const struct message_ctx *c = ctx;
    for (size_t i = 0; i < c->m->arg_n; i++)
        if (str_eq(c->m->arg[i].name, name))
            return look_up(c->r, &c->m->arg[i].path);
    struct tmpl_name own = {.part = {name}, .hash = {view_hash(name)}, .n = 1};
    return look_up(c->r, &own);
}

static void put_message(struct run *r, const struct tmpl_node *n)
{
    struct message_ctx ctx = {.r = r, .m = n->msg};
    r->scratch.n = 0;
    catalogue_format(r->texts, n->msg->id, message_param, &ctx, &r->scratch);
    escape_put(r->out, n->place, buf_view(&r->scratch), &r->escape);
}

static int render_section(struct run *r, const struct tmpl *t, size_t node)
{
    const struct tmpl_node *n = &t->node[node];
    const struct view *v = look_up(r, n->name);
    if (n->kind == TMPL_INVERTED)
        return view_truthy(v) ? 0 : render_nodes(r, t, node + 1, n->end);
    if (!view_truthy(v))
        return 0;
    if (r->depth == TMPL_DEPTH_MAX)
        return too_much(r, t, node, "nested too deep");
    bool list = view_type(v) == VIEW_LIST;
    int rc = 0;
    for (const struct view *item = list ? view_first(v) : v; item != NULL && rc == 0;
         item = list ? view_next(item) : NULL) {
        r->stack[r->depth++] = item;
        rc = render_nodes(r, t, node + 1, n->end);
        r->depth--;
    }
    return rc;
}

static int render_partial(struct run *r, const struct tmpl *t, size_t node)
{
    const struct tmpl_node *n = &t->node[node];
    const struct tmpl *partial = n->partial;
    if (partial == NULL && r->set->mode == TMPL_HTML)
        partial = r->page;
    if (partial == NULL)
        return 0;
    if (r->partials == PARTIALS_MAX)
        return too_much(r, t, node, "partials call one another too deep");
    bool indented = n->indent.n > 0;
    r->partials++;
    if (indented)
        r->indent[r->indent_n++] = n->indent;
    int rc = render_nodes(r, partial, 0, partial->node_n);
    if (indented)
        r->indent_n--;
    r->partials--;
    return rc;
}

static int render_node(struct run *r, const struct tmpl *t, size_t i)
{
    const struct tmpl_node *n = &t->node[i];
    switch (n->kind) {
    case TMPL_TEXT:
        put_text(r, n->text);
        return 0;
    case TMPL_VALUE:
        put_indent(r);
        put_value(r, n);
        return 0;
    case TMPL_MSG:
        put_indent(r);
        put_message(r, n);
        return 0;
    case TMPL_PARTIAL:
        return render_partial(r, t, i);
    case TMPL_SECTION:
    case TMPL_INVERTED:
        break;
    }
    return render_section(r, t, i);
}

static int render_nodes(struct run *r, const struct tmpl *t, size_t from, size_t to)
{
    for (size_t i = from; i < to;) {
        if (++r->steps > STEPS_MAX)
            return too_much(r, t, i, "too much work");
        if (render_node(r, t, i) != 0)
            return -1;
        if (r->out->n - r->begin > TMPL_OUTPUT_MAX)
            return too_much(r, t, i, "the page grows too large");
        bool section =
            t->node[i].kind == TMPL_SECTION || t->node[i].kind == TMPL_INVERTED;
        i = section ? t->node[i].end : i + 1;
    }
    return 0;
}

static int render(const struct tmpl_set *s, const struct tmpl *t, const struct tmpl *page,
                  const struct view *v, const struct tmpl_opts *o, struct buf *out,
                  struct err *e)
{
    struct run r = {.set = s, .page = page, .out = out, .begin = out->n, .e = e};
    r.line_begins = true;
    r.texts = o->texts;
    r.escape = (struct escape_opts){.origin = o->origin, .allow_http = o->allow_http};
    buf_init(&r.scratch, out->a, 256);
    struct view *own =
        view_new(out->a); /* under everything: what every page may ask for */
    if (s->mode == TMPL_HTML && r.texts != NULL) {
        view_str(own, "lang", catalogue_lang(r.texts));
        view_str(own, "dir", catalogue_rtl(r.texts) ? STR("rtl") : STR("ltr"));
    }
    r.stack[r.depth++] = own;
    r.stack[r.depth++] = v;
    int rc = render_nodes(&r, t, 0, t->node_n);
    if (rc != 0)
        out->n = r.begin;
    return rc;
}

int tmpl_render(const struct tmpl_set *s, const char *page, const struct view *v,
                const struct tmpl_opts *o, struct buf *out, struct err *e)
{
    const struct tmpl *layout = map_get(s->templates, STR("layout/default"));
    const struct tmpl *t = map_get(s->templates, str_fmt(out->a, "pages/%s", page));
    if (layout == NULL || t == NULL)
        return err_set(e, ERR_NOTFOUND, "there is no page %s or no layout", page);
    return render(s, layout, t, v, o, out, e);
}

int tmpl_render_one(const struct tmpl_set *s, struct str name, const struct view *v,
                    const struct tmpl_opts *o, struct buf *out, struct err *e)
{
    const struct tmpl *t = map_get(s->templates, name);
    if (t == NULL)
        return err_set(e, ERR_NOTFOUND, "there is no template %.*s", STR_ARG(name));
    return render(s, t, NULL, v, o, out, e);
}
