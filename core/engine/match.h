/* match.h: which activities of a course the map speaks about. */
#ifndef WAYMARK_ENGINE_MATCH_H
#define WAYMARK_ENGINE_MATCH_H

#include "engine/evidence.h"
#include "engine/skill.h"

/* Does `text` fit the pattern? `*` stands for any run, `?` for one byte; ASCII case and
 * blanks at both ends are ignored. Linear time in practice, no recursion. */
bool match_title(struct str pattern, struct str text);

/* Go through the activities in their order; the first rule that fits an activity gives
 * its ties (an idnumber, when the rule has one, must be equal; so must the kind). Returns
 * their number; `*rule_of` (may be NULL) gets activity_n entries: the rule used, or -1.
 */
size_t match_course(struct arena *a, const struct skill_map *m,
                    const struct course_activity *activities, size_t activity_n,
                    struct tie **ties, int32_t **rule_of);

#endif
