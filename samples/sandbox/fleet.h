/*
 * What Partner Center knows: customers, their batches, the devices of those. Read from CSV,
 * changed by deletions, kept in memory only. Owns all of it. Not thread-safe: Partner Center holds
 * its lock around it.
 */
#ifndef SAMPLES_SANDBOX_FLEET_H
#define SAMPLES_SANDBOX_FLEET_H

#include "common/base.h"
#include "common/error.h"

struct inventory_device {
	char *id, *serial, *pkid, *manufacturer, *model;
	char *operations; /* verbs, separated by blanks; "": all of them; "-": the field is left out */
	bool deleted;
	long listings_left; /* in which a deleted device still stands */
	bool gone;          /* deleted, and from the listings as well */
};

struct inventory_batch {
	char *id;
	struct inventory_device *device;
	size_t count;
};

struct inventory_customer {
	char *tenant, *company, *domain;
	char *relationship; /* "none": every request about the customer is refused */
	struct inventory_batch *batch;
	size_t count;
	long requests; /* that have asked about it */
};

struct inventory;

/*
 * Columns: Customer Tenant ID, Batch, Device ID, Serial Number, Product Key ID, Manufacturer,
 * Model, Allowed Operations; and Company, Domain, Relationship, of which a customer's first row
 * counts. A row without Batch is a customer without one; a row with neither Device ID, Serial
 * Number nor Product Key ID is a batch without devices. An empty Device ID is made up.
 */
struct inventory *inventory_read(const char *path, struct error *err) MUST_CHECK;
void inventory_free(struct inventory *v); /* accepts NULL */
/* NULL: no such one. Tenants are equal in any letter case, the others are not. */
struct inventory_customer *inventory_customer(struct inventory *v, const char *tenant);
struct inventory_batch *inventory_batch(struct inventory_customer *c, const char *id);
struct inventory_device *inventory_device(struct inventory_batch *b, const char *id);
void inventory_delete(struct inventory_device *d, long listings_left);
/* Somebody begins to list the batch: what has stood long enough goes. */
void inventory_begin_listing(struct inventory_batch *b);
size_t inventory_count(const struct inventory_batch *b); /* what a listing that begins now holds */
bool inventory_allows(const struct inventory_device *d, const char *verb);

#endif
