/* The address parser (C-13): what it accepts reads back the same, and so does what it
 * resolves. */
#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reading our own text again must give the same text. */
static void stable(struct arena *a, const struct url *u, unsigned allow)
{
    struct url again;
    struct str text = url_text(a, u);
    INVARIANT(url_parse(a, text, allow, &again, NULL) == 0);
    INVARIANT(str_eq(url_text(a, &again), text));
    INVARIANT(url_same_origin(u, &again));
    INVARIANT(u->host.n > 0 && u->path.n > 0 && u->path.p[0] == '/');
    INVARIANT(u->port >= 1 && u->port <= 65535);
    for (size_t i = 0; i < text.n; i++)
        INVARIANT(text.p[i] > ' ' && (unsigned char)text.p[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)64 << 20);
    struct str text = {(const char *)data, size};
    unsigned allow = URL_HTTP | URL_FRAGMENT;
    struct url u, base, res;
    if (url_parse(a, text, allow, &u, NULL) == 0)
        stable(a, &u, allow);
    INVARIANT(
        url_parse(a, STR("https://base.example:8443/a/b;c/d?e=f"), 0, &base, NULL) == 0);
    if (url_resolve(a, &base, text, allow, &res, NULL) == 0)
        stable(a, &res, allow);
    url_append_path(a, text, STR("/scores"));
    struct str escaped = url_escape(a, text);
    for (size_t i = 0; i < escaped.n; i++)
        INVARIANT(escaped.p[i] > ' ' && (unsigned char)escaped.p[i] < 0x7f &&
                  escaped.p[i] != '&' && escaped.p[i] != '=');
    arena_free(a);
    return 0;
}
