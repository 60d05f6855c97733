/*
 * JSON answers under hostile bytes: the promises of tests/fuzz/answer.h, and that a BatchId which is
 * taken is short and printable. Seeds: tests/fuzz/answers-json.
 */
#include "partner/route/answer_json.h"

#include "tests/fuzz/answer.h"

static struct profile profile;

/* Escapes, and numbers such as 1e12 or 1.5, name things in other bytes than ours. */
static bool
is_escaped(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\\' || (i > 0 && data[i - 1] >= '0' && data[i - 1] <= '9' &&
		                        (data[i] == '.' || data[i] == 'e' || data[i] == 'E')))
			return true;
	return false;
}

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
	end = answer_json_read_devices(&profile, &answer_batch, body, size, v, &unexpected, &err);
	EXPECT(end == ROUTE_ANSWERED || err.text[0] != '\0');
	answer_check(data, size, end, is_escaped(data, size), v);
	if (answer_json_read_batch_id(&profile, body, size, id, &err) == 0)
		EXPECT(id[0] != '\0' && !text_has_control(id));
	answer_json_error_text(body, size, text, sizeof(text));
	EXPECT(!text_has_control(text));
	return 0;
}
