#include "web/enter.h"

#include "base/log.h"
#include "engine/unit.h"
#include "learn/enrol.h"
#include "msg/deeplink.h"
#include "msg/lti11.h"
#include "msg/pack.h"
#include "net/url.h"
#include "service/token.h"
#include "store/consumer.h"
#include "web/error.h"

#define ORIGINS_MAX 16                    /* learned ones a registration */
#define PICK_MS INT64_C(14400000)         /* so long one may choose (DL-2) */
#define PICK_SESSION_MS INT64_C(18000000) /* and then at least still go back (I100) */
#define CLOCK_STEP_MS 5000 /* a clock offset that changes by less is not written down */

struct str enter_name(struct arena *a, const struct launch *l)
{
    if (l->name.full.n > 0)
        return l->name.full;
    return str_trim(
        str_fmt(a, "%.*s %.*s", STR_ARG(l->name.given), STR_ARG(l->name.family)));
}

/* What a link shows, as it was chosen when it was made: a custom parameter, copied with
 * the course, and no more than a wish (DL-5). */
static struct str shows(struct page_ctx *c, const struct launch *l)
{
    struct str view = launch_custom(l, "waymark_view");
    struct str unit = launch_custom(l, "waymark_unit");
    bool known = str_is(view, "unit") || str_is(view, "gate");
    if (l->message == LAUNCH_DEEP_LINKING || !known || !unit_is_slug(unit))
        return STR_EMPTY;
    return str_fmt(c->a, "%.*s/%.*s", STR_ARG(view), STR_ARG(unit));
}

/* What a content selection may hold, kept on our side (DL-2, I101). */
static struct picking *picking(struct page_ctx *c, const struct launch *l)
{
    struct picking *p = ARENA_NEW(c->a, struct picking);
    *p = (struct picking){.return_url = l->deep_link.return_url,
                          .settings = deeplink_pack(c->a, l),
                          .has_data = l->deep_link.has_data,
                          .data = l->deep_link.data,
                          .expires_ms = c->now_ms + PICK_MS};
    return p;
}

static int64_t life_ms(struct page_ctx *c, const struct launch *l)
{
    int64_t usual = c->app->conf->session_s * 1000;
    bool picks = l->message == LAUNCH_DEEP_LINKING;
    return picks && usual < PICK_SESSION_MS ? PICK_SESSION_MS : usual;
}

/* SVC-6: a service without the permission to use it is none. */
static bool reads_groups(const struct launch *l)
{
    for (size_t i = 0; i < l->groups.scopes.n; i++)
        if (str_is(l->groups.scopes.at[i], SCOPE_GROUPS_RO))
            return true;
    return false;
}

static struct enrol_in claims(struct page_ctx *c, const struct entry *in)
{
    const struct launch *l = in->launch;
    /* MSG-2: nobody in particular looks at nobody's work and is graded nowhere */
    bool anonymous = l->sub.n == 0 && l->message != LAUNCH_DEEP_LINKING;
    return (struct enrol_in){
        .reg = in->reg,
        .state_hash = in->state_hash,
        .deployment_id = l->deployment_id,
        .sub = l->sub,
        .name = enter_name(c->a, l),
        .locale = l->locale,
        .context_id = l->context.id,
        .context_title = l->context.title,
        .context_label = l->context.label,
        .link_id = l->link.id,
        .link_title = l->link.title,
        .custom = pack_custom(c->a, l),
        .nrps_url = l->nrps_url,
        .groups_url = reads_groups(l) ? l->groups.url : STR_EMPTY,
        .group_sets_url = reads_groups(l) ? l->groups.sets_url : STR_EMPTY,
        .pns_url = l->pns.url,
        .pns_offered = pack_offered(c->a, l),
        .copied = {.contexts = launch_custom(l, "context_id_history"),
                   .links = launch_custom(l, "link_id_history"),
                   .made_in = launch_custom(l, "waymark_course")},
        .ags_lineitems_url = l->ags.lineitems,
        .ags_lineitem_url = l->ags.lineitem,
        .ags_scopes = pack_scopes(c->a, l),
        .platform_url = l->platform.url.n > 0 ? l->platform.url : l->iss,
        .family = l->platform.family,
        .message_type = l->message_type,
        .return_url = l->return_url,
        .shows = shows(c, l),
        .about = l->for_user,
        .roles = l->roles,
        .tells_roles = l->roles_told,
        .is_staff = !anonymous && role_is_staff(l->roles, in->reg->admins_are_staff),
        .is_learner = !anonymous && role_is_learner(l->roles),
        .is_test = anonymous || (l->roles & ROLE_TEST_USER) != 0,
        .cookieless = in->cookieless,
        .now_ms = c->now_ms,
        .session_ms = life_ms(c, l),
        .picking = l->message == LAUNCH_DEEP_LINKING ? picking(c, l) : NULL,
    };
}

