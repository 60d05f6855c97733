/* Answers over XML: hostile or unclear ones are unreadable; the others mean the same as in JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "partner/route/oem_direct/answer_xml.h"

#define NS " xmlns=\"http://schemas.ms.it.oem/digitaldistribution/2010/10\""
#define ACK(content) \
	"<AutopilotDeviceRegistrationAck" NS ">" content "</AutopilotDeviceRegistrationAck>"
#define LIST(content) ACK("<BatchId>b</BatchId><Devices>" content "</Devices>")
#define DEVICE(id, rest) "<Device>" id rest "</Device>"
#define P1 "<ProductKey>1000000000001</ProductKey>"
#define P2 "<ProductKey>1000000000002</ProductKey>"
#define TUPLE \
	"<SerialNumber>AB-1</SerialNumber><OemManufacturerName>Contoso</OemManufacturerName>" \
	"<ModelName>Book 1</ModelName>"
#define STATUS(word) "<DeviceStatusName>" word "</DeviceStatusName>"
#define ERROR(name, code) \
	STATUS("Error") \
	"<DeviceErrorCode>" code "</DeviceErrorCode><DeviceErrorName>" name "</DeviceErrorName>"
#define DONE STATUS("Complete")
#define REST DEVICE(P2, DONE) DEVICE(TUPLE, DONE)

static struct profile profile;
static const struct device_id devices[] = {
	{"1000000000001", "", "", ""},
	{"1000000000002", "", "", ""},
	{"", "AB-1", "Contoso", "Book 1"},
};
static const struct route_batch batch = {.device = devices, .count = 3};

static enum route_end
read_answer(const char *body, size_t len, struct route_verdict v[3], struct answer_notes *ret_notes)
{
	struct error err = {""};
	enum route_end end;

	memset(v, 0, 3 * sizeof(*v));
	end = answer_xml_read_devices(&profile, &batch, NULL, body, len, v, ret_notes, &err);
	assert_true(end == ROUTE_ANSWERED || err.text[0] != '\0');
	return end;
}

/* The outcome of the first device; the two others are done. */
static const struct {
	const char *body;
	enum outcome want;
	size_t unexpected;
} cases[] = {
	{LIST(DEVICE(P1, DONE) REST), OUTCOME_DEREGISTERED, 0},
	{"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" LIST(REST DEVICE(P1, STATUS("complete"))),
         OUTCOME_DEREGISTERED, 0},
	{LIST(REST), OUTCOME_PENDING, 0},                                   /* missing */
	{LIST(DEVICE(P1, DONE) DEVICE(P1, DONE) REST), OUTCOME_UNKNOWN, 0}, /* doubled */
	{LIST(DEVICE("<ProductKey>100000000000</ProductKey>", DONE) REST), OUTCOME_PENDING, 1},
	{LIST(DEVICE("<ProductKey> 1000000000001</ProductKey>", DONE) REST), OUTCOME_PENDING, 1},
	{LIST(DEVICE(P1, STATUS("Success")) REST), OUTCOME_UNKNOWN, 0}, /* not listed */
	{LIST(DEVICE(P1, "") REST), OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, STATUS("Pending")) REST), OUTCOME_PENDING, 0},
	{LIST(DEVICE(P1, STATUS("Com<b/>plete")) REST), OUTCOME_UNKNOWN, 0}, /* not plain text */
	{LIST(DEVICE(P1, "<DeviceStatusName xmlns=\"urn:x\">Complete</DeviceStatusName>") REST),
         OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, ERROR("ZtdDeviceNotFound", "812")) REST), OUTCOME_NOT_FOUND, 0},
	{LIST(DEVICE(P1, ERROR("", "811")) REST), OUTCOME_NOT_OURS, 0},
	{LIST(DEVICE(P1, ERROR("ZtdDeviceNotFound", "807")) REST), OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, ERROR("ZtdDeviceNotFound", "808")) REST), OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode>812</DeviceErrorCode>") REST), OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorName i:nil=\"true\" "
                              "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"/>") REST),
         OUTCOME_DEREGISTERED, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode>0</DeviceErrorCode>") REST), OUTCOME_DEREGISTERED,
         0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode></DeviceErrorCode>") REST), OUTCOME_DEREGISTERED,
         0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode>00</DeviceErrorCode>") REST), OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode>true</DeviceErrorCode>") REST), OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode> 0</DeviceErrorCode>") REST), OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode>-2147024809</DeviceErrorCode>") REST),
         OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode>806.5</DeviceErrorCode>") REST), OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode> 806</DeviceErrorCode>") REST), OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode>0x326</DeviceErrorCode>") REST), OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode><v>808</v></DeviceErrorCode>") REST), OUTCOME_ALARM,
         0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorCode><v/></DeviceErrorCode>") REST), OUTCOME_UNKNOWN, 0},
	{LIST(DEVICE(P1, DONE "<DeviceErrorName><a>ZtdDeviceAlreadyAssigned</a></DeviceErrorName>")
                      REST),
         OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1 TUPLE, DONE) DEVICE(P2, DONE)), OUTCOME_UNKNOWN, 0}, /* matches two */
	/* in an element that the profile does not list */
	{LIST(DEVICE(P1, DONE "<ErrorCode>806</ErrorCode>") REST), OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1, DONE "<Errors><E><Code xmlns=\"urn:x\">808</Code></E></Errors>") REST),
         OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1, DONE "<Text>ZtdDeviceAlreadyAssigned</Text>") REST), OUTCOME_ALARM, 0},
	{LIST(DEVICE(P1, DONE "<Count>806</Count>") REST), OUTCOME_DEREGISTERED, 0},
};

