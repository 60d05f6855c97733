/*
 * Metrics in Prometheus' text format, for node_exporter's textfile collector. What is not known is
 * left out, never written as 0: a run that did not come to be has no rows. Owns nothing.
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
	METRICS_CA,      /* the ca-file of the route, its first certificate to end */
	METRICS_APP,     /* of [partner-center] */
	METRICS_CERTIFICATE_COUNT
};

struct metrics {
	int64_t last_success; /* seconds UTC; 0: never, as far as is known */
	int64_t last_run;     /* seconds UTC: now */
	int exit_code;
	/* of the runs of this command, by route */
	struct {
		const char *route; /* lives longer than this */
		int64_t rows[OUTCOME_COUNT];
	} run[METRICS_ROUTES_MAX];
	size_t runs;
	bool sent; /* an engine ran: the two below are known */
	int64_t retries, throttled_ms;
	/* of the whole ledger */
	bool ledger;            /* the two below are known */
	int64_t oldest_pending; /* seconds */
	int64_t open_steps;
	int64_t ends[METRICS_CERTIFICATE_COUNT]; /* seconds UTC; 0: none, or it cannot be read */
};

void
metrics_add_rows(struct metrics *m, const char *route, const int64_t rows[static OUTCOME_COUNT]);
void metrics_add_counters(struct metrics *m, const struct engine_counters *c);
void metrics_text(const struct metrics *m, struct buf *b);
/* When a run was last good, as an earlier metrics file says. 0: it does not say. */
int64_t metrics_read_last_success(const char *path);

#endif
