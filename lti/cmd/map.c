#include "cmd/map_case.h"
#include "cmd/map_file.h"
#include "cmd/map_question.h"
#include "cmd/map_report.h"
#include "cmd/map_version.h"

#include "engine/mapdoc.h"
#include "learn/mapfile.h"
#include "store/mapstore.h"

#include <string.h>

static void say_problems(const struct mapfile_result *r)
{
    for (size_t i = 0; i < r->problems_n; i++)
        fprintf(stderr, "  %.*s\n", STR_ARG(r->problems[i]));
}

#define SHORTS_MAX 60

/* Skills for which nobody could ever be said to have mastered them. */
static void say_shorts(struct cmd_ctx *c, const struct mapfile_result *r)
{
    if (r->shorts_n > 0)
        printf("Too few questions to say \"mastered\" (proofs that are missing):\n");
    for (size_t i = 0; i < r->shorts_n && i < SHORTS_MAX; i++)
        printf("  %.*s\n", STR_ARG(cmd_shown(c->a, r->shorts[i])));
    if (r->shorts_n > SHORTS_MAX)
        printf("  ... and %zu more\n", r->shorts_n - SHORTS_MAX);
}

static int check(struct cmd_ctx *c, struct str document)
{
    struct err e = {0};
    struct mapfile_result r = {0};
    if (mapfile_check(c->a, document, &r, &e) != 0)
        return cmd_fail(&e);
    if (!r.ok) {
        fprintf(stderr, "The map cannot be used:\n");
        say_problems(&r);
        return CMD_FAILED;
    }
    printf("%.*s: %zu skills, %zu prerequisites. The map is sound.\n", STR_ARG(r.title),
           r.skills, r.edges);
    say_problems(&r);
    say_shorts(c, &r);
    if (r.dead_end.n > 0) {
        fprintf(stderr, "It has a dead end: %.*s.\n",
                STR_ARG(cmd_shown(c->a, r.dead_end)));
        return CMD_FAILED;
    }
    if (r.unsure.n > 0)
        printf("Not proved: %.*s.\n", STR_ARG(cmd_shown(c->a, r.unsure)));
    else
        printf("Every target can be reached, whatever a student does.\n");
    return CMD_OK;
}

struct opt {
    const char *path;
    int64_t course;
    const char *uncovered;
    const char *form;
    const char *even_so;
    bool dry_run;
    struct map_file_opt file;
};

/* The map in force, or NULL: there is none. -1: error. */
static int in_force(struct learn *l, struct skill_map **out, struct err *e)
{
    struct str document;
    int found = mapfile_export(l, &document, e);
    *out = found == 1 ? mapdoc_parse(l->a, document, NULL, e) : NULL;
    return found < 0 || (found == 1 && *out == NULL) ? -1 : 0;
}

static void say_orphans(struct cmd_ctx *c, const struct mapfile_result *r)
{
    for (size_t i = 0; i < r->orphans_n; i++)
        printf("  no activity tells about: %.*s\n",
               STR_ARG(cmd_shown(c->a, r->orphans[i])));
}

static int say_published(struct cmd_ctx *c, const struct opt *o,
                         const struct mapfile_result *r)
{
    if (r->unchanged) {
        printf("This very map is in force already (version %lld).\n",
               (long long)r->version);
        return CMD_OK;
    }
    if (r->has_before)
        map_version_say(c->a, &r->diff);
    if (r->needs_reason) {
        say_orphans(c, r);
        fprintf(
            stderr,
            "Nothing has changed: no activity of the course can show %zu of the skills. "
            "--uncovered \"WHY\" puts the map in force all the same.\n",
            r->orphans_n);
        return o->dry_run ? CMD_OK : CMD_FAILED;
    }
    printf(
        "%.*s %s as version %lld: %zu skills; %zu of %zu activities tell about them.\n",
        STR_ARG(cmd_shown(c->a, r->title)), o->dry_run ? "would be" : "is in force",
        (long long)r->version, r->skills, r->linked, r->activities);
    say_orphans(c, r);
    if (o->dry_run)
        fprintf(stderr, "Nothing has changed (--dry-run).\n");
    return CMD_OK;
}

