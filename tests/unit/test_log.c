/* Lines of the log in their forms, the journal's datagram, and the last block of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/log_line.h"
#include "tests/unit/fixture_dir.h"

static const struct log_line sample = {1795542435, LOG_LEVEL_WARN, "20261123T031500Z-4f2a",
                                       "list \"a\\b\": 3 rows"};

static void
text_line_names_time_run_and_level(void **state)
{
	struct log_line without = sample;
	char expected[200];
	struct buf b;

	(void)state;
	buf_init(&b, LOG_LINE_MAX);
	log_line_text(&sample, &b);
	snprintf(
		expected, sizeof(expected),
		"2026-11-24T17:47:15Z unpilot[%ld] 20261123T031500Z-4f2a warning: list \"a\\b\": 3 "
		"rows\n",
		(long)getpid());
	assert_string_equal(b.data, expected);
	buf_reset(&b);
	without.run = "";
	log_line_text(&without, &b);
	assert_non_null(strstr(b.data, "] - warning: "));
	buf_release(&b);
}

static void
json_line_has_its_keys_in_order(void **state)
{
	struct log_line without = sample;
	char expected[300];
	struct buf b;

	(void)state;
	buf_init(&b, LOG_LINE_MAX);
	log_line_json(&sample, &b);
	snprintf(
		expected, sizeof(expected),
		"{\"schema\":\"unpilot-log/1\",\"time\":\"2026-11-24T17:47:15Z\",\"level\":"
		"\"warning\",\"run\":\"20261123T031500Z-4f2a\",\"message\":\"list \\\"a\\\\b\\\": 3 "
		"rows\",\"pid\":%ld}\n",
		(long)getpid());
	assert_string_equal(b.data, expected);
	buf_reset(&b);
	without.run = "";
	log_line_json(&without, &b);
	assert_non_null(strstr(b.data, "\"run\":null,"));
	buf_release(&b);
}

/* Receives datagrams in place of the journal. */
static void
journal_gets_fields_in_one_datagram(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char dir[] = "/tmp/unpilot-log-XXXXXX",
	     got[512]; /* short: a socket has 108 bytes for its path */
	struct log_line without = sample;
	int server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), client;
	struct buf b;
	ssize_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
	assert_int_equal(log_journal_connect(address.sun_path), -1);
	assert_int_equal(bind(server, (const struct sockaddr *)&address, sizeof(address)), 0);
	client = log_journal_connect(address.sun_path);
	assert_true(client >= 0);
	buf_init(&b, LOG_LINE_MAX);
	log_line_journal(&sample, &b);
	assert_int_equal(send(client, b.data, b.len, 0), (ssize_t)b.len);
	n = recv(server, got, sizeof(got) - 1, 0);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, "MESSAGE=list \"a\\b\": 3 rows\nPRIORITY=4\n"
	                         "SYSLOG_IDENTIFIER=unpilot\nUNPILOT_RUN=20261123T031500Z-4f2a\n");
	buf_reset(&b);
	without.run = "";
	log_line_journal(&without, &b);
	assert_null(strstr(b.data, "UNPILOT_RUN"));
	buf_release(&b);
	close(client);
	close(server);
	unlink(address.sun_path);
	rmdir(dir);
}

static void
journal_reads_only_the_stream_it_names(void **state)
{
	char name[64], other[64], tail[80];
	struct stat st;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(fstat(fd[1], &st), 0);
	snprintf(name, sizeof(name), "%llu:%llu", (unsigned long long)st.st_dev,
	         (unsigned long long)st.st_ino);
	snprintf(other, sizeof(other), "%llu:%llu", (unsigned long long)st.st_dev,
	         (unsigned long long)st.st_ino + 1);
	snprintf(tail, sizeof(tail), "%sx", name);
	assert_true(log_journal_reads(name, fd[1]));
	assert_false(log_journal_reads(other, fd[1]));
	assert_false(log_journal_reads(tail, fd[1]));
	assert_false(log_journal_reads(NULL, fd[1]));
	assert_false(log_journal_reads("", fd[1]));
	assert_false(log_journal_reads("1", fd[1]));
	assert_false(log_journal_reads(":", fd[1]));
	close(fd[0]);
	close(fd[1]);
}

