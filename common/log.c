/* Sends each message to the outputs that want it; log_line.c formats it for each. */
#include "common/log.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log_line.h"
#include "common/text.h"

#define LINE_SIZE ((size_t)ERROR_TEXT_MAX * 2)

static struct {
	enum log_level level;
	bool color, json, syslog, detail;
	char *path; /* of the log file, or NULL */
	int file;   /* -1: none */
	int journal;
	bool reported;   /* a failure of the log file; once is enough */
	bool incomplete; /* a line is missing in the log file */
	char run[LOG_RUN_SIZE];
	size_t shown; /* columns of the progress line on the terminal; 0: none */
	unsigned errors;
	bool others_since; /* another line followed the first error */
} state = {.level = LOG_LEVEL_INFO, .file = -1, .journal = -1};

static volatile sig_atomic_t reopen;

static const struct {
	const char *plain, *color;
} words[] = {
	[LOG_LEVEL_ERROR] = {"unpilot: error: ", "unpilot: \033[1;31merror:\033[0m "},
	[LOG_LEVEL_WARN] = {"unpilot: warning: ", "unpilot: \033[1;33mwarning:\033[0m "},
	[LOG_LEVEL_INFO] = {"unpilot: ", "unpilot: "},
	[LOG_LEVEL_DEBUG] = {"unpilot: ", "unpilot: "},
};
_Static_assert(ARRAY_SIZE(words) == LOG_LEVEL_COUNT, "every level has a prefix");

static void
on_hangup(int number UNUSED)
{
	reopen = 1;
}

void
log_set_level(enum log_level level)
{
	state.level = level;
}

void
log_set_detail(bool detail)
{
	state.detail = detail;
}

void
log_set_run(const char *run)
{
	text_copy(state.run, sizeof(state.run), run);
}

