#include "view/tmpl_parts.h"

#include "view/file.h"

#define FILES_MAX 200

struct tmpl_set *tmpl_new(struct arena *a, enum tmpl_mode mode)
{
    struct tmpl_set *s = ARENA_NEW(a, struct tmpl_set);
    s->a = a;
    s->mode = mode;
    s->templates = map_new(a);
    return s;
}

int tmpl_add(struct tmpl_set *s, struct str name, struct str source, struct err *e)
{
    struct tmpl *t =
        tmpl_compile(s->a, s->mode, str_dup(s->a, name), str_dup(s->a, source), e);
    if (t == NULL)
        return -1;
    map_put(s->templates, name, t);
    return 0;
}

/* Partials live in their own folder, unless a test adds them under plain names. */
static const struct tmpl *find_partial(const struct tmpl_set *s, struct str name)
{
    if (s->mode == TMPL_PLAIN)
        return map_get(s->templates, name);
    return map_get(s->templates, str_fmt(s->a, "partials/%.*s", STR_ARG(name)));
}

static int link_one(struct tmpl_set *s, struct tmpl *t, struct err *e)
{
    for (size_t i = 0; i < t->node_n; i++) {
        struct tmpl_node *n = &t->node[i];
        if (n->kind != TMPL_PARTIAL)
            continue;
        n->partial = find_partial(s, n->text);
        if (n->partial != NULL || s->mode == TMPL_PLAIN)
            continue;
        if (!str_is(n->text, "page") || !str_starts(t->name, STR("layout/")))
            return tmpl_compile_refuse(e, t->name, n->line, "there is no such partial");
    }
    return 0;
}

int tmpl_link(struct tmpl_set *s, struct err *e)
{
    for (size_t i = 0; i < map_len(s->templates); i++)
        if (link_one(s, map_val(s->templates, i), e) != 0)
            return -1;
    return 0;
}

static int load_folder(struct tmpl_set *s, const char *dir, const char *sub,
                       struct err *e)
{
    struct str *files;
    size_t n;
    char *folder = str_z(s->a, str_fmt(s->a, "%s/%s", dir, sub));
    if (file_list(s->a, folder, ".html", FILES_MAX, &files, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct str source;
        struct str base = str_sub(files[i], 0, files[i].n - 5);
        struct str name = str_fmt(s->a, "%s/%.*s", sub, STR_ARG(base));
        char *path = str_z(s->a, str_fmt(s->a, "%s/%.*s", folder, STR_ARG(files[i])));
        if (file_read(s->a, path, TMPL_SOURCE_MAX, &source, e) != 0 ||
            tmpl_add(s, name, source, e) != 0)
            return -1;
    }
    return 0;
}

struct tmpl_set *tmpl_load(struct arena *a, const char *dir, struct err *e)
{
    static const char *const folders[] = {"layout", "pages", "partials"};
    struct tmpl_set *s = tmpl_new(a, TMPL_HTML);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (load_folder(s, dir, folders[i], e) != 0)
            return NULL;
    return tmpl_link(s, e) == 0 ? s : NULL;
}

int tmpl_each_message(const struct tmpl_set *s,
                      int (*fn)(void *ctx, struct str where, struct str id), void *ctx)
{
    for (size_t i = 0; i < map_len(s->templates); i++) {
        const struct tmpl *t = map_val(s->templates, i);
        for (size_t j = 0; j < t->node_n; j++) {
            if (t->node[j].kind != TMPL_MSG)
                continue;
            int stop = fn(ctx, t->name, t->node[j].msg->id);
            if (stop != 0)
                return stop;
        }
    }
    return 0;
}
