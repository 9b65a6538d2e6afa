#include "lms/lms.h"

#include "base/js.h"
#include "lms/canvas.h"
#include "lms/moodle.h"

#include <string.h>

#define PROBED_N 65536

const struct lms_ops *lms_find(struct str kind)
{
    const struct lms_ops *all[] = {moodle_ops(), canvas_ops()};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (str_is(kind, all[i]->kind))
            return all[i];
    return NULL;
}

static const char *root(const struct lms_need *need)
{
    return need->instead != NULL ? need->instead : need->function;
}

bool lms_need_met(const struct lms_ops *ops, uint64_t met, size_t i)
{
    const char *wanted = root(&ops->needs[i]);
    for (size_t k = 0; k < ops->needs_n; k++)
        if ((met >> k & 1) != 0 && strcmp(root(&ops->needs[k]), wanted) == 0)
            return true;
    return false;
}

unsigned lms_abilities(const struct lms_ops *ops, uint64_t met)
{
    unsigned all = 0, lacking = 0;
    for (size_t i = 0; i < ops->needs_n; i++) {
        if (ops->needs[i].optional)
            continue;
        all |= ops->needs[i].can;
        if (!lms_need_met(ops, met, i))
            lacking |= ops->needs[i].can;
    }
    return all & ~lacking;
}

/* --- a probe, kept ----------------------------------------------------------- */

struct str lms_probed_text(const struct lms_ops *ops, const struct lms_site *site,
                           struct arena *a)
{
    struct js *o = js_object(a), *list = js_array(a);
    for (size_t i = 0; i < ops->needs_n; i++)
        if ((site->met >> i & 1) != 0)
            js_push_str(list, str_c(ops->needs[i].function));
    js_set_str(o, "site", site->name);
    js_set_str(o, "release", site->release);
    js_set(o, "functions", list);
    return js_dump(a, o);
}

int lms_probed_read(const struct lms_ops *ops, struct str text, struct lms_site *out,
                    struct arena *a)
{
    struct js *o = js_parse(a, text, PROBED_N, 4, NULL);
    struct js *list = js_get(o, "functions");
    if (js_type(list) != JS_ARRAY)
        return 0;
    *out =
        (struct lms_site){.name = js_text(o, "site"), .release = js_text(o, "release")};
    for (size_t k = 0; k < js_len(list); k++) {
        struct str name;
        for (size_t i = 0; i < ops->needs_n && js_str(js_at(list, k), &name); i++)
            if (str_is(name, ops->needs[i].function))
                out->met |= UINT64_C(1) << i;
    }
    out->can = lms_abilities(ops, out->met);
    return 1;
}

int lms_calls(const struct lms *l, int usual)
{
    return l->calls > 0 && l->calls < usual ? l->calls : usual;
}
