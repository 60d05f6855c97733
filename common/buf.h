/*
 * A growable byte buffer that cannot exist without a maximum.
 * data is never NULL and always NUL-terminated at data[len]. Going past the
 * maximum sets `overflow` (sticky) and drops what does not fit; the writer goes
 * straight on and checks once at the end.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <string.h>

#include "common/base.h"

struct buf {
	char *data;
	size_t len;
	size_t size; /* of the memory; at most max + 1 */
	size_t max;
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees the bytes; the struct may be initialised again */
void buf_reset(struct buf *b);   /* empties, keeps the memory, clears overflow */
bool buf_grow(struct buf *b, size_t more); /* room for so many bytes; false: none, overflow set */
/* escape: what stands for a byte; NULL: the byte itself. */
void buf_escape(struct buf *b, const char *text, size_t len, const char *const escape[static 256]);
void buf_printf(struct buf *b, const char *format, ...) PRINTFLIKE(2, 3);
char *buf_detach(struct buf *b); /* the caller owns the bytes; b is empty afterwards */

/* Here, for a device of a pack has a hundred of them: there is room, nearly always. */
static inline void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (len == 0 || ((b->overflow || len >= b->size - b->len) && !buf_grow(b, len)))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

static inline void
buf_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

static inline void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

#endif
