/*
 * Rules about the moment at which a request starts: how many are in flight, and what the command has learned
 * before. They look at the network only.
 */
#ifndef TESTS_SIMULATE_STARTS_H
#define TESTS_SIMULATE_STARTS_H

#include <stdbool.h>

#include "common/http.h"

/* action: it changes something at the service. in_flight: without this one. */
void judge_start(const char *url, const char *body, bool action, unsigned in_flight);
/* An answer is about to be read. send: its number, or -1. */
void starts_answered(const char *url, int send, const struct http_answer *answer);
/* The operator has sent SIGTERM. */
void starts_stopped(void);

#endif
