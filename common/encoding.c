/* Encoding detection, and a streaming decoder that notices concatenated files. */
#include "common/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define IN_SIZE (16 * 1024)
#define CHARACTER_MAX 8 /* bytes of one, in any encoding */
#define OUT_SIZE ((size_t)IN_SIZE * 3)
/* How many signs in a row prove that another encoding begins: */
#define GLUE_NULS 4       /* NULs in every second byte of single-byte text: UTF-16 */
#define GLUE_UNITS 16     /* UTF-16 units that are also two ASCII bytes each: single-byte text */
#define GLUE_UNITS_CRLF 2 /* the same, when a unit is CR LF */
#define GLUE_UNITS_END 6  /* the same, when half a unit is CR or LF, as in a few Chinese letters */

static const struct {
	const char *name;  /* for people */
	const char *iconv; /* NULL: passes as it is */
	size_t unit;       /* bytes to skip when iconv finds no character */
} encodings[] = {
	[ENCODING_UTF8] = {"UTF-8", NULL, 1},
	[ENCODING_UTF16LE] = {"UTF-16LE", "UTF-16LE", 2},
	[ENCODING_UTF16BE] = {"UTF-16BE", "UTF-16BE", 2},
	[ENCODING_CP1252] = {"Windows-1252", "CP1252", 1},
};
_Static_assert(ARRAY_SIZE(encodings) == ENCODING_COUNT, "every encoding has a row");

static const struct {
	const char *mark;
	size_t len;
	enum encoding encoding;
} marks[] = {
	{"\357\273\277", 3, ENCODING_UTF8},
	{"\377\376", 2, ENCODING_UTF16LE},
	{"\376\377", 2, ENCODING_UTF16BE},
};

struct decoder {
	enum encoding encoding;
	decoder_sink *sink;
	void *ctx;
	iconv_t iconv;
	char in[IN_SIZE]; /* not converted yet; between calls at most half a character */
	size_t in_len;
	char out[OUT_SIZE];
	size_t out_len;
	unsigned glue; /* signs of another encoding in a row */
	char last;     /* byte before the next one */
};

const char *
encoding_name(enum encoding e)
{
	return encodings[e].name;
}

static bool
is_text_byte(char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

/* Recognises two ASCII characters in UTF-16 by the position of their NUL bytes. */
static enum encoding
utf16_without_mark(const char *s, size_t len)
{
	if (len >= 4 && is_text_byte(s[0]) && s[1] == '\0' && is_text_byte(s[2]) && s[3] == '\0')
		return ENCODING_UTF16LE;
	if (len >= 4 && s[0] == '\0' && is_text_byte(s[1]) && s[2] == '\0' && is_text_byte(s[3]))
		return ENCODING_UTF16BE;
	return ENCODING_COUNT;
}

struct utf8_seen {
	bool good, bad; /* a valid sequence of several bytes; a byte that belongs to none */
};

static struct utf8_seen
utf8_seen(const char *s, size_t len)
{
	struct utf8_seen seen = {0};

	for (size_t at = 0; at < len;) {
		size_t n = text_utf8_length(s + at, len - at);
		bool cut = n == 0 && len == ENCODING_BLOCK && len - at < 4;
		seen.good = seen.good || n > 1;
		seen.bad = seen.bad || (n == 0 && !cut);
		at += n == 0 ? 1 : n;
	}
	return seen;
}

/*
 * One valid multi-byte sequence means UTF-8: Windows-1252 text hardly ever contains one by chance,
 * and a damaged UTF-8 list must not turn "Müller" into "MÃ¼ller".
 */
static enum encoding
utf8_or_not(const char *s, size_t len)
{
	struct utf8_seen seen = utf8_seen(s, len);

	return seen.bad && !seen.good ? ENCODING_CP1252 : ENCODING_UTF8;
}

enum encoding
encoding_detect(const char *data, size_t len, size_t *ret_bom)
{
	enum encoding e;

	*ret_bom = 0;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (len < marks[i].len || memcmp(data, marks[i].mark, marks[i].len) != 0)
			continue;
		*ret_bom = marks[i].len;
		return marks[i].encoding;
	}
	e = utf16_without_mark(data, len);
	return e != ENCODING_COUNT ? e : utf8_or_not(data, len);
}

bool
encoding_is_utf8(const char *data, size_t len)
{
	return !utf8_seen(data, len).bad;
}

/* Letters such as Ã and Â before another character outside ASCII: each is a byte of UTF-8 that was
 * taken for Windows-1252. */
