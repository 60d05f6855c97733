/*
 * For tests of the engine: a route that answers from a script, a ledger in a temporary folder, and
 * a clock that moves only while the engine waits. Nothing here uses a network, a process or real
 * time, so that a night of retries takes milliseconds.
 *
 * The route records every request: its kind, its content and its time. A request without an answer
 * in the script succeeds: the check is answered, a submit is accepted as "B1", "B2"…, a poll and a
 * look-up answer with the devices' outcomes (by default deregistered, or found).
 */
#ifndef TESTS_UNIT_FIXTURE_ENGINE_H
#define TESTS_UNIT_FIXTURE_ENGINE_H

#include "partner/engine/engine.h"
#include "partner/ledger/batches.h"
#include "tests/unit/fixture_dir.h"

#define FIXTURE_TICK_MS 5000000LL /* the monotonic clock when a test begins */
#define FAKE_REQUESTS_MAX 256
#define FAKE_DEVICES_MAX 64
#define FAKE_IN_FLIGHT_MAX 16
#define FAKE_LATENCY_MS 200

enum fake_op { FAKE_CHECK, FAKE_LOOKUP, FAKE_SUBMIT, FAKE_POLL, FAKE_OP_COUNT };

/* One answer of the script. Requests of its operation use them up in order. */
struct fake_answer {
	enum route_end end;
	long retry_after;         /* seconds; -1: none */
	int64_t latency_ms;       /* 0: FAKE_LATENCY_MS */
	int raise;                /* this signal arrives while the request is in flight; 0: none */
	bool divisible;           /* REFUSED */
	bool customer_only;       /* BUSY */
	bool certificate_refused; /* LOST */
	bool alarm;               /* in an entry that matches no device */
	bool queued;       /* it waits in the route, and leaves when its answer is due if it may */
	const char *lacks; /* a device that the answer does not name; NULL: none */
	const char *only;  /* only for a request that names this device; NULL: any */
};

/* A request as it left. */
struct fake_request {
	enum fake_op op;
	int64_t at_ms;          /* since the test began */
	char text[512];         /* "submit S1 S2", "poll B1", "lookup Contoso: S1" */
	enum batch_state state; /* of its batch in the ledger when it left */
};

struct fake_device {
	char serial[32];
	enum outcome outcome;
};

struct fake_pending {
	bool used;
	struct fake_answer answer;
	enum fake_op op;
	struct route_batch batch;
	int64_t due_ms;
	char id[ROUTE_ID_MAX];
	route_done_fn *done;
	void *ctx;
};

struct engine_fixture;
struct fake_route {
	struct route route; /* first */
	struct engine_fixture *fixture;
	struct fake_answer script[FAKE_OP_COUNT][FAKE_REQUESTS_MAX];
	size_t answers[FAKE_OP_COUNT];
	struct fake_device device[FAKE_DEVICES_MAX]; /* devices with an outcome of their own */
	size_t devices;
	const char *refuses; /* a batch with this device is refused as a whole; or NULL */
	struct fake_request request[FAKE_REQUESTS_MAX];
	size_t requests;
	size_t told; /* those that assert_requests() has seen */
	struct fake_pending pending[FAKE_IN_FLIGHT_MAX];
	unsigned in_flight, most_in_flight;
	unsigned accepted; /* batches, for their ids */
	unsigned waits;
	bool same_id; /* every batch is accepted under the same id */
	/* requests leave outside of a transaction; joined counts the answers that came within one */
	bool together;
	unsigned joined;
	/* called once, when the first batch is in flight: another machine works meanwhile; or NULL */
	void (*meanwhile)(struct engine_fixture *x);
};

struct engine_fixture {
	char dir[FIXTURE_PATH_SIZE];
	char *url;          /* of the ledger */
	const char *server; /* of the ledger; or NULL */
	char schema[32];    /* of this test, on the server */
	char *log;
	struct ledger *ledger;
	struct engine_fixture *peer; /* another machine on the same ledger; or NULL */
	struct ledger_run run;
	int64_t list;
	long line;
	struct engine_settings set;
	struct engine_result result;
	struct engine_lookup lookup;
	struct fake_route fake;
	struct error err;
};

int engine_set_up(void **state);
int engine_tear_down(void **state);
#define ENGINE_TEST(f) cmocka_unit_test_setup_teardown(f, engine_set_up, engine_tear_down)
/* Uses the server that UNPILOT_TEST_SERVER names; x->server is NULL if it names none. Two machines:
 * this one, and x->peer with its own route. */
int engine_set_up_shared(void **state);
#define SHARED_TEST(f) cmocka_unit_test_setup_teardown(f, engine_set_up_shared, engine_tear_down)

/* Makes the route one that looks devices up and names customers. Before the first batch. */
void fixture_look_up(struct engine_fixture *x);
/* Adds a planned batch with these serials ("S1 S2"); returns its id. */
int64_t fixture_batch(struct engine_fixture *x, const char *serials);
/* The same for a customer with an address of its own. */
int64_t fixture_batch_of(struct engine_fixture *x, const char *tenant, const char *serials);
/* Moves the clock while no engine runs. */
void fixture_move_ms(int64_t ms);
int64_t fixture_tick_ms(void);
/* A slow machine: the clock moves so far at each look at the wall clock. */
void fixture_slow_ms(int64_t ms);

void fake_answers(struct engine_fixture *x, enum fake_op op, struct fake_answer answer);
/* The same answer so many times. */
void fake_answers_times(struct engine_fixture *x, enum fake_op op, struct fake_answer answer,
                        size_t times);
/* Sets the outcome that poll and look-up report for a device from now on. */
void fake_device(struct engine_fixture *x, const char *serial, enum outcome outcome);

/* Runs the engine until it ends. x->result has its result. */
void fixture_run(struct engine_fixture *x);
void fixture_collect(struct engine_fixture *x);
void fixture_clear_alarms(struct engine_fixture *x);
/* Changes the ledger behind the engine's back. */
void fixture_sql(struct engine_fixture *x, const char *sql);
void fixture_plan(struct engine_fixture *x); /* only looks devices up */

/* The requests since the last call, in the order in which they left: "check, submit S1 S2, poll B1". */
void assert_requests(struct engine_fixture *x, const char *expected);
/* How many requests of a kind have left since the test began, and the time of number n (0: the
 * first). */
size_t fixture_count(const struct engine_fixture *x, enum fake_op op);
int64_t fixture_at_ms(const struct engine_fixture *x, enum fake_op op, size_t n);
/* Every row by line: "S1 deregistered, S2 not-sent". */
void assert_rows(struct engine_fixture *x, const char *expected);
/* The reason of a row contains these words. */
void assert_reason(struct engine_fixture *x, const char *serial, const char *words);
void assert_batch(struct engine_fixture *x, int64_t batch, enum batch_state state);
void assert_stop(const struct engine_fixture *x, enum engine_stop stop);
/* The log contains, or does not contain, these words. */
void assert_logged(const struct engine_fixture *x, const char *words);
void assert_not_logged(const struct engine_fixture *x, const char *words);

#endif
