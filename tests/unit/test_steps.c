/*
 * The step decision against doc/cleanup.md: this file keeps the rule of section 6.2 as a string and
 * reads it with a small interpreter, so that a mistake in the table cannot repeat itself here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "partner/handoff/messages.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"

/* Lines that the letter and the report share. */
#define DEVICE_LINES \
	"F2              mdm=E,W,U\n" \
	"F3 D1           purpose=X,S\n" \
	"W1              purpose=X,S mdm=E,U\n" \
	"W2              purpose=X,S mdm=W,N,T,U\n" \
	"R1              purpose=R\n" \
	"I1              mdm=E\n" \
	"I2              mdm=W,U\n" \
	"I3              mdm=E,W,U\n" \
	"T1?             mdm=U\n" \
	"T1              mdm=T\n" \
	"I0              mdm=N,T\n"

static const char rule[] = "R0              purpose=R\n"
			   "Q1              join=UN\n"
			   "Q2              mdm=U\n"
			   "B1              always\n"
			   "B2              join=HJ,UN\n"
			   "B3              outcome=OK mdm=N,U\n"
			   "F1*             outcome=OK reg=P mdm=E,W,U\n"
			   "F1              outcome=FAIL reg=P mdm=E,W,U\n" DEVICE_LINES
			   "A3 A4           outcome=FAIL reg=P\n"
			   "A2              outcome=FAIL reg=C\n"
			   "A1              always\n"
			   "A2?             outcome=OK\n"
			   "H3              purpose=R join=HJ,UN\n"
			   "H1 H2           join=HJ\n"
			   "H1? H2?         join=UN\n"
			   "E1              always\n"
			   "E2              outcome=OK mdm=E\n"
			   "E3              outcome=FAIL mdm=E\n"
			   "E3              mdm=W,T\n"
			   "E4              mdm=N\n"
			   "E5              mdm=U\n"
			   "R2 R3 R4 R5 R6  purpose=R\n"
			   "X1 X2           purpose=X\n"
			   "X1 S1 S2        purpose=S\n"
			   "Z1              always\n";

struct row {
	const char *outcome, *reg, *join, *mdm, *purpose;
};

#define LIST_SIZE 512

static const char *
value_of(const struct row *row, const char *key)
{
	if (strcmp(key, "outcome") == 0)
		return row->outcome;
	if (strcmp(key, "reg") == 0)
		return row->reg;
	if (strcmp(key, "join") == 0)
		return row->join;
	if (strcmp(key, "mdm") == 0)
		return row->mdm;
	assert_string_equal(key, "purpose");
	return row->purpose;
}

static bool
condition_holds(const struct row *row, char *condition)
{
	char *equals = strchr(condition, '=');
	char *rest = NULL;

	assert_non_null(equals);
	*equals = '\0';
	for (char *v = strtok_r(equals + 1, ",", &rest); v != NULL;
	     v = strtok_r(NULL, ",", &rest)) {
		if (strcmp(v, value_of(row, condition)) == 0)
			return true;
	}
	return false;
}

