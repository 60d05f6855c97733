/*
 * XML answers under hostile bytes: the promises of tests/fuzz/answer.h, and that a BatchId which is
 * taken is short and printable. Seeds: tests/fuzz/answers-xml.
 */
#include "partner/route/answer_xml.h"

#include "tests/fuzz/answer.h"

static struct profile profile;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct route_verdict v[ANSWER_DEVICES_COUNT + 1] = {
		{.outcome = ANSWER_UNTOUCHED},
		{.outcome = ANSWER_UNTOUCHED},
		{.outcome = ANSWER_UNTOUCHED},
		{.outcome = ANSWER_UNTOUCHED},
	};
	const char *body = (const char *)data;
	char id[ROUTE_ID_MAX], text[ROUTE_REASON_MAX];
	struct error err = {""};
	size_t unexpected = 0;
	enum route_end end;

	if (profile.words == 0)
		EXPECT(profile_load(&profile, NULL, &err) == 0);
	end = answer_xml_read_devices(&profile, &answer_batch, body, size, v, &unexpected, &err);
	EXPECT(end == ROUTE_ANSWERED || err.text[0] != '\0');
	answer_check(data, size, end, memchr(data, '&', size) != NULL, v);
	if (answer_xml_read_batch_id(&profile, body, size, id, &err) == 0)
		EXPECT(id[0] != '\0' && !text_has_control(id));
	answer_xml_error_text(body, size, text, sizeof(text));
	EXPECT(!text_has_control(text));
	return 0;
}
