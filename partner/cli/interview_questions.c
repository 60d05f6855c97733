/* The questions of the interview, and what an answer is tested for. */
#include "partner/cli/interview_questions.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/http_proxy.h"
#include "partner/app/config_check.h"
#include "partner/app/session_route.h"

#define FOR_OEM (1U << ROUTE_OEM_DIRECT)
#define FOR_CENTER (1U << ROUTE_PARTNER_CENTER)
#define FOR_BOTH (FOR_OEM | FOR_CENTER)
static int
test_folder(struct session *s UNUSED, const char *path, struct error *err)
{
	char *folder = file_existing(path);
	int rc = 0;

	if (path[0] != '\0' && access(folder, W_OK | X_OK) != 0)
		rc = error_set(err, "%s: this user cannot write there", folder);
	free(folder);
	return rc;
}

int
interview_test_place(struct session *s, const char *path, struct error *err)
{
	char *copy = xstrdup(path);
	int rc = test_folder(s, dirname(copy), err);

	free(copy);
	return rc;
}

static int
test_ledger(struct session *s, const char *url, struct error *err)
{
	return strncmp(url, INTERVIEW_SQLITE, strlen(INTERVIEW_SQLITE)) == 0
	               ? interview_test_place(s, url + strlen(INTERVIEW_SQLITE), err)
	               : 0; /* a server: init reports what is wrong */
}

static int
test_route(struct session *s, const char *value, struct error *err)
{
	return session_route_parse(value, &s->kind)
	               ? 0
	               : error_set(err, "unknown route \"%s\": use oem-direct or partner-center",
	                           value);
}

void
interview_forms(const struct session *s, struct crypto_form *certificate, struct crypto_form *key)
{
	const struct config_identity *id = session_route_identity(s);
	struct error ignored;

	if (crypto_form_of(id->certificate, certificate, &ignored) != 0)
		*certificate = (struct crypto_form){0};
	*key = *certificate;
	if (!certificate->pkcs12 && id->key[0] != '\0' &&
	    crypto_form_of(id->key, key, &ignored) != 0)
		*key = (struct crypto_form){0};
}

static int
test_certificate(struct session *s UNUSED, const char *path, struct error *err)
{
	struct crypto_cert_info info;
	struct crypto_form form;

	if (path[0] == '\0')
		return 0;
	if (crypto_form_of(path, &form, err) != 0)
		return -1;
	return form.pkcs12 && form.encrypted ? 0 : crypto_cert_info(path, NULL, &info, err);
}

/* Somebody may type the passphrase itself, which no message repeats. */
static int
test_passphrase(struct session *s UNUSED, const char *path, struct error *err)
{
	if (access(path, F_OK) == 0)
		return 0;
	return error_set(err, "there is no such file: give the path of a file that holds the "
	                      "passphrase, and never the passphrase itself");
}

static int
test_proxy(struct session *s UNUSED, const char *address, struct error *err)
{
	if (strchr(address, '@') != NULL)
		return error_set(err,
		                 "a password does not belong in this file: leave the answer empty, "
		                 "and set https_proxy in the environment of unpilot");
	return address[0] != '\0' ? http_proxy_check(address, err) : 0;
}

static int
test_account(struct session *s, const char *value UNUSED, struct error *err)
{
	return config_check_values(&s->config, err);
}

#define REACH "name", "proxy", "connection"
#define KEY_TEXT "Its private key, mode 0600 (empty: in the same file)"
#define PASSPHRASE_TEXT "File whose first line is its passphrase, mode 0600"
#define PROXY_TEXT "Proxy, http://host:port (empty: as the environment says)"
#define OEM_GOOD "certificate and key fit, and the service accepts them"
#define CENTER_GOOD "certificate and key fit, and a token was issued"
#define PAIR "secret files", "client certificate", "client expiry"

