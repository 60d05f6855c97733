/* Resolves and loads keys, certificates and secrets. */
#include "partner/app/credential.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/wipe.h"
#include "partner/app/config_path.h"

char *
credential_path(const char *path, bool *ret_granted)
{
	*ret_granted = config_path_is_granted(path);
	return path[0] != '\0' ? xstrdup(path) : NULL;
}

int
credential_secret(const char *name, const char *what, char **ret, struct error *err)
{
	bool granted;

	*ret = credential_path(name, &granted);
	if (*ret == NULL || granted || file_check_private(*ret, err) == 0)
		return 0;
	return error_prefix(err, "%s", what);
}

static int
load_passphrase(struct identity *id, const char *name, struct error *err)
{
	char *path;
	int rc = credential_secret(name, "key-passphrase-file", &path, err);

	if (rc == 0 && path != NULL && (id->passphrase = file_read_secret(path, err)) == NULL)
		rc = error_prefix(err, "key-passphrase-file");
	free(path);
	return rc;
}

int
identity_load(struct identity *id, const struct config_identity *c, struct error *err)
{
	bool granted;

	id->certificate = credential_path(c->certificate, &granted);
	if (credential_secret(c->key, "client key", &id->key, err) != 0)
		return -1;
	if (id->key == NULL && !granted && file_check_private(id->certificate, err) != 0)
		return error_prefix(err, "client key");
	return load_passphrase(id, c->key_passphrase_file, err);
}

void
identity_release(struct identity *id)
{
	if (id->passphrase != NULL)
		wipe(id->passphrase, strlen(id->passphrase));
	free(id->passphrase);
	free(id->certificate);
	free(id->key);
	free(id->secret_file);
	free(id->refresh_file);
	*id = (struct identity){0};
}
