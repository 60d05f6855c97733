/*
 * An error as a sentence. General code never prints: it fills a struct error
 * and returns -1 (or NULL); the caller who knows file, line and batch prints it once.
 * Texts start small, end without a full stop and say what was expected.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include "common/base.h"

#define ERROR_TEXT_MAX 1024 /* longer texts are cut; paths are at most 4096 */

struct error {
	char text[ERROR_TEXT_MAX];
};

/* Sets the text and returns -1, so that "return error_set(...)" works. err may be NULL. */
int error_set(struct error *err, const char *format, ...) PRINTFLIKE(2, 3);
/* The same with ": strerror(errno)" behind it. */
int error_errno(struct error *err, const char *format, ...) PRINTFLIKE(2, 3);
/* Puts "prefix: " before the text there is. Returns -1. */
int error_prefix(struct error *err, const char *format, ...) PRINTFLIKE(2, 3);

#endif
