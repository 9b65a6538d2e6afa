#include "web/score_view.h"

#include "web/flag_view.h"

/* At most two decimals, no zeros behind. */
static struct str number(struct page_ctx *c, double v)
{
    struct str s = str_fmt(c->a, "%.2f", v);
    while (s.n > 0 && s.p[s.n - 1] == '0')
        s.n--;
    if (s.n > 0 && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

void score_view(struct page_ctx *c, struct view *v, const struct scores_edit *rows,
                size_t n)
{
    struct view *list = view_list(v, "edited");
    view_int(v, "edited_n", (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        const struct override *x = &rows[i].o;
        struct view *o = view_item(list);
        struct view *text = view_msg(
            o, "text", x->has_theirs ? "scores.edited_to" : "scores.edited_none");
        view_str(text, "name", rows[i].name);
        view_str(text, "ours", number(c, x->ours));
        view_str(text, "theirs", number(c, x->theirs));
        view_str(text, "maximum", number(c, x->maximum));
        flag_view_person(c, o, rows[i].person_id, rows[i].name);
        view_str(o, "person", page_id(c, rows[i].person_id));
        view_str(o, "target", x->target);
        view_when(o, "when", x->seen_ms, c->now_ms);
    }
}
