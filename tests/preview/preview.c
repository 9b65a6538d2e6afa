/* preview: every page with each of its samples, as files to look at.
 *
 *     preview TEMPLATES TEXTS OUT
 *
 * TEMPLATES/pages/NAME.sample.json or NAME--VARIANT.sample.json becomes OUT/NAME.html or
 * OUT/NAME--VARIANT.html, once for each language in TEXTS (English without a suffix).
 * Prints bytes and the median time of a rendering, in microseconds of CPU. */
#include "view/file.h"
#include "view/tmpl.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLE_MAX ((size_t)1024 * 1024)
#define ROUNDS 101

struct preview {
    struct arena *a;
    const struct tmpl_set *set;
    const struct catalogue *texts;
    const char *dir;
    const char *out;
};

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Render into OUT/`sub`NAME.html; *n gets the bytes. */
static int write_page(const struct preview *p, const char *sub, struct str name,
                      const char *page, const struct view *v, size_t *n, struct err *e)
{
    struct str lang = catalogue_lang(p->texts);
    struct str end =
        str_is(lang, "en") ? STR_EMPTY : str_fmt(p->a, ".%.*s", STR_ARG(lang));
    struct str path =
        str_fmt(p->a, "%s/%s%.*s%.*s.html", p->out, sub, STR_ARG(name), STR_ARG(end));
    struct tmpl_opts o = {.texts = p->texts};
    struct buf b;
    buf_init(&b, p->a, 16 * 1024);
    if (tmpl_render(p->set, page, v, &o, &b, e) != 0)
        return -1;
    *n = b.n;
    FILE *f = fopen(str_z(p->a, path), "wb");
    if (f == NULL)
        return err_set(e, ERR_UNAVAILABLE, "cannot write %.*s", STR_ARG(path));
    size_t wrote = fwrite(b.p, 1, b.n, f);
    if (fclose(f) != 0 || wrote != b.n)
        return err_set(e, ERR_UNAVAILABLE, "cannot write %.*s", STR_ARG(path));
    return 0;
}

/* The median time of rendering the page again and again. */
static double time_page(const struct preview *p, const char *page, const struct view *v)
{
    double took[ROUNDS] = {0};
    struct tmpl_opts o = {.texts = p->texts};
    struct arena *a = arena_new(64u << 20);
    for (int i = 0; i < ROUNDS; i++) {
        struct buf b;
        arena_reset(a);
        double from = cpu_us();
        buf_init(&b, a, 16 * 1024);
        if (tmpl_render(p->set, page, v, &o, &b, NULL) != 0)
            break;
        took[i] = cpu_us() - from;
    }
    arena_free(a);
    qsort(took, ROUNDS, sizeof took[0], by_size);
    return took[ROUNDS / 2];
}

static int preview_one(const struct preview *p, struct str file, struct err *e)
{
    struct str name = str_sub(file, 0, file.n - sizeof ".sample.json" + 1);
    size_t cut = str_find(name, STR("--"), 0);
    char *page = str_z(p->a, cut == SIZE_MAX ? name : str_sub(name, 0, cut));
    char *path = str_z(p->a, str_fmt(p->a, "%s/pages/%.*s", p->dir, STR_ARG(file)));
    struct str json;
    size_t n;
    if (file_read(p->a, path, SAMPLE_MAX, &json, e) != 0)
        return -1;
    struct js *model = js_parse(p->a, json, SAMPLE_MAX, 32, e);
    if (model == NULL)
        return -1;
    struct view *v = view_from_js(p->a, model);
    view_str(v, "base", STR(".")); /* so that the files work without a server */
    if (write_page(p, "", name, page, v, &n, e) != 0)
        return -1;
    printf("%-24.*s %6zu bytes %8.1f us\n", STR_ARG(name), n, time_page(p, page, v));
    view_str(v, "base", STR("./.."));
    view_str(v, "theme", STR("instui"));
    return write_page(p, "instui/", name, page, v, &n, e);
}

static int preview_all(struct preview *p, const char *texts, struct err *e)
{
    struct str *files;
    struct str *langs;
    size_t files_n;
    size_t langs_n;
    char *pages = str_z(p->a, str_fmt(p->a, "%s/pages", p->dir));
    struct catalogue_set *all = catalogue_load(p->a, texts, e);
    p->set = tmpl_load(p->a, p->dir, e);
    if (all == NULL || p->set == NULL ||
        file_list(p->a, pages, ".sample.json", 200, &files, &files_n, e) != 0 ||
        file_list(p->a, texts, ".mo", 64, &langs, &langs_n, e) != 0)
        return -1;
    for (size_t l = 0; l < langs_n; l++) {
        p->texts = catalogue_pick(all, str_sub(langs[l], 0, langs[l].n - 3));
        for (size_t i = 0; i < files_n; i++)
            if (preview_one(p, files[i], e) != 0)
                return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    if (argc != 4) {
        fputs("usage: preview TEMPLATES TEXTS OUT\n", stderr);
        return 2;
    }
    struct preview p = {.a = arena_new(256u << 20), .dir = argv[1], .out = argv[3]};
    int rc = preview_all(&p, argv[2], &e);
    if (rc != 0)
        fprintf(stderr, "%s\n", e.text);
    arena_free(p.a);
    return rc == 0 ? 0 : 1;
}