static void
apply_line(const struct row *row, char *line, char *list)
{
	char steps[64] = "";
	char *rest = NULL;
	bool holds = true;

	for (char *w = strtok_r(line, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
		if (strchr(w, '=') != NULL) {
			holds = condition_holds(row, w) && holds;
		} else if (strcmp(w, "always") != 0) {
			strcat(steps, w);
			strcat(steps, " ");
		}
	}
	if (holds)
		strcat(list, steps);
}

/* "B1 I1 ... ", with a blank after every id */
static void
expect(const char *lines, const struct row *row, char list[static LIST_SIZE])
{
	char text[sizeof(rule)];
	char *rest = NULL;

	snprintf(text, sizeof(text), "%s", lines);
	list[0] = '\0';
	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		apply_line(row, line, list);
}

static void
got(const struct situation *s, char list[static LIST_SIZE])
{
	const struct step *steps[STEPS_MAX];
	size_t count = steps_for(s, steps);

	list[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		strcat(list, steps[i]->id);
		strcat(list, " ");
	}
}

static const char *const outcomes[] = {"OK", "FAIL"};
static const char *const regs[] = {"P", "C"};
static const char *const joins[] = {"EJ", "HJ", "UN"};
static const char *const mdms[] = {"E", "W", "N", "T", "U"};
static const char *const purposes[] = {"R", "X", "S"};

/* Row numbers of section 6.1, from 0. */
static struct row
row_of(int n)
{
	return (struct row){outcomes[n / 90], regs[n / 45 % 2], joins[n / 15 % 3], mdms[n / 3 % 5],
	                    purposes[n % 3]};
}

static struct situation
situation_of(int n)
{
	static const enum join_type join[] = {JOIN_ENTRA, JOIN_HYBRID, JOIN_UNKNOWN};
	static const enum mdm_state mdm[] = {MDM_INTUNE, MDM_WAS_INTUNE, MDM_NONE, MDM_OTHER,
	                                     MDM_UNKNOWN};
	static const enum purpose purpose[] = {PURPOSE_REPAIR, PURPOSE_RETIRE, PURPOSE_RESELL};

	return (struct situation){
		.outcome = n / 90 == 0 ? OUTCOME_DEREGISTERED : OUTCOME_REFUSED,
		.via = n / 45 % 2 == 0 ? VIA_PARTNER : VIA_CUSTOMER,
		.join = join[n / 15 % 3],
		.mdm = mdm[n / 3 % 5],
		.purpose = purpose[n % 3],
	};
}

static void
test_all_rows(void **state UNUSED)
{
	char want[LIST_SIZE], have[LIST_SIZE];

	for (int n = 0; n < 180; n++) {
		struct row row = row_of(n);
		struct situation s = situation_of(n);

		expect(rule, &row, want);
		got(&s, have);
		assert_string_equal(have, want);
	}
}

/* Section 6.3, literally. */
static void
test_examples(void **state UNUSED)
{
	static const struct {
		int row;
		const char *steps;
	} examples[] = {
		{1, "R0 > B1 > F1* > F2 > R1 > I1 > I3 > A1 > A2? > E1 > E2 > R2 > R3 > R4 > R5 > "
	            "R6 > Z1"},
		{9, "B1 > B3 > F3 > D1 > W2 > I0 > A1 > A2? > E1 > E4 > X1 > S1 > S2 > Z1"},
		{17, "B1 > B2 > F1* > F2 > F3 > D1 > W1 > I1 > I3 > A1 > A2? > H1 > H2 > E1 > E2 > "
	             "X1 > X2 > Z1"},
		{23,
	         "B1 > B2 > B3 > F3 > D1 > W2 > I0 > A1 > A2? > H1 > H2 > E1 > E4 > X1 > X2 > Z1"},
		{30, "Q2 > B1 > B2 > B3 > F1* > F2 > F3 > D1 > W1 > W2 > I2 > I3 > T1? > A1 > A2? "
	             "> H1 > H2 > "
	             "E1 > E5 > X1 > S1 > S2 > Z1"},
		{44, "Q1 > Q2 > B1 > B2 > B3 > F1* > F2 > F3 > D1 > W1 > W2 > I2 > I3 > T1? > A1 > "
	             "A2? > H1? > "
	             "H2? > E1 > E5 > X1 > X2 > Z1"},
		{60, "Q2 > B1 > B3 > F2 > F3 > D1 > W1 > W2 > I2 > I3 > T1? > A1 > A2? > E1 > E5 > "
	             "X1 > S1 > "
	             "S2 > Z1"},
		{75, "Q2 > B1 > B2 > B3 > F2 > F3 > D1 > W1 > W2 > I2 > I3 > T1? > A1 > A2? > H1 > "
	             "H2 > E1 > "
	             "E5 > X1 > S1 > S2 > Z1"},
		{98, "B1 > F3 > D1 > W2 > I0 > A3 > A4 > A1 > E1 > E4 > X1 > X2 > Z1"},
		{121, "R0 > Q1 > B1 > B2 > F1 > F2 > R1 > I1 > I3 > A3 > A4 > A1 > H3 > H1? > H2? "
	              "> E1 > E3 > "
	              "R2 > R3 > R4 > R5 > R6 > Z1"},
		{150, "Q2 > B1 > F2 > F3 > D1 > W1 > W2 > I2 > I3 > T1? > A2 > A1 > E1 > E5 > X1 > "
	              "S1 > S2 > Z1"},
		{180, "Q1 > Q2 > B1 > B2 > F2 > F3 > D1 > W1 > W2 > I2 > I3 > T1? > A2 > A1 > H1? "
	              "> H2? > E1 > "
	              "E5 > X1 > S1 > S2 > Z1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		struct situation s = situation_of(examples[i].row - 1);
		char have[LIST_SIZE], arrows[LIST_SIZE] = "";
		char *rest = NULL;

		got(&s, have);
		for (char *id = strtok_r(have, " ", &rest); id != NULL;
		     id = strtok_r(NULL, " ", &rest)) {
			if (arrows[0] != '\0')
				strcat(arrows, " > ");
			strcat(arrows, id);
		}
		assert_string_equal(arrows, examples[i].steps);
	}
}

/* Whether a step of the situation has these words. */
static bool
row_says(const struct messages *m, const struct situation *s, const char *words)
{
	const struct step *list[STEPS_MAX];
	size_t count = steps_for(s, list);

	for (size_t i = 0; i < count; i++) {
		const struct step_words *w = messages_step(m, list[i]);

		if (strstr(w->full, words) != NULL ||
		    (w->why != NULL && strstr(w->why, words) != NULL))
			return true;
	}
	return false;
}

/* Section 6.3's deciding sentences, and the words of a step that say them. The document's own texts
 * have those about the partner (S1a, S1n, S1o, S1q, S2d, S2e). */
static void
test_deciding_sentences(void **state UNUSED)
{
	static const struct {
		const char *id, *words;
	} sentences[] = {
		{"S2a", "Only the registrant's own route"},
		{"S2a", "registration that is not ours"},
		{"S21", "take it up with Microsoft"},
		{"S2b", "admin.microsoft.com"},
		{"S2c", "then Refresh until it is absent"},
		{"S1f", "Do not delete the device object"},
		{"S1g", "Do not delete the device object"},
		{"S1b", "Delete, Yes"},
		{"S1j", "leaves the Entra object in place"},
		{"S1j", "can remain"},
		{"S1j", "may disappear or remain"},
		{"S1i", "may disappear by itself"},
		{"S1i", "may disappear or remain"},
		{"S2g", "which Windows and Office versions"},
		{"S2h", "4K hardware hash"},
		{"S2i", "before the out-of-box experience"},
		{"S2o", "proof of ownership"},
	};
	static const struct {
		int row;
		const char *ids;
	} examples[] = {
		{1, "S2c,S1f,S1b,S1j,S2g,S2h,S2i"},
		{9, "S2c,S1f,S1i,S2o"},
		{17, "S2c,S1g,S1b,S1j"},
		{23, "S2c,S1g,S1i"},
		{30, "S2c,S1g,S1i,S1j,S2o"},
		{44, "S2c,S1f,S1g,S1i,S1j"},
		{60, "S1f,S1i,S1j,S2o"},
		{75, "S1g,S1i,S1j,S2o"},
		{98, "S2a,S21,S1f,S1i"},
		{121, "S2a,S21,S1f,S1g,S1b,S1j,S2g,S2h,S2i"},
		{150, "S2a,S2b,S1f,S1i,S1j,S2o"},
		{180, "S2a,S2b,S1f,S1g,S1i,S1j,S2o"},
	};
	struct error err;
	struct messages *m = messages_load("en", NULL, &err);

	if (m == NULL)
		fail_msg("%s", err.text);
	for (size_t e = 0; e < ARRAY_SIZE(examples); e++) {
		struct situation s = situation_of(examples[e].row - 1);
		char ids[64], *rest = NULL;

		snprintf(ids, sizeof(ids), "%s", examples[e].ids);
		for (char *id = strtok_r(ids, ",", &rest); id != NULL;
		     id = strtok_r(NULL, ",", &rest)) {
			bool said = false;

			for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
				if (strcmp(sentences[i].id, id) == 0)
					said = said || row_says(m, &s, sentences[i].words);
			if (!said)
				fail_msg("row %d does not say %s", examples[e].row, id);
		}
	}
	messages_free(m);
}

/* Replaces the FAIL row's A group: drops A2, A3, A4 and puts `behind` after A1. */
static void
swap_a_group(const char *list, const char *behind, char out[static LIST_SIZE])
{
	char text[LIST_SIZE];
	char *rest = NULL;

	snprintf(text, sizeof(text), "%s", list);
	out[0] = '\0';
	for (char *id = strtok_r(text, " ", &rest); id != NULL; id = strtok_r(NULL, " ", &rest)) {
		if (strcmp(id, "A2") == 0 || strcmp(id, "A3") == 0 || strcmp(id, "A4") == 0)
			continue;
		strcat(out, id);
		strcat(out, " ");
		if (strcmp(id, "A1") == 0)
			strcat(out, behind);
	}
}

static void
check_class(enum outcome outcome, int n, const char *want)
{
	struct situation s = situation_of(n);
	char have[LIST_SIZE];

	s.outcome = outcome;
	got(&s, have);
	assert_string_equal(have, want);
}

static void
test_failure_classes(void **state UNUSED)
{
	char fail[LIST_SIZE], want[LIST_SIZE + 8];

	for (int n = 90; n < 180; n++) {
		struct row row = row_of(n);

		expect(rule, &row, fail);
		swap_a_group(fail, "", want);
		check_class(OUTCOME_NOT_REGISTERED, n, want);
		swap_a_group(fail, "A2? ", want);
		check_class(OUTCOME_NOT_FOUND, n, want);
		check_class(OUTCOME_NOT_UNIQUE, n, want);
		row.reg = "C";
		expect(rule, &row, fail);
		check_class(OUTCOME_NOT_OURS, n, fail);
		row.reg = "P";
		expect(rule, &row, fail);
		snprintf(want, sizeof(want), "A1 %s", fail);
		check_class(OUTCOME_UNKNOWN, n, want);
		check_class(OUTCOME_PENDING, n, want);
		check_class(OUTCOME_ALARM, n, "");
		check_class(OUTCOME_NOT_SENT, n, "");
		check_class(OUTCOME_HELD, n, "");
		check_class(OUTCOME_REJECTED, n, "");
	}
}

static void
check_words(const char *text)
{
	static const char *const forbidden[] = {
		"MSfB",
		"Store for Business",
		"12 h",
		"24 h",
		"12 hours",
		"24 hours",
		"AzureAD",
		"Azure AD",
		"MSOnline",
		"Msol",
		"emoved from Intune",
		"emoved from Entra",
		"emoved from Microsoft Entra",
		"emoved from the organi",
		"emoved from your organi",
		"o further action",
		"eady for Autopilot",
		"Remediation pending",
		"MgDevice",
		"Remove-ADComputer",
		"12 Stunden",
		"24 Stunden",
		"12-Stunden",
		"24-Stunden",
		"us Intune entfernt",
		"us Entra entfernt",
		"us Microsoft Entra entfernt",
		"us Microsoft Entra ID entfernt",
		"us der Organisation entfernt",
		"us Ihrer Organisation entfernt",
		"eine weiteren Schritte",
		"ichts weiter zu tun",
		"ereit für Autopilot",
		"ereit für Windows Autopilot",
	};

	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		assert_null(strstr(text, forbidden[i]));
}

static void
check_step(const struct messages *m, const struct step *step)
{
	const struct step_words *w = messages_step(m, step);
	const char *all[] = {w->title, w->text,   w->full,  w->condition, w->where,
	                     w->why,   w->expect, w->check, w->who};

	assert_true(step->id[0] != '\0' && w->title[0] != '\0' && w->who[0] != '\0');
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i] != NULL)
			check_words(all[i]);
	if (strchr(step->id, '?') != NULL)
		assert_non_null(w->condition);
	else
		assert_null(w->condition);
}

