#include "learn/enrol.h"

#include "job/queue.h"
#include "learn/reading.h"
#include "learn/recompute.h"
#include "store/enrol.h"
#include "store/gate.h"
#include "store/notice.h"
#include "store/origin.h"
#include "store/person.h"

#define SEEN_MS 600000 /* how exactly enrolment.seen_ms is kept */
#define PNS_MS 3600000 /* how often a deployment may move its notification service */

/* One run of the transaction: db_tx may call it again, so all that it reads lives here.
 */
struct run {
    struct env *env;
    struct arena *a;
    const struct keyring *keys;
    const struct enrol_in *in;
    struct enrol_out *out;
    struct enrol_known k;
    bool new_course;
    bool fresh; /* the tenant was made here: nothing can be known of its courses */
    struct str context_id; /* of the claims, or one made from the link */
    struct str sub;
};

/* The deployment decides first: known and active, or what the registration's policy says.
 */
static int find_tenant(struct db *db, struct run *r, struct err *e)
{
    struct str policy = r->in->reg->deployment_policy;
    struct enrol_out *out = r->out;
    if (r->k.tenant_id != 0) {
        out->result = str_is(r->k.tenant_state, "active")    ? ENROL_OK
                      : str_is(r->k.tenant_state, "pending") ? ENROL_PENDING
                                                             : ENROL_DISABLED;
        return 0;
    }
    if (!str_is(policy, "auto") && !str_is(policy, "pending")) {
        out->result = ENROL_UNKNOWN;
        return 0;
    }
    bool automatic = str_is(policy, "auto");
    r->fresh = true;
    r->k.tenant_id = env_id(r->env);
    int rc = registration_add_deployment(db, r->env, r->in->reg->id, r->in->deployment_id,
                                         automatic ? STR("active") : STR("pending"), e);
    if (rc != 0)
        return -1;
    out->result = automatic ? ENROL_OK : ENROL_PENDING;
    return automatic ? enrol_look(db, r->a, r->in->reg->id, r->in->deployment_id,
                                  r->context_id, r->in->link_id, r->sub, &r->k, e)
                     : 0;
}

/* A course that is seen for the first time may be a copy: the launch tells it, or a
 * notice did (LTI.md 8.2, 2.6); so may one without a map by a further link. The work is a
 * job's. */
static int ask_copy(struct db *db, struct run *r, int64_t course_id, bool is_new,
                    struct err *e)
{
    const struct copy_told *t = &r->in->copied;
    bool told = t->contexts.n + t->links.n > 0 ||
                (t->made_in.n > 0 && !str_eq(t->made_in, r->context_id));
    if (r->fresh || (!told && !is_new))
        return 0;
    if (!told) {
        int known = origin_any(db, r->k.tenant_id, r->context_id, e);
        if (known <= 0)
            return known;
    }
    return copy_enqueue(db, r->env, r->k.tenant_id, course_id, copy_payload(r->a, t), e);
}

/* A notification service that is new or has moved: a job tells it our address. */
static int put_pns(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    const struct enrol_pns *had = &r->k.pns;
    struct job_in job = {
        .tenant_id = r->k.tenant_id, .kind = STR("notice.handlers"), .outside = true};
    bool same = str_eq(had->url, in->pns_url) && str_eq(had->offered, in->pns_offered);
    if (in->pns_url.n == 0 || same)
        return 0;
    if (had->url.n > 0 && in->now_ms >= had->checked_ms &&
        in->now_ms - had->checked_ms < PNS_MS)
        return 0;
    if (notice_service_put(db, r->k.tenant_id, in->pns_url, in->pns_offered, in->now_ms,
                           e) != 0)
        return -1;
    return job_add(db, r->env, &job, NULL, e) < 0 ? -1 : 0;
}

/* A course in use that was met without a service (Moodle's Deep Linking messages name no
 * roster): it is read anew now that a launch tells where the service is. */
