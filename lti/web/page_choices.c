/* Everything that a student could do now, beyond the three next steps. */
#include "base/iso.h"
#include "learn/experiments.h"
#include "learn/formats.h"

#include "web/panel_view.h"
#include "web/path_view.h"

/* Only where there is something to choose between. */
static void put_formats(struct page_ctx *c, struct view *v, const struct formats *f)
{
    if (f->n < 2)
        return;
    struct view *o = view_child(v, "format"), *list = view_list(o, "options");
    for (size_t i = 0; i < f->n; i++) {
        struct view *option = view_item(list);
        view_str(option, "code", f->kinds[i]);
        view_msg(option, "title", page_message(c, "map_kind.", f->kinds[i]));
        view_bool(option, "chosen", str_eq(f->kinds[i], f->wish));
    }
}

/* Is something being tried out here, and does this person take part? */
static int put_trial(struct page_ctx *c, struct view *v, struct learn *l, struct err *e)
{
    struct experiments_row x;
    bool out;
    int found = experiments_here(l, c->session.person_id, &x, &out, e);
    if (found <= 0)
        return found;
    struct view *o = view_child(v, "trial");
    view_str(view_msg(o, "about", "trial.about"), "question", x.plan->question);
    struct str day = iso_format(c->a, x.plan->ends_ms);
    view_str(view_msg(o, "how", "trial.how"), "day", str_sub(day, 0, 10));
    view_msg(o, "stand", out ? "trial.out" : "trial.in");
    view_str(o, "kind", out ? STR("experiment_in") : STR("experiment_out"));
    view_msg(o, "label", out ? "trial.join" : "trial.leave");
    return 0;
}

int page_choices(struct page_ctx *c, struct err *e)
{
    struct panel p;
    struct learn l = page_learn(c);
    struct panel_who who = {.person_id = c->session.person_id,
                            .by_person_id = c->session.person_id};
    struct paths paths;
    struct formats formats;
    if (panel_read(&l, &who, &p, e) != 0 ||
        paths_read(&l, c->session.person_id, &paths, e) != 0 ||
        formats_read(&l, c->session.person_id, &formats, e) != 0)
        return -1;
    struct view *v = page_view(c);
    view_msg(v, "title", "title.choices");
    panel_view_anew(c, v, &p.fresh);
    panel_view_cards(c, v, "choices", &p, p.next_n);
    view_bool(v, "floor_below", p.quiet);
    view_int(v, "choices_n", (int64_t)p.next_n);
    view_bool(v, "swap", p.next_n > 1); /* inherited by the cards of this page alone */
    path_view(c, v, &paths, &p, 0);
    put_formats(c, v, &formats);
    if (put_trial(c, v, &l, e) != 0)
        return -1;
    view_nav(v, "nav_back", "/panel", "page.back");
    return page_render(c, 200, "choices", v, e);
}
