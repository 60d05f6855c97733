/*
 * Confinement on Linux limits what a hijacked process can do. The caller collects paths, then
 * applies all rules once; they hold until the process ends. Owns copies of the paths until then.
 *
 *	no new privileges      a set-user-id program gains nothing
 *	no core, not dumpable  secrets in memory reach neither a file nor a debugger
 *	Landlock               only the collected paths can be opened (kernel 5.19 or newer)
 *	seccomp                EPERM for starting programs, reading other processes, mounting and
 *	                       changing the user
 *
 * A rule that the kernel, a container or the architecture does not support is skipped, and the
 * program continues; confine_status() reports the rules in force. A missing path is not an error.
 * A rule applies to the file that exists now: for a file that is replaced later, allow its
 * directory.
 */
#ifndef COMMON_CONFINE_H
#define COMMON_CONFINE_H

#include "common/base.h"

enum confine_access {
	CONFINE_READ, /* read a file, or all files below a directory */
	CONFINE_WRITE /* also write; below a directory also create, rename and remove */
};

struct confine; /* the paths collected */

struct confine *confine_new(void);    /* holds the paths that the system's libraries read */
void confine_free(struct confine *c); /* accepts NULL */
void confine_allow(struct confine *c, enum confine_access access, const char *path);
/* Allows the directory that holds path. */
void confine_allow_beside(struct confine *c, enum confine_access access, const char *path);
/* Applies all rules that the system supports, and frees c. */
void confine_apply(struct confine *c);

struct confine_state {
	bool no_new_privileges, no_core, not_dumpable, files, calls;
};
/* Asks the kernel which rules hold. It cannot report Landlock, so `files` is from
 * confine_apply(). */
struct confine_state confine_status(void);

#endif
