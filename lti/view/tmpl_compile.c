#include "view/tmpl_parts.h"

#include <string.h>

struct open_section {
    size_t node;
    size_t line;
    struct str name;
    struct html html; /* where it began */
};

struct compiler {
    struct arena *a;
    enum tmpl_mode mode;
    struct str name;
    struct str src;
    size_t pos;     /* where the next tag is looked for */
    size_t from;    /* literal text not emitted yet begins here */
    size_t counted; /* lines are counted up to here */
    size_t line;    /* of `counted`, from 1 */
    struct str open;
    struct str close;
    struct html html;
    struct tmpl_node *node;
    size_t node_n;
    size_t node_cap;
    struct open_section section[TMPL_SECTIONS_MAX];
    size_t depth;
    struct err *e;
};

struct tag {
    char sign; /* one of # ^ / > ! = { &, or 0 for a plain value */
    struct str text;
    size_t begin;
    size_t end; /* behind the closing delimiter */
    size_t line;
    bool alone;        /* on a line of its own */
    size_t line_begin; /* of that line */
};

int tmpl_compile_refuse(struct err *e, struct str name, size_t line, const char *why)
{
    return err_set(e, ERR_INPUT, "%.*s.html:%zu: %s", STR_ARG(name), line, why);
}

static int refuse(const struct compiler *c, size_t line, const char *why)
{
    return tmpl_compile_refuse(c->e, c->name, line, why);
}

static size_t line_of(struct compiler *c, size_t at)
{
    if (at < c->counted) {
        c->counted = 0;
        c->line = 1;
    }
    for (; c->counted < at; c->counted++)
        if (c->src.p[c->counted] == '\n')
            c->line++;
    return c->line;
}

static struct tmpl_node *add(struct compiler *c, enum tmpl_kind kind, size_t line)
{
    if (c->node_n == c->node_cap) {
        size_t cap = c->node_cap == 0 ? 64 : c->node_cap * 2;
        struct tmpl_node *more = ARENA_ARRAY(c->a, struct tmpl_node, cap);
        if (c->node_n > 0)
            memcpy(more, c->node, c->node_n * sizeof *more);
        c->node = more;
        c->node_cap = cap;
    }
    struct tmpl_node *n = &c->node[c->node_n++];
    n->kind = kind;
    n->line = line;
    return n;
}

/* Emit the literal text that ends at `to`. */
static int put_text(struct compiler *c, size_t to)
{
    struct str text = str_sub(c->src, c->from, to);
    if (text.n == 0)
        return 0;
    if (c->mode == TMPL_HTML) {
        size_t at = 0;
        const char *why = html_feed(&c->html, text, &at);
        if (why != NULL)
            return refuse(c, line_of(c, c->from + at), why);
    }
    add(c, TMPL_TEXT, c->line)->text = text; /* the tag behind it: near enough */
    return 0;
}

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t';
}

static bool is_space(char ch)
{
    return is_blank(ch) || ch == '\n' || ch == '\r';
}

