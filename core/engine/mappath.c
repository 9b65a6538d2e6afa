#include "engine/mappath.h"

#define NEEDS_ROOM ((size_t)2 * MAPDOC_MAX_NEEDS) /* hard and soft */

static const char *const kinds[] = {"course", "role", "career", NULL};

const char *mappath_kind(enum skill_path_kind kind)
{
    return kinds[kind];
}

/* --- levels ---------------------------------------------------------------------- */

static void read_level(struct mapread *rd, const struct js *v, struct str path,
                       struct skill_map *m)
{
    static const char *const members[] = {"code", "title", "titles", "p", NULL};
    struct skill_level l = {0};
    if (!mapread_object(rd, v, path, members)) {
        return;
    }
    l.code = mapread_code(rd, v, path, "code", true);
    l.title = mapread_text(rd, v, path, "title", 80, true);
    l.titles = mapread_texts(rd, v, path, "titles", 120);
    l.p = mapread_num(rd, v, path, "p", 0.01, 0.999, 0.5);
    if (js_get(v, "p") == NULL) {
        MAPREAD_BAD(rd, "map.missing", mapread_path(rd, path, "p"), "is missing");
    }
    if (l.code.n > 0 && skill_level_find(m, l.code) >= 0) {
        MAPREAD_BAD(rd, "map.duplicate", path, "there is a level %.*s already",
                    STR_ARG(l.code));
    }
    if (str_is(l.code, "mastered")) {
        MAPREAD_BAD(rd, "map.code", path,
                    "\"mastered\" is what a need without a level "
                    "asks for; call it otherwise");
    }
    if (m->level_n > 0 && l.p <= m->levels[m->level_n - 1].p) {
        MAPREAD_BAD(rd, "map.range", mapread_path(rd, path, "p"),
                    "levels go up: each p is larger than the one before");
    }
    m->levels[m->level_n++] = l;
}

void mappath_levels(struct mapread *rd, const struct js *doc, struct skill_map *m)
{
    const struct js *list = mapread_list(rd, doc, STR_EMPTY, "levels", MAPDOC_MAX_LEVELS);
    m->levels = ARENA_ARRAY(rd->a, struct skill_level, js_len(list));
    for (size_t i = 0; i < js_len(list); i++) {
        read_level(rd, js_at(list, i), str_fmt(rd->a, "levels[%zu]", i), m);
    }
}

/* A skill, and how far it must be held: "A", or {"skill": "A", "level": "working"}. */
static int32_t read_to_level(struct mapread *rd, const struct skill_map *m,
                             const struct js *v, struct str path, int32_t *level)
{
    static const char *const members[] = {"skill", "level", NULL};
    *level = SKILL_MASTERED;
    if (js_type(v) != JS_OBJECT) {
        return mapread_ref(rd, m, v, path);
    }
    if (!mapread_object(rd, v, path, members)) {
        return -1;
    }
    struct str code = mapread_code(rd, v, path, "level", false);
    if (code.n > 0 && (*level = skill_level_find(m, code)) < 0) {
        MAPREAD_BAD(rd, "map.unknown", mapread_path(rd, path, "level"),
                    "there is no level with the code \"%.*s\"", STR_ARG(code));
        return -1;
    }
    return mapread_ref(rd, m, js_get(v, "skill"), mapread_path(rd, path, "skill"));
}

/* --- prerequisites --------------------------------------------------------------- */

/* Prerequisites of one list, as a group when `any` is not 0. */
static void read_list(struct mapread *rd, const struct skill_map *m,
                      const struct js *list, struct str path, struct skill *s,
                      struct skill_need like)
{
    for (size_t i = 0; i < js_len(list) && s->need_n < NEEDS_ROOM; i++) {
        struct str p = str_fmt(rd->a, "%.*s[%zu]", STR_ARG(path), i);
        struct skill_need n = like;
        bool twice = false;
        n.skill = like.hard ? read_to_level(rd, m, js_at(list, i), p, &n.level)
                            : mapread_ref(rd, m, js_at(list, i), p);
        for (size_t k = 0; k < s->need_n; k++) {
            twice = twice || s->needs[k].skill == n.skill;
        }
        if (n.skill >= 0 && twice) {
            MAPREAD_BAD(rd, "map.twice", p, "is listed as a prerequisite already");
        } else if (n.skill >= 0) {
            s->needs[s->need_n++] = n;
        }
    }
}

