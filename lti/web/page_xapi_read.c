#include "web/page_xapi_read.h"

#include "base/iso.h"
#include "msg/xapi.h"
#include "web/sender.h"

#define LIMIT_MAX 500
#define LIMIT_DEFAULT 100
#define LOT 50     /* rows read at once */
#define LOOKS 2000 /* rows that one request looks at; then its `more` goes on */
#define ANSWER_N ((size_t)4 * 1024 * 1024)
#define SCRATCH_N ((size_t)64 * 1024 * 1024)
#define SLACK_MS 60000 /* between the time of an arrival and that of its row's id */

/* What is asked for. */
struct query {
    int64_t since_ms; /* 0: all */
    int64_t until_ms; /* 0: all */
    int64_t limit;
    bool ascending;
    struct str verb;
    struct str activity;
    struct str agent; /* agent_name() */
    struct str registration;
    int64_t last; /* seq of the last one that was looked at, or 0 */
};

/* --- parameters -------------------------------------------------------------- */

static int said(struct page_ctx *c, const char *why)
{
    return sender_refuse(c, 400, str_c(why), NULL, -1);
}

static int refuse(struct page_ctx *c, const char *why)
{
    said(c, why);
    return 1;
}

/* Who an agent is, as text that can be compared; empty: nobody in particular. */
static struct str agent_name(struct arena *a, const struct js *v)
{
    static const char *const plain[] = {"mbox", "mbox_sha1sum", "openid"};
    const struct js *account = js_get(v, "account");
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct str t = js_text(v, plain[i]);
        if (t.n > 0)
            return str_fmt(a, "%s %.*s", plain[i], STR_ARG(str_lower(a, t)));
    }
    if (account == NULL)
        return STR_EMPTY;
    struct str home = js_text(account, "homePage"), name = js_text(account, "name");
    return str_fmt(a, "account %zu %.*s %.*s", home.n, STR_ARG(home), STR_ARG(name));
}

static int read_agent(struct page_ctx *c, struct query *q)
{
    struct str text = form_get(&c->form, "agent");
    if (text.n == 0)
        return 0;
    q->agent = agent_name(c->a, js_parse(c->a, text, 4096, 8, NULL));
    return q->agent.n > 0 ? 0 : refuse(c, "agent is no agent with an identifier");
}

static int read_time(struct page_ctx *c, const char *name, int64_t *ms)
{
    if (!form_has(&c->form, name) || iso_parse(form_get(&c->form, name), ms))
        return 0;
    return refuse(c, "since and until are ISO 8601 times with a zone");
}

static int read_limit(struct page_ctx *c, struct query *q)
{
    q->limit = LIMIT_DEFAULT;
    if (form_has(&c->form, "limit") &&
        (!str_i64(form_get(&c->form, "limit"), &q->limit) || q->limit < 0))
        return refuse(c, "limit is no whole number from 0");
    if (q->limit == 0 || q->limit > LIMIT_MAX)
        q->limit = LIMIT_MAX;
    return 0;
}

static int read_bool(struct page_ctx *c, const char *name, bool *out)
{
    struct str t = form_get(&c->form, name);
    *out = str_is(t, "true");
    return !form_has(&c->form, name) || *out || str_is(t, "false")
               ? 0
               : refuse(c, "ascending, attachments, related_agents and "
                           "related_activities are true or false");
}

/* 0, or 1: refused and answered. */
static int read_names(struct page_ctx *c)
{
    static const char *const known[] = {"statementId",
                                        "voidedStatementId",
                                        "agent",
                                        "verb",
                                        "activity",
                                        "registration",
                                        "since",
                                        "until",
                                        "limit",
                                        "ascending",
                                        "attachments",
                                        "format",
                                        "more",
                                        "related_agents",
                                        "related_activities"};
    for (size_t i = 0; i < c->form.n; i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            is_known = is_known || str_is(c->form.pair[i].key, known[k]);
        if (!is_known)
            return refuse(c, "there is a parameter that xAPI does not know");
        if (form_count(&c->form, str_z(c->a, c->form.pair[i].key)) > 1)
            return refuse(c, "a parameter stands there twice");
    }
    return 0;
}

