/* Keeps the headers of a response, line by line. */
#include "common/http_headers.h"

#include <string.h>

#include "common/text.h"

#define HEADERS_MAX ((size_t)256 * 1024)

void
http_headers_init(struct http_headers *h)
{
	buf_init(&h->text, HEADERS_MAX);
	h->over = false;
}

void
http_headers_release(struct http_headers *h)
{
	buf_release(&h->text);
}

void
http_headers_reset(struct http_headers *h)
{
	buf_reset(&h->text);
	h->over = false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Adds the text without blanks around it, and a NUL. */
static void
add_trimmed(struct http_headers *h, const char *from, const char *to)
{
	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	buf_add(&h->text, from, (size_t)(to - from));
	buf_char(&h->text, '\0');
}

/* A status line begins another response, after a 1xx or the proxy's. */
void
http_headers_add(struct http_headers *h, const char *line, size_t len)
{
	const char *end = line + len, *colon = memchr(line, ':', len);

	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		http_headers_reset(h);
		return;
	}
	if (len == 0 || *line == '\r' || *line == '\n')
		h->over = true;
	/* a line that begins with a blank continues the one before */
	if (h->over || is_blank(*line) || colon == NULL || memchr(line, '\0', len) != NULL)
		return;
	add_trimmed(h, line, colon);
	add_trimmed(h, colon + 1, end);
}

const char *
http_headers_find(const struct http_headers *h, const char *name)
{
	const char *at = h->text.data, *end = h->text.data + h->text.len;

	while (at < end) {
		const char *value = at + strlen(at) + 1;

		if (value >= end)
			return NULL;
		if (text_equal_nocase(at, name))
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}
