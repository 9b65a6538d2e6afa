#include "learn/rulefile.h"

#include "engine/risk.h"
#include "learn/recompute.h"
#include "store/mapstore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct install {
    struct env *env;
    struct map_rules rules;
    int64_t now_ms;
};

static int install_tx(struct db *db, void *ctx, struct err *e)
{
    struct install *in = ctx;
    return mapstore_rules_put(db, &in->rules, in->now_ms, e) < 0
               ? -1
               : recompute_enqueue_all(db, in->env, e);
}

int rulefile_install(struct db *db, struct env *env, struct arena *a, struct str document,
                     struct str *version, struct err *e)
{
    const struct risk_rules *rules = risk_parse(a, document, e);
    if (rules == NULL)
        return -1;
    struct install in = {.env = env,
                         .rules = {.version = rules->hash, .document = document},
                         .now_ms = env_now_ms(env)};
    if (version != NULL)
        *version = rules->hash;
    struct map_rules newest;
    int found = mapstore_rules_newest(db, a, &newest, e);
    if (found < 0)
        return -1;
    if (found == 1 && str_eq(newest.version, rules->hash))
        return 0;
    return db_tx(db, DB_WRITE, install_tx, &in, e);
}

static int read_file(struct arena *a, const char *path, size_t max, struct str *out,
                     struct err *e)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return err_set(e, ERR_NOTFOUND, "%s: %s", path, strerror(errno));
    char *p = arena_alloc(a, max + 1);
    size_t n = fread(p, 1, max + 1, f);
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad)
        return err_set(e, ERR_UNAVAILABLE, "%s cannot be read", path);
    if (n > max)
        return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
    *out = (struct str){p, n};
    return 0;
}

int rulefile_load(struct db *db, struct env *env, struct arena *a, struct str config_dir,
                  struct err *e)
{
    struct str document = STR_EMPTY;
    struct str path = str_fmt(a, "%.*s/rules/early-warning.json", STR_ARG(config_dir));
    if (read_file(a, path.p, RISK_MAX_BYTES, &document, e) < 0)
        return -1;
    return rulefile_install(db, env, a, document, NULL, e);
}
