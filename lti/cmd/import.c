/* waymark import: a grade book as the LMS exports it, looked at, taken in, taken back. */
#include "cmd/cmd.h"

#include "learn/import.h"
#include "store/course.h"

#include <string.h>
#include <unistd.h>

#define LISTED 50

struct options {
    const char *form;
    int64_t course;
    bool dry, strict, json;
};

/* --- words --------------------------------------------------------------------- */

static const char *why_words(const char *why)
{
    static const struct {
        const char *why, *words;
    } table[] = {
        {"total", "a total, no activity"},
        {"letter", "letters; the points beside them are taken"},
        {"feedback", "feedback"},
        {"text", "no numbers"},
        {"empty", "empty"},
        {"other", "nothing that is needed"},
        {"own", "a column of Waymark itself"},
        {"several", "several activities have that title"},
        {"twice", "another column tells of the same activity"},
        {"maximum",
         "nobody knows its maximum: write \"Title [maximum]\" in a plain file"},
        {"unnamed", "no activity of the course has that name"},
        {"chosen", "not wanted"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(why, table[i].why) == 0)
            return table[i].words;
    return why;
}

static void say_columns(struct cmd_ctx *c, const struct importplan *p)
{
    for (size_t k = 0; k < p->book.columns_n; k++) {
        const struct importplan_column *col = &p->columns[k];
        struct str header = cmd_shown(c->a, col->in->header);
        struct str title = cmd_shown(c->a, col->title);
        printf("  %-40.*s ", STR_ARG(header));
        if (col->to != IMPORTPLAN_NONE)
            printf("%s \"%.*s\", of %g: %zu grades\n",
                   col->to == IMPORTPLAN_NEW ? "new activity" : "activity",
                   STR_ARG(title), col->maximum, col->grades);
        else if (col->why != NULL)
            printf("left out: %s\n", why_words(col->why));
        else
            printf("who or when (%s)\n", gradebook_use_name(col->use));
    }
}

static void say_problems(struct cmd_ctx *c, const struct importplan_problem *rows,
                         size_t n, int64_t all)
{
    for (size_t i = 0; i < n && i < LISTED; i++) {
        struct str column = cmd_shown(c->a, rows[i].column);
        fprintf(stderr, "  line %lld%s%.*s: %s\n", (long long)rows[i].line,
                column.n > 0 ? ", " : "", STR_ARG(column), rows[i].why);
    }
    if (all > (int64_t)(n < LISTED ? n : LISTED))
        fprintf(stderr, "  ... and %lld more\n",
                (long long)(all - (int64_t)(n < LISTED ? n : LISTED)));
}

static struct js *problems_json(struct arena *a, const struct importplan_problem *rows,
                                size_t n)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < n; i++) {
        struct js *o = js_object(a);
        js_set_i64(o, "line", rows[i].line);
        js_set_str(o, "column", rows[i].column);
        js_set_str(o, "why", str_c(rows[i].why));
        js_push(list, o);
    }
    return list;
}

static struct js *columns_json(struct arena *a, const struct importplan *p)
{
    static const char *const to[] = {"", "activity", "new"};
    struct js *list = js_array(a);
    for (size_t k = 0; k < p->book.columns_n; k++) {
        const struct importplan_column *c = &p->columns[k];
        struct js *o = js_object(a);
        js_set_str(o, "header", c->in->header);
        js_set_str(o, "holds", str_c(gradebook_use_name(c->use)));
        if (c->to != IMPORTPLAN_NONE) {
            js_set_str(o, "to", str_c(to[c->to]));
            js_set_str(o, "title", c->title);
            js_set_num(o, "maximum", c->maximum);
            js_set_i64(o, "grades", (int64_t)c->grades);
        }
        if (c->why != NULL)
            js_set_str(o, "why", str_c(c->why));
        js_push(list, o);
    }
    return list;
}

/* --- looking ------------------------------------------------------------------- */

