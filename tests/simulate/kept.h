/*
 * Connections to a ledger in memory that stay open between commands, so that no command reads the schema and compiles
 * its statements again. A child inherits them from the simulator. What a child compiled, the simulator
 * compiles for the next world.
 */
#ifndef TESTS_SIMULATE_KEPT_H
#define TESTS_SIMULATE_KEPT_H

#include <stdbool.h>

/* Call after store_begin(). */
void kept_begin(const char *path);
/* In the child: nothing of the ledger is open. */
bool kept_is_unused(void);

#endif
