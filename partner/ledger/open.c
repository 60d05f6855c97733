/* Opening a ledger by its URL: connection, schema, clock; and closing it. */
#include "partner/ledger/open.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/permission.h"
#include "common/text.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/transaction.h"
#include "partner/ledger/upgrade.h"

/* Another machine may have created it since we checked. */
static int
create(struct ledger *l, void *ctx UNUSED, struct error *err)
{
	struct schema_found f;

	if (ledger_lock_intake(l, err) != 0 || schema_identify(l, &f, err) != 0)
		return -1;
	if (f.version != 0)
		return 0;
	return db_exec(l->db, ledger_schema[db_engine(l->db)], err) != 0
	               ? -1
	               : db_exec(l->db, ledger_schema_stops[db_engine(l->db)], err);
}

/* Opening creates no ledger: after a mistyped path an empty one would not know the devices that
 * were sent before. */
static int
no_ledger(const char *path, struct error *err)
{
	return error_set(err, "%s: there is no ledger yet: \"unpilot init\" creates it", path);
}

enum how { READ, WRITE, CREATE };

/* Upgrades an older schema unless we only read. Refuses a newer one and other programs' databases. */
static int
check_schema(struct ledger *l, enum how how, struct error *err)
{
	struct schema_found f;

	if (schema_identify(l, &f, err) != 0)
		return error_prefix(err, "%s", l->path);
	if (f.version == 0 && f.tables == 0)
		return how == CREATE ? ledger_transact(l, create, NULL, err)
		                     : no_ledger(l->path, err);
	if (f.application != SCHEMA_APPLICATION_ID)
		return error_set(err, "%s: not an unpilot ledger", l->path);
	if (f.version > LEDGER_SCHEMA)
		return error_set(
			err,
			"%s: written by a newer version (schema %lld, this program knows %d): update it",
			l->path, (long long)f.version, LEDGER_SCHEMA);
	if (f.version < 1 || (f.version < LEDGER_SCHEMA && how == READ))
		return error_set(err,
		                 "%s: written by an older version (schema %lld): the next "
		                 "command that writes upgrades it and keeps a copy",
		                 l->path, (long long)f.version);
	return f.version < LEDGER_SCHEMA ? schema_upgrade(l, f.version, err) : 0;
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
	/* only the scheme, because the rest may hold a password */
	error_set(err,
	          "[ledger] url begins with \"%.*s\": expected sqlite:PATH or "
	          "postgresql://HOST/DATABASE",
	          (int)text_scheme_length(url), url);
	return NULL;
}

int
ledger_url_check(const char *url, struct error *err)
{
	if (!ledger_url_is_server(url))
		return ledger_url_path(url, err) != NULL ? 0 : -1;
	return db_check_server(url, err) == 0 ? 0 : error_prefix(err, "[ledger] url");
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
open_file(const char *path, enum how how, struct error *err)
{
	struct stat st = {0};

	if (how == CREATE)
		return make_parent(path, err) == 0 ? db_open(path, true, err) : NULL;
	if (stat(path, &st) != 0 && errno != ENOENT && errno != ENOTDIR)
		permission_error(err, PERMISSION_READ, path, "cannot open the ledger");
	else if (st.st_size == 0) /* SQLite would write to an empty file */
		no_ledger(path, err);
	else if (access(path, how == WRITE ? R_OK | W_OK : R_OK) != 0)
		permission_error(err, how == WRITE ? PERMISSION_WRITE : PERMISSION_READ, path,
		                 "cannot open the ledger");
	else
		return how == WRITE ? db_open(path, false, err) : db_open_readonly(path, err);
	return NULL;
}

static struct db *
open_server(const char *url, enum how how, struct error *err)
{
	struct db *db = db_open_server(url, how == READ, err);

	if (db == NULL)
		error_prefix(err, "[ledger] url");
	return db;
}

static int
read_clock(struct ledger *l, struct error *err)
{
	int64_t now;

	if (!ledger_is_shared(l))
		return 0;
	if (statement_int(l, SQL_SERVER_NOW, NULL, 0, &now, err) != 0)
		return -1;
	l->ahead_ms = now - clock_now_ms();
	return 0;
}

static struct ledger *
open_with(const char *url, enum how how, struct error *err)
{
	bool server = ledger_url_is_server(url);
	const char *path = server ? url : ledger_url_path(url, err);
	struct db *db;
	struct ledger *l;

	if (path == NULL)
		return NULL;
	db = server ? open_server(url, how, err) : open_file(path, how, err);
	if (db == NULL)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->lock_fd = -1;
	l->path = xstrdup(path);
	l->db = db;
	if (check_schema(l, how, err) != 0 || read_clock(l, err) != 0) {
		if (!server && err != NULL && strstr(err->text, path) == NULL)
			error_prefix(err, "%s", path); /* of the engine, such as a full disk */
		ledger_close(l);
		return NULL;
	}
	return l;
}

struct ledger *
ledger_open(const char *url, struct error *err)
{
	return open_with(url, WRITE, err);
}

struct ledger *
ledger_create(const char *url, struct error *err)
{
	return open_with(url, CREATE, err);
}

struct ledger *
ledger_open_readonly(const char *url, struct error *err)
{
	return open_with(url, READ, err);
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
	cache_release(&l->cache);
	free(l->path);
	free(l);
}
