/*
 * Paths and forms of requests: strict percent-decoding. Pure functions. The caller frees results.
 */
#ifndef SAMPLES_SANDBOX_URL_H
#define SAMPLES_SANDBOX_URL_H

#include "common/base.h"

#define URL_PARTS_MAX 8 /* the longest path of Partner Center has 7 */

/* The decoded parts of a path between its slashes. */
struct url_path {
	char *part[URL_PARTS_MAX];
	size_t count;
};

/* plus: + stands for a blank, as in forms. NULL: a % without two hexadecimal digits, or a NUL. */
char *url_decode(const char *text, size_t len, bool plus);
/* False: not a path, too many parts, or a part that cannot be decoded. Release the path either
 * way. */
bool url_split(const char *raw, struct url_path *ret);
void url_path_release(struct url_path *p);
/* The decoded field of a form. NULL: missing, or it cannot be decoded. */
char *url_form_value(const char *form, size_t len, const char *name);

#endif
