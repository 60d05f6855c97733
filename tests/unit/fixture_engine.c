/* The route that answers from a script, the clock, and the ledger of an engine's test. */
#include "tests/unit/fixture_engine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/db.h"
#include "common/file.h"
#include "common/log.h"
#include "partner/ledger/alarms.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/open.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"

#define NIGHT_MS 1795922100000LL /* 2026-11-29T03:15:00Z */
#define WAITS_MAX 200000         /* an engine that waits more often is in a loop */
#define TEXT_MAX ((size_t)1024 * 1024)

#define OK(x, call) \
	do { \
		if ((call) != 0) \
			fail_msg("%s: %s", #call, (x)->err.text); \
	} while (0)

/* ---- the clock ---- */

static int64_t moved_ms, look_ms;

static int64_t
fake_now_ms(void)
{
	moved_ms += look_ms;
	return NIGHT_MS + moved_ms;
}

static int64_t
fake_tick_ms(void)
{
	return FIXTURE_TICK_MS + moved_ms;
}

static const struct clock_source fake_clock = {
	.now_ms = fake_now_ms,
	.tick_ms = fake_tick_ms,
	.sleep_ms = fixture_move_ms,
};

void
fixture_slow_ms(int64_t ms)
{
	look_ms = ms;
}

void
fixture_move_ms(int64_t ms)
{
	moved_ms += ms;
}

int64_t
fixture_tick_ms(void)
{
	return fake_tick_ms();
}

/* ---- the route ---- */

static const char *const op_word[] = {
	[FAKE_CHECK] = "check",
	[FAKE_LOOKUP] = "lookup",
	[FAKE_SUBMIT] = "submit",
	[FAKE_POLL] = "poll",
};
_Static_assert(ARRAY_SIZE(op_word) == FAKE_OP_COUNT, "every operation has its word");

static bool
names(const struct route_batch *batch, const char *serial)
{
	for (size_t i = 0; i < batch->count; i++)
		if (strcmp(batch->device[i].serial, serial) == 0)
			return true;
	return false;
}

static enum batch_state
state_in_ledger(struct engine_fixture *x, int64_t id)
{
	struct ledger_batch b;
	int rc = 0;

	for (enum batch_state s = 0; s < BATCH_STATE_COUNT; s++) {
		rc = ledger_batch_next(x->ledger, x->run.id, s, id - 1, &b, &x->err);
		if (rc < 0)
			fail_msg("%s", x->err.text);
		if (rc == 1) {
			bool same = b.id == id;
			ledger_batch_release(&b);
			if (same)
				return s;
		}
	}
	return BATCH_STATE_COUNT;
}

/* Records a request as text, and for a batch its state in the ledger. */
static void
write_down(struct fake_route *f, enum fake_op op, const char *id, const struct route_batch *batch)
{
	struct fake_request *r = &f->request[f->requests++];
	struct buf b;

	assert_true(f->requests < FAKE_REQUESTS_MAX);
	buf_init(&b, sizeof(r->text));
	buf_printf(&b, "%s", op_word[op]);
	if (batch != NULL && batch->customer != NULL)
		buf_printf(&b, " %s:", batch->customer);
	if (op == FAKE_POLL)
		buf_printf(&b, " %s", id);
	if (op == FAKE_SUBMIT && batch->target != NULL)
		buf_printf(&b, " %s", batch->target);
	else if (op == FAKE_SUBMIT || op == FAKE_LOOKUP)
		for (size_t i = 0; i < batch->count; i++)
			buf_printf(&b, " %s", batch->device[i].serial);
	assert_false(b.overflow);
	r->op = op;
	r->at_ms = moved_ms;
	r->state = BATCH_STATE_COUNT;
	memcpy(r->text, b.data, b.len + 1);
	buf_release(&b);
	if (batch != NULL)
		r->state = state_in_ledger(f->fixture,
		                           strtoll(strrchr(batch->reference, '/') + 1, NULL, 10));
}

static struct fake_answer
default_answer(const struct fake_route *f, enum fake_op op, const struct route_batch *batch)
{
	static const enum route_end end[] = {
		[FAKE_CHECK] = ROUTE_ANSWERED,
		[FAKE_LOOKUP] = ROUTE_FOUND,
		[FAKE_SUBMIT] = ROUTE_ACCEPTED,
		[FAKE_POLL] = ROUTE_ANSWERED,
	};
	_Static_assert(ARRAY_SIZE(end) == FAKE_OP_COUNT, "every operation has its answer");
	struct fake_answer a = {.end = end[op], .retry_after = -1};

	if (op == FAKE_SUBMIT && f->refuses != NULL && names(batch, f->refuses)) {
		a.end = ROUTE_REFUSED;
		a.divisible = true;
	}
	return a;
}

/* Takes the first answer of the script that suits the request. */
static struct fake_answer
next_answer(struct fake_route *f, enum fake_op op, const struct route_batch *batch)
{
	struct fake_answer a, *script = f->script[op];

	for (size_t i = 0; i < f->answers[op]; i++) {
		if (script[i].only != NULL && !names(batch, script[i].only))
			continue;
		a = script[i];
		memmove(&script[i], &script[i + 1], (--f->answers[op] - i) * sizeof(a));
		return a;
	}
	return default_answer(f, op, batch);
}

static bool
is_in_transaction(struct engine_fixture *x)
{
	struct error err;

	if (ledger_begin(x->ledger, &err) != 0)
		return true;
	OK(x, ledger_commit(x->ledger, &x->err));
	return false;
}

static void
start(struct fake_route *f, enum fake_op op, const char *id, const struct route_batch *batch,
      route_done_fn *done, void *ctx)
{
	struct fake_pending *p = f->pending;

	if (f->together)
		assert_false(is_in_transaction(f->fixture));
	write_down(f, op, id, batch);
	while (p->used && p < &f->pending[FAKE_IN_FLIGHT_MAX])
		p++;
	assert_true(p < &f->pending[FAKE_IN_FLIGHT_MAX]);
	*p = (struct fake_pending){.used = true, .op = op, .done = done, .ctx = ctx};
	p->answer = next_answer(f, op, batch);
	p->due_ms = moved_ms + (p->answer.latency_ms > 0 ? p->answer.latency_ms : FAKE_LATENCY_MS);
	if (batch != NULL)
		p->batch = *batch;
	if (++f->in_flight > f->most_in_flight)
		f->most_in_flight = f->in_flight;
}

static enum outcome
outcome_of(const struct fake_route *f, const char *serial)
{
	for (size_t i = f->devices; i > 0; i--)
		if (strcmp(f->device[i - 1].serial, serial) == 0)
			return f->device[i - 1].outcome;
	return OUTCOME_DEREGISTERED;
}

static void
deliver(struct fake_route *f, struct fake_pending *p)
{
	struct route_verdict verdict[FAKE_DEVICES_MAX] = {0};
	char id[64] = "", reason[64];
	struct route_result r = {
		.end = p->answer.end,
		.certificate_refused = p->answer.certificate_refused,
		.divisible = p->answer.divisible,
		.alarm = p->answer.alarm,
		.customer_only = p->answer.customer_only,
		.retry_after = p->answer.retry_after,
		.service_id = id,
		.reason = reason,
		.verdict = verdict,
	};

	if (p->answer.queued && !route_may_deregister(&f->route))
		r.end = ROUTE_NOT_SENT;
	snprintf(reason, sizeof(reason), "%s: scripted end %d", op_word[p->op], (int)r.end);
	for (size_t i = 0; i < p->batch.count; i++) {
		verdict[i].outcome = outcome_of(f, p->batch.device[i].serial);
		verdict[i].missing = p->answer.lacks != NULL &&
		                     strcmp(p->answer.lacks, p->batch.device[i].serial) == 0;
		if (verdict[i].missing)
			verdict[i].outcome = OUTCOME_PENDING;
		snprintf(verdict[i].reason, sizeof(verdict[i].reason), "service: %s",
		         outcome_word(verdict[i].outcome));
	}
	if (p->op == FAKE_LOOKUP) /* an unregistered device is not a target */
		r.end = r.end == ROUTE_FOUND && verdict[0].outcome != OUTCOME_DEREGISTERED
		                ? ROUTE_ANSWERED
		                : r.end;
	if (p->op == FAKE_LOOKUP)
		snprintf(id, sizeof(id), "T-%s", p->batch.device[0].serial);
	else if (p->batch.target != NULL)
		snprintf(id, sizeof(id), "%s", p->batch.target);
	else
		snprintf(id, sizeof(id), "B%u",
		         r.end == ROUTE_ACCEPTED
		                 ? (f->accepted += f->same_id ? f->accepted == 0 : 1)
		                 : 0);
	p->used = false;
	f->in_flight--;
	p->done(p->ctx, &r);
}

static int
fake_check(struct route *r, route_done_fn *done, void *ctx, struct error *err)
{
	(void)err;
	start((struct fake_route *)r, FAKE_CHECK, NULL, NULL, done, ctx);
	return 0;
}

static int
fake_lookup(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx,
            struct error *err)
{
	(void)err;
	start((struct fake_route *)r, FAKE_LOOKUP, NULL, batch, done, ctx);
	return 0;
}

static int
fake_submit(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx,
            struct error *err)
{
	(void)err;
	start((struct fake_route *)r, FAKE_SUBMIT, NULL, batch, done, ctx);
	return 0;
}

static int
fake_poll(struct route *r, const char *id, const struct route_batch *batch, route_done_fn *done,
          void *ctx, struct error *err)
{
	(void)err;
	start((struct fake_route *)r, FAKE_POLL, id, batch, done, ctx);
	return 0;
}

static unsigned
fake_in_flight(const struct route *r)
{
	return ((const struct fake_route *)r)->in_flight;
}

static void
fake_drop(struct route *r)
{
	struct fake_route *f = (struct fake_route *)r;

	memset(f->pending, 0, sizeof(f->pending));
	f->in_flight = 0;
}

static struct fake_pending *
next_due(struct fake_route *f)
{
	struct fake_pending *first = NULL;

	for (struct fake_pending *p = f->pending; p < &f->pending[FAKE_IN_FLIGHT_MAX]; p++)
		if (p->used && (first == NULL || p->due_ms < first->due_ms))
			first = p;
	return first;
}

/* Moves the clock to the first answer that comes in time, or to the end of the wait. */
static int
fake_wait(struct route *r, long timeout_ms, struct error *err)
{
	struct fake_route *f = (struct fake_route *)r;
	int64_t ends_ms = moved_ms + timeout_ms;
	struct fake_pending *p = next_due(f);

	(void)err;
	if (++f->waits > WAITS_MAX)
		fail_msg("the engine waits for ever");
	for (struct fake_pending *q = f->pending; q < &f->pending[FAKE_IN_FLIGHT_MAX]; q++)
		if (q->used && q->answer.raise != 0) {
			(void)raise(q->answer.raise);
			q->answer.raise = 0;
		}
	if (f->meanwhile != NULL && p != NULL && p->op == FAKE_SUBMIT) {
		void (*meanwhile)(struct engine_fixture *) = f->meanwhile;
		f->meanwhile = NULL;
		meanwhile(f->fixture);
	}
	if (p == NULL || p->due_ms > ends_ms) {
		moved_ms = ends_ms;
		return 0;
	}
	if (f->together && timeout_ms == 0 && p->due_ms == moved_ms)
		f->joined += is_in_transaction(f->fixture);
	moved_ms = p->due_ms > moved_ms ? p->due_ms : moved_ms;
	deliver(f, p);
	return 0;
}

static void
fake_free(struct route *r)
{
	(void)r;
}

static const struct route_ops fake_ops = {
	.name = "fake",
	.check = fake_check,
	.submit = fake_submit,
	.poll = fake_poll,
	.in_flight = fake_in_flight,
	.drop = fake_drop,
	.wait = fake_wait,
	.free = fake_free,
};

static const struct route_ops fake_lookup_ops = {
	.name = "fake-lookup",
	.names_customer = true,
	.check = fake_check,
	.lookup = fake_lookup,
	.submit = fake_submit,
	.poll = fake_poll,
	.in_flight = fake_in_flight,
	.drop = fake_drop,
	.wait = fake_wait,
	.free = fake_free,
};

void
fake_answers(struct engine_fixture *x, enum fake_op op, struct fake_answer answer)
{
	assert_true(x->fake.answers[op] < FAKE_REQUESTS_MAX);
	x->fake.script[op][x->fake.answers[op]++] = answer;
}

void
fake_answers_times(struct engine_fixture *x, enum fake_op op, struct fake_answer answer,
                   size_t times)
{
	for (size_t i = 0; i < times; i++)
		fake_answers(x, op, answer);
}

void
fake_device(struct engine_fixture *x, const char *serial, enum outcome outcome)
{
	struct fake_device *d = &x->fake.device[x->fake.devices++];

	assert_true(x->fake.devices < FAKE_DEVICES_MAX);
	snprintf(d->serial, sizeof(d->serial), "%s", serial);
	d->outcome = outcome;
}

/* ---- the ledger ---- */

static void
create_run(struct engine_fixture *x)
{
	struct ledger_list list = {.path = "list.csv", .header = "Serial Number"};
	char name[LEDGER_RUN_ID_SIZE];

	OK(x, ledger_run_name(x->ledger, "", name, &x->err));
	OK(x, ledger_run_create(x->ledger, name, "/out", "fake", &x->run, &x->err));
	list.run = x->run.id;
	OK(x, ledger_list_add(x->ledger, &list, &x->list, &x->err));
	x->line = 1;
}

static void
open_ledger(struct engine_fixture *x)
{
	x->ledger = ledger_create(x->url, &x->err);
	if (x->ledger == NULL)
		fail_msg("%s", x->err.text);
}

static void
set_defaults(struct engine_fixture *x)
{
	x->fake.route.ops = &fake_ops;
	x->fake.fixture = x;
	x->set = (struct engine_settings){
		.parallel = 4,
		.retries = 3,
		.poll_interval_ms = 30000,
		.poll_deadline_ms = 3600000,
		.resend_within_ms = 3600000,
		.max_fail_percent = 20,
		.busy_deadline_ms = 3600000,
		.identity = "test",
		.lease_ms = 60000,
	};
}

static struct engine_fixture *
create_fixture(void)
{
	struct engine_fixture *x = xcalloc(1, sizeof(*x));
	struct log_settings log = {0};

	moved_ms = 0;
	clock_set_source(&fake_clock);
	assert_non_null(mkdtemp(fixture_temp(x->dir, sizeof(x->dir), "engine")));
	log.file = x->log = xasprintf("%s/log", x->dir);
	OK(x, log_open(&log, &x->err));
	set_defaults(x);
	return x;
}

int
engine_set_up(void **state)
{
	struct engine_fixture *x = create_fixture();

	x->url = xasprintf("sqlite:%s/ledger.db", x->dir);
	open_ledger(x);
	create_run(x);
	*state = x;
	return 0;
}

static void
on_server(struct engine_fixture *x, const char *verb, const char *end)
{
	struct db *db = db_open_server(x->server, false, &x->err);
	char *sql = xasprintf("%s SCHEMA %s%s", verb, x->schema, end);

	if (db == NULL)
		fail_msg("%s", x->err.text);
	OK(x, db_exec(db, sql, &x->err));
	db_close(db);
	free(sql);
}

int
engine_set_up_shared(void **state)
{
	static unsigned count;
	struct engine_fixture *x = create_fixture(), *peer;

	*state = x;
	x->server = getenv("UNPILOT_TEST_SERVER");
	if (x->server == NULL)
		return 0;
	snprintf(x->schema, sizeof(x->schema), "e%ld_%u", (long)getpid(), ++count);
	on_server(x, "CREATE", "");
	x->url = xasprintf("%s&options=-csearch_path%%3D%s", x->server, x->schema);
	open_ledger(x);
	create_run(x);
	ledger_claims_start(x->ledger, x->set.lease_ms);
	x->peer = peer = xcalloc(1, sizeof(*peer));
	set_defaults(peer);
	peer->fake.accepted = 100; /* other BatchIds than ours */
	peer->url = xstrdup(x->url);
	open_ledger(peer);
	if (ledger_run_find(peer->ledger, x->run.name, &peer->run, &peer->err) != 1)
		fail_msg("%s", peer->err.text);
	ledger_claims_start(peer->ledger, peer->set.lease_ms);
	return 0;
}

static void
free_peer(struct engine_fixture *peer)
{
	if (peer == NULL)
		return;
	ledger_close(peer->ledger);
	ledger_run_release(&peer->run);
	free(peer->url);
	free(peer);
}

int
engine_tear_down(void **state)
{
	static const char *const name[] = {"/log", "/ledger.db", "/ledger.db-wal", "/ledger.db-shm",
	                                   ""};
	struct engine_fixture *x = *state;

	log_close();
	clock_set_source(NULL);
	look_ms = 0;
	free_peer(x->peer);
	ledger_close(x->ledger);
	ledger_run_release(&x->run);
	if (x->server != NULL)
		on_server(x, "DROP", " CASCADE");
	for (size_t i = 0; i < ARRAY_SIZE(name); i++) {
		char *path = xasprintf("%s%s", x->dir, name[i]);
		(void)remove(path);
		free(path);
	}
	free(x->log);
	free(x->url);
	free(x);
	return 0;
}

void
fixture_look_up(struct engine_fixture *x)
{
	x->fake.route.ops = &fake_lookup_ops;
}

static void
add_row(struct engine_fixture *x, int64_t batch, const char *serial)
{
	struct ledger_row row = {
		.list = x->list,
		.batch = batch,
		.line = ++x->line,
		.device = {.pkid = "",
	                   .serial = serial,
	                   .manufacturer = "Contoso",
	                   .model = "Book"},
		.ticket = "",
		.sold_to = "1",
		.received_from = "2",
		.outcome = OUTCOME_NOT_SENT,
		.reason = "",
		.column = "",
		.raw = "",
	};

	OK(x, ledger_customer_id(x->ledger, x->run.id, "northwind", "", &row.customer, &x->err));
	OK(x, ledger_row_add(x->ledger, &row, &x->err));
}

int64_t
fixture_batch_of(struct engine_fixture *x, const char *tenant, const char *serials)
{
	char sold_to[] = "1", received_from[] = "2";
	struct ledger_batch batch = {
		.run = x->run.id, .sold_to = sold_to, .received_from = received_from};
	char *text = xstrdup(serials), *rest = NULL;
	int64_t id;

	batch.tenant = xstrdup(tenant);
	OK(x, ledger_batch_add(x->ledger, &batch, &id, &x->err));
	for (char *s = strtok_r(text, " ", &rest); s != NULL; s = strtok_r(NULL, " ", &rest))
		add_row(x, id, s);
	OK(x, ledger_settle(x->ledger, x->run.id, NULL, &x->err));
	free(batch.tenant);
	free(text);
	return id;
}

int64_t
fixture_batch(struct engine_fixture *x, const char *serials)
{
	return fixture_batch_of(x, "", serials);
}

/* ---- the engine ---- */

void
fixture_run(struct engine_fixture *x)
{
	OK(x, engine_run(x->ledger, &x->run, &x->fake.route, &x->set, &x->result, &x->err));
}

void
fixture_collect(struct engine_fixture *x)
{
	OK(x, engine_collect(x->ledger, &x->run, &x->fake.route, &x->set, &x->result, &x->err));
}

void
fixture_clear_alarms(struct engine_fixture *x)
{
	int64_t count;

	OK(x, ledger_alarm_clear(x->ledger, x->run.id, "test", &count, &x->err));
	assert_true(count > 0);
}

void
fixture_sql(struct engine_fixture *x, const char *sql)
{
	bool server = x->server != NULL;
	const char *path = server ? x->url : x->url + strlen("sqlite:");
	struct db *db = server ? db_open_server(path, false, &x->err)
	                       : db_open(path, false, &x->err);

	if (db == NULL)
		fail_msg("%s", x->err.text);
	OK(x, db_exec(db, sql, &x->err));
	db_close(db);
}

void
fixture_plan(struct engine_fixture *x)
{
	OK(x, engine_lookup(x->ledger, &x->run, &x->fake.route, &x->set, &x->lookup, &x->result,
	                    &x->err));
}

/* ---- results ---- */

void
assert_requests(struct engine_fixture *x, const char *expected)
{
	struct fake_route *f = &x->fake;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (; f->told < f->requests; f->told++)
		buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", f->request[f->told].text);
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

size_t
fixture_count(const struct engine_fixture *x, enum fake_op op)
{
	size_t n = 0;

	for (size_t i = 0; i < x->fake.requests; i++)
		n += x->fake.request[i].op == op ? 1 : 0;
	return n;
}

int64_t
fixture_at_ms(const struct engine_fixture *x, enum fake_op op, size_t n)
{
	for (size_t i = 0; i < x->fake.requests; i++)
		if (x->fake.request[i].op == op && n-- == 0)
			return x->fake.request[i].at_ms;
	fail_msg("no such %s", op_word[op]);
	return -1;
}

static int
add_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct buf *b = ctx;

	(void)err;
	buf_printf(b, "%s%s %s", b->len > 0 ? ", " : "", line->row->device.serial,
	           outcome_word(line->row->outcome));
	return 0;
}

void
assert_rows(struct engine_fixture *x, const char *expected)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	OK(x, ledger_each_line(x->ledger, x->run.id, LEDGER_ALL, add_line, &b, &x->err));
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

static int
add_reason(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct buf *b = ctx;

	(void)err;
	buf_printf(b, "\n%s|%s", line->row->device.serial, line->row->reason);
	return 0;
}

void
assert_reason(struct engine_fixture *x, const char *serial, const char *words)
{
	char *start_of_row = xasprintf("\n%s|", serial);
	struct buf b;
	char *at;

	buf_init(&b, TEXT_MAX);
	OK(x, ledger_each_line(x->ledger, x->run.id, LEDGER_ALL, add_reason, &b, &x->err));
	at = strstr(b.data, start_of_row);
	assert_non_null(at);
	at[1 + strcspn(at + 1, "\n")] = '\0';
	if (strstr(at, words) == NULL)
		fail_msg("reason of %s", at + 1);
	free(start_of_row);
	buf_release(&b);
}

void
assert_batch(struct engine_fixture *x, int64_t batch, enum batch_state state)
{
	assert_int_equal(state_in_ledger(x, batch), state);
}

void
assert_stop(const struct engine_fixture *x, enum engine_stop stop)
{
	assert_int_equal(x->result.stop, stop);
}

static bool
is_logged(const struct engine_fixture *x, const char *words)
{
	struct error err;
	struct buf b;
	bool found;

	buf_init(&b, TEXT_MAX);
	if (file_read(x->log, &b, &err) != 0)
		fail_msg("%s", err.text);
	found = strstr(b.data, words) != NULL;
	buf_release(&b);
	return found;
}

void
assert_logged(const struct engine_fixture *x, const char *words)
{
	if (!is_logged(x, words))
		fail_msg("not logged: %s", words);
}

void
assert_not_logged(const struct engine_fixture *x, const char *words)
{
	if (is_logged(x, words))
		fail_msg("logged: %s", words);
}