static void read_groups(struct mapread *rd, const struct skill_map *m,
                        const struct js *list, struct str path, struct skill *s)
{
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *group = js_at(list, i);
        struct str p = str_fmt(rd->a, "%.*s[%zu]", STR_ARG(path), i);
        if (js_type(group) != JS_ARRAY || js_len(group) < 2) {
            MAPREAD_BAD(rd, "map.any", p,
                        "must be a list of two skills or more, of which one suffices");
            continue;
        }
        struct skill_need like = {
            .hard = true, .any = (int32_t)i + 1, .level = SKILL_MASTERED};
        read_list(rd, m, group, p, s, like);
    }
}

void mappath_needs(struct mapread *rd, const struct skill_map *m, const struct js *v,
                   struct str path, struct skill *s)
{
    const struct js *hard = mapread_list(rd, v, path, "hard", MAPDOC_MAX_NEEDS);
    const struct js *any = mapread_list(rd, v, path, "any", MAPDOC_MAX_NEEDS / 2);
    const struct js *soft = mapread_list(rd, v, path, "soft", MAPDOC_MAX_NEEDS);
    size_t n = js_len(hard);
    for (size_t i = 0; i < js_len(any); i++) {
        n += js_len(js_at(any, i));
    }
    if (n > MAPDOC_MAX_NEEDS) {
        MAPREAD_BAD(rd, "map.limit", path, "has more than %d hard prerequisites",
                    MAPDOC_MAX_NEEDS);
    }
    n += js_len(soft);
    s->needs = ARENA_ARRAY(rd->a, struct skill_need, n < NEEDS_ROOM ? n : NEEDS_ROOM);
    read_list(rd, m, hard, mapread_path(rd, path, "hard"), s,
              (struct skill_need){.hard = true, .level = SKILL_MASTERED});
    read_groups(rd, m, any, mapread_path(rd, path, "any"), s);
    read_list(rd, m, soft, mapread_path(rd, path, "soft"), s,
              (struct skill_need){.level = SKILL_MASTERED});
    skill_sort_needs(s);
}

/* --- paths ----------------------------------------------------------------------- */

static void read_goals(struct mapread *rd, const struct js *v, struct str path,
                       const struct skill_map *m, struct skill_path *p)
{
    const struct js *list = mapread_list(rd, v, path, "goals", MAPDOC_MAX_SKILLS);
    bool *seen = ARENA_ARRAY(rd->a, bool, m->skill_n);
    if (js_len(list) == 0) {
        MAPREAD_BAD(rd, "map.missing", mapread_path(rd, path, "goals"),
                    "a path needs a skill to lead to");
    }
    p->goals = ARENA_ARRAY(rd->a, struct skill_goal, js_len(list));
    for (size_t i = 0; i < js_len(list); i++) {
        struct str at = str_fmt(rd->a, "%.*s.goals[%zu]", STR_ARG(path), i);
        struct skill_goal g;
        g.skill = read_to_level(rd, m, js_at(list, i), at, &g.level);
        if (g.skill >= 0 && seen[g.skill]) {
            MAPREAD_BAD(rd, "map.twice", at, "is a goal of this path already");
        } else if (g.skill >= 0) {
            seen[g.skill] = true;
            p->goals[p->goal_n++] = g;
        }
    }
}

