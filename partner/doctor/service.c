/* Checks the connection to the service. The first check probes it, and each later one reads its
 * part of the result. With good credentials the route makes its preflight request, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/session_route.h"
#include "partner/doctor/checks.h"

#define SKEW_WARN_S 60  /* a token request is valid for minutes from now */
#define SKEW_FAIL_S 300 /* token authorities tolerate no more */
#define WAIT_MS 1000    /* of one wait; the transfers have their own time-outs */

void
doctor_check_address(struct doctor *d, struct finding *f)
{
	struct error err;

	if (!d->configured)
		return;
	if (session_route_check_address(&d->session, &err) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "set it to the address the service gave you", "%s", err.text);
	else
		doctor_finding_ok(f, "%s", session_route_address(&d->session));
}

static void
service_on_probed(void *ctx, const struct http_answer *a)
{
	struct doctor *d = ctx;

	d->probed = true;
	d->answer = *a;
	d->answer.body = NULL;
	text_printable(d->address, sizeof(d->address), a->address);
	text_printable(d->tls, sizeof(d->tls), a->tls);
	text_printable(d->detail, sizeof(d->detail), a->detail);
}

static void
service_on_asked(void *ctx, const struct route_result *result)
{
	struct doctor *d = ctx;

	d->asked = true;
	d->result = *result;
	text_printable(d->reason, sizeof(d->reason), result->reason);
}

/* Makes the route's preflight request. With bad credentials a run would end before it. */
static void
service_ask_route(struct doctor *d)
{
	struct route *r;
	struct error err;

	if (!d->identified || (d->session.kind == ROUTE_OEM_DIRECT && !d->profiled))
		return;
	if (d->session.route == NULL && session_route_open(&d->session) != EXIT_CODE_OK)
		return;
	r = d->session.route;
	if (r->ops->check(r, service_on_asked, d, &err) != 0)
		return;
	while (!d->asked && r->ops->wait(r, WAIT_MS, &err) == 0)
		continue;
}

/* Probes the service: with the client certificate, or without it as far as the TLS handshake. */
static void
service_probe(struct doctor *d)
{
	struct http_request request = {.method = HTTP_HEAD,
	                               .url = session_route_address(&d->session),
	                               .done = service_on_probed,
	                               .ctx = d};
	struct http_settings http;
	struct http_client *client;
	struct error err;

	if (d->probed || !d->configured || session_route_check_address(&d->session, &err) != 0)
		return;
	service_ask_route(d);
	http = session_route_http(&d->session);
	client = http_client_new(&http, &err);
	if (client != NULL && http_start(client, &request, &err) == 0)
		while (!d->probed && http_wait(client, WAIT_MS, &err) == 0)
			continue;
	http_client_free(client);
}

void
doctor_check_name(struct doctor *d, struct finding *f)
{
	service_probe(d);
	if (!d->probed)
		return;
	if (d->answer.stage == HTTP_AT_NAME)
		doctor_finding_fail(f, EXIT_CODE_UNREACHABLE, "check DNS, or set a proxy", "%s",
		                    d->detail);
	else if (d->answer.proxied || d->answer.stage == HTTP_AT_PROXY)
		doctor_finding_ok(f, "the proxy resolves it");
	else
		doctor_finding_ok(f, "%s", d->address[0] != '\0' ? d->address : "resolved");
}

void
doctor_check_proxy(struct doctor *d, struct finding *f)
{
	if (!d->probed || d->answer.stage == HTTP_AT_NAME)
		return;
	if (d->answer.stage == HTTP_AT_PROXY)
		doctor_finding_fail(f, EXIT_CODE_UNREACHABLE,
		                    "check the key proxy and the environment variable https_proxy",
		                    "%s", d->detail);
	else
		doctor_finding_ok(f, "%s", d->answer.proxied ? "accepts the connection" : "none");
}

void
doctor_check_connection(struct doctor *d, struct finding *f)
{
	if (!d->probed || d->answer.stage < HTTP_AT_CONNECTION)
		return;
	if (d->answer.stage == HTTP_AT_CONNECTION)
		doctor_finding_fail(f, EXIT_CODE_UNREACHABLE, "check address, port and firewall",
		                    "%s", d->detail);
	else
		doctor_finding_ok(f, "%s answers", d->address);
}

/* The service ended the handshake because the probe had no client certificate. That says nothing
 * about the service's own certificate. */
static bool
service_hides_certificate(const struct doctor *d)
{
	return d->session.route == NULL && strcasestr(d->detail, "alert") != NULL;
}

