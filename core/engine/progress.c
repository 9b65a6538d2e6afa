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

/* Which rules are met; those about activities that were not before are told of. */
static void work_rules(struct arena *a, const struct progress_rules *rules,
                       struct progress *out)
{
    size_t n = rules != NULL ? rules->n : 0;
    out->met = ARENA_ARRAY(a, bool, n);
    out->fresh = ARENA_ARRAY(a, int32_t, n);
    for (size_t i = 0; i < n; i++) {
        bool before = rules->granted != NULL && rules->granted[i];
        out->met[i] = before || unlock_met(&rules->known, &rules->v[i]);
        if (out->met[i] && !before && rules->v[i].rule->of == UNLOCK_ACTIVITY) {
            out->fresh[out->fresh_n++] = (int32_t)i;
        }
    }
}

/* What the rules about a skill want beside its prerequisites. */
struct ruled {
    bool any;      /* some rule speaks of it */
    bool met;      /* all of them are met */
    int32_t unmet; /* the first that waits for more than skills, or -1 */
    struct skill_want *missing;
    size_t missing_n;
};

static void rules_about(struct arena *a, const struct progress_known *k, int32_t skill,
                        const struct progress *p, struct ruled *out)
{
    *out = (struct ruled){.met = true, .unmet = -1};
    size_t room = 0;
    size_t n = k->rules != NULL ? k->rules->n : 0;
    for (size_t i = 0; i < n; i++) {
        const struct unlock_rule *r = k->rules->v[i].rule;
        bool about = unlock_about(k->map, r, skill);
        out->any = out->any || about;
        room += about && !p->met[i] ? r->need_n : 0;
    }
    out->missing = ARENA_ARRAY(a, struct skill_want, room);
    for (size_t i = 0; i < n && out->any; i++) {
        const struct unlock_rule *r = k->rules->v[i].rule;
        if (p->met[i] || !unlock_about(k->map, r, skill)) {
            continue;
        }
        size_t more = unlock_missing(&k->rules->known, r, out->missing + out->missing_n);
        out->missing_n += more;
        out->met = false;
        out->unmet = out->unmet < 0 && more == 0 ? (int32_t)i : out->unmet;
    }
}

static void work_skill(struct arena *a, struct progress_known *k, size_t i,
                       struct progress *out)
{
    const struct skill *s = &k->map->skills[i];
    struct progress_ready *r = &out->ready[i];
    struct ruled ruled;
    rules_about(a, k, (int32_t)i, out, &ruled);
    struct skill_want *missing =
        ARENA_ARRAY(a, struct skill_want, s->need_n + ruled.missing_n);
    r->missing_n = skill_missing(k->map, (int32_t)i, progress_holds, k, missing);
    bool ready = r->missing_n == 0 && ruled.met;
    for (size_t j = 0; j < ruled.missing_n; j++) {
        missing[r->missing_n++] = ruled.missing[j];
    }
    r->missing = missing;
    r->rule = ruled.unmet;
    r->granted = r->granted && !r->closed;
    r->ready = !r->closed && (r->granted || ready);
    bool locked = ruled.any || (s->need_n > 0 && s->needs[0].hard);
    if (r->ready && !r->granted && locked) {
        out->opened[out->opened_n++].skill = (int32_t)i;
    }
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
    work_rules(a, k.rules, out);
    for (size_t i = 0; i < m->skill_n; i++) {
        work_skill(a, &k, i, out);
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
