#include "msg/role.h"

#define LIS "http://purl.imsglobal.org/vocab/lis/v2/"

struct name {
    const char *text;
    int64_t bits;
};

struct sub {
    const char *principal;
    int64_t bits;
    const char *const *names; /* ends in NULL */
};

#define CONTEXT(text, bits) {text, bits},
#define SUB(principal, bits, ...)
#define INST(text, bits)
#define SYS(text, bits)
static const struct name context_roles[] = {
#include "msg/role.def"
    {NULL, 0}};
#undef CONTEXT
#undef SUB
#define CONTEXT(text, bits)
#define SUB(principal, bits, ...)                                                        \
    {principal, bits, (const char *const[]){__VA_ARGS__, NULL}},
static const struct sub sub_roles[] = {
#include "msg/role.def"
    {NULL, 0, NULL}};
#undef SUB
#undef INST
#define SUB(principal, bits, ...)
#define INST(text, bits) {text, bits},
static const struct name institution_roles[] = {
#include "msg/role.def"
    {NULL, 0}};
#undef INST
#undef SYS
#define INST(text, bits)
#define SYS(text, bits) {text, bits},
static const struct name system_roles[] = {
#include "msg/role.def"
    {NULL, 0}};
#undef CONTEXT
#undef SUB
#undef INST
#undef SYS

static int64_t named(const struct name *table, struct str name)
{
    for (; table->text != NULL; table++)
        if (str_is(name, table->text))
            return table->bits;
    return 0;
}

static int64_t sub_named(struct str principal, struct str name)
{
    for (const struct sub *s = sub_roles; s->principal != NULL; s++)
        if (str_is(principal, s->principal))
            for (const char *const *n = s->names; *n != NULL; n++)
                if (str_is(name, *n))
                    return s->bits;
    return 0;
}

/* The part of `s` behind `prefix`; false if it does not begin so. */
static bool behind(struct str s, const char *prefix, struct str *rest)
{
    struct str p = str_c(prefix);
    *rest = str_sub(s, p.n, s.n);
    return str_starts(s, p);
}

static int64_t from_uri(struct str role)
{
    struct str rest, principal, name;
    if (behind(role, LIS "membership#", &rest))
        return named(context_roles, rest);
    if (behind(role, LIS "membership/", &rest))
        return str_cut(rest, '#', &principal, &name) ? sub_named(principal, name) : 0;
    if (behind(role, LIS "institution/person#", &rest))
        return named(institution_roles, rest);
    if (behind(role, LIS "system/person#", &rest))
        return named(system_roles, rest);
    if (behind(role, LIS "person#", &rest)) /* old and ambiguous: institution at most */
        return named(institution_roles, rest);
    if (str_is(role, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"))
        return ROLE_TEST_USER;
    return 0;
}

static int64_t from_urn(struct str role)
{
    struct str rest, principal, name;
    if (behind(role, "urn:lti:instrole:ims/lis/", &rest))
        return named(institution_roles, rest);
    if (behind(role, "urn:lti:sysrole:ims/lis/", &rest))
        return named(system_roles, rest);
    if (!behind(role, "urn:lti:role:ims/lis/", &rest))
        return 0;
    if (str_cut(rest, '/', &principal, &name))
        return sub_named(principal, name);
    return str_is(rest, "TeachingAssistant") ? ROLE_SUB_INSTRUCTOR
                                             : named(context_roles, rest);
}

int64_t role_bits(struct str role)
{
    int64_t bits = from_uri(role);
    if (bits == 0)
        bits = from_urn(role);
    if (bits == 0)
        bits = named(context_roles, role);
    if (bits == 0 && str_is(role, "TeachingAssistant"))
        bits = ROLE_SUB_INSTRUCTOR;
    return bits != 0 ? bits : ROLE_UNKNOWN;
}

int64_t role_list(const struct js *v)
{
    int64_t bits = 0;
    for (size_t i = 0; js_type(v) == JS_ARRAY && i < js_len(v); i++) {
        struct str s;
        if (js_str(js_at(v, i), &s))
            bits |= role_bits(s);
    }
    return bits;
}

bool role_is_staff(int64_t bits, bool admins_are_staff)
{
    if ((bits & (ROLE_INSTRUCTOR | ROLE_ADMIN)) != 0)
        return true;
    return admins_are_staff && (bits & (ROLE_INST_ADMIN | ROLE_SYS_ADMIN)) != 0;
}

bool role_is_learner(int64_t bits)
{
    return (bits & ROLE_LEARNER) != 0;
}
