#include "cmd/map_case.h"

#include "engine/mapdoc.h"
#include "learn/casemap.h"
#include "learn/mapfile.h"
#include "service/casefetch.h"

#include <errno.h>
#include <string.h>

#define SHOWN_MAX 40 /* changes of one kind; --json has them all */
#define TOKEN_MAX 8192

struct opt {
    const char *path, *from, *out, *token_file;
    int64_t course, unit_level;
    struct arg_list items;
    bool dry_run, strict, json;
    const char *uncovered, *even_so;
};

static const char *const kinds[CASEMAP_KINDS] = {
    [CASEMAP_NEW] = "new",           [CASEMAP_CHANGED] = "changed",
    [CASEMAP_REPLACED] = "replaced", [CASEMAP_MATCHED] = "matched",
    [CASEMAP_ENDED] = "ended",       [CASEMAP_GONE] = "gone",
    [CASEMAP_LEFT_OUT] = "left_out", [CASEMAP_NOTE] = "note",
};

static const char *const heads[CASEMAP_KINDS] = {
    [CASEMAP_NEW] = "New skills",
    [CASEMAP_CHANGED] = "Skills whose entry in the framework changed",
    [CASEMAP_REPLACED] = "Skills that others replace; what was learnt goes with them",
    [CASEMAP_MATCHED] = "Items that are in the map already, by another framework",
    [CASEMAP_ENDED] = "Skills that are no longer in force; they stay in the map",
    [CASEMAP_GONE] = "Skills that the framework does not have any more; they stay",
    [CASEMAP_LEFT_OUT] = "Prerequisites that were left out",
    [CASEMAP_NOTE] = "Remarks",
};

static bool is_address(struct str s)
{
    return str_starts(s, STR("https://")) || str_starts(s, STR("http://"));
}

/* --- where it comes from --------------------------------------------------------- */

static int open_fetch(struct cmd_ctx *c, const struct opt *o, struct casefetch *f,
                      struct err *e)
{
    struct http_opt opt = {
        .private_networks = c->conf.private_networks,
        .ca_file = c->conf.ca_file,
        .allow_http = c->conf.allow_http,
    };
    *f = (struct casefetch){.bearer = STR_EMPTY};
    if (o->token_file != NULL &&
        cmd_read_file(c->a, o->token_file, TOKEN_MAX, &f->bearer, e) != 0)
        return -1;
    f->bearer = str_trim(f->bearer);
    f->http = http_new(&opt, e);
    return f->http != NULL ? 0 : -1;
}

static int list(struct cmd_ctx *c, const struct opt *o)
{
    struct err e = {0};
    struct casefetch f;
    struct case_document *rows;
    size_t n;
    if (open_fetch(c, o, &f, &e) != 0)
        return cmd_fail(&e);
    int rc = casefetch_documents(&f, c->a, str_c(o->from), &rows, &n, &e);
    http_free(f.http);
    if (rc != 0)
        return cmd_fail(&e);
    struct js *all = js_array(c->a);
    for (size_t i = 0; i < n; i++) {
        struct js *d = js_object(c->a);
        js_set_str(d, "identifier", rows[i].id);
        js_set_str(d, "title", rows[i].title);
        js_set_str(d, "creator", rows[i].creator);
        js_set_str(d, "status", rows[i].status);
        js_set_str(d, "changed", rows[i].changed);
        js_set_str(d, "package", rows[i].package_uri);
        js_push(all, d);
        if (!o->json)
            printf("%.*s  %.*s (%.*s)\n    %.*s\n", STR_ARG(cmd_shown(c->a, rows[i].id)),
                   STR_ARG(cmd_shown(c->a, rows[i].title)),
                   STR_ARG(cmd_shown(c->a, rows[i].creator)),
                   STR_ARG(cmd_shown(c->a, rows[i].package_uri)));
    }
    if (o->json)
        cmd_print_json(c->a, all);
    else
        printf("%zu frameworks. Take one: waymark map case ADDRESS --course ID\n", n);
    return CMD_OK;
}

static int read_package(struct cmd_ctx *c, const struct opt *o, struct case_package **p,
                        struct err *e)
{
    struct str text;
    int rc;
    if (is_address(str_c(o->from))) {
        struct casefetch f;
        if (open_fetch(c, o, &f, e) != 0)
            return -1;
        rc = casefetch_package(&f, c->a, str_c(o->from), &text, e);
        http_free(f.http);
    } else {
        rc = cmd_read_file(c->a, o->from, CASE_MAX_BYTES, &text, e);
    }
    if (rc == 0)
        *p = case_read(c->a, text, e);
    return rc == 0 && *p != NULL ? 0 : -1;
}

/* --- what is said ---------------------------------------------------------------- */

