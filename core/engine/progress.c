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

void progress_work(struct arena *a, const struct skill_map *m,
                   const enum mastery_word *words, const struct progress_grant *grants,
                   size_t grant_n, struct progress *out)
{
    *out = (struct progress){
        .ready = ARENA_ARRAY(a, struct progress_ready, m->skill_n),
        .opened = ARENA_ARRAY(a, struct progress_opened, m->skill_n),
    };
    mark_grants(out, grants, grant_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        const struct skill *s = &m->skills[i];
        struct progress_ready *r = &out->ready[i];
        int32_t *missing = ARENA_ARRAY(a, int32_t, s->need_n);
        size_t hard_n = 0;
        for (size_t j = 0; j < s->need_n; j++) {
            hard_n += s->needs[j].hard ? 1 : 0;
            if (s->needs[j].hard && !mastery_holds(words[s->needs[j].skill])) {
                missing[r->missing_n++] = s->needs[j].skill;
            }
        }
        r->missing = missing;
        r->granted = r->granted && !r->closed;
        r->ready = !r->closed && (r->granted || r->missing_n == 0);
        if (r->ready && !r->granted && hard_n > 0) {
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
        if (r->ready || r->closed) {
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
