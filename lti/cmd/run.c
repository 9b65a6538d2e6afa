/* `waymark serve`, `web` and `worker`: check everything that can be checked first, so
 * that what is wrong is said on the terminal and not by workers that die. */
#include "cmd/cmd.h"

#include "learn/rulefile.h"
#include "proc/proc.h"
#include "sync/sync.h"

extern char **environ;

/* The database and the rules, before anything forks. */
static int prepare(const char *path)
{
    struct cmd_ctx c = {0};
    struct err e = {0};
    struct buf problems;
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_KEYS) == 0) {
        buf_init(&problems, c.a, 1024);
        if (conf_check(c.a, &c.conf, &problems) > 0) {
            struct str s = buf_view(&problems);
            fwrite(s.p, 1, s.n, stderr);
        } else if (rulefile_load(c.db, &c.env, c.a, c.conf.config_dir, &e) != 0) {
            cmd_fail(&e);
        } else {
            status = CMD_OK;
        }
    }
    cmd_close(&c);
    return status;
}

static int run(const struct cmd *self, int argc, char **argv, enum proc_role role)
{
    const char *path = NULL;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    if (prepare(path) != CMD_OK)
        return CMD_FAILED;
    struct err e = {0};
    struct proc_jobs jobs = {.open = sync_open, .close = sync_close};
    jobs.kinds = sync_kinds(&jobs.kinds_n);
    jobs.schedule = sync_schedule(&jobs.schedule_n);
    struct proc_opt opt = {cmd_conf_path(path), environ, role, &jobs};
    return proc_run(&opt, &e) == 0 ? CMD_OK : cmd_fail(&e);
}

int cmd_serve(const struct cmd *self, int argc, char **argv)
{
    return run(self, argc, argv, PROC_SERVE);
}

int cmd_web(const struct cmd *self, int argc, char **argv)
{
    return run(self, argc, argv, PROC_WEB);
}

int cmd_worker(const struct cmd *self, int argc, char **argv)
{
    return run(self, argc, argv, PROC_WORKER);
}
