/* html.h: where in an HTML document we are, followed character by character through the
 * literal text of a template.
 *
 * A strict subset of the WHATWG tokenizer: what this file accepts, a browser reads the
 * same way; what is ambiguous or unsafe is refused with a reason. */
#ifndef WAYMARK_VIEW_HTML_H
#define WAYMARK_VIEW_HTML_H

#include "base/str.h"

#define HTML_NAME_N 32

enum html_state {
    HTML_TEXT,
    HTML_LT,      /* behind '<' */
    HTML_END_LT,  /* behind "</" */
    HTML_ELEMENT, /* in the name of a start tag */
    HTML_END,     /* in an end tag */
    HTML_IN_TAG,  /* behind a blank: an attribute may begin */
    HTML_GAP,     /* behind a value or a section: a blank or the end must follow */
    HTML_ATTR,    /* in an attribute's name */
    HTML_EQUALS,  /* behind '=' */
    HTML_BARE,    /* in an unquoted value */
    HTML_VALUE,   /* in a quoted value */
    HTML_SLASH,   /* behind the '/' of "/>" */
    HTML_MARKUP,  /* behind "<!" */
    HTML_DASH,    /* behind "<!-" */
    HTML_COMMENT,
    HTML_DOCTYPE,
    HTML_RAW /* in title or textarea (text), or in script (nothing may stand there) */
};

/* What an attribute's value is. */
enum html_kind {
    HTML_PLAIN,
    HTML_URL,   /* an address that a person follows or a form goes to */
    HTML_OWN,   /* an address that the browser loads by itself: our own paths only */
    HTML_CLOSED /* no value of ours may stand here */
};

/* The part of a URL value that was reached. */
enum html_part { HTML_START, HTML_SCHEME, HTML_JOINT, HTML_PATH, HTML_QUERY };

/* All zero at the beginning of a document. */
struct html {
    unsigned char state;
    unsigned char kind;
    unsigned char part;
    unsigned char quote;
    unsigned char matched; /* of "</title", of "-->", of "doctype" */
    unsigned char has_src; /* the script has a src */
    unsigned char element_n;
    unsigned char attr_n;
    char element[HTML_NAME_N]; /* lower case; in HTML_RAW the one that must be closed */
    char attr[HTML_NAME_N];    /* lower case; in a URL value its first characters */
};

/* Where a value is put, and so how it is escaped (escape.h). */
enum html_place {
    HTML_PUT_RAW,  /* not at all: the specification's {{{ }}}, TMPL_PLAIN only */
    HTML_PUT_TEXT, /* text and quoted attributes */
    HTML_PUT_URL,  /* a whole address */
    HTML_PUT_OWN,  /* a whole address, of our own */
    HTML_PUT_PATH, /* a part of an address, '/' allowed */
    HTML_PUT_QUERY /* a part of a query or fragment */
};

/* Go on over literal text. NULL, or why it is refused; *at is then the offending byte. */
const char *html_feed(struct html *h, struct str text, size_t *at);

/* A value stands here: *place says how to escape it. NULL, or why it must not. */
const char *html_value(struct html *h, enum html_place *place);

/* A section begins or ends here. NULL, or why it must not. */
const char *html_section(struct html *h);

/* Is it the same place, whichever way one came? */
bool html_same(const struct html *a, const struct html *b);

#endif
