#include "learn/mapfile.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/mapdoc.h"
#include "engine/match.h"
#include "learn/mapcarry.h"
#include "learn/recompute.h"
#include "store/activity.h"
#include "store/mapstore.h"

#include <stdlib.h>

static struct str problem_text(struct arena *a, const struct mapdoc_problem *p)
{
    return p->path.n > 0 ? str_fmt(a, "%.*s: %.*s", STR_ARG(p->path), STR_ARG(p->text))
                         : p->text;
}

static void tell_problems(struct arena *a, const struct mapdoc_report *r,
                          struct mapfile_result *out)
{
    struct vec fatal, warn;
    vec_init(&fatal, a, sizeof(struct str));
    vec_init(&warn, a, sizeof(struct str));
    for (size_t i = 0; i < r->problem_n; i++) {
        struct vec *v = r->problems[i].fatal ? &fatal : &warn;
        *(struct str *)vec_push(v) = problem_text(a, &r->problems[i]);
    }
    out->problems = fatal.p;
    out->problems_n = fatal.n;
    out->warnings = warn.p;
    out->warnings_n = warn.n;
}

/* The map, or NULL with out->ok false and the reasons in out->problems. */
static struct skill_map *read_map(struct arena *a, struct str document,
                                  struct mapfile_result *out)
{
    struct mapdoc_report report = {0};
    struct err why = {0};
    *out = (struct mapfile_result){0};
    struct skill_map *m =
        document.n > MAPDOC_MAX_BYTES ? NULL : mapdoc_parse(a, document, &report, &why);
    tell_problems(a, &report, out);
    if (m == NULL && out->problems_n == 0) {
        out->problems = ARENA_NEW(a, struct str);
        out->problems[0] =
            document.n > MAPDOC_MAX_BYTES
                ? str_fmt(a, "The file is larger than %u bytes.", MAPDOC_MAX_BYTES)
                : str_fmt(a, "%s", why.text);
        out->problems_n = 1;
    }
    if (m == NULL)
        return NULL;
    out->ok = true;
    out->title = m->title;
    out->about = m->about;
    out->map_code = m->code;
    out->skills = m->skill_n;
    for (size_t i = 0; i < m->skill_n; i++)
        out->edges += m->skills[i].need_n;
    return m;
}

int mapfile_check(struct arena *a, struct str document, struct mapfile_result *out,
                  struct err *e)
{
    (void)e; /* for what a check may need one day; the document's faults are a result */
    read_map(a, document, out);
    return 0;
}

/* The course's activities as the match rules see them. */
struct catalogue {
    struct activity *rows;
    struct course_activity *list;
    size_t n;
};

static int read_catalogue(struct learn *l, struct catalogue *c, struct err *e)
{
    if (activity_list(l->db, l->a, l->tenant_id, l->course_id, &c->rows, &c->n, e) < 0)
        return -1;
    c->list = ARENA_ARRAY(l->a, struct course_activity, c->n);
    for (size_t i = 0; i < c->n; i++)
        c->list[i] = (struct course_activity){
            .id = c->rows[i].activity_id,
            .title = c->rows[i].title,
            .kind = c->rows[i].kind,
            .opens_ms = c->rows[i].opens_ms,
            .due_ms = c->rows[i].due_ms,
            .visible = c->rows[i].visible,
            .position = (int32_t)c->rows[i].position,
        };
    return 0;
}

static int find_link(const void *x, const void *y)
{
    const struct map_link *p = x, *q = y;
    if (p->activity_id != q->activity_id)
        return p->activity_id < q->activity_id ? -1 : 1;
    int c = str_cmp(p->item, q->item);
    return c != 0 ? c : str_cmp(p->skill_code, q->skill_code);
}

/* Add the links that are missing. An activity that got one counts as changed, so that
 * states worked out before it are known to be older. */
