/* Text, JSON and journal forms of a line; opens the log file and the journal's socket. */
#include "common/log_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/json.h"
#include "common/permission.h"
#include "common/text.h"

static const struct {
	const char *word;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", LOG_ERR},
	[LOG_LEVEL_WARN] = {"warning", LOG_WARNING},
	[LOG_LEVEL_INFO] = {"info", LOG_INFO},
	[LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
};
_Static_assert(ARRAY_SIZE(levels) == LOG_LEVEL_COUNT, "every level has a word and a priority");

int
log_line_priority(enum log_level level)
{
	return levels[level].priority;
}

void
log_line_text(const struct log_line *line, struct buf *b)
{
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(line->time, stamp);
	buf_printf(b, "%s unpilot[%ld] %s %s: %s\n", stamp, (long)getpid(),
	           line->run[0] != '\0' ? line->run : "-", levels[line->level].word, line->text);
}

/* Programs may rely on this order of keys; add new ones at the end. */
void
log_line_json(const struct log_line *line, struct buf *b)
{
	struct json *object = json_object();
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(line->time, stamp);
	json_add_text(object, "schema", LOG_LINE_SCHEMA);
	json_add_text(object, "time", stamp);
	json_add_text(object, "level", levels[line->level].word);
	json_add_text(object, "run", text_or_null(line->run));
	json_add_text(object, "message", line->text);
	json_add_number(object, "pid", getpid());
	json_print(object, b);
	buf_char(b, '\n');
	json_free(object);
}

void
log_line_journal(const struct log_line *line, struct buf *b)
{
	buf_printf(b, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=unpilot\n", line->text,
	           levels[line->level].priority);
	if (line->run[0] != '\0')
		buf_printf(b, "UNPILOT_RUN=%s\n", line->run);
}

static int
cannot_open(const char *path, struct error *err)
{
	int why = errno;

	error_errno(err, "log file %s: cannot open", path);
	return permission_explain(err, PERMISSION_WRITE, path, why);
}

/* Not a pipe, because one without a reader would block the run; not a terminal, because it could
 * become the controlling one. */
int
log_file_open(const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	              FILE_MODE_PRIVATE);
	struct stat st;

	if (fd < 0)
		return cannot_open(path, err);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return error_set(err, "log file %s: not a regular file", path);
}

bool
log_journal_reads(const char *stream, int fd)
{
	struct stat st;
	char *end;
	unsigned long long device, inode;

	if (stream == NULL || fstat(fd, &st) != 0)
		return false;
	device = strtoull(stream, &end, 10);
	if (end == stream || *end != ':')
		return false;
	stream = end + 1;
	inode = strtoull(stream, &end, 10);
	return end != stream && *end == '\0' && device == st.st_dev && inode == st.st_ino;
}

int
log_journal_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (!text_copy(address.sun_path, sizeof(address.sun_path), path))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}
