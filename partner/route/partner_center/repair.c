/* Copies JSON byte by byte. The parser decides whether the result is readable. */
#include "partner/route/partner_center/repair.h"

#include <stdlib.h>
#include <string.h>

#define ESCAPE_SIZE 6 /* bytes of \uXXXX */

/* The number of \uXXXX; -1: another escape. */
static long
escape_at(const char *at, const char *end)
{
	char digits[5] = "";

	if (end - at < ESCAPE_SIZE || at[0] != '\\' || at[1] != 'u' ||
	    strspn(at + 2, "0123456789abcdefABCDEF") < 4)
		return -1;
	memcpy(digits, at + 2, 4);
	return strtol(digits, NULL, 16);
}

/* Copies one escape; returns its length. */
static size_t
copy_escape(const char *at, const char *end, struct buf *ret)
{
	long code = escape_at(at, end);
	long next = code >= 0 ? escape_at(at + ESCAPE_SIZE, end) : -1;
	bool pair = code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000;
	size_t len = code < 0 ? 2 : pair ? 2 * ESCAPE_SIZE : ESCAPE_SIZE;

	if (len > (size_t)(end - at))
		len = (size_t)(end - at);
	if (code == 0 || (code >= 0xd800 && code < 0xe000 && !pair))
		buf_str(ret, REPAIR_MARK);
	else
		buf_add(ret, at, len);
	return len;
}

void
repair_json(const char *json, size_t len, struct buf *ret)
{
	const char *end = json + len;
	bool in_string = false;

	for (const char *at = json; at < end;) {
		if (in_string && *at == '\\') {
			at += copy_escape(at, end, ret);
			continue;
		}
		if (*at == '"')
			in_string = !in_string;
		if (in_string && (unsigned char)*at < ' ')
			buf_str(ret, REPAIR_MARK);
		else
			buf_char(ret, *at);
		at++;
	}
}
