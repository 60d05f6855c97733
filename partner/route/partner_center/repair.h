/*
 * Makes JSON readable whose strings hold a raw control character, \u0000 or half a surrogate pair, so
 * that such a text costs one device instead of the page. Pure.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_REPAIR_H
#define PARTNER_ROUTE_PARTNER_CENTER_REPAIR_H

#include "common/buf.h"

#define REPAIR_MARK "\xef\xbf\xbd" /* U+FFFD: stands for a character that could not be read */

/* Appends a copy of the JSON in which each such character is REPAIR_MARK. Changes nothing outside of
 * strings. */
void repair_json(const char *json, size_t len, struct buf *ret);

#endif
