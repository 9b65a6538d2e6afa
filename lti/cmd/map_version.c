#include "cmd/map_version.h"

#include "cmd/map_file.h"
#include "engine/mapdoc.h"
#include "learn/floor.h"
#include "learn/mapfile.h"
#include "store/mapstore.h"

#include <string.h>

#define VERSIONS_MAX 1000

struct opt {
    const char *path;
    int64_t course;
    bool json;
    struct arg_list words; /* behind the word itself */
};

static const struct word {
    const char *name, *summary, *usage, *examples;
    size_t max; /* words behind it */
} words[] = {
    {"diff", "say what is different between two maps, or the map in force and a file",
     "FILE FILE | FILE --course ID [--json]",
     "  waymark map diff old.json new.json\n"
     "  waymark map diff new.json --course 7\n",
     2},
    {"versions", "list the versions of a course's map, who published them, and why",
     "--course ID [--json]", "  waymark map versions --course 7\n", 0},
    {"floor",
     "say, or set, how much of the map must be covered before anything is recommended",
     "[PERCENT] --course ID [--json]",
     "  waymark map floor --course 7\n"
     "  waymark map floor 80 --course 7\n",
     1},
};

static const struct word *find(const char *name)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    return NULL;
}

bool map_version_is(const char *word)
{
    return find(word) != NULL;
}

/* --- diff ------------------------------------------------------------------------ */

void map_version_say(struct arena *a, const struct mapdiff *d)
{
    static const char *const heads[] = {
        [MAPDIFF_ADDED] = "New skills",
        [MAPDIFF_REMOVED] = "Skills that are gone",
        [MAPDIFF_REPLACED] = "Replaced (what was learnt counts)",
        [MAPDIFF_CHANGED] = "Changed",
        [MAPDIFF_NEEDS] = "Prerequisites",
        [MAPDIFF_HELPS] = "Advice",
        [MAPDIFF_TIES] = "Activities",
        [MAPDIFF_PATH] = "Paths",
        [MAPDIFF_THRESHOLDS] = "Numbers",
        [MAPDIFF_MAP] = "The map itself",
    };
    if (d->n == 0)
        printf("Nothing is different.\n");
    for (size_t i = 0; i < d->n; i++) {
        const struct mapdiff_row *r = &d->rows[i];
        if (i == 0 || r->kind != d->rows[i - 1].kind)
            printf("%s: %zu\n", heads[r->kind], d->counts[r->kind]);
        struct str text = cmd_shown(a, mapdiff_text(a, r));
        printf("  %.*s%s%.*s\n", STR_ARG(r->about), r->about.n > 0 ? "  " : "",
               STR_ARG(text));
    }
}

static struct js *diff_json(struct arena *a, const struct mapdiff *d)
{
    struct js *all = js_array(a);
    for (size_t i = 0; i < d->n; i++) {
        struct js *o = js_object(a);
        js_set_str(o, "kind", str_c(mapdiff_kind_name(d->rows[i].kind)));
        js_set_str(o, "about", d->rows[i].about);
        if (d->rows[i].field != NULL)
            js_set_str(o, "field", str_c(d->rows[i].field));
        js_set_str(o, "was", d->rows[i].was);
        js_set_str(o, "now", d->rows[i].now);
        js_push(all, o);
    }
    return all;
}

/* A table is read on top of the map before. */
static struct skill_map *read_map(struct cmd_ctx *c, const char *path,
                                  const struct skill_map *before)
{
    struct err e = {0};
    struct str text;
    struct map_file_opt how = {.leave_out_circles = false};
    if (map_file_read(c, path, &how, before, &text) != CMD_OK)
        return NULL;
    struct skill_map *m = mapdoc_parse(c->a, text, NULL, &e);
    if (m == NULL)
        fprintf(stderr, "waymark map: %s: %s\n", path, e.text);
    return m;
}

static struct skill_map *map_in_force(struct learn *l)
{
    struct err e = {0};
    struct str text;
    int found = mapfile_export(l, &text, &e);
    struct skill_map *m = found == 1 ? mapdoc_parse(l->a, text, NULL, &e) : NULL;
    if (found == 0)
        fprintf(stderr, "waymark map: the course has no skill map\n");
    else if (m == NULL)
        (void)cmd_fail(&e);
    return m;
}

static int diff(struct cmd_ctx *c, struct learn *l, const struct opt *o)
{
    struct mapdiff d;
    const char *newer = o->words.v[o->words.n - 1];
    struct skill_map *was =
        l != NULL ? map_in_force(l) : read_map(c, o->words.v[0], NULL);
    struct skill_map *now = was != NULL ? read_map(c, newer, was) : NULL;
    if (now == NULL)
        return CMD_FAILED;
    mapdiff_work(c->a, was, now, &d);
    if (o->json)
        cmd_print_json(c->a, diff_json(c->a, &d));
    else
        map_version_say(c->a, &d);
    return CMD_OK;
}

/* --- versions -------------------------------------------------------------------- */

static void say_version(struct cmd_ctx *c, const struct map_row *row)
{
    const struct js *diff =
        row->diff.n > 0 ? js_parse(c->a, row->diff, MAPDOC_MAX_BYTES, 4, NULL) : NULL;
    struct str counts = js_get(diff, "counts") != NULL
                            ? js_dump(c->a, js_get(diff, "counts"))
                            : STR_EMPTY;
    struct str by = row->created_by == 0
                        ? STR("command line")
                        : str_fmt(c->a, "person %lld", (long long)row->created_by);
    printf("%lld  %.*s  %.*s  %.*s  %.*s\n", (long long)row->version,
           STR_ARG(cmd_time(c->a, row->created_ms)), STR_ARG(by),
           STR_ARG(cmd_shown(c->a, row->title)), STR_ARG(counts));
    if (row->uncovered.n > 0)
        printf("    uncovered skills, because: %.*s\n",
               STR_ARG(cmd_shown(c->a, row->uncovered)));
}

