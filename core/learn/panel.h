/* panel.h: what the student's page shows. Three reads and one write, however big the
 * course. Staff notes, flags and risk are not in it at all. */
#ifndef WAYMARK_LEARN_PANEL_H
#define WAYMARK_LEARN_PANEL_H

#include "engine/mastery.h"
#include "learn/head.h"
#include "learn/learn.h"

struct panel_skill {
    struct str code;
    struct str title;
    struct str unit;
    struct str standard;
    enum mastery_word word;
    bool ready;        /* everything it needs is mastered */
    bool target;       /* one of the course's aims */
    size_t missing;    /* how many of what it needs are still missing */
    struct str *waits; /* their titles, "A / B" where one of them will do; as many */
    size_t needs;      /* how many it needs */
    double p_mastery;
    int64_t evidence_n;
    int64_t last_ms; /* 0: none */
};

/* One recommendation, with its why: fact, link, way out. */
struct panel_card {
    int64_t rank;
    const struct panel_skill *skill;
    struct str activity_title; /* empty: no activity that is open now practises it */
    struct str activity_url;
    struct str activity_kind;
    bool activity_maybe; /* the LMS opens it to some only: it may be locked */
    int64_t activity_id;
    int64_t minutes;   /* about how long; 0: unknown */
    struct str reason; /* the engine's code */
    struct say fact;   /* what we saw: "2 of 5 on Distribution" */
    int64_t fact_ms;   /* when; 0: the fact is no moment */
    struct say link;   /* what it is for: "needed for Multi-step equations" */
    struct say way;    /* what would change it: "two correct on different days" */
    size_t evidence_n; /* rows that the reason stands on */
    double propensity; /* with which probability it is shown; 1 outside experiments */
    struct str trial;  /* JSON: which experiment, or empty; for the notes alone */
};

/* The neighbourhood of one skill. */
struct panel_focus {
    const struct panel_skill *at; /* NULL: nothing to show */
    const struct panel_skill **needs;
    size_t needs_n;
    const struct panel_skill **opens;
    size_t opens_n;
};

struct panel_unit {
    struct str title;
    size_t mastered;
    size_t total;
};

struct panel {
    int64_t about; /* the person, when somebody else looks; 0: the student's own */
    struct str course_title;
    struct str map_title;
    bool has_map;
    int64_t as_of_ms; /* the oldest "ok" of the sources; 0: nothing was read yet */
    int64_t begun_ms, wanted_ms; /* of readings: see learn/reading.h */
    struct head_fresh fresh;     /* do the states go with what is in force? */
    int64_t states_ms; /* when this student's states were worked out; 0: never */
    size_t pending;    /* things seen but not in yet */
    struct source *sources;
    size_t sources_n;
    bool quiet; /* the coverage is below the course's floor: no cards yet */
    struct panel_card *next;
    size_t next_n;
    struct panel_focus focus;
    struct panel_unit *units;
    size_t units_n;
    struct str unit; /* its title, when the panel is of one unit */
    bool unit_lost;  /* the unit that was asked for is not in the map any more */
    struct panel_skill *skills; /* in the map's order */
    size_t skills_n;
    size_t mastered; /* of the targets */
    size_t targets;
};

struct panel_who {
    int64_t person_id;    /* whose panel */
    int64_t by_person_id; /* who looks; the same for the student's own page */
    struct str focus;     /* a skill code to put in the middle; empty: the first card's */
    struct str unit;      /* slug of the only unit to show; empty: all of them */
    bool quiet;           /* do not note what was shown and who looked */
    size_t cards;         /* of the next steps the page shows so many; 0: all */
};

/* Fill the panel. A person without states gets a panel without cards. 0, or -1. */
int panel_read(struct learn *l, const struct panel_who *who, struct panel *out,
               struct err *e);

#endif
