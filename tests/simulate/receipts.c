/* Reads a pack as its customer does, writes receipts, and compares the recorded answers with a model. */
#include "tests/simulate/receipts.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/simulate/image.h"
#include "tests/simulate/play.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 400
#define STEPS_MAX 32 /* of a device */
#define ANSWERS_MAX 20000
#define REPORTED_MAX 40 /* answers of a receipt */
#define AT_ONCE 3       /* receipts of a command */
#define DAY 86400
#define XML_MAX ((size_t)256 * 1024)

enum { ANSWER_DONE, ANSWER_NOT_APPLICABLE, ANSWER_GONE, ANSWER_LEFT, ANSWER_STATES };
static const char *const state_words[ANSWER_STATES] = {"done", "not-applicable", "gone", "left"};

struct answer {
	int64_t row;
	char step[8];
	int64_t at;
	int state;
	char record[16];
	int64_t verified;
};
static struct answer known[ANSWERS_MAX]; /* sorted by row and step: what the ledger must hold */
static int known_count;

/* How a receipt is damaged. */
enum damage {
	WHOLE,
	CUT,
	UNKNOWN_KEY,
	UNKNOWN_SCHEMA,
	FOREIGN_DEVICE,
	UNKNOWN_STEP,
	STEP_TWICE,
	TOO_EARLY,
	TOO_LATE,
	OTHER_CUSTOMER,
	UNKNOWN_RUN,
	CONTROL_CHARACTER,
	OTHER_CONTENTS, /* of the same person, pack and time */
	DAMAGES
};

enum expect { TAKEN, EITHER, REFUSED };
struct receipt {
	enum damage damage;
	enum expect expect;
	bool script;
	bool before; /* the ledger had it already when the command began */
	int schema;
	char run[NAME_SIZE], customer[NAME_SIZE], by[NAME_SIZE];
	int64_t generated;
	int count;
	struct answer answer[REPORTED_MAX];
};
static struct receipt given[AT_ONCE]; /* to the command that is played */
static int given_count;
static struct receipt taken; /* an earlier one */
static int number;
static const char *dir;
static uint64_t *rng;

void
receipts_forget(const char *directory)
{
	dir = directory;
	known_count = given_count = number = 0;
	taken = (struct receipt){0};
}

static int
below(int n)
{
	return random_below(rng, n);
}

/* ---- a pack, as its customer reads it ---- */

struct pack {
	char run[NAME_SIZE], customer[NAME_SIZE];
	int64_t started;
	char *xml;
	bool stale; /* the ledger knows more than the pack */
};

static bool
find_pack(struct pack *p)
{
	static const char sql[] =
		"SELECT r.name, c.key, r.out, c.folder, r.started FROM run r JOIN"
		" customer c ON c.run=r.id WHERE r.state IN (1,2) ORDER BY r.id, c.id";
	static char xml[XML_MAX];
	sqlite3_stmt *s = image_statement(sql, sql);
	char path[PATH_SIZE] = "";
	int seen = 0;
	size_t n;
	FILE *f;

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
		if (below(++seen) != 0)
			continue;
		snprintf(p->run, NAME_SIZE, "%s", (const char *)sqlite3_column_text(s, 0));
		snprintf(p->customer, NAME_SIZE, "%s", (const char *)sqlite3_column_text(s, 1));
		snprintf(path, sizeof(path), "%s/%s/handoff.xml",
		         (const char *)sqlite3_column_text(s, 2),
		         (const char *)sqlite3_column_text(s, 3));
		p->started = sqlite3_column_int64(s, 4);
	}
	sqlite3_reset(s);
	f = seen > 0 ? fopen(path, "re") : NULL;
	if (f == NULL)
		return false;
	n = fread(xml, 1, sizeof(xml) - 1, f);
	fclose(f);
	xml[n] = '\0';
	p->xml = xml;
	return n > 0;
}

/* Whether the ledger still says the outcome that the pack says. */
static bool
is_current(int64_t row, const char *word)
{
	static const char sql[] = "SELECT COALESCE(a.outcome, w.outcome) FROM row w"
				  " LEFT JOIN row a ON a.id=w.same_as WHERE w.id=?1";
	sqlite3_stmt *s = image_statement(sql, sql);
	bool same = false;

	if (s == NULL)
		return false;
	sqlite3_bind_int64(s, 1, row);
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0) < OUTCOMES)
		same = strcmp(outcome_words[sqlite3_column_int(s, 0)], word) == 0;
	sqlite3_reset(s);
	return same;
}

