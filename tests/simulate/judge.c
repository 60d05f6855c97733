/* Compares the ledger and the packs with the history of the service, by statements of its own. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulate/center.h"
#include "tests/simulate/erase.h"
#include "tests/simulate/holds.h"
#include "tests/simulate/image.h"
#include "tests/simulate/letters.h"
#include "tests/simulate/receipts.h"
#include "tests/simulate/world.h"

/* In the order of the numbers in the ledger. */
const char *const outcome_words[OUTCOMES] = {
	"deregistered", "not-registered", "not-ours", "not-found", "not-unique", "refused",
	"alarm",        "pending",        "unknown",  "not-sent",  "held",       "rejected"};
enum {
	GOOD,
	NOT_REGISTERED,
	REFUSED = 5,
	ALARM,
	PENDING = OUTCOME_PENDING,
	UNKNOWN = OUTCOME_UNKNOWN,
	NOT_SENT = OUTCOME_NOT_SENT,
	REJECTED = 11
};

static const int outcome_of_state[STATE_COUNT] = {
	[STATE_OURS] = GOOD,    [STATE_NOT_REGISTERED] = NOT_REGISTERED,
	[STATE_OTHERS] = 2,     [STATE_NOT_FOUND] = 3,
	[STATE_NOT_UNIQUE] = 4, [STATE_REFUSED] = REFUSED,
	[STATE_ALARM] = ALARM};

static const char *
text(sqlite3_stmt *s, int column)
{
	const unsigned char *t = sqlite3_column_text(s, column);

	return t != NULL ? (const char *)t : "";
}

bool
judge_find_run(const char *where, char dst[static NAME_SIZE])
{
	char sql[400];
	sqlite3_stmt *s;
	bool found;

	snprintf(sql, sizeof(sql), "SELECT r.name FROM run r WHERE %s ORDER BY r.id DESC LIMIT 1",
	         where);
	s = image_statement(where, sql);
	found = s != NULL && sqlite3_step(s) == SQLITE_ROW;
	if (found)
		snprintf(dst, NAME_SIZE, "%s", text(s, 0));
	sqlite3_reset(s);
	return found;
}

/* The ledger's times are those of its server, also if the clock of a machine is off. */
static void
judge_time(const char *run, const char *what, int64_t at)
{
	if (at * 1000 < world->group_begin_ms - SLACK_MS || at * 1000 > world->wall_ms + SLACK_MS)
		broken("run %s: %s at another time than the ledger's", run, what);
}

/* Lists are named by their number. */
static void
learn_runs(void)
{
	static const char sql[] =
		"SELECT r.name, l.path, r.state, r.started, r.finished FROM run r JOIN list l ON l.run=r.id";
	sqlite3_stmt *s = image_statement(sql, sql);

	for (int n = 0; n < world->lists; n++) {
		world->list[n].was_open = world->list[n].open;
		world->list[n].open = false; /* a run may be gone: forgotten, or lost in a crash */
	}
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
			judge_time(text(s, 0), "it began", sqlite3_column_int64(s, 3));
		} else if (strcmp(world->list[n].run, text(s, 0)) != 0) {
			broken("one list has the runs %s and %s", world->list[n].run, text(s, 0));
		}
		world->list[n].plan = sqlite3_column_int(s, 2) == 0;
		world->list[n].was_plan = world->list[n].was_plan || world->list[n].plan;
		world->list[n].open = sqlite3_column_int(s, 2) == 1;
		world->list[n].finished = sqlite3_column_int(s, 2) == 2 ? sqlite3_column_int64(s, 4)
		                                                        : 0;
	}
	sqlite3_reset(s);
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
		/* "forget" erases a BatchId: the program then polls it for the other batch that gets it */
		if ((outcome == REFUSED && s->refused && s->count == 1) ||
		    (outcome == ALARM && (s->alarm_shown || s->unreadable)))
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
		if (strcmp(s->run, run) == 0 && s->accepted && holds(s, device, &at))
			can = s->told && (s->polled || s->sure) && !s->contradicts &&
			      !s->lost_for_good && (s->odd & 1U << at) == 0;
	}
	return can;
}

