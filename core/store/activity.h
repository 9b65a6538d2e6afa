/* activity.h: the catalogue of a course's activities, and the names that sources have for
 * them (a Moodle course module, an AGS line item ...). */
#ifndef WAYMARK_STORE_ACTIVITY_H
#define WAYMARK_STORE_ACTIVITY_H

#include "base/env.h"
#include "base/vec.h"
#include "db/db.h"

#define ACTIVITY_UNTOLD (-1) /* attempts_max of a row that leaves what is known */

struct activity {
    int64_t activity_id;
    struct str title;
    struct str kind; /* quiz, assign, page, url, lti, other */
    struct str url;  /* empty: none */
    int64_t due_ms;  /* 0: none */
    int64_t opens_ms;
    int64_t closes_ms;
    bool restricted; /* the LMS opens it to some only, by rules of its own */
    int64_t attempts_max; /* 0: no limit, or none is known */
    bool has_maximum;
    double maximum;
    bool visible;
    int64_t position;
    struct str source;
    int64_t changed_ms;
};

struct activity_alias {
    struct str source_kind; /* moodle-cm, moodle-quiz, ags-item ... */
    struct str source_key;
    int64_t activity_id;
};

/* All activities of a course by (position, activity_id). One read. */
int activity_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct activity **rows, size_t *n, struct err *e);

/* All aliases of a course. One read. */
int activity_aliases(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct activity_alias **rows, size_t *n, struct err *e);

int activity_insert(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct activity *row, struct err *e);
int activity_update(struct db *db, int64_t tenant_id, const struct activity *row,
                    struct err *e);

/* Note that the catalogue of a course changed in a way that its rows do not show (a link
 * to a skill): sets changed_ms of its first activity. */
int activity_touch(struct db *db, int64_t tenant_id, int64_t course_id, int64_t now_ms,
                   struct err *e);

/* Adds one name; a name that is there already stays with its activity. */
int activity_alias_add(struct db *db, int64_t tenant_id, int64_t course_id,
                       const struct activity_alias *row, struct err *e);

/* A question of a quiz, as answers told of it. */
struct activity_item {
    int64_t activity_id;
    struct str item;
};

/* All of a course, by activity and question (2 before 10). One read. */
int activity_items(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct activity_item **rows, size_t *n, struct err *e);

/* Somebody's answer to a question. */
struct activity_answer {
    int64_t person_id;
    struct str item;
    bool scored;
    double share; /* of the points, 0 to 1 */
};

/* The newest `max` answers to the questions of one activity, newest first. One read. */
int activity_answers(struct db *db, struct arena *a, int64_t tenant_id,
                     int64_t activity_id, size_t max, struct activity_answer **rows,
                     size_t *n, struct err *e);

/* Adds one; one that is there already stays. */
int activity_item_add(struct db *db, int64_t tenant_id, int64_t course_id,
                      const struct activity_item *row, int64_t now_ms, struct err *e);

#endif
