/* Stops and continues workers. Takes the place of the functions of db.c at which transactions begin and end. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/db.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/statement.h" /* before world.h, which names an outcome by its number */
#include "tests/simulate/turns.h"

#define PAUSE_MS 50 /* between two transactions, at most */
#define PAUSE_PERCENT 15
#define LOCK_MS 200 /* until a worker looks again whether another one has finished a run */

int __real_db_begin(struct db *db, struct error *err);
int __wrap_db_begin(struct db *db, struct error *err);
int __real_db_commit(struct db *db, struct error *err);
int __wrap_db_commit(struct db *db, struct error *err);
void __real_db_rollback(struct db *db);
void __wrap_db_rollback(struct db *db);
int __real_db_run(struct db_stmt *s, struct error *err);
int __wrap_db_run(struct db_stmt *s, struct error *err);
int __real_statement_int(struct ledger *l, enum sql which, const int64_t *value, int count,
                         int64_t *ret, struct error *err);
int __wrap_statement_int(struct ledger *l, enum sql which, const int64_t *value, int count,
                         int64_t *ret, struct error *err);

int __real_ledger_run_create(struct ledger *l, const char *name, const char *out_dir,
                             const char *route, struct ledger_run *ret, struct error *err);
int __wrap_ledger_run_create(struct ledger *l, const char *name, const char *out_dir,
                             const char *route, struct ledger_run *ret, struct error *err);

int
__real_ledger_batch_sent_within(struct ledger *l, int64_t batch, const char *target, int64_t size,
                                int64_t max, bool *ret_full, bool *ret_held, struct error *err);
int
__wrap_ledger_batch_sent_within(struct ledger *l, int64_t batch, const char *target, int64_t size,
                                int64_t max, bool *ret_full, bool *ret_held, struct error *err);

static bool in_child, in_transaction;
static void (*before_freeze)(void);
static char created[NAME_SIZE]; /* the run of this transaction */

void
turns_keep(struct turn *dst)
{
	memcpy(dst->bytes, (unsigned char *)world + TURN_START, TURN_SIZE);
}

void
turns_restore(const struct turn *src)
{
	memcpy((unsigned char *)world + TURN_START, src->bytes, TURN_SIZE);
}

/* ---- in the child ---- */

void
turns_child(void)
{
	in_child = true;
}

static bool
has_turns(void)
{
	return in_child && world->on_server && world->others > 0 && !in_transaction;
}

void
turns_pass(int64_t tick)
{
	if (has_turns()) {
		world->wake_tick = tick;
		kill(getpid(), SIGSTOP);
	}
	time_passes(tick);
}

/* A lease that was renewed at every third of it has more than half of itself left. */
static bool
freeze_at(bool request)
{
	if (!has_turns() || world->freeze_at_request != request || world->freeze_in < 0 ||
	    (world->freeze_after_loss && !world->answer_lost) || world->freeze_in-- > 0)
		return false;
	if (before_freeze != NULL)
		before_freeze();
	world->faults[FAULT_FREEZE]++;
	if (world->freeze_ms > world->set.lease_s * 400)
		world->lapsed = true;
	history("operator", "stops command %d for %lld s", world->command,
	        (long long)world->freeze_ms / 1000);
	turns_pass(world->tick_ms + world->freeze_ms);
	return true;
}

void
turns_before_freeze(void (*fn)(void))
{
	before_freeze = fn;
}

void
turns_freeze(void)
{
	(void)freeze_at(false);
}

static void
between_transactions(const char *where)
{
	if (!in_child || !world->on_server || in_transaction)
		return;
	crash_point(where);
	if (!freeze_at(false) && has_turns() && random_chance(&world->program_rng, PAUSE_PERCENT))
		turns_pass(world->tick_ms + 1 + random_below(&world->program_rng, PAUSE_MS));
}

int
__wrap_ledger_run_create(struct ledger *l, const char *name, const char *out_dir, const char *route,
                         struct ledger_run *ret, struct error *err)
{
	snprintf(created, sizeof(created), "%s", name);
	return __real_ledger_run_create(l, name, out_dir, route, ret, err);
}

/* From now on other workers may send the new run. */
static void
note_run(void)
{
	struct list *l = world->current_list >= 0 ? &world->list[world->current_list] : NULL;

	if (created[0] != '\0' && l != NULL && l->run[0] == '\0') {
		snprintf(l->run, sizeof(l->run), "%s", created);
		l->first_seen = world->wall_ms;
	}
	created[0] = '\0';
}

