/* canvaskit.h: a Canvas that answers by a script, for tests of the connector. Its
 * answers are written by us after the public documentation: there is no recording of a
 * real one. */
#ifndef WAYMARK_TESTS_CANVASKIT_H
#define WAYMARK_TESTS_CANVASKIT_H

#include "lms/canvas.h"
#include "support/httpd.h"

/* What the server expects next, and what it then says. A script ends with {0}. */
struct step {
    const char *method;
    const char *path; /* how the path begins, or (with '*') what is in it */
    const char *body; /* part of what is sent; NULL: whatever */
    int status;
    const char *head;
    const char *answer;
};

struct canvaskit {
    const struct step *script;
    struct arena *a;
    struct httpd srv;
    struct http *http;
    struct lms canvas;
    struct lms_memo memo;
    struct err e;
    struct buf seen;
};

/* The one of this test, fresh for each: a checked fixture. */
extern struct canvaskit cnv;
void canvaskit_setup(void);
void canvaskit_teardown(void);

void canvaskit_start(const struct step *steps);

/* How many steps were asked for: all of them, and nothing else? */
int canvaskit_asked(void);

#endif
