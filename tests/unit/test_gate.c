/* The gate: which rows wait for their customers, and in which batches. */
#include "tests/unit/fixture_ledger.h"

#include <string.h>

#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/letters.h"
#include "partner/ledger/open.h"
#include "partner/ledger/transaction.h"
#include "tests/unit/fixture_skip.h"

#define DAY_S ((int64_t)24 * 3600)

static const struct ledger_gate require = {.mode = LEDGER_GATE_REQUIRE};

static int64_t
two_steps(const struct ledger_device *d UNUSED)
{
	return 2;
}

/* The fixture's run becomes a letter for SN-1, SN-2 and PK-3 of contoso; the next run lists them and SN-4,
 * which got no letter. */
static void
send_letter(struct ledger_fixture *fx)
{
	fixture_add(fx, "contoso", "", "SN-1");
	fixture_add(fx, "contoso", "", "SN-2");
	fixture_add(fx, "contoso", "PK-3", "SN-3");
	fixture_settle(fx);
	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_letter_seal(fx->l, &fx->run, two_steps, &fx->err));
	OK(fx, ledger_letter_written(fx->l, &fx->run, &fx->err));
	OK(fx, ledger_commit(fx->l, &fx->err));
}

static void
list_fleet(struct ledger_fixture *fx, const char *customer)
{
	fixture_new_run(fx, "fleet.csv");
	fixture_add(fx, customer, "", "SN-1");
	fixture_add(fx, customer, "", "SN-2");
	fixture_add(fx, customer, "", "SN-3");
	fixture_add(fx, customer, "", "SN-4");
	fixture_settle(fx);
	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_OPEN, -1, &fx->err));
}

static void
judge(struct ledger_fixture *fx, const struct ledger_gate *gate)
{
	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_gate(fx->l, fx->run.id, gate, NULL, NULL, &fx->err));
	OK(fx, ledger_commit(fx->l, &fx->err));
}

/* A step of the nth row of the ledger, from 1. */
static void
answer(struct ledger_fixture *fx, int64_t row, const char *step)
{
	const struct ledger_done done = {.row = row, .step = step, .said_at = 5, .record = ""};

	assert_int_equal(ledger_done_add(fx->l, &done, &fx->err), 1);
	OK(fx, ledger_letter_answered(fx->l, row, &fx->err));
}

static int64_t
waiting(struct ledger_fixture *fx)
{
	struct ledger_waiting w;

	OK(fx, ledger_waiting(fx->l, fx->run.id, &w, &fx->err));
	return w.devices;
}

/* Devices in planned batches, which a machine may send. */
static size_t
sendable(struct ledger_fixture *fx)
{
	struct ledger_batch b;
	int64_t after = 0;
	size_t n = 0;

	while (ledger_batch_next(fx->l, fx->run.id, BATCH_PLANNED, after, &b, &fx->err) == 1) {
		after = b.id;
		assert_true(fixture_asked(fx, b.id) > 0); /* no batch is empty */
		n += fixture_asked(fx, b.id);
		ledger_batch_release(&b);
	}
	return n;
}

static void
assert_reason(struct ledger_fixture *fx, size_t row, const char *end)
{
	struct lines lines = fixture_lines(fx);
	const char *reason = lines.reason[row];

	assert_int_equal(lines.outcome[row], OUTCOME_HELD);
	assert_int_equal(strncmp(reason, LEDGER_WAITING, strlen(LEDGER_WAITING)), 0);
	assert_true(strlen(reason) > strlen(end));
	assert_string_equal(reason + strlen(reason) - strlen(end), end);
}

