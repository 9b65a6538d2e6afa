/* lktrate.h: how often answers were right in a context, as log-odds.
 *
 * A context is an item, a skill, or one of them after what came before. Each rate is
 * drawn towards that of its wider context, with the strength of some invented answers
 * (empirical Bayes), so a rare context says what the wider one says. While a model is
 * fitted, a row's rates leave out the fold of students that it belongs to: a rate that
 * has seen the answer would betray it. */
#ifndef WAYMARK_ENGINE_LKTRATE_H
#define WAYMARK_ENGINE_LKTRATE_H

#include "base/arena.h"
#include "engine/lktcurve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LKTRATE_FOLDS 5
#define LKTRATE_LEAST 2 /* answers that a context needs to be kept */

enum lktrate_kind {
    LKTRATE_NONE,
    LKTRATE_SKILL,
    LKTRATE_ITEM,
    LKTRATE_ITEM_SKILL,   /* item, by the last two answers on its skill */
    LKTRATE_ITEM_AGAIN,   /* item, by the person's last three tries at it */
    LKTRATE_ITEM_RIGHT,   /* item, by the answer before */
    LKTRATE_ITEM_AFTER,   /* item, by the item before and its answer */
    LKTRATE_ITEM_AFTER2,  /* ... and the item before that */
    LKTRATE_SKILL_RUN,    /* skill, by the last five answers on it */
    LKTRATE_SKILL_AFTER,  /* skill, by the skill before and its answer */
    LKTRATE_SKILL_AFTER2, /* ... and the skill before that */
    LKTRATE_KINDS
};

/* Item or skill numbers; -1 none. `bits` are answers, below 256. */
struct lktrate_key {
    int32_t it, before, before2;
    uint8_t kind, bits;
};

struct lktrate_entry {
    struct lktrate_key key;
    float log_odds;
    float n; /* answers that it rests on */
};

struct lktrate;

struct lktrate *lktrate_new(struct arena *a);

/* --- while fitting */

void lktrate_add(struct lktrate *t, const struct lktrate_key *key, int fold,
                 double share);

/* Work out an entry's log-odds from all folds, given those of the wider context. */
void lktrate_settle(struct lktrate *t, const struct lktrate_key *key, double wider,
                    double strength, const struct lktcurve *curve);

/* The same without `fold`: `wider` is a probability, and so is what comes back. */
double lktrate_without(const struct lktrate *t, const struct lktrate_key *key, int fold,
                       double wider, double strength, double *n);

/* The entries with at least LKTRATE_LEAST answers, in a new table that is only read. */
struct lktrate *lktrate_keep(struct arena *a, const struct lktrate *t);

/* --- afterwards */

/* NULL: the context was never seen, or hardly. */
const struct lktrate_entry *lktrate_find(const struct lktrate *t,
                                         const struct lktrate_key *key);

/* For a model that is read. False: it stands there already. */
bool lktrate_put(struct lktrate *t, const struct lktrate_entry *entry);

size_t lktrate_len(const struct lktrate *t);
const struct lktrate_entry *lktrate_at(const struct lktrate *t, size_t i);

#endif
