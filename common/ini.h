/*
 * INI files over inih: [section] and name = value. A comment begins with ';' or '#' at the start of
 * a line, or with " ;" after a value. A line longer than INI_LINE_MAX bytes is an error, because
 * inih would cut it. A line that begins with a blank is an error, because inih would join it to the
 * line before.
 */
#ifndef COMMON_INI_H
#define COMMON_INI_H

#include "common/base.h"
#include "common/error.h"

#define INI_LINE_MAX 198 /* inih reads into 200 bytes */
#define INI_FILE_MAX (256 * 1024)

/* Returns 0, or -1 with *err set; the reader puts "FILE:LINE: " in front of the text. */
typedef int ini_value_fn(void *ctx, const char *section, const char *name, const char *value,
                         int line, struct error *err);

int
ini_read_file(const char *path, ini_value_fn *on_value, void *ctx, struct error *err) MUST_CHECK;
/* The same for a text; messages call it name. */
int ini_read_text(const char *text, const char *name, ini_value_fn *on_value, void *ctx,
                  struct error *err) MUST_CHECK;

#endif
