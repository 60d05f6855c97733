/* The database of a job, its clock, and the copy that the judge reads. */
#include "tests/simulate/server.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/db.h"
#include "partner/ledger/copy.h"
#include "partner/ledger/open.h"
#include "tests/simulate/image.h"
#include "tests/simulate/turns.h"
#include "tests/simulate/world.h"

#define URL_SIZE 400
#define CLOCK_SIZE 24 /* with the NUL, which is not in the file */
#define AWAIT_MS 10000
#define OWN_CONNECTIONS 2  /* `database` and `ledger` */
#define WORLDS_A_VACUUM 16 /* the program makes temporary tables, which leave dead rows */

static struct {
	char url[URL_SIZE], all_url[URL_SIZE];
	char name[64], clock_path[200];
	char *clock; /* the file, in memory */
	struct db *database;
	struct ledger *ledger;
	char *truncate; /* the statement that empties the ledger */
	char *template; /* of the copy */
	size_t template_size;
	int worlds;
} server;

static void
must(int rc, const struct error *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "simulate: %s\n", err->text);
	exit(2);
}

static void
run(struct db *db, const char *sql)
{
	struct error err;

	must(db_exec(db, sql, &err), &err);
}

static struct db *
connect_to(const char *url)
{
	struct error err;
	struct db *db = db_open_server(url, false, &err);

	must(db != NULL ? 0 : -1, &err);
	return db;
}

static void
make_clock(int job)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	if (tmp == NULL)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(server.clock_path, sizeof(server.clock_path), "%s/unpilot-clock.%d.%d", tmp,
	         (int)getpid(), job);
	fd = open(server.clock_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) != 0 || ftruncate(fd, CLOCK_SIZE - 1) != 0) {
		perror(server.clock_path);
		exit(2);
	}
	server.clock = mmap(NULL, CLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (server.clock == MAP_FAILED)
		abort();
	close(fd);
	server_tell_time();
}

/* Each statement alone, because a database cannot be made in a transaction. */
static void
make_database(const char *url)
{
	struct db *db = connect_to(url);
	char sql[200];

	snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE template0", server.name);
	run(db, sql);
	snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET search_path=ledger, sim, pg_catalog",
	         server.name);
	run(db, sql);
	snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET lock_timeout='30s'", server.name);
	run(db, sql);
	snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET plan_cache_mode=force_generic_plan",
	         server.name); /* tables are small: planning costs more than running */
	run(db, sql);
	run(db, "ALTER SYSTEM SET autovacuum=off"); /* it would come at any moment */
	run(db, "SELECT pg_reload_conf()");
	db_close(db);
}

void
server_prepare(const char *url, int job)
{
	char sql[600];

	snprintf(server.name, sizeof(server.name), "simulate_%d_%d", (int)getpid(), job);
	snprintf(server.all_url, sizeof(server.all_url), "%s", url);
	snprintf(server.url, sizeof(server.url), "%s%cdbname=%s", url,
	         strchr(url, '?') != NULL ? '&' : '?', server.name);
	make_clock(job);
	make_database(url);
	server.database = connect_to(server.url);
	snprintf(sql, sizeof(sql),
	         "CREATE SCHEMA sim; CREATE SCHEMA ledger; CREATE FUNCTION sim.clock_timestamp()"
	         " RETURNS timestamptz LANGUAGE sql VOLATILE AS $$"
	         " SELECT to_timestamp(pg_read_file('%s')::numeric/1000) $$",
	         server.clock_path);
	run(server.database, sql);
}

const char *
server_url(void)
{
	return server.url[0] != '\0' ? server.url : NULL;
}

void
server_tell_time(void)
{
	if (server.clock != NULL)
		snprintf(server.clock, CLOCK_SIZE, "%-*lld", CLOCK_SIZE - 1,
		         (long long)world->wall_ms);
}

/* Everything but the table with the version of the schema. */
static char *
truncate_statement(void)
{
	struct error err;
	struct db_stmt *s = db_prepare(
		server.database,
		"SELECT string_agg(tablename, ', ' ORDER BY tablename) FROM pg_tables WHERE"
		" schemaname='ledger' AND tablename<>'unpilot'",
		&err);
	char *sql = NULL;

	must(s != NULL && db_step(s, &err) == DB_ROW &&
	                     asprintf(&sql, "TRUNCATE %s RESTART IDENTITY", db_text(s, 0)) > 0
	             ? 0
	             : -1,
	     &err);
	db_stmt_free(s);
	return sql;
}

bool
server_begin(void)
{
	struct error err;

	server_tell_time();
	if (server.ledger == NULL)
		return false;
	if (server.truncate == NULL)
		server.truncate = truncate_statement();
	server_await(0);
	run(server.database, server.truncate);
	server.worlds++;
	if (server.worlds % WORLDS_A_VACUUM == 0)
		run(server.database, "VACUUM");
	(void)err;
	return true;
}

/* A ledger in a file, as "init" makes it. */
static void
make_template(const char *path)
{
	char url[URL_SIZE];
	struct error err;
	struct ledger *l;

	snprintf(url, sizeof(url), "sqlite:%s", path);
	unlink(path);
	l = ledger_create(url, &err);
	must(l != NULL ? 0 : -1, &err);
	ledger_close(l);
	server.template = image_with_small_pages(path, &server.template_size);
}

static void
place_template(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL ||
	    fwrite(server.template, 1, server.template_size, f) != server.template_size ||
	    fclose(f) != 0 || chmod(path, 0600) != 0) {
		perror(path);
		exit(2);
	}
}

void
server_copy(const char *dir)
{
	char path[URL_SIZE - 10], url[URL_SIZE];
	struct turn kept;
	struct error err;
	struct ledger *to;
	int64_t count;

	turns_keep(&kept);
	world->crash_in = world->full_in = -1;
	snprintf(path, sizeof(path), "%s/ledger.db", dir);
	snprintf(url, sizeof(url), "sqlite:%s", path);
	if (server.template == NULL)
		make_template(path);
	place_template(path);
	if (server.ledger == NULL)
		server.ledger = ledger_open(server.url, &err);
	must(server.ledger != NULL ? 0 : -1, &err);
	to = ledger_open(url, &err);
	must(to != NULL ? 0 : -1, &err);
	must(ledger_copy(server.ledger, to, &count, &err), &err);
	ledger_close(to);
	turns_restore(&kept);
}

/* Counts the connections of workers. */
static int
connected(void)
{
	struct error err;
	struct db_stmt *s = db_prepare(
		server.database,
		"SELECT COUNT(*) FROM pg_stat_activity WHERE"
		" datname=current_database() AND backend_type='client backend'",
		&err);
	int n;

	must(s != NULL && db_step(s, &err) == DB_ROW ? 0 : -1, &err);
	n = (int)db_int(s, 0) - (server.ledger != NULL ? OWN_CONNECTIONS : 1);
	db_stmt_free(s);
	return n;
}

void
server_await(int workers)
{
	for (int ms = 0; server.database != NULL && connected() > workers; ms++) {
		if (ms > AWAIT_MS) {
			fprintf(stderr, "simulate: a worker does not leave the server\n");
			exit(2);
		}
		usleep(1000);
	}
}

void
server_end(void)
{
	char sql[200];
	struct db *db;

	if (server.database == NULL)
		return;
	ledger_close(server.ledger);
	db_close(server.database);
	db = connect_to(server.all_url);
	snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", server.name);
	run(db, sql);
	db_close(db);
	unlink(server.clock_path);
}
