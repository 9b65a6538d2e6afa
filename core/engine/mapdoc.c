#include "engine/mapdoc.h"

#include "base/crypt.h"
#include "base/js.h"
#include "engine/bkt.h"
#include "engine/mapcheck.h"
#include "engine/mappath.h"
#include "engine/unlock.h"

#include <stdlib.h>

#define MAX_DEPTH 8
#define FORMAT "waymark-map/1"
#define MAX_SOURCE_TEXT 8000
#define MAX_SOURCE_LIST 64

static struct skill_bkt read_bkt(struct mapread *rd, const struct js *o, struct str path,
                                 struct skill_bkt base)
{
    static const char *const members[] = {"init",   "learn",          "guess", "slip",
                                          "forget", "half_life_days", NULL};
    const struct js *v = js_get(o, "bkt");
    struct skill_bkt b = base;
    struct str p = mapread_path(rd, path, "bkt");
    if (v == NULL || !mapread_object(rd, v, p, members)) {
        return b;
    }
    b.p_init = mapread_num(rd, v, p, "init", 0.001, 0.999, base.p_init);
    b.p_learn = mapread_num(rd, v, p, "learn", 0.0, 0.9, base.p_learn);
    b.p_guess = mapread_num(rd, v, p, "guess", 0.001, 0.7, base.p_guess);
    b.p_slip = mapread_num(rd, v, p, "slip", 0.001, 0.7, base.p_slip);
    b.p_forget = mapread_num(rd, v, p, "forget", 0.0, 0.5, base.p_forget);
    b.half_life_days =
        mapread_num(rd, v, p, "half_life_days", 0, 3650, base.half_life_days);
    if (b.p_guess + b.p_slip >= 1.0) {
        MAPREAD_BAD(
            rd, "map.range", p,
            "guess and slip together must stay below 1: a right answer must speak for "
            "the skill");
    }
    if (b.p_learn + b.p_forget > 1.0) {
        MAPREAD_BAD(rd, "map.range", p, "learn and forget together must not pass 1");
    }
    return b;
}

/* Forgetting sets a ceiling that right answers cannot pass (bkt.h). */
static void check_reach(struct mapread *rd, const struct skill_map *m,
                        const struct skill_bkt *b, struct str path)
{
    double top = bkt_ceiling(b);
    if (top <= m->limits.p_mastered) {
        MAPREAD_BAD(rd, "map.range", mapread_path(rd, path, "bkt"),
                    "forgets so much that right answers lead to %.3f at most: "
                    "\"mastered\" at %g is out of reach",
                    top, m->limits.p_mastered);
    }
}

static struct skill_limits read_limits(struct mapread *rd, const struct js *doc)
{
    static const char *const members[] = {"mastered", "almost",      "min_rows",
                                          "min_days", "review_days", NULL};
    const struct js *v = js_get(doc, "thresholds");
    struct skill_limits d = skill_limits_default();
    struct skill_limits l = d;
    struct str p = STR("thresholds");
    if (v == NULL || !mapread_object(rd, v, p, members)) {
        return l;
    }
    l.p_mastered = mapread_num(rd, v, p, "mastered", 0.5, 0.999, d.p_mastered);
    l.p_almost = mapread_num(rd, v, p, "almost", 0.1, 0.999, d.p_almost);
    l.min_rows = mapread_int(rd, v, p, "min_rows", 1, 50, d.min_rows);
    l.min_days = mapread_int(rd, v, p, "min_days", 1, 30, d.min_days);
    l.review_days = mapread_int(rd, v, p, "review_days", 0, 3650, d.review_days);
    if (l.p_almost >= l.p_mastered) {
        MAPREAD_BAD(rd, "map.range", p, "\"almost\" must lie below \"mastered\"");
    }
    if (l.min_days > l.min_rows) {
        MAPREAD_BAD(rd, "map.range", p, "min_days cannot be more than min_rows");
    }
    return l;
}

