/* Answers that a service hardly gives: large batches, doubled and contradictory entries, odd identifiers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "partner/route/oem_direct/answer_json.h"

#define MANY 300
#define DONE "\"DeviceStatusName\":\"Complete\""
#define ALARM "\"DeviceErrorCode\":806"
#define PKID(id, rest) "{\"ProductKey\":" id "," rest "}"
#define P1(rest) PKID("\"1000000000001\"", rest)
#define P2(rest) PKID("\"1000000000002\"", rest)
#define TUPLE \
	"\"SerialNumber\":\"AB-1\",\"OemManufacturerName\":\"Contoso\",\"ModelName\":\"Book 1\","
#define T3(rest) "{" TUPLE rest "}"
#define BOTH(rest) P1(TUPLE rest) /* the identifiers of two devices */

static struct profile profile;

static const struct device_id devices[] = {
	{"1000000000001", "", "", ""},
	{"1000000000002", "", "", ""},
	{"", "AB-1", "Contoso", "Book 1"},
};
static const struct route_batch batch = {
	.reference = "ref", .sold_to = "1", .received_from = "2", .device = devices, .count = 3};

static void
read_entries(const struct route_batch *b, const char *entries, struct route_verdict *v,
             struct answer_notes *notes)
{
	struct error err = {""};
	struct buf body;

	buf_init(&body, (size_t)1024 * 1024);
	buf_printf(&body, "{\"Devices\":[%s]}", entries);
	assert_int_equal(
		answer_json_read_devices(&profile, b, NULL, body.data, body.len, v, notes, &err),
		ROUTE_ANSWERED);
	buf_release(&body);
}