/* "No answer by poll-deadline: nothing else is sent": somebody must say --resend. */
static bool
waits_for_canary(const struct list *l)
{
	bool unknown = false;

	for (int i = 0; i < l->count; i++)
		unknown = unknown || l->now[i] == UNKNOWN + 1;
	return unknown && world->set.canary > 0;
}

static void
judge_row(struct list *l, int row, int outcome, int64_t decided, bool sent, bool quiet)
{
	const char *word = outcome_words[outcome];
	int device = l->device[row];

	l->now[row] = (signed char)(outcome + 1);
	if (l->gone[row])
		broken("run %s: the erased row of device %d is back", l->run, device);
	if (l->bad[row] != (outcome == REJECTED))
		broken("run %s: row %d of device %d is %s", l->run, row, device, word);
	if (l->bad[row])
		return;
	if (world->by_partner)
		judge_center_row(l, row, outcome, quiet);
	else if (outcome <= ALARM && !was_said(l->run, device, outcome))
		broken("run %s: device %d is %s, and the service never said so", l->run, device,
		       word);
	/* the rows of a batch that is on its way are still not-sent: its state says more */
	if (outcome >= NOT_SENT && !(outcome == NOT_SENT && sent && !quiet) &&
	    was_taken(l->run, device))
		broken("run %s: device %d is %s, and the service was asked", l->run, device, word);
	if (l->final[row] != 0 && l->final[row] != outcome + 1)
		broken("run %s: device %d was %s and is %s", l->run, device,
		       outcome_words[l->final[row] - 1], word);
	if (quiet && outcome == NOT_SENT && !l->plan && !l->letter && !waits_for_canary(l))
		broken("run %s: device %d is not-sent for ever", l->run, device);
	/* a canary that stays without its answers ends the polling soon: only --resend goes on */
	if (quiet && outcome == PENDING && !waits_for_canary(l))
		broken("run %s: device %d is pending for ever", l->run, device);
	if (quiet && outcome == UNKNOWN && can_be_known(l->run, device))
		broken("run %s: device %d is unknown, and its answer was there", l->run, device);
	if (outcome <= ALARM && l->final[row] == 0)
		judge_time(l->run, "a verdict came", decided);
	if (outcome <= ALARM)
		l->final[row] = (signed char)(outcome + 1);
	l->decided_ms[row] = decided * 1000;
	if (world->deregistered[device] != 0 && &world->list[world->deregistered_by[device]] != l)
		l->elsewhere[row] = true;
	if (outcome == GOOD) {
		world->deregistered[device] = decided * 1000;
		world->deregistered_by[device] = (int)(l - world->list);
	}
}

static int
kept_rows(const struct list *l)
{
	int n = 0;

	for (int i = 0; i < l->count; i++)
		n += l->gone[i] ? 0 : 1;
	for (int i = 0; i < l->copies; i++)
		n += l->gone[(int)l->copy_of[i]] ? 0 : 1;
	return n;
}

static void
note_held(struct list *l, int row, int outcome, const char *reason)
{
	static const char earlier[] = "deregistered in run ",
			  guard[] = "held: a guard stopped the run";
	bool held = outcome == OUTCOME_HELD;

	if (held && l->now[row] != OUTCOME_HELD + 1)
		holds_note(l, row, reason);
	l->given_up[row] = outcome == UNKNOWN && strstr(reason, "not asked again") != NULL;
	l->earlier[row] = held && strncmp(reason, earlier, sizeof(earlier) - 1) == 0;
	l->guarded = l->guarded || (held && strncmp(reason, guard, sizeof(guard) - 1) == 0);
}

