/* "config": checks the configuration, shows its effective values, or prints a commented sample. */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/json_line.h"
#include "partner/app/session.h"
#include "partner/app/session_check.h"
#include "partner/app/suggest.h"
#include "partner/cli/cli.h"
#include "partner/cli/config_sample.h"
#include "partner/cli/interview.h"

static int
config_check_main(const struct options *o)
{
	struct session session;
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK)
		code = session_check(&session, true);
	if (code == EXIT_CODE_OK && !o->quiet && !o->json)
		printf("%s: good\n",
		       session.config.path != NULL ? session.config.path : "defaults");
	if (o->json) {
		struct json *line = json_object();
		json_add_text(line, "type", "summary");
		json_add_text(line, "configuration", session.config.path);
		json_add_number(line, "exit_code", code);
		json_line_print(line);
	}
	session_close(&session);
	return code;
}

#define ORIGIN_MAX 4200 /* a path, a colon and the number of a line */

struct showing {
	const struct session *session;
	const char *section; /* of the previous line */
};

/* "default", "option", or "FILE:LINE", which is written to dst. */
static const char *
origin(const struct config *c, int from, char *dst, size_t size)
{
	if (from == CONFIG_FROM_DEFAULT)
		return "default";
	if (from == CONFIG_FROM_OPTION)
		return "option";
	snprintf(dst, size, "%s:%d", c->path, from);
	return dst;
}

static int
show_json(const struct session *session, const struct config_value *v)
{
	struct json *line = json_object();
	char from[ORIGIN_MAX];

	json_add_text(line, "type", "key");
	json_add_text(line, "section", v->section);
	json_add_text(line, "key", v->key);
	json_add_text(line, "value", v->text);
	json_add_text(line, "origin", origin(&session->config, v->origin, from, sizeof(from)));
	json_line_print(line);
	return 0;
}

static int
show_one(void *ctx, const struct config_value *v)
{
	struct showing *show = ctx;
	char from[ORIGIN_MAX];

	if (show->session->options->json)
		return show_json(show->session, v);
	if (show->section == NULL || strcmp(show->section, v->section) != 0)
		printf("%s[%s]\n", show->section != NULL ? "\n" : "", v->section);
	show->section = v->section;
	printf("%s = %s ; %s\n", v->key, v->text,
	       origin(&show->session->config, v->origin, from, sizeof(from)));
	return 0;
}

static int
config_show_main(const struct options *o)
{
	struct session session;
	struct showing show = {.session = &session};
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK)
		(void)config_each(&session.config, show_one, &show);
	session_close(&session);
	return code;
}

static int
config_generate_main(const struct options *o)
{
	struct config none;
	struct error err;

	if (o->interactive)
		return interview_run(o);
	if (config_defaults(&none, &err) != 0)
		return exit_code_unusable(&err);
	config_sample_write(&none, CONFIG_DEFAULT_PATH, stdout);
	config_release(&none);
	return EXIT_CODE_OK;
}

static int
config_main(const struct options *o)
{
	static const char *const words[] = {"check", "show", "generate"};
	const char *word = o->args == 1 ? o->arg[0] : "";
	struct suggestion near;

	if (o->interactive && strcmp(word, "generate") != 0) {
		log_error("--interactive belongs to \"unpilot config generate\"");
		next_step_set("help config");
		return EXIT_CODE_UNUSABLE;
	}
	if (strcmp(word, "check") == 0)
		return config_check_main(o);
	if (strcmp(word, "show") == 0)
		return config_show_main(o);
	if (strcmp(word, "generate") == 0)
		return config_generate_main(o);
	suggest_start(&near, word);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		suggest_offer(&near, words[i]);
	log_error("config needs one word: unpilot config check, show or generate%s",
	          suggest_text(&near, "config "));
	next_step_set("help config");
	return EXIT_CODE_UNUSABLE;
}

const struct command command_config = {
	.name = "config",
	.args_max = ARGS_ANY,
	.options = FOR_CONFIG,
	.run = config_main,
	.usage = "config [OPTION...] check|show|generate",
	.line = "check, show or generate the configuration",
	.about =
		"check: loads whatever a run would load; ends with 0, or prints the place of the error\n"
		"and ends with 2 (3 for an expired certificate). show: prints each key with its value\n"
		"and its origin, passwords masked. generate: prints a commented sample of all keys;\n"
		"with --interactive it asks for what a first run needs, tests each answer as it is\n"
		"given, and writes the file that -c names (default " CONFIG_DEFAULT_PATH ").\n\n"
		"Examples:\n"
		"  unpilot config generate --interactive -c unpilot.conf\n"
		"  unpilot config generate > unpilot.conf\n"
		"  unpilot -c unpilot.conf config check\n"
		"  unpilot config show --json",
};
