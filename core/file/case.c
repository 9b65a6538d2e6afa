#include "file/case.h"

#include "base/iso.h"
#include "base/js.h"
#include "base/map.h"
#include "base/vec.h"

#define MAX_DEPTH 16
#define MAX_TEXT 8000
#define MAX_ID 255
#define MAX_LEVELS 64

struct reader {
    struct arena *a;
    struct case_package *p;
    struct map *by_id; /* identifier -> struct case_item * */
    struct map *types; /* identifier of an item type -> its title */
    struct vec faults;
};

__attribute__((format(printf, 4, 5))) static void
fault(struct reader *rd, bool left_out, struct str path, const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    rd->p->left_out_n += left_out;
    rd->p->noted_n += !left_out;
    if (rd->faults.n == CASE_MAX_FAULTS)
        return;
    buf_init(&b, rd->a, 80);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    *(struct case_fault *)vec_push(&rd->faults) =
        (struct case_fault){.path = path, .text = buf_view(&b), .left_out = left_out};
}

/* Runs of blanks and control characters as one blank, none at the ends, and not longer
 * than a map may hold. */
static struct str tidy(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool blank = c <= 0x20 || c == 0x7f;
        if (!blank)
            p[n++] = s.p[i];
        else if (n > 0 && p[n - 1] != ' ')
            p[n++] = ' ';
    }
    struct str out = str_trim((struct str){p, n});
    if (out.n > MAX_TEXT)
        out = str_fmt(a, "%.*s\xe2\x80\xa6", STR_ARG(str_head(out, MAX_TEXT - 3)));
    return out;
}

static struct str text_of(struct arena *a, const struct js *o, const char *key)
{
    return tidy(a, js_text(o, key));
}

/* An identifier: short, without blanks. Empty when it is none. */
static struct str id_of(const struct js *o, const char *key)
{
    struct str s = js_text(o, key);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
            return STR_EMPTY;
    return s.n <= MAX_ID ? s : STR_EMPTY;
}

/* What stands behind the last slash of an address. */
static struct str last_part(struct str uri)
{
    size_t at = uri.n;
    while (at > 0 && uri.p[at - 1] != '/')
        at--;
    struct str s = str_sub(uri, at, uri.n);
    return s.n <= MAX_ID ? s : STR_EMPTY;
}

static bool is_date(struct str s)
{
    int64_t ms;
    return s.n == 10 && s.p[4] == '-' && iso_parse_loose(s, &ms);
}

static void read_levels(struct reader *rd, const struct js *v, struct case_item *it)
{
    const struct js *list = js_get(v, "educationLevel");
    size_t n = js_type(list) == JS_ARRAY ? js_len(list) : 0;
    it->levels = ARENA_ARRAY(rd->a, struct str, n < MAX_LEVELS ? n : MAX_LEVELS);
    for (size_t i = 0; i < n && it->levels_n < MAX_LEVELS; i++) {
        struct str s;
        if (js_str(js_at(list, i), &s) && tidy(rd->a, s).n > 0)
            it->levels[it->levels_n++] = tidy(rd->a, s);
    }
}

static struct str type_of(struct reader *rd, const struct js *v)
{
    struct str said = text_of(rd->a, v, "CFItemType");
    const struct str *title =
        said.n > 0 ? NULL
                   : map_get(rd->types, id_of(js_get(v, "CFItemTypeURI"), "identifier"));
    return title != NULL ? *title : said;
}

static void read_item(struct reader *rd, const struct js *v, size_t i)
{
    struct case_package *p = rd->p;
    struct case_item *it = &p->items[p->items_n];
    struct str path = str_fmt(rd->a, "CFItems[%zu]", i);
    int64_t ms;
    *it = (struct case_item){
        .id = id_of(v, "identifier"),
        .uri = text_of(rd->a, v, "uri"),
        .coding = text_of(rd->a, v, "humanCodingScheme"),
        .statement = text_of(rd->a, v, "fullStatement"),
        .brief = text_of(rd->a, v, "abbreviatedStatement"),
        .type = type_of(rd, v),
        .language = text_of(rd->a, v, "language"),
        .ends = text_of(rd->a, v, "statusEndDate"),
        .changed = text_of(rd->a, v, "lastChangeDateTime"),
        .list_mark = text_of(rd->a, v, "listEnumeration"),
        .index = i,
    };
    if (js_type(v) != JS_OBJECT) {
        fault(rd, true, path, "is no object");
        return;
    }
    if (it->id.n == 0) {
        fault(rd, true, path, "has no usable identifier");
        return;
    }
    if (it->statement.n == 0) {
        fault(rd, true, path, "has no fullStatement");
        return;
    }
    const struct case_item *first = map_get(rd->by_id, it->id);
    if (first != NULL) {
        fault(rd, true, path, "has the identifier of CFItems[%zu]", first->index);
        return;
    }
    if (it->ends.n > 0 && !is_date(it->ends)) {
        fault(rd, false, path, "statusEndDate is no date; it is left out");
        it->ends = STR_EMPTY;
    }
    if (it->changed.n > 0 && !iso_parse_loose(it->changed, &ms)) {
        fault(rd, false, path, "lastChangeDateTime is no time; it is left out");
        it->changed = STR_EMPTY;
    } else if (it->changed.n > 0 && !iso_parse(it->changed, &ms)) {
        it->changed = iso_format(rd->a, ms); /* it says no zone: UTC */
    }
    read_levels(rd, v, it);
    (void)map_put(rd->by_id, it->id, it);
    p->items_n++;
}

