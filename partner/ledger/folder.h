/* A folder for each customer of a run. Inside of the ledger. */
#ifndef PARTNER_LEDGER_FOLDER_H
#define PARTNER_LEDGER_FOLDER_H

#include "common/base.h"

#define FOLDER_SIZE 104 /* with its NUL */
/* A readable part, and a digest of the whole key so that two customers never meet. */
void folder_name(const char *key, int attempt, char *dst, size_t size);

#endif
