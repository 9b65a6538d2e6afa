/* mapping.h: what the page "Activities and skills" shows: the LMS's activities in their
 * order, what each is tied to and by whom, what may fit, and how much is covered. A fixed
 * number of reads, however big the course. */
#ifndef WAYMARK_LEARN_MAPPING_H
#define WAYMARK_LEARN_MAPPING_H

#include "engine/suggest.h"
#include "learn/coverage.h"
#include "learn/ties.h"

enum mapping_show {
    MAPPING_ALL,       /* visible ones */
    MAPPING_UNTIED,    /* of these: without a skill */
    MAPPING_SUGGESTED, /* of these: with a suggestion that waits for a word */
    MAPPING_HIDDEN,    /* hidden in the LMS */
    MAPPING_TAGS       /* no activities but tags */
};

struct mapping_ask {
    enum mapping_show show;
    struct str find;     /* part of a title; empty: all */
    struct str skill;    /* only what is tied to it or may fit it; empty: all */
    int64_t activity_id; /* only this one, with its questions; 0: a list */
    size_t page;         /* from 0 */
    size_t per_page;
    int64_t by_person_id; /* who looks */
};

struct mapping_tie {
    struct str item; /* question, or empty */
    const struct skill *skill;
    double weight;
    bool chosen;   /* by a person; else by the map */
    bool by_tag;   /* ... who said it of a tag */
    bool mine;     /* by who looks */
    struct str by; /* name or label of a person, or empty: the command line */
};

struct mapping_hint {
    struct str item;
    const struct skill *skill;
    bool strong;
    enum suggest_reason reason;
    struct str words;
};

/* A question of the one activity that was asked for. */
struct mapping_item {
    struct str item;
    size_t answered; /* persons whose newest answer was scored */
    size_t missed;   /* of these: less than half of the points */
    struct mapping_tie *ties;
    size_t ties_n;
    struct mapping_hint *hints;
    size_t hints_n;
};

struct mapping_row {
    const struct activity *activity;
    struct str section;
    bool material;            /* has nothing to score: a tie says "worth opening" */
    struct mapping_tie *ties; /* whole activity first, then by question */
    size_t ties_n;
    struct mapping_hint *hints; /* for the whole activity, the strongest first */
    size_t hints_n;
    size_t items_n; /* known questions */
};

struct mapping_tag {
    struct activitytag tag; /* of one of its activities */
    struct str item;        /* ties_tag_item */
    size_t activities;
    const struct skill **skills; /* tied to it by somebody's word */
    size_t skills_n;
    struct mapping_hint *hints;
    size_t hints_n;
};

struct mapping_change {
    struct tiechoice_change said;
    struct str activity; /* title, or the tag */
    struct str skill;    /* title, or the code when the map lost it */
    struct str by;
    bool mine;
};

enum mapping_next {
    MAPPING_NEXT_MAP,     /* the course has no map */
    MAPPING_NEXT_READ,    /* nothing is known of its activities */
    MAPPING_NEXT_SUGGEST, /* suggestions wait */
    MAPPING_NEXT_TIE,     /* activities without a skill */
    MAPPING_NEXT_SHOW,    /* skills that nobody can show */
    MAPPING_NEXT_MORE,    /* skills with less than COVERAGE_ITEMS items */
    MAPPING_NEXT_DONE
};

struct mapping {
    struct str map_title;
    int64_t map_version;
    const struct skill_map *map; /* NULL: none */
    struct coverage coverage;
    enum mapping_next next;
    size_t suggested; /* visible activities with a suggestion that waits */
    size_t found;     /* rows that fit the question, on all pages */
    size_t page, pages;
    struct mapping_row *rows;
    size_t rows_n;
    struct mapping_item *items; /* of the one activity */
    size_t items_n;
    struct mapping_tag
        *tags; /* with MAPPING_TAGS those of the page; the most used first */
    size_t tags_n;
    size_t tags_all;
    struct mapping_change *changes; /* newest first */
    size_t changes_n;
    struct tiechoice *lost; /* words about skills that this map does not have */
    size_t lost_n;
};

#define MAPPING_CHANGES 20

int mapping_read(struct learn *l, const struct mapping_ask *ask, struct mapping *out,
                 struct err *e);

#endif
