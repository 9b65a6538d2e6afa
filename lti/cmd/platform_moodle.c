#include "cmd/platform.h"

#include "lms/moodle.h"
#include "store/lmsaccess.h"

#define TOKEN_MAX 1024

static const struct {
    unsigned bit;
    const char *name;
    const char *what;
} abilities[] = {
    {LMS_CATALOGUE, "catalogue", "the course's activities and their addresses"},
    {LMS_PEOPLE, "people", "who is enrolled and when they last came"},
    {LMS_GRADES, "grades", "grades of quizzes and assignments"},
    {LMS_QUIZZES, "quizzes", "the list of quizzes"},
    {LMS_ATTEMPTS, "attempts", "attempts at quizzes"},
    {LMS_ANSWERS, "answers", "marks question by question"},
};

static void say_abilities(unsigned can)
{
    for (size_t i = 0; i < sizeof abilities / sizeof *abilities; i++)
        printf("  %-3s %-10s %s\n", (can & abilities[i].bit) != 0 ? "yes" : "NO",
               abilities[i].name, abilities[i].what);
}

static int probe(struct cmd_ctx *c, struct lmsaccess *acc, struct lms_site *site,
                 struct err *e)
{
    struct http_opt opt = {
        .private_networks = c->conf.private_networks,
        .ca_file = c->conf.ca_file,
        .allow_http = c->conf.allow_http,
    };
    struct http *http = http_new(&opt, e);
    if (http == NULL)
        return -1;
    struct lms l = {.ops = moodle_ops(),
                    .http = http,
                    .base_url = acc->base_url,
                    .token = acc->token};
    int rc = l.ops->probe(&l, site, c->a, e);
    http_free(http);
    return rc;
}

int platform_moodle(struct cmd_ctx *c, const struct platform_opt *o,
                    const struct registration *r)
{
    struct err e = {0};
    struct str token;
    if (o->url == NULL || o->token_file == NULL) {
        fprintf(stderr, "waymark platform moodle: --url and --token-file are needed\n");
        return CMD_USAGE;
    }
    if (cmd_read_file(c->a, o->token_file, TOKEN_MAX, &token, &e) != 0)
        return cmd_fail(&e);
    struct str base = str_c(o->url);
    while (base.n > 0 && base.p[base.n - 1] == '/')
        base.n--;
    struct lmsaccess acc = {
        .registration_id = r->id,
        .kind = STR("moodle"),
        .base_url = base,
        .token = str_trim(token),
    };
    struct lms_site site = {0};
    if (probe(c, &acc, &site, &e) != 0)
        return cmd_fail(&e);
    printf("%.*s (Moodle %.*s) answers. With this token Waymark may read:\n",
           STR_ARG(cmd_shown(c->a, site.name)), STR_ARG(cmd_shown(c->a, site.release)));
    say_abilities(site.can);
    acc.probed = lms_probed_text(moodle_ops(), &site, c->a);
    acc.probed_ms = env_now_ms(&c->env);
    if (lmsaccess_put(c->db, c->a, &c->env, &c->keys, &acc, &e) != 0)
        return cmd_fail(&e);
    printf("The token is kept, sealed.\n");
    return CMD_OK;
}