/* Sends standard error of the tested code into a file. */
struct captured {
	char dir[FIXTURE_PATH_SIZE];
	char *err, *log;
	int saved;
};

static int
capture(void **state)
{
	struct captured *c = xcalloc(1, sizeof(*c));
	FILE *f;

	if (mkdtemp(fixture_temp(c->dir, sizeof(c->dir), "unpilot-log")) == NULL)
		return -1;
	c->err = file_join(c->dir, "err");
	c->log = file_join(c->dir, "log");
	fflush(stderr);
	c->saved = dup(STDERR_FILENO);
	f = fopen(c->err, "we");
	if (f == NULL || dup2(fileno(f), STDERR_FILENO) < 0)
		return -1;
	fclose(f);
	log_set_level(LOG_LEVEL_INFO);
	*state = c;
	return 0;
}

static int
let_go(void **state)
{
	struct captured *c = *state;
	char *old = file_join(c->dir, "log.1");

	log_close();
	fflush(stderr);
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	unlink(c->err);
	unlink(c->log);
	unlink(old);
	rmdir(c->dir);
	free(old);
	free(c->err);
	free(c->log);
	free(c);
	return 0;
}

/* The caller frees it. */
static char *
content(const char *path)
{
	struct error err;
	struct buf b;

	fflush(stderr);
	buf_init(&b, 64 * 1024);
	if (file_read(path, &b, &err) != 0)
		fail_msg("%s", err.text);
	return buf_detach(&b);
}

static void
each_error_is_printed_once_and_counted_at_the_end(void **state)
{
	struct captured *c = *state;
	char *text;

	log_error("one");
	log_error("two");
	log_info("something else");
	log_error("three");
	log_summary(true, "summary");
	log_count_errors();
	log_next("unpilot resume");
	text = content(c->err);
	assert_string_equal(text,
	                    "unpilot: error: one\nunpilot: error: two\nunpilot: something else\n"
	                    "unpilot: error: three\nunpilot: summary\n"
	                    "unpilot: 3 errors, printed above\nnext: unpilot resume\n");
	free(text);
}

static void
one_error_is_not_counted(void **state)
{
	struct captured *c = *state;
	char *text;

	log_error("one");
	log_summary(true, "summary");
	log_count_errors();
	text = content(c->err);
	assert_string_equal(text, "unpilot: error: one\nunpilot: summary\n");
	free(text);
}

static void
errors_that_stand_last_are_not_counted(void **state)
{
	struct captured *c = *state;
	char *text;

	log_info("before");
	log_error("one");
	log_error("two");
	log_count_errors();
	text = content(c->err);
	assert_string_equal(text, "unpilot: before\nunpilot: error: one\nunpilot: error: two\n");
	free(text);
}

/* The count is for a person who reads standard error; the log file has each error with its time. */
static void
the_log_file_has_each_error_and_no_count(void **state)
{
	struct captured *c = *state;
	const struct log_settings settings = {.file = c->log};
	struct error err;
	char *text;

	assert_int_equal(log_open(&settings, &err), 0);
	log_set_level(LOG_LEVEL_ERROR); /* as with -q */
	log_error("one");
	log_error("two");
	log_summary(false, "summary");
	log_count_errors();
	text = content(c->log);
	assert_non_null(strstr(text, "error: one\n"));
	assert_non_null(strstr(text, "error: two\n"));
	assert_non_null(strstr(text, "summary\n"));
	assert_null(strstr(text, "errors"));
	free(text);
	text = content(c->err);
	assert_string_equal(text, "unpilot: error: one\nunpilot: error: two\n"
	                          "unpilot: 2 errors, printed above\n");
	free(text);
}

