/* skill.h: a skill map as the engine holds it: skills by ord (their index),
 * prerequisites, targets, thresholds, and the rules that say which activity tells about
 * which skill.
 *
 * Made by mapdoc_parse (mapdoc.h) or by hand and skill_link; never changed afterwards, so
 * one map may serve any number of persons. All text are slices into the arena of the
 * maker. */
#ifndef WAYMARK_ENGINE_SKILL_H
#define WAYMARK_ENGINE_SKILL_H

#include "base/err.h"
#include "base/js.h"
#include "base/map.h"
#include "base/str.h"
#include "engine/skill_path.h"

/* Parameters of Bayesian knowledge tracing (mastery.h). Probabilities; guess + slip < 1.
 */
struct skill_bkt {
    double p_init;
    double p_learn;
    double p_guess;
    double p_slip;
    double p_forget;       /* of losing it again between two rows; learn + forget <= 1 */
    double half_life_days; /* of forgetting in time; 0 = what was learnt stays */
};

/* What the words mean (mastery.h). */
struct skill_limits {
    double p_mastered;
    double p_almost;
    int32_t min_rows;    /* scored rows before the word "mastered" may be used */
    int32_t min_days;    /* ... on so many different days */
    int32_t review_days; /* "mastered" becomes "review" so long after the last proof; 0 =
                            never */
};

struct skill {
    struct str code;     /* unique in the map */
    struct str title;    /* short, for students */
    struct js *titles;   /* in other languages: BCP 47 -> text; NULL: none */
    struct str unit;     /* title of its unit; units show in order of first appearance */
    struct str standard; /* code of a public standard, or empty */
    struct str replaced_by; /* code in a later version, or empty */
    struct str *replaces;   /* codes of earlier versions whose evidence is its own now */
    size_t replaces_n;
    struct js *source; /* where a public framework has it; NULL: nowhere */
    int32_t minutes;   /* of one sitting, for "about 12 min" */
    bool own_bkt;      /* bkt is the skill's own, not the map's */
    struct skill_bkt bkt;
    struct skill_need *needs; /* by skill_link: hard ones, groups, soft ones */
    size_t need_n;
    int32_t
        *opens; /* skills that have this one as a hard prerequisite, alone or in a group;
                       by skill_link */
    size_t open_n;
    int32_t depth; /* hard steps from an entry skill, by the nearest of a group; by
                      skill_link */
};

/* A question slot, or the whole activity (empty slot), tells about a skill. Weight 0
 * marks material: it is worth opening for the skill but proves nothing. */
struct skill_tell {
    struct str slot;
    int32_t skill;
    double weight; /* 0 to 1 */
};

/* How an activity of a course is recognised (match.h). */
struct skill_rule {
    struct str title;    /* pattern with * and ?, ASCII case ignored; or empty */
    struct str idnumber; /* exact; or empty */
    struct str kind;     /* of the activity; empty = any */
    struct skill_tell *tells;
    size_t tell_n;
};

struct unlock_rules;

struct skill_map {
    struct str code;
    struct str title;
    struct js *titles;   /* in other languages: BCP 47 -> text; NULL: none */
    struct str language; /* BCP 47 */
    struct str about;
    struct str standards; /* name of the public standard set, or empty */
    struct skill_limits limits;
    struct skill_bkt bkt; /* default of the skills */
    struct skill *skills;
    size_t skill_n;
    struct skill_level *levels; /* ascending by p */
    size_t level_n;
    struct skill_path *paths; /* the first one is everybody's who did not choose */
    size_t path_n;
    int32_t *targets; /* where the course leads: the goals of the first path, or as the
                         document says, in its order */
    size_t target_n;
    struct skill_rule *rules;
    size_t rule_n;
    const struct unlock_rules *unlock; /* what opens what (unlock.h); NULL: needs alone */
    int32_t *order; /* every ord, prerequisites (hard and soft) first; by skill_link */
    struct map *by_code;      /* code -> struct skill *; by skill_link */
    struct skill_heir *heirs; /* by code, then ord; by skill_link */
    size_t heir_n;
};

#define SKILL_HEIRS_MAX 16 /* that one skill is split into; mapdoc refuses more */

/* A skill of an earlier version, and one that took its place. */
struct skill_heir {
    struct str code;
    int32_t skill;
};

/* The defaults of a map that says nothing. */
struct skill_bkt skill_bkt_default(void);
struct skill_limits skill_limits_default(void);

/* Work out by_code, opens, depth and order, and sort the needs of each skill. ERR_INPUT
 * when a code is used twice, a need, a level, a goal or a target points outside, or the
 * prerequisites have a cycle (mapdoc.h names it): also one through a group. */
int skill_link(struct arena *a, struct skill_map *m, struct err *e);

/* Needs in their one order: hard ones by ord, groups by their smallest ord (numbered from
 * 1; one alone is no group), soft ones by ord. */
void skill_sort_needs(struct skill *s);

/* The ord of a code, or -1. */
int32_t skill_find(const struct skill_map *m, struct str code);

/* The index of a level or a path by its code; -1: there is none. */
int32_t skill_level_find(const struct skill_map *m, struct str code);
int32_t skill_path_find(const struct skill_map *m, struct str code);

/* A text in a language: "hi-IN" takes "hi" too; `plain` where there is none. */
struct str skill_text(const struct js *titles, struct str language, struct str plain);

/* The requirements of a linked skill, one call each; *at begins at 0. False: no more. */
bool skill_want_next(const struct skill *s, size_t *at, struct skill_want *out);

/* Does somebody hold a skill to a level? (mastery_reaches) */
typedef bool (*skill_holds_fn)(void *ctx, int32_t skill, int32_t level);

/* The requirements of a linked skill that are not met; `out` has room for its needs. */
size_t skill_missing(const struct skill_map *m, int32_t skill, skill_holds_fn holds,
                     void *ctx, struct skill_want *out);

/* As a document writes them: "A" | {"skill":"A","level":"working"} | a list of these, of
 * which one suffices. */
struct js *skill_wants_json(struct arena *a, const struct skill_map *m,
                            const struct skill_want *wants, size_t n);

/* What a code of any version stands for in this one: the skill itself, else those that
 * replace it. Returns how many there are, and copies at most `max` ords to `out`. */
size_t skill_heirs(const struct skill_map *m, struct str code, int32_t *out, size_t max);

/* Are the targets others than the skills that no other needs, which a map has that says
 * nothing? */
bool skill_targets_chosen(struct arena *a, const struct skill_map *m);

/* Steps from each skill up to the nearest target along prerequisites: out[skill_n]; a
 * target is 0, a skill that leads to none is INT32_MAX. A soft step counts as two.
 * `targets` may be a person's own goals. */
void skill_distance(const struct skill_map *m, const int32_t *targets, size_t target_n,
                    int32_t *out);

#endif
