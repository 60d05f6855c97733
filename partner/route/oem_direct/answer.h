/*
 * Joins the service's answers to the devices of a batch by the identifier they echo: never by a
 * substring, by position only where the profile says so and nothing is echoed. Missing, doubled or
 * contradicting answers make the device `unknown` (design, promise 2). Knows no wire: answer_json
 * and answer_xml hand their entries over as texts. Owns nothing.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_ANSWER_H
#define PARTNER_ROUTE_OEM_DIRECT_ANSWER_H

#include "common/error.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

#define ANSWER_CODE_MAX 999999 /* an error number above is none */

/* One entry of an answer; "" and 0 where it says nothing. The texts live as long as the answer. */
struct answer_entry {
	char pkid[ROUTE_REASON_MAX];
	const char *serial, *manufacturer, *model, *status, *error_name;
	long error_code;
};

/* A wire's list of entries, walked as often as needed. */
struct answer_list {
	const void *first;
	size_t count;
	const void *(*next)(const void *at);
	void (*read)(const struct profile *p, const void *at, struct answer_entry *e);
};

/* Fills verdict[batch->count]; returns how many entries name no device of the batch. */
size_t answer_join(const struct profile *p, const struct route_batch *batch,
                   const struct answer_list *devices, struct route_verdict *verdict);
void answer_set_pkid(struct answer_entry *e, const char *text);
long answer_error_code(const char *text); /* 0 where it is no number */
/* What stands as BatchId (NULL: nothing) into id; -1 where it is not usable. */
int answer_take_batch_id(const struct profile *p, const char *text, char id[static ROUTE_ID_MAX],
                         struct error *err) MUST_CHECK;

#endif
