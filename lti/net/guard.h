/* guard.h: which network addresses an outbound call may reach (DR-S3).
 *
 * Public unicast addresses may. Loopback, private, link-local (cloud metadata among
 * them), shared, documentation, benchmark, multicast, reserved and unspecified ones may
 * not, also when they hide in IPv6: v4-mapped, v4-compatible, 6to4, NAT64, ISATAP; Teredo
 * never. The administrator may open networks with a CIDR list; hidden IPv4 addresses are
 * unwrapped before the list is asked. Pure: no sockets here. */
#ifndef WAYMARK_NET_GUARD_H
#define WAYMARK_NET_GUARD_H

#include "base/err.h"
#include "base/str.h"

#include <sys/socket.h>

struct guard_net {
    unsigned char addr[16]; /* IPv4 as ::ffff:a.b.c.d */
    int bits;               /* of the 128 */
};

struct guard {
    const struct guard_net *nets;
    size_t nets_n;
};

/* Read "10.0.0.0/8, fd00::/8 192.168.1.5": commas or blanks between, no mask = one
 * address. ERR_INPUT names the entry that is wrong (bits beyond the mask are wrong too).
 */
int guard_parse(struct arena *a, struct str list, struct guard *out, struct err *e);

/* May a socket be opened to `sa`? With `loopback_only` (plain http), loopback addresses
 * alone pass, and these too only if the list opens them. */
bool guard_allows(const struct guard *g, const struct sockaddr *sa, bool loopback_only);

#endif
