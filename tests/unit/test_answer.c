/* Entries of an answer are matched to devices by the identifier they echo; anything doubtful is unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "partner/route/oem_direct/answer_json.h"

static struct profile profile;

static const struct device_id devices[] = {
	{"1000000000001", "", "", ""},
	{"1000000000002", "", "", ""},
	{"", "AB-1", "Contoso", "Book 1"},
	{"", "AB-1", "Fabrikam", "Book 1"},
};
static const struct route_batch batch = {
	.reference = "ref", .sold_to = "1", .received_from = "2", .device = devices, .count = 4};

#define D1 "{\"ProductKey\":\"1000000000001\",\"DeviceStatusName\":\"Complete\"}"
#define D2 "{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Complete\"}"
#define TUPLE(m, rest) \
	"{\"SerialNumber\":\"AB-1\",\"OemManufacturerName\":\"" m \
	"\",\"ModelName\":\"Book 1\"," rest "}"
#define DONE "\"DeviceStatusName\":\"Complete\""
#define D3 TUPLE("Contoso", DONE)
#define D4 TUPLE("Fabrikam", DONE)

/* The entries of an answer, the outcomes of the four devices, and how many entries match none. */
static const struct {
	const char *entries;
	enum outcome want[4];
	size_t unexpected;
} cases[] = {
	{D1 "," D2 "," D3 "," D4, {0, 0, 0, 0}, 0},
	{D4 "," D3 "," D2 "," D1, {0, 0, 0, 0}, 0}, /* the order does not matter */
	/* missing: a later answer may have it */
	{D2 "," D3 "," D4, {OUTCOME_PENDING, 0, 0, 0}, 0},
	/* doubled, even if both say the same */
	{D1 "," D1 "," D2 "," D3 "," D4, {OUTCOME_UNKNOWN, 0, 0, 0}, 0},
	/* entries of unknown devices are ignored and replace no other */
	{D1 "," D2 "," D3 "," TUPLE("Northwind", DONE), {0, 0, 0, OUTCOME_PENDING}, 1},
	/* part of a serial, another case, the serial alone: no match */
	{D1 "," D2 "," D3 ",{\"SerialNumber\":\"AB-1\",\"DeviceStatusName\":\"Complete\"}",
         {0, 0, 0, OUTCOME_PENDING},
         1},
	{D1 "," D2 "," D3 "," TUPLE("fabrikam", DONE), {0, 0, 0, OUTCOME_PENDING}, 1},
	/* one entry that matches two devices */
	{"{\"ProductKey\":\"1000000000001\",\"SerialNumber\":\"AB-1\",\"OemManufacturerName\":"
         "\"Contoso\",\"ModelName\":\"Book 1\"," DONE "}," D2 "," D4,
         {OUTCOME_UNKNOWN, 0, OUTCOME_UNKNOWN, 0},
         0},
	/* the service adds the PKID to a device that was sent by its tuple */
	{D1 "," D2 "," D3 "," TUPLE("Fabrikam", "\"ProductKey\":\"9999999999999\"," DONE), {0}, 0},
	/* the older family wrote a PKID as a number */
	{"{\"ProductKey\":1000000000001,\"DeviceStatusName\":\"Complete\"}," D2 "," D3 "," D4,
         {0},
         0},
	/* status words: any case; unlisted; pending */
	{"{\"ProductKey\":\"1000000000001\",\"DeviceStatusName\":\"complete\"},"
         "{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Success\"}," D3 "," D4,
         {0, OUTCOME_UNKNOWN, 0, 0},
         0},
	{D1 ",{\"ProductKey\":\"1000000000002\"}," D3 "," D4, {0, OUTCOME_UNKNOWN, 0, 0}, 0},
	{D1 "," TUPLE("Contoso", "\"DeviceStatusName\":\"Pending\""),
         {0, OUTCOME_PENDING, OUTCOME_PENDING, OUTCOME_PENDING},
         0},
	/* errors by name, by number, unlisted, contradictory */
	{D1 ",{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Error\",\"DeviceErrorName\":"
            "\"ZtdDeviceNotFound\",\"DeviceErrorCode\":812}," D3 "," D4,
         {0, OUTCOME_NOT_FOUND, 0, 0},
         0},
	{D1 ",{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Error\",\"DeviceErrorCode\":"
            "811}"
            "," D3 "," D4,
         {0, OUTCOME_NOT_OURS, 0, 0},
         0},
	{D1 ",{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Error\",\"DeviceErrorName\":"
            "\"ZtdSomethingNew\",\"DeviceErrorCode\":899}," D3 "," D4,
         {0, OUTCOME_UNKNOWN, 0, 0},
         0},
	{D1 ",{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Error\",\"DeviceErrorName\":"
            "\"ZtdDeviceNotFound\",\"DeviceErrorCode\":807}," D3 "," D4,
         {0, OUTCOME_UNKNOWN, 0, 0},
         0},
	{D1
         ",{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Complete\",\"DeviceErrorName\":"
         "\"ZtdDeviceNotFound\"}," D3 "," D4,
         {0, OUTCOME_UNKNOWN, 0, 0},
         0},
	/* an alarm wins over everything else */
	{D1 ",{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Complete\","
            "\"DeviceErrorCode\":806}"
            "," D3 "," D4,
         {0, OUTCOME_ALARM, 0, 0},
         0},
	{D1 ",{\"ProductKey\":\"1000000000002\",\"DeviceStatusName\":\"Error\",\"DeviceErrorName\":"
            "\"ZtdDeviceNotFound\",\"DeviceErrorCode\":808}," D3 "," D4,
         {0, OUTCOME_ALARM, 0, 0},
         0},
};

