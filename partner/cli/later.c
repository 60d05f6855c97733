/* "resume", "report" and "status": commands on runs that the ledger already has. */
#include <stdio.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "partner/cli/cli.h"
#include "partner/cli/desk.h"
#include "partner/cli/exits.h"

static const char *const state_words[] = {
	[RUN_PLANNED] = "planned", [RUN_OPEN] = "open", [RUN_FINISHED] = "finished"};
_Static_assert(ARRAY_SIZE(state_words) == RUN_STATE_COUNT, "every state has its word");

static int
find(struct desk *d, struct ledger_run *run)
{
	const char *name = d->options->args > 0 ? d->options->arg[0] : NULL;
	struct error err;
	int rc = ledger_run_find(d->ledger, name, run, &err);

	if (rc == 1)
		return EXITS_OK;
	if (rc < 0)
		log_error("%s", err.text);
	else if (name != NULL)
		log_error("the ledger has no run \"%s\": see \"unpilot status\"", name);
	else
		log_error("the ledger has no run yet");
	return EXITS_UNUSABLE;
}

static int
resume(struct desk *d, struct ledger_run *run)
{
	struct error err;

	if (run->state == RUN_PLANNED) {
		log_error("run %s is a plan: nothing of it was sent", run->name);
		return EXITS_UNUSABLE;
	}
	if (ledger_recover(d->ledger, run->id, &err) != 0) {
		log_error("%s", err.text);
		return EXITS_UNUSABLE;
	}
	if (run->state == RUN_FINISHED) {
		log_info("run %s is finished: nothing to resume", run->name);
		return desk_finish(d, run, RUN_FINISHED, run->exit_code);
	}
	return desk_send(d, run);
}

int
command_resume(const struct options *o)
{
	struct desk d;
	struct ledger_run run = {0};
	int code = desk_open(&d, o);

	if (code == EXITS_OK)
		code = desk_open_route(&d);
	if (code == EXITS_OK)
		code = desk_open_ledger(&d);
	if (code == EXITS_OK)
		code = find(&d, &run);
	code = code == EXITS_OK ? resume(&d, &run) : desk_no_run(&d, code);
	ledger_run_release(&run);
	desk_close(&d);
	return code;
}

int
command_report(const struct options *o)
{
	struct desk d;
	struct ledger_run run = {0};
	struct handoff_settings settings;
	struct error err;
	int code = desk_open(&d, o);

	if (code == EXITS_OK)
		code = desk_open_ledger_readonly(&d);
	if (code == EXITS_OK)
		code = find(&d, &run);
	if (code == EXITS_OK) {
		settings = desk_handoff_settings(&d);
		if (handoff_write(d.ledger, &run, &settings, &err) != 0) {
			log_error("%s", err.text);
			code = EXITS_SOME;
		} else if (!o->quiet) {
			printf("reports: %s\n", run.out);
		}
	}
	ledger_run_release(&run);
	desk_close(&d);
	return code;
}

static void
print_run_json(const struct ledger_run *run, const int64_t counts[static OUTCOME_COUNT])
{
	struct json *line = json_object(), *object;
	char stamp[CLOCK_STAMP_SIZE];
	struct buf text;

	buf_init(&text, 8192);
	clock_stamp(run->started, stamp);
	json_add_text(line, "type", "run");
	json_add_text(line, "run", run->name);
	json_add_text(line, "state", state_words[run->state]);
	json_add_text(line, "started", stamp);
	json_add_text(line, "handoff", run->out);
	object = json_add_object(line, "counts");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		json_add_number(object, outcome_word(o), counts[o]);
	json_add_number(line, "exit_code", run->exit_code);
	json_print(line, &text);
	puts(text.data);
	json_free(line);
	buf_release(&text);
}

static int
print_run(void *ctx, const struct ledger_run *run, const int64_t counts[static OUTCOME_COUNT],
          struct error *err)
{
	const struct options *o = ctx;

	(void)err;
	if (o->json) {
		print_run_json(run, counts);
		return 0;
	}
	printf("%s  %-8s", run->name, state_words[run->state]);
	for (enum outcome i = 0; i < OUTCOME_COUNT; i++)
		if (counts[i] > 0)
			printf("  %lld %s", (long long)counts[i], outcome_word(i));
	putchar('\n');
	return 0;
}

int
command_status(const struct options *o)
{
	struct options copy = *o;
	struct desk d;
	struct ledger_run run = {0};
	int64_t counts[OUTCOME_COUNT];
	struct error err;
	int code = desk_open(&d, o);

	if (code == EXITS_OK)
		code = desk_open_ledger_readonly(&d);
	if (code == EXITS_OK && o->args == 0) {
		if (ledger_each_run(d.ledger, print_run, &copy, &err) != 0) {
			log_error("%s", err.text);
			code = EXITS_UNUSABLE;
		}
	} else if (code == EXITS_OK) {
		code = find(&d, &run);
		if (code == EXITS_OK && ledger_counts(d.ledger, run.id, counts, &err) == 0)
			print_run(&copy, &run, counts, &err);
	}
	ledger_run_release(&run);
	desk_close(&d);
	return code;
}
