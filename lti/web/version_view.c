#include "web/version_view.h"

#include "base/js.h"
#include "store/mapstore.h"

#define SHOWN_MAX 40
#define DIFF_BYTES ((size_t)256 * 1024)

static const char *message_of(struct str kind, bool was, bool now)
{
    static const struct {
        const char *kind;
        const char *both, *came, *went;
    } table[] = {
        {"added", "mapdiff.added", "mapdiff.added", "mapdiff.added"},
        {"removed", "mapdiff.removed", "mapdiff.removed", "mapdiff.removed"},
        {"replaced", "mapdiff.replaced", "mapdiff.replaced", "mapdiff.replaced"},
        {"changed", "mapdiff.changed", "mapdiff.changed", "mapdiff.changed"},
        {"needs", "mapdiff.needs", "mapdiff.needs", "mapdiff.needs_not"},
        {"helps", "mapdiff.helps", "mapdiff.helps", "mapdiff.helps_not"},
        {"ties", "mapdiff.ties", "mapdiff.ties", "mapdiff.ties_not"},
        {"path", "mapdiff.path", "mapdiff.path_new", "mapdiff.path_gone"},
        {"thresholds", "mapdiff.number", "mapdiff.number", "mapdiff.number"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(kind, table[i].kind))
            return was && now ? table[i].both : was ? table[i].went : table[i].came;
    return "mapdiff.map";
}

static void put_row(struct view *o, const struct js *row)
{
    struct str was = js_text(row, "was"), now = js_text(row, "now"),
               title = js_text(row, "title"), about = js_text(row, "about");
    const char *id = message_of(js_text(row, "kind"), was.n > 0, now.n > 0);
    struct view *text = view_msg(o, "text", id);
    view_str(text, "skill", title.n > 0 ? title : about);
    view_str(text, "field", js_text(row, "field"));
    view_str(text, "was", was);
    view_str(text, "now", now);
    view_str(text, "what", was.n > 0 ? was : now);
}

int version_view(struct page_ctx *c, struct view *v, struct err *e)
{
    struct map_row *rows;
    size_t n;
    struct learn l = page_learn(c);
    if (mapstore_versions(l.db, c->a, l.tenant_id, l.course_id, 1, &rows, &n, e) < 0)
        return -1;
    if (n == 0)
        return 0;
    const struct js *diff =
        rows[0].diff.n > 0 ? js_parse(c->a, rows[0].diff, DIFF_BYTES, 4, NULL) : NULL;
    const struct js *list = js_get(diff, "rows");
    struct view *o = view_child(v, "map_news"), *out = view_list(o, "rows");
    size_t shown = js_len(list) < SHOWN_MAX ? js_len(list) : SHOWN_MAX;
    view_int(o, "n", rows[0].version);
    view_when(o, "when", rows[0].created_ms, c->now_ms);
    view_str(o, "uncovered", rows[0].uncovered);
    for (size_t i = 0; i < shown; i++)
        put_row(view_item(out), js_at(list, i));
    view_int(o, "rows_n", (int64_t)shown);
    view_bool(o, "more", js_len(list) > shown);
    return 0;
}

void version_view_floor(struct view *v, const struct floor *f, const struct coverage *k)
{
    struct view *o = view_child(v, "floor");
    int64_t now = k->skills > 0 ? (int64_t)k->provable * 100 / (int64_t)k->skills : 0;
    view_int(o, "percent", f->percent);
    view_int(o, "now", now);
    view_bool(o, "below", !f->reached);
    view_bool(o, "any", f->percent > 0);
}