static void
matches_by_echoed_identifier(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct route_verdict v[4] = {0};
		struct error err = {""};
		struct answer_notes notes;
		char body[2048];
		snprintf(body, sizeof(body), "{\"Devices\":[%s]}", cases[i].entries);
		assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, body,
		                                          strlen(body), v, &notes, &err),
		                 ROUTE_ANSWERED);
		for (size_t d = 0; d < 4; d++)
			if (v[d].outcome != cases[i].want[d])
				fail_msg("case %zu, device %zu: %s (%s), expected %s", i, d,
				         outcome_word(v[d].outcome), v[d].reason,
				         outcome_word(cases[i].want[d]));
		assert_int_equal(notes.unexpected, cases[i].unexpected);
	}
}

static void
explains_unreadable_answers(void **state)
{
	static const struct {
		const char *body, *says;
	} bodies[] = {
		{"", "the answer is empty"},
		{"{", "unreadable JSON: byte 2: "},
		{"[]", "the answer has no list \"Devices\""},
		{"<html>login</html>", "the answer is not JSON; it looks like an HTML page (a "
	                               "login or maintenance page?)"},
		{"<Devices/>", "the answer is not JSON; it looks like XML"},
		{"{\"Devices\":{}}", "the answer has no list \"Devices\""},
		{"{\"Devices\":[]}", "the answer contains no device"},
		{"null", "the answer has no list \"Devices\""},
		{"{\"Devices\":[" D1 "],\"Devices\":[" D1 "]}", "unreadable JSON: "},
		{"{\"Devices\":[" D1 "]} trailing", "unreadable JSON: "},
		{"{\"Devices\":[{\"ProductKey\":\"1000000000001\\u0000\"}]}", "unreadable JSON: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct route_verdict v[4];
		struct error err = {""};
		struct answer_notes notes;
		assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, bodies[i].body,
		                                          strlen(bodies[i].body), v, &notes, &err),
		                 ROUTE_LOST);
		if (strncmp(err.text, bodies[i].says, strlen(bodies[i].says)) != 0)
			fail_msg("body %zu: %s", i, err.text);
	}
}