struct group { /* devices of a pack in one situation */
	char outcome[24];
	int steps;
	char step[STEPS_MAX][8], kind[STEPS_MAX][8];
};

static void
add_answer(struct receipt *r, const struct group *g, int step, int64_t row, int64_t earliest)
{
	struct answer *a = &r->answer[r->count++];
	int64_t now = world->wall_ms / 1000;

	*a = (struct answer){.row = row,
	                     .at = now > earliest ? now - below((int)(now - earliest) + 1)
	                                          : earliest};
	memcpy(a->step, g->step[step], sizeof(a->step));
	if (r->schema == 1)
		return;
	a->state = below(ANSWER_STATES);
	if (a->state == ANSWER_NOT_APPLICABLE && strcmp(g->kind[step], "if") != 0)
		a->state = ANSWER_DONE;
	if (below(4) == 0)
		snprintf(a->record, sizeof(a->record), "record-%d", below(1000));
}

static void
answer_device(struct receipt *r, struct pack *p, const struct group *g, int64_t row)
{
	int steps = g->steps > 0 && below(3) == 0 ? 1 + below(4) : 0;
	int first = steps > 0 ? below(g->steps) : 0;

	for (int i = 0; i < steps && i < g->steps && r->count < REPORTED_MAX - 1; i++)
		add_answer(r, g, (first + i) % g->steps, row, p->started);
	if (steps > 0 && !is_current(row, g->outcome))
		p->stale = true;
}

