/* question_view.h: questions to the map, on the page /map. */
#ifndef WAYMARK_WEB_QUESTION_VIEW_H
#define WAYMARK_WEB_QUESTION_VIEW_H

#include "engine/skill.h"
#include "web/page.h"

/* `questions[]`, as partials/questions.html shows them. */
int question_view(struct page_ctx *c, struct view *v, const struct skill_map *m,
                  struct err *e);

/* What the form of a question says. 1 done. ERR_INPUT: it is not asked any
 * more, or the map would be refused. */
int question_view_answer(struct page_ctx *c, struct err *e);

#endif
