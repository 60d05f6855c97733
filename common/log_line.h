/*
 * Formats a log line for each output, and opens the outputs. Only log.c uses it.
 * Texts must be printable UTF-8 without line breaks.
 */
#ifndef COMMON_LOG_LINE_H
#define COMMON_LOG_LINE_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/log.h"

#define LOG_LINE_SCHEMA "unpilot-log/1"
#define LOG_LINE_MAX ((size_t)16 * 1024) /* enough for a text in which every byte is escaped */
#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

struct log_line {
	int64_t time; /* seconds UTC */
	enum log_level level;
	const char *run; /* "": none yet */
	const char *text;
};

/* Append the line with a newline. */
void log_line_text(const struct log_line *line, struct buf *b);
void log_line_json(const struct log_line *line, struct buf *b);
/* Appends a datagram of systemd's "Native Journal Protocol". */
void log_line_journal(const struct log_line *line, struct buf *b);
int log_line_priority(enum log_level level); /* for syslog(3) */

/* Opens a regular file for appending, creates it with mode 0600. A descriptor, or -1 with *err. */
int log_file_open(const char *path, struct error *err) MUST_CHECK;
/* True if stream, the value of JOURNAL_STREAM ("device:inode" or NULL), names fd: the journal reads
 * fd then. */
bool log_journal_reads(const char *stream, int fd);
int log_journal_connect(const char *path) MUST_CHECK; /* a descriptor or -1 */

#endif
