/*
 * Metrics in Prometheus' text format, for node_exporter's textfile collector. Unknown values are
 * omitted and never written as 0: a command that ends before its run begins reports no rows.
 * Times are seconds UTC. Owns nothing.
 */
#ifndef PARTNER_RUN_METRICS_H
#define PARTNER_RUN_METRICS_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "partner/engine/engine.h"

#define METRICS_ROUTES_MAX 4
#define METRICS_TEXT_MAX ((size_t)64 * 1024)

enum metrics_certificate {
	METRICS_CLIENT,  /* of [oem-direct] */
	METRICS_SIGNING, /* of [handoff] */
	METRICS_CA,      /* the ca-file of the route; the certificate in it that expires first */
	METRICS_APP,     /* of [partner-center] */
	METRICS_CERTIFICATE_COUNT
};

struct metrics {
	int64_t last_success; /* 0: unknown, or there was none */
	int64_t last_run;
	int exit_code;
	/* the rows of this command's runs, by route */
	struct {
		const char *route; /* borrowed */
		int64_t rows[OUTCOME_COUNT];
	} run[METRICS_ROUTES_MAX];
	size_t runs;
	bool sent; /* the engine ran, so the next two are known */
	int64_t retries, throttled_ms;
	bool ledger;            /* the ledger was read, so the next three are known */
	int64_t oldest_pending; /* seconds */
	int64_t canary; /* devices of canaries without an answer; the others wait for them */
	int64_t open_steps;
	int64_t ends[METRICS_CERTIFICATE_COUNT]; /* expiry; 0: no certificate, or not readable */
};

/* Adds the rows of one run, which went by this route. */
void
metrics_add_rows(struct metrics *m, const char *route, const int64_t rows[static OUTCOME_COUNT]);
/* Adds the counters of one run of the engine. */
void metrics_add_counters(struct metrics *m, const struct engine_counters *c);
void metrics_text(const struct metrics *m, struct buf *b);
/* Reads the last success from an earlier metrics file. 0: the file does not say. */
int64_t metrics_read_last_success(const char *path);

#endif
