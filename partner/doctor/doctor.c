/* Runs the checks of the table and prints their findings. */
#include "partner/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/next_step.h"
#include "partner/app/session_route.h"
#include "partner/doctor/checks.h"

#define FOR_OEM (1U << ROUTE_OEM_DIRECT)
#define FOR_CENTER (1U << ROUTE_PARTNER_CENTER)
#define FOR_BOTH (FOR_OEM | FOR_CENTER)

static const struct {
	const char *name;
	doctor_check_fn *run;
	bool online;     /* opens a connection */
	unsigned routes; /* the check is made for these */
} checks[] = {
	{.name = "configuration", .run = doctor_check_configuration, .routes = FOR_BOTH},
	{.name = "permissions", .run = doctor_check_permissions, .routes = FOR_BOTH},
	{.name = "secret files", .run = doctor_check_secrets, .routes = FOR_BOTH},
	{.name = "client certificate", .run = doctor_check_certificate, .routes = FOR_BOTH},
	{.name = "client expiry", .run = doctor_check_expiry, .routes = FOR_BOTH},
	{.name = "client chain", .run = doctor_check_chain, .routes = FOR_BOTH},
	{.name = "ca certificates", .run = doctor_check_ca, .routes = FOR_BOTH},
	{.name = "signing key", .run = doctor_check_signing, .routes = FOR_BOTH},
	{.name = "signing expiry", .run = doctor_check_signing_expiry, .routes = FOR_BOTH},
	{.name = "profile", .run = doctor_check_profile, .routes = FOR_OEM},
	{.name = "stylesheets", .run = doctor_check_stylesheets, .routes = FOR_BOTH},
	{.name = "lists", .run = doctor_check_lists, .routes = FOR_BOTH},
	{.name = "ledger", .run = doctor_check_ledger, .routes = FOR_BOTH},
	{.name = "ledger schema", .run = doctor_check_schema, .routes = FOR_BOTH},
	{.name = "lock", .run = doctor_check_lock, .routes = FOR_BOTH},
	{.name = "last good run", .run = doctor_check_last_good, .routes = FOR_BOTH},
	{.name = "open runs", .run = doctor_check_open_runs, .routes = FOR_BOTH},
	{.name = "alarms", .run = doctor_check_alarms, .routes = FOR_BOTH},
	{.name = "canary", .run = doctor_check_canary, .routes = FOR_BOTH},
	{.name = "disk", .run = doctor_check_disk, .routes = FOR_BOTH},
	{.name = "handoff directory", .run = doctor_check_handoff, .routes = FOR_BOTH},
	{.name = "outputs", .run = doctor_check_outputs, .routes = FOR_BOTH},
	{.name = "spool", .run = doctor_check_spool, .routes = FOR_BOTH},
	{.name = "spool work", .run = doctor_check_work, .routes = FOR_BOTH},
	{.name = "address", .run = doctor_check_address, .routes = FOR_BOTH},
	{.name = "name", .run = doctor_check_name, .online = true, .routes = FOR_BOTH},
	{.name = "proxy", .run = doctor_check_proxy, .online = true, .routes = FOR_BOTH},
	{.name = "connection", .run = doctor_check_connection, .online = true, .routes = FOR_BOTH},
	{.name = "tls", .run = doctor_check_tls, .online = true, .routes = FOR_BOTH},
	{.name = "service", .run = doctor_check_service, .online = true, .routes = FOR_BOTH},
	{.name = "token", .run = doctor_check_token, .online = true, .routes = FOR_CENTER},
	{.name = "mfa", .run = doctor_check_mfa, .online = true, .routes = FOR_CENTER},
	{.name = "clock", .run = doctor_check_clock, .online = true, .routes = FOR_BOTH},
	{.name = "notify", .run = doctor_check_notify, .online = true, .routes = FOR_BOTH},
	/* the last check, because the process stays confined */
	{.name = "confinement", .run = doctor_check_confinement, .routes = FOR_BOTH},
};

static const struct {
	const char *shown, *word;
} verdicts[] = {
	[VERDICT_NONE] = {"", ""},
	[VERDICT_OK] = {"OK", "ok"},
	[VERDICT_WARN] = {"WARN", "warn"},
	[VERDICT_FAIL] = {"FAIL", "fail"},
};
_Static_assert(ARRAY_SIZE(verdicts) == VERDICT_COUNT, "each verdict needs its words");

static void
doctor_print(const struct options *o, const char *name, const struct finding *f)
{
	struct json *line;

	if (o->json) {
		line = json_object();
		json_add_text(line, "type", "check");
		json_add_text(line, "name", name);
		json_add_text(line, "result", verdicts[f->verdict].word);
		json_add_text(line, "seen", f->seen);
		json_add_text(line, "mend", text_or_null(f->remedy));
		json_line_print(line);
	} else if (!o->quiet || f->verdict != VERDICT_OK) {
		printf("%-4s  %-18s  %s%s%s\n", verdicts[f->verdict].shown, name, f->seen,
		       f->remedy[0] != '\0' ? "; " : "", f->remedy);
	}
}

static void
doctor_print_summary(const struct options *o, const int count[static VERDICT_COUNT], int code)
{
	struct json *line;

	if (!o->json) {
		if (!o->quiet)
			printf("%d OK, %d WARN, %d FAIL; exit code %d\n", count[VERDICT_OK],
			       count[VERDICT_WARN], count[VERDICT_FAIL], code);
		return;
	}
	line = json_object();
	json_add_text(line, "type", "summary");
	for (enum verdict v = VERDICT_OK; v < VERDICT_COUNT; v++)
		json_add_number(line, verdicts[v].word, count[v]);
	json_add_number(line, "exit_code", code);
	json_line_print(line);
}

int
doctor_run(const struct options *o)
{
	struct doctor d = {.session.options = o};
	int count[VERDICT_COUNT] = {0}, code = EXIT_CODE_OK;
	const char *next = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct finding f = {.code = EXIT_CODE_OK};

		if ((checks[i].online && o->offline) ||
		    (checks[i].routes & (1U << d.session.kind)) == 0)
			continue;
		checks[i].run(&d, &f);
		if (f.verdict == VERDICT_NONE)
			continue;
		doctor_print(o, checks[i].name, &f);
		count[f.verdict]++;
		code = exit_code_worse(code, f.code);
		next = next == NULL && f.verdict == VERDICT_FAIL ? f.next : next;
	}
	doctor_print_summary(o, count, code);
	next_step_set("%s", next != NULL ? next : NEXT_STEP_SAME);
	session_close(&d.session);
	return code;
}

static bool
doctor_is_named(const char *const *name, const char *check)
{
	for (; *name != NULL; name++)
		if (strcmp(*name, check) == 0)
			return true;
	return false;
}

bool
doctor_try(const struct session *s, const char *const *name)
{
	struct doctor d = {.session = *s, .configured = true, .profiled = true};
	bool failed = false;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct finding f = {.code = EXIT_CODE_OK};

		if (!doctor_is_named(name, checks[i].name) ||
		    (checks[i].routes & (1U << s->kind)) == 0)
			continue;
		checks[i].run(&d, &f);
		if (f.verdict == VERDICT_WARN || f.verdict == VERDICT_FAIL)
			doctor_print(s->options, checks[i].name, &f);
		failed = failed || f.verdict == VERDICT_FAIL;
	}
	session_route_close(&d.session); /* a check may have opened it */
	return failed;
}
