/*
 * A growable byte buffer with a maximum. data is never NULL; data[len] is always NUL.
 * An addition that would pass the maximum is dropped and sets `overflow`, which stays set until
 * buf_reset(). So a caller adds without checks and tests `overflow` once at the end.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <string.h>

#include "common/base.h"

struct buf {
	char *data;
	size_t len;
	size_t size; /* allocated bytes; at most max + 1; 0: data is not ours to free */
	size_t max;
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees the bytes; b is empty and usable afterwards */
void buf_reset(struct buf *b);   /* empties b, clears overflow, keeps the memory */
/* Makes room for that many more bytes; false sets overflow. */
bool buf_grow(struct buf *b, size_t more);
/* Adds escape[byte] in place of each byte; NULL in the table keeps the byte. */
void buf_escape(struct buf *b, const char *text, size_t len, const char *const escape[static 256]);
void buf_printf(struct buf *b, const char *format, ...) PRINTFLIKE(2, 3);
void buf_shell_word(struct buf *b, const char *word); /* in quotation marks if a shell needs them */
char *buf_detach(struct buf *b); /* the caller frees the bytes; b is empty afterwards */

/* Inline because writing one device of a pack calls it about a hundred times. */
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
