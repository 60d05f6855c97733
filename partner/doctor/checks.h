/*
 * The checks of doctor. Only for files of this folder. They run in the order of the table in
 * doctor.c. A check that opens something (configuration, profile, ledger, route) keeps it in struct
 * doctor for the checks after it. If an earlier check could not open what a check needs, that check
 * leaves its finding empty, and nothing is printed. Checks write nothing and print nothing.
 */
#ifndef PARTNER_DOCTOR_CHECKS_H
#define PARTNER_DOCTOR_CHECKS_H

#include "common/http.h"
#include "partner/app/session.h"
#include "partner/doctor/finding.h"

struct doctor {
	struct session session;
	bool configured; /* session.config is loaded */
	bool profiled;   /* session.profile is loaded */
	bool identified; /* certificate and key belong together, or a secret replaces them */
	int64_t schema;  /* of the ledger, if session.ledger is open */
	/* the probe: one request that shows how far a connection to the service gets */
	bool probed;
	struct http_answer answer; /* without its body; the next three hold its texts */
	char address[64], tls[64], detail[FINDING_TEXT];
	/* the preflight: the harmless request with which every run begins */
	bool asked;
	struct route_result result; /* the next one holds its reason */
	char reason[FINDING_TEXT];
	/* whether the user of the token signed in with MFA; the next one holds its reason */
	bool sign_in_asked;
	struct route_result sign_in;
	char sign_in_reason[FINDING_TEXT];
};

typedef void doctor_check_fn(struct doctor *d, struct finding *f);

/* files.c: configuration, permissions, certificates, profile, stylesheets */
doctor_check_fn doctor_check_configuration, doctor_check_permissions, doctor_check_secrets,
	doctor_check_certificate, doctor_check_expiry, doctor_check_chain, doctor_check_ca,
	doctor_check_signing, doctor_check_signing_expiry, doctor_check_profile,
	doctor_check_stylesheets, doctor_check_lists;
/* state.c: ledger, runs, disk, folders */
doctor_check_fn doctor_check_ledger, doctor_check_schema, doctor_check_lock, doctor_check_last_good,
	doctor_check_open_runs, doctor_check_disk, doctor_check_handoff, doctor_check_spool,
	doctor_check_work, doctor_check_confinement;
/* sending.c: whether a run may send, and what bounds its damage */
doctor_check_fn doctor_check_alarms, doctor_check_canary;
/* outputs.c: log, metrics and status file */
doctor_check_fn doctor_check_outputs;
/* notify.c */
doctor_check_fn doctor_check_notify;
/* service.c: the connection to the service */
doctor_check_fn doctor_check_address, doctor_check_name, doctor_check_proxy,
	doctor_check_connection, doctor_check_tls, doctor_check_service, doctor_check_token,
	doctor_check_mfa, doctor_check_clock;

#endif