static bool
is_one_of(const char *id, const char *list)
{
	char padded[16];

	snprintf(padded, sizeof(padded), " %s ", id);
	return strstr(list, padded) != NULL;
}

static void
test_lists(void **state UNUSED)
{
	for (int n = 0; n < 180; n++) {
		struct situation s = situation_of(n);
		const struct step *list[STEPS_MAX];
		size_t count = steps_for(&s, list);

		assert_in_range(count, 12, 25);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(
				list[i]->inference,
				is_one_of(list[i]->id, " R0 B3 F1* D1 W2 A4 H3 E2 X1 X2 S1 "));
			for (size_t k = 0; k < i; k++)
				assert_ptr_not_equal(list[i], list[k]);
		}
	}
}

/* doc/cleanup.md, section 11, as text: a kind that depends on the device occurs once for each
 * case. */
static void
test_kinds_and_phases(void **state UNUSED)
{
	static const struct {
		const char *phase, *kind, *ids;
	} table[] = {
		{"find", "do", " Q1 Q2 "},
		{"keys", "do", " B1 "},
		{"keys", "if", " B3 "},
		{"firmware", "if", " F1 F1* F2 F3 "},
		{"data", "do", " R1 "},
		{"data", "if", " D1 "},
		{"intune", "check", " I0 I2 I3 "},
		{"intune", "do", " I1 T1 "},
		{"intune", "if", " T1? "},
		{"autopilot", "check", " A1 "},
		{"autopilot", "do", " A2 "},
		{"autopilot", "if", " A2? A4 "},
		{"autopilot", "ours", " A3 "},
		{"ad", "do", " H1 "},
		{"ad", "check", " H2 "},
		{"ad", "if", " H1? H2? "},
		{"after", "check", " R5 S1 "},
		{"after", "if", " X1 "},
		{"after", "know", " E1 E2 E3 E4 E5 R6 X2 S2 Z1 "},
		{"after", "ours", " R0 R2 R3 R4 "},
	};
	static const char by_device[] = " B2 H3 W1 W2 ";
	const struct situation s = {.join = JOIN_ENTRA, .mdm = MDM_INTUNE};

	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++) {
		const struct step *step = step_of((enum step_id)i);
		size_t found = is_one_of(step->id, by_device);

		for (size_t k = 0; k < ARRAY_SIZE(table); k++) {
			if (!is_one_of(step->id, table[k].ids))
				continue;
			found++;
			assert_string_equal(steps_phase_word(step->phase), table[k].phase);
			assert_string_equal(steps_kind_word(steps_kind(step, &s)), table[k].kind);
		}
		assert_int_equal(found, 1);
		if (step->url != NULL)
			assert_int_equal(strncmp(step->url, "https://", 8), 0);
	}
}