static void read_path(struct mapread *rd, const struct js *v, struct str path,
                      struct skill_map *m)
{
    static const char *const members[] = {"code", "title", "titles", "about",
                                          "kind", "goals", NULL};
    struct skill_path p = {0};
    size_t kind = 0;
    if (!mapread_object(rd, v, path, members)) {
        return;
    }
    p.code = mapread_code(rd, v, path, "code", true);
    p.title = mapread_text(rd, v, path, "title", 120, true);
    p.titles = mapread_texts(rd, v, path, "titles", 200);
    p.about = mapread_text(rd, v, path, "about", 2000, false);
    struct str name = mapread_text(rd, v, path, "kind", 20, false);
    while (name.n > 0 && kinds[kind] != NULL && !str_is(name, kinds[kind])) {
        kind++;
    }
    if (kinds[kind] == NULL) {
        MAPREAD_BAD(rd, "map.kind", mapread_path(rd, path, "kind"),
                    "must be course, role or career");
        kind = 0;
    }
    p.kind = (enum skill_path_kind)kind;
    if (p.code.n > 0 && skill_path_find(m, p.code) >= 0) {
        MAPREAD_BAD(rd, "map.duplicate", path, "there is a path %.*s already",
                    STR_ARG(p.code));
    }
    read_goals(rd, v, path, m, &p);
    m->paths[m->path_n++] = p;
}

/* Without targets the course leads to every skill that no other needs. */
static void default_targets(struct mapread *rd, struct skill_map *m)
{
    bool *needed = ARENA_ARRAY(rd->a, bool, m->skill_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t j = 0; j < m->skills[i].need_n; j++) {
            needed[m->skills[i].needs[j].skill] = true;
        }
    }
    m->targets = ARENA_ARRAY(rd->a, int32_t, m->skill_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        if (!needed[i]) {
            m->targets[m->target_n++] = (int32_t)i;
        }
    }
}

static void read_targets(struct mapread *rd, const struct js *list, struct skill_map *m)
{
    bool *seen = ARENA_ARRAY(rd->a, bool, m->skill_n);
    m->targets = ARENA_ARRAY(rd->a, int32_t, js_len(list));
    for (size_t i = 0; i < js_len(list); i++) {
        struct str p = str_fmt(rd->a, "targets[%zu]", i);
        int32_t ord = mapread_ref(rd, m, js_at(list, i), p);
        if (ord >= 0 && seen[ord]) {
            MAPREAD_BAD(rd, "map.twice", p, "is a target already");
        } else if (ord >= 0) {
            seen[ord] = true;
            m->targets[m->target_n++] = ord;
        }
    }
}

/* The targets are the goals of the first path; what the document says must agree. */
static void targets_of_path(struct mapread *rd, const struct js *list,
                            struct skill_map *m)
{
    const struct skill_path *first = &m->paths[0];
    bool *goal = ARENA_ARRAY(rd->a, bool, m->skill_n);
    size_t found = 0;
    for (size_t i = 0; i < first->goal_n; i++) {
        goal[first->goals[i].skill] = true;
    }
    if (js_len(list) > 0) {
        read_targets(rd, list, m);
        for (size_t i = 0; i < m->target_n; i++) {
            found += goal[m->targets[i]] ? 1 : 0;
        }
        if (found != first->goal_n || m->target_n != first->goal_n) {
            MAPREAD_BAD(rd, "map.targets", STR("targets"),
                        "differ from the goals of the first path; leave them out");
        }
    }
    m->targets = ARENA_ARRAY(rd->a, int32_t, first->goal_n);
    m->target_n = first->goal_n;
    for (size_t i = 0; i < first->goal_n; i++) {
        m->targets[i] = first->goals[i].skill;
    }
}

