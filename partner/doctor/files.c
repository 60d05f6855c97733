/* The checks of files: configuration, secrets, certificates, profile, stylesheets, lists. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/text.h"
#include "common/wipe.h"
#include "partner/app/config_mask.h"
#include "partner/app/exit_code.h"
#include "partner/app/session_check.h"
#include "partner/app/session_route.h"
#include "partner/doctor/checks.h"
#include "partner/handoff/logo.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/render.h"

#define DAY_SECONDS (24 * 3600)
#define EXPIRY_WARN_DAYS 30 /* a new certificate takes some weeks to arrive */

void
doctor_check_configuration(struct doctor *d, struct finding *f)
{
	struct session *session = &d->session;
	const char *route;
	struct error err;

	if (config_load(&session->config, session->options->config, &err) != 0) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "correct the file; \"unpilot config generate\" prints a sample",
		                    "%s", err.text);
		return;
	}
	route = session->options->route != NULL ? session->options->route : session->config.route;
	if (!session_route_parse(route, &session->kind)) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "set [run] route to oem-direct or partner-center",
		                    "unknown route \"%s\"", route);
		return;
	}
	d->configured = true;
	if (session->config.path == NULL)
		doctor_finding_warn(f, "unpilot config generate > " CONFIG_DEFAULT_PATH,
		                    "no configuration file: only the defaults apply");
	else
		doctor_finding_ok(f, "%s, route %s", session->config.path, route);
}

static int
files_is_password(void *ctx UNUSED, const struct config_value *v)
{
	return config_mask_is_masked(v->text);
}

/* A user who can write the configuration can change what is deregistered, and where. */
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
		doctor_finding_fail(
			f, EXIT_CODE_UNUSABLE, "chmod go-w this file",
			"%s: users other than its owner can write it, and no run reads it (mode %04o)",
			c->path, mode);
	else if ((mode & (S_IRGRP | S_IROTH)) != 0 && config_each(c, files_is_password, NULL) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "chmod 600 this file",
		                    "%s: holds a password, and other users can read it (mode %04o)",
		                    c->path, mode);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		doctor_finding_warn(f, "make root its owner", "%s: belongs to another user",
		                    c->path);
	else
		doctor_finding_ok(f, "%s: mode %04o", c->path, mode);
}

struct files_secrets {
	size_t count;
	size_t granted; /* of them, in $CREDENTIALS_DIRECTORY: their modes are not checked */
};

/* Checks and counts a secret's file, unless name is "". false: it does not exist, or other users
 * can read it; the finding says so. */
static bool
files_is_private(const char *name, const char *what, struct files_secrets *seen, struct finding *f)
{
	bool granted, ok = true;
	char *path = credential_path(name, &granted);
	struct error err;

	if (path != NULL) {
		seen->count++;
		seen->granted += granted;
		ok = granted || file_check_private(path, &err) == 0;
	}
	if (!ok)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "make sure that the file exists, then chmod 600", "%s: %s",
		                    what, err.text);
	free(path);
	return ok;
}

void
doctor_check_secrets(struct doctor *d, struct finding *f)
{
	const struct config *c = &d->session.config;
	const struct config_identity *id;
	bool center = d->session.kind == ROUTE_PARTNER_CENTER;
	struct files_secrets seen = {0};

	if (!d->configured)
		return;
	id = session_route_identity(&d->session);
	/* Without `key`, the certificate's file holds the key. */
	const struct {
		const char *what, *name;
	} files[] = {
		{"client key", id->key[0] != '\0' ? id->key : id->certificate},
		{"key-passphrase-file", id->key_passphrase_file},
		{"client-secret-file", center ? c->client_secret_file : ""},
		{"refresh-token-file", center ? c->refresh_token_file : ""},
		{"notify key-file", c->notify_key_file},
		{"sign-key", c->sign_key[0] != '\0' ? c->sign_key : c->sign_certificate},
	};
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!files_is_private(files[i].name, files[i].what, &seen, f))
			return;
	if (seen.granted > 0)
		doctor_finding_ok(
			f,
			"%zu file%s, %zu of them in $CREDENTIALS_DIRECTORY, whose modes are not checked",
			seen.count, text_s((int64_t)seen.count), seen.granted);
	else if (seen.count > 0)
		doctor_finding_ok(f, "%zu file%s, readable by the owner only", seen.count,
		                  text_s((int64_t)seen.count));
}

/* Certificate, key and passphrase, resolved as for a run. Release with files_wipe_credentials(). */
struct files_credentials {
	char *certificate, *key, *passphrase;
};

static void
files_load_credentials(struct files_credentials *h, const struct config_identity *id)
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
files_wipe_credentials(struct files_credentials *h)
{
	if (h->passphrase != NULL)
		wipe(h->passphrase, strlen(h->passphrase));
	free(h->passphrase);
	free(h->certificate);
	free(h->key);
}