static bool
may_be_twice(const char *text)
{
	static const char lead[] = "\303";

	for (const char *p = strstr(text, lead); p != NULL; p = strstr(p + 1, lead))
		if ((unsigned char)p[1] >= 0x82 && (unsigned char)p[1] <= 0xb4 &&
		    (unsigned char)p[2] >= 0x80)
			return true;
	return false;
}

/* (iconv_t)-1: the system does not know one of the names. */
static iconv_t
converter(const char *to, const char *from)
{
	iconv_t c = iconv_open(to, from);

	if (c == (iconv_t)-1 && errno == ENOMEM)
		alloc_failed();
	return c;
}

/* Windows keeps the five bytes that Windows-1252 does not define as U+0081 to U+009D, and other programs all from U+0080
 * to U+009F. iconv knows neither. -1: other characters stop it. */
static int
to_bytes(iconv_t to, const char *text, char *bytes, size_t *ret_len)
{
	char *in = (char *)(uintptr_t)text, *out = bytes;
	size_t left = strlen(text), room = *ret_len;

	while (iconv(to, &in, &left, &out, &room) == (size_t)-1) {
		if (room == 0 || left < 2 || (unsigned char)in[0] != 0xc2 ||
		    (unsigned char)in[1] > 0x9f)
			return -1;
		*out++ = in[1];
		room--;
		in += 2;
		left -= 2;
	}
	*ret_len -= room;
	return 0;
}

bool
encoding_is_twice(const char *text, struct buf *meant)
{
	iconv_t to = may_be_twice(text) ? converter("CP1252", "UTF-8") : (iconv_t)-1;
	char bytes[512];
	size_t len = sizeof(bytes);
	bool twice;

	if (to == (iconv_t)-1)
		return false;
	twice = to_bytes(to, text, bytes, &len) == 0 && text_is_utf8(bytes, len);
	iconv_close(to);
	if (twice)
		buf_add(meant, bytes, len);
	return twice;
}

bool
encoding_is_known(const char *name)
{
	iconv_t test = converter("UTF-8", name);

	if (test == (iconv_t)-1)
		return false;
	iconv_close(test);
	return true;
}

struct decoder *
decoder_new(enum encoding e, const char *name, decoder_sink *sink, void *ctx, struct error *err)
{
	struct decoder *d = xcalloc(1, sizeof(*d));
	const char *from = e == ENCODING_CP1252 && name != NULL ? name : encodings[e].iconv;

	d->encoding = e;
	d->sink = sink;
	d->ctx = ctx;
	d->last = '\n';
	if (from == NULL)
		return d;
	d->iconv = converter("UTF-8", from);
	if (d->iconv != (iconv_t)-1)
		return d;
	error_errno(err, "this system's iconv cannot convert \"%s\"", from);
	free(d);
	return NULL;
}

void
decoder_free(struct decoder *d)
{
	if (d == NULL)
		return;
	if (encodings[d->encoding].iconv != NULL)
		iconv_close(d->iconv);
	free(d);
}

/* How many bytes of single-byte text come before UTF-16 begins; len: all of them. */
static size_t
glue_in_bytes(struct decoder *d, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (d->glue == 0) {
			const char *nul = memchr(data + i, '\0', len - i);
			if (nul == NULL) {
				d->last = data[len - 1];
				return len;
			}
			if (nul > data + i)
				d->last = nul[-1];
			i = (size_t)(nul - data);
		}
		if ((data[i] == '\0') == (d->last == '\0'))
			d->glue = 0;
		else if (data[i] == '\0' && ++d->glue == GLUE_NULS)
			return i;
		d->last = data[i];
	}
	return len;
}

/* No unit has a high byte, which is the usual case. Tests eight bytes at a time. */
static bool
all_low(const struct decoder *d, const char *data, size_t len)
{
	static const unsigned char high[][sizeof(uint64_t)] = {
		{0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff}, {0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0}};
	uint64_t mask, word, seen = 0;
	size_t i = 0;

	memcpy(&mask, high[d->encoding == ENCODING_UTF16BE], sizeof(mask));
	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, data + i, sizeof(word));
		seen |= word & mask;
	}
	for (; i + 2 <= len; i += 2)
		seen |= (unsigned char)data[d->encoding == ENCODING_UTF16BE ? i : i + 1];
	return seen == 0;
}

/* How many bytes of UTF-16 come before another encoding begins: the byte order mark of the other
 * order, or a run of units that are pairs of ASCII bytes. */