static int read_query(struct page_ctx *c, struct query *q)
{
    bool attachments, agents, activities;
    struct str format = form_get(&c->form, "format");
    *q = (struct query){.verb = form_get(&c->form, "verb"),
                        .activity = form_get(&c->form, "activity"),
                        .agent = STR_EMPTY,
                        .registration =
                            str_lower(c->a, form_get(&c->form, "registration"))};
    if (read_time(c, "since", &q->since_ms) != 0 ||
        read_time(c, "until", &q->until_ms) != 0 || read_limit(c, q) != 0 ||
        read_bool(c, "ascending", &q->ascending) != 0 ||
        read_bool(c, "attachments", &attachments) != 0 ||
        read_bool(c, "related_agents", &agents) != 0 ||
        read_bool(c, "related_activities", &activities) != 0 || read_agent(c, q) != 0)
        return 1;
    if (attachments || agents || activities || (format.n > 0 && !str_is(format, "exact")))
        return refuse(c, "statements are given exactly as they came, by actor, verb and "
                         "object: other formats, attachments and related_... are not "
                         "offered");
    return 0;
}

/* --- the link to more -------------------------------------------------------- */

static struct str more_aad(struct page_ctx *c, const struct receiver *key)
{
    return str_fmt(c->a, "xapi-more:%.*s", STR_ARG(key->key_id));
}

static struct str more_link(struct page_ctx *c, const struct receiver *key,
                            const struct query *q)
{
    struct err e = {0};
    struct js *o = js_object(c->a);
    struct str sealed;
    js_set_i64(o, "since", q->since_ms);
    js_set_i64(o, "until", q->until_ms);
    js_set_i64(o, "limit", q->limit);
    js_set_bool(o, "ascending", q->ascending);
    js_set_str(o, "verb", q->verb);
    js_set_str(o, "activity", q->activity);
    js_set_str(o, "agent", q->agent);
    js_set_str(o, "registration", q->registration);
    js_set_i64(o, "last", q->last);
    if (crypt_seal(c->a, c->app->env, c->app->keys->seal, more_aad(c, key),
                   js_dump(c->a, o), &sealed, &e) != 0)
        return STR_EMPTY;
    return str_fmt(c->a, "%.*s/xapi/statements?more=%.*s",
                   STR_ARG(conf_prefix(c->app->conf)), STR_ARG(sealed));
}

static int read_more(struct page_ctx *c, const struct receiver *key, struct query *q)
{
    struct str plain;
    if (c->form.n != 1 || crypt_open(c->a, c->app->keys->seal, more_aad(c, key),
                                     form_get(&c->form, "more"), &plain, NULL) != 0)
        return refuse(c, "more is not a link that was given to this key");
    const struct js *o = js_parse(c->a, plain, (size_t)32 * 1024, 4, NULL);
    *q = (struct query){.verb = js_text(o, "verb"),
                        .activity = js_text(o, "activity"),
                        .agent = js_text(o, "agent"),
                        .registration = js_text(o, "registration")};
    js_i64(js_get(o, "since"), &q->since_ms);
    js_i64(js_get(o, "until"), &q->until_ms);
    js_i64(js_get(o, "limit"), &q->limit);
    js_i64(js_get(o, "last"), &q->last);
    js_bool(js_get(o, "ascending"), &q->ascending);
    return 0;
}

/* --- statements -------------------------------------------------------------- */

static bool is_shown(const struct statement *s)
{
    return str_is(s->kind, "void") || (s->voided_by.n == 0 && str_is(s->kind, "xapi"));
}

static bool wants(struct arena *a, const struct query *q, const struct statement *s,
                  const struct js *doc)
{
    const struct js *object = js_get(doc, "object");
    if (!is_shown(s) || (q->since_ms > 0 && s->received_ms <= q->since_ms) ||
        (q->until_ms > 0 && s->received_ms > q->until_ms))
        return false;
    if (q->verb.n > 0 && !str_eq(js_text(js_get(doc, "verb"), "id"), q->verb))
        return false;
    if (q->activity.n > 0 && !str_eq(js_text(object, "id"), q->activity))
        return false;
    if (q->registration.n > 0 &&
        !str_ieq(js_text(js_get(doc, "context"), "registration"), q->registration))
        return false;
    return q->agent.n == 0 || str_eq(agent_name(a, js_get(doc, "actor")), q->agent) ||
           str_eq(agent_name(a, object), q->agent);
}

/* The statement with what a receiver adds. NULL: it cannot be read. */
static struct js *complete(struct page_ctx *c, const struct receiver *key, int level,
                           const struct statement *s)
{
    struct js *o = js_parse(c->a, s->document, XAPI_DOCUMENT_MAX, XAPI_DEPTH, NULL);
    struct js *who = js_object(c->a), *account = js_object(c->a);
    struct str stored = iso_format(c->a, s->received_ms);
    if (o == NULL)
        return NULL;
    js_set_str(account, "homePage", c->app->conf->public_url);
    js_set_str(account, "name", key->key_id);
    js_set_str(who, "objectType", STR("Agent"));
    js_set(who, "account", account);
    js_set_str(o, "id", s->key);
    js_set_str(o, "stored", stored);
    js_set(o, "authority", who);
    js_set_str(o, "version", level == 1 ? STR("1.0.3") : STR("2.0.0"));
    if (!js_has(o, "timestamp"))
        js_set_str(o, "timestamp", stored);
    return o;
}

