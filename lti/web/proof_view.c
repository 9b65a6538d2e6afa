#include "web/proof_view.h"

#define SHOWN 40 /* sentences of one list */

void proof_view_steps(struct page_ctx *c, struct view *v, const char *key,
                      const struct say *says, size_t n)
{
    struct view *list = view_list(v, key);
    for (size_t i = 0; i < n && i < SHOWN; i++)
        page_say(c, view_item(list), "text", &says[i]);
}

static void put_list(struct page_ctx *c, struct view *o, const char *key,
                     const struct say *says, size_t n)
{
    struct str n_key = str_fmt(c->a, "%s_n", key);
    view_int(o, n_key.p, (int64_t)n);
    proof_view_steps(c, o, key, says, n);
}

static void put_even_so(struct page_ctx *c, struct view *o, const struct proving_seen *p)
{
    if (p->even_so.why.n == 0)
        return;
    struct view *s = view_child(o, "even_so");
    view_str(s, "why", p->even_so.why);
    view_when(s, "when", p->even_so.at_ms, c->now_ms);
}

int proof_view(struct page_ctx *c, struct view *v, bool all, struct err *e)
{
    struct proving_seen p;
    struct learn l = page_learn(c);
    if (proving_seen(&l, &p, e) < 0)
        return -1;
    bool found = str_is(p.verdict, "found");
    if (!p.known || (!all && !found && p.gone_n == 0))
        return 0;
    struct view *o = view_child(v, "proof");
    view_bool(o, "found", found);
    view_bool(o, "sound", str_is(p.verdict, "sound"));
    view_bool(o, "unsure", str_is(p.verdict, "unsure"));
    view_when(o, "when", p.proved_ms, c->now_ms);
    if (found) {
        proof_view_steps(c, o, "steps", p.steps, p.steps_n);
        put_even_so(c, o, &p);
    }
    struct view *gone = view_list(o, "gone");
    view_int(o, "gone_n", (int64_t)p.gone_n);
    for (size_t i = 0; i < p.gone_n; i++)
        view_str(view_item(gone), "text", p.gone[i]);
    if (all) {
        put_list(c, o, "shorts", p.shorts, p.shorts_n);
        put_list(c, o, "lates", p.lates, p.lates_n);
    }
    return 0;
}