/* The session as a later request would read it. */
static void open_session(struct page_ctx *c, const struct enrol_in *in,
                         const struct enrol_out *out)
{
    c->session = (struct session){.hash = in->session_hash,
                                  .tenant_id = out->tenant_id,
                                  .registration_id = in->reg->id,
                                  .course_id = out->course_id,
                                  .link_id = out->link_id,
                                  .person_id = out->person_id,
                                  .roles = in->roles,
                                  .is_staff = in->is_staff,
                                  .is_learner = in->is_learner,
                                  .message_type = in->message_type,
                                  .locale = in->locale,
                                  .family = in->family,
                                  .return_url = in->return_url,
                                  .handle = in->handle,
                                  .shows = out->shows,
                                  .about_person_id = out->about_person_id,
                                  .cookieless = in->cookieless,
                                  .created_ms = in->now_ms,
                                  .expires_ms = in->now_ms + in->session_ms,
                                  .frame_origins = in->reg->frame_origins,
                                  .enabled = true,
                                  .has_map = out->has_map,
                                  .course_title = in->context_title};
    c->cookieless = in->cookieless;
}

static int refused(enum enrol_result result, struct fault *f)
{
    static const enum fault_id faults[] = {[ENROL_TAKEN] = FAULT_STATE_UNKNOWN,
                                           [ENROL_UNKNOWN] = FAULT_DEPLOYMENT_UNKNOWN,
                                           [ENROL_PENDING] = FAULT_DEPLOYMENT_PENDING,
                                           [ENROL_DISABLED] = FAULT_DEPLOYMENT_DISABLED};
    fault_set(f, faults[result], "enrolment");
    return 1;
}

/* The learned origins with that of `url`; the same text when nothing is new. */
static struct str with_origin(struct page_ctx *c, struct str origins, struct str url)
{
    struct url u;
    unsigned allow = URL_FRAGMENT | (c->app->conf->allow_http ? URL_HTTP : 0u);
    if (url.n == 0 || url_parse(c->a, url, allow, &u, NULL) != 0)
        return origins;
    struct str origin = url_origin(c->a, &u), one;
    struct str quoted = str_fmt(c->a, "\"%.*s\"", STR_ARG(origin));
    if (str_find(origins, quoted, 0) != SIZE_MAX)
        return origins; /* known: nearly always */
    struct js *list =
        origins.n > 2 ? js_parse(c->a, origins, (size_t)16 * 1024, 2, NULL) : NULL;
    struct js *fresh = js_array(c->a);
    for (size_t i = 0; i < js_len(list); i++) {
        if (!js_str(js_at(list, i), &one))
            continue;
        if (js_len(list) - i < ORIGINS_MAX) /* the oldest goes */
            js_push_str(fresh, one);
    }
    js_push_str(fresh, origin);
    return js_dump(c->a, fresh);
}

void enter_frames(struct page_ctx *c, struct str origins, struct str return_url)
{
    page_frames(c, return_url.n > 0 ? with_origin(c, origins, return_url) : STR_EMPTY);
}

/* What the claims told about the platform, written down only when it is news. */
static void learn(struct page_ctx *c, const struct entry *in)
{
    struct err e = {0};
    const struct registration *reg = in->reg;
    const struct launch *l = in->launch;
    int64_t offset = l->iat_ms == 0 ? reg->clock_offset_ms : l->iat_ms - c->now_ms;
    int64_t moved = offset - reg->clock_offset_ms;
    struct str origins = with_origin(c, reg->frame_origins, l->return_url);
    struct str family =
        l->platform.family.n > 0 ? l->platform.family : reg->product_family;
    c->session.frame_origins = origins;
    if (str_eq(origins, reg->frame_origins) && str_eq(family, reg->product_family) &&
        moved < CLOCK_STEP_MS && moved > -CLOCK_STEP_MS)
        return;
    if (registration_learn(c->app->db, reg->id, origins, family, offset, &e) < 0)
        log_err(LOG_WARN, "launch.learn", &e);
}

static void warn(const struct entry *in)
{
    const struct launch *l = in->launch;
    for (size_t i = 0; i < l->warning_n; i++)
        log_put(LOG_INFO, "launch.claim_ignored", KVI("registration", in->reg->id),
                KVZ("text", l->warning[i]));
    if (l->target_differs)
        log_put(LOG_INFO, "launch.target_differs", KVI("registration", in->reg->id));
}

/* MIG-1: the old ids go into the launch's transaction only when the claim is signed with
 * a secret that an administrator gave us. Whatever is wrong with it, the launch goes on
 * (I79). */
