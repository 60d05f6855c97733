/* Finds the run that a command line names: by its id, by the beginning of its id, or as the latest.
 * Suggests a customer for a mistyped key. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/app/suggest.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/report.h"

#define LATEST "latest"
#define SLIP_MAX 3  /* edits: fewer than this are a slip of the finger */
#define SHOWN_MAX 4 /* runs that the error about an ambiguous name lists */

struct matches {
	size_t count;
	char name[LEDGER_RUN_ID_SIZE]; /* of the latest */
	char list[SHOWN_MAX * LEDGER_RUN_ID_SIZE + 8];
};

static void
on_match(void *ctx, const struct ledger_run *run)
{
	struct matches *m = ctx;
	size_t used = strlen(m->list);

	if (m->count == 0)
		text_copy(m->name, sizeof(m->name), run->name);
	if (m->count < SHOWN_MAX)
		snprintf(m->list + used, sizeof(m->list) - used, "%s%s", used > 0 ? ", " : "",
		         run->name);
	else if (m->count == SHOWN_MAX)
		snprintf(m->list + used, sizeof(m->list) - used, ", ...");
	m->count++;
}

/* An empty name must not match every run. */
static int
find_by_prefix(const struct session *s, const char *name, struct ledger_run *ret, struct error *err)
{
	struct matches m = {0};

	if (name[0] != '\0' && ledger_each_match(s->ledger, name, on_match, &m, err) != 0)
		return -1;
	if (m.count > 1)
		return error_set(err, "%zu runs begin with \"%s\": %s: give more of the id",
		                 m.count, name, m.list);
	return m.count == 1 ? ledger_run_find(s->ledger, m.name, ret, err) : 0;
}

static int
found(int rc, const char *missing, const struct error *err)
{
	if (rc == 1)
		return EXIT_CODE_OK;
	log_error("%s", rc < 0 ? err->text : missing);
	next_step_set("status");
	return EXIT_CODE_UNUSABLE;
}

bool
session_knows_customer(const struct session *s, const char *key)
{
	struct error ignored;

	return ledger_customer_known(s->ledger, 0, key, &ignored) == 1;
}

static void
on_run(void *ctx, const struct ledger_run *run)
{
	suggest_offer(ctx, run->name);
}

/* Names the nearest id. Ids of one day differ little, so that only a slip counts as near. */
static void
missing_run(const struct session *s, const char *name, struct error *missing)
{
	struct suggestion near;
	struct error ignored;
	char shown[100];

	suggest_start(&near, name);
	if (near.distance > SLIP_MAX)
		near.distance = SLIP_MAX;
	if (ledger_each_match(s->ledger, "", on_run, &near, &ignored) != 0)
		near.best[0] = '\0';
	suggest_offer(&near, LATEST);
	text_printable(shown, sizeof(shown), name);
	if (session_knows_customer(s, name))
		(void)error_set(missing,
		                "the ledger has no run \"%s\", but a customer of that name: "
		                "\"unpilot find\" shows what happened to its devices",
		                shown);
	else
		(void)error_set(missing, "the ledger has no run \"%s\"%s: see \"unpilot status\"",
		                shown, suggest_text(&near, ""));
}

int
session_find_run(const struct session *s, const char *name, struct ledger_run *ret)
{
	bool latest = name == NULL || strcmp(name, LATEST) == 0;
	struct error err, missing = {""};
	int rc = ledger_run_find(s->ledger, latest ? NULL : name, ret, &err);

	if (rc == 0 && !latest)
		rc = find_by_prefix(s, name, ret, &err);
	if (latest)
		(void)error_set(&missing, "the ledger has no run yet");
	else if (rc == 0)
		missing_run(s, name, &missing);
	rc = found(rc, missing.text, &err);
	if (rc != EXIT_CODE_OK && name != NULL && session_knows_customer(s, name))
		next_step_set_with("find", name);
	return rc;
}

int
session_find_sent_run(const struct session *s, struct ledger_run *ret)
{
	struct error err;
	int rc = ledger_run_latest_sent(s->ledger, ret, &err);

	return found(
		rc,
		"no run of the ledger has sent anything yet: name the run, see \"unpilot status\"",
		&err);
}

static void
on_key(void *ctx, const char *key)
{
	suggest_offer(ctx, key);
}

int
session_unknown_customer(const struct session *s, const char *key)
{
	struct suggestion near;
	struct error err;
	char shown[300];

	suggest_start(&near, key);
	text_printable(shown, sizeof(shown), key);
	if (ledger_each_customer_key(s->ledger, on_key, &near, &err) != 0)
		return exit_code_unusable(&err);
	log_error("the ledger has no customer \"%s\"%s", shown, suggest_text(&near, ""));
	next_step_set("status");
	return EXIT_CODE_UNUSABLE;
}