void
doctor_check_tls(struct doctor *d, struct finding *f)
{
	if (!d->probed || d->answer.stage < HTTP_AT_TLS || service_hides_certificate(d))
		return;
	if (d->answer.stage == HTTP_AT_TLS)
		doctor_finding_fail(
			f, d->answer.certificate_refused ? EXIT_CODE_DENIED : EXIT_CODE_UNREACHABLE,
			strcasestr(d->detail, "alert") != NULL
				? "the service refuses the client certificate: ask it which one it accepts"
				: "set ca-file to the issuer of the service's certificate",
			"%s", d->detail);
	else
		doctor_finding_ok(f, "%s, certificate and name are valid",
		                  d->tls[0] != '\0' ? d->tls : "1.2 or newer");
}

/* Judges the answer to the preflight request. */
static void
service_judge_result(const struct doctor *d, struct finding *f)
{
	switch (d->result.end) {
	case ROUTE_ANSWERED:
	case ROUTE_ACCEPTED:
	case ROUTE_FOUND:
	case ROUTE_PENDING:
		doctor_finding_ok(f, "%s", d->reason[0] != '\0' ? d->reason : "answers");
		break;
	case ROUTE_BUSY:
		doctor_finding_warn(f, "try again later", "throttles: %s", d->reason);
		break;
	case ROUTE_DENIED:
		doctor_finding_fail(f, EXIT_CODE_DENIED,
		                    "ask the service which credentials it accepts", "%s",
		                    d->reason);
		break;
	case ROUTE_NOT_SENT:
	case ROUTE_REFUSED:
	case ROUTE_LOST:
	case ROUTE_FORGOTTEN:
	case ROUTE_GUARDED:
	case ROUTE_SKIPPED:
	case ROUTE_END_COUNT:
		doctor_finding_fail(f, EXIT_CODE_UNREACHABLE, "check the service's status page",
		                    "%s", d->reason);
		break;
	}
}

void
doctor_check_service(struct doctor *d, struct finding *f)
{
	if (!d->probed || d->answer.stage < HTTP_AT_ANSWER)
		return;
	/* On Partner Center a refusal concerns the token, which has its own check. */
	if (d->asked && !(d->session.kind == ROUTE_PARTNER_CENTER && d->result.end == ROUTE_DENIED))
		service_judge_result(d, f);
	else if (d->answer.stage == HTTP_AT_END)
		doctor_finding_ok(f, "answers (HTTP %ld); no credentials were sent",
		                  d->answer.status);
}

void
doctor_check_token(struct doctor *d, struct finding *f)
{
	if (!d->asked)
		return;
	if (d->result.end == ROUTE_DENIED)
		service_judge_result(d, f);
	else if (d->result.end == ROUTE_ANSWERED)
		doctor_finding_ok(f, "issued and accepted");
}

static void
service_on_signed_in(void *ctx, const struct route_result *result)
{
	struct doctor *d = ctx;

	d->sign_in_asked = true;
	d->sign_in = *result;
	text_printable(d->sign_in_reason, sizeof(d->sign_in_reason), result->reason);
}

static void
service_ask_sign_in(struct doctor *d)
{
	struct route *r = d->session.route;
	struct error err;

	if (r->ops->check_sign_in(r, service_on_signed_in, d, &err) != 0)
		return;
	while (!d->sign_in_asked && r->ops->wait(r, WAIT_MS, &err) == 0)
		continue;
}

/* Partner Center refuses app and user without MFA, on more and more calls. */
void
doctor_check_mfa(struct doctor *d, struct finding *f)
{
	static const char remedy[] = "consent once more, with MFA, and store the new refresh token";

	if (!d->asked || d->result.end != ROUTE_ANSWERED)
		return;
	if (d->session.config.refresh_token_file[0] == '\0') {
		doctor_finding_ok(f, "not needed: the app signs in without a user");
		return;
	}
	service_ask_sign_in(d);
	if (!d->sign_in_asked)
		return;
	if (d->sign_in.end == ROUTE_ANSWERED)
		doctor_finding_ok(f, "%s", d->sign_in_reason);
	else if (d->sign_in.end == ROUTE_REFUSED || d->sign_in.end == ROUTE_DENIED)
		doctor_finding_fail(f, EXIT_CODE_DENIED, remedy, "%s", d->sign_in_reason);
	else
		doctor_finding_warn(f, "try again later", "%s", d->sign_in_reason);
}

void
doctor_check_clock(struct doctor *d, struct finding *f)
{
	long long skew = d->answer.date - clock_now();
	long long size = skew < 0 ? -skew : skew;

	if (!d->probed || d->answer.date == 0)
		return;
	if (size > SKEW_FAIL_S)
		doctor_finding_fail(f, EXIT_CODE_DENIED, "set the clock (timedatectl set-ntp true)",
		                    "%lld s %s the service", size,
		                    skew > 0 ? "behind" : "ahead of");
	else if (size > SKEW_WARN_S)
		doctor_finding_warn(f, "set the clock (timedatectl set-ntp true)",
		                    "%lld s %s the service", size,
		                    skew > 0 ? "behind" : "ahead of");
	else
		doctor_finding_ok(f, "agrees with the service");
}
