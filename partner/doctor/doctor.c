/* The table of checks, and how their findings are printed. */
#include "partner/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"

#define FOR_OEM (1U << ROUTE_OEM_DIRECT)
#define FOR_CENTER (1U << ROUTE_PARTNER_CENTER)
#define FOR_BOTH (FOR_OEM | FOR_CENTER)

static const struct {
	const char *name;
	doctor_check_fn *run;
	bool online;     /* opens a connection */
	unsigned routes; /* of the route in force */
} checks[] = {
	{"configuration", doctor_check_configuration, false, FOR_BOTH},
	{"permissions", doctor_check_permissions, false, FOR_BOTH},
	{"secret files", doctor_check_secrets, false, FOR_BOTH},
	{"client certificate", doctor_check_certificate, false, FOR_BOTH},
	{"client expiry", doctor_check_expiry, false, FOR_BOTH},
	{"client chain", doctor_check_chain, false, FOR_BOTH},
	{"ca certificates", doctor_check_ca, false, FOR_BOTH},
	{"signing key", doctor_check_signing, false, FOR_BOTH},
	{"signing expiry", doctor_check_signing_expiry, false, FOR_BOTH},
	{"profile", doctor_check_profile, false, FOR_OEM},
	{"stylesheets", doctor_check_stylesheets, false, FOR_BOTH},
	{"lists", doctor_check_lists, false, FOR_BOTH},
	{"ledger", doctor_check_ledger, false, FOR_BOTH},
	{"ledger schema", doctor_check_schema, false, FOR_BOTH},
	{"lock", doctor_check_lock, false, FOR_BOTH},
	{"last good run", doctor_check_last_good, false, FOR_BOTH},
	{"open runs", doctor_check_open_runs, false, FOR_BOTH},
	{"disk", doctor_check_disk, false, FOR_BOTH},
	{"handoff directory", doctor_check_handoff, false, FOR_BOTH},
	{"spool", doctor_check_spool, false, FOR_BOTH},
	{"spool work", doctor_check_work, false, FOR_BOTH},
	{"address", doctor_check_address, false, FOR_BOTH},
	{"name", doctor_check_name, true, FOR_BOTH},
	{"proxy", doctor_check_proxy, true, FOR_BOTH},
	{"connection", doctor_check_connection, true, FOR_BOTH},
	{"tls", doctor_check_tls, true, FOR_BOTH},
	{"service", doctor_check_service, true, FOR_BOTH},
	{"token", doctor_check_token, true, FOR_CENTER},
	{"clock", doctor_check_clock, true, FOR_BOTH},
	{"confinement", doctor_check_confinement, false, FOR_BOTH}, /* last: it stays on */
};

static const struct {
	const char *shown, *word;
} verdicts[] = {
	[VERDICT_NONE] = {"", ""},
	[VERDICT_OK] = {"OK", "ok"},
	[VERDICT_WARN] = {"WARN", "warn"},
	[VERDICT_FAIL] = {"FAIL", "fail"},
};
_Static_assert(ARRAY_SIZE(verdicts) == VERDICT_COUNT, "every verdict has its words");

static void
print(const struct options *o, const char *name, const struct finding *f)
{
	struct json *line;

	if (o->json) {
		line = json_object();
		json_add_text(line, "type", "check");
		json_add_text(line, "name", name);
		json_add_text(line, "result", verdicts[f->verdict].word);
		json_add_text(line, "seen", f->seen);
		json_add_text(line, "mend", text_or_null(f->mend));
		json_line_print(line);
	} else if (!o->quiet || f->verdict != VERDICT_OK) {
		printf("%-4s  %-18s  %s%s%s\n", verdicts[f->verdict].shown, name, f->seen,
		       f->mend[0] != '\0' ? "; " : "", f->mend);
	}
}

static void
print_summary(const struct options *o, const int count[static VERDICT_COUNT], int code)
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

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct finding f = {.code = EXIT_CODE_OK};

		if ((checks[i].online && o->offline) ||
		    (checks[i].routes & (1U << d.session.kind)) == 0)
			continue;
		checks[i].run(&d, &f);
		if (f.verdict == VERDICT_NONE)
			continue;
		print(o, checks[i].name, &f);
		count[f.verdict]++;
		code = exit_code_worse(code, f.code);
	}
	print_summary(o, count, code);
	session_close(&d.session);
	return code;
}
