/* "ledger": copies one ledger into another, whatever their engines, or checks one. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/suggest.h"
#include "partner/cli/cli.h"
#include "partner/cli/ledger_check.h"
#include "partner/ledger/copy.h"
#include "partner/ledger/lock.h"
#include "partner/ledger/open.h"

/* Opens a ledger for writing, locked, so that no run uses it. Creates it only if may_be_new. */
static int
open_locked(const char *url, bool may_be_new, struct ledger **ret)
{
	struct ledger_holder holder;
	struct ledger *found;
	struct error err;

	if (!may_be_new) {
		found = ledger_open_readonly(url, &err);
		if (found == NULL)
			return exit_code_unusable(&err);
		ledger_close(found);
	}
	*ret = may_be_new ? ledger_create(url, &err) : ledger_open(url, &err);
	if (*ret == NULL)
		return exit_code_unusable(&err);
	switch (ledger_lock(*ret, &holder, &err)) {
	case LEDGER_LOCKED: return EXIT_CODE_OK;
	case LEDGER_LOCK_FAILED: return exit_code_unusable(&err);
	case LEDGER_BUSY: break;
	}
	log_error("%s: a run (process %ld) holds this ledger: nothing copied", url, holder.pid);
	next_step_set(NEXT_STEP_SAME);
	return EXIT_CODE_LOCKED;
}

static int
copy(const char *from_url, const char *to_url, bool quiet)
{
	struct ledger *from = NULL, *to = NULL;
	struct error err;
	int64_t count = 0;
	int code;

	next_step_set("help ledger");
	code = open_locked(from_url, false, &from);
	if (code == EXIT_CODE_OK)
		code = open_locked(to_url, true, &to);
	if (code == EXIT_CODE_OK && ledger_copy(from, to, &count, &err) != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && !quiet)
		printf("copied %lld row%s; now set [ledger] url = %s\n", (long long)count,
		       text_s(count), to_url);
	ledger_close(from);
	ledger_close(to);
	return code;
}

static int
ledger_main(const struct options *o)
{
	struct suggestion near;

	if (o->args == 3 && strcmp(o->arg[0], "copy") == 0)
		return copy(o->arg[1], o->arg[2], o->quiet);
	if (o->args == 1 && strcmp(o->arg[0], "check") == 0)
		return ledger_check_main(o);
	suggest_start(&near, o->args > 0 ? o->arg[0] : "");
	suggest_offer(&near, "check");
	suggest_offer(&near, "copy");
	log_error("ledger needs other words: unpilot ledger check, or unpilot ledger copy FROM TO"
	          "%s",
	          suggest_text(&near, "ledger "));
	next_step_set("help ledger");
	return EXIT_CODE_UNUSABLE;
}

const struct command command_ledger = {
	.name = "ledger",
	.args_max = ARGS_ANY,
	.options = FOR_LEDGER,
	.run = ledger_main,
	.usage = "ledger [OPTION...] check | copy FROM TO",
	.line = "check the ledger, or move to another",
	.about =
		"check: reads every row of the ledger and every pack that it names, and prints what does\n"
		"not agree: rows without their run, list, customer or batch, outcomes that contradict the\n"
		"requests, counts, manifests, signatures. Changes nothing. Ends with 0 if all agrees, or\n"
		"with 1. Packs of runs that are open are not read.\n\n"
		"copy: copies a whole ledger into another one that has no run yet: from a file to a PostgreSQL\n"
		"server, or back. Copies everything or nothing. End all runs before, and set [ledger]\n"
		"url to TO afterwards.\n\n"
		"Examples:\n"
		"  unpilot ledger check\n"
		"  unpilot ledger copy sqlite:/var/lib/unpilot/ledger.db postgresql://db.example/unpilot",
};