/* What a public framework says of the skill: carried along as it is. */
static struct js *read_source(struct mapread *rd, const struct js *o, struct str path)
{
    static const char *const members[] = {"id",        "uri",    "document", "coding",
                                          "type",      "levels", "language", "ends",
                                          "changed",   "level",  "labels",   "matches",
                                          "statement", "brief",  NULL};
    struct js *v = js_get(o, "source");
    struct str p = mapread_path(rd, path, "source");
    if (v == NULL || !mapread_object(rd, v, p, members)) {
        return NULL;
    }
    (void)mapread_text(rd, v, p, "id", 255, true);
    for (size_t i = 1; members[i] != NULL; i++) {
        if (str_is(str_c(members[i]), "levels") || str_is(str_c(members[i]), "matches")) {
            const struct js *list = mapread_list(rd, v, p, members[i], MAX_SOURCE_LIST);
            for (size_t k = 0; k < js_len(list); k++) {
                (void)mapread_plain(rd, js_at(list, k), mapread_path(rd, p, members[i]),
                                    MAX_SOURCE_TEXT);
            }
        } else if (str_is(str_c(members[i]), "labels")) {
            (void)mapread_texts(rd, v, p, members[i], MAX_SOURCE_TEXT);
        } else {
            (void)mapread_text(rd, v, p, members[i], MAX_SOURCE_TEXT, false);
        }
    }
    return v;
}

/* First pass: everything of a skill but its references. */
static void read_skill(struct mapread *rd, const struct js *v, struct str path,
                       const struct skill_map *m, struct skill *s)
{
    static const char *const members[] = {
        "code", "title", "titles", "unit",        "standard", "minutes", "hard",
        "any",  "soft",  "bkt",    "replaced_by", "replaces", "source",  NULL};
    if (!mapread_object(rd, v, path, members)) {
        return;
    }
    s->code = mapread_code(rd, v, path, "code", true);
    s->title = mapread_text(rd, v, path, "title", 120, true);
    s->titles = mapread_texts(rd, v, path, "titles", 240);
    s->unit = mapread_text(rd, v, path, "unit", 80, true);
    s->standard = mapread_text(rd, v, path, "standard", 64, false);
    s->replaced_by = mapread_code(rd, v, path, "replaced_by", false);
    s->minutes = mapread_int(rd, v, path, "minutes", 1, 240, 10);
    s->source = read_source(rd, v, path);
    s->own_bkt = js_get(v, "bkt") != NULL;
    s->bkt = read_bkt(rd, v, path, m->bkt);
    if (s->own_bkt) {
        check_reach(rd, m, &s->bkt, path);
    }
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Codes of earlier versions: none may still be one of this version. */
static void read_replaces(struct mapread *rd, const struct skill_map *m,
                          const struct js *v, struct str path, struct skill *s)
{
    const struct js *list = mapread_list(rd, v, path, "replaces", MAPDOC_MAX_REPLACES);
    s->replaces = ARENA_ARRAY(rd->a, struct str, js_len(list));
    for (size_t i = 0; i < js_len(list); i++) {
        struct str p = str_fmt(rd->a, "%.*s.replaces[%zu]", STR_ARG(path), i);
        struct str code = STR_EMPTY;
        bool twice = false;
        if (!js_str(js_at(list, i), &code) || code.n > 64 || !mapread_is_code(code)) {
            MAPREAD_BAD(rd, "map.code", p,
                        "must be the code of a skill of an earlier version");
            continue;
        }
        for (size_t k = 0; k < s->replaces_n; k++) {
            twice = twice || str_eq(s->replaces[k], code);
        }
        if (twice) {
            MAPREAD_BAD(rd, "map.twice", p, "is listed already");
        } else if (skill_find(m, code) >= 0) {
            MAPREAD_BAD(rd, "map.replaces", p, "%.*s is still a skill of this map",
                        STR_ARG(code));
        } else {
            s->replaces[s->replaces_n++] = code;
        }
    }
    if (s->replaces_n > 0) {
        qsort(s->replaces, s->replaces_n, sizeof(*s->replaces), by_text);
    }
}

/* No skill may be split into more than the engine follows. */
static void check_splits(struct mapread *rd, const struct skill_map *m)
{
    struct map *seen = map_new(rd->a);
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t j = 0; j < m->skills[i].replaces_n; j++) {
            struct str code = m->skills[i].replaces[j];
            int *n = map_get(seen, code);
            if (n == NULL) {
                n = ARENA_NEW(rd->a, int);
                (void)map_put(seen, code, n);
            }
            if (++*n == SKILL_HEIRS_MAX + 1) {
                MAPREAD_BAD(rd, "map.limit",
                            str_fmt(rd->a, "skills[%zu].replaces[%zu]", i, j),
                            "%.*s is replaced by more than %d skills", STR_ARG(code),
                            SKILL_HEIRS_MAX);
            }
        }
    }
}

