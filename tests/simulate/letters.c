/* Reads letters as their customers do, answers them, and judges by the answers which devices may leave. */
#include "tests/simulate/letters.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/simulate/image.h"
#include "tests/simulate/play.h"
#include "tests/simulate/reminders.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 400
#define DAY 86400
#define SLACK 3600
#define XML_MAX ((size_t)256 * 1024)

/* Shared with the child, which judges what leaves. */
static struct {
	int count;
	struct addressed known[ADDRESSED_MAX]; /* in the order of rows */
} * model;

/* The receipt that is given to the command that is played. */
static struct {
	char run[NAME_SIZE], by[NAME_SIZE];
	int customer;
	int64_t generated;
	unsigned answers[ADDRESSED_MAX]; /* for each known device */
	bool given;
} receipt;
static int number;
static const char *dir;

void
letters_begin(const char *directory, uint64_t seed)
{
	uint64_t choice = random_mix(seed, 7, 0);

	dir = directory;
	if (model == NULL)
		model = shared_memory(sizeof(*model));
	model->count = number = 0;
	receipt.given = false;
	world->set.letter = LETTER_NONE;
	if (choice % 4 != 0 || world->by_partner)
		return;
	world->set.letter = random_chance(&choice, 70)   ? LETTER_REQUIRE
	                    : random_chance(&choice, 50) ? LETTER_WARN
	                                                 : LETTER_OFF;
	world->set.letter_wait = random_chance(&choice, 50) ? 0 : 1 + random_below(&choice, 8);
}

/* ---- the model ---- */

static bool
is_answered(const struct addressed *a)
{
	return a->steps > 0 && a->answered == (1U << a->steps) - 1;
}

static bool
is_old(const struct addressed *a, int64_t slack)
{
	return world->set.letter_wait > 0 &&
	       world->wall_ms / 1000 - a->started >= world->set.letter_wait * DAY + slack;
}

/* On a server, a worker judges letters when it takes a run up, and another one may use one up since. */
static bool
is_too_late(const struct list *l, int row)
{
	return world->on_server && l->decided_ms[row] >= world->begin_ms - SLACK_MS;
}

/* Another run deregistered the device under this letter. */
static bool
is_used_up(const struct addressed *a, const struct list *by)
{
	for (int n = 0; n < world->lists; n++)
		for (int i = 0; i < world->list[n].count; i++)
			if (&world->list[n] != by && world->list[n].sent_under[i] == a->row &&
			    world->list[n].now[i] != 0 && world->list[n].now[i] <= GOOD_OUTCOMES &&
			    !is_too_late(&world->list[n], i))
				return true;
	return false;
}

/* The letter that counts: the newest one to this customer whose packs are written. NULL: none. */
static const struct addressed *
letter_of(const struct list *l, int row)
{
	for (int i = model->count - 1; i >= 0; i--)
		if (model->known[i].written && model->known[i].device == l->device[row] &&
		    model->known[i].customer == l->customer[row])
			return is_used_up(&model->known[i], l) ? NULL : &model->known[i];
	return NULL;
}

/* slack: seconds by which a letter must be older than letter-wait. */
static bool
is_ready(const struct list *l, int row, int64_t slack)
{
	const struct addressed *a = letter_of(l, row);

	return a != NULL && (is_answered(a) || is_old(a, slack));
}

const struct addressed *
letters_known(int i)
{
	return &model->known[i];
}

int
letters_find(int64_t row)
{
	for (int i = 0; i < model->count; i++)
		if (model->known[i].row == row)
			return i;
	return -1;
}

bool
letters_want_answers(int i)
{
	const struct addressed *a = &model->known[i];

	for (int k = i + 1; k < model->count; k++)
		if (model->known[k].written && model->known[k].device == a->device &&
		    model->known[k].customer == a->customer)
			return false;
	return !is_answered(a) && !is_used_up(a, NULL);
}

/* ---- a request ---- */

static struct list *
list_of_request(const char *body)
{
	static const char key[] = "\"PurchaseOrderId\":\"";
	const char *at = strstr(body, key);
	size_t len = at != NULL ? strcspn(at + sizeof(key) - 1, "/\"") : 0;

	for (int n = 0; n < world->lists && at != NULL; n++)
		if (strlen(world->list[n].run) == len &&
		    strncmp(world->list[n].run, at + sizeof(key) - 1, len) == 0)
			return &world->list[n];
	/* the first request of a new run */
	return world->current_list >= 0 ? &world->list[world->current_list] : NULL;
}

static int
row_of_device(const struct list *l, int device)
{
	for (int i = 0; i < l->count; i++)
		if (l->device[i] == device && !l->bad[i])
			return i;
	return -1;
}

