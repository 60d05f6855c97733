#include "partner/ledger/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/text.h"

int
store_pragma(struct ledger *l, const char *sql, int64_t *ret, struct error *err)
{
	struct db_stmt *s = db_prepare(l->db, sql, err);
	enum db_step step = s != NULL ? db_step(s, err) : DB_ERROR;

	if (step == DB_ROW)
		*ret = db_int(s, 0);
	db_stmt_free(s);
	return step == DB_ROW ? 0 : -1;
}

static int
look_at_file(struct ledger *l, struct store_found *f, struct error *err)
{
	if (store_pragma(l, "PRAGMA user_version", &f->version, err) != 0 ||
	    store_pragma(l, "PRAGMA application_id", &f->application, err) != 0)
		return -1;
	return store_pragma(l, "SELECT COUNT(*) FROM sqlite_master", &f->tables, err);
}

static int
look_at_server(struct ledger *l, struct store_found *f, struct error *err)
{
	int64_t ours;

	if (store_pragma(l,
	                 "SELECT COUNT(*) FROM pg_class WHERE relkind='r' AND"
	                 " relnamespace=to_regnamespace(current_schema())",
	                 &f->tables, err) != 0 ||
	    store_pragma(l, "SELECT to_regclass('unpilot') IS NOT NULL", &ours, err) != 0)
		return -1;
	if (ours == 0)
		return 0;
	return store_pragma(l, "SELECT version FROM unpilot", &f->version, err) != 0
	               ? -1
	               : store_pragma(l, "SELECT application FROM unpilot", &f->application, err);
}

int
store_look(struct ledger *l, struct store_found *f, struct error *err)
{
	*f = (struct store_found){0};
	return db_engine(l->db) == DB_SQLITE ? look_at_file(l, f, err) : look_at_server(l, f, err);
}

/* Two machines may find nothing at the same time: the second one finds the first one's. */
static int
create(struct ledger *l, struct error *err)
{
	struct store_found f;

	if (ledger_begin(l, err) != 0)
		return -1;
	if ((db_engine(l->db) == DB_SQLITE ||
	     store_int(l, SQL_LOCK_INTAKE, NULL, 0, &(int64_t){0}, err) == 0) &&
	    store_look(l, &f, err) == 0 &&
	    (f.version != 0 || db_exec(l->db, ledger_schema[db_engine(l->db)], err) == 0) &&
	    ledger_commit(l, err) == 0)
		return 0;
	ledger_rollback(l);
	return -1;
}

/* A new one gets the schema, an older one is brought up; a newer one or another program's is not
 * touched. */
static int
check_schema(struct ledger *l, bool write, struct error *err)
{
	struct store_found f;

	if (store_look(l, &f, err) != 0)
		return error_prefix(err, "%s", l->path);
	if (f.version == 0 && f.tables == 0)
		return write ? create(l, err)
		             : error_set(err, "%s: there is no ledger yet", l->path);
	if (f.application != STORE_APPLICATION_ID)
		return error_set(err, "%s: not an unpilot ledger", l->path);
	if (f.version > LEDGER_SCHEMA)
		return error_set(
			err,
			"%s: written by a newer version (schema %lld, this one knows %d): update",
			l->path, (long long)f.version, LEDGER_SCHEMA);
	if (f.version < 1 || (f.version < LEDGER_SCHEMA && !write))
		return error_set(err,
		                 "%s: written by an older version (schema %lld): the next run or "
		                 "plan brings it up",
		                 l->path, (long long)f.version);
	return f.version < LEDGER_SCHEMA ? store_upgrade(l, f.version, err) : 0;
}

bool
ledger_url_is_server(const char *url)
{
	return strncmp(url, "postgresql://", strlen("postgresql://")) == 0 ||
	       strncmp(url, "postgres://", strlen("postgres://")) == 0;
}

const char *
ledger_url_path(const char *url, struct error *err)
{
	static const char scheme[] = "sqlite:";

	if (strncmp(url, scheme, sizeof(scheme) - 1) == 0 && url[sizeof(scheme) - 1] != '\0')
		return url + sizeof(scheme) - 1;
	error_set(err, "[ledger] url = %s: expected sqlite:PATH or postgresql://HOST/DATABASE",
	          url);
	return NULL;
}

static int
make_parent(const char *path, struct error *err)
{
	char *copy = xstrdup(path);
	int rc = file_mkdirs(dirname(copy), err);

	free(copy);
	return rc;
}

static struct db *
open_file(const char *path, bool write, struct error *err)
{
	if (write)
		return make_parent(path, err) == 0 ? db_open(path, true, err) : NULL;
	if (access(path, F_OK) == 0)
		return db_open_readonly(path, err);
	error_set(err, "%s: there is no ledger yet", path);
	return NULL;
}

static struct db *
open_server(const char *url, bool write, struct error *err)
{
	struct db *db = db_open_server(url, !write, err);

	if (db == NULL)
		error_prefix(err, "[ledger] url");
	return db;
}

/* How far the server's clock is ahead of ours. */
static int
read_clock(struct ledger *l, struct error *err)
{
	int64_t now;

	if (!ledger_is_shared(l))
		return 0;
	if (store_int(l, SQL_NOW, NULL, 0, &now, err) != 0)
		return -1;
	l->ahead_ms = now - clock_now_ms();
	return 0;
}

