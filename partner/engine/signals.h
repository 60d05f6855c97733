/*
 * SIGINT and SIGTERM: the first asks for a graceful end, the second ends the program at once
 * (the ledger is consistent at any instruction). Process-wide, as signals are.
 */
#ifndef PARTNER_ENGINE_SIGNALS_H
#define PARTNER_ENGINE_SIGNALS_H

void signals_watch(void);
int signals_seen(void); /* 0, SIGINT or SIGTERM */

#endif
