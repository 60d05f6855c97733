/* Encodings: detection, conversion in pieces of every size, and joined files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/encoding.h"

#define BYTES(s) (s), sizeof(s) - 1

static const struct {
	const char *data;
	size_t len, bom;
	enum encoding want;
} starts[] = {
	{BYTES(""), 0, ENCODING_UTF8},
	{BYTES("a,b\n"), 0, ENCODING_UTF8},
	{BYTES("\357\273\277a"), 3, ENCODING_UTF8},
	{BYTES("\377\376a\0"), 2, ENCODING_UTF16LE},
	{BYTES("\376\377\0a"), 2, ENCODING_UTF16BE},
	{BYTES("a\0b\0"), 0, ENCODING_UTF16LE},
	{BYTES("\0a\0b"), 0, ENCODING_UTF16BE},
	{BYTES("a\0bc"), 0, ENCODING_UTF8},
	{BYTES("M\303\274ller"), 0, ENCODING_UTF8},
	{BYTES("M\374ller"), 0, ENCODING_CP1252},
	{BYTES("M\303\274ller,M\374ller"), 0, ENCODING_UTF8}, /* damaged, not another encoding */
	{BYTES("\200 5"), 0, ENCODING_CP1252},
};

static void
knows_the_encoding_by_the_start(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		size_t bom = 99;
		enum encoding e = encoding_detect(starts[i].data, starts[i].len, &bom);
		if (e != starts[i].want || bom != starts[i].bom)
			fail_msg("case %zu: %s, %zu", i, encoding_name(e), bom);
	}
}

/* A character that the end of the first block cuts is not damaged. */
static void
a_block_may_end_within_a_character(void **state)
{
	char *block = xmalloc(ENCODING_BLOCK);
	size_t bom;

	(void)state;
	memset(block, 'a', ENCODING_BLOCK);
	block[ENCODING_BLOCK - 1] = '\303';
	assert_int_equal(encoding_detect(block, ENCODING_BLOCK, &bom), ENCODING_UTF8);
	assert_int_equal(encoding_detect(block + 1, ENCODING_BLOCK - 1, &bom), ENCODING_CP1252);
	free(block);
}

static int
add(void *ctx, const char *text, size_t len, struct error *err UNUSED)
{
	buf_add(ctx, text, len);
	return 0;
}

/* The text, followed by '#' if the file was refused there. */
static void
decode(enum encoding e, const char *data, size_t len, size_t piece, struct buf *out)
{
	struct error err = {""};
	struct decoder *d = decoder_new(e, NULL, add, out, &err);
	int rc = 0;

	assert_non_null(d);
	buf_reset(out);
	for (size_t at = 0; rc == 0 && at < len; at += piece)
		rc = decoder_feed(d, data + at, len - at < piece ? len - at : piece, &err);
	if (rc == 0)
		rc = decoder_finish(d, &err);
	if (rc != 0) {
		assert_non_null(strstr(err.text, "joined"));
		buf_char(out, '#');
	}
	decoder_free(d);
}

