/*
 * Reminders: mail texts for customers who have not answered all of a letter. Nothing is sent.
 */
#ifndef PARTNER_HANDOFF_REMINDER_H
#define PARTNER_HANDOFF_REMINDER_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/handoff.h"
#include "partner/ledger/ledger.h"

typedef void reminder_fn(void *ctx, const char *path);
/* Writes <dir>/<letter>/<customer>/mail.txt for each letter that was written, and of which the customer
 * was last reminded, before `before`; calls fn for each. */
int reminder_write(struct ledger *l, const struct handoff_settings *settings, const char *dir,
                   int64_t before, reminder_fn *fn, void *ctx, struct error *err) MUST_CHECK;

#endif
