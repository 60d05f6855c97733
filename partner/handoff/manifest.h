/*
 * The manifest of a pack: manifest.sha256, a line "HEX  NAME" for every other file of the folder,
 * sorted by the names' bytes, as sha256sum writes and checks it; and manifest.p7s, a detached CMS
 * signature of it in DER form, where there is a signer. Written last, so that a pack with a
 * manifest that agrees is a whole one.
 *
 * What is verified was in strangers' hands: names are no paths, links are not followed, and nothing
 * of the folder is believed. Limits: MANIFEST_FILES_MAX files, names of MANIFEST_NAME_MAX bytes.
 * Owns nothing between calls.
 */
#ifndef PARTNER_HANDOFF_MANIFEST_H
#define PARTNER_HANDOFF_MANIFEST_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"

#define MANIFEST_FILES_MAX 1000 /* a pack has about ten */
#define MANIFEST_NAME_MAX 255

/* signer NULL: a signature that stands there from before is removed. */
int
manifest_write(const char *dir, const struct crypto_signer *signer, struct error *err) MUST_CHECK;

enum manifest_fault {
	MANIFEST_MISSING, /* named, not there, or no regular file */
	MANIFEST_EXTRA,   /* there, not named */
	MANIFEST_DIFFERS,
	MANIFEST_FAULT_COUNT
};
typedef void manifest_fault_fn(void *ctx, enum manifest_fault fault, const char *name);

enum manifest_signed {
	MANIFEST_UNSIGNED,
	MANIFEST_TRUSTED,
	MANIFEST_UNVOUCHED, /* holds; whose it is nobody vouches for */
	MANIFEST_BAD
};
struct manifest_verdict {
	size_t files;  /* named by the manifest */
	size_t faults; /* told to the caller, one by one */
	enum manifest_signed state;
	struct crypto_signature signature;
	struct error why; /* of a bad signature */
};
/* trusted: PEM file, or NULL. fn is told of every fault. 0: there is a verdict; -1 with *err: no
 * pack, no manifest that can be read, or no certificate in the file. */
int manifest_verify(const char *dir, const char *trusted, manifest_fault_fn *fn, void *ctx,
                    struct manifest_verdict *ret, struct error *err) MUST_CHECK;

#endif
