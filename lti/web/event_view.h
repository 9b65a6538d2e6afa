/* event_view.h: rows of evidence as lines that a person can read. */
#ifndef WAYMARK_WEB_EVENT_VIEW_H
#define WAYMARK_WEB_EVENT_VIEW_H

#include "learn/person.h"
#include "web/page.h"

/* One row: text, skill, source, when, counts. */
void event_view_one(struct page_ctx *c, struct view *o, const struct person_event *ev);

/* A list `key` of { text, skill, source, when, counts }. */
void event_view(struct page_ctx *c, struct view *v, const char *key,
                const struct person_event *events, size_t n);

#endif