static void index_skills(struct mapread *rd, struct skill_map *m)
{
    m->by_code = map_new(rd->a);
    for (size_t i = 0; i < m->skill_n; i++) {
        struct skill *s = &m->skills[i];
        if (s->code.n == 0) {
            continue; /* was reported */
        }
        struct skill *first = map_get(m->by_code, s->code);
        if (first != NULL) {
            MAPREAD_BAD(rd, "map.duplicate", str_fmt(rd->a, "skills[%zu].code", i),
                        "the code %.*s is taken by skills[%zu]", STR_ARG(s->code),
                        (size_t)(first - m->skills));
        } else {
            (void)map_put(m->by_code, s->code, s);
        }
    }
}

static void read_skills(struct mapread *rd, const struct js *doc, struct skill_map *m)
{
    const struct js *list = mapread_list(rd, doc, STR_EMPTY, "skills", MAPDOC_MAX_SKILLS);
    if (js_len(list) == 0) {
        MAPREAD_BAD(rd, "map.missing", STR("skills"), "a map needs at least one skill");
        return;
    }
    m->skill_n = js_len(list);
    m->skills = ARENA_ARRAY(rd->a, struct skill, m->skill_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        read_skill(rd, js_at(list, i), str_fmt(rd->a, "skills[%zu]", i), m,
                   &m->skills[i]);
    }
    index_skills(rd, m);
    for (size_t i = 0; i < m->skill_n; i++) {
        const struct js *v = js_at(list, i);
        struct str p = str_fmt(rd->a, "skills[%zu]", i);
        struct skill *s = &m->skills[i];
        mappath_needs(rd, m, v, p, s);
        read_replaces(rd, m, v, p, s);
    }
    check_splits(rd, m);
}

static void read_tell(struct mapread *rd, const struct skill_map *m, const struct js *v,
                      struct str path, struct skill_tell *t)
{
    static const char *const members[] = {"slot", "skill", "weight", NULL};
    if (!mapread_object(rd, v, path, members)) {
        return;
    }
    t->slot = mapread_text(rd, v, path, "slot", 40, false);
    t->weight = mapread_num(rd, v, path, "weight", 0.0, 1.0, 1.0);
    t->skill = -1;
    if (js_get(v, "skill") == NULL) {
        MAPREAD_BAD(rd, "map.missing", mapread_path(rd, path, "skill"), "is missing");
    } else {
        t->skill =
            mapread_ref(rd, m, js_get(v, "skill"), mapread_path(rd, path, "skill"));
    }
}

static void read_rule(struct mapread *rd, const struct skill_map *m, const struct js *v,
                      struct str path, struct skill_rule *r)
{
    static const char *const members[] = {"title", "idnumber", "kind", "tells", NULL};
    if (!mapread_object(rd, v, path, members)) {
        return;
    }
    r->title = mapread_text(rd, v, path, "title", 200, false);
    r->idnumber = mapread_text(rd, v, path, "idnumber", 100, false);
    r->kind = mapread_text(rd, v, path, "kind", 20, false);
    if (!js_has(v, "title") && !js_has(v, "idnumber")) {
        MAPREAD_BAD(rd, "map.missing", path,
                    "needs a title or an idnumber to be recognised by");
    }
    const struct js *list = mapread_list(rd, v, path, "tells", MAPDOC_MAX_TELLS);
    if (js_len(list) == 0) {
        MAPREAD_BAD(rd, "map.missing", mapread_path(rd, path, "tells"),
                    "must say what the activity tells about");
        return;
    }
    r->tell_n = js_len(list);
    r->tells = ARENA_ARRAY(rd->a, struct skill_tell, r->tell_n);
    for (size_t i = 0; i < r->tell_n; i++) {
        struct skill_tell *t = &r->tells[i];
        struct str p = str_fmt(rd->a, "%.*s.tells[%zu]", STR_ARG(path), i);
        read_tell(rd, m, js_at(list, i), p, t);
        for (size_t k = 0; k < i; k++) {
            if (r->tells[k].skill == t->skill && str_eq(r->tells[k].slot, t->slot)) {
                MAPREAD_BAD(rd, "map.twice", p,
                            "this slot tells about this skill already");
                break;
            }
        }
    }
}