static void
rows_wait_for_their_answers(void **state)
{
	struct ledger_fixture *fx = *state;
	bool only;

	send_letter(fx);
	list_fleet(fx, "contoso");
	judge(fx, &require);
	assert_int_equal(waiting(fx), 4);
	assert_int_equal(sendable(fx), 0);
	assert_reason(fx, 0, ", 0 of 2 steps reported");
	assert_reason(fx, 2, ", 0 of 2 steps reported"); /* the list lacks the PKID of the letter */
	assert_reason(fx, 3, ": no letter was sent");
	OK(fx, ledger_only_waits(fx->l, fx->run.id, &only, &fx->err));
	assert_true(only);

	answer(fx, 1, "B1");
	answer(fx, 3, "B1");
	answer(fx, 3, "I1");
	OK(fx, ledger_gate_refresh(fx->l, &fx->err));
	assert_reason(fx, 0, ", 1 of 2 steps reported");
	assert_reason(fx, 2, ", 2 of 2 steps reported");
	assert_int_equal(sendable(fx), 0); /* only the gate lets through */
	judge(fx, &require);
	assert_int_equal(waiting(fx), 3);
	assert_int_equal(sendable(fx), 1);
	answer(fx, 1, "I1");
	judge(fx, &require);
	judge(fx, &require);
	assert_int_equal(waiting(fx), 2);
	assert_int_equal(sendable(fx), 2);
	judge(fx, &(struct ledger_gate){.mode = LEDGER_GATE_WARN});
	assert_int_equal(waiting(fx), 0);
	assert_int_equal(sendable(fx), 4);
}

static void
a_young_letter_is_not_enough(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_gate gate = {.mode = LEDGER_GATE_REQUIRE, .wait_s = DAY_S};

	send_letter(fx);
	list_fleet(fx, "contoso");
	judge(fx, &gate);
	assert_int_equal(waiting(fx), 4);
	gate.wait_s = -1; /* none */
	judge(fx, &gate);
	assert_int_equal(waiting(fx), 4);
	OK(fx, ledger_gate_count(fx->l, fx->run.id, &gate, &(int64_t){0}, &fx->err));
}

static void
letters_of_other_customers_do_not_count(void **state)
{
	struct ledger_fixture *fx = *state;

	send_letter(fx);
	answer(fx, 1, "B1");
	answer(fx, 1, "I1");
	list_fleet(fx, "fabrikam");
	judge(fx, &require);
	assert_int_equal(waiting(fx), 4);
	assert_reason(fx, 0, ": no letter was sent");
}

/* What an earlier answer says also counts for the row that was sent under the letter. */
static void
answers_reach_the_row(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_done again = {.step = "B1", .said_at = 9, .record = ""};

	send_letter(fx);
	answer(fx, 1, "B1");
	list_fleet(fx, "contoso");
	judge(fx, &(struct ledger_gate){.mode = LEDGER_GATE_OFF});
	assert_int_equal(sendable(fx), 4);
	answer(fx, 1, "F1");
	again.row = fixture_lines(fx).id[0];
	for (size_t i = 0; i < 4; i++) {
		again.step = ((const char *const[]){"B1", "F1", "F1*", "B3"})[i];
		assert_int_equal(ledger_done_add(fx->l, &again, &fx->err), 0);
	}
	again.step = "I1";
	assert_int_equal(ledger_done_add(fx->l, &again, &fx->err), 1);
}

struct due {
	struct ledger_fixture *fx;
	int64_t devices;
};

static int
on_due(void *ctx, const struct ledger_due *due, struct error *err)
{
	struct due *d = ctx;

	assert_string_equal(due->key, "contoso");
	d->devices += due->devices;
	return ledger_reminded(d->fx->l, due->customer, INT64_MAX / 2, err);
}

static int64_t
due_devices(struct ledger_fixture *fx, int64_t before)
{
	struct due d = {.fx = fx};

	OK(fx, ledger_each_due(fx->l, before, on_due, &d, &fx->err));
	return d.devices;
}

static void
customers_are_reminded_once(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t started;

	send_letter(fx);
	started = fx->run.started;
	answer(fx, 2, "B1");
	answer(fx, 2, "I1");
	assert_int_equal(due_devices(fx, started - 1), 0);
	assert_int_equal(due_devices(fx, started), 2);
	assert_int_equal(due_devices(fx, started - 1), 0);
}

static void
on_unconfirmed(void *ctx, const struct ledger_device *device, const char *name)
{
	char *names = ctx;

	assert_int_equal(device->outcome, OUTCOME_DEREGISTERED);
	strcat(strcat(names, name), " ");
}

static void
on_report(void *ctx, const struct ledger_report_before *report)
{
	int64_t *steps = ctx;

	*steps += report->steps;
}

