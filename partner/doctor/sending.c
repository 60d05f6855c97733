/* The checks of sending: alarms that hold the ledger, and the guards that bound a wrong night. */
#include <stdio.h>

#include "common/clock.h"
#include "partner/app/exit_code.h"
#include "partner/app/session_trust.h"
#include "partner/doctor/checks.h"
#include "partner/ledger/alarms.h"

#define CANARY_ADVICE \
	"set [limits] canary and max-unanswered, or a wrong night can be stopped only when " \
	"everything was sent"

void
doctor_check_alarms(struct doctor *d, struct finding *f)
{
	char at[CLOCK_STAMP_SIZE], remedy[FINDING_TEXT];
	struct ledger_alarm alarm;
	struct error err;
	int rc;

	if (d->session.ledger == NULL)
		return;
	rc = ledger_alarm_open(d->session.ledger, &alarm, &err);
	if (rc < 0) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "see the check \"ledger\"", "%s",
		                    err.text);
	} else if (rc == 0) {
		doctor_finding_ok(f, "none");
	} else {
		clock_stamp(alarm.at, at);
		snprintf(remedy, sizeof(remedy),
		         "find out why, then \"unpilot resume --clear-alarm %s\"", alarm.run);
		doctor_finding_fail(f, EXIT_CODE_GUARD, remedy,
		                    "run %s raised an alarm at %s (%s): no command sends anything",
		                    alarm.run, at, alarm.reason);
	}
}

/* trusted: an earlier canary is trusted so long; 0: none is. */
static void
sending_report(const struct config *c, int64_t trusted, struct finding *f)
{
	char until[CLOCK_STAMP_SIZE], canary[96] = "off", window[48] = "off";

	clock_stamp(trusted, until);
	if (c->canary > 0)
		snprintf(canary, sizeof(canary), "%lld device%s, %s%s", (long long)c->canary,
		         c->canary == 1 ? "" : "s",
		         trusted > 0 ? "trusted until " : "none is trusted now",
		         trusted > 0 ? until : "");
	if (c->max_unanswered > 0)
		snprintf(window, sizeof(window), "%lld", (long long)c->max_unanswered);
	if (c->canary > 0 && c->max_unanswered > 0)
		doctor_finding_ok(f, "%s; max-unanswered %s", canary, window);
	else
		doctor_finding_warn(f, CANARY_ADVICE, "%s; max-unanswered %s", canary, window);
}

void
doctor_check_canary(struct doctor *d, struct finding *f)
{
	struct session *s = &d->session;
	int64_t trusted = 0;
	struct error err;

	if (!d->configured)
		return;
	session_trust_set(s);
	if (s->config.canary > 0 && s->ledger != NULL &&
	    session_trusted_until(s, &trusted, &err) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "see the check \"ledger\"", "%s",
		                    err.text);
	else
		sending_report(&s->config, trusted, f);
}
