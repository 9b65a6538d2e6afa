#include "service/nrps.h"

#include "base/log.h"
#include "net/url.h"
#include "service/page.h"

#include <stdio.h>

#define ACCEPT "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
#define MEMBER_N ((size_t)256 << 10)
#define SUB_MAX 255
#define CLAIM "https://purl.imsglobal.org/spec/lti/claim/"

static enum nrps_status status_of(struct str text)
{
    if (text.n == 0 || str_ieq(text, STR("Active")))
        return NRPS_ACTIVE;
    return str_ieq(text, STR("Deleted")) ? NRPS_DELETED : NRPS_INACTIVE;
}

static void read_roles(const struct js *v, struct nrps_member *m)
{
    struct str text;
    if (js_str(v, &text))
        m->roles[m->roles_n++] = text;
    for (size_t i = 0; i < js_len(v) && m->roles_n < NRPS_ROLES_MAX; i++)
        if (js_str(js_at(v, i), &text))
            m->roles[m->roles_n++] = text;
}

/* Ids are text or whole numbers. */
static void read_groups(const struct js *list, struct nrps_member *m)
{
    for (size_t i = 0; i < js_len(list) && m->groups_n < NRPS_GROUPS_MAX; i++) {
        const struct js *id = js_get(js_at(list, i), "group_id");
        char *room = m->ids[m->groups_n];
        struct str text;
        int64_t number;
        if (js_i64(id, &number)) {
            int n = snprintf(room, NRPS_ID_N, "%lld", (long long)number);
            text = (struct str){room, (size_t)n};
        } else if (!js_str(id, &text) || text.n == 0 || text.n > SUB_MAX) {
            continue;
        }
        m->groups[m->groups_n++] = text;
    }
}

/* Of several messages that of a launch. */
static const struct js *launch_of(const struct js *list)
{
    for (size_t i = 0; i < js_len(list); i++)
        if (str_is(js_text(js_at(list, i), CLAIM "message_type"),
                   "LtiResourceLinkRequest"))
            return js_at(list, i);
    return NULL;
}

/* Canvas's number of a person. */
static void read_lms_id(const struct js *v, struct nrps_member *m)
{
    int64_t number;
    struct str text;
    m->lms_id = STR_EMPTY;
    if (js_i64(v, &number) && number > 0) {
        int n = snprintf(m->lms_id_room, NRPS_ID_N, "%lld", (long long)number);
        m->lms_id = (struct str){m->lms_id_room, (size_t)n};
    } else if (js_str(v, &text) && str_i64(text, &number) && number > 0) {
        m->lms_id = text;
    }
}

int nrps_member(const struct js *v, struct nrps_member *m, struct err *e)
{
    *m = (struct nrps_member){.user_id = js_text(v, "user_id")};
    if (m->user_id.n == 0 || m->user_id.n > SUB_MAX || str_has_nul(m->user_id))
        return err_set(e, ERR_INPUT, "a member without a usable user_id");
    m->status = status_of(js_text(v, "status"));
    m->name = str_trim(js_text(v, "name"));
    m->given_name = str_trim(js_text(v, "given_name"));
    m->family_name = str_trim(js_text(v, "family_name"));
    m->email = str_trim(js_text(v, "email"));
    m->sourcedid = str_trim(js_text(v, "lis_person_sourcedid"));
    m->login = str_trim(js_text(v, "ext_user_username"));
    read_roles(js_get(v, "roles"), m);
    read_groups(js_get(v, "group_enrollments"), m);
    const struct js *launch = launch_of(js_get(v, "message"));
    m->custom = js_get(launch, CLAIM "custom");
    read_lms_id(js_get(launch, "https://www.instructure.com/canvas_user_id"), m);
    return 0;
}

struct reader {
    const struct nrps_sink *sink;
    int64_t taken;
    int64_t skipped;
    int64_t room; /* members that still fit the cap */
};