static void
a_message_is_one_line_everywhere(void **state)
{
	const struct log_settings settings = {.file = ((struct captured *)*state)->log};
	struct captured *c = *state;
	struct error err;
	char *text;

	assert_int_equal(log_open(&settings, &err), 0);
	log_error("serial \"A\nunpilot: error: forged\r\033[2J\x7f\"");
	log_error("%s", "no UTF-8: \xff\xfe and a cut \xe2\x82");
	text = content(c->log);
	assert_non_null(strstr(text, "error: serial \"A?unpilot: error: forged??[2J?\"\n"));
	assert_non_null(strstr(text, "no UTF-8: ?? and a cut ??\n"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = content(c->err);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\r'));
	free(text);
}

static void
the_file_keeps_what_quiet_leaves_out(void **state)
{
	const struct log_settings settings = {.file = ((struct captured *)*state)->log};
	struct captured *c = *state;
	struct error err;
	struct stat st;
	char *text;

	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(log_open(&settings, &err), 0);
	log_set_run("20261123T031500Z-4f2a");
	log_info("for the file");
	log_debug("for nobody");
	text = content(c->log);
	assert_non_null(strstr(text, " 20261123T031500Z-4f2a info: for the file\n"));
	assert_null(strstr(text, "for nobody"));
	free(text);
	text = content(c->err);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(stat(c->log, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
hangup_opens_the_file_again(void **state)
{
	const struct log_settings settings = {.file = ((struct captured *)*state)->log};
	struct captured *c = *state;
	char *old = file_join(c->dir, "log.1"), *text;
	struct error err;

	assert_int_equal(log_open(&settings, &err), 0);
	log_info("first");
	assert_int_equal(rename(c->log, old), 0);
	log_info("second");
	assert_int_equal(raise(SIGHUP), 0);
	log_info("third");
	text = content(old);
	assert_non_null(strstr(text, "first\n"));
	assert_non_null(strstr(text, "second\n"));
	assert_null(strstr(text, "third"));
	free(text);
	text = content(c->log);
	assert_non_null(strstr(text, "info: third\n"));
	assert_null(strstr(text, "second"));
	free(text);
	free(old);
}

static void
what_is_no_file_is_refused(void **state)
{
	struct captured *c = *state;
	const struct log_settings dir = {.file = c->dir}, device = {.file = "/dev/null"};
	struct error err;

	assert_int_equal(log_open(&dir, &err), -1);
	assert_int_equal(log_open(&device, &err), -1);
	assert_non_null(strstr(err.text, "/dev/null: not a regular file"));
}

static void
json_lines_go_to_standard_error_without_a_file(void **state)
{
	const struct log_settings settings = {.json = true};
	struct captured *c = *state;
	struct json *line;
	struct error err;
	char *text;

	assert_int_equal(log_open(&settings, &err), 0);
	log_error("a \"quoted\" one");
	log_error("another");
	log_info("after it");
	log_count_errors();
	text = content(c->err);
	assert_null(strstr(text, "2 errors"));
	line = json_parse(text, (size_t)(strchr(text, '\n') - text), &err);
	assert_non_null(line);
	assert_string_equal(json_text(json_get(line, "message")), "a \"quoted\" one");
	json_free(line);
	free(text);
}

static void
the_progress_line_leaves_no_trace(void **state)
{
	struct captured *c = *state;
	char *text;

	log_progress("12/50 devices");
	log_progress("13/50");
	log_info("told");
	log_progress(NULL);
	text = content(c->err);
	assert_string_equal(text, "12/50 devices\r             \r13/50\r     \runpilot: told\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_line_names_time_run_and_level),
		cmocka_unit_test(json_line_has_its_keys_in_order),
		cmocka_unit_test(journal_gets_fields_in_one_datagram),
		cmocka_unit_test(journal_reads_only_the_stream_it_names),
		cmocka_unit_test_setup_teardown(each_error_is_printed_once_and_counted_at_the_end,
	                                        capture, let_go),
		cmocka_unit_test_setup_teardown(one_error_is_not_counted, capture, let_go),
		cmocka_unit_test_setup_teardown(errors_that_stand_last_are_not_counted, capture,
	                                        let_go),
		cmocka_unit_test_setup_teardown(the_log_file_has_each_error_and_no_count, capture,
	                                        let_go),
		cmocka_unit_test_setup_teardown(a_message_is_one_line_everywhere, capture, let_go),
		cmocka_unit_test_setup_teardown(the_file_keeps_what_quiet_leaves_out, capture,
	                                        let_go),
		cmocka_unit_test_setup_teardown(hangup_opens_the_file_again, capture, let_go),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, capture, let_go),
		cmocka_unit_test_setup_teardown(json_lines_go_to_standard_error_without_a_file,
	                                        capture, let_go),
		cmocka_unit_test_setup_teardown(the_progress_line_leaves_no_trace, capture, let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
