/*
 * A line of JSON on standard output: what every command prints with --json. At most JSON_LINE_MAX,
 * which a plan of very many customers comes near to; a path or a file name is far below it.
 */
#ifndef PARTNER_APP_JSON_LINE_H
#define PARTNER_APP_JSON_LINE_H

#include "common/json.h"

#define JSON_LINE_MAX ((size_t)64 * 1024 * 1024)

/* Prints the object and frees it. */
void json_line_print(struct json *line);

#endif
