/* Names for the folders of customers. Only for files of the ledger. */
#ifndef PARTNER_LEDGER_FOLDER_H
#define PARTNER_LEDGER_FOLDER_H

#include "common/base.h"

#define FOLDER_SIZE 104 /* with its NUL */
/* A safe key is its own folder name. Any other key becomes a readable part and a digest of the whole
 * key; "" becomes "unassigned". attempt: 0, then rising while the name is taken by another customer. */
void folder_name(const char *key, int attempt, char *dst, size_t size);

#endif
