/* doctor: configuration, permissions, certificates, profile, stylesheets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/wipe.h"
#include "partner/app/exit_code.h"
#include "partner/app/session_route.h"
#include "partner/doctor/doctor.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/render.h"

#define DAY_SECONDS (24 * 3600)
#define EXPIRY_WARN_DAYS 30 /* a new certificate takes some weeks to come through */

void
doctor_check_configuration(struct doctor *d, struct finding *f)
{
	struct session *session = &d->session;
	const char *route;
	struct error err;

	if (config_load(&session->config, session->options->config, &err) != 0) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "mend the file; see \"unpilot config generate\"", "%s",
		                    err.text);
		return;
	}
	route = session->options->route != NULL ? session->options->route : session->config.route;
	if (!session_route_parse(route, &session->kind)) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "set [run] route", "\"%s\" is no route",
		                    route);
		return;
	}
	d->configured = true;
	if (session->config.path == NULL)
		doctor_finding_warn(f, "unpilot config generate > " CONFIG_DEFAULT_PATH,
		                    "no configuration file: defaults alone");
	else
		doctor_finding_ok(f, "%s, route %s", session->config.path, route);
}

static int
find_password(void *ctx UNUSED, const struct config_value *v)
{
	return strstr(v->text, ":***@") != NULL;
}

/* Who may write the configuration decides where devices are deregistered. */
void
doctor_check_permissions(struct doctor *d, struct finding *f)
{
	const struct config *c = &d->session.config;
	struct stat st;
	unsigned mode;

	if (!d->configured || c->path == NULL || stat(c->path, &st) != 0)
		return;
	mode = (unsigned)(st.st_mode & 07777);
	if ((mode & (S_IWGRP | S_IWOTH)) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "chmod go-w it",
		                    "%s: others can write it (mode %04o)", c->path, mode);
	else if ((mode & (S_IRGRP | S_IROTH)) != 0 && config_each(c, find_password, NULL) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "chmod 600 it",
		                    "%s: holds a password and others can read it (mode %04o)",
		                    c->path, mode);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		doctor_finding_warn(f, "chown it to root", "%s: belongs to another user", c->path);
	else
		doctor_finding_ok(f, "%s: mode %04o", c->path, mode);
}

/* "": not set. False, with the finding made, where others can read it. */
static bool
is_private(const char *name, const char *what, size_t *count, struct finding *f)
{
	bool granted, ok = true;
	char *path = credential_path(name, &granted);
	struct error err;

	if (path != NULL) {
		++*count;
		ok = granted || file_check_private(path, &err) == 0;
	}
	if (!ok)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "chmod 600 it, and see that it is there",
		                    "%s: %s", what, err.text);
	free(path);
	return ok;
}

void
doctor_check_secrets(struct doctor *d, struct finding *f)
{
	const struct config *c = &d->session.config;
	const struct config_identity *id;
	bool center = d->session.kind == ROUTE_PARTNER_CENTER;
	size_t count = 0;

	if (!d->configured)
		return;
	id = session_route_identity(&d->session);
	/* without a key of its own, the certificate's file holds it */
	const struct {
		const char *what, *name;
	} files[] = {
		{"client key", id->key[0] != '\0' ? id->key : id->certificate},
		{"key-passphrase-file", id->key_passphrase_file},
		{"client-secret-file", center ? c->client_secret_file : ""},
		{"refresh-token-file", center ? c->refresh_token_file : ""},
		{"sign-key", c->sign_key[0] != '\0' ? c->sign_key : c->sign_certificate},
	};
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!is_private(files[i].name, files[i].what, &count, f))
			return;
	if (count > 0)
		doctor_finding_ok(f, "%zu, readable for their owner alone", count);
}

/* Certificate, key and passphrase as a run would take them. */
struct held {
	char *certificate, *key, *passphrase;
};

static void
hold(struct held *h, const struct config_identity *id)
{
	bool granted;
	char *path = credential_path(id->key_passphrase_file, &granted);
	struct error ignored;

	h->certificate = credential_path(id->certificate, &granted);
	h->key = credential_path(id->key, &granted);
	h->passphrase = path != NULL ? file_read_secret(path, &ignored) : NULL;
	free(path);
}

static void
let_go(struct held *h)
{
	if (h->passphrase != NULL)
		wipe(h->passphrase, strlen(h->passphrase));
	free(h->passphrase);
	free(h->certificate);
	free(h->key);
}

/* Its dates are the next check's. */
void
doctor_check_certificate(struct doctor *d, struct finding *f)
{
	struct held h;
	struct error err;

	if (!d->configured)
		return;
	hold(&h, session_route_identity(&d->session));
	if (h.certificate == NULL) {
		if (d->session.kind == ROUTE_OEM_DIRECT)
			doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "set certificate and key",
			                    "none is set, and the service asks for one");
	} else {
		enum crypto_check end = crypto_check_identity(h.certificate, h.key, h.passphrase,
		                                              NULL, &err);
		d->identified = end == CRYPTO_CHECK_OK;
		if (end == CRYPTO_CHECK_UNUSABLE)
			doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
			                    "name the certificate and the key that belong together",
			                    "%s", err.text);
		else
			doctor_finding_ok(f, "%s: the key belongs to it", h.certificate);
	}
	let_go(&h);
}

