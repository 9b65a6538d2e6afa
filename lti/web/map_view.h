/* map_view.h: the fields of the page "Activities and skills" (templates/README.md). */
#ifndef WAYMARK_WEB_MAP_VIEW_H
#define WAYMARK_WEB_MAP_VIEW_H

#include "learn/mapping.h"
#include "web/page.h"

#define MAP_VIEW_ROWS 20   /* activities or tags of one page */
#define MAP_VIEW_INLINE 60 /* with more skills, a choice has a page of its own */
#define MAP_VIEW_LIST 40   /* skills that are named in a list */

/* Which part of the page is shown; forms and links carry it along. */
struct map_view_state {
    struct mapping_ask ask;
    struct str show; /* "", "untied", "suggested", "hidden", "tags" */
    int64_t done;    /* the change that has just been made, or 0 */
};

/* From the fields of the request. */
struct map_view_state map_view_state(struct page_ctx *c);

/* "&show=untied&page=2": what the address of this part of the page has more. */
struct str map_view_query(struct page_ctx *c, const struct map_view_state *s);

void map_view(struct page_ctx *c, struct view *v, const struct map_view_state *s,
              const struct mapping *m);

#endif
