#include "view/catalogue.h"

#include "view/file.h"
#include "view/plural.h"

#include <string.h>

#define MO_MAX ((size_t)4 * 1024 * 1024)
#define MO_MAGIC 0x950412deu
#define MESSAGES_MAX 20000
#define LANGUAGES_MAX 64
#define NESTED_MAX 4 /* messages inside messages */
#define NAME_MAX_N 64

struct message {
    struct str id;
    struct str forms[PLURAL_FORMS_MAX];
    unsigned form_n; /* 1 where the message has no plural */
    bool plural;
};

struct catalogue {
    struct str lang;
    bool rtl;
    struct plural *plural; /* NULL where the file has no header for it */
    struct message *messages;
    size_t n;
};

struct catalogue_set {
    struct catalogue **all;
    size_t n;
    size_t english;
};

/* A .mo file being read. */
struct mo {
    struct arena *a;
    struct str bytes;
    bool swapped;
    uint32_t ids;
    uint32_t texts;
};

static uint32_t word(const struct mo *m, size_t at)
{
    const unsigned char *p = (const unsigned char *)m->bytes.p + at;
    if (m->swapped)
        return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* String i of a table; it must lie inside the file, with a NUL behind it, and be UTF-8.
 */
static int text_at(const struct mo *m, uint32_t table, size_t i, struct str *out)
{
    uint32_t len = word(m, table + 8 * i);
    uint32_t at = word(m, table + 8 * i + 4);
    if (at >= m->bytes.n || len >= m->bytes.n - at || m->bytes.p[at + len] != '\0')
        return -1;
    *out = (struct str){m->bytes.p + at, len};
    return str_utf8(*out) ? 0 : -1;
}

/* Is a table of n rows of 8 bytes inside the file? */
static bool table_fits(const struct mo *m, uint32_t table, uint32_t n)
{
    return table <= m->bytes.n && n <= (m->bytes.n - table) / 8;
}

static int open_mo(struct mo *m, uint32_t *n, struct err *e)
{
    if (m->bytes.n < 28 || m->bytes.n > MO_MAX)
        return err_set(e, ERR_INPUT, "no .mo file: %zu bytes", m->bytes.n);
    if (word(m, 0) != MO_MAGIC)
        m->swapped = true;
    if (word(m, 0) != MO_MAGIC || word(m, 4) >> 16 > 1)
        return err_set(e, ERR_INPUT, "no .mo file: wrong magic or revision");
    *n = word(m, 8);
    m->ids = word(m, 12);
    m->texts = word(m, 16);
    if (*n > MESSAGES_MAX)
        return err_set(e, ERR_LIMIT, ".mo file: more than %d messages", MESSAGES_MAX);
    if (!table_fits(m, m->ids, *n) || !table_fits(m, m->texts, *n))
        return err_set(e, ERR_INPUT, ".mo file: a table lies outside the file");
    return 0;
}

/* The value of a header line, such as "Plural-Forms:". */
static struct str header(struct str head, const char *name)
{
    struct str line;
    bool more = true;
    while (more) {
        more = str_cut(head, '\n', &line, &head);
        if (str_starts(line, str_c(name)))
            return str_trim(str_sub(line, strlen(name), line.n));
    }
    return STR_EMPTY;
}

static int read_header(struct catalogue *c, struct arena *a, struct str head,
                       struct err *e)
{
    struct str type = header(head, "Content-Type:");
    if (str_find(str_lower(a, type), STR("charset=utf-8"), 0) == SIZE_MAX)
        return err_set(e, ERR_INPUT, ".mo file: the header does not say charset=UTF-8");
    struct str forms = header(head, "Plural-Forms:");
    if (forms.n == 0)
        return 0;
    c->plural = plural_parse(a, forms, e);
    return c->plural == NULL ? -1 : 0;
}

/* Cut a translation into its forms; a message without plural has one. */
static int cut_forms(struct message *m, struct str text)
{
    bool more = true;
    while (more) {
        if (m->form_n == PLURAL_FORMS_MAX)
            return -1;
        more = str_cut(text, '\0', &m->forms[m->form_n++], &text);
    }
    return m->plural || m->form_n == 1 ? 0 : -1;
}

static int read_message(const struct mo *m, size_t i, struct message *out, struct err *e)
{
    struct str id;
    struct str text;
    struct str more;
    if (text_at(m, m->ids, i, &id) != 0 || text_at(m, m->texts, i, &text) != 0)
        return err_set(e, ERR_INPUT,
                       ".mo file: string %zu lies outside the file or is not UTF-8", i);
    out->plural = str_cut(id, '\0', &out->id, &more);
    if (cut_forms(out, text) != 0)
        return err_set(e, ERR_INPUT, ".mo file: string %zu has too many forms", i);
    return 0;
}

static const char *const rtl_languages[] = {"ar", "dv", "fa", "he", "ks",
                                            "ps", "sd", "ug", "ur", "yi"};

static bool is_rtl(struct str lang)
{
    struct str main;
    struct str rest;
    str_cut(lang, '-', &main, &rest);
    for (size_t i = 0; i < sizeof rtl_languages / sizeof rtl_languages[0]; i++)
        if (str_is(main, rtl_languages[i]))
            return true;
    return false;
}

struct catalogue *catalogue_parse(struct arena *a, struct str name, struct str mo,
                                  struct err *e)
{
    struct mo m = {.a = a, .bytes = mo};
    uint32_t n = 0;
    if (open_mo(&m, &n, e) != 0)
        return NULL;
    struct catalogue *c = ARENA_NEW(a, struct catalogue);
    c->lang = str_dup(a, name);
    c->rtl = is_rtl(name);
    c->messages = ARENA_ARRAY(a, struct message, n);
    c->n = n;
    for (size_t i = 0; i < n; i++) {
        if (read_message(&m, i, &c->messages[i], e) != 0)
            return NULL;
        if (i > 0 && str_cmp(c->messages[i - 1].id, c->messages[i].id) >= 0) {
            err_set(e, ERR_INPUT, ".mo file: string %zu is doubled or not in order", i);
            return NULL;
        }
    }
    if (n == 0 || c->messages[0].id.n != 0) {
        err_set(e, ERR_INPUT, ".mo file: there is no header");
        return NULL;
    }
    return read_header(c, a, c->messages[0].forms[0], e) == 0 ? c : NULL;
}

static struct catalogue *load_one(struct arena *a, const char *dir, struct str file,
                                  struct err *e)
{
    char *path = str_z(a, str_fmt(a, "%s/%.*s", dir, STR_ARG(file)));
    struct str mo;
    if (file_read(a, path, MO_MAX, &mo, e) != 0)
        return NULL;
    struct err why = {0};
    struct catalogue *c = catalogue_parse(a, str_sub(file, 0, file.n - 3), mo, &why);
    if (c == NULL)
        err_set(e, why.code, "%s: %s", path, why.text);
    return c;
}

struct catalogue_set *catalogue_load(struct arena *a, const char *dir, struct err *e)
{
    struct catalogue_set *s = ARENA_NEW(a, struct catalogue_set);
    struct str *names;
    size_t n;
    if (file_list(a, dir, ".mo", LANGUAGES_MAX, &names, &n, e) != 0)
        return NULL;
    s->all = ARENA_ARRAY(a, struct catalogue *, n);
    s->english = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        s->all[i] = load_one(a, dir, names[i], e);
        if (s->all[i] == NULL)
            return NULL;
        if (str_is(s->all[i]->lang, "en"))
            s->english = i;
    }
    s->n = n;
    if (s->english != SIZE_MAX)
        return s;
    err_set(e, ERR_NOTFOUND, "there is no en.mo in %s", dir);
    return NULL;
}

