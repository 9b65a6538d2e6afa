#include "engine/evidence.h"

#include <math.h>

static const char *const kind_names[] = {
    "answer", "attempt", "grade", "completion", "access", "judgement", "self_report"};

bool evidence_kind(struct str name, enum ev_kind *out)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (str_is(name, kind_names[i])) {
            *out = (enum ev_kind)i;
            return true;
        }
    }
    return false;
}

bool evidence_share(const struct ev *row, double *share)
{
    if (!row->has_score || !isfinite(row->score) || !isfinite(row->maximum) ||
        row->maximum <= 0.0) {
        return false;
    }
    double s = row->score / row->maximum;
    *share = s < 0.0 ? 0.0 : s > 1.0 ? 1.0 : s;
    return true;
}

struct str evidence_family(struct str source_kind)
{
    static const char *const table[][2] = {
        {"moodle-ws", "lms"}, {"moodle", "lms"},      {"canvas-rest", "lms"},
        {"canvas", "lms"},    {"ags", "lms"},         {"nrps", "lms"},
        {"oneroster", "lms"}, {"caliper", "lms"},     {"xapi", "lms"},
        {"file", "lms"},      {"launch", "panel"},    {"check", "tool"},
        {"tool", "tool"},     {"teacher", "teacher"}, {"student", "student"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (str_is(source_kind, table[i][0])) {
            return str_c(table[i][1]);
        }
    }
    return source_kind;
}

int evidence_cmp(const void *a, const void *b)
{
    const struct ev *x = a;
    const struct ev *y = b;
    if (x->observed_ms != y->observed_ms) {
        return x->observed_ms < y->observed_ms ? -1 : 1;
    }
    /* answers of one attempt: as they were asked, 2 before 10, the same for everybody */
    if (x->item.n != y->item.n) {
        return x->item.n < y->item.n ? -1 : 1;
    }
    int c = str_cmp(x->item, y->item);
    if (c == 0) {
        c = str_cmp(x->fact_key, y->fact_key);
    }
    return c != 0 ? c : (x->id > y->id) - (x->id < y->id);
}
