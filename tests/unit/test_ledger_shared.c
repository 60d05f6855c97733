/* Several machines on one ledger, and failures of the server. Needs a server. */
#include "tests/unit/fixture_ledger.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/db.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/canary.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/open.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"

#define HOUR_US (3600LL * 1000000)
#define LEASE_MS 60000
#define LEASE_OVER (-1000) /* a lease that has ended when it begins */

/* Another machine: a handle that claims. */
static struct ledger *
machine(struct ledger_fixture *fx, const char *url, int64_t lease_ms)
{
	struct ledger *l = ledger_open(url, &fx->err);

	if (l == NULL)
		fail_msg("%s", fx->err.text);
	ledger_claims_start(l, lease_ms);
	return l;
}

static int64_t
claim(struct ledger_fixture *fx, struct ledger *l, enum batch_state state)
{
	struct ledger_batch batch;
	int rc = ledger_batch_claim(l, fx->run.id, state, 0, &batch, &fx->err);
	int64_t id = rc == 1 ? batch.id : 0;

	if (rc < 0)
		fail_msg("%s", fx->err.text);
	if (rc == 1)
		ledger_batch_release(&batch);
	return id;
}

static void
execute(struct ledger_fixture *fx, const char *sql)
{
	struct db *db = db_open_server(fx->url, false, &fx->err);

	if (db == NULL)
		fail_msg("%s", fx->err.text);
	OK(fx, db_exec(db, sql, &fx->err));
	db_close(db);
}

static int64_t
batches_in(struct ledger_fixture *fx, enum batch_state state)
{
	struct ledger_batch batch;
	int64_t n = 0, after = 0;

	while (ledger_batch_next(fx->l, fx->run.id, state, after, &batch, &fx->err) == 1) {
		after = batch.id;
		ledger_batch_release(&batch);
		n++;
	}
	return n;
}

static void
a_batch_is_claimed_once(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_MS), *two = machine(fx, fx->url, LEASE_MS);
	int64_t second, others;

	fixture_add_batch(fx, &second);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), fx->batch);
	assert_int_equal(claim(fx, two, BATCH_PLANNED), second);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), 0);
	OK(fx, ledger_claims_of_others(one, fx->run.id, second, &others, &fx->err));
	assert_int_equal(others, 1);
	/* an abandoned batch is free for anyone */
	OK(fx, ledger_claim_abandon(two, second, &fx->err));
	assert_int_equal(claim(fx, one, BATCH_PLANNED), second);
	ledger_close(one);
	ledger_close(two);
}

/* Nobody had taken it over. From now on nobody does, until its answer had time to come. */
static void
a_batch_that_is_sent_is_claimed_anew(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_MS), *two = machine(fx, fx->url, LEASE_MS);

	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), fx->batch);
	execute(fx, "UPDATE batch SET claimed_until=1");
	OK(fx, ledger_batch_sent(one, fx->batch, NULL, &fx->err));
	OK(fx, ledger_recover(two, fx->run.id, &fx->err));
	assert_int_equal(claim(fx, two, BATCH_LOST), 0);
	assert_int_equal(batches_in(fx, BATCH_SENT), 1);
	ledger_close(one);
	ledger_close(two);
}

/* Otherwise its devices would leave beside those of another canary. */
static void
a_batch_that_leaves_the_canary_has_no_claim_any_more(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_MS), *two = machine(fx, fx->url, LEASE_MS);
	struct ledger_batch batch;
	bool full;

	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_int_equal(ledger_canary_claim(one, fx->run.id, 0, 2, &batch, &full, &fx->err), 1);
	ledger_batch_release(&batch);
	execute(fx, "UPDATE batch SET claimed_until=1");
	OK(fx, ledger_canary_forget(two, fx->run.id, false, &fx->err));
	assert_int_equal(ledger_batch_sent(one, fx->batch, NULL, &fx->err), -1);
	assert_true(ledger_claim_lost(one));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), fx->batch);
	ledger_close(one);
	ledger_close(two);
}

/* It has read the devices of its batch before one of them was held. */
static void
a_guard_ends_the_claims_that_are_over(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *slow = machine(fx, fx->url, LEASE_MS), *two = machine(fx, fx->url, LEASE_MS);

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	assert_int_equal(claim(fx, slow, BATCH_PLANNED), fx->batch);
	execute(fx, "UPDATE batch SET claimed_until=1");
	OK(fx, ledger_begin(two, &fx->err));
	OK(fx, ledger_skip_begin(two, &fx->err));
	OK(fx, ledger_skip_add(two, "S1", &fx->err));
	OK(fx, ledger_skip_hold(two, fx->run.id, &fx->err));
	OK(fx, ledger_commit(two, &fx->err));
	assert_int_equal(ledger_batch_sent(slow, fx->batch, NULL, &fx->err), -1);
	assert_true(ledger_claim_lost(slow));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), fx->batch);
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
	ledger_close(slow);
	ledger_close(two);
}

