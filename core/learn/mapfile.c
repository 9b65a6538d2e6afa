#include "learn/mapfile.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/mappath.h"
#include "learn/coverage.h"
#include "learn/mapcarry.h"
#include "learn/proving.h"
#include "learn/recompute.h"
#include "learn/ties.h"
#include "store/mapstore.h"

#define DIFF_TEXT 200 /* bytes of a text that the difference keeps */
#define DAY_ONE 1     /* a file without a course: before every date */

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

static void tell_proof(struct arena *a, const struct proving *p,
                       struct mapfile_result *out)
{
    if (p->verdict.verdict == DEADEND_FOUND)
        out->dead_end = p->words;
    if (p->verdict.verdict == DEADEND_UNSURE)
        out->unsure = p->words;
    out->shorts = ARENA_ARRAY(a, struct str, p->shorts_n);
    for (size_t i = 0; i < p->shorts_n; i++) {
        struct str title = p->map->skills[p->shorts[i].skill].title;
        int missing = (int)p->shorts[i].missing;
        out->shorts[out->shorts_n++] =
            missing > 0 ? str_fmt(a, "%.*s: %d more", STR_ARG(title), missing)
                        : str_fmt(a, "%.*s: no number will do", STR_ARG(title));
    }
}

int mapfile_check(struct arena *a, struct str document, struct mapfile_result *out,
                  struct err *e)
{
    (void)e; /* for what a check may need one day; the document's faults are a result */
    struct proving proof;
    const struct skill_map *m = read_map(a, document, out);
    if (m != NULL) {
        proving_document(a, m, DAY_ONE, &proof);
        tell_proof(a, &proof, out);
        if (m->rule_n == 0)
            out->shorts_n = 0; /* what tells about what is said elsewhere */
    }
    return 0;
}

static struct str hard_needs(struct arena *a, const struct skill_map *m,
                             const struct skill *s)
{
    struct skill_want *w = ARENA_ARRAY(a, struct skill_want, s->need_n);
    size_t n = 0;
    for (size_t at = 0; skill_want_next(s, &at, &w[n]);)
        n++;
    return js_dump(a, skill_wants_json(a, m, w, n));
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
            .titles = s->titles != NULL ? js_dump(l->a, s->titles) : STR_EMPTY,
        };
        if (mapstore_insert_skill(l->db, l->tenant_id, map_id, &row, e) < 0)
            return -1;
    }
    return 0;
}

/* Paths as rows: for pages, and for whoever asks by SQL. */
static int insert_paths(struct learn *l, const struct skill_map *m, int64_t map_id,
                        struct err *e)
{
    for (size_t i = 0; i < m->path_n; i++) {
        const struct skill_path *p = &m->paths[i];
        struct map_path row = {
            .path_code = p->code,
            .ord = (int64_t)i,
            .title = p->title,
            .titles = p->titles != NULL ? js_dump(l->a, p->titles) : STR_EMPTY,
            .about = p->about,
            .kind = str_c(mappath_kind(p->kind)),
            .goals = js_dump(l->a, mappath_goals(l->a, m, p)),
        };
        if (mapstore_insert_path(l->db, l->tenant_id, map_id, &row, e) < 0)
            return -1;
    }
    return 0;
}

static void put_head(struct js *o, const char *key, struct str s)
{
    if (s.n > 0)
        js_set_str(o, key, str_head(s, DIFF_TEXT));
}