static struct str trim(struct str s)
{
    while (s.n > 0 && is_space(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Does the tag have its line for itself? Then the line goes, as the specification says.
 */
static void look_around(const struct compiler *c, struct tag *t)
{
    size_t from = t->begin;
    while (from > 0 && is_blank(c->src.p[from - 1]))
        from--;
    size_t to = t->end;
    while (to < c->src.n && is_blank(c->src.p[to]))
        to++;
    if (from > 0 && c->src.p[from - 1] != '\n')
        return;
    if (to + 1 < c->src.n && c->src.p[to] == '\r' && c->src.p[to + 1] == '\n')
        to++;
    if (to < c->src.n && c->src.p[to] != '\n')
        return;
    t->alone = true;
    t->line_begin = from;
    t->end = to < c->src.n ? to + 1 : to;
}

/* Read the tag whose opening delimiter stands at t->begin. */
static int read_tag(struct compiler *c, struct tag *t)
{
    size_t at = t->begin + c->open.n;
    t->line = line_of(c, t->begin);
    t->sign = 0;
    if (at < c->src.n)
        t->sign = c->src.p[at];
    struct str close = c->close;
    if (t->sign != 0 && strchr("#^/>!={&", t->sign) != NULL)
        at++;
    else
        t->sign = 0;
    if (t->sign == '{')
        close = str_fmt(c->a, "}%.*s", STR_ARG(c->close));
    if (t->sign == '=')
        close = str_fmt(c->a, "=%.*s", STR_ARG(c->close));
    size_t end = str_find(c->src, close, at);
    if (end == SIZE_MAX)
        return refuse(c, t->line, "tag without its closing delimiter");
    t->text = trim(str_sub(c->src, at, end));
    t->end = end + close.n;
    t->alone = false;
    if (t->sign != 0 && t->sign != '{' && t->sign != '&')
        look_around(c, t);
    return 0;
}

bool tmpl_compile_name(struct str text, struct tmpl_name *out)
{
    out->n = 0;
    if (str_is(text, "."))
        return true;
    bool more = true;
    while (more) {
        struct str part;
        if (out->n == TMPL_NAME_PARTS)
            return false;
        more = str_cut(text, '.', &part, &text);
        if (part.n == 0)
            return false;
        for (size_t i = 0; i < part.n; i++)
            if (is_space(part.p[i]))
                return false;
        out->part[out->n] = part;
        out->hash[out->n++] = view_hash(part);
    }
    return true;
}

static int set_delimiters(struct compiler *c, const struct tag *t)
{
    size_t cut = 0;
    while (cut < t->text.n && !is_space(t->text.p[cut]))
        cut++;
    struct str first = str_sub(t->text, 0, cut);
    struct str rest = trim(str_sub(t->text, cut, t->text.n));
    bool bad = first.n == 0 || rest.n == 0;
    for (size_t i = 0; i < rest.n; i++)
        bad = bad || is_space(rest.p[i]);
    if (bad || str_find(t->text, STR("="), 0) != SIZE_MAX)
        return refuse(c, t->line, "delimiters must be two words without =");
    c->open = first;
    c->close = rest;
    return 0;
}

static int put_value(struct compiler *c, const struct tag *t)
{
    struct tmpl_name *name = ARENA_NEW(c->a, struct tmpl_name);
    enum html_place place = HTML_PUT_TEXT;
    if (!tmpl_compile_name(t->text, name))
        return refuse(c, t->line, "tag without a proper name");
    if (c->mode == TMPL_HTML) {
        if (t->sign != 0)
            return refuse(c, t->line, "unescaped value: there is no safe use of it here");
        const char *why = html_value(&c->html, &place);
        if (why != NULL)
            return refuse(c, t->line, why);
    } else if (t->sign != 0) {
        place = HTML_PUT_RAW;
    }
    struct tmpl_node *n = add(c, TMPL_VALUE, t->line);
    n->name = name;
    n->place = place;
    return 0;
}

static int put_partial(struct compiler *c, const struct tag *t)
{
    if (t->text.n == 0)
        return refuse(c, t->line, "partial without a name");
    if (c->mode == TMPL_HTML && c->html.state != HTML_TEXT)
        return refuse(c, t->line, "partial that does not stand in text");
    struct tmpl_node *n = add(c, TMPL_PARTIAL, t->line);
    n->text = t->text;
    n->indent = t->alone ? str_sub(c->src, t->line_begin, t->begin) : STR_EMPTY;
    return 0;
}

static int begin_section(struct compiler *c, const struct tag *t)
{
    struct tmpl_name *name = ARENA_NEW(c->a, struct tmpl_name);
    if (!tmpl_compile_name(t->text, name))
        return refuse(c, t->line, "section without a proper name");
    if (c->depth == TMPL_SECTIONS_MAX)
        return refuse(c, t->line, "sections are nested too deep");
    if (c->mode == TMPL_HTML) {
        const char *why = html_section(&c->html);
        if (why != NULL)
            return refuse(c, t->line, why);
    }
    struct open_section *s = &c->section[c->depth++];
    s->node = c->node_n;
    s->line = t->line;
    s->name = t->text;
    s->html = c->html;
    add(c, t->sign == '#' ? TMPL_SECTION : TMPL_INVERTED, t->line)->name = name;
    return 0;
}

static int end_section(struct compiler *c, const struct tag *t)
{
    if (c->depth == 0)
        return refuse(c, t->line, "end of a section that was not begun");
    const struct open_section *s = &c->section[--c->depth];
    if (!str_eq(s->name, t->text))
        return refuse(c, t->line, "end of another section than the one begun last");
    if (c->mode == TMPL_HTML) {
        const char *why = html_section(&c->html);
        if (why != NULL)
            return refuse(c, t->line, why);
        if (!html_same(&c->html, &s->html))
            return refuse(c, t->line,
                          "section that ends elsewhere in the HTML than it began");
    }
    c->node[s->node].end = c->node_n;
    return 0;
}

/* name=path behind a message id. */
static bool read_arg(struct str word, struct tmpl_message *m)
{
    struct str path;
    if (m->arg_n == TMPL_ARGS_MAX)
        return false;
    struct tmpl_arg *arg = &m->arg[m->arg_n++];
    return str_cut(word, '=', &arg->name, &path) && arg->name.n > 0 &&
           tmpl_compile_name(path, &arg->path);
}

/* "id name=path name=path" */
static bool read_message(struct str text, struct tmpl_message *m)
{
    text = trim(text);
    while (text.n > 0) {
        size_t cut = 0;
        while (cut < text.n && !is_space(text.p[cut]))
            cut++;
        struct str word = str_sub(text, 0, cut);
        text = trim(str_sub(text, cut, text.n));
        if (m->id.n == 0)
            m->id = word;
        else if (!read_arg(word, m))
            return false;
    }
    return m->id.n > 0;
}

/* {{#t}}...{{/t}}: its text is a message id with arguments, never output itself. */
static int put_message(struct compiler *c, struct tag *t)
{
    struct tag end = {.begin = str_find(c->src, c->open, t->end)};
    struct tmpl_message *m = ARENA_NEW(c->a, struct tmpl_message);
    enum html_place place;
    const char *why = html_value(&c->html, &place);
    if (why != NULL)
        return refuse(c, t->line, why);
    if (place != HTML_PUT_TEXT)
        return refuse(c, t->line, "message in an address");
    if (end.begin == SIZE_MAX || read_tag(c, &end) != 0 || end.sign != '/' ||
        !str_is(end.text, "t"))
        return refuse(c, t->line, "message without its {{/t}}");
    if (!read_message(str_sub(c->src, t->end, end.begin), m))
        return refuse(c, t->line, "message that is not \"id name=path ...\"");
    struct tmpl_node *n = add(c, TMPL_MSG, t->line);
    n->place = place;
    n->msg = m;
    t->end = end.begin + c->open.n + 1;
    t->end = str_find(c->src, c->close, t->end) + c->close.n;
    return 0;
}

static int put_tag(struct compiler *c, struct tag *t)
{
    bool message = c->mode == TMPL_HTML && t->sign == '#' && str_is(t->text, "t");
    if (message)
        t->alone = false;
    if (put_text(c, t->alone ? t->line_begin : t->begin) != 0)
        return -1;
    if (message)
        return put_message(c, t);
    switch (t->sign) {
    case '!':
        return 0;
    case '=':
        return set_delimiters(c, t);
    case '>':
        return put_partial(c, t);
    case '#':
    case '^':
        return begin_section(c, t);
    case '/':
        return end_section(c, t);
    default:
        return put_value(c, t);
    }
}

static int compile(struct compiler *c)
{
    struct tag t = {0};
    while ((t.begin = str_find(c->src, c->open, c->pos)) != SIZE_MAX) {
        if (read_tag(c, &t) != 0 || put_tag(c, &t) != 0)
            return -1;
        c->pos = c->from = t.end;
        if (c->node_n > TMPL_NODES_MAX)
            return refuse(c, t.line, "too many tags");
    }
    if (put_text(c, c->src.n) != 0)
        return -1;
    if (c->depth > 0)
        return refuse(c, c->section[c->depth - 1].line, "section without its end");
    if (c->mode == TMPL_HTML && c->html.state != HTML_TEXT)
        return refuse(c, line_of(c, c->src.n),
                      "template that ends inside a tag or element");
    return 0;
}

struct tmpl *tmpl_compile(struct arena *a, enum tmpl_mode mode, struct str name,
                          struct str source, struct err *e)
{
    struct compiler *c = ARENA_NEW(a, struct compiler);
    *c = (struct compiler){.a = a, .mode = mode, .name = name, .src = source, .line = 1};
    c->open = STR("{{");
    c->close = STR("}}");
    c->e = e;
    if (source.n > TMPL_SOURCE_MAX) {
        err_set(e, ERR_LIMIT, "%.*s.html:1: larger than %zu bytes", STR_ARG(name),
                TMPL_SOURCE_MAX);
        return NULL;
    }
    if (compile(c) != 0)
        return NULL;
    struct tmpl *t = ARENA_NEW(a, struct tmpl);
    t->name = name;
    t->node = c->node;
    t->node_n = c->node_n;
    return t;
}
