/*
 * URLs and forms as they come over the wire: percent-decoding that refuses what a client may not
 * send. Pure functions; what they return belongs to the caller.
 */
#ifndef SAMPLES_SANDBOX_URL_H
#define SAMPLES_SANDBOX_URL_H

#include "common/base.h"

#define URL_PARTS_MAX 8 /* the longest path of Partner Center has 7 */

/* The parts of a path between its slashes, decoded. */
struct url_path {
	char *part[URL_PARTS_MAX];
	size_t count;
};

/* plus: a + is a blank, as in forms. NULL: a % without two digits, or a NUL. */
char *url_decode(const char *text, size_t len, bool plus);
/* False: no path, too many parts, or one that cannot be decoded. Release it either way. */
bool url_split(const char *raw, struct url_path *ret);
void url_path_release(struct url_path *p);
/* A field of a form, decoded, or NULL where it is missing or cannot be decoded. */
char *url_form_value(const char *form, size_t len, const char *name);

#endif
