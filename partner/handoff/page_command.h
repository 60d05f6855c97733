/* Commands of the operator's page, so that a person can paste them into a shell. The caller frees each result. */
#ifndef PARTNER_HANDOFF_PAGE_COMMAND_H
#define PARTNER_HANDOFF_PAGE_COMMAND_H

#include "partner/ledger/runs.h"

/* "unpilot STEP -c CONFIG". config: the absolute path of the configuration; NULL: the default one. */
char *page_command(const char *step, const char *config);
/* The one that finishes a run. */
char *page_command_resume(const struct ledger_run *run, const char *config);
/* The one that helps with an outcome and its reason; "" when there is none. */
char *page_command_for(enum outcome outcome, const char *reason, const struct ledger_run *run,
                       const char *config);

#endif
