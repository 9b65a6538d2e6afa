/* log.h: one JSON object a line, on standard error, in one write.
 *
 * Say the code, the place and ids. Never a token, a nonce, a name, a mail address or a
 * person's id at the platform. The request id is a process-wide
 * setting because a process serves one request at a time. */
#ifndef WAYMARK_BASE_LOG_H
#define WAYMARK_BASE_LOG_H

#include "base/err.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_kv {
    const char *key;
    struct str text; /* used when is_num is false */
    int64_t num;
    bool is_num;
};

#define KV(k, s) ((struct log_kv){.key = (k), .text = (s)})
#define KVZ(k, z) ((struct log_kv){.key = (k), .text = str_c(z)})
#define KVI(k, i) ((struct log_kv){.key = (k), .num = (i), .is_num = true})

/* log_put(LOG_INFO, "launch.ok", KVI("registration", id), KV("fault", s)): the code is a
 * fixed dotted word; values are cut at 400 bytes; control characters are escaped. */
#define log_put(level, code, ...)                                                        \
    log_write((level), (code), (const struct log_kv[]){{.key = NULL}, __VA_ARGS__},      \
              sizeof((const struct log_kv[]){{.key = NULL}, __VA_ARGS__}) /              \
                  sizeof(struct log_kv))

void log_write(enum log_level level, const char *code, const struct log_kv *kv, size_t n);

/* An error with where it was set. */
void log_err(enum log_level level, const char *code, const struct err *e);

/* Lines below `level` are dropped (the default is LOG_INFO). */
void log_threshold(enum log_level level);

/* "debug", "info", "warn", "error" → level; false if it is none of them. */
bool log_level_from(struct str name, enum log_level *out);

/* The id that the next lines carry (at most 64 bytes are kept); empty for none. */
void log_request(struct str id);

#endif
