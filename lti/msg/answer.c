#include "msg/answer.h"

#include "jose/jwt.h"

static const char *const once[] = {"state", "id_token", "error", "lti_storage_target",
                                   NULL};

static bool in_query(const struct form *fm, const char *key)
{
    for (size_t i = 0; i < fm->n; i++)
        if (fm->pair[i].from_query && str_is(fm->pair[i].key, key))
            return true;
    return false;
}

static bool is_lti11(const struct form *fm)
{
    return form_has(fm, "oauth_consumer_key") ||
           str_is(form_get(fm, "lti_message_type"), "basic-lti-launch-request");
}

int answer_parse(const struct form *fm, struct answer *out, struct fault *f)
{
    *out = (struct answer){
        .state = form_get(fm, "state"),
        .id_token = form_get(fm, "id_token"),
        .error = form_get(fm, "error"),
        .error_description = form_get(fm, "error_description"),
        .storage_target = form_get(fm, "lti_storage_target"),
    };
    if (form_once(fm, once, f) != 0)
        return -1;
    if (out->id_token.n == 0 && is_lti11(fm))
        return fault_set(f, FAULT_LTI11, "an LTI 1.1 launch form");
    if (in_query(fm, "id_token") || in_query(fm, "state"))
        return fault_set(f, FAULT_ANSWER_IN_QUERY, "id_token or state in the query");
    if (out->id_token.n == 0 && out->error.n == 0)
        return fault_set(f, FAULT_ANSWER_EMPTY, "neither id_token nor error");
    if (out->state.n == 0)
        return fault_set(f, FAULT_STATE_MISSING, "no state");
    if (out->error.n > 0)
        out->id_token = STR_EMPTY; /* I18 */
    if (out->id_token.n > JWT_MAX_N)
        return fault_set(f, FAULT_TOKEN_SIZE, "%zu bytes", out->id_token.n);
    return 0;
}

int answer_error(const struct answer *w, struct fault *f)
{
    static const struct {
        const char *error;
        enum fault_id id;
    } table[] = {
        {"login_required", FAULT_PLATFORM_LOGIN},
        {"interaction_required", FAULT_PLATFORM_LOGIN},
        {"account_selection_required", FAULT_PLATFORM_LOGIN},
        {"launch_no_longer_valid", FAULT_PLATFORM_EXPIRED},
        {"access_denied", FAULT_PLATFORM_DENIED},
        {"unauthorized_client", FAULT_PLATFORM_DENIED},
    };
    enum fault_id id = FAULT_PLATFORM_ERROR;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(w->error, table[i].error))
            id = table[i].id;
    return fault_set(f, id, "error=%.*s", (int)(w->error.n < 64 ? w->error.n : 64),
                     w->error.p);
}
