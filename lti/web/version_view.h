/* version_view.h: what the version of the map in force changed, and the course's coverage
 * floor; for the page "Activities and skills". */
#ifndef WAYMARK_WEB_VERSION_VIEW_H
#define WAYMARK_WEB_VERSION_VIEW_H

#include "learn/floor.h"
#include "web/page.h"

/* `version`: n, when, uncovered, rows_n, rows[] {text}, more; nothing when the course has
 * no map. One read. */
int version_view(struct page_ctx *c, struct view *v, struct err *e);

/* `floor`: percent, now, below. */
void version_view_floor(struct view *v, const struct floor *f, const struct coverage *k);

#endif
