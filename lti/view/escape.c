#include "view/escape.h"

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\0':
        return "";
    default:
        return NULL;
    }
}

/* Text and quoted attributes: the same five characters. */
static void put_text(struct buf *out, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *e = entity(s.p[i]);
        if (e == NULL)
            continue;
        buf_put(out, s.p + from, i - from);
        buf_c(out, e);
        from = i + 1;
    }
    buf_put(out, s.p + from, s.n - from);
}

static bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

/* RFC 3986: everything but unreserved characters as %XX. */
static void put_percent(struct buf *out, struct str s, bool slash_too)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (unreserved(s.p[i]) || (c == '/' && slash_too)) {
            buf_char(out, s.p[i]);
        } else {
            buf_char(out, '%');
            buf_char(out, hex[c >> 4]);
            buf_char(out, hex[c & 15]);
        }
    }
}

/* A path of this very site, or nothing; "." and "./..." for pages kept as files. */
static bool own_ok(struct str url)
{
    if (url.n == 0 || str_is(url, ".") || str_starts(url, STR("./")))
        return true;
    return url.p[0] == '/' && !(url.n > 1 && url.p[1] == '/');
}

/* Is `url` inside `origin`: the same text, and then the end or a delimiter? */
static bool inside(struct str url, struct str origin)
{
    if (origin.n == 0 || !str_starts(url, origin))
        return false;
    return url.n == origin.n || url.p[origin.n] == '/' || url.p[origin.n] == '?' ||
           url.p[origin.n] == '#';
}

static bool scheme_ok(struct str url, size_t colon, const struct escape_opts *o)
{
    struct str scheme = str_sub(url, 0, colon);
    struct str rest = str_sub(url, colon, url.n);
    if (!str_starts(rest, STR("://")) || rest.n == 3 || rest.p[3] == '/')
        return false;
    if (str_ieq(scheme, STR("https")))
        return true;
    return str_ieq(scheme, STR("http")) && (o->allow_http || inside(url, o->origin));
}

bool escape_url_ok(struct str url, const struct escape_opts *o)
{
    if (url.n > 0 && (url.p[0] == ' ' || url.p[url.n - 1] == ' '))
        return false;
    if (str_starts(url, STR("//")))
        return false;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] < ' ' || url.p[i] == 0x7f || url.p[i] == '\\')
            return false;
    for (size_t i = 0; i < url.n; i++) {
        if (url.p[i] == ':')
            return scheme_ok(url, i, o);
        if (url.p[i] == '/' || url.p[i] == '?' || url.p[i] == '#')
            return true;
    }
    return true;
}

void escape_put(struct buf *out, enum html_place place, struct str s,
                const struct escape_opts *o)
{
    switch (place) {
    case HTML_PUT_RAW:
        buf_str(out, s);
        break;
    case HTML_PUT_TEXT:
        put_text(out, s);
        break;
    case HTML_PUT_URL:
        put_text(out, escape_url_ok(s, o) ? s : STR("#blocked"));
        break;
    case HTML_PUT_OWN:
        put_text(out, own_ok(s) && escape_url_ok(s, o) ? s : STR("#blocked"));
        break;
    case HTML_PUT_PATH:
    case HTML_PUT_QUERY:
        put_percent(out, s, place == HTML_PUT_PATH);
        break;
    }
}
