#include "partner/cli/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "partner/cli/exits.h"
#include "partner/route/oem_direct.h"

static int
unusable(const struct error *err)
{
	log_error("%s", err->text);
	return EXITS_UNUSABLE;
}

int
desk_open(struct desk *d, const struct options *o)
{
	struct error err;

	*d = (struct desk){.options = o};
	if (config_load(&d->config, o->config, &err) != 0)
		return unusable(&err);
	if (o->parallel > 0)
		d->config.parallel = o->parallel;
	if (o->max_devices >= 0)
		d->config.max_devices = o->max_devices;
	if (profile_load(&d->profile, d->config.profile[0] != '\0' ? d->config.profile : NULL,
	                 &err) != 0)
		return unusable(&err);
	return EXITS_OK;
}

int
desk_open_ledger(struct desk *d)
{
	struct error err;
	long pid;

	d->ledger = ledger_open(d->config.ledger_url, &err);
	if (d->ledger == NULL)
		return unusable(&err);
	switch (ledger_lock(d->ledger, &pid, &err)) {
	case LEDGER_LOCKED: return EXITS_OK;
	case LEDGER_BUSY:
		log_error("another run (process %ld) holds the ledger: nothing sent", pid);
		return EXITS_LOCKED;
	case LEDGER_LOCK_FAILED: break;
	}
	return unusable(&err);
}

int
desk_open_ledger_readonly(struct desk *d)
{
	struct error err;

	d->ledger = ledger_open_readonly(d->config.ledger_url, &err);
	return d->ledger != NULL ? EXITS_OK : unusable(&err);
}

/* A bare name is looked up in systemd's credentials first (systemd.exec(5), LoadCredential). */
static char *
credential(const char *name, bool *ret_granted)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	*ret_granted = false;
	if (name[0] == '\0')
		return NULL;
	if (dir == NULL || strchr(name, '/') != NULL)
		return xstrdup(name);
	path = file_join(dir, name);
	if (access(path, F_OK) == 0) {
		*ret_granted = true;
		return path;
	}
	free(path);
	return xstrdup(name);
}

static int
load_passphrase(struct desk *d, struct error *err)
{
	bool granted;
	char *path = credential(d->config.key_passphrase_file, &granted);
	int rc = 0;

	if (path != NULL && ((!granted && file_check_private(path, err) != 0) ||
	                     (d->passphrase = file_read_secret(path, err)) == NULL))
		rc = error_prefix(err, "key-passphrase-file");
	free(path);
	return rc;
}

static int
load_identity(struct desk *d, struct error *err)
{
	bool granted, key_granted;
	const char *secret;

	d->certificate = credential(d->config.certificate, &granted);
	d->key = credential(d->config.key, &key_granted);
	if (d->certificate == NULL)
		return error_set(err,
		                 "[oem-direct] certificate is not set: the service asks for one");
	secret = d->key != NULL ? d->key : d->certificate;
	if (d->key == NULL)
		key_granted = granted;
	if (!key_granted && file_check_private(secret, err) != 0)
		return error_prefix(err, "client key");
	if (load_passphrase(d, err) != 0)
		return -1;
	if (d->config.ca_file[0] != '\0' && crypto_check_ca_file(d->config.ca_file, err) != 0)
		return error_prefix(err, "ca-file");
	return 0;
}

static int
check_identity(struct desk *d)
{
	struct error err;

	switch (crypto_check_identity(d->certificate, d->key, d->passphrase, NULL, &err)) {
	case CRYPTO_CHECK_OK: return EXITS_OK;
	case CRYPTO_CHECK_EXPIRED:
		log_error("client certificate: %s: nothing sent", err.text);
		return EXITS_DENIED;
	case CRYPTO_CHECK_UNUSABLE: break;
	}
	return unusable(&err);
}

static int
check_url(const char *url, struct error *err)
{
	if (url[0] == '\0')
		return error_set(err,
		                 "[oem-direct] url is not set: there is no default on purpose");
	if (strncmp(url, "https://", 8) != 0 || url[8] == '\0' || url[8] == '/')
		return error_set(err, "[oem-direct] url must begin with https:// and name a host");
	if (strpbrk(url, "?#@ ") != NULL)
		return error_set(err,
		                 "[oem-direct] url must have no query, fragment, user or blank");
	return 0;
}

int
desk_open_route(struct desk *d)
{
	struct error err;
	const struct config *c = &d->config;
	struct oem_direct_settings settings = {.url = c->url, .profile = &d->profile};
	int code;

	if (check_url(c->url, &err) != 0 || load_identity(d, &err) != 0)
		return unusable(&err);
	code = check_identity(d);
	if (code != EXITS_OK)
		return code;
	settings.http = (struct http_settings){
		.certificate = d->certificate,
		.key = d->key,
		.passphrase = d->passphrase,
		.ca_file = c->ca_file[0] != '\0' ? c->ca_file : NULL,
		.proxy = c->proxy[0] != '\0' ? c->proxy : NULL,
		.connect_timeout_ms = (long)c->connect_timeout,
		.timeout_ms = (long)c->timeout,
		.parallel = (unsigned)c->parallel,
	};
	d->route = oem_direct_new(&settings, &err);
	return d->route != NULL ? EXITS_OK : unusable(&err);
}

