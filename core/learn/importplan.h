/* importplan.h: what a grade file would change in a course: for each column which
 * activity, for each row which person, for each grade whether it is news. Nothing is
 * written (learn/import.h takes it in). */
#ifndef WAYMARK_LEARN_IMPORTPLAN_H
#define WAYMARK_LEARN_IMPORTPLAN_H

#include "file/gradebook.h"
#include "learn/learn.h"
#include "learn/names.h"
#include "store/ledger.h"

#define IMPORTPLAN_PROBLEMS 500 /* told one by one; the rest is only counted */

/* What a person says of one column. */
struct importplan_choice {
    size_t column;
    struct str to; /* "" as proposed, "ignore", "new", "activity:ID", or one of
                      gradebook_use_name */
    bool has_maximum;
    double maximum;
};

struct importplan_in {
    struct str bytes;
    struct str hash; /* of the bytes: crypt_digest */
    enum gradebook_form form;
    const struct importplan_choice *choices;
    size_t choices_n;
    int64_t observed_ms; /* when the grades were so, if the file does not say */
    struct str actor;    /* of the evidence: "import:ID" */
    bool only_count;     /* no evidence is wanted */
};

enum importplan_to { IMPORTPLAN_NONE, IMPORTPLAN_KNOWN, IMPORTPLAN_NEW };

struct importplan_column {
    const struct gradebook_column *in;
    enum gradebook_use use; /* with what a person chose */
    enum importplan_to to;
    int64_t activity_id;
    struct str title; /* of the activity, known or new */
    struct str kind;
    enum names_by by;      /* how the activity was found */
    struct names_in as;    /* the alias to keep */
    struct str source_key; /* of the evidence */
    bool chosen;
    const char *why; /* when it is left out: total, letter, feedback, text, empty, other,
                        own, several, twice, maximum, unnamed, chosen; else NULL */
    bool has_maximum;
    double maximum;
    size_t grades; /* cells with one */
};

struct importplan_row {
    int64_t line;
    int64_t person_id;     /* 0: nobody */
    enum gradebook_use by; /* the name that told who it is */
};

/* A row or a cell that is left out. */
struct importplan_problem {
    int64_t line;
    struct str column; /* its header; empty: the whole row */
    const char *why;   /* in words */
};

struct importplan {
    struct gradebook book;
    int64_t observed_ms;
    bool seen_before; /* this very file was taken in before */
    struct importplan_column *columns;
    struct importplan_row *rows;
    struct importplan_problem *problems; /* by line */
    size_t problems_n, problems_all;
    size_t people, by_name; /* rows with a person; of these: known by the name alone */
    size_t used;            /* columns that go in */
    size_t fresh, changed, same, older, blank, excused;
    size_t skipped;               /* rows that speak of nobody: a test student */
    struct evidence_in *evidence; /* of columns with a known activity */
    size_t evidence_n;
};

/* Look at a file. ERR_INPUT or ERR_LIMIT: it is no grade book, with the reason in words.
 */
int importplan_look(struct learn *l, const struct importplan_in *in,
                    struct importplan *out, struct err *e);

/* Choices as JSON, {"3":{"to":"new","max":10}}, and back; what is malformed is left out.
 */
struct str importplan_choices(struct arena *a, const struct importplan_choice *c,
                              size_t n);
struct importplan_choice *importplan_choices_read(struct arena *a, struct str json,
                                                  size_t *n);

#endif
