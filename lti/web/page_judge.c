/* What a teacher has seen for themselves about somebody's skill. */
#include "learn/judge.h"

#include "web/page.h"

int page_judge(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    struct str said = page_field(c, "said");
    struct judge_in in = {.person_id = page_int(c, "person", 0),
                          .by_person_id = c->session.person_id,
                          .code = page_field(c, "code"),
                          .has = str_is(said, "has")};
    if (!in.has && !str_is(said, "not_yet"))
        return err_set(e, ERR_INPUT, "a judgement is \"has\" or \"not_yet\"");
    if (judge_add(&l, &in, e) != 0)
        return -1;
    if (c->cookieless)
        return page_skill(c, e);
    res_redirect(c->res, 303,
                 str_fmt(c->a, "%.*s&person=%lld&code=%.*s",
                         STR_ARG(page_url(c, "/skill")), (long long)in.person_id,
                         STR_ARG(in.code)));
    return 0;
}
