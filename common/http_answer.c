/* Turns libcurl's codes and times into sent or not sent, and into the step that failed. */
#include "common/http_answer.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* TLS alerts about our certificate, in OpenSSL's words. */
static bool
is_certificate_alert(const char *why)
{
	static const char *const alerts[] = {
		"certificate required",    "bad certificate",     "certificate expired",
		"certificate revoked",     "certificate unknown", "unknown ca",
		"unsupported certificate", "access denied",       "handshake failure",
		"unknown certificate",
	};

	if (strcasestr(why, "alert") == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(alerts); i++)
		if (strcasestr(why, alerts[i]) != NULL)
			return true;
	return false;
}

static bool
is_certificate_refused(CURLcode code, const char *why)
{
	switch ((int)code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS: return true;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR: return is_certificate_alert(why);
	default: return false;
	}
}

static long
retry_after(const struct http_ended *t)
{
	curl_off_t seconds = 0;

	if (http_headers_find(t->headers, "Retry-After") == NULL)
		return HTTP_RETRY_AFTER_NONE;
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &seconds); /* both forms */
	if (seconds < 0)
		return 0; /* a date in the past: libcurl 7.88 returns it as a negative number */
	return seconds > LONG_MAX ? LONG_MAX : (long)seconds;
}

/* libcurl also counts bytes sent to a proxy. The service gets none before the TLS handshake ends, and
 * then the guard is asked. A second attempt may have failed earlier than the first. */
static bool
nothing_left(const struct http_ended *t)
{
	curl_off_t handshake = 0;
	long sent = 0, connects = 0;

	curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	if (t->guarded)
		return !t->reached || sent <= t->preamble;
	curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(t->easy, CURLINFO_APPCONNECT_TIME_T, &handshake);
	return sent == 0 || (connects > 0 && handshake == 0);
}

static enum http_stage
stage_of(const struct http_ended *t, bool proxied)
{
	curl_off_t connected = 0, handshake = 0;
	long refused = 0;

	curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(t->easy, CURLINFO_APPCONNECT_TIME_T, &handshake);
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &refused);
	if (t->code == CURLE_OK)
		return HTTP_AT_END;
	if (t->code == CURLE_COULDNT_RESOLVE_HOST)
		return HTTP_AT_NAME;
	/* a failed handshake sets no connect time, so test for it first */
	if (t->code == CURLE_SSL_CONNECT_ERROR || is_certificate_refused(t->code, t->why))
		return HTTP_AT_TLS;
	if (t->code == CURLE_COULDNT_RESOLVE_PROXY || t->code == CURLE_PROXY ||
	    (proxied && (connected == 0 || (refused != 0 && refused != 200))))
		return HTTP_AT_PROXY;
	if (connected == 0)
		return HTTP_AT_CONNECTION;
	return handshake == 0 ? HTTP_AT_TLS : HTTP_AT_ANSWER;
}

/* The proxy may come from the environment; libcurl reports whether it used one. */
static bool
is_proxied(const struct http_ended *t)
{
	long used = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &used);
	return t->proxy || used != 0;
}

static void
fill_diagnosis(const struct http_ended *t, struct http_answer *a)
{
	const char *date = http_headers_find(t->headers, "Date");
	char *ip = NULL;

	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	a->address = ip != NULL ? ip : "";
	a->tls = t->tls;
	a->proxied = is_proxied(t);
	a->stage = stage_of(t, a->proxied);
	if (t->code == CURLE_OK && date != NULL) {
		time_t at = curl_getdate(date, NULL);
		a->date = at > 0 ? (int64_t)at : 0;
	}
}

/* libcurl quotes the address of a proxy that it cannot use, with the password. No other address that
 * it may quote contains an @. */
static const char *
detail_of(const struct http_ended *t)
{
	bool usable = t->why[0] != '\0' && strchr(t->why, '@') == NULL;

	return usable ? t->why : curl_easy_strerror(t->code);
}

struct http_answer
http_answer_of(const struct http_ended *t)
{
	struct http_answer a = {.retry_after = HTTP_RETRY_AFTER_NONE};
	char *type = NULL;

	a.detail = detail_of(t);
	if (t->code == CURLE_OK) {
		a.end = HTTP_REPLIED;
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &a.status);
		curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
		a.retry_after = retry_after(t);
	} else {
		a.end = nothing_left(t) ? HTTP_NOT_SENT : HTTP_LOST;
		a.certificate_refused = is_certificate_refused(t->code, a.detail);
		a.too_large = t->body->overflow;
		if (a.too_large)
			a.detail = "the answer is larger than its limit";
	}
	fill_diagnosis(t, &a);
	a.headers = t->headers;
	a.content_type = type != NULL ? type : "";
	a.body = t->body->data;
	a.body_len = t->body->len;
	return a;
}

const char *
http_header(const struct http_answer *a, const char *name)
{
	if (a->headers == NULL || a->end != HTTP_REPLIED)
		return NULL;
	return http_headers_find(a->headers, name);
}
