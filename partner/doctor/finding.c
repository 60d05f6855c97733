/* Fills in a finding. Its texts may come from files or from the service, so make them printable. */
#include "partner/doctor/finding.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

static void finding_fill(struct finding *f, enum verdict verdict, const char *remedy,
                         const char *format, va_list args) PRINTFLIKE(4, 0);

static void
finding_fill(struct finding *f, enum verdict verdict, const char *remedy, const char *format,
             va_list args)
{
	char seen[FINDING_TEXT];

	f->verdict = verdict;
	vsnprintf(seen, sizeof(seen), format, args);
	text_printable(f->seen, sizeof(f->seen), seen);
	text_printable(f->remedy, sizeof(f->remedy), remedy);
}

void
doctor_finding_ok(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_fill(f, VERDICT_OK, "", format, args);
	va_end(args);
}

void
doctor_finding_warn(struct finding *f, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_fill(f, VERDICT_WARN, remedy, format, args);
	va_end(args);
}

void
doctor_finding_fail(struct finding *f, int code, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_fill(f, VERDICT_FAIL, remedy, format, args);
	va_end(args);
	f->code = code;
}