static int ask_sync(struct db *db, struct run *r, const struct enrol_course *was,
                    const struct enrol_course *is, struct err *e)
{
    bool roster = was->nrps_url.n == 0 && is->nrps_url.n > 0;
    bool columns = was->ags_lineitems_url.n == 0 && is->ags_lineitems_url.n > 0;
    if (!is->has_map || (!roster && !columns))
        return 0;
    return reading_ask(db, r->env, r->k.tenant_id, is->id, READING_ANEW, 0, NULL, e) < 0
               ? -1
               : 0;
}

static int put_course(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    struct enrol_course *c = &r->k.course;
    if (r->context_id.n == 0)
        return 0;
    /* a claim that a launch leaves out says nothing about what earlier ones told */
    struct enrol_course want = {
        .id = c->id,
        .title = in->context_title.n > 0 ? in->context_title : c->title,
        .label = in->context_label.n > 0 ? in->context_label : c->label,
        .nrps_url = in->nrps_url.n > 0 ? in->nrps_url : c->nrps_url,
        .ags_lineitems_url =
            in->ags_lineitems_url.n > 0 ? in->ags_lineitems_url : c->ags_lineitems_url,
        .ags_scopes = in->ags_scopes.n > 2 || c->id == 0 ? in->ags_scopes : c->ags_scopes,
        .platform_url = in->platform_url.n > 0 ? in->platform_url : c->platform_url,
        .groups_url = in->groups_url.n > 0 ? in->groups_url : c->groups_url,
        .group_sets_url = in->groups_url.n > 0 ? in->group_sets_url : c->group_sets_url,
        .has_map = c->has_map,
    };
    if (c->id == 0) {
        want.id = env_id(r->env);
        r->new_course = true;
        if (enrol_course_add(db, r->k.tenant_id, r->context_id, &want, in->now_ms, e) !=
                0 ||
            ask_copy(db, r, want.id, true, e) != 0)
            return -1;
    } else if (!str_eq(want.title, c->title) || !str_eq(want.label, c->label) ||
               !str_eq(want.nrps_url, c->nrps_url) ||
               !str_eq(want.ags_scopes, c->ags_scopes) ||
               !str_eq(want.ags_lineitems_url, c->ags_lineitems_url) ||
               !str_eq(want.platform_url, c->platform_url) ||
               !str_eq(want.groups_url, c->groups_url) ||
               !str_eq(want.group_sets_url, c->group_sets_url)) {
        if (enrol_course_set(db, r->k.tenant_id, &want, e) != 0 ||
            ask_sync(db, r, c, &want, e) != 0)
            return -1;
    }
    *c = want;
    return 0;
}

static int put_link(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    struct enrol_link *l = &r->k.link;
    if (in->link_id.n == 0)
        return 0;
    struct enrol_link want = {
        .id = l->id,
        .title = in->link_title,
        .custom = in->custom,
        .ags_lineitem_url =
            in->ags_lineitem_url.n > 0 ? in->ags_lineitem_url : l->ags_lineitem_url,
    };
    if (l->id == 0) {
        want.id = env_id(r->env);
        if (enrol_link_add(db, r->k.tenant_id, r->k.course.id, in->link_id, &want,
                           in->now_ms, e) != 0)
            return -1;
        if (!r->new_course && !r->k.course.has_map &&
            ask_copy(db, r, r->k.course.id, false, e) != 0)
            return -1;
    } else if (!str_eq(want.title, l->title) || !str_eq(want.custom, l->custom) ||
               !str_eq(want.ags_lineitem_url, l->ags_lineitem_url)) {
        if (enrol_link_set(db, r->k.tenant_id, &want, e) != 0)
            return -1;
    }
    *l = want;
    return 0;
}

/* Seal `plain` again only when it differs from what is sealed already. */
static int reseal(struct run *r, const char *field, struct str plain, struct str *sealed,
                  bool *changed, struct err *e)
{
    struct enrol_person *p = &r->k.person;
    if (plain.n == 0)
        return 0;
    struct str old = person_open(r->a, r->keys, r->k.tenant_id, p->id, field, *sealed);
    if (str_eq(old, plain))
        return 0;
    *changed = true;
    return person_seal(r->a, r->env, r->keys, r->k.tenant_id, p->id, field, plain, sealed,
                       e);
}

