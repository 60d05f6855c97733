/* Looking at a ledger without changing a byte of it or beside it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"
#include "partner/ledger/store.h"

#define LOCKS_MAX ((size_t)1024 * 1024) /* /proc/locks of a busy machine */

struct ledger *
ledger_open_to_look(const char *url, int64_t *ret_schema, struct error *err)
{
	bool server = ledger_url_is_server(url);
	const char *path = server ? url : ledger_url_path(url, err);
	struct store_found found;
	struct ledger *l;

	if (path == NULL)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->lock_fd = -1;
	l->path = xstrdup(path);
	l->db = server ? db_open_server(url, true, err) : db_open_untouched(path, err);
	if (l->db != NULL && store_look(l, &found, err) == 0) {
		*ret_schema = found.version;
		if (found.application == STORE_APPLICATION_ID || (server && found.tables == 0))
			return l;
		error_set(err, "%s: not an unpilot ledger", path);
	}
	ledger_close(l);
	return NULL;
}

int
ledger_check(struct ledger *l, struct error *err)
{
	struct db_stmt *s;
	enum db_step step;
	int rc = -1;

	if (ledger_is_shared(l))
		return 0; /* the server looks after its files */
	s = db_prepare(l->db, "PRAGMA quick_check(1)", err);
	step = s != NULL ? db_step(s, err) : DB_ERROR;
	if (step == DB_ROW && strcmp(db_text(s, 0), "ok") == 0)
		rc = 0;
	else if (step == DB_ROW)
		error_set(err, "%s: %s", l->path, db_text(s, 0));
	db_stmt_free(s);
	return rc;
}

/* flock(2) cannot be asked about without taking it for a moment, and a run that begins in that
 * moment would be turned away: the kernel's own list says it. */
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
ledger_look_at_lock(const char *path, struct ledger_holder *ret)
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
		store_read_lock(fd, ret);
		held = 1;
	}
	close(fd);
	return held;
}

int
ledger_last_good(struct ledger *l, int64_t *ret, struct error *err)
{
	return store_int(l, SQL_LAST_GOOD, NULL, 0, ret, err);
}