static void
expect_kind(const char *id, enum join_type join, enum mdm_state mdm, enum step_kind want)
{
	const struct situation s = {.join = join, .mdm = mdm};

	assert_int_equal(steps_kind(step_find(id), &s), want);
}

static void
test_kinds_by_device(void **state UNUSED)
{
	expect_kind("B2", JOIN_HYBRID, MDM_INTUNE, KIND_DO);
	expect_kind("B2", JOIN_UNKNOWN, MDM_INTUNE, KIND_IF);
	expect_kind("H3", JOIN_HYBRID, MDM_INTUNE, KIND_DO);
	expect_kind("H3", JOIN_UNKNOWN, MDM_INTUNE, KIND_IF);
	expect_kind("W1", JOIN_ENTRA, MDM_INTUNE, KIND_DO);
	expect_kind("W1", JOIN_ENTRA, MDM_UNKNOWN, KIND_IF);
	expect_kind("W2", JOIN_ENTRA, MDM_WAS_INTUNE, KIND_DO);
	expect_kind("W2", JOIN_ENTRA, MDM_NONE, KIND_DO);
	expect_kind("W2", JOIN_ENTRA, MDM_OTHER, KIND_DO);
	expect_kind("W2", JOIN_ENTRA, MDM_UNKNOWN, KIND_IF);
	assert_string_equal(steps_phase_word(step_find("B2")->phase), "keys");
	assert_string_equal(steps_phase_word(step_find("H3")->phase), "ad");
	assert_string_equal(steps_phase_word(step_find("W1")->phase), "data");
	assert_string_equal(steps_phase_word(step_find("W2")->phase), "data");
}

