#include "web/regcache.h"

#define ENTRIES 16
#define ENTRY_CAP ((size_t)32 * 1024)
#define TEXT_MAX 4096 /* all texts of one that is kept */

struct entry {
    struct arena *a; /* holds the texts; emptied when the entry is used again */
    struct registration r;
};

struct regcache {
    struct entry entry[ENTRIES];
    size_t next; /* the one to use again */
};

static void free_arena(void *p)
{
    arena_free(p);
}

struct regcache *regcache_new(struct arena *life)
{
    struct regcache *k = ARENA_NEW(life, struct regcache);
    for (size_t i = 0; i < ENTRIES; i++) {
        k->entry[i].a = arena_new(ENTRY_CAP);
        arena_defer(life, free_arena, k->entry[i].a);
    }
    return k;
}

const struct registration *regcache_get(const struct regcache *k, struct str issuer,
                                        struct str client_id)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        const struct registration *r = &k->entry[i].r;
        if (r->id != 0 && str_eq(r->client_id, client_id) && str_eq(r->issuer, issuer))
            return r;
    }
    return NULL;
}

/* What a login needs of it; a launch reads the rest for itself. */
static struct registration copy(struct arena *a, const struct registration *r)
{
    return (struct registration){
        .id = r->id,
        .issuer = str_dup(a, r->issuer),
        .client_id = str_dup(a, r->client_id),
        .auth_url = str_dup(a, r->auth_url),
        .state = str_dup(a, r->state),
        .changed_ms = r->changed_ms,
    };
}

void regcache_put(struct regcache *k, const struct registration *r)
{
    if (r->issuer.n + r->client_id.n + r->auth_url.n + r->state.n > TEXT_MAX)
        return;
    regcache_drop(k, r->id);
    struct entry *e = &k->entry[k->next];
    k->next = (k->next + 1) % ENTRIES;
    arena_reset(e->a);
    e->r = copy(e->a, r);
}

void regcache_drop(struct regcache *k, int64_t registration_id)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (k->entry[i].r.id == registration_id)
            k->entry[i].r = (struct registration){.id = 0};
}
