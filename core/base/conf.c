#include "base/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)256 * 1024)
#define DEPTH_MAX 8

enum type { TEXT, INT, BOOL };

struct option {
    const char *name; /* NULL: `text` is the title of a paragraph */
    enum conf_id id;
    enum type type;
    const char *value; /* the default */
    int64_t low;
    int64_t high;
    const char *units;
    const char *text;
    size_t offset;
};

static const struct option options[] = {
#define CONF_GROUP(title) {.text = (title)},
#define CONF(field, type, value, low, high, units, text)                                 \
    {#field,                                                                             \
     CONF_ID_##field,                                                                    \
     type,                                                                               \
     value,                                                                              \
     low,                                                                                \
     high,                                                                               \
     units,                                                                              \
     text,                                                                               \
     offsetof(struct conf, field)},
#include "base/conf.def"
#undef CONF
#undef CONF_GROUP
};
#define OPTIONS_N (sizeof options / sizeof *options)

static const struct option *find(struct str name)
{
    for (size_t i = 0; i < OPTIONS_N; i++)
        if (options[i].name != NULL && str_is(name, options[i].name))
            return &options[i];
    return NULL;
}

static struct str *as_text(const struct option *o, struct conf *c)
{
    return (struct str *)(void *)((char *)c + o->offset);
}

static int64_t *as_int(const struct option *o, struct conf *c)
{
    return (int64_t *)(void *)((char *)c + o->offset);
}

static bool *as_bool(const struct option *o, struct conf *c)
{
    return (bool *)(void *)((char *)c + o->offset);
}

static bool parse_bool(struct str s, bool *out)
{
    if (str_is(s, "yes") || str_is(s, "true") || str_is(s, "on") || str_is(s, "1"))
        *out = true;
    else if (str_is(s, "no") || str_is(s, "false") || str_is(s, "off") || str_is(s, "0"))
        *out = false;
    else
        return false;
    return true;
}

/* Set one option; `from` says where the value stands. */
static int set(struct arena *a, struct conf *c, const struct option *o, struct str value,
               struct str from, struct err *e)
{
    int64_t n = (int64_t)value.n;
    if (o->type == BOOL && !parse_bool(value, as_bool(o, c)))
        return err_set(e, ERR_INPUT, "%.*s: %s must be yes or no", STR_ARG(from),
                       o->name);
    if (o->type == INT && !str_i64(value, &n))
        return err_set(e, ERR_INPUT, "%.*s: %s must be a whole number", STR_ARG(from),
                       o->name);
    if (o->type == TEXT && (str_has_nul(value) || !str_utf8(value)))
        return err_set(e, ERR_INPUT, "%.*s: %s is not text", STR_ARG(from), o->name);
    if (o->type != BOOL && (n < o->low || n > o->high))
        return err_set(e, ERR_INPUT, "%.*s: %s must be %lld to %lld %s", STR_ARG(from),
                       o->name, (long long)o->low, (long long)o->high,
                       o->type == INT ? o->units : "characters long");
    if (o->type == INT)
        *as_int(o, c) = n;
    if (o->type == TEXT)
        *as_text(o, c) = str_dup(a, value);
    c->from[o->id] = from;
    return 0;
}

static int read_file(struct arena *a, const char *path, struct str *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_NOTFOUND, "%s: %s", path, strerror(errno));
    char *p = arena_alloc(a, FILE_MAX + 1);
    size_t n = 0;
    ssize_t got = 1;
    while (n <= FILE_MAX && (got = read(fd, p + n, FILE_MAX + 1 - n)) > 0)
        n += (size_t)got;
    close(fd);
    if (got < 0)
        return err_set(e, ERR_NOTFOUND, "%s: %s", path, strerror(errno));
    if (n > FILE_MAX)
        return err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", path, FILE_MAX);
    *out = (struct str){p, n};
    return 0;
}

/* '#' begins a comment at the start of a line or behind a blank, so that a URL keeps its.
 */
static struct str without_comment(struct str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
            return str_trim(str_sub(line, 0, i));
    return str_trim(line);
}

static int read_level(struct arena *a, const char *path, int depth, struct conf *out,
                      struct err *e);

static int include(struct arena *a, const char *path, struct str target, int depth,
                   struct conf *out, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct str dir =
        slash == NULL ? STR("") : (struct str){path, (size_t)(slash - path + 1)};
    if (target.n > 0 && target.p[0] == '/')
        dir = STR_EMPTY;
    char *full = str_z(a, str_fmt(a, "%.*s%.*s", STR_ARG(dir), STR_ARG(target)));
    if (full == NULL)
        return err_set(e, ERR_INPUT, "%s: bad include", path);
    return read_level(a, full, depth + 1, out, e);
}

