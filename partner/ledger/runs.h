/*
 * Runs: creating and finding them, their state, and counts of their rows. A run's packs are below
 * <out>/<run>.
 */
#ifndef PARTNER_LEDGER_RUNS_H
#define PARTNER_LEDGER_RUNS_H

#include "common/crypto.h"
#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

#define LEDGER_RUN_ID_SIZE 32 /* "20261123T031500Z-4f2a", "letter-20261123T031500Z-4f2a" */

enum run_state {
	RUN_PLANNED,
	RUN_OPEN,
	RUN_FINISHED,
	RUN_LETTER, /* no run: the devices of a letter, which are never sent (letters.h) */
	RUN_STATE_COUNT
};
struct ledger_run {
	int64_t id;
	char name[LEDGER_RUN_ID_SIZE];
	enum run_state state;
	int64_t started, finished;
	int exit_code;                /* of the last command on this run; -1: none yet */
	char digest[CRYPTO_HEX_SIZE]; /* of the plan; "": it was not planned */
	char *out;                    /* <out>/<run> */
	char *route;                  /* the name of its route */
};
void ledger_run_release(struct ledger_run *r); /* frees the texts */

/* Makes a name that no run has: prefix, time, and four random digits, which distinguish runs of the same
 * second. Names of one prefix sort by time. Two machines may still choose one name at the same moment; then
 * ledger_run_create() of the second one fails. prefix: at most 9 bytes. */
int ledger_run_name(struct ledger *l, const char *prefix, char name[static LEDGER_RUN_ID_SIZE],
                    struct error *err) MUST_CHECK;
int ledger_run_create(struct ledger *l, const char *name, const char *out_dir, const char *route,
                      struct ledger_run *ret, struct error *err) MUST_CHECK;
/* name NULL: the latest run that is no letter. 1 found, 0 no such run, -1. */
int ledger_run_find(struct ledger *l, const char *name, struct ledger_run *ret,
                    struct error *err) MUST_CHECK;
/* The latest run of which a batch was sent. 1 found, 0 no such run, -1. */
int ledger_run_latest_sent(struct ledger *l, struct ledger_run *ret, struct error *err) MUST_CHECK;
typedef void ledger_match_fn(void *ctx, const struct ledger_run *run);
/* Runs whose name begins with prefix, latest first. */
int ledger_each_match(struct ledger *l, const char *prefix, ledger_match_fn *fn, void *ctx,
                      struct error *err) MUST_CHECK;
/* One run of each folder below which runs have their packs: an open one, if there is one. There are as many folders
 * as the configuration has ever named, however many runs. */
int
ledger_each_folder(struct ledger *l, ledger_match_fn *fn, void *ctx, struct error *err) MUST_CHECK;
/* The first run in this state with id > after. 1 found, 0 none, -1. */
int ledger_run_next(struct ledger *l, enum run_state state, int64_t after, struct ledger_run *ret,
                    struct error *err) MUST_CHECK;
/* Finds another run that imported a list with the same bytes and has sent something, or on a server
 * is open. list 0: compares all lists of `run`. 1: *ret, and *ret_path (the caller frees it) is the
 * list of `run` with the same bytes; 0 none, -1. */
int ledger_find_taken(struct ledger *l, int64_t run, int64_t list, struct ledger_run *ret,
                      char **ret_path, struct error *err) MUST_CHECK;
/* Changes the directory of its packs. */
int
ledger_run_set_out(struct ledger *l, int64_t run, const char *out, struct error *err) MUST_CHECK;
int ledger_run_set_state(struct ledger *l, int64_t run, enum run_state state, int exit_code,
                         struct error *err) MUST_CHECK;
/* Makes it finished, and keeps its figures. */
struct ledger_tally;
int ledger_run_finish(struct ledger *l, int64_t run, int exit_code,
                      const struct ledger_tally *tally, struct error *err) MUST_CHECK;
/* SHA-256 over all devices that the run would send, with their customers and account numbers. */
int ledger_run_digest(struct ledger *l, int64_t run, char hex[static CRYPTO_HEX_SIZE],
                      struct error *err) MUST_CHECK;
int ledger_run_set_digest(struct ledger *l, int64_t run, const char *digest,
                          struct error *err) MUST_CHECK;
/* The first send of the oldest request without a final answer; 0: all are answered. */
int ledger_open_since(struct ledger *l, int64_t run, int64_t *ret, struct error *err) MUST_CHECK;
/* Rows of the run by outcome. */
int ledger_counts(struct ledger *l, int64_t run, int64_t counts[static OUTCOME_COUNT],
                  struct error *err) MUST_CHECK;
/* ret: the first and the last row of a settled run. */
int ledger_run_range(struct ledger *l, int64_t run, int64_t ret[static 2], struct error *err);
/* Whether a batch that is not over has a row without a final outcome. Takes no time, whatever the size of
 * the run. */
int ledger_has_open(struct ledger *l, int64_t run, bool *ret, struct error *err) MUST_CHECK;
enum run_kind { RUN_KIND_PLAN, RUN_KIND_SENDING, RUN_KIND_ALL };
struct ledger_run_filter {
	int64_t since;        /* when it started, at the earliest */
	const char *customer; /* key; "": any */
	enum run_kind kind;
};
/* Returns 0, 1 to end the reading, or -1. */
typedef int ledger_run_fn(void *ctx, const struct ledger_run *run, struct error *err);
/* Latest first, without letters. */
int ledger_each_run(struct ledger *l, const struct ledger_run_filter *filter, ledger_run_fn *fn,
                    void *ctx, struct error *err) MUST_CHECK;

#endif
