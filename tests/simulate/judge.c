/* Compares the ledger and the packs with the history of the service. Reads a copy with statements of its
 * own, because opening the ledger itself would write to it. */
#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/simulate/world.h"

#define PATH_SIZE 300
#define FILE_MAX ((size_t)1024 * 1024)
#define OUTCOMES 12

/* In the order of the numbers in the ledger. */
static const char *const outcome_words[OUTCOMES] = {
	"deregistered", "not-registered", "not-ours", "not-found", "not-unique", "refused",
	"alarm",        "pending",        "unknown",  "not-sent",  "held",       "rejected"};
enum { GOOD, NOT_REGISTERED, REFUSED = 5, ALARM, PENDING, UNKNOWN, NOT_SENT, HELD, REJECTED };

static const int outcome_of_state[STATE_COUNT] = {
	[STATE_OURS] = GOOD,    [STATE_NOT_REGISTERED] = NOT_REGISTERED,
	[STATE_OTHERS] = 2,     [STATE_NOT_FOUND] = 3,
	[STATE_NOT_UNIQUE] = 4, [STATE_REFUSED] = REFUSED,
	[STATE_ALARM] = ALARM};

static bool
copy_file(const char *from, const char *to)
{
	static char data[FILE_MAX * 16];
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	size_t n = in != NULL ? fread(data, 1, sizeof(data), in) : 0;
	bool good = in != NULL && out != NULL && n < sizeof(data) && fwrite(data, 1, n, out) == n;

	if (in != NULL)
		fclose(in);
	if (out != NULL)
		good = fclose(out) == 0 && good;
	return good;
}

static sqlite3 *
open_copy(const char *dir)
{
	char from[PATH_SIZE], to[PATH_SIZE];
	sqlite3 *db = NULL;

	snprintf(from, sizeof(from), "%s/ledger.db", dir);
	snprintf(to, sizeof(to), "%s/judged.db", dir);
	if (!copy_file(from, to))
		return NULL;
	snprintf(from, sizeof(from), "%s/ledger.db-wal", dir);
	snprintf(to, sizeof(to), "%s/judged.db-wal", dir);
	unlink(to);
	if (access(from, F_OK) == 0 && !copy_file(from, to))
		return NULL;
	snprintf(to, sizeof(to), "%s/judged.db", dir);
	if (sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE, "unix") == SQLITE_OK)
		return db;
	sqlite3_close(db);
	return NULL;
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		broken("the ledger cannot be read: %s", sqlite3_errmsg(db));
	return s;
}

static const char *
text(sqlite3_stmt *s, int column)
{
	const unsigned char *t = sqlite3_column_text(s, column);

	return t != NULL ? (const char *)t : "";
}

bool
judge_find_run(const char *dir, const char *where, char dst[static NAME_SIZE])
{
	sqlite3 *db = open_copy(dir);
	char sql[400];
	sqlite3_stmt *s;
	bool found;

	snprintf(sql, sizeof(sql), "SELECT r.name FROM run r WHERE %s ORDER BY r.id DESC LIMIT 1",
	         where);
	s = db != NULL ? prepare(db, sql) : NULL;
	found = s != NULL && sqlite3_step(s) == SQLITE_ROW;
	if (found)
		snprintf(dst, NAME_SIZE, "%s", text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(db);
	return found;
}

/* Lists are named by their number. */
static void
learn_runs(sqlite3 *db)
{
	sqlite3_stmt *s = prepare(
		db,
		"SELECT r.name, l.path, r.state, r.started FROM run r JOIN list l ON l.run=r.id");

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
		const char *name = strrchr(text(s, 1), '/');
		int n = -1;
		if (name == NULL || sscanf(name, "/list-%4d.csv", &n) != 1 || n < 0 ||
		    n >= world->lists) {
			broken("a run of a list that nobody gave: %.100s", text(s, 1));
			continue;
		}
		if (world->list[n].run[0] == '\0') {
			snprintf(world->list[n].run, NAME_SIZE, "%s", text(s, 0));
			world->list[n].first_seen = sqlite3_column_int64(s, 3) * 1000;
		} else if (strcmp(world->list[n].run, text(s, 0)) != 0) {
			broken("one list has the runs %s and %s", world->list[n].run, text(s, 0));
		}
		world->list[n].plan = sqlite3_column_int(s, 2) == 0;
	}
	sqlite3_finalize(s);
}