const struct catalogue *catalogue_pick(const struct catalogue_set *s, struct str locale)
{
    while (locale.n > 0) {
        for (size_t i = 0; i < s->n; i++)
            if (str_ieq(s->all[i]->lang, locale))
                return s->all[i];
        while (locale.n > 0 && locale.p[--locale.n] != '-')
            continue;
    }
    return s->all[s->english];
}

struct str catalogue_lang(const struct catalogue *c)
{
    return c->lang;
}

bool catalogue_rtl(const struct catalogue *c)
{
    return c->rtl;
}

size_t catalogue_len(const struct catalogue *c)
{
    return c->n - 1; /* the header is no message */
}

struct str catalogue_id(const struct catalogue *c, size_t i)
{
    return c->messages[i + 1].id;
}

static const struct message *find(const struct catalogue *c, struct str id)
{
    size_t low = 1;
    size_t high = c == NULL ? 1 : c->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(c->messages[mid].id, id);
        if (order == 0)
            return &c->messages[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

bool catalogue_has(const struct catalogue *c, struct str id)
{
    return find(c, id) != NULL;
}

/* Where a text's direction may differ from the page's, or where the page is right to left
 * and a Latin name or a number would jump. U+0590 to U+08FF begin with D6 to E0 A3. */
static bool wants_isolate(const struct catalogue *c, struct str text)
{
    if (c != NULL && c->rtl)
        return true;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char b = (unsigned char)text.p[i];
        if ((b >= 0xd6 && b <= 0xdf) || b == 0xe0 || b == 0xef)
            return true;
    }
    return false;
}

static void put_message(const struct catalogue *c, struct str id,
                        catalogue_param_fn *param, void *ctx, int nested,
                        struct buf *out);

static const struct view *own_param(void *ctx, struct str name)
{
    const struct view *msg = ctx;
    return view_get(msg, name, view_hash(name));
}

static void put_value(const struct catalogue *c, const struct view *v, bool inside,
                      int nested, struct buf *out)
{
    struct str text = view_text(v);
    union {
        const struct view *in;
        void *out;
    } ctx = {.in = v}; /* the callback's context is void *; own_param only reads */
    if (view_type(v) == VIEW_MSG && nested < NESTED_MAX) {
        put_message(c, text, own_param, ctx.out, nested + 1, out);
    } else if (view_type(v) == VIEW_INT) {
        buf_fmt(out, "%lld", (long long)view_num(v));
    } else if (view_type(v) == VIEW_STR) {
        bool isolate = inside && wants_isolate(c, text);
        if (isolate)
            buf_c(out, "\xe2\x81\xa8");
        buf_str(out, text);
        if (isolate)
            buf_c(out, "\xe2\x81\xa9");
    }
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' ||
              (ch >= '0' && ch <= '9')))
            return false;
    }
    return s.n > 0 && s.n <= NAME_MAX_N;
}

