/* Checks client certificates in a hook of the handshake, so that a refusal can send an alert. */
#include "samples/sandbox/tls.h"

#include <gnutls/gnutls.h>
#include <string.h>

static const struct {
	const char *name, *priorities;
} versions[] = {
	[TLS_ANY] = {"", "NORMAL"},
	[TLS_1_2] = {"1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2"},
	[TLS_1_3] = {"1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3"},
};
_Static_assert(ARRAY_SIZE(versions) == TLS_VERSION_COUNT, "every version has its priorities");

bool
tls_version_by_name(const char *name, enum tls_version *ret_version)
{
	for (size_t i = TLS_1_2; i < TLS_VERSION_COUNT; i++)
		if (strcmp(name, versions[i].name) == 0) {
			*ret_version = (enum tls_version)i;
			return true;
		}
	return false;
}

const char *
tls_priorities(enum tls_version version)
{
	return versions[version].priorities;
}

/* Chooses the alert that says why the client is refused. False: the client is not refused. */
static bool
refusal(gnutls_session_t session, gnutls_alert_description_t *ret_alert)
{
	unsigned n = 0, status = 0;

	if (gnutls_certificate_get_peers(session, &n) == NULL || n == 0)
		/* certificate_required exists in TLS 1.3 only (RFC 8446, 6.2). */
		*ret_alert = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3
		                     ? GNUTLS_A_CERTIFICATE_REQUIRED
		                     : GNUTLS_A_HANDSHAKE_FAILURE;
	else if (gnutls_certificate_verify_peers2(session, &status) != 0)
		*ret_alert = GNUTLS_A_BAD_CERTIFICATE;
	else if (status != 0)
		*ret_alert = (status & GNUTLS_CERT_EXPIRED) != 0 ? GNUTLS_A_CERTIFICATE_EXPIRED
		                                                 : GNUTLS_A_UNKNOWN_CA;
	else
		return false;
	return true;
}

/* Runs after the client's Finished: by then its certificate is known and proven. */
static int
refuse_silently(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                const gnutls_datum_t *message)
{
	gnutls_alert_description_t alert;

	(void)type;
	(void)when;
	(void)message;
	return incoming != 0 && refusal(session, &alert) ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

/*
 * GNUTLS_CERT_REQUIRE is not enough: libmicrohttpd would close without an alert, and the client
 * could not tell a refusal from a broken connection.
 */
static int
refuse_with_alert(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                  const gnutls_datum_t *message)
{
	gnutls_alert_description_t alert;

	(void)type;
	(void)when;
	(void)message;
	if (incoming == 0 || !refusal(session, &alert))
		return 0;
	gnutls_alert_send(session, GNUTLS_AL_FATAL, alert);
	return GNUTLS_E_CERTIFICATE_ERROR;
}

void
tls_require_client(void *session, bool alert)
{
	gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
	                                   alert ? refuse_with_alert : refuse_silently);
}

bool
tls_client_is_ours(void *session)
{
	unsigned status = 0;

	return gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
}

ssize_t
tls_send(void *session, const void *data, size_t len)
{
	ssize_t n = gnutls_record_send(session, data, len);

	if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
		return 0;
	return n < 0 ? -1 : n;
}
