/*
 * `doctor`: checks everything that a run needs and prints each finding with its remedy. Writes
 * nothing, and sends the service no more than the harmless request with which every run begins.
 */
#ifndef PARTNER_DOCTOR_DOCTOR_H
#define PARTNER_DOCTOR_DOCTOR_H

#include "partner/app/session.h"

/* Makes every check and prints its finding. Returns the exit code: of all failures, the worst. */
int doctor_run(const struct options *o) MUST_CHECK;
/* Makes the named checks (NULL ends the list) with the configuration and profile of a session, and prints
 * the findings that are not good. Returns whether one failed. */
bool doctor_try(const struct session *s, const char *const *name);

#endif
