/* The rule of doc/cleanup.md as tables, and one loop that applies it. */
#include "partner/handoff/steps.h"

#include <string.h>

/* doc/cleanup.md, section 5; section 6.2 says which steps are inferences. */
static const struct step catalogue[] = {
	[STEP_NONE] = {"", STEP_NONE, false},      [STEP_B1] = {"B1", STEP_B1, false},
	[STEP_B2] = {"B2", STEP_B2, false},        [STEP_B3] = {"B3", STEP_B3, true},
	[STEP_F1] = {"F1", STEP_F1, false},        [STEP_F1_GONE] = {"F1*", STEP_F1_GONE, true},
	[STEP_F2] = {"F2", STEP_F2, false},        [STEP_F3] = {"F3", STEP_F3, false},
	[STEP_D1] = {"D1", STEP_D1, true},         [STEP_W1] = {"W1", STEP_W1, false},
	[STEP_W2] = {"W2", STEP_W2, true},         [STEP_R0] = {"R0", STEP_R0, true},
	[STEP_R1] = {"R1", STEP_R1, false},        [STEP_Q1] = {"Q1", STEP_Q1, false},
	[STEP_Q2] = {"Q2", STEP_Q2, false},        [STEP_I0] = {"I0", STEP_I0, false},
	[STEP_I1] = {"I1", STEP_I1, false},        [STEP_I2] = {"I2", STEP_I2, false},
	[STEP_I3] = {"I3", STEP_I3, false},        [STEP_T1] = {"T1", STEP_T1, false},
	[STEP_T1_IF] = {"T1?", STEP_T1_IF, false}, [STEP_A1] = {"A1", STEP_A1, false},
	[STEP_A2] = {"A2", STEP_A2, false},        [STEP_A2_IF] = {"A2?", STEP_A2_IF, false},
	[STEP_A3] = {"A3", STEP_A3, false},        [STEP_A4] = {"A4", STEP_A4, true},
	[STEP_H1] = {"H1", STEP_H1, false},        [STEP_H1_IF] = {"H1?", STEP_H1_IF, false},
	[STEP_H2] = {"H2", STEP_H2, false},        [STEP_H2_IF] = {"H2?", STEP_H2_IF, false},
	[STEP_H3] = {"H3", STEP_H3, true},         [STEP_E1] = {"E1", STEP_E1, false},
	[STEP_E2] = {"E2", STEP_E2, true},         [STEP_E3] = {"E3", STEP_E3, false},
	[STEP_E4] = {"E4", STEP_E4, false},        [STEP_E5] = {"E5", STEP_E5, false},
	[STEP_R2] = {"R2", STEP_R2, false},        [STEP_R3] = {"R3", STEP_R3, false},
	[STEP_R4] = {"R4", STEP_R4, false},        [STEP_R5] = {"R5", STEP_R5, false},
	[STEP_R6] = {"R6", STEP_R6, false},        [STEP_X1] = {"X1", STEP_X1, true},
	[STEP_X2] = {"X2", STEP_X2, true},         [STEP_S1] = {"S1", STEP_S1, true},
	[STEP_S2] = {"S2", STEP_S2, false},        [STEP_Z1] = {"Z1", STEP_Z1, false},
};
_Static_assert(ARRAY_SIZE(catalogue) == STEP_COUNT, "an id for every step");

const struct step *
step_of(enum step_id number)
{
	return &catalogue[number];
}

const struct step *
step_find(const char *id)
{
	for (size_t i = STEP_NONE + 1; i < ARRAY_SIZE(catalogue); i++)
		if (strcmp(catalogue[i].id, id) == 0)
			return &catalogue[i];
	return NULL;
}

/*
 * The outcomes of the rule. OK and FAILED are its own; the other two are FAILED with other Autopilot
 * steps (doc/cleanup.md, section 5.1).
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

#define LINE_STEPS_MAX 6 /* the longest line has five steps and STEP_NONE */

