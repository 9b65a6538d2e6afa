#include "store/session.h"

#include "store/stmt.h"

int session_add(struct db *db, const struct session *s, struct err *e)
{
    int64_t n = db_do(
        db, S_SESSION_ADD, e, DB_T(s->hash), DB_I(s->tenant_id), DB_I(s->registration_id),
        DB_I(s->course_id), DB_I(s->link_id), DB_I(s->person_id), DB_I(s->roles),
        DB_I(s->is_staff), DB_I(s->is_learner), DB_T(s->message_type), DB_T(s->locale),
        DB_T(s->family), db_opt_text(s->return_url), DB_T(s->handle), DB_I(s->cookieless),
        DB_I(s->created_ms), DB_I(s->expires_ms), DB_T(s->shows),
        s->about_person_id != 0 ? DB_I(s->about_person_id) : DB_N);
    return n < 0 ? -1 : 0;
}

static void read_row(struct db_rows *r, struct arena *a, struct session *out)
{
    *out = (struct session){
        .tenant_id = db_i64(r, 0),
        .registration_id = db_i64(r, 1),
        .course_id = db_i64(r, 2),
        .link_id = db_i64(r, 3),
        .person_id = db_i64(r, 4),
        .roles = db_i64(r, 5),
        .is_staff = db_i64(r, 6) != 0,
        .is_learner = db_i64(r, 7) != 0,
        .message_type = str_dup(a, db_text(r, 8)),
        .locale = str_dup(a, db_text(r, 9)),
        .family = str_dup(a, db_text(r, 10)),
        .return_url = str_dup(a, db_text(r, 11)),
        .handle = str_dup(a, db_text(r, 12)),
        .cookieless = db_i64(r, 13) != 0,
        .created_ms = db_i64(r, 14),
        .expires_ms = db_i64(r, 15),
        .frame_origins = str_dup(a, db_text(r, 16)),
        .enabled = db_i64(r, 17) != 0,
        .has_map = db_i64(r, 18) != 0,
        .course_title = str_dup(a, db_text(r, 19)),
        .shows = str_dup(a, db_text(r, 20)),
        .about_person_id = db_i64(r, 21),
    };
}

int session_find(struct db *db, struct arena *a, struct str hash, int64_t now_ms,
                 struct session *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_SESSION_FIND, e, DB_T(hash), DB_I(now_ms));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1) {
        read_row(r, a, out);
        out->hash = hash;
    }
    db_end(r);
    return rc;
}

/* Sixteen short statements by the first digit of the hash: no index on the expiry has to
 * be kept by every launch, and no writer waits for the whole table to be read. */
int64_t session_purge(struct db *db, int64_t now_ms, struct err *e)
{
    static const char digits[] = "0123456789abcdefg";
    int64_t sum = 0;
    for (size_t i = 0; i + 1 < sizeof digits - 1; i++) {
        int64_t n = db_do(db, S_SESSION_PURGE, e, DB_T(((struct str){&digits[i], 1})),
                          DB_T(((struct str){&digits[i + 1], 1})), DB_I(now_ms));
        if (n < 0)
            return -1;
        sum += n;
    }
    return sum;
}