/*
 * Remembers the letter under which the row is sent. A row keeps it while its request may still be answered: a letter
 * that is written meanwhile is for a later registration.
 */
static void
note_letter(struct list *l, int row)
{
	const struct addressed *a = letter_of(l, row);
	int now = l->now[row] - 1;

	if (!l->tried[row] ||
	    ((now == OUTCOME_NOT_SENT || now == OUTCOME_HELD) && !l->in_doubt[row]))
		l->sent_under[row] = a != NULL ? a->row : 0;
	l->tried[row] = l->leaving[row] = true;
}

static void
judge_row_start(struct list *l, int row)
{
	const struct addressed *a = letter_of(l, row);
	bool tried = l->tried[row];

	note_letter(l, row);
	if (tried)
		return;
	if (world->set.letter == LETTER_REQUIRE && !is_let_go(l) && !is_ready(l, row, -SLACK))
		broken("device %d of run %s leaves, and its customer has not answered %s",
		       l->device[row], l->run, a != NULL ? "the letter" : "a letter that counts");
}

void
judge_letters_start(const char *body)
{
	struct list *l = world->set.letter == LETTER_NONE ? NULL : list_of_request(body);
	int device, row;

	for (const char *at = body; l != NULL && (at = strstr(at, "\"SN-")) != NULL; at++) {
		device = device_of(at + 1);
		row = device >= 0 ? row_of_device(l, device) : -1;
		if (row >= 0)
			judge_row_start(l, row);
	}
}

/* ---- a letter, as its customer reads it ---- */

/* Each line of the document holds one element. `know` and `ours` ask for nothing. */
static void
read_letter(const char *path)
{
	static char xml[XML_MAX];
	struct addressed group = {.steps = 0};
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(xml, 1, sizeof(xml) - 1, f) : 0;

	if (f != NULL)
		fclose(f);
	xml[n] = '\0';
	for (char *line = strtok(xml, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		int device;
		char id[24], step[8], kind[8];
		line += strspn(line, " ");
		if (strncmp(line, "<group ", 7) == 0) {
			group.steps = 0;
		} else if (sscanf(line, "<step ref=\"%7[^\"]\" kind=\"%7[^\"]\"", step, kind) ==
		           2) {
			if (strcmp(kind, "know") == 0 || strcmp(kind, "ours") == 0 ||
			    group.steps == LETTER_STEPS_MAX)
				continue;
			memcpy(group.step[group.steps], step, sizeof(step));
			memcpy(group.kind[group.steps++], kind, sizeof(kind));
		} else if (sscanf(line, "<device id=\"%23[0-9]\"", id) == 1) {
			device = letters_find(strtoll(id, NULL, 10));
			if (device < 0)
				continue;
			model->known[device].steps = group.steps;
			memcpy(model->known[device].step, group.step, sizeof(group.step));
			memcpy(model->known[device].kind, group.kind, sizeof(group.kind));
		}
	}
}

/* A letter with devices that wait for answers. */
static bool
find_letter(uint64_t *rng, int64_t *ret_first, int64_t *ret_last)
{
	static const char sql[] =
		"SELECT r.name, c.key, r.out, c.folder, MIN(w.id), MAX(w.id) FROM run r JOIN customer c"
		" ON c.run=r.id JOIN list_row w ON w.customer=c.id WHERE r.state=3"
		" GROUP BY c.id ORDER BY c.id";
	sqlite3_stmt *s = image_statement(sql, sql);
	char path[PATH_SIZE] = "";
	int seen = 0;

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
		if (random_below(rng, ++seen) != 0)
			continue;
		snprintf(receipt.run, NAME_SIZE, "%s", (const char *)sqlite3_column_text(s, 0));
		receipt.customer = customer_of((const char *)sqlite3_column_text(s, 1));
		snprintf(path, sizeof(path), "%s/%s/handoff.xml",
		         (const char *)sqlite3_column_text(s, 2),
		         (const char *)sqlite3_column_text(s, 3));
		*ret_first = sqlite3_column_int64(s, 4);
		*ret_last = sqlite3_column_int64(s, 5);
	}
	sqlite3_reset(s);
	if (seen > 0)
		read_letter(path);
	return seen > 0;
}