static int say_plan(struct cmd_ctx *c, const struct importplan *p, bool json)
{
    if (json) {
        struct js *o = js_object(c->a);
        js_set_str(o, "form", str_c(gradebook_form_name(p->book.form)));
        js_set_str(o, "encoding", str_c(p->book.encoding));
        js_set_i64(o, "observed_ms", p->observed_ms);
        js_set_bool(o, "seen_before", p->seen_before);
        js_set_i64(o, "people", (int64_t)p->people);
        js_set_i64(o, "new", (int64_t)p->fresh);
        js_set_i64(o, "changed", (int64_t)p->changed);
        js_set_i64(o, "same", (int64_t)p->same);
        js_set_i64(o, "older", (int64_t)p->older);
        js_set_i64(o, "blank", (int64_t)p->blank);
        js_set_i64(o, "excused", (int64_t)p->excused);
        js_set_i64(o, "refused", (int64_t)p->problems_all);
        js_set(o, "columns", columns_json(c->a, p));
        js_set(o, "problems", problems_json(c->a, p->problems, p->problems_n));
        cmd_print_json(c->a, o);
        return CMD_OK;
    }
    struct str at = cmd_time(c->a, p->observed_ms);
    printf("A grade book of form %s, as of %.*s%s.\n", gradebook_form_name(p->book.form),
           STR_ARG(at), p->seen_before ? "; this very file was taken in before" : "");
    say_columns(c, p);
    printf("%zu people (%zu known by name alone), %zu columns: %zu new, %zu changed, %zu "
           "same, %zu older than what is known, %zu blank, %zu excused; %zu refused.\n",
           p->people, p->by_name, p->used, p->fresh, p->changed, p->same, p->older,
           p->blank, p->excused, p->problems_all);
    say_problems(c, p->problems, p->problems_n, (int64_t)p->problems_all);
    return CMD_OK;
}

/* --- taking in and back -------------------------------------------------------- */

static int progress(void *ctx, size_t done, size_t total, struct err *e)
{
    (void)e;
    if (*(bool *)ctx)
        fprintf(stderr, "\r%zu of %zu grades%s", done, total, done == total ? "\n" : "");
    return 0;
}

