/*
 * Matches the entries of an answer to the devices of a batch by the identifier that they echo
 * (doc/wire.md, section 3.3): never by a substring; by position only if the profile says so and no
 * entry echoes an identifier. A device becomes `unknown` if its entry is missing, doubled or
 * contradictory. Knows no wire: answer_json and answer_xml supply the entries as texts. Owns nothing.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_ANSWER_H
#define PARTNER_ROUTE_OEM_DIRECT_ANSWER_H

#include "common/error.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

#define ANSWER_CODE_MAX 999999 /* a larger number is not an error code */

/* One entry of an answer. Absent fields are "" or 0. The texts live as long as the answer. */
struct answer_entry {
	char pkid[ROUTE_REASON_MAX];
	const char *serial, *manufacturer, *model, *status, *error_name;
	long error_code;
};

/* The entries of an answer; may be read several times. */
struct answer_list {
	const void *first;
	size_t count;
	const void *(*next)(const void *at);
	void (*read)(const struct profile *p, const void *at, struct answer_entry *e);
};

/* Fills verdict[batch->count]. Returns how many entries match no device of the batch. */
size_t answer_join(const struct profile *p, const struct route_batch *batch,
                   const struct answer_list *devices, struct route_verdict *verdict);
/* A PKID that is too long matches no device. */
void answer_set_pkid(struct answer_entry *e, const char *text);
long answer_error_code(const char *text); /* 0: not a number */
/* Copies the BatchId to id. text NULL: the answer has none. -1: it is not usable. */
int answer_copy_batch_id(const struct profile *p, const char *text, char id[static ROUTE_ID_MAX],
                         struct error *err) MUST_CHECK;

#endif
