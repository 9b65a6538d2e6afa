/* link.h: the Link header (RFC 8288), read leniently because of what platforms send:
 * unquoted rel, several relations in one rel, several links in one header or in many, the
 * typographic quotes and "&amp;" of Moodle (V27). The URL is never changed in case. */
#ifndef WAYMARK_NET_LINK_H
#define WAYMARK_NET_LINK_H

#include "net/http.h"
#include "net/url.h"

/* The target of the first link with relation `rel` in one header value; false if none. */
bool link_find(struct arena *a, struct str header, const char *rel, struct str *target);

/* The target of `rel` in the Link headers of `res`, resolved against the address that
 * answered. *next is empty when there is none. -1 with ERR_DENIED when it leaves the
 * origin of `res` or is no https URL where that was one (SVC-7, I94). */
int link_next(struct arena *a, const struct http_res *res, const char *rel,
              struct str *next, struct err *e);

#endif
