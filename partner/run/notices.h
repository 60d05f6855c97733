/*
 * What a sending command tells others ([notify]): the summary of each run that it brought to an end,
 * or that there was no run. Composed while the ledger is open, delivered after it is closed, because
 * the delivery may take a minute and other runs wait for the ledger. Owns its texts.
 */
#ifndef PARTNER_RUN_NOTICES_H
#define PARTNER_RUN_NOTICES_H

#include "common/json.h"
#include "partner/app/session.h"
#include "partner/ledger/runs.h"

struct notices { /* all zero at first */
	struct json **body;
	size_t count;
	int worst; /* exit code of the runs so far */
};

/* A run that reached its end, with run->exit_code. */
void notices_add(struct notices *n, const struct session *s, const struct ledger_run *run);
/* Delivers and frees them. code: how the command ends. */
void notices_deliver(struct notices *n, const struct session *s, int code);

#endif
