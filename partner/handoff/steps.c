#include "partner/handoff/steps.h"

#include <string.h>

#include "partner/handoff/steps_text.h"

/*
 * What the service's answer means for the rule. OK and FAILED are the rule's own outcomes; the
 * other two are FAILED with another group of Autopilot steps (facts, section 5.1).
 */
enum {
	GOT_OK = 1,
	GOT_FAILED = 2,
	GOT_NOTHING = 4,  /* 807: nothing was registered under us */
	GOT_NO_MATCH = 8, /* 812, 813: the identity is in doubt */
	GOT_ANY_FAIL = GOT_FAILED | GOT_NOTHING | GOT_NO_MATCH,
};

#define BIT(value) (1U << (value))
#define PARTNER BIT(VIA_PARTNER)
#define CUSTOMER BIT(VIA_CUSTOMER)
#define HYBRID BIT(JOIN_HYBRID)
#define NO_JOIN BIT(JOIN_UNKNOWN)
#define ENROLLED BIT(MDM_INTUNE)
#define WAS BIT(MDM_WAS_INTUNE)
#define NEVER BIT(MDM_NONE)
#define THIRD BIT(MDM_OTHER)
#define NO_MDM BIT(MDM_UNKNOWN)
#define REPAIR BIT(PURPOSE_REPAIR)
#define RETIRE BIT(PURPOSE_RETIRE)
#define RESELL BIT(PURPOSE_RESELL)

#define LINE_STEPS_MAX 6 /* five steps in the longest line, and STEP_NONE */

/* A line applies when every mask holds the device's bit; an empty mask asks nothing. */
struct line {
	unsigned got, via, join, mdm, purpose;
	enum step_id steps[LINE_STEPS_MAX];
};

/* Facts, section 6.2, line by line and in its order. */
static const struct line rule[] = {
	{.purpose = REPAIR, .steps = {STEP_R0}},
	{.join = NO_JOIN, .steps = {STEP_Q1}},
	{.mdm = NO_MDM, .steps = {STEP_Q2}},
	{.steps = {STEP_B1}},
	{.join = HYBRID | NO_JOIN, .steps = {STEP_B2}},
	{.got = GOT_OK, .mdm = NEVER | NO_MDM, .steps = {STEP_B3}},
	{.got = GOT_OK, .via = PARTNER, .mdm = ENROLLED | WAS | NO_MDM, .steps = {STEP_F1_GONE}},
	{.got = GOT_ANY_FAIL, .via = PARTNER, .mdm = ENROLLED | WAS | NO_MDM, .steps = {STEP_F1}},
	{.mdm = ENROLLED | WAS | NO_MDM, .steps = {STEP_F2}},
	{.purpose = RETIRE | RESELL, .steps = {STEP_F3, STEP_D1}},
	{.mdm = ENROLLED | NO_MDM, .purpose = RETIRE | RESELL, .steps = {STEP_W1}},
	{.mdm = WAS | NEVER | THIRD | NO_MDM, .purpose = RETIRE | RESELL, .steps = {STEP_W2}},
	{.purpose = REPAIR, .steps = {STEP_R1}},
	{.mdm = ENROLLED, .steps = {STEP_I1}},
	{.mdm = WAS | NO_MDM, .steps = {STEP_I2}},
	{.mdm = ENROLLED | WAS | NO_MDM, .steps = {STEP_I3}},
	{.mdm = NO_MDM, .steps = {STEP_T1_IF}},
	{.mdm = THIRD, .steps = {STEP_T1}},
	{.mdm = NEVER | THIRD, .steps = {STEP_I0}},
	{.got = GOT_FAILED, .via = PARTNER, .steps = {STEP_A3, STEP_A4}},
	{.got = GOT_FAILED, .via = CUSTOMER, .steps = {STEP_A2}},
	{.steps = {STEP_A1}},
	{.got = GOT_OK | GOT_NO_MATCH, .steps = {STEP_A2_IF}},
	{.join = HYBRID | NO_JOIN, .purpose = REPAIR, .steps = {STEP_H3}},
	{.join = HYBRID, .steps = {STEP_H1, STEP_H2}},
	{.join = NO_JOIN, .steps = {STEP_H1_IF, STEP_H2_IF}},
	{.steps = {STEP_E1}},
	{.got = GOT_OK, .mdm = ENROLLED, .steps = {STEP_E2}},
	{.got = GOT_ANY_FAIL, .mdm = ENROLLED, .steps = {STEP_E3}},
	{.mdm = WAS | THIRD, .steps = {STEP_E3}},
	{.mdm = NEVER, .steps = {STEP_E4}},
	{.mdm = NO_MDM, .steps = {STEP_E5}},
	{.purpose = REPAIR, .steps = {STEP_R2, STEP_R3, STEP_R4, STEP_R5, STEP_R6}},
	{.purpose = RETIRE, .steps = {STEP_X1, STEP_X2}},
	{.purpose = RESELL, .steps = {STEP_X1, STEP_S1, STEP_S2}},
	{.steps = {STEP_Z1}},
};