static int say_done(struct cmd_ctx *c, const struct learn *l, int64_t id, bool undo,
                    const struct import_counts *n, bool json)
{
    if (json) {
        struct import_run run;
        struct err e = {0};
        if (import_run_get(c->db, c->a, NULL, l->tenant_id, id, &run, &e) != 1)
            return cmd_fail(&e);
        struct js *o = js_parse(c->a, run.counts, (size_t)4 << 20, 6, &e);
        if (o == NULL)
            return cmd_fail(&e);
        js_set_i64(o, "import", id);
        js_set_str(o, "state", run.state);
        cmd_print_json(c->a, o);
    } else if (undo) {
        printf("Taken back: %lld grades. What was known before them stands again.\n",
               (long long)n->withdrawn);
        if (n->superseded > 0)
            printf("%lld grades stay, because a later file changed them: take that one "
                   "back too, if it was wrong.\n",
                   (long long)n->superseded);
    } else if (n->error.n == 0) {
        printf(
            "Import %lld: %lld grades of %lld people are in (%lld of them changed what "
            "was known); %lld were known, %lld blank, %lld excused, %lld refused.\n",
            (long long)id, (long long)n->added, (long long)n->people,
            (long long)n->changed, (long long)n->same, (long long)n->blank,
            (long long)n->excused, (long long)n->refused);
    }
    if (undo)
        return CMD_OK;
    if (!json)
        say_problems(c, n->problems, n->problems_n, n->refused);
    if (n->error.n == 0)
        return CMD_OK;
    fprintf(stderr, "waymark import: nothing was taken in: %.*s\n", STR_ARG(n->error));
    return CMD_FAILED;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int take(struct cmd_ctx *c, struct learn *l, const char *path,
                const struct options *o)
{
    struct err e = {0};
    struct import_counts n;
    bool loud = isatty(STDERR_FILENO) && !o->json;
    struct import_progress p = {progress, &loud};
    struct import_run run = {.file_name = str_utf8(str_c(path)) ? str_c(base_name(path))
                                                                : STR("file"),
                             .form = str_c(o->form),
                             .choices = STR_EMPTY,
                             .counts = STR_EMPTY,
                             .strict = o->strict};
    if (cmd_read_file(c->a, path, GRADEBOOK_BYTES, &run.document, &e) != 0)
        return cmd_fail(&e);
    if (o->dry) {
        struct importplan plan;
        run.created_ms = env_now_ms(&c->env);
        run.file_hash = crypt_digest(c->a, run.document);
        return import_look(l, &run, false, &plan, &e) == 0 ? say_plan(c, &plan, o->json)
                                                    : cmd_fail(&e);
    }
    if (import_keep(l, &run, &e) != 0 || import_take(l, run.id, &p, &n, &e) != 0)
        return cmd_fail(&e);
    return say_done(c, l, run.id, false, &n, o->json);
}

static int undo(struct cmd_ctx *c, const char *word, bool json)
{
    struct err e = {0};
    struct import_counts n;
    bool loud = isatty(STDERR_FILENO) && !json;
    struct import_progress p = {progress, &loud};
    struct learn l = {.db = c->db, .env = &c->env, .a = c->a, .keys = &c->keys};
    int64_t id;
    if (!str_i64(str_c(word), &id)) {
        fprintf(stderr, "waymark import: \"%s\" is no number of an import\n", word);
        return CMD_USAGE;
    }
    int found = import_run_where(c->db, id, &l.tenant_id, &l.course_id, &e);
    if (found < 0)
        return cmd_fail(&e);
    if (found == 0) {
        fprintf(stderr,
                "waymark import: there is no import %lld (see: waymark import list "
                "--course ID)\n",
                (long long)id);
        return CMD_FAILED;
    }
    if (import_undo(&l, id, &p, &n, &e) != 0)
        return cmd_fail(&e);
    return say_done(c, &l, id, true, &n, json);
}

static int list(struct cmd_ctx *c, struct learn *l, bool json)
{
    struct err e = {0};
    struct import_run *rows;
    size_t n;
    if (import_run_list(c->db, c->a, l->tenant_id, l->course_id, 1000, &rows, &n, &e) !=
        0)
        return cmd_fail(&e);
    struct js *all = js_array(c->a);
    for (size_t i = 0; i < n; i++) {
        struct import_counts k;
        import_counts_read(c->a, rows[i].counts, &k);
        struct str at = cmd_time(c->a, rows[i].created_ms);
        struct str name = cmd_shown(c->a, rows[i].file_name);
        if (!json)
            printf("%lld  %.*s  %-8.*s %-7.*s added %lld, refused %lld  %.*s\n",
                   (long long)rows[i].id, STR_ARG(at), STR_ARG(rows[i].state),
                   STR_ARG(rows[i].form), (long long)k.added, (long long)k.refused,
                   STR_ARG(name));
        struct js *o = js_object(c->a);
        js_set_i64(o, "import", rows[i].id);
        js_set_str(o, "state", rows[i].state);
        js_set_str(o, "form", rows[i].form);
        js_set_str(o, "file", rows[i].file_name);
        js_set_i64(o, "created_ms", rows[i].created_ms);
        js_set_i64(o, "added", k.added);
        js_set_i64(o, "refused", k.refused);
        js_push(all, o);
    }
    if (json)
        cmd_print_json(c->a, all);
    else if (n == 0)
        printf("No file was handed in for this course.\n");
    return CMD_OK;
}

static int run(struct cmd_ctx *c, const struct arg_list *words, const struct options *o)
{
    struct learn l;
    if (strcmp(words->v[0], "undo") == 0 && words->n == 2)
        return undo(c, words->v[1], o->json);
    int status = cmd_at_course(c, "import", o->course, &l);
    if (status != CMD_OK)
        return status;
    return strcmp(words->v[0], "list") == 0 ? list(c, &l, o->json)
                                            : take(c, &l, words->v[0], o);
}

int cmd_import(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    struct options o = {.form = ""};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &o.course, false, "the course (waymark course list)"},
        {"--dry-run", NULL, ARG_FLAG, &o.dry, false,
         "say what the file would change, and change nothing"},
        {"--all-or-nothing", NULL, ARG_FLAG, &o.strict, false,
         "take nothing in when a single row or grade cannot be"},
        {"--form", "FORM", ARG_TEXT, &o.form, false,
         "moodle, canvas or plain; else it is told by its headers"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    bool is_undo = rest.n == 2 && strcmp(rest.v[0], "undo") == 0;
    bool fits =
        is_undo || (rest.n == 1 && o.course != 0 && strcmp(rest.v[0], "undo") != 0);
    if (fits && o.form[0] != '\0' &&
        gradebook_form_from(str_c(o.form)) == GRADEBOOK_GUESS)
        fits = false;
    if (!fits) {
        fprintf(stderr, "waymark import: say %s\n", self->usage);
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_KEYS) == 0)
        status = run(&c, &rest, &o);
    cmd_close(&c);
    return status;
}
