/*
 * The practice registry: which device is registered, and by whom. Read from CSV, changed by
 * requests, kept in memory only. Not thread-safe: oem_service.c calls it under its lock.
 */
#ifndef SAMPLES_SANDBOX_REGISTRY_H
#define SAMPLES_SANDBOX_REGISTRY_H

#include "common/base.h"
#include "common/error.h"

struct registry;

/* The identity of a device in a request. Unused members are "". */
struct registry_id {
	const char *pkid, *serial, *manufacturer, *model;
};

enum registry_result {
	REGISTRY_COMPLETE,
	REGISTRY_INVALID_BODY,     /* 801; errors without a rule come from the column Error */
	REGISTRY_INVALID_HASH,     /* 802 */
	REGISTRY_NO_IDENTIFIER,    /* 803 */
	REGISTRY_ALREADY_ASSIGNED, /* 806 */
	REGISTRY_NOT_REGISTERED,   /* 807 */
	REGISTRY_OTHER_TENANT,     /* 808 */
	REGISTRY_NO_PROFILE,       /* 809 */
	REGISTRY_OTHER_PROFILE,    /* 810 */
	REGISTRY_OTHER_PARTY,      /* 811 */
	REGISTRY_NOT_FOUND,        /* 812 */
	REGISTRY_NOT_UNIQUE,       /* 813 */
	REGISTRY_AAD_REGISTERED,   /* 814 */
	REGISTRY_STORAGE,          /* 640 */
	REGISTRY_HASH_NOT_4K,
	REGISTRY_RESULT_COUNT
};
const char *registry_error_name(enum registry_result r); /* "" for COMPLETE */
int registry_error_code(enum registry_result r);         /* 0: none */

/* path NULL: an empty registry. party: the caller's; devices of another party answer 811. */
struct registry *registry_read(const char *path, const char *party, struct error *err) MUST_CHECK;
void registry_free(struct registry *r);
enum registry_result registry_deregister(struct registry *r, const struct registry_id *id);
/* Plays a request that names a tenant: registers the device to that tenant. */
enum registry_result registry_register(struct registry *r, const struct registry_id *id);

#endif