int
__wrap_db_begin(struct db *db, struct error *err)
{
	int rc;

	between_transactions("before a transaction");
	rc = __real_db_begin(db, err);
	in_transaction = rc == 0;
	return rc;
}

/* Nothing pauses after a commit: a request may leave then, whose intent was committed. */
int
__wrap_db_commit(struct db *db, struct error *err)
{
	int rc;

	if (in_child && world->on_server)
		crash_point("before a commit");
	rc = __real_db_commit(db, err);
	in_transaction = rc != 0;
	if (in_child && world->on_server) {
		if (rc == 0)
			note_run();
		crash_point("after a commit");
	}
	return rc;
}

void
__wrap_db_rollback(struct db *db)
{
	__real_db_rollback(db);
	in_transaction = false;
	created[0] = '\0';
}

int
__wrap_db_run(struct db_stmt *s, struct error *err)
{
	between_transactions("before a statement");
	return __real_db_run(s, err);
}

/* Its claim may have ended when it goes on. */
int
__wrap_ledger_batch_sent_within(struct ledger *l, int64_t batch, const char *target, int64_t size,
                                int64_t max, bool *ret_full, bool *ret_held, struct error *err)
{
	(void)freeze_at(true);
	return __real_ledger_batch_sent_within(l, batch, target, size, max, ret_full, ret_held,
	                                       err);
}

/* One worker at a time finishes runs, because a process that waits within the server does not give up its turn. */
static void
await_finisher(void)
{
	while (in_child && world->finisher != 0 && world->finisher != getpid() && has_turns())
		turns_pass(world->tick_ms + LOCK_MS);
	world->finisher = in_child ? getpid() : 0;
}

/* Workers are stopped while the judge copies the ledger. */
int
__wrap_statement_int(struct ledger *l, enum sql which, const int64_t *value, int count,
                     int64_t *ret, struct error *err)
{
	int rc;

	if (!world->on_server)
		return __real_statement_int(l, which, value, count, ret, err);
	if (which == SQL_COPY_CLAIMS_ALIVE) {
		*ret = 0;
		return 0;
	}
	if (which == SQL_FINISH_LOCK)
		await_finisher();
	rc = __real_statement_int(l, which, value, count, ret, err);
	if (which == SQL_FINISH_UNLOCK)
		world->finisher = 0;
	return rc;
}

/* ---- in the simulator ---- */

static struct {
	pid_t pid;
	bool first;
	struct turn turn;
} workers[WORKERS_MAX];
static int count, current, pending;
static int64_t turns_of_first;

void
turns_add(pid_t pid, int more)
{
	if (count == 0)
		turns_of_first = 0;
	workers[count].pid = pid;
	workers[count].first = count == 0;
	world->worker[count].command = world->command;
	world->worker[count].lapsed = false;
	current = count++;
	pending = more;
}

/* `others` was told to the child before the fork, or is told to it now. */
static void
go_on(int next)
{
	current = next;
	turns_restore(&workers[next].turn);
	world->others = count - 1 + pending;
	time_passes(world->wake_tick);
	kill(workers[next].pid, SIGCONT);
}

static void
keep_current(void)
{
	turns_keep(&workers[current].turn);
	world->worker[current].lapsed = world->lapsed;
	world->worker[current].wake = world->wake_tick;
}

static int
next_worker(void)
{
	int next = 0;

	for (int i = 1; i < count; i++)
		if (world->worker[i].wake < world->worker[next].wake)
			next = i;
	return next;
}

bool
turns_run(int64_t until, int *ret_status, struct rusage *ret_used)
{
	for (;;) {
		if (wait4(workers[current].pid, ret_status, WUNTRACED, ret_used) < 0)
			continue;
		if (!WIFSTOPPED(*ret_status))
			return true;
		keep_current();
		turns_of_first += workers[current].first ? 1 : 0;
		if (pending > 0 && turns_of_first >= until)
			return false;
		go_on(next_worker());
	}
}

int
turns_remove(void)
{
	if (world->finisher == workers[current].pid)
		world->finisher = 0;
	pending = workers[current].first ? 0 : pending;
	count--;
	memmove(&workers[current], &workers[current + 1],
	        (size_t)(count - current) * sizeof(workers[0]));
	memmove(&world->worker[current], &world->worker[current + 1],
	        (size_t)(count - current) * sizeof(world->worker[0]));
	memset(&world->worker[count], 0, sizeof(world->worker[0]));
	world->others = count;
	return count;
}

int
turns_count(void)
{
	return count;
}

void
turns_go_on(void)
{
	go_on(next_worker());
}