static void
an_alarm_outside_of_all_entries_leaves_no_success(void **state)
{
	static const char body[] = ACK("<BatchId>b</BatchId><Devices>" DEVICE(P1, DONE) REST
	                               "</Devices><ErrorCode>806</ErrorCode>");
	struct route_verdict v[3];
	struct answer_notes notes;

	(void)state;
	assert_int_equal(read_answer(body, strlen(body), v, &notes), ROUTE_ANSWERED);
	assert_true(notes.alarm);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		assert_int_equal(v[i].outcome, OUTCOME_UNKNOWN);
}

static void
refuses_the_answer_of_another_batch(void **state)
{
	static const char *const ids[] = {"<BatchId>c</BatchId>", "<BatchId><b/></BatchId>",
	                                  "<BatchId>b</BatchId><BatchId>b</BatchId>"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		char body[2048];
		struct route_verdict v[3];
		struct answer_notes notes;
		struct error err = {""};
		snprintf(body, sizeof(body), ACK("%s<Devices>" DEVICE(P1, DONE) "</Devices>"),
		         ids[i]);
		assert_int_equal(answer_xml_read_devices(&profile, &batch, "b", body, strlen(body),
		                                         v, &notes, &err),
		                 ROUTE_LOST);
	}
}

static void
matches_like_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct route_verdict v[3];
		struct answer_notes notes;
		assert_int_equal(read_answer(cases[i].body, strlen(cases[i].body), v, &notes),
		                 ROUTE_ANSWERED);
		if (v[0].outcome != cases[i].want || notes.unexpected != cases[i].unexpected)
			fail_msg("case %zu: %s (%s), %zu unexpected", i, outcome_word(v[0].outcome),
			         v[0].reason, notes.unexpected);
		assert_int_equal(v[1].outcome, OUTCOME_DEREGISTERED);
	}
}

