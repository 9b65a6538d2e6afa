/* opening_view.h: parts of pages that speak of openings: /gates, /gates/one, /person. */
#ifndef WAYMARK_WEB_OPENING_VIEW_H
#define WAYMARK_WEB_OPENING_VIEW_H

#include "learn/openlook.h"
#include "web/page.h"

/* `what` and `way_word`: at how much what opens, and how the LMS is told. */
void opening_view_head(struct view *o, const struct opening *op);

/* One student as partials/opening_who.html shows them. */
void opening_view_who(struct page_ctx *c, struct view *o, const struct opening *op,
                      const struct openlook_who *w);

/* The same for a list of what opens for one student. */
void opening_view_of(struct page_ctx *c, struct view *o, const struct openlook_of *row,
                     int64_t person_id, struct str name);

#endif
