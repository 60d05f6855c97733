#include "partner/run/resume.h"

#include <stdio.h>

#include "common/log.h"
#include "partner/app/exit_code.h"
#include "partner/app/session_route.h"
#include "partner/engine/guards.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/transaction.h"

/* A device that was put on the skip list since, or that another run deregistered, is not sent. */
static int
prepare(struct session *d, struct ledger_run *run, struct error *err)
{
	struct guards_settings guards = session_guards_settings(d);
	int rc = -1;

	if (ledger_recover(d->ledger, run->id, err) != 0 || ledger_begin(d->ledger, err) != 0)
		return -1;
	if ((!d->options->resend || ledger_reopen_unknown(d->ledger, run->id, err) == 0) &&
	    guards_hold(d->ledger, run->id, &guards, err) == 0 && session_set_out(d, run, err) == 0)
		rc = ledger_commit(d->ledger, err);
	if (rc != 0)
		ledger_rollback(d->ledger);
	return rc;
}

static int
say_what_is_open(struct sender *s, const struct ledger_run *run)
{
	struct session *d = s->session;
	int64_t counts[OUTCOME_COUNT];
	struct error err;

	if (ledger_counts(d->ledger, run->id, counts, &err) != 0)
		return exit_code_unusable(&err);
	if (!d->options->quiet && !d->options->json)
		printf("run %s: %lld rows wait for their result, %lld are not sent, %lld are "
		       "unknown\n",
		       run->name, (long long)counts[OUTCOME_PENDING],
		       (long long)counts[OUTCOME_NOT_SENT], (long long)counts[OUTCOME_UNKNOWN]);
	return send_print(s, run, run->exit_code);
}

static int
resume_one(struct sender *s, struct ledger_run *run)
{
	struct session *d = s->session;
	struct error err;
	int code;

	log_set_run(run->name);
	if (run->state == RUN_PLANNED) {
		log_error("run %s is a plan: nothing of it was sent; unpilot apply %s", run->name,
		          run->name);
		return session_no_run(d, EXIT_CODE_UNUSABLE);
	}
	if (d->options->dry_run)
		return say_what_is_open(s, run);
	if (run->state == RUN_FINISHED && !d->options->resend) {
		log_info("run %s is finished: nothing to resume", run->name);
		return send_print(s, run, run->exit_code);
	}
	code = session_route_open_for(d, run);
	if (code != EXIT_CODE_OK)
		return session_no_run(d, code);
	if (prepare(d, run, &err) != 0)
		return session_no_run(d, exit_code_unusable(&err));
	return send_run(s, run);
}

int
resume_named(struct sender *s, const char *name)
{
	struct session *d = s->session;
	struct ledger_run run = {0};
	int code = session_find_run(d, name, &run);

	if (code != EXIT_CODE_OK) {
		code = session_no_run(d, code);
	} else if (name == NULL && run.state == RUN_PLANNED) {
		log_info("no run is open: nothing to resume");
		code = session_no_run(d, EXIT_CODE_OK);
	} else {
		code = resume_one(s, &run);
	}
	ledger_run_release(&run);
	return code;
}

/* After these the next run would fare no better, or was asked not to be begun. */
static bool
is_end(int code)
{
	return code == EXIT_CODE_DENIED || code == EXIT_CODE_UNREACHABLE ||
	       code == EXIT_CODE_SIGINT || code == EXIT_CODE_SIGTERM || code == EXIT_CODE_DURATION;
}

int
resume_open(struct sender *s)
{
	struct session *d = s->session;
	struct ledger_run run;
	struct error err;
	int64_t after = 0;
	int code = EXIT_CODE_OK, rc = 0;

	while (!is_end(code) && !s->broken &&
	       (rc = ledger_run_next(d->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		code = exit_code_worse(code, resume_one(s, &run));
		ledger_run_release(&run);
	}
	if (after == 0 && rc == 0)
		return resume_named(s, NULL); /* none is open: how the latest ended */
	return rc < 0 ? exit_code_unusable(&err) : code;
}
