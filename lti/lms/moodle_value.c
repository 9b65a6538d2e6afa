#include "lms/moodle_value.h"

#include "net/url.h"

#include <string.h>

/* An id: Moodle sends numbers, other versions strings. */
struct str moodle_value_id(struct arena *a, const struct js *v)
{
    int64_t n;
    struct str s;
    if (js_i64(v, &n))
        return n > 0 ? str_fmt(a, "%lld", (long long)n) : STR_EMPTY;
    return js_str(v, &s) ? s : STR_EMPTY;
}

/* Seconds to milliseconds; 0, null and nonsense are "not told". */
int64_t moodle_value_time(const struct js *v)
{
    int64_t s;
    return js_i64(v, &s) && s > 0 && s < INT64_C(253402300800) ? s * 1000 : 0;
}

bool moodle_value_bool(const struct js *v)
{
    bool b = false;
    int64_t n = 0;
    return js_bool(v, &b) ? b : js_i64(v, &n) && n != 0;
}

/* A number, or a text such as "2.00" or "2,00" (Moodle writes marks in its own language).
 */
bool moodle_value_number(const struct js *v, double *out)
{
    struct str s;
    char text[40];
    if (js_num(v, out))
        return true;
    if (!js_str(v, &s) || s.n == 0 || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (text[i] == ',')
            text[i] = '.';
    return str_f64(str_trim((struct str){text, s.n}), out);
}

/* Titles come as HTML text: the five entities that Moodle makes, back to characters. */
struct str moodle_value_plain(struct arena *a, struct str html)
{
    static const struct {
        struct str entity;
        char c;
    } table[] = {{{"&amp;", 5}, '&'},  {{"&lt;", 4}, '<'},    {{"&gt;", 4}, '>'},
                 {{"&quot;", 6}, '"'}, {{"&#039;", 6}, '\''}, {{"&#39;", 5}, '\''}};
    struct buf b;
    if (str_find(html, STR("&"), 0) == SIZE_MAX)
        return html;
    buf_init(&b, a, html.n + 1);
    for (size_t i = 0; i < html.n;) {
        size_t k = 0;
        struct str rest = str_sub(html, i, html.n);
        while (k < sizeof table / sizeof table[0] && !str_starts(rest, table[k].entity))
            k++;
        bool hit = k < sizeof table / sizeof table[0];
        buf_char(&b, hit ? table[k].c : html.p[i]);
        i += hit ? table[k].entity.n : 1;
    }
    return buf_view(&b);
}

struct str moodle_value_param(struct arena *a, const char *name, struct str value)
{
    return str_fmt(a, "&%s=%.*s", name, STR_ARG(url_escape(a, value)));
}
