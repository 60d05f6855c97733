/* "init": creates the ledger and the folders that the configuration names, and checks the rest.
 * Never changes anything that exists. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/permission.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/json_line.h"
#include "partner/app/session.h"
#include "partner/app/session_check.h"
#include "partner/cli/cli.h"
#include "partner/intake/spool.h"
#include "partner/ledger/inspect.h"
#include "partner/ledger/open.h"

struct init {
	const struct session *session; /* borrowed */
	int code;
};

static void
print_one(const struct init *in, const char *what, const char *path, bool created)
{
	const struct options *o = in->session->options;
	const char *result = created ? "created" : "exists";
	struct json *line;

	if (o->json) {
		line = json_object();
		json_add_text(line, "type", "init");
		json_add_text(line, "what", what);
		json_add_text(line, "path", path);
		json_add_text(line, "result", result);
		json_line_print(line);
	} else if (!o->quiet) {
		printf("%-7s  %s: %s\n", result, what, path);
	}
}

static void
fail(struct init *in, const struct error *err)
{
	in->code = exit_code_unusable(err);
}

static void
make_folder(struct init *in, const char *what, const char *path)
{
	bool there = !file_is_missing(path);
	struct error err;

	if (file_mkdirs(path, &err) != 0) {
		fail(in, &err);
	} else if (access(path, R_OK | W_OK | X_OK) != 0) {
		permission_error(&err, PERMISSION_WRITE, path, "cannot write");
		fail(in, &err);
	} else {
		print_one(in, what, path, !there);
	}
}

/* The folder of a file that runs write. */
static void
make_folder_of(struct init *in, const char *what, const char *file)
{
	char *copy = xstrdup(file);

	if (file[0] != '\0')
		make_folder(in, what, dirname(copy));
	free(copy);
}

static void
make_spool(struct init *in, const char *spool)
{
	for (size_t i = 0; spool[0] != '\0' && i < SPOOL_FOLDERS; i++) {
		char *path = file_join(spool, spool_folder[i]);

		make_folder(in, "spool", path);
		free(path);
	}
}

static void
make_folders(struct init *in)
{
	const struct config *c = &in->session->config;

	make_folder(in, "hand-off packs", c->handoff_directory);
	make_spool(in, c->spool_directory);
	make_folder_of(in, "folder of the log", c->log_file);
	make_folder_of(in, "folder of the metrics", c->metrics_file);
	make_folder_of(in, "folder of the status file", c->status_file);
}

static void
make_ledger(struct init *in)
{
	const char *url = in->session->config.ledger_url;
	struct ledger *l;
	struct error err;
	int found = ledger_exists(url, &err);

	if (found == 0) {
		l = ledger_create(url, &err);
		found = l != NULL ? 0 : -1;
		ledger_close(l);
	}
	if (found < 0)
		fail(in, &err);
	else
		print_one(in, "ledger", url, found == 0);
}

/* A route that is not configured yet is not an error here: `plan` and `letter` need none. */
static void
check_rest(struct init *in, struct session *s)
{
	bool oem = s->kind == ROUTE_OEM_DIRECT;
	int code = session_check(s, false);

	in->code = exit_code_worse(in->code, code);
	if (code == EXIT_CODE_OK && s->route == NULL)
		log_warn("[%s] %s is not set: a run needs it",
		         oem ? "oem-direct" : "partner-center", oem ? "url" : "tenant");
}

static void
print_end(const struct init *in)
{
	const struct options *o = in->session->options;
	struct json *line;
	char *next;

	if (o->json) {
		line = json_object();
		json_add_text(line, "type", "summary");
		json_add_text(line, "configuration", in->session->config.path);
		json_add_number(line, "exit_code", in->code);
		json_line_print(line);
	} else if (!o->quiet && in->code == EXIT_CODE_OK) {
		next = next_step_command("doctor");
		printf("next: %s\n", next);
		free(next);
	}
}

static int
init_main(const struct options *o)
{
	struct session session;
	struct init in = {.session = &session};

	in.code = session_open(&session, o);
	if (in.code == EXIT_CODE_OK && o->args > 0) {
		log_error("init takes no argument: the configuration names what it creates");
		next_step_set("help init");
		in.code = EXIT_CODE_UNUSABLE;
	}
	if (in.code == EXIT_CODE_OK) {
		make_ledger(&in);
		make_folders(&in);
		check_rest(&in, &session);
	}
	print_end(&in);
	session_close(&session);
	return in.code;
}

const struct command command_init = {
	.name = "init",
	.args_max = ARGS_ANY,
	.options = FOR_INIT,
	.run = init_main,
	.usage = "init [OPTION...]",
	.line = "create the ledger and the folders",
	.about =
		"Creates the ledger and the folders that the configuration names, prints each of them,\n"
		"and checks the rest of the configuration. Leaves alone whatever exists, so it may be\n"
		"run again at any time. Run it as the user of the runs. No other command creates a\n"
		"ledger: a mistyped path is an error.\n\n"
		"Example:\n"
		"  unpilot -c unpilot.conf init",
};
