#include "proc/setup.h"

#include "base/log.h"
#include "db/migrate.h"
#include "store/stmt.h"

#define ARENA_CAP ((size_t)64 * 1024 * 1024)

static int load_conf(const struct proc_opt *opt, struct setup *s, struct err *e)
{
    struct buf problems;
    buf_init(&problems, s->a, 256);
    if (conf_load(s->a, opt->conf_path, opt->environment, &s->conf, e) != 0)
        return -1;
    int n = conf_check(s->a, &s->conf, &problems);
    if (n > 0) {
        log_put(LOG_ERROR, "conf.problems", KV("text", buf_view(&problems)));
        return err_set(e, ERR_INPUT, "%d problem(s) in the configuration: %.*s", n,
                       STR_ARG(buf_view(&problems)));
    }
    enum log_level level = LOG_INFO;
    log_level_from(s->conf.log_level, &level);
    log_threshold(level);
    return 0;
}

/* Pages, for the roles that show them. Job workers send messages, so texts are for all.
 */
static int load_pages(const struct proc_opt *opt, struct setup *s, struct env *env,
                      struct err *e)
{
    const char *dir = str_z(s->a, s->conf.templates_dir);
    const char *texts = str_z(s->a, s->conf.texts_dir);
    const char *keys = str_z(s->a, s->conf.key_dir);
    s->texts = catalogue_load(s->a, texts, e);
    if (s->texts == NULL)
        return -1;
    if (opt->role == PROC_WORKER)
        return 0;
    s->templates = tmpl_load(s->a, dir, e);
    if (s->templates == NULL)
        return -1;
    s->toolkey = toolkey_open(keys, env, true, e);
    return s->toolkey == NULL ? -1 : 0;
}

/* The schema is checked here, once, in a handle that is closed before the first fork. */
static int check_schema(const struct setup *s, struct err *e)
{
    struct db *db = setup_db(s, e);
    if (db == NULL)
        return -1;
    struct str dir = str_fmt(s->a, "%.*s/migrations", STR_ARG(s->conf.config_dir));
    int rc = migrate_check(db, dir, e);
    db_close(db);
    return rc;
}

struct setup *setup_load(const struct proc_opt *opt, struct err *e)
{
    struct env env;
    struct arena *a = arena_new(ARENA_CAP);
    struct setup *s = ARENA_NEW(a, struct setup);
    s->a = a;
    env_system(&env);
    if (load_conf(opt, s, e) == 0 &&
        keyring_load(str_z(a, s->conf.key_dir), &env, &s->keys, e) == 0 &&
        guard_parse(a, s->conf.private_networks, &s->guard, e) == 0 &&
        load_pages(opt, s, &env, e) == 0 && check_schema(s, e) == 0)
        return s;
    setup_free(s);
    return NULL;
}

void setup_free(struct setup *s)
{
    if (s == NULL)
        return;
    if (s->toolkey != NULL)
        toolkey_close(s->toolkey);
    keyring_wipe(&s->keys);
    arena_free(s->a);
}

int64_t setup_web_workers(const struct setup *s)
{
    int64_t n = s->conf.web_workers;
    if (n <= 0)
        n = 2 * sysconf(_SC_NPROCESSORS_ONLN);
    return n > 256 ? 256 : n;
}

struct db *setup_db(const struct setup *s, struct err *e)
{
    struct db_opt opt = {.url = s->conf.database, .busy_ms = (int)s->conf.db_busy_ms};
    opt.sql = stmt_table(&opt.sql_n);
    return db_open(&opt, e);
}
