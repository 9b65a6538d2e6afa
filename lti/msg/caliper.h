/* caliper.h: envelopes of Caliper 1.1 and 1.2, checked. Pure.
 *
 * An envelope with one malformed entry is refused as a whole; the fault names the first
 * such entry and the place in it. What goes beyond the model is left alone: Caliper lets
 * senders extend events. */
#ifndef WAYMARK_MSG_CALIPER_H
#define WAYMARK_MSG_CALIPER_H

#include "msg/xapi.h"

struct caliper_event {
    struct str id;       /* the UUID of "urn:uuid:...", lower case */
    struct str document; /* JSON, keys in order */
    size_t index;        /* in the envelope */
};

struct caliper_envelope {
    struct caliper_event *at; /* no id twice */
    size_t n;
    size_t entities; /* entries that describe something instead of telling an event */
};

/* Parse and check; limits are those of xapi.h. 0, or -1 and *f (400, 413, 422). */
int caliper_read(struct arena *a, struct str body, struct caliper_envelope *out,
                 struct xapi_fault *f);

/* Check one entry that is parsed already. 0, or -1 with the fault in `s`. */
shape_fn caliper_check;

/* Is it an event (else an entity)? By its type. */
bool caliper_is_event(const struct js *entry);

/* "Graded" of "Graded" or "http://purl.imsglobal.org/vocab/caliper/action#Graded". */
struct str caliper_term(struct str word);

#endif
