#include "web/event_view.h"

/* A question, a try of all of it, and the grade look alike but for a word. */
static const char *scored_text(const struct evidence *row)
{
    switch (row->kind) {
    case EVIDENCE_ANSWER:
        return "evidence.score_answer";
    case EVIDENCE_ATTEMPT:
        return "evidence.score_attempt";
    case EVIDENCE_GRADE:
        return "evidence.score_grade";
    case EVIDENCE_JUDGEMENT:
        return 2 * row->score < row->maximum ? "evidence.not_yet" : "evidence.seen";
    default:
        return "evidence.score";
    }
}

/* What a row without a score says: taken back, or the kind of thing that it is. */
static const char *plain_text(struct page_ctx *c, const struct evidence *row)
{
    if (str_is(row->effort, LEDGER_WITHDRAWN))
        return "evidence.withdrawn";
    return page_message(c, "evidence.", str_c(ledger_kind_name(row->kind)));
}

/* What a row says: with a score "Grade: 4 of 5 in Check 3". */
static void put_text(struct page_ctx *c, struct view *o, const struct person_event *ev)
{
    const struct evidence *row = &ev->row;
    bool scored = row->has_score && row->maximum > 0;
    const char *what = scored ? scored_text(row) : plain_text(c, row);
    struct view *msg = view_msg(o, "text", what);
    if (scored) {
        view_str(msg, "score", str_fmt(c->a, "%.10g", row->score));
        view_str(msg, "maximum", str_fmt(c->a, "%.10g", row->maximum));
    }
    if (ev->activity_title.n > 0)
        view_str(msg, "activity", ev->activity_title);
    else
        view_msg(msg, "activity", "evidence.whole_course");
}

void event_view_one(struct page_ctx *c, struct view *o, const struct person_event *ev)
{
    put_text(c, o, ev);
    view_str(o, "skill", ev->skill_title);
    view_msg(o, "source", page_message(c, "via.", ev->row.source_kind));
    view_when(o, "when", ev->row.observed_ms, c->now_ms);
    view_bool(o, "counts", ev->counts);
}

void event_view(struct page_ctx *c, struct view *v, const char *key,
                const struct person_event *events, size_t n)
{
    struct view *list = view_list(v, key);
    for (size_t i = 0; i < n; i++)
        event_view_one(c, view_item(list), &events[i]);
}
