#include "engine/match.h"

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool match_title(struct str pattern, struct str text)
{
    struct str p = str_trim(pattern);
    struct str t = str_trim(text);
    size_t i = 0;
    size_t j = 0;
    size_t star = SIZE_MAX; /* the last * seen, and where its run ends for now */
    size_t run = 0;
    while (j < t.n) {
        if (i < p.n && p.p[i] == '*') {
            star = i++;
            run = j;
        } else if (i < p.n && (p.p[i] == '?' || fold(p.p[i]) == fold(t.p[j]))) {
            i++;
            j++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            j = ++run;
        } else {
            return false;
        }
    }
    while (i < p.n && p.p[i] == '*') {
        i++;
    }
    return i == p.n;
}

static bool fits(const struct skill_rule *r, const struct course_activity *a)
{
    if (r->kind.n > 0 && !str_eq(r->kind, a->kind)) {
        return false;
    }
    if (r->idnumber.n > 0 && !str_eq(r->idnumber, a->idnumber)) {
        return false;
    }
    return r->title.n == 0 || match_title(r->title, a->title);
}

static int32_t rule_for(const struct skill_map *m, const struct course_activity *a)
{
    for (size_t i = 0; i < m->rule_n; i++) {
        if (fits(&m->rules[i], a)) {
            return (int32_t)i;
        }
    }
    return -1;
}

size_t match_course(struct arena *a, const struct skill_map *m,
                    const struct course_activity *activities, size_t activity_n,
                    struct tie **ties, int32_t **rule_of)
{
    int32_t *rule = ARENA_ARRAY(a, int32_t, activity_n);
    size_t n = 0;
    for (size_t i = 0; i < activity_n; i++) {
        rule[i] = rule_for(m, &activities[i]);
        n += rule[i] >= 0 ? m->rules[rule[i]].tell_n : 0;
    }
    *ties = ARENA_ARRAY(a, struct tie, n);
    size_t k = 0;
    for (size_t i = 0; i < activity_n; i++) {
        const struct skill_rule *r = rule[i] >= 0 ? &m->rules[rule[i]] : NULL;
        for (size_t j = 0; r != NULL && j < r->tell_n; j++) {
            (*ties)[k++] = (struct tie){.activity_id = activities[i].id,
                                        .item = r->tells[j].slot,
                                        .skill = r->tells[j].skill,
                                        .weight = r->tells[j].weight};
        }
    }
    if (rule_of != NULL) {
        *rule_of = rule;
    }
    return n;
}
