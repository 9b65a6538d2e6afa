/* escape.h: put a value into HTML so that it stays a value. */
#ifndef WAYMARK_VIEW_ESCAPE_H
#define WAYMARK_VIEW_ESCAPE_H

#include "view/html.h"

struct escape_opts {
    struct str origin; /* own origin, where http: is fine too */
    bool allow_http;
};

/* Append `s`, escaped for `place`. An address that must not stand there becomes
 * "#blocked". NUL bytes are left out, except in HTML_PUT_RAW. */
void escape_put(struct buf *out, enum html_place place, struct str s,
                const struct escape_opts *o);

/* May `url` be followed from a page: https:, http: (own origin or allow_http), a path, a
 * query or a fragment? No control characters, blanks at its ends or backslashes, no "//".
 */
bool escape_url_ok(struct str url, const struct escape_opts *o);

#endif
