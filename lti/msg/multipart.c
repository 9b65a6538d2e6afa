#include "msg/multipart.h"

#define HEADERS_MAX 8
#define HEADER_N 2048

/* The value of a parameter of a header: NAME=token or NAME="text". A backslash is a
 * backslash: browsers write a quote as %22. False: there is none, or it is broken. */
static bool param(struct str rest, struct str name, struct str *value)
{
    while (rest.n > 0) {
        struct str key, tail, junk;
        rest = str_trim(rest);
        if (!str_cut(rest, '=', &key, &tail))
            return false;
        bool quoted = tail.n > 0 && tail.p[0] == '"';
        if (quoted) {
            size_t end = str_find(tail, STR("\""), 1);
            if (end == SIZE_MAX)
                return false;
            *value = str_sub(tail, 1, end);
            rest = str_trim(str_sub(tail, end + 1, tail.n));
            if (rest.n > 0 && rest.p[0] != ';')
                return false;
            str_cut(rest, ';', &junk, &rest);
        } else {
            str_cut(tail, ';', value, &rest);
            *value = str_trim(*value);
        }
        if (str_ieq(str_trim(key), name))
            return true;
    }
    return false;
}

/* RFC 2046 5.1.1: 1 to 70 characters of a small alphabet, no blank at the end. */
static bool is_boundary(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter &&
            str_find(STR("'()+_,-./:=? "), str_sub(s, i, i + 1), 0) == SIZE_MAX)
            return false;
    }
    return s.n > 0 && s.n <= 70 && s.p[s.n - 1] != ' ';
}

bool multipart_is(struct str content_type, struct str *boundary)
{
    struct str type, rest;
    str_cut(content_type, ';', &type, &rest);
    *boundary = STR_EMPTY;
    if (!str_ieq(str_trim(type), STR("multipart/form-data")))
        return false;
    if (!param(rest, STR("boundary"), boundary) || !is_boundary(*boundary))
        *boundary = STR_EMPTY;
    return true;
}

/* One part under way. */
struct part {
    bool placed; /* it has a Content-Disposition */
    struct str name;
    bool is_file;
    struct str file_name;
};

static int disposition(struct str value, struct part *p, struct fault *f)
{
    struct str type, rest;
    if (p->placed)
        return fault_set(f, FAULT_FORM_BAD, "a part with two places");
    p->placed = true;
    str_cut(value, ';', &type, &rest);
    if (!str_ieq(str_trim(type), STR("form-data")) || !param(rest, STR("name"), &p->name))
        return fault_set(f, FAULT_FORM_BAD, "a part without a name");
    p->is_file = param(rest, STR("filename"), &p->file_name);
    if (p->name.n == 0 || p->name.n > MULTIPART_NAME_N || str_has_nul(p->name) ||
        !str_utf8(p->name))
        return fault_set(f, FAULT_FORM_BAD, "a part with a name that is none");
    return 0;
}

static int header(struct str line, struct part *p, struct fault *f)
{
    struct str name, value;
    if (line.n > HEADER_N || str_has_nul(line) || !str_cut(line, ':', &name, &value))
        return fault_set(f, FAULT_FORM_BAD, "a header of a part that is none");
    if (str_ieq(name, STR("Content-Disposition")))
        return disposition(value, p, f);
    if (str_ieq(name, STR("Content-Transfer-Encoding")) &&
        !str_ieq(str_trim(value), STR("binary")) &&
        !str_ieq(str_trim(value), STR("8bit")) && !str_ieq(str_trim(value), STR("7bit")))
        return fault_set(f, FAULT_FORM_BAD, "a part in a transfer encoding");
    return 0;
}