static void
matches_by_position_only_if_the_profile_says_so(void **state)
{
	static const char body[] =
		"{\"Devices\":[{" DONE "},{" DONE
		"},{\"DeviceStatusName\":\"Error\",\"DeviceErrorCode\":812},{" DONE "}]}";
	struct route_verdict v[4] = {0};
	struct error err = {""};
	struct answer_notes notes;

	(void)state;
	assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, body, strlen(body), v,
	                                          &notes, &err),
	                 ROUTE_ANSWERED);
	for (size_t d = 0; d < 4; d++) {
		assert_int_equal(v[d].outcome, OUTCOME_PENDING);
		assert_true(v[d].missing);
	}
	profile.correlate = CORRELATE_POSITION;
	assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, body, strlen(body), v,
	                                          &notes, &err),
	                 ROUTE_ANSWERED);
	profile.correlate = CORRELATE_IDENTIFIER;
	assert_int_equal(v[0].outcome, OUTCOME_DEREGISTERED);
	assert_int_equal(v[2].outcome, OUTCOME_NOT_FOUND);
}

/* Beside the status Complete: the fields in the order code, name. Every JSON type of either. */
static const struct {
	const char *fields;
	enum outcome want;
} errors[] = {
	{"", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorCode\":null", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorCode\":0", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorCode\":0.0", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorCode\":\"0\"", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorCode\":\"\"", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":\" 0\"", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":\"00\"", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":812", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":\"812\"", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":-2147024809", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":\"-2147024809\"", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":1e300", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":true", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":false", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":[]", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":{}", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":[1806]", OUTCOME_UNKNOWN},
	{",\"DeviceErrorCode\":806", OUTCOME_ALARM},
	{",\"DeviceErrorCode\":\"808\"", OUTCOME_ALARM},
	{",\"DeviceErrorCode\":\" 806\"", OUTCOME_ALARM},
	{",\"DeviceErrorCode\":\"806x\"", OUTCOME_ALARM},
	{",\"DeviceErrorCode\":\"0x326\"", OUTCOME_ALARM},
	{",\"DeviceErrorCode\":806.5", OUTCOME_ALARM},
	{",\"DeviceErrorCode\":[806]", OUTCOME_ALARM},
	{",\"DeviceErrorCode\":{\"v\":808}", OUTCOME_ALARM},
	/* the names of the fields are assumed: another field may speak of an alarm */
	{",\"ErrorCode\":806", OUTCOME_ALARM},
	{",\"errorcode\":\"808\"", OUTCOME_ALARM},
	{",\"Errors\":[{\"Code\":806}]", OUTCOME_ALARM},
	{",\"Result\":{\"Detail\":[\"ZtdDeviceAlreadyAssigned\"]}", OUTCOME_ALARM},
	{",\"Message\":\"error 808\"", OUTCOME_ALARM},
	{",\"RegistrationId\":\"806\"", OUTCOME_DEREGISTERED},
	{",\"Count\":806", OUTCOME_DEREGISTERED},
	{",\"ErrorCode\":8060", OUTCOME_DEREGISTERED},
	{",\"SerialNumber\":\"CODE-806\"", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorName\":null", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorName\":\"\"", OUTCOME_DEREGISTERED},
	{",\"DeviceErrorName\":\" \"", OUTCOME_UNKNOWN},
	{",\"DeviceErrorName\":\"ZtdDeviceNotFound\"", OUTCOME_UNKNOWN},
	{",\"DeviceErrorName\":0", OUTCOME_UNKNOWN},
	{",\"DeviceErrorName\":7", OUTCOME_UNKNOWN},
	{",\"DeviceErrorName\":true", OUTCOME_UNKNOWN},
	{",\"DeviceErrorName\":[\"x\"]", OUTCOME_UNKNOWN},
	{",\"DeviceErrorName\":{\"n\":1}", OUTCOME_UNKNOWN},
	{",\"DeviceErrorName\":806", OUTCOME_ALARM},
	{",\"DeviceErrorName\":\"ztddevicealreadyassigned (1)\"", OUTCOME_ALARM},
	{",\"DeviceErrorName\":[\"ZtdDeviceAssignedToOtherTenant\"]", OUTCOME_ALARM},
};

