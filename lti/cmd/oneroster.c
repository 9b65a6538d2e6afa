#include "cmd/district.h"

#include "learn/district.h"

#include <string.h>

#define ARCHIVE_N ((size_t)128 << 20)
#define SHOWN_MAX 40 /* faults; --json has 500 */

struct opt {
    const char *path, *file, *deployment;
    int64_t platform;
    bool dry_run, strict, json;
};

static void say_progress(void *ctx, enum oneroster_file file, int64_t rows)
{
    (void)ctx;
    fprintf(stderr, "  %s: %lld rows\n", oneroster_name(file), (long long)rows);
}

static const char *const modes[] = {[ONEROSTER_ABSENT] = "absent",
                                    [ONEROSTER_BULK] = "bulk",
                                    [ONEROSTER_DELTA] = "delta"};

static bool is_kept(int file)
{
    return file != ONEROSTER_COURSES && file != ONEROSTER_USERS &&
           file != ONEROSTER_ROLES;
}

static void print_json(struct cmd_ctx *c, const struct oneroster *o,
                       const struct district_result *r, const struct opt *opt)
{
    struct js *all = js_object(c->a), *tables = js_array(c->a), *faults = js_array(c->a);
    for (int i = 0; i < ONEROSTER_FILES; i++) {
        struct js *t = js_object(c->a);
        js_set_str(t, "table", str_c(oneroster_name(i)));
        js_set_str(t, "mode", str_c(modes[o->mode[i]]));
        js_set_bool(t, "kept", is_kept(i));
        js_set_i64(t, "rows", o->rows[i]);
        js_set_i64(t, "bad", o->bad[i]);
        js_set_i64(t, "added", r->of[i].added);
        js_set_i64(t, "changed", r->of[i].changed);
        js_set_i64(t, "ended", r->of[i].ended);
        js_set_i64(t, "same", r->of[i].same);
        js_set_i64(t, "older", r->of[i].older);
        js_push(tables, t);
    }
    for (size_t i = 0; i < o->faults.n; i++) {
        const struct oneroster_fault *f = &((struct oneroster_fault *)o->faults.p)[i];
        struct js *t = js_object(c->a);
        js_set_str(t, "table", str_c(oneroster_name(f->file)));
        js_set_i64(t, "line", f->line);
        js_set_str(t, "reason", f->text);
        js_push(faults, t);
    }
    js_set_str(all, "version", o->version);
    js_set(all, "tables", tables);
    js_set(all, "faults", faults);
    js_set_i64(all, "people", r->persons);
    js_set_i64(all, "known", r->known);
    js_set_bool(all, "written", !r->refused && !opt->dry_run);
    cmd_print_json(c->a, all);
}

static void print_text(struct cmd_ctx *c, const struct oneroster *o,
                       const struct district_result *r)
{
    printf("OneRoster %.*s\n", STR_ARG(cmd_shown(c->a, o->version)));
    for (int i = 0; i < ONEROSTER_FILES; i++) {
        const struct district_counts *n = &r->of[i];
        if (o->mode[i] == ONEROSTER_ABSENT)
            continue;
        printf("  %-20s %-5s %8lld rows", oneroster_name(i), modes[o->mode[i]],
               (long long)o->rows[i]);
        if (is_kept(i))
            printf(": %lld new, %lld changed, %lld ended, %lld as before",
                   (long long)n->added, (long long)n->changed, (long long)n->ended,
                   (long long)n->same);
        else
            printf(": read, not kept");
        if (n->older > 0)
            printf(", %lld older than what is known", (long long)n->older);
        if (o->bad[i] > 0)
            printf(", %lld refused", (long long)o->bad[i]);
        printf("\n");
    }
    printf("%lld people go to classes; %lld of them are known here.\n",
           (long long)r->persons, (long long)r->known);
    if (r->kept_missing)
        printf("What a table with refused rows does not have was not ended.\n");
}

static void print_faults(struct cmd_ctx *c, const struct oneroster *o)
{
    const struct oneroster_fault *v = o->faults.p;
    int64_t all = 0;
    for (size_t i = 0; i < o->faults.n && i < SHOWN_MAX; i++) {
        if (v[i].line > 0)
            fprintf(stderr, "  %s line %lld: %.*s\n", oneroster_name(v[i].file),
                    (long long)v[i].line, STR_ARG(cmd_shown(c->a, v[i].text)));
        else
            fprintf(stderr, "  %s: %.*s\n", oneroster_name(v[i].file),
                    STR_ARG(cmd_shown(c->a, v[i].text)));
    }
    for (int i = 0; i < ONEROSTER_FILES; i++)
        all += o->bad[i];
    if (all > SHOWN_MAX)
        fprintf(stderr, "  and %lld more\n", (long long)all - SHOWN_MAX);
}

static int run(struct cmd_ctx *c, const struct opt *opt)
{
    struct err e = {0};
    struct learn l;
    struct str bytes;
    struct district_result r;
    struct district_opt how = {.dry_run = opt->dry_run, .all_or_nothing = opt->strict};
    if (!opt->json)
        how.progress = say_progress;
    int status = district_tenant(c, opt->platform, opt->deployment, &l);
    if (status != CMD_OK)
        return status;
    if (cmd_read_file(c->a, opt->file, ARCHIVE_N, &bytes, &e) != 0)
        return cmd_fail(&e);
    struct unzip *zip = unzip_open(c->a, bytes, NULL, &e);
    struct oneroster *o = zip != NULL ? oneroster_open(c->a, zip, &e) : NULL;
    if (o == NULL || district_import(&l, o, &how, &r, &e) != 0)
        return cmd_fail(&e);
    if (opt->json)
        print_json(c, o, &r, opt);
    else
        print_text(c, o, &r);
    print_faults(c, o);
    if (r.refused) {
        fprintf(stderr, "Nothing has changed: not every row can be used, and "
                        "--all-or-nothing was asked for.\n");
        return CMD_FAILED;
    }
    if (opt->dry_run)
        fprintf(stderr, "Nothing has changed (--dry-run).\n");
    return CMD_OK;
}

int cmd_oneroster(const struct cmd *self, int argc, char **argv)
{
    struct opt o = {0};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--platform", "ID", ARG_INT, &o.platform, false,
         "the platform whose people these are (waymark platform list)"},
        {"--deployment", "D", ARG_TEXT, &o.deployment, false,
         "its deployment, when it has several"},
        {"--dry-run", NULL, ARG_FLAG, &o.dry_run, false, "only say what would change"},
        {"--all-or-nothing", NULL, ARG_FLAG, &o.strict, false,
         "change nothing when a row cannot be used"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 1);
    if (rc != 0)
        return cmd_args_status(rc);
    if (rest.n != 1 || o.platform == 0) {
        fprintf(stderr, "waymark oneroster: say %s\n", self->usage);
        return CMD_USAGE;
    }
    o.file = rest.v[0];
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, o.path, CMD_KEYS) == 0)
        status = run(&c, &o);
    cmd_close(&c);
    return status;
}
