/* A course's skill map: pick a starter map or bring one. POST publishes it. */
#include "learn/copy.h"
#include "learn/mapfile.h"

#include "store/course.h"
#include "web/enter.h"
#include "web/error.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define STARTERS_MAX 64
#define ORPHANS_MAX 30 /* skills named */

static struct str folder(struct page_ctx *c)
{
    return str_fmt(c->a, "%.*s/maps", STR_ARG(c->app->conf->config_dir));
}

/* Names that may be asked for: they become part of a path. */
static bool is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-'))
            return false;
    }
    return s.n > 0 && s.n <= 60;
}

static int read_map(struct page_ctx *c, struct str code, struct str *document,
                    struct err *e)
{
    struct stat st;
    struct str dir = folder(c);
    struct str path = str_fmt(c->a, "%.*s/%.*s.json", STR_ARG(dir), STR_ARG(code));
    FILE *f = is_code(code) ? fopen(path.p, "re") : NULL;
    if (f == NULL)
        return err_set(e, ERR_NOTFOUND, "there is no such starter map");
    if (fstat(fileno(f), &st) != 0 || (size_t)st.st_size > MAPFILE_MAX) {
        fclose(f);
        return err_set(e, ERR_LIMIT, "the map is too large");
    }
    char *p = arena_alloc(c->a, (size_t)st.st_size);
    *document = (struct str){p, fread(p, 1, (size_t)st.st_size, f)};
    fclose(f);
    return 0;
}

/* What the page tells of each starter map; read once a worker. */
struct start_maps {
    size_t n;
    struct {
        struct str code; /* the file's name without .json */
        struct str title;
        struct str about;
        size_t skills;
    } at[STARTERS_MAX];
};

/* One file of the folder; what is no map is left out. */
static void add_starter(struct page_ctx *c, struct start_maps *maps, struct str name)
{
    struct str document, code = str_sub(name, 0, name.n - 5);
    struct mapfile_result about;
    if (maps->n == STARTERS_MAX || !str_ends(name, STR(".json")) ||
        read_map(c, code, &document, NULL) != 0 ||
        mapfile_check(c->a, document, &about, NULL) != 0 || !about.ok)
        return;
    maps->at[maps->n].code = str_dup(c->app->life, code);
    maps->at[maps->n].title = str_dup(c->app->life, about.title);
    maps->at[maps->n].about = str_dup(c->app->life, about.about);
    maps->at[maps->n].skills = about.skills;
    maps->n++;
}

