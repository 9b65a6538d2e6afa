#include "view/html.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    return c;
}

static bool name_is(const char *name, size_t n, const char *want)
{
    return n == strlen(want) && memcmp(name, want, n) == 0;
}

static bool name_in(const char *name, size_t n, const char *const *list)
{
    for (; *list != NULL; list++)
        if (name_is(name, n, *list))
            return true;
    return false;
}

static bool element_is(const struct html *h, const char *want)
{
    return name_is(h->element, h->element_n, want);
}

/* Back to text: nothing of the tag is remembered, so that html_same can compare. */
static const char *to_text(struct html *h)
{
    memset(h, 0, sizeof *h);
    return NULL;
}

static const char *const refused_elements[] = {"style",
                                               "xmp",
                                               "plaintext",
                                               "noembed",
                                               "noframes",
                                               "iframe",
                                               "animate",
                                               "set",
                                               "base",
                                               "object",
                                               "embed",
                                               "frame",
                                               "animatemotion",
                                               "animatetransform",
                                               NULL};

static const char *end_start_tag(struct html *h)
{
    h->attr_n = 0;
    h->kind = h->part = h->quote = 0;
    if (element_is(h, "script")) {
        if (!h->has_src)
            return "inline script: load it with src";
        h->has_src = 0;
        h->state = HTML_RAW;
        memset(h->attr, 0, sizeof h->attr);
        return NULL;
    }
    if (element_is(h, "title") || element_is(h, "textarea")) {
        h->state = HTML_RAW;
        memset(h->attr, 0, sizeof h->attr);
        return NULL;
    }
    return to_text(h);
}

static const char *end_element(struct html *h)
{
    if (name_in(h->element, h->element_n, refused_elements))
        return "element that has no place in a template";
    return NULL;
}

/* In a start tag, behind a name or value: what may follow. */
static const char *feed_gap(struct html *h, char c)
{
    h->attr_n = 0;
    memset(h->attr, 0, sizeof h->attr);
    h->kind = h->part = h->quote = 0;
    if (is_blank(c)) {
        h->state = HTML_IN_TAG;
        return NULL;
    }
    if (c == '/') {
        h->state = HTML_SLASH;
        return NULL;
    }
    if (c == '>')
        return end_start_tag(h);
    return "a blank is missing between attributes";
}

static const char *const open_attrs[] = {
    "href",       "action",   "formaction", "cite",     "poster", "src", "xlink:href",
    "background", "longdesc", "usemap",     "manifest", "data",   NULL};

/* Elements that load what the address names, or the document's own resources. */
static const char *const loading[] = {"script", "link",   "use",   "image",
                                      "img",    "source", "track", "video",
                                      "audio",  "input",  NULL};

static const char *const closed_attrs[] = {
    "srcdoc",        "srcset",     "imagesrcset", "ping",    "content",    "http-equiv",
    "attributename", "values",     "from",        "to",      "by",         "rel",
    "nonce",         "integrity",  "method",      "enctype", "formmethod", "formenctype",
    "target",        "formtarget", "type",        "sandbox", "allow",      "xmlns",
    "xml:base",      NULL};

static const char *begin_value(struct html *h)
{
    const char *attr = h->attr;
    size_t n = h->attr_n;
    if (n > 2 && attr[0] == 'o' && attr[1] == 'n')
        return "event handler attribute: scripts live in assets";
    if (name_is(attr, n, "style"))
        return "style attribute: styles live in assets";
    h->kind = HTML_PLAIN;
    if (name_in(attr, n, closed_attrs))
        h->kind = HTML_CLOSED;
    if (name_in(attr, n, open_attrs))
        h->kind = name_in(h->element, h->element_n, loading) ? HTML_OWN : HTML_URL;
    if (element_is(h, "script") && name_is(attr, n, "src"))
        h->has_src = 1;
    h->state = HTML_EQUALS;
    h->part = HTML_START;
    h->attr_n = 0;
    memset(h->attr, 0, sizeof h->attr);
    return NULL;
}

static const char *feed_name(char *name, unsigned char *n, char c)
{
    if (*n == HTML_NAME_N)
        return "name that is too long";
    name[(*n)++] = lower(c);
    return NULL;
}

static bool in_attr_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':' ||
           c == '.';
}

static const char *feed_attr(struct html *h, char c)
{
    if (c == '=')
        return begin_value(h);
    if (in_attr_name(c))
        return feed_name(h->attr, &h->attr_n, c);
    if (is_blank(c) || c == '/' || c == '>')
        return feed_gap(h, c);
    return "odd character in the name of an attribute";
}

static const char *feed_in_tag(struct html *h, char c)
{
    if (is_blank(c))
        return NULL;
    if (c == '/' || c == '>')
        return feed_gap(h, c);
    if (!is_letter(c))
        return "odd character before an attribute (no blanks around =)";
    h->state = HTML_ATTR;
    return feed_name(h->attr, &h->attr_n, c);
}