static bool
wants_color(bool no_color)
{
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");

	return !no_color && (none == NULL || none[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO) == 1;
}

static int
open_file(const char *path, struct error *err)
{
	struct sigaction act = {.sa_handler = on_hangup, .sa_flags = SA_RESTART};
	int fd = log_file_open(path, err);
	char *copy;

	if (fd < 0)
		return -1;
	if (state.file >= 0)
		close(state.file);
	state.file = fd;
	copy = xstrdup(path);
	free(state.path);
	state.path = copy;
	sigemptyset(&act.sa_mask);
	sigaction(SIGHUP, &act, NULL);
	return 0;
}

int
log_open(const struct log_settings *s, struct error *err)
{
	if (s->file != NULL && open_file(s->file, err) != 0)
		return -1;
	state.json = state.json || s->json;
	state.color = wants_color(s->no_color);
	if (s->syslog && !state.syslog)
		openlog("unpilot", LOG_PID, LOG_DAEMON);
	state.syslog = state.syslog || s->syslog;
	if (state.journal < 0 && log_journal_reads(getenv("JOURNAL_STREAM"), STDERR_FILENO))
		state.journal = log_journal_connect(LOG_JOURNAL_SOCKET);
	return 0;
}

void
log_close(void)
{
	log_progress(NULL);
	if (state.file >= 0)
		close(state.file);
	if (state.journal >= 0)
		close(state.journal);
	if (state.syslog)
		closelog();
	free(state.path);
	state.path = NULL;
	state.file = state.journal = -1;
	state.json = state.syslog = state.color = false;
	state.run[0] = '\0';
}

void
log_progress(const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	/* overwrite with blanks, because not every terminal knows an escape sequence for it */
	if (state.shown > length)
		fprintf(stderr, "\r%*s", (int)state.shown, "");
	if (state.shown > 0)
		fputc('\r', stderr);
	if (length > 0)
		fprintf(stderr, "%s", text);
	if (length > 0 || state.shown > 0)
		fflush(stderr);
	state.shown = length;
}

/* Only to standard error, because the other outputs may be the ones that fail. */
static void
log_own_failure(const char *text)
{
	if (!state.reported)
		fprintf(stderr, "unpilot: error: %s\n", text);
	state.reported = true;
}

/* If the file cannot be reopened, the old one stays open: lines in an old file are better than
 * none. */
void
log_reopen_if_asked(void)
{
	struct error err;
	int fd;

	if (!reopen || state.path == NULL)
		return;
	reopen = 0;
	fd = log_file_open(state.path, &err);
	if (fd < 0) {
		log_own_failure(err.text);
		return;
	}
	close(state.file);
	state.file = fd;
}

static void
write_file(const struct buf *b)
{
	struct error err;
	ssize_t n = write(state.file, b->data, b->len);

	if (n >= 0 && (size_t)n == b->len)
		return;
	if (n >= 0)
		errno = ENOSPC; /* a short write to a file means that the disk is full */
	error_errno(&err, "log file %s: cannot write", state.path);
	state.incomplete = true;
	log_own_failure(err.text);
}

bool
log_is_incomplete(void)
{
	return state.incomplete;
}

static void
put_logs(const struct log_line *line)
{
	enum log_level most = state.detail ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
	struct buf b;

	if (line->level > most)
		return;
	if (state.file >= 0) {
		buf_init(&b, LOG_LINE_MAX);
		(state.json ? log_line_json : log_line_text)(line, &b);
		write_file(&b);
		buf_release(&b);
	}
	if (state.syslog)
		syslog(log_line_priority(line->level), "%s%s%s", line->run,
		       line->run[0] != '\0' ? ": " : "", line->text);
}

static bool
put_journal(const struct log_line *line)
{
	struct buf b;
	bool sent;

	if (state.journal < 0)
		return false;
	buf_init(&b, LOG_LINE_MAX);
	log_line_journal(line, &b);
	sent = send(state.journal, b.data, b.len, MSG_NOSIGNAL) == (ssize_t)b.len;
	buf_release(&b);
	return sent;
}

static bool
stderr_is_json(void)
{
	return state.json && state.file < 0;
}

/* Without a file, standard error is the log: it may be a file on a full disk. A stream that was closed
 * on purpose is no failure. */
static void
check_stderr(bool written)
{
	bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO;

	if (!written && full && state.file < 0 && !state.syslog)
		state.incomplete = true;
}

/* prefix: before the text where a person reads it. */
static void
put_person(const struct log_line *line, const char *prefix)
{
	struct buf b;

	log_progress(NULL);
	if (stderr_is_json()) {
		buf_init(&b, LOG_LINE_MAX);
		log_line_json(line, &b);
		check_stderr(fwrite(b.data, 1, b.len, stderr) == b.len);
		buf_release(&b);
	} else if (!put_journal(line)) {
		check_stderr(fprintf(stderr, "%s%s\n", prefix, line->text) >= 0);
	}
}

static const char *
prefix_of(enum log_level level)
{
	return state.color ? words[level].color : words[level].plain;
}

static void
	PRINTFLIKE(3, 0) log_put(enum log_level level, bool shown, const char *format, va_list args)
{
	char raw[LINE_SIZE], text[LINE_SIZE];
	struct log_line line = {
		.time = clock_now(), .level = level, .run = state.run, .text = text};

	vsnprintf(raw, sizeof(raw), format, args);
	text_printable(text, sizeof(text), raw);
	log_reopen_if_asked();
	put_logs(&line);
	if (shown) {
		put_person(&line, prefix_of(level));
		state.others_since = state.others_since ||
		                     (state.errors > 0 && level != LOG_LEVEL_ERROR);
	}
	if (level == LOG_LEVEL_ERROR)
		state.errors++;
}

#define LOG_FUNCTION(name, of) \
	void name(const char *format, ...) \
	{ \
		va_list args; \
		va_start(args, format); \
		log_put(of, (of) <= state.level, format, args); \
		va_end(args); \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

void
log_summary(bool shown, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_put(LOG_LEVEL_INFO, shown, format, args);
	va_end(args);
	state.others_since = state.others_since || state.errors > 0;
}

/* Without the prefix, so that the line can be copied as a whole. */
void
log_next(const char *command)
{
	char *raw = xasprintf("next: %s", command), *text = xstrdup(raw);
	struct log_line line = {
		.time = clock_now(), .level = LOG_LEVEL_INFO, .run = state.run, .text = text};

	text_printable(text, strlen(raw) + 1, raw);
	put_logs(&line);
	put_person(&line, "");
	free(text);
	free(raw);
}

void
log_count_errors(void)
{
	/* not for programs that read JSON lines or the journal: they have each line already */
	if (state.others_since && state.errors > 1 && !stderr_is_json() && state.journal < 0) {
		log_progress(NULL);
		check_stderr(fprintf(stderr, "unpilot: %u errors, printed above\n", state.errors) >=
		             0);
	}
	state.errors = 0;
	state.others_since = false;
}
