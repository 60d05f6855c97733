/*
 * What a command needs on its session: configuration, profile, ledger with its lock, route.
 * Every open function prints what is wrong and returns the exit code to leave with (0: go on).
 * session_close() releases whatever was opened.
 */
#ifndef PARTNER_APP_SESSION_H
#define PARTNER_APP_SESSION_H

#include "common/crypto.h"
#include "partner/app/config.h"
#include "partner/app/credential.h"
#include "partner/ledger/runs.h"
#include "partner/app/options.h"
#include "partner/engine/guards.h"
#include "partner/handoff/handoff.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

enum route_kind { ROUTE_OEM_DIRECT, ROUTE_PARTNER_CENTER, ROUTE_KIND_COUNT };

struct session {
	const struct options *options;
	struct config config;
	struct profile profile;
	struct ledger *ledger;
	enum route_kind kind; /* of the route that is open, or is to be opened */
	struct route *route;
	struct identity identity; /* of the route that is open */
	int64_t ends_ms;          /* monotonic: --max-duration is over; 0: no limit */
	int least;   /* the exit code is at least this one: a list of the spool was left out */
	bool broken; /* ledger or disk failed under a run: no other one is begun */
	struct crypto_signer *signer; /* of packs, or NULL */
	int64_t started;              /* seconds UTC */
	struct monitor *monitor;      /* of a command that sends, or NULL; partner/run/monitor.h */
};

int
session_open(struct session *d, const struct options *o) MUST_CHECK; /* configuration and profile */
int session_open_log(struct session *d) MUST_CHECK;    /* [log], where no option says otherwise */
int session_open_ledger(struct session *d) MUST_CHECK; /* for writing, locked; waits --lock-wait */
int session_open_ledger_readonly(struct session *d) MUST_CHECK;
/* The signing key and what packs are made of, for what writes them; before a route is opened. */
int session_open_packs(struct session *d) MUST_CHECK;
/* From here on the process opens only the files of this command (common/confine.h). After the
 * ledger is open, for that knows where packs are. */
enum session_files {
	SESSION_READS_ARGUMENTS = 1 << 0, /* the files that the command line names */
	SESSION_WRITES_PACKS = 1 << 1
};
void session_confine(struct session *d, unsigned files);
void session_close(struct session *d);

/* name NULL: the latest. Says so where there is none. */
int session_find_run(const struct session *d, const char *name, struct ledger_run *ret) MUST_CHECK;
/* --out: where the run's packs go from now on. */
int session_set_out(const struct session *d, struct ledger_run *run, struct error *err) MUST_CHECK;
/* --json's last line where no run came to be. Returns code. */
int session_no_run(const struct session *d, int code);
struct handoff_settings session_handoff_settings(const struct session *d);
struct guards_settings session_guards_settings(const struct session *d);

#endif
