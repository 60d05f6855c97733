/* Opens and closes the parts of a session. Routes are in session_route.c, confinement in
 * session_confine.c. */
#include "partner/app/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/config_check.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/next_step.h"
#include "partner/app/session_route.h"
#include "partner/engine/signals.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/inspect.h"
#include "partner/ledger/lock.h"
#include "partner/ledger/open.h"

#define LOCK_RETRY_MS 100 /* pause between two attempts to get the lock */

/* Command-line options override the configuration. */
static int
apply_options(struct config *c, const struct options *o, struct error *err)
{
	struct option_override given;
	size_t at = 0;

	while (options_next_override(o, &at, &given))
		if (config_override(c, given.section, given.key, given.value, err) != 0)
			return -1;
	return 0;
}

static int
load_config(struct session *s, struct error *err)
{
	struct error ignored;
	int rc = config_check_mode(s->options->config, err);

	if (rc != 0 && config_defaults(&s->config, &ignored) != 0)
		return -1;
	if (rc == 0)
		rc = config_load(&s->config, s->options->config, err);
	if (rc == 0) {
		rc = apply_options(&s->config, s->options, err);
		if (rc != 0)
			next_step_set("help %s", s->options->command);
		return rc;
	}
	/* the failure must reach the status and metrics files that options name */
	(void)apply_options(&s->config, s->options, &ignored);
	return -1;
}

int
session_open(struct session *s, const struct options *o)
{
	const char *path = o->config != NULL ? o->config : CONFIG_DEFAULT_PATH;
	struct error err, ignored;

	*s = (struct session){.options = o, .started = clock_now()};
	if (load_config(s, &err) != 0) {
		if (config_check_mode(o->config, &ignored) != 0)
			next_step_set_other("chmod go-w", path);
		else if (access(path, F_OK) == 0 && access(path, R_OK) != 0)
			next_step_set_other("namei -l", path); /* doctor cannot read it either */
		return exit_code_unusable(&err);
	}
	if (!session_route_parse(s->config.route, &s->kind)) {
		if (o->route != NULL)
			next_step_set("help %s", o->command);
		error_set(&err, "%s: unknown route \"%s\": use oem-direct or partner-center",
		          o->route != NULL ? "--route" : "[run] route", s->config.route);
		return exit_code_unusable(&err);
	}
	if (o->max_duration > 0)
		s->ends_ms = clock_tick_ms() + o->max_duration;
	if (profile_load(&s->profile, text_or_null(s->config.profile), &err) != 0 ||
	    profile_set_wire(&s->profile, s->config.wire, &err) != 0)
		return exit_code_unusable(&err);
	return EXIT_CODE_OK;
}

