/* register_view.h: what the pages of registration and approval show alike: a platform in
 * its own words (DR-S5: text, never more), warnings, what was granted. */
#ifndef WAYMARK_WEB_REGISTER_VIEW_H
#define WAYMARK_WEB_REGISTER_VIEW_H

#include "msg/dynreg_request.h"
#include "web/page.h"

/* One line: a message for what it is, and a text of the platform's. Nothing when the
 * text is empty. */
void register_view_row(struct view *rows, const char *msgid, struct str value);

/* Append a warning by its id, about a host. */
void register_view_warning(struct page_ctx *c, struct view *list, struct str id,
                           struct str host);

/* The permissions of a list of scopes, by what they are for; the ones that we do not know
 * as they are. Into list `asks` of the view. */
void register_view_scopes(struct page_ctx *c, struct view *v, struct str scopes);

/* The rules for what registers here now; `host` is the invitation's. */
struct dynreg_rules register_view_rules(const struct page_ctx *c, struct str host);

/* Count one try from this browser's address. 0 go on; 1 too many: a 429 is in place; -1.
 * */
int register_view_try(struct page_ctx *c, const char *what, struct err *e);

#endif
