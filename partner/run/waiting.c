/* Logs which customers keep devices waiting, and whose devices were sent without an answer. */
#include "partner/run/waiting.h"

#include <stdio.h>

#include "common/log.h"
#include "common/text.h"
#include "partner/ledger/gate.h"

/* " (2 of them got none for this registration)", or "": no device lacks its letter. */
static const char *
without(int64_t devices, const char *advice, char *dst, size_t size)
{
	dst[0] = '\0';
	if (devices > 0)
		snprintf(dst, size, " (%lld of them got none for this registration%s)",
		         (long long)devices, advice);
	return dst;
}

static void
on_sent(void *ctx UNUSED, const char *customer, int64_t devices, int64_t without_letter)
{
	char shown[300], none[100];

	text_printable(shown, sizeof(shown), customer);
	log_warn("customer \"%s\": %lld device%s sent although the customer has not answered the "
	         "letter%s",
	         shown, (long long)devices, devices == 1 ? " is" : "s are",
	         without(without_letter, "", none, sizeof(none)));
}

static void
on_held(void *ctx UNUSED, const char *customer, int64_t devices, int64_t without_letter)
{
	char shown[300], none[100];

	text_printable(shown, sizeof(shown), customer);
	log_info("customer \"%s\": %lld device%s for the answers to the letter%s", shown,
	         (long long)devices, devices == 1 ? " waits" : "s wait",
	         without(without_letter, ": \"unpilot letter\" writes it", none, sizeof(none)));
}

int
waiting_judge(const struct session *session, const struct ledger_run *run, struct error *err)
{
	struct ledger_gate gate = session_gate(session);

	return ledger_gate(session->ledger, run->id, &gate,
	                   gate.mode == LEDGER_GATE_OFF       ? NULL
	                   : gate.mode == LEDGER_GATE_REQUIRE ? on_held
	                                                      : on_sent,
	                   NULL, err);
}

int
waiting_release(const struct session *session, const struct ledger_run *run, struct error *err)
{
	struct ledger_gate gate = session_gate(session);

	return ledger_gate(session->ledger, run->id, &gate, NULL, NULL, err);
}

int
waiting_count(const struct session *session, const struct ledger_run *run, int64_t *ret,
              struct error *err)
{
	struct ledger_waiting waiting;

	if (ledger_waiting(session->ledger, run->id, &waiting, err) != 0)
		return -1;
	*ret = waiting.devices;
	return 0;
}

int
waiting_can_go(const struct session *session, const struct ledger_run *run, bool *ret,
               struct error *err)
{
	struct ledger_gate gate = session_gate(session);
	int64_t waiting, unready;

	*ret = false;
	if (waiting_count(session, run, &waiting, err) != 0)
		return -1;
	if (waiting == 0)
		return 0;
	if (ledger_only_waits(session->ledger, run->id, ret, err) != 0 ||
	    ledger_gate_count(session->ledger, run->id, &gate, &unready, err) != 0)
		return -1;
	*ret = *ret && (gate.mode != LEDGER_GATE_REQUIRE || unready < waiting);
	return 0;
}
