/* case.h: a competency framework in the form CASE 1.0 or 1.1 (1EdTech, Competencies and
 * Academic Standards Exchange), as a CFPackage in JSON.
 *
 * Pure reading: what an item says is kept as it stands, but for blanks and control
 * characters. What cannot be used is listed with its place and left out; the rest goes
 * on. Only a text that is no package at all is refused. */
#ifndef WAYMARK_FILE_CASE_H
#define WAYMARK_FILE_CASE_H

#include "base/err.h"
#include "base/str.h"

#define CASE_MAX_BYTES ((size_t)64 << 20)
#define CASE_MAX_ITEMS 50000
#define CASE_MAX_LINKS 250000
#define CASE_MAX_FAULTS 500 /* told; the others are counted */

struct case_item {
    struct str id;
    struct str uri;
    struct str coding;    /* humanCodingScheme, or empty; so are all below */
    struct str statement; /* fullStatement; never empty */
    struct str brief;     /* abbreviatedStatement */
    struct str type;      /* CFItemType, or the title of its definition */
    struct str language;
    struct str ends;      /* statusEndDate, YYYY-MM-DD */
    struct str changed;   /* lastChangeDateTime, as written; without a zone: as UTC */
    struct str list_mark; /* listEnumeration */
    struct str notes;     /* written, not read */
    struct str *levels;   /* educationLevel */
    size_t levels_n;
    size_t index; /* in CFItems of the file, from 0 */
};

/* What an association says of its two ends. */
enum case_kind {
    CASE_CHILD,       /* isChildOf: from is a part of to in the tree */
    CASE_PART,        /* isPartOf: the same, where there is no isChildOf */
    CASE_PRECEDES,    /* from comes before to */
    CASE_RELATED,     /* isRelatedTo */
    CASE_EXACT,       /* exactMatchOf: the same in another framework */
    CASE_REPLACED,    /* replacedBy: to took the place of from */
    CASE_TRANSLATION, /* isTranslationOf: from says to in another language */
    CASE_LEVEL,       /* hasSkillLevel: to is the level of from */
    CASE_OTHER        /* isPeerOf, exemplar, ext:...: counted only */
};

struct case_link {
    enum case_kind kind;
    int32_t from; /* index into items, or -1: not in this package */
    int32_t to;
    struct str from_id;
    struct str to_id;
    struct str to_uri;
    int64_t sequence; /* sequenceNumber, or INT64_MAX */
};

struct case_fault {
    struct str path; /* such as CFItems[12] */
    struct str text; /* a sentence */
    bool left_out;   /* false: it was taken, but for what is named */
};

struct case_package {
    struct str version; /* "1.1" or "1.0" */
    struct str id;      /* of the CFDocument */
    struct str uri;
    struct str title;
    struct str creator;
    struct str language;
    struct str changed;
    struct case_item *items; /* in the order of the file */
    size_t items_n;
    struct case_link *links;
    size_t links_n;
    size_t other_n; /* associations of kinds that are not used */
    struct case_fault *faults;
    size_t faults_n;   /* at most CASE_MAX_FAULTS */
    size_t left_out_n; /* items and associations that could not be used */
    size_t noted_n;    /* other remarks */
};

/* NULL: ERR_INPUT (no JSON, no CFPackage) or ERR_LIMIT. Text lives in the arena. */
struct case_package *case_read(struct arena *a, struct str text, struct err *e);

/* One CFDocument of a list (GET .../CFDocuments). */
struct case_document {
    struct str id;
    struct str title;
    struct str creator;
    struct str status;      /* adoptionStatus, or empty */
    struct str changed;     /* lastChangeDateTime */
    struct str package_uri; /* or empty */
};

/* One page of such a list, or -1 with ERR_INPUT or ERR_LIMIT. */
int case_documents(struct arena *a, struct str text, struct case_document **rows,
                   size_t *n, struct err *e);

#endif
