#include "cmd/cmd.h"

#include "db/migrate.h"
#include "learn/learn.h"
#include "store/course.h"
#include "store/stmt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)512 << 20) /* a command may hold a large map or listing */
#define DEFAULT_CONF "/etc/waymark/waymark.conf"

extern char **environ;

const char *cmd_conf_path(const char *given)
{
    if (given != NULL)
        return given;
    const char *named = getenv("WAYMARK_CONFIG");
    if (named != NULL && named[0] != 0)
        return named;
    return access(DEFAULT_CONF, R_OK) == 0 ? DEFAULT_CONF : NULL;
}

static int open_parts(struct cmd_ctx *c, const char *path, enum cmd_need need,
                      struct err *e)
{
    if (conf_load(c->a, cmd_conf_path(path), environ, &c->conf, e) != 0)
        return -1;
    if (need == CMD_CONF)
        return 0;
    struct db_opt opt = {
        .url = c->conf.database,
        .busy_ms = (int)c->conf.db_busy_ms,
        .create = need == CMD_DB_RAW,
    };
    opt.sql = stmt_table(&opt.sql_n);
    c->db = db_open(&opt, e);
    if (c->db == NULL)
        return -1;
    if (need == CMD_DB_RAW)
        return 0;
    struct str dir = str_fmt(c->a, "%.*s/migrations", STR_ARG(c->conf.config_dir));
    if (migrate_check(c->db, dir, e) != 0)
        return -1;
    if (need == CMD_DB)
        return 0;
    return keyring_load(str_z(c->a, c->conf.key_dir), &c->env, &c->keys, e);
}

int cmd_open(struct cmd_ctx *c, const char *path, enum cmd_need need)
{
    struct err e = {0};
    c->a = arena_new(ARENA_MAX);
    env_system(&c->env);
    if (open_parts(c, path, need, &e) == 0)
        return 0;
    cmd_fail(&e);
    return -1;
}

void cmd_close(struct cmd_ctx *c)
{
    db_close(c->db);
    keyring_wipe(&c->keys);
    arena_free(c->a);
}

void cmd_help(FILE *out, const struct cmd *self, const struct arg *table, size_t n)
{
    fprintf(out, "waymark %s: %s\n\nusage: waymark %s %s\n", self->name, self->summary,
            self->name, self->usage);
    if (n > 0) {
        fprintf(out, "\noptions:\n");
        args_help(out, table, n);
    }
    fprintf(out, "\nexamples:\n%s", self->examples);
}

int cmd_args(const struct cmd *self, int argc, char **argv, const struct arg *table,
             size_t n, struct arg_list *rest, size_t max)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            cmd_help(stdout, self, table, n);
            return 1;
        }
    struct err e = {0};
    if (args_read(argc, argv, table, n, rest, max, &e) == 0)
        return 0;
    fprintf(stderr, "waymark %s: %s\nSee: waymark help %s\n", self->name, e.text,
            self->name);
    return -1;
}

int cmd_args_status(int rc)
{
    return rc > 0 ? CMD_OK : CMD_USAGE;
}

int cmd_fail(const struct err *e)
{
    fprintf(stderr, "waymark: %s\n", e->text);
    return e->code == ERR_INPUT ? CMD_USAGE : CMD_FAILED;
}

void cmd_print_json(struct arena *a, const struct js *v)
{
    struct str s = js_dump(a, v);
    fwrite(s.p, 1, s.n, stdout);
    fputc('\n', stdout);
}

int cmd_read_file(struct arena *a, const char *path, size_t max, struct str *out,
                  struct err *e)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (f == NULL)
        return err_set(e, ERR_NOTFOUND, "cannot read %s: %s", path, strerror(errno));
    struct buf b;
    buf_init(&b, a, 64 * 1024);
    char chunk[16 * 1024];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0 && b.n <= max)
        buf_put(&b, chunk, n);
    bool failed = ferror(f) != 0;
    if (f != stdin)
        fclose(f);
    if (failed)
        return err_set(e, ERR_UNAVAILABLE, "cannot read %s: %s", path, strerror(errno));
    if (b.n > max)
        return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
    *out = buf_view(&b);
    return 0;
}

struct str cmd_time(struct arena *a, int64_t ms)
{
    if (ms == 0)
        return STR("never");
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&s, &tm);
    return str_fmt(a, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                   tm.tm_mday, tm.tm_hour, tm.tm_min);
}

struct str cmd_shown(struct arena *a, struct str text)
{
    struct buf b;
    buf_init(&b, a, text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        unsigned char next = i + 1 < text.n ? (unsigned char)text.p[i + 1] : 0;
        bool wide = c == 0xc2 && next >= 0x80 && next <= 0x9f; /* U+0080 to U+009F */
        buf_char(&b, c < 0x20 || c == 0x7f || wide ? '?' : text.p[i]);
        i += wide;
    }
    return buf_view(&b);
}

struct str cmd_quoted(struct arena *a, struct str text)
{
    struct buf b;
    text = cmd_shown(a, text);
    buf_init(&b, a, text.n + 3);
    buf_char(&b, '\'');
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\'')
            buf_c(&b, "'\\''");
        else
            buf_char(&b, text.p[i]);
    buf_char(&b, '\'');
    return buf_view(&b);
}

int cmd_at_course(struct cmd_ctx *c, const char *command, int64_t id, struct learn *out)
{
    struct err e = {0};
    struct course course;
    int found = course_get(c->db, c->a, 0, id, &course, &e);
    if (found < 0)
        return cmd_fail(&e);
    if (found == 0) {
        fprintf(stderr,
                "waymark %s: there is no course %lld (see: waymark course list)\n",
                command, (long long)id);
        return CMD_FAILED;
    }
    *out = (struct learn){c->db, &c->env, c->a, &c->keys, course.tenant_id, course.id};
    return CMD_OK;
}
