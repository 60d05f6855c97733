/*
 * The manifest of a pack. manifest.sha256 has a line "HEX  NAME" for every other file of the folder,
 * sorted by the bytes of the names; sha256sum(1) can check it. manifest.p7s is a detached CMS
 * signature of it in DER form, when there is a signer. The manifest is written last: a pack whose
 * manifest agrees is complete.
 *
 * A pack that is verified may come from a stranger. A name is never used as a path, links are not
 * followed, and every line is checked. Limits: MANIFEST_FILES_MAX files, names of MANIFEST_NAME_MAX
 * bytes. Owns nothing between calls.
 */
#ifndef PARTNER_HANDOFF_MANIFEST_H
#define PARTNER_HANDOFF_MANIFEST_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/file_set.h"

#define MANIFEST_FILES_MAX 1000 /* a pack has about ten */
#define MANIFEST_NAME_MAX 255

/* Adds the manifest of a folder to the files of a pack that is being written: those of the set from `from` on
 * and the others in the folder. signer NULL: removes a signature of an earlier write. */
int manifest_write(const char *dir, struct file_set *files, size_t from,
                   const struct crypto_signer *signer, struct error *err) MUST_CHECK;

enum manifest_fault {
	MANIFEST_MISSING, /* the manifest names it; it does not exist or is not a regular file */
	MANIFEST_EXTRA,   /* it exists; the manifest does not name it */
	MANIFEST_DIFFERS, /* its digest differs */
	MANIFEST_FAULT_COUNT
};
typedef void manifest_fault_fn(void *ctx, enum manifest_fault fault, const char *name);

enum manifest_signed {
	MANIFEST_UNSIGNED,
	MANIFEST_TRUSTED,
	MANIFEST_UNVOUCHED, /* correct, but no trusted certificate was given */
	MANIFEST_BAD
};
struct manifest_verdict {
	size_t files;  /* files that the manifest names */
	size_t faults; /* calls of the fault function */
	enum manifest_signed state;
	struct crypto_signature signature;
	struct error why; /* why a signature is bad */
};
/* trusted: a PEM file, or NULL. Calls fn for every fault. Returns 0 when there is a verdict; -1 with
 * *err when there is no pack, no readable manifest, or no certificate in the PEM file. */
int manifest_verify(const char *dir, const char *trusted, manifest_fault_fn *fn, void *ctx,
                    struct manifest_verdict *ret, struct error *err) MUST_CHECK;

#endif
