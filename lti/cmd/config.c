#include "cmd/cmd.h"

#define TEMPLATE_MAX ((size_t)64 << 10)

static int check(struct cmd_ctx *c)
{
    struct buf b;
    buf_init(&b, c->a, 1024);
    int problems = conf_check(c->a, &c->conf, &b);
    struct str s = buf_view(&b);
    fwrite(s.p, 1, s.n, problems == 0 ? stdout : stderr);
    if (problems == 0)
        printf("The configuration is sound.\n");
    return problems == 0 ? CMD_OK : CMD_FAILED;
}

static int nginx(struct cmd_ctx *c)
{
    struct err e = {0};
    struct str path =
        str_fmt(c->a, "%.*s/nginx/waymark.conf.template", STR_ARG(c->conf.config_dir));
    struct str text;
    struct buf b;
    buf_init(&b, c->a, 4096);
    if (cmd_read_file(c->a, path.p, TEMPLATE_MAX, &text, &e) != 0 ||
        conf_fill(c->a, &c->conf, text, &b, &e) != 0)
        return cmd_fail(&e);
    struct str s = buf_view(&b);
    fwrite(s.p, 1, s.n, stdout);
    return CMD_OK;
}

int cmd_config(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    bool do_check = false, do_dump = false, do_nginx = false, do_example = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--check", NULL, ARG_FLAG, &do_check, false, "say what cannot work"},
        {"--dump", NULL, ARG_FLAG, &do_dump, false,
         "effective values and where each is from"},
        {"--nginx", NULL, ARG_FLAG, &do_nginx, false, "a ready nginx server block"},
        {"--example", NULL, ARG_FLAG, &do_example, false, "a commented example file"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    if (do_check + do_dump + do_nginx + do_example != 1) {
        fprintf(stderr,
                "waymark config: say one of --check, --dump, --nginx, --example\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_CONF) == 0) {
        struct buf b;
        buf_init(&b, c.a, 8192);
        if (do_check)
            status = check(&c);
        else if (do_nginx)
            status = nginx(&c);
        else {
            if (do_dump)
                conf_dump(c.a, &c.conf, &b);
            else
                conf_example(&b);
            struct str s = buf_view(&b);
            fwrite(s.p, 1, s.n, stdout);
            status = CMD_OK;
        }
    }
    cmd_close(&c);
    return status;
}
