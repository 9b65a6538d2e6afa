/* flag_view.h: a flag as partials/flag.html shows it; for the course page and the page of
 * one student. Teachers only. */
#ifndef WAYMARK_WEB_FLAG_VIEW_H
#define WAYMARK_WEB_FLAG_VIEW_H

#include "learn/dashboard.h"
#include "web/page.h"

/* name, person, rules[], kind, kind_word, level, level_word, since, planned, put_off,
 * facts[], nav. */
void flag_view(struct page_ctx *c, struct view *o, const struct dashboard_flag *f);

/* `text`: what a student said to the teacher, about a skill or (empty) the whole page. */
void flag_view_message(struct view *o, bool wrong, struct str skill_title);

/* `nav` to the page of one student. */
void flag_view_person(struct page_ctx *c, struct view *o, int64_t person_id,
                      struct str name);

#endif
