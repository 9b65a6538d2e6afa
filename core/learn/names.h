/* names.h: which activity of a course a file, a statement or an event speaks of.
 *
 * One activity whatever the route: known by a name of the source (alias), by the LMS's
 * own address, or by an unambiguous title. What was found is kept as an alias
 * (names_keep), so that it stays when titles change. */
#ifndef WAYMARK_LEARN_NAMES_H
#define WAYMARK_LEARN_NAMES_H

#include "learn/learn.h"
#include "store/activity.h"

/* What a source tells of an activity. Empty fields are not told. */
struct names_in {
    struct str source_kind; /* alias: moodle-cm, canvas-assignment, xapi, file ... */
    struct str source_key;  /* and its key there; at most 1,024 bytes */
    struct str url;         /* any address of it in the LMS */
    struct str title;       /* with or without the kind in front: "Quiz: Quiz 1" */
    struct str kind;        /* quiz, assign, ...: narrows titles down */
};

enum names_by {
    NAMES_NOTHING,
    NAMES_ALIAS,
    NAMES_URL,
    NAMES_TITLE,
    NAMES_SEVERAL /* more than one activity has that title: nobody guesses */
};

struct names_index;

/* A fixed number of reads. */
struct names_index *names_index(struct learn *l, struct err *e);

/* The activity, or 0; *by (may be NULL) says how it was found, or why not. */
int64_t names_find(struct names_index *x, const struct names_in *in, enum names_by *by);

/* The activity itself, or NULL. */
const struct activity *names_activity(const struct names_index *x, int64_t activity_id);

/* Is it one of our own links? What Waymark posted there is no evidence. */
bool names_own(const struct names_index *x, int64_t activity_id);

/* Is that, with or without a word in front, the name of one of our links or columns? */
bool names_own_title(const struct names_index *x, struct str title);

/* The course's activities by position. */
const struct activity *names_all(const struct names_index *x, size_t *n);

/* Keep the alias of `in` for an activity; nothing happens when `in` has none, or when it
 * names an activity already. May run in the caller's transaction. */
int names_keep(struct learn *l, const struct names_in *in, int64_t activity_id,
               struct err *e);

/* An address in the one form that is compared: host and path in which Moodle's and
 * Canvas' ways to the same activity are alike. Empty when it is none.
 *   https://LMS.example/mod/quiz/attempt.php?attempt=7&cmid=12#q1
 *   -> lms.example/mod/quiz/view.php?id=12
 *   http://canvas.example:80/courses/3/assignments/4/submissions/5?x=1
 *   -> canvas.example/courses/3/assignments/4 */
struct str names_address(struct arena *a, struct str url);

/* A title in the one form that is compared: one blank between words, ASCII letters small,
 * the commonest HTML entities resolved. */
struct str names_title(struct arena *a, struct str title);

/* What stands behind the kind's word in front of a title, "Quiz: Quiz 1" -> "Quiz 1", and
 * the kind into *kind (empty: a word of another language). The title itself when nothing
 * stands in front. */
struct str names_behind(struct arena *a, struct str title, struct str *kind);

/* Is that an activity that a catalogue would have told, but only grades did so far (file,
 * xapi, caliper, oneroster)? The catalogue takes it over. */
bool names_orphan(const struct activity *row);

#endif
