/*
 * Messages for people and for those who keep logs. One process-wide state (level, ends, error count
 * and the last errors), because a log has one end. Texts have no newline; control bytes in them are
 * masked, so that a serial can neither move the cursor nor begin a line of its own.
 *
 * Where a line goes:
 *	standard error   for a person: by level, nothing but errors with -q. Under systemd the
 *	                 journal in its place, with fields; JSON lines with --log-json and no file
 *	the log file     from INFO on (DEBUG at -v) whatever -q says: text or JSON lines
 *	syslog           likewise, facility daemon
 * A log file is appended to, 0600, one write a line, and opened again after SIGHUP.
 * A log that cannot be written is told once on standard error; it stops nothing.
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

#define LOG_REPEAT_MAX 20 /* different errors kept for the last block */
#define LOG_RUN_SIZE 64   /* a run id and NUL */

struct log_settings {
	const char *file; /* or NULL; copied */
	bool json, syslog, no_color;
};

void log_set_level(enum log_level level); /* of standard error: ERROR with -q, else as below */
void log_set_detail(bool detail);         /* of the logs: DEBUG at -v, else INFO */
/* Adds what is set to what an earlier call opened; a second file takes the first one's place. */
int log_open(const struct log_settings *settings, struct error *err) MUST_CHECK;
void log_close(void);              /* gives everything back; only standard error is left */
void log_set_run(const char *run); /* named in every line from now on, but to a person */
/* Opens the log file again where SIGHUP asked for it. Every line does that by itself. */
void log_reopen_if_asked(void);

void log_error(const char *format, ...) PRINTFLIKE(1, 2); /* counted and repeated at the end */
void log_warn(const char *format, ...) PRINTFLIKE(1, 2);
void log_info(const char *format, ...) PRINTFLIKE(1, 2);
void log_debug(const char *format, ...) PRINTFLIKE(1, 2);
/* The one line of what came of it: into the logs; on standard error where shown, even with -q. */
void log_summary(bool shown, const char *format, ...) PRINTFLIKE(2, 3);
/* The last line of a terminal, written over the one before and wiped before anything else is
 * printed. NULL: wipes it. */
void log_progress(const char *text);
/* Repeats the kept errors in one block where other lines came after them: each once, and how many
 * more there were. */
void log_repeat_errors(void);

#endif
