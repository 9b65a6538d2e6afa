/* unlock.h: what a skill, a unit or an activity needs to open, as data: the member
 * "unlock" of a map document (config/maps/README.md shows the form).
 *
 * A rule is a list of conditions that must all hold at one moment; with several rules
 * about one thing all of them must be met, beside the hard prerequisites of the skills.
 * What was opened stays open (progress.h). No condition is about something being absent,
 * but for dates: so knowing more never closes a door, and deadend.h can prove things. */
#ifndef WAYMARK_ENGINE_UNLOCK_H
#define WAYMARK_ENGINE_UNLOCK_H

#include "engine/evidence.h"
#include "engine/skill.h"

struct mapread;

enum unlock_of { UNLOCK_SKILL, UNLOCK_UNIT, UNLOCK_ACTIVITY };

/* So many of a unit's skills hold, in whole percent, rounded down. */
struct unlock_share {
    struct str unit; /* its title */
    int32_t percent; /* 1 to 100; 0: no such condition */
};

/* So many proofs of a skill on so many days, right or wrong. */
struct unlock_rows {
    int32_t skill; /* -1: no such condition */
    int32_t rows;
    int32_t days;
};

struct unlock_rule {
    struct str code; /* unique in the map: grants carry it */
    enum unlock_of of;
    int32_t skill;            /* UNLOCK_SKILL */
    struct str name;          /* title of the unit, or pattern of the activity's title */
    struct skill_need *needs; /* hard ones, then groups, as skill_want_next likes them */
    size_t need_n;
    struct unlock_share share;
    struct unlock_rows rows;
    struct str
        used_up;      /* pattern: no attempts are left there; empty: no such condition */
    int64_t from_ms;  /* 0: at any time */
    int64_t until_ms; /* 0: at any time; what opened before stays open */
};

struct unlock_rules {
    struct unlock_rule *v;
    size_t n;
};

/* The member "unlock" of a document, whose skills are read already; sets m->unlock. */
void unlock_read(struct mapread *rd, const struct js *doc, struct skill_map *m);

/* ... and written again into the document `o`. */
void unlock_write(struct arena *a, const struct skill_map *m, struct js *o);

/* What stands for skill `ord` of the map before in the new one: how many, at most
 * SKILL_HEIRS_MAX, into `out`. */
typedef size_t (*unlock_now_fn)(void *ctx, int32_t ord, int32_t *out);

/* The rules of a map for one whose skills are others: what was split is needed in all its
 * parts, a rule about it becomes one about each (CODE, CODE-2 ...). What speaks of a
 * skill that is gone is left out; whoever must not lose it looks in `now`. NULL stays. */
const struct unlock_rules *unlock_carry(struct arena *a, const struct unlock_rules *old,
                                        unlock_now_fn now, void *ctx);

/* A rule with the activities of a course that it speaks of, by their index. */
struct unlock_bound {
    const struct unlock_rule *rule;
    const int32_t *opens; /* of UNLOCK_ACTIVITY */
    size_t opens_n;
    const int32_t *used; /* of used_up */
    size_t used_n;
};

/* One for each rule of the map, in their order. */
struct unlock_bound *unlock_bind(struct arena *a, const struct skill_map *m,
                                 const struct course_activity *activities, size_t n);

/* How to find out about a person. `first_ms` is the moment for what ends, `last_ms` for
 * what begins: the same one but for whoever looks into the future. */
struct unlock_known {
    const struct skill_map *map;
    void *ctx;
    skill_holds_fn holds;
    bool (*rows)(void *ctx, const struct unlock_rows *r);
    bool (*used)(void *ctx, int32_t activity); /* no attempts are left */
    int64_t first_ms, last_ms;
};

/* Are all conditions met? A rule about used attempts that names no activity of the course
 * is not. */
bool unlock_met(const struct unlock_known *k, const struct unlock_bound *b);

/* Those of the rule's skills that are still missing; `out` has room for need_n. */
size_t unlock_missing(const struct unlock_known *k, const struct unlock_rule *r,
                      struct skill_want *out);

/* Does the rule speak of this skill: by itself or by its unit? */
bool unlock_about(const struct skill_map *m, const struct unlock_rule *r, int32_t skill);

#endif
