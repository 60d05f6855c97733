/* The lines of packs: their order, which memory and the database must agree on, and their outcomes. */
#include "tests/unit/fixture_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/rows.h"

#define MANY 400
#define CUSTOMERS 3
#define LONG ((size_t)1024 * 1024)
#define LONG_ROWS 20 /* more than are sorted in memory */
#define TEXT_MAX ((size_t)1024 * 1024)

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245U + 12345U;
	return *seed >> 16;
}

static void
add(struct ledger_fixture *fx, const char *customer, struct ledger_row *row)
{
	row->list = fx->list;
	row->batch = fx->batch;
	row->line = ++fx->line;
	row->ticket = "T";
	row->sold_to = "1";
	row->received_from = "2";
	row->column = "";
	row->raw = "raw";
	OK(fx, ledger_customer_id(fx->l, fx->run.id, customer, "", &row->customer, &fx->err));
	OK(fx, ledger_row_add(fx->l, row, &fx->err));
}

/* Rows of all situations, in any order. */
static void
add_many(struct ledger_fixture *fx)
{
	static const char *const customers[CUSTOMERS] = {"acme", "other", "third"};
	static const char *const makers[] = {"Contoso", "Dell Inc.", "", "dELL", "Fabrikam"};
	static const char *const reasons[] = {"", "deregistered in run 20260101T000000-ab12 on x",
	                                      "Deregistered", "on the skip list"};
	static const char *const serials[] = {"S", "s", "\xc3\xa9", "", "0", "~", "S\x01"};
	unsigned seed = 7;

	for (int i = 0; i < MANY; i++) {
		bool special = next_random(&seed) % 4 == 0; /* the others have equal places */
		char serial[32];
		struct ledger_row row = {
			.outcome = (enum outcome)(next_random(&seed) % OUTCOME_COUNT),
			.join = special ? (enum join_type)(next_random(&seed) % JOIN_COUNT) : 0,
			.mdm = special ? (enum mdm_state)(next_random(&seed) % MDM_COUNT) : 0,
			.via = special ? (enum registrant)(next_random(&seed) % VIA_COUNT) : 0,
			.purpose = special ? (enum purpose)(next_random(&seed) % PURPOSE_COUNT) : 0,
			.reason = reasons[next_random(&seed) % ARRAY_SIZE(reasons)],
			.decided = i,
		};
		snprintf(serial, sizeof(serial), "%s%u",
		         serials[next_random(&seed) % ARRAY_SIZE(serials)], next_random(&seed) % 3);
		row.device = (struct device_id){
			"", serial, makers[next_random(&seed) % ARRAY_SIZE(makers)], "Book"};
		add(fx, customers[next_random(&seed) % CUSTOMERS], &row);
	}
}

/* Rows of a customer that is not read, so many that memory cannot hold the run. */
static void
add_long(struct ledger_fixture *fx)
{
	char *reason = xmalloc(LONG + 1), serial[32];

	memset(reason, 'x', LONG);
	reason[LONG] = '\0';
	for (int i = 0; i < LONG_ROWS; i++) {
		struct ledger_row row = {.outcome = OUTCOME_NOT_SENT, .reason = reason};

		snprintf(serial, sizeof(serial), "LONG%d", i);
		row.device = (struct device_id){"", serial, "Contoso", "Book"};
		add(fx, "last", &row);
	}
	free(reason);
}

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	const struct ledger_row *r = line->row;

	(void)err;
	buf_printf(ctx, "%s %d %d %d %d %d %s|%s|%s|%s|%s|%s|%s|%lld\n", line->customer,
	           (int)r->outcome, (int)r->via, (int)r->join, (int)r->mdm, (int)r->purpose,
	           r->device.serial, r->device.pkid, r->device.manufacturer, r->device.model,
	           r->ticket, r->reason, line->done, (long long)r->decided);
	return 0;
}

static int
on_customer(void *ctx, const struct ledger_customer *customer, struct error *err)
{
	int64_t *id = ctx;

	(void)err;
	while (*id != 0)
		id++;
	*id = customer->id;
	return 0;
}

/* The lines of the run's first customers as a text; the caller frees it. */
static char *
lines_of(struct ledger_fixture *fx)
{
	struct ledger_lines *lines = ledger_lines_open(fx->l, fx->run.id, &fx->err);
	int64_t id[CUSTOMERS + 2] = {0};
	struct buf text;

	if (lines == NULL)
		fail_msg("%s", fx->err.text);
	OK(fx, ledger_each_customer(fx->l, fx->run.id, on_customer, id, &fx->err));
	buf_init(&text, TEXT_MAX);
	for (int i = 0; i < CUSTOMERS; i++)
		OK(fx, ledger_lines_of(lines, id[i], on_line, &text, &fx->err));
	ledger_lines_close(lines);
	return buf_detach(&text);
}

