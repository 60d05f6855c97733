/*
 * Checks a JSON text strictly by RFC 8259 before cJSON parses it, because cJSON accepts texts that
 * another program may read differently. Builds nothing. Limit: JSON_DEPTH_MAX.
 */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include "common/base.h"
#include "common/error.h"

/* false: err says what is wrong and at which byte, or what other kind of text it looks like. */
bool json_scan(const char *data, size_t len, struct error *err) MUST_CHECK;

#endif
