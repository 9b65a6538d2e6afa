#include "base/iso.h"
#include "view/view.h"

#define MINUTE ((int64_t)60 * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char *const months[] = {
    "month.1", "month.2", "month.3", "month.4",  "month.5",  "month.6",
    "month.7", "month.8", "month.9", "month.10", "month.11", "month.12",
};

/* Distances, the shortest first: below `below`, counted in `unit`. */
static const struct {
    int64_t below;
    int64_t unit;
    const char *past_id;
    const char *future_id;
} steps[] = {
    {HOUR, MINUTE, "when.minutes", "when.in_minutes"},
    {DAY, HOUR, "when.hours", "when.in_hours"},
    {14 * DAY, DAY, "when.days", "when.in_days"},
};

static void put_date(struct view *when, struct str iso)
{
    int64_t day = 1;
    int64_t month = 1;
    int64_t year = 1970;
    str_i64(str_sub(iso, 0, 4), &year);
    str_i64(str_sub(iso, 5, 7), &month);
    str_i64(str_sub(iso, 8, 10), &day);
    struct view *text = view_msg(when, "text", "when.date");
    view_int(text, "day", day);
    view_msg(text, "month", months[(month - 1) % 12]);
    view_int(text, "year", year);
}

static void put_distance(struct view *when, int64_t past_ms, struct str iso)
{
    int64_t far = past_ms < 0 ? -past_ms : past_ms;
    if (far < MINUTE) {
        view_msg(when, "text", "when.now");
        return;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (far >= steps[i].below)
            continue;
        const char *id = past_ms < 0 ? steps[i].future_id : steps[i].past_id;
        view_int(view_msg(when, "text", id), "n", far / steps[i].unit);
        return;
    }
    put_date(when, iso);
}

void view_when(struct view *o, const char *key, int64_t t_ms, int64_t now_ms)
{
    struct view *when = view_child(o, key);
    if (t_ms <= 0) {
        view_msg(when, "text", "when.never");
        return;
    }
    struct str iso = iso_format(view_arena(o), t_ms - t_ms % 1000);
    view_str(when, "iso", iso);
    put_distance(when, now_ms - t_ms, iso);
}