static const char *feed_equals(struct html *h, char c)
{
    if (c == '"' || c == '\'') {
        h->state = HTML_VALUE;
        h->quote = (unsigned char)c;
        return NULL;
    }
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '#' && c != '-')
        return "value that is neither quoted nor a plain word";
    h->state = HTML_BARE;
    return h->kind == HTML_PLAIN || h->kind == HTML_CLOSED ? NULL
                                                           : "an address must be quoted";
}

static const char *feed_bare(struct html *h, char c)
{
    if (is_blank(c) || c == '>')
        return feed_gap(h, c);
    if (in_attr_name(c) || c == '#' || c == '%')
        return NULL;
    return "odd character in an unquoted value";
}

static const char *const bad_schemes[] = {"javascript", "data", "vbscript", NULL};

/* Follow the literal characters of an address. */
static const char *feed_url(struct html *h, char c)
{
    bool ends_path = c == '?' || c == '#';
    if (h->part == HTML_QUERY || h->part == HTML_PATH) {
        if (ends_path)
            h->part = HTML_QUERY;
        return NULL;
    }
    if (h->part == HTML_JOINT) { /* directly behind a value */
        if (!ends_path && c != '/')
            return "behind a value an address goes on with / ? or #";
        h->part = ends_path ? HTML_QUERY : HTML_PATH;
        return NULL;
    }
    if (c == ':' && name_in(h->attr, h->attr_n, bad_schemes))
        return "address with a scheme that runs code";
    if (c == ':' || c == '/' || ends_path) {
        h->part = ends_path ? HTML_QUERY : HTML_PATH;
        h->attr_n = 0;
        memset(h->attr, 0, sizeof h->attr);
        return NULL;
    }
    if (is_blank(c) || (unsigned char)c < ' ' || c == '&' || c == '\\')
        return "odd character at the beginning of an address";
    h->part = HTML_SCHEME;
    return feed_name(h->attr, &h->attr_n, c);
}

static const char *feed_value(struct html *h, char c)
{
    if ((unsigned char)c == h->quote) {
        feed_gap(h, ' ');
        h->state = HTML_GAP;
        return NULL;
    }
    return h->kind == HTML_URL || h->kind == HTML_OWN ? feed_url(h, c) : NULL;
}

static const char *feed_lt(struct html *h, char c)
{
    if (is_letter(c)) {
        h->state = HTML_ELEMENT;
        return feed_name(h->element, &h->element_n, c);
    }
    if (c == '/') {
        h->state = HTML_END_LT;
        return NULL;
    }
    if (c == '!') {
        h->state = HTML_MARKUP;
        h->matched = 0;
        return NULL;
    }
    return "'<' that begins no tag: write &lt;";
}

static const char *feed_element(struct html *h, char c)
{
    if (is_letter(c) || (c >= '0' && c <= '9') || c == '-')
        return feed_name(h->element, &h->element_n, c);
    const char *why = end_element(h);
    if (why != NULL)
        return why;
    if (is_blank(c) || c == '/' || c == '>')
        return feed_gap(h, c);
    return "odd character in the name of an element";
}

static const char *feed_end(struct html *h, char c)
{
    if (h->state == HTML_END_LT) {
        h->state = HTML_END;
        return is_letter(c) ? NULL : "odd character behind \"</\"";
    }
    if (c == '>')
        return to_text(h);
    if (is_letter(c) || (c >= '0' && c <= '9') || c == '-' || is_blank(c))
        return NULL;
    return "odd character in an end tag";
}

/* Behind "<!": a comment or a doctype. */
static const char *feed_markup(struct html *h, char c)
{
    static const char doctype[] = "doctype";
    if (h->matched == 0 && c == '-') {
        h->state = HTML_DASH;
        return NULL;
    }
    if (lower(c) != doctype[h->matched])
        return "neither a comment nor a doctype";
    if (++h->matched == sizeof doctype - 1)
        h->state = HTML_DOCTYPE;
    return NULL;
}

/* `matched` counts dashes. It is 2 at the start, because "<!-->" is a whole comment. */
static const char *feed_comment(struct html *h, char c)
{
    if (h->state == HTML_DASH) {
        h->state = HTML_COMMENT;
        h->matched = 2;
        return c == '-' ? NULL : "neither a comment nor a doctype";
    }
    if (c == '>' && h->matched >= 2)
        return to_text(h);
    if (c == '!' && h->matched >= 2)
        return "\"--!\" in a comment";
    if (c == '-' && h->matched < 2)
        h->matched++;
    else if (c != '-')
        h->matched = 0;
    return NULL;
}