int
session_open_log(struct session *s)
{
	const struct log_settings settings = {
		.file = s->options->log_file != NULL ? NULL : text_or_null(s->config.log_file),
		.json = s->config.log_json != 0,
		.syslog = s->config.log_syslog != 0,
		.no_color = s->options->no_color,
	};
	struct error err;

	return log_open(&settings, &err) == 0 ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
locked_out(const struct ledger_holder *holder)
{
	char age[CLOCK_AGE_SIZE];

	clock_age(clock_now() - holder->since, age);
	log_error("another run (process %ld, for %s) holds the ledger: nothing sent; wait for it "
	          "with --lock-wait",
	          holder->pid, holder->since != 0 ? age : "an unknown time");
	return EXIT_CODE_LOCKED;
}

static int
stop_waiting(void)
{
	log_error("stopped by a signal while another run held the ledger: nothing sent");
	next_step_set(NEXT_STEP_SAME);
	return 128 + signals_seen();
}

/* The lock has no queue, so a waiting process tries again and again. */
static int
wait_for_lock(struct session *s, struct ledger_holder *holder)
{
	static const struct timespec pause = {.tv_nsec = LOCK_RETRY_MS * 1000000L};
	int64_t until = clock_tick_ms() + s->options->lock_wait;
	enum ledger_lock end = LEDGER_BUSY;
	struct error err;

	log_info("waiting for the run of process %ld to end", holder->pid);
	while (end == LEDGER_BUSY && signals_seen() == 0) {
		if (clock_tick_ms() >= until)
			return locked_out(holder);
		nanosleep(&pause, NULL);
		end = ledger_lock(s->ledger, holder, &err);
	}
	if (signals_seen() != 0)
		return stop_waiting();
	return end == LEDGER_LOCKED ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
lock_ledger(struct session *s)
{
	struct ledger_holder holder;
	struct error err;
	int code;

	switch (ledger_lock(s->ledger, &holder, &err)) {
	case LEDGER_LOCKED: return EXIT_CODE_OK;
	case LEDGER_LOCK_FAILED: return exit_code_unusable(&err);
	case LEDGER_BUSY: break;
	}
	if (s->options->lock_wait <= 0)
		return locked_out(&holder);
	signals_watch();
	code = wait_for_lock(s, &holder);
	signals_unwatch(); /* commands other than runs end at once */
	return code;
}

static int
no_ledger(const struct session *s, const struct error *err)
{
	const char *url = s->config.ledger_url;
	struct error ignored;
	int64_t schema = -1;
	struct ledger *l;

	if (ledger_exists(url, &ignored) == 0) {
		next_step_set("init");
		return exit_code_unusable(err);
	}
	l = ledger_open_inspect(url, &schema, &ignored);
	if (l != NULL && schema < LEDGER_SCHEMA)
		next_step_set("resume --collect"); /* opening for writing upgrades it */
	else if (l == NULL && schema >= 0)
		next_step_set("config show"); /* [ledger] url names another program's database */
	ledger_close(l);
	return exit_code_unusable(err);
}

int
session_open_ledger(struct session *s)
{
	struct error err;

	s->ledger = ledger_open(s->config.ledger_url, &err);
	if (s->ledger == NULL)
		return no_ledger(s, &err);
	ledger_claims_start(s->ledger, s->config.lease);
	return lock_ledger(s);
}

int
session_open_ledger_readonly(struct session *s)
{
	struct error err;

	s->ledger = ledger_open_readonly(s->config.ledger_url, &err);
	return s->ledger != NULL ? EXIT_CODE_OK : no_ledger(s, &err);
}

static int
load_signer(struct session *s, struct error *err)
{
	bool granted, key_granted;
	char *certificate = credential_path(s->config.sign_certificate, &granted);
	char *key = credential_path(s->config.sign_key, &key_granted);
	int rc = 0;

	if (key == NULL)
		key_granted = granted;
	if (certificate == NULL)
		rc = key == NULL
		             ? 0
		             : error_set(err,
		                         "[handoff] sign-key is set but sign-certificate is not");
	else if ((!key_granted && file_check_private(key != NULL ? key : certificate, err) != 0) ||
	         (s->signer = crypto_signer_open(certificate, key, err)) == NULL)
		rc = error_prefix(err, "[handoff] signing key");
	free(certificate);
	free(key);
	return rc;
}

int
session_open_packs(struct session *s)
{
	struct handoff_settings settings = session_handoff_settings(s);
	struct error err;

	handoff_parts_free(s->parts);
	s->parts = handoff_load(&settings, &err);
	if (s->parts == NULL || load_signer(s, &err) != 0)
		return exit_code_unusable(&err);
	return EXIT_CODE_OK;
}

void
session_close(struct session *s)
{
	handoff_parts_free(s->parts);
	crypto_signer_free(s->signer);
	session_route_close(s);
	ledger_close(s->ledger);
	profile_release(&s->profile);
	config_release(&s->config);
}

struct handoff_settings
session_handoff_settings(const struct session *s)
{
	return (struct handoff_settings){
		.partner_name = s->config.partner_name,
		.partner_contact = s->config.partner_contact,
		.partner_support = s->config.partner_support,
		.logo = text_or_null(s->config.partner_logo),
		.stylesheets = text_or_null(s->config.stylesheets),
		.language = s->config.language,
		.letter_required = strcmp(s->config.letter, "require") == 0,
		.letter_wait_days = s->config.letter_wait,
		.run_page = s->config.run_page != 0,
		.config = s->options->config != NULL ? s->config.file : NULL,
		.signer = s->signer,
		.parts = s->parts,
	};
}

struct guards_settings
session_guards_settings(const struct session *s)
{
	return (struct guards_settings){
		.max_devices = s->config.max_devices,
		.max_per_customer = s->config.max_per_customer,
		.hold_days = s->config.hold_days,
		.skip_list = s->config.skip_list,
		.again = s->options->again,
		.moved = s->options->moved,
	};
}

struct ledger_gate
session_gate(const struct session *s)
{
	struct ledger_gate gate = {.mode = LEDGER_GATE_OFF};
	struct error ignored; /* the configuration was checked when it was read */

	if (config_letter(&s->config, &gate, &ignored) != 0)
		gate.mode = LEDGER_GATE_REQUIRE;
	if (s->options->not_ready && gate.mode == LEDGER_GATE_REQUIRE)
		gate.mode = LEDGER_GATE_WARN;
	return gate;
}

int
session_set_out(const struct session *s, struct ledger_run *run, struct error *err)
{
	if (s->options->out == NULL)
		return 0;
	free(run->out);
	run->out = file_join(s->config.handoff_directory, run->name);
	return ledger_run_set_out(s->ledger, run->id, run->out, err);
}

int
session_no_run(const struct session *s, int code)
{
	struct json *summary, *counts;

	if (!s->options->json)
		return code;
	summary = json_object();
	json_add_text(summary, "type", "summary");
	json_add_null(summary, "run");
	json_add_null(summary, "handoff");
	counts = json_add_object(summary, "counts");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		json_add_number(counts, outcome_word(o), 0);
	json_add_number(summary, "exit_code", code);
	json_line_print(summary);
	return code;
}
