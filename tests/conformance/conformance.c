/* conformance.c: signed tokens, each with the verdict that it must get, through the real
 * launch_verify.
 *
 *   conformance FILE.json
 *
 * Prints "id<TAB>accept|reject<TAB>fault" for each vector; exits 0 only when every
 * verdict is the expected one, 2 when the file cannot be read. The file holds clock,
 * registration, nonce and key set once, and the tokens under "vectors". */
#include "msg/launch.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX_N (4 << 20)
#define DEPTH 16

struct suite {
    struct js *doc;
    struct launch_policy policy;
    int64_t now_ms;
    struct jwks_set set;
};

/* What the program does with a database, here with the file's key set. */
struct keys {
    const struct suite *s;
    struct rsa_key *key[JWKS_SAME_KID_MAX];
    size_t n;
};

static enum jwks_result find(void *ctx, struct str kid, struct jwks_found *out)
{
    struct keys *k = ctx;
    for (size_t i = 0; i < k->s->set.n && k->n < JWKS_SAME_KID_MAX; i++) {
        const struct jwks_key *j = &k->s->set.key[i];
        if (str_eq(j->kid, kid) && (k->key[k->n] = rsa_public(j->n, j->e, NULL)) != NULL)
            out->key[k->n] = k->key[k->n], k->n++;
    }
    out->n = k->n;
    return k->n > 0 ? JWKS_FOUND : JWKS_UNKNOWN;
}

static int number(const struct js *o, const char *key)
{
    int64_t v = 0;
    js_i64(js_get(o, key), &v);
    return (int)v;
}

static int load(struct arena *a, struct str text, struct suite *s, struct err *e)
{
    s->doc = js_parse(a, text, FILE_MAX_N, DEPTH, e);
    const struct js *reg = js_get(s->doc, "registration");
    if (s->doc == NULL || reg == NULL)
        return -1;
    s->policy = (struct launch_policy){
        .issuer = js_text(reg, "iss"),
        .client_id = js_text(reg, "client_id"),
        .nonce = js_text(s->doc, "nonce"),
        .base = js_text(s->doc, "tool_base"),
        .skew_s = number(s->doc, "skew"),
        .max_age_s = number(s->doc, "max_age"),
        .max_life_s = number(s->doc, "max_lifetime"),
    };
    js_bool(js_get(reg, "allow_anonymous"), &s->policy.allow_anonymous);
    js_i64(js_get(s->doc, "now"), &s->now_ms);
    s->now_ms *= 1000;
    return jwks_parse(a, js_dump(a, js_get(s->doc, "jwks")), &s->set, e);
}

/* TOK-20 with the policy "reject": what enrolment does in the program. */
static int deployed(const struct suite *s, struct str id, struct fault *f)
{
    const struct js *known = js_get(js_get(s->doc, "registration"), "deployments");
    for (size_t i = 0; i < js_len(known); i++) {
        struct str d;
        if (js_str(js_at(known, i), &d) && str_eq(d, id))
            return 0;
    }
    return fault_set(f, FAULT_DEPLOYMENT_UNKNOWN, "not in the file's list");
}

/* Verdict on one vector, printed; was it the expected one? */
static bool judge(const struct suite *s, const struct js *v)
{
    struct arena *a = arena_new(8 << 20);
    struct keys k = {.s = s};
    struct launch l;
    struct fault f = {.id = FAULT_NONE};
    int rc = launch_verify(a, &s->policy, s->now_ms, js_text(v, "id_token"),
                           &(struct launch_keys){find, &k}, &l, &f);
    if (rc == 0)
        rc = deployed(s, l.deployment_id, &f);
    const char *verdict = rc == 0 ? "accept" : "reject";
    printf("%.*s\t%s\t%s\n", STR_ARG(js_text(v, "id")), verdict, fault_row(f.id)->name);
    for (size_t i = 0; i < k.n; i++)
        rsa_free(k.key[i]);
    arena_free(a);
    return str_is(js_text(v, "expect"), verdict);
}

static int run(struct arena *a, struct str text)
{
    struct suite s = {.doc = NULL};
    struct err e = {.code = ERR_NONE};
    if (load(a, text, &s, &e) != 0) {
        fprintf(stderr, "conformance: %s\n", e.text);
        return 2;
    }
    const struct js *vectors = js_get(s.doc, "vectors");
    size_t good = 0, n = js_len(vectors);
    for (size_t i = 0; i < n; i++) {
        const struct js *v = js_at(vectors, i);
        if (judge(&s, v))
            good++;
        else
            fprintf(stderr, "conformance: %.*s should %.*s\n", STR_ARG(js_text(v, "id")),
                    STR_ARG(js_text(v, "expect")));
    }
    fprintf(stderr, "%zu passed, %zu failed\n", good, n - good);
    return n > 0 && good == n ? 0 : 1;
}

int main(int argc, char **argv)
{
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (in == NULL) {
        fprintf(stderr, "usage: conformance FILE.json\n");
        return 2;
    }
    struct arena *a = arena_new(64 << 20);
    char *text = arena_alloc(a, FILE_MAX_N);
    size_t n = fread(text, 1, FILE_MAX_N, in);
    fclose(in);
    int rc = run(a, (struct str){text, n});
    arena_free(a);
    return rc;
}