static bool
holds(const struct send *s, int device, int *ret_at)
{
	for (*ret_at = 0; *ret_at < s->count; (*ret_at)++)
		if (s->device[*ret_at] == device)
			return true;
	return false;
}

/* The service said so, in an answer that was delivered. */
static bool
was_said(const char *run, int device, int outcome)
{
	int at;

	for (int i = 0; i < world->send_count; i++) {
		const struct send *s = &world->sends[i];
		if (strcmp(s->run, run) != 0 || !holds(s, device, &at))
			continue;
		if ((s->clean & 1U << at) != 0 && outcome_of_state[s->verdict[at]] == outcome)
			return true;
		if ((outcome == REFUSED && s->refused && s->count == 1) ||
		    (outcome == ALARM && s->alarm_shown))
			return true;
	}
	return false;
}

/* The service took the device in this run, or may have. */
static bool
was_taken(const char *run, int device)
{
	int at;

	for (int i = 0; i < world->send_count; i++)
		if (strcmp(world->sends[i].run, run) == 0 && world->sends[i].accepted &&
		    holds(&world->sends[i], device, &at))
			return true;
	return false;
}

/* A readable answer has been waiting for the program all the time. */
static bool
can_be_known(const char *run, int device)
{
	bool can = false;
	int at;

	for (int i = 0; i < world->send_count; i++) {
		const struct send *s = &world->sends[i];
		/* a refusal of a later request ends the batch as unknown */
		if (strcmp(s->run, run) == 0 && (s->accepted || s->refused) &&
		    holds(s, device, &at))
			can = s->told && (s->polled || s->sure) && !s->contradicts && !s->forgotten;
	}
	return can;
}

static void
judge_row(struct list *l, int row, int outcome, int64_t decided, bool sent, bool quiet)
{
	const char *word = outcome_words[outcome];
	int device = l->device[row];

	if (l->bad[row] != (outcome == REJECTED))
		broken("run %s: row %d of device %d is %s", l->run, row, device, word);
	if (l->bad[row])
		return;
	if (outcome <= ALARM && !was_said(l->run, device, outcome))
		broken("run %s: device %d is %s, and the service never said so", l->run, device,
		       word);
	/* the rows of a batch that is on its way are still not-sent: its state says more */
	if (outcome >= NOT_SENT && !(outcome == NOT_SENT && sent && !quiet) &&
	    was_taken(l->run, device))
		broken("run %s: device %d is %s, and the service was asked", l->run, device, word);
	if (l->final[row] != 0 && l->final[row] != outcome + 1)
		broken("run %s: device %d was %s and is %s", l->run, device,
		       outcome_words[l->final[row] - 1], word);
	if (quiet && outcome == PENDING)
		broken("run %s: device %d is pending for ever", l->run, device);
	if (quiet && outcome == UNKNOWN && can_be_known(l->run, device))
		broken("run %s: device %d is unknown, and its answer was there", l->run, device);
	if (outcome <= ALARM)
		l->final[row] = (signed char)(outcome + 1);
	if (outcome == GOOD) {
		world->deregistered[device] = decided * 1000;
		world->deregistered_by[device] = (int)(l - world->list);
	}
}

