/* record.h: what a learning record (an xAPI statement, a Caliper event) means here: who,
 * which activity, what came out of it. Names are as the sender has them; whose they are
 * and which activity is meant is looked up by the job (sync/statements.c). */
#ifndef WAYMARK_MSG_RECORD_H
#define WAYMARK_MSG_RECORD_H

#include "base/js.h"
#include "learn/who.h"

#define RECORD_NAMES_MAX 8
#define RECORD_THINGS_MAX 12
#define RECORD_COURSES_MAX 12
#define RECORD_ITEM_MAX 255 /* what the ledger takes */

enum record_what {
    RECORD_NOTHING, /* counted and dropped; `why` says why */
    RECORD_ANSWER,
    RECORD_ATTEMPT,
    RECORD_COMPLETION,
    RECORD_ACCESS
};

struct record_name {
    enum who_by by;
    struct str value;
    bool at_home; /* good only where `home` is one of the LMS's hosts */
};

struct record_thing {
    struct str id;
    struct str title;      /* or empty */
    struct str kind;       /* quiz, assign ..., or empty */
    struct str alias_kind; /* by what else it is known, or empty */
    struct str alias;
    bool is_object; /* the record's own object, not what it belongs to */
};

struct record {
    enum record_what what;
    const char *why;
    int64_t at_ms;                             /* 0: not told */
    struct record_name name[RECORD_NAMES_MAX]; /* who: the first that is known counts */
    size_t name_n;
    struct str home;                              /* host of the account, or empty */
    struct record_thing thing[RECORD_THINGS_MAX]; /* which activity: the same */
    size_t thing_n;
    struct str course[RECORD_COURSES_MAX]; /* ids or addresses that may be the course */
    size_t course_n;
    struct str item;    /* the question, when the activity is not the object itself */
    struct str attempt; /* the sender's key of the attempt, or empty */
    bool has_score;
    double score;
    double maximum; /* with a score; above 0 */
};

/* Add one; what is empty or too much is left out. */
void record_who(struct record *r, enum who_by by, struct str value, bool at_home);
void record_thing(struct record *r, struct str id, struct str title, struct str kind,
                  bool is_object);
void record_course(struct record *r, struct str id);

/* The host of an address in lower case, without the port; empty when it is none. */
struct str record_host(struct arena *a, struct str url);

/* The LMS's own number in "urn:instructure:canvas:KIND:N", without the number of the
 * server that Canvas puts in front (10^13 times the shard); empty when it is none. */
struct str record_canvas(struct str id, const char *kind);

/* A key of at most RECORD_ITEM_MAX bytes: the text, or its hash when it is longer. */
struct str record_key(struct arena *a, struct str text);

/* The number of a question in its activity, where the name of the question ends with it
 * ("...#3", "...#q3", "...slot=3", "...slot/3"): that is how other sources call
 * it. Else its key. */
struct str record_item(struct arena *a, struct str id);

/* A key for an attempt that nobody named. Of answers: their day. Else the day and the
 * score, so that "scored", "passed" and "completed" of one try are one. */
struct str record_day(struct arena *a, const struct record *r, int64_t at_ms);

/* The first text of a language map, English before others; empty for none. */
struct str record_text(const struct js *languages);

/* quiz, assign, forum, page, ... by the last word of a type's address; or empty. */
struct str record_kind(struct str type);

#endif
