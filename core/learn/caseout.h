/* caseout.h: a skill map as a competency framework, so that casemap.h makes the same map
 * of it again. Pure.
 *
 * Units become items that hold skills (isChildOf), hard prerequisites `precedes`, soft
 * ones isRelatedTo, what a skill replaces an ended item with `replacedBy`; what a public
 * framework said of a skill ("source") is said again: identifier, statement, level,
 * translations, exact matches. Items of our own have identifiers that follow from the
 * codes of map and skill, so that a later version is known as such. */
#ifndef WAYMARK_LEARN_CASEOUT_H
#define WAYMARK_LEARN_CASEOUT_H

#include "engine/skill.h"
#include "file/case.h"

struct caseout {
    struct case_package *package;
    struct str *notes; /* what CASE has no words for: sentences */
    size_t notes_n;
};

/* The package as text (casewrite.h). changed_ms: of what has no time of its own. */
struct str caseout_write(struct arena *a, const struct skill_map *m, int64_t changed_ms,
                         struct caseout *out);

#endif
