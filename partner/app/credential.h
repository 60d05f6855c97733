/*
 * Keys, certificates and secrets that the configuration names, and the identity that a route shows
 * to its service. Files that others can read are refused. Wipes the passphrase that it holds; the
 * rest of an identity is paths. Errors name the key of the configuration.
 */
#ifndef PARTNER_APP_CREDENTIAL_H
#define PARTNER_APP_CREDENTIAL_H

#include "common/base.h"
#include "common/error.h"
#include "partner/app/config.h"

struct identity { /* paths as resolved; NULL: none */
	char *certificate, *key, *secret_file, *refresh_file;
	char *passphrase; /* of the key; wiped by identity_release() */
};

/* A copy of a path of the configuration, NULL if it is "". The caller frees it. *ret_granted: it is one
 * of systemd's credentials (systemd.exec(5), LoadCredential), which are private by themselves. */
char *credential_path(const char *path, bool *ret_granted);
/* The same for a secret; fails if others can read it. what: its key in the configuration. */
int credential_secret(const char *name, const char *what, char **ret, struct error *err) MUST_CHECK;

/* Certificate, key and passphrase. The certificate's file may hold the key as well. */
int
identity_load(struct identity *id, const struct config_identity *c, struct error *err) MUST_CHECK;
void identity_release(struct identity *id);

#endif
