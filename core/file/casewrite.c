#include "file/casewrite.h"

#include "base/crypt.h"
#include "base/js.h"

#define UUID_N 36

static const char *const kinds[] = {
    [CASE_CHILD] = "isChildOf",     [CASE_PART] = "isPartOf",
    [CASE_PRECEDES] = "precedes",   [CASE_RELATED] = "isRelatedTo",
    [CASE_EXACT] = "exactMatchOf",  [CASE_REPLACED] = "replacedBy",
    [CASE_LEVEL] = "hasSkillLevel", [CASE_TRANSLATION] = "isTranslationOf",
    [CASE_OTHER] = "isPeerOf",
};

bool casewrite_is_uuid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex)
            return false;
    }
    return s.n == UUID_N;
}

struct str casewrite_uuid(struct arena *a, struct str text)
{
    struct str h = crypt_digest(a, text);
    return str_fmt(a, "%.8s-%.4s-8%.3s-a%.3s-%.12s", h.p, h.p + 8, h.p + 12, h.p + 15,
                   h.p + 18);
}

static void put(struct js *o, const char *key, struct str s)
{
    if (s.n > 0)
        js_set_str(o, key, s);
}

/* A link to a node: all three members are asked for. */
static struct js *node(struct arena *a, struct str title, struct str id, struct str uri)
{
    struct js *o = js_object(a);
    js_set_str(o, "title", title.n > 0 ? title : id);
    js_set_str(o, "identifier", id);
    js_set_str(o, "uri", uri.n > 0 ? uri : str_fmt(a, "urn:uuid:%.*s", STR_ARG(id)));
    return o;
}

static struct str uri_of(struct arena *a, struct str uri, struct str id)
{
    return uri.n > 0 ? uri : str_fmt(a, "urn:uuid:%.*s", STR_ARG(id));
}

static struct js *write_document(struct arena *a, const struct case_package *p)
{
    struct js *o = js_object(a);
    js_set_str(o, "identifier", p->id);
    js_set_str(o, "uri", uri_of(a, p->uri, p->id));
    js_set_str(o, "title", p->title);
    js_set_str(o, "creator", p->creator.n > 0 ? p->creator : STR("unknown"));
    js_set_str(o, "lastChangeDateTime", p->changed);
    put(o, "language", p->language);
    if (str_is(p->version, "1.1"))
        js_set_str(o, "caseVersion", p->version);
    return o;
}

static struct js *write_item(struct arena *a, const struct case_package *p,
                             const struct case_item *it)
{
    struct js *o = js_object(a), *levels = js_array(a);
    js_set_str(o, "identifier", it->id);
    js_set_str(o, "uri", uri_of(a, it->uri, it->id));
    js_set(o, "CFDocumentURI", node(a, p->title, p->id, p->uri));
    js_set_str(o, "fullStatement", it->statement);
    put(o, "humanCodingScheme", it->coding);
    put(o, "abbreviatedStatement", it->brief);
    put(o, "CFItemType", it->type);
    put(o, "language", it->language);
    put(o, "listEnumeration", it->list_mark);
    put(o, "statusEndDate", it->ends);
    put(o, "notes", it->notes);
    js_set_str(o, "lastChangeDateTime", it->changed.n > 0 ? it->changed : p->changed);
    for (size_t i = 0; i < it->levels_n; i++)
        js_push_str(levels, it->levels[i]);
    if (it->levels_n > 0)
        js_set(o, "educationLevel", levels);
    return o;
}

static struct js *end_of(struct arena *a, const struct case_package *p, int32_t at,
                         struct str id, struct str uri)
{
    if (at >= 0) {
        const struct case_item *it = &p->items[at];
        return node(a, it->coding.n > 0 ? it->coding : it->statement, it->id, it->uri);
    }
    return str_eq(id, p->id) ? node(a, p->title, p->id, p->uri)
                             : node(a, STR_EMPTY, id, uri);
}

static struct js *write_link(struct arena *a, const struct case_package *p,
                             const struct case_link *k)
{
    struct js *o = js_object(a);
    struct str from = k->from >= 0 ? p->items[k->from].id : k->from_id;
    struct str to = k->to >= 0 ? p->items[k->to].id : k->to_id;
    struct str id = casewrite_uuid(
        a, str_fmt(a, "%.*s %s %.*s", STR_ARG(from), kinds[k->kind], STR_ARG(to)));
    js_set_str(o, "identifier", id);
    js_set_str(o, "uri", uri_of(a, STR_EMPTY, id));
    js_set(o, "CFDocumentURI", node(a, p->title, p->id, p->uri));
    js_set_str(o, "associationType", str_c(kinds[k->kind]));
    js_set(o, "originNodeURI", end_of(a, p, k->from, from, STR_EMPTY));
    js_set(o, "destinationNodeURI", end_of(a, p, k->to, to, k->to_uri));
    if (k->sequence != INT64_MAX)
        js_set_i64(o, "sequenceNumber", k->sequence);
    js_set_str(o, "lastChangeDateTime", p->changed);
    return o;
}

struct str casewrite(struct arena *a, const struct case_package *p)
{
    struct js *o = js_object(a), *items = js_array(a), *links = js_array(a);
    for (size_t i = 0; i < p->items_n; i++)
        js_push(items, write_item(a, p, &p->items[i]));
    for (size_t i = 0; i < p->links_n; i++)
        js_push(links, write_link(a, p, &p->links[i]));
    js_set(o, "CFDocument", write_document(a, p));
    js_set(o, "CFItems", items);
    js_set(o, "CFAssociations", links);
    return js_dump(a, o);
}
