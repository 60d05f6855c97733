/* "run" and "plan": lists in, a run in the ledger, and for "run" all the way to the packs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"
#include "common/log.h"
#include "partner/cli/cli.h"
#include "partner/app/session.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"
#include "partner/run/monitor.h"
#include "partner/cli/plan.h"
#include "partner/run/retention.h"
#include "partner/cli/resume.h"
#include "partner/app/session_route.h"
#include "partner/run/send.h"
#include "partner/intake/spool.h"
#include "partner/intake/intake.h"

/* A run being taken in. */
struct taking {
	struct session *session;
	struct ledger_run run;
	struct intake_settings settings;
	const char *const *path; /* the lists */
	size_t count;
	struct spool spool;
	bool spooled; /* the lists come from the spool: one that is bad costs that one */
	bool plan;
	size_t taken;
	int refused; /* the worst code of a list that was left out */
};

static int
refuse(const struct error *err, int code)
{
	log_error("%s", err->text);
	return code;
}

/* A plan's first lines on standard output; a run says it in the log. */
static void
print_list(const struct taking *t, const char *path, const struct intake_result *result)
{
	struct json *line;

	if (!t->plan || !t->session->options->json) {
		char *about = xasprintf("%s: %s (%s, %s): %lld rows, %lld rejected", path,
		                        result->format, result->encoding, result->delimiter,
		                        (long long)result->rows, (long long)result->rejected);
		if (!t->plan)
			log_info("%s", about);
		else if (!t->session->options->quiet)
			printf("list %s\n", about);
		free(about);
		return;
	}
	line = json_object();
	json_add_text(line, "type", "list");
	json_add_text(line, "list", path);
	json_add_text(line, "format", result->format);
	json_add_text(line, "encoding", result->encoding);
	json_add_text(line, "delimiter", result->delimiter);
	json_add_number(line, "rows", result->rows);
	json_add_number(line, "rejected", result->rejected);
	json_line_print(line);
}

/* What the list says, and whether it was sent before. The exit code it would have alone. */
static int
read_list(struct taking *t, struct intake *in, const char *path)
{
	struct guards_settings guards = session_guards_settings(t->session);
	struct intake_result result;
	struct error err;

	if (intake_list(in, path, &result, &err) != 0)
		return refuse(&err, EXIT_CODE_UNUSABLE);
	print_list(t, path, &result);
	if (t->plan)
		return EXIT_CODE_OK;
	switch (guards_judge_list(t->session->ledger, &t->run, result.list, &guards, &err)) {
	case GUARDS_PASS: return EXIT_CODE_OK;
	case GUARDS_STOP: return EXIT_CODE_GUARD;
	case GUARDS_FAILED: break;
	}
	return refuse(&err, EXIT_CODE_UNUSABLE);
}

/* One list of several that must not cost the others: undone as a whole where it cannot be taken. */
static int
take_part(struct taking *t, struct intake **in, size_t i)
{
	struct ledger *l = t->session->ledger;
	struct error err;
	int code;

	if (ledger_part_begin(l, &err) != 0)
		return refuse(&err, EXIT_CODE_UNUSABLE);
	code = read_list(t, *in, t->path[i]);
	if (code == EXIT_CODE_OK) {
		t->taken++;
		return ledger_part_keep(l, &err) == 0 ? code : refuse(&err, EXIT_CODE_UNUSABLE);
	}
	if (ledger_part_undo(l, &err) != 0)
		return refuse(&err, EXIT_CODE_UNUSABLE);
	spool_refuse(&t->spool, i, code);
	t->refused = exit_code_worse(t->refused, code);
	/* the batches it was filling may be gone */
	intake_free(*in);
	*in = intake_new(l, t->run.id, &t->settings, &err);
	return *in != NULL ? EXIT_CODE_OK : refuse(&err, EXIT_CODE_UNUSABLE);
}

static int
take_lists(struct taking *t)
{
	struct error err;
	struct intake *in = intake_new(t->session->ledger, t->run.id, &t->settings, &err);
	int code = in != NULL ? EXIT_CODE_OK : refuse(&err, EXIT_CODE_UNUSABLE);

	for (size_t i = 0; i < t->count && code == EXIT_CODE_OK; i++)
		code = t->spooled ? take_part(t, &in, i) : read_list(t, in, t->path[i]);
	intake_free(in);
	return code != EXIT_CODE_OK || !t->spooled || t->taken > 0 ? code : t->refused;
}