void
desk_close(struct desk *d)
{
	if (d->route != NULL)
		d->route->ops->free(d->route);
	ledger_close(d->ledger);
	profile_release(&d->profile);
	config_release(&d->config);
	if (d->passphrase != NULL)
		crypto_wipe(d->passphrase, strlen(d->passphrase));
	free(d->passphrase);
	free(d->certificate);
	free(d->key);
}

struct handoff_settings
desk_handoff_settings(const struct desk *d)
{
	return (struct handoff_settings){
		.partner_name = d->config.partner_name,
		.partner_contact = d->config.partner_contact,
		.partner_support = d->config.partner_support,
		.stylesheets = d->config.stylesheets[0] != '\0' ? d->config.stylesheets : NULL,
	};
}

int
desk_no_run(const struct desk *d, int code)
{
	struct json *summary, *counts;
	struct buf line;

	if (!d->options->json)
		return code;
	buf_init(&line, 4096);
	summary = json_object();
	json_add_text(summary, "type", "summary");
	json_add_null(summary, "run");
	json_add_null(summary, "handoff");
	counts = json_add_object(summary, "counts");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		json_add_number(counts, outcome_word(o), 0);
	json_add_number(summary, "exit_code", code);
	json_print(summary, &line);
	puts(line.data);
	json_free(summary);
	buf_release(&line);
	return code;
}

static void
print_summary(const struct desk *d, const struct ledger_run *run,
              const int64_t counts[static OUTCOME_COUNT], int code)
{
	FILE *to = d->options->quiet ? stderr : stdout;
	int64_t rows = 0;

	if (d->options->json || (d->options->quiet && code == EXITS_OK))
		return;
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		rows += counts[o];
	fprintf(to, "run %s: %lld rows", run->name, (long long)rows);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0)
			fprintf(to, ", %lld %s", (long long)counts[o], outcome_word(o));
	fprintf(to, "; exit code %d\n", code);
	if (run->out != NULL)
		fprintf(to, "reports: %s\n", run->out);
}

/* The codes after which a run of the ledger cannot simply be called finished. */
static int
local_failure(const struct error *err)
{
	log_error("%s", err->text);
	log_error("the run is not finished: mend this, then \"unpilot resume\"");
	return EXITS_OPEN;
}

int
desk_finish(struct desk *d, struct ledger_run *run, enum run_state state, int code)
{
	int64_t counts[OUTCOME_COUNT];
	struct handoff_settings settings = desk_handoff_settings(d);
	struct error err;

	if (ledger_run_set_state(d->ledger, run->id, state, code, &err) != 0 ||
	    ledger_counts(d->ledger, run->id, counts, &err) != 0)
		return local_failure(&err);
	run->state = state;
	run->exit_code = code;
	if (state == RUN_PLANNED) { /* a plan has no packs to point at */
		free(run->out);
		run->out = NULL;
	}
	if (state != RUN_PLANNED && handoff_write(d->ledger, run, &settings, &err) != 0) {
		log_error("%s", err.text);
		log_error("the outcomes are in the ledger; write the packs with \"unpilot report "
		          "%s\"",
		          run->name);
		code = code == EXITS_OK ? EXITS_SOME : code;
	}
	if (d->options->json && handoff_print_json(d->ledger, run, &err) != 0)
		log_error("%s", err.text);
	print_summary(d, run, counts, code);
	return code;
}

static bool
left_open(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_PENDING] + counts[OUTCOME_UNKNOWN] + counts[OUTCOME_NOT_SENT] > 0;
}

int
desk_send(struct desk *d, struct ledger_run *run)
{
	const struct config *c = &d->config;
	struct engine_settings settings = {
		.parallel = (unsigned)c->parallel,
		.retries = (unsigned)c->retries,
		.poll_interval_ms = c->poll_interval,
		.poll_deadline_ms = c->poll_deadline,
	};
	int64_t counts[OUTCOME_COUNT];
	struct engine_result result;
	struct error err;

	if (ledger_run_set_state(d->ledger, run->id, RUN_OPEN, -1, &err) != 0 ||
	    engine_run(d->ledger, run, d->route, &settings, &result, &err) != 0 ||
	    ledger_counts(d->ledger, run->id, counts, &err) != 0)
		return local_failure(&err);
	return desk_finish(d, run, left_open(counts) ? RUN_OPEN : RUN_FINISHED,
	                   exits_code(&result, counts));
}
