#include "msg/target.h"

#include "net/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* A path that a server might read as another one: "..", ".", "//", or escapes of '.', '/'
 * and '\'. */
static bool plain_path(struct arena *a, struct str path)
{
    struct str low = str_lower(a, path);
    static const char *const escapes[] = {"%2e", "%2f", "%5c", "%00"};
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (str_find(low, str_c(escapes[i]), 0) != SIZE_MAX)
            return false;
    struct str part, rest = str_sub(path, 1, path.n);
    while (rest.n > 0) {
        str_cut(rest, '/', &part, &rest);
        if (str_is(part, ".") || str_is(part, "..") || (part.n == 0 && rest.n > 0))
            return false;
    }
    return true;
}

/* `path` is `base` or lies under it. */
static bool under(struct str path, struct str base)
{
    if (base.n > 0 && base.p[base.n - 1] == '/')
        return str_starts(path, base) || str_eq(path, str_sub(base, 0, base.n - 1));
    return str_starts(path, base) && (path.n == base.n || path.p[base.n] == '/');
}

bool target_ours(struct arena *a, struct str uri, struct str base)
{
    struct url u, b;
    return url_parse(a, base, URL_HTTP, &b, NULL) == 0 &&
           url_parse(a, uri, URL_HTTP, &u, NULL) == 0 && url_same_origin(&u, &b) &&
           plain_path(a, u.path) && under(u.path, b.path);
}

bool target_safe_link(struct arena *a, struct str uri, bool http)
{
    struct url u;
    return url_parse(a, uri, http ? URL_HTTP : URL_HTTPS_ONLY, &u, NULL) == 0;
}

static bool allowed4(const struct guard *g, struct in_addr ip)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = ip};
    return guard_allows(g, (const struct sockaddr *)&sa, false);
}

/* May we call this host, as far as its text tells? Names are looked up, and their
 * addresses guarded, when the call is made (lti/net). */
static bool may_call(struct arena *a, const struct url *u, const struct guard *g)
{
    struct sockaddr_in6 sa6 = {.sin6_family = AF_INET6};
    struct in_addr ip;
    char *z = str_z(a, u->host);
    if (u->ip6)
        return inet_pton(AF_INET6, z, &sa6.sin6_addr) == 1 &&
               guard_allows(g, (const struct sockaddr *)&sa6, false);
    if (inet_pton(AF_INET, z, &ip) == 1)
        return allowed4(g, ip);
    if (str_is(u->host, "localhost") || str_ends(u->host, STR(".localhost")))
        return allowed4(g, (struct in_addr){.s_addr = htonl(INADDR_LOOPBACK)});
    return !str_ends(u->host, STR(".local")) && !str_ends(u->host, STR(".internal"));
}

bool target_service(struct arena *a, struct str uri, bool http, const struct guard *guard)
{
    static const struct guard public_only = {.nets_n = 0};
    struct url u;
    return url_parse(a, uri, http ? URL_HTTP : URL_HTTPS_ONLY, &u, NULL) == 0 &&
           may_call(a, &u, guard != NULL ? guard : &public_only);
}

bool target_same_origin(struct arena *a, struct str x, struct str y)
{
    struct url ux, uy;
    return url_parse(a, x, URL_HTTP, &ux, NULL) == 0 &&
           url_parse(a, y, URL_HTTP, &uy, NULL) == 0 && url_same_origin(&ux, &uy);
}
