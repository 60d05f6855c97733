/* Takes the place of the functions of SQLite that open, compile and free. */
#include "tests/simulate/kept.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/store.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 200
#define STATEMENTS_MAX 600
#define TABLES_MAX 16
#define MAKES_TABLE "CREATE TEMP TABLE IF NOT EXISTS "
#define SCRIPT_MAX 2000
#define WANTED_SIZE ((size_t)512 * 1024)

struct kept_statement {
	char *sql;
	size_t len;
	sqlite3_stmt *made;
	bool in_use;
};
enum kind { WRITES, READS, KINDS, TABLE = KINDS };
static struct connection {
	sqlite3 *db;
	bool in_use;
	int count;
	struct kept_statement statement[STATEMENTS_MAX];
} connections[KINDS];
/* The statements that make temporary tables. Each is run once, because SQLite compiles all statements again
 * after a table was made. */
static char *tables[TABLES_MAX];
static int table_count;
static char path[PATH_SIZE];

/* The texts that a child compiled: for each the kind, its length, and the text. */
static struct wanted {
	size_t used;
	char data[WANTED_SIZE];
} * wanted;

int __real_sqlite3_open_v2(const char *name, sqlite3 **ret, int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *name, sqlite3 **ret, int flags, const char *vfs);
int __real_sqlite3_close_v2(sqlite3 *db);
int __wrap_sqlite3_close_v2(sqlite3 *db);
int __real_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int len, unsigned flags,
                              sqlite3_stmt **ret, const char **tail);
int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int len, unsigned flags,
                              sqlite3_stmt **ret, const char **tail);
int __wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int len, sqlite3_stmt **ret,
                              const char **tail);
int __real_sqlite3_finalize(sqlite3_stmt *s);
int __wrap_sqlite3_finalize(sqlite3_stmt *s);
int __real_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *ctx, char **ret_error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *ctx, char **ret_error);

static void
open_kept(struct connection *c, int flags)
{
	if (__real_sqlite3_open_v2(path, &c->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    __real_sqlite3_exec(c->db, "PRAGMA journal_mode; SELECT 1 FROM run", NULL, NULL,
	                        NULL) != SQLITE_OK) {
		fprintf(stderr, "simulate: %s\n", sqlite3_errmsg(c->db));
		exit(2);
	}
}

static struct kept_statement *
find_statement(struct connection *c, const char *sql, size_t len)
{
	for (int i = 0; i < c->count; i++)
		if (c->statement[i].len == len && memcmp(c->statement[i].sql, sql, len) == 0)
			return &c->statement[i];
	return NULL;
}

static void
compile(struct connection *c, struct kept_statement *s)
{
	if (__real_sqlite3_prepare_v3(c->db, s->sql, -1, SQLITE_PREPARE_PERSISTENT, &s->made,
	                              NULL) != SQLITE_OK)
		s->made = NULL;
}

static void
learn_statement(struct connection *c, const char *sql, size_t len)
{
	struct kept_statement *s = &c->statement[c->count];

	if (c->count == STATEMENTS_MAX || find_statement(c, sql, len) != NULL)
		return;
	*s = (struct kept_statement){.sql = strndup(sql, len), .len = len};
	compile(c, s);
	if (s->made != NULL)
		c->count++;
	else
		free(s->sql);
}

static void
learn_table(const char *sql, size_t len)
{
	for (int i = 0; i < table_count; i++)
		if (strncmp(tables[i], sql, len) == 0)
			return;
	if (table_count == TABLES_MAX)
		return;
	tables[table_count] = strndup(sql, len);
	if (__real_sqlite3_exec(connections[WRITES].db, tables[table_count], NULL, NULL, NULL) ==
	    SQLITE_OK)
		table_count++;
}

/* In the begin of a world, while the ledger is that of "init". */
static void
learn(bool of_tables)
{
	size_t len;

	for (size_t at = 0; at < wanted->used; at += 1 + sizeof(len) + len) {
		int kind = wanted->data[at];
		const char *sql = wanted->data + at + 1 + sizeof(len);
		memcpy(&len, wanted->data + at + 1, sizeof(len));
		if (of_tables && kind == TABLE)
			learn_table(sql, len);
		else if (!of_tables && kind != TABLE)
			learn_statement(&connections[kind], sql, len);
	}
}

static void
learn_wanted(void)
{
	struct connection *c = &connections[WRITES];
	int before = table_count;

	learn(true);
	for (int i = 0; i < c->count && table_count > before; i++) {
		(void)__real_sqlite3_finalize(c->statement[i].made);
		compile(c, &c->statement[i]);
	}
	learn(false);
	wanted->used = 0;
}

void
kept_begin(const char *ledger)
{
	if (wanted == NULL)
		wanted = shared_memory(sizeof(*wanted));
	if (connections[WRITES].db == NULL) {
		snprintf(path, sizeof(path), "%s", ledger);
		open_kept(&connections[WRITES], SQLITE_OPEN_READWRITE);
		open_kept(&connections[READS], SQLITE_OPEN_READONLY);
	}
	learn_wanted();
	store_forget_locks();
}

static struct connection *
connection_of(sqlite3 *db)
{
	for (int i = 0; i < KINDS; i++)
		if (connections[i].db == db && db != NULL)
			return &connections[i];
	return NULL;
}

bool
kept_is_unused(void)
{
	for (int i = 0; i < KINDS; i++) {
		const struct connection *c = &connections[i];
		if (c->in_use || (c->db != NULL && !sqlite3_get_autocommit(c->db)))
			return false;
		for (int n = 0; n < c->count; n++)
			if (c->statement[n].in_use)
				return false;
	}
	return true;
}

/* ---- opening and closing ---- */

int
__wrap_sqlite3_open_v2(const char *name, sqlite3 **ret, int flags, const char *vfs)
{
	struct connection *c = &connections[(flags & SQLITE_OPEN_READWRITE) != 0 ? WRITES : READS];

	if (!world->in_memory || vfs != NULL || (flags & SQLITE_OPEN_URI) != 0 || c->in_use ||
	    strcmp(name, path) != 0)
		return __real_sqlite3_open_v2(name, ret, flags, vfs);
	c->in_use = true;
	if (store_users() >
	    0) /* another process has the log open: nothing else makes SQLite read again */
		(void)sqlite3_db_release_memory(c->db);
	store_enter();
	vfs_follow_store();
	*ret = c->db;
	return SQLITE_OK;
}

/* The last one writes the log into the database, and removes it, as sqlite3_close_v2() does. */
static void
end_log(const struct connection *c)
{
	if (c == &connections[WRITES] &&
	    sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
	            SQLITE_OK)
		store_resize(STORE_LOG, 0);
	store_forget_locks();
}

int
__wrap_sqlite3_close_v2(sqlite3 *db)
{
	struct connection *c = connection_of(db);

	if (c == NULL)
		return __real_sqlite3_close_v2(db);
	if (!sqlite3_get_autocommit(db))
		(void)__real_sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	c->in_use = false;
	if (store_users() == 1)
		end_log(c);
	store_leave();
	return SQLITE_OK;
}

/* ---- statements ---- */

static void
want(enum kind kind, const char *sql, size_t len)
{
	size_t size = 1 + sizeof(len) + len;

	if (wanted->used + size > WANTED_SIZE)
		return;
	wanted->data[wanted->used] = (char)kind;
	memcpy(wanted->data + wanted->used + 1, &len, sizeof(len));
	memcpy(wanted->data + wanted->used + 1 + sizeof(len), sql, len);
	wanted->used += size;
}

int
__wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int len, unsigned flags, sqlite3_stmt **ret,
                          const char **tail)
{
	struct connection *c = connection_of(db);
	size_t size = strlen(sql);
	struct kept_statement *s = c != NULL ? find_statement(c, sql, size) : NULL;

	if (s != NULL && !s->in_use) {
		s->in_use = true;
		*ret = s->made;
		return SQLITE_OK;
	}
	if (c != NULL && s == NULL)
		want((enum kind)(c - connections), sql, size);
	return __real_sqlite3_prepare_v3(db, sql, len, flags, ret, tail);
}

