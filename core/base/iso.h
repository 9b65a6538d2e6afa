/* iso.h: ISO 8601 date and time as LMSs write it, to Unix milliseconds UTC and back
 * (C-5).
 *
 * Accepted: YYYY-MM-DDThh:mm[:ss[.f]] with 1 to 9 digits of fraction ('.' or ','), 'T',
 * 't' or one blank, zone Z, z, ±hh:mm, ±hhmm or ±hh. Years 1970 to 9999; second 60 counts
 * as 59. */
#ifndef WAYMARK_BASE_ISO_H
#define WAYMARK_BASE_ISO_H

#include "base/str.h"

#define ISO_N 25 /* bytes that iso_put needs: "2026-03-04T09:15:27.123Z" and NUL */

/* A time with its zone: for everything that is compared. False: not one, *ms untouched.
 */
bool iso_parse(struct str s, int64_t *ms);

/* The same, but a missing zone means UTC and a date alone is its midnight: for display.
 */
bool iso_parse_loose(struct str s, int64_t *ms);

/* "2026-03-04T09:15:27.123Z". Times outside 1970 to 9999 are clamped. */
struct str iso_format(struct arena *a, int64_t ms);
void iso_put(char out[ISO_N], int64_t ms);

#endif
