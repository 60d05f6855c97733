/* Plays "forget", and judges what it and keep-days erase. */
#include "tests/simulate/erase.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/simulate/image.h"
#include "tests/simulate/play.h"
#include "tests/simulate/store.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 400
#define FILE_MAX ((size_t)8 * 1024 * 1024)
#define DAY 86400
#define SLACK 60 /* seconds between the program's look at the clock and the end of the command */

static const char *dir;
static int forgetting = -1; /* the customer whom the command erases; -1: none */
static bool erased;         /* something in this world is gone */
static int interrupted;     /* the customer whose rows an interrupted command erased; -1: none */

void
erase_begin(const char *directory, uint64_t seed)
{
	uint64_t choice = random_mix(seed, 4, 3);
	int keep = choice % 3 == 0 ? 1 + (int)(choice / 3 % 4) : 0;

	dir = directory;
	forgetting = -1;
	erased = false;
	interrupted = -1;
	world->set.keep_days = world->set.letter == LETTER_NONE ? keep : 0;
	if (keep > 0 && world->set.hold_days > keep)
		world->set.hold_days = keep;
}

static bool
exists(const char *sql, const char *text)
{
	sqlite3_stmt *s = image_statement(sql, sql);
	bool found;

	if (s == NULL)
		return false;
	sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
	found = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	return found;
}

static bool
has_customer(int customer)
{
	static const char sql[] = "SELECT 1 FROM customer WHERE key=?1";

	return exists(sql, customer_name(customer));
}

static bool
has_run(const char *run)
{
	static const char sql[] = "SELECT 1 FROM run WHERE name=?1";

	return exists(sql, run);
}

static bool
has_alarm(const char *run)
{
	static const char sql[] = "SELECT 1 FROM run r JOIN alarm a ON a.run=r.id WHERE r.name=?1"
				  " AND a.cleared=0";

	return exists(sql, run);
}

/* ---- the operator ---- */

static bool
is_open(int outcome)
{
	return outcome >= 7 && outcome <= 9; /* pending, unknown, not-sent */
}

static bool
waits_for(const struct list *l, int customer)
{
	for (int i = 0; i < l->count; i++)
		if (!l->gone[i] && l->open && (customer < 0 || l->customer[i] == customer) &&
		    is_open(l->now[i] - 1))
			return true;
	return false;
}

/* An alarm of a run with this customer. */
static bool
holds_ledger(const struct list *l, int customer)
{
	for (int i = 0; i < l->count; i++)
		if (!l->gone[i] && l->alarm && l->customer[i] == customer)
			return true;
	return false;
}

/* A command has erased rows and has not said that it is finished. */
static bool
is_unfinished(void)
{
	static const char sql[] = "SELECT 1 FROM erasing WHERE run=0 AND ?1=''";

	return exists(sql, "");
}

static int
expected_code(int customer)
{
	if (world->on_server) /* other machines may be working on it */
		return 2;
	if (!has_customer(customer))
		return customer == interrupted && is_unfinished() ? 0 : 2;
	for (int n = 0; n < world->lists; n++)
		if (world->list[n].run[0] != '\0' && (waits_for(&world->list[n], customer) ||
		                                      holds_ledger(&world->list[n], customer)))
			return 4;
	return 0;
}

static void
apply_old_plan(void)
{
	for (int n = 0; n < world->lists; n++) {
		struct list *l = &world->list[n];
		bool part = false; /* of what it would send */
		int code;
		for (int i = 0; i < l->count; i++)
			part = part || (l->gone[i] && l->now[i] == OUTCOME_NOT_SENT + 1);
		if (!l->plan || !part || l->forgotten)
			continue;
		world->sends_nothing = world->may_refuse = true;
		code = play(false, "apply %s", l->run);
		if (code != 2 && code != 4)
			broken("a plan that lost rows can be applied: exit %d", code);
		return;
	}
}