static struct str choose(const struct catalogue *c, const struct message *m,
                         catalogue_param_fn *param, void *ctx)
{
    if (!m->plural || c->plural == NULL)
        return m->forms[0];
    unsigned form = plural_form(c->plural, view_num(param(ctx, STR("n"))));
    return m->forms[form < m->form_n ? form : 0];
}

static void put_message(const struct catalogue *c, struct str id,
                        catalogue_param_fn *param, void *ctx, int nested, struct buf *out)
{
    const struct message *m = find(c, id);
    if (m == NULL) {
        buf_str(out, id);
        return;
    }
    struct str text = choose(c, m, param, ctx);
    struct str head;
    struct str rest;
    struct str name;
    while (str_cut(text, '{', &head, &rest)) {
        buf_str(out, head);
        bool closed = str_cut(rest, '}', &name, &text);
        if (!closed || !is_name(name)) { /* a brace of the text's own */
            buf_char(out, '{');
            text = rest;
            continue;
        }
        put_value(c, param(ctx, name), true, nested, out);
    }
    buf_str(out, head);
}

void catalogue_format(const struct catalogue *c, struct str id, catalogue_param_fn *param,
                      void *ctx, struct buf *out)
{
    put_message(c, id, param, ctx, 0, out);
}

void catalogue_value(const struct catalogue *c, const struct view *v, struct buf *out)
{
    put_value(c, v, false, 0, out);
}