static int read_line(struct arena *a, const char *path, int number, int depth,
                     struct str line, struct conf *out, struct err *e)
{
    struct str key, value, from = str_fmt(a, "%s:%d", path, number);
    line = without_comment(line);
    if (line.n == 0)
        return 0;
    if (str_starts(line, STR("include ")) || str_starts(line, STR("include\t")))
        return include(a, path, str_trim(str_sub(line, 8, line.n)), depth, out, e);
    if (!str_cut(line, '=', &key, &value))
        return err_set(e, ERR_INPUT, "%.*s: not a line of the form key = value",
                       STR_ARG(from));
    key = str_trim(key);
    const struct option *o = find(key);
    if (o == NULL)
        return err_set(e, ERR_INPUT, "%.*s: no option is called %.*s", STR_ARG(from),
                       STR_ARG(str_sub(key, 0, 40)));
    return set(a, out, o, str_trim(value), from, e);
}

static int read_level(struct arena *a, const char *path, int depth, struct conf *out,
                      struct err *e)
{
    struct str rest = STR_EMPTY, line = STR_EMPTY;
    if (depth > DEPTH_MAX)
        return err_set(e, ERR_LIMIT, "%s: includes are nested too deep", path);
    if (read_file(a, path, &rest, e) != 0)
        return -1;
    bool more = true;
    for (int number = 1; more; number++) {
        more = str_cut(rest, '\n', &line, &rest);
        if (read_line(a, path, number, depth, line, out, e) != 0)
            return -1;
    }
    return 0;
}

/* "WAYMARK_PUBLIC_URL=..." when it names an option; others of that prefix are not ours.
 */
static int read_variable(struct arena *a, struct str pair, struct conf *out,
                         struct err *e)
{
    struct str name, value, prefix = STR("WAYMARK_");
    if (!str_starts(pair, prefix) || !str_cut(pair, '=', &name, &value))
        return 0;
    struct str upper = str_sub(name, prefix.n, name.n);
    struct str lower = str_lower(a, upper);
    const struct option *o = find(lower);
    if (o == NULL || str_eq(upper, lower))
        return 0;
    return set(a, out, o, value, str_dup(a, name), e);
}

int conf_load(struct arena *a, const char *path, char *const *env, struct conf *out,
              struct err *e)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < OPTIONS_N; i++)
        if (options[i].name != NULL)
            INVARIANT(set(a, out, &options[i], str_c(options[i].value), STR("default"),
                          e) == 0);
    if (path != NULL && read_level(a, path, 0, out, e) != 0)
        return -1;
    for (; env != NULL && *env != NULL; env++)
        if (read_variable(a, str_c(*env), out, e) != 0)
            return -1;
    return 0;
}

static struct str shown(struct arena *a, const struct option *o, struct conf *c)
{
    if (o->type == INT)
        return str_fmt(a, "%lld", (long long)*as_int(o, c));
    if (o->type == BOOL)
        return *as_bool(o, c) ? STR("yes") : STR("no");
    return *as_text(o, c);
}

/* ...?sslpassword=SECRET&... → ...?sslpassword=***&... */
static struct str without_query_password(struct arena *a, struct str url)
{
    struct str key = STR("password=");
    for (size_t at = 0; (at = str_find(url, key, at)) != SIZE_MAX; at += key.n) {
        struct str head = str_sub(url, 0, at + key.n), secret, rest;
        bool more = str_cut(str_sub(url, at + key.n, url.n), '&', &secret, &rest);
        url = str_fmt(a, "%.*s***%s%.*s", STR_ARG(head), more ? "&" : "", STR_ARG(rest));
    }
    return url;
}

/* scheme://user:SECRET@host → scheme://user:***@host */
static struct str without_password(struct arena *a, struct str url)
{
    size_t from = str_find(url, STR("://"), 0);
    if (from == SIZE_MAX)
        return url;
    url = without_query_password(a, url);
    size_t at = str_find(url, STR("@"), from);
    size_t colon = str_find(url, STR(":"), from + 3);
    if (at == SIZE_MAX || colon == SIZE_MAX || colon > at)
        return url;
    struct str head = str_sub(url, 0, colon + 1), tail = str_sub(url, at, url.n);
    return str_fmt(a, "%.*s***%.*s", STR_ARG(head), STR_ARG(tail));
}