static int
forget(int customer)
{
	int expected = expected_code(customer), code;
	bool had = has_customer(customer);

	forgetting = world->on_server ? -1 : customer;
	world->sends_nothing = world->may_refuse = true;
	code = play(false, "forget --customer %s --yes", customer_name(customer));
	forgetting = -1;
	if (!world->failed && code != PLAY_CRASHED && !world->disk_full && code != expected)
		broken("forget ended with %d instead of %d", code, expected);
	world->crash_in = world->full_in = -1;
	if (had && !has_customer(customer))
		interrupted = customer;
	return code;
}

void
erase_customer(uint64_t *rng)
{
	int customer = random_below(rng, world->customers), code = forget(customer);

	if (!world->failed && code == PLAY_CRASHED)
		code = forget(customer);
	if (!world->failed && code == 0)
		apply_old_plan();
}

/* ---- the judge ---- */

/* keep-days: the run had ended long ago, and nothing of it was open. */
static bool
is_old(const struct list *l, int64_t slack)
{
	return world->set.keep_days > 0 && l->finished > 0 && !l->alarm && !waits_for(l, -1) &&
	       l->finished < world->wall_ms / 1000 - world->set.keep_days * DAY + slack;
}

/* Workers are stopped between the look at the clock and the end. */
static bool
was_old(const struct list *l)
{
	return is_old(l,
	              -SLACK - (world->on_server ? (world->wall_ms - world->begin_ms) / 1000 : 0));
}

static void
note_gone(struct list *l, int row)
{
	if (!l->gone[row])
		erased = world->erased = true;
	l->gone[row] = true;
}

/* Rows of other customers may not be gone. */
static void
judge_forgotten(struct list *l, bool run_is_gone)
{
	for (int i = 0; i < l->count; i++)
		if (l->customer[i] == forgetting)
			note_gone(l, i);
		else if (run_is_gone && !l->gone[i])
			broken("run %s is gone, and customer %s was not forgotten", l->run,
			       customer_name(l->customer[i]));
}

void
judge_erased(void)
{
	bool forgot = forgetting >= 0 && !has_customer(forgetting);

	for (int n = 0; n < world->lists && !world->failed; n++) {
		struct list *l = &world->list[n];
		bool gone;
		if (l->run[0] == '\0' || l->forgotten)
			continue;
		gone = !has_run(l->run);
		if (gone && forgetting < 0 && !(world->group_removes_old && is_old(l, SLACK)))
			broken("run %s is gone", l->run);
		if (forgot)
			judge_forgotten(l, gone);
		else if (gone && forgetting >= 0)
			broken("run %s is gone, and its customer is not", l->run);
		for (int i = 0; gone && i < l->count; i++)
			note_gone(l, i);
		l->forgotten = l->forgotten || gone;
	}
}

static void
judge_orphans(void)
{
	static const char sql[] =
		"SELECT 'row' FROM list_row WHERE list<>0 AND list NOT IN (SELECT id FROM list)"
		" UNION ALL SELECT 'empty row' FROM list_row WHERE list=0 AND (serial<>'' OR raw<>'')"
		" UNION ALL SELECT 'outcome' FROM verdict WHERE row NOT IN (SELECT id FROM list_row)"
		" UNION ALL SELECT 'answer' FROM done WHERE row NOT IN (SELECT id FROM list_row WHERE list<>0)"
		" UNION ALL SELECT 'list' FROM list WHERE run NOT IN (SELECT id FROM run)"
		" UNION ALL SELECT 'customer' FROM customer WHERE run NOT IN (SELECT id FROM run)"
		" UNION ALL SELECT 'batch' FROM batch WHERE run NOT IN (SELECT id FROM run)"
		" UNION ALL SELECT 'attempt' FROM attempt WHERE batch NOT IN (SELECT id FROM batch)"
		" UNION ALL SELECT 'alarm' FROM alarm WHERE run NOT IN (SELECT id FROM run)"
		" UNION ALL SELECT 'figures' FROM tally WHERE run NOT IN (SELECT id FROM run)"
		" UNION ALL SELECT 'receipt' FROM receipt WHERE customer NOT IN (SELECT key FROM customer)"
		" OR (run<>'open' AND run NOT IN (SELECT name FROM run))";
	sqlite3_stmt *s = image_statement(sql, sql);

	if (s != NULL && sqlite3_step(s) == SQLITE_ROW)
		broken("something erased left a piece: %s",
		       (const char *)sqlite3_column_text(s, 0));
	sqlite3_reset(s);
}

