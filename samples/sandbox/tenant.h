/*
 * The practice tenant: devices with their records in Intune and in Windows Autopilot. Read from CSV,
 * changed by requests, kept in memory only. Owns everything. Not thread-safe: graph_service.c calls it
 * under its lock.
 */
#ifndef SAMPLES_SANDBOX_TENANT_H
#define SAMPLES_SANDBOX_TENANT_H

#include "common/base.h"
#include "common/error.h"

enum tenant_list { TENANT_MANAGED, TENANT_AUTOPILOT, TENANT_LIST_COUNT };

struct tenant_record {
	char *id; /* NULL: the device has no record in this list */
	bool deleted;
	long listings_left; /* how often a deleted record is still listed */
	bool gone;          /* deleted, and no longer listed */
};

struct tenant_device {
	char *serial, *name, *user;
	char *join;  /* entra, hybrid or unknown */
	char *entra; /* id of the device object */
	long keys;   /* BitLocker keys in Entra ID */
	struct tenant_record record[TENANT_LIST_COUNT];
};

struct tenant {
	struct tenant_device *device;
	size_t count;
};

/* Columns: Serial Number, Managed, Autopilot (yes, an id, or empty: no record), Entra Device ID, Device
 * Name, User, Join Type, Keys. Ids that are not given are made up. */
struct tenant *tenant_read(const char *path, struct error *err) MUST_CHECK;
/* Adds the devices of another file. */
int tenant_add(struct tenant *t, const char *path, struct error *err) MUST_CHECK;
void tenant_free(struct tenant *t); /* accepts NULL */
/* The device with this record. NULL: there is none, or it is deleted. */
struct tenant_device *tenant_find(struct tenant *t, enum tenant_list list, const char *id);
/* Deletes a record. A device in neither list loses its object in Entra ID, and the keys with it. */
void tenant_delete(struct tenant_device *d, enum tenant_list list, long listings_left);
/* A client begins to list: deleted records that were listed often enough disappear. */
void tenant_begin_listing(struct tenant *t, enum tenant_list list);
bool tenant_lists(const struct tenant_device *d, enum tenant_list list);

#endif