static int read_items(struct reader *rd, const struct js *doc, struct err *e)
{
    const struct js *list = js_get(doc, "CFItems");
    size_t n = js_type(list) == JS_ARRAY ? js_len(list) : 0;
    if (n > CASE_MAX_ITEMS)
        return err_set(e, ERR_LIMIT, "the package has more than %d items",
                       CASE_MAX_ITEMS);
    rd->p->items = ARENA_ARRAY(rd->a, struct case_item, n + 1);
    for (size_t i = 0; i < n; i++)
        read_item(rd, js_at(list, i), i);
    return 0;
}

static const struct {
    const char *name;
    enum case_kind kind;
} kinds[] = {
    {"isChildOf", CASE_CHILD},     {"isPartOf", CASE_PART},
    {"precedes", CASE_PRECEDES},   {"isRelatedTo", CASE_RELATED},
    {"exactMatchOf", CASE_EXACT},  {"replacedBy", CASE_REPLACED},
    {"hasSkillLevel", CASE_LEVEL}, {"isTranslationOf", CASE_TRANSLATION},
    {"isPeerOf", CASE_OTHER},      {"exemplar", CASE_OTHER},
};

/* false: such an association there is not. */
static bool kind_of(struct str name, enum case_kind *out)
{
    *out = CASE_OTHER;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_ieq(name, str_c(kinds[i].name))) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return str_starts(name, STR("ext:"));
}

/* One end: an object with identifier and uri. */
static struct str node_of(struct arena *a, const struct js *v, const char *key,
                          struct str *uri)
{
    const struct js *o = js_get(v, key);
    struct str id = id_of(o, "identifier");
    *uri = text_of(a, o, "uri");
    return id.n > 0 ? id : last_part(*uri);
}

static int32_t index_of(const struct reader *rd, struct str id)
{
    const struct case_item *it = map_get(rd->by_id, id);
    return it != NULL ? (int32_t)(it - rd->p->items) : -1;
}

static void read_link(struct reader *rd, const struct js *v, size_t i)
{
    struct case_link *k = &rd->p->links[rd->p->links_n];
    struct str path = str_fmt(rd->a, "CFAssociations[%zu]", i);
    struct str name = js_text(v, "associationType"), from_uri;
    *k = (struct case_link){.sequence = INT64_MAX};
    if (!kind_of(name, &k->kind)) {
        fault(rd, true, path, "has no associationType that is known");
        return;
    }
    if (k->kind == CASE_OTHER) {
        rd->p->other_n++;
        return;
    }
    k->from_id = node_of(rd->a, v, "originNodeURI", &from_uri);
    k->to_id = node_of(rd->a, v, "destinationNodeURI", &k->to_uri);
    (void)js_i64(js_get(v, "sequenceNumber"), &k->sequence);
    if (k->from_id.n == 0 || k->to_id.n == 0) {
        fault(rd, true, path, "does not say what it joins");
        return;
    }
    if (str_eq(k->from_id, k->to_id)) {
        fault(rd, true, path, "joins an item with itself");
        return;
    }
    k->from = index_of(rd, k->from_id);
    k->to = index_of(rd, k->to_id);
    rd->p->links_n++;
}

static int read_links(struct reader *rd, const struct js *doc, struct err *e)
{
    const struct js *list = js_get(doc, "CFAssociations");
    size_t n = js_type(list) == JS_ARRAY ? js_len(list) : 0;
    if (n > CASE_MAX_LINKS)
        return err_set(e, ERR_LIMIT, "the package has more than %d associations",
                       CASE_MAX_LINKS);
    rd->p->links = ARENA_ARRAY(rd->a, struct case_link, n + 1);
    for (size_t i = 0; i < n; i++)
        read_link(rd, js_at(list, i), i);
    return 0;
}

