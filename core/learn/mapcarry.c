#include "learn/mapcarry.h"

#include "engine/mapdoc.h"
#include "store/mapstore.h"

#include <stdlib.h>

struct carry {
    struct arena *a;
    const struct skill_map *before;
    const struct skill_map *now;
    struct skill_map *out; /* a copy of `now`, made when something is added */
};

/* Let skill `ord` of the new version replace `code` too. */
static void add(struct carry *c, int32_t ord, struct str code)
{
    if (c->out == NULL) {
        c->out = ARENA_NEW(c->a, struct skill_map);
        *c->out = *c->now;
        c->out->skills = ARENA_ARRAY(c->a, struct skill, c->now->skill_n);
        for (size_t i = 0; i < c->now->skill_n; i++)
            c->out->skills[i] = c->now->skills[i];
    }
    struct skill *s = &c->out->skills[ord];
    if (s->replaces_n == MAPDOC_MAX_REPLACES)
        return;
    struct str *more = ARENA_ARRAY(c->a, struct str, s->replaces_n + 1);
    for (size_t i = 0; i < s->replaces_n; i++)
        more[i] = s->replaces[i];
    more[s->replaces_n] = code;
    s->replaces = more;
    s->replaces_n++;
}

/* Who in the new version stands for skill `s` of the one before. */
static size_t heirs_of(const struct carry *c, const struct skill *s, int32_t *out)
{
    size_t n = skill_heirs(c->now, s->code, out, SKILL_HEIRS_MAX);
    if (n == 0 && s->replaced_by.n > 0)
        n = skill_heirs(c->now, s->replaced_by, out, SKILL_HEIRS_MAX);
    return n < SKILL_HEIRS_MAX ? n : SKILL_HEIRS_MAX;
}

static void carry_code(struct carry *c, struct str code, const int32_t *heirs, size_t n)
{
    int32_t said;
    if (skill_heirs(c->now, code, &said, 1) > 0)
        return; /* the new version has it, or says itself what became of it */
    for (size_t i = 0; i < n; i++)
        add(c, heirs[i], code);
}

const struct skill_map *mapcarry_replaced(struct arena *a, const struct skill_map *before,
                                          const struct skill_map *now)
{
    struct carry c = {.a = a, .before = before, .now = now};
    for (size_t i = 0; i < before->skill_n; i++) {
        const struct skill *s = &before->skills[i];
        int32_t heirs[SKILL_HEIRS_MAX];
        size_t n = heirs_of(&c, s, heirs);
        carry_code(&c, s->code, heirs, n);
        for (size_t j = 0; j < s->replaces_n; j++)
            carry_code(&c, s->replaces[j], heirs, n);
    }
    if (c.out == NULL)
        return now;
    /* Read again: links, order and the sorted lists belong to the new document. */
    struct skill_map *m = mapdoc_parse(a, mapdoc_write(a, c.out), NULL, NULL);
    return m != NULL ? m : now;
}

static int by_activity(const void *x, const void *y)
{
    const struct map_link *p = x, *q = y;
    return (p->activity_id > q->activity_id) - (p->activity_id < q->activity_id);
}

/* Keep those that no person made: what a person said is applied by itself (ties.h). */
static size_t of_rules(struct map_link *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!rows[i].chosen)
            rows[kept++] = rows[i];
    return kept;
}

int64_t mapcarry_links(struct learn *l, const struct skill_map *m, int64_t before_id,
                       int64_t map_id, struct err *e)
{
    struct map_link *old, *have;
    size_t old_n, have_n;
    int64_t added = 0;
    if (m->heir_n == 0 || before_id == 0)
        return 0;
    if (mapstore_links(l->db, l->a, l->tenant_id, before_id, &old, &old_n, e) < 0 ||
        mapstore_links(l->db, l->a, l->tenant_id, map_id, &have, &have_n, e) < 0)
        return -1;
    have_n = of_rules(have, have_n);
    old_n = of_rules(old, old_n);
    for (size_t i = 0; i < old_n; i++) {
        int32_t heirs[SKILL_HEIRS_MAX];
        size_t n = skill_find(m, old[i].skill_code) >= 0
                       ? 0
                       : skill_heirs(m, old[i].skill_code, heirs, SKILL_HEIRS_MAX);
        if (have_n > 0 &&
            bsearch(&old[i], have, have_n, sizeof have[0], by_activity) != NULL)
            continue;
        for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++) {
            struct map_link link = old[i];
            link.skill_code = m->skills[heirs[k]].code;
            if (mapstore_put_link(l->db, l->tenant_id, map_id, &link, e) < 0)
                return -1;
            added++;
        }
    }
    return added;
}