/* Merged lists repeat rows: an answer for one is an answer for all (list facts, quirk 10). */
static int
report_repeated(const struct taking *t, struct error *err)
{
	struct ledger_devices devices;

	if (ledger_count_devices(t->session->ledger, t->run.id, &devices, err) != 0)
		return -1;
	if (devices.repeated > 0)
		log_info("%lld rows repeat a device and are asked once: %lld devices to deregister",
		         (long long)devices.repeated, (long long)devices.askable);
	return 0;
}

static int
take_in(struct taking *t, const char *name)
{
	struct session *d = t->session;
	bool by_customer = d->kind == ROUTE_PARTNER_CENTER; /* one registration a request */
	struct error err;
	int code;

	t->settings = (struct intake_settings){
		.pkid_rule = d->profile.text[RULE_PKID],
		.sold_to = d->config.sold_to,
		.received_from = d->config.received_from,
		.columns = d->config.columns,
		.batch_size = by_customer ? 1 : (unsigned)d->config.batch_size,
		.by_customer = by_customer,
		.ticket_required = d->config.ticket_required != 0,
	};
	if (!purpose_parse(d->config.default_purpose, &t->settings.purpose)) {
		log_error("[lists] default-purpose: \"%s\" is none of repair, retire, resell",
		          d->config.default_purpose);
		return EXIT_CODE_UNUSABLE;
	}
	if (ledger_run_create(d->ledger, name, d->config.handoff_directory,
	                      session_route_word(d->kind), &t->run, &err) != 0)
		return refuse(&err, EXIT_CODE_UNUSABLE);
	code = take_lists(t);
	if (code == EXIT_CODE_OK &&
	    (ledger_settle(d->ledger, t->run.id, &err) != 0 || report_repeated(t, &err) != 0))
		code = refuse(&err, EXIT_CODE_UNUSABLE);
	return code;
}

static int
ask_guards(struct taking *t)
{
	struct guards_settings guards = session_guards_settings(t->session);
	struct error err;

	switch (guards_judge(t->session->ledger, &t->run, &guards, t->plan, &err)) {
	case GUARDS_PASS: return EXIT_CODE_OK;
	case GUARDS_STOP: return EXIT_CODE_GUARD;
	case GUARDS_FAILED: break;
	}
	return refuse(&err, EXIT_CODE_UNUSABLE);
}

/* Everything of a run enters the ledger in one transaction: cut short, it never happened. */
static int
take_and_go(struct taking *t, const char *name)
{
	struct session *d = t->session;
	struct error err;
	int code, guard;

	if (ledger_begin_intake(d->ledger, &err) != 0)
		return session_no_run(d, refuse(&err, EXIT_CODE_UNUSABLE));
	code = take_in(t, name);
	guard = code == EXIT_CODE_OK ? ask_guards(t) : code;
	if (code == EXIT_CODE_OK && guard != EXIT_CODE_UNUSABLE && t->plan &&
	    plan_seal(d->ledger, &t->run, &err) != 0)
		guard = refuse(&err, EXIT_CODE_UNUSABLE);
	/* open from its first moment: a run that ends here is no plan, and resume goes on with it */
	if (code == EXIT_CODE_OK && guard != EXIT_CODE_UNUSABLE && !t->plan &&
	    ledger_run_set_state(d->ledger, t->run.id, RUN_OPEN, -1, &err) != 0)
		guard = refuse(&err, EXIT_CODE_UNUSABLE);
	if (code != EXIT_CODE_OK || guard == EXIT_CODE_UNUSABLE) {
		ledger_rollback(d->ledger);
		return session_no_run(d, guard);
	}
	if (ledger_commit(d->ledger, &err) != 0)
		return session_no_run(d, refuse(&err, EXIT_CODE_UNUSABLE));
	if (t->plan)
		return plan_finish(d, &t->run, guard);
	/* a file of the spool that was left out does not stop the run, but it is not well either */
	if (t->refused != EXIT_CODE_OK)
		d->least = EXIT_CODE_SOME;
	return guard != EXIT_CODE_OK ? send_finish(d, &t->run, RUN_FINISHED, guard)
	                             : send_run(d, &t->run);
}

