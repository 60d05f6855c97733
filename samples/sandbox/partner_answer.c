/* Writes the bodies of errors in the forms of Partner Center, and collects headers. */
#include "samples/sandbox/partner_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"
#include "samples/sandbox/token_endpoint.h"

void
partner_answer_add_header(struct partner_answer *a, const char *name, const char *value)
{
	if (a->header_count < PARTNER_ANSWER_HEADERS_MAX)
		a->header[a->header_count++] = (struct scenario_header){name, xstrdup(value)};
}

void
partner_answer_release(struct partner_answer *answer)
{
	for (size_t i = 0; i < answer->header_count; i++)
		free(answer->header[i].value);
	answer->header_count = 0;
}

void
partner_answer_error(struct buf *body, const char *code, const char *description)
{
	struct json *j = json_object();

	json_add_text(j, "code", code);
	json_add_text(j, "description", description);
	json_add_array(j, "data");
	json_add_text(j, "source", "PartnerCenterPractice");
	json_print(j, body);
	json_free(j);
}

void
partner_answer_throttled(struct buf *body, const char *seconds)
{
	struct json *j = json_object();
	char *message = xasprintf("Rate limit is exceeded. Try again in %s seconds.", seconds);

	json_add_number(j, "statusCode", 429);
	json_add_text(j, "message", message);
	json_print(j, body);
	free(message);
	json_free(j);
}

void
partner_answer_fault(struct buf *body, const struct scenario_fault *fault)
{
	const char *seconds = PARTNER_THROTTLE_SECONDS;
	char code[16];

	for (size_t i = 0; i < fault->header_count; i++)
		if (strcmp(fault->header[i].name, "Retry-After") == 0)
			seconds = fault->header[i].value;
	snprintf(code, sizeof(code), "%u", fault->status);
	if (fault->event == SCENARIO_TOKEN)
		token_endpoint_error(body, "temporarily_unavailable", 90033,
		                     "a fault of the scenario");
	else if (fault->status == 429)
		partner_answer_throttled(body, seconds);
	else
		partner_answer_error(body, code, "a fault of the scenario");
}