static int put_person(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    struct enrol_person *p = &r->k.person;
    bool fresh = p->id == 0, changed = !str_eq(in->locale, p->locale);
    if (r->sub.n == 0)
        return 0;
    if (fresh)
        p->id = env_id(r->env);
    p->locale = in->locale;
    if (reseal(r, "name", in->name, &p->name_sealed, &changed, e) != 0)
        return -1;
    if (fresh)
        return enrol_person_add(db, r->k.tenant_id, r->sub, p, in->now_ms, e);
    return changed ? enrol_person_set(db, r->k.tenant_id, p, e) : 0;
}

static int put_role(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    if (r->k.course.id == 0 || r->k.person.id == 0 || !in->tells_roles)
        return 0;
    struct enrol_role want = {
        .known = r->k.role.known,
        .roles = in->roles,
        .is_learner = in->is_learner,
        .is_staff = in->is_staff,
        .is_test = in->is_test,
        .active = true,
    };
    const struct enrol_role *had = &r->k.role;
    bool same = had->known && had->active && had->roles == want.roles &&
                had->is_learner == want.is_learner && had->is_staff == want.is_staff &&
                had->is_test == want.is_test;
    /* A launch's word on staff outlasts the roster's (NRPS-6), and is known as such. */
    same = same && (had->by_launch || !want.is_staff);
    if (same && in->now_ms - had->seen_ms < SEEN_MS)
        return 0;
    return enrol_role_set(db, r->k.tenant_id, r->k.course.id, r->k.person.id, &want,
                          in->now_ms, e);
}

/* Whom the message is about, if we know them, and the unit that its column stands for. */
static int find_about(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    r->out->shows = in->shows;
    if (in->about.n == 0)
        return 0;
    struct enrol_about about;
    if (enrol_about(db, r->a, r->k.tenant_id, r->k.course.id, in->about,
                    in->ags_lineitem_url, &about, e) != 0)
        return -1;
    r->out->about_person_id = about.person_id;
    if (in->shows.n == 0 && about.unit.n > 0)
        r->out->shows = str_fmt(r->a, "gate/%.*s", STR_ARG(about.unit));
    return 0;
}

/* A link that is a gate tells its column (or that it has none yet); when that is news,
 * everybody's scores are worked out for it. */
static int put_gate(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    if (!str_starts(in->shows, STR("gate/")) || r->k.link.id == 0 || r->k.course.id == 0)
        return 0;
    struct str unit = str_sub(in->shows, 5, in->shows.n);
    struct learn l = {.db = db,
                      .env = r->env,
                      .a = r->a,
                      .tenant_id = r->k.tenant_id,
                      .course_id = r->k.course.id};
    int news = gate_launched(db, l.tenant_id, l.course_id, unit, r->k.link.id,
                             in->ags_lineitem_url, in->now_ms, e);
    if (news < 0)
        return -1;
    return news == 1 && in->ags_lineitem_url.n > 0 ? recompute_enqueue(&l, e) : 0;
}

static int put_session(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    struct session s = {
        .hash = in->session_hash,
        .tenant_id = r->k.tenant_id,
        .registration_id = in->reg->id,
        .course_id = r->k.course.id,
        .link_id = r->k.link.id,
        .person_id = r->k.person.id,
        .roles = in->roles,
        .is_staff = in->is_staff,
        .is_learner = in->is_learner,
        .message_type = in->message_type,
        .locale = in->locale,
        .family = in->family,
        .return_url = in->return_url,
        .handle = in->handle,
        .shows = r->out->shows,
        .about_person_id = r->out->about_person_id,
        .cookieless = in->cookieless,
        .created_ms = in->now_ms,
        .expires_ms = in->now_ms + in->session_ms,
    };
    if (session_add(db, &s, e) != 0)
        return -1;
    if (in->picking == NULL)
        return 0;
    struct picking p = *in->picking;
    p.session_hash = in->session_hash;
    p.tenant_id = r->k.tenant_id;
    p.deployment_id = in->deployment_id;
    return picking_add(db, &p, e);
}

