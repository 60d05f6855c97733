/*
 * A ledger on a PostgreSQL server, in a database of the job's own. The server's clock, as the ledger's
 * statements see it, is the virtual one: a schema before pg_catalog has a clock_timestamp() that reads a
 * file. Nothing here does anything before server_prepare().
 */
#ifndef TESTS_SIMULATE_SERVER_H
#define TESTS_SIMULATE_SERVER_H

#include <stdbool.h>

/* Makes the database on the server of this URL. Call once, before the first world. */
void server_prepare(const char *url, int job);
/* Its URL; NULL: no server. */
const char *server_url(void);
/* Tells the server the time. Call after every change of world->wall_ms. */
void server_tell_time(void);
/* Call at the begin of a world. true: the ledger is there, and empty; false: "init" must make it. */
bool server_begin(void);
/* Copies the ledger into dir/ledger.db, which the judge reads. */
void server_copy(const char *dir);
/* Returns when no more than this number of workers is connected: a killed one leaves the server a little later. */
void server_await(int workers);
/* Drops the database. */
void server_end(void);

#endif