void mappath_paths(struct mapread *rd, const struct js *doc, struct skill_map *m)
{
    const struct js *list = mapread_list(rd, doc, STR_EMPTY, "paths", MAPDOC_MAX_PATHS);
    const struct js *targets =
        mapread_list(rd, doc, STR_EMPTY, "targets", MAPDOC_MAX_SKILLS);
    m->paths = ARENA_ARRAY(rd->a, struct skill_path, js_len(list));
    for (size_t i = 0; i < js_len(list); i++) {
        read_path(rd, js_at(list, i), str_fmt(rd->a, "paths[%zu]", i), m);
    }
    if (m->path_n > 0) {
        targets_of_path(rd, targets, m);
    } else if (js_len(targets) > 0) {
        read_targets(rd, targets, m);
    } else {
        default_targets(rd, m);
    }
}

/* --- writing --------------------------------------------------------------------- */

static void put_text(struct js *o, const char *key, struct str s)
{
    if (s.n > 0) {
        js_set_str(o, key, s);
    }
}

void mappath_write_needs(struct arena *a, const struct skill_map *m,
                         const struct skill *s, struct js *o)
{
    struct js *soft = js_array(a);
    struct skill_want *alone = ARENA_ARRAY(a, struct skill_want, s->need_n);
    struct skill_want *groups = ARENA_ARRAY(a, struct skill_want, s->need_n);
    struct skill_want w;
    size_t alone_n = 0;
    size_t group_n = 0;
    for (size_t at = 0; skill_want_next(s, &at, &w);) {
        if (w.of->any > 0) {
            groups[group_n++] = w;
        } else {
            alone[alone_n++] = w;
        }
    }
    for (size_t i = 0; i < s->need_n; i++) {
        if (!s->needs[i].hard) {
            js_push_str(soft, m->skills[s->needs[i].skill].code);
        }
    }
    js_set(o, "hard", skill_wants_json(a, m, alone, alone_n));
    js_set(o, "soft", soft);
    if (group_n > 0) {
        js_set(o, "any", skill_wants_json(a, m, groups, group_n));
    }
}

static struct js *write_levels(struct arena *a, const struct skill_map *m)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < m->level_n; i++) {
        struct js *o = js_object(a);
        js_set_str(o, "code", m->levels[i].code);
        js_set_str(o, "title", m->levels[i].title);
        js_set_num(o, "p", m->levels[i].p);
        if (m->levels[i].titles != NULL) {
            js_set(o, "titles", m->levels[i].titles);
        }
        js_push(list, o);
    }
    return list;
}

struct js *mappath_goals(struct arena *a, const struct skill_map *m,
                         const struct skill_path *p)
{
    struct skill_need *needs = ARENA_ARRAY(a, struct skill_need, p->goal_n);
    struct skill_want *wants = ARENA_ARRAY(a, struct skill_want, p->goal_n);
    for (size_t i = 0; i < p->goal_n; i++) {
        needs[i] = (struct skill_need){
            .skill = p->goals[i].skill, .hard = true, .level = p->goals[i].level};
        wants[i] = (struct skill_want){.of = &needs[i], .n = 1};
    }
    return skill_wants_json(a, m, wants, p->goal_n);
}

static struct js *write_path(struct arena *a, const struct skill_map *m,
                             const struct skill_path *p)
{
    struct js *o = js_object(a);
    js_set_str(o, "code", p->code);
    js_set_str(o, "title", p->title);
    put_text(o, "about", p->about);
    js_set_str(o, "kind", str_c(kinds[p->kind]));
    if (p->titles != NULL) {
        js_set(o, "titles", p->titles);
    }
    js_set(o, "goals", mappath_goals(a, m, p));
    return o;
}

void mappath_write(struct arena *a, const struct skill_map *m, struct js *o)
{
    struct js *targets = js_array(a);
    struct js *paths = js_array(a);
    for (size_t i = 0; i < m->target_n; i++) {
        js_push_str(targets, m->skills[m->targets[i]].code);
    }
    for (size_t i = 0; i < m->path_n; i++) {
        js_push(paths, write_path(a, m, &m->paths[i]));
    }
    js_set(o, "targets", targets);
    if (m->level_n > 0) {
        js_set(o, "levels", write_levels(a, m));
    }
    if (m->path_n > 0) {
        js_set(o, "paths", paths);
    }
}