static void
what_was_sent_unanswered_is_known(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t steps = 0, customer = 0;
	char names[100] = "";
	struct ledger_before *before;
	struct ledger_life life;
	struct lines lines;

	send_letter(fx);
	answer(fx, 1, "B1");
	list_fleet(fx, "contoso");
	judge(fx, &(struct ledger_gate){.mode = LEDGER_GATE_WARN});
	lines = fixture_lines(fx);
	for (size_t i = 0; i < 3; i++)
		OK(fx, ledger_row_outcome(fx->l, lines.id[i], OUTCOME_DEREGISTERED, "", &fx->err));
	customer = 2; /* the second customer of the ledger, as the letter had the first */
	before = ledger_before_open(fx->l, fx->run.id, &fx->err);
	assert_non_null(before);
	OK(fx, ledger_before_unconfirmed(before, customer - 1, on_unconfirmed, names, &fx->err));
	assert_string_equal(names, "");
	OK(fx, ledger_before_unconfirmed(before, customer, on_unconfirmed, names, &fx->err));
	assert_string_equal(names, "SN-2 SN-3 ");
	OK(fx, ledger_before_reports(before, customer, on_report, &steps, &fx->err));
	OK(fx, ledger_before_unconfirmed(before, customer + 1, on_unconfirmed, names, &fx->err));
	assert_string_equal(names, "SN-2 SN-3 ");
	ledger_before_close(before);
	assert_int_equal(ledger_letter_life(fx->l, lines.id[0], &life, &fx->err), 1);
	assert_int_equal(life.answered, 1);
	assert_int_equal(life.steps, 2);
	assert_int_equal(ledger_letter_life(fx->l, lines.id[3], &life, &fx->err), 0);
	assert_int_equal(steps, 0); /* the answers of this test came without a receipt */
}

static void
a_claimed_batch_is_left_alone(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_batch b;
	struct ledger *other;

	if (fx->path != NULL)
		SKIP("the ledger is a file");
	send_letter(fx);
	list_fleet(fx, "contoso");
	other = ledger_open(fx->url, &fx->err);
	assert_non_null(other);
	ledger_claims_start(other, 60000);
	assert_int_equal(ledger_batch_claim(other, fx->run.id, BATCH_PLANNED, 0, &b, &fx->err), 1);
	ledger_batch_release(&b);
	judge(fx, &require);
	assert_int_equal(waiting(fx), 0);
	assert_int_equal(sendable(fx), 4);
	ledger_close(other);
}

static void
count_unready(void *ctx, const char *customer UNUSED, int64_t devices, int64_t without UNUSED)
{
	*(int64_t *)ctx += devices;
}

/* The request may deregister the device under the letter of its time. A later letter is for a later registration. */
static void
a_request_that_has_left_keeps_its_letter(void **state)
{
	static const struct ledger_gate warn = {.mode = LEDGER_GATE_WARN};
	struct ledger_fixture *fx = *state;
	int64_t fleet, unready = 0;
	struct ledger_life life;
	struct lines lines;

	send_letter(fx);
	answer(fx, 1, "B1");
	list_fleet(fx, "contoso");
	judge(fx, &warn);
	lines = fixture_lines(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	fleet = fx->run.id;
	fixture_new_run(fx, "letter.csv");
	fixture_add(fx, "contoso", "", "SN-1");
	fixture_settle(fx);
	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_letter_seal(fx->l, &fx->run, two_steps, &fx->err));
	OK(fx, ledger_letter_written(fx->l, &fx->run, &fx->err));
	OK(fx, ledger_gate(fx->l, fleet, &warn, count_unready, &unready, &fx->err));
	OK(fx, ledger_commit(fx->l, &fx->err));
	assert_int_equal(unready, 0);
	assert_int_equal(ledger_letter_life(fx->l, lines.id[0], &life, &fx->err), 1);
	assert_int_equal(life.answered, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(rows_wait_for_their_answers),
		LEDGER_TEST(a_young_letter_is_not_enough),
		LEDGER_TEST(letters_of_other_customers_do_not_count),
		LEDGER_TEST(answers_reach_the_row),
		LEDGER_TEST(customers_are_reminded_once),
		LEDGER_TEST(what_was_sent_unanswered_is_known),
		LEDGER_TEST(a_claimed_batch_is_left_alone),
		LEDGER_TEST(a_request_that_has_left_keeps_its_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
