/*
 * Runs, and what a run's rows come to.
 */
#ifndef PARTNER_LEDGER_RUNS_H
#define PARTNER_LEDGER_RUNS_H

#include "common/crypto.h"
#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

#define LEDGER_RUN_ID_SIZE 32 /* "20261123T031500Z-4f2a" */

enum run_state { RUN_PLANNED, RUN_OPEN, RUN_FINISHED, RUN_STATE_COUNT };
struct ledger_run {
	int64_t id;
	char name[LEDGER_RUN_ID_SIZE];
	enum run_state state;
	int64_t started, finished;    /* seconds UTC, 0: not yet */
	int exit_code;                /* of the last command on it; -1: none yet */
	char digest[CRYPTO_HEX_SIZE]; /* of what was planned; "" where nobody planned */
	char *out;                    /* <out>/<run>; freed by ledger_run_release() */
	char *route;                  /* its name; likewise */
};
void ledger_run_release(struct ledger_run *r);
/* A name for a run to be: sorts by time, and two of one second differ. */
void ledger_run_name(char name[static LEDGER_RUN_ID_SIZE]);
int ledger_run_create(struct ledger *l, const char *name, const char *out_dir, const char *route,
                      struct ledger_run *ret, struct error *err) MUST_CHECK;
/* name NULL: the latest. 1 found, 0 no such run, -1 error. */
int ledger_run_find(struct ledger *l, const char *name, struct ledger_run *ret,
                    struct error *err) MUST_CHECK;
/* Where its packs go from now on. */
int
ledger_run_set_out(struct ledger *l, int64_t run, const char *out, struct error *err) MUST_CHECK;
int ledger_run_set_state(struct ledger *l, int64_t run, enum run_state state, int exit_code,
                         struct error *err) MUST_CHECK;
/* The first run with id > after and in the state: 1 found, 0 none, -1 error. */
int ledger_run_next(struct ledger *l, enum run_state state, int64_t after, struct ledger_run *ret,
                    struct error *err) MUST_CHECK;
/* SHA-256 over every device that the run would ask, with its customer and account numbers. */
int ledger_run_digest(struct ledger *l, int64_t run, char hex[static CRYPTO_HEX_SIZE],
                      struct error *err) MUST_CHECK;
int ledger_run_set_digest(struct ledger *l, int64_t run, const char *digest,
                          struct error *err) MUST_CHECK;
/* When the oldest request without a final answer was first sent, seconds UTC; 0: there is none. */
int ledger_open_since(struct ledger *l, int64_t run, int64_t *ret, struct error *err) MUST_CHECK;
typedef int ledger_run_fn(void *ctx, const struct ledger_run *run,
                          const int64_t counts[static OUTCOME_COUNT], struct error *err);
int ledger_each_run(struct ledger *l, ledger_run_fn *fn, void *ctx,
                    struct error *err) MUST_CHECK; /* latest first */
int ledger_counts(struct ledger *l, int64_t run, int64_t counts[static OUTCOME_COUNT],
                  struct error *err) MUST_CHECK;
/* Another run that took a list of the same bytes and was not merely a plan: 1 and *ret, 0, or -1.
 * ret_path (freed by the caller): which list of `run`. list 0: any of the run's. */
int ledger_find_taken(struct ledger *l, int64_t run, int64_t list, struct ledger_run *ret,
                      char **ret_path, struct error *err) MUST_CHECK;

#endif