static int import(struct cmd_ctx *c, struct learn *l, const struct opt *o,
                  struct str document)
{
    struct err e = {0};
    struct mapfile_result r = {0};
    struct mapfile_ask ask = {.document = document,
                              .uncovered = str_c(o->uncovered),
                              .even_so = str_c(o->even_so),
                              .ask = true,
                              .dry_run = o->dry_run};
    if (mapfile_put(l, &ask, &r, &e) != 0)
        return cmd_fail(&e);
    if (!r.ok) {
        fprintf(stderr, "The map was not imported; nothing has changed:\n");
        say_problems(&r);
        if (r.dead_end.n > 0)
            fprintf(stderr, "--even-so \"WHY\" puts it in force all the same; the reason "
                            "is kept.\n");
        return CMD_FAILED;
    }
    return say_published(c, o, &r);
}

/* What is in force, or a file. */
static int export(struct cmd_ctx *c, struct learn *l, const struct opt *o)
{
    struct err e = {0};
    struct map_row *rows;
    struct str document;
    size_t n;
    int found = mapfile_export(l, &document, &e);
    if (found < 0 ||
        mapstore_versions(l->db, c->a, l->tenant_id, l->course_id, 1, &rows, &n, &e) < 0)
        return cmd_fail(&e);
    if (found == 0) {
        fprintf(stderr, "waymark map: the course has no skill map\n");
        return CMD_FAILED;
    }
    return map_file_write(c, document, o->form, n > 0 ? rows[0].created_ms : 0);
}

static int run(struct cmd_ctx *c, const struct arg_list *words, const struct opt *o)
{
    struct err e = {0};
    struct str document = STR_EMPTY;
    struct learn l;
    struct skill_map *before = NULL;
    const char *verb = words->v[0], *path = words->n == 2 ? words->v[1] : NULL;
    int status = o->course != 0 ? cmd_at_course(c, "map", o->course, &l) : CMD_OK;
    if (status != CMD_OK)
        return status;
    if (o->course != 0 && path != NULL && in_force(&l, &before, &e) < 0)
        return cmd_fail(&e);
    if (path != NULL)
        status = map_file_read(c, path, &o->file, before, &document);
    if (status != CMD_OK)
        return status;
    if (strcmp(verb, "check") == 0)
        return check(c, document);
    if (strcmp(verb, "import") == 0)
        return import(c, &l, o, document);
    return path != NULL ? map_file_write(c, document, o->form, env_now_ms(&c->env))
                        : export(c, &l, o);
}

/* Which words and options go together. */
static bool is_asked_well(const struct arg_list *words, const struct opt *o)
{
    const char *verb = words->n > 0 ? words->v[0] : "";
    if (strcmp(verb, "check") == 0)
        return words->n == 2 && o->course == 0;
    if (strcmp(verb, "import") == 0)
        return words->n == 2 && o->course != 0;
    return strcmp(verb, "export") == 0 && map_file_is_form(o->form) &&
           (words->n == 1) == (o->course != 0);
}

int cmd_map(const struct cmd *self, int argc, char **argv)
{
    struct opt o = {.form = "json"};
    if (argc > 0 && strcmp(argv[0], "case") == 0)
        return map_case(self, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "questions") == 0)
        return map_question(self, argc, argv);
    if (argc > 0 && map_report_is(argv[0]))
        return map_report(self, argc, argv);
    if (argc > 0 && map_version_is(argv[0]))
        return map_version(self, argc, argv);
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &o.course, false, "the course (waymark course list)"},
        {"--uncovered", "WHY", ARG_TEXT, &o.uncovered, false,
         "import: why the map is right though no activity can show some of its skills"},
        {"--even-so", "WHY", ARG_TEXT, &o.even_so, false,
         "import: why the map is right though some way through it is a dead end"},
        {"--dry-run", NULL, ARG_FLAG, &o.dry_run, false,
         "import: only say what would change"},
        {"--form", "FORM", ARG_TEXT, &o.form, false,
         "export: json, csv (skills), edges (prerequisites) or case (a CASE package)"},
        {"--code", "CODE", ARG_TEXT, &o.file.code, false,
         "a table: the code of the map (else the file's name)"},
        {"--title", "TITLE", ARG_TEXT, &o.file.title, false,
         "a table: the title of the map (else the file's name)"},
        {"--leave-out-circles", NULL, ARG_FLAG, &o.file.leave_out_circles, false,
         "a table: leave out each prerequisite that closes a circle, and name it"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    if (!is_asked_well(&rest, &o)) {
        fprintf(stderr, "waymark map: say %s\n", self->usage);
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, o.path, o.course == 0 ? CMD_CONF : CMD_KEYS) == 0)
        status = run(&c, &rest, &o);
    cmd_close(&c);
    return status;
}
