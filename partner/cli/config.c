/* "config": checks the configuration as a run would read it, shows what is in force, or prints a
 * commented sample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "partner/cli/cli.h"
#include "partner/app/session.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/session_route.h"
#include "partner/handoff/render.h"
#include "partner/handoff/messages.h"

/* ---- check ---- */

static int
check_texts(const struct config *c, struct error *err)
{
	enum purpose purpose;

	if (!purpose_parse(c->default_purpose, &purpose))
		return error_set(
			err, "[lists] default-purpose: \"%s\" is none of repair, retire, resell",
			c->default_purpose);
	if (c->skip_list[0] != '\0' && access(c->skip_list, R_OK) != 0)
		return error_errno(err, "[limits] skip-list: %s", c->skip_list);
	return 0;
}

static int
check_handoff(const struct config *c, struct error *err)
{
	struct messages *messages = messages_load(c->language, c->stylesheets, err);
	struct renderer *pack = NULL, *letter = NULL;
	int rc = -1;

	if (messages != NULL && (pack = render_load(DOCUMENT_PACK, c->stylesheets, err)) != NULL &&
	    (letter = render_load(DOCUMENT_LETTER, c->stylesheets, err)) != NULL)
		rc = 0;
	render_free(letter);
	render_free(pack);
	messages_free(messages);
	return rc;
}

/* Everything that a run would load, and nothing that it would write or send. */
static int
check(struct session *d)
{
	struct error err;
	int code = session_open_packs(d);

	if (code == EXIT_CODE_OK)
		code = session_route_open(d);
	if (code == EXIT_CODE_OK &&
	    (check_texts(&d->config, &err) != 0 || check_handoff(&d->config, &err) != 0))
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && !d->options->quiet && !d->options->json)
		printf("%s: good\n", d->config.path != NULL ? d->config.path : "defaults");
	return code;
}

static int
command_check(const struct options *o)
{
	struct session d;
	int code = session_open(&d, o);

	if (code == EXIT_CODE_OK)
		code = check(&d);
	if (o->json) {
		struct json *line = json_object();
		json_add_text(line, "type", "summary");
		json_add_text(line, "configuration", d.config.path);
		json_add_number(line, "exit_code", code);
		json_line_print(line);
	}
	session_close(&d);
	return code;
}

/* ---- show ---- */

struct showing {
	const struct session *session;
	const char *section; /* of the line before */
};

/* "default", "option", or "FILE:LINE" in dst. */
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
show_json(const struct session *d, const struct config_value *v)
{
	struct json *line = json_object();
	char from[4200];

	json_add_text(line, "type", "key");
	json_add_text(line, "section", v->section);
	json_add_text(line, "key", v->key);
	json_add_text(line, "value", v->text);
	json_add_text(line, "origin", origin(&d->config, v->origin, from, sizeof(from)));
	json_line_print(line);
	return 0;
}

static int
show_one(void *ctx, const struct config_value *v)
{
	struct showing *s = ctx;
	char from[4200];

	if (s->session->options->json)
		return show_json(s->session, v);
	if (s->section == NULL || strcmp(s->section, v->section) != 0)
		printf("%s[%s]\n", s->section != NULL ? "\n" : "", v->section);
	s->section = v->section;
	printf("%s = %s ; %s\n", v->key, v->text,
	       origin(&s->session->config, v->origin, from, sizeof(from)));
	return 0;
}

static int
command_show(const struct options *o)
{
	struct session d;
	struct showing s = {.session = &d};
	int code = session_open(&d, o);

	if (code == EXIT_CODE_OK)
		(void)config_each(&d.config, show_one, &s);
	session_close(&d);
	return code;
}

/* ---- generate ---- */

static int
print_sample(void *ctx, const struct config_value *v)
{
	const char **section = ctx;

	if (*section == NULL || strcmp(*section, v->section) != 0)
		printf("\n[%s]\n", v->section);
	*section = v->section;
	printf("# %s%s\n%s%s =%s%s\n", v->help, v->required ? " (must be set)" : "",
	       v->required ? "" : "# ", v->key, v->default_text[0] != '\0' ? " " : "",
	       v->default_text);
	return 0;
}

static int
command_generate(void)
{
	struct config none;
	const char *section = NULL;
	struct error err;

	if (config_defaults(&none, &err) != 0)
		return exit_code_unusable(&err);
	printf("# Configuration of unpilot " UNPILOT_VERSION ", read from " CONFIG_DEFAULT_PATH
	       ".\n"
	       "# What stands behind \"# \" is the default; durations are 30s, 5m, 2h.\n");
	(void)config_each(&none, print_sample, &section);
	config_release(&none);
	return EXIT_CODE_OK;
}

static int
config_main(const struct options *o)
{
	const char *what = o->args == 1 ? o->arg[0] : "";

	if (strcmp(what, "check") == 0)
		return command_check(o);
	if (strcmp(what, "show") == 0)
		return command_show(o);
	if (strcmp(what, "generate") == 0)
		return command_generate();
	log_error("say what: unpilot config check, show or generate");
	return EXIT_CODE_UNUSABLE;
}

const struct command command_config = {
	.name = "config",
	.options = FOR_CONFIG,
	.run = config_main,
	.usage = "config [OPTION...] check|show|generate",
	.line = "check, show or generate the configuration",
	.about =
		"check: loads everything that a run would; ends with 0, or with 2 (3 for an expired\n"
		"certificate) and the place. show: every key with its value and where it comes from,\n"
		"passwords masked. generate: a commented sample with every key on standard output.\n\n"
		"Examples:\n"
		"  unpilot config generate > unpilot.conf\n"
		"  unpilot -c unpilot.conf config check\n"
		"  unpilot config show --json",
};
