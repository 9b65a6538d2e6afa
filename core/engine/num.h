/* num.h: exponential and logarithm that give the same bits everywhere.
 *
 * The C library's own may differ in the last bit between versions and processors, and a
 * state must be rebuilt byte for byte. These use + - * / alone, which IEEE 754 fixes. */
#ifndef WAYMARK_ENGINE_NUM_H
#define WAYMARK_ENGINE_NUM_H

/* Natural logarithm, relative error below 1e-15. x > 0 and finite. */
double num_log(double x);

/* e to the power x, relative error below 1e-14. 0 below -700; x above 700 counts as 700.
 */
double num_exp(double x);

/* x within [low, high]; `low` when x is not a number. */
double num_clamp(double x, double low, double high);

#endif
