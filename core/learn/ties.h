/* ties.h: which activity of a course tells about which skill.
 *
 * What the map's match rules say, items that the LMS calls by a skill's code (the results
 * of a learning outcome), and over it what teachers say (store/tiechoice.h): of a
 * tag first, of a single activity or question last. A teacher's word stays when another
 * version of the map is published; of a skill that was replaced there it speaks on (see
 * skill_heirs). Nothing else writes the table activity_skill. */
#ifndef WAYMARK_LEARN_TIES_H
#define WAYMARK_LEARN_TIES_H

#include "engine/skill.h"
#include "learn/learn.h"
#include "store/activitytag.h"
#include "store/tiechoice.h"

#define TIES_MADE_FOR 1.0 /* weights on offer: made for this skill */
#define TIES_USES 0.5     /* uses it, and proves it a little */
#define TIES_MATERIAL 0.0 /* worth opening, proves nothing */

/* Make the ties of the map in force anew, inside the caller's transaction. *changed gets
 * how many were added, changed or removed; when there are any, the catalogue counts as
 * changed now (store/activity.h), and the caller puts the states into the queue. What a
 * match rule tied stays tied when the LMS gives the activity another title. A course
 * without a map: nothing happens. */
int ties_apply(struct learn *l, size_t *changed, struct err *e);

/* One thing that a teacher says. */
struct ties_say {
    struct tiechoice_key key;
    struct tiechoice_word word; /* said = false: take back what was said */
};

struct ties_result {
    size_t said;       /* things that were not so before */
    int64_t change_id; /* of the last of them, for ties_undo; 0: none */
    size_t changed;    /* ties */
};

/* Say n things: choices, log, ties, and everybody's states into the queue, in one
 * transaction. ERR_INPUT: no such activity, tag or skill in the course, a weight outside
 * 0..1. ERR_NOTFOUND: the course has no map. */
int ties_say(struct learn *l, int64_t by_person_id, const struct ties_say *say, size_t n,
             struct ties_result *out, struct err *e);

/* Untie, whoever tied it: takes back what a teacher said where the map says nothing, and
 * says "tells nothing about it" where the map does. */
int ties_untie(struct learn *l, int64_t by_person_id, const struct tiechoice_key *key,
               struct ties_result *out, struct err *e);

/* Make it as it was before that change, by a change of its own (which can be taken back
 * too). ERR_NOTFOUND: there is no such change in the course. */
int ties_undo(struct learn *l, int64_t by_person_id, int64_t change_id,
              struct ties_result *out, struct err *e);

/* Keep what a complete reading of the LMS told about tags, outcomes and sections
 * (store/activitytag.h) and apply what teachers said of tags: for connectors. In a
 * transaction of its own or the caller's. */
int ties_tags(struct learn *l, const struct activitytag *rows, size_t n, struct err *e);

/* "KIND:VALUE": how a choice names a tag. */
struct str ties_tag_item(struct arena *a, const struct activitytag *t);

#endif
