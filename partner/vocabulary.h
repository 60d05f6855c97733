/*
 * The enums that all stages share (outcomes, join types, MDM states, registrants, purposes), their
 * words, and the identity of a device. Reports and JSON contain the words, the ledger contains the
 * numbers: never renumber or rename them.
 */
#ifndef PARTNER_VOCABULARY_H
#define PARTNER_VOCABULARY_H

#include "common/base.h"

enum outcome {
	OUTCOME_DEREGISTERED,   /* the service confirmed it */
	OUTCOME_NOT_REGISTERED, /* 807: nothing was registered */
	OUTCOME_NOT_OURS,       /* 811: registered by another party */
	OUTCOME_NOT_FOUND,      /* 812 */
	OUTCOME_NOT_UNIQUE,     /* 813 */
	OUTCOME_REFUSED,        /* another final error; see the reason */
	OUTCOME_ALARM,          /* 806, 808: the service reports a registration */
	OUTCOME_PENDING,        /* accepted, no final answer yet */
	OUTCOME_UNKNOWN,        /* sent, and the answer is missing or unclear */
	OUTCOME_NOT_SENT,
	OUTCOME_HELD,     /* by a guard, such as the skip list */
	OUTCOME_REJECTED, /* a bad row of the list */
	OUTCOME_COUNT
};

enum join_type { JOIN_UNKNOWN, JOIN_ENTRA, JOIN_HYBRID, JOIN_COUNT };
enum mdm_state { MDM_UNKNOWN, MDM_INTUNE, MDM_WAS_INTUNE, MDM_NONE, MDM_OTHER, MDM_COUNT };
enum registrant { VIA_PARTNER, VIA_CUSTOMER, VIA_COUNT };
enum purpose { PURPOSE_REPAIR, PURPOSE_RETIRE, PURPOSE_RESELL, PURPOSE_COUNT };

const char *outcome_word(enum outcome o);
const char *join_word(enum join_type j);
const char *mdm_word(enum mdm_state m);
const char *registrant_word(enum registrant v);
const char *purpose_word(enum purpose p);

/* Read a word or a synonym in any case; false if it is unknown. */
bool join_parse(const char *text, enum join_type *ret);
bool mdm_parse(const char *text, enum mdm_state *ret);
bool registrant_parse(const char *text, enum registrant *ret);
bool purpose_parse(const char *text, enum purpose *ret);

/* Known, and another one: the step for Dell BIOS passwords is left out. */
bool manufacturer_is_not_dell(const char *manufacturer);

/* A final success; exit code 0 requires it for every row. */
bool outcome_is_good(enum outcome o);

/*
 * Identifies a device in a request: a PKID, or serial number, manufacturer and model. Unused fields
 * are "". No field can name a tenant, and none may be added: that would register the device.
 */
struct device_id {
	const char *pkid;
	const char *serial;
	const char *manufacturer;
	const char *model;
};

#endif
