#include "engine/lkt.h"

#include "engine/lktdoc.h"
#include "engine/lktfit.h"
#include "engine/lktmodel.h"

#include <math.h>
#include <string.h>

struct lkt_model *lkt_fit(struct arena *a, struct arena *scratch,
                          const struct answers *train, const struct lkt_opts *opts)
{
    struct lkt_model *m = ARENA_NEW(a, struct lkt_model);
    lktmodel_init(m);
    lktfit_run(m, a, scratch, train, opts);
    return m;
}

struct lkt_person *lkt_person_new(struct arena *a)
{
    return lktlook_person(a);
}

void lkt_person_reset(struct lkt_person *p)
{
    lktlook_reset(p);
}

double lkt_predict(const struct lkt_model *m, struct lkt_person *p,
                   const struct answer *next)
{
    const struct lktlook *seen = lktlook_all(&m->look, p, next);
    uint16_t active[LKTMODEL_ACTIVE];
    lktmodel_active(m->coarse, seen->bin, active);
    return lktcurve_logistic(&m->curve, lktmodel_sum(m->w, seen->x, active));
}

void lkt_update(const struct lkt_model *m, struct lkt_person *p,
                const struct answer *given)
{
    lktlook_take(&m->look, p, given, lktlook_all(&m->look, p, given));
}

double lkt_usual(const struct lkt_model *m)
{
    double sum = (double)m->w[LKTMODEL_BIAS];
    for (int k = 0; k < LKT_PARTS; k++)
        sum += m->usual[k];
    return sum;
}

void lkt_why(const struct lkt_model *m, struct lkt_person *p, const struct answer *next,
             struct lkt_why out[LKT_PARTS])
{
    const struct lktlook *seen = lktlook_all(&m->look, p, next);
    double parts[LKT_PARTS];
    lktmodel_parts(m, seen->x, seen->bin, parts);
    for (int k = 0; k < LKT_PARTS; k++) {
        struct lkt_why why = {(enum lkt_part)k, parts[k] - m->usual[k]};
        int at = k;
        for (; at > 0 && fabs(out[at - 1].log_odds) < fabs(why.log_odds); at--)
            out[at] = out[at - 1];
        out[at] = why;
    }
}

const char *lkt_part_name(enum lkt_part part)
{
    static const char *const names[LKT_PARTS] = {"item",      "skill",  "before",
                                                 "overall",   "recent", "same_skill",
                                                 "same_item", "time"};
    return part < LKT_PARTS ? names[part] : "none";
}

struct str lkt_write(struct arena *a, const struct lkt_model *m,
                     const struct lkt_codes *codes)
{
    return lktdoc_write(a, m, codes);
}

struct lkt_model *lkt_read(struct arena *a, struct str text, struct lkt_codes *codes,
                           struct err *e)
{
    struct lkt_model *m = ARENA_NEW(a, struct lkt_model);
    lktmodel_init(m);
    return lktdoc_read(a, text, m, codes, e) == 0 ? m : NULL;
}