/* The headers of a part from *at on; *at becomes the index of its content. */
static int headers(struct str body, size_t *at, struct part *p, struct fault *f)
{
    for (int i = 0; i <= HEADERS_MAX; i++) {
        size_t end = str_find(body, STR("\r\n"), *at);
        if (end == SIZE_MAX)
            return fault_set(f, FAULT_FORM_BAD, "a part without an end");
        struct str line = str_sub(body, *at, end);
        *at = end + 2;
        if (line.n == 0)
            return p->placed ? 0 : fault_set(f, FAULT_FORM_BAD, "a part without a place");
        if (header(line, p, f) != 0)
            return -1;
    }
    return fault_set(f, FAULT_FORM_BAD, "a part with too many headers");
}

/* The last part of what may be a path, fit to be shown. */
static struct str shown(struct arena *a, struct str name)
{
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '/' || name.p[i - 1] == '\\') {
            name = str_sub(name, i, name.n);
            break;
        }
    if (name.n > 0 && (str_has_nul(name) || !str_utf8(name)))
        return STR("file");
    name = str_head(name, MULTIPART_NAME_N);
    char *p = arena_alloc(a, name.n + 1);
    for (size_t i = 0; i < name.n; i++)
        p[i] = (unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f ? '?' : name.p[i];
    return (struct str){p, name.n};
}

static int take(struct arena *a, const struct part *p, struct str content,
                const struct form_limit *limit, struct multipart *out, struct fault *f)
{
    size_t most = limit->pairs_n > 0 ? limit->pairs_n : FORM_PAIRS_MAX;
    if (p->is_file) {
        if (out->files_n == MULTIPART_FILES_MAX)
            return fault_set(f, FAULT_FORM_TOO_MANY, "too many files");
        out->file[out->files_n++] =
            (struct multipart_file){p->name, shown(a, p->file_name), content};
        return 0;
    }
    if (out->form.n == most)
        return fault_set(f, FAULT_FORM_TOO_MANY, "more than %zu fields", most);
    if (content.n > limit->value_n)
        return fault_set(f, FAULT_FORM_TOO_BIG, "a field is too long");
    if (str_has_nul(content) || !str_utf8(content))
        return fault_set(f, FAULT_FORM_BAD, "a field is not UTF-8");
    out->form.pair[out->form.n++] = (struct form_pair){p->name, content, false};
    return 0;
}

int multipart_read(struct arena *a, struct str body, struct str boundary,
                   const struct form_limit *limit, struct multipart *out, struct fault *f)
{
    struct str mark = str_fmt(a, "\r\n--%.*s", STR_ARG(boundary));
    struct str first = str_sub(mark, 2, mark.n);
    *out = (struct multipart){.files_n = 0};
    out->form.pair = ARENA_ARRAY(a, struct form_pair,
                                 limit->pairs_n > 0 ? limit->pairs_n : FORM_PAIRS_MAX);
    if (boundary.n == 0 || !str_starts(body, first))
        return fault_set(f, FAULT_FORM_BAD, "the parts have no boundary");
    for (size_t at = first.n;;) {
        struct part p = {.name = STR_EMPTY, .file_name = STR_EMPTY};
        struct str rest = str_sub(body, at, body.n);
        if (str_is(rest, "--") || str_is(rest, "--\r\n"))
            return 0;
        if (!str_starts(rest, STR("\r\n")))
            return fault_set(f, FAULT_FORM_BAD, "a boundary goes on");
        at += 2;
        if (headers(body, &at, &p, f) != 0)
            return -1;
        /* an empty part: its mark begins with the empty line's end */
        size_t end = str_find(body, mark, at - 2);
        if (end == SIZE_MAX)
            return fault_set(f, FAULT_FORM_BAD, "a part without an end");
        struct str content = end < at ? STR_EMPTY : str_sub(body, at, end);
        if (take(a, &p, content, limit, out, f) != 0)
            return -1;
        at = end + mark.n;
    }
}

const struct multipart_file *multipart_file(const struct multipart *m, const char *field)
{
    for (size_t i = 0; i < m->files_n; i++)
        if (str_is(m->file[i].field, field))
            return &m->file[i];
    return NULL;
}
