#include "web/res.h"

void res_init(struct res *r, struct arena *a)
{
    *r = (struct res){.a = a};
}

static bool clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == 0)
            return false;
    return true;
}

void res_add(struct res *r, struct str name, struct str value)
{
    if (!clean(value))
        return;
    INVARIANT(r->header_n < RES_HEADERS_MAX);
    r->header[r->header_n++] = (struct res_header){name, value};
}

void res_body(struct res *r, int status, struct str type, struct str body)
{
    r->status = status;
    r->type = type;
    r->body = body;
}

void res_redirect(struct res *r, int status, struct str url)
{
    res_body(r, status, STR_EMPTY, STR_EMPTY);
    res_add(r, STR("Location"), url);
}

static void put_header(struct buf *out, struct str name, struct str value)
{
    buf_str(out, name);
    buf_c(out, ": ");
    buf_str(out, value);
    buf_c(out, "\r\n");
}

/* No script, style or picture from anywhere but us; frames by the platforms only (SES-3).
 * Forms lead to us, but for the one that gives an LMS its answer (Deep Linking). */
static void put_policy(const struct res *r, struct buf *out)
{
    struct str frames = r->frame_ancestors.n > 0 ? r->frame_ancestors : STR("https:");
    buf_c(out, "Content-Security-Policy: default-src 'none'; style-src 'self'; "
               "img-src 'self' data:; script-src 'self'; font-src 'self'; "
               "connect-src 'self'; base-uri 'none'; form-action ");
    buf_str(out, r->form_action.n > 0 ? r->form_action : STR("'self'"));
    buf_c(out, "; frame-ancestors 'self' ");
    buf_str(out, frames);
    buf_c(out, "\r\n");
}

void res_head(const struct res *r, struct buf *out)
{
    buf_fmt(out, "Status: %d %s\r\n", r->status, res_reason(r->status));
    if (r->type.n > 0)
        put_header(out, STR("Content-Type"), r->type);
    buf_fmt(out, "Content-Length: %zu\r\n", r->body.n);
    put_policy(r, out);
    buf_c(out, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: ");
    buf_c(out, r->tells_origin ? "same-origin\r\n" : "no-referrer\r\n");
    if (!r->cacheable)
        buf_c(out, "Cache-Control: no-store\r\n");
    for (size_t i = 0; i < r->header_n; i++)
        put_header(out, r->header[i].name, r->header[i].value);
    buf_c(out, "\r\n");
}

const char *res_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {204, "No Content"},
        {302, "Found"},
        {303, "See Other"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Answer";
}
