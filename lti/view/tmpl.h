/* tmpl.h: Mustache templates, compiled once, with escaping by HTML context.
 *
 * The language is that of the Mustache specification's core modules (mustache/spec 1.4:
 * interpolation, sections, inverted, partials, comments, delimiters). In TMPL_HTML each
 * tag's place in the HTML is worked out at load: text, quoted attribute or URL attribute;
 * the value is escaped for it, and a tag in a place where no escaping is safe is refused
 * with file:line: reason. One addition, in TMPL_HTML only: a message,
 *     {{#t}}course.students{{/t}}    or    {{#t}}course.students n=count
 * who=teacher.name{{/t}} which is put into words by the catalogue; a parameter that is
 * not listed is looked up in the view by its own name. */
#ifndef WAYMARK_VIEW_TMPL_H
#define WAYMARK_VIEW_TMPL_H

#include "view/catalogue.h"
#include "view/view.h"

#define TMPL_SOURCE_MAX ((size_t)64 * 1024)   /* bytes of one template */
#define TMPL_OUTPUT_MAX ((size_t)1024 * 1024) /* bytes of one rendered page */
#define TMPL_DEPTH_MAX 64                     /* open sections and partials together */

enum tmpl_mode {
    TMPL_HTML, /* product templates */
    TMPL_PLAIN /* every place is text: the specification's own view of the world */
};

struct tmpl_set; /* the templates of one folder; never changes once loaded */

/* What a rendering needs besides the view. */
struct tmpl_opts {
    const struct catalogue *texts; /* NULL: message ids are shown */
    struct str origin; /* of public_url, "https://host[:port]": http: links there pass */
    bool allow_http;   /* http: links to anywhere pass (loopback trials) */
};

/* Load layout/, pages/ and partials/ under `dir` (files *.html). Names are
 * "layout/default", "pages/panel", "partials/fields"; {{> fields}} means partials/fields,
 * {{> page}} in a layout means the page that is rendered. NULL with "file:line: reason"
 * in `e` (ERR_INPUT; ERR_LIMIT for size; ERR_NOTFOUND when the folder cannot be read). */
struct tmpl_set *tmpl_load(struct arena *a, const char *dir, struct err *e);

/* Render page "panel" inside layout/default. Appends to `out`; on failure (no such page,
 * or past a limit) -1 with `out` as it was. Scratch memory comes from out->a. */
int tmpl_render(const struct tmpl_set *s, const char *page, const struct view *v,
                const struct tmpl_opts *o, struct buf *out, struct err *e);

/* The same in steps, for tests: an empty set; add sources; link partials; render one
 * template by its full name, without a layout. In TMPL_PLAIN a missing partial is empty
 * text. */
struct tmpl_set *tmpl_new(struct arena *a, enum tmpl_mode mode);
int tmpl_add(struct tmpl_set *s, struct str name, struct str source, struct err *e);
int tmpl_link(struct tmpl_set *s, struct err *e);
int tmpl_render_one(const struct tmpl_set *s, struct str name, const struct view *v,
                    const struct tmpl_opts *o, struct buf *out, struct err *e);

/* Call fn for each message that the templates use; stops when fn returns non-zero. */
int tmpl_each_message(const struct tmpl_set *s,
                      int (*fn)(void *ctx, struct str where, struct str id), void *ctx);

#endif
