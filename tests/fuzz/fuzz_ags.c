/* Line items, one item, results, groups, a score's body: what a platform sends about
 * grades. The first byte picks the reader. */
#include "service/ags.h"
#include "service/groups.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE "https://lms.example.edu/api/lti/courses/7/line_items"

static int on_group(void *ctx, const struct groups_item *g, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(g->id.n > 0 && g->id.n <= 255 && g->name.n > 0);
    return 0;
}

/* A result that is taken can be compared with what we posted. */
static int on_result(void *ctx, const struct ags_result *r, struct err *e)
{
    (void)ctx;
    (void)e;
    INVARIANT(r->user_id.n > 0 && r->maximum > 0);
    INVARIANT(r->has_score || ags_same(r, 0, 100));
    if (r->has_score && fabs(r->score) < 1e15 && r->maximum < 1e15)
        INVARIANT(ags_same(r, r->score, r->maximum));
    return 0;
}

static void one_item(struct arena *a, const struct js *v)
{
    struct ags_item item;
    if (ags_item(v, STR(BASE), &item, a, NULL) != 0)
        return;
    INVARIANT(item.id.n > 0 && item.label.n > 0 && item.maximum > 0);
    struct str scores = ags_scores_url(a, item.id);
    INVARIANT(str_find(scores, STR("/scores"), 0) != SIZE_MAX);
    INVARIANT(ags_results_url(a, item.id).n == scores.n + 1);
}

static void items(struct arena *a, struct str text)
{
    struct js *v = js_parse(a, text, 1 << 16, 16, NULL);
    one_item(a, v);
    for (size_t i = 0; i < js_len(v) && js_type(v) == JS_ARRAY; i++)
        one_item(a, js_at(v, i));
}

/* Whatever the numbers are, the body is JSON that says them (AGS-6). */
static void score(struct arena *a, struct str text)
{
    struct ags_score s = {.user_id = str_head(text, 255),
                          .comment = text,
                          .has_score = true,
                          .given = (double)text.n / 7,
                          .maximum = 100,
                          .at_ms = 1790000000000,
                          .activity = "Completed",
                          .grading = "FullyGraded",
                          .canvas = text.n % 2 == 0};
    double given;
    if (str_has_nul(text)) /* no id of a launch has one */
        return;
    struct js *v = js_parse(a, ags_score_body(a, &s), 1 << 20, 8, NULL);
    INVARIANT(v != NULL && js_num(js_get(v, "scoreGiven"), &given));
    INVARIANT(fabs(given - s.given) < 1e-6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 1 << 16)
        return 0;
    struct arena *a = arena_new((size_t)256 << 20);
    struct str text = {(const char *)data + 1, size - 1};
    struct ags_sink results = {on_result, NULL};
    struct groups_sink groups = {on_group, NULL};
    int64_t skipped;
    switch (data[0] % 5) {
    case 0:
        items(a, text);
        break;
    case 1:
        ags_results_read(text, &results, &skipped, a, NULL);
        break;
    case 2:
        groups_read(text, GROUPS_GROUPS, &groups, &skipped, a, NULL);
        break;
    case 3:
        groups_read(text, GROUPS_SETS, &groups, &skipped, a, NULL);
        break;
    default:
        score(a, text);
        ags_offers(text, SCOPE_SCORE);
    }
    arena_free(a);
    return 0;
}