static int one(struct page_ctx *c, const struct receiver *key, int level, bool voided,
               struct err *e)
{
    struct statement s;
    struct str id =
        str_lower(c->a, form_get(&c->form, voided ? "voidedStatementId" : "statementId"));
    if (!shape_is_uuid(id))
        return said(c, "statementId and voidedStatementId are UUIDs");
    for (size_t i = 0; i < c->form.n; i++) {
        struct str name = c->form.pair[i].key;
        if (!str_ends(name, STR("tatementId")) && !str_is(name, "format") &&
            !str_is(name, "attachments"))
            return said(c, "a statement's id goes with format and attachments alone");
    }
    if (form_has(&c->form, "statementId") && form_has(&c->form, "voidedStatementId"))
        return said(c, "statementId or voidedStatementId, not both");
    int found = statement_get(c->app->db, c->a, c->app->keys, key->tenant_id, id, &s, e);
    if (found < 0)
        return -1;
    bool is_voided = found == 1 && !is_shown(&s);
    struct js *o = found == 1 && str_eq(s.key_id, key->key_id) && is_voided == voided &&
                           !str_is(s.kind, "caliper")
                       ? complete(c, key, level, &s)
                       : NULL;
    if (o == NULL)
        return sender_refuse(c, 404, STR("there is no such statement of this key"), NULL,
                             -1);
    res_add(c->res, STR("ETag"), str_fmt(c->a, "\"%.*s\"", STR_ARG(s.content_hash)));
    return sender_say(c, 200, o);
}

/* A lot of rows. 1: go on, 0: that is all, or enough; -1. */
static int one_lot(struct page_ctx *c, struct arena *scratch, const struct receiver *key,
                   int level, struct query *q, struct js *list, size_t *bytes,
                   struct err *e)
{
    struct statement *rows;
    size_t n;
    struct statement_range r = {.tenant_id = key->tenant_id,
                                .key_id = key->key_id,
                                .after = env_id_floor(q->since_ms) - 1,
                                .before = INT64_MAX,
                                .ascending = q->ascending,
                                .limit = LOT};
    if (q->until_ms > 0)
        r.before = env_id_floor(q->until_ms + SLACK_MS);
    if (q->last != 0 && q->ascending)
        r.after = q->last;
    if (q->last != 0 && !q->ascending)
        r.before = q->last;
    if (statement_list(c->app->db, scratch, c->app->keys, &r, &rows, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct js *doc =
            js_parse(scratch, rows[i].document, XAPI_DOCUMENT_MAX, XAPI_DEPTH, NULL);
        q->last = rows[i].seq;
        if (!wants(scratch, q, &rows[i], doc))
            continue;
        *bytes += rows[i].document.n + 512;
        js_push(list, complete(c, key, level, &rows[i]));
        if ((int64_t)js_len(list) >= q->limit || *bytes >= ANSWER_N)
            return 1;
    }
    if (n < LOT)
        q->last = 0;
    return n == LOT;
}

static int many(struct page_ctx *c, const struct receiver *key, int level,
                struct query *q, struct err *e)
{
    struct js *o = js_object(c->a), *list = js_array(c->a);
    struct arena *scratch = arena_new(SCRATCH_N);
    size_t bytes = 0;
    int more = 1;
    for (int looks = 0; more == 1 && looks < LOOKS; looks += LOT) {
        more = one_lot(c, scratch, key, level, q, list, &bytes, e);
        arena_reset(scratch);
        if ((int64_t)js_len(list) >= q->limit || bytes >= ANSWER_N)
            break;
    }
    arena_free(scratch);
    if (more < 0)
        return -1;
    js_set(o, "statements", list);
    js_set_str(o, "more", q->last != 0 ? more_link(c, key, q) : STR_EMPTY);
    return sender_say(c, 200, o);
}

int page_xapi_read(struct page_ctx *c, const struct receiver *key, int level,
                   struct err *e)
{
    struct query q;
    if (read_names(c) != 0)
        return 0;
    if (form_has(&c->form, "statementId") || form_has(&c->form, "voidedStatementId"))
        return one(c, key, level, !form_has(&c->form, "statementId"), e);
    int rc = form_has(&c->form, "more") ? read_more(c, key, &q) : read_query(c, &q);
    return rc != 0 ? 0 : many(c, key, level, &q, e);
}