static void
a_dead_machine_loses_its_claim_and_its_changes_fail(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *dead = machine(fx, fx->url, LEASE_OVER),
		      *other = machine(fx, fx->url, LEASE_MS);
	struct ledger_batch batch;

	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_int_equal(claim(fx, dead, BATCH_PLANNED), fx->batch);
	OK(fx, ledger_batch_sent(dead, fx->batch, NULL, &fx->err));
	OK(fx, ledger_recover(other, fx->run.id, &fx->err));
	assert_int_equal(claim(fx, other, BATCH_LOST), fx->batch);
	/* the dead machine comes back with an answer: every change of it fails */
	assert_int_equal(ledger_batch_accepted(dead, fx->batch, "B-1", NULL, &fx->err), -1);
	assert_true(ledger_claim_lost(dead));
	assert_false(ledger_claim_lost(dead));
	assert_int_equal(ledger_batch_sent(dead, fx->batch, NULL, &fx->err), -1);
	assert_int_equal(ledger_batch_done(dead, fx->batch, NULL, "", &fx->err), -1);
	assert_int_equal(ledger_batch_lost(dead, fx->batch, "", &fx->err), -1);
	assert_int_equal(ledger_batch_unsent(dead, fx->batch, false, "", &fx->err), -1);
	OK(fx, ledger_batch_outcome(dead, fx->batch, OUTCOME_REFUSED, "", &fx->err));
	OK(fx, ledger_begin(dead, &fx->err));
	assert_int_equal(ledger_claim_assert(dead, fx->batch, &fx->err), -1);
	assert_true(ledger_claim_lost(dead));
	ledger_rollback(dead);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 1);
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_LOST, 0, &batch, &fx->err), 1);
	assert_int_equal(batch.attempts, 1);
	assert_null(batch.service_id);
	ledger_batch_release(&batch);
	/* and the other machine goes on */
	OK(fx, ledger_batch_sent(other, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(other, fx->batch, "B-2", NULL, &fx->err));
	ledger_close(dead);
	ledger_close(other);
}

#define TENANT "00000000-0000-4000-8000-00000000C001"

/* Three batches: two of one tenant, the last of none. */
static void
with_tenant(struct ledger_fixture *fx, int64_t *ret_second, int64_t *ret_third)
{
	fixture_add_batch(fx, ret_second);
	fixture_add_batch(fx, ret_third);
	execute(fx, "UPDATE batch SET tenant='" TENANT "' WHERE id<(SELECT MAX(id) FROM batch)");
}

static void
a_tenant_is_claimed_as_a_whole(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_MS), *two = machine(fx, fx->url, LEASE_MS);
	int64_t second, third, others;

	with_tenant(fx, &second, &third);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), fx->batch);
	assert_int_equal(claim(fx, two, BATCH_PLANNED), third);
	assert_int_equal(claim(fx, two, BATCH_PLANNED), 0);
	OK(fx, ledger_claims_of_others(two, fx->run.id, third, &others, &fx->err));
	assert_int_equal(others, 2); /* also the one that nobody has claimed yet */
	/* it stays ours while a batch waits */
	OK(fx, ledger_batch_done(one, fx->batch, NULL, "", &fx->err));
	OK(fx, ledger_tenants_release(one, fx->run.id, false, &fx->err));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), 0);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), second);
	/* what it gave up waits for the next command, also when the tenant is free */
	OK(fx, ledger_claim_abandon(one, second, &fx->err));
	OK(fx, ledger_tenants_release(one, fx->run.id, false, &fx->err));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), 0);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), 0);
	OK(fx, ledger_claims_of_others(two, fx->run.id, 0, &others, &fx->err));
	assert_int_equal(others, 0);
	OK(fx, ledger_claims_retry(two, fx->run.id, &fx->err));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), second);
	ledger_close(one);
	ledger_close(two);
}

static void
a_tenant_is_claimed_over_all_runs_in_any_case(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_MS), *two = machine(fx, fx->url, LEASE_MS);
	int64_t second, third, others;

	with_tenant(fx, &second, &third);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), fx->batch);
	fixture_new_run(fx, "another.csv");
	execute(fx,
	        "UPDATE batch SET tenant=lower('" TENANT "') WHERE id=(SELECT MAX(id) FROM batch)");
	assert_int_equal(claim(fx, two, BATCH_PLANNED), 0);
	OK(fx, ledger_claims_of_others(two, fx->run.id, fx->batch, &others, &fx->err));
	assert_int_equal(others, 1);
	OK(fx, ledger_tenants_release(one, fx->run.id, true, &fx->err));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), fx->batch);
	ledger_close(one);
	ledger_close(two);
}

