/* The vocabulary: every word of the trade reads back as itself, synonyms are understood, the rest is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "partner/vocabulary.h"

static void
outcome_words_are_those_of_the_design(void **state)
{
	static const char *const design[OUTCOME_COUNT] = {
		"deregistered", "not-registered", "not-ours", "not-found", "not-unique", "refused",
		"alarm",        "pending",        "unknown",  "not-sent",  "held",       "rejected",
	};

	(void)state;
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
		assert_string_equal(outcome_word(o), design[o]);
		assert_int_equal(outcome_is_good(o),
		                 o == OUTCOME_DEREGISTERED || o == OUTCOME_NOT_REGISTERED);
	}
}

static void
every_word_reads_back_as_itself(void **state)
{
	enum join_type j;
	enum mdm_state m;
	enum registrant v;
	enum purpose p;

	(void)state;
	for (enum join_type i = 0; i < JOIN_COUNT; i++)
		assert_true(join_parse(join_word(i), &j) && j == i);
	for (enum mdm_state i = 0; i < MDM_COUNT; i++)
		assert_true(mdm_parse(mdm_word(i), &m) && m == i);
	for (enum registrant i = 0; i < VIA_COUNT; i++)
		assert_true(registrant_parse(registrant_word(i), &v) && v == i);
	for (enum purpose i = 0; i < PURPOSE_COUNT; i++)
		assert_true(purpose_parse(purpose_word(i), &p) && p == i);
}

static void
reads_what_people_write(void **state)
{
	static const char *const entra[] = {
		"Entra",          "AAD",        "aadj",
		"entra joined",   "Entra ID",   "Azure AD joined",
		"AzureAD-joined", "Azure_AD",   "Microsoft Entra joined",
		" entra  join",   "AAD joined", "Azure Active Directory joined"};
	static const char *const hybrid[] = {
		"HYBRID",        "Hybrid Azure AD joined", "HAADJ",
		"hybrid-joined", "hybrid entra joined",    "Microsoft Entra hybrid joined"};
	enum join_type j;
	enum mdm_state m;
	enum registrant v;
	enum purpose p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(entra); i++)
		assert_true(join_parse(entra[i], &j) && j == JOIN_ENTRA);
	for (size_t i = 0; i < ARRAY_SIZE(hybrid); i++)
		assert_true(join_parse(hybrid[i], &j) && j == JOIN_HYBRID);
	assert_true(join_parse("", &j) && j == JOIN_UNKNOWN);
	assert_true(mdm_parse("Was Intune", &m) && m == MDM_WAS_INTUNE);
	assert_true(mdm_parse("", &m) && m == MDM_UNKNOWN);
	assert_true(registrant_parse("OEM", &v) && v == VIA_PARTNER);
	assert_true(registrant_parse("Intune", &v) && v == VIA_CUSTOMER);
	assert_true(registrant_parse("unknown", &v) && v == VIA_PARTNER);
	assert_true(purpose_parse("RMA", &p) && p == PURPOSE_REPAIR);
	assert_true(purpose_parse("End of life", &p) && p == PURPOSE_RETIRE);
	assert_true(purpose_parse("EOL", &p) && p == PURPOSE_RETIRE);
	assert_true(purpose_parse("end-of-life", &p) && p == PURPOSE_RETIRE);
	assert_true(purpose_parse("resale", &p) && p == PURPOSE_RESELL);
}

static void
refuses_what_it_does_not_know(void **state)
{
	enum join_type j = JOIN_HYBRID;
	enum mdm_state m = MDM_OTHER;
	enum registrant v = VIA_CUSTOMER;
	enum purpose p = PURPOSE_RESELL;

	(void)state;
	assert_false(join_parse("registered", &j) || join_parse("yes", &j) ||
	             join_parse("ent", &j) || join_parse("entra hybrid registered", &j));
	assert_false(
		join_parse("hybrid hybrid hybrid hybrid hybrid hybrid hybrid hybrid hybrid", &j));
	assert_false(mdm_parse("no", &m) || mdm_parse("intune?", &m));
	assert_false(registrant_parse("me", &v) || registrant_parse("microsoft", &v));
	assert_false(purpose_parse("", &p) || purpose_parse("return", &p));
	/* and leaves the caller's value alone */
	assert_true(j == JOIN_HYBRID && m == MDM_OTHER && v == VIA_CUSTOMER && p == PURPOSE_RESELL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcome_words_are_those_of_the_design),
		cmocka_unit_test(every_word_reads_back_as_itself),
		cmocka_unit_test(reads_what_people_write),
		cmocka_unit_test(refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