static void
refuses_unreadable_answers(void **state)
{
	static const char *const bodies[] = {
		"",
		"<",
		"{\"Devices\":[{\"ProductKey\":\"1000000000001\"}]}",
		"<html><body>Sign in</body></html>",
		"<!DOCTYPE html>\n<html><body>Sign in</body></html>",
		"<!DOCTYPE a [<!ENTITY x \"Complete\">]>" LIST(DEVICE(P1, STATUS("&x;")) REST),
		"<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
		"<!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>" LIST(DEVICE(P1, STATUS("&c;")) REST),
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>" LIST(
			DEVICE(P1, STATUS("&x;")) REST),
		"<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\">" LIST(DEVICE(P1, DONE) REST),
		LIST(DEVICE(P1, STATUS("&x;")) REST),
		LIST(DEVICE(P1, STATUS("Comp<!-- -->lete")) REST),
		LIST(DEVICE(P1, STATUS("<![CDATA[Complete]]>")) REST),
		"<?xml-stylesheet href=\"a\"?>" LIST(DEVICE(P1, DONE) REST),
		"<?xml version=\"1.0\" encoding=\"UTF-7\"?>" LIST(DEVICE(P1, DONE) REST),
		LIST(DEVICE(P1, DONE) REST) "<a/>",
		LIST(DEVICE(P1, DONE DONE) REST),
		LIST(DEVICE(P1 P2, DONE) REST),
		LIST(DEVICE(P1 "<productkey>1000000000002</productkey>", DONE) REST),
		LIST(DEVICE(P1, DONE) "<Error/>" REST),
		LIST(""),
		ACK("<BatchId>b</BatchId>"),
		ACK("<Devices>" DEVICE(P1, DONE) "</Devices><Devices>" REST "</Devices>"),
		"<Other" NS "><Devices>" DEVICE(P1, DONE) REST "</Devices></Other>",
		"<AutopilotDeviceRegistrationAck><Devices>" DEVICE(
			P1, DONE) "</Devices></AutopilotDeviceRegistrationAck>",
		"<AutopilotDeviceRegistrationAck xmlns=\"urn:x\"><Devices>" DEVICE(
			P1, DONE) "</Devices></AutopilotDeviceRegistrationAck>",
		"\xff\xfe<\0a\0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct route_verdict v[3];
		struct answer_notes notes;
		if (read_answer(bodies[i], strlen(bodies[i]), v, &notes) != ROUTE_LOST)
			fail_msg("body %zu was read", i);
	}
}

