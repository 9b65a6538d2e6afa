/* fcgi.h: the FastCGI door of one worker process. fcgi.c is the only file with fcgiapp.h.
 */
#ifndef WAYMARK_WEB_FCGI_H
#define WAYMARK_WEB_FCGI_H

#include "web/req.h"
#include "web/res.h"

struct fcgi;

/* A door on a listening socket that does not block (fcgi_listen). One a process; memory
 * from `a`, to be closed with fcgi_free. NULL with ERR_INTERNAL. */
struct fcgi *fcgi_new(struct arena *a, int listen_fd, struct str prefix, struct err *e);
void fcgi_free(struct fcgi *f);

/* Wait for a request. 1: *req is filled (memory from `a`; req->refused tells of a bad
 * envelope); 0: fcgi_stop was called and nothing waits; -1: the door is broken. */
int fcgi_accept(struct fcgi *f, struct arena *a, struct req *req, struct err *e);

/* Write the answer (header lines, then body) and end the request. -1 if the web server
 * went away meanwhile. */
int fcgi_reply(struct fcgi *f, struct str head, struct str body, struct err *e);

/* For a signal handler: let the request under way finish, accept no other. */
void fcgi_stop(void);

/* A listening socket: a path (mode 0660, group if not empty; a stale one is replaced) or
 * ADDRESS:PORT. The backlog is as large as the system lets it be. -1 on error. */
int fcgi_listen(struct arena *a, struct str address, struct str group, struct err *e);

#endif
