#include "jose/jwt.h"

#include "base/crypt.h"

#define HEADER_DEPTH 4
#define PAYLOAD_DEPTH 32

/* The three parts; JWT_PARTS or JWT_ENCRYPTED when there are more or fewer. */
static enum jwt_result cut(struct str token, struct str part[3], struct err *why)
{
    size_t dots = 0;
    for (size_t i = 0; i < token.n; i++)
        dots += token.p[i] == '.';
    if (dots == 4) {
        err_set(why, ERR_INPUT, "five parts: an encrypted token");
        return JWT_ENCRYPTED;
    }
    struct str rest = token;
    for (int i = 0; i < 2; i++)
        str_cut(rest, '.', &part[i], &rest);
    part[2] = rest;
    if (dots != 2 || part[0].n == 0 || part[1].n == 0 || part[2].n == 0) {
        err_set(why, ERR_INPUT, "%zu dots, or an empty part", dots);
        return JWT_PARTS;
    }
    return JWT_OK;
}

static enum jwt_result bad(enum jwt_result r, struct err *why, const char *text)
{
    err_set(why, ERR_INPUT, "%s", text);
    return r;
}

/* TOK-2, TOK-3, TOK-4. jku, jwk, x5u and x5c are left alone (TOK-5, I37). */
static enum jwt_result check_header(const struct js *h, struct str *kid, struct err *why)
{
    struct str s;
    if (!js_str(js_get(h, "alg"), &s) || !str_is(s, "RS256"))
        return bad(JWT_ALG, why, "alg is not RS256");
    if (js_has(h, "typ") && (!js_str(js_get(h, "typ"), &s) || !str_ieq(s, STR("JWT"))))
        return bad(JWT_TYP, why, "typ is not JWT");
    if (js_has(h, "crit") || js_has(h, "b64") || js_has(h, "zip"))
        return bad(JWT_CRIT, why, "crit, b64 or zip in the header");
    if (!js_str(js_get(h, "kid"), kid) || kid->n == 0 || kid->n > JWT_KID_MAX_N) {
        *kid = STR_EMPTY;
        return bad(JWT_KID, why, "kid is missing, empty, too long or no string");
    }
    return JWT_OK;
}

enum jwt_result jwt_split(struct arena *a, struct str token, struct jwt *out,
                          struct err *why)
{
    *out = (struct jwt){.kid = STR_EMPTY};
    if (token.n > JWT_MAX_N)
        return bad(JWT_SIZE, why, "longer than 64 KiB");
    struct str part[3], raw[3];
    enum jwt_result r = cut(token, part, why);
    if (r != JWT_OK)
        return r;
    for (int i = 0; i < 3; i++)
        if (crypt_unb64url(a, part[i], &raw[i], why) != 0)
            return JWT_ALPHABET;
    const struct js *header = js_parse(a, raw[0], JWT_MAX_N, HEADER_DEPTH, why);
    if (header == NULL)
        return JWT_HEADER;
    if (js_type(header) != JS_OBJECT)
        return bad(JWT_HEADER, why, "the header is no object");
    r = check_header(header, &out->kid, why);
    if (r != JWT_OK)
        return r;
    out->signed_text = str_sub(token, 0, part[0].n + 1 + part[1].n);
    out->signature = raw[2];
    out->payload = js_parse(a, raw[1], JWT_MAX_N, PAYLOAD_DEPTH, why);
    if (out->payload == NULL)
        return JWT_PAYLOAD;
    if (js_type(out->payload) != JS_OBJECT)
        return bad(JWT_PAYLOAD, why, "the payload is no object");
    return JWT_OK;
}
