/* edges.h: questions to the map: a lock that does not seem to be needed, a prerequisite
 * that seems to be missing.
 *
 * For a pair (a, b) only those count who worked on b and on a, and held every other hard
 * prerequisite of b when they had shown b (or last tried it). In strata of equal ability
 * (share of the other skills that they hold) it is counted how many show b without
 * holding a then, O, beside how many were to be expected if b did not care about a,
 *
 *     E = sum over strata of  (without a) x (show b) / n     (Mantel & Haenszel 1959,
 * JNCI                                                            22:719, expected
 * cell)
 *
 * O / E near 0: nobody gets b without a; near 1: a makes no difference. Its interval is
 * that of a Poisson count by Byar's approximation (Breslow & Day 1987, Statistical
 * Methods in Cancer Research II, eq. 2.13), 90 %. A missing prerequisite is ranked by
 * 1 - upper bound, a needless lock by the lower bound: what is there for certain.
 * `sure` marks what stands against chance among all pairs that were looked at, of its
 * kind (Benjamini & Hochberg 1995, JRSS B 57:289, at 10 %); what does not, and has a
 * p-value below 5 %, comes behind it. A pair that follows from another one along the
 * map's own prerequisites is left out.
 *
 * A lock hides its own errors: whoever obeys it is never seen without a. What is left are
 * people who were let in, were placed, worked in the LMS regardless, or before the lock;
 * `without` says how many they are, and below EDGES_WITHOUT of them nothing is asked. */
#ifndef WAYMARK_ENGINE_EDGES_H
#define WAYMARK_ENGINE_EDGES_H

#include "engine/skill.h"

#define EDGES_NEVER INT64_MAX
#define EDGES_WITHOUT 8 /* people without a, at least */
#define EDGES_LEAST 3.0 /* expected, at least */

/* One person and one skill. */
struct edges_cell {
    int64_t held_ms; /* when it was held for the first time, or EDGES_NEVER */
    int64_t last_ms; /* newest row; 0: never tried */
};

enum edges_kind { EDGES_DROP, EDGES_ADD };

struct edges_question {
    enum edges_kind kind;
    int32_t from, to; /* a, b */
    int32_t n;        /* people that count */
    int32_t without;  /* of them without a */
    int32_t showed;   /* of these: showed b (O) */
    double expected;  /* E */
    double low, high; /* 90 % interval of O / E */
    double score;     /* higher first */
    double p_value;   /* one-sided */
    bool sure;
};

/* cells[person * skill_n + skill]. The questions, best first; returns how many. `hidden`
 * (may be NULL) gets the number of locks about which nothing can be known. */
size_t edges_find(struct arena *a, const struct skill_map *m,
                  const struct edges_cell *cells, size_t person_n,
                  struct edges_question **out, size_t *hidden);

#endif
