#include "jose/toolkey.h"

#include "base/crypt.h"
#include "jose/rsa.h"
#include "jose/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BITS 2048
#define FILE_MAX_N 16384
#define DAY_MS (INT64_C(86400) * 1000)
#define PUBLISH_MS DAY_MS      /* next is published so long before it signs (JWKS-7) */
#define RETIRE_MS (7 * DAY_MS) /* previous is published so long after it signed */

enum part { NEXT, CURRENT, PREVIOUS, PARTS };
static const char *const file_name[PARTS] = {"next.pem", "current.pem", "previous.pem"};

struct toolkey {
    struct arena *a; /* public things: kids and the document */
    struct rsa_key *key[PARTS];
    struct str kid[PARTS];
    struct str jwks;
};

static int system_error(struct err *e, const char *what)
{
    return err_set(e, ERR_UNAVAILABLE, "key_dir: %s: %s", what, strerror(errno));
}

/* --- files -----------------------------------------------------------------------------
 */

/* The folder, opened: paths are then relative to it. Nobody else may write there. */
static int open_dir(const char *dir, bool create, struct err *e)
{
    if (create && mkdir(dir, 0700) != 0 && errno != EEXIST)
        return system_error(e, "mkdir");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return system_error(e, "open");
    }
    if ((st.st_mode & 022) != 0) {
        close(fd);
        return err_set(e, ERR_DENIED, "key_dir may be written by others: chmod 0700");
    }
    return fd;
}

