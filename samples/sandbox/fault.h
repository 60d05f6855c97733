/*
 * Plays a fault of a scenario: either changes the answer that goes out in the ordinary way, or
 * takes the connection over and sends raw bytes, nothing, or a reset. Owns nothing; a loop ends
 * when the peer has gone or the service stops. (A peer that leaves a large body unread behind it
 * is seen to have gone only when its kernel gives up.)
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
	const struct scenario_header *header;
	size_t header_count;
};

/* What the ordinary answer becomes; nothing where the action leaves it as it is. */
void fault_change(const struct scenario_fault *f, struct fault_answer *answer);
/* True: the connection was taken over and is to be dropped. False: answer in the ordinary way. */
bool fault_play(const struct scenario_fault *f, const struct fault_wire *wire,
                const struct fault_answer *answer);
/* Waits, less where the service stops. */
void fault_pause(int stop_fd, long ms);

#endif