/* It shares the outcome of the row that it repeats, which comes before it. */
static bool
is_copy(const struct list *l, int row, int outcome, const char *serial)
{
	int first = row >= l->count && row < l->count + l->copies ? l->copy_of[row - l->count] : -1;

	if (first < 0)
		return false;
	if (device_of(serial) != l->device[first] || l->now[first] != outcome + 1)
		broken("run %s: row %d repeats row %d, and is %s", l->run, row, first,
		       outcome_words[outcome]);
	return true;
}

static void
judge_rows(bool quiet)
{
	static const char sql[] =
		"SELECT l.path, w.line, w.serial, COALESCE(a.outcome, w.outcome),"
		" COALESCE(a.decided, w.decided), EXISTS (SELECT 1 FROM batch b WHERE"
		" b.id=w.batch AND b.state IN (1,2)), COALESCE(a.reason, w.reason)"
		" FROM row w JOIN list l ON l.id=w.list"
		" LEFT JOIN row a ON a.id=w.same_as ORDER BY w.id";
	sqlite3_stmt *s = image_statement(sql, sql);
	static int rows[WORLD_LISTS];

	holds_begin();
	memset(rows, 0, sizeof(rows));
	memset(world->deregistered, 0, sizeof(world->deregistered));
	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed) {
		int n = -1, row = sqlite3_column_int(s, 1) - 2; /* line 1 is the header */
		struct list *l;
		const char *name = strrchr(text(s, 0), '/');
		if (name == NULL || sscanf(name, "/list-%4d.csv", &n) != 1 || n < 0 ||
		    n >= world->lists)
			continue;
		l = &world->list[n];
		if (is_copy(l, row, sqlite3_column_int(s, 3), text(s, 2))) {
			rows[n]++;
			continue;
		}
		if (row < 0 || row >= l->count ||
		    device_of(text(s, 2)) != (l->bad[row] ? -1 : l->device[row])) {
			broken("run %s: row %d is not that of its list", l->run, row);
			break;
		}
		rows[n]++;
		note_held(l, row, sqlite3_column_int(s, 3), text(s, 6));
		judge_row(l, row, sqlite3_column_int(s, 3), sqlite3_column_int64(s, 4),
		          sqlite3_column_int(s, 5) != 0, quiet);
	}
	sqlite3_reset(s);
	for (int n = 0; n < world->lists; n++)
		if (world->list[n].run[0] != '\0' && rows[n] != kept_rows(&world->list[n]))
			broken("run %s: %d of its %d rows are in the ledger", world->list[n].run,
			       rows[n], kept_rows(&world->list[n]));
}

bool
may_be_held(const struct list *l, int row)
{
	for (int n = 0; n < world->lists; n++) {
		const struct list *o = &world->list[n];
		for (int i = 0; o != l && i < o->count; i++)
			if (o->device[i] == l->device[row] && !o->bad[i] &&
			    (o->final[i] == GOOD + 1 || o->customer[i] != l->customer[row]))
				return true;
	}
	/* what the plan did not see, or what has changed since */
	return (world->by_partner && l->was_plan) || l->stopped ||
	       (world->ever_skipped & 1ULL << l->device[row]) != 0;
}

static void
judge_held(void)
{
	for (int n = 0; n < world->lists; n++) {
		const struct list *l = &world->list[n];
		for (int i = 0; i < l->count; i++)
			if (!l->gone[i] && !l->waits[i] && l->now[i] == OUTCOME_HELD + 1 &&
			    !may_be_held(l, i))
				broken("run %s: device %d is held, and nothing speaks for it",
				       l->run, l->device[i]);
	}
}

static bool
is_final(const struct send *s, int device)
{
	for (int n = 0; n < world->lists; n++)
		for (int i = 0; i < world->list[n].count; i++)
			if (strcmp(world->list[n].run, s->run) == 0 &&
			    world->list[n].device[i] == device && !world->list[n].bad[i])
				return world->list[n].now[i] != 0 &&
				       world->list[n].now[i] - 1 <= ALARM;
	return false;
}

