/* unit.h: the units of a skill map, and the short names by which links and columns in an
 * LMS speak of them. */
#ifndef WAYMARK_ENGINE_UNIT_H
#define WAYMARK_ENGINE_UNIT_H

#include "base/str.h"

#define UNIT_SLUG_MAX 60

/* The short name of a unit's title: lower-case ASCII letters and digits, a hyphen for
 * every run of other signs ("Ratios & rates" -> "ratios-rates"). A title that has letters
 * of other scripts, nothing else, or too much of it gives "u-" and 16 digits of its
 * SHA-256. The same title always gives the same name. */
struct str unit_slug(struct arena *a, struct str title);

/* Could unit_slug have made this? */
bool unit_is_slug(struct str s);

#endif