static int on_element(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reader *r = ctx;
    struct nrps_member m;
    (void)scratch;
    if (nrps_member(v, &m, NULL) != 0) {
        r->skipped++;
        return 0;
    }
    if (r->taken == r->room)
        return err_set(e, ERR_LIMIT, "the roster has more than %d members",
                       NRPS_MEMBERS_MAX);
    r->taken++;
    return r->sink->member(r->sink->ctx, &m, e);
}

/* What surrounds the members (I95, V26). */
static int check_head(const struct js *rest, bool found, struct str context_id,
                      struct err *e)
{
    if (js_type(rest) != JS_OBJECT || !found)
        return err_set(e, ERR_INPUT, "the roster's answer has no list of members");
    struct str id = js_text(js_get(rest, "context"), "id");
    if (id.n > 0 && context_id.n > 0 && !str_eq(id, context_id))
        return err_set(e, ERR_INPUT, "the LMS sent the roster of another course");
    return 0;
}

static struct split_opt split_of(struct reader *r)
{
    return (struct split_opt){
        .member = "members", .element_n = MEMBER_N, .element = on_element, .ctx = r};
}

int nrps_read(struct str page, struct str context_id, const struct nrps_sink *sink,
              int64_t *skipped, struct arena *a, struct err *e)
{
    struct reader r = {.sink = sink, .room = NRPS_MEMBERS_MAX};
    struct split_opt opt = split_of(&r);
    bool found;
    struct js *rest;
    int rc = split_all(a, &opt, page, &found, &rest, e);
    *skipped = r.skipped;
    return rc == 0 ? check_head(rest, found, context_id, e) : -1;
}

/* What decides about a page before its members are handed out. */
struct gate {
    const struct nrps_walk *walk;
    struct str url; /* of this page */
    struct str mark;
};

static int check_page(void *ctx, const struct page_res *res, struct err *e)
{
    struct gate *g = ctx;
    if (check_head(res->rest, res->found, g->walk->context_id, e) != 0)
        return -1;
    return page_circle(g->walk->pages + 1, g->url, res->next, &g->mark, e);
}

/* The walk's first page with what it asks for; the others come as they are given. */
static struct str page_url(struct arena *a, const struct nrps_walk *walk)
{
    struct str url = walk->url;
    if (walk->pages > 0)
        return url;
    if (walk->role.n > 0)
        url = url_append_query(a, url, "role", walk->role);
    if (walk->rlid.n > 0)
        url = url_append_query(a, url, "rlid", walk->rlid);
    if (walk->groups)
        url = url_append_query(a, url, "groups", STR("true"));
    if (walk->limit > 0)
        url = url_append_query(a, url, "limit", str_fmt(a, "%d", walk->limit));
    return url;
}

int nrps_page(const struct svc *svc, const struct svc_platform *p, struct nrps_walk *walk,
              const struct nrps_sink *sink, struct arena *a, struct err *e)
{
    if (walk->pages >= NRPS_PAGES_MAX)
        return err_set(e, ERR_LIMIT, "the roster has more than %d pages", NRPS_PAGES_MAX);
    struct reader r = {.sink = sink, .room = NRPS_MEMBERS_MAX - walk->members};
    struct split_opt opt = split_of(&r);
    struct gate gate = {.walk = walk, .url = page_url(a, walk), .mark = walk->mark};
    struct page_req req = {.url = gate.url,
                           .scopes = STR(SCOPE_ROSTER_RO),
                           .accept = ACCEPT,
                           .what = "the roster",
                           .max_n = NRPS_PAGE_N,
                           .split = &opt,
                           .check = check_page,
                           .check_ctx = &gate};
    struct page_res res;
    if (page_get(svc, p, &req, &res, a, e) != 0)
        return -1;
    walk->url = res.next;
    walk->mark = gate.mark;
    if (res.differences.n > 0)
        walk->differences = res.differences;
    walk->pages++;
    walk->members += r.taken;
    walk->skipped += r.skipped;
    if (r.skipped > 0)
        log_put(LOG_WARN, "nrps.skipped", KVI("registration", p->registration_id),
                KVI("rows", r.skipped));
    return 0;
}
