#include "partner/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "partner/app/exit_code.h"

static const struct {
	const char *name;
	enum option_set set;
	int (*run)(const struct options *o);
	const char *usage;
	const char *line;
	const char *about;
} commands[] = {
	{"run", FOR_RUN, command_run, "run [OPTION...] [LIST.csv...]",
         "read lists, deregister, hand off",
         "Reads the lists, asks the service to deregister every device, and writes a hand-off\n"
         "pack for each customer. Without a list: those that wait in the spool.\n\n"
         "Examples:\n"
         "  unpilot -c unpilot.conf run returns.csv\n"
         "  unpilot run -q --max-duration 3h           the nightly job, from the spool\n"
         "  unpilot run --dry-run returns.csv          validate only\n"
         "  unpilot run --again --json returns.csv     once more, for a program to read"},
	{"plan", FOR_PLAN, command_plan, "plan [OPTION...] LIST.csv...", "the same without sending",
         "Reads and validates the lists, records the plan, prints its run id, its digest and how\n"
         "many rows each customer has. Sends nothing and needs no credentials.\n\n"
         "Example:\n"
         "  unpilot plan --json returns.csv"},
	{"apply", FOR_APPLY, command_apply, "apply [OPTION...] RUN", "send what was planned",
         "Sends just what was planned. Refuses a plan that is older than plan-max-age, was changed\n"
         "or applied already, or has another digest than the one given.\n\n"
         "Example:\n"
         "  unpilot apply 20261123T031500Z-4f2a --digest 9f86d081..."},
	{"resume", FOR_RESUME, command_resume, "resume [OPTION...] [RUN]",
         "finish what earlier runs left open",
         "Collects results that were pending, sends what was never sent, and sends once more what\n"
         "got no answer within resend-within of its first send, all under the same run id. Older\n"
         "ones wait for --resend. Without RUN: every run that is open.\n\n"
         "Examples:\n"
         "  unpilot resume\n"
         "  unpilot resume --resend 20261123T031500Z-4f2a"},
	{"report", FOR_REPORT, command_report, "report [OPTION...] [RUN]",
         "write the hand-off packs again",
         "Writes the hand-off packs of a run again from the ledger, with what is reported done.\n"
         "Without RUN: the latest. With --customer: one pack, in open-CUSTOMER beside the runs, of\n"
         "every device of that customer that has a step open, whichever run it was in.\n\n"
         "Examples:\n"
         "  unpilot report 20261123T031500Z-4f2a\n"
         "  unpilot report --customer contoso"},
	{"close", FOR_CLOSE, command_close, "close [OPTION...] RECEIPT.json...",
         "record what customers report done",
         "Takes the receipts that customers download from their pages and records who says which\n"
         "steps were done when. The same receipt again changes nothing. A receipt is taken in whole\n"
         "or refused in whole, with the place; the others of the command line still go. Ends with 2\n"
         "where any was refused.\n\n"
         "Example:\n"
         "  unpilot close contoso-receipt.json"},
	{"letter", FOR_LETTER, command_letter, "letter [OPTION...] LIST.csv...",
         "what customers do before we deregister",
         "Writes a letter for each customer of the lists into <out>/letter-<date>: what to do before\n"
         "the registration ends (keys, firmware locks, Intune). Sends nothing, needs no credentials\n"
         "and keeps nothing.\n\n"
         "Example:\n"
         "  unpilot letter returns.csv"},
	{"status", FOR_STATUS, command_status, "status [OPTION...] [RUN]",
         "runs, what is open, and for how long",
         "Lists the runs with their state, how many rows have which outcome, and how long the\n"
         "oldest request has been without an answer. With RUN: also what is open for each "
         "customer.\n\n"
         "Example:\n"
         "  unpilot status"},
	{"ledger", FOR_LEDGER, command_ledger, "ledger [OPTION...] copy FROM TO",
         "move to another ledger",
         "Copies everything of one ledger into another one that holds no run yet: from a file to a\n"
         "PostgreSQL server, or back. All of it or nothing. End all runs first, and name TO as\n"
         "[ledger] url afterwards.\n\n"
         "Example:\n"
         "  unpilot ledger copy sqlite:/var/lib/unpilot/ledger.db postgresql://db.example/unpilot"},
	{"verify", FOR_VERIFY, command_verify, "verify [OPTION...] PACK",
         "check a pack's manifest and signature",
         "Compares the files of a customer's folder with its manifest.sha256, names those that are\n"
         "missing, extra or different, and checks the signature manifest.p7s. Needs no ledger, and\n"
         "with --signer no configuration. Without --signer the certificate of [handoff]\n"
         "sign-certificate is trusted. Ends with 0 where all agrees, 1 where anything differs or the\n"
         "signature does not hold, 2 where there is no pack.\n\n"
         "Example:\n"
         "  unpilot verify --signer fabrikam.pem contoso"},
	{"doctor", FOR_DOCTOR, command_doctor, "doctor [OPTION...]",
         "look at everything that a run needs",
         "Looks at configuration, permissions, keys and certificates, clock, network, service,\n"
         "ledger, disk and spool: a line a check, OK, WARN or FAIL, with what was seen and what\n"
         "mends it. A check that another one's failure makes impossible is left out. Writes\n"
         "nothing and sends nothing but the harmless request that every run begins with.\n\n"
         "Ends with 0 where nothing failed, else with the code that a run would: 2 for\n"
         "configuration, files, ledger or disk, 3 for certificates, keys and tokens, 5 where the\n"
         "service is not reached.\n\n"
         "Examples:\n"
         "  unpilot doctor\n"
         "  unpilot doctor -q --offline                only what is not well, no connection\n"
         "  unpilot doctor --json                      for monitoring"},
	{"config", FOR_CONFIG, command_config, "config [OPTION...] check|show|generate",
         "check, show or generate the configuration",
         "check: loads everything that a run would; ends with 0, or with 2 (3 for an expired\n"
         "certificate) and the place. show: every key with its value and where it comes from,\n"
         "passwords masked. generate: a commented sample with every key on standard output.\n\n"
         "Examples:\n"
         "  unpilot config generate > unpilot.conf\n"
         "  unpilot -c unpilot.conf config check\n"
         "  unpilot config show --json"},
	{"forget", FOR_FORGET, command_forget, "forget [OPTION...] --customer C",
         "erase a customer",
         "Erases the customer's rows, receipts and packs over all runs, so that not a byte of them\n"
         "is left in the ledger's files, and says what was erased. Other customers of the same runs\n"
         "keep theirs. Refused with 4 while a run with rows of this customer waits for an outcome.\n"
         "The customer's devices are not held any more (hold-days), and a plan that had rows of it\n"
         "can no longer be applied. Lists, letters, backups and what customers were sent are not\n"
         "touched: lists of the spool and copies that an upgrade left are named.\n\n"
         "Examples:\n"
         "  unpilot forget --customer contoso --dry-run\n"
         "  unpilot forget --customer contoso"},
};

