/* Link headers (C-13), and where they lead: never to another origin (I94). */
#include "net/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)64 << 20);
    struct str text = {(const char *)data, size}, first, second, target, next;
    str_cut(text, '\n', &first, &second);
    struct http_header headers[] = {{STR("Link"), first}, {STR("link"), second}};
    struct http_res res = {.url = STR("https://lms.example/list?page=1"),
                           .headers = headers,
                           .headers_n = 2};
    link_find(a, text, "next", &target);
    if (link_next(a, &res, "next", &next, NULL) == 0 && next.n > 0) {
        struct url u, base;
        INVARIANT(url_parse(a, next, 0, &u, NULL) == 0);
        INVARIANT(url_parse(a, res.url, 0, &base, NULL) == 0);
        INVARIANT(url_same_origin(&u, &base));
    }
    arena_free(a);
    return 0;
}
