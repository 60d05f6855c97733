/*
 * A growable byte buffer that cannot exist without a maximum.
 * data is never NULL and always NUL-terminated at data[len]. Going past the
 * maximum sets `overflow` (sticky) and drops what does not fit; the writer goes
 * straight on and checks once at the end.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/base.h"

struct buf {
	char *data;
	size_t len;
	size_t size;
	size_t max;
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees the bytes; the struct may be initialised again */
void buf_reset(struct buf *b);   /* empties, keeps the memory, clears overflow */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
/* escape: what stands for a byte; NULL: the byte itself. */
void buf_escape(struct buf *b, const char *text, size_t len, const char *const escape[static 256]);
void buf_printf(struct buf *b, const char *format, ...) PRINTFLIKE(2, 3);
char *buf_detach(struct buf *b); /* the caller owns the bytes; b is empty afterwards */

#endif
