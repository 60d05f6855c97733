/* The open store: statements, transactions, the lock. */
#include "partner/ledger/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/alloc.h"

struct db_stmt *
store_stmt(struct ledger *l, const char *sql, struct error *err)
{
	struct db_stmt *s;

	for (size_t i = 0; i < l->cached; i++)
		if (l->cache[i].sql == sql)
			return l->cache[i].stmt;
	if (l->cached == STORE_STATEMENTS_MAX) {
		error_set(err, "ledger: more statements than STORE_STATEMENTS_MAX");
		return NULL;
	}
	s = db_prepare(l->db, sql, err);
	if (s == NULL)
		return NULL;
	l->cache[l->cached].sql = sql;
	l->cache[l->cached++].stmt = s;
	return s;
}

void
store_bind(struct db_stmt *s, const struct store_arg *arg, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (arg[i].text != NULL)
			db_bind_text(s, (int)i + 1, arg[i].text);
		else
			db_bind_int(s, (int)i + 1, arg[i].number);
}

int
store_run(struct ledger *l, const char *sql, const struct store_arg *arg, size_t count,
          struct error *err)
{
	struct db_stmt *s = store_stmt(l, sql, err);

	if (s == NULL)
		return -1;
	store_bind(s, arg, count);
	return db_run(s, err);
}

int
store_number(struct ledger *l, const char *sql, const struct store_arg *arg, size_t count,
             int64_t *ret, struct error *err)
{
	struct db_stmt *s = store_stmt(l, sql, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	store_bind(s, arg, count);
	step = db_step(s, err);
	if (step == DB_ROW)
		*ret = db_int(s, 0);
	db_reset(s);
	return (int)step;
}

int
store_begin(struct ledger *l, bool *ret_own, struct error *err)
{
	*ret_own = !l->in_transaction;
	return *ret_own ? ledger_begin(l, err) : 0;
}

int
store_end(struct ledger *l, bool own, int rc, struct error *err)
{
	if (!own)
		return rc;
	if (rc == 0 && ledger_commit(l, err) == 0)
		return 0;
	ledger_rollback(l);
	return -1;
}

void
store_forget(struct ledger *l)
{
	for (size_t i = 0; i < STORE_CUSTOMERS; i++) {
		free(l->customer[i].key);
		l->customer[i] = (struct store_customer){0};
	}
	l->list = l->list_run = 0;
}

int
ledger_begin(struct ledger *l, struct error *err)
{
	static const char sql[] = "BEGIN IMMEDIATE";

	if (store_run(l, sql, NULL, 0, err) != 0)
		return -1;
	l->in_transaction = true;
	return 0;
}

int
ledger_commit(struct ledger *l, struct error *err)
{
	static const char sql[] = "COMMIT";

	if (store_run(l, sql, NULL, 0, err) != 0)
		return -1; /* still open: the caller rolls back */
	l->in_transaction = false;
	return 0;
}

void
ledger_rollback(struct ledger *l)
{
	static const char sql[] = "ROLLBACK";

	if (l->in_transaction) /* SQLite may have rolled back by itself: then this fails, rightly */
		(void)!store_run(l, sql, NULL, 0, NULL);
	l->in_transaction = false;
	store_forget(l);
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	ledger_rollback(l);
	for (size_t i = 0; i < l->cached; i++)
		db_stmt_free(l->cache[i].stmt);
	db_close(l->db);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	free(l->path);
	free(l);
}

static long
holder(int fd)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 0 ? strtol(text, NULL, 10) : 0;
}

/* The pid is for people; the kernel's lock is what counts and ends with its process. */
static enum ledger_lock
take_lock(int fd, const char *name, long *ret_pid, struct error *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK) {
			error_errno(err, "%s: cannot lock", name);
			return LEDGER_LOCK_FAILED;
		}
		*ret_pid = holder(fd);
		error_set(err, "%s: another unpilot (process %ld) holds the lock", name, *ret_pid);
		return LEDGER_BUSY;
	}
	if (ftruncate(fd, 0) != 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		error_errno(err, "%s: cannot write", name);
		return LEDGER_LOCK_FAILED;
	}
	return LEDGER_LOCKED;
}

enum ledger_lock
ledger_lock(struct ledger *l, long *ret_pid, struct error *err)
{
	enum ledger_lock got = LEDGER_LOCK_FAILED;
	char *name;
	int fd;

	*ret_pid = 0;
	if (l->lock_fd >= 0)
		return LEDGER_LOCKED;
	name = xasprintf("%s.lock", l->path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		error_errno(err, "%s: cannot open", name);
	else
		got = take_lock(fd, name, ret_pid, err);
	if (got == LEDGER_LOCKED)
		l->lock_fd = fd;
	else if (fd >= 0)
		close(fd);
	free(name);
	return got;
}
