/*
 * Reads the devices of a run for its packs, sorted by customer and situation. Sorts them in memory, because the
 * database takes several times as long. Leaves runs that do not fit into memory to the database.
 */
#include "partner/ledger/lines.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/statement.h"

#define BYTES_MAX ((size_t)16 * 1024 * 1024) /* of lines in memory, about 150,000 */

/* The sort key: PART_PLACE in sql/parts.h builds the same one. */
#define PLACE_CUSTOMER 20 /* the first bit of the customer's id */
#define PLACE_OUTCOME 16
#define PLACE_VIA 12
#define PLACE_EARLIER 11
#define PLACE_JOIN 8
#define PLACE_MDM 4
#define PLACE_NOT_DELL 3
#define PLACE_DAMAGED (((int64_t)1 << PLACE_CUSTOMER) - 1)
#define PLACE_FLAG 8U /* the highest bit of join and of purpose, for sorting only */
#define NO_ENUM 15U
#define PLACE_PART(place, bit) ((unsigned)((place) >> (bit)) & 15U)
_Static_assert(OUTCOME_REJECTED == OUTCOME_COUNT - 1 && OUTCOME_HELD == OUTCOME_REJECTED - 1 &&
                       OUTCOME_NOT_SENT == OUTCOME_HELD - 1,
               "rows that were never sent come last");
_Static_assert(OUTCOME_COUNT < 15 && VIA_COUNT <= 15 && JOIN_COUNT <= PLACE_FLAG &&
                       MDM_COUNT <= 15 && PURPOSE_COUNT <= PLACE_FLAG,
               "each fits into its bits, and 15 is no outcome");

enum text { SERIAL, PKID, MANUFACTURER, MODEL, TICKET, REASON, DONE, TEXTS };

/* The columns of SQL_LINES_SORTED and SQL_LINES_STORED. The texts follow the time. */
enum sorted_column { SORTED_ID, SORTED_PLACE, SORTED_DECIDED };
enum stored_column {
	STORED_ID,
	STORED_CUSTOMER,
	STORED_OUTCOME,
	STORED_BATCH_STATE,
	STORED_VIA,
	STORED_JOIN,
	STORED_MDM,
	STORED_PURPOSE,
	STORED_DECIDED
};

struct record {
	int64_t id, decided;
	char texts[]; /* each with its NUL */
};

struct place {
	int64_t key;
	const struct record *record;
};

struct ledger_lines {
	struct ledger *ledger;
	int64_t customer; /* whose key is known; 0: nobody's */
	char *key;
	enum db_step at;
	struct db_stmt *stmt; /* sorts; NULL: sorted in memory */
	struct place *place;
	size_t count, room, next;
	char *bytes; /* BYTES_MAX, of which `used` are used */
	size_t used;
	const char *manufacturer; /* of the last line */
	bool not_dell;            /* about that one */
};

/* Others may have changed the file, and these numbers index tables. */
static bool
row_is_sound(const struct ledger_row *r)
{
	return (unsigned)r->outcome < OUTCOME_COUNT && (unsigned)r->join < JOIN_COUNT &&
	       (unsigned)r->mdm < MDM_COUNT && (unsigned)r->via < VIA_COUNT &&
	       (unsigned)r->purpose < PURPOSE_COUNT;
}

int
lines_deliver(const struct ledger_line *line, ledger_line_fn *fn, void *ctx, struct error *err)
{
	return row_is_sound(line->row)
	               ? fn(ctx, line, err)
	               : error_set(err, "ledger: row %lld is damaged", (long long)line->row->id);
}

/* Fills only the columns that packs need. row: its numbers. */
static int
deliver(struct ledger_row *row, const char *const text[static TEXTS], const char *customer,
        ledger_line_fn *fn, void *ctx, struct error *err)
{
	const struct ledger_line line = {
		.row = row,
		.list = "",
		.header = "",
		.customer = customer,
		.service_id = "",
		.done = text[DONE],
	};

	row->device = (struct device_id){.pkid = text[PKID],
	                                 .serial = text[SERIAL],
	                                 .manufacturer = text[MANUFACTURER],
	                                 .model = text[MODEL]};
	row->ticket = text[TICKET];
	row->reason = text[REASON];
	row->sold_to = row->received_from = row->column = row->raw = "";
	return lines_deliver(&line, fn, ctx, err);
}

static void
read_texts(struct db_stmt *s, int before, const char *ret[static TEXTS])
{
	for (int i = 0; i < TEXTS; i++)
		ret[i] = db_text(s, before + 1 + i);
}

/* PART_EFFECTIVE in sql/parts.h */
static unsigned
effective(unsigned outcome, int64_t batch_state)
{
	if (outcome != OUTCOME_NOT_SENT)
		return outcome;
	switch (batch_state) {
	case BATCH_ACCEPTED: return OUTCOME_PENDING;
	case BATCH_SENT:
	case BATCH_LOST: return OUTCOME_UNKNOWN;
	default: return outcome;
	}
}

