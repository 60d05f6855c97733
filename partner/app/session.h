/*
 * The session of one command: its configuration, profile, ledger with its lock, route and signing
 * key. A command opens the parts that it needs and ends with session_close(), which releases
 * whatever was opened. Each function that opens something prints its error and returns the exit
 * code to end with; EXIT_CODE_OK means go on. Times are seconds UTC unless their name ends in _ms.
 */
#ifndef PARTNER_APP_SESSION_H
#define PARTNER_APP_SESSION_H

#include "common/crypto.h"
#include "partner/app/config.h"
#include "partner/app/credential.h"
#include "partner/app/options.h"
#include "partner/engine/guards.h"
#include "partner/engine/pace.h"
#include "partner/handoff/handoff.h"
#include "partner/ledger/ledger.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

enum route_kind { ROUTE_OEM_DIRECT, ROUTE_PARTNER_CENTER, ROUTE_KIND_COUNT };

struct session {
	const struct options *options; /* borrowed */
	struct config config;          /* with the options that override it */
	struct profile profile;
	struct ledger *ledger;              /* NULL: not open */
	enum route_kind kind;               /* of the route below, or of the one to be opened */
	struct route *route;                /* NULL: not open */
	struct pace pace[ROUTE_KIND_COUNT]; /* a service's pause holds for the whole command */
	struct identity identity;
	char trust[CRYPTO_HEX_SIZE];  /* digest of service, profile and certificate; "": no route */
	struct crypto_signer *signer; /* of packs; NULL: they are not signed */
	struct handoff_parts *
		parts; /* stylesheets and messages of packs, once session_open_packs() loaded them */
	int64_t started;
	int64_t ends_ms; /* monotonic: when --max-duration is over; 0: no limit */
};

/* Loads configuration and profile. */
int session_open(struct session *s, const struct options *o) MUST_CHECK;
/* Opens the log that [log] names, unless an option names one. */
int session_open_log(struct session *s) MUST_CHECK;
/* Loads stylesheets, messages and the signing key of packs. Call it before the route is opened. */
int session_open_packs(struct session *s) MUST_CHECK;
/* Opens the ledger for writing and locks it. Waits for the lock up to --lock-wait. */
int session_open_ledger(struct session *s) MUST_CHECK;
int session_open_ledger_readonly(struct session *s) MUST_CHECK;
/* From now on the process can open only the files that this command needs (common/confine.h). Call
 * it after the ledger is open, because the ledger knows the places of earlier packs. */
enum session_files {
	SESSION_READS_ARGUMENTS = 1 << 0, /* the files that the command line names */
	SESSION_WRITES_PACKS = 1 << 1,    /* unless it is a dry run */
	SESSION_WRITES_PLAN = 1 << 2      /* the page of a plan */
};
void session_confine(struct session *s, unsigned files);
void session_close(struct session *s);

/* name: an id, the beginning of exactly one id, "latest", or NULL for the latest run. Prints an error
 * if there is no such run, or more than one. */
int session_find_run(const struct session *s, const char *name, struct ledger_run *ret) MUST_CHECK;
/* The latest run that sent something. Prints an error if there is none. */
int session_find_sent_run(const struct session *s, struct ledger_run *ret) MUST_CHECK;
/* A run has rows of the customer, perhaps only rejected ones. */
bool session_knows_customer(const struct session *s, const char *key);
/* Prints an error that suggests the nearest key of a customer. Returns the exit code. */
int session_unknown_customer(const struct session *s, const char *key);
/* Moves the run's packs to the directory of --out, if it was given. */
int session_set_out(const struct session *s, struct ledger_run *run, struct error *err) MUST_CHECK;
/* Prints the last line of --json for a command that ends without a run. Returns code. */
int session_no_run(const struct session *s, int code);
/* How letters are judged, with --not-ready. */
struct ledger_gate session_gate(const struct session *s);
struct handoff_settings session_handoff_settings(const struct session *s);
struct guards_settings session_guards_settings(const struct session *s);

#endif
