/* view.h: what a page shows, as a tree of values in an arena. A page handler fills it, a
 * template reads it (tmpl.h). The field names of each page are in templates/README.md and
 * in templates/pages/NAME.sample.json.
 *
 *     struct view *v = view_new(arena);
 *     view_str(v, "course", course->title);
 *     struct view *cards = view_list(v, "next");
 *     struct view *card = view_item(cards);
 *     view_int(card, "minutes", 12);
 *     struct view *why = view_msg(card, "fact", "why.answers");   a sentence by message
 * id view_int(why, "right", 2);                                  and its parameters
 *
 * Keys are C strings that must outlive the tree (string literals); text is not copied
 * either, so it must live as long as the arena. Setting a key twice: the later value
 * counts. */
#ifndef WAYMARK_VIEW_VIEW_H
#define WAYMARK_VIEW_VIEW_H

#include "base/js.h"

enum view_type {
    VIEW_NULL,
    VIEW_BOOL,
    VIEW_INT,
    VIEW_STR,
    VIEW_MSG,
    VIEW_OBJECT,
    VIEW_LIST
};

struct view;

/* An empty object: the root of a page's view. Never NULL. */
struct view *view_new(struct arena *a);

/* Members of an object (or parameters of a message). */
void view_str(struct view *o, const char *key, struct str text);
void view_int(struct view *o, const char *key, int64_t n);
void view_bool(struct view *o, const char *key, bool yes);

/* A sentence by its message id (a string literal, see templates/i18n/en.po); it is put
 * into words when the page is rendered, in the reader's language. Returns the object that
 * takes its parameters. If the message has plural forms, parameter "n" decides. */
struct view *view_msg(struct view *o, const char *key, const char *id);

/* A new object under `key`. */
struct view *view_child(struct view *o, const char *key);

/* A new, empty list under `key`, and what can be appended to it. */
struct view *view_list(struct view *o, const char *key);
struct view *view_item(struct view *list); /* a new object, returned */
void view_item_str(struct view *list, struct str text);
struct view *view_item_msg(struct view *list,
                           const char *id); /* returns its parameters */

/* A moment: { iso: "2026-11-23T08:10:00Z", text: "3 hours ago" (a message) }. Times
 * within two weeks are told by distance, which needs no time zone; others by UTC date.
 * t_ms <= 0 means never: { text: "not yet" }, no iso. */
void view_when(struct view *o, const char *key, int64_t t_ms, int64_t now_ms);

/* A state of mastery: fields "state" (the word itself: none, learning, almost, mastered,
 * review; anything else counts as none), "state_word" and "letter" (messages). */
void view_state(struct view *o, struct str word);

/* A place to go to, for partials/nav_button.html and nav_link.html: { to, label, fields[]
 * }. `path` begins with "/" and comes without base and query. Returns the nav object; add
 * what the address needs beside the handle with view_nav_field. */
struct view *view_nav(struct view *o, const char *key, const char *path,
                      const char *label_id);
void view_nav_field(struct view *nav, const char *name, struct str value);

/* A view from JSON: samples and tests. {"$t": "id", ...} becomes a message, a real number
 * its shortest text. Nesting is bounded by the parser. */
struct view *view_from_js(struct arena *a, const struct js *v);

/* The arena that the tree is made in. */
struct arena *view_arena(const struct view *v);

/* Reading, for the renderer. */
enum view_type view_type(const struct view *v); /* NULL counts as VIEW_NULL */

/* False for NULL, null, false, 0, the empty text and the empty list. */
bool view_truthy(const struct view *v);

/* The member of an object or parameter of a message; NULL if absent or `o` has no
 * members. `hash` is view_hash(key). */
const struct view *view_get(const struct view *o, struct str key, uint32_t hash);
uint32_t view_hash(struct str key);

const struct view *view_first(const struct view *list); /* NULL when empty or no list */
const struct view *view_next(const struct view *item);  /* the item behind, or NULL */
int64_t view_num(const struct view *v);     /* of VIEW_INT and VIEW_BOOL; else 0 */
struct str view_text(const struct view *v); /* of VIEW_STR; of VIEW_MSG the id */

#endif
