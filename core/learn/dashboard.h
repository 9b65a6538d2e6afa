/* dashboard.h: what the teacher's page shows: whom to talk to and why, groups by need,
 * the heat table, and how fresh it all is. A fixed number of reads, however big the
 * course. */
#ifndef WAYMARK_LEARN_DASHBOARD_H
#define WAYMARK_LEARN_DASHBOARD_H

#include "learn/panel.h"

#define DASHBOARD_PAGE 100   /* students in one heat table ... */
#define DASHBOARD_CELLS 8000 /* ... but no more than so many cells */
#define DASHBOARD_TALKS                                                                  \
    5 /* conversations a day; the others are shown below as waiting \
                            */
#define DASHBOARD_GROUP_MIN 3
#define DASHBOARD_GROUP_MAX 6

/* A flag in words: the rule's sentence with its facts. In the lists of conversations
 * there is one a person: the most pressing flag, and what else speaks for a talk. */
struct dashboard_flag {
    int64_t person_id;
    struct str name;
    struct str rule_code;
    struct str mark;        /* struggle, idle, off_usual, missing: shape and word */
    struct str level;       /* watch, talk */
    struct say text;        /* "2 checks below 60 %: Check 3: 52 %, Check 4: 48 %" */
    struct say gone;        /* what would withdraw it */
    struct say *also;       /* the sentences of the person's further flags */
    struct say *also_gone;  /* what would withdraw those */
    struct str *also_rules; /* and their rules: a decision is about all of them */
    size_t also_n;
    size_t evidence_n;
    struct str *sources; /* families of sources that say so: lms, panel, tool, teacher */
    size_t sources_n;
    int64_t since_ms;
    bool planned; /* a teacher chose "plan" */
    bool put_off; /* "not now" or "wrong": only on a student's own page */
};

/* What a student told the teacher: the newest of a kind and a skill. */
struct dashboard_message {
    int64_t person_id;
    struct str name;
    bool wrong;             /* "this looks wrong", else "ask my teacher" */
    struct str skill_title; /* empty: the page as a whole */
    int64_t at_ms;
};

struct dashboard_group {
    struct str skill_code;
    struct str skill_title;
    struct str *names;
    int64_t *person_ids;
    size_t n;
};

struct dashboard_row {
    int64_t person_id;
    struct str name;
    enum mastery_word *cells; /* skills_n of them, in the order of skills */
    size_t mastered;
    int64_t seen_ms; /* last access that we know of; 0: none */
};

struct dashboard_skill {
    struct str code;
    struct str title;
    struct str unit;
    size_t counts[5]; /* students by enum mastery_word, on the whole course */
};

struct dashboard {
    struct str course_title;
    int64_t floor; /* percentage that the coverage is below (floor.h), or 0 */
    bool is_copy; /* the map in force came along from another course */
    struct str copied_from;
    struct str map_title;
    bool has_map;
    int64_t map_version;
    size_t activities;           /* visible ones */
    size_t activities_linked;    /* linked to a skill */
    size_t students;             /* active learners */
    int64_t begun_ms, wanted_ms; /* of readings: see learn/reading.h */
    int64_t roster_ms;
    int64_t grades_ms;
    int64_t states_ms;
    struct head_fresh fresh; /* is everybody being worked out? */
    struct source *sources;
    size_t sources_n;
    struct dashboard_flag *talks; /* today's conversations, the most pressing first */
    size_t talks_n;
    struct dashboard_flag *waiting; /* further ones: shown, not hidden */
    size_t waiting_n;
    size_t put_off;                     /* flags that a teacher put off or called wrong */
    struct dashboard_message *messages; /* that nobody marked as done, newest first */
    size_t messages_n;
    struct dashboard_group *groups;
    size_t groups_n;
    struct dashboard_skill *skills;
    size_t skills_n;
    struct dashboard_row *rows; /* this page of the heat table */
    size_t rows_n;
    size_t page; /* from 0 */
    size_t pages;
};

struct dashboard_ask {
    int64_t by_person_id; /* the teacher, for the note of who looked */
    size_t page;          /* of the heat table, from 0; clamped */
};

/* Fill the page. 0, or -1. */
int dashboard_read(struct learn *l, const struct dashboard_ask *ask,
                   struct dashboard *out, struct err *e);

#endif