static void read_rules(struct mapread *rd, const struct js *doc, struct skill_map *m)
{
    const struct js *list =
        mapread_list(rd, doc, STR_EMPTY, "activities", MAPDOC_MAX_RULES);
    m->rule_n = js_len(list);
    m->rules = ARENA_ARRAY(rd->a, struct skill_rule, m->rule_n);
    for (size_t i = 0; i < m->rule_n; i++) {
        read_rule(rd, m, js_at(list, i), str_fmt(rd->a, "activities[%zu]", i),
                  &m->rules[i]);
    }
}

static void read_doc(struct mapread *rd, const struct js *doc, struct skill_map *m)
{
    static const char *const members[] = {
        "format", "code",      "title",      "titles",     "language",
        "about",  "standards", "thresholds", "bkt",        "levels",
        "paths",  "targets",   "skills",     "activities", "unlock",
        NULL};
    if (!mapread_object(rd, doc, STR_EMPTY, members)) {
        return;
    }
    struct str format = mapread_text(rd, doc, STR_EMPTY, "format", 40, true);
    if (format.n > 0 && !str_is(format, FORMAT)) {
        MAPREAD_BAD(rd, "map.format", STR("format"), "must be \"" FORMAT "\"");
    }
    m->code = mapread_code(rd, doc, STR_EMPTY, "code", true);
    m->title = mapread_text(rd, doc, STR_EMPTY, "title", 120, true);
    m->titles = mapread_texts(rd, doc, STR_EMPTY, "titles", 240);
    m->language = mapread_text(rd, doc, STR_EMPTY, "language", 35, false);
    m->about = mapread_text(rd, doc, STR_EMPTY, "about", 2000, false);
    m->standards = mapread_text(rd, doc, STR_EMPTY, "standards", 120, false);
    m->limits = read_limits(rd, doc);
    m->bkt = read_bkt(rd, doc, STR_EMPTY, skill_bkt_default());
    check_reach(rd, m, &m->bkt, STR_EMPTY);
    mappath_levels(rd, doc, m);
    read_skills(rd, doc, m);
    if (m->skill_n > 0) {
        mappath_paths(rd, doc, m);
        read_rules(rd, doc, m);
        unlock_read(rd, doc, m);
    }
}

static int refuse(const struct mapdoc_report *r, struct err *e)
{
    const struct mapdoc_problem *p = &r->problems[0];
    for (size_t i = 0; i < r->problem_n && !p->fatal; i++) {
        p = &r->problems[i];
    }
    return err_set(e, ERR_INPUT, "%zu problem(s) in the map; first: %.*s: %.*s",
                   r->fatal_n, (int)(p->path.n < 60 ? p->path.n : 60), p->path.p,
                   (int)(p->text.n < 90 ? p->text.n : 90), p->text.p);
}

struct skill_map *mapdoc_parse(struct arena *a, struct str json,
                               struct mapdoc_report *report, struct err *e)
{
    struct mapdoc_report own = {0};
    struct mapdoc_report *r = report != NULL ? report : &own;
    struct mapread rd = {.a = a, .r = r};
    struct skill_map *m = ARENA_NEW(a, struct skill_map);
    struct err why = {0};
    *r = (struct mapdoc_report){0};
    struct js *doc = js_parse(a, json, MAPDOC_MAX_BYTES, MAX_DEPTH, &why);
    if (doc == NULL) {
        MAPREAD_BAD(&rd, "map.json", STR_EMPTY, "%s", why.text);
        (void)err_set(e, why.code, "%s", why.text);
        return NULL;
    }
    read_doc(&rd, doc, m);
    if (m->skill_n > 0) {
        mapcheck_cycles(a, m, r);
    }
    if (r->fatal_n > 0) {
        (void)refuse(r, e);
        return NULL;
    }
    if (skill_link(a, m, e) != 0) {
        return NULL;
    }
    mapcheck_graph(a, m, r);
    return m;
}