static void
judge_rows(sqlite3 *db, bool quiet)
{
	sqlite3_stmt *s = prepare(
		db, "SELECT l.path, w.line, w.serial, COALESCE(a.outcome, w.outcome),"
		    " COALESCE(a.decided, w.decided), EXISTS (SELECT 1 FROM batch b WHERE"
		    " b.id=w.batch AND b.state IN (1,2)) FROM row w JOIN list l ON l.id=w.list"
		    " LEFT JOIN row a ON a.id=w.same_as ORDER BY w.id");
	static int rows[WORLD_LISTS];

	memset(rows, 0, sizeof(rows));
	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed) {
		int n = -1, row = sqlite3_column_int(s, 1) - 2; /* line 1 is the header */
		struct list *l;
		const char *name = strrchr(text(s, 0), '/');
		if (name == NULL || sscanf(name, "/list-%4d.csv", &n) != 1 || n < 0 ||
		    n >= world->lists)
			continue;
		l = &world->list[n];
		if (row < 0 || row >= l->count ||
		    device_of(text(s, 2)) != (l->bad[row] ? -1 : l->device[row])) {
			broken("run %s: row %d is not that of its list", l->run, row);
			break;
		}
		rows[n]++;
		judge_row(l, row, sqlite3_column_int(s, 3), sqlite3_column_int64(s, 4),
		          sqlite3_column_int(s, 5) != 0, quiet);
	}
	sqlite3_finalize(s);
	for (int n = 0; n < world->lists; n++)
		if (world->list[n].run[0] != '\0' && !world->list[n].forgotten &&
		    rows[n] != world->list[n].count)
			broken("run %s: %d of its %d rows are in the ledger", world->list[n].run,
			       rows[n], world->list[n].count);
}

static cJSON *
read_json(const char *path)
{
	static char data[FILE_MAX];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return NULL;
	n = fread(data, 1, sizeof(data) - 1, f);
	fclose(f);
	return cJSON_ParseWithLength(data, n);
}

static int
outcome_in(const struct list *l, int device, const struct list **ret)
{
	for (int i = 0; i < l->count; i++)
		if (l->device[i] == device && l->final[i] != 0) {
			*ret = l;
			return l->final[i] - 1;
		}
	return -1;
}

static void
judge_pack(const char *path, const struct list *l)
{
	cJSON *root = read_json(path);
	const cJSON *d;

	if (root == NULL) {
		broken("%s cannot be read", path);
		return;
	}
	cJSON_ArrayForEach(d, cJSON_GetObjectItemCaseSensitive(root, "devices"))
	{
		const char *word = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(d, "outcome"));
		int device = device_of(
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(d, "serial")));
		int outcome = outcome_in(l, device, &l);
		if (outcome >= 0 && (word == NULL || strcmp(word, outcome_words[outcome]) != 0) &&
		    word != NULL && strcmp(word, "held") != 0)
			broken("%s says %s of device %d, the ledger %s", path, word, device,
			       outcome_words[outcome]);
	}
	cJSON_Delete(root);
}

/* Every finished run has the packs of its customers. */
static void
judge_packs(sqlite3 *db)
{
	sqlite3_stmt *s = prepare(
		db, "SELECT r.name, r.out, c.folder FROM run r JOIN customer c ON c.run=r.id"
		    " WHERE r.state=2 AND r.exit_code IN (0,1)");
	char path[PATH_SIZE];

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed)
		for (int n = 0; n < world->lists; n++) {
			struct list *l = &world->list[n];
			if (strcmp(l->run, text(s, 0)) != 0 || l->forgotten)
				continue;
			snprintf(path, sizeof(path), "%s/%s/handoff.json", text(s, 1), text(s, 2));
			if (access(path, F_OK) == 0)
				judge_pack(path, l);
		}
	sqlite3_finalize(s);
}

/* No batch is on its way when no command runs any more. */
static void
judge_batches(sqlite3 *db)
{
	sqlite3_stmt *s = prepare(
		db, "SELECT r.name, b.id FROM batch b JOIN run r ON r.id=b.run WHERE b.state=1");

	if (s != NULL && sqlite3_step(s) == SQLITE_ROW)
		broken("run %s: batch %s is on its way for ever", text(s, 0), text(s, 1));
	sqlite3_finalize(s);
}

void
judge_ledger(const char *dir, bool quiet)
{
	sqlite3 *db = open_copy(dir);

	if (db == NULL) {
		broken("the ledger is gone");
		return;
	}
	learn_runs(db);
	if (!world->failed)
		judge_rows(db, quiet);
	if (!world->failed && quiet)
		judge_batches(db);
	if (!world->failed)
		judge_packs(db);
	sqlite3_close(db);
}
