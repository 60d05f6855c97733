/* Values of the configuration without the passwords in their addresses. The caller frees each result. */
#ifndef PARTNER_APP_CONFIG_MASK_H
#define PARTNER_APP_CONFIG_MASK_H

#include "common/base.h"

/* "***" stands for the password of "https://user:password@host" and for the values of parameters that may be
 * secret ("?password=..."). Another text stays as it is. */
char *config_mask(const char *text);
/* The same for [ledger] url. Of a URL that no ledger has, only the beginning is left. */
char *config_mask_ledger(const char *url);
/* Whether config_mask or config_mask_ledger replaced a part of this text by "***". */
bool config_mask_is_masked(const char *text);

#endif
