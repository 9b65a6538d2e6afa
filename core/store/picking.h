/* picking.h: a content selection under way (LTI.md DL-2): where its answer goes and what
 * it may hold, kept for the session that the request opened. */
#ifndef WAYMARK_STORE_PICKING_H
#define WAYMARK_STORE_PICKING_H

#include "db/db.h"

struct picking {
    struct str session_hash;
    int64_t tenant_id;
    struct str deployment_id;
    struct str return_url; /* byte for byte as it came */
    struct str settings;   /* JSON of lti/msg/deeplink.h */
    bool has_data;
    struct str data;
    int64_t answers;    /* how often it was answered */
    int64_t expires_ms; /* until then something may be chosen */
};

/* In the transaction that opens the session. */
int picking_add(struct db *db, const struct picking *p, struct err *e);

/* 1 found, 0 the session is none of a content selection, -1. Expired ones too. */
int picking_get(struct db *db, struct arena *a, int64_t tenant_id,
                struct str session_hash, struct picking *out, struct err *e);

/* Count one more answer. With `first` only if there was none and it is not too late: 1
 * done, 0 not, -1. */
int picking_answer(struct db *db, int64_t tenant_id, struct str session_hash, bool first,
                   int64_t now_ms, struct err *e);

/* Delete what expired before. Rows deleted, or -1. */
int64_t picking_purge(struct db *db, int64_t before_ms, struct err *e);

#endif