static void
a_tenant_of_a_dead_machine_is_taken_over_as_a_whole(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *dead = machine(fx, fx->url, LEASE_OVER),
		      *other = machine(fx, fx->url, LEASE_MS);
	int64_t second, third;

	with_tenant(fx, &second, &third);
	assert_int_equal(claim(fx, dead, BATCH_PLANNED), fx->batch);
	assert_int_equal(claim(fx, other, BATCH_PLANNED), fx->batch);
	/* it comes back: it can neither keep nor send nor claim anything of the tenant */
	OK(fx, ledger_claims_renew(dead, fx->run.id, &fx->err));
	assert_int_equal(ledger_batch_sent(dead, fx->batch, "T", &fx->err), -1);
	assert_int_equal(claim(fx, dead, BATCH_PLANNED), third);
	assert_int_equal(claim(fx, other, BATCH_PLANNED), second);
	OK(fx, ledger_batch_sent(other, second, "T", &fx->err));
	ledger_close(dead);
	ledger_close(other);
}

static void
a_renewed_claim_stays(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_OVER),
		      *two = machine(fx, fx->url, LEASE_MS);

	assert_int_equal(claim(fx, one, BATCH_PLANNED), fx->batch);
	ledger_close(one);
	one = machine(fx, fx->url, LEASE_MS);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), fx->batch);
	OK(fx, ledger_claims_renew(one, fx->run.id, &fx->err));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), 0);
	/* an expired claim can be taken over at once */
	OK(fx, ledger_claims_expire(one, fx->run.id, &fx->err));
	assert_int_equal(claim(fx, two, BATCH_PLANNED), fx->batch);
	ledger_close(one);
	ledger_close(two);
}

static void
a_guard_does_not_touch_what_is_claimed(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_MS);
	int64_t first = fx->batch;

	fixture_add(fx, "acme", "", "S1");
	fixture_add_batch(fx, &fx->batch);
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	assert_int_equal(claim(fx, one, BATCH_PLANNED), first);
	OK(fx, ledger_skip_begin(fx->l, &fx->err));
	OK(fx, ledger_skip_add(fx->l, "S1", &fx->err));
	OK(fx, ledger_skip_add(fx->l, "S2", &fx->err));
	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_skip_hold(fx->l, fx->run.id, &fx->err));
	assert_int_equal(claim(fx, one, BATCH_PLANNED), 0); /* locked while the guard holds it */
	OK(fx, ledger_commit(fx->l, &fx->err));
	assert_int_equal(fixture_outcomes(fx, OUTCOME_HELD), 1);
	ledger_close(one);
}

static void
the_pace_is_one_for_all(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *two = machine(fx, fx->url, LEASE_MS);
	int64_t first, second, other;

	OK(fx, ledger_pace_next(fx->l, "oem-direct", HOUR_US, &first, &fx->err));
	OK(fx, ledger_pace_next(two, "oem-direct", HOUR_US, &second, &fx->err));
	OK(fx, ledger_pace_next(two, "partner-center", HOUR_US, &other, &fx->err));
	assert_true(first <= 0);
	assert_true(second > HOUR_US / 2 && second <= HOUR_US);
	assert_true(other <= 0);
	ledger_close(two);
}

static void
the_last_one_at_work_writes_the_packs(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *one = machine(fx, fx->url, LEASE_MS), *two = machine(fx, fx->url, LEASE_MS);
	bool ours;

	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_OPEN, -1, &fx->err));
	fx->run.state = RUN_OPEN;
	assert_int_equal(claim(fx, one, BATCH_PLANNED), fx->batch);
	OK(fx, ledger_finish_begin(two, &fx->run, &ours, &fx->err));
	assert_false(ours); /* another machine is still at work */
	OK(fx, ledger_claim_abandon(one, fx->batch, &fx->err));
	OK(fx, ledger_finish_begin(one, &fx->run, &ours, &fx->err));
	assert_true(ours);
	OK(fx, ledger_run_set_state(one, fx->run.id, RUN_FINISHED, 0, &fx->err));
	ledger_finish_end(one, &fx->run);
	OK(fx, ledger_finish_begin(two, &fx->run, &ours, &fx->err));
	assert_false(ours); /* the other machine has done it */
	ledger_close(one);
	ledger_close(two);
}

