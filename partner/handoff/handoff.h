/*
 * The hand-off: a pack for every customer, and the files of a run. Reads the ledger and writes below
 * <out>/<run>/ (unpilot-handoff(5)). Every file is replaced durably. struct handoff_parts owns what is loaded before.
 */
#ifndef PARTNER_HANDOFF_H
#define PARTNER_HANDOFF_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "partner/handoff/open_steps.h"
#include "partner/ledger/runs.h"

struct handoff_settings {
	const char *partner_name; /* "" when not configured */
	const char *partner_contact;
	const char *partner_support;
	const char *logo;         /* path of an image, or NULL */
	const char *stylesheets;  /* directory of a partner's own files, or NULL */
	const char *language;     /* language of the message catalogue: "en" */
	bool letter_required;     /* letters: devices wait for their customer's receipt, */
	int64_t letter_wait_days; /* so many days at most; 0: for ever */
	bool run_page;            /* write the operator's page of the run */
	/* for the commands of that page: the absolute path of the configuration, NULL: the default one; and the
	 * step that sends a plan, NULL: none */
	const char *config, *apply;
	const struct crypto_signer *signer; /* NULL: packs are not signed */
	struct handoff_parts *parts;        /* of the same settings; NULL: load them again */
};

/* Catalogue and stylesheets of packs. The first call below that needs them takes them. */
struct handoff_parts;

/* Loads them, and checks that the logo can be used. Call it before anything is sent. */
struct handoff_parts *
handoff_load(const struct handoff_settings *settings, struct error *err) MUST_CHECK;
void handoff_parts_free(struct handoff_parts *parts); /* accepts NULL */
/* Writes summary.json, rejects.csv, failed.csv and a folder for each customer. The summary holds
 * run->exit_code. *ret_open (may be NULL): the open steps of the run. */
int handoff_write(struct ledger *l, const struct ledger_run *run,
                  const struct handoff_settings *settings, struct open_steps *ret_open,
                  struct error *err) MUST_CHECK;
/* Writes the operator's page of a plan, if the settings ask for it. waiting: devices that would wait for
 * their customers. */
int handoff_write_plan(struct ledger *l, const struct ledger_run *run, int64_t waiting,
                       const struct handoff_settings *settings, struct error *err) MUST_CHECK;
/* Writes one pack of all devices of a customer that have an open step, over all runs, to
 * <out>/open-<customer>/. Returns 1 and *ret_dir (the caller frees it; NULL: nothing is open, and nothing
 * was written), 0: no such customer, -1. */
int handoff_write_open(struct ledger *l, const char *customer, const char *out,
                       const struct handoff_settings *settings, char **ret_dir,
                       struct error *err) MUST_CHECK;
/* Writes a letter for each customer of the run's rows, below run->out: a pack if the ledger records the
 * letter (RUN_LETTER), else a printout. */
int handoff_write_letters(struct ledger *l, const struct ledger_run *run,
                          const struct handoff_settings *settings, struct error *err) MUST_CHECK;
/* Prints the lines of --json: one for each row, then the summary. */
int
handoff_print_json(struct ledger *l, const struct ledger_run *run, struct error *err) MUST_CHECK;

#endif