static struct js *version_json(struct arena *a, const struct map_row *row)
{
    struct js *o = js_object(a);
    js_set_i64(o, "version", row->version);
    js_set_str(o, "title", row->title);
    js_set_str(o, "hash", row->hash);
    js_set_i64(o, "created_ms", row->created_ms);
    js_set_i64(o, "created_by", row->created_by);
    if (row->uncovered.n > 0)
        js_set_str(o, "uncovered", row->uncovered);
    if (row->diff.n > 0)
        js_set(o, "diff", js_parse(a, row->diff, MAPDOC_MAX_BYTES, 4, NULL));
    return o;
}

static int versions(struct cmd_ctx *c, struct learn *l, const struct opt *o)
{
    struct err e = {0};
    struct map_row *rows;
    size_t n;
    if (mapstore_versions(l->db, c->a, l->tenant_id, l->course_id, VERSIONS_MAX, &rows,
                          &n, &e) < 0)
        return cmd_fail(&e);
    struct js *all = js_array(c->a);
    for (size_t i = 0; i < n; i++) {
        if (o->json)
            js_push(all, version_json(c->a, &rows[i]));
        else
            say_version(c, &rows[i]);
    }
    if (o->json)
        cmd_print_json(c->a, all);
    return CMD_OK;
}

/* --- floor ----------------------------------------------------------------------- */

static struct js *missing_json(struct arena *a, const struct coverage *k)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < k->skills; i++)
        if (!k->by_skill[i].provable)
            js_push_str(list, k->map->skills[i].code);
    return list;
}

static int say_floor(struct cmd_ctx *c, struct learn *l, const struct opt *o)
{
    struct err e = {0};
    struct floor f;
    struct coverage k;
    if (floor_read(l, &f, &e) < 0 || coverage_read(l, &k, &e) < 0)
        return cmd_fail(&e);
    if (o->json) {
        struct js *j = js_object(c->a);
        js_set_i64(j, "floor", f.percent);
        js_set_bool(j, "recommends", f.reached);
        js_set_i64(j, "skills", (int64_t)k.skills);
        js_set_i64(j, "can_be_shown", (int64_t)k.provable);
        js_set(j, "missing", missing_json(c->a, &k));
        cmd_print_json(c->a, j);
        return CMD_OK;
    }
    printf("%zu of %zu skills can be shown by an activity; the floor is %lld %%.\n",
           k.provable, k.skills, (long long)f.percent);
    printf(f.reached ? "Next steps are recommended.\n"
                     : "Nothing is recommended before these can be shown too:\n");
    for (size_t i = 0; i < k.skills && !f.reached; i++)
        if (!k.by_skill[i].provable)
            printf("  %.*s  %.*s\n", STR_ARG(k.map->skills[i].code),
                   STR_ARG(cmd_shown(c->a, k.map->skills[i].title)));
    return CMD_OK;
}

static int set_floor(struct cmd_ctx *c, struct learn *l, const struct opt *o)
{
    struct err e = {0};
    int64_t percent = -1;
    if (o->words.n == 1 && !str_i64(str_c(o->words.v[0]), &percent)) {
        fprintf(stderr, "waymark map floor: a floor is a percentage, 0 to 100\n");
        return CMD_USAGE;
    }
    if (o->words.n == 1 && floor_set(l, percent, &e) < 0)
        return cmd_fail(&e);
    return say_floor(c, l, o);
}

static int run(struct cmd_ctx *c, const char *word, const struct opt *o)
{
    struct learn l;
    if (o->course == 0)
        return diff(c, NULL, o);
    int status = cmd_at_course(c, "map", o->course, &l);
    if (status != CMD_OK)
        return status;
    return strcmp(word, "diff") == 0       ? diff(c, &l, o)
           : strcmp(word, "versions") == 0 ? versions(c, &l, o)
                                           : set_floor(c, &l, o);
}

int map_version(const struct cmd *map, int argc, char **argv)
{
    struct opt o = {0};
    const struct word *w = find(argv[0]);
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &o.course, false, "the course (waymark course list)"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arena *names = arena_new((size_t)64 << 10);
    const struct cmd self = {str_fmt(names, "map %s", w->name).p, w->summary, w->usage,
                             w->examples, map->run};
    int rc = cmd_args(&self, argc - 1, argv + 1, table, sizeof table / sizeof *table,
                      &o.words, w->max);
    bool is_diff = strcmp(w->name, "diff") == 0;
    bool ok =
        rc == 0 && (is_diff ? o.words.n == (o.course != 0 ? 1u : 2u) : o.course != 0);
    if (rc == 0 && !ok)
        fprintf(stderr, "waymark %s: say %s\n", self.name, self.usage);
    arena_free(names);
    if (!ok)
        return rc != 0 ? cmd_args_status(rc) : CMD_USAGE;
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, o.path, o.course != 0 ? CMD_KEYS : CMD_CONF) == 0)
        status = run(&c, w->name, &o);
    cmd_close(&c);
    return status;
}