static void
an_open_run_has_taken_its_lists(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_run r;
	char *path;

	OK(fx, ledger_list_set_digest(fx->l, fx->list, "d1", &fx->err));
	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_OPEN, -1, &fx->err));
	fixture_new_run(fx, "again.csv");
	OK(fx, ledger_list_set_digest(fx->l, fx->list, "d1", &fx->err));
	assert_int_equal(ledger_find_taken(fx->l, fx->run.id, 0, &r, &path, &fx->err), 1);
	ledger_run_release(&r);
	free(path);
}

/* ---- faults of the server ---- */

enum cut { CUT_NEVER, CUT_BEFORE, CUT_AFTER };

/* A proxy that cuts a connection at its first commit: before passing the commit on, or after the
 * server has answered it. */
struct cutter {
	char path[FIXTURE_PATH_SIZE + 16];
	char *url;
	pid_t pid;
};

static struct sockaddr_un
address(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	assert_true(strlen(path) < sizeof(at.sun_path));
	strcpy(at.sun_path, path);
	return at;
}

/* Serves one connection. true: it was cut. */
static bool
carry(int client, int server, enum cut how)
{
	struct pollfd fd[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	bool cutting = false;
	char text[65536];

	while (poll(fd, 2, -1) > 0) {
		int from = fd[0].revents != 0 ? 0 : 1;
		ssize_t n = read(fd[from].fd, text, sizeof(text));
		if (n <= 0 || (from == 1 && cutting))
			return cutting;
		if (from == 0 && memmem(text, (size_t)n, "COMMIT", 6) != NULL)
			cutting = how != CUT_NEVER;
		if (cutting && how == CUT_BEFORE)
			return true;
		if (write(fd[1 - from].fd, text, (size_t)n) != n)
			return cutting;
	}
	return cutting;
}

static void
serve(int listening, const struct sockaddr_un *server, enum cut how)
{
	for (;;) {
		int client = accept(listening, NULL, NULL);
		int to = socket(AF_UNIX, SOCK_STREAM, 0);
		if (client < 0 ||
		    connect(to, (const struct sockaddr *)server, sizeof(*server)) != 0)
			_exit(1);
		if (carry(client, to, how))
			how = CUT_NEVER;
		close(client);
		close(to);
	}
}

/* libpq takes the rest from the URL in the environment: host=DIR&... */
static void
start_cutter(struct cutter *c, struct ledger_fixture *fx, enum cut how)
{
	const char *host = strstr(fx->url, "host=");
	size_t len = host != NULL ? strcspn(host + 5, "&") : 0;
	char *real = xasprintf("%.*s/.s.PGSQL.5432", (int)len, host != NULL ? host + 5 : "");
	struct sockaddr_un at, server = address(real);
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_non_null(host);
	snprintf(c->path, sizeof(c->path), "%s/.s.PGSQL.5432", fx->dir);
	at = address(c->path);
	assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listening, 5), 0);
	c->url = xasprintf("%.*shost=%s%s", (int)(host - fx->url), fx->url, fx->dir,
	                   host + 5 + len);
	c->pid = fork();
	if (c->pid == 0)
		serve(listening, &server, how);
	close(listening);
	free(real);
}

static void
stop_cutter(struct cutter *c)
{
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	unlink(c->path);
	free(c->url);
}

static void
try_cut(struct ledger_fixture *fx, enum cut how)
{
	struct ledger_batch batch;
	struct cutter c;
	struct ledger *l;

	start_cutter(&c, fx, how);
	l = machine(fx, c.url, LEASE_MS);
	assert_int_equal(claim(fx, l, BATCH_PLANNED), fx->batch);
	OK(fx, ledger_batch_sent(l, fx->batch, NULL, &fx->err));
	/* the change happened exactly once */
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_SENT, 0, &batch, &fx->err), 1);
	assert_int_equal(batch.attempts, 1);
	ledger_batch_release(&batch);
	OK(fx, ledger_batch_accepted(l, fx->batch, "B-1", NULL, &fx->err));
	ledger_close(l);
	stop_cutter(&c);
}

static void
a_connection_lost_before_the_commit(void **state)
{
	try_cut(*state, CUT_BEFORE);
}

static void
a_connection_lost_after_the_commit(void **state)
{
	try_cut(*state, CUT_AFTER);
}

