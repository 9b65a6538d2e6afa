#include "jose/sign.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>

static int fill(jwt_t *j, const char *pem, const char *kid, const char *claims)
{
    if (jwt_set_alg(j, JWT_ALG_RS256, (const unsigned char *)pem, (int)strlen(pem)) != 0)
        return -1;
    if (jwt_add_header(j, "kid", kid) != 0)
        return -1;
    return jwt_add_grants_json(j, claims);
}

int sign_rs256(struct arena *a, const char *pem, struct str kid, const struct js *claims,
               struct str *jwt, struct err *e)
{
    jwt_t *j = NULL;
    char *text = NULL;
    const char *kid_z = str_z(a, kid), *claims_z = str_z(a, js_dump(a, claims));
    if (kid_z != NULL && claims_z != NULL && js_type(claims) == JS_OBJECT &&
        jwt_new(&j) == 0 && fill(j, pem, kid_z, claims_z) == 0)
        text = jwt_encode_str(j); /* sets typ to JWT by itself */
    if (text != NULL)
        *jwt = str_dup(a, str_c(text));
    free(text); /* 1.10 has no other way */
    jwt_free(j);
    return text != NULL ? 0 : err_set(e, ERR_INTERNAL, "libjwt did not sign");
}
