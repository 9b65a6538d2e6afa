/* url.h: absolute web addresses, read strictly (RFC 3986, http and https only).
 *
 * What is refused on purpose, because it only serves to mislead a check: user names in
 * the address, hosts written as odd numbers (0x7f000001, 127.1), zone ids, empty labels,
 * raw blanks, control and non-ASCII characters, backslashes, broken percent escapes. */
#ifndef WAYMARK_NET_URL_H
#define WAYMARK_NET_URL_H

#include "base/err.h"
#include "base/str.h"

#define URL_MAX_N 8192

struct url {
    struct str scheme; /* "http" or "https" */
    struct str host; /* lower case; an IPv6 address in canonical form, without brackets */
    bool ip6;
    int port;            /* always set: 80 or 443 when the text has none */
    struct str path;     /* begins with '/'; escapes as written */
    struct str query;    /* without '?'; as written */
    struct str fragment; /* without '#' */
    bool has_query;
    bool has_fragment;
};

enum url_allow {
    URL_HTTPS_ONLY = 0,
    URL_HTTP =
        1, /* plain http is a URL too (whether it may be called is http.h's question) */
    URL_FRAGMENT = 2 /* a fragment may follow */
};

/* Read `text` (at most URL_MAX_N bytes). 0, or -1 with ERR_INPUT and the reason in words.
 */
int url_parse(struct arena *a, struct str text, unsigned allow, struct url *out,
              struct err *e);

/* The address as text: default ports left out, host in lower case. */
struct str url_text(struct arena *a, const struct url *u);

/* "https://host[:port]", default ports left out (RFC 6454). */
struct str url_origin(struct arena *a, const struct url *u);

/* Same scheme, host and port? */
bool url_same_origin(const struct url *a, const struct url *b);

/* Resolve a reference (absolute, "//host/x", "/x", "x", "?x") against `base`, RFC 3986
 * section 5.2 with dot segments removed. The result is checked like url_parse's. */
int url_resolve(struct arena *a, const struct url *base, struct str ref, unsigned allow,
                struct url *out, struct err *e);

/* AGS-2: `url` with `tail` (such as "/scores") appended to its path, before any query;
 * one slash at the end of the path goes first. */
struct str url_append_path(struct arena *a, struct str url, struct str tail);

/* NRPS-1: `url` with key=value appended to its query ("?" or "&"); the value is escaped.
 */
struct str url_append_query(struct arena *a, struct str url, const char *key,
                            struct str value);

/* Percent-escape everything but unreserved characters (RFC 3986 section 2.3). */
struct str url_escape(struct arena *a, struct str raw);

#endif