static void put_text(struct js *o, const char *key, struct str s)
{
    if (s.n > 0) {
        js_set_str(o, key, s);
    }
}

/* "forget" only where it differs from what is read without it: a map that does not use
 * it keeps its hash. */
static struct js *write_bkt(struct arena *a, const struct skill_bkt *b,
                            const struct skill_bkt *base)
{
    struct js *o = js_object(a);
    js_set_num(o, "init", b->p_init);
    js_set_num(o, "learn", b->p_learn);
    js_set_num(o, "guess", b->p_guess);
    js_set_num(o, "slip", b->p_slip);
    if (b->p_forget != base->p_forget) {
        js_set_num(o, "forget", b->p_forget);
    }
    js_set_num(o, "half_life_days", b->half_life_days);
    return o;
}

static struct js *write_limits(struct arena *a, const struct skill_limits *l)
{
    struct js *o = js_object(a);
    js_set_num(o, "mastered", l->p_mastered);
    js_set_num(o, "almost", l->p_almost);
    js_set_i64(o, "min_rows", l->min_rows);
    js_set_i64(o, "min_days", l->min_days);
    js_set_i64(o, "review_days", l->review_days);
    return o;
}

static struct js *write_skill(struct arena *a, const struct skill_map *m,
                              const struct skill *s)
{
    struct js *o = js_object(a);
    struct js *replaces = js_array(a);
    js_set_str(o, "code", s->code);
    js_set_str(o, "title", s->title);
    js_set_str(o, "unit", s->unit);
    put_text(o, "standard", s->standard);
    put_text(o, "replaced_by", s->replaced_by);
    js_set_i64(o, "minutes", s->minutes);
    if (s->own_bkt) {
        js_set(o, "bkt", write_bkt(a, &s->bkt, &m->bkt));
    }
    if (s->titles != NULL) {
        js_set(o, "titles", s->titles);
    }
    mappath_write_needs(a, m, s, o);
    for (size_t i = 0; i < s->replaces_n; i++) {
        js_push_str(replaces, s->replaces[i]);
    }
    if (s->replaces_n > 0) {
        js_set(o, "replaces", replaces);
    }
    if (s->source != NULL) {
        js_set(o, "source", s->source);
    }
    return o;
}

static struct js *write_rule(struct arena *a, const struct skill_map *m,
                             const struct skill_rule *r)
{
    struct js *o = js_object(a);
    struct js *tells = js_array(a);
    put_text(o, "title", r->title);
    put_text(o, "idnumber", r->idnumber);
    put_text(o, "kind", r->kind);
    for (size_t i = 0; i < r->tell_n; i++) {
        struct js *t = js_object(a);
        put_text(t, "slot", r->tells[i].slot);
        js_set_str(t, "skill", m->skills[r->tells[i].skill].code);
        js_set_num(t, "weight", r->tells[i].weight);
        js_push(tells, t);
    }
    js_set(o, "tells", tells);
    return o;
}

struct str mapdoc_write(struct arena *a, const struct skill_map *m)
{
    struct js *o = js_object(a);
    struct js *skills = js_array(a);
    struct js *rules = js_array(a);
    struct skill_bkt base = skill_bkt_default();
    js_set_str(o, "format", STR(FORMAT));
    js_set_str(o, "code", m->code);
    js_set_str(o, "title", m->title);
    put_text(o, "language", m->language);
    put_text(o, "about", m->about);
    put_text(o, "standards", m->standards);
    js_set(o, "thresholds", write_limits(a, &m->limits));
    js_set(o, "bkt", write_bkt(a, &m->bkt, &base));
    for (size_t i = 0; i < m->skill_n; i++) {
        js_push(skills, write_skill(a, m, &m->skills[i]));
    }
    for (size_t i = 0; i < m->rule_n; i++) {
        js_push(rules, write_rule(a, m, &m->rules[i]));
    }
    js_set(o, "skills", skills);
    mappath_write(a, m, o);
    if (m->titles != NULL) {
        js_set(o, "titles", m->titles);
    }
    js_set(o, "activities", rules);
    unlock_write(a, m, o);
    return js_dump(a, o);
}

struct str mapdoc_hash(struct arena *a, const struct skill_map *m)
{
    return crypt_digest(a, mapdoc_write(a, m));
}