static void
judges_every_form_of_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		char body[512];
		struct route_verdict v[4] = {0};
		struct answer_notes notes;
		struct error err = {""};
		snprintf(body, sizeof(body),
		         "{\"Devices\":[{\"ProductKey\":\"1000000000001\"," DONE "%s}]}",
		         errors[i].fields);
		assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, body,
		                                          strlen(body), v, &notes, &err),
		                 ROUTE_ANSWERED);
		if (v[0].outcome != errors[i].want)
			fail_msg("%s: %s (%s)", errors[i].fields, outcome_word(v[0].outcome),
			         v[0].reason);
	}
}

static void
sees_alarms_outside_of_verdicts(void **state)
{
	static const struct {
		const char *body;
		bool alarm;
	} bodies[] = {
		{"{\"BatchId\":\"a-806\"}", false},
		{"{\"BatchId\":\"a\",\"ErrorCode\":806}", true},
		{"{\"ErrorCode\" : \"808\"}", true},
		{"{\"ErrorCode\":8061}", false},
		{"{\"Message\":\"Error 806: no\"}", true},
		{"{\"Message\":\"device 806 is unknown\"}", false},
		{"<ClientError><ErrorCode>806</ErrorCode></ClientError>", true},
		{"cut {\"x\":\"ZTDDeviceAlreadyAssigned", true},
		{"", false},
	};
	const char *unmatched = "{\"Devices\":[" D1 "," D2 "," D3 "," D4
				",{\"ProductKey\":\"7\",\"DeviceErrorCode\":806}]}";
	struct route_verdict v[4] = {0};
	struct answer_notes notes;
	struct error err = {""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		if (answer_body_is_alarm(&profile, bodies[i].body, strlen(bodies[i].body)) !=
		    bodies[i].alarm)
			fail_msg("%s", bodies[i].body);
	assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, unmatched,
	                                          strlen(unmatched), v, &notes, &err),
	                 ROUTE_ANSWERED);
	assert_true(notes.alarm);
	assert_int_equal(notes.unexpected, 1);
}

static void
an_alarm_outside_of_all_entries_leaves_no_success(void **state)
{
	static const struct {
		const char *member;
		bool alarm;
	} members[] = {
		{"\"ErrorCode\":806", true},
		{"\"ErrorCode\":\"808\"", true},
		{"\"Errors\":[{\"Code\":806}]", true},
		{"\"Message\":\"ZtdDeviceAssignedToOtherTenant\"", true},
		{"\"ErrorCode\":0", false},
		{"\"BatchId\":\"code 806\"", false},
		{"\"Count\":806", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		char body[512];
		struct route_verdict v[4] = {0};
		struct answer_notes notes;
		struct error err = {""};
		snprintf(body, sizeof(body), "{\"Devices\":[" D1 "],%s}", members[i].member);
		assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, body,
		                                          strlen(body), v, &notes, &err),
		                 ROUTE_ANSWERED);
		assert_int_equal(notes.alarm, members[i].alarm);
		assert_int_equal(v[0].outcome,
		                 members[i].alarm ? OUTCOME_UNKNOWN : OUTCOME_DEREGISTERED);
	}
}

static void
an_alarm_is_seen_at_both_ends_of_a_long_body(void **state)
{
	size_t len = (size_t)1024 * 1024;
	char *body = malloc(len);
	static const char alarm[] = "ErrorCode: 806;";
	const size_t places[] = {0, 60000, len - sizeof(alarm)};

	(void)state;
	assert_non_null(body);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		memset(body, ' ', len);
		assert_false(answer_body_is_alarm(&profile, body, len));
		memcpy(body + places[i], alarm, sizeof(alarm) - 1);
		assert_true(answer_body_is_alarm(&profile, body, len));
	}
	free(body);
}