static void read_types(struct reader *rd, const struct js *doc)
{
    const struct js *list = js_get(js_get(doc, "CFDefinitions"), "CFItemTypes");
    size_t n = js_type(list) == JS_ARRAY ? js_len(list) : 0;
    for (size_t i = 0; i < n && i < CASE_MAX_ITEMS; i++) {
        const struct js *v = js_at(list, i);
        struct str id = id_of(v, "identifier");
        struct str *title = ARENA_NEW(rd->a, struct str);
        *title = text_of(rd->a, v, "title");
        if (id.n > 0 && title->n > 0)
            (void)map_put(rd->types, id, title);
    }
}

/* Which version: 1.1 says so itself, or its addresses do. */
static struct str version_of(const struct js *doc)
{
    struct str said = js_text(doc, "caseVersion");
    struct str uri = js_text(doc, "uri");
    struct str package = js_text(js_get(doc, "CFPackageURI"), "uri");
    bool is_11 = str_is(said, "1.1") || str_find(uri, STR("/v1p1/"), 0) != SIZE_MAX ||
                 str_find(package, STR("/v1p1/"), 0) != SIZE_MAX;
    return is_11 ? STR("1.1") : STR("1.0");
}

static int read_package(struct reader *rd, const struct js *doc, struct err *e)
{
    const struct js *head = js_get(doc, "CFDocument");
    struct case_package *p = rd->p;
    if (js_type(head) != JS_OBJECT || js_type(js_get(doc, "CFItems")) != JS_ARRAY)
        return err_set(e, ERR_INPUT,
                       "this is no CASE package: it needs CFDocument and CFItems");
    p->version = version_of(head);
    p->id = id_of(head, "identifier");
    p->uri = text_of(rd->a, head, "uri");
    p->title = text_of(rd->a, head, "title");
    p->creator = text_of(rd->a, head, "creator");
    p->language = text_of(rd->a, head, "language");
    p->changed = text_of(rd->a, head, "lastChangeDateTime");
    if (p->id.n == 0 || p->title.n == 0)
        return err_set(e, ERR_INPUT, "the CFDocument has no identifier or no title");
    read_types(rd, doc);
    return read_items(rd, doc, e) != 0 || read_links(rd, doc, e) != 0 ? -1 : 0;
}

/* The document itself, or what is wrapped in one member. */
static const struct js *unwrap(const struct js *doc)
{
    const struct js *inner = js_get(doc, "CFPackage");
    return inner != NULL && !js_has(doc, "CFDocument") ? inner : doc;
}

struct case_package *case_read(struct arena *a, struct str text, struct err *e)
{
    struct reader rd = {.a = a, .p = ARENA_NEW(a, struct case_package)};
    struct js *doc = js_parse(a, text, CASE_MAX_BYTES, MAX_DEPTH, e);
    if (doc == NULL)
        return NULL;
    rd.by_id = map_new(a);
    rd.types = map_new(a);
    vec_init(&rd.faults, a, sizeof(struct case_fault));
    if (read_package(&rd, unwrap(doc), e) != 0)
        return NULL;
    rd.p->faults = rd.faults.p;
    rd.p->faults_n = rd.faults.n;
    return rd.p;
}

int case_documents(struct arena *a, struct str text, struct case_document **rows,
                   size_t *n, struct err *e)
{
    struct vec v;
    struct js *doc = js_parse(a, text, CASE_MAX_BYTES, MAX_DEPTH, e);
    if (doc == NULL)
        return -1;
    const struct js *list = js_get(doc, "CFDocuments");
    if (js_type(list) != JS_ARRAY)
        return err_set(e, ERR_INPUT, "the answer is no list of CFDocuments");
    vec_init(&v, a, sizeof **rows);
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *o = js_at(list, i);
        struct case_document d = {
            .id = id_of(o, "identifier"),
            .title = text_of(a, o, "title"),
            .creator = text_of(a, o, "creator"),
            .status = text_of(a, o, "adoptionStatus"),
            .changed = text_of(a, o, "lastChangeDateTime"),
            .package_uri = text_of(a, js_get(o, "CFPackageURI"), "uri"),
        };
        if (d.id.n > 0)
            *(struct case_document *)vec_push(&v) = d;
    }
    *rows = v.p;
    *n = v.n;
    return 0;
}
