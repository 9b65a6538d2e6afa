#include "net/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define NETS_MAX 64

struct range {
    unsigned char addr[4];
    int bits;
};

/* IPv4 that is not public unicast: IANA's special-purpose registry (RFC 6890), multicast
 * and the reserved block. */
static const struct range bad4[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10},
    {{127, 0, 0, 0}, 8},    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},
    {{192, 0, 0, 0}, 24},   {{192, 0, 2, 0}, 24},   {{192, 88, 99, 0}, 24},
    {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15},  {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 3},
};

/* Do the first `bits` bits agree? */
static bool prefix(const unsigned char *a, const unsigned char *b, int bits)
{
    size_t whole = (size_t)bits / 8;
    int rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool begins(const unsigned char a[16], const char *bytes, int bits)
{
    return prefix(a, (const unsigned char *)bytes, bits);
}

static void map4(unsigned char out[16], const unsigned char v4[4])
{
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    memcpy(out + 12, v4, 4);
}

static bool is4(const unsigned char a[16])
{
    return begins(a, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 96);
}

/* Where an IPv4 address hides in an IPv6 one, or NULL: v4-mapped, v4-compatible, NAT64
 * (RFC 6052), 6to4, ISATAP. ::, and ::1 are themselves, not v4-compatible. */
static const unsigned char *hidden4(const unsigned char a[16])
{
    static const unsigned char low[12];
    if (is4(a))
        return a + 12;
    if (memcmp(a, low, 12) == 0 && (a[12] | a[13] | a[14] | (a[15] & ~1)) != 0)
        return a + 12;
    if (begins(a, "\x00\x64\xff\x9b\0\0\0\0\0\0\0\0", 96))
        return a + 12;
    if (begins(a, "\x20\x02", 16))
        return a + 2;
    if (memcmp(a + 8, "\0\0\x5e\xfe", 4) == 0 || memcmp(a + 8, "\2\0\x5e\xfe", 4) == 0)
        return a + 12;
    return NULL;
}

static bool public4(const unsigned char v4[4])
{
    for (size_t i = 0; i < sizeof bad4 / sizeof bad4[0]; i++)
        if (prefix(v4, bad4[i].addr, bad4[i].bits))
            return false;
    return true;
}

/* Global unicast is 2000::/3; out of it go the IETF's own block 2001::/23 (Teredo and
 * ORCHID among it) and the two documentation blocks. */
static bool public6(const unsigned char a[16])
{
    if (!begins(a, "\x20", 3))
        return false;
    return !begins(a, "\x20\x01\x00", 23) && !begins(a, "\x20\x01\x0d\xb8", 32) &&
           !begins(a, "\x3f\xff\x00", 20);
}

/* The address as 16 bytes, hidden IPv4 unwrapped; false for families that are no
 * internet. */
static bool bytes_of(const struct sockaddr *sa, unsigned char out[16])
{
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        map4(out, (const unsigned char *)&in.sin_addr);
        return true;
    }
    if (sa->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, sa, sizeof in6);
    unsigned char raw[16], v4[4];
    memcpy(raw, &in6.sin6_addr, 16);
    const unsigned char *inner = hidden4(raw);
    if (inner != NULL) {
        memcpy(v4, inner, 4);
        map4(out, v4);
    } else {
        memcpy(out, raw, 16);
    }
    return true;
}

static bool loopback(const unsigned char a[16])
{
    static const unsigned char one[16] = {[15] = 1};
    return (is4(a) && a[12] == 127) || memcmp(a, one, 16) == 0;
}

bool guard_allows(const struct guard *g, const struct sockaddr *sa, bool loopback_only)
{
    unsigned char a[16];
    if (!bytes_of(sa, a))
        return false;
    if (loopback_only && !loopback(a))
        return false;
    for (size_t i = 0; i < g->nets_n; i++)
        if (prefix(a, g->nets[i].addr, g->nets[i].bits))
            return true;
    return is4(a) ? public4(a + 12) : public6(a);
}

static bool read_net(struct arena *a, struct str text, struct guard_net *out)
{
    struct str host, mask;
    bool has_mask = str_cut(text, '/', &host, &mask);
    const char *z = str_z(a, host);
    unsigned char v4[4];
    int64_t most = 32;
    if (z == NULL)
        return false;
    if (inet_pton(AF_INET, z, v4) == 1)
        map4(out->addr, v4);
    else if (inet_pton(AF_INET6, z, out->addr) == 1)
        most = 128;
    else
        return false;
    int64_t bits = most;
    if (has_mask && (!str_i64(mask, &bits) || bits < 0 || bits > most))
        return false;
    out->bits = (int)(128 - most + bits);
    for (int i = out->bits; i < 128; i++) /* 10.0.0.1/8 is a slip of the pen: say so */
        if ((out->addr[i / 8] >> (7 - i % 8)) & 1)
            return false;
    return true;
}

int guard_parse(struct arena *a, struct str list, struct guard *out, struct err *e)
{
    struct guard_net *nets = ARENA_ARRAY(a, struct guard_net, NETS_MAX);
    *out = (struct guard){.nets = nets};
    size_t i = 0;
    while (i < list.n) {
        size_t end = i;
        while (end < list.n && strchr(", \t", list.p[end]) == NULL)
            end++;
        if (end > i) {
            struct str word = str_sub(list, i, end);
            if (out->nets_n == NETS_MAX)
                return err_set(e, ERR_INPUT, "more than %d networks", NETS_MAX);
            if (!read_net(a, word, &nets[out->nets_n]))
                return err_set(e, ERR_INPUT, "\"%.*s\" is no network such as 10.0.0.0/8",
                               word.n > 60 ? 60 : (int)word.n, word.p);
            out->nets_n++;
        }
        i = end + 1;
    }
    return 0;
}