struct str mapfile_diff_json(struct arena *a, const struct mapdiff *d,
                             const struct skill_map *before, const struct skill_map *now)
{
    struct js *o = js_object(a), *counts = js_object(a), *rows = js_array(a);
    for (int k = 0; k < MAPDIFF_KINDS; k++)
        if (d->counts[k] > 0)
            js_set_i64(counts, mapdiff_kind_name((enum mapdiff_kind)k),
                       (int64_t)d->counts[k]);
    for (size_t i = 0; i < d->n && i < MAPFILE_DIFF; i++) {
        const struct mapdiff_row *r = &d->rows[i];
        int32_t there = skill_find(now, r->about), was = skill_find(before, r->about);
        struct js *x = js_object(a);
        js_set_str(x, "kind", str_c(mapdiff_kind_name(r->kind)));
        put_head(x, "about", r->about);
        if (there >= 0 || was >= 0)
            put_head(x, "title",
                     there >= 0 ? now->skills[there].title : before->skills[was].title);
        if (r->field != NULL)
            js_set_str(x, "field", str_c(r->field));
        put_head(x, "was", r->was);
        put_head(x, "now", r->now);
        js_push(rows, x);
    }
    js_set(o, "counts", counts);
    js_set(o, "rows", rows);
    return js_dump(a, o);
}

struct publish {
    struct learn *l;
    const struct mapfile_ask *ask;
    const struct skill_map *given;
    const struct skill_map *before; /* in force until now, or NULL */
    const struct skill_map *m;      /* with what the version in force hands on */
    struct mapfile_result *out;
    bool undo; /* the transaction ends here, on purpose */
};

/* How well the catalogue covers the map: what a teacher should know right away. */
static int tell_coverage(const struct publish *p, struct err *e)
{
    struct coverage c;
    struct vec v;
    if (coverage_read(p->l, &c, e) < 0)
        return -1;
    p->out->activities = c.activities;
    p->out->linked = c.tied;
    vec_init(&v, p->l->a, sizeof(struct str));
    for (size_t i = 0; i < c.skills; i++)
        if (!c.by_skill[i].provable)
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
        .created_by = p->ask->by_person_id,
        .uncovered = str_trim(p->ask->uncovered),
        .diff = p->before != NULL
                    ? mapfile_diff_json(l->a, &p->out->diff, p->before, p->m)
                    : STR_EMPTY,
    };
    p->out->map_id = row.map_id;
    p->out->version = row.version;
    if (mapstore_insert(l->db, l->tenant_id, l->course_id, &row, e) < 0 ||
        insert_skills(l, p->m, row.map_id, e) < 0 ||
        insert_paths(l, p->m, row.map_id, e) < 0)
        return -1;
    return mapstore_put_in_force(l->db, l->tenant_id, l->course_id, row.map_id, e);
}

/* The map as given, with what the version in force knows of replaced skills; and what
 * that changes. */
static void take_over(struct publish *p, const struct map_row *now)
{
    struct learn *l = p->l;
    p->m = p->given;
    p->before = mapdoc_parse(l->a, now->document, NULL, NULL);
    if (p->before == NULL)
        return;
    p->m = mapcarry_replaced(l->a, p->before, p->given);
    p->out->has_before = true;
    mapdiff_work(l->a, p->before, p->m, &p->out->diff);
}

/* What rules of the version before tied to skills that were replaced; a teacher's word
 * about the same goes over it once more. */
static int carry_ties(const struct publish *p, int64_t before_id, struct err *e)
{
    size_t changed;
    if (p->out->unchanged)
        return 0;
    int64_t added = mapcarry_links(p->l, p->m, before_id, p->out->map_id, e);
    return added <= 0 ? (int)added : ties_apply(p->l, &changed, e);
}

static int note_even_so(const struct publish *p, const struct proving *proof,
                        struct err *e)
{
    struct learn *l = p->l;
    struct proof_even_so row = {.map_id = p->out->map_id,
                                .by_person_id = p->ask->by_person_id,
                                .why = str_trim(p->ask->even_so),
                                .words = proof->words,
                                .at_ms = env_now_ms(l->env)};
    return proof_even_so_add(l->db, l->env, l->tenant_id, l->course_id, &row, e);
}

