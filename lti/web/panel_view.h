/* panel_view.h: a struct panel as the fields of templates/README.md, "pages/panel".
 * Shared by the student's own page and the teacher's page of one student. */
#ifndef WAYMARK_WEB_PANEL_VIEW_H
#define WAYMARK_WEB_PANEL_VIEW_H

#include "engine/recommend.h"
#include "learn/panel.h"
#include "web/page.h"

#define PANEL_CARDS RECOMMEND_FIRST /* more of them is a list, not a next step */

/* course, as_of, pending, empty, next[], focus, skills_n, units[]. */
void panel_view(struct page_ctx *c, struct view *v, const struct panel *p);

/* anew: what is newer than the states that are shown, and why they are other than before.
 * Nothing where there is nothing to say. */
void panel_view_anew(struct page_ctx *c, struct view *v, const struct head_fresh *f);

/* Cards under `key`, at most `max`. */
void panel_view_cards(struct page_ctx *c, struct view *v, const char *key,
                      const struct panel *p, size_t max);

/* One skill as above, `nav` to its own page (person_id 0: the reader's own), and
 * `waits_for` when it is locked. */
void panel_view_linked(struct page_ctx *c, struct view *o, const struct panel_skill *s,
                       int64_t person_id);

/* "A, B and C": waits_for, when something is missing. */
void panel_view_waits(struct page_ctx *c, struct view *o, const struct panel_skill *s);

/* One skill: skill, code, state, state_word, letter. */
void panel_view_skill(struct view *o, const struct panel_skill *s);

#endif