/* The folders of erased runs and of erased customers. */
static void
judge_folders(const struct list *l)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/handoff/%s", dir, l->run);
	if (l->forgotten && access(path, F_OK) == 0)
		broken("run %s is gone, and its folder is not", l->run);
	for (int i = 0; i < l->count && !l->forgotten; i++) {
		snprintf(path, sizeof(path), "%s/handoff/%s/%s", dir, l->run,
		         customer_name(l->customer[i]));
		if (l->gone[i] && access(path, F_OK) == 0)
			broken("the pack of a forgotten customer is there: %s", path);
	}
}

static void
judge_bytes(const char *name, const char *word)
{
	static char data[FILE_MAX];
	char path[PATH_SIZE];
	enum store_file stored;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	stored = store_find(path);
	f = stored == STORE_FILES ? fopen(path, "re") : NULL;
	if (stored != STORE_FILES) {
		n = (size_t)store_size(stored) < sizeof(data) ? (size_t)store_size(stored)
		                                              : sizeof(data);
		store_read(stored, data, n, 0);
	}
	if (f != NULL) {
		n = fread(data, 1, sizeof(data), f);
		fclose(f);
	}
	if (memmem(data, n, word, strlen(word)) != NULL)
		broken("%s still holds \"%s\"", name, word);
}

static bool
is_listed(int device)
{
	for (int n = 0; n < world->lists; n++)
		for (int i = 0; i < world->list[n].count; i++)
			if (world->list[n].device[i] == device && !world->list[n].gone[i])
				return true;
	return false;
}

/* Not even free pages hold a forgotten customer or a device of nobody else. */
static void
judge_traces(void)
{
	char serial[16];

	judge_bytes("ledger.db", customer_name(forgetting));
	judge_bytes("ledger.db-wal", customer_name(forgetting));
	for (int d = 0; d < WORLD_DEVICES && !world->failed; d++) {
		if (is_listed(d))
			continue;
		device_name(d, serial);
		judge_bytes("ledger.db", serial);
		judge_bytes("ledger.db-wal", serial);
	}
}

/* Every end but a signal, a full disk and a refusal comes after the old runs were removed. */
static bool
must_have_removed(int code)
{
	static const int ends[] = {0, 1, 4, 5, 6, 10};

	for (size_t i = 0;
	     world->removes_old && !world->disk_full && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i] == code)
			return true;
	return false;
}

/* Packs go before rows. The next "run" or the same "forget" removes the rows. */
static bool
may_lack_packs(const struct list *l)
{
	return (world->crashed || world->disk_full) &&
	       (forgetting >= 0 || (world->removes_old && is_old(l, SLACK)));
}

void
judge_leftovers(int code)
{
	if (erased)
		judge_orphans();
	for (int n = 0; n < world->lists && !world->failed; n++) {
		struct list *l = &world->list[n];
		if (l->run[0] == '\0')
			continue;
		if (erased)
			judge_folders(l);
		l->half_erased = l->half_erased || may_lack_packs(l);
		l->alarm = !l->forgotten && has_alarm(l->run);
		if (!l->forgotten && must_have_removed(code) && was_old(l))
			broken("run %s ended more than keep-days ago, and is still there", l->run);
	}
	if (forgetting >= 0 && code == 0 && has_customer(forgetting))
		broken("customer %s was forgotten, and is still there", customer_name(forgetting));
	if (forgetting >= 0 && code == 0 && !world->failed)
		judge_traces();
}
