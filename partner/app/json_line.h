/*
 * A line of JSON on standard output, as each command prints with --json. A line has at most
 * JSON_LINE_MAX bytes; only the plan of a run with very many customers comes near.
 */
#ifndef PARTNER_APP_JSON_LINE_H
#define PARTNER_APP_JSON_LINE_H

#include "common/json.h"

#define JSON_LINE_MAX ((size_t)64 * 1024 * 1024)

/* Prints the object and frees it. */
void json_line_print(struct json *line);

#endif
