/* moodle_value.h: what Moodle writes in JSON, made into what it means. */
#ifndef WAYMARK_LMS_MOODLE_VALUE_H
#define WAYMARK_LMS_MOODLE_VALUE_H

#include "base/js.h"

/* An id: Moodle sends numbers, other versions strings. Empty: none. */
struct str moodle_value_id(struct arena *a, const struct js *v);

/* Seconds to milliseconds; 0, null and nonsense are "not told": 0. */
int64_t moodle_value_time(const struct js *v);

/* true and every number but 0. */
bool moodle_value_bool(const struct js *v);

/* A number, or a text such as "2.00" or "2,00" (Moodle writes marks in its own language).
 * false: none, which is not zero. */
bool moodle_value_number(const struct js *v, double *out);

/* Titles come as HTML text: the five entities that Moodle makes, back to characters. */
struct str moodle_value_plain(struct arena *a, struct str html);

/* "&name=value", with the value escaped. */
struct str moodle_value_param(struct arena *a, const char *name, struct str value);

#endif
