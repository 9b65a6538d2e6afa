/* formats.h: which kind of activity a person would rather open, of those that the course
 * has. A wish, chosen by the person and nobody else; nothing is inferred from it. */
#ifndef WAYMARK_LEARN_FORMATS_H
#define WAYMARK_LEARN_FORMATS_H

#include "learn/learn.h"

#define FORMATS_MAX 8

struct formats {
    struct str kinds[FORMATS_MAX]; /* quiz, page, ...; those that students can see */
    size_t n;
    struct str wish; /* one of them, or empty */
};

/* Two reads. 0, or -1. */
int formats_read(struct learn *l, int64_t person_id, struct formats *out, struct err *e);

/* Is it a kind of activity that one may wish for? */
bool formats_known(struct str kind);

#endif
