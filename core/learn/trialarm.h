/* trialarm.h: what an experiment has to do with one person, as the engine is told of it.
 *
 * Being dealt in is a decision about a person (kind "experiment", subject: the
 * experiment's code, facts: all arms with setting and share, and which one it is; until
 * its end date). So is the end of it ("experiment_end"), and what a student says about
 * taking part ("experiment_out", "experiment_in"). Decisions only grow and carry their
 * time: a replay is told of the same ones. */
#ifndef WAYMARK_LEARN_TRIALARM_H
#define WAYMARK_LEARN_TRIALARM_H

#include "engine/experiment.h"
#include "engine/recommend.h"
#include "store/decision.h"

/* The facts of a decision that deals somebody into an arm. */
struct str trialarm_facts(struct arena *a, const struct experiment_plan *p,
                          const double *shares, int32_t arm);

/* What is in force at `as_of_ms` by decisions in the order of their time; NULL when
 * nothing is. *note: JSON {"arm":"EXPERIMENT/ARM","share":S}, for what was shown. */
const struct recommend_trial *trialarm_read(struct arena *a, const struct decision *rows,
                                            size_t n, int64_t as_of_ms, struct str *note);

#endif
