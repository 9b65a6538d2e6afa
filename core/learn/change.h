/* change.h: what would change a state, as a sentence: from the JSON that the engine left
 * beside it (engine/flipset.h) to message ids (change.*). The texts are in
 * templates/i18n. */
#ifndef WAYMARK_LEARN_CHANGE_H
#define WAYMARK_LEARN_CHANGE_H

#include "learn/learn.h"

/* Titles; an empty text where one is not to be named. Each may be NULL. */
struct change_names {
    struct str (*skill)(void *ctx, struct str code);
    struct str (*activity)(void *ctx, int64_t activity_id);
    void *ctx;
};

enum change_what {
    CHANGE_MASTERED, /* "..., and this is mastered." */
    CHANGE_NEXT,     /* the next word */
    CHANGE_DOWN,     /* what would lower it: results of so much or less */
    CHANGE_OPEN,     /* a lock */
    CHANGE_GONE      /* a flag */
};

/* One row that is there, and what its share would be. */
struct change_edit {
    int64_t evidence_id;
    double was; /* percent */
};

struct change {
    bool known; /* false: nothing is kept, or nothing within bounds does it */
    int64_t rows;
    int64_t days, first;
    int64_t share; /* of the edits, percent */
    struct change_edit *edits;
    size_t edit_n;
    bool
        nowhere; /* no activity of the course shows the skill: a judgement would */
    const struct js *adds;
};

/* An empty text, or one that is no change: not known. */
struct change change_read(struct arena *a, struct str json);

/* The sentence, short enough for a card; empty when nothing is known. */
struct say change_say(struct arena *a, const struct change *c, enum change_what what,
                      const struct change_names *names);

#endif
