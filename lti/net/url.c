#include "net/url.h"

#include <arpa/inet.h>
#include <string.h>

static bool alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static bool hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Only visible ASCII, no quotes, angle brackets, backslash or back-tick; whole escapes.
 */
static int check_chars(struct str s, struct err *e)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\`", c) != NULL)
            return err_set(e, ERR_INPUT,
                           "address with a character that does not belong there");
        if (c == '%' && (s.n - i < 3 || !hex(s.p[i + 1]) || !hex(s.p[i + 2])))
            return err_set(e, ERR_INPUT, "address with a broken %% escape");
    }
    return 0;
}

/* A host whose last label is a number must be a plain dotted quad, or libraries read
 * things like 127.1 and 0x7f000001 as addresses. */
static bool numeric_end(struct str host)
{
    size_t at = host.n;
    while (at > 0 && host.p[at - 1] != '.')
        at--;
    struct str last = str_sub(host, at, host.n);
    return all_digits(last) || (last.n >= 2 && last.p[0] == '0' && last.p[1] == 'x');
}

static bool canonical_ip4(struct arena *a, struct str host)
{
    struct in_addr v4;
    char text[INET_ADDRSTRLEN];
    const char *z = str_z(a, host);
    return z != NULL && inet_pton(AF_INET, z, &v4) == 1 &&
           inet_ntop(AF_INET, &v4, text, sizeof text) != NULL && strcmp(text, z) == 0;
}

static int read_name(struct arena *a, struct str host, struct url *out, struct err *e)
{
    out->host = str_lower(a, host);
    size_t label = 0;
    for (size_t i = 0; i <= host.n; i++) {
        if (i == host.n || host.p[i] == '.') {
            if (label == 0 || label > 63)
                return err_set(e, ERR_INPUT, "host with an empty or overlong part");
            label = 0;
        } else if (alnum(host.p[i]) || host.p[i] == '-' || host.p[i] == '_') {
            label++;
        } else {
            return err_set(e, ERR_INPUT,
                           "host with a character that does not belong there");
        }
    }
    if (host.n > 253)
        return err_set(e, ERR_INPUT, "host too long");
    if (numeric_end(out->host) && !canonical_ip4(a, out->host))
        return err_set(e, ERR_INPUT, "host written as an odd number");
    return 0;
}

static int read_ip6(struct arena *a, struct str inner, struct url *out, struct err *e)
{
    struct in6_addr v6;
    char text[INET6_ADDRSTRLEN];
    const char *z = str_z(a, inner);
    if (z == NULL || inet_pton(AF_INET6, z, &v6) != 1)
        return err_set(e, ERR_INPUT, "not an IPv6 address in brackets");
    INVARIANT(inet_ntop(AF_INET6, &v6, text, sizeof text) != NULL);
    out->host = str_dup(a, str_c(text));
    out->ip6 = true;
    return 0;
}

static int read_port(struct str s, struct url *out, struct err *e)
{
    int64_t port;
    if (s.n > 5 || !all_digits(s) || !str_i64(s, &port) || port < 1 || port > 65535)
        return err_set(e, ERR_INPUT, "port is not a number from 1 to 65535");
    out->port = (int)port;
    return 0;
}

/* host, host:port, [v6], [v6]:port. */
static int read_authority(struct arena *a, struct str s, struct url *out, struct err *e)
{
    if (s.n == 0)
        return err_set(e, ERR_INPUT, "address without a host");
    if (str_find(s, STR("@"), 0) != SIZE_MAX)
        return err_set(e, ERR_INPUT, "address with a user name");
    struct str host, port = STR_EMPTY;
    bool has_port;
    if (s.p[0] == '[') {
        size_t end = str_find(s, STR("]"), 0);
        if (end == SIZE_MAX)
            return err_set(e, ERR_INPUT, "IPv6 address without ']'");
        host = str_sub(s, 1, end);
        struct str tail = str_sub(s, end + 1, s.n);
        has_port = tail.n > 0;
        if (has_port && tail.p[0] != ':')
            return err_set(e, ERR_INPUT, "text behind an IPv6 address");
        port = str_sub(tail, 1, tail.n);
        if (read_ip6(a, host, out, e) != 0)
            return -1;
    } else {
        has_port = str_cut(s, ':', &host, &port);
        if (read_name(a, host, out, e) != 0)
            return -1;
    }
    return has_port ? read_port(port, out, e) : 0;
}

/* Split "path?query#fragment". */
static int read_rest(struct str s, unsigned allow, struct url *out, struct err *e)
{
    struct str head;
    out->has_fragment = str_cut(s, '#', &head, &out->fragment);
    if (out->has_fragment && (allow & URL_FRAGMENT) == 0)
        return err_set(e, ERR_INPUT, "address with a fragment");
    out->has_query = str_cut(head, '?', &out->path, &out->query);
    if (out->path.n == 0)
        out->path = STR("/");
    return 0;
}

int url_parse(struct arena *a, struct str text, unsigned allow, struct url *out,
              struct err *e)
{
    if (text.n > URL_MAX_N)
        return err_set(e, ERR_INPUT, "address longer than %d characters", URL_MAX_N);
    if (check_chars(text, e) != 0)
        return -1;
    size_t at = str_find(text, STR("://"), 0);
    if (at == SIZE_MAX)
        return err_set(e, ERR_INPUT, "not an absolute https address");
    *out = (struct url){.scheme = str_lower(a, str_sub(text, 0, at)), .port = 443};
    if (str_is(out->scheme, "http")) {
        if ((allow & URL_HTTP) == 0)
            return err_set(e, ERR_INPUT, "address is http, not https");
        out->port = 80;
    } else if (!str_is(out->scheme, "https")) {
        return err_set(e, ERR_INPUT, "address is neither http nor https");
    }
    struct str rest = str_sub(text, at + 3, text.n);
    size_t end = 0;
    while (end < rest.n && strchr("/?#", rest.p[end]) == NULL)
        end++;
    if (read_authority(a, str_sub(rest, 0, end), out, e) != 0)
        return -1;
    return read_rest(str_sub(rest, end, rest.n), allow, out, e);
}

static int default_port(struct str scheme)
{
    return str_is(scheme, "https") ? 443 : 80;
}

static void put_origin(struct buf *b, const struct url *u)
{
    buf_fmt(b, "%.*s://", STR_ARG(u->scheme));
    buf_fmt(b, u->ip6 ? "[%.*s]" : "%.*s", STR_ARG(u->host));
    if (u->port != default_port(u->scheme))
        buf_fmt(b, ":%d", u->port);
}

struct str url_text(struct arena *a, const struct url *u)
{
    struct buf b;
    buf_init(&b, a, 64 + u->path.n + u->query.n + u->fragment.n);
    put_origin(&b, u);
    buf_str(&b, u->path);
    if (u->has_query) {
        buf_char(&b, '?');
        buf_str(&b, u->query);
    }
    if (u->has_fragment) {
        buf_char(&b, '#');
        buf_str(&b, u->fragment);
    }
    return buf_view(&b);
}

struct str url_origin(struct arena *a, const struct url *u)
{
    struct buf b;
    buf_init(&b, a, 64);
    put_origin(&b, u);
    return buf_view(&b);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return str_eq(a->scheme, b->scheme) && str_eq(a->host, b->host) && a->port == b->port;
}

/* RFC 3986 section 5.2.4. */
static struct str remove_dots(struct arena *a, struct str path)
{
    char *out = arena_alloc(a, path.n + 2);
    size_t n = 0, i = 0;
    while (i < path.n) {
        size_t end = i + 1; /* a segment with its leading slash: [i, end) */
        while (end < path.n && path.p[end] != '/')
            end++;
        struct str seg = str_sub(path, i, end);
        bool last = end == path.n;
        if (str_is(seg, "/.") || str_is(seg, "/..")) {
            while (seg.n == 3 && n > 0 && out[--n] != '/') {
            }
            if (last)
                out[n++] = '/';
        } else {
            memcpy(out + n, seg.p, seg.n);
            n += seg.n;
        }
        i = end;
    }
    return n == 0 ? STR("/") : (struct str){out, n};
}

/* Does the reference begin with "scheme:"? */
static bool has_scheme(struct str ref)
{
    for (size_t i = 0; i < ref.n; i++) {
        if (ref.p[i] == ':')
            return i > 0;
        if (!alnum(ref.p[i]) && strchr("+-.", ref.p[i]) == NULL)
            return false;
    }
    return false;
}

int url_resolve(struct arena *a, const struct url *base, struct str ref, unsigned allow,
                struct url *out, struct err *e)
{
    struct buf b;
    if (check_chars(ref, e) != 0)
        return -1;
    if (has_scheme(ref))
        return url_parse(a, ref, allow, out, e);
    if (str_starts(ref, STR("//"))) {
        buf_init(&b, a, ref.n + 8);
        buf_fmt(&b, "%.*s:", STR_ARG(base->scheme));
        buf_str(&b, ref);
        return url_parse(a, buf_view(&b), allow, out, e);
    }
    struct url u = *base;
    struct url rel = {0};
    if (read_rest(ref, allow, &rel, e) != 0)
        return -1;
    bool no_path = ref.n == 0 || ref.p[0] == '?' || ref.p[0] == '#';
    if (!no_path) {
        buf_init(&b, a, base->path.n + rel.path.n + 1);
        if (rel.path.p[0] != '/') { /* up to and with the last slash of the base */
            size_t n = base->path.n;
            while (n > 0 && base->path.p[n - 1] != '/')
                n--;
            buf_str(&b, str_sub(base->path, 0, n));
        }
        buf_str(&b, rel.path);
        u.path = remove_dots(a, buf_view(&b));
    }
    if (!no_path || rel.has_query) {
        u.query = rel.query;
        u.has_query = rel.has_query;
    }
    u.fragment = rel.fragment;
    u.has_fragment = rel.has_fragment;
    return url_parse(a, url_text(a, &u), allow, out, e);
}

struct str url_append_path(struct arena *a, struct str url, struct str tail)
{
    struct str path, query;
    bool has_query = str_cut(url, '?', &path, &query);
    if (path.n > 0 && path.p[path.n - 1] == '/')
        path.n--;
    struct buf b;
    buf_init(&b, a, url.n + tail.n + 2);
    buf_str(&b, path);
    buf_str(&b, tail);
    if (has_query) {
        buf_char(&b, '?');
        buf_str(&b, query);
    }
    return buf_view(&b);
}

struct str url_append_query(struct arena *a, struct str url, const char *key,
                            struct str value)
{
    struct buf b;
    buf_init(&b, a, url.n + strlen(key) + 3 * value.n + 3);
    buf_str(&b, url);
    if (str_find(url, STR("?"), 0) == SIZE_MAX)
        buf_char(&b, '?');
    else if (!str_ends(url, STR("?")) && !str_ends(url, STR("&")))
        buf_char(&b, '&');
    buf_str(&b, url_escape(a, str_c(key)));
    buf_char(&b, '=');
    buf_str(&b, url_escape(a, value));
    return buf_view(&b);
}

struct str url_escape(struct arena *a, struct str raw)
{
    static const char digits[] = "0123456789ABCDEF";
    char *p = arena_alloc(a, raw.n * 3 + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];
        if (alnum(raw.p[i]) || (c != 0 && strchr("-._~", c) != NULL)) {
            p[n++] = raw.p[i];
        } else {
            p[n++] = '%';
            p[n++] = digits[c >> 4];
            p[n++] = digits[c & 15];
        }
    }
    return (struct str){p, n};
}