/* F2 is left out if the list names a manufacturer other than Dell; nothing else changes. */
static void
test_only_dell_has_the_bios_policy(void **state UNUSED)
{
	for (int n = 0; n < 180; n++) {
		struct situation s = situation_of(n);
		char with[LIST_SIZE], without[LIST_SIZE], *f2;

		got(&s, with);
		s.not_dell = true;
		got(&s, without);
		f2 = strstr(with, "F2 ");
		if (f2 != NULL)
			memmove(f2, f2 + 3, strlen(f2 + 3) + 1);
		assert_string_equal(without, with);
	}
	assert_false(manufacturer_is_not_dell(""));
	assert_false(manufacturer_is_not_dell("Dell Inc."));
	assert_false(manufacturer_is_not_dell("DELL"));
	assert_true(manufacturer_is_not_dell("Contoso"));
}

/* An open step is one that the customer answers; an unknown state lists A1 twice and counts it once. */
static void
test_open_steps(void **state UNUSED)
{
	struct situation s = situation_of(0);

	/* B1 F1* F2 R1 I1 I3 A1 A2? R5 */
	assert_int_equal(steps_open(&s, ""), 9);
	assert_int_equal(steps_open(&s, "B1 F1* E1 Z1 R0"), 7);
	assert_int_equal(steps_open(&s, "B1 F1* F2 R1 I1 I3 A1 A2? R5"), 0);
	s.outcome = OUTCOME_UNKNOWN;
	/* A1 B1 F1 F2 R1 I1 I3 A4 R5 */
	assert_int_equal(steps_open(&s, ""), 9);
	assert_int_equal(steps_open(&s, "A1"), 8);
	s.outcome = OUTCOME_HELD;
	assert_int_equal(steps_open(&s, ""), 0);
}

