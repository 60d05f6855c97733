/* Signs, posts, and repeats what did not arrive. run/notices.c composes the texts. */
#include "partner/app/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "common/wipe.h"
#include "partner/app/config_text.h"
#include "partner/app/session_route.h"
#include "partner/engine/signals.h"

#define ATTEMPT_MS 10000 /* of one attempt, with its connection */
#define WAIT_MS 200      /* of one wait, so that a signal is seen soon */
#define ANSWER_MAX ((size_t)64 * 1024)
#define HEADER_SIZE 128

/* *ret: NULL if none is configured. The caller wipes and frees it. */
static int
load_key(const struct config *c, char **ret, struct error *err)
{
	char *path;
	int rc = credential_secret(c->notify_key_file, "[notify] key-file", &path, err);

	*ret = NULL;
	if (rc == 0 && path != NULL && (*ret = file_read_secret(path, err)) == NULL)
		rc = error_prefix(err, "[notify] key-file");
	if (rc == 0 && *ret != NULL && (*ret)[0] == '\0') {
		rc = error_set(err, "[notify] key-file: %s: its first line is empty", path);
		free(*ret);
		*ret = NULL;
	}
	free(path);
	return rc;
}

int
notify_check_key(const struct config *c, struct error *err)
{
	char *key;
	int rc = load_key(c, &key, err);

	if (key != NULL)
		wipe(key, strlen(key));
	free(key);
	return rc;
}

struct http_settings
notify_http(const struct session *s)
{
	const struct config_identity *route = session_route_identity(s);

	return (struct http_settings){.ca_file = text_or_null(route->ca_file),
	                              .system_roots = true,
	                              .proxy = text_or_null(route->proxy),
	                              .connect_timeout_ms = ATTEMPT_MS,
	                              .timeout_ms = ATTEMPT_MS,
	                              .parallel = 1,
	                              .body_max = ANSWER_MAX};
}

struct post {
	const char *url, *body;
	size_t len;
	char signature[HEADER_SIZE]; /* a header; "": none */
	bool over, delivered, final; /* of the last attempt; final: trying again is of no use */
	char result[256];
};

static void
on_answer(void *ctx, const struct http_answer *a)
{
	struct post *p = ctx;
	bool replied = a->end == HTTP_REPLIED;

	p->over = true;
	p->delivered = replied && a->status >= 200 && a->status < 300;
	p->final = replied ? a->status < 500 && a->status != 408 && a->status != 429
	                   : a->certificate_refused;
	if (replied)
		snprintf(p->result, sizeof(p->result), "HTTP %ld", a->status);
	else
		text_printable(p->result, sizeof(p->result), a->detail);
}

static void
attempt(const struct session *s, struct post *p)
{
	const char *headers[] = {"Content-Type: application/json",
	                         p->signature[0] != '\0' ? p->signature : NULL, NULL};
	struct http_request request = {.method = HTTP_POST,
	                               .url = p->url,
	                               .headers = headers,
	                               .body = p->body,
	                               .body_len = p->len,
	                               .done = on_answer,
	                               .ctx = p};
	struct http_settings settings = notify_http(s);
	struct error err = {.text = "no answer"};
	struct http_client *client = http_client_new(&settings, &err);

	p->over = p->delivered = p->final = false;
	if (client != NULL && http_start(client, &request, &err) == 0)
		while (!p->over && http_wait(client, WAIT_MS, &err) == 0)
			continue;
	if (!p->over)
		text_printable(p->result, sizeof(p->result), err.text);
	http_client_free(client);
}

static void
sign(struct post *p, const char *key)
{
	char hex[CRYPTO_HEX_SIZE];

	crypto_hmac_sha256(key, strlen(key), p->body, p->len, hex);
	snprintf(p->signature, sizeof(p->signature), NOTIFY_SIGNATURE ": sha256=%s", hex);
}

/* In short steps, so that a signal is seen. false: a signal arrived. */
static bool
wait_until(int64_t tick_ms)
{
	while (signals_seen() == 0 && clock_tick_ms() < tick_ms)
		clock_sleep_ms(WAIT_MS);
	return signals_seen() == 0;
}

static void
deliver(const struct session *s, struct post *p, const char *shown, int64_t until_ms)
{
	for (unsigned failures = 1;; failures++) {
		int64_t next;

		attempt(s, p);
		if (p->delivered) {
			log_info("notify: %s took the summary (%s)", shown, p->result);
			return;
		}
		next = clock_tick_ms() + patience_backoff_ms(failures);
		if (p->final || next >= until_ms)
			break;
		if (failures == 1)
			log_info("notify: %s: %s: trying again", shown, p->result);
		if (!wait_until(next))
			break;
	}
	log_error("notify: %s did not take the summary: %s; check [notify] with \"unpilot doctor\"",
	          shown, p->result);
}

void
notify_post(const struct session *s, const char *body, size_t len, int64_t until_ms)
{
	struct post p = {.url = s->config.notify_url, .body = body, .len = len};
	char *shown = config_text_origin(p.url), *key;
	struct error err;

	if (load_key(&s->config, &key, &err) != 0) {
		log_error("notify: nothing sent to %s: %s", shown, err.text);
		free(shown);
		return;
	}
	if (key != NULL) {
		sign(&p, key);
		wipe(key, strlen(key));
	}
	deliver(s, &p, shown, until_ms);
	free(key);
	free(shown);
}