/* The customer answers all steps, some, or none of a device. */
static int
choose_answers(uint64_t *rng, int64_t first, int64_t last)
{
	bool all = random_chance(rng, 60);
	int answers = 0;

	for (int i = 0; i < model->count; i++) {
		const struct addressed *a = &model->known[i];
		receipt.answers[i] = 0;
		if (a->row < first || a->row > last || a->customer != receipt.customer ||
		    a->started > receipt.generated || a->steps == 0)
			continue;
		for (int k = 0; k < a->steps; k++)
			if (all || random_chance(rng, 60))
				receipt.answers[i] |= 1U << k;
		if (!all && random_chance(rng, 30))
			receipt.answers[i] = 0;
		answers += __builtin_popcount(receipt.answers[i]);
	}
	return answers;
}

static void
write_receipt(const char *path, uint64_t *rng)
{
	char at[CLOCK_STAMP_SIZE];
	const char *comma = "";
	FILE *f = fopen(path, "we");

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	clock_stamp(receipt.generated, at);
	fprintf(f,
	        "{\"schema\":\"unpilot-receipt/2\",\"run\":\"%s\",\"customer\":\"%s\",\"by\":\"%s\",",
	        receipt.run, customer_name(receipt.customer), receipt.by);
	fprintf(f, "\"generated\":\"%s\",\"source\":\"page\",\"done\":[", at);
	for (int i = 0; i < model->count; i++)
		for (int k = 0; k < model->known[i].steps; k++) {
			bool open = strcmp(model->known[i].kind[k], "if") == 0 &&
			            random_chance(rng, 50);
			if ((receipt.answers[i] & 1U << k) == 0)
				continue;
			fprintf(f,
			        "%s{\"device\":\"%lld\",\"step\":\"%s\",\"at\":\"%s\",\"state\":\"%s\"}",
			        comma, (long long)model->known[i].row, model->known[i].step[k], at,
			        open ? "not-applicable" : "done");
			comma = ",\n";
		}
	fprintf(f, "]}\n");
	fclose(f);
}

void
letters_answer(uint64_t *rng)
{
	int64_t first = 0, last = 0;
	char path[PATH_SIZE];
	int code;

	receipt.generated = world->wall_ms / 1000;
	if (!find_letter(rng, &first, &last) || choose_answers(rng, first, last) == 0)
		return;
	snprintf(receipt.by, NAME_SIZE, "Bo %d", number++);
	snprintf(path, sizeof(path), "%s/letter-receipt.json", dir);
	write_receipt(path, rng);
	receipt.given = true;
	world->sends_nothing = true;
	code = play(false, "close %s", path);
	receipt.given = false;
	world->sends_nothing = false;
	if (code != PLAY_CRASHED && !world->disk_full && code != 0 && !world->failed)
		broken("close ended with %d, and the receipt of the letter is whole", code);
}

/* ---- the judge ---- */

static void
take_receipt(void)
{
	static const char sql[] = "SELECT 1 FROM receipt WHERE run=?1 AND said_by=?2";
	sqlite3_stmt *s = receipt.given ? image_statement(sql, sql) : NULL;
	bool found;

	if (s == NULL)
		return;
	sqlite3_bind_text(s, 1, receipt.run, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, receipt.by, -1, SQLITE_STATIC);
	found = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	if (!found && !world->crashed && !world->disk_full)
		broken("the receipt %s of letter %s is not recorded", receipt.by, receipt.run);
	for (int i = 0; found && i < model->count; i++)
		model->known[i].answered |= receipt.answers[i];
}

static struct list *
list_at(const char *path)
{
	const char *name = strrchr(path, '/');
	int n = -1;

	return name != NULL && sscanf(name, "/list-%4d.csv", &n) == 1 && n >= 0 && n < world->lists
	               ? &world->list[n]
	               : NULL;
}

/* From now on the letter may have been sent. */
static void
note_written(struct addressed *a, const char *out, const char *folder)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s/handoff.xml", out, folder);
	if (!a->written && access(path, R_OK) != 0)
		broken("row %lld of a letter counts as written, and its pack is not there",
		       (long long)a->row);
	a->written = true;
}