/* Rows were sent without waiting for answers when the connection is lost. */
static void
an_intake_that_is_cut_never_happened(void **state)
{
	struct ledger_fixture *fx = *state;

	OK(fx, ledger_begin(fx->l, &fx->err));
	for (int i = 0; i < 1200; i++) {
		char serial[16];
		snprintf(serial, sizeof(serial), "S%d", i);
		fixture_add(fx, "acme", "", serial);
	}
	execute(fx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state<>'idle'"
	            " AND pid<>pg_backend_pid()");
	assert_int_equal(ledger_commit(fx->l, &fx->err), -1);
	ledger_rollback(fx->l);
	OK(fx, ledger_settle(fx->l, fx->run.id, NULL, &fx->err));
	assert_int_equal(fixture_devices(fx).askable, 0);
	/* and the ledger works as before */
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_int_equal(fixture_devices(fx).askable, 1);
}

static void
a_statement_that_times_out_changes_nothing(void **state)
{
	struct ledger_fixture *fx = *state;
	char *url = xasprintf("%s%%20-cstatement_timeout%%3D100", fx->url);
	struct ledger *l = machine(fx, url, LEASE_MS);
	struct db *other;

	assert_int_equal(claim(fx, l, BATCH_PLANNED), fx->batch);
	other = db_open_server(fx->url, false, &fx->err);
	assert_non_null(other);
	OK(fx, db_begin(other, &fx->err));
	OK(fx, db_exec(other, "SELECT 1 FROM batch FOR UPDATE", &fx->err));
	assert_int_equal(ledger_batch_sent(l, fx->batch, NULL, &fx->err), -1);
	assert_non_null(strstr(fx->err.text, "statement timeout"));
	assert_false(ledger_claim_lost(l));
	db_close(other);
	assert_int_equal(batches_in(fx, BATCH_PLANNED), 1);
	OK(fx, ledger_batch_sent(l, fx->batch, NULL, &fx->err));
	ledger_close(l);
	free(url);
}

static void
a_full_disk_sends_nothing(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *l = machine(fx, fx->url, LEASE_MS);

	assert_int_equal(claim(fx, l, BATCH_PLANNED), fx->batch);
	execute(fx, "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
	            " RAISE EXCEPTION 'no space left on device' USING ERRCODE='53100'; END$$;"
	            "CREATE TRIGGER no_space BEFORE INSERT ON attempt EXECUTE FUNCTION no_space()");
	assert_int_equal(ledger_batch_sent(l, fx->batch, NULL, &fx->err), -1);
	assert_non_null(strstr(fx->err.text, "no space left"));
	assert_false(ledger_claim_lost(l));
	assert_int_equal(batches_in(fx, BATCH_PLANNED), 1);
	execute(fx, "DROP TRIGGER no_space ON attempt");
	OK(fx, ledger_batch_sent(l, fx->batch, NULL, &fx->err));
	ledger_close(l);
}

static void
a_url_with_a_password_is_refused(void **state)
{
	struct ledger_fixture *fx = *state;

	assert_null(ledger_open("postgresql://unpilot:secret@localhost/ledger", &fx->err));
	assert_non_null(strstr(fx->err.text, "password"));
	assert_null(strstr(fx->err.text, "secret"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_batch_is_claimed_once),
		LEDGER_TEST(a_batch_that_is_sent_is_claimed_anew),
		LEDGER_TEST(a_batch_that_leaves_the_canary_has_no_claim_any_more),
		LEDGER_TEST(a_guard_ends_the_claims_that_are_over),
		LEDGER_TEST(a_dead_machine_loses_its_claim_and_its_changes_fail),
		LEDGER_TEST(a_tenant_is_claimed_as_a_whole),
		LEDGER_TEST(a_tenant_is_claimed_over_all_runs_in_any_case),
		LEDGER_TEST(a_tenant_of_a_dead_machine_is_taken_over_as_a_whole),
		LEDGER_TEST(a_renewed_claim_stays),
		LEDGER_TEST(a_guard_does_not_touch_what_is_claimed),
		LEDGER_TEST(the_pace_is_one_for_all),
		LEDGER_TEST(the_last_one_at_work_writes_the_packs),
		LEDGER_TEST(an_open_run_has_taken_its_lists),
		LEDGER_TEST(a_connection_lost_before_the_commit),
		LEDGER_TEST(a_connection_lost_after_the_commit),
		LEDGER_TEST(an_intake_that_is_cut_never_happened),
		LEDGER_TEST(a_statement_that_times_out_changes_nothing),
		LEDGER_TEST(a_full_disk_sends_nothing),
		LEDGER_TEST(a_url_with_a_password_is_refused),
	};

	if (getenv(SERVER_VARIABLE) == NULL) {
		puts("no server in " SERVER_VARIABLE ": nothing to be tested");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
