/*
 * A line of the log in the forms of its ends, and the ends themselves. Inside of common/log.
 * Texts are printable UTF-8 without line breaks when they come here.
 */
#ifndef COMMON_LOG_LINE_H
#define COMMON_LOG_LINE_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/log.h"

#define LOG_LINE_SCHEMA "unpilot-log/1"
#define LOG_LINE_MAX ((size_t)16 * 1024) /* a text in which every byte is escaped */
#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

struct log_line {
	int64_t time; /* seconds UTC */
	enum log_level level;
	const char *run; /* "" while there is none */
	const char *text;
};

/* Each appends the line; the first two end it with a newline. */
void log_line_text(const struct log_line *line, struct buf *b);
void log_line_json(const struct log_line *line, struct buf *b);
/* A datagram of the journal's native protocol (systemd, "Native Journal Protocol"). */
void log_line_journal(const struct log_line *line, struct buf *b);
int log_line_priority(enum log_level level); /* syslog's number */

/* Append, 0600 where it is made; a regular file only. A descriptor or -1 with *err. */
int log_file_open(const char *path, struct error *err) MUST_CHECK;
/* fd is what JOURNAL_STREAM (or NULL) names as "device:inode": the journal reads it. */
bool log_journal_reads(const char *stream, int fd);
int log_journal_connect(const char *path) MUST_CHECK; /* a descriptor or -1 */

#endif
