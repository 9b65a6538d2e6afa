/* can.h: what a token may do at an LMS, and what an administrator is asked for. */
#ifndef WAYMARK_LMS_CAN_H
#define WAYMARK_LMS_CAN_H

#include <stdbool.h>

/* What a token may do, found by asking (lms_probe). */
enum lms_can {
    LMS_CATALOGUE = 1,
    LMS_PEOPLE = 2,
    LMS_GRADES = 4,
    LMS_QUIZZES = 8,   /* the list of quizzes with dates and maxima */
    LMS_ATTEMPTS = 16, /* attempts of one person at one quiz */
    LMS_ANSWERS = 32,  /* marks question by question */
    LMS_COMPLETION = 64,
    LMS_GROUPS = 128,
    LMS_CHANGES = 256,     /* which activities changed since */
    LMS_SUBMISSIONS = 512, /* work handed in, in bulk */
    LMS_ALIGNMENTS = 1024, /* outcomes, competencies, tags of activities */
    LMS_OPEN = 2048,       /* writes: let people in by group or override */
    LMS_MESSAGE = 4096,    /* writes */
    LMS_CALENDAR = 8192,   /* writes */
    LMS_OUTCOMES = 16384   /* results by outcome */
};

/* One function of an LMS that we call: what an administrator is asked for, and why. */
struct lms_need {
    unsigned can;           /* of enum lms_can, one or several; 0: always */
    const char *function;   /* such as core_course_get_contents, or an API path */
    const char *permission; /* in the LMS's own words */
    const char *why;        /* message id */
    bool writes;
    bool optional;       /* its bit holds without it */
    const char *instead; /* an older or second name of that function: one is enough */
};

#endif
