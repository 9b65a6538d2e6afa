#include "engine/progress.h"

#include <stdlib.h>

static void mark_grants(struct progress *out, const struct progress_grant *grants,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct progress_ready *r = &out->ready[grants[i].skill];
        r->closed = r->closed || grants[i].closed;
        r->granted = r->granted || !grants[i].closed;
    }
}

bool progress_holds(void *known, int32_t skill, int32_t level)
{
    const struct progress_known *k = known;
    return mastery_reaches(k->map, level, k->words[skill],
                           k->p != NULL ? k->p[skill] : 0.0);
}

bool progress_waits(const struct progress_ready *r, int32_t skill)
{
    for (size_t i = 0; i < r->missing_n; i++) {
        for (size_t k = 0; k < r->missing[i].n; k++) {
            if (r->missing[i].of[k].skill == skill) {
                return true;
            }
        }
    }
    return false;
}

void progress_work(struct arena *a, const struct progress_known *known,
                   const struct progress_grant *grants, size_t grant_n,
                   struct progress *out)
{
    const struct skill_map *m = known->map;
    struct progress_known k = *known;
    *out = (struct progress){
        .ready = ARENA_ARRAY(a, struct progress_ready, m->skill_n),
        .opened = ARENA_ARRAY(a, struct progress_opened, m->skill_n),
    };
    mark_grants(out, grants, grant_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        const struct skill *s = &m->skills[i];
        struct progress_ready *r = &out->ready[i];
        struct skill_want *missing = ARENA_ARRAY(a, struct skill_want, s->need_n);
        r->missing_n = skill_missing(m, (int32_t)i, progress_holds, &k, missing);
        r->missing = missing;
        r->granted = r->granted && !r->closed;
        r->ready = !r->closed && (r->granted || r->missing_n == 0);
        if (r->ready && !r->granted && s->need_n > 0 && s->needs[0].hard) {
            out->opened[out->opened_n++].skill = (int32_t)i;
        }
    }
}

size_t progress_next(struct arena *a, const struct skill_map *m, const struct progress *p,
                     int32_t skill, int32_t **out)
{
    const struct skill *s = &m->skills[skill];
    size_t n = 0;
    *out = ARENA_ARRAY(a, int32_t, s->open_n);
    for (size_t i = 0; i < s->open_n; i++) {
        const struct progress_ready *r = &p->ready[s->opens[i]];
        if (r->ready || r->closed || !progress_waits(r, skill)) {
            continue;
        }
        /* Insertion keeps it stable: fewest missing first, then ord. */
        size_t at = n++;
        while (at > 0 && p->ready[(*out)[at - 1]].missing_n > r->missing_n) {
            (*out)[at] = (*out)[at - 1];
            at--;
        }
        (*out)[at] = s->opens[i];
    }
    return n;
}
