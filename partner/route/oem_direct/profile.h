/*
 * The profile: everything that a partner's white paper may change about the OEM Direct call (names,
 * paths, blank mode, status words, errors; doc/wire.md, section 8). A file overrides the built-in
 * default, samples/profiles/oem-direct.conf. Owns its strings.
 *
 * A file is hostile until checked: no name may look like a tenant field, and an error that means an
 * alarm always does.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_PROFILE_H
#define PARTNER_ROUTE_OEM_DIRECT_PROFILE_H

#include "common/base.h"
#include "common/error.h"
#include "partner/vocabulary.h"

#define PROFILE_TENANT_ID "TenantID"         /* no profile may change it */
#define PROFILE_TENANT_DOMAIN "TenantDomain" /* no profile may change it */
#define PROFILE_WORDS_MAX 64                 /* of status words; also of errors */

enum profile_blank { BLANK_EMPTY, BLANK_NULL, BLANK_OMIT, BLANK_COUNT };
enum profile_wire { WIRE_JSON, WIRE_XML, WIRE_COUNT };
enum profile_namespace { NAMESPACE_STRICT, NAMESPACE_ANY, NAMESPACE_COUNT };
enum profile_correlate { CORRELATE_IDENTIFIER, CORRELATE_POSITION, CORRELATE_COUNT };
enum profile_status { STATUS_DONE, STATUS_PENDING, STATUS_ERROR, STATUS_COUNT };

enum profile_text {
	PATH_SUBMIT,
	PATH_STATUS,
	PATH_BATCH_QUERY,
	REQUEST_CONTENT_TYPE,
	REQUEST_PURCHASE_ORDER,
	REQUEST_GROUP_TAG,
	REQUEST_SOLD_TO,
	REQUEST_RECEIVED_FROM,
	REQUEST_DEVICES,
	REQUEST_PKID,
	REQUEST_SERIAL,
	REQUEST_MANUFACTURER,
	REQUEST_MODEL,
	ANSWER_CONTENT_TYPE,
	ANSWER_BATCH_ID,
	ANSWER_DEVICES,
	ANSWER_PKID,
	ANSWER_SERIAL,
	ANSWER_MANUFACTURER,
	ANSWER_MODEL,
	ANSWER_STATUS,
	ANSWER_ERROR_NAME,
	ANSWER_ERROR_CODE,
	XML_ROOT,
	XML_NAMESPACE,
	XML_DEVICE,
	XML_SUBMIT_ANSWER,
	XML_POLL_ANSWER,
	RULE_PKID,
	PROFILE_TEXT_COUNT
};

struct profile_word {
	char *word;
	enum profile_status status;
};

struct profile_error {
	char *name;
	long code; /* 0: the number is not known */
	enum outcome outcome;
};

struct profile {
	char *text[PROFILE_TEXT_COUNT];
	enum profile_wire wire;
	enum profile_blank blank;
	enum profile_namespace namespace_check;
	enum profile_correlate correlate;
	struct profile_word word[PROFILE_WORDS_MAX];
	size_t words;
	struct profile_error error[PROFILE_WORDS_MAX];
	size_t errors;
};

/* path NULL: only the built-in default. */
int profile_load(struct profile *p, const char *path, struct error *err) MUST_CHECK;
/* The configuration overrides the wire of the profile. "": keep it. */
int profile_set_wire(struct profile *p, const char *word, struct error *err) MUST_CHECK;
void profile_release(struct profile *p);
/* STATUS_COUNT: not listed. */
enum profile_status profile_status(const struct profile *p, const char *word);
/* NULL: not listed. */
const struct profile_error *profile_error_by_name(const struct profile *p, const char *name);
const struct profile_error *profile_error_by_code(const struct profile *p, long code);

#endif
