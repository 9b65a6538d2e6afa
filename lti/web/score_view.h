/* score_view.h: scores that were edited in the LMS, as lists of pages. */
#ifndef WAYMARK_WEB_SCORE_VIEW_H
#define WAYMARK_WEB_SCORE_VIEW_H

#include "learn/scores.h"
#include "web/page.h"

/* `edited_n` and `edited[]` of the view: a sentence, the person, when it was seen. */
void score_view(struct page_ctx *c, struct view *v, const struct scores_edit *rows,
                size_t n);

#endif
