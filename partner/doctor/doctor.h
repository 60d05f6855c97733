/*
 * "doctor": a table of checks, each of which fills one finding. Checks go in the table's order, and
 * what an earlier one opened (configuration, profile, route, ledger, the look at the service) stands
 * in the struct for the later ones; where it could not be opened, a later one leaves its finding
 * empty and no line is printed. A check writes nothing and prints nothing.
 */
#ifndef PARTNER_DOCTOR_DOCTOR_H
#define PARTNER_DOCTOR_DOCTOR_H

#include "common/http.h"
#include "partner/app/session.h"

enum verdict {
	VERDICT_NONE, /* could not be made: an earlier check failed, or there is nothing to look at */
	VERDICT_OK,
	VERDICT_WARN,
	VERDICT_FAIL,
	VERDICT_COUNT
};

#define FINDING_TEXT 1024

struct finding {
	enum verdict verdict;
	int code; /* FAIL: what a run would exit with */
	char seen[FINDING_TEXT], mend[FINDING_TEXT];
};

void finding_ok(struct finding *f, const char *format, ...) PRINTFLIKE(2, 3);
void finding_warn(struct finding *f, const char *mend, const char *format, ...) PRINTFLIKE(3, 4);
void finding_fail(struct finding *f, int code, const char *mend, const char *format, ...)
	PRINTFLIKE(4, 5);

struct doctor {
	struct session session;
	bool configured, profiled, identified; /* identified: certificate and key are good */
	int64_t schema;                        /* of the ledger, where session.ledger is open */
	/* the look at the service */
	bool looked;
	struct http_answer answer; /* without body; its texts are in the three below */
	char address[64], tls[64], detail[FINDING_TEXT];
	struct route_result result; /* of the route's harmless request; its reason is below */
	bool asked;
	char reason[FINDING_TEXT];
};

/* Makes every check and prints its finding. Returns the exit code. */
int doctor_run(const struct options *o) MUST_CHECK;

typedef void check_fn(struct doctor *d, struct finding *f);

/* doctor_files.c: configuration, permissions, certificates, profile, stylesheets */
check_fn check_configuration, check_permissions, check_secrets, check_certificate, check_expiry,
	check_chain, check_ca, check_signing, check_signing_expiry, check_profile,
	check_stylesheets, check_lists;
/* doctor_state.c: ledger, runs, disk, folders */
check_fn check_ledger, check_schema, check_lock, check_last_good, check_open_runs, check_disk,
	check_handoff, check_spool, check_work, check_confinement;
/* doctor_service.c: the way to the service */
check_fn check_address, check_name, check_proxy, check_connection, check_tls, check_service,
	check_token, check_clock;

#endif
