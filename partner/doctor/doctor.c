/* The table of checks, and how their findings are printed. */
#include "partner/doctor/doctor.h"

#include <stdarg.h>
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
	check_fn *run;
	bool online;     /* opens a connection */
	unsigned routes; /* of the route in force */
} checks[] = {
	{"configuration", check_configuration, false, FOR_BOTH},
	{"permissions", check_permissions, false, FOR_BOTH},
	{"secret files", check_secrets, false, FOR_BOTH},
	{"client certificate", check_certificate, false, FOR_BOTH},
	{"client expiry", check_expiry, false, FOR_BOTH},
	{"client chain", check_chain, false, FOR_BOTH},
	{"ca certificates", check_ca, false, FOR_BOTH},
	{"signing key", check_signing, false, FOR_BOTH},
	{"signing expiry", check_signing_expiry, false, FOR_BOTH},
	{"profile", check_profile, false, FOR_OEM},
	{"stylesheets", check_stylesheets, false, FOR_BOTH},
	{"lists", check_lists, false, FOR_BOTH},
	{"ledger", check_ledger, false, FOR_BOTH},
	{"ledger schema", check_schema, false, FOR_BOTH},
	{"lock", check_lock, false, FOR_BOTH},
	{"last good run", check_last_good, false, FOR_BOTH},
	{"open runs", check_open_runs, false, FOR_BOTH},
	{"disk", check_disk, false, FOR_BOTH},
	{"handoff directory", check_handoff, false, FOR_BOTH},
	{"spool", check_spool, false, FOR_BOTH},
	{"spool work", check_work, false, FOR_BOTH},
	{"address", check_address, false, FOR_BOTH},
	{"name", check_name, true, FOR_BOTH},
	{"proxy", check_proxy, true, FOR_BOTH},
	{"connection", check_connection, true, FOR_BOTH},
	{"tls", check_tls, true, FOR_BOTH},
	{"service", check_service, true, FOR_BOTH},
	{"token", check_token, true, FOR_CENTER},
	{"clock", check_clock, true, FOR_BOTH},
	{"confinement", check_confinement, false, FOR_BOTH}, /* last: it stays on */
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

static void fill(struct finding *f, enum verdict verdict, const char *mend, const char *format,
                 va_list args) PRINTFLIKE(4, 0);

static void
fill(struct finding *f, enum verdict verdict, const char *mend, const char *format, va_list args)
{
	char seen[FINDING_TEXT];

	f->verdict = verdict;
	vsnprintf(seen, sizeof(seen), format, args);
	text_printable(f->seen, sizeof(f->seen), seen);
	text_printable(f->mend, sizeof(f->mend), mend);
}

void
finding_ok(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(f, VERDICT_OK, "", format, args);
	va_end(args);
}

void
finding_warn(struct finding *f, const char *mend, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(f, VERDICT_WARN, mend, format, args);
	va_end(args);
}

void
finding_fail(struct finding *f, int code, const char *mend, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(f, VERDICT_FAIL, mend, format, args);
	va_end(args);
	f->code = code;
}

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
