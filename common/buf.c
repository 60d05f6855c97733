/* The parts of the byte buffer that are not inline: growth, escapes, printf. */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

#define BUF_FIRST 64

static char empty[1]; /* data of a buffer without memory; never written to */

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.data = empty, .max = max};
}

void
buf_release(struct buf *b)
{
	if (b->size > 0)
		free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->size > 0)
		b->data[0] = '\0';
}

bool
buf_grow(struct buf *b, size_t more)
{
	size_t need, size;

	if (b->overflow || more > b->max || b->len > b->max - more) {
		b->overflow = true;
		return false;
	}
	need = b->len + more + 1;
	if (need <= b->size)
		return true;
	size = b->size == 0 ? BUF_FIRST : b->size;
	while (size < need)
		size *= 2;
	if (size > b->max)
		size = b->max + 1;
	b->data = xreallocarray(b->size > 0 ? b->data : NULL, size, 1);
	b->size = size;
	return true;
}

void
buf_shell_word(struct buf *b, const char *word)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:,+=@%";

	if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
		buf_str(b, word);
		return;
	}
	buf_char(b, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			buf_str(b, "'\\''");
		else
			buf_char(b, *word);
	buf_char(b, '\'');
}

void
buf_escape(struct buf *b, const char *text, size_t len, const char *const escape[static 256])
{
	const char *end = text + len, *from = text;

	for (; text < end; text++) {
		const char *instead = escape[(unsigned char)*text];

		if (instead == NULL)
			continue;
		buf_add(b, from, (size_t)(text - from));
		buf_str(b, instead);
		from = text + 1;
	}
	buf_add(b, from, (size_t)(end - from));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		alloc_failed();
	buf_add(b, text, (size_t)n);
	free(text);
}

char *
buf_detach(struct buf *b)
{
	char *data = b->size > 0 ? b->data : xstrdup("");

	b->size = 0;
	buf_init(b, b->max);
	return data;
}
