/* JSON: texts that only cJSON accepts are refused; texts that RFC 8259 allows are accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"

/* Both readers agree, also in their messages. */
static bool
takes(const char *data, size_t len)
{
	struct error err = {""}, err_in = {""};
	struct json_pool pool = {0};
	char *copy = xmalloc(
		len); /* without a NUL after it: the sanitizer sees one byte too many */
	struct json *j;

	memcpy(copy, data, len);
	j = json_parse(copy, len, &err);
	assert_true((j != NULL) == (err.text[0] == '\0'));
	json_free(j);
	assert_true((json_parse_in(&pool, copy, len, &err_in) != NULL) == (err.text[0] == '\0'));
	assert_string_equal(err_in.text, err.text);
	json_pool_release(&pool);
	free(copy);
	return err.text[0] == '\0';
}

static void
takes_what_the_rfc_allows(void **state)
{
	static const char *const good[] = {
		"{}",
		"[]",
		" [ ] \r\n\t",
		"null",
		"true",
		"\"\"",
		"0",
		"-0",
		"10",
		"-1.5e+10",
		"1E5",
		"0.0",
		"{\"a\":1,\"b\":[1,2,{\"a\":null}]}",
		"\"\\u00fc\\n\\/\\\"\"",
		"\"\\ud83d\\udcbb\"",
		"\"\xc3\xbc\"",
		"[{\"a\":1},{\"a\":1}]",
		"\"\x7f\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!takes(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
}

static void
refuses_what_readers_see_differently(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"01",
		"[01]",
		"-01",
		"+1",
		".5",
		"1.",
		"1e",
		"1e+",
		"-",
		"0x1",
		"NaN",
		"Infinity",
		"{}{}",
		"[] x",
		"null,",
		"[1,]",
		"{\"a\":1,}",
		"[,1]",
		"{\"a\"}",
		"{\"a\":}",
		"{a:1}",
		"{'a':1}",
		"[1 2]",
		"[",
		"{",
		"\"",
		"\"\\",
		"[\"a\"",
		"{\"a\":1",
		"]",
		"tru",
		"truex",
		"\"\\u0000\"",
		"{\"\\u0000\":1}",
		"\"a\\u0000b\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\x41\"",
		"\"\\ud83d\"",
		"\"\\udcbb\"",
		"\"\\ud83dx\"",
		"\"\\ud83d\\u0041\"",
		"\"\\udcbb\\ud83d\"",
		"\"a\nb\"",
		"\"\t\"",
		"\"\x1f\"",
		"\"\xff\"",
		"\"\xc0\xaf\"",
		"\"\xed\xa0\x80\"",
		"\xef\xbb\xbf{}",
		"//c\n{}",
		"{\"a\":1,\"a\":2}",
		"{\"a\":1,\"A\":2}",
		"{\"a\":1,\"\\u0061\":2}",
		"{\"x\":[{\"b\":1,\"c\":2,\"B\":3}]}",
		"\x0b[]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (takes(bad[i], strlen(bad[i])))
			fail_msg("taken: %s", bad[i]);
	assert_false(takes("[]\0", 3));
	assert_false(takes("\"a\0b\"", 5));
	assert_false(takes("[\0]", 3));
}

static void
refuses_every_cut_of_a_document(void **state)
{
	static const char whole[] =
		"{\"a\":[1,-2.5e3,\"\\ud83d\\udcbb\xc3\xbc\",true,null],\"b\":{}}";

	(void)state;
	assert_true(takes(whole, sizeof(whole) - 1));
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		if (takes(whole, n))
			fail_msg("the first %zu bytes were taken", n);
}

static void
caps_the_depth(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 2];

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_true(takes(text, (size_t)2 * JSON_DEPTH_MAX));
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_false(takes(text, sizeof(text)));
	assert_false(takes("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 40));
}

static void
finds_a_doubled_key_among_many(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, (size_t)4 * 1024 * 1024);
	buf_char(&b, '{');
	for (int i = 0; i < 50000; i++)
		buf_printf(&b, "\"key%d\":%d,", i, i);
	buf_str(&b, "\"last\":0}");
	assert_true(takes(b.data, b.len));
	b.len -= strlen("\"last\":0}");
	buf_str(&b, "\"KEY25000\":0}");
	assert_false(takes(b.data, b.len));
	buf_release(&b);
}

/* Eight bytes are tested together: each position, with any bytes in the others. */
static void
sees_every_byte_of_a_string(void **state)
{
	char text[32] = "\"";

	(void)state;
	for (size_t n = 1; n <= 20; n++)
		for (size_t at = 0; at < n; at++)
			for (unsigned c = 0; c < 0x80; c++) {
				memset(text + 1, at % 2 == 0 ? 'x' : 0x7f, n);
				memcpy(text + 1 + n, "\"", 2);
				text[1 + at] = (char)c;
				bool bad = c < 0x20 || c == '"' || c == '\\';
				if (takes(text, n + 2) == bad)
					fail_msg("byte %02x at %zu of %zu", c, at, n);
			}
}

static void
reads_into_a_pool(void **state)
{
	enum { LONG = 200000 };
	struct json_pool pool = {0};
	struct error err;
	struct json *j, *other;
	struct buf b, printed;

	(void)state;
	buf_init(&b, (size_t)4 * 1024 * 1024);
	buf_init(&printed, (size_t)4 * 1024 * 1024);
	buf_str(&b, "{\"long\":\"");
	for (int i = 0; i < LONG; i++)
		buf_char(&b, 'x');
	buf_str(&b, "\",\"list\":[0");
	for (int i = 1; i < 20000; i++)
		buf_printf(&b, ",{\"n\":%d}", i);
	buf_str(&b, "]}");
	j = json_parse_in(&pool, b.data, b.len, &err);
	assert_non_null(j);
	/* a tree without a pool stays outside it */
	other = json_parse("{\"a\":[1]}", 9, &err);
	assert_non_null(other);
	json_print(j, &printed);
	assert_int_equal(printed.len, b.len);
	assert_memory_equal(printed.data, b.data, b.len);
	json_pool_release(&pool);
	assert_true(json_is_array(json_get(other, "a")));
	json_free(other);
	json_pool_release(&pool);
	buf_release(&printed);
	buf_release(&b);
}

static void
says_where(void **state)
{
	static const struct {
		const char *text, *at;
	} cases[] = {
		{"[01]", "byte 4"},
		{"{\"a\":x}", "byte 6"},
		{"[]x", "byte 3"},
		{"[\"\xff\"]", "byte 3"},
		{"{\"name\":1,\"Name\":2}", "Name"}, /* the message names a doubled key instead */
		{"{\"b\":1,\"a\":1,\"B\":2,\"A\":2}", "\"A\""},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_null(json_parse(cases[i].text, strlen(cases[i].text), &err));
		if (strcasestr(err.text, cases[i].at) == NULL)
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

/* From every place, each key is found, and a key that is not there is not. */
static void
finds_members_all_the_way_round(void **state)
{
	static const char text[] = "{\"a\":1,\"b\":2,\"c\":3}";
	static const char *const keys[] = {"C", "b", "A", "none"};
	struct error err;
	struct json *j = json_parse(text, sizeof(text) - 1, &err);
	struct json *list = json_parse("[1,2]", 5, &err);
	const struct json *from = NULL;

	(void)state;
	assert_null(json_get_nocase_from(NULL, &from, "a"));
	assert_null(json_get_nocase_from(list, &from, ""));
	assert_null(from);
	for (size_t i = 0; i < ARRAY_SIZE(keys) * ARRAY_SIZE(keys); i++) {
		const char *one = keys[i % ARRAY_SIZE(keys)], *two = keys[i / ARRAY_SIZE(keys)];
		from = NULL;
		assert_ptr_equal(json_get_nocase_from(j, &from, one), json_get_nocase(j, one));
		assert_ptr_equal(json_get_nocase_from(j, &from, two), json_get_nocase(j, two));
	}
	json_free(list);
	json_free(j);
}

static void
reads_members(void **state)
{
	static const char text[] = "{\"Name\":\"a\\u00fc\",\"n\":2.5,\"z\":null,\"l\":[1,2,3]}";
	struct error err;
	struct json *j = json_parse(text, sizeof(text) - 1, &err);

	(void)state;
	assert_non_null(j);
	assert_true(json_is_object(j) && json_count(j) == 4);
	assert_string_equal(json_text(json_get(j, "Name")), "a\xc3\xbc");
	assert_null(json_get(j, "name"));
	assert_ptr_equal(json_get_nocase(j, "nAME"), json_get(j, "Name"));
	assert_true(json_number(json_get(j, "n")) > 2.4 && json_number(json_get(j, "n")) < 2.6);
	assert_true(json_is_null(json_get(j, "z")));
	assert_true(json_is_array(json_get(j, "l")) && json_count(json_get(j, "l")) == 3);
	assert_string_equal(json_key(json_next(json_first(j))), "n");
	assert_null(json_text(json_get(j, "n")));
	assert_true(json_text(json_get(j, "none")) == NULL && json_count(NULL) == 0);
	assert_int_equal((int)json_number(json_get(j, "Name")), 0);
	json_free(j);
	json_free(NULL);
}

static void
prints_what_was_put_in(void **state)
{
	struct json *j = json_object(), *list = json_add_array(j, "list");
	struct buf b;

	(void)state;
	json_add_text(j, "t", "a\"\x01\xc3\xbc");
	json_add_text(j, "none", NULL);
	json_add_number(j, "ms", 1795489200123);
	json_add_number(j, "most", 9007199254740991);
	json_add_number(j, "least", -9007199254740991);
	json_add_bool(j, "yes", true);
	json_append_text(list, "x");
	json_add_null(json_append_object(list), "y");
	buf_init(&b, 4096);
	json_print(j, &b);
	assert_string_equal(b.data, "{\"list\":[\"x\",{\"y\":null}],\"t\":\"a\\\"\\u0001\xc3\xbc\","
	                            "\"none\":null,\"ms\":1795489200123,\"most\":9007199254740991,"
	                            "\"least\":-9007199254740991,\"yes\":true}");
	buf_release(&b);
	json_free(j);
}

/* Texts of every byte: alone, in runs and at random. */
static void
what_is_put_down_is_what_a_tree_prints(void **state)
{
	unsigned seed = 1;
	struct buf put, printed;

	(void)state;
	buf_init(&put, 4096);
	buf_init(&printed, 4096);
	for (unsigned round = 0; round < 20000; round++) {
		struct json *j = json_object();
		char text[24] = "";

		for (size_t i = 0; i < round % 20; i++) {
			seed = seed * 1103515245u + 12345u;
			text[i] = (char)(round < 256 ? round : seed >> 16);
		}
		json_add_text(j, "a", text);
		json_add_null(j, "b");
		json_append_text(json_add_array(j, "c"), text);
		buf_reset(&printed);
		json_print(j, &printed);
		json_free(j);
		buf_reset(&put);
		buf_char(&put, '{');
		json_put_member(&put, "a", text);
		json_put_member(&put, "b", NULL);
		json_put_key(&put, "c");
		buf_char(&put, '[');
		json_put_text(&put, text);
		buf_str(&put, "]}");
		assert_string_equal(put.data, printed.data);
	}
	buf_release(&put);
	buf_release(&printed);
}

static void
controls_that_json_allows_are_escaped(void **state UNUSED)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {
		{"a\x7f", "{\"k\":\"a\\u007f\"}"},
		{"\xc2\x80-\xc2\x9f-\xc2\xa0", "{\"k\":\"\\u0080-\\u009f-\xc2\xa0\"}"},
		{"\xe2\x80\xae"
	         "gpj.exe",
	         "{\"k\":\"\\u202egpj.exe\"}"},
		{"\xd8\x9c\xe2\x80\x8e\xe2\x80\xa8\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
	         "{\"k\":\"\\u061c\\u200e\\u2028\\u2066\\u2069\xe2\x81\xaa\"}"},
		{"\"\n\xc2\x9b\\", "{\"k\":\"\\\"\\n\\u009b\\\\\"}"},
	};
	struct error err;
	struct buf b;

	buf_init(&b, 1024);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json *j = json_object();

		json_add_text(j, "k", cases[i].text);
		buf_reset(&b);
		json_print(j, &b);
		json_free(j);
		assert_string_equal(b.data, cases[i].printed);
		buf_reset(&b);
		buf_char(&b, '{');
		json_put_member(&b, "k", cases[i].text);
		buf_char(&b, '}');
		assert_string_equal(b.data, cases[i].printed);
		j = json_parse(b.data, b.len, &err);
		assert_non_null(j);
		assert_string_equal(json_text(json_get(j, "k")), cases[i].text);
		json_free(j);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_the_rfc_allows),
		cmocka_unit_test(refuses_what_readers_see_differently),
		cmocka_unit_test(refuses_every_cut_of_a_document),
		cmocka_unit_test(caps_the_depth),
		cmocka_unit_test(finds_a_doubled_key_among_many),
		cmocka_unit_test(sees_every_byte_of_a_string),
		cmocka_unit_test(reads_into_a_pool),
		cmocka_unit_test(says_where),
		cmocka_unit_test(finds_members_all_the_way_round),
		cmocka_unit_test(reads_members),
		cmocka_unit_test(prints_what_was_put_in),
		cmocka_unit_test(controls_that_json_allows_are_escaped),
		cmocka_unit_test(what_is_put_down_is_what_a_tree_prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
