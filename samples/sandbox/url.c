/* Decodes percent-encoding strictly, so that a client's mistake shows. */
#include "samples/sandbox/url.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)((at - digits) % 16) : -1;
}

char *
url_decode(const char *text, size_t len, bool plus)
{
	char *out = xmalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '%') {
			bool whole = len - i > 2;
			int high = whole ? digit(text[i + 1]) : -1;
			int low = whole ? digit(text[i + 2]) : -1;

			c = high < 0 || low < 0 ? '\0' : (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0') {
			free(out);
			return NULL;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return out;
}

bool
url_split(const char *raw, struct url_path *ret)
{
	*ret = (struct url_path){.count = 0};
	while (*raw == '/') {
		size_t len = strcspn(++raw, "/");
		char *part = ret->count < URL_PARTS_MAX ? url_decode(raw, len, false) : NULL;

		if (part == NULL)
			return false;
		ret->part[ret->count++] = part;
		raw += len;
	}
	return *raw == '\0' && ret->count > 0;
}

void
url_path_release(struct url_path *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->part[i]);
	p->count = 0;
}

char *
url_form_value(const char *form, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	while (len > 0) {
		const char *end = memchr(form, '&', len);
		size_t field = end != NULL ? (size_t)(end - form) : len;

		if (field > name_len && form[name_len] == '=' && memcmp(form, name, name_len) == 0)
			return url_decode(form + name_len + 1, field - name_len - 1, true);
		field += end != NULL;
		form += field;
		len -= field;
	}
	return NULL;
}
