/* platform.h: the verbs of `waymark platform` that live in files of their own. */
#ifndef WAYMARK_CMD_PLATFORM_H
#define WAYMARK_CMD_PLATFORM_H

#include "cmd/cmd.h"
#include "lms/lms.h"
#include "store/lmsaccess.h"
#include "store/registration.h"

struct platform_opt {
    const char *path;
    const char *deployment;
    const char *course;
    const char *client_id;
    const char *client_secret_file;
    const char *url;
    const char *token_file;
    const char *key;
    const char *secret_file;
    bool remove;
    bool needs;
    bool force;
    bool json;
};

/* `platform test ID`: try keys, clock, token, roster and grades, and say in words what is
 * wrong. CMD_OK only when everything that the platform offers works. */
int platform_test(struct cmd_ctx *c, const struct platform_opt *o,
                  const struct registration *r);

/* `platform moodle ID --url U --token-file F [--deployment D] [--course C]`: the token is
 * probed first and sealed. With --remove that credential is forgotten, with --needs what
 * it may do is listed as of the last probe. */
int platform_moodle(struct cmd_ctx *c, const struct platform_opt *o,
                    const struct registration *r);

/* `platform moodle|canvas --needs`: every call of that connector, its permission and why.
 */
int platform_needs(struct cmd_ctx *c, const struct platform_opt *o, const char *kind);

/* The same beside what a probe found; met NULL: nothing was probed. */
void platform_needs_say(struct cmd_ctx *c, const struct platform_opt *o,
                        const struct lms_ops *ops, const uint64_t *met);

/* Whom --deployment and --course mean, into acc. */
int platform_needs_place(struct cmd_ctx *c, const struct platform_opt *o,
                         const struct registration *r, struct lmsaccess *acc,
                         struct err *e);

/* --remove, and --needs of a token that is kept: what it may do as of the last probe. */
int platform_needs_forget(struct cmd_ctx *c, const struct lmsaccess *acc);
int platform_needs_kept(struct cmd_ctx *c, const struct platform_opt *o,
                        const struct lmsaccess *acc);

/* The credentials of a registration, a line or (rows not NULL) an object each; never a
 * secret. */
int platform_needs_credentials(struct cmd_ctx *c, const struct registration *r,
                               struct js *rows, struct err *e);

/* `platform canvas ID --url U --token-file F [--deployment D [--course C]]`: the same for
 * Canvas's REST API; with --client-id I --client-secret-file F of a developer key instead
 * of a token it prints the address where an administrator consents. */
int platform_canvas(struct cmd_ctx *c, const struct platform_opt *o,
                    const struct registration *r);

/* `platform consumer-key ID`: list, add, replace (--key K --secret-file F) or remove
 * (--key K --remove) LTI 1.1 consumer keys whose courses may move here. */
int platform_consumer(struct cmd_ctx *c, const struct platform_opt *o,
                      const struct registration *r);

/* `platform invite ...`: an address for the platform's administrator, and the code that
 * approves what comes of it. */
int platform_invite(const struct cmd *self, int argc, char **argv);

/* `platform invitations`: those that are kept, used ones among them. */
int platform_invite_list(struct cmd_ctx *c, const struct platform_opt *o);

/* What it granted when it registered itself, and what was odd about it: printed, or as
 * member "granted" of `into`. Nothing for one that was registered by hand. */
int platform_show_grant(struct cmd_ctx *c, int64_t registration_id, struct js *into,
                        struct err *e);

/* `platform rotate-key`: the next key signs, the old one stays published. */
int platform_rotate(struct cmd_ctx *c, const struct platform_opt *o);

/* Which notices a platform sends to us, a line or (rows not NULL) an object each. */
int platform_notices(struct cmd_ctx *c, const struct registration *r, struct js *rows,
                     struct err *e);

#endif
