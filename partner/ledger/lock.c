/* The lock file of a ledger: taking the lock, and asking who holds it. */
#include "partner/ledger/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/permission.h"
#include "common/text.h"
#include "partner/ledger/internal.h"

#define LOCKS_MAX ((size_t)1024 * 1024) /* /proc/locks of a busy machine */

/* The holder writes its pid and the time into the lock file. */
static int
sign_lock(int fd, const char *path, struct error *err)
{
	char text[64];

	snprintf(text, sizeof(text), "%ld %lld\n", (long)getpid(), (long long)clock_now());
	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text))
		return 0;
	return error_errno(err, "%s: cannot write", path);
}

static void
read_lock(int fd, struct ledger_holder *ret)
{
	char text[64];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long long pid = 0, since = 0;
	char *blank;

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	blank = strchr(text, ' ');
	if (blank != NULL) {
		*blank = '\0';
		(void)text_number(blank + 1, 1, INT64_MAX, &since);
	}
	(void)text_number(text, 1, INT32_MAX, &pid);
	*ret = (struct ledger_holder){.pid = (long)pid, .since = since};
}

static enum ledger_lock
lock_file(struct ledger *l, struct ledger_holder *ret, struct error *err)
{
	char *path = xasprintf("%s.lock", l->path);
	enum ledger_lock result = LEDGER_LOCK_FAILED;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE_PRIVATE);

	if (fd < 0) {
		permission_error(err, PERMISSION_WRITE, path, "cannot open the lock");
	} else if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (sign_lock(fd, path, err) == 0) {
			l->lock_fd = fd;
			fd = -1;
			result = LEDGER_LOCKED;
		}
	} else if (errno == EWOULDBLOCK) {
		read_lock(fd, ret);
		result = LEDGER_BUSY;
	} else {
		error_errno(err, "%s: cannot lock", path);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return result;
}

enum ledger_lock
ledger_lock(struct ledger *l, struct ledger_holder *ret, struct error *err)
{
	/* on a server, machines claim batches instead */
	return db_engine(l->db) == DB_SQLITE ? lock_file(l, ret, err) : LEDGER_LOCKED;
}

/* Reads the kernel's list of locks. Trying flock(2) instead would hold the lock for a moment, and a
 * run that starts in that moment would fail. */
static bool
is_locked(const struct stat *lock)
{
	char *inode = xasprintf(":%lu ", (unsigned long)lock->st_ino);
	struct error ignored;
	struct buf text;
	bool found = false;

	buf_init(&text, LOCKS_MAX);
	if (file_read("/proc/locks", &text, &ignored) == 0)
		for (char *line = text.data, *end; *line != '\0' && !found; line = end) {
			end = line + strcspn(line, "\n");
			if (*end != '\0')
				*end++ = '\0';
			found = strstr(line, " FLOCK ") != NULL && strstr(line, inode) != NULL;
		}
	buf_release(&text);
	free(inode);
	return found;
}

int
ledger_lock_holder(const char *path, struct ledger_holder *ret)
{
	char *name = xasprintf("%s.lock", path);
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int held = 0;

	free(name);
	*ret = (struct ledger_holder){0};
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && is_locked(&st)) {
		read_lock(fd, ret);
		held = 1;
	}
	close(fd);
	return held;
}