static struct js *faults_json(struct arena *a, const struct case_package *p)
{
    struct js *all = js_array(a);
    for (size_t i = 0; i < p->faults_n; i++) {
        struct js *f = js_object(a);
        js_set_str(f, "at", p->faults[i].path);
        js_set_str(f, "reason", p->faults[i].text);
        js_set_bool(f, "left_out", p->faults[i].left_out);
        js_push(all, f);
    }
    return all;
}

static struct js *plan_json(struct arena *a, const struct case_package *p,
                            const struct casemap_plan *plan)
{
    struct js *o = js_object(a), *all = js_array(a);
    for (size_t i = 0; i < plan->changes_n; i++) {
        struct js *d = js_object(a);
        js_set_str(d, "kind", str_c(kinds[plan->changes[i].kind]));
        js_set_str(d, "code", plan->changes[i].code);
        js_set_str(d, "text", plan->changes[i].text);
        js_push(all, d);
    }
    js_set_str(o, "framework", p->title);
    js_set_str(o, "case_version", p->version);
    js_set_i64(o, "items", (int64_t)p->items_n);
    js_set_i64(o, "skills", (int64_t)plan->map->skill_n);
    js_set_i64(o, "hard_added", (int64_t)plan->hard_added);
    js_set_i64(o, "soft_added", (int64_t)plan->soft_added);
    js_set_i64(o, "outside", (int64_t)plan->outside_n);
    js_set_bool(o, "same", plan->same);
    js_set(o, "changes", all);
    js_set(o, "faults", faults_json(a, p));
    js_set_i64(o, "items_left_out", (int64_t)p->left_out_n);
    return o;
}

static void say_faults(struct cmd_ctx *c, const struct case_package *p)
{
    for (size_t i = 0; i < p->faults_n && i < SHOWN_MAX; i++)
        fprintf(stderr, "  %.*s %.*s%s\n", STR_ARG(p->faults[i].path),
                STR_ARG(cmd_shown(c->a, p->faults[i].text)),
                p->faults[i].left_out ? ": left out" : "");
    if (p->faults_n > SHOWN_MAX)
        fprintf(stderr, "  and %zu more (--json lists them)\n",
                p->left_out_n + p->noted_n - SHOWN_MAX);
}

static void say_plan(struct cmd_ctx *c, const struct case_package *p,
                     const struct casemap_plan *plan)
{
    size_t shown = 0;
    enum casemap_kind kind = CASEMAP_KINDS;
    printf("%.*s (CASE %.*s): %zu items, %zu skills in the map.\n",
           STR_ARG(cmd_shown(c->a, p->title)), STR_ARG(p->version), p->items_n,
           plan->map->skill_n);
    for (size_t i = 0; i < plan->changes_n; i++) {
        const struct casemap_change *d = &plan->changes[i];
        if (d->kind != kind) {
            kind = d->kind;
            shown = 0;
            printf("%s: %zu\n", heads[kind], plan->counts[kind]);
        }
        if (++shown <= SHOWN_MAX)
            printf("  %.*s%s%.*s\n", STR_ARG(d->code),
                   d->code.n == 0             ? ""
                   : kind == CASEMAP_REPLACED ? " -> "
                                              : "  ",
                   STR_ARG(cmd_shown(c->a, d->text)));
        else if (shown == SHOWN_MAX + 1)
            printf("  and more (--json lists them)\n");
    }
    printf("Prerequisites added: %zu, and %zu that only advise. %zu lead out of what was "
           "taken.\n",
           plan->hard_added, plan->soft_added, plan->outside_n);
}

/* --- what is done ---------------------------------------------------------------- */

/* The map in force; *out stays NULL when there is none. */
static int read_before(struct learn *l, struct skill_map **out, struct err *e)
{
    struct str document;
    int found = mapfile_export(l, &document, e);
    if (found == 1)
        *out = mapdoc_parse(l->a, document, NULL, e);
    return found < 0 || (found == 1 && *out == NULL) ? -1 : 0;
}

static int write_out(const char *path, struct str text)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
    bool ok = f != NULL && fwrite(text.p, 1, text.n, f) == text.n && fputc('\n', f) > 0;
    if (f != NULL && f != stdout)
        ok = fclose(f) == 0 && ok;
    if (!ok)
        fprintf(stderr, "waymark map: cannot write %s: %s\n", path, strerror(errno));
    return ok ? CMD_OK : CMD_FAILED;
}

static int publish(struct learn *l, const struct casemap_plan *plan, const struct opt *o)
{
    struct err e = {0};
    struct mapfile_result r;
    struct mapfile_ask ask = {
        .document = plan->document, .uncovered = str_c(o->uncovered),
        .even_so = str_c(o->even_so), .ask = true};
    if (mapfile_put(l, &ask, &r, &e) != 0)
        return cmd_fail(&e);
    if (r.ok && r.needs_reason) {
        fprintf(stderr,
                "Nothing has changed: no activity of the course can show %zu of the "
                "skills. --uncovered \"WHY\" puts the map in force all the same.\n",
                r.orphans_n);
        return CMD_FAILED;
    }
    if (!r.ok) {
        for (size_t i = 0; i < r.problems_n; i++)
            fprintf(stderr, "  %.*s\n", STR_ARG(r.problems[i]));
        return CMD_FAILED;
    }
    if (!o->json)
        printf(r.unchanged ? "This very map is in force already (version %lld).\n"
                           : "In force as version %lld.\n",
               (long long)r.version);
    return CMD_OK;
}