/* How an outcome enters the rule; got 0: nothing is printed for it. */
struct entry {
	unsigned got;
	bool check_first; /* state unknown: A1 stands before everything else */
	bool force_via;
	enum registrant via;
};

static const struct entry entries[] = {
	[OUTCOME_DEREGISTERED] = {.got = GOT_OK},
	[OUTCOME_NOT_REGISTERED] = {.got = GOT_NOTHING},
	[OUTCOME_NOT_OURS] = {.got = GOT_FAILED, .force_via = true, .via = VIA_CUSTOMER},
	[OUTCOME_NOT_FOUND] = {.got = GOT_NO_MATCH},
	[OUTCOME_NOT_UNIQUE] = {.got = GOT_NO_MATCH},
	[OUTCOME_REFUSED] = {.got = GOT_FAILED},
	[OUTCOME_ALARM] = {.got = 0},
	[OUTCOME_PENDING] = {.got = GOT_FAILED,
                             .check_first = true,
                             .force_via = true,
                             .via = VIA_PARTNER},
	[OUTCOME_UNKNOWN] = {.got = GOT_FAILED,
                             .check_first = true,
                             .force_via = true,
                             .via = VIA_PARTNER},
	[OUTCOME_NOT_SENT] = {.got = 0},
	[OUTCOME_HELD] = {.got = 0},
	[OUTCOME_REJECTED] = {.got = 0},
};
_Static_assert(ARRAY_SIZE(entries) == OUTCOME_COUNT, "an entry for every outcome");

static bool
holds(unsigned mask, unsigned bit)
{
	return mask == 0 || (mask & bit) != 0;
}

static bool
applies(const struct line *line, unsigned got, const struct situation *s)
{
	return holds(line->got, got) && holds(line->via, BIT(s->via)) &&
	       holds(line->join, BIT(s->join)) && holds(line->mdm, BIT(s->mdm)) &&
	       holds(line->purpose, BIT(s->purpose));
}

size_t
steps_for(const struct situation *s, const struct step *list[static STEPS_MAX])
{
	struct situation in = *s;
	const struct entry *entry;
	size_t count = 0;

	if ((size_t)in.outcome >= ARRAY_SIZE(entries))
		return 0;
	entry = &entries[in.outcome];
	if (entry->got == 0)
		return 0;
	if (entry->force_via)
		in.via = entry->via;
	if (entry->check_first)
		list[count++] = step_text(STEP_A1);
	for (size_t i = 0; i < ARRAY_SIZE(rule); i++) {
		if (!applies(&rule[i], entry->got, &in))
			continue;
		for (size_t k = 0; rule[i].steps[k] != STEP_NONE && count < STEPS_MAX; k++)
			list[count++] = step_text(rule[i].steps[k]);
	}
	return count;
}

bool
steps_hold(const char *list, const char *id)
{
	size_t len = strlen(id);

	while (*list != '\0') {
		size_t n = strcspn(list, " ");
		if (n == len && strncmp(list, id, n) == 0)
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

size_t
steps_left(const struct situation *s, const char *done)
{
	const struct step *list[STEPS_MAX];
	size_t count = steps_for(s, list), left = 0;

	for (size_t i = 0; i < count; i++)
		left += !steps_hold(done, list[i]->id);
	return left;
}