/* Every language has every step and every text, and says nothing that is forbidden. */
static void
test_texts(void **state UNUSED)
{
	static const char *const languages[] = {"en", "de"};
	struct error err;

	for (size_t l = 0; l < ARRAY_SIZE(languages); l++) {
		struct messages *m = messages_load(languages[l], NULL, &err);

		if (m == NULL)
			fail_msg("%s", err.text);
		assert_string_equal(messages_language(m), languages[l]);
		for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++) {
			assert_ptr_equal(step_find(step_of((enum step_id)i)->id),
			                 step_of((enum step_id)i));
			check_step(m, step_of((enum step_id)i));
		}
		messages_free(m);
	}
	assert_null(messages_load("xx", NULL, &err));
	assert_null(messages_load("../en", NULL, &err));
}

static void
test_english(void **state UNUSED)
{
	struct error err;
	struct messages *m = messages_load("en", NULL, &err);

	if (m == NULL)
		fail_msg("%s", err.text);
	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++) {
		const struct step_words *w = messages_step(m, step_of((enum step_id)i));

		if (w->condition != NULL)
			assert_int_equal(strncmp(w->full, "Only if ", 8), 0);
		if (strstr(w->full, "elete the device object") != NULL)
			assert_string_equal(
				w->full,
				"Do not delete the device object in Microsoft Entra ID by hand.");
	}
	messages_free(m);
}

static const char letter_rule[] = "B1              always\n"
				  "B2              join=HJ,UN\n"
				  "F1              reg=P mdm=E,W,U\n" DEVICE_LINES
				  "|               always\n"
				  "H1 H2           join=HJ\n"
				  "H1? H2?         join=UN\n"
				  "E1              always\n";

/* Section 6.4; "|" stands for "tell us when this is done; then we deregister". */
static void
test_letter(void **state UNUSED)
{
	for (int n = 0; n < 180; n++) {
		struct row row = row_of(n);
		struct situation s = situation_of(n);
		const struct step *list[STEPS_MAX];
		char want[LIST_SIZE], have[LIST_SIZE] = "";
		size_t after, count = steps_for_letter(&s, list, &after);

		for (size_t i = 0; i < count; i++) {
			strcat(have, i == after ? "| " : "");
			strcat(have, list[i]->id);
			strcat(have, " ");
		}
		expect(letter_rule, &row, want);
		assert_string_equal(have, want);
	}
}

/* Values that no list can contain still have a defined answer. */
static void
test_other_input(void **state UNUSED)
{
	const struct step *list[STEPS_MAX];
	struct situation s = situation_of(0);

	s.outcome = OUTCOME_COUNT;
	assert_int_equal(steps_for(&s, list), 0);
	assert_null(step_find("B9"));
	assert_null(step_find(""));
}