/* Learns new letters; the answers of the others are those of their receipts. */
static void
judge_answers(void)
{
	static const char sql[] =
		"SELECT l.path, w.line, w.id, r.started, (SELECT COUNT(*) FROM done d WHERE d.row=w.id),"
		" r.exit_code, r.out, c.folder FROM run r JOIN list l ON l.run=r.id"
		" JOIN row w ON w.list=l.id JOIN customer c ON c.id=w.customer"
		/* the letter leaves out devices that were deregistered lately (holds.c) */
		" WHERE r.state=3 AND w.outcome<>10 ORDER BY w.id";
	sqlite3_stmt *s = image_statement(sql, sql);
	int i = 0;

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed) {
		const struct list *l = list_at((const char *)sqlite3_column_text(s, 0));
		int row = sqlite3_column_int(s, 1) - 2;
		if (l == NULL || row < 0 || row >= l->count || l->bad[row])
			continue;
		if (i == ADDRESSED_MAX)
			abort(); /* there are no more lists */
		if (i == model->count)
			model->known[model->count++] = (struct addressed){
				.row = sqlite3_column_int64(s, 2),
				.device = l->device[row],
				.customer = l->customer[row],
				.started = sqlite3_column_int64(s, 3)};
		if (model->known[i].row != sqlite3_column_int64(s, 2))
			broken("row %lld of a letter is lost", (long long)model->known[i].row);
		else if (sqlite3_column_int(s, 4) != __builtin_popcount(model->known[i].answered))
			broken("row %lld of a letter has %d answers, its receipts %d",
			       (long long)model->known[i].row, sqlite3_column_int(s, 4),
			       __builtin_popcount(model->known[i].answered));
		else if (sqlite3_column_int(s, 5) == 0)
			note_written(&model->known[i], (const char *)sqlite3_column_text(s, 6),
			             (const char *)sqlite3_column_text(s, 7));
		i++;
	}
	sqlite3_reset(s);
	if (i < model->count && !world->failed)
		broken("row %lld of a letter is lost", (long long)model->known[i].row);
}

static void
judge_waiting(struct list *l, int row, int state, bool quiet)
{
	l->waits[row] = state == 1;
	if (state == 2)
		broken("run %s is finished, and device %d waits for its customer", l->run,
		       l->device[row]);
	if (!quiet || state != 1)
		return;
	if (world->set.letter != LETTER_REQUIRE)
		broken("run %s: device %d waits, and no letter is required", l->run,
		       l->device[row]);
	else if (is_ready(l, row, SLACK))
		broken("run %s: device %d is ready, and waits for ever", l->run, l->device[row]);
}

/* The command died after it had written that it sends a batch: the next one may send it again at once. */
static void
note_intents(void)
{
	static const char sql[] = "SELECT l.path, w.line FROM list l JOIN row w ON w.list=l.id"
				  " JOIN batch b ON b.id=w.batch WHERE b.first_sent>0";
	sqlite3_stmt *s = image_statement(sql, sql);

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
		struct list *l = list_at((const char *)sqlite3_column_text(s, 0));
		int row = sqlite3_column_int(s, 1) - 2;
		if (l != NULL && row >= 0 && row < l->count && !l->tried[row])
			note_letter(l, row);
	}
	sqlite3_reset(s);
}

/* Until its outcome is recorded, a row that left shows not-sent, although its request may have arrived: only its batch
 * tells. */
static void
note_doubts(void)
{
	static const char sql[] = "SELECT l.path, w.line FROM list l JOIN row w ON w.list=l.id"
				  " JOIN batch b ON b.id=w.batch WHERE b.state NOT IN (0,5)";
	bool lost = world->crashed || world->disk_full;
	sqlite3_stmt *s = lost ? image_statement(sql, sql) : NULL;

	for (int n = 0; n < world->lists; n++)
		for (int i = 0; i < world->list[n].count; i++)
			if (world->list[n].leaving[i])
				world->list[n].in_doubt[i] = false;
	while (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
		struct list *l = list_at((const char *)sqlite3_column_text(s, 0));
		int row = sqlite3_column_int(s, 1) - 2;
		if (l != NULL && row >= 0 && row < l->count && l->leaving[row])
			l->in_doubt[row] = true;
	}
	sqlite3_reset(s);
	for (int n = 0; n < world->lists; n++)
		memset(world->list[n].leaving, 0, sizeof(world->list[n].leaving));
}

void
judge_letters(bool quiet)
{
	static const char sql[] =
		"SELECT l.path, w.line, r.state FROM run r JOIN list l ON l.run=r.id JOIN row w ON"
		" w.list=l.id WHERE r.state<3 AND w.outcome=10 AND w.reason LIKE 'waiting for%'";
	sqlite3_stmt *s;

	if (world->set.letter == LETTER_NONE)
		return;
	take_receipt();
	judge_answers();
	if (!world->failed)
		judge_reminders();
	if (world->crashed || world->disk_full)
		note_intents();
	note_doubts();
	for (int n = 0; n < world->lists; n++)
		memset(world->list[n].waits, 0, sizeof(world->list[n].waits));
	s = image_statement(sql, sql);
	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed) {
		struct list *l = list_at((const char *)sqlite3_column_text(s, 0));
		int row = sqlite3_column_int(s, 1) - 2;
		if (l != NULL && row >= 0 && row < l->count)
			judge_waiting(l, row, sqlite3_column_int(s, 2), quiet);
	}
	sqlite3_reset(s);
}
