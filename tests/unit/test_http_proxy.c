/* Addresses of proxies: what is read in one way only, and that no message quotes a password. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/http_proxy.h"

static void
an_address_is_read_in_one_way(void **state UNUSED)
{
	static const char *const good[] = {
		"proxy",
		"proxy.example:3128",
		"http://proxy.example:3128",
		"http://proxy.example:3128/",
		"HTTPS://proxy.example",
		"socks5h://ann@10.0.0.1:1080",
		"http://ann:tops3cret@proxy.example:3128",
		"http://ann:to%40ps3cret%2f@proxy.example:3128",
		"http://CORP%5Cann:a:b!$&'()*+,;=-._~@[::1]:3128",
	};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (http_proxy_check(good[i], &err) != 0)
			fail_msg("%s: %s", good[i], err.text);
}

static void
another_is_refused_without_its_text(void **state UNUSED)
{
	static const char *const bad[] = {
		"http://ann:sec@ret@proxy:3128",
		"http://ann:sec/ret@proxy:3128",
		"http://ann:sec?ret@proxy:3128",
		"http://ann:sec#ret@proxy:3128",
		"http://ann:sec%ret@proxy:3128",
		"http://ann:sec%4@proxy:3128",
		"http://ann:sec ret@proxy:3128",
		"http://ann:sec\xc3\xa9ret@proxy:3128",
		"http://ann:12/secret",
		"http://ann:secret",
		"ftp://ann:secret@proxy:3128",
		"http://ann:secret@proxy:3128/path",
		"http://ann:secret@proxy:0",
		"http://ann:secret@proxy:65536",
		"http://ann:secret@",
		"http://ann:secret@[::1",
		"http://",
		"ann:secret@proxy ",
	};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (http_proxy_check(bad[i], &err) == 0)
			fail_msg("%s is taken", bad[i]);
		assert_null(strstr(err.text, "sec"));
		assert_null(strstr(err.text, "ann"));
	}
	assert_int_equal(http_proxy_check("http://ann:sec@ret@proxy:3128", &err), -1);
	assert_non_null(strstr(err.text, "percent-encode"));
}

static void
the_variable_of_the_environment(void **state UNUSED)
{
	static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
	assert_null(http_proxy_variable());
	setenv("ALL_PROXY", "http://p", 1);
	setenv("https_proxy", "", 1);
	assert_string_equal(http_proxy_variable(), "ALL_PROXY");
	setenv("https_proxy", "http://q", 1);
	assert_string_equal(http_proxy_variable(), "https_proxy");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_read_in_one_way),
		cmocka_unit_test(another_is_refused_without_its_text),
		cmocka_unit_test(the_variable_of_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
