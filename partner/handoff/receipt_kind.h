/*
 * Recognises files that people send instead of a receipt. Pure.
 */
#ifndef PARTNER_HANDOFF_RECEIPT_KIND_H
#define PARTNER_HANDOFF_RECEIPT_KIND_H

#include "common/base.h"

/* "the page of a pack (index.html)", or NULL for a receipt with an error in it, and for anything unknown. */
const char *receipt_looks_like(const char *text, size_t len);

#endif
