/*
 * The same requests with http.c as an older libcurl compiles it. It has no guard, so each POST or DELETE gets a
 * connection of its own, and no kept connection can fail.
 */
#include "tests/unit/curl-7.76.inc"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/ssl.h>

/* these replace the modules of the library */
#include "common/http.c"        // NOLINT(bugprone-suspicious-include)
#include "common/http_answer.c" // NOLINT(bugprone-suspicious-include)

#include "common/file.h"
#include "tests/unit/fixture_dir.h"
#include "tests/unit/fixture_https.h"

static void
each_post_has_a_connection_of_its_own(void **state UNUSED)
{
	/* not GOES_AWAY: there the server takes one connection */
	for (enum second s = ANSWERS; s < GOES_AWAY; s++)
		for (int k = 0; k < 2; k++)
			assert_int_equal(
				fixture_two_posts(s, TLS1_3_VERSION, k == 1, HTTP_REPLIED, 2), 2);
}

static void
each_deletion_has_a_connection_of_its_own(void **state UNUSED)
{
	struct server s = {.second = CLOSES_AFTER, .tls = TLS1_3_VERSION};
	char *ca = file_join(fixture_dir, "server.pem"), *url;
	struct http_settings set = {
		.ca_file = ca, .connect_timeout_ms = 10000, .timeout_ms = 20000, .parallel = 1};
	struct http_client *c;
	struct error err;

	fixture_start_server(&s);
	url = xasprintf("https://127.0.0.1:%d/device", s.port);
	c = http_client_new(&set, &err);
	assert_non_null(c);
	assert_int_equal(fixture_delete(c, url), HTTP_REPLIED);
	assert_int_equal(fixture_delete(c, url), HTTP_REPLIED);
	assert_int_equal(s.seen->requests, 2);
	http_client_free(c);
	fixture_stop_server(&s);
	free(ca);
	free(url);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_post_has_a_connection_of_its_own),
		cmocka_unit_test(each_deletion_has_a_connection_of_its_own),
	};

	return cmocka_run_group_tests(tests, fixture_make_certificate, fixture_remove_dir);
}
