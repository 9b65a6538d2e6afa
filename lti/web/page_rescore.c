/* What a teacher decides about our scores in the LMS: let one be written again, have the
 * column removed, or made again. */
#include "learn/scores.h"
#include "web/page.h"

int page_rescore(struct page_ctx *c, struct err *e)
{
    struct learn l = page_learn(c);
    struct str what = page_field(c, "do");
    int rc = str_is(what, "allow")
                 ? scores_allow(&l, page_int(c, "person", 0), page_field(c, "target"), e)
             : str_is(what, "again")  ? scores_again(&l, page_int(c, "person", 0), e)
             : str_is(what, "remove") ? scores_remove_column(&l, e)
             : str_is(what, "make")   ? scores_make_column(&l, e)
                                      : err_set(e, ERR_INPUT, "no such thing to do");
    if (rc == 0 && str_is(what, "make"))
        rc = page_sync_soon(c, e);
    return rc != 0 ? -1 : page_go(c, "/scores", page_scores, e);
}