/* A number that no enum has becomes 15. No enum has 15 either. */
static unsigned
read_enum(struct db_stmt *s, int column)
{
	int64_t value = db_int(s, column);

	return value >= 0 && value < NO_ENUM ? (unsigned)value : NO_ENUM;
}

static struct ledger_row
read_stored(struct db_stmt *s)
{
	return (struct ledger_row){
		.id = db_int(s, STORED_ID),
		.customer = db_int(s, STORED_CUSTOMER),
		.outcome = (enum outcome)effective(read_enum(s, STORED_OUTCOME),
	                                           db_int(s, STORED_BATCH_STATE)),
		.via = (enum registrant)read_enum(s, STORED_VIA),
		.join = (enum join_type)read_enum(s, STORED_JOIN),
		.mdm = (enum mdm_state)read_enum(s, STORED_MDM),
		.purpose = (enum purpose)read_enum(s, STORED_PURPOSE),
		.decided = db_int(s, STORED_DECIDED),
	};
}

int
ledger_each_stored_line(struct ledger *l, int64_t run, ledger_line_fn *fn, void *ctx,
                        struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_LINES_STORED, err);
	enum db_step step = DB_ERROR;
	const char *text[TEXTS];
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_int(s, 1, run);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_row row = read_stored(s);
		read_texts(s, STORED_DECIDED, text);
		rc = deliver(&row, text, "", fn, ctx, err);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

/* ---- sorting in memory ---- */

/* Most lines have the manufacturer of the line before. */
static bool
is_not_dell(struct ledger_lines *lines, const char *manufacturer)
{
	if (lines->manufacturer == NULL || strcmp(lines->manufacturer, manufacturer) != 0)
		lines->not_dell = manufacturer_is_not_dell(manufacturer);
	return lines->not_dell;
}

static int64_t
place_of(const struct ledger_row *row, const char *reason, bool not_dell)
{
	bool earlier = ledger_is_earlier(row->outcome, reason);
	int64_t situation = PLACE_DAMAGED;

	if (row_is_sound(row))
		situation = (int64_t)row->outcome << PLACE_OUTCOME |
		            (int64_t)row->via << PLACE_VIA | (int64_t)earlier << PLACE_EARLIER |
		            (int64_t)row->join << PLACE_JOIN | (int64_t)row->mdm << PLACE_MDM |
		            (int64_t)not_dell << PLACE_NOT_DELL | (int64_t)row->purpose;
	return (int64_t)((uint64_t)row->customer << PLACE_CUSTOMER) | situation;
}

static struct place *
add_place(struct ledger_lines *lines)
{
	if (lines->count == lines->room) {
		lines->room = lines->room == 0 ? 1024 : lines->room * 2;
		lines->place = xreallocarray(lines->place, lines->room, sizeof(*lines->place));
	}
	return &lines->place[lines->count++];
}

/* Copies a line. false: there is no room. */
static bool
keep(struct ledger_lines *lines, struct db_stmt *s)
{
	const size_t align = _Alignof(struct record);
	size_t start = (lines->used + align - 1) / align * align;
	struct ledger_row row = read_stored(s);
	size_t size[TEXTS], end = start + sizeof(struct record);
	const char *text[TEXTS];
	struct record *record;
	bool not_dell;
	char *to;

	read_texts(s, STORED_DECIDED, text);
	for (int i = 0; i < TEXTS; i++) {
		size[i] = strlen(text[i]) + 1;
		end += size[i];
	}
	if (end + lines->count * sizeof(struct place) > BYTES_MAX)
		return false;
	not_dell = is_not_dell(lines, text[MANUFACTURER]);
	record = (struct record *)(void *)(lines->bytes + start);
	record->id = row.id;
	record->decided = row.decided;
	to = record->texts;
	for (int i = 0; i < TEXTS; to += size[i++])
		memcpy(to, text[i], size[i]);
	lines->used = end;
	lines->manufacturer = record->texts + size[SERIAL] + size[PKID];
	lines->not_dell = not_dell;
	*add_place(lines) = (struct place){place_of(&row, text[REASON], not_dell), record};
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	order = strcmp(x->record->texts, y->record->texts); /* the serial numbers */
	if (order != 0)
		return order;
	return x->record->id < y->record->id ? -1 : 1;
}

static void
forget(struct ledger_lines *lines)
{
	free(lines->place);
	free(lines->bytes);
	lines->place = NULL;
	lines->bytes = NULL;
	lines->count = 0;
}

