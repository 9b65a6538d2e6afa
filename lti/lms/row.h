/* row.h: what the readers of lms.h hand out, and what its writers take.
 *
 * Slices die when the callback returns; absent texts are empty; absent numbers say so (a
 * missing grade is never zero). */
#ifndef WAYMARK_LMS_ROW_H
#define WAYMARK_LMS_ROW_H

#include "base/err.h"
#include "base/str.h"

#define LMS_ATTEMPTS_MAX 1000 /* more is as good as no limit */

struct lms_activity {
    struct str key;      /* the LMS's id of it: Moodle's course-module id */
    struct str instance; /* id inside its kind (a quiz's id) */
    struct str kind;     /* quiz, assign, page, url, lti, ... as the LMS calls it */
    struct str title;
    struct str url;
    struct str section;  /* heading that it stands under, or empty */
    struct str link;     /* of a tool's link: its resource link id, or empty */
    struct str tool_url; /* where a tool's link leads, or empty */
    double maximum;      /* of its grade; 0: none, or not told */
    int64_t opens_ms;    /* 0: none */
    int64_t due_ms;      /* 0: none */
    int64_t closes_ms;   /* 0: never */
    bool restricted;     /* open to some only, by rules of the LMS */
    int64_t attempts_max; /* 0: no limit, or not told */
    bool visible;
    int position; /* 0, 1, ... in the order of the course page */
};

struct lms_person {
    struct str id; /* Moodle: equal to `sub` */
    struct str roles[16];
    size_t roles_n;
    int64_t last_access_ms; /* of this course; 0: never, or not told */

    /* Where the token may see them, else empty: for learn/who's marks, kept nowhere. */
    struct str sourcedid; /* the school's number: Moodle's idnumber, Canvas's SIS id */
    struct str email;
    struct str login;
};

/* One person in one group; a group without members has an empty user_id. */
struct lms_group {
    struct str key;
    struct str name;
    struct str user_id;
};

/* What became of one activity since a time. */
struct lms_change {
    struct str activity_key;
    bool work;     /* attempts, submissions, grades */
    bool settings; /* name, dates, contents */
};

enum lms_state { LMS_INCOMPLETE, LMS_COMPLETE, LMS_PASSED, LMS_FAILED };

struct lms_completion {
    struct str user_id;
    struct str activity_key;
    enum lms_state state;
    int64_t at_ms; /* 0: not told */
    bool by_hand;  /* ticked by the student, or set by a teacher: nothing checked it */
};

/* One attempt at handing something in. */
struct lms_submission {
    struct str key; /* unique at this LMS */
    struct str activity_key;
    struct str user_id;
    int number; /* 1, 2, ... */
    bool has_score;
    double score;
    double maximum;       /* 0: not told */
    int64_t submitted_ms; /* 0: not handed in */
    int64_t graded_ms;    /* 0: not marked, or not told */
    bool excused;
    bool missing; /* the LMS itself says so */
    bool late;
    bool current; /* what the grade book says now; else one attempt of several */
    bool hidden;  /* not shown to the student yet */
    const struct lms_answer *answers; /* question by question, where it is told */
    size_t answers_n;
};

struct lms_alignment {
    struct str activity_key;
    enum { LMS_OUTCOME, LMS_TAG, LMS_SECTION } kind;
    struct str value; /* id number or code; a tag's or section's name */
    struct str title;
};

/* Something that is closed until we let people in. */
struct lms_opening {
    enum { LMS_BY_GROUP, LMS_BY_OVERRIDE, LMS_BY_SCORE } kind; /* score: opening_lock */
    struct str name;   /* of the group or the override: what a teacher reads there */
    struct str mark;   /* ours, unique in the course: finds it again after a crash */
    struct str target; /* activity key, or "module:ID" */
    struct str key;    /* what opening_make gave; score: the column's id in the LMS */
};

/* Is the target closed to whom nobody let in? */
enum lms_lock {
    LMS_LOCK_UNSEEN, /* the LMS does not tell */
    LMS_LOCK_OPEN,   /* nothing asks for our group, override or score there */
    LMS_LOCK_LOCKED
};

struct lms_message {
    struct str user_id;
    struct str text; /* plain */
};

struct lms_event {
    struct str name;
    struct str text;      /* plain */
    struct str group_key; /* or empty: for everybody in the course */
    int64_t at_ms;
    int64_t length_ms;
};

struct lms_grade {
    struct str user_id;
    struct str activity_key; /* as in lms_activity */
    struct str instance;     /* as in lms_activity */
    struct str kind;
    struct str title;
    bool has_score;
    double score;
    double minimum;
    double maximum;
    int64_t submitted_ms; /* 0: not told */
    int64_t graded_ms;    /* 0: not told */
    bool hidden;          /* not shown to the student yet */
};

struct lms_quiz {
    struct str key; /* as in lms_activity */
    struct str instance;
    struct str title;
    int64_t opens_ms;
    int64_t closes_ms;
    double maximum;     /* of the grade; 0: none */
    double sum_maximum; /* of the marks of its questions; 0: not told */
    int64_t attempts_max; /* 0: no limit, or not told */
};

struct lms_attempt {
    struct str key; /* unique at this LMS */
    struct str quiz_instance;
    struct str user_id;
    int number; /* 1, 2, ... */
    bool finished;
    bool preview;
    int64_t started_ms;
    int64_t finished_ms; /* 0: not finished */
    bool has_score;
    double score; /* sum of marks, of lms_quiz.sum_maximum */
};

struct lms_answer {
    struct str item; /* "1", "2", ...: the slot in the quiz */
    struct str
        state; /* gradedright, gradedwrong, gradedpartial, gaveup, needsgrading, ... */
    bool has_score; /* false: not marked yet, or not shown to us. Never zero */
    double score;
    double maximum;
    int64_t at_ms; /* last action, or 0 */
};

/* How far one piece of work shows one learning outcome. */
struct lms_outcome {
    struct str key; /* unique at this LMS */
    struct str activity_key;
    struct str user_id;
    struct str outcome; /* the LMS's id of it */
    struct str value;   /* its code or GUID, or its name; empty: not told */
    struct str title;
    bool has_score;
    double score;
    double maximum; /* above 0 */
    int64_t at_ms;  /* handed in or assessed */
    bool elsewhere; /* another way tells the parts of that grade: not to be counted */
};

/* What to read of a list that may be long. */
struct lms_since {
    int64_t since_ms; /* 0: everything */
    struct str from;  /* a page of an earlier try to go on with, or empty */

    /* Called behind each page whose rows were all taken, with the address of the next;
     * NULL: nobody wants to know. Non-zero ends the reading with its error. */
    int (*page)(void *ctx, struct str next, struct err *e);
    void *ctx;
};

#endif
