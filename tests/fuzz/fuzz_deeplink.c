/* The picker: settings as they were kept, then a line feed, then the form as a browser
 * sends it; whatever comes out must be fit to be signed (DL-4, DL-9). */
#include "base/err.h"
#include "base/iso.h"
#include "msg/pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pick_unit units[] = {{{"ratios", 6}, {"Ratios & rates", 14}},
                                         {{"lines", 5}, {"L\n<b>\"", 6}}};

static void check_time(struct str s)
{
    int64_t ms;
    INVARIANT(s.n == 0 || iso_parse(s, &ms));
}

static void check_item(const struct pick_offer *offer, const struct deeplink_item *item)
{
    bool gate = str_is(str_c(item->view), "gate");
    INVARIANT(item->title.n > 0 && item->title.n <= PICK_TITLE_MAX);
    INVARIANT(str_utf8(item->title));
    for (size_t i = 0; i < item->title.n; i++)
        INVARIANT((unsigned char)item->title.p[i] >= 0x20);
    INVARIANT(!gate || offer->gates);
    INVARIANT(gate == (item->column_id != NULL && item->unit.n > 0));
    INVARIANT(item->column_id == NULL || gate || offer->panel_column);
    INVARIANT(item->unit.n == 0 || str_eq(item->unit, units[0].slug) ||
              str_eq(item->unit, units[1].slug));
    check_time(item->from);
    check_time(item->until);
    check_time(item->due);
}

static void answer(struct arena *a, const struct pick_result *r)
{
    struct deeplink_answer in = {.client_id = STR("c"),
                                 .issuer = STR("https://lms.example"),
                                 .deployment_id = STR("1"),
                                 .nonce = STR("n"),
                                 .url = STR("https://tool.example/lti/launch"),
                                 .items = r->items,
                                 .items_n = r->items_n};
    struct str text = js_dump(a, deeplink_claims(a, &in));
    INVARIANT(text.n < 256 * 1024);
    INVARIANT(js_parse(a, text, text.n, 8, NULL) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct form_limit limit = {64 * 1024, 32 * 1024, 256};
    struct arena *a = arena_new(64 * 1024 * 1024);
    struct str settings, body, all = {(const char *)data, size};
    struct launch_deep_link wants = {.takes_links = true};
    struct fault f = {.id = FAULT_NONE};
    struct form form;
    struct pick_result r;
    str_cut(all, '\n', &settings, &body);
    deeplink_unpack(a, settings, &wants, NULL);
    struct pick_offer offer = {.several = wants.takes_several,
                               .gates = wants.takes_columns,
                               .panel_column = wants.takes_columns,
                               .units = units,
                               .units_n = 2,
                               .title = wants.title,
                               .text = wants.text};
    if (form_decode(a, STR_EMPTY, body, &limit, &form, &f) == 0) {
        pick_read(a, &form, &offer, &r);
        INVARIANT(r.items_n <= DEEPLINK_ITEMS_MAX);
        INVARIANT(offer.several || r.items_n <= 1);
        INVARIANT((r.problem == PICK_FINE) == (r.items_n > 0));
        for (size_t i = 0; i < r.items_n; i++)
            check_item(&offer, &r.items[i]);
        answer(a, &r);
    }
    arena_free(a);
    return 0;
}