static int link_all(struct learn *l, const struct skill_map *m, int64_t map_id,
                    struct catalogue *c, size_t *added, struct err *e)
{
    struct map_link *have;
    struct tie *ties;
    size_t have_n;
    *added = 0;
    if (mapstore_links(l->db, l->a, l->tenant_id, map_id, &have, &have_n, e) < 0)
        return -1;
    size_t n = match_course(l->a, m, c->list, c->n, &ties, NULL);
    for (size_t i = 0; i < n; i++) {
        struct map_link link = {.activity_id = ties[i].activity_id,
                                .item = ties[i].item,
                                .skill_code = m->skills[ties[i].skill].code,
                                .weight = ties[i].weight};
        if (have_n > 0 &&
            bsearch(&link, have, have_n, sizeof(have[0]), find_link) != NULL)
            continue;
        int64_t rows = mapstore_insert_link(l->db, l->tenant_id, map_id, &link, e);
        if (rows < 0)
            return -1;
        *added += (size_t)rows;
    }
    if (*added == 0)
        return 0;
    return activity_touch(l->db, l->tenant_id, l->course_id, env_now_ms(l->env), e);
}

int mapfile_rematch(struct learn *l, size_t *added, struct err *e)
{
    struct map_row row;
    struct catalogue c;
    *added = 0;
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found <= 0)
        return found;
    const struct skill_map *m = mapdoc_parse(l->a, row.document, NULL, e);
    if (m == NULL || read_catalogue(l, &c, e) < 0)
        return -1;
    return link_all(l, m, row.map_id, &c, added, e);
}

static struct str hard_needs(struct arena *a, const struct skill_map *m,
                             const struct skill *s)
{
    struct js *arr = js_array(a);
    for (size_t i = 0; i < s->need_n; i++)
        if (s->needs[i].hard)
            js_push_str(arr, m->skills[s->needs[i].skill].code);
    return js_dump(a, arr);
}

static bool is_target(const struct skill_map *m, size_t ord)
{
    for (size_t i = 0; i < m->target_n; i++)
        if ((size_t)m->targets[i] == ord)
            return true;
    return false;
}

static int insert_skills(struct learn *l, const struct skill_map *m, int64_t map_id,
                         struct err *e)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        const struct skill *s = &m->skills[i];
        struct map_skill row = {
            .skill_code = s->code,
            .ord = (int64_t)i,
            .title = s->title,
            .unit = s->unit,
            .standard = s->standard,
            .replaced_by = s->replaced_by,
            .needs = hard_needs(l->a, m, s),
            .target = is_target(m, i),
            .minutes = s->minutes,
        };
        if (mapstore_insert_skill(l->db, l->tenant_id, map_id, &row, e) < 0)
            return -1;
    }
    return 0;
}

struct publish {
    struct learn *l;
    const struct skill_map *given;
    const struct skill_map *m; /* with what the version in force hands on */
    int64_t by_person_id;
    struct mapfile_result *out;
};

/* How well the catalogue covers the map: what a teacher should know right away. */
static int tell_coverage(const struct publish *p, const struct catalogue *c,
                         struct err *e)
{
    struct learn *l = p->l;
    struct map_link *links;
    size_t n;
    if (mapstore_links(l->db, l->a, l->tenant_id, p->out->map_id, &links, &n, e) < 0)
        return -1;
    bool *proven = ARENA_ARRAY(l->a, bool, p->m->skill_n);
    p->out->activities = p->out->linked = 0;
    for (size_t i = 0; i < c->n; i++) {
        bool linked = false;
        for (size_t j = 0; j < n; j++)
            linked = linked || links[j].activity_id == c->rows[i].activity_id;
        p->out->activities += c->rows[i].visible;
        p->out->linked += c->rows[i].visible && linked;
    }
    for (size_t j = 0; j < n; j++) {
        int32_t ord = skill_find(p->m, links[j].skill_code);
        if (ord >= 0 && links[j].weight > 0)
            proven[ord] = true;
    }
    struct vec v;
    vec_init(&v, l->a, sizeof(struct str));
    for (size_t i = 0; i < p->m->skill_n; i++)
        if (!proven[i])
            *(struct str *)vec_push(&v) = p->m->skills[i].title;
    p->out->orphans = v.p;
    p->out->orphans_n = v.n;
    return 0;
}

