/*
 * What a command needs on its desk: configuration, profile, ledger with its lock, route.
 * Every open function prints what is wrong and returns the exit code to leave with (0: go on).
 * desk_close() releases whatever was opened.
 */
#ifndef PARTNER_CLI_DESK_H
#define PARTNER_CLI_DESK_H

#include "partner/cli/config.h"
#include "partner/cli/options.h"
#include "partner/engine/engine.h"
#include "partner/handoff/handoff.h"
#include "partner/ledger/ledger.h"
#include "partner/route/profile.h"
#include "partner/route/route.h"

struct desk {
	const struct options *options;
	struct config config;
	struct profile profile;
	struct ledger *ledger;
	struct route *route;
	char *certificate, *key, *passphrase; /* paths as resolved; the passphrase is wiped */
};

int desk_open(struct desk *d, const struct options *o) MUST_CHECK; /* configuration and profile */
int desk_open_ledger(struct desk *d) MUST_CHECK;                   /* for writing, locked */
int desk_open_ledger_readonly(struct desk *d) MUST_CHECK;
int desk_open_route(struct desk *d) MUST_CHECK; /* credentials are looked at, nothing is sent */
void desk_close(struct desk *d);

/* Drives the engine over the run, writes packs, prints the summary. The exit code. */
int desk_send(struct desk *d, struct ledger_run *run) MUST_CHECK;
/* Records how the run stands, writes packs, prints. code is the exit code so far. */
int desk_finish(struct desk *d, struct ledger_run *run, enum run_state state, int code) MUST_CHECK;
/* --json's last line where no run came to be. Returns code. */
int desk_no_run(const struct desk *d, int code);
struct handoff_settings desk_handoff_settings(const struct desk *d);

#endif
