/* ags.h: Assignment and Grade Services 2.0: our own column and its results (LTI.md
 * section 5). AGS shows a tool only its own columns, never quizzes or assignments: those
 * come from lti/lms. */
#ifndef WAYMARK_SERVICE_AGS_H
#define WAYMARK_SERVICE_AGS_H

#include "service/token.h"

#define AGS_ITEMS_MAX 5000
#define AGS_PAGES_MAX 1000
#define AGS_PAGE_N ((size_t)16 << 20)

struct ags_item {
    struct str id; /* its address, kept verbatim (may have a query) */
    struct str label;
    double maximum;
    struct str resource_id;
    struct str tag;
    struct str resource_link_id;
    int64_t starts_ms; /* startDateTime, endDateTime; 0: none */
    int64_t ends_ms;
    struct str submission; /* Canvas: what is handed in ("none"); only sent, on create */
};

/* Read one line item. ERR_INPUT when it is unusable: no id, an id that is no address
 * or is on another origin than `base`, no label, scoreMaximum not a number above 0 (I92).
 */
int ags_item(const struct js *v, struct str base, struct ags_item *out, struct arena *a,
             struct err *e);

/* Find our line item by resource id and tag, filtered again on our side, or create it
 * (AGS-3). Reads every page of the list. *created says which. */
int ags_ensure(const struct svc *svc, const struct svc_platform *p,
               struct str lineitems_url, const struct ags_item *want,
               struct ags_item *out, bool *created, struct arena *a, struct err *e);

/* Find without making: 1, 0 there is none, -1. `scope` is SCOPE_LINEITEM, or
 * SCOPE_LINEITEM_RO where the platform lets us only look. */
int ags_find(const struct svc *svc, const struct svc_platform *p, const char *scope,
             struct str lineitems_url, const struct ags_item *want, struct ags_item *out,
             struct arena *a, struct err *e);

/* Every line item with this tag, one after the other. `fn` returns -1 to stop. */
typedef int ags_item_fn(void *ctx, const struct ags_item *item, struct err *e);
int ags_tagged(const struct svc *svc, const struct svc_platform *p, const char *scope,
               struct str lineitems_url, struct str tag,
               ags_item_fn *fn, void *ctx, struct arena *a, struct err *e);

/* One line item as it is now. ERR_NOTFOUND: it is gone. */
int ags_item_get(const struct svc *svc, const struct svc_platform *p, const char *scope,
                 struct str item_url, struct ags_item *out, struct arena *a,
                 struct err *e);

/* What to change of a line item; what is empty or 0 stays. Its id and its resource link
 * are not ours to change. */
struct ags_change {
    struct str label;
    double maximum;
    struct str tag;
    int64_t starts_ms;
    int64_t ends_ms;
};

/* Read it, change it, write all of it back (PUT replaces). *out is what the platform made
 * of it. */
int ags_item_update(const struct svc *svc, const struct svc_platform *p,
                    struct str item_url, const struct ags_change *change,
                    struct ags_item *out, struct arena *a, struct err *e);

/* Delete one that a POST of ours made, and no other (AGS-5). Gone already is done. */
int ags_item_delete(const struct svc *svc, const struct svc_platform *p,
                    struct str item_url, struct arena *a, struct err *e);

/* Does a launch's list of scopes (JSON) have this one (SVC-6)? */
bool ags_offers(struct str scopes, const char *scope);

/* --- results (section 5.5) --------------------------------------------------- */

struct ags_result {
    struct str user_id;
    bool has_score; /* false: no grade. Never zero (missing is never zero) */
    double score;
    double maximum; /* 1 when absent */
    int64_t at_ms;  /* Moodle's timestamp, or 0 when there is none */
    struct str comment;
};

struct ags_walk {
    struct str
        url; /* the page to read next; empty when complete. Start: ags_results_url */
    struct str mark; /* an earlier page's address, to notice a circle */
    int pages;
    int64_t rows;
    int64_t skipped; /* rows that make no sense (I96) */
};

struct ags_sink {
    int (*result)(void *ctx, const struct ags_result *r, struct err *e);
    void *ctx;
};

/* The address of an item's results, or scores (AGS-2). */
struct str ags_results_url(struct arena *a, struct str item_url);
struct str ags_scores_url(struct arena *a, struct str item_url);

/* Read one page of results and move `walk` on, as nrps_page does. */
int ags_results_page(const struct svc *svc, const struct svc_platform *p,
                     struct ags_walk *walk, const struct ags_sink *sink, struct arena *a,
                     struct err *e);

/* One result. ERR_INPUT: a row to skip (I96). */
int ags_result(const struct js *v, struct ags_result *out, struct err *e);

/* A whole page that is at hand: an array, or {"results": [...]}. */
int ags_results_read(struct str page, const struct ags_sink *sink, int64_t *skipped,
                     struct arena *a, struct err *e);

/* One person's result: 1 found, 0 the platform lists none, -1. Its texts live in `a`. */
int ags_result_of(const struct svc *svc, const struct svc_platform *p,
                  struct str item_url, struct str sub, struct ags_result *out,
                  struct arena *a, struct err *e);

/* Is the result what was posted as `given` of `maximum`, within half a percent? Moodle
 * may send a grade of 0 as none, so none is the same as 0 here and nowhere else. */
bool ags_same(const struct ags_result *r, double given, double maximum);

/* --- scores (section 5.4) ---------------------------------------------------- */

struct ags_score {
    struct str user_id;
    bool has_score; /* false: scoreGiven is left out, which clears the grade */
    double given;
    double maximum;
    int64_t at_ms;        /* when the score changed; the platform compares (AGS-7) */
    const char *activity; /* "Completed", "Submitted", "InProgress", ... */
    const char *grading;  /* "FullyGraded", "NotReady", ... */
    struct str comment;
    bool
        canvas; /* with Canvas's extension: no new attempt, and no edited grade undone: */
    bool undo;  /* unless this */
};

/* The body of a score (AGS-6). */
struct str ags_score_body(struct arena *a, const struct ags_score *s);

/* What came of a post. */
struct ags_receipt {
    int status;        /* of the answer; 0: none */
    int64_t retry_s;   /* what Retry-After said, or -1 */
    double room;       /* X-Rate-Limit-Remaining, or -1 */
    bool old;          /* refused for its timestamp: 409, or another status in words */
    struct str answer; /* first 500 characters of a refusal, cleaned, for the teacher */
};

/* Post a score once, with the timestamp it has. 0, or -1: ERR_CONFLICT (409, or `old`:
 * the platform has something younger), ERR_UNAVAILABLE (try later), ERR_DENIED,
 * ERR_NOTFOUND (the column or the person is gone), ERR_INPUT (never) (AGS-8). */
int ags_score_post(const struct svc *svc, const struct svc_platform *p,
                   struct str item_url, const struct ags_score *s,
                   struct ags_receipt *out, struct arena *a, struct err *e);

#endif