/* Ids that the customer answered, with ":n" for "does not apply" and "@9" for a time. */
static void
test_answered_lists(void **state UNUSED)
{
	static const char list[] = "B1 B2:n  A1@7 A2?";

	assert_true(steps_hold(list, "B1"));
	assert_true(steps_hold(list, "B2"));
	assert_true(steps_hold(list, "A1"));
	assert_true(steps_hold(list, "A2?"));
	assert_false(steps_hold(list, "A2"));
	assert_false(steps_hold(list, "B"));
	assert_false(steps_hold(list, "C1"));
	assert_false(steps_hold("", "B1"));
	assert_true(steps_not_applicable(list, "B2"));
	assert_false(steps_not_applicable(list, "B1"));
	assert_false(steps_not_applicable(list, "C1"));
	/* Intune and Autopilot, whichever was confirmed first */
	assert_int_equal(steps_verified("I3@5 A1@7"), 5);
	assert_int_equal(steps_verified("I3@9 A1@7"), 7);
	assert_int_equal(steps_verified("I0@6 A1@7"), 6);
	assert_int_equal(steps_verified("I3 A1@7"), 0);
	assert_int_equal(steps_verified("I3@5"), 0);
}

static void
test_actions_of_a_letter(void **state UNUSED)
{
	for (int n = 0; n < 180; n++) {
		struct situation s = situation_of(n);
		const struct step *list[STEPS_MAX];
		size_t count = steps_of_letter(&s, list), actions = 0;

		for (size_t i = 0; i < count; i++) {
			enum step_kind kind = list[i]->kind;
			actions += kind != KIND_KNOW && kind != KIND_OURS;
		}
		assert_int_equal(steps_letter_actions(&s), actions);
	}
}

/* Devices share a group of the page only if nothing that the rule reads differs. */
static void
test_equal_situations(void **state UNUSED)
{
	const struct situation s = situation_of(0);
	struct situation other[7];

	assert_true(situation_equal(&s, &s));
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		other[i] = s;
	other[0].outcome = OUTCOME_REFUSED;
	other[1].join = JOIN_UNKNOWN;
	other[2].mdm = MDM_UNKNOWN;
	other[3].via = VIA_CUSTOMER;
	other[4].purpose = PURPOSE_RESELL;
	other[5].not_dell = true;
	other[6].earlier = true;
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_false(situation_equal(&s, &other[i]));
}

/* A row that is held because an earlier run deregistered its device. */
static void
test_rows_of_an_earlier_run(void **state UNUSED)
{
	static const struct {
		enum outcome outcome;
		const char *reason;
		bool earlier;
		const char *day;
	} rows[] = {
		{OUTCOME_HELD, "deregistered in run 20260102T030405Z-1a2b on 2026-01-02", true,
	         "2026-01-02"},
		{OUTCOME_HELD, "deregistered in run 20260102T030405Z-1a2b", true, ""},
		{OUTCOME_HELD, "on the skip list", false, ""},
		{OUTCOME_DEREGISTERED, "deregistered in run x on 2026-01-02", false, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct step *list[STEPS_MAX];
		struct ledger_row row = {.outcome = rows[i].outcome,
		                         .reason = rows[i].reason,
		                         .device = {"1", "S", "Dell Inc.", "M"}};
		struct situation s = situation_of_row(&row);
		char day[SITUATION_DAY_SIZE];

		assert_int_equal(s.earlier, rows[i].earlier);
		assert_false(s.not_dell);
		situation_earlier_day(&row, day);
		assert_string_equal(day, rows[i].day);
		/* its clean-up is that of a deregistered device */
		assert_int_equal(steps_for(&s, list) > 0,
		                 rows[i].earlier || rows[i].outcome == OUTCOME_DEREGISTERED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_rows),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_failure_classes),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_english),
		cmocka_unit_test(test_letter),
		cmocka_unit_test(test_deciding_sentences),
		cmocka_unit_test(test_kinds_and_phases),
		cmocka_unit_test(test_kinds_by_device),
		cmocka_unit_test(test_only_dell_has_the_bios_policy),
		cmocka_unit_test(test_open_steps),
		cmocka_unit_test(test_other_input),
		cmocka_unit_test(test_answered_lists),
		cmocka_unit_test(test_actions_of_a_letter),
		cmocka_unit_test(test_equal_situations),
		cmocka_unit_test(test_rows_of_an_earlier_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