/* The next check judges the dates. */
void
doctor_check_certificate(struct doctor *d, struct finding *f)
{
	const struct config_identity *id = session_route_identity(&d->session);
	struct files_credentials h;
	enum crypto_check end;
	struct error err;

	if (!d->configured)
		return;
	if (id->certificate[0] == '\0') {
		if (d->session.kind == ROUTE_OEM_DIRECT)
			doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "set certificate and key",
			                    "no certificate is set, and the service requires one");
		else /* the service identifies the app by a secret */
			d->identified = d->session.config.client_secret_file[0] != '\0';
		return;
	}
	files_load_credentials(&h, id);
	end = crypto_check_identity(h.certificate, h.key, h.passphrase, NULL, &err);
	d->identified = end == CRYPTO_CHECK_OK;
	if (end == CRYPTO_CHECK_UNUSABLE)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "set certificate and key to a pair that belongs together", "%s",
		                    err.text);
	else
		doctor_finding_ok(f, "%s: the key belongs to it", h.certificate);
	files_wipe_credentials(&h);
}

static void
files_judge_dates(struct finding *f, int code, const char *what, int64_t not_before,
                  int64_t not_after)
{
	int64_t now = clock_now(), days = (not_after - now) / DAY_SECONDS;
	char end[CLOCK_STAMP_SIZE], start[CLOCK_STAMP_SIZE];

	clock_stamp(not_after, end);
	clock_stamp(not_before, start);
	if (not_after < now)
		doctor_finding_fail(f, code, "renew it", "%s: expired on %.10s", what, end);
	else if (not_before > now)
		doctor_finding_fail(f, code, "check the clock", "%s: not valid before %s", what,
		                    start);
	else if (days < EXPIRY_WARN_DAYS)
		doctor_finding_warn(f, "renew it", "%s: expires in %lld day%s, on %.10s", what,
		                    (long long)days, text_s(days), end);
	else
		doctor_finding_ok(f, "%s: valid for %lld day%s, until %.10s", what, (long long)days,
		                  text_s(days), end);
}

static bool
files_client_info(struct doctor *d, struct crypto_cert_info *ret)
{
	struct files_credentials h;
	struct error ignored;
	bool found;

	if (!d->configured)
		return false;
	files_load_credentials(&h, session_route_identity(&d->session));
	found = h.certificate != NULL &&
	        crypto_cert_info(h.certificate, h.passphrase, ret, &ignored) == 0;
	files_wipe_credentials(&h);
	return found;
}

void
doctor_check_expiry(struct doctor *d, struct finding *f)
{
	struct crypto_cert_info info;

	if (files_client_info(d, &info))
		files_judge_dates(f, EXIT_CODE_DENIED, info.subject, info.not_before,
		                  info.not_after);
}

/* A service that does not know the issuer refuses the certificate and gives no reason. */
void
doctor_check_chain(struct doctor *d, struct finding *f)
{
	struct crypto_cert_info info;

	if (!files_client_info(d, &info))
		return;
	if (info.self_signed)
		doctor_finding_ok(f, "self-signed");
	else if (info.count == 1)
		doctor_finding_ok(
			f, "only the certificate itself; a service that does not know its issuer "
			   "needs the chain in the same file");
	else
		doctor_finding_ok(f, "%zu certificate%s it", info.count - 1,
		                  info.count == 2 ? " follows" : "s follow");
}

void
doctor_check_ca(struct doctor *d, struct finding *f)
{
	const char *path = d->configured ? session_route_identity(&d->session)->ca_file : "";
	struct crypto_cert_info info;
	struct error err;

	if (!d->configured)
		return;
	if (path[0] == '\0')
		doctor_finding_ok(f, "those of the system");
	else if (crypto_cert_info(path, NULL, &info, &err) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "set ca-file to a PEM file", "%s",
		                    err.text);
	else
		files_judge_dates(f, EXIT_CODE_DENIED, path, info.not_before, info.earliest_end);
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
		                    "correct [handoff] sign-certificate and sign-key", "%s",
		                    err.text);
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
	struct crypto_cert_info info;
	struct error ignored;

	if (path != NULL && crypto_cert_info(path, NULL, &info, &ignored) == 0)
		files_judge_dates(f, EXIT_CODE_UNUSABLE, info.subject, info.not_before,
		                  info.not_after);
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
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "correct this file, which [oem-direct] profile names", "%s",
		                    err.text);
		return;
	}
	d->profiled = true;
	doctor_finding_ok(f, "%s", path[0] != '\0' ? path : "built in");
}

static bool
files_logo_is_good(const char *path, struct error *err)
{
	char *logo = path[0] != '\0' ? logo_read(path, err) : NULL;
	bool good = path[0] == '\0' || logo != NULL;

	free(logo);
	return good;
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
	if (messages != NULL && files_logo_is_good(c->partner_logo, &err))
		pack = render_load(DOCUMENT_PACK, c->stylesheets, &err);
	if (pack != NULL)
		letter = render_load(DOCUMENT_PRINTOUT, c->stylesheets, &err);
	if (letter == NULL)
		doctor_finding_fail(
			f, EXIT_CODE_UNUSABLE,
			"correct the file, or what [partner] logo or [handoff] stylesheets names",
			"%s", err.text);
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
	struct error err;

	if (!d->configured)
		return;
	if (session_check_lists(c, &err) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "correct the configuration, or the file that it names", "%s",
		                    err.text);
	else
		doctor_finding_ok(f, "purpose %s, skip-list %s", c->default_purpose,
		                  c->skip_list[0] != '\0' ? c->skip_list : "none");
}
