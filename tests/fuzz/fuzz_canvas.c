/* Answers of Canvas's API: two documents, split at the first line break. The first
 * byte says which readers take them. */
#include "base/js.h"
#include "lms/canvas_oauth.h"
#include "lms/canvas_parts.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_activity(void *ctx, const struct lms_activity *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->key.n > 0 && r->kind.n > 0 && r->maximum >= 0 && r->position >= 0);
    return 0;
}

static int on_person(void *ctx, const struct lms_person *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->id.n > 0 && r->roles_n == 1 && r->last_access_ms >= 0);
    return 0;
}

static int on_work(void *ctx, const struct lms_submission *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->user_id.n > 0 && r->activity_key.n > 0 && r->maximum >= 0);
    INVARIANT(r->current || (r->number > 0 && r->submitted_ms > 0));
    INVARIANT(!r->has_score || isfinite(r->score));
    for (size_t i = 0; i < r->answers_n; i++)
        INVARIANT(r->answers[i].item.n > 0 && r->answers[i].maximum > 0);
    return 0;
}

static int on_outcome(void *ctx, const struct lms_outcome *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->key.n > 0 && r->activity_key.n > 0 && r->user_id.n > 0);
    INVARIANT(r->outcome.n > 0 && r->maximum > 0 && r->at_ms > 0);
    INVARIANT(!r->has_score || isfinite(r->score));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct arena *a = arena_new((size_t)64 << 20);
    struct str text = {(const char *)data + 1, size - 1}, first, second = STR_EMPTY;
    struct canvas_oauth_token token;
    str_cut(text, '\n', &first, &second);
    if (data[0] % 3 == 0) {
        canvas_people_feed(text, on_person, NULL, a, NULL);
    } else if (data[0] % 3 == 1) {
        if (canvas_oauth_read(text, &token, a, NULL) == 0)
            INVARIANT(token.access.n > 0 && token.life_ms > 0);
    } else {
        struct canvas_assignments *set = canvas_catalogue_feed(first, a, NULL);
        if (set != NULL) {
            canvas_catalogue_modules(set, second, on_activity, NULL, a, NULL);
            canvas_work_feed(set, second, on_work, NULL, a, NULL);
            canvas_outcomes_feed(set, map_new(a), second, on_outcome, NULL, a, NULL);
        }
    }
    arena_free(a);
    return 0;
}