void conf_dump(struct arena *a, const struct conf *c, struct buf *out)
{
    struct conf copy = *c;
    for (size_t i = 0; i < OPTIONS_N; i++) {
        const struct option *o = &options[i];
        if (o->name == NULL)
            continue;
        struct str value = without_password(a, shown(a, o, &copy));
        buf_fmt(out, "%s = %.*s  # %s%s%.*s\n", o->name, STR_ARG(value), o->units,
                *o->units != 0 ? ", " : "", STR_ARG(c->from[o->id]));
    }
}

/* `text` as comment lines of at most 78 columns. */
static void put_comment(struct buf *out, struct str text)
{
    while (text.n > 0) {
        size_t n = text.n;
        if (n > 76)
            for (n = 76; n > 0 && text.p[n] != ' '; n--)
                ;
        buf_fmt(out, "# %.*s\n", STR_ARG(str_sub(text, 0, n)));
        text = str_trim(str_sub(text, n, text.n));
    }
}

void conf_example(struct buf *out)
{
    buf_c(out,
          "# Waymark's options with their defaults. Written from core/base/conf.def.\n"
          "# Each may also be set in the environment: WAYMARK_PUBLIC_URL=...\n");
    for (size_t i = 0; i < OPTIONS_N; i++) {
        const struct option *o = &options[i];
        if (o->name == NULL) {
            buf_fmt(out, "\n# ---- %s\n", o->text);
            continue;
        }
        buf_char(out, '\n');
        put_comment(out, str_c(o->text));
        if (o->type == INT)
            buf_fmt(out, "# %s, %lld to %lld\n", o->units, (long long)o->low,
                    (long long)o->high);
        buf_fmt(out, "#%s =%s%s\n", o->name, *o->value != 0 ? " " : "", o->value);
    }
}

/* Names in a template that are worked out from options. */
static bool derived(struct arena *a, const struct conf *c, struct str name,
                    struct str *out)
{
    struct str host = conf_host(c), port;
    if (str_is(name, "prefix"))
        *out = conf_prefix(c);
    else if (str_is(name, "host"))
        *out = host;
    else if (str_is(name, "server_name"))
        str_cut(host, ':', out, &port);
    else if (str_is(name, "port"))
        *out = str_cut(host, ':', &host, &port) ? port : STR("443");
    else if (str_is(name, "fastcgi"))
        *out = str_fmt(a, "%s%.*s", c->listen.p[0] == '/' ? "unix:" : "",
                       STR_ARG(c->listen));
    else
        return false;
    return true;
}

int conf_fill(struct arena *a, const struct conf *c, struct str text, struct buf *out,
              struct err *e)
{
    struct conf copy = *c;
    struct str plain, name, value;
    while (str_cut(text, '@', &plain, &text)) {
        buf_str(out, plain);
        if (!str_cut(text, '@', &name, &text))
            return err_set(e, ERR_INPUT, "an @ without its pair");
        const struct option *o = find(name);
        if (name.n == 0)
            buf_char(out, '@');
        else if (derived(a, c, name, &value))
            buf_str(out, value);
        else if (o != NULL)
            buf_str(out, shown(a, o, &copy));
        else
            return err_set(e, ERR_INPUT, "@%.*s@ is no option", STR_ARG(name));
    }
    buf_str(out, plain);
    return 0;
}

struct str conf_host(const struct conf *c)
{
    size_t from = str_find(c->public_url, STR("://"), 0);
    from = from == SIZE_MAX ? 0 : from + 3;
    size_t to = str_find(c->public_url, STR("/"), from);
    return str_sub(c->public_url, from, to == SIZE_MAX ? c->public_url.n : to);
}

struct str conf_prefix(const struct conf *c)
{
    struct str host = conf_host(c);
    size_t from = (size_t)(host.p - c->public_url.p) + host.n;
    return str_sub(c->public_url, from, c->public_url.n);
}

/* The address in 16 bytes; IPv4 as ::ffff:a.b.c.d. */
static bool address(struct str s, unsigned char out[16], bool *is_v4)
{
    char z[INET6_ADDRSTRLEN];
    if (s.n == 0 || s.n >= sizeof z || str_has_nul(s))
        return false;
    memcpy(z, s.p, s.n);
    z[s.n] = 0;
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(out, mapped, sizeof mapped);
    *is_v4 = inet_pton(AF_INET, z, out + 12) == 1;
    return *is_v4 || inet_pton(AF_INET6, z, out) == 1;
}

static bool network(struct str s, unsigned char net[16], int64_t *bits)
{
    struct str host, tail;
    bool v4, has_bits = str_cut(s, '/', &host, &tail);
    if (!address(host, net, &v4))
        return false;
    *bits = v4 ? 32 : 128;
    if (has_bits && (!str_i64(tail, bits) || *bits < 0 || *bits > (v4 ? 32 : 128)))
        return false;
    *bits += v4 ? 96 : 0;
    return true;
}

