/*
 * Confinement on Linux: what a hijacked process could still do. Paths are collected first, then
 * applied once, for the rest of the process's life. Owns copies of the paths until then.
 *
 *	no new privileges      set-user-id programs gain nothing
 *	no core, not dumpable  secrets in memory reach no file and no debugger
 *	Landlock               files other than those collected cannot be opened (kernel 5.19 on)
 *	seccomp                no program can be started, no other process looked into, no mount made,
 *	                       no user changed: EPERM
 *
 * What the kernel, a container or this machine's architecture does not offer is left out, and the
 * program goes on: confine_status() says what is on. A path that is not there is not an error. A rule
 * holds for the file that is there now: name the directory where a file is replaced later.
 */
#ifndef COMMON_CONFINE_H
#define COMMON_CONFINE_H

#include "common/base.h"

enum confine_access {
	CONFINE_READ, /* a file, or all files below a directory */
	CONFINE_WRITE /* the same, and make, rename, remove below a directory */
};

struct confine; /* the paths collected */

struct confine *confine_new(void);    /* with what the system's libraries read */
void confine_free(struct confine *c); /* accepts NULL */
void confine_allow(struct confine *c, enum confine_access access, const char *path);
/* The directory that holds path. */
void confine_allow_beside(struct confine *c, enum confine_access access, const char *path);
/* Applies them, best effort, and frees c. */
void confine_apply(struct confine *c);

struct confine_state {
	bool no_new_privileges, no_core, not_dumpable, files, calls;
};
/* What holds for this process, asked of the kernel; files: as confine_apply() left it. */
struct confine_state confine_status(void);

#endif
