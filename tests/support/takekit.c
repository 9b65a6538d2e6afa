#include "support/takekit.h"

#include "base/conf.h"
#include "support/learnkit.h"
#include "sync/statements.h"
#include "sync/sync.h"

void takekit_run(struct testdb *t, const struct keyring *keys)
{
    static const struct conf conf;
    static const struct job_kind kinds[] = {
        {.name = "statements.take", .fn = statements_take_job}};
    struct sync_app app = {.learn = {&conf, keys}};
    struct job_worker w = {
        .holder = STR("take"), .kinds = kinds, .kinds_n = 1, .last_tenant = -1};
    struct job_in in = {.tenant_id = KIT_TENANT, .kind = STR("statements.take")};
    struct err e = {0};
    struct arena *a = arena_new((size_t)64 << 20);
    struct job_runner r = {
        .db = t->db, .env = &t->env, .arena = a, .worker = &w, .app = &app};
    kit_must(job_add(t->db, &t->env, &in, NULL, &e), &e);
    kit_must(job_run_one(&r, &e), &e);
    t->now_ms += 5000; /* when it looks once more */
    kit_must(job_run_one(&r, &e), &e);
    arena_free(a);
}
