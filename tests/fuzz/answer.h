/*
 * Shared by the targets that read answers (JSON, XML): a batch, and the promises about its
 * answer:
 *   - every device of the batch, and no other, gets an outcome with a printable reason;
 *   - no device is deregistered unless its identity and a status word of class done are in the
 *     bytes of the answer (not checked when the answer has escapes);
 *   - an answer that cannot be read is reported with a reason, and changes no outcome.
 */
#ifndef TESTS_FUZZ_ANSWER_H
#define TESTS_FUZZ_ANSWER_H

#include <string.h>

#include "common/text.h"
#include "partner/route/oem_direct/answer.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"
#include "tests/fuzz/promise.h"

#define ANSWER_DEVICES_COUNT 3
#define ANSWER_UNTOUCHED OUTCOME_COUNT /* every reader must replace it, and none may write it */

static const struct device_id answer_devices[ANSWER_DEVICES_COUNT + 1] = {
	{.pkid = "1000000000001", .serial = "", .manufacturer = "", .model = ""},
	{.pkid = "1000000000002", .serial = "", .manufacturer = "", .model = ""},
	{.pkid = "", .serial = "AB-1", .manufacturer = "Contoso", .model = "Book 1"},
	{.pkid = "1000000000009",
         .serial = "",
         .manufacturer = "",
         .model = ""}, /* after the batch: not asked for */
};
static const struct route_batch answer_batch = {.device = answer_devices,
                                                .count = ANSWER_DEVICES_COUNT};

static inline bool
answer_holds(const uint8_t *data, size_t size, const char *text)
{
	return memmem(data, size, text, strlen(text)) != NULL;
}

/* Looks for "Complete" in any case: the only word of class done in the built-in profile. */
static inline bool
answer_says_done(const uint8_t *data, size_t size)
{
	static const char word[] = "complete";
	size_t n = 0;

	for (size_t i = 0; i < size && word[n] != '\0'; i++)
		n = text_lower((char)data[i]) == word[n]   ? n + 1
		    : text_lower((char)data[i]) == word[0] ? 1
		                                           : 0;
	return word[n] == '\0';
}

static inline void
answer_check(const uint8_t *data, size_t size, enum route_end end, bool escaped,
             const struct route_verdict v[ANSWER_DEVICES_COUNT + 1])
{
	EXPECT(end == ROUTE_ANSWERED || end == ROUTE_LOST);
	EXPECT(v[ANSWER_DEVICES_COUNT].outcome == ANSWER_UNTOUCHED);
	for (size_t i = 0; i < ANSWER_DEVICES_COUNT; i++) {
		const struct device_id *d = &answer_devices[i];
		EXPECT((v[i].outcome == ANSWER_UNTOUCHED) == (end == ROUTE_LOST));
		if (end == ROUTE_LOST)
			continue;
		EXPECT(v[i].outcome <= OUTCOME_UNKNOWN && !text_has_control(v[i].reason));
		if (v[i].outcome != OUTCOME_DEREGISTERED || escaped)
			continue;
		EXPECT(answer_says_done(data, size));
		EXPECT(answer_holds(data, size, d->pkid[0] != '\0' ? d->pkid : d->serial));
	}
}

/* The functions that read the answers of one wire. */
struct answer_readers {
	enum route_end (*devices)(const struct profile *p, const struct route_batch *batch,
	                          const char *batch_id, const char *body, size_t len,
	                          struct route_verdict *verdict, struct answer_notes *notes,
	                          struct error *err);
	int (*batch_id)(const struct profile *p, const char *body, size_t len,
	                char id[static ROUTE_ID_MAX], struct error *err);
	void (*error_text)(const char *body, size_t len, char *dst, size_t size);
};

/* escaped: the answer may contain names in escaped form, so its bytes prove nothing. */
static inline int
answer_try(const struct answer_readers *read, const uint8_t *data, size_t size, bool escaped)
{
	static struct profile profile;
	struct route_verdict v[ANSWER_DEVICES_COUNT + 1] = {
		{.outcome = ANSWER_UNTOUCHED},
		{.outcome = ANSWER_UNTOUCHED},
		{.outcome = ANSWER_UNTOUCHED},
		{.outcome = ANSWER_UNTOUCHED},
	};
	const char *body = (const char *)data;
	char id[ROUTE_ID_MAX], text[ROUTE_REASON_MAX];
	struct error err = {""};
	struct answer_notes notes;
	enum route_end end;

	if (profile.words == 0)
		EXPECT(profile_load(&profile, NULL, &err) == 0);
	end = read->devices(&profile, &answer_batch, NULL, body, size, v, &notes, &err);
	EXPECT(end == ROUTE_ANSWERED || err.text[0] != '\0');
	answer_check(data, size, end, escaped, v);
	if (read->batch_id(&profile, body, size, id, &err) == 0)
		EXPECT(id[0] != '\0' && !text_has_control(id));
	read->error_text(body, size, text, sizeof(text));
	EXPECT(!text_has_control(text));
	return 0;
}

#endif
