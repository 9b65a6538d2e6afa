#include "cmd/cmd.h"

#include "db/migrate.h"

struct tally {
    bool dry_run;
    int fresh;
};

static void report(void *ctx, const struct migrate_step *s)
{
    struct tally *t = ctx;
    if (s->was_applied)
        return;
    t->fresh++;
    printf("%s %.*s\n", t->dry_run ? "would apply" : "applied", STR_ARG(s->name));
}

int cmd_migrate(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    struct tally t = {0};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--dry-run", NULL, ARG_FLAG, &t.dry_run, false, "tell what would be done"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_DB_RAW) == 0) {
        struct err e = {0};
        struct migrate_opt opt = {
            .dir = str_fmt(c.a, "%.*s/migrations", STR_ARG(c.conf.config_dir)),
            .dry_run = t.dry_run,
            .now_ms = env_now_ms(&c.env),
            .report = report,
            .ctx = &t,
        };
        if (migrate_run(c.db, &opt, &e) != 0)
            status = cmd_fail(&e);
        else {
            if (t.fresh == 0)
                printf("The database is up to date.\n");
            status = CMD_OK;
        }
    }
    cmd_close(&c);
    return status;
}