static bool inside(const unsigned char net[16], int64_t bits,
                   const unsigned char addr[16])
{
    int64_t i = 0;
    for (; i + 8 <= bits; i += 8)
        if (net[i / 8] != addr[i / 8])
            return false;
    if (i == bits)
        return true;
    int shift = (int)(8 - (bits - i));
    return net[i / 8] >> shift == addr[i / 8] >> shift;
}

/* Cut the next word off *rest; empty when there is none. */
static struct str next_word(struct str *rest)
{
    struct str word, s = str_trim(*rest);
    size_t n = 0;
    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t' && s.p[n] != ',')
        n++;
    word = str_sub(s, 0, n);
    *rest = str_sub(s, n + (n < s.n), s.n);
    return word;
}

bool conf_in_networks(struct str networks, struct str addr)
{
    unsigned char one[16], net[16];
    int64_t bits;
    bool v4;
    if (!address(addr, one, &v4))
        return false;
    for (struct str word; (word = next_word(&networks)).n > 0;)
        if (network(word, net, &bits) && inside(net, bits, one))
            return true;
    return false;
}

static bool networks_ok(struct str networks)
{
    unsigned char net[16];
    int64_t bits;
    for (struct str word; (word = next_word(&networks)).n > 0;)
        if (!network(word, net, &bits))
            return false;
    return true;
}

static int problem(struct buf *out, bool bad, const char *sentence)
{
    if (bad)
        buf_fmt(out, "%s\n", sentence);
    return bad;
}

static int need_folder(struct arena *a, struct buf *out, const char *key, struct str path)
{
    struct stat st;
    char *z = str_z(a, path);
    if (z != NULL && stat(z, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    buf_fmt(out, "%s: there is no folder %.*s\n", key, STR_ARG(path));
    return 1;
}

static bool is_loopback(struct str host)
{
    struct str name, port;
    str_cut(host, ':', &name, &port);
    return str_starts(name, STR("127.")) || str_is(name, "localhost") ||
           str_ends(name, STR(".localhost")) || str_starts(host, STR("[::1]"));
}

static int check_public_url(const struct conf *c, struct buf *out)
{
    struct str u = c->public_url, host = conf_host(c);
    bool https = str_starts(u, STR("https://")), http = str_starts(u, STR("http://"));
    int n = 0;
    n += problem(out, !https && !(http && c->allow_http),
                 "public_url: must begin with https:// (http:// only with allow_http)");
    n += problem(out, http && !is_loopback(host),
                 "public_url: http:// is for trials on this machine (127.0.0.1) only");
    n += problem(out, host.n == 0, "public_url: has no host");
    n += problem(out, str_ends(u, STR("/")), "public_url: must not end with a slash");
    n += problem(
        out,
        str_find(u, STR("?"), 0) != SIZE_MAX || str_find(u, STR("#"), 0) != SIZE_MAX ||
            str_find(u, STR("@"), 0) != SIZE_MAX || str_find(u, STR(" "), 0) != SIZE_MAX,
        "public_url: must have no query, fragment, user or blank");
    return n;
}

int conf_check(struct arena *a, const struct conf *c, struct buf *out)
{
    int n = check_public_url(c, out);
    n += problem(out,
                 !str_starts(c->database, STR("sqlite:")) &&
                     !str_starts(c->database, STR("postgresql://")) &&
                     !str_starts(c->database, STR("postgres://")),
                 "database: must begin with sqlite: or postgresql://");
    n += need_folder(a, out, "data_dir", c->data_dir);
    n += need_folder(a, out, "templates_dir", c->templates_dir);
    n += need_folder(a, out, "texts_dir", c->texts_dir);
    n += need_folder(a, out, "config_dir", c->config_dir);
    n += problem(out, !networks_ok(c->private_networks),
                 "private_networks: not a list of networks such as 10.20.0.0/16");
    n += problem(out, !networks_ok(c->metrics_allow),
                 "metrics_allow: not a list of networks such as 127.0.0.0/8");
    char *ca = str_z(a, c->ca_file);
    n += problem(out, c->ca_file.n > 0 && (ca == NULL || access(ca, R_OK) != 0),
                 "ca_file: cannot be read");
    n += problem(out,
                 !str_is(c->log_level, "debug") && !str_is(c->log_level, "info") &&
                     !str_is(c->log_level, "warn") && !str_is(c->log_level, "error"),
                 "log_level: must be debug, info, warn or error");
    return n;
}
