/*
 * Errors about files that say, if access is denied, which user lacks which access to what.
 */
#ifndef COMMON_PERMISSION_H
#define COMMON_PERMISSION_H

#include "common/base.h"
#include "common/error.h"

enum permission { PERMISSION_READ, PERMISSION_WRITE, PERMISSION_COUNT };

/* Sets "PATH: did: reason of errno". If access is denied, adds the user, the file or folder that is in the
 * way, its mode and owner, and the access that is wanted. Returns -1. */
int permission_error(struct error *err, enum permission wanted, const char *path, const char *did);
/* The same for an error that is set already; why: the errno. Returns -1. */
int permission_explain(struct error *err, enum permission wanted, const char *path, int why);

#endif
