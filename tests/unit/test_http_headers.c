/* Headers of a response, from the lines that libcurl passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/http_headers.h"

static struct http_headers headers;

static void
read_lines(const char *const *lines)
{
	http_headers_release(&headers);
	http_headers_init(&headers);
	for (; *lines != NULL; lines++)
		http_headers_add(&headers, *lines, strlen(*lines));
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
a_name_finds_its_first_value(void **state UNUSED)
{
	read_lines(LINES("HTTP/1.1 429 Too Many Requests\r\n", "Retry-After:  5 \r\n", "Empty:\r\n",
	                 "retry-after: 7\r\n", "Time: 10:20\r\n", "\r\n"));
	assert_string_equal(http_headers_find(&headers, "RETRY-AFTER"), "5");
	assert_string_equal(http_headers_find(&headers, "Empty"), "");
	assert_string_equal(http_headers_find(&headers, "Time"), "10:20");
	assert_null(http_headers_find(&headers, "5"));
	assert_null(http_headers_find(&headers, "Retry"));
	assert_null(http_headers_find(&headers, "HTTP/1.1 429 Too Many Requests"));
}

static void
only_the_last_response_counts(void **state UNUSED)
{
	read_lines(LINES("HTTP/1.1 200 Connection established\r\n", "Via: proxy\r\n", "\r\n",
	                 "HTTP/1.1 100 Continue\r\n", "Retry-After: 5\r\n", "\r\n",
	                 "HTTP/1.1 200 OK\r\n", "Date: now\r\n", "\r\n", "Retry-After: 9\r\n"));
	assert_null(http_headers_find(&headers, "Via"));
	assert_null(http_headers_find(&headers, "Retry-After"));
	assert_string_equal(http_headers_find(&headers, "Date"), "now");
}

static void
a_broken_line_is_no_header(void **state UNUSED)
{
	read_lines(LINES("HTTP/1.1 200 OK\r\n", "X: a\r\n", " Retry-After: 5\r\n", "nothing\r\n"));
	http_headers_add(&headers, "Date: a\0b\r\n", 11);
	assert_null(http_headers_find(&headers, "Retry-After"));
	assert_null(http_headers_find(&headers, "nothing"));
	assert_null(http_headers_find(&headers, "Date"));
	assert_string_equal(http_headers_find(&headers, "X"), "a");
}

static void
what_is_too_large_is_cut_off(void **state UNUSED)
{
	static char line[100000];

	memset(line, 'x', sizeof(line));
	line[1] = ':';
	read_lines(LINES("HTTP/1.1 200 OK\r\n", "Date: now\r\n"));
	for (int i = 0; i < 5; i++)
		http_headers_add(&headers, line, sizeof(line));
	http_headers_add(&headers, "Late: 1\r\n", 9);
	assert_string_equal(http_headers_find(&headers, "Date"), "now");
	assert_int_equal(strlen(http_headers_find(&headers, "x")), sizeof(line) - 2);
	assert_null(http_headers_find(&headers, "Late"));
	http_headers_reset(&headers);
	assert_null(http_headers_find(&headers, "Date"));
	http_headers_release(&headers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_finds_its_first_value),
		cmocka_unit_test(only_the_last_response_counts),
		cmocka_unit_test(a_broken_line_is_no_header),
		cmocka_unit_test(what_is_too_large_is_cut_off),
	};

	http_headers_init(&headers);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