static int insert_version(struct publish *p, struct str hash, struct err *e)
{
    struct learn *l = p->l;
    int64_t last = mapstore_last(l->db, l->tenant_id, l->course_id, e);
    if (last < 0)
        return -1;
    struct map_row row = {
        .map_id = env_id(l->env),
        .map_code = p->m->code,
        .title = p->m->title,
        .version = last + 1,
        .hash = hash,
        .document = mapdoc_write(l->a, p->m),
        .created_ms = env_now_ms(l->env),
        .created_by = p->by_person_id,
    };
    p->out->map_id = row.map_id;
    p->out->version = row.version;
    if (mapstore_insert(l->db, l->tenant_id, l->course_id, &row, e) < 0 ||
        insert_skills(l, p->m, row.map_id, e) < 0)
        return -1;
    return mapstore_put_in_force(l->db, l->tenant_id, l->course_id, row.map_id, e);
}

/* The map as given, with what the version in force knows of replaced skills. */
static const struct skill_map *taken_over(struct learn *l, const struct map_row *now,
                                          const struct skill_map *given)
{
    const struct skill_map *before = mapdoc_parse(l->a, now->document, NULL, NULL);
    return before != NULL ? mapcarry_replaced(l->a, before, given) : given;
}

static int publish_tx(struct db *db, void *ctx, struct err *e)
{
    struct publish *p = ctx;
    struct learn *l = p->l;
    struct map_row now;
    struct catalogue c;
    size_t added;
    (void)db;
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &now, e);
    if (found < 0)
        return -1;
    p->m = found == 1 ? taken_over(l, &now, p->given) : p->given;
    struct str hash = mapdoc_hash(l->a, p->m);
    p->out->unchanged = found == 1 && str_eq(now.hash, hash);
    if (p->out->unchanged) {
        p->out->map_id = now.map_id;
        p->out->version = now.version;
    } else if (insert_version(p, hash, e) < 0) {
        return -1;
    }
    if (read_catalogue(l, &c, e) < 0 ||
        link_all(l, p->m, p->out->map_id, &c, &added, e) < 0)
        return -1;
    if (found == 1 && !p->out->unchanged &&
        mapcarry_links(l, p->m, now.map_id, p->out->map_id, e) < 0)
        return -1;
    if (tell_coverage(p, &c, e) < 0)
        return -1;
    return p->out->unchanged && added == 0 ? 0 : recompute_enqueue(l, e);
}

int mapfile_publish(struct learn *l, struct str document, int64_t by_person_id,
                    struct mapfile_result *out, struct err *e)
{
    struct err own = {0};
    e = e != NULL ? e : &own;
    const struct skill_map *m = read_map(l->a, document, out);
    if (m == NULL)
        return 0;
    struct publish p = {.l = l, .given = m, .by_person_id = by_person_id, .out = out};
    if (db_in_tx(l->db))
        return publish_tx(l->db, &p, e);
    int rc = db_tx(l->db, DB_WRITE, publish_tx, &p, e);
    if (rc < 0 && e->code == ERR_CONFLICT) {
        /* Somebody published the same version number at the same moment. */
        err_clear(e);
        rc = db_tx(l->db, DB_WRITE, publish_tx, &p, e);
    }
    return rc;
}

int mapfile_current(struct learn *l, struct str *title, int64_t *version, struct err *e)
{
    struct map_row row;
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found == 1) {
        *title = row.title;
        *version = row.version;
    }
    return found;
}

int mapfile_export(struct learn *l, struct str *document, struct err *e)
{
    struct map_row row;
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found == 1)
        *document = row.document;
    return found;
}
