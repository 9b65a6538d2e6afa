#include "net/link.h"

#include <string.h>

/* Moodle's “rel=“next”” quotes: U+201C to U+201F become '"'. */
static struct str plain_quotes(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        if (s.n - i >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x9c &&
            p[2] <= 0x9f) {
            buf_char(&b, '"');
            i += 2;
        } else {
            buf_char(&b, s.p[i]);
        }
    }
    return buf_view(&b);
}

static struct str unescape_amp(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        buf_char(&b, s.p[i]);
        if (str_starts(str_sub(s, i, s.n), STR("&amp;")))
            i += 4;
    }
    return buf_view(&b);
}

static size_t skip_blanks(struct str s, size_t i)
{
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
        i++;
    return i;
}

/* The value of a parameter that starts at i: quoted or not. Returns where it ends. */
static size_t read_value(struct str s, size_t i, struct str *value)
{
    size_t from = i;
    if (i < s.n && s.p[i] == '"') {
        for (i++; i < s.n && s.p[i] != '"'; i++)
            if (s.p[i] == '\\')
                i++;
        if (i > s.n)
            i = s.n;
        *value = str_sub(s, from + 1, i);
        return i < s.n ? i + 1 : i;
    }
    while (i < s.n && s.p[i] != ';' && s.p[i] != ',')
        i++;
    *value = str_trim(str_sub(s, from, i));
    return i;
}

/* Is `rel` one of the blank-separated words of `value`, in any case? */
static bool has_word(struct str value, const char *rel)
{
    struct str head, tail = value;
    while (tail.n > 0) {
        str_cut(tail, ' ', &head, &tail);
        if (str_ieq(str_trim(head), str_c(rel)))
            return true;
    }
    return false;
}

/* The parameters of one link, from i to the comma behind it. Only the first rel counts.
 */
static size_t read_params(struct str s, size_t i, const char *rel, bool *match)
{
    bool seen = false;
    while (i < s.n && s.p[i] != ',') {
        size_t from = skip_blanks(s, s.p[i] == ';' ? i + 1 : i);
        size_t at = from;
        while (at < s.n && strchr("=;,", s.p[at]) == NULL)
            at++;
        struct str name = str_trim(str_sub(s, from, at));
        struct str value = STR_EMPTY;
        if (at < s.n && s.p[at] == '=')
            at = read_value(s, skip_blanks(s, at + 1), &value);
        if (!seen && str_ieq(name, STR("rel"))) {
            seen = true;
            *match = has_word(value, rel);
        }
        while (at < s.n && s.p[at] != ';' && s.p[at] != ',')
            at++; /* whatever stands behind a closing quote */
        i = at;
    }
    return i;
}

bool link_find(struct arena *a, struct str header, const char *rel, struct str *target)
{
    struct str s = plain_quotes(a, header);
    size_t i = 0;
    for (;;) {
        size_t open = str_find(s, STR("<"), i);
        size_t end = open == SIZE_MAX ? SIZE_MAX : str_find(s, STR(">"), open);
        if (end == SIZE_MAX)
            return false;
        bool match = false;
        i = read_params(s, end + 1, rel, &match);
        if (match) {
            *target = unescape_amp(a, str_trim(str_sub(s, open + 1, end)));
            return true;
        }
    }
}

int link_next(struct arena *a, const struct http_res *res, const char *rel,
              struct str *next, struct err *e)
{
    struct str target = STR_EMPTY;
    bool found = false;
    *next = STR_EMPTY;
    for (size_t i = 0; i < res->headers_n && !found; i++)
        if (str_ieq(res->headers[i].name, STR("link")))
            found = link_find(a, res->headers[i].value, rel, &target);
    if (!found)
        return 0;
    struct url base, url;
    if (url_parse(a, res->url, URL_HTTP, &base, e) != 0 ||
        url_resolve(a, &base, target, URL_HTTP | URL_FRAGMENT, &url, e) != 0)
        return -1;
    url.has_fragment = false;
    if (!url_same_origin(&base, &url))
        return err_set(e, ERR_DENIED, "the next page is on another site than the first");
    *next = url_text(a, &url);
    return 0;
}
