/*
 * A job is one batch between the ledger and the route: the devices of a request while it is in
 * flight, and where the batch stands in between. jobs are owned by the engine's list.
 */
#ifndef PARTNER_ENGINE_JOB_H
#define PARTNER_ENGINE_JOB_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "partner/engine/engine.h"

#define JOB_TEXT_MAX ((size_t)4 * 1024 * 1024) /* device texts of one batch */

enum job_phase { JOB_SUBMIT, JOB_POLL, JOB_OVER };

struct engine;
struct job {
	struct job *next;
	struct engine *engine;
	enum job_phase phase;
	bool in_flight;
	int64_t batch;
	char *service_id, *sold_to, *received_from, *reference;
	unsigned failures;   /* in a row */
	int64_t due_ms;      /* monotonic: not before */
	int64_t deadline_ms; /* monotonic: polling ends */
	/* the devices of the request in flight */
	struct device_id *device;
	int64_t *row;
	size_t count, room;
	struct buf text;
};

struct engine {
	struct ledger *ledger;
	const struct ledger_run *run;
	struct route *route;
	struct engine_settings set;
	struct engine_result result;
	struct job *jobs;
	unsigned in_flight;
	int64_t after;    /* batches up to this id have become jobs */
	int64_t pause_ms; /* monotonic: no new submit before (throttling is for all) */
	bool failed;      /* ledger or transport: err says how */
	struct error *err;
};

struct job *job_new(struct engine *e, const struct ledger_batch *batch);
void job_free(struct job *j);
/* Starts the request that is due. Failures of our own side go into the engine. */
void job_start(struct job *j);
/* Milliseconds to wait before try number `failures`. */
int64_t job_backoff_ms(unsigned failures);
void engine_stop(struct engine *e, enum engine_stop why);

#endif
