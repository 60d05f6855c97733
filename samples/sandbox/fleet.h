/*
 * What Partner Center knows: customers, their batches, the devices of those. Read from CSV,
 * changed by deletions, kept in memory only. Owns all of it. Not thread-safe: Partner Center holds
 * its lock around it.
 */
#ifndef SAMPLES_SANDBOX_FLEET_H
#define SAMPLES_SANDBOX_FLEET_H

#include "common/base.h"
#include "common/error.h"

struct fleet_device {
	char *id, *serial, *pkid, *manufacturer, *model;
	char *operations; /* verbs, separated by blanks; "": all of them; "-": the field is left out */
	bool deleted;
	long listings_left; /* in which a deleted device still stands */
	bool gone;          /* deleted, and from the listings as well */
};

struct fleet_batch {
	char *id;
	struct fleet_device *device;
	size_t count;
};

struct fleet_customer {
	char *tenant, *company, *domain;
	char *relationship; /* "none": every request about the customer is refused */
	struct fleet_batch *batch;
	size_t count;
	long requests; /* that have asked about it */
};

struct fleet;

/*
 * Columns: Customer Tenant ID, Batch, Device ID, Serial Number, Product Key ID, Manufacturer,
 * Model, Allowed Operations; and Company, Domain, Relationship, of which a customer's first row
 * counts. A row without Batch is a customer without one; a row with neither Device ID, Serial
 * Number nor Product Key ID is a batch without devices. An empty Device ID is made up.
 */
struct fleet *fleet_read(const char *path, struct error *err) MUST_CHECK;
void fleet_free(struct fleet *v); /* accepts NULL */
/* NULL: no such one. Tenants are equal in any letter case, the others are not. */
struct fleet_customer *fleet_customer(struct fleet *v, const char *tenant);
struct fleet_batch *fleet_batch(struct fleet_customer *c, const char *id);
struct fleet_device *fleet_device(struct fleet_batch *b, const char *id);
void fleet_delete(struct fleet_device *d, long listings_left);
/* Somebody begins to list the batch: what has stood long enough goes. */
void fleet_begin_listing(struct fleet_batch *b);
size_t fleet_count(const struct fleet_batch *b); /* what a listing that begins now holds */
bool fleet_allows(const struct fleet_device *d, const char *verb);

#endif
