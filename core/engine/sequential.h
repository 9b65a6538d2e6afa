/* sequential.h: looking more than once without claiming too often.
 *
 * Boundaries of a group-sequential test by the alpha-spending function of Lan & DeMets
 * (1983, Biometrika 70:659), of O'Brien and Fleming's type, worked out by the recursion
 * of Armitage, McPherson & Rowe (1969, JRSS A 132:235) with Simpson's rule. Tested
 * against the published table: five equal looks at .05 give 4.8769, 3.3570, 2.6803,
 * 2.2898, 2.0310. */
#ifndef WAYMARK_ENGINE_SEQUENTIAL_H
#define WAYMARK_ENGINE_SEQUENTIAL_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define SEQUENTIAL_LOOKS 8

/* Looks at shares of the full information, ascending, 0 < at[k]. */
struct sequential {
    int32_t n;
    double at[SEQUENTIAL_LOOKS];    /* information, 1 = all that was planned */
    double spent[SEQUENTIAL_LOOKS]; /* two-sided alpha spent up to each look */
    double bound[SEQUENTIAL_LOOKS]; /* |z| that is needed there */
};

/* The two-sided alpha that may be spent up to information `at`. All of it from 1 on. */
double sequential_spend(double alpha, double at);

/* Fill spent and bound from n and at. `last`: the last of them is the end of it,
 * whatever information came together: it may spend what is left. */
void sequential_bounds(struct arena *scratch, double alpha, bool last,
                       struct sequential *s);

/* The probability that z passes a bound upwards at any look, when z at full information
 * has mean `drift`. */
double sequential_power(struct arena *scratch, const struct sequential *s, double drift);

/* The drift that gives this power, 0 < power < 1. */
double sequential_drift(struct arena *scratch, const struct sequential *s, double power);

#endif
