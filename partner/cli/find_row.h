/*
 * What "find" prints about one row: when it was asked, what the service said, its pack, what the
 * customer reported and what is open.
 */
#ifndef PARTNER_CLI_FIND_ROW_H
#define PARTNER_CLI_FIND_ROW_H

#include "partner/app/session.h"
#include "partner/handoff/messages.h"
#include "partner/ledger/report.h"

struct find_words { /* borrowed */
	struct session *session;
	const struct messages *messages; /* the titles of steps */
};
/* Prints a row as text or, with --json, as a line. */
int find_row_print(const struct find_words *words, const struct ledger_line *line,
                   struct error *err) MUST_CHECK;
void find_row_header(void);
/* The path of a file in a pack, or NULL if it does not exist. The caller frees it. */
char *find_pack_file(const char *out, const char *folder, const char *name);

#endif