/* The lists of the command line, or those that wait in the spool. */
static int
gather(struct taking *t, const char *name)
{
	struct session *d = t->session;
	const struct spool_settings settings = {
		.dir = d->config.spool_directory,
		.settle_ms = d->config.spool_settle,
		.run = name,
		.is_done = exit_code_finished,
	};
	struct error err;

	t->path = d->options->arg;
	t->count = d->options->args;
	if (t->count > 0)
		return EXIT_CODE_OK;
	if (spool_claim(&t->spool, d->ledger, &settings, &err) != 0)
		return refuse(&err, EXIT_CODE_UNUSABLE);
	t->spooled = true;
	t->path = (const char *const *)t->spool.path;
	t->count = t->spool.count;
	return EXIT_CODE_OK;
}

static int
take(struct taking *t)
{
	char name[LEDGER_RUN_ID_SIZE];
	int code;

	ledger_run_name(name);
	code = gather(t, name);
	if (code != EXIT_CODE_OK)
		return session_no_run(t->session, code);
	if (t->count > 0) {
		log_set_run(name);
		return take_and_go(t, name);
	}
	log_info("spool: no list waits in %s/incoming", t->spool.dir);
	if (ledger_is_shared(
		    t->session->ledger)) /* other machines may have more than they can do */
		return resume_open(t->session);
	return session_no_run(t->session, send_collect(t->session, 0));
}

static int
command(const struct options *o, bool plan)
{
	struct session session;
	struct taking t = {.session = &session, .plan = plan};
	int code = session_open(&session, o);
	bool locked;

	if (!plan)
		monitor_open(&session);
	if (code == EXIT_CODE_OK)
		code = session_open_log(&session);
	if (code == EXIT_CODE_OK && o->args == 0 &&
	    (plan || session.config.spool_directory[0] == '\0')) {
		log_error("name at least one list: unpilot %s LIST.csv%s", o->command,
		          plan ? "" : ", or set [spool] directory");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK && !plan)
		code = session_open_packs(&session);
	/* what is in Partner Center has to be looked up: its plan needs credentials */
	if (code == EXIT_CODE_OK && (!plan || session.kind == ROUTE_PARTNER_CENTER))
		code = session_route_open(&session);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&session);
	locked = code == EXIT_CODE_OK;
	if (locked)
		session_confine(&session,
		                SESSION_READS_ARGUMENTS | (plan ? 0U : SESSION_WRITES_PACKS));
	code = locked ? take(&t) : session_no_run(&session, code);
	if (locked && !plan && code != EXIT_CODE_SIGINT && code != EXIT_CODE_SIGTERM)
		prune_old(&session);
	ledger_run_release(&t.run);
	if (t.spooled)
		spool_release(&t.spool);
	if (!plan)
		code = monitor_close(&session, code);
	session_close(&session);
	return code;
}

static int
run_main(const struct options *o)
{
	return command(o, o->dry_run);
}

static int
plan_main(const struct options *o)
{
	return command(o, true);
}

const struct command command_run = {
	.name = "run",
	.options = FOR_RUN,
	.run = run_main,
	.usage = "run [OPTION...] [LIST.csv...]",
	.line = "read lists, deregister, hand off",
	.about =
		"Reads the lists, asks the service to deregister every device, and writes a hand-off\n"
		"pack for each customer. Without a list: those that wait in the spool.\n\n"
		"Examples:\n"
		"  unpilot -c unpilot.conf run returns.csv\n"
		"  unpilot run -q --max-duration 3h           the nightly job, from the spool\n"
		"  unpilot run --dry-run returns.csv          validate only\n"
		"  unpilot run --again --json returns.csv     once more, for a program to read",
};

const struct command command_plan = {
	.name = "plan",
	.options = FOR_PLAN,
	.run = plan_main,
	.usage = "plan [OPTION...] LIST.csv...",
	.line = "the same without sending",
	.about =
		"Reads and validates the lists, records the plan, prints its run id, its digest and how\n"
		"many rows each customer has. Sends nothing and needs no credentials.\n\n"
		"Example:\n"
		"  unpilot plan --json returns.csv",
};