/* No map goes in force that leads into a dead end, unless somebody says why. */
static int prove(struct publish *p, struct err *e)
{
    struct arena *a = p->l->a;
    struct mapfile_result *out = p->out;
    struct proving proof;
    if (proving_course(p->l, 0, &proof, e) < 0)
        return -1;
    tell_proof(a, &proof, out);
    if (out->dead_end.n > 0 && str_trim(p->ask->even_so).n == 0) {
        out->ok = false;
        out->problems = ARENA_NEW(a, struct str);
        out->problems[0] =
            str_fmt(a, "This map has a dead end: %.*s.", STR_ARG(out->dead_end));
        out->problems_n = 1;
        p->undo = true;
        return err_set(e, ERR_INPUT, "the map has a dead end");
    }
    if (out->dead_end.n > 0 && note_even_so(p, &proof, e) < 0)
        return -1;
    return proving_keep(p->l, &proof, e);
}

static int publish_tx(struct db *db, void *ctx, struct err *e)
{
    struct publish *p = ctx;
    struct learn *l = p->l;
    struct map_row now;
    size_t changed;
    (void)db;
    p->out->has_before = p->out->needs_reason = false;
    p->before = NULL;
    p->undo = false;
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &now, e);
    if (found < 0)
        return -1;
    p->m = p->given;
    if (found == 1)
        take_over(p, &now);
    struct str hash = mapdoc_hash(l->a, p->m);
    p->out->unchanged = found == 1 && str_eq(now.hash, hash);
    if (p->out->unchanged) {
        p->out->map_id = now.map_id;
        p->out->version = now.version;
    } else if (insert_version(p, hash, e) < 0) {
        return -1;
    }
    if (ties_apply(l, &changed, e) < 0 ||
        (found == 1 && carry_ties(p, now.map_id, e) < 0) || tell_coverage(p, e) < 0 ||
        (!p->out->unchanged && prove(p, e) < 0))
        return -1;
    p->out->needs_reason = p->ask->ask && !p->out->unchanged && p->out->activities > 0 &&
                           p->out->orphans_n > 0 && str_trim(p->ask->uncovered).n == 0;
    p->undo = p->ask->dry_run || p->out->needs_reason;
    if (p->undo)
        return err_set(e, ERR_DENIED, "nothing was changed");
    return p->out->unchanged && changed == 0 ? 0 : recompute_enqueue(l, e);
}

/* In a transaction of its own, so that what was tried can be undone. */
static int publish(struct publish *p, struct err *e)
{
    struct db *db = p->l->db;
    if (db_in_tx(db))
        return publish_tx(db, p, e);
    int rc = db_tx(db, DB_WRITE, publish_tx, p, e);
    if (rc < 0 && e->code == ERR_CONFLICT) {
        /* Somebody published the same version number at the same moment. */
        err_clear(e);
        rc = db_tx(db, DB_WRITE, publish_tx, p, e);
    }
    if (rc < 0 && p->undo) {
        err_clear(e);
        rc = 0;
    }
    return rc;
}

int mapfile_put(struct learn *l, const struct mapfile_ask *ask,
                struct mapfile_result *out, struct err *e)
{
    struct err own = {0};
    e = e != NULL ? e : &own;
    struct str why = str_trim(ask->uncovered);
    struct str even_so = str_trim(ask->even_so);
    if (why.n > MAPFILE_REASON || !str_utf8(why) || str_has_nul(why) ||
        even_so.n > MAPFILE_REASON || !str_utf8(even_so) || str_has_nul(even_so))
        return err_set(e, ERR_INPUT, "the reason is longer than %d bytes",
                       MAPFILE_REASON);
    const struct skill_map *m = read_map(l->a, ask->document, out);
    if (m == NULL)
        return 0;
    struct publish p = {.l = l, .ask = ask, .given = m, .out = out};
    return publish(&p, e);
}

int mapfile_publish(struct learn *l, struct str document, int64_t by_person_id,
                    struct mapfile_result *out, struct err *e)
{
    struct mapfile_ask ask = {.document = document, .by_person_id = by_person_id};
    return mapfile_put(l, &ask, out, e);
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