static void
explains_answers_of_another_kind(void **state)
{
	static const struct {
		const char *body, *says;
	} bodies[] = {
		{"", "the answer is empty"},
		{"<!DOCTYPE html>\n<p>Sign in", "the answer is not XML; it looks like an HTML page "
	                                        "(a login or maintenance page?)"},
		{"<?xml version=\"1.0\"?><html><body>Sign in</body></html>",
	         "the answer is not XML; it looks like an HTML page (a login or maintenance page?)"},
		{"{\"Devices\":[]}", "the answer is not XML; it looks like JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct route_verdict v[3];
		struct error err = {""};
		struct answer_notes notes;
		assert_int_equal(answer_xml_read_devices(&profile, &batch, NULL, bodies[i].body,
		                                         strlen(bodies[i].body), v, &notes, &err),
		                 ROUTE_LOST);
		assert_string_equal(err.text, bodies[i].says);
	}
}

/* before, `times` times piece, after */
static enum route_end
read_repeated(const char *before, const char *piece, size_t times, const char *after)
{
	struct route_verdict v[3];
	enum route_end end;
	struct answer_notes notes;
	struct buf b;

	buf_init(&b, (size_t)64 * 1024 * 1024);
	buf_str(&b, before);
	for (size_t i = 0; i < times; i++)
		buf_str(&b, piece);
	buf_str(&b, after);
	assert_false(b.overflow);
	end = read_answer(b.data, b.len, v, &notes);
	buf_release(&b);
	return end;
}

static void
keeps_its_limits(void **state)
{
	static const char open[] = "<AutopilotDeviceRegistrationAck" NS "><Devices>";
	static const char close[] = "</Devices></AutopilotDeviceRegistrationAck>";

	(void)state;
	assert_int_equal(read_repeated(open, DEVICE(P1, DONE), 10000, close), ROUTE_ANSWERED);
	assert_int_equal(read_repeated(open, "<Device/>", 300000, close), ROUTE_LOST);
	assert_int_equal(read_repeated("", "<a>", 100000, ""), ROUTE_LOST);
	assert_int_equal(read_repeated(open, " ", 17 * 1024 * 1024, close), ROUTE_LOST);
}

static void
reads_other_namespaces_if_the_profile_says_so(void **state)
{
	static const char body[] = "<AutopilotDeviceRegistrationAck><Devices>" DEVICE(P1, DONE) REST
		"</Devices></AutopilotDeviceRegistrationAck>";
	struct route_verdict v[3];
	struct answer_notes notes;

	(void)state;
	profile.namespace_check = NAMESPACE_ANY;
	assert_int_equal(read_answer(body, strlen(body), v, &notes), ROUTE_ANSWERED);
	profile.namespace_check = NAMESPACE_STRICT;
	assert_int_equal(v[0].outcome, OUTCOME_DEREGISTERED);
}

static void
reads_batch_ids_and_errors(void **state)
{
#define RESPONSE(content) \
	"<AutopilotDeviceRegistrationResponse" NS ">" content \
	"</AutopilotDeviceRegistrationResponse>"
	static const char good[] = RESPONSE("<BatchId>a b/c:d</BatchId>");
	static const char *const bad[] = {"",
	                                  RESPONSE(""),
	                                  RESPONSE("<BatchId/>"),
	                                  RESPONSE("<BatchId>a&#10;b</BatchId>"),
	                                  RESPONSE("<BatchId>a</BatchId><BatchId>b</BatchId>"),
	                                  RESPONSE("<BatchId><a/></BatchId>"),
	                                  ACK("<BatchId>a</BatchId>")};
	static const char said[] = "<ClientError" NS
				   "><ErrorCode>400</ErrorCode><ErrorMessage>no &lt;such&gt; thing"
				   "</ErrorMessage></ClientError>";
	static const char other[] =
		"<a><Code>1</Code><Message>busy</Message><Message>no</Message></a>";
	char id[ROUTE_ID_MAX], text[64];
	struct error err;

	(void)state;
	assert_int_equal(answer_xml_read_batch_id(&profile, good, strlen(good), id, &err), 0);
	assert_string_equal(id, "a b/c:d");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(
			answer_xml_read_batch_id(&profile, bad[i], strlen(bad[i]), id, &err), -1);
	answer_xml_error_text(said, strlen(said), text, sizeof(text));
	assert_string_equal(text, "no <such> thing");
	answer_xml_error_text("<a", 2, text, sizeof(text));
	assert_string_equal(text, "");
	answer_xml_error_text(other, strlen(other), text, sizeof(text));
	assert_string_equal(text, "busy");
	answer_xml_error_text("<a><b/></a>", 11, text, sizeof(text));
	assert_string_equal(text, "");
}

static void
a_profile_without_a_root_takes_any(void **state)
{
	static const char body[] = "<Other" NS "><BatchId>a</BatchId></Other>";
	char id[ROUTE_ID_MAX], *root = profile.text[XML_SUBMIT_ANSWER];
	struct error err;

	(void)state;
	assert_int_equal(answer_xml_read_batch_id(&profile, body, strlen(body), id, &err), -1);
	profile.text[XML_SUBMIT_ANSWER] = (char[]){""};
	assert_int_equal(answer_xml_read_batch_id(&profile, body, strlen(body), id, &err), 0);
	assert_string_equal(id, "a");
	profile.text[XML_SUBMIT_ANSWER] = root;
}

static int
load(void **state)
{
	struct error err;

	(void)state;
	return profile_load(&profile, "samples/profiles/oem-direct-xml.conf", &err);
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
		cmocka_unit_test(matches_like_json),
		cmocka_unit_test(an_alarm_outside_of_all_entries_leaves_no_success),
		cmocka_unit_test(refuses_the_answer_of_another_batch),
		cmocka_unit_test(refuses_unreadable_answers),
		cmocka_unit_test(explains_answers_of_another_kind),
		cmocka_unit_test(keeps_its_limits),
		cmocka_unit_test(reads_other_namespaces_if_the_profile_says_so),
		cmocka_unit_test(reads_batch_ids_and_errors),
		cmocka_unit_test(a_profile_without_a_root_takes_any),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
