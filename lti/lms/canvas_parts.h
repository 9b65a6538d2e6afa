/* canvas_parts.h: what the files of the Canvas connector share with one another. The
 * prototypes of the readers and writers are those of struct lms_ops. */
#ifndef WAYMARK_LMS_CANVAS_PARTS_H
#define WAYMARK_LMS_CANVAS_PARTS_H

#include "base/map.h"
#include "base/vec.h"
#include "lms/canvas_call.h"

/* One line of a rubric. */
struct canvas_criterion {
    struct str id;
    double points; /* what it can win; 0: it does not count */
};

/* One assignment: everything with points is one, quizzes and discussions too. */
struct canvas_assignment {
    struct str id;
    struct str quiz_id; /* or empty */
    struct str topic_id;
    struct str title;
    struct str url;
    struct str link;     /* resource link id of an external tool, or empty */
    struct str tool_url; /* its address, or empty */
    const char *kind;
    int64_t opens_ms;
    int64_t due_ms;
    int64_t edited_ms;
    int64_t closes_ms;
    int64_t attempts_max; /* 0: no limit */
    bool restricted; /* to some by name (overrides) */
    double maximum;  /* 0: none */
    bool visible;
    int position;
    struct str section;
    bool placed;         /* in a module */
    struct vec outcomes; /* struct str: ids that its rubric speaks of */
    struct vec criteria; /* struct canvas_criterion, where the rubric makes the grade */
};

/* A learning outcome of a course. */
struct canvas_outcome {
    struct str guid; /* or empty */
    struct str title;
    struct str called; /* its friendly name, or empty */
    double points;     /* 0: not told */
};

/* The assignments of a course in their order. With l->memo they are read once a run. */
struct canvas_assignments {
    struct canvas_assignment *rows;
    size_t n;
    struct map *by_id;    /* id -> struct canvas_assignment */
    struct map *by_quiz;  /* quiz id -> the same */
    struct map *by_topic; /* discussion id -> the same */
};
struct canvas_assignments *canvas_catalogue_assignments(const struct lms *l,
                                                        struct str course,
                                                        struct arena *a, struct err *e);

int canvas_catalogue_read(const struct lms *l, struct str course,
                          int (*row)(void *ctx, const struct lms_activity *r,
                                     struct err *e),
                          void *ctx, struct arena *a, struct err *e);
int canvas_catalogue_changes(const struct lms *l, struct str course, int64_t since_ms,
                             int (*row)(void *ctx, const struct lms_change *r,
                                        struct err *e),
                             void *ctx, struct arena *a, struct err *e);
int canvas_catalogue_alignments(const struct lms *l, struct str course,
                                int (*row)(void *ctx, const struct lms_alignment *r,
                                           struct err *e),
                                void *ctx, struct arena *a, struct err *e);

/* *out: id -> struct canvas_outcome. */
int canvas_catalogue_outcomes(const struct lms *l, struct str course, struct map **out,
                              struct arena *a, struct err *e);

/* Pages that are at hand, as the readers take them: for tests. */
struct canvas_assignments *canvas_catalogue_feed(struct str body, struct arena *a,
                                                 struct err *e);
int canvas_catalogue_modules(struct canvas_assignments *set, struct str body,
                             int (*row)(void *ctx, const struct lms_activity *r,
                                        struct err *e),
                             void *ctx, struct arena *a, struct err *e);
int canvas_people_feed(struct str body,
                       int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e);
int canvas_work_feed(struct canvas_assignments *set, struct str body,
                     int (*row)(void *ctx, const struct lms_submission *r, struct err *e),
                     void *ctx, struct arena *a, struct err *e);

int canvas_outcomes_feed(struct canvas_assignments *set, struct map *outcomes,
                         struct str body,
                         int (*row)(void *ctx, const struct lms_outcome *r,
                                    struct err *e),
                         void *ctx, struct arena *a, struct err *e);

int canvas_people_read(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e);
int canvas_people_find(const struct lms *l, struct str sub, struct str *id,
                       struct arena *a, struct err *e);
int canvas_people_groups(const struct lms *l, struct str course,
                         int (*row)(void *ctx, const struct lms_group *r, struct err *e),
                         void *ctx, struct arena *a, struct err *e);

int canvas_work_read(const struct lms *l, struct str course,
                     const struct lms_since *since,
                     int (*row)(void *ctx, const struct lms_submission *r, struct err *e),
                     void *ctx, struct arena *a, struct err *e);

int canvas_outcomes_read(const struct lms *l, struct str course,
                         int (*row)(void *ctx, const struct lms_outcome *r,
                                    struct err *e),
                         void *ctx, struct arena *a, struct err *e);

int canvas_write_make(const struct lms *l, struct str course, const struct lms_opening *o,
                      struct str *key, struct arena *a, struct err *e);
int canvas_write_read(const struct lms *l, struct str course, const struct lms_opening *o,
                      int (*row)(void *ctx, struct str user_id, struct err *e), void *ctx,
                      struct arena *a, struct err *e);
int canvas_write_add(const struct lms *l, struct str course, const struct lms_opening *o,
                     const struct str *users, size_t n, struct str *receipt,
                     struct arena *a, struct err *e);
int canvas_lock_read(const struct lms *l, struct str course, const struct lms_opening *o,
                     enum lms_lock *out, struct arena *a, struct err *e);
int canvas_write_message(const struct lms *l, const struct lms_message *m,
                         struct str *receipt, struct arena *a, struct err *e);
int canvas_write_event(const struct lms *l, struct str course, const struct lms_event *v,
                       struct str *receipt, struct arena *a, struct err *e);

#endif
