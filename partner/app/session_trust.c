/* Computes the digest by which a canary is trusted. */
#include "partner/app/session_trust.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/file.h"
#include "partner/ledger/canary.h"

#define TRUST_FILE_MAX ((size_t)1024 * 1024)

static void
trust_add_text(struct crypto_sha256 *d, const char *text)
{
	crypto_sha256_add(d, text, strlen(text) + 1);
}

/* A file that is not readable has been reported, or is not needed. */
static void
trust_add_file(struct crypto_sha256 *d, const char *path)
{
	struct error err;
	struct buf b;

	buf_init(&b, TRUST_FILE_MAX);
	if (path != NULL && path[0] != '\0' && file_read(path, &b, &err) == 0)
		crypto_sha256_add(d, b.data, b.len);
	trust_add_text(d, "");
	buf_release(&b);
}

static void
trust_add_certificate(struct crypto_sha256 *d, const struct config_identity *id)
{
	bool granted;
	char *path = credential_path(id->certificate, &granted);

	trust_add_file(d, path);
	free(path);
}

void
session_trust_set(struct session *s)
{
	const struct config *c = &s->config;
	bool oem = s->kind == ROUTE_OEM_DIRECT;
	struct crypto_sha256 *d = crypto_sha256_new();

	trust_add_text(d, oem ? "oem-direct" : "partner-center");
	trust_add_text(d, UNPILOT_VERSION);
	trust_add_text(d, oem ? c->url : c->partner_center_url);
	trust_add_text(d, oem ? c->wire : c->tenant);
	trust_add_text(d, oem ? c->sold_to : c->client_id);
	trust_add_file(d, oem ? c->profile : NULL);
	trust_add_certificate(d, oem ? &c->oem_direct_identity : &c->partner_center_identity);
	crypto_sha256_end(d, s->trust);
}

int
session_trusted_until(const struct session *s, int64_t *ret, struct error *err)
{
	return ledger_trusted_until(s->ledger, s->trust, s->config.canary_trust, ret, err);
}
