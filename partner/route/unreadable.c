/* Guesses from its beginning what an answer is. */
#include "partner/route/unreadable.h"

#include <string.h>

#include "common/text.h"

#define LOOKED_AT_MAX 512 /* bytes */

struct beginning {
	char text[LOOKED_AT_MAX + 1];
};

/* Without a byte order mark and blanks, and as a string. */
static void
read_beginning(struct beginning *b, const char *body, size_t len)
{
	size_t mark = text_mark_length(body, len), n = 0;

	body += mark;
	len -= mark;
	for (; len > 0 && strchr(" \t\r\n", *body) != NULL && *body != '\0'; len--)
		body++;
	for (; n < len && n < LOOKED_AT_MAX; n++)
		b->text[n] = body[n] != '\0' ? body[n] : ' ';
	b->text[n] = '\0';
}

static bool
is_html(const struct beginning *b)
{
	static const char *const first[] = {"<!doctype html", "<head>", "<body", "<h1"};

	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		if (strncasecmp(b->text, first[i], strlen(first[i])) == 0)
			return true;
	return b->text[0] == '<' && strcasestr(b->text, "<html") != NULL;
}

bool
unreadable_is_html(const char *body, size_t len)
{
	struct beginning b;

	read_beginning(&b, body, len);
	return is_html(&b);
}

bool
unreadable_is_web_page(const char *content_type, const char *body, size_t len)
{
	return strncasecmp(content_type, "text/html", strlen("text/html")) == 0 ||
	       unreadable_is_html(body, len);
}

void
unreadable_explain(struct error *err, const char *expected, const char *body, size_t len)
{
	struct beginning b;
	const char *looks_like = NULL;

	read_beginning(&b, body, len);
	if (b.text[0] == '\0') {
		error_set(err, "the answer is empty");
		return;
	}
	if (is_html(&b))
		looks_like = "an HTML page (a login or maintenance page?)";
	else if (b.text[0] == '<' && strcmp(expected, "XML") != 0)
		looks_like = "XML";
	else if ((b.text[0] == '{' || b.text[0] == '[') && strcmp(expected, "JSON") != 0)
		looks_like = "JSON";
	if (looks_like != NULL)
		error_set(err, "the answer is not %s; it looks like %s", expected, looks_like);
}
