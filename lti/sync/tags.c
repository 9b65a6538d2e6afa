#include "learn/ties.h"
#include "lms/lms.h"
#include "sync/steps.h"

struct collect {
    struct pull *p;
    struct activities_index *activities;
    struct str prefix; /* of an activity's name */
    struct vec rows;   /* struct activitytag, in p->page */
};

static void add(struct collect *c, struct str key, const char *kind, struct str value,
                struct str title)
{
    struct arena *a = c->p->page;
    int64_t activity = activities_find(c->activities, c->prefix, key);
    if (activity == 0 || value.n == 0)
        return;
    *(struct activitytag *)vec_push(&c->rows) =
        (struct activitytag){.activity_id = activity,
                             .kind = str_c(kind),
                             .value = str_dup(a, value),
                             .title = str_dup(a, title)};
}

static int on_alignment(void *ctx, const struct lms_alignment *r, struct err *e)
{
    static const char *const kinds[] = {"outcome", "tag", "section"};
    (void)e;
    add(ctx, r->activity_key, kinds[r->kind], r->value, r->title);
    return 0;
}

/* What stands of the other kind: tags of whole activities, or of single items, come in
 * different steps. */
static int carry(struct collect *c, bool items, struct err *e)
{
    struct pull *p = c->p;
    struct activitytag *rows;
    size_t n;
    if (activitytag_list(p->job->db, p->page, p->course.tenant_id, p->course.id, &rows,
                         &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if ((rows[i].item.n > 0) == items)
            *(struct activitytag *)vec_push(&c->rows) = rows[i];
    return 0;
}

int tags_keep_items(struct pull *p, const struct activitytag *rows, size_t n,
                    struct err *e)
{
    struct collect c = {.p = p};
    struct learn l = pull_learn(p, p->page);
    vec_init(&c.rows, p->page, sizeof(struct activitytag));
    if (carry(&c, false, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        *(struct activitytag *)vec_push(&c.rows) = rows[i];
    return ties_tags(&l, c.rows.p, c.rows.n, e);
}

/* A nicety: what is refused leaves what is known, and fails nothing. */
int tags_keep(struct pull *p, const struct tags_heading *rows, size_t n, struct err *e)
{
    struct collect c = {.p = p};
    struct learn l = pull_learn(p, p->page);
    bool moodle = str_is(str_c(p->lms.ops->kind), "moodle");
    c.prefix = moodle ? STR("moodle-cm") : str_c(p->lms.ops->kind);
    c.activities = activities_index(&l, e);
    if (c.activities == NULL)
        return -1;
    vec_init(&c.rows, p->page, sizeof(struct activitytag));
    for (size_t i = 0; i < n; i++)
        add(&c, rows[i].key, "section", rows[i].text, STR_EMPTY);
    if ((p->can & LMS_ALIGNMENTS) != 0 && p->lms.ops->alignments != NULL) {
        struct err own = {0};
        if (p->lms.ops->alignments(&p->lms, p->access.course, on_alignment, &c, p->page,
                                   &own) != 0) {
            if (own.code == ERR_BUSY && e != NULL)
                *e = own;
            if (own.code == ERR_BUSY || own.code == ERR_UNAVAILABLE)
                return own.code == ERR_BUSY ? -1 : 0; /* what is known stays */
        }
    }
    if (carry(&c, true, e) != 0)
        return -1;
    return ties_tags(&l, c.rows.p, c.rows.n, e);
}
