/* dist.h: the normal, Student's t and the chi-square distribution, in exact arithmetic.
 *
 * Built on num.h and sqrt alone, so the same bits come out on any machine. Absolute
 * errors are those that tests/unit/test_dist.c holds them to: 1e-14 for probabilities of
 * the normal, 1e-12 for the others, 1e-12 for quantiles. */
#ifndef WAYMARK_ENGINE_DIST_H
#define WAYMARK_ENGINE_DIST_H

/* Density of the standard normal. */
double dist_density(double x);

/* P(Z > x). Below 2.5 by Marsaglia's series (2004, J. Stat. Software 11(4)), above by
 * Laplace's continued fraction (Abramowitz & Stegun 26.2.14): small tails keep their
 * relative accuracy. */
double dist_tail(double x);

/* P(Z <= x). */
double dist_normal(double x);

/* x with P(Z <= x) = p, 0 < p < 1 (else -38 or 38): Abramowitz & Stegun 26.2.23 as a
 * start (error < 4.5e-4), then Halley's steps on dist_tail. */
double dist_quantile(double p);

/* Logarithm of the gamma function, x > 0: Stirling's series (A&S 6.1.41). */
double dist_lgamma(double x);

/* P(X > x), X chi-square with df > 0 degrees: the incomplete gamma function by its series
 * or its continued fraction (A&S 6.5.29, 6.5.31). */
double dist_chi2_tail(double x, double df);

/* P(T > t), Student's t with df > 0 degrees: the incomplete beta function by its
 * continued fraction (DLMF 8.17.22). */
double dist_t_tail(double t, double df);

/* t with P(T <= t) = p, 0 < p < 1. */
double dist_t_quantile(double p, double df);

/* The normal deviate as extreme as t with df degrees: what boundaries for normal scores
 * are compared with when the variance is an estimate. */
double dist_z_of_t(double t, double df);

#endif
