#include "web/question_view.h"

#include "learn/questions.h"

#define SHOWN 5

static void put_one(struct view *o, const struct question *q, struct str from,
                    struct str to)
{
    bool drop = str_is(q->kind, "drop");
    struct view *text = view_msg(o, "text", drop ? "question.drop" : "question.add");
    view_str(text, "from", from);
    view_str(text, "to", to);
    view_int(text, "showed", q->showed);
    view_int(text, "without", q->without);
    struct view *why = view_msg(o, "why", "question.why");
    view_int(why, "n", q->n);
    view_int(why, "expected", (int64_t)(q->expected + 0.5));
    view_int(why, "low", (int64_t)(100 * q->low + 0.5));
    view_int(why, "high", (int64_t)(100 * q->high + 0.5));
    view_str(o, "kind", q->kind);
    view_str(o, "from", q->from);
    view_str(o, "to", q->to);
    view_bool(o, "drop", drop);
    view_bool(o, "add", !drop);
}

int question_view(struct page_ctx *c, struct view *v, const struct skill_map *m,
                  struct err *e)
{
    struct question *rows;
    size_t n, shown = 0;
    if (m == NULL)
        return 0;
    if (question_list(c->app->db, c->a, c->session.tenant_id, c->session.course_id, &rows,
                      &n, e) < 0)
        return -1;
    struct view *list = view_list(v, "questions");
    for (size_t i = 0; i < n && shown < SHOWN; i++) {
        int32_t from = skill_find(m, rows[i].from), to = skill_find(m, rows[i].to);
        if (!str_is(rows[i].state, "open") || from < 0 || to < 0)
            continue;
        put_one(view_item(list), &rows[i], m->skills[from].title, m->skills[to].title);
        shown++;
    }
    view_int(v, "questions_n", (int64_t)shown);
    return 0;
}

int question_view_answer(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    struct str word = page_field(c, "answer"), problem;
    enum questions_answer answer = str_is(word, "hard")   ? QUESTIONS_HARD
                                   : str_is(word, "soft") ? QUESTIONS_SOFT
                                                          : QUESTIONS_KEEP;
    int rc =
        questions_answer(&l, page_field(c, "kind"), page_field(c, "from"),
                         page_field(c, "to"), answer, c->session.person_id, &problem, e);
    return rc == 0 ? err_set(e, ERR_INPUT, "nobody asks that any more") : rc;
}
