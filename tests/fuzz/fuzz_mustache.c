/* fuzz_mustache: the first byte says what the rest is.
 *   'p'  a template and its data as the specification sees them: template, 0x1e,
 *        partial, 0x1e, JSON
 *   'h'  an HTML template and its partial: template, 0x1e, partial. What is accepted is
 *        rendered twice, with harmless and with hostile values: both pages must have the
 *        same number of each character that shapes HTML, or escaping has a hole.
 *   'm'  a .mo file */
#include "base/err.h"
#include "view/tmpl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"a", "b", "x", "base", "n"};
static const char *const hostile[] = {"\"'><script>alert(1)</script>",
                                      "javascript:alert('\"<>')", "' onclick='x",
                                      "https://e/\"><b>", "\"--><!--'"};

static struct view *values(struct arena *a, bool evil)
{
    struct view *v = view_new(a);
    struct view *list = view_list(v, "l");
    for (size_t i = 0; i < 5; i++) {
        struct str s = evil ? str_c(hostile[i]) : STR("x");
        view_str(v, names[i], s);
        view_str(view_item(list), "a", s);
        view_str(view_msg(v, "m", "id"), "p", s);
    }
    return v;
}

static void count(struct str page, size_t seen[256])
{
    for (size_t i = 0; i < page.n; i++)
        seen[(unsigned char)page.p[i]]++;
}

static struct tmpl_set *load(struct arena *a, enum tmpl_mode mode, struct str source,
                             struct str partial)
{
    struct tmpl_set *s = tmpl_new(a, mode);
    struct str name = mode == TMPL_HTML ? STR("partials/p") : STR("p");
    if (tmpl_add(s, STR("main"), source, NULL) != 0 ||
        tmpl_add(s, name, partial, NULL) != 0 || tmpl_link(s, NULL) != 0)
        return NULL;
    return s;
}

static void fuzz_html(struct arena *a, struct str source, struct str partial)
{
    struct tmpl_opts o = {.origin = STR("https://tool.example")};
    struct tmpl_set *s = load(a, TMPL_HTML, source, partial);
    size_t seen[2][256] = {{0}};
    if (s == NULL)
        return;
    for (int evil = 0; evil < 2; evil++) {
        struct buf b;
        buf_init(&b, a, 1024);
        if (tmpl_render_one(s, STR("main"), values(a, evil == 1), &o, &b, NULL) != 0)
            return;
        count(buf_view(&b), seen[evil]);
    }
    for (const char *c = "<>\"'"; *c != '\0'; c++)
        INVARIANT(seen[0][(unsigned char)*c] == seen[1][(unsigned char)*c]);
}

static void fuzz_plain(struct arena *a, struct str source, struct str partial,
                       struct str json)
{
    struct tmpl_opts o = {.texts = NULL};
    struct tmpl_set *s = load(a, TMPL_PLAIN, source, partial);
    struct js *j = js_parse(a, json, 64 * 1024, 32, NULL);
    struct buf b;
    if (s == NULL)
        return;
    buf_init(&b, a, 1024);
    if (tmpl_render_one(s, STR("main"), view_from_js(a, j), &o, &b, NULL) == 0)
        INVARIANT(b.n <= TMPL_OUTPUT_MAX);
}

static void fuzz_mo(struct arena *a, struct str mo)
{
    struct catalogue *c = catalogue_parse(a, STR("en"), mo, NULL);
    struct buf b;
    struct view *v = view_new(a);
    buf_init(&b, a, 1024);
    for (size_t i = 0; c != NULL && i < catalogue_len(c) && i < 100; i++) {
        char *id = str_z(a, catalogue_id(c, i));
        INVARIANT(catalogue_has(c, catalogue_id(c, i)));
        if (id == NULL)
            continue;
        view_int(view_msg(v, "m", id), "n", (int64_t)i);
        catalogue_value(c, view_get(v, STR("m"), view_hash(STR("m"))), &b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 64 * 1024)
        return 0;
    struct arena *a = arena_new(512u << 20);
    struct str all = str_dup(a, (struct str){(const char *)data + 1, size - 1});
    struct str source;
    struct str partial = STR_EMPTY;
    struct str json = STR_EMPTY;
    if (str_cut(all, '\x1e', &source, &partial))
        str_cut(partial, '\x1e', &partial, &json);
    if (data[0] == 'h')
        fuzz_html(a, source, partial);
    else if (data[0] == 'm')
        fuzz_mo(a, all);
    else
        fuzz_plain(a, source, partial, json);
    arena_free(a);
    return 0;
}
