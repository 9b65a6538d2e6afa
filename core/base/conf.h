/* conf.h: the configuration: flat `key = value` lines, `#` comments, `include FILE`.
 *
 * Every option is a row of conf.def. A later line wins over an earlier one, and the
 * environment variable WAYMARK_KEY wins over the file. Unknown keys, values that do not
 * parse and files that are too large are errors: a program that guesses is worse than one
 * that does not start. */
#ifndef WAYMARK_BASE_CONF_H
#define WAYMARK_BASE_CONF_H

#include "base/err.h"
#include "base/str.h"

enum conf_id {
#define CONF_GROUP(title)
#define CONF(field, type, value, low, high, units, text) CONF_ID_##field,
#include "base/conf.def"
#undef CONF
#undef CONF_GROUP
    CONF_N
};

#define CONF_TYPE_TEXT struct str
#define CONF_TYPE_INT int64_t
#define CONF_TYPE_BOOL bool

struct conf {
#define CONF_GROUP(title)
#define CONF(field, type, value, low, high, units, text) CONF_TYPE_##type field;
#include "base/conf.def"
#undef CONF
#undef CONF_GROUP
    struct str
        from[CONF_N]; /* "default", "FILE:LINE" or "WAYMARK_KEY", by enum conf_id */
};

/* Read `path` (NULL: no file) and then the environment `env` (a NULL-ended vector of
 * "NAME=value"; NULL: none). Texts live in `a`. ERR_NOTFOUND: no such file; ERR_INPUT
 * with file and line: an unknown key, a bad value, a bad line; ERR_LIMIT: a file over 256
 * KiB or includes nested deeper than 8. Relative include paths are relative to the
 * including file. */
int conf_load(struct arena *a, const char *path, char *const *env, struct conf *out,
              struct err *e);

/* What cannot work although every value parses (public_url not https, no such folder
 * ...), one sentence a line into `out`. Returns the number of problems. */
int conf_check(struct arena *a, const struct conf *c, struct buf *out);

/* Effective values, one `key = value  # units, from where` a line; passwords in URLs are
 * replaced by ***. */
void conf_dump(struct arena *a, const struct conf *c, struct buf *out);

/* The text of waymark.conf.example: every option with its default, commented out. */
void conf_example(struct buf *out);

/* Fill in `text`: each @field@ becomes the option's value; besides @host@, @server_name@
 * (without the port), @prefix@ (path of public_url) and @fastcgi@ (listen, as nginx
 * writes it). Used for the nginx template. ERR_INPUT names what does not exist; @@ is a
 * literal @. */
int conf_fill(struct arena *a, const struct conf *c, struct str text, struct buf *out,
              struct err *e);

/* The parts of public_url: "host:port" or "host", and the path ("" or "/waymark"). */
struct str conf_host(const struct conf *c);
struct str conf_prefix(const struct conf *c);

/* Is `address` (IPv4 or IPv6 text) inside one of the `networks` (CIDR, separated by
 * blanks)? False for what does not parse. */
bool conf_in_networks(struct str networks, struct str address);

#endif
