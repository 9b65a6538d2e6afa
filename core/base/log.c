#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES                                                                   \
    3900 /* below PIPE_BUF, so that lines of several processes never mix */
#define VALUE_MAX 400

/* The two process-wide settings of the log; see log.h. */
static enum log_level threshold = LOG_INFO;
static char request_id[65];

static const char *const level_names[] = {"debug", "info", "warn", "error"};

struct line {
    char p[LINE_MAX_BYTES + 8];
    size_t n;
};

static void put(struct line *l, const char *p, size_t n)
{
    if (n > LINE_MAX_BYTES - l->n)
        n = LINE_MAX_BYTES - l->n;
    memcpy(l->p + l->n, p, n);
    l->n += n;
}

static void put_z(struct line *l, const char *z)
{
    put(l, z, strlen(z));
}

static void put_json(struct line *l, struct str s)
{
    if (s.n > VALUE_MAX)
        s.n = VALUE_MAX;
    bool clean = str_utf8(s); /* else every high byte is written as its code */
    put_z(l, "\"");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char esc[8];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f || (c >= 0x80 && !clean)) {
            snprintf(esc, sizeof esc, "\\u%04x", c);
            put_z(l, esc);
        } else {
            put(l, (const char *)&c, 1);
        }
    }
    put_z(l, "\"");
}

static void put_key(struct line *l, const char *key)
{
    put_z(l, ",\"");
    put_z(l, key);
    put_z(l, "\":");
}

static void put_head(struct line *l, enum log_level level, const char *code)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME,
                  &t); /* when the line was written, not part of any result */
    struct tm tm;
    gmtime_r(&t.tv_sec, &tm);
    char text[48];
    size_t n = strftime(text, sizeof text, "{\"at\":\"%Y-%m-%dT%H:%M:%S", &tm);
    put(l, text, n);
    snprintf(text, sizeof text, ".%03ldZ\",\"level\":\"", t.tv_nsec / 1000000);
    put_z(l, text);
    put_z(l, level_names[level]);
    put_z(l, "\",\"code\":\"");
    put_z(l, code);
    put_z(l, "\"");
    if (request_id[0] != 0) {
        put_key(l, "request");
        put_json(l, str_c(request_id));
    }
}

void log_write(enum log_level level, const char *code, const struct log_kv *kv, size_t n)
{
    if (level < threshold)
        return;
    struct line l = {.n = 0};
    put_head(&l, level, code);
    for (size_t i = 0; i < n; i++) {
        if (kv[i].key == NULL)
            continue;
        if (l.n > LINE_MAX_BYTES - VALUE_MAX * 6 - 64)
            break; /* a line too long stays valid JSON: the rest is left out */
        put_key(&l, kv[i].key);
        char num[24];
        snprintf(num, sizeof num, "%lld", (long long)kv[i].num);
        if (kv[i].is_num)
            put_z(&l, num);
        else
            put_json(&l, kv[i].text);
    }
    memcpy(l.p + l.n, "}\n", 2);
    ssize_t ignored = write(STDERR_FILENO, l.p, l.n + 2);
    (void)ignored; /* there is nowhere to report that the log cannot be written */
}

void log_err(enum log_level level, const char *code, const struct err *e)
{
    log_put(level, code, KVZ("kind", err_name(e->code)), KVZ("text", e->text),
            KVZ("file", e->file), KVI("line", e->line), KVZ("func", e->func));
}

void log_threshold(enum log_level level)
{
    threshold = level;
}

bool log_level_from(struct str name, enum log_level *out)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (str_is(name, level_names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

void log_request(struct str id)
{
    size_t n = id.n < sizeof request_id - 1 ? id.n : sizeof request_id - 1;
    memcpy(request_id, id.p, n);
    request_id[n] = 0;
}
