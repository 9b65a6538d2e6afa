#include "base/iso.h"

#include <string.h>

#define DAY_MS 86400000
#define LAST_MS 253402300799999 /* 9999-12-31T23:59:59.999Z */

/* Days from 1970-01-01 to a civil date (Howard Hinnant, "chrono-compatible low-level date
 * algorithms": eras of 400 years, years begin in March). */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = y / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void date_of(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
    days += 719468;
    int64_t era = days / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2);
}

static int days_in(int64_t y, int64_t m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return days[m - 1] + (m == 2 && leap);
}

/* Exactly n digits at the head of *s. */
static bool digits(struct str *s, size_t n, int64_t *out)
{
    if (s->n < n)
        return false;
    int64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = str_sub(*s, n, s->n);
    *out = v;
    return true;
}

static bool one_of(struct str *s, const char *set)
{
    if (s->n == 0 || s->p[0] == '\0' || strchr(set, s->p[0]) == NULL)
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

static bool read_date(struct str *s, int64_t *days)
{
    int64_t y, m, d;
    if (!digits(s, 4, &y) || !one_of(s, "-") || !digits(s, 2, &m) || !one_of(s, "-") ||
        !digits(s, 2, &d))
        return false;
    if (y < 1970 || m < 1 || m > 12 || d < 1 || d > days_in(y, m))
        return false;
    *days = days_of(y, m, d);
    return true;
}

/* 1 to 9 digits after the point, as milliseconds, cut off. */
static bool read_fraction(struct str *s, int64_t *ms)
{
    size_t n = 0;
    int64_t v = 0;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        if (n < 3)
            v = v * 10 + (s->p[n] - '0');
    if (n < 1 || n > 9)
        return false;
    for (size_t i = n; i < 3; i++)
        v *= 10;
    *s = str_sub(*s, n, s->n);
    *ms = v;
    return true;
}

static bool read_clock(struct str *s, int64_t *ms)
{
    int64_t h, min, sec = 0, part = 0;
    if (!digits(s, 2, &h) || !one_of(s, ":") || !digits(s, 2, &min) || h > 23 || min > 59)
        return false;
    if (one_of(s, ":")) {
        if (!digits(s, 2, &sec) || sec > 60)
            return false;
        if (one_of(s, ".,") && !read_fraction(s, &part))
            return false;
        if (sec == 60)
            sec = 59;
    }
    *ms = ((h * 60 + min) * 60 + sec) * 1000 + part;
    return true;
}

/* Z or an offset; *found is false when nothing is left. */
static bool read_zone(struct str *s, int64_t *offset_ms, bool *found)
{
    *offset_ms = 0;
    *found = s->n > 0;
    if (s->n == 0 || one_of(s, "Zz"))
        return true;
    int64_t h, m = 0;
    int64_t sign = s->p[0] == '-' ? -1 : 1;
    if (!one_of(s, "+-") || !digits(s, 2, &h) || h > 23)
        return false;
    bool colon = one_of(s, ":");
    if ((colon || s->n > 0) && (!digits(s, 2, &m) || m > 59))
        return false;
    *offset_ms = sign * (h * 60 + m) * 60000;
    return true;
}

static bool parse(struct str s, bool loose, int64_t *ms)
{
    int64_t days, clock = 0, offset = 0;
    bool zone = false;
    if (s.n > 40 || !read_date(&s, &days))
        return false;
    if (s.n > 0) {
        if (!one_of(&s, "Tt ") || !read_clock(&s, &clock) ||
            !read_zone(&s, &offset, &zone))
            return false;
    }
    if (s.n > 0 || (!zone && !loose))
        return false;
    int64_t v = days * DAY_MS + clock - offset;
    if (v < 0 || v > LAST_MS)
        return false;
    *ms = v;
    return true;
}

bool iso_parse(struct str s, int64_t *ms)
{
    return parse(s, false, ms);
}

bool iso_parse_loose(struct str s, int64_t *ms)
{
    return parse(s, true, ms);
}

/* Write n digits of v, with zeros in front. */
static char *put(char *p, int64_t v, int n)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        p[i] = (char)('0' + v % 10);
    return p + n;
}

void iso_put(char out[ISO_N], int64_t ms)
{
    ms = ms < 0 ? 0 : ms > LAST_MS ? LAST_MS : ms;
    int64_t y, m, d, clock = ms % DAY_MS;
    date_of(ms / DAY_MS, &y, &m, &d);
    char *p = put(out, y, 4);
    *p++ = '-';
    p = put(p, m, 2);
    *p++ = '-';
    p = put(p, d, 2);
    *p++ = 'T';
    p = put(p, clock / 3600000, 2);
    *p++ = ':';
    p = put(p, clock / 60000 % 60, 2);
    *p++ = ':';
    p = put(p, clock / 1000 % 60, 2);
    *p++ = '.';
    p = put(p, clock % 1000, 3);
    *p++ = 'Z';
    *p = '\0';
}

struct str iso_format(struct arena *a, int64_t ms)
{
    char text[ISO_N];
    iso_put(text, ms);
    return str_dup(a, str_c(text));
}
