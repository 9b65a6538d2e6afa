/* tmpl_parts.h: what a template is made of, between tmpl.c, tmpl_compile.c and
 * tmpl_render.c. */
#ifndef WAYMARK_VIEW_TMPL_PARTS_H
#define WAYMARK_VIEW_TMPL_PARTS_H

#include "base/map.h"
#include "view/html.h"
#include "view/tmpl.h"

#define TMPL_NODES_MAX 8192
#define TMPL_NAME_PARTS 8
#define TMPL_ARGS_MAX 12
#define TMPL_SECTIONS_MAX 32 /* open at one time in one template */

/* "a.b.c", or "." (no parts). */
struct tmpl_name {
    struct str part[TMPL_NAME_PARTS];
    uint32_t hash[TMPL_NAME_PARTS];
    size_t n;
};

/* name=path of a message. */
struct tmpl_arg {
    struct str name;
    struct tmpl_name path;
};

struct tmpl_message {
    struct str id;
    struct tmpl_arg arg[TMPL_ARGS_MAX];
    size_t arg_n;
};

enum tmpl_kind {
    TMPL_TEXT,
    TMPL_VALUE,
    TMPL_SECTION,
    TMPL_INVERTED,
    TMPL_PARTIAL,
    TMPL_MSG
};

struct tmpl_node {
    enum tmpl_kind kind;
    enum html_place place; /* TMPL_VALUE, TMPL_MSG */
    size_t line;           /* for messages to people */
    size_t end;            /* sections: the first node behind them */
    struct str text;       /* TMPL_TEXT: itself; TMPL_PARTIAL: its name */
    struct str indent;     /* TMPL_PARTIAL on a line of its own: the blanks before it */
    const struct tmpl_name *name; /* TMPL_VALUE and sections */
    const struct tmpl *partial;   /* TMPL_PARTIAL; NULL: the page, or (plain) nothing */
    const struct tmpl_message *msg;
};

struct tmpl {
    struct str name; /* "pages/panel" */
    struct tmpl_node *node;
    size_t node_n;
};

struct tmpl_set {
    struct arena *a;
    enum tmpl_mode mode;
    struct map *templates; /* name -> struct tmpl */
};

/* Compile one source. NULL with "name.html:line: reason". */
struct tmpl *tmpl_compile(struct arena *a, enum tmpl_mode mode, struct str name,
                          struct str source, struct err *e);

/* -1 with "name.html:line: reason" (ERR_INPUT). */
int tmpl_compile_refuse(struct err *e, struct str name, size_t line, const char *why);

/* Split a dotted name; false if it is none or has too many parts. */
bool tmpl_compile_name(struct str text, struct tmpl_name *out);

#endif