/* Each line of the document holds one element. */
static void
answer_pack(struct receipt *r, struct pack *p)
{
	struct group g = {.steps = 0};

	for (char *line = strtok(p->xml, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char id[24];
		line += strspn(line, " ");
		if (sscanf(line, "<group outcome=\"%23[^\"]\"", g.outcome) == 1)
			g.steps = 0;
		else if (g.steps < STEPS_MAX &&
		         sscanf(line, "<step ref=\"%7[^\"]\" kind=\"%7[^\"]\"", g.step[g.steps],
		                g.kind[g.steps]) == 2)
			g.steps++;
		else if (sscanf(line, "<device id=\"%23[0-9]\"", id) == 1)
			answer_device(r, p, &g, strtoll(id, NULL, 10));
	}
}

/* ---- receipts ---- */

/* A row that is not in the pack of the receipt, though it may be in another. */
static int64_t
foreign_row(const struct receipt *r)
{
	static const char sql[] =
		"SELECT w.id FROM list_row w LEFT JOIN customer c ON c.id=w.customer"
		" LEFT JOIN run u ON u.id=c.run WHERE c.key IS NULL OR c.key<>?1 OR"
		" u.name<>?2 ORDER BY w.id";
	sqlite3_stmt *s = image_statement(sql, sql);
	int64_t row = 100000;
	int seen = 0;

	if (s == NULL)
		return row;
	sqlite3_bind_text(s, 1, r->customer, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, r->run, -1, SQLITE_STATIC);
	while (sqlite3_step(s) == SQLITE_ROW)
		if (below(++seen) == 0)
			row = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return row;
}

static void
damage(struct receipt *r)
{
	struct answer *last = &r->answer[r->count - 1];

	r->expect = REFUSED;
	world->faults[FAULT_RECEIPT]++;
	switch (r->damage) {
	case FOREIGN_DEVICE: last->row = foreign_row(r); break;
	case UNKNOWN_STEP: snprintf(last->step, sizeof(last->step), "Y9"); break;
	case STEP_TWICE: r->answer[r->count++] = *last; break;
	case TOO_EARLY: last->at -= 400LL * DAY; break;
	case TOO_LATE: last->at = world->wall_ms / 1000 + 3LL * DAY; break;
	case OTHER_CUSTOMER: snprintf(r->customer, NAME_SIZE, "wingtip"); break;
	case UNKNOWN_RUN: r->run[strlen(r->run) - 1] ^= 1; break;
	case CONTROL_CHARACTER: snprintf(r->by, NAME_SIZE, "Ann\\u0007%d", number); break;
	case WHOLE:
	case CUT:
	case UNKNOWN_KEY:
	case UNKNOWN_SCHEMA:
	case OTHER_CONTENTS:
	case DAMAGES: break;
	}
}

/* false: no customer has anything to report. */
static bool
make_receipt(struct receipt *r)
{
	struct pack p = {.stale = false};
	int64_t now = world->wall_ms / 1000;

	*r = (struct receipt){.schema = below(4) == 0 ? 1 : 2, .script = below(3) == 0};
	if (!find_pack(&p) || p.started > now + DAY - 3600)
		return false;
	answer_pack(r, &p);
	if (r->count == 0)
		return false;
	snprintf(r->run, NAME_SIZE, "%s", below(6) == 0 ? "open" : p.run);
	snprintf(r->customer, NAME_SIZE, "%s", p.customer);
	snprintf(r->by, NAME_SIZE, "Ann %d", number++);
	r->generated = now > p.started ? now : p.started;
	r->expect = p.stale ? EITHER : TAKEN;
	r->script = r->script && r->schema == 2;
	r->damage = below(3) == 0 ? (enum damage)below(DAMAGES) : WHOLE;
	if (strcmp(r->run, "open") == 0 &&
	    (r->damage == FOREIGN_DEVICE || r->damage == UNKNOWN_RUN))
		r->damage = CUT;
	if (r->damage == OTHER_CONTENTS) {
		if (taken.run[0] == '\0')
			return false;
		memcpy(r->run, taken.run, NAME_SIZE);
		memcpy(r->customer, taken.customer, NAME_SIZE);
		memcpy(r->by, taken.by, NAME_SIZE);
		r->generated = taken.generated;
	}
	if (r->damage != WHOLE)
		damage(r);
	return true;
}

static void
write_answer(FILE *f, const struct receipt *r, int i)
{
	const struct answer *a = &r->answer[i];
	char at[CLOCK_STAMP_SIZE];

	clock_stamp(a->at, at);
	fprintf(f, "%s{\"device\":\"%lld\",\"step\":\"%s\",\"at\":\"%s\"", i > 0 ? ",\n" : "",
	        (long long)a->row, a->step, at);
	if (r->schema == 2)
		fprintf(f, ",\"state\":\"%s\"", state_words[a->state]);
	if (r->schema == 2 && a->record[0] != '\0')
		fprintf(f, ",\"record\":\"%s\"", a->record);
	fprintf(f, "}");
}

static void
write_receipt(const char *path, const struct receipt *r)
{
	char generated[CLOCK_STAMP_SIZE];
	FILE *f = fopen(path, "w+e");
	long size;

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	clock_stamp(r->generated, generated);
	fprintf(f, "{\"schema\":\"unpilot-receipt/%d\",\"run\":\"%s\",\"customer\":\"%s\",",
	        r->damage == UNKNOWN_SCHEMA ? 3 : r->schema, r->run, r->customer);
	fprintf(f, "\"by\":\"%s\",\"generated\":\"%s\",%s", r->by, generated,
	        r->damage == UNKNOWN_KEY ? "\"tenant\":\"\"," : "");
	if (r->schema == 2)
		fprintf(f, "\"source\":\"%s\",", r->script ? "script" : "page");
	fprintf(f, "\"done\":[");
	for (int i = 0; i < r->count; i++)
		write_answer(f, r, i);
	fprintf(f, "]}\n");
	size = ftell(f);
	fclose(f);
	if (r->damage == CUT && truncate(path, 1 + below((int)size - 3)) != 0)
		perror(path);
}

static bool
is_recorded(const struct receipt *r)
{
	static const char sql[] =
		"SELECT 1 FROM receipt WHERE run=?1 AND customer=?2 AND said_by=?3"
		" AND generated=?4";
	sqlite3_stmt *s = image_statement(sql, sql);
	bool found;

	if (s == NULL)
		return false;
	sqlite3_bind_text(s, 1, r->run, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, r->customer, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, r->by, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, r->generated);
	found = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	return found;
}

void
receipts_close(uint64_t *random)
{
	char line[PATH_SIZE * AT_ONCE] = "close", path[PATH_SIZE];
	bool refused = false, sure = true;
	int code;

	rng = random;
	given_count = 0;
	for (int i = 1 + below(AT_ONCE); i > 0; i--) {
		struct receipt *r = &given[given_count];
		if (given_count > 0 && below(5) == 0)
			*r = given[given_count - 1]; /* the same file twice */
		else if (taken.run[0] != '\0' && below(5) == 0)
			*r = taken; /* once more, on another day */
		else if (!make_receipt(r))
			continue;
		snprintf(path, sizeof(path), " %s/receipt-%d.json", dir, given_count);
		r->before = is_recorded(r);
		write_receipt(path + 1, r);
		strncat(line, path, sizeof(line) - strlen(line) - 1);
		refused = refused || r->expect == REFUSED;
		sure = sure && r->expect != EITHER;
		given_count++;
	}
	if (given_count == 0)
		return;
	world->sends_nothing = world->may_refuse = true;
	code = play(false, "%s", line);
	if (code != PLAY_CRASHED && !world->disk_full && sure && code != (refused ? 2 : 0))
		broken("close ended with %d, %s receipt is damaged", code, refused ? "a" : "no");
}

/* ---- the model ---- */

static int
compare(const struct answer *a, int64_t row, const char *step)
{
	return a->row != row ? (a->row < row ? -1 : 1) : strcmp(a->step, step);
}

/* The place of an answer, or where it belongs. */
static int
place_of(int64_t row, const char *step)
{
	int low = 0, high = known_count;

	while (low < high) {
		int middle = (low + high) / 2;
		if (compare(&known[middle], row, step) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(int place, const struct answer *a)
{
	return place < known_count && compare(&known[place], a->row, a->step) == 0;
}

/* The first answer to a step stays. A script also says what the customer's directory shows. */
static void
take_answer(const struct receipt *r, const struct answer *a)
{
	int place = place_of(a->row, a->step);

	if (!is_at(place, a) && a->state != ANSWER_LEFT) {
		if (known_count == ANSWERS_MAX)
			abort();
		memmove(&known[place + 1], &known[place],
		        (size_t)(known_count - place) * sizeof(known[0]));
		known_count++;
		known[place] = *a;
	}
	if (r->script && is_at(place, a) && llabs(known[place].verified) < r->generated)
		known[place].verified = a->state == ANSWER_LEFT ? -r->generated : r->generated;
}

/* A crash may come between two receipts, and never within one. */
static void
judge_given(void)
{
	bool crashed = false;

	for (int i = 0; i < given_count; i++) {
		const struct receipt *r = &given[i];
		bool recorded = is_recorded(r);
		if (r->damage == OTHER_CONTENTS)
			continue;
		if (r->before && !recorded)
			broken("receipt %s of run %s was recorded and is lost", r->by, r->run);
		if (recorded && !r->before &&
		    (r->expect == REFUSED || (crashed && !world->disk_full)))
			broken("receipt %s of run %s is recorded, and %s", r->by, r->run,
			       crashed ? "an earlier one is not" : "it is damaged");
		if (!recorded && r->expect == TAKEN && !world->crashed && !world->disk_full)
			broken("receipt %s of run %s is not recorded", r->by, r->run);
		crashed = crashed || (!recorded && r->expect == TAKEN);
		for (int k = 0; recorded && !r->before && k < r->count; k++)
			take_answer(r, &r->answer[k]);
		if (recorded && r->expect == TAKEN)
			taken = *r;
	}
	given_count = 0;
}

static bool
is_same(sqlite3_stmt *s, const struct answer *a)
{
	return sqlite3_column_int64(s, 0) == a->row &&
	       strcmp((const char *)sqlite3_column_text(s, 1), a->step) == 0 &&
	       sqlite3_column_int64(s, 2) == a->at && sqlite3_column_int(s, 3) == a->state &&
	       strcmp((const char *)sqlite3_column_text(s, 4), a->record) == 0 &&
	       sqlite3_column_int64(s, 5) == a->verified;
}

/* Rows that were erased take their answers with them. */
static void
drop_erased(void)
{
	static const char sql[] = "SELECT 1 FROM list_row WHERE id=?1 AND list<>0";
	sqlite3_stmt *s = image_statement(sql, sql);
	int kept = 0;

	for (int i = 0; s != NULL && i < known_count; i++) {
		sqlite3_bind_int64(s, 1, known[i].row);
		if (sqlite3_step(s) == SQLITE_ROW)
			known[kept++] = known[i];
		sqlite3_reset(s);
	}
	known_count = kept;
	taken = (struct receipt){0};
	world->erased = false;
}

void
judge_receipts(void)
{
	static const char sql[] =
		"SELECT row, step, said_at, state, record, verified FROM done ORDER BY row, step";
	sqlite3_stmt *s;
	int i = 0;

	judge_given();
	if (world->erased)
		drop_erased();
	s = image_statement(sql, sql);
	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed) {
		if (i == known_count || !is_same(s, &known[i]))
			broken("the ledger has step %s of row %lld answered with %d; the receipts say otherwise",
			       (const char *)sqlite3_column_text(s, 1),
			       (long long)sqlite3_column_int64(s, 0), sqlite3_column_int(s, 3));
		i++;
	}
	sqlite3_reset(s);
	if (!world->failed && i < known_count)
		broken("the answer to step %s of row %lld is lost", known[i].step,
		       (long long)known[i].row);
}
