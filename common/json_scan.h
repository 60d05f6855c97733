/*
 * A strict look at a JSON text before cJSON parses it: follows RFC 8259, builds nothing, and refuses
 * what cJSON lets pass and another reader may see differently. Limits: JSON_DEPTH_MAX.
 */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include "common/base.h"
#include "common/error.h"

/* false: err says what is wrong, and at which byte. */
bool json_scan(const char *data, size_t len, struct error *err) MUST_CHECK;

#endif
