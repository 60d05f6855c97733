/*
 * SIGINT and SIGTERM: the first asks for a graceful end, the second ends the program at once, which
 * the ledger survives at any instruction. Process-wide, because signals are.
 */
#ifndef PARTNER_ENGINE_SIGNALS_H
#define PARTNER_ENGINE_SIGNALS_H

void signals_watch(void);
void signals_unwatch(void); /* SIGINT and SIGTERM end the program again */
int signals_seen(void);     /* the first signal: SIGINT or SIGTERM; 0: none */

#endif
