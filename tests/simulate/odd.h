/*
 * Answers that a service should not give: entries that are doubled, that no request asked for or that say two
 * things at once, alarms in other places than a verdict, another BatchId. Worlds with `world->wide` meet them.
 */
#ifndef TESTS_SIMULATE_ODD_H
#define TESTS_SIMULATE_ODD_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "tests/simulate/world.h"

/* Chooses, for a batch that was accepted, what the service answers to its polls. */
void odd_decide(struct send *s);
/* The answer to a submit, which may name the batch of another one, or speak of an alarm. */
void odd_submit(struct send *s, struct reply *r);
/* A refusal of the whole batch, which may speak of an alarm. */
void odd_refusal(struct send *s, struct reply *r);
/* The answer to a poll with all its entries. Takes the bits of devices that it spoils from *clean. false: it is that of another batch, and says nothing. */
bool odd_poll(struct send *s, cJSON *root, cJSON *devices, unsigned *clean);

#endif