/* A line applies when every mask has the device's bit; an empty mask always applies. */
struct line {
	unsigned got, via, join, mdm, purpose;
	enum step_id steps[LINE_STEPS_MAX];
};

/* doc/cleanup.md, section 6.2, line by line and in its order. It is split into three parts because
 * the letter uses the second part unchanged. */
static const struct line rule_opening[] = {
	{.purpose = REPAIR, .steps = {STEP_R0}},
	{.join = NO_JOIN, .steps = {STEP_Q1}},
	{.mdm = NO_MDM, .steps = {STEP_Q2}},
	{.steps = {STEP_B1}},
	{.join = HYBRID | NO_JOIN, .steps = {STEP_B2}},
	{.got = GOT_OK, .mdm = NEVER | NO_MDM, .steps = {STEP_B3}},
	{.got = GOT_OK, .via = PARTNER, .mdm = ENROLLED | WAS | NO_MDM, .steps = {STEP_F1_GONE}},
	{.got = GOT_ANY_FAIL, .via = PARTNER, .mdm = ENROLLED | WAS | NO_MDM, .steps = {STEP_F1}},
};
static const struct line rule_device[] = {
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
};
static const struct line rule_records[] = {
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

/* doc/cleanup.md, section 6.4: all devices are still registered. rule_device comes between the two. */
static const struct line letter_opening[] = {
	{.steps = {STEP_B1}},
	{.join = HYBRID | NO_JOIN, .steps = {STEP_B2}},
	{.via = PARTNER, .mdm = ENROLLED | WAS | NO_MDM, .steps = {STEP_F1}},
};
static const struct line letter_after[] = {
	{.join = HYBRID, .steps = {STEP_H1, STEP_H2}},
	{.join = NO_JOIN, .steps = {STEP_H1_IF, STEP_H2_IF}},
	{.steps = {STEP_E1}},
};

/* How the rule treats an outcome; got 0: it has no steps. */
struct entry {
	unsigned got;
	bool check_first; /* state unknown: A1 comes before all other steps */
	bool force_via;   /* replace the registrant by via */
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

/* A list that is being filled, and the inputs of the rule. */
struct filling {
	const struct step **list;
	size_t count;
	unsigned got;
	const struct situation *situation;
};

static void
add_step(struct filling *f, enum step_id step)
{
	if (f->count < STEPS_MAX)
		f->list[f->count++] = step_of(step);
}

static void
append(struct filling *f, const struct line *lines, size_t line_count)
{
	for (size_t i = 0; i < line_count; i++) {
		if (!applies(&lines[i], f->got, f->situation))
			continue;
		for (size_t k = 0; lines[i].steps[k] != STEP_NONE; k++)
			add_step(f, lines[i].steps[k]);
	}
}

size_t
steps_for(const struct situation *s, const struct step *list[static STEPS_MAX])
{
	struct situation in = *s;
	struct filling f = {.list = list, .situation = &in};
	const struct entry *entry;

	if ((size_t)in.outcome >= ARRAY_SIZE(entries))
		return 0;
	entry = &entries[in.outcome];
	if (entry->got == 0)
		return 0;
	f.got = entry->got;
	if (entry->force_via)
		in.via = entry->via;
	if (entry->check_first)
		add_step(&f, STEP_A1);
	append(&f, rule_opening, ARRAY_SIZE(rule_opening));
	append(&f, rule_device, ARRAY_SIZE(rule_device));
	append(&f, rule_records, ARRAY_SIZE(rule_records));
	return f.count;
}

size_t
steps_for_letter(const struct situation *s, const struct step *list[static STEPS_MAX],
                 size_t *ret_after)
{
	struct filling f = {.list = list, .situation = s};

	append(&f, letter_opening, ARRAY_SIZE(letter_opening));
	append(&f, rule_device, ARRAY_SIZE(rule_device));
	*ret_after = f.count;
	append(&f, letter_after, ARRAY_SIZE(letter_after));
	return f.count;
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