static const struct start_maps *starters(struct page_ctx *c)
{
    struct dirent **names;
    if (c->app->maps != NULL)
        return c->app->maps;
    c->app->maps = ARENA_NEW(c->app->life, struct start_maps);
    int n = scandir(str_z(c->a, folder(c)), &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        add_starter(c, c->app->maps, str_c(names[i]->d_name));
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return c->app->maps;
}

static void put_starters(struct page_ctx *c, struct view *v)
{
    const struct start_maps *maps = starters(c);
    struct view *list = view_list(v, "maps");
    view_int(v, "maps_n", (int64_t)maps->n);
    for (size_t i = 0; i < maps->n; i++) {
        struct view *o = view_item(list);
        view_str(o, "code", maps->at[i].code);
        view_str(o, "title", maps->at[i].title);
        view_str(o, "about", maps->at[i].about);
        view_int(o, "skills", (int64_t)maps->at[i].skills);
    }
}

static void put_problems(struct view *v, const struct mapfile_result *r)
{
    struct view *list = view_list(v, "problems");
    view_int(v, "problems_n", (int64_t)r->problems_n);
    for (size_t i = 0; i < r->problems_n; i++)
        view_str(view_item(list), "text", r->problems[i]);
}

/* A course that is a copy may take over the map of the course that it comes from. */
static int put_origin(struct page_ctx *c, struct learn *l, struct view *v, struct err *e)
{
    struct course from;
    int64_t id;
    int found = copy_source(l, &id, e);
    if (found == 1)
        found = course_get(c->app->db, c->a, l->tenant_id, id, &from, e);
    if (found == 1)
        view_str(view_child(v, "origin"), "title", from.title);
    return found < 0 ? -1 : 0;
}

/* The same map once more. */
static void put_again(struct page_ctx *c, struct view *o, struct str document)
{
    if (document.n > 0)
        view_str(o, "document", document);
    else
        view_str(o, "map", page_field(c, "map"));
}

/* It leads into a dead end: once more, with a reason. */
static void put_dead_end(struct page_ctx *c, struct view *v,
                         const struct mapfile_result *r, struct str document)
{
    if (r->ok || r->dead_end.n == 0)
        return;
    struct view *o = view_child(v, "dead_end");
    view_str(o, "uncovered", page_field(c, "uncovered"));
    put_again(c, o, document);
}

/* Some skills cannot be shown by anything in the course: once more, with a reason. */
static void put_reason(struct page_ctx *c, struct view *v, const struct mapfile_result *r,
                       struct str document)
{
    if (!r->needs_reason)
        return;
    struct view *o = view_child(v, "reason"), *list = view_list(o, "skills");
    view_int(o, "n", (int64_t)r->orphans_n);
    for (size_t i = 0; i < r->orphans_n && i < ORPHANS_MAX; i++)
        view_str(view_item(list), "skill", r->orphans[i]);
    if (r->orphans_n > ORPHANS_MAX)
        view_int(o, "more", (int64_t)(r->orphans_n - ORPHANS_MAX));
    view_str(o, "even_so", page_field(c, "even_so"));
    put_again(c, o, document);
}

static int show(struct page_ctx *c, const struct mapfile_result *r, struct str document,
                struct err *e)
{
    struct view *v = page_view(c);
    struct learn l = page_learn(c);
    struct str title;
    int64_t version;
    int found = mapfile_current(&l, &title, &version, e);
    if (found < 0)
        return -1;
    if (found == 1) {
        struct view *current = view_child(v, "current");
        view_str(current, "title", title);
        view_int(current, "version", version);
    } else if (put_origin(c, &l, v, e) != 0) {
        return -1;
    }
    view_msg(v, "title", "title.start");
    put_problems(v, r);
    put_starters(c, v);
    put_dead_end(c, v, r, document);
    put_reason(c, v, r, document);
    view_str(v, "document", document);
    if (enter_page(c) != page_start)
        view_nav(v, "nav_back", enter_path(c), "page.back");
    view_nav(v, "nav_console", "/console", "console.title");
    return page_render(c, r->problems_n > 0 ? 400 : 200, "start", v, e);
}

/* The map is there: what it asks about is read at once, as nobody should have to know of
 * a button. */
static int ready(struct page_ctx *c, struct err *e)
{
    if (page_sync_soon(c, e) != 0)
        return -1;
    c->session.has_map = true;
    return page_go(c, enter_path(c), enter_page(c), e);
}

static int take_over(struct page_ctx *c, struct err *e)
{
    struct mapfile_result none = {.ok = true};
    struct learn l = page_learn(c);
    int copied = copy_course(&l, e);
    if (copied < 0)
        return -1;
    return copied == 1 ? ready(c, e) : show(c, &none, STR_EMPTY, e);
}

static int publish(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    struct mapfile_result r = {.ok = false};
    struct str document = page_field(c, "document");
    bool own = str_is(page_field(c, "do"), "upload");
    if (!own && read_map(c, page_field(c, "map"), &document, e) != 0)
        return -1;
    struct mapfile_ask ask = {.document = document,
                              .by_person_id = c->session.person_id,
                              .uncovered = page_field(c, "uncovered"),
                              .even_so = page_field(c, "even_so"),
                              .ask = true};
    if (mapfile_put(&l, &ask, &r, e) != 0)
        return -1;
    if (!r.ok || r.needs_reason)
        return show(c, &r, own ? document : STR_EMPTY, e);
    return ready(c, e);
}

/* While a job copies the map of the course that this one comes from, there is nothing to
 * pick. 1: the course page says so. */
static int copying(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    return c->session.has_map ? 0 : copy_pending(&l, e);
}

int page_start(struct page_ctx *c, struct err *e)
{
    struct mapfile_result none = {.ok = true};
    if (c->req->method != REQ_POST || page_field(c, "do").n == 0) {
        int wait = copying(c, e);
        if (wait == 1)
            return page_go(c, "/course", page_course, e);
        return wait < 0 ? -1 : show(c, &none, STR_EMPTY, e);
    }
    /* the form has the token; the plain POST that navigates without cookies does not act
     */
    if (!carry_csrf_ok(c->a, c->app->keys, c->carry.secret, page_field(c, "csrf")))
        return error_say(c, 403, "error.stale");
    return str_is(page_field(c, "do"), "copy") ? take_over(c, e) : publish(c, e);
}
