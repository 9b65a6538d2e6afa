#include "base/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_N 32

static void derive(const unsigned char *secret, const char *label, unsigned char *out)
{
    crypt_hmac((struct str){(const char *)secret, SECRET_N}, str_c(label), out);
}

/* Write a fresh secret under a name that nobody else can have, then link it into place:
 * of two processes that start at once one wins, and both read the winner's file. */
static int make(const char *path, struct env *env, struct err *e)
{
    unsigned char secret[SECRET_N];
    char tmp[1100];
    unsigned char tag[4];
    env_random(env, tag, sizeof tag);
    snprintf(tmp, sizeof tmp, "%s.%02x%02x%02x%02x", path, tag[0], tag[1], tag[2],
             tag[3]);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(e, ERR_UNAVAILABLE, "cannot write %s: %s", tmp, strerror(errno));
    env_random(env, secret, sizeof secret);
    bool ok =
        write(fd, secret, sizeof secret) == (ssize_t)sizeof secret && fsync(fd) == 0;
    crypt_wipe(secret, sizeof secret);
    close(fd);
    if (ok && link(tmp, path) != 0 && errno != EEXIST)
        ok = false;
    unlink(tmp);
    return ok ? 0
              : err_set(e, ERR_UNAVAILABLE, "cannot write %s: %s", path, strerror(errno));
}

static int read_secret(int fd, const char *path, unsigned char *secret, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set(e, ERR_UNAVAILABLE, "cannot read %s: %s", path, strerror(errno));
    if (st.st_mode & 077)
        return err_set(e, ERR_DENIED, "%s may be read by others: chmod 600 it", path);
    unsigned char more;
    if (read(fd, secret, SECRET_N) != SECRET_N || read(fd, &more, 1) != 0)
        return err_set(e, ERR_INPUT, "%s is not a key of %d bytes", path, SECRET_N);
    return 0;
}

int keyring_load(const char *key_dir, struct env *env, struct keyring *out, struct err *e)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s/data.key", key_dir);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(e, ERR_INPUT, "key_dir is too long");
    if (mkdir(key_dir, 0700) != 0 && errno != EEXIST)
        return err_set(e, ERR_UNAVAILABLE, "cannot make %s: %s", key_dir,
                       strerror(errno));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        if (make(path, env, e) != 0)
            return -1;
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0)
        return err_set(e, ERR_UNAVAILABLE, "cannot open %s: %s", path, strerror(errno));
    unsigned char secret[SECRET_N];
    int rc = read_secret(fd, path, secret, e);
    close(fd);
    if (rc == 0) {
        derive(secret, "waymark seal 1", out->seal);
        derive(secret, "waymark mark 1", out->mark);
        derive(secret, "waymark csrf 1", out->csrf);
    }
    crypt_wipe(secret, sizeof secret);
    return rc;
}

void keyring_wipe(struct keyring *k)
{
    crypt_wipe(k, sizeof *k);
}
