#include "store/login.h"

#include "store/stmt.h"

int login_add(struct db *db, const struct login *l, int64_t changed_ms, struct err *e)
{
    return (int)db_do(db, S_LOGIN_ADD, e, DB_T(l->state_hash), DB_T(l->nonce),
                      DB_T(l->verifier_hash), DB_T(l->redirect_uri),
                      DB_T(l->target_link_uri), db_opt_text(l->deployment_hint),
                      DB_I(l->expires_ms), DB_T(l->storage_target),
                      DB_I(l->registration_id), DB_I(changed_ms));
}

int login_look(struct db *db, struct arena *a, struct str state_hash, struct login *out,
               struct registration *reg, struct err *e)
{
    struct db_rows *r = db_ask(db, S_LOGIN_LOOK, e, DB_T(state_hash));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1) {
        registration_row(r, 7, a, reg);
        *out = (struct login){
            .state_hash = state_hash,
            .registration_id = reg->id,
            .nonce = str_dup(a, db_text(r, 0)),
            .verifier_hash = str_dup(a, db_text(r, 1)),
            .redirect_uri = str_dup(a, db_text(r, 2)),
            .target_link_uri = str_dup(a, db_text(r, 3)),
            .deployment_hint = str_dup(a, db_text(r, 4)),
            .expires_ms = db_i64(r, 5),
            .storage_target = str_dup(a, db_text(r, 6)),
        };
    }
    db_end(r);
    return rc;
}

int login_take(struct db *db, struct str state_hash, struct err *e)
{
    return (int)db_do(db, S_LOGIN_TAKE, e, DB_T(state_hash));
}

int64_t login_count(struct db *db, struct err *e)
{
    struct db_rows *r = db_query(db, S_LOGIN_COUNT, NULL, 0, e);
    if (r == NULL)
        return -1;
    int64_t n = db_next(r, e) == 1 ? db_i64(r, 0) : -1;
    db_end(r);
    return n;
}

int64_t login_purge(struct db *db, int64_t now_ms, struct err *e)
{
    int64_t logins = db_do(db, S_LOGIN_PURGE, e, DB_I(now_ms));
    int64_t tickets = logins < 0 ? -1 : db_do(db, S_TICKET_PURGE, e, DB_I(now_ms));
    return tickets < 0 ? -1 : logins + tickets;
}

int64_t login_drop_oldest(struct db *db, int64_t n, struct err *e)
{
    return db_do(db, S_LOGIN_DROP_OLDEST, e, DB_I(n));
}

int login_ticket_add(struct db *db, const struct login_ticket *t, struct err *e)
{
    int64_t n =
        db_do(db, S_TICKET_ADD, e, DB_T(t->ticket_hash), DB_I(t->registration_id),
              DB_T(t->launch), DB_I(t->expires_ms), db_opt_text(t->verifier_hash));
    return n < 0 ? -1 : 0;
}

struct taking {
    struct arena *a;
    struct login_ticket *t;
    int found;
};

static int take_ticket(struct db *db, void *ctx, struct err *e)
{
    struct taking *k = ctx;
    struct db_rows *r = db_ask(db, S_TICKET_TAKE, e, DB_T(k->t->ticket_hash));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    k->found = rc == 1;
    if (rc == 1) {
        k->t->registration_id = db_i64(r, 0);
        k->t->launch = str_dup(k->a, db_text(r, 1));
        k->t->expires_ms = db_i64(r, 2);
        k->t->verifier_hash = str_dup(k->a, db_text(r, 3));
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

int login_ticket_take(struct db *db, struct arena *a, struct str ticket_hash,
                      int64_t now_ms, struct login_ticket *out, struct err *e)
{
    *out = (struct login_ticket){.ticket_hash = ticket_hash};
    struct taking k = {.a = a, .t = out};
    if (db_tx(db, DB_WRITE, take_ticket, &k, e) != 0)
        return -1;
    return k.found && out->expires_ms > now_ms;
}

int login_note(struct db *db, struct env *env, const struct launch_note *n, struct err *e)
{
    struct db_arg reg = n->registration_id == 0 ? DB_N : DB_I(n->registration_id);
    int64_t rc =
        db_do(db, S_LAUNCH_NOTE, e, DB_I(env_id(env)), DB_T(n->reference), reg,
              db_opt_text(n->issuer), db_opt_text(n->client_id), db_opt_text(n->kid),
              DB_T(n->fault), DB_T(n->detail), DB_I(n->at_ms));
    return rc < 0 ? -1 : 0;
}

int login_notes(struct db *db, struct arena *a, struct str reference, int64_t limit,
                int (*fn)(void *ctx, const struct launch_note *n), void *ctx,
                struct err *e)
{
    struct db_rows *r = reference.n == 0 ? db_ask(db, S_LAUNCH_NOTES, e, DB_I(limit))
                                         : db_ask(db, S_LAUNCH_NOTES_BY_REFERENCE, e,
                                                  DB_T(reference), DB_I(limit));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct launch_note n = {
            .reference = str_dup(a, db_text(r, 0)),
            .registration_id = db_i64(r, 1),
            .issuer = str_dup(a, db_text(r, 2)),
            .client_id = str_dup(a, db_text(r, 3)),
            .kid = str_dup(a, db_text(r, 4)),
            .fault = str_dup(a, db_text(r, 5)),
            .detail = str_dup(a, db_text(r, 6)),
            .at_ms = db_i64(r, 7),
        };
        if (fn(ctx, &n) != 0)
            break;
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

int64_t login_notes_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_LAUNCH_NOTES_PURGE, e, DB_I(env_id_floor(before_ms)));
}

int64_t login_notes_trim(struct db *db, int64_t most, struct err *e)
{
    return db_do(db, S_LAUNCH_NOTES_TRIM, e, DB_I(most));
}
