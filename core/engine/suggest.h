/* suggest.h: which skill of a map an activity may be about, from its title and what the
 * LMS says of it. Only ever a suggestion: a person ties.
 *
 * Strongest first: an outcome or tag with the very code of a skill or its public
 * standard; such a code in the title; shared words in outcomes and tags; shared words in
 * the title; and, as a nudge between equals, the section. Words are weighted by how few
 * skills have them (inverse document frequency) and compared without common endings. */
#ifndef WAYMARK_ENGINE_SUGGEST_H
#define WAYMARK_ENGINE_SUGGEST_H

#include "engine/skill.h"

/* What the LMS says beside the title. */
struct suggest_tag {
    struct str kind;  /* "tag", "outcome", "section" */
    struct str value; /* the tag; an outcome's code or address; the section's name */
    struct str title; /* of an outcome, or empty */
};

struct suggest_activity {
    struct str title;
    const struct suggest_tag *tags;
    size_t tag_n;
};

enum suggest_reason {
    SUGGEST_STANDARD, /* an outcome or a tag is its code or its standard's */
    SUGGEST_CODE,     /* the title has that code */
    SUGGEST_OUTCOME,  /* words of an outcome */
    SUGGEST_TAG,      /* words of a tag */
    SUGGEST_TITLE,    /* words of the title */
    SUGGEST_SECTION   /* words of the section alone */
};

struct suggest_hit {
    int32_t skill;   /* ord */
    double strength; /* 0 to 1 */
    enum suggest_reason reason;
    struct str words; /* the code, or the shared words as the activity has them */
    bool strong;      /* the first, and well ahead of the second */
};

#define SUGGEST_SHOW 0.35   /* weaker ones are noise */
#define SUGGEST_STRONG 0.65 /* the least for a strong one */

struct suggest;

/* Index the skills of a map; both must outlive the index. */
struct suggest *suggest_new(struct arena *a, const struct skill_map *m);

/* At most `max` hits of at least SUGGEST_SHOW, the strongest first, ties by ord. The same
 * input gives the same answer. Results live in the index's arena. */
size_t suggest_for(struct suggest *x, const struct suggest_activity *act, size_t max,
                   struct suggest_hit **out);

/* "standard", "code", "outcome", "tag", "title", "section". */
const char *suggest_reason_name(enum suggest_reason reason);

/* The comparable form of one word, for tests: lower case, common endings off. */
struct str suggest_stem(struct arena *a, struct str word);

#endif
