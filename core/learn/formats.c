#include "learn/formats.h"

#include "store/activity.h"
#include "store/decision.h"

static const char *const known[FORMATS_MAX] = {"quiz", "assign", "page", "url",
                                               "lti",  "forum",  "file", "book"};

bool formats_known(struct str kind)
{
    for (size_t i = 0; i < FORMATS_MAX; i++)
        if (str_is(kind, known[i]))
            return true;
    return false;
}

int formats_read(struct learn *l, int64_t person_id, struct formats *out, struct err *e)
{
    struct activity *rows;
    struct decision *said;
    size_t n, said_n;
    struct str wish = STR_EMPTY;
    *out = (struct formats){0};
    if (activity_list(l->db, l->a, l->tenant_id, l->course_id, &rows, &n, e) < 0 ||
        decision_list(l->db, l->a, l->tenant_id, l->course_id, person_id, 0, &said,
                      &said_n, e) < 0)
        return -1;
    for (size_t i = 0; i < said_n; i++) /* by time: the newest word holds */
        wish = str_is(said[i].kind, "format") ? said[i].subject : wish;
    for (size_t k = 0; k < FORMATS_MAX; k++) {
        bool seen = false;
        for (size_t i = 0; i < n && !seen; i++)
            seen = rows[i].visible && str_is(rows[i].kind, known[k]);
        if (seen)
            out->kinds[out->n++] = str_c(known[k]);
        if (seen && str_is(wish, known[k]))
            out->wish = wish;
    }
    return 0;
}
