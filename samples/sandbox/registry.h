/*
 * The practice registry: which device is registered by whom. Read from CSV, changed by requests,
 * kept in memory only. Not thread-safe: the service holds its lock around it.
 */
#ifndef SAMPLES_SANDBOX_REGISTRY_H
#define SAMPLES_SANDBOX_REGISTRY_H

#include "common/base.h"
#include "common/error.h"

struct registry;

/* What a device in a request is named by; unused texts are "". */
struct registry_id {
	const char *pkid, *serial, *manufacturer, *model;
};

enum registry_result {
	REGISTRY_COMPLETE,
	REGISTRY_INVALID_BODY,     /* 801; this and others without a rule come from column Error */
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

/* path NULL: an empty one. party: who we are; rows of another one answer 811. */
struct registry *registry_read(const char *path, const char *party, struct error *err) MUST_CHECK;
void registry_free(struct registry *r);
enum registry_result registry_deregister(struct registry *r, const struct registry_id *id);
/* What a request with a tenant does: the device is registered to it. */
enum registry_result registry_register(struct registry *r, const struct registry_id *id);

#endif