const struct question interview_questions[] = {
	{.routes = FOR_BOTH,
         .section = "partner",
         .key = "name",
         .text = "Your name, as customers read it"},
	{.routes = FOR_BOTH,
         .section = "run",
         .key = "route",
         .text = "Route: oem-direct or partner-center",
         .needed = true,
         .test = test_route},
	{.routes = FOR_OEM,
         .section = "oem-direct",
         .key = "url",
         .text = "Address of the service, https://...",
         .needed = true,
         .checks = {"address", REACH},
         .good = "it answers"},
	{.routes = FOR_OEM,
         .section = "oem-direct",
         .key = "proxy",
         .text = PROXY_TEXT,
         .optional = true,
         .test = test_proxy,
         .checks = {REACH},
         .good = "the service answers through it"},
	{.routes = FOR_OEM,
         .section = "oem-direct",
         .key = "ca-file",
         .text = "CA certificates to trust, a PEM file (empty: the system's)",
         .checks = {"ca certificates", "tls", REACH},
         .good = "read"},
	{.routes = FOR_OEM,
         .part = PART_CERTIFICATE,
         .section = "oem-direct",
         .key = "certificate",
         .text = "Your client certificate, PEM or PKCS#12",
         .needed = true,
         .test = test_certificate,
         .checks = {PAIR, "tls", "service", "name"},
         .good = OEM_GOOD},
	{.routes = FOR_OEM,
         .part = PART_KEY,
         .section = "oem-direct",
         .key = "key",
         .text = KEY_TEXT,
         .checks = {PAIR, "tls", "service", "name"},
         .good = OEM_GOOD},
	{.routes = FOR_OEM,
         .part = PART_PASSPHRASE,
         .section = "oem-direct",
         .key = "key-passphrase-file",
         .text = PASSPHRASE_TEXT,
         .needed = true,
         .test = test_passphrase,
         .checks = {PAIR, "tls", "service", "name"},
         .good = OEM_GOOD},
	{.routes = FOR_OEM,
         .section = "oem-direct",
         .key = "sold-to",
         .text = "Your account number (empty: each list has it)",
         .test = test_account},
	{.routes = FOR_CENTER,
         .section = "partner-center",
         .key = "url",
         .text = "Address of the service",
         .needed = true,
         .checks = {"address", REACH, "tls"},
         .good = "it answers"},
	{.routes = FOR_CENTER,
         .section = "partner-center",
         .key = "proxy",
         .text = PROXY_TEXT,
         .optional = true,
         .test = test_proxy,
         .checks = {REACH, "tls"},
         .good = "the service answers through it"},
	{.routes = FOR_CENTER,
         .section = "partner-center",
         .key = "tenant",
         .text = "Your own tenant, for which tokens are issued",
         .needed = true},
	{.routes = FOR_CENTER,
         .section = "partner-center",
         .key = "client-id",
         .text = "Id of your app registration",
         .needed = true},
	{.routes = FOR_CENTER,
         .part = PART_CERTIFICATE,
         .section = "partner-center",
         .key = "certificate",
         .text = "The app's certificate, PEM or PKCS#12",
         .needed = true,
         .test = test_certificate,
         .checks = {PAIR, "service", "token", "name"},
         .good = CENTER_GOOD},
	{.routes = FOR_CENTER,
         .part = PART_KEY,
         .section = "partner-center",
         .key = "key",
         .text = KEY_TEXT,
         .checks = {PAIR, "service", "token", "name"},
         .good = CENTER_GOOD},
	{.routes = FOR_CENTER,
         .part = PART_PASSPHRASE,
         .section = "partner-center",
         .key = "key-passphrase-file",
         .text = PASSPHRASE_TEXT,
         .needed = true,
         .test = test_passphrase,
         .checks = {PAIR, "service", "token", "name"},
         .good = CENTER_GOOD},
	{.routes = FOR_BOTH,
         .section = "ledger",
         .key = "url",
         .text = "Ledger, sqlite:FILE or a server's URL",
         .sub = "ledger.db",
         .needed = true,
         .test = test_ledger},
	{.routes = FOR_BOTH,
         .section = "handoff",
         .key = "directory",
         .text = "Folder for the packs of customers",
         .sub = "handoff",
         .needed = true,
         .test = test_folder},
	{.routes = FOR_BOTH,
         .section = "spool",
         .key = "directory",
         .text = "Folder that lists are dropped into (empty: none)",
         .test = test_folder},
};
const size_t interview_question_count = ARRAY_SIZE(interview_questions);

bool
interview_is_wanted(const struct session *s, const struct question *q)
{
	struct crypto_form certificate, key;

	if ((q->routes & (1U << s->kind)) == 0)
		return false;
	if (q->part == PART_NONE || q->part == PART_CERTIFICATE)
		return true;
	interview_forms(s, &certificate, &key);
	return q->part == PART_KEY ? !certificate.pkcs12 : key.encrypted;
}

bool
interview_is_last(const struct session *s, const struct question *q)
{
	struct crypto_form certificate, key;

	if (q->part == PART_NONE || q->part == PART_PASSPHRASE)
		return true;
	interview_forms(s, &certificate, &key);
	return !key.encrypted && (q->part == PART_KEY || certificate.pkcs12);
}
