#include "engine/num.h"

#include <math.h>

/* ln 2 in two parts: the first has few bits, so that k * LN2_HI is exact for small k. */
#define LN2_HI 6.93147180369123816490e-01
#define LN2_LO 1.90821492927058770002e-10

double num_clamp(double x, double low, double high)
{
    if (!(x >= low)) {
        return low;
    }
    return x > high ? high : x;
}

double num_log(double x)
{
    int k = 0;
    double m = frexp(x, &k);
    if (m < 0.70710678118654752440) {
        m *= 2.0;
        k--;
    }
    /* ln m = 2 artanh f, |f| < 0.1716: the 12th term is below 1e-18. */
    double f = (m - 1.0) / (m + 1.0);
    double f2 = f * f;
    double sum = 0.0;
    for (int i = 12; i >= 1; i--) {
        sum = (sum + 1.0 / (2.0 * i + 1.0)) * f2;
    }
    double tail = 2.0 * f * sum + k * LN2_LO;
    return k * LN2_HI + (2.0 * f + tail);
}

double num_exp(double x)
{
    if (!(x > -700.0)) {
        return 0.0;
    }
    if (x > 700.0) {
        x = 700.0;
    }
    double k = floor(x / 0.69314718055994530942 + 0.5);
    double r = (x - k * LN2_HI) - k * LN2_LO;
    /* |r| < 0.35: the 16th term of the series is below 1e-20. */
    double sum = 1.0;
    for (int i = 16; i >= 1; i--) {
        sum = 1.0 + sum * r / i;
    }
    return ldexp(sum, (int)k);
}
