/* Composes commands from steps, runs and paths. */
#include "partner/handoff/page_command.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"
#include "partner/ledger/gate.h"

#define COMMAND_MAX ((size_t)64 * 1024) /* with two long paths */

#define RESUME "resume "
#define ALARM "resume --clear-alarm "
#define FAILED "run "

static const char *const steps[OUTCOME_COUNT] = {
	[OUTCOME_UNKNOWN] = RESUME, [OUTCOME_NOT_SENT] = RESUME,   [OUTCOME_ALARM] = ALARM,
	[OUTCOME_HELD] = FAILED,    [OUTCOME_REJECTED] = FAILED,   [OUTCOME_NOT_FOUND] = FAILED,
	[OUTCOME_REFUSED] = FAILED, [OUTCOME_NOT_UNIQUE] = FAILED,
};

char *
page_command(const char *step, const char *config)
{
	struct buf b;

	buf_init(&b, COMMAND_MAX);
	buf_printf(&b, "unpilot %s", step);
	if (config != NULL) {
		buf_str(&b, " -c ");
		buf_shell_word(&b, config);
	}
	return buf_detach(&b);
}

char *
page_command_resume(const struct ledger_run *run, const char *config)
{
	char *step = xasprintf(RESUME "%s", run->name), *command = page_command(step, config);

	free(step);
	return command;
}

/* The command that lets a held device through depends on the reason of the hold. */
static const struct {
	const char *reason; /* begins so */
	const char *step;
} held[] = {
	{"listed for another customer", "run --moved "},
	{"on the skip list", NULL}, /* the reason says what to do */
	{LEDGER_WAITING, RESUME},
	{"", "run --again "},
};

static const char *
step_for(enum outcome outcome, const char *reason)
{
	size_t i = 0;

	if (outcome != OUTCOME_HELD)
		return steps[outcome];
	while (strncmp(reason, held[i].reason, strlen(held[i].reason)) != 0)
		i++;
	return held[i].step;
}

char *
page_command_for(enum outcome outcome, const char *reason, const struct ledger_run *run,
                 const char *config)
{
	const char *step = step_for(outcome, reason);
	bool list = step != NULL && strncmp(step, FAILED, sizeof(FAILED) - 1) == 0;
	char *failed, *command;
	struct buf b;

	if (step == NULL)
		return xstrdup("");
	failed = file_join(run->out, "failed.csv");
	buf_init(&b, COMMAND_MAX);
	buf_str(&b, step);
	buf_shell_word(&b, list ? failed : run->name);
	command = page_command(b.data, config);
	buf_release(&b);
	free(failed);
	return command;
}
