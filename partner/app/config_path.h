/*
 * Paths of the configuration and of options: makes relative ones absolute, because the ledger remembers
 * some of them, and a later command may begin in another folder. The caller frees each result.
 */
#ifndef PARTNER_APP_CONFIG_PATH_H
#define PARTNER_APP_CONFIG_PATH_H

#include "common/base.h"

char *config_path_here(void); /* the working directory */
char *config_path_absolute(const char *file);
char *config_path_folder(const char *file); /* the folder that holds the file */

/* base: the folder that a relative path is relative to. value is not "". */
/* A bare name is looked for among systemd's credentials first (systemd.exec(5), LoadCredential). */
char *config_path_credential(const char *base, const char *value);
/* Whether a path is one of systemd's credentials, which are private by themselves. */
bool config_path_is_granted(const char *path);
/* The folder of systemd's credentials, borrowed; NULL: there is none. */
const char *config_path_granted_folder(void);
/* The path in "sqlite:PATH"; another URL stays as it is. */
char *config_path_ledger(const char *base, const char *url);

#endif
