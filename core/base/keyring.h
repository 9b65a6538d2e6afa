/* keyring.h: the installation's own secrets, from one file in key_dir.
 *
 * data.key holds 32 random bytes, mode 0600. Three keys are derived from it (HMAC-SHA-256
 * with a label), so that sealing, marking and form tokens never share a key. The signing
 * keys that platforms know are elsewhere: lti/jose/toolkey.h. */
#ifndef WAYMARK_BASE_KEYRING_H
#define WAYMARK_BASE_KEYRING_H

#include "base/crypt.h"

struct keyring {
    unsigned char
        seal[CRYPT_KEY_N]; /* names, mail addresses, tokens at rest: crypt_seal */
    unsigned char
        mark[CRYPT_KEY_N]; /* marks that stand for other names of a person: learn/who.h */
    unsigned char csrf[CRYPT_KEY_N]; /* form tokens */
};

/* Read key_dir/data.key, or make it (and the folder, 0700) when there is none. Refuses a
 * file that group or others may read (ERR_DENIED) and one of another length (ERR_INPUT).
 * Wipe the ring with keyring_wipe when done. */
int keyring_load(const char *key_dir, struct env *env, struct keyring *out,
                 struct err *e);

void keyring_wipe(struct keyring *k);

#endif
