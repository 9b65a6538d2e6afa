#include "msg/pick.h"

#include "base/iso.h"

#define LOCAL_N 16 /* "2026-11-30T08:00" */

struct str pick_key(struct arena *a, const char *view, struct str slug)
{
    return slug.n > 0 ? str_fmt(a, "%s/%.*s", view, STR_ARG(slug)) : str_c(view);
}

/* Titles go into other people's pages and files: one line, not too long (MOODLE.md). */
static struct str one_line(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? ' ' : s.p[i];
    return str_trim(str_head((struct str){p, s.n}, PICK_TITLE_MAX));
}

static bool digits(struct str s, const char *shape)
{
    if (s.n != str_c(shape).n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (shape[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != shape[i])
            return false;
    return true;
}

bool pick_time(struct arena *a, struct str local, struct str zone, struct str *out)
{
    int64_t ms;
    *out = STR_EMPTY;
    local = str_trim(local);
    if (local.n == 0)
        return true;
    zone = str_trim(zone);
    if (zone.n == 0)
        zone = STR("+00:00");
    if (!digits(zone, "+00:00") && !digits(zone, "-00:00"))
        return false;
    if (!digits(str_sub(local, 0, LOCAL_N), "0000-00-00T00:00") ||
        (local.n != LOCAL_N && !digits(str_sub(local, LOCAL_N, local.n), ":00")))
        return false;
    struct str seconds = local.n == LOCAL_N ? STR(":00") : STR_EMPTY;
    *out = str_fmt(a, "%.*s%.*s%.*s", STR_ARG(local), STR_ARG(seconds), STR_ARG(zone));
    return iso_parse(*out, &ms);
}

/* What one key means; false when it is not on offer. */
static bool read_key(const struct pick_offer *o, struct str key, const char **view,
                     const struct pick_unit **unit)
{
    struct str head, slug;
    *unit = NULL;
    *view = "panel";
    if (str_is(key, "panel"))
        return true;
    if (!str_cut(key, '/', &head, &slug))
        return false;
    bool gate = str_is(head, "gate");
    if (!gate && !str_is(head, "unit"))
        return false;
    *view = gate ? "gate" : "unit";
    for (size_t i = 0; i < o->units_n && *unit == NULL; i++)
        if (str_eq(o->units[i].slug, slug))
            *unit = &o->units[i];
    return *unit != NULL && (!gate || o->gates);
}

static bool chosen_before(const struct form *f, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_is(f->pair[i].key, "item") && str_eq(f->pair[i].val, f->pair[at].val))
            return true;
    return false;
}

static struct str title(struct arena *a, const struct form *f, struct str key,
                        struct str fallback)
{
    char *field = str_z(a, str_fmt(a, "title.%.*s", STR_ARG(key)));
    struct str given = field != NULL ? one_line(a, form_get(f, field)) : STR_EMPTY;
    return given.n > 0 ? given : one_line(a, fallback);
}

/* One ticked item into out->items. */
static enum pick_problem add(struct arena *a, const struct form *f,
                             const struct pick_offer *o, struct str key,
                             struct pick_result *out)
{
    const struct pick_unit *unit;
    const char *view;
    if (!read_key(o, key, &view, &unit))
        return PICK_UNKNOWN;
    if (out->items_n == DEEPLINK_ITEMS_MAX)
        return PICK_MANY;
    struct deeplink_item *item = &out->items[out->items_n++];
    *item = (struct deeplink_item){
        .view = view, .unit = unit != NULL ? unit->slug : STR_EMPTY, .text = STR_EMPTY};
    item->title = title(a, f, key, unit != NULL ? unit->title : STR("Waymark"));
    if (str_is(str_c(view), "gate")) {
        item->column_id = PICK_GATE_ID;
        item->column_tag = PICK_GATE_TAG;
    } else if (unit == NULL && o->panel_column && form_has(f, "column")) {
        item->column_id = PICK_MASTERY_ID;
        item->column_tag = PICK_MASTERY_TAG;
    }
    return PICK_FINE;
}

static bool before(struct str x, struct str y)
{
    int64_t p = 0, q = 0;
    return x.n == 0 || y.n == 0 || !iso_parse(x, &p) || !iso_parse(y, &q) || p < q;
}

/* Dates are for all that is added at once. */
static enum pick_problem dates(struct arena *a, const struct form *f,
                               struct pick_result *out)
{
    struct str from, until, due, zone = form_get(f, "zone");
    if (!pick_time(a, form_get(f, "from"), zone, &from) ||
        !pick_time(a, form_get(f, "until"), zone, &until) ||
        !pick_time(a, form_get(f, "due"), zone, &due))
        return PICK_DATE;
    if (!before(from, until) || !before(from, due))
        return PICK_ORDER;
    for (size_t i = 0; i < out->items_n; i++) {
        out->items[i].from = from;
        out->items[i].until = until;
        out->items[i].due = due;
    }
    return PICK_FINE;
}

void pick_read(struct arena *a, const struct form *form, const struct pick_offer *offer,
               struct pick_result *out)
{
    *out = (struct pick_result){
        .items = ARENA_ARRAY(a, struct deeplink_item, DEEPLINK_ITEMS_MAX)};
    for (size_t i = 0; i < form->n && out->problem == PICK_FINE; i++)
        if (str_is(form->pair[i].key, "item") && !chosen_before(form, i))
            out->problem = add(a, form, offer, form->pair[i].val, out);
    if (out->problem == PICK_FINE && out->items_n == 0)
        out->problem = PICK_NONE;
    if (out->problem == PICK_FINE && out->items_n > 1 && !offer->several)
        out->problem = PICK_ONE;
    if (out->problem == PICK_FINE)
        out->problem = dates(a, form, out);
    if (out->problem != PICK_FINE)
        out->items_n = 0;
    else if (out->items_n == 1)
        out->items[0].text = one_line(a, offer->text);
}
