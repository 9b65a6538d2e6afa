/* catalogue.h: the texts of one language, read from a .mo file (msgfmt's output).
 *
 * An own reader, because gettext's choice of language is process-global and Debian
 * installs no locales. Format: GNU gettext manual, "The Format of GNU MO Files", both
 * byte orders. A message names its parameters in braces, "{done} of {total}"; a message
 * with plural forms is chosen by parameter n with the Plural-Forms expression of the
 * file. */
#ifndef WAYMARK_VIEW_CATALOGUE_H
#define WAYMARK_VIEW_CATALOGUE_H

#include "view/view.h"

struct catalogue;     /* one language; never changes once read */
struct catalogue_set; /* all languages of a folder */

/* Read the bytes of a .mo file (at most 4 MiB; they must outlive the catalogue). Refuses
 * with ERR_INPUT offsets outside the file, unsorted or doubled ids, text that is not
 * UTF-8, and a Plural-Forms expression that it cannot read; `name` (such as "en") is the
 * language. */
struct catalogue *catalogue_parse(struct arena *a, struct str name, struct str mo,
                                  struct err *e);

/* Read every NAME.mo in `dir` (names are BCP 47 tags: en, hi, pt-BR). "en" must be there:
 * ERR_NOTFOUND. Load once, before the workers are forked. */
struct catalogue_set *catalogue_load(struct arena *a, const char *dir, struct err *e);

/* The best language for a BCP 47 tag: itself, its shorter forms, else English. Never
 * NULL. */
const struct catalogue *catalogue_pick(const struct catalogue_set *s, struct str locale);

struct str catalogue_lang(const struct catalogue *c); /* for <html lang> */
bool catalogue_rtl(const struct catalogue *c);        /* written from right to left? */

/* Is there a message `id`? */
bool catalogue_has(const struct catalogue *c, struct str id);

/* How to find the value of a parameter; NULL when there is none. */
typedef const struct view *catalogue_param_fn(void *ctx, struct str name);

/* Append message `id` with its parameters filled in, as plain text. An unknown id appends
 * the id itself, an unknown parameter nothing. Text parameters are set between
 * directional isolates (U+2068, U+2069) where their direction may differ from the
 * message's. A parameter may itself be a message (four levels). `c` may be NULL: ids are
 * shown. */
void catalogue_format(const struct catalogue *c, struct str id, catalogue_param_fn *param,
                      void *ctx, struct buf *out);

/* The same for a value: VIEW_MSG with its own parameters, VIEW_STR, VIEW_INT; others
 * nothing. */
void catalogue_value(const struct catalogue *c, const struct view *v, struct buf *out);

/* Every id, in the order of the file. */
size_t catalogue_len(const struct catalogue *c);
struct str catalogue_id(const struct catalogue *c, size_t i);

#endif