static void
help_all(void)
{
	puts("Usage: unpilot COMMAND [OPTION...] [ARG...]\n\n"
	     "Deregisters Windows devices from Autopilot by list, and hands every customer the\n"
	     "clean-up that only the customer can do.\n\nCommands:");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].line);
	puts("\n\"unpilot COMMAND --help\" tells more; \"unpilot --version\" prints the "
	     "version.\n\n"
	     "Exit codes:");
	exit_code_print();
}

static int
dispatch(const struct options *o)
{
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, o->command) != 0)
			continue;
		if (o->help) {
			options_help(commands[i].set, commands[i].usage, commands[i].about);
			return EXIT_CODE_OK;
		}
		if (options_check(o, commands[i].set, &err) == 0)
			return commands[i].run(o);
		return exit_code_unusable(&err);
	}
	log_error("unknown command \"%s\": see \"unpilot --help\"", o->command);
	return EXIT_CODE_UNUSABLE;
}

/* Before anything else: what happens without a log that was asked for would be known to nobody. */
static int
open_log(const struct options *o)
{
	const struct log_settings settings = {.file = o->log_file,
	                                      .json = o->log_json,
	                                      .syslog = o->syslog,
	                                      .no_color = o->no_color};
	struct error err;

	log_set_level(o->quiet ? LOG_LEVEL_ERROR : o->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	log_set_detail(o->verbose);
	if (log_open(&settings, &err) == 0)
		return EXIT_CODE_OK;
	return exit_code_unusable(&err);
}

int
cli_main(int argc, char **argv)
{
	struct options o;
	int code;

	options_parse(&o, argc, argv);
	code = open_log(&o);
	if (code != EXIT_CODE_OK) {
		; /* said already */
	} else if (o.command != NULL) {
		code = dispatch(&o);
	} else if (o.help) {
		help_all();
	} else {
		log_error("a command is needed: see \"unpilot --help\"");
		code = EXIT_CODE_UNUSABLE;
	}
	code = exit_code_flushed(code);
	log_repeat_errors();
	log_close();
	options_release(&o);
	return code;
}
