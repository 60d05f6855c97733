/*
 * The inventory of the practice Partner Center: customers, their batches, the devices of a batch.
 * Read from CSV, changed by deletions, kept in memory only. Owns everything. Not thread-safe:
 * partner_service.c calls it under its lock.
 */
#ifndef SAMPLES_SANDBOX_FLEET_H
#define SAMPLES_SANDBOX_FLEET_H

#include "common/base.h"
#include "common/error.h"

struct fleet_device {
	char *id, *serial, *pkid, *manufacturer, *model;
	char *uploaded;   /* date of the registration */
	char *operations; /* allowed verbs, separated by blanks; "": all; "-": no such field */
	bool deleted;
	long listings_left; /* how often a deleted device is still listed */
	bool gone;          /* deleted, and no longer listed */
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
	long requests; /* for this customer, so far */
};

struct fleet;

/*
 * Columns: Customer Tenant ID, Batch, Device ID, Serial Number, Product Key ID, Manufacturer,
 * Model, Allowed Operations, and Company, Domain, Relationship, which are read from a customer's
 * first row only. A row without Batch adds a customer without batches. A row without Device ID,
 * Serial Number and Product Key ID adds an empty batch. A device without Device ID gets one.
 */
struct fleet *fleet_read(const char *path, struct error *err) MUST_CHECK;
void fleet_free(struct fleet *v); /* accepts NULL */
/* NULL: not found. The case of letters counts for batches and devices, not for tenants. */
struct fleet_customer *fleet_customer(struct fleet *v, const char *tenant);
struct fleet_batch *fleet_batch(struct fleet_customer *c, const char *id);
struct fleet_device *fleet_device(struct fleet_batch *b, const char *id);
void fleet_delete(struct fleet_device *d, long listings_left);
/* Somebody registers the deleted device once more: under its id, or under another one. */
void
fleet_register_anew(struct fleet *v, struct fleet_batch *b, struct fleet_device *d, bool same_id);
/* A client begins to list the batch: deleted devices that were listed often enough disappear. */
void fleet_begin_listing(struct fleet_batch *b);
/* The number of devices in a listing that begins now. */
size_t fleet_count(const struct fleet_batch *b);
bool fleet_allows(const struct fleet_device *d, const char *verb);

#endif
