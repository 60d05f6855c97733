/*
 * The finding of one check: the verdict, the facts that were seen, and the remedy. Owns no memory;
 * cuts long texts.
 */
#ifndef PARTNER_DOCTOR_FINDING_H
#define PARTNER_DOCTOR_FINDING_H

#include "common/base.h"

enum verdict {
	VERDICT_NONE, /* not checked: an earlier check failed, or there is nothing to check */
	VERDICT_OK,
	VERDICT_WARN,
	VERDICT_FAIL,
	VERDICT_COUNT
};

#define FINDING_TEXT 1024

struct finding {
	enum verdict verdict;
	int code;         /* FAIL: the exit code of a run in this state */
	const char *next; /* the step that helps; NULL: the remedy, then doctor again */
	char seen[FINDING_TEXT], remedy[FINDING_TEXT];
};

/* Each fills in the finding; format and its arguments say what was seen. */
void doctor_finding_ok(struct finding *f, const char *format, ...) PRINTFLIKE(2, 3);
void doctor_finding_warn(struct finding *f, const char *remedy, const char *format, ...)
	PRINTFLIKE(3, 4);
void doctor_finding_fail(struct finding *f, int code, const char *remedy, const char *format, ...)
	PRINTFLIKE(4, 5);

#endif
