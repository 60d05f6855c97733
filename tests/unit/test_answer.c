/* Entries of an answer are matched to devices by the identifier they echo; anything doubtful is unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
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
	/* missing */
	{D2 "," D3 "," D4, {OUTCOME_UNKNOWN, 0, 0, 0}, 0},
	/* doubled, even if both say the same */
	{D1 "," D1 "," D2 "," D3 "," D4, {OUTCOME_UNKNOWN, 0, 0, 0}, 0},
	/* entries of unknown devices are ignored and replace no other */
	{D1 "," D2 "," D3 "," TUPLE("Northwind", DONE), {0, 0, 0, OUTCOME_UNKNOWN}, 1},
	/* part of a serial, another case, the serial alone: no match */
	{D1 "," D2 "," D3 ",{\"SerialNumber\":\"AB-1\",\"DeviceStatusName\":\"Complete\"}",
         {0, 0, 0, OUTCOME_UNKNOWN},
         1},
	{D1 "," D2 "," D3 "," TUPLE("fabrikam", DONE), {0, 0, 0, OUTCOME_UNKNOWN}, 1},
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
		size_t unexpected;
		char body[2048];
		snprintf(body, sizeof(body), "{\"Devices\":[%s]}", cases[i].entries);
		assert_int_equal(answer_json_read_devices(&profile, &batch, body, strlen(body), v,
		                                          &unexpected, &err),
		                 ROUTE_ANSWERED);
		for (size_t d = 0; d < 4; d++)
			if (v[d].outcome != cases[i].want[d])
				fail_msg("case %zu, device %zu: %s (%s), expected %s", i, d,
				         outcome_word(v[d].outcome), v[d].reason,
				         outcome_word(cases[i].want[d]));
		assert_int_equal(unexpected, cases[i].unexpected);
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
		size_t unexpected;
		assert_int_equal(answer_json_read_devices(&profile, &batch, bodies[i].body,
		                                          strlen(bodies[i].body), v, &unexpected,
		                                          &err),
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
	size_t unexpected;

	(void)state;
	assert_int_equal(answer_json_read_devices(&profile, &batch, body, strlen(body), v,
	                                          &unexpected, &err),
	                 ROUTE_ANSWERED);
	for (size_t d = 0; d < 4; d++)
		assert_int_equal(v[d].outcome, OUTCOME_UNKNOWN);
	profile.correlate = CORRELATE_POSITION;
	assert_int_equal(answer_json_read_devices(&profile, &batch, body, strlen(body), v,
	                                          &unexpected, &err),
	                 ROUTE_ANSWERED);
	profile.correlate = CORRELATE_IDENTIFIER;
	assert_int_equal(v[0].outcome, OUTCOME_DEREGISTERED);
	assert_int_equal(v[2].outcome, OUTCOME_NOT_FOUND);
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
		cmocka_unit_test(reads_batch_ids),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
