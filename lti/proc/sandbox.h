/* sandbox.h: what a worker gives up before it touches input.
 *
 * Best effort: the systemd unit is the real wall (config/systemd). A kernel without one
 * of these goes on without it. */
#ifndef WAYMARK_PROC_SANDBOX_H
#define WAYMARK_PROC_SANDBOX_H

/* No new privileges, no core files (they would hold secrets), and a short deny-list of
 * system calls that a worker never needs: running programs, tracing, mounting, loading
 * kernel code. They then fail with EPERM. */
void sandbox_enter(void);

#endif