static int work(struct cmd_ctx *c, const struct opt *o, struct learn *l)
{
    struct err e = {0};
    struct case_package *p = NULL;
    struct skill_map *before = NULL;
    struct casemap_plan plan;
    struct str codes[ARG_LIST_MAX];
    for (size_t i = 0; i < o->items.n; i++)
        codes[i] = str_c(o->items.v[i]);
    struct casemap_opt how = {.codes = codes,
                              .codes_n = o->items.n,
                              .unit_level = o->unit_level,
                              .now_ms = env_now_ms(&c->env)};
    if (read_package(c, o, &p, &e) != 0 ||
        (l != NULL && read_before(l, &before, &e) != 0) ||
        casemap_plan(c->a, p, before, &how, &plan, &e) != 0)
        return cmd_fail(&e);
    say_faults(c, p);
    if (o->json)
        cmd_print_json(c->a, plan_json(c->a, p, &plan));
    else
        say_plan(c, p, &plan);
    if (o->strict && p->left_out_n + plan.counts[CASEMAP_LEFT_OUT] > 0) {
        fprintf(stderr, "Nothing has changed: not everything can be taken, and "
                        "--all-or-nothing was asked for.\n");
        return CMD_FAILED;
    }
    if (o->out != NULL)
        return write_out(o->out, plan.document);
    if (o->dry_run) {
        fprintf(stderr, "Nothing has changed (--dry-run).\n");
        return CMD_OK;
    }
    return publish(l, &plan, o);
}

static int run(struct cmd_ctx *c, const struct opt *o)
{
    struct learn l;
    struct str from = str_c(o->from);
    if (is_address(from) && !casefetch_is_package(from))
        return list(c, o);
    if (o->course == 0)
        return work(c, o, NULL);
    int status = cmd_at_course(c, "map", o->course, &l);
    return status == CMD_OK ? work(c, o, &l) : status;
}

int map_case(const struct cmd *map, int argc, char **argv)
{
    struct opt o = {0};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &o.course, false, "the course (waymark course list)"},
        {"--item", "CODE", ARG_LIST, &o.items, false,
         "take this part alone, with all that stands under it; may be said again"},
        {"--unit-level", "N", ARG_INT, &o.unit_level, false,
         "units are what stands on level N of the tree (0: directly above a skill)"},
        {"--token-file", "FILE", ARG_TEXT, &o.token_file, false,
         "an access token for the publisher"},
        {"--out", "FILE", ARG_TEXT, &o.out, false,
         "write the map to a file instead of putting it in force"},
        {"--even-so", "WHY", ARG_TEXT, &o.even_so, false,
         "why the map is right though some way through it is a dead end"},
        {"--uncovered", "WHY", ARG_TEXT, &o.uncovered, false,
         "why the map is right though no activity can show some of its skills"},
        {"--dry-run", NULL, ARG_FLAG, &o.dry_run, false, "only say what would change"},
        {"--all-or-nothing", NULL, ARG_FLAG, &o.strict, false,
         "change nothing when an item or a prerequisite cannot be taken"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    static const char examples[] =
        "  waymark map case package.json --course 7 --dry-run\n"
        "  waymark map case https://case.example.org            lists what is there\n"
        "  waymark map case https://case.example.org/ims/case/v1p1/CFPackages/ID \\\n"
        "      --course 7 --item HSA.REI --unit-level 2\n";
    const struct cmd self = {"map case", "take skills from a CASE framework",
                             "FILE|ADDRESS [--course ID] [options]", examples, map->run};
    struct arg_list rest;
    int rc = cmd_args(&self, argc, argv, table, sizeof table / sizeof *table, &rest, 1);
    if (rc != 0)
        return cmd_args_status(rc);
    bool lists = rest.n == 1 && is_address(str_c(rest.v[0])) &&
                 !casefetch_is_package(str_c(rest.v[0]));
    if (rest.n != 1 || (!lists && o.course == 0 && o.out == NULL && !o.dry_run)) {
        fprintf(stderr,
                "waymark map case: say %s; without --course, --out FILE or "
                "--dry-run\n",
                self.usage);
        return CMD_USAGE;
    }
    if (o.unit_level < 0 || o.unit_level > 100) {
        fprintf(stderr, "waymark map case: --unit-level is 0 to 100\n");
        return CMD_USAGE;
    }
    o.from = rest.v[0];
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, o.path, o.course != 0 ? CMD_KEYS : CMD_CONF) == 0)
        status = run(&c, &o);
    cmd_close(&c);
    return status;
}
