#include "engine/unit.h"

#include "base/crypt.h"

static bool plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static struct str hashed(struct arena *a, struct str title)
{
    return str_fmt(a, "u-%.*s", STR_ARG(str_sub(crypt_digest(a, title), 0, 16)));
}

struct str unit_slug(struct arena *a, struct str title)
{
    struct str low = str_lower(a, title);
    struct buf b;
    bool gap = false;
    buf_init(&b, a, low.n + 1);
    for (size_t i = 0; i < low.n; i++) {
        if ((unsigned char)low.p[i] > 0x7e)
            return hashed(a, title);
        if (plain(low.p[i])) {
            if (gap && b.n > 0)
                buf_char(&b, '-');
            buf_char(&b, low.p[i]);
        }
        gap = !plain(low.p[i]);
    }
    return b.n > 0 && b.n <= UNIT_SLUG_MAX ? buf_view(&b) : hashed(a, title);
}

bool unit_is_slug(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!plain(s.p[i]) && (s.p[i] != '-' || i == 0 || i + 1 == s.n))
            return false;
    return s.n > 0 && s.n <= UNIT_SLUG_MAX;
}
