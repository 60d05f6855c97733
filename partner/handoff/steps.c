/* The rule of doc/cleanup.md as tables, and one loop that applies it. */
#include "partner/handoff/steps.h"

#include <stdlib.h>
#include <string.h>

#define NO_PORTAL NULL
#define INTUNE "https://go.microsoft.com/fwlink/?linkid=2109431"
#define ENTRA "https://entra.microsoft.com"
#define STEP(step, id_, kind_, phase_, url_, inference_) \
	[step] = {.id = (id_), \
	          .number = (step), \
	          .kind = (kind_), \
	          .phase = (phase_), \
	          .url = (url_), \
	          .inference = (inference_)}

/* doc/cleanup.md, section 5; section 6.2 says which steps are inferences, section 11 gives kinds, phases
 * and links. steps_kind() decides steps that some devices must do and others only if. */
static const struct step catalogue[] = {
	STEP(STEP_NONE, "", KIND_KNOW, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_B1, "B1", KIND_DO, PHASE_KEYS, ENTRA, false),
	STEP(STEP_B2, "B2", KIND_IF, PHASE_KEYS, NO_PORTAL, false),
	STEP(STEP_B3, "B3", KIND_IF, PHASE_KEYS, ENTRA, true),
	STEP(STEP_F1, "F1", KIND_IF, PHASE_FIRMWARE, INTUNE, false),
	STEP(STEP_F1_GONE, "F1*", KIND_IF, PHASE_FIRMWARE, INTUNE, true),
	STEP(STEP_F2, "F2", KIND_IF, PHASE_FIRMWARE, INTUNE, false),
	STEP(STEP_F3, "F3", KIND_IF, PHASE_FIRMWARE, INTUNE, false),
	STEP(STEP_D1, "D1", KIND_IF, PHASE_DATA, NO_PORTAL, true),
	STEP(STEP_W1, "W1", KIND_IF, PHASE_DATA, INTUNE, false),
	STEP(STEP_W2, "W2", KIND_IF, PHASE_DATA, NO_PORTAL, true),
	STEP(STEP_R0, "R0", KIND_OURS, PHASE_AFTER, NO_PORTAL, true),
	STEP(STEP_R1, "R1", KIND_DO, PHASE_DATA, NO_PORTAL, false),
	STEP(STEP_Q1, "Q1", KIND_DO, PHASE_FIND, ENTRA, false),
	STEP(STEP_Q2, "Q2", KIND_DO, PHASE_FIND, INTUNE, false),
	STEP(STEP_I0, "I0", KIND_CHECK, PHASE_INTUNE, INTUNE, false),
	STEP(STEP_I1, "I1", KIND_DO, PHASE_INTUNE, INTUNE, false),
	STEP(STEP_I2, "I2", KIND_CHECK, PHASE_INTUNE, INTUNE, false),
	STEP(STEP_I3, "I3", KIND_CHECK, PHASE_INTUNE, INTUNE, false),
	STEP(STEP_T1, "T1", KIND_DO, PHASE_INTUNE, NO_PORTAL, false),
	STEP(STEP_T1_IF, "T1?", KIND_IF, PHASE_INTUNE, NO_PORTAL, false),
	STEP(STEP_A1, "A1", KIND_CHECK, PHASE_AUTOPILOT, INTUNE, false),
	STEP(STEP_A2, "A2", KIND_DO, PHASE_AUTOPILOT, INTUNE, false),
	STEP(STEP_A2_IF, "A2?", KIND_IF, PHASE_AUTOPILOT, INTUNE, false),
	STEP(STEP_A3, "A3", KIND_OURS, PHASE_AUTOPILOT, NO_PORTAL, false),
	STEP(STEP_A4, "A4", KIND_IF, PHASE_AUTOPILOT, INTUNE, true),
	STEP(STEP_H1, "H1", KIND_DO, PHASE_AD, NO_PORTAL, false),
	STEP(STEP_H1_IF, "H1?", KIND_IF, PHASE_AD, NO_PORTAL, false),
	STEP(STEP_H2, "H2", KIND_CHECK, PHASE_AD, NO_PORTAL, false),
	STEP(STEP_H2_IF, "H2?", KIND_IF, PHASE_AD, NO_PORTAL, false),
	STEP(STEP_H3, "H3", KIND_IF, PHASE_AD, NO_PORTAL, true),
	STEP(STEP_E1, "E1", KIND_KNOW, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_E2, "E2", KIND_KNOW, PHASE_AFTER, NO_PORTAL, true),
	STEP(STEP_E3, "E3", KIND_KNOW, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_E4, "E4", KIND_KNOW, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_E5, "E5", KIND_KNOW, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_R2, "R2", KIND_OURS, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_R3, "R3", KIND_OURS, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_R4, "R4", KIND_OURS, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_R5, "R5", KIND_CHECK, PHASE_AFTER, INTUNE, false),
	STEP(STEP_R6, "R6", KIND_KNOW, PHASE_AFTER, INTUNE, false),
	STEP(STEP_X1, "X1", KIND_IF, PHASE_AFTER, INTUNE, true),
	STEP(STEP_X2, "X2", KIND_KNOW, PHASE_AFTER, NO_PORTAL, true),
	STEP(STEP_S1, "S1", KIND_CHECK, PHASE_AFTER, NO_PORTAL, true),
	STEP(STEP_S2, "S2", KIND_KNOW, PHASE_AFTER, NO_PORTAL, false),
	STEP(STEP_Z1, "Z1", KIND_KNOW, PHASE_AFTER, NO_PORTAL, false),
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

static const char *const kind_words[] = {
	[KIND_DO] = "do",     [KIND_IF] = "if",     [KIND_CHECK] = "check",
	[KIND_KNOW] = "know", [KIND_OURS] = "ours",
};
_Static_assert(ARRAY_SIZE(kind_words) == KIND_COUNT, "a word for every kind");
static const char *const phase_words[] = {
	[PHASE_FIND] = "find", [PHASE_KEYS] = "keys",     [PHASE_FIRMWARE] = "firmware",
	[PHASE_DATA] = "data", [PHASE_INTUNE] = "intune", [PHASE_AUTOPILOT] = "autopilot",
	[PHASE_AD] = "ad",     [PHASE_AFTER] = "after",
};
_Static_assert(ARRAY_SIZE(phase_words) == PHASE_COUNT, "a word for every phase");

const char *
steps_kind_word(enum step_kind kind)
{
	return kind_words[kind];
}

const char *
steps_phase_word(enum step_phase phase)
{
	return phase_words[phase];
}

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
	/* doc/cleanup.md, section 11: only Dell devices have the BIOS policy of F2 */
	if (step == STEP_F2 && f->situation->not_dell)
		return;
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
	if (in.outcome == OUTCOME_HELD && in.earlier)
		in.outcome = OUTCOME_DEREGISTERED;
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

size_t
steps_of_letter(const struct situation *s, const struct step *list[static STEPS_MAX])
{
	size_t after;

	(void)steps_for_letter(s, list, &after);
	return after;
}

/* Finds the id in a list. Returns the text after it, or NULL. */
static const char *
find_id(const char *list, const char *id)
{
	size_t len = strlen(id);

	while (*list != '\0') {
		if (strcspn(list, " :@") == len && strncmp(list, id, len) == 0)
			return list + len;
		list += strcspn(list, " ");
		list += strspn(list, " ");
	}
	return NULL;
}

bool
steps_hold(const char *list, const char *id)
{
	return find_id(list, id) != NULL;
}

bool
steps_not_applicable(const char *list, const char *id)
{
	const char *end = find_id(list, id);

	return end != NULL && *end == ':';
}

/* When Graph confirmed the step; 0: it did not. */
static int64_t
verified_at(const char *list, const char *id)
{
	const char *end = find_id(list, id);
	size_t skip = end != NULL ? strcspn(end, "@ ") : 0;

	return end != NULL && end[skip] == '@' ? strtoll(end + skip + 1, NULL, 10) : 0;
}

int64_t
steps_verified(const char *list)
{
	int64_t intune = verified_at(list, "I3"), autopilot = verified_at(list, "A1");

	if (intune == 0)
		intune = verified_at(list, "I0");
	return intune < autopilot ? intune : autopilot;
}

enum step_kind
steps_kind(const struct step *step, const struct situation *s)
{
	enum step_id n = step->number;

	if (n == STEP_B2 || n == STEP_H3)
		return s->join == JOIN_HYBRID ? KIND_DO : KIND_IF;
	if (n == STEP_W1 || n == STEP_W2)
		return s->mdm == MDM_UNKNOWN ? KIND_IF : KIND_DO;
	return step->kind;
}

bool
steps_is_action(enum step_kind kind)
{
	return kind == KIND_DO || kind == KIND_IF || kind == KIND_CHECK;
}

/* Whether the ith step of a list occurs before it: an unknown state lists A1 twice. */
static bool
occurs_before(const struct step *const *list, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (list[k] == list[i])
			return true;
	return false;
}

size_t
steps_open(const struct situation *s, const char *answered)
{
	const struct step *list[STEPS_MAX];
	size_t count = steps_for(s, list), open = 0;

	for (size_t i = 0; i < count; i++)
		open += steps_is_action(list[i]->kind) && !occurs_before(list, i) &&
		        !steps_hold(answered, list[i]->id);
	return open;
}

size_t
steps_letter_actions(const struct situation *s)
{
	const struct step *list[STEPS_MAX];
	size_t count = steps_of_letter(s, list), actions = 0;

	for (size_t i = 0; i < count; i++)
		actions += steps_is_action(list[i]->kind);
	return actions;
}
