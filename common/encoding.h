/*
 * Detects the encoding of a file by its first block and converts it to UTF-8 as a stream (over
 * iconv). Knows nothing of lists.
 *
 * Rules (doc/lists.md, section 2, quirks 1 and 11), the first that matches:
 *	a byte order mark             the encoding that it names
 *	ASCII, NUL, ASCII, NUL        UTF-16LE (UTF-16BE: NUL first)
 *	any valid UTF-8 sequence,
 *	or nothing but ASCII          UTF-8, even with damaged bytes elsewhere
 *	anything else                 Windows-1252
 *
 * A character that cannot be converted becomes ENCODING_BROKEN, a byte that UTF-8 never contains,
 * so the reader of the row finds it. UTF-8 passes unchanged, with its damaged bytes.
 * A second encoding later in the file (files were concatenated) is an error; the text before it
 * has been delivered by then.
 */
#ifndef COMMON_ENCODING_H
#define COMMON_ENCODING_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define ENCODING_BLOCK (64 * 1024) /* bytes that decide the encoding */
#define ENCODING_BROKEN '\377'

enum encoding {
	ENCODING_UTF8,
	ENCODING_UTF16LE,
	ENCODING_UTF16BE,
	ENCODING_CP1252,
	ENCODING_COUNT
};

const char *encoding_name(enum encoding e);
/* data: the first ENCODING_BLOCK bytes, or the whole file. *ret_bom: length of the mark to skip. */
enum encoding encoding_detect(const char *data, size_t len, size_t *ret_bom);

/* The block has no byte that UTF-8 does not allow. */
bool encoding_is_utf8(const char *data, size_t len);

/* The text was encoded as UTF-8 twice, as in "MÃ¼ller". Appends what was meant to `meant`. */
bool encoding_is_twice(const char *text, struct buf *meant);

typedef int decoder_sink(void *ctx, const char *text, size_t len, struct error *err);

bool encoding_is_known(const char *name); /* to iconv */

struct decoder; /* opaque */
/* name: an encoding that iconv knows, used in place of ENCODING_CP1252; NULL: none. Returns NULL if
 * iconv on this system cannot convert the encoding. */
struct decoder *decoder_new(enum encoding e, const char *name, decoder_sink *sink, void *ctx,
                            struct error *err) MUST_CHECK;
void decoder_free(struct decoder *d); /* accepts NULL */
int decoder_feed(struct decoder *d, const char *data, size_t len, struct error *err) MUST_CHECK;
/* Half a character at the end of the file becomes ENCODING_BROKEN. */
int decoder_finish(struct decoder *d, struct error *err) MUST_CHECK;

#endif
