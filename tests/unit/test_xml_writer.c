/* Writing XML: the same bytes as libxml2's own writer, for random documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "common/buf.h"
#include "common/xml.h"

#define DOCUMENTS 2000
#define STEPS 40

static unsigned seed = 3;

static unsigned
draw(unsigned below)
{
	seed = seed * 1103515245u + 12345u;
	return seed / 65536u % below;
}

static void
compose(struct buf *to)
{
	static const char *const pieces[] = {
		"A",
		"b c",
		" ",
		"\t",
		"\n",
		"\r",
		"\r\n",
		"\"",
		"'",
		"<",
		">",
		"&",
		"ü",
		"日",
		"😀",
		"&lt;",
		"\xef\xbf\xbd",
		"]]>",
		"\x7f",
		"\xc2\x85",
		"\xe2\x80\xa8",
	};

	buf_reset(to);
	for (unsigned n = draw(6); n > 0; n--)
		buf_str(to, pieces[draw(ARRAY_SIZE(pieces))]);
}

/* Both writers write the same random document: elements, attributes, texts, ends. */
static void
write_both(struct xml_writer *ours, xmlTextWriterPtr theirs, struct buf *text)
{
	static const char *const names[] = {"handoff", "group", "device", "text"};
	size_t depth = 0;
	bool in_tag = false;

	for (int i = 0; i < STEPS; i++) {
		const char *name = names[draw(ARRAY_SIZE(names))];
		unsigned what = depth == 0 ? 0 : draw(4);

		compose(text);
		if (what == 0 && (depth > 0 || i == 0) && depth < 10) {
			xml_open(ours, name);
			xmlTextWriterStartElement(theirs, (const xmlChar *)name);
			depth++;
			in_tag = true;
		} else if (what == 1 && in_tag) {
			xml_attr(ours, name, text->data);
			xmlTextWriterWriteAttribute(theirs, (const xmlChar *)name,
			                            (const xmlChar *)text->data);
		} else if (what == 2) {
			xml_text(ours, text->data);
			xmlTextWriterWriteString(theirs, (const xmlChar *)text->data);
			in_tag = false;
		} else if (what == 3 && depth > 1) {
			xml_close(ours);
			xmlTextWriterEndElement(theirs);
			depth--;
			in_tag = false;
		}
	}
}

static void
compare(bool compact)
{
	xmlBufferPtr bytes = xmlBufferCreate();
	xmlTextWriterPtr theirs = xmlNewTextWriterMemory(bytes, 0);
	struct xml_writer *ours = xml_writer_new((size_t)1024 * 1024);
	struct error err = {""};
	struct buf text;
	const char *data;
	size_t len;

	buf_init(&text, 4096);
	if (compact)
		xml_writer_compact(ours);
	xmlTextWriterSetIndent(theirs, compact ? 0 : 1);
	xmlTextWriterStartDocument(theirs, NULL, "UTF-8", NULL);
	write_both(ours, theirs, &text);
	xmlTextWriterEndDocument(theirs);
	xmlFreeTextWriter(theirs);
	assert_int_equal(xml_finish(ours, &data, &len, &err), 0);
	assert_string_equal(data, (const char *)xmlBufferContent(bytes));
	assert_int_equal(len, xmlBufferLength(bytes));
	xmlBufferFree(bytes);
	xml_writer_free(ours);
	buf_release(&text);
}

static void
bytes_are_those_of_libxml2(void **state)
{
	(void)state;
	for (int i = 0; i < DOCUMENTS; i++)
		compare(i % 2 == 0);
}

static void
what_xml_forbids_is_replaced(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain text of more than eight", "plain text of more than eight"},
		{"a\x01z", "a\xef\xbf\xbdz"},
		{"a\xff", "a\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xef\xbf\xbf", "\xef\xbf\xbd"},
		{"12345678\x1f", "12345678\xef\xbf\xbd"},
		{"1234567\x80", "1234567\xef\xbf\xbd"},
		{"\t\r\n\x7f\xc3\xbc", "\t\r\n\x7f\xc3\xbc"},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(xml_clean(&b, cases[i].in), cases[i].out);
	assert_string_equal(xml_clean(&b, NULL), "");
	buf_release(&b);
}

static void
what_is_taken_back_was_never_there(void **state)
{
	struct xml_writer *w = xml_writer_new(4096);
	struct error err = {""};
	const char *data;
	size_t mark, len;

	(void)state;
	xml_open(w, "a");
	xml_open(w, "b");
	xml_close(w);
	mark = xml_mark(w);
	xml_open(w, "c");
	xml_attr_int(w, "n", -1);
	xml_close(w);
	assert_string_equal(xml_since(w, mark, &len), " <c n=\"-1\"/>\n");
	assert_int_equal(len, 13);
	xml_rewind(w, mark);
	assert_int_equal(xml_finish(w, &data, &len, &err), 0);
	assert_string_equal(data, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n <b/>\n</a>\n");
	xml_writer_free(w);
}

static void
more_than_the_maximum_is_an_error(void **state)
{
	struct xml_writer *w = xml_writer_new(64);
	struct error err = {""};
	const char *data;
	size_t len;

	(void)state;
	xml_open(w, "a");
	for (int i = 0; i < 10; i++)
		xml_attr(w, "name", "value");
	xml_rewind(w, 0);
	assert_int_equal(xml_finish(w, &data, &len, &err), -1);
	xml_writer_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_those_of_libxml2),
		cmocka_unit_test(what_xml_forbids_is_replaced),
		cmocka_unit_test(what_is_taken_back_was_never_there),
		cmocka_unit_test(more_than_the_maximum_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
