/*
 * Plays a fault of a scenario: either changes the answer that the server sends, or takes over the
 * connection and sends raw bytes, nothing, or a reset. Owns nothing. Every loop ends when the peer
 * has closed the connection or the service stops. (A peer that leaves a large body unread counts as
 * present until its kernel gives up.)
 */
#ifndef SAMPLES_SANDBOX_FAULT_H
#define SAMPLES_SANDBOX_FAULT_H

#include "common/buf.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/oem_service.h"

struct fault_wire {
	void *session;
	int fd;
	int stop_fd; /* readable once the service stops */
};

struct fault_answer {
	unsigned status;
	enum oem_service_wire wire;
	const char *type;
	struct buf body;
	const char *authorization; /* of the request; quote repeats it; NULL: none */
	const struct scenario_header *header;
	size_t header_count;
};

/* Changes the ordinary answer, if the action does so. */
void fault_change(const struct scenario_fault *f, struct fault_answer *answer);
/* True: the connection was taken over; the caller drops it. False: the caller sends the answer. */
bool fault_play(const struct scenario_fault *f, const struct fault_wire *wire,
                const struct fault_answer *answer);
/* Sleeps for ms. Returns early when the service stops. */
void fault_pause(int stop_fd, long ms);

#endif
