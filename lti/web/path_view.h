/* path_view.h: where somebody is going, and what lies before it, as partials/path.html
 * shows it; for the student's choices and the teacher's page of one student. */
#ifndef WAYMARK_WEB_PATH_VIEW_H
#define WAYMARK_WEB_PATH_VIEW_H

#include "learn/panel.h"
#include "learn/paths.h"
#include "web/page.h"

/* `path`: name, about, select, options[], person, waiting, reached, steps_n, steps[],
 * more. Nothing when the states are unknown and there is nothing to choose. person_id 0:
 * the reader's own. */
void path_view(struct page_ctx *c, struct view *v, const struct paths *p,
               const struct panel *panel, int64_t person_id);

#endif
