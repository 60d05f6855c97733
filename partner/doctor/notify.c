/* Checks the receiver of [notify]: its host, its certificate, the key. Sends it no notice. */
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "partner/app/config_text.h"
#include "partner/app/exit_code.h"
#include "partner/app/notify.h"
#include "partner/doctor/checks.h"

#define WAIT_MS 1000 /* of one wait; the transfer has its own time-out */

struct probe {
	bool over;
	enum http_stage stage;
	long status;
	char detail[FINDING_TEXT];
};

static void
notify_on_probed(void *ctx, const struct http_answer *a)
{
	struct probe *p = ctx;

	*p = (struct probe){.over = true, .stage = a->stage, .status = a->status};
	text_printable(p->detail, sizeof(p->detail), a->detail);
}

/* A HEAD, which no receiver takes for a notice. */
static void
notify_probe(const struct session *s, struct probe *p)
{
	struct http_settings settings = notify_http(s);
	struct http_request request = {.method = HTTP_HEAD,
	                               .url = s->config.notify_url,
	                               .done = notify_on_probed,
	                               .ctx = p};
	struct error err = {.text = "no answer"};
	struct http_client *client = http_client_new(&settings, &err);

	if (client != NULL && http_start(client, &request, &err) == 0)
		while (!p->over && http_wait(client, WAIT_MS, &err) == 0)
			continue;
	if (!p->over)
		text_printable(p->detail, sizeof(p->detail), err.text);
	http_client_free(client);
}

static void
notify_judge(const struct session *s, struct finding *f)
{
	struct probe p = {.stage = HTTP_AT_CONNECTION};
	char *shown = config_text_origin(s->config.notify_url);

	notify_probe(s, &p);
	if (p.stage != HTTP_AT_END)
		doctor_finding_warn(f,
		                    "check [notify] url, the proxy, and the issuer of the "
		                    "receiver's certificate; runs go on without it",
		                    "%s: %s", shown, p.detail);
	else
		doctor_finding_ok(f, "%s answers (HTTP %ld); notices are %s", shown, p.status,
		                  s->config.notify_key_file[0] != '\0' ? "signed" : "not signed");
	free(shown);
}

void
doctor_check_notify(struct doctor *d, struct finding *f)
{
	const struct session *s = &d->session;
	struct error err;

	if (!d->configured || s->config.notify_url[0] == '\0')
		return;
	if (notify_check_key(&s->config, &err) != 0) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "chmod 600 the file, and write the key in "
		                    "its first line",
		                    "%s", err.text);
		return;
	}
	notify_judge(s, f);
}