int
__wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int len, sqlite3_stmt **ret,
                          const char **tail)
{
	return __wrap_sqlite3_prepare_v3(db, sql, len, 0, ret, tail);
}

int
__wrap_sqlite3_finalize(sqlite3_stmt *s)
{
	struct connection *c = s != NULL ? connection_of(sqlite3_db_handle(s)) : NULL;

	for (int i = 0; c != NULL && i < c->count; i++)
		if (c->statement[i].made == s) {
			c->statement[i].in_use = false;
			(void)sqlite3_clear_bindings(s);
			return sqlite3_reset(s);
		}
	return __real_sqlite3_finalize(s);
}

static int
run_statement(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;
	int rc = __wrap_sqlite3_prepare_v3(db, sql, -1, 0, &s, NULL);

	if (rc != SQLITE_OK)
		return rc;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		;
	(void)__wrap_sqlite3_finalize(s);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
run_part(sqlite3 *db, const char *sql)
{
	if (strncmp(sql, MAKES_TABLE, sizeof(MAKES_TABLE) - 1) != 0)
		return run_statement(db, sql);
	for (int i = 0; i < table_count; i++)
		if (strcmp(sql, tables[i]) == 0)
			return SQLITE_OK;
	want(TABLE, sql, strlen(sql));
	return __real_sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int
run_script(sqlite3 *db, const char *sql)
{
	char copy[SCRIPT_MAX], *rest = copy;
	int rc = SQLITE_OK;

	snprintf(copy, sizeof(copy), "%s", sql);
	for (char *part; rc == SQLITE_OK && (part = strsep(&rest, ";")) != NULL;) {
		part += strspn(part, " ");
		if (*part != '\0')
			rc = run_part(db, part);
	}
	return rc;
}

/* Transactions and temporary tables are most of what is executed. */
int
__wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                    void *ctx, char **ret_error)
{
	if (connection_of(db) != &connections[WRITES] || fn != NULL ||
	    strncmp(sql, "PRAGMA", 6) == 0 || strcmp(sql, "VACUUM") == 0 ||
	    strlen(sql) >= SCRIPT_MAX || strchr(sql, '\'') != NULL)
		return __real_sqlite3_exec(db, sql, fn, ctx, ret_error);
	return run_script(db, sql);
}
