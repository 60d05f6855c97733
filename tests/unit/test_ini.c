/* INI: inih cuts and joins lines silently; here that is an error with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/ini.h"
#include "tests/unit/fixture_dir.h"

static int
write_down(void *ctx, const char *section, const char *name, const char *value, int line,
           struct error *err)
{
	if (strcmp(value, "bad") == 0)
		return error_set(err, "%s: not that", name);
	buf_printf(ctx, "%d[%s]%s=%s\n", line, section, name, value);
	return 0;
}

static int
read_text(const char *text, struct buf *b, struct error *err)
{
	buf_reset(b);
	return ini_read_text(text, "x.conf", write_down, b, err);
}

static void
reads_sections_and_comments(void **state)
{
	struct error err = {""};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(
		read_text("; c\n# c\n\n[a]\nx = 1 ; c\ny=a;b\r\n[b c]\nz : q r\nempty =", &b, &err),
		0);
	assert_string_equal(b.data, "5[a]x=1\n6[a]y=a;b\n8[b c]z=q r\n9[b c]empty=\n");
	assert_int_equal(read_text("\xef\xbb\xbf[a]\nx=1\n", &b, &err), 0);
	assert_string_equal(b.data, "2[a]x=1\n");
	assert_int_equal(read_text("", &b, &err), 0);
	assert_string_equal(b.data, "");
	buf_release(&b);
}

static void
names_the_line_of_an_error(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"[a]\nx=1\nnonsense\n", "x.conf:3: "},
		{"[a\n", "x.conf:1: "},
		{"[a]\nx=1\n y=2\n", "x.conf:3: "},
		{"[a]\nx=1\n\tmore\n", "x.conf:3: "},
		{"[a]\n\nk=bad\nj=bad\n", "x.conf:3: k: not that"},
	};
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		err.text[0] = '\0';
		if (read_text(cases[i].text, &b, &err) != -1 ||
		    strncmp(err.text, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("case %zu: %s", i, err.text);
	}
	buf_release(&b);
}

/* "x=" and n-2 times v: a line of n bytes. */
static int
read_line_of(size_t n, const char *end, struct buf *b, struct error *err)
{
	char text[300] = "x=";

	memset(text + 2, 'v', n - 2);
	memcpy(text + n, end, strlen(end) + 1);
	return read_text(text, b, err);
}

static void
never_cuts_a_line(void **state)
{
	static const char *const ends[] = {"", "\n", "\ny=1\n"};
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		assert_int_equal(read_line_of(INI_LINE_MAX, ends[i], &b, &err), 0);
		assert_int_equal(strcspn(b.data, "\n"), strlen("1[]x=") + INI_LINE_MAX - 2);
		assert_int_equal(read_line_of(INI_LINE_MAX + 1, ends[i], &b, &err), -1);
		assert_non_null(strstr(err.text, "x.conf:1: "));
	}
	buf_release(&b);
}

/* inih keeps 49 bytes of a section's name: two long ones could become one. */
static void
never_cuts_a_section(void **state)
{
	char text[80];
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	snprintf(text, sizeof(text), "[%049d]\nx=1\n", 7);
	assert_int_equal(read_text(text, &b, &err), 0);
	assert_non_null(strstr(b.data, "0007]x=1"));
	snprintf(text, sizeof(text), "[%050d]\nx=1\n", 7);
	assert_int_equal(read_text(text, &b, &err), -1);
	assert_non_null(strstr(err.text, "x.conf:1: "));
	buf_release(&b);
}

static int
read_bytes(const void *data, size_t len, struct buf *b, struct error *err)
{
	char path[FIXTURE_PATH_SIZE];
	int fd = mkstemp(fixture_temp(path, sizeof(path), "unpilot-ini")), rc;

	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
	rc = ini_read_file(path, write_down, b, err);
	unlink(path);
	return rc;
}

static void
reads_files(void **state)
{
	char *large = calloc(1, INI_FILE_MAX + 1);
	struct error err;
	struct buf b;

	(void)state;
	assert_non_null(large);
	memset(large, '\n', INI_FILE_MAX + 1);
	buf_init(&b, 4096);
	assert_int_equal(read_bytes("[a]\nx=1\n", 8, &b, &err), 0);
	assert_string_equal(b.data, "2[a]x=1\n");
	assert_int_equal(read_bytes("[a]\nx=1\0\n", 9, &b, &err), -1);
	assert_int_equal(read_bytes(large, INI_FILE_MAX, &b, &err), 0);
	assert_int_equal(read_bytes(large, INI_FILE_MAX + 1, &b, &err), -1);
	assert_int_equal(ini_read_file("/nonexistent", write_down, &b, &err), -1);
	buf_release(&b);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_sections_and_comments),
		cmocka_unit_test(names_the_line_of_an_error),
		cmocka_unit_test(never_cuts_a_line),
		cmocka_unit_test(never_cuts_a_section),
		cmocka_unit_test(reads_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
