/*
 * Recognises files that people send instead of a receipt. Pure.
 */
#ifndef PARTNER_HANDOFF_RECEIPT_KIND_H
#define PARTNER_HANDOFF_RECEIPT_KIND_H

#include "common/base.h"

/* Such as "the page of a pack (index.html)". NULL: it is a receipt with an error, or an unknown file. */
const char *receipt_looks_like(const char *text, size_t len);

#endif
