/* Identifying the schema of a ledger. Upgrading: first a copy, then all steps in one transaction. */
#include "partner/ledger/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "partner/ledger/marks_table.h"
#include "partner/ledger/open.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/transaction.h"

#define COPIES_MAX 100 /* of one schema */

static int
identify_file(struct ledger *l, struct schema_found *f, struct error *err)
{
	if (statement_query(l, "PRAGMA user_version", &f->version, err) != 0 ||
	    statement_query(l, "PRAGMA application_id", &f->application, err) != 0)
		return -1;
	return statement_query(l, "SELECT COUNT(*) FROM sqlite_master", &f->tables, err);
}

static int
identify_server(struct ledger *l, struct schema_found *f, struct error *err)
{
	int64_t ours;

	if (statement_query(l,
	                    "SELECT COUNT(*) FROM pg_class WHERE relkind='r' AND"
	                    " relnamespace=to_regnamespace(current_schema())",
	                    &f->tables, err) != 0 ||
	    statement_query(l, "SELECT to_regclass('unpilot') IS NOT NULL", &ours, err) != 0)
		return -1;
	if (ours == 0)
		return 0;
	return statement_query(l, "SELECT version FROM unpilot", &f->version, err) != 0
	               ? -1
	               : statement_query(l, "SELECT application FROM unpilot", &f->application,
	                                 err);
}

int
schema_identify(struct ledger *l, struct schema_found *f, struct error *err)
{
	*f = (struct schema_found){0};
	return db_engine(l->db) == DB_SQLITE ? identify_file(l, f, err)
	                                     : identify_server(l, f, err);
}

static int
sync_file(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = fd >= 0 && fsync(fd) == 0 ? 0 : error_errno(err, "%s: cannot sync", path);

	if (fd >= 0)
		close(fd);
	return rc;
}

/* Lets SQLite copy what is committed into an empty file that we created with private access. */
static int
copy_into(struct ledger *l, const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	              FILE_MODE_PRIVATE);
	struct db_stmt *s;
	int rc = -1;

	if (fd < 0)
		return error_errno(err, "%s: cannot create", path);
	close(fd);
	s = statement_reader(l, SQL_UPGRADE_SAVE_COPY, err);
	if (s != NULL) {
		db_bind_text(s, 1, path);
		rc = db_run(s, err);
		db_stmt_free(s);
	}
	return rc == 0 ? sync_file(path, err) : error_prefix(err, "%s", path);
}

/* Names it "PATH.schemaN", or "PATH.schemaN.2" and so on; never replaces an older copy. */
static int
name_copy(const char *part, const char *path, int64_t version, struct error *err)
{
	int rc = -1;

	errno = EEXIST;
	for (int n = 1; rc != 0 && errno == EEXIST && n <= COPIES_MAX; n++) {
		char *name = n == 1 ? xasprintf("%s.schema%lld", path, (long long)version)
		                    : xasprintf("%s.schema%lld.%d", path, (long long)version, n);
		rc = link(part, name);
		free(name);
	}
	return rc == 0 ? 0
	               : error_errno(err, "%s.schema%lld: cannot create", path, (long long)version);
}

static int
save_copy(struct ledger *l, int64_t version, struct error *err)
{
	char *part = xasprintf("%s.schema%lld.part", l->path, (long long)version);
	char *copy = xstrdup(l->path);
	int rc = copy_into(l, part, err);

	if (rc == 0)
		rc = name_copy(part, l->path, version, err);
	(void)unlink(part); /* the copy keeps its other name */
	if (rc == 0)
		rc = file_sync_dir(dirname(copy), err);
	free(copy);
	free(part);
	return rc;
}

/* Reads the version again, because another process may have upgraded the ledger since. */
static int
apply_steps(struct ledger *l, void *ctx UNUSED, struct error *err)
{
	const char *const *steps = db_engine(l->db) == DB_SQLITE ? ledger_upgrade
	                                                         : ledger_upgrade_server;
	struct schema_found f;

	if (ledger_lock_intake(l, err) != 0 || schema_identify(l, &f, err) != 0)
		return -1;
	for (int64_t at = f.version; at < LEDGER_SCHEMA; at++) {
		if (at < 1 || steps[at - 1] == NULL)
			return error_set(err, "schema %lld is too old", (long long)at);
		if (db_exec(l->db, steps[at - 1], err) != 0)
			return -1;
	}
	return f.version < LEDGER_SCHEMA ? marks_table_fill(l, err) : 0;
}

int
schema_upgrade(struct ledger *l, int64_t version, struct error *err)
{
	/* the administrator of a server makes the copies there */
	if ((ledger_is_shared(l) || save_copy(l, version, err) == 0) &&
	    ledger_transact(l, apply_steps, NULL, err) == 0)
		return 0;
	return error_prefix(err, "%s: cannot upgrade it to schema %d", l->path, LEDGER_SCHEMA);
}
