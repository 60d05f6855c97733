/* Wraps a paragraph of plain text. */
#include "partner/handoff/paragraph.h"

#include <string.h>

static size_t
characters(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

void
paragraph_add(struct paragraph *p, struct buf *b, const char *text, size_t len)
{
	static const char blanks[] = " \t\n"; /* a lone CR is part of a word, as in str:tokenize */
	const char *end = text + len;

	while (text < end) {
		size_t n, width;

		text += strspn(text, blanks);
		n = strcspn(text, blanks);
		if (text >= end)
			return;
		if (n > (size_t)(end - text))
			n = (size_t)(end - text);
		width = characters(text, n);
		if (p->column > 0 && p->column + 1 + width > p->width) {
			buf_char(b, '\n');
			buf_str(b, p->indent);
			p->column = characters(p->indent, strlen(p->indent));
		} else if (p->column > 0) {
			buf_char(b, ' ');
			p->column++;
		}
		buf_add(b, text, n);
		p->column += width;
		text += n;
	}
}

void
paragraph_wrap(struct buf *b, const char *text, const char *indent, size_t width)
{
	struct paragraph p = {.indent = indent, .width = width};

	paragraph_add(&p, b, text, strlen(text));
}