static void migrate(struct page_ctx *c, const struct entry *in, struct enrol_in *claim)
{
    const struct launch *l = in->launch;
    struct str secret = STR_EMPTY;
    struct err e = {0};
    if (l->lti1p1.consumer_key.n == 0)
        return;
    int found = consumer_get(c->app->db, c->a, c->app->keys, in->reg->id,
                             l->lti1p1.consumer_key, &secret, &e);
    if (found < 0)
        log_err(LOG_ERROR, "launch.not_migrated", &e);
    if (found < 1 || !lti11_signed(c->a, l, secret)) {
        log_put(LOG_WARN, "launch.not_migrated", KVI("registration", in->reg->id),
                KVZ("why", found == 1 ? "wrong signature" : "unknown consumer key"));
        return;
    }
    claim->legacy = (struct legacy){.consumer_key = l->lti1p1.consumer_key,
                                    .guid = l->lti1p1.guid,
                                    .person = l->lti1p1.user_id,
                                    .context = l->lti1p1.context_id,
                                    .link = l->lti1p1.link_id};
}

int enter_session(struct page_ctx *c, const struct entry *in, struct fault *f,
                  struct err *e)
{
    struct enrol_in claim = claims(c, in);
    struct enrol_out out;
    struct str secret = crypt_token(c->a, c->app->env);
    claim.session_hash = crypt_digest(c->a, secret);
    claim.handle = carry_handle(c->a, c->app->env);
    migrate(c, in, &claim);
    if (enrol_launch(c->app->db, c->app->env, c->a, c->app->keys, &claim, &out, e) != 0)
        return -1;
    if (out.result != ENROL_OK)
        return refused(out.result, f);
    open_session(c, &claim, &out);
    c->carry = (struct carry){
        .handle = claim.handle, .secret = secret, .in_form = in->cookieless};
    learn(c, in);
    warn(in);
    metrics_add(c->app->metrics, METRIC_LAUNCH_OK, 1);
    return 0;
}

/* Where a session begins: the first row that fits. */
struct place {
    const char *message; /* message_type; NULL: any */
    const char *shows;   /* the beginning of session.shows; NULL: any */
    enum { ANYONE, ANYONE_WITH_MAP, STAFF, STAFF_WITH_MAP } who;
    const char *path;
    page_fn *page;
};

static const struct place places[] = {
    {"LtiSubmissionReviewRequest", NULL, ANYONE, "/review", page_review},
    {"LtiDataPrivacyLaunchRequest", NULL, ANYONE, "/privacy", page_privacy},
    {"DataPrivacyLaunchRequest", NULL, ANYONE, "/privacy", page_privacy},
    {"LtiDeepLinkingRequest", NULL, ANYONE, "/pick", page_pick},
    {NULL, "gate/", ANYONE_WITH_MAP, "/gate", page_gate},
    {NULL, NULL, STAFF_WITH_MAP, "/course", page_course},
    {NULL, NULL, STAFF, "/start", page_start},
    {NULL, NULL, ANYONE, "/panel", page_panel},
};

static bool fits(const struct place *p, const struct session *s)
{
    return (p->message == NULL || str_is(s->message_type, p->message)) &&
           (p->shows == NULL || str_starts(s->shows, str_c(p->shows))) &&
           (p->who < STAFF || s->is_staff) &&
           (p->who == ANYONE || p->who == STAFF || s->has_map);
}

static const struct place *place(const struct page_ctx *c)
{
    size_t i = 0;
    while (i + 1 < sizeof places / sizeof *places && !fits(&places[i], &c->session))
        i++; /* the last row fits all */
    return &places[i];
}

const char *enter_path(const struct page_ctx *c)
{
    return place(c)->path;
}

page_fn *enter_page(const struct page_ctx *c)
{
    return place(c)->page;
}

int enter_refused(struct page_ctx *c, const struct ticket *t, const struct fault *f)
{
    return error_fault(c, f,
                       &(struct error_about){.registration_id = t->reg.id,
                                             .issuer = t->reg.issuer,
                                             .client_id = t->reg.client_id,
                                             .return_url = t->launch.return_url});
}

int enter_ticket(struct page_ctx *c, const struct ticket *t, struct err *e)
{
    struct fault f = {.id = FAULT_NONE};
    struct entry in = {.reg = &t->reg, .launch = &t->launch, .cookieless = true};
    int rc = enter_session(c, &in, &f, e);
    if (rc != 0)
        return rc < 0 ? -1 : enter_refused(c, t, &f);
    enter_frames(c, c->session.frame_origins, c->session.return_url);
    return enter_page(c)(c, e);
}