static int put_trace(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    if (r->k.course.id == 0 || r->k.person.id == 0 || !in->tells_roles)
        return 0; /* nobody in particular was here (DL-1) */
    struct str key =
        str_fmt(r->a, "access/launch/%.*s", STR_ARG(str_sub(in->session_hash, 0, 32)));
    return enrol_access(db, r->k.tenant_id, env_id(r->env), r->k.course.id,
                        r->k.person.id, in->link_id, key, in->now_ms, e);
}

/* MIG-1. Where the claim tells no old id it is the one of today (MIG-2). */
static int put_legacy(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    struct legacy l = in->legacy;
    if (l.consumer_key.n == 0)
        return 0;
    l.person = l.person.n > 0 ? l.person : in->sub;
    l.context = l.context.n > 0 ? l.context : in->context_id;
    l.link = l.link.n > 0 ? l.link : in->link_id;
    l.person_id = r->k.person.id;
    l.course_id = r->k.course.id;
    l.link_id = r->k.link.id;
    return legacy_keep(db, r->k.tenant_id, &l, in->now_ms, e);
}

static int write_all(struct db *db, struct run *r, struct err *e)
{
    const struct enrol_in *in = r->in;
    *r->out = (struct enrol_out){0};
    r->fresh = r->new_course = false;
    if (in->state_hash.n > 0) {
        int took = login_take(db, in->state_hash, e);
        if (took < 0)
            return -1;
        if (took == 0) {
            r->out->result = ENROL_TAKEN;
            return 0;
        }
    }
    if (enrol_look(db, r->a, in->reg->id, in->deployment_id, r->context_id, in->link_id,
                   r->sub, &r->k, e) != 0 ||
        find_tenant(db, r, e) != 0)
        return -1;
    if (r->out->result != ENROL_OK)
        return 0; /* the login stays taken; nothing else was written */
    if (put_course(db, r, e) != 0 || put_link(db, r, e) != 0 ||
        put_person(db, r, e) != 0 || put_role(db, r, e) != 0 || put_gate(db, r, e) != 0 ||
        find_about(db, r, e) != 0 || put_session(db, r, e) != 0 ||
        put_trace(db, r, e) != 0 || put_legacy(db, r, e) != 0 || put_pns(db, r, e) != 0)
        return -1;
    r->out->tenant_id = r->k.tenant_id;
    r->out->course_id = r->k.course.id;
    r->out->link_id = r->k.link.id;
    r->out->person_id = r->k.person.id;
    r->out->has_map = r->k.course.has_map;
    return 0;
}

/* A key that another launch has just taken: look again, with new ids. */
static int run_tx(struct db *db, void *ctx, struct err *e)
{
    int rc = write_all(db, ctx, e);
    if (rc != 0 && e->code == ERR_CONFLICT)
        e->code = ERR_BUSY;
    return rc;
}

int enrol_launch(struct db *db, struct env *env, struct arena *a,
                 const struct keyring *keys, const struct enrol_in *in,
                 struct enrol_out *out, struct err *e)
{
    struct run r = {
        .env = env,
        .a = a,
        .keys = keys,
        .in = in,
        .out = out,
        .context_id = in->context_id,
        .sub = in->sub,
    };
    if (r.context_id.n == 0 && in->link_id.n > 0) /* V4: the link stands for it */
        r.context_id = str_fmt(a, "link/%.*s", STR_ARG(in->link_id));
    if (r.sub.n == 0 && in->link_id.n > 0) /* MSG-2: nobody else either */
        r.sub = str_fmt(a, "anonymous/%.*s", STR_ARG(in->session_hash));
    return db_tx(db, DB_WRITE, run_tx, &r, e);
}
