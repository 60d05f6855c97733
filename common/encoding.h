/*
 * Text encodings of files from the field: which one a file is in, judged by its first block, and
 * its conversion to UTF-8 as a stream (over iconv). Knows nothing of lists.
 *
 * Rules (list facts, quirks 1 and 11): a byte order mark decides; without one, text whose first
 * two characters are ASCII with a NUL beside each is UTF-16; what is UTF-8, or is so but for
 * single damaged bytes, is UTF-8; all else is Windows-1252.
 * What cannot be converted comes out as ENCODING_BROKEN, a byte that no UTF-8 text holds, so that
 * whoever reads the row finds it. UTF-8 passes unchanged, damaged bytes included.
 * A second encoding glued behind the first is an error: everything before it has been delivered.
 */
#ifndef COMMON_ENCODING_H
#define COMMON_ENCODING_H

#include "common/base.h"
#include "common/error.h"

#define ENCODING_BLOCK (64 * 1024) /* enough to meet a letter that is not ASCII, if there is one */
#define ENCODING_BROKEN '\377'

enum encoding {
	ENCODING_UTF8,
	ENCODING_UTF16LE,
	ENCODING_UTF16BE,
	ENCODING_CP1252,
	ENCODING_COUNT
};

const char *encoding_name(enum encoding e);
/* data: the first ENCODING_BLOCK bytes, or all there is. *ret_bom: bytes of the mark to leave out. */
enum encoding encoding_detect(const char *data, size_t len, size_t *ret_bom);

typedef int decoder_sink(void *ctx, const char *text, size_t len, struct error *err);

struct decoder; /* opaque */
/* NULL where this system cannot convert the encoding. */
struct decoder *
decoder_new(enum encoding e, decoder_sink *sink, void *ctx, struct error *err) MUST_CHECK;
void decoder_free(struct decoder *d); /* accepts NULL */
int decoder_feed(struct decoder *d, const char *data, size_t len, struct error *err) MUST_CHECK;
/* Half a character at the end comes out as ENCODING_BROKEN. */
int decoder_finish(struct decoder *d, struct error *err) MUST_CHECK;

#endif
