/*
 * Partner Center, in worlds with `world->by_partner`: a service that lists the registrations of each customer page by
 * page and deletes one at a time; and the judge's rules for it. A deletion names no run, so the judge asks
 * whether any run may send it.
 */
#ifndef TESTS_SIMULATE_CENTER_H
#define TESTS_SIMULATE_CENTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/simulate/world.h"

#define CENTER_URL "https://center.example"
#define CENTER_AUTHORITY "https://login.example"
#define CENTER_TENANT_SIZE 48
#define CENTER_ID "00000000-0000-4000-8000-" /* how every id begins */

/* Call at the begin of a world, when devices and owners are chosen. */
void center_begin(uint64_t seed);
/* Registers the device anew for the customer that owns it. */
void center_register(int device);
void center_tenant(int customer, char dst[static CENTER_TENANT_SIZE]);
/* page: the continuation token, or NULL. *ret_send: as service_submit(). */
struct reply center_answer(bool deletes, const char *url, const char *page, const char *request_id,
                           int *ret_send);
/* The answer to a deletion reached the program. */
void center_delivered(int send, long status);
/* The registration is shown in listings at this moment. */
bool center_is_listed(const struct registration *r);

/* ---- center_rules.c ---- */
/* Judges a deletion when it arrives. */
void judge_deletion(const struct send *s);
/* Notes which registrations the ledger says are to be deleted. Call after each command. */
void judge_center_intents(void);
/* Judges the outcome of a row. */
void judge_center_row(const struct list *l, int row, int outcome, bool quiet);

#endif
