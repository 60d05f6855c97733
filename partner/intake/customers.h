/*
 * Checks that every customer of a run has one name in all its lists. Owns its memory, which grows only
 * with the number of customers that have several names. In a run of more than CUSTOMERS_MAX customers
 * some may be forgotten; a forgotten customer's next name then counts as its first.
 */
#ifndef PARTNER_INTAKE_CUSTOMERS_H
#define PARTNER_INTAKE_CUSTOMERS_H

#include "common/base.h"

#define CUSTOMERS_MAX 16384
#define CUSTOMERS_NAME_SIZE 48 /* a longer name is cut in messages */

enum customers_name {
	CUSTOMERS_SAME,    /* the first name, or none */
	CUSTOMERS_SIMILAR, /* it differs in case, blanks or punctuation only */
	CUSTOMERS_OTHER,
	CUSTOMERS_CASE /* a new customer, whose key differs from another in letter case only */
};

struct customers; /* opaque */
struct customers *customers_new(void);
void customers_free(struct customers *c); /* accepts NULL */
void customers_begin_list(struct customers *c);
/* Forgets the last list, and keeps those before it: the ledger may give its ids to other customers. */
void customers_undo_list(struct customers *c);
/* The name that a row gives to a customer (its id in the ledger, and its key). ret_other: for
 * CUSTOMERS_SIMILAR the first name, for CUSTOMERS_CASE the other key, until the next call. */
enum customers_name customers_add(struct customers *c, int64_t customer, const char *key,
                                  const char *name, const char **ret_other);
/* The customers with several names so far: each once, with its first two names. From *ret_new on they
 * have them since the last list. */
struct customers_conflict {
	int64_t customer;
	char first[CUSTOMERS_NAME_SIZE], second[CUSTOMERS_NAME_SIZE];
};
const struct customers_conflict *
customers_conflicts(const struct customers *c, size_t *ret_new, size_t *ret_count);

#endif
