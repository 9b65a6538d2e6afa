/* plural.h: the Plural-Forms expression of a catalogue (GNU gettext manual, "Plural
 * forms"): C's operators over the unsigned number n. */
#ifndef WAYMARK_VIEW_PLURAL_H
#define WAYMARK_VIEW_PLURAL_H

#include "base/err.h"
#include "base/str.h"

#define PLURAL_FORMS_MAX 8

struct plural;

/* From the value of the header, "nplurals=2; plural=(n != 1);". At most 512 bytes and 32
 * levels of brackets. NULL with ERR_INPUT when it cannot be read. */
struct plural *plural_parse(struct arena *a, struct str text, struct err *e);

/* The form for `n`; 0 where the expression gives no valid one (or divides by zero). */
unsigned plural_form(const struct plural *p, int64_t n);

#endif
