/*
 * Messages for people and for log files. The state (level, outputs, error count) is
 * process-wide. Texts have no newline; control bytes in them are masked, so that a
 * serial number can neither move the cursor nor begin a line of its own.
 *
 * A line goes to:
 *	standard error   up to the level; only errors with -q. Under systemd to the journal
 *	                 instead, with fields; as JSON lines with --log-json and no log file
 *	the log file     from INFO on (DEBUG with -v), also with -q; text or JSON lines
 *	syslog           the same levels as the log file, facility daemon
 * The log file has mode 0600, is appended to with one write() a line, and is reopened after SIGHUP.
 * If a log cannot be written, standard error says so once and the program continues.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/base.h"
#include "common/error.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_COUNT
};

#define LOG_RUN_SIZE 64 /* a run id and NUL */

struct log_settings {
	const char *file; /* or NULL; copied */
	bool json, syslog, no_color;
};

void log_set_level(enum log_level level); /* for standard error */
void log_set_detail(bool detail);         /* for the logs: true: DEBUG, false: INFO */
/* Adds to the outputs of an earlier call; a second file replaces the first. */
int log_open(const struct log_settings *settings, struct error *err) MUST_CHECK;
void log_close(void);              /* closes all outputs except standard error */
void log_set_run(const char *run); /* names the run in each line of the logs from now on */
/* Reopens the log file if SIGHUP arrived. Every log call does this first. */
void log_reopen_if_asked(void);

/* An error is printed once, when it happens; log_count_errors() says at the end how many there were. */
void log_error(const char *format, ...) PRINTFLIKE(1, 2);
void log_warn(const char *format, ...) PRINTFLIKE(1, 2);
void log_info(const char *format, ...) PRINTFLIKE(1, 2);
void log_debug(const char *format, ...) PRINTFLIKE(1, 2);
/* The result line of a command: to the logs, and if shown to standard error even with -q. */
void log_summary(bool shown, const char *format, ...) PRINTFLIKE(2, 3);
/* The command that a person types next, to all outputs, also with -q. */
void log_next(const char *command);
/* Overwrites the last line of the terminal. The next message erases it, and so does NULL. */
void log_progress(const char *text);
/* Whether a line could not be written to the log file. */
bool log_is_incomplete(void);
/* For a person: if there were several errors, and other lines followed the first one, prints on standard
 * error how many there were. Begins to count anew. */
void log_count_errors(void);

#endif