/* The program asked once more, and waits for that answer instead. */
static bool
is_sent_later(const struct send *s, int device)
{
	int at;

	for (const struct send *p = s + 1; p < world->sends + world->send_count; p++)
		if (strcmp(p->run, s->run) == 0 && holds(p, device, &at))
			return true;
	return false;
}

/* The batch was split when it was to be sent again: each part asks for its own devices. */
static bool
is_split(const struct send *s)
{
	static const char sql[] = "SELECT COUNT(*) FROM batch WHERE service_id=?1";
	sqlite3_stmt *stmt = image_statement(sql, sql);
	bool split;

	if (stmt == NULL)
		return false;
	sqlite3_bind_text(stmt, 1, s->id, -1, SQLITE_STATIC);
	split = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0) > 1;
	sqlite3_reset(stmt);
	return split;
}

/* Everything that was learned is in the ledger, also if a pack found no room. */
static void
judge_recorded(int code)
{
	for (int i = 0; code >= 0 && !world->lapsed && i < world->send_count; i++) {
		const struct send *s = &world->sends[i];
		for (int k = 0; s->whole_in == world->command && k < s->count; k++)
			if (!is_final(s, s->device[k]) && !is_sent_later(s, s->device[k]) &&
			    !is_split(s))
				broken("run %s: the verdict on device %d was delivered and not recorded",
				       s->run, s->device[k]);
	}
}

/* A run without open rows is finished: "resume" has written what a full disk or a crash prevented. */
static void
judge_finished(void)
{
	for (int n = 0; n < world->lists; n++) {
		const struct list *l = &world->list[n];
		bool waits = false;
		for (int i = 0; i < l->count; i++)
			waits = waits || l->waits[i] ||
			        (l->now[i] - 1 >= PENDING && l->now[i] - 1 <= NOT_SENT);
		if (l->open && !l->forgotten && !waits)
			broken("run %s has no open row, and never ends", l->run);
	}
}

/* No batch is on its way when no command runs any more. */
static void
judge_batches(void)
{
	static const char sql[] =
		"SELECT r.name, b.id FROM batch b JOIN run r ON r.id=b.run WHERE b.state=1";
	sqlite3_stmt *s = image_statement(sql, sql);

	if (s != NULL && sqlite3_step(s) == SQLITE_ROW)
		broken("run %s: batch %s is on its way for ever", text(s, 0), text(s, 1));
	sqlite3_reset(s);
}

/* The answers to two batches would be mixed up. */
static void
judge_batch_ids(void)
{
	static const char sql[] = "SELECT a.service_id FROM batch a JOIN batch b ON"
				  " b.service_id=a.service_id AND b.run>a.run LIMIT 1";
	sqlite3_stmt *s = world->by_partner || !world->wide ? NULL : image_statement(sql, sql);

	if (s != NULL && sqlite3_step(s) == SQLITE_ROW)
		broken("batches of two runs have the BatchId %s", text(s, 0));
	sqlite3_reset(s);
}

void
judge_ledger(bool quiet, int code)
{
	if (image_database() == NULL) {
		broken("the ledger is gone");
		return;
	}
	learn_runs();
	judge_center_intents();
	judge_batch_ids();
	judge_erased();
	if (!world->failed)
		judge_rows(quiet);
	if (!world->failed)
		judge_letters(quiet);
	if (!world->failed)
		judge_held();
	if (!world->failed)
		judge_holds();
	if (!world->failed && code >= 0 && !world->ledger_full)
		judge_recorded(code);
	if (!world->failed)
		judge_end_code(code);
	if (!world->failed && quiet)
		judge_batches();
	if (!world->failed && quiet)
		judge_finished();
	if (!world->failed)
		judge_leftovers(code);
	if (!world->failed && world->set.letter == LETTER_NONE)
		judge_receipts();
	if (!world->failed && world->others == 0) /* nobody is writing them */
		judge_packs();
}
