/* Wraps a paragraph of plain text. Words are separated by blanks, tabs and line feeds, and longer ones than a line keep
 * a line for themselves. */
#ifndef PARTNER_HANDOFF_PARAGRAPH_H
#define PARTNER_HANDOFF_PARAGRAPH_H

#include "common/base.h"
#include "common/buf.h"

struct paragraph {
	const char *indent; /* begins all lines but the first */
	size_t width;       /* characters of a line */
	size_t column;      /* characters written in this line */
};

/* Adds the words of the next piece. */
void paragraph_add(struct paragraph *p, struct buf *b, const char *text, size_t len);
/* Writes a whole paragraph. */
void paragraph_wrap(struct buf *b, const char *text, const char *indent, size_t width);

#endif