/* Entries, the outcomes of the three devices, and whether an alarm stands outside of them. */
static const struct {
	const char *entries;
	enum outcome want[3];
	bool alarm;
} cases[] = {
	/* the error's name alone, its number alone, and an error that cannot be read */
	{P1("\"DeviceStatusName\":\"Error\",\"DeviceErrorName\":\"ZtdDeviceNotFound\""),
         {OUTCOME_NOT_FOUND, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{P1("\"DeviceStatusName\":\"Error\",\"DeviceErrorName\":\"ZtdDeviceNotFound\","
            "\"DeviceErrorCode\":899"),
         {OUTCOME_NOT_FOUND, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{P1(DONE ",\"DeviceErrorName\":\"ZtdDeviceAlreadyAssigned\""),
         {OUTCOME_ALARM, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{P1("\"DeviceStatusName\":\"Error\",\"DeviceErrorCode\":[7]"),
         {OUTCOME_UNKNOWN, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{P1(DONE ",\"DeviceErrorCode\":\"807x\""),
         {OUTCOME_UNKNOWN, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{P1(DONE ",\"ErrorCode\":\"807\",\"Errors\":[{\"Code\":807},\"x\"]"),
         {OUTCOME_DEREGISTERED, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{P1(DONE ",\"Text\":\"ErrorCode                    806\""), /* too far away */
         {OUTCOME_DEREGISTERED, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{P1(DONE ",\"DeviceErrorName\":\"refused (806)\""),
         {OUTCOME_ALARM, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	/* the same device twice: the alarm wins, whichever comes first */
	{P1(ALARM) "," P1(DONE), {OUTCOME_ALARM, OUTCOME_PENDING, OUTCOME_PENDING}, false},
	{P1(DONE) "," P1(ALARM), {OUTCOME_ALARM, OUTCOME_PENDING, OUTCOME_PENDING}, false},
	{P1(DONE) "," P1(DONE) "," P1(ALARM),
         {OUTCOME_ALARM, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	/* one entry names two devices */
	{BOTH(ALARM), {OUTCOME_ALARM, OUTCOME_PENDING, OUTCOME_ALARM}, false},
	{T3(ALARM) "," BOTH(DONE), {OUTCOME_ALARM, OUTCOME_PENDING, OUTCOME_ALARM}, false},
	{T3(DONE) "," BOTH(DONE), {OUTCOME_UNKNOWN, OUTCOME_PENDING, OUTCOME_UNKNOWN}, false},
	/* entries of no device: one alarm among them is enough */
	{PKID("\"7\"", ALARM) "," PKID("\"8\"", DONE),
         {OUTCOME_PENDING, OUTCOME_PENDING, OUTCOME_PENDING},
         true},
	{PKID("\"7\"", DONE) "," PKID("\"8\"", DONE),
         {OUTCOME_PENDING, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	/* numbers that are no PKID, although one of them would be rounded to a device's */
	{PKID("1000000000001.5", DONE) "," PKID("-1000000000001", DONE) "," PKID("1e16", DONE),
         {OUTCOME_PENDING, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
	{PKID("1000000000001", DONE) "," PKID("null", DONE),
         {OUTCOME_DEREGISTERED, OUTCOME_PENDING, OUTCOME_PENDING},
         false},
};

static void
judges_odd_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct route_verdict v[3] = {0};
		struct answer_notes notes;
		read_entries(&batch, cases[i].entries, v, &notes);
		for (size_t d = 0; d < ARRAY_SIZE(v); d++)
			if (v[d].outcome != cases[i].want[d])
				fail_msg("case %zu, device %zu: %s (%s), expected %s", i, d,
				         outcome_word(v[d].outcome), v[d].reason,
				         outcome_word(cases[i].want[d]));
		assert_int_equal(notes.alarm, cases[i].alarm);
	}
}

/* Every device differs from others in a single part of its identifier. */
static void
finds_each_device_of_a_large_batch(void **state)
{
	struct route_verdict v[MANY] = {0};
	struct device_id many[MANY];
	struct answer_notes notes;
	char serial[MANY][16], model[MANY][16];
	struct buf entries;

	(void)state;
	buf_init(&entries, (size_t)1024 * 1024);
	for (size_t i = 0; i < MANY; i++) {
		const char *maker = i / 50 % 2 == 0 ? "Contoso" : "Fabrikam";
		snprintf(serial[i], sizeof(serial[i]), "S-%zu", i / 100);
		snprintf(model[i], sizeof(model[i]), "Book %zu", i % 50);
		many[i] = (struct device_id){"", serial[i], maker, model[i]};
		buf_printf(
			&entries,
			"%s{\"SerialNumber\":\"%s\",\"OemManufacturerName\":\"%s\",\"ModelName\":"
			"\"%s\",\"DeviceStatusName\":\"%s\"}",
			i > 0 ? "," : "", serial[i], maker, model[i],
			i % 3 == 0 ? "Complete" : "Nonsense");
	}
	read_entries(&(struct route_batch){.device = many, .count = MANY}, entries.data, v, &notes);
	assert_int_equal(notes.unexpected, 0);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(v[i].outcome, i % 3 == 0 ? OUTCOME_DEREGISTERED : OUTCOME_UNKNOWN);
	buf_release(&entries);
}

/* As soon as one entry echoes a part of an identifier, or their number differs, positions mean nothing. */
static void
positions_count_only_without_any_echo(void **state)
{
	static const char *const echoes[] = {"\"ProductKey\":\"7\"", "\"SerialNumber\":\"7\"",
	                                     "\"OemManufacturerName\":\"7\"",
	                                     "\"ModelName\":\"7\""};
	struct route_verdict v[3] = {0};
	struct answer_notes notes;
	char entries[512];

	(void)state;
	profile.correlate = CORRELATE_POSITION;
	read_entries(&batch, "{" DONE "},{" DONE "},{" DONE "}", v, &notes);
	for (size_t d = 0; d < ARRAY_SIZE(v); d++)
		assert_int_equal(v[d].outcome, OUTCOME_DEREGISTERED);
	for (size_t i = 0; i < ARRAY_SIZE(echoes); i++) {
		snprintf(entries, sizeof(entries), "{" DONE "},{%s," DONE "},{" DONE "}",
		         echoes[i]);
		read_entries(&batch, entries, v, &notes);
		for (size_t d = 0; d < ARRAY_SIZE(v); d++)
			assert_int_equal(v[d].outcome, OUTCOME_PENDING);
	}
	read_entries(&batch, "{" DONE "},{" DONE "}", v, &notes);
	assert_int_equal(v[0].outcome, OUTCOME_PENDING);
	profile.correlate = CORRELATE_IDENTIFIER;
}

/* A PKID that does not fit matches no device, not even one that begins like it. */
static void
a_long_pkid_matches_nothing(void **state)
{
	struct route_verdict v[3] = {0};
	struct answer_notes notes;
	struct buf entries;

	(void)state;
	buf_init(&entries, 4096);
	buf_printf(&entries, "{\"ProductKey\":\"1000000000001%0*d\"," DONE "}", ROUTE_REASON_MAX,
	           0);
	read_entries(&batch, entries.data, v, &notes);
	assert_int_equal(v[0].outcome, OUTCOME_PENDING);
	assert_int_equal(notes.unexpected, 1);
	buf_release(&entries);
}

static void
an_alarm_is_seen_in_a_huge_error_field(void **state)
{
	static const char *const last[] = {"", ",806"};
	struct route_verdict v[3] = {0};
	struct answer_notes notes;
	struct buf entries;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
		buf_init(&entries, (size_t)256 * 1024);
		buf_printf(&entries,
		           "{\"ProductKey\":\"1000000000001\"," DONE
		           ",\"DeviceErrorCode\":[\"%0100000d\"%s]}",
		           1, last[i]);
		read_entries(&batch, entries.data, v, &notes);
		assert_int_equal(v[0].outcome, i == 0 ? OUTCOME_UNKNOWN : OUTCOME_ALARM);
		buf_release(&entries);
	}
}

static void
a_body_that_is_missing_is_no_alarm(void **state)
{
	(void)state;
	assert_false(answer_body_is_alarm(&profile, NULL, 0));
}

static void
a_null_batch_id_names_no_batch(void **state)
{
	static const char body[] = "{\"BatchId\":null,\"Devices\":[" P1(DONE) "]}";
	struct route_verdict v[3] = {0};
	struct answer_notes notes;
	char id[ROUTE_ID_MAX];
	struct error err;

	(void)state;
	assert_int_equal(answer_json_read_devices(&profile, &batch, "7", body, strlen(body), v,
	                                          &notes, &err),
	                 ROUTE_ANSWERED);
	assert_int_equal(v[0].outcome, OUTCOME_DEREGISTERED);
	assert_int_equal(answer_json_read_batch_id(&profile, "x", 1, id, &err), -1);
}

static void
quotes_the_words_of_an_error(void **state)
{
	static const struct {
		const char *body, *want;
	} bodies[] = {
		{"{\"ErrorMessage\":\"no such list\",\"Message\":\"other\"}", "no such list"},
		{"{\"message\":\"busy\\u0007\"}", "busy?"},
		{"{\"Text\":\"x\"}", ""},
		{"<html>", ""},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		answer_json_error_text(bodies[i].body, strlen(bodies[i].body), text, sizeof(text));
		assert_string_equal(text, bodies[i].want);
	}
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
		cmocka_unit_test(judges_odd_entries),
		cmocka_unit_test(finds_each_device_of_a_large_batch),
		cmocka_unit_test(positions_count_only_without_any_echo),
		cmocka_unit_test(a_long_pkid_matches_nothing),
		cmocka_unit_test(an_alarm_is_seen_in_a_huge_error_field),
		cmocka_unit_test(a_body_that_is_missing_is_no_alarm),
		cmocka_unit_test(a_null_batch_id_names_no_batch),
		cmocka_unit_test(quotes_the_words_of_an_error),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