static void
memory_and_database_sort_alike(void **state)
{
	struct ledger_fixture *fx = *state;
	size_t lines = 0;
	char *first, *second;

	add_many(fx);
	fixture_settle(fx);
	first = lines_of(fx);
	fixture_new_run(fx, "a.csv");
	add_many(fx);
	add_long(fx);
	fixture_settle(fx);
	second = lines_of(fx);
	assert_string_equal(first, second);
	for (const char *c = first; *c != '\0'; c++)
		lines += *c == '\n';
	assert_in_range(lines, MANY / 2, MANY); /* equal ones are lines once */
	free(first);
	free(second);
}

/* Serials within a situation, situations within a customer. */
static void
lines_are_sorted_by_situation_and_serial(void **state)
{
	static const struct {
		enum outcome outcome;
		const char *serial, *maker, *reason;
	} rows[] = {
		/* as they must come */
		{OUTCOME_DEREGISTERED, "S2", "DELL", ""},
		{OUTCOME_DEREGISTERED, "S9", "", ""},
		{OUTCOME_DEREGISTERED, "S1", "Contoso", ""},
		{OUTCOME_DEREGISTERED, "s0", "Contoso", ""},
		{OUTCOME_HELD, "S5", "Contoso", "on the skip list"},
		{OUTCOME_HELD, "S4", "Contoso", "deregistered in run X on Y"},
	};
	static const int order[] = {5, 3, 0, 4, 1, 2};
	struct ledger_fixture *fx = *state;
	char *text, *at;

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		struct ledger_row row = {.outcome = rows[order[i]].outcome,
		                         .reason = rows[order[i]].reason};

		row.device = (struct device_id){"", rows[order[i]].serial, rows[order[i]].maker,
		                                "B"};
		add(fx, "acme", &row);
	}
	fixture_settle(fx);
	at = text = lines_of(fx);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char wanted[64];

		snprintf(wanted, sizeof(wanted), " %s|", rows[i].serial);
		at = strstr(at, wanted);
		assert_non_null(at);
	}
	free(text);
}

static int
on_outcome(void *ctx, const struct ledger_line *line, struct error *err)
{
	enum outcome *of = ctx;

	(void)err;
	of[line->row->device.serial[1] - '0'] = line->row->outcome;
	return 0;
}

/* A row without an answer has the outcome that the state of its batch implies. */
static void
lines_have_the_outcome_of_their_batch(void **state)
{
	static const enum outcome wanted[] = {OUTCOME_NOT_SENT, OUTCOME_UNKNOWN, OUTCOME_PENDING,
	                                      OUTCOME_UNKNOWN, OUTCOME_NOT_SENT};
	enum outcome sorted[ARRAY_SIZE(wanted)], stored[ARRAY_SIZE(wanted)],
		listed[ARRAY_SIZE(wanted)];
	struct ledger_fixture *fx = *state;
	int64_t batch[ARRAY_SIZE(wanted)], id[CUSTOMERS] = {0};
	struct ledger_lines *lines;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		char serial[8];

		snprintf(serial, sizeof(serial), "S%zu", i);
		fixture_add_batch(fx, &batch[i]);
		fx->batch = batch[i];
		fixture_add(fx, "acme", "", serial);
	}
	fixture_settle(fx);
	for (size_t i = 1; i < ARRAY_SIZE(wanted); i++)
		OK(fx, ledger_batch_sent(fx->l, batch[i], NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, batch[2], "B2", NULL, &fx->err));
	OK(fx, ledger_batch_lost(fx->l, batch[3], "gone", &fx->err));
	OK(fx, ledger_batch_done(fx->l, batch[4], NULL, "", &fx->err));
	lines = ledger_lines_open(fx->l, fx->run.id, &fx->err);
	assert_non_null(lines);
	OK(fx, ledger_each_customer(fx->l, fx->run.id, on_customer, id, &fx->err));
	OK(fx, ledger_lines_of(lines, id[0], on_outcome, sorted, &fx->err));
	ledger_lines_close(lines);
	OK(fx, ledger_each_stored_line(fx->l, fx->run.id, on_outcome, stored, &fx->err));
	OK(fx, ledger_each_line(fx->l, fx->run.id, LEDGER_ALL, on_outcome, listed, &fx->err));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_int_equal(sorted[i], wanted[i]);
		assert_int_equal(stored[i], wanted[i]);
		assert_int_equal(listed[i], wanted[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(memory_and_database_sort_alike),
		LEDGER_TEST(lines_are_sorted_by_situation_and_serial),
		LEDGER_TEST(lines_have_the_outcome_of_their_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