static void
an_entry_of_another_type_may_be_an_alarm(void **state)
{
	static const char *const entries[] = {"806", "\"ZtdDeviceAlreadyAssigned\"",
	                                      "[{\"ErrorCode\":808}]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		char body[512];
		struct route_verdict v[4] = {0};
		struct answer_notes notes;
		struct error err = {""};
		snprintf(body, sizeof(body), "{\"Devices\":[" D1 ",%s]}", entries[i]);
		assert_int_equal(answer_json_read_devices(&profile, &batch, NULL, body,
		                                          strlen(body), v, &notes, &err),
		                 ROUTE_ANSWERED);
		assert_true(notes.alarm);
	}
}

static void
refuses_the_answer_of_another_batch(void **state)
{
	static const char *const odd[] = {"{\"BatchId\":7,\"Devices\":[" D1 "]}",
	                                  "{\"BatchId\":\"\",\"Devices\":[" D1 "]}",
	                                  "{\"BatchId\":[\"7\"],\"Devices\":[" D1 "]}",
	                                  "{\"BatchId\":{},\"Devices\":[" D1 "]}"};
	const char *body = "{\"BatchId\":\"b\",\"Devices\":[" D1 "]}";
	struct route_verdict v[4] = {0};
	struct answer_notes notes;
	struct error err = {""};

	(void)state;
	assert_int_equal(answer_json_read_devices(&profile, &batch, "a", body, strlen(body), v,
	                                          &notes, &err),
	                 ROUTE_LOST);
	assert_int_equal(answer_json_read_devices(&profile, &batch, "b", body, strlen(body), v,
	                                          &notes, &err),
	                 ROUTE_ANSWERED);
	/* a BatchId of another form names no batch */
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		assert_int_equal(answer_json_read_devices(&profile, &batch, "7", odd[i],
		                                          strlen(odd[i]), v, &notes, &err),
		                 ROUTE_LOST);
}

static void
reads_batch_ids(void **state)
{
	char id[ROUTE_ID_MAX], body[2 * ROUTE_ID_MAX];
	struct error err;

	(void)state;
	assert_int_equal(
		answer_json_read_batch_id(&profile, "{\"BatchId\":\"a b/c:d\"}", 21, id, &err), 0);
	assert_string_equal(id, "a b/c:d");
	assert_int_equal(answer_json_read_batch_id(&profile, "{\"BatchId\":\"\"}", 14, id, &err),
	                 -1);
	assert_int_equal(answer_json_read_batch_id(&profile, "{\"BatchId\":7}", 13, id, &err), -1);
	assert_int_equal(answer_json_read_batch_id(&profile, "{}", 2, id, &err), -1);
	snprintf(body, sizeof(body), "{\"BatchId\":\"%0*d\"}", ROUTE_ID_MAX, 1);
	assert_int_equal(answer_json_read_batch_id(&profile, body, strlen(body), id, &err), -1);
}

static int
load(void **state)
{
	struct error err;

	(void)state;
	return profile_load(&profile, NULL, &err);
}

static int
unload(void **state)
{
	(void)state;
	profile_release(&profile);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_by_echoed_identifier),
		cmocka_unit_test(explains_unreadable_answers),
		cmocka_unit_test(matches_by_position_only_if_the_profile_says_so),
		cmocka_unit_test(judges_every_form_of_an_error),
		cmocka_unit_test(sees_alarms_outside_of_verdicts),
		cmocka_unit_test(an_alarm_outside_of_all_entries_leaves_no_success),
		cmocka_unit_test(an_alarm_is_seen_at_both_ends_of_a_long_body),
		cmocka_unit_test(an_entry_of_another_type_may_be_an_alarm),
		cmocka_unit_test(refuses_the_answer_of_another_batch),
		cmocka_unit_test(reads_batch_ids),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
