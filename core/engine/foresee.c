#include "engine/foresee.h"

void foresee_right(struct arena *a, const struct foresee *f,
                   const struct foresee_row *rows, size_t n, int64_t as_of_ms,
                   double *p_right)
{
    struct lkt_person *p = lkt_person_new(a);
    for (size_t i = 0; i < n; i++) {
        const struct foresee_row *r = &rows[i];
        bool between = r->share > 0.0 && r->share < 1.0;
        struct answer given = {.item = -1,
                               .skill = f->skill_of[r->skill],
                               .at_s = r->at_ms / 1000,
                               .right = r->share >= 0.5,
                               .partial = between ? (float)r->share : 0.0f};
        if (given.skill >= 0) {
            lkt_update(f->model, p, &given);
        }
    }
    for (size_t i = 0; i < f->skill_n; i++) {
        struct answer next = {
            .item = -1, .skill = f->skill_of[i], .at_s = as_of_ms / 1000};
        p_right[i] = next.skill >= 0 ? lkt_predict(f->model, p, &next) : -1.0;
    }
}
