/*
 * What a check of doctor found.
 */
#ifndef PARTNER_DOCTOR_FINDING_H
#define PARTNER_DOCTOR_FINDING_H

#include "common/base.h"

enum verdict {
	VERDICT_NONE, /* could not be made: an earlier check failed, or there is nothing to look at */
	VERDICT_OK,
	VERDICT_WARN,
	VERDICT_FAIL,
	VERDICT_COUNT
};

#define FINDING_TEXT 1024

struct finding {
	enum verdict verdict;
	int code; /* FAIL: what a run would exit with */
	char seen[FINDING_TEXT], mend[FINDING_TEXT];
};

void doctor_finding_ok(struct finding *f, const char *format, ...) PRINTFLIKE(2, 3);
void
doctor_finding_warn(struct finding *f, const char *mend, const char *format, ...) PRINTFLIKE(3, 4);
void doctor_finding_fail(struct finding *f, int code, const char *mend, const char *format, ...)
	PRINTFLIKE(4, 5);

#endif