/* In title, textarea or script: only the fitting end tag ends it. */
static const char *feed_raw(struct html *h, char c)
{
    size_t name_n = h->element_n;
    char want = '>';
    if (h->matched < 2)
        want = "</"[h->matched];
    else if (h->matched < name_n + 2)
        want = h->element[h->matched - 2];
    if (lower(c) == want) {
        if (h->matched++ == name_n + 2)
            return to_text(h);
        return NULL;
    }
    if (h->matched == name_n + 2)
        return "end tag with something behind its name";
    h->matched = c == '<' ? 1 : 0;
    if (element_is(h, "script") && !is_blank(c) && h->matched == 0)
        return "text inside <script>";
    return NULL;
}

static const char *feed_slash(struct html *h, char c)
{
    return c == '>' ? end_start_tag(h) : "'/' that does not end the tag";
}

static const char *feed(struct html *h, char c)
{
    switch ((enum html_state)h->state) {
    case HTML_TEXT:
        h->state = c == '<' ? HTML_LT : HTML_TEXT;
        return NULL;
    case HTML_LT:
        return feed_lt(h, c);
    case HTML_ELEMENT:
        return feed_element(h, c);
    case HTML_END_LT:
    case HTML_END:
        return feed_end(h, c);
    case HTML_IN_TAG:
        return feed_in_tag(h, c);
    case HTML_GAP:
        return feed_gap(h, c);
    case HTML_ATTR:
        return feed_attr(h, c);
    case HTML_EQUALS:
        return feed_equals(h, c);
    case HTML_BARE:
        return feed_bare(h, c);
    case HTML_VALUE:
        return feed_value(h, c);
    case HTML_SLASH:
        return feed_slash(h, c);
    case HTML_MARKUP:
        return feed_markup(h, c);
    case HTML_DASH:
    case HTML_COMMENT:
        return feed_comment(h, c);
    case HTML_DOCTYPE:
        return c == '>' ? to_text(h) : NULL;
    case HTML_RAW:
        return feed_raw(h, c);
    }
    return "lost";
}

const char *html_feed(struct html *h, struct str text, size_t *at)
{
    for (size_t i = 0; i < text.n; i++) {
        const char *why = text.p[i] == '\0' ? "NUL byte" : feed(h, text.p[i]);
        if (why != NULL) {
            *at = i;
            return why;
        }
    }
    return NULL;
}

static const char *outside_value(const struct html *h)
{
    switch ((enum html_state)h->state) {
    case HTML_COMMENT:
        return "tag in a comment";
    case HTML_DOCTYPE:
    case HTML_MARKUP:
    case HTML_DASH:
        return "tag in a doctype";
    case HTML_EQUALS:
    case HTML_BARE:
        return "tag in an unquoted attribute value";
    case HTML_LT:
    case HTML_END_LT:
    case HTML_ELEMENT:
    case HTML_END:
        return "tag in the name of an element";
    default:
        return "tag in the name of an attribute";
    }
}

static const char *url_value(struct html *h, enum html_place *place)
{
    switch ((enum html_part)h->part) {
    case HTML_START:
        *place = h->kind == HTML_OWN ? HTML_PUT_OWN : HTML_PUT_URL;
        h->part = HTML_JOINT;
        return NULL;
    case HTML_SCHEME:
        return "tag where the scheme of an address may be: begin with / or with the tag";
    case HTML_JOINT:
    case HTML_PATH:
        *place = HTML_PUT_PATH;
        return NULL;
    case HTML_QUERY:
        break;
    }
    *place = HTML_PUT_QUERY;
    return NULL;
}

const char *html_value(struct html *h, enum html_place *place)
{
    *place = HTML_PUT_TEXT;
    if (h->state == HTML_TEXT)
        return NULL;
    if (h->state == HTML_RAW) {
        if (element_is(h, "script"))
            return "tag in <script>";
        return h->matched == 0 ? NULL : "tag in an end tag";
    }
    if (h->state != HTML_VALUE)
        return outside_value(h);
    if (h->kind == HTML_CLOSED)
        return "tag in an attribute whose value must be fixed";
    if (h->kind == HTML_PLAIN)
        return NULL;
    return url_value(h, place);
}

const char *html_section(struct html *h)
{
    switch ((enum html_state)h->state) {
    case HTML_TEXT:
        return NULL;
    case HTML_VALUE:
        return h->kind == HTML_CLOSED
                   ? "section in an attribute whose value must be fixed"
                   : NULL;
    case HTML_ELEMENT:
    case HTML_ATTR:
    case HTML_IN_TAG:
    case HTML_GAP: {
        const char *why = h->state == HTML_ELEMENT ? end_element(h) : NULL;
        unsigned char has_src = h->has_src;
        feed_gap(h, ' ');
        h->state = HTML_GAP;
        h->has_src = has_src;
        return why;
    }
    case HTML_RAW:
        if (element_is(h, "script"))
            return "section in <script>";
        return h->matched == 0 ? NULL : "section in an end tag";
    default:
        return outside_value(h);
    }
}

bool html_same(const struct html *a, const struct html *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
