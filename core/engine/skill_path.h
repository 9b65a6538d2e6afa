/* skill_path.h: how far a skill must be held, and for what: levels, prerequisites,
 * paths. Parts of a skill map (skill.h). */
#ifndef WAYMARK_ENGINE_SKILL_PATH_H
#define WAYMARK_ENGINE_SKILL_PATH_H

#include "base/js.h"
#include "base/str.h"

/* A step between nothing and everything, such as "working": p is at least so much. */
struct skill_level {
    struct str code;
    struct str title;
    struct js *titles; /* in other languages: BCP 47 -> text; NULL: none */
    double p;
};

#define SKILL_MASTERED (-1) /* a level that stands for the word "mastered" */

struct skill_need {
    int32_t skill; /* ord of the prerequisite */
    bool hard;     /* a lock; a soft one only advises */
    int32_t any; /* 0: needed for itself; else the number, from 1, of a group of hard ones
                      of which one suffices */
    int32_t level; /* index of the level that is enough, or SKILL_MASTERED */
};

/* One requirement of a skill: the need itself, or a group of which one suffices. */
struct skill_want {
    const struct skill_need *of;
    size_t n;
};

enum skill_path_kind { SKILL_PATH_COURSE, SKILL_PATH_ROLE, SKILL_PATH_CAREER };

struct skill_goal {
    int32_t skill;
    int32_t level; /* index, or SKILL_MASTERED */
};

/* Where somebody may want to get to: target skills, each with a level. */
struct skill_path {
    struct str code;
    struct str title;
    struct js *titles; /* in other languages; NULL: none */
    struct str about;  /* or empty */
    enum skill_path_kind kind;
    struct skill_goal *goals;
    size_t goal_n;
};

#endif
