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
#include "partner/doctor/finding.h"

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

typedef void doctor_check_fn(struct doctor *d, struct finding *f);

/* doctor_files.c: configuration, permissions, certificates, profile, stylesheets */
doctor_check_fn doctor_check_configuration, doctor_check_permissions, doctor_check_secrets,
	doctor_check_certificate, doctor_check_expiry, doctor_check_chain, doctor_check_ca,
	doctor_check_signing, doctor_check_signing_expiry, doctor_check_profile,
	doctor_check_stylesheets, doctor_check_lists;
/* doctor_state.c: ledger, runs, disk, folders */
doctor_check_fn doctor_check_ledger, doctor_check_schema, doctor_check_lock, doctor_check_last_good,
	doctor_check_open_runs, doctor_check_disk, doctor_check_handoff, doctor_check_spool,
	doctor_check_work, doctor_check_confinement;
/* doctor_service.c: the way to the service */
doctor_check_fn doctor_check_address, doctor_check_name, doctor_check_proxy,
	doctor_check_connection, doctor_check_tls, doctor_check_service, doctor_check_token,
	doctor_check_clock;

#endif