static bool exists(int dirfd, const char *name)
{
    struct stat st;
    return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* All of an open key file; the caller wipes `buf`. -1 with the reason. */
static ssize_t read_secret(int fd, const char *name, char buf[FILE_MAX_N], struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return system_error(e, name);
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        return err_set(e, ERR_DENIED, "key_dir: %s may be read by others: chmod 0600",
                       name);
    size_t n = 0;
    while (n < FILE_MAX_N) {
        ssize_t got = read(fd, buf + n, FILE_MAX_N - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error(e, name);
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

/* One key; *key stays NULL when there is no such file. */
static int load(int dirfd, enum part part, struct rsa_key **key, struct err *e)
{
    int fd = openat(dirfd, file_name[part], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : system_error(e, file_name[part]);
    char buf[FILE_MAX_N];
    ssize_t n = read_secret(fd, file_name[part], buf, e);
    close(fd);
    if (n >= 0)
        *key = rsa_private((struct str){buf, (size_t)n}, e);
    crypt_wipe(buf, sizeof buf);
    return *key != NULL ? 0 : -1;
}

static int write_all(int fd, const char *p)
{
    for (size_t n = strlen(p), done = 0; done < n;) {
        ssize_t w = write(fd, p + done, n - done);
        if (w < 0 && errno != EINTR)
            return -1;
        done += w > 0 ? (size_t)w : 0;
    }
    return fsync(fd);
}

static int touch(int dirfd, const char *name, int64_t now_ms)
{
    struct timespec t = {.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
    struct timespec both[2] = {t, t};
    return utimensat(dirfd, name, both, AT_SYMLINK_NOFOLLOW);
}

/* A new key under this name. Complete or not at all; what is there already stays: of two
 * processes that begin at once, one wins and both use its key. */
static int create_key(int dirfd, enum part part, struct env *env, struct err *e)
{
    unsigned char r[8];
    char tmp[32] = ".new-";
    env_random(env, r, sizeof r);
    for (size_t i = 0; i < sizeof r; i++)
        snprintf(tmp + 5 + 2 * i, 3, "%02x", r[i]);
    struct rsa_key *k = rsa_generate(BITS, e);
    if (k == NULL)
        return -1;
    int fd =
        openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write_all(fd, rsa_pem(k)) == 0 &&
              touch(dirfd, tmp, env_now_ms(env)) == 0 &&
              (linkat(dirfd, tmp, dirfd, file_name[part], 0) == 0 || errno == EEXIST);
    if (!ok)
        system_error(e, file_name[part]);
    rsa_free(k);
    if (fd >= 0) {
        close(fd);
        unlinkat(dirfd, tmp, 0);
    }
    return ok && fsync(dirfd) == 0 ? 0 : -1;
}

/* --- the keys in memory ----------------------------------------------------------------
 */

static void publish(const struct toolkey *t, struct js *keys, enum part part)
{
    for (int i = 0; i < (int)part; i++) /* a rotation cut short leaves one key twice */
        if (t->key[i] != NULL && str_eq(t->kid[i], t->kid[part]))
            return;
    struct str n, e;
    rsa_members(t->a, t->key[part], &n, &e);
    struct js *k = js_object(t->a);
    js_set_str(k, "kty", STR("RSA"));
    js_set_str(k, "alg", STR("RS256"));
    js_set_str(k, "use", STR("sig"));
    js_set_str(k, "kid", t->kid[part]);
    js_set_str(k, "n", n);
    js_set_str(k, "e", e);
    js_push(keys, k);
}

static void describe(struct toolkey *t)
{
    struct js *doc = js_object(t->a), *keys = js_array(t->a);
    for (int i = 0; i < PARTS; i++)
        if (t->key[i] != NULL)
            t->kid[i] = rsa_thumbprint(t->a, t->key[i]);
    for (int i = 0; i < PARTS; i++)
        if (t->key[i] != NULL)
            publish(t, keys, (enum part)i);
    js_set(doc, "keys", keys);
    t->jwks = js_dump(t->a, doc);
}

static int create_missing(int dirfd, struct env *env, struct err *e)
{
    for (int i = NEXT; i <= CURRENT; i++)
        if (!exists(dirfd, file_name[i]) && create_key(dirfd, (enum part)i, env, e) != 0)
            return -1;
    return 0;
}

struct toolkey *toolkey_open(const char *dir, struct env *env, bool create, struct err *e)
{
    int dirfd = open_dir(dir, create, e);
    if (dirfd < 0)
        return NULL;
    struct toolkey *t = calloc(1, sizeof *t);
    INVARIANT(t != NULL);
    t->a = arena_new(256 * 1024);
    bool ok = !create || create_missing(dirfd, env, e) == 0;
    for (int i = 0; ok && i < PARTS; i++)
        ok = load(dirfd, (enum part)i, &t->key[i], e) == 0;
    close(dirfd);
    if (ok && t->key[CURRENT] == NULL) {
        err_set(e, ERR_NOTFOUND, "key_dir has no current.pem");
        ok = false;
    }
    if (!ok) {
        toolkey_close(t);
        return NULL;
    }
    describe(t);
    return t;
}

void toolkey_close(struct toolkey *t)
{
    if (t == NULL)
        return;
    for (int i = 0; i < PARTS; i++)
        rsa_free(t->key[i]);
    arena_free(t->a);
    free(t);
}

struct str toolkey_kid(const struct toolkey *t)
{
    return t->kid[CURRENT];
}

struct str toolkey_jwks(const struct toolkey *t)
{
    return t->jwks;
}

int toolkey_sign(const struct toolkey *t, struct arena *a, const struct js *claims,
                 struct str *jwt, struct err *e)
{
    return sign_rs256(a, rsa_pem(t->key[CURRENT]), t->kid[CURRENT], claims, jwt, e);
}

/* --- rotation --------------------------------------------------------------------------
 */

/* Since when a key plays its part; INT64_MIN when there is none. */
static int64_t since_ms(int dirfd, enum part part)
{
    struct stat st;
    if (fstatat(dirfd, file_name[part], &st, AT_SYMLINK_NOFOLLOW) != 0)
        return INT64_MIN;
    return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}

static int too_early(int dirfd, int64_t now_ms, struct err *e)
{
    if (since_ms(dirfd, NEXT) > now_ms - PUBLISH_MS)
        return err_set(e, ERR_CONFLICT, "the next key is published for less than a day");
    if (since_ms(dirfd, PREVIOUS) > now_ms - RETIRE_MS)
        return err_set(e, ERR_CONFLICT, "the last rotation was less than 7 days ago");
    return 0;
}

/* There is a current.pem at every moment, and every key that may still be asked for. */
static int shift(int dirfd, struct env *env, struct err *e)
{
    static const char tmp[] = ".retiring";
    int64_t now_ms = env_now_ms(env);
    unlinkat(dirfd, tmp, 0);
    if (linkat(dirfd, file_name[CURRENT], dirfd, tmp, 0) != 0 ||
        renameat(dirfd, tmp, dirfd, file_name[PREVIOUS]) != 0 ||
        renameat(dirfd, file_name[NEXT], dirfd, file_name[CURRENT]) != 0 ||
        touch(dirfd, file_name[PREVIOUS], now_ms) != 0 ||
        touch(dirfd, file_name[CURRENT], now_ms) != 0 || fsync(dirfd) != 0)
        return system_error(e, "rotation");
    unlinkat(dirfd, tmp, 0); /* left over when previous was this key already */
    return create_key(dirfd, NEXT, env, e);
}

int toolkey_rotate(const char *dir, struct env *env, bool force, struct err *e)
{
    int dirfd = open_dir(dir, false, e);
    if (dirfd < 0)
        return -1;
    int rc = create_missing(dirfd, env, e);
    if (rc == 0 && !force)
        rc = too_early(dirfd, env_now_ms(env), e);
    if (rc == 0)
        rc = shift(dirfd, env, e);
    close(dirfd);
    return rc;
}