static void
judge_dates(struct finding *f, int code, const char *what, int64_t not_before, int64_t not_after)
{
	int64_t now = clock_now(), days = (not_after - now) / DAY_SECONDS;
	char end[CLOCK_STAMP_SIZE], start[CLOCK_STAMP_SIZE];

	clock_stamp(not_after, end);
	clock_stamp(not_before, start);
	if (not_after < now)
		doctor_finding_fail(f, code, "renew it", "%s: expired on %.10s", what, end);
	else if (not_before > now)
		doctor_finding_fail(f, code, "is the clock right?", "%s: not valid before %s", what,
		                    start);
	else if (days < EXPIRY_WARN_DAYS)
		doctor_finding_warn(f, "renew it", "%s: expires in %lld days, on %.10s", what,
		                    (long long)days, end);
	else
		doctor_finding_ok(f, "%s: good for %lld days, until %.10s", what, (long long)days,
		                  end);
}

static bool
look_at_client(struct doctor *d, struct crypto_cert_info *ret)
{
	struct held h;
	struct error ignored;
	bool found;

	if (!d->configured)
		return false;
	hold(&h, session_route_identity(&d->session));
	found = h.certificate != NULL &&
	        crypto_cert_info(h.certificate, h.passphrase, ret, &ignored) == 0;
	let_go(&h);
	return found;
}

void
doctor_check_expiry(struct doctor *d, struct finding *f)
{
	struct crypto_cert_info look;

	if (look_at_client(d, &look))
		judge_dates(f, EXIT_CODE_DENIED, look.subject, look.not_before, look.not_after);
}

/* Services mostly know the issuer; those that do not refuse without a word why. */
void
doctor_check_chain(struct doctor *d, struct finding *f)
{
	struct crypto_cert_info look;

	if (!look_at_client(d, &look))
		return;
	if (look.self_signed)
		doctor_finding_ok(f, "signed by itself");
	else if (look.count == 1)
		doctor_finding_ok(
			f, "the certificate alone: a service that does not know its issuer needs "
			   "the chain in the same file");
	else
		doctor_finding_ok(f, "%zu certificates behind it", look.count - 1);
}

void
doctor_check_ca(struct doctor *d, struct finding *f)
{
	const char *path = d->configured ? session_route_identity(&d->session)->ca_file : "";
	struct crypto_cert_info look;
	struct error err;

	if (!d->configured)
		return;
	if (path[0] == '\0')
		doctor_finding_ok(f, "the system's");
	else if (crypto_cert_info(path, NULL, &look, &err) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "set ca-file to a PEM file", "%s",
		                    err.text);
	else
		judge_dates(f, EXIT_CODE_DENIED, path, look.not_before, look.earliest_end);
}

void
doctor_check_signing(struct doctor *d, struct finding *f)
{
	const struct config *c = &d->session.config;
	bool granted;
	char *certificate, *key;
	struct crypto_signer *signer;
	struct error err;

	if (!d->configured || (c->sign_certificate[0] == '\0' && c->sign_key[0] == '\0'))
		return;
	certificate = credential_path(c->sign_certificate, &granted);
	key = credential_path(c->sign_key, &granted);
	error_set(&err, "sign-key is set, and sign-certificate is not");
	signer = certificate != NULL ? crypto_signer_open(certificate, key, &err) : NULL;
	if (signer != NULL)
		doctor_finding_ok(f, "%s: signs packs", certificate);
	else
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "mend [handoff] sign-certificate and sign-key", "%s", err.text);
	crypto_signer_free(signer);
	free(certificate);
	free(key);
}

void
doctor_check_signing_expiry(struct doctor *d, struct finding *f)
{
	bool granted;
	char *path = d->configured ? credential_path(d->session.config.sign_certificate, &granted)
	                           : NULL;
	struct crypto_cert_info look;
	struct error ignored;

	if (path != NULL && crypto_cert_info(path, NULL, &look, &ignored) == 0)
		judge_dates(f, EXIT_CODE_UNUSABLE, look.subject, look.not_before, look.not_after);
	free(path);
}

void
doctor_check_profile(struct doctor *d, struct finding *f)
{
	const char *path = d->session.config.profile;
	struct error err;

	if (!d->configured)
		return;
	if (profile_load(&d->session.profile, path[0] != '\0' ? path : NULL, &err) != 0) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "mend [oem-direct] profile", "%s",
		                    err.text);
		return;
	}
	d->profiled = true;
	doctor_finding_ok(f, "%s", path[0] != '\0' ? path : "built in");
}

void
doctor_check_stylesheets(struct doctor *d, struct finding *f)
{
	const struct config *c = &d->session.config;
	struct messages *messages;
	struct renderer *pack = NULL, *letter = NULL;
	struct error err;

	if (!d->configured)
		return;
	messages = messages_load(c->language, c->stylesheets, &err);
	if (messages != NULL)
		pack = render_load(DOCUMENT_PACK, c->stylesheets, &err);
	if (pack != NULL)
		letter = render_load(DOCUMENT_LETTER, c->stylesheets, &err);
	if (letter == NULL)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "mend it, or take it out of [handoff] stylesheets", "%s",
		                    err.text);
	else
		doctor_finding_ok(f, "%s, language %s",
		                  c->stylesheets[0] != '\0' ? c->stylesheets : "built in",
		                  c->language);
	render_free(letter);
	render_free(pack);
	messages_free(messages);
}

void
doctor_check_lists(struct doctor *d, struct finding *f)
{
	const struct config *c = &d->session.config;
	enum purpose purpose;

	if (!d->configured)
		return;
	if (!purpose_parse(c->default_purpose, &purpose))
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "set it to repair, retire or resell",
		                    "default-purpose = %s", c->default_purpose);
	else if (c->skip_list[0] != '\0' && access(c->skip_list, R_OK) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "put the file there, or unset skip-list",
		                    "skip-list %s cannot be read", c->skip_list);
	else
		doctor_finding_ok(f, "purpose %s, skip-list %s", c->default_purpose,
		                  c->skip_list[0] != '\0' ? c->skip_list : "none");
}