static struct ledger *
open_with(const char *url, bool write, struct error *err)
{
	bool server = ledger_url_is_server(url);
	const char *path = server ? url : ledger_url_path(url, err);
	struct db *db;
	struct ledger *l;

	if (path == NULL)
		return NULL;
	db = server ? open_server(url, write, err) : open_file(path, write, err);
	if (db == NULL)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->lock_fd = -1;
	l->path = xstrdup(path);
	l->db = db;
	if (check_schema(l, write, err) != 0 || read_clock(l, err) != 0) {
		ledger_close(l);
		return NULL;
	}
	return l;
}

struct ledger *
ledger_open(const char *url, struct error *err)
{
	return open_with(url, true, err);
}

struct ledger *
ledger_open_readonly(const char *url, struct error *err)
{
	return open_with(url, false, err);
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		db_stmt_free(l->kept[i]);
	db_close(l->db);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	store_forget_customers(l);
	free(l->customer);
	store_forget_seen(l);
	free(l->path);
	free(l);
}

const char *
ledger_path(const struct ledger *l)
{
	return ledger_is_shared(l) ? NULL : l->path;
}

void
ledger_each_file(const struct ledger *l, ledger_file_fn *fn, void *ctx)
{
	db_each_file(l->db, fn, ctx);
}

int
ledger_begin(struct ledger *l, struct error *err)
{
	return db_begin(l->db, err);
}

int
ledger_commit(struct ledger *l, struct error *err)
{
	return db_commit(l->db, err);
}

static void
forget_kept(struct ledger *l)
{
	store_forget_customers(l);
	l->kept_counts.run = l->kept_devices.run = 0;
	l->seen_open = -1;
}

void
ledger_rollback(struct ledger *l)
{
	forget_kept(l); /* with the transaction it may be gone */
	db_rollback(l->db);
}

bool
ledger_again(struct ledger *l)
{
	return db_again(l->db);
}

int
ledger_part_begin(struct ledger *l, struct error *err)
{
	return db_exec(l->db, "SAVEPOINT part", err);
}

int
ledger_part_keep(struct ledger *l, struct error *err)
{
	return db_exec(l->db, "RELEASE part", err);
}

int
ledger_part_undo(struct ledger *l, struct error *err)
{
	forget_kept(l);
	return db_exec(l->db, "ROLLBACK TO part; RELEASE part", err);
}

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

void
store_read_lock(int fd, struct ledger_holder *ret)
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
	*ret = (struct ledger_holder){(long)pid, since};
}

/* The lock itself is the kernel's and dies with its holder. */
static enum ledger_lock
lock_file(struct ledger *l, struct ledger_holder *ret, struct error *err)
{
	char *path = xasprintf("%s.lock", l->path);
	enum ledger_lock result = LEDGER_LOCK_FAILED;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE_PRIVATE);

	if (fd < 0) {
		error_errno(err, "%s: cannot open the lock", path);
	} else if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (sign_lock(fd, path, err) == 0) {
			l->lock_fd = fd;
			fd = -1;
			result = LEDGER_LOCKED;
		}
	} else if (errno == EWOULDBLOCK) {
		store_read_lock(fd, ret);
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
	/* on a server, batches are claimed one by one */
	return db_engine(l->db) == DB_SQLITE ? lock_file(l, ret, err) : LEDGER_LOCKED;
}

static const char *
text_of(const struct ledger *l, enum sql which)
{
	const char *other = ledger_sql_server[which];

	return db_engine(l->db) == DB_SERVER && other != NULL ? other : ledger_sql[which];
}

struct db_stmt *
store_stmt(struct ledger *l, enum sql which, struct error *err)
{
	if (l->kept[which] == NULL)
		l->kept[which] = db_prepare(l->db, text_of(l, which), err);
	if (l->kept[which] != NULL)
		db_reset(l->kept[which]);
	return l->kept[which];
}

struct db_stmt *
store_reader(struct ledger *l, enum sql which, struct error *err)
{
	return db_reader(l->db, text_of(l, which), err);
}

int
store_insert(struct db_stmt *s, int64_t *ret_id, struct error *err)
{
	enum db_step step = db_step(s, err);
	int inserted = step == DB_ROW;

	if (inserted)
		*ret_id = db_int(s, 0);
	while (step == DB_ROW) /* to its end: what it changes is not sure before */
		step = db_step(s, err);
	db_reset(s);
	return step == DB_ERROR ? -1 : inserted;
}

static struct db_stmt *
bound(struct ledger *l, enum sql which, const int64_t *value, int count, struct error *err)
{
	struct db_stmt *s = store_stmt(l, which, err);

	for (int i = 0; s != NULL && i < count; i++)
		db_bind_int(s, i + 1, value[i]);
	return s;
}

int
store_run(struct ledger *l, enum sql which, const int64_t *value, int count, struct error *err)
{
	struct db_stmt *s = bound(l, which, value, count, err);

	return s != NULL ? db_run(s, err) : -1;
}

int
store_ints(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
           int columns, struct error *err)
{
	struct db_stmt *s = bound(l, which, value, count, err);
	enum db_step step = s != NULL ? db_step(s, err) : DB_ERROR;

	for (int i = 0; i < columns; i++)
		ret[i] = step == DB_ROW ? db_int(s, i) : 0;
	if (s != NULL)
		db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}

int
store_int(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
          struct error *err)
{
	return store_ints(l, which, value, count, ret, 1, err);
}

int
store_range(struct ledger *l, int64_t run, int64_t ret[static 2], struct error *err)
{
	return store_int(l, SQL_RUN_FIRST_ROW, &run, 1, &ret[0], err) != 0
	               ? -1
	               : store_int(l, SQL_RUN_LAST_ROW, &run, 1, &ret[1], err);
}
