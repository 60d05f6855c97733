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

/* The error fields of an entry, as the wire found them. Only answer_error_of_*() fill it: they are
 * the one place that decides "no error". An error code that is absent, null, 0 or "0" and an error
 * name that is absent, null or "" are no error; a whole number or a non-empty text is a readable
 * error. Everything else cannot be read. */
struct answer_error {
	const char *name; /* "": none */
	long code;        /* 0: none */
	bool unreadable;  /* a field holds something else */
	bool alarm;       /* 806, 808 or one of their names can be read in it */
};

/* One entry of an answer. Absent fields are "". The texts live as long as the answer. */
struct answer_entry {
	char pkid[ROUTE_REASON_MAX];
	const char *serial, *manufacturer, *model, *status;
	struct answer_error error;
};

/* The fields of an entry and of the whole answer in which nobody looks for an alarm by its words: they
 * identify something, or are judged as error fields. */
#define ANSWER_ENTRY_FIELDS 6
#define ANSWER_ROOT_FIELDS 2
extern const enum profile_text answer_entry_fields[ANSWER_ENTRY_FIELDS];
extern const enum profile_text answer_root_fields[ANSWER_ROOT_FIELDS];

/* Remarks on a whole answer. */
struct answer_notes {
	size_t unexpected; /* entries that match no device of the batch */
	bool alarm;        /* one of them is an alarm, or one is outside of all entries */
};

/* The entries of an answer; may be read several times. */
struct answer_list {
	const void *first;
	size_t count;
	bool alarm; /* outside of the entries */
	const void *(*next)(const void *at);
	void (*read)(const struct profile *p, const void *at, struct answer_entry *e);
};

/* Fills verdict[batch->count]. */
struct answer_notes answer_join(const struct profile *p, const struct route_batch *batch,
                                const struct answer_list *devices, struct route_verdict *verdict);
/* A PKID that is too long matches no device. */
void answer_set_pkid(struct answer_entry *e, const char *text);
/* The code or the name as text. */
void answer_error_add_code(const struct profile *p, struct answer_error *e, const char *text);
void answer_error_add_name(const struct profile *p, struct answer_error *e, const char *text);
/* A field that is neither a text nor a whole number; text: anything readable in it, NULL:
 * nothing. */
void answer_error_add_other(const struct profile *p, struct answer_error *e, const char *text);
/* A field that the profile does not list: whether its text contains an alarm as a body does (below), or
 * any alarm's number if the field's name ends in "code" or "error". */
bool answer_field_is_alarm(const struct profile *p, const char *field, const char *text);
bool answer_number_is_alarm(const struct profile *p, const char *field, double number);
/* Whether the body of any other answer (to a submit, of an HTTP error, without list) contains an
 * alarm: one of its names anywhere, or its number after a word that ends in "code" or "error".
 * Reads bytes, because such a body need not be JSON or XML; of a long one, only its ends. */
bool answer_body_is_alarm(const struct profile *p, const char *body, size_t len);
/* The BatchId that an answer repeats must be the one that was asked for ("": it cannot be read). */
int answer_check_batch_id(const char *named, const char *asked, struct error *err) MUST_CHECK;
/* Copies the BatchId to id. text NULL: the answer has none. -1: it is not usable. */
int answer_copy_batch_id(const struct profile *p, const char *text, char id[static ROUTE_ID_MAX],
                         struct error *err) MUST_CHECK;

#endif
