/*
 * The words of the trade that every stage shares: outcomes, join types, MDM states,
 * registrants, purposes; and what identifies a device. The outcome words are the only
 * ones used in reports, JSON and the ledger (numbers in the ledger: never renumber).
 * Owns nothing; knows no other stage.
 */
#ifndef PARTNER_VOCABULARY_H
#define PARTNER_VOCABULARY_H

#include "common/base.h"

enum outcome {
	OUTCOME_DEREGISTERED,   /* the service says that it is done */
	OUTCOME_NOT_REGISTERED, /* 807: nothing was registered */
	OUTCOME_NOT_OURS,       /* 811: registered by another party */
	OUTCOME_NOT_FOUND,      /* 812 */
	OUTCOME_NOT_UNIQUE,     /* 813 */
	OUTCOME_REFUSED,        /* another final error; the reason says which */
	OUTCOME_ALARM,          /* 806, 808: the service speaks of a registration */
	OUTCOME_PENDING,        /* accepted, no final answer yet */
	OUTCOME_UNKNOWN,        /* bytes went out, nothing certain is known */
	OUTCOME_NOT_SENT,
	OUTCOME_HELD,     /* skip list, guard, deregistered recently */
	OUTCOME_REJECTED, /* bad row */
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

/* Reads what people write (any case, a table of synonyms); false for what it does not know. */
bool join_parse(const char *text, enum join_type *ret);
bool mdm_parse(const char *text, enum mdm_state *ret);
bool registrant_parse(const char *text, enum registrant *ret);
bool purpose_parse(const char *text, enum purpose *ret);

/* A final, good end of a row: exit code 0 is made of these. */
bool outcome_is_good(enum outcome o);

/*
 * What identifies a device on the way out: a PKID, or serial + manufacturer + model.
 * Unused ones are "". There is no field that could name a tenant, and none may be added.
 */
struct device_id {
	const char *pkid;
	const char *serial;
	const char *manufacturer;
	const char *model;
};

#endif
