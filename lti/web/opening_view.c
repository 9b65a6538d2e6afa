#include "web/opening_view.h"

#include "base/js.h"
#include "web/flag_view.h"

#define FACTS_N 4096

static const char *way_id(const struct opening *op)
{
    return str_is(op->way, "group")      ? "opening_way.group"
           : str_is(op->way, "override") ? "opening_way.override"
                                         : "opening_way.score";
}

static void put_what(struct view *o, const struct opening *op)
{
    bool named = op->title.n > 0;
    struct view *what = view_msg(o, "what", named ? "gates.what" : "gates.what_later");
    view_int(what, "percent", op->percent);
    if (named)
        view_str(what, "title", op->title);
}

void opening_view_head(struct view *o, const struct opening *op)
{
    put_what(o, op);
    struct view *way = view_msg(o, "way_word", way_id(op));
    if (str_is(op->way, "group"))
        view_str(way, "name", op->lms_name);
}

/* What a teacher may press, once it is switched on. */
static void put_buttons(struct page_ctx *c, struct view *o, const struct opening *op,
                        enum openlook_stand stand, int64_t person_id, struct str name)
{
    bool in = stand == OPENLOOK_OPEN || stand == OPENLOOK_WAITING;
    view_str(o, "opening", page_id(c, op->opening_id));
    view_str(o, "person", page_id(c, person_id));
    view_str(o, "name", name);
    bool on = str_is(op->state, "active");
    if (on && !in && stand != OPENLOOK_SEEN)
        view_msg(o, "open_label",
                 stand == OPENLOOK_CLOSED_THERE || stand == OPENLOOK_CLOSED
                     ? "opening.open_again"
                 : stand == OPENLOOK_FAILED ? "opening.try_again"
                                            : "opening.open_now");
    view_bool(o, "can_close", on && in);
}

/* Why they are in: what the rule saw, or who said so. */
static void put_reason(struct page_ctx *c, struct view *o, const struct openlook_who *w)
{
    const struct opening_member *m = w->member;
    int64_t percent = 0, needed = 0;
    if (w->by_name.n > 0) {
        view_str(view_msg(o, "text", "opening.by_hand"), "name", w->by_name);
        return;
    }
    struct js *facts = js_parse(c->a, m->facts, FACTS_N, 4, NULL);
    if (!js_i64(js_get(facts, "percent"), &percent) ||
        !js_i64(js_get(facts, "needed"), &needed))
        return;
    struct view *rule = view_msg(o, "text", "opening.rule");
    view_int(rule, "percent", percent);
    view_int(rule, "needed", needed);
    view_int(rule, "n", (int64_t)w->evidence_n);
}

static struct str joined(struct arena *a, const struct str *texts, size_t n)
{
    struct buf b;
    buf_init(&b, a, 64);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_c(&b, ", ");
        buf_str(&b, texts[i]);
    }
    return buf_view(&b);
}

void opening_view_who(struct page_ctx *c, struct view *o, const struct opening *op,
                      const struct openlook_who *w)
{
    flag_view_person(c, o, w->person_id, w->name);
    put_buttons(c, o, op, w->stand, w->person_id, w->name);
    if (w->member == NULL) {
        view_int(view_msg(o, "text", "opening.at"), "percent", w->percent);
        view_int(o, "missing_n", (int64_t)w->missing_n);
        view_str(o, "missing", joined(c->a, w->missing, w->missing_n));
        return;
    }
    put_reason(c, o, w);
    view_str(o, "receipt", w->member->receipt);
    int64_t at_ms =
        w->member->receipt_ms > 0 ? w->member->receipt_ms : w->member->granted_ms;
    view_when(o, "when", at_ms, c->now_ms);
}

void opening_view_of(struct page_ctx *c, struct view *o, const struct openlook_of *row,
                     int64_t person_id, struct str name)
{
    struct view *text = view_msg(o, "text", "opening_is.on_person");
    view_str(text, "unit", row->unit_title.n > 0 ? row->unit_title : row->o.unit);
    put_what(text, &row->o);
    view_msg(text, "state",
             page_message(c, "opening_is.", str_c(openlook_word(row->stand))));
    put_buttons(c, o, &row->o, row->stand, person_id, name);
}
