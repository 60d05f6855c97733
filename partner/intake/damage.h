/*
 * Recognises the damage that spreadsheets, editors and people do to values (doc/lists.md, section 2,
 * quirks 2, 6 and 7, and section 5). Each kind is a test and a sentence that says what to do.
 * Pure functions over one value; each writes "what it is: what to do" and returns true, or returns
 * false for a sound value. kinds: what words_kinds() says about the value without outer blanks.
 */
#ifndef PARTNER_INTAKE_DAMAGE_H
#define PARTNER_INTAKE_DAMAGE_H

#include "common/base.h"
#include "partner/intake/words.h"

#define DAMAGE_SIZE 256

struct damage_value {
	const char *text; /* without outer blanks */
	unsigned kinds;
	bool plain; /* printable ASCII */
};

/* A serial number or PKID. */
bool damage_of_identifier(const struct words *w, const struct damage_value *v,
                          char out[static DAMAGE_SIZE]);
/* A manufacturer or model. exact: it is sent and compared byte by byte. */
bool damage_of_name(const struct words *w, const struct damage_value *v, bool exact,
                    char out[static DAMAGE_SIZE]);
/* A customer's key. */
bool damage_of_customer(const struct words *w, const struct damage_value *v,
                        char out[static DAMAGE_SIZE]);
/* Only dashes and the like: no customer, no name. */
bool damage_is_no_name(const char *text);
/* A row whose first value begins with a comment sign. */
bool damage_is_comment(const char *text);
/* A serial number that unrelated devices share. */
bool damage_is_placeholder(const struct damage_value *v);
/* A PKID of 13 digits that cannot be one: rounded, a run of one digit or of rising digits. */
bool damage_of_digits(const char *digits, char out[static DAMAGE_SIZE]);
/* The text begins and ends with quotation marks of any shape except apostrophes. Sets the length of
 * both marks. */
bool damage_is_quoted(const char *text, size_t len, size_t *ret_open, size_t *ret_close);

#endif
