/*
 * An error as one sentence. General code never prints: it fills a struct error and returns -1 or
 * NULL. The caller that knows the file, line or batch adds it and prints the sentence once.
 * Texts begin with a small letter, have no full stop, and say what happened and what to do.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include "common/base.h"

#define ERROR_TEXT_MAX 1024 /* a longer text is cut */

struct error {
	char text[ERROR_TEXT_MAX];
};

/* Sets the text and returns -1, for "return error_set(...)". err may be NULL. */
int error_set(struct error *err, const char *format, ...) PRINTFLIKE(2, 3);
/* The same, followed by ": " and strerror(errno). */
int error_errno(struct error *err, const char *format, ...) PRINTFLIKE(2, 3);
/* Puts "prefix: " in front of the text. Returns -1. */
int error_prefix(struct error *err, const char *format, ...) PRINTFLIKE(2, 3);

#endif
