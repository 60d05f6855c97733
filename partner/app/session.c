#include "partner/app/session.h"

#include <stdio.h>
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
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/session_route.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/lock.h"
#include "partner/ledger/open.h"

#define LOCK_LOOK_MS 100 /* how often a lock that is waited for is looked at */

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
load_config(struct session *d, struct error *err)
{
	struct error ignored;

	if (config_load(&d->config, d->options->config, err) == 0)
		return apply_options(&d->config, d->options, err);
	/* the status and metrics files that options name report this failure */
	(void)apply_options(&d->config, d->options, &ignored);
	return -1;
}

int
session_open(struct session *d, const struct options *o)
{
	struct error err;

	*d = (struct session){.options = o, .started = clock_now()};
	if (load_config(d, &err) != 0)
		return exit_code_unusable(&err);
	if (!session_route_parse(d->config.route, &d->kind)) {
		error_set(&err, "%s: unknown route \"%s\": use oem-direct or partner-center",
		          o->route != NULL ? "--route" : "[run] route", d->config.route);
		return exit_code_unusable(&err);
	}
	if (o->max_duration > 0)
		d->ends_ms = clock_tick_ms() + o->max_duration;
	if (profile_load(&d->profile, text_or_null(d->config.profile), &err) != 0 ||
	    profile_choose_wire(&d->profile, d->config.wire, &err) != 0)
		return exit_code_unusable(&err);
	return EXIT_CODE_OK;
}

int
session_open_log(struct session *d)
{
	const struct log_settings settings = {
		.file = d->options->log_file != NULL ? NULL : text_or_null(d->config.log_file),
		.json = d->config.log_json != 0,
		.syslog = d->config.log_syslog != 0,
		.no_color = d->options->no_color,
	};
	struct error err;

	return log_open(&settings, &err) == 0 ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
locked_out(const struct ledger_holder *holder)
{
	char age[CLOCK_AGE_SIZE];

	clock_age(clock_now() - holder->since, age);
	log_error("another run (process %ld, for %s) holds the ledger: nothing sent; --lock-wait "
	          "waits for it",
	          holder->pid, holder->since != 0 ? age : "an unknown time");
	return EXIT_CODE_LOCKED;
}

/* A lock has no queue: who waits looks again and again. */
static int
take_lock(struct session *d)
{
	static const struct timespec pause = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
	int64_t until = clock_tick_ms() + d->options->lock_wait;
	struct ledger_holder holder;
	struct error err;

	for (bool told = false;; told = true) {
		switch (ledger_lock(d->ledger, &holder, &err)) {
		case LEDGER_LOCKED: return EXIT_CODE_OK;
		case LEDGER_LOCK_FAILED: return exit_code_unusable(&err);
		case LEDGER_BUSY: break;
		}
		if (clock_tick_ms() >= until)
			return locked_out(&holder);
		if (!told)
			log_info("waiting for the run of process %ld to end", holder.pid);
		nanosleep(&pause, NULL);
	}
}

int
session_open_ledger(struct session *d)
{
	struct error err;

	d->ledger = ledger_open(d->config.ledger_url, &err);
	if (d->ledger == NULL)
		return exit_code_unusable(&err);
	ledger_work(d->ledger, d->config.lease);
	return take_lock(d);
}

int
session_open_ledger_readonly(struct session *d)
{
	struct error err;

	d->ledger = ledger_open_readonly(d->config.ledger_url, &err);
	return d->ledger != NULL ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
load_signer(struct session *d, struct error *err)
{
	bool granted, key_granted;
	char *certificate = credential_path(d->config.sign_certificate, &granted);
	char *key = credential_path(d->config.sign_key, &key_granted);
	int rc = 0;

	if (key == NULL)
		key_granted = granted;
	if (certificate == NULL)
		rc = key == NULL
		             ? 0
		             : error_set(err,
		                         "[handoff] sign-key is set, and sign-certificate is not");
	else if ((!key_granted && file_check_private(key != NULL ? key : certificate, err) != 0) ||
	         (d->signer = crypto_signer_open(certificate, key, err)) == NULL)
		rc = error_prefix(err, "[handoff] signing key");
	free(certificate);
	free(key);
	return rc;
}

int
session_open_packs(struct session *d)
{
	struct handoff_settings settings = session_handoff_settings(d);
	struct error err;

	if (handoff_check(&settings, &err) != 0 || load_signer(d, &err) != 0)
		return exit_code_unusable(&err);
	return EXIT_CODE_OK;
}

void
session_close(struct session *d)
{
	crypto_signer_free(d->signer);
	session_route_close(d);
	ledger_close(d->ledger);
	profile_release(&d->profile);
	config_release(&d->config);
}

struct handoff_settings
session_handoff_settings(const struct session *d)
{
	return (struct handoff_settings){
		.partner_name = d->config.partner_name,
		.partner_contact = d->config.partner_contact,
		.partner_support = d->config.partner_support,
		.logo = text_or_null(d->config.partner_logo),
		.stylesheets = text_or_null(d->config.stylesheets),
		.language = d->config.language,
		.signer = d->signer,
	};
}

struct guards_settings
session_guards_settings(const struct session *d)
{
	return (struct guards_settings){
		.max_devices = d->config.max_devices,
		.max_per_customer = d->config.max_per_customer,
		.hold_days = d->config.hold_days,
		.skip_list = d->config.skip_list,
		.again = d->options->again,
	};
}

int
session_find_run(const struct session *d, const char *name, struct ledger_run *ret)
{
	struct error err;
	int rc = ledger_run_find(d->ledger, name, ret, &err);

	if (rc == 1)
		return EXIT_CODE_OK;
	if (rc < 0)
		log_error("%s", err.text);
	else if (name != NULL)
		log_error("the ledger has no run \"%s\": see \"unpilot status\"", name);
	else
		log_error("the ledger has no run yet");
	return EXIT_CODE_UNUSABLE;
}

int
session_set_out(const struct session *d, struct ledger_run *run, struct error *err)
{
	if (d->options->out == NULL)
		return 0;
	free(run->out);
	run->out = file_join(d->options->out, run->name);
	return ledger_run_set_out(d->ledger, run->id, run->out, err);
}

int
session_no_run(const struct session *d, int code)
{
	struct json *summary, *counts;

	if (!d->options->json)
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
