#include "partner/cli/desk.h"

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
#include "partner/cli/exits.h"
#include "partner/cli/line.h"
#include "partner/route/oem_direct.h"

#define LOCK_LOOK_MS 100 /* how often a lock that is waited for is looked at */

static int
unusable(const struct error *err)
{
	log_error("%s", err->text);
	return EXITS_UNUSABLE;
}

/* An option that was given stands over the configuration. */
static void
heed_options(struct config *c, const struct options *o)
{
	const struct {
		int64_t given, *value;
	} numbers[] = {
		{o->parallel, &c->parallel},
		{o->tpslimit, &c->tpslimit},
		{o->max_devices, &c->max_devices},
		{o->max_per_customer, &c->max_per_customer},
		{o->max_fail_percent, &c->max_fail_percent},
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].given >= 0)
			*numbers[i].value = numbers[i].given;
	if (o->skip_list != NULL) {
		free(c->skip_list);
		c->skip_list = xstrdup(o->skip_list);
	}
}

int
desk_open(struct desk *d, const struct options *o)
{
	struct error err;

	*d = (struct desk){.options = o};
	if (config_load(&d->config, o->config, &err) != 0)
		return unusable(&err);
	heed_options(&d->config, o);
	if (o->max_duration > 0)
		d->ends_ms = clock_tick_ms() + o->max_duration;
	if (profile_load(&d->profile, d->config.profile[0] != '\0' ? d->config.profile : NULL,
	                 &err) != 0 ||
	    profile_choose_wire(&d->profile, d->config.wire, &err) != 0)
		return unusable(&err);
	return EXITS_OK;
}

static int
locked_out(const struct ledger_holder *holder)
{
	char age[CLOCK_AGE_SIZE];

	clock_age(clock_now() - holder->since, age);
	log_error("another run (process %ld, for %s) holds the ledger: nothing sent; --lock-wait "
	          "waits for it",
	          holder->pid, holder->since != 0 ? age : "an unknown time");
	return EXITS_LOCKED;
}

/* A lock has no queue: who waits looks again and again. */
static int
take_lock(struct desk *d)
{
	static const struct timespec pause = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
	int64_t until = clock_tick_ms() + (d->options->lock_wait > 0 ? d->options->lock_wait : 0);
	struct ledger_holder holder;
	struct error err;

	for (bool told = false;; told = true) {
		switch (ledger_lock(d->ledger, &holder, &err)) {
		case LEDGER_LOCKED: return EXITS_OK;
		case LEDGER_LOCK_FAILED: return unusable(&err);
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
desk_open_ledger(struct desk *d)
{
	struct error err;

	d->ledger = ledger_open(d->config.ledger_url, &err);
	return d->ledger != NULL ? take_lock(d) : unusable(&err);
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

static int
load_signer(struct desk *d, struct error *err)
{
	bool granted, key_granted;
	char *certificate = credential(d->config.sign_certificate, &granted);
	char *key = credential(d->config.sign_key, &key_granted);
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
desk_open_signer(struct desk *d)
{
	struct error err;

	return load_signer(d, &err) == 0 ? EXITS_OK : unusable(&err);
}

int
desk_open_route(struct desk *d)
{
	struct error err;
	const struct config *c = &d->config;
	struct oem_direct_settings settings = {.url = c->url, .profile = &d->profile};
	int code;

	if (check_url(c->url, &err) != 0 || load_identity(d, &err) != 0 ||
	    load_signer(d, &err) != 0)
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
	crypto_signer_free(d->signer);
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
		.language = d->config.language,
		.signer = d->signer,
	};
}

struct guards_settings
desk_guards_settings(const struct desk *d)
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
desk_find_run(const struct desk *d, const char *name, struct ledger_run *ret)
{
	struct error err;
	int rc = ledger_run_find(d->ledger, name, ret, &err);

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

int
desk_set_out(const struct desk *d, struct ledger_run *run, struct error *err)
{
	if (d->options->out == NULL)
		return 0;
	free(run->out);
	run->out = file_join(d->options->out, run->name);
	return ledger_run_set_out(d->ledger, run->id, run->out, err);
}

int
desk_no_run(const struct desk *d, int code)
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
	line_print(summary);
	return code;
}