/* 1: all lines are in memory, 0: they are too many, -1. */
static int
read_all(struct ledger_lines *lines, int64_t run, struct error *err)
{
	struct db_stmt *s = statement_reader(lines->ledger, SQL_LINES_STORED, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	lines->bytes = xmalloc(BYTES_MAX); /* the system provides only pages that are used */
	db_bind_int(s, 1, run);
	do
		step = db_step(s, err);
	while (step == DB_ROW && keep(lines, s));
	db_stmt_free(s);
	if (step != DB_DONE) {
		forget(lines);
		return step == DB_ERROR ? -1 : 0;
	}
	if (lines->count > 0)
		qsort(lines->place, lines->count, sizeof(*lines->place), compare);
	lines->at = lines->count > 0 ? DB_ROW : DB_DONE;
	return 1;
}

static int
sort_in_database(struct ledger_lines *lines, int64_t run, struct error *err)
{
	lines->stmt = statement_reader(lines->ledger, SQL_LINES_SORTED, err);
	if (lines->stmt == NULL)
		return -1;
	db_bind_int(lines->stmt, 1, run);
	lines->at = db_step(lines->stmt, err);
	return lines->at == DB_ERROR ? -1 : 0;
}

/* ---- reading them in their order ---- */

struct ledger_lines *
ledger_lines_open(struct ledger *l, int64_t run, struct error *err)
{
	struct ledger_lines *lines = xcalloc(1, sizeof(*lines));
	int all;

	lines->ledger = l;
	all = read_all(lines, run, err);
	if (all == 1 || (all == 0 && sort_in_database(lines, run, err) == 0))
		return lines;
	ledger_lines_close(lines);
	return NULL;
}

static int64_t
place_at(const struct ledger_lines *lines)
{
	return lines->stmt != NULL ? db_int(lines->stmt, SORTED_PLACE)
	                           : lines->place[lines->next].key;
}

static void
step(struct ledger_lines *lines, struct error *err)
{
	if (lines->stmt != NULL)
		lines->at = db_step(lines->stmt, err);
	else if (++lines->next == lines->count)
		lines->at = DB_DONE;
}

/* The key of the row's own customer, so that a caller notices if it is not the customer it asked for. */
static int
find_key(struct ledger_lines *lines, int64_t customer, struct error *err)
{
	struct db_stmt *s;
	enum db_step found;

	if (lines->customer == customer)
		return 0;
	s = statement_get(lines->ledger, SQL_LINES_CUSTOMER, err);
	if (s == NULL)
		return -1;
	db_bind_int(s, 1, customer);
	found = db_step(s, err);
	free(lines->key);
	lines->key = xstrdup(found == DB_ROW ? db_text(s, 0) : "");
	lines->customer = customer;
	db_reset(s);
	return found == DB_ERROR ? -1 : 0;
}

/* Reads id, time and texts of the line. */
static void
read_line(const struct ledger_lines *lines, struct ledger_row *row, const char *text[static TEXTS])
{
	const struct record *record;

	if (lines->stmt != NULL) {
		row->id = db_int(lines->stmt, SORTED_ID);
		row->decided = db_int(lines->stmt, SORTED_DECIDED);
		read_texts(lines->stmt, SORTED_DECIDED, text);
		return;
	}
	record = lines->place[lines->next].record;
	row->id = record->id;
	row->decided = record->decided;
	text[0] = record->texts;
	for (int i = 1; i < TEXTS; i++)
		text[i] = text[i - 1] + strlen(text[i - 1]) + 1;
}

static int
deliver_next(struct ledger_lines *lines, ledger_line_fn *fn, void *ctx, struct error *err)
{
	int64_t place = place_at(lines);
	struct ledger_row row = {
		.customer = place >> PLACE_CUSTOMER,
		.outcome = (enum outcome)PLACE_PART(place, PLACE_OUTCOME),
		.via = (enum registrant)PLACE_PART(place, PLACE_VIA),
		.join = (enum join_type)(PLACE_PART(place, PLACE_JOIN) & ~PLACE_FLAG),
		.mdm = (enum mdm_state)PLACE_PART(place, PLACE_MDM),
		.purpose = (enum purpose)(PLACE_PART(place, 0) & ~PLACE_FLAG),
	};
	const char *text[TEXTS];

	if (find_key(lines, row.customer, err) != 0)
		return -1;
	read_line(lines, &row, text);
	return deliver(&row, text, lines->key, fn, ctx, err);
}

/* Skips lines before this customer. true: the next line is this customer's. */
static bool
seek(struct ledger_lines *lines, int64_t customer, struct error *err)
{
	while (lines->at == DB_ROW && place_at(lines) >> PLACE_CUSTOMER < customer)
		step(lines, err);
	return lines->at == DB_ROW && place_at(lines) >> PLACE_CUSTOMER == customer;
}

int
ledger_lines_any(struct ledger_lines *lines, int64_t customer, enum outcome end, struct error *err)
{
	bool any = seek(lines, customer, err);

	/* rows that were never asked come last, and damaged ones behind them: reading those reports it */
	if (any)
		any = PLACE_PART(place_at(lines), PLACE_OUTCOME) < end;
	return lines->at == DB_ERROR ? -1 : any;
}

int
ledger_lines_of(struct ledger_lines *lines, int64_t customer, ledger_line_fn *fn, void *ctx,
                struct error *err)
{
	while (seek(lines, customer, err)) {
		if (deliver_next(lines, fn, ctx, err) == 0)
			step(lines, err);
		else
			lines->at = DB_ERROR;
	}
	return lines->at == DB_ERROR ? -1 : 0;
}

void
ledger_lines_close(struct ledger_lines *lines)
{
	if (lines == NULL)
		return;
	db_stmt_free(lines->stmt);
	forget(lines);
	free(lines->key);
	free(lines);
}