static const struct {
	enum encoding encoding;
	const char *data;
	size_t len;
	const char *want;
	size_t want_len;
} texts[] = {
	{ENCODING_UTF8, BYTES("a\303\274\377b"), BYTES("a\303\274\377b")},
	{ENCODING_UTF8, BYTES("a\0b\0\0c"), BYTES("a\0b\0\0c")},
	{ENCODING_CP1252, BYTES("M\374ller \200\222"),
         BYTES("M\303\274ller \342\202\254\342\200\231")},
	{ENCODING_CP1252, BYTES("a\201b"), BYTES("a\377b")}, /* no character has this number */
	{ENCODING_UTF16LE, BYTES("a\0\374\0\055\116"), BYTES("a\303\274\344\270\255")},
	{ENCODING_UTF16BE, BYTES("\0a\0\374\116\055"), BYTES("a\303\274\344\270\255")},
	{ENCODING_UTF16LE, BYTES("a\0\075\330\000\336b\0"), BYTES("a\360\237\230\200b")},
	{ENCODING_UTF16LE, BYTES("a\0\075\330b\0"), BYTES("a\377b")}, /* first half alone */
	{ENCODING_UTF16LE, BYTES("a\0\000\336b\0"), BYTES("a\377b")}, /* second half alone */
	{ENCODING_UTF16LE, BYTES("a\0\075\330"), BYTES("a\377")},
	{ENCODING_UTF16LE, BYTES("a\0b"), BYTES("a\377")},
	{ENCODING_UTF16LE, BYTES("a\0\0\0b\0"), BYTES("a\0b")},
	/* joined: UTF-16 after bytes, bytes after UTF-16, the other byte order */
	{ENCODING_UTF8, BYTES("a,b\nc\0d\0e\0f\0g\0"), BYTES("a,b\nc\0d\0e\0f#")},
	{ENCODING_CP1252, BYTES("a\n\0c\0d\0e\0f\0g"), BYTES("a\n\0c\0d\0e#")},
	{ENCODING_UTF16LE, BYTES("a\0\n\0AB,CDEFGHIJKL,M\r\nX"),
         BYTES("a\n\344\211\201\344\214\254\344\225\204\344\235\206\344\245\210\344\255\212"
               "\342\261\214#")},
	{ENCODING_UTF16LE, BYTES("a\0\n\0AB,C\r\n"), BYTES("a\n\344\211\201\344\214\254#")},
	{ENCODING_UTF16LE, BYTES("a\0\376\377\0b"), BYTES("a#")},
	{ENCODING_UTF16LE, BYTES("a\0\377\376b\0"), BYTES("a\357\273\277b")}, /* the same one */
	/* not joined: Chinese text, some of whose units are pairs of ASCII bytes */
	{ENCODING_UTF16LE, BYTES("\055\116\055\116\055\116\n\0"),
         BYTES("\344\270\255\344\270\255\344\270\255\n")},
};

static void
decodes_in_pieces_of_every_size(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t piece = 1; piece <= texts[i].len; piece++) {
			decode(texts[i].encoding, texts[i].data, texts[i].len, piece, &out);
			if (out.len != texts[i].want_len ||
			    memcmp(out.data, texts[i].want, out.len) != 0)
				fail_msg("case %zu in pieces of %zu: %s", i, piece, out.data);
		}
	buf_release(&out);
}

/* More text than any buffer holds, of bytes that become three each. */
static void
decodes_more_than_its_buffers_hold(void **state)
{
	size_t n = 200000;
	char *euros = xmalloc(n);
	struct buf out;

	(void)state;
	memset(euros, '\200', n);
	buf_init(&out, 4 * n);
	decode(ENCODING_CP1252, euros, n, n, &out);
	assert_int_equal(out.len, 3 * n);
	memset(euros, '\201', n);
	decode(ENCODING_CP1252, euros, n, n, &out);
	assert_int_equal(out.len, n);
	assert_true(out.data[0] == ENCODING_BROKEN && out.data[n - 1] == ENCODING_BROKEN);
	buf_release(&out);
	free(euros);
}

static void
finds_text_that_was_encoded_twice(void **state)
{
	static const struct {
		const char *text, *meant; /* NULL: it is sound */
	} cases[] = {
		{"M\u00c3\u00bcller", "Müller"},
		{"\u00d0\u00a0\u00d0\u00be", "Ро"},
		{"\303\205\302\201\303\203\302\263d\303\205\302\272",
	         "Łódź"}, /* 0x81 means nothing in Windows-1252 */
		{"\303\246\302\227\302\245\303\247\302\253\302\213",
	         "日立"}, /* taken for ISO 8859-1 */
		{"Müller", NULL},
		{"SÃO PAULO", NULL},
		{"日立", NULL},
	};
	struct buf meant;

	(void)state;
	buf_init(&meant, 100);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_reset(&meant);
		assert_true(encoding_is_twice(cases[i].text, &meant) == (cases[i].meant != NULL));
		if (cases[i].meant != NULL)
			assert_string_equal(meant.data, cases[i].meant);
	}
	buf_release(&meant);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_encoding_by_the_start),
		cmocka_unit_test(a_block_may_end_within_a_character),
		cmocka_unit_test(decodes_in_pieces_of_every_size),
		cmocka_unit_test(decodes_more_than_its_buffers_hold),
		cmocka_unit_test(finds_text_that_was_encoded_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
