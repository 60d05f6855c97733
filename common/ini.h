/*
 * INI files over inih: [section], name = value, ';' or '#' at a line's start and " ;" behind a
 * value begin comments. Lines are at most INI_LINE_MAX bytes (longer ones are an error, never
 * cut). A continued line (leading blank) is an error.
 */
#ifndef COMMON_INI_H
#define COMMON_INI_H

#include "common/base.h"
#include "common/error.h"

#define INI_LINE_MAX 198 /* inih reads into 200 bytes */
#define INI_FILE_MAX (256 * 1024)

/* Returns 0, or -1 with *err set: the text gets "FILE:LINE: " before it. */
typedef int ini_value_fn(void *ctx, const char *section, const char *name, const char *value,
                         int line, struct error *err);

int
ini_read_file(const char *path, ini_value_fn *on_value, void *ctx, struct error *err) MUST_CHECK;
/* The same over a text; name stands for the file in messages. */
int ini_read_text(const char *text, const char *name, ini_value_fn *on_value, void *ctx,
                  struct error *err) MUST_CHECK;

#endif
