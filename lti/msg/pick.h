/* pick.h: what a person ticked on the picker, checked against what may be added (DL-4).
 * Pure: the form in, links to make out, or what is wrong in words. */
#ifndef WAYMARK_MSG_PICK_H
#define WAYMARK_MSG_PICK_H

#include "msg/deeplink.h"
#include "msg/form.h"

#define PICK_MASTERY_ID "waymark-mastery" /* the column that shows mastery */
#define PICK_MASTERY_TAG "mastery"
#define PICK_GATE_ID "waymark-gate-" /* ... and a unit's short name */
#define PICK_GATE_TAG "gate"
#define PICK_TITLE_MAX 200

struct pick_unit {
    struct str slug;
    struct str title;
};

/* What may be picked. */
struct pick_offer {
    bool several;      /* more than one at once (accept_multiple) */
    bool gates;        /* columns are taken, so a gate makes sense */
    bool panel_column; /* the panel may bring the mastery column */
    const struct pick_unit *units;
    size_t units_n;
    struct str title; /* the platform's wish for the title of a single link, or empty */
    struct str text;  /* and for its text */
};

enum pick_problem {
    PICK_FINE,
    PICK_NONE,    /* nothing was ticked */
    PICK_ONE,     /* several were, though one is taken (I99) */
    PICK_MANY,    /* more than DEEPLINK_ITEMS_MAX */
    PICK_UNKNOWN, /* something that is not on offer: an old or a forged page */
    PICK_DATE,    /* a date that is none */
    PICK_ORDER    /* it ends before it begins */
};

struct pick_result {
    enum pick_problem problem;
    struct deeplink_item *items;
    size_t items_n;
};

/* The name of an item in the form: "panel", "unit/SLUG", "gate/SLUG". */
struct str pick_key(struct arena *a, const char *view, struct str slug);

/* Fields: `item` (a key, as often as ticked), `title.KEY`, `column` (for the panel),
 * `from`, `until`, `due` (YYYY-MM-DDTHH:MM), `zone` (+HH:MM). */
void pick_read(struct arena *a, const struct form *form, const struct pick_offer *offer,
               struct pick_result *out);

/* A date and time as a browser's field gives it, and a zone: ISO 8601. Empty stays empty.
 * False: it is none. */
bool pick_time(struct arena *a, struct str local, struct str zone, struct str *out);

#endif