static size_t
glue_in_units(struct decoder *d, const char *data, size_t len)
{
	if (len > 0 && all_low(d, data, len)) {
		d->glue = 0;
		return len;
	}
	for (size_t i = 0; i + 2 <= len; i += 2) {
		const char *u = data + i;
		bool crlf = u[0] == '\r' && u[1] == '\n';
		bool end = u[0] < ' ' || u[1] < ' ';
		if (memcmp(u, d->encoding == ENCODING_UTF16LE ? "\376\377" : "\377\376", 2) == 0)
			return i;
		if (!is_text_byte(u[0]) || !is_text_byte(u[1])) {
			d->glue = 0;
			continue;
		}
		d->glue++;
		if (d->glue == GLUE_UNITS || (crlf && d->glue > GLUE_UNITS_CRLF) ||
		    (end && d->glue > GLUE_UNITS_END))
			return i;
	}
	return len;
}

static int
flush(struct decoder *d, struct error *err)
{
	size_t n = d->out_len;

	d->out_len = 0;
	return n == 0 ? 0 : d->sink(d->ctx, d->out, n, err);
}

/* Converts the whole characters among the first len bytes of d->in. */
static int
convert(struct decoder *d, size_t len, struct error *err)
{
	char *in = d->in, *out = d->out;
	size_t left = len, room = OUT_SIZE, unit = encodings[d->encoding].unit;

	while (left > 0) {
		bool stopped = iconv(d->iconv, &in, &left, &out, &room) == (size_t)-1;
		d->out_len = OUT_SIZE - room;
		if (!stopped || (errno == EINVAL && left < CHARACTER_MAX))
			break;
		if (errno == E2BIG || room == 0) {
			if (flush(d, err) != 0)
				return -1;
			out = d->out;
			room = OUT_SIZE;
			continue;
		}
		*out++ = ENCODING_BROKEN;
		room--;
		in += unit;
		left -= unit;
	}
	memmove(d->in, in, d->in_len - (size_t)(in - d->in));
	d->in_len -= (size_t)(in - d->in);
	d->out_len = OUT_SIZE - room;
	return flush(d, err);
}

static int
glued(struct error *err)
{
	return error_set(err, "text in another encoding begins here, because files were joined: "
	                      "save each file as CSV UTF-8 and give them separately");
}

static int
feed_bytes(struct decoder *d, const char *data, size_t len, struct error *err)
{
	size_t n = glue_in_bytes(d, data, len);

	if (d->encoding == ENCODING_UTF8 && n > 0 && d->sink(d->ctx, data, n, err) != 0)
		return -1;
	for (size_t at = 0, take; d->encoding != ENCODING_UTF8 && at < n; at += take) {
		take = n - at < IN_SIZE - d->in_len ? n - at : IN_SIZE - d->in_len;
		memcpy(d->in + d->in_len, data + at, take);
		d->in_len += take;
		if (convert(d, d->in_len, err) != 0)
			return -1;
	}
	return n < len ? glued(err) : 0;
}

/* Keeps half a character in d->in until the rest comes; its whole units have been checked. */
static int
feed_units(struct decoder *d, const char *data, size_t len, struct error *err)
{
	while (len > 0) {
		size_t had = d->in_len - d->in_len % 2;
		size_t take = len < IN_SIZE - d->in_len ? len : IN_SIZE - d->in_len;
		size_t whole, n;

		memcpy(d->in + d->in_len, data, take);
		d->in_len += take;
		data += take;
		len -= take;
		whole = d->in_len - had - d->in_len % 2;
		n = glue_in_units(d, d->in + had, whole);
		if (convert(d, had + n, err) != 0)
			return -1;
		if (n < whole)
			return glued(err);
	}
	return 0;
}

int
decoder_feed(struct decoder *d, const char *data, size_t len, struct error *err)
{
	if (len == 0)
		return 0;
	return encodings[d->encoding].unit == 2 ? feed_units(d, data, len, err)
	                                        : feed_bytes(d, data, len, err);
}

int
decoder_finish(struct decoder *d, struct error *err)
{
	static const char broken[] = {ENCODING_BROKEN};

	if (d->in_len == 0)
		return 0;
	if (encodings[d->encoding].unit == 2 && d->in_len % 2 != 0 && d->glue > GLUE_UNITS_CRLF)
		return glued(err);
	d->in_len = 0;
	return d->sink(d->ctx, broken, 1, err);
}
