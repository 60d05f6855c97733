/*
 * The hand-off: what every customer holds in the end, and the files of a run. Reads the
 * ledger, writes below <out>/<run>/ (design, section 7). Every file is replaced durably.
 */
#ifndef PARTNER_HANDOFF_H
#define PARTNER_HANDOFF_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "partner/ledger/runs.h"

struct handoff_settings {
	const char *partner_name; /* "" where not configured */
	const char *partner_contact;
	const char *partner_support;
	const char *logo;                   /* path of an image, or NULL */
	const char *stylesheets;            /* directory of a partner's own files, or NULL */
	const char *language;               /* of the message catalogue: "en" */
	const struct crypto_signer *signer; /* NULL: packs are not signed */
};

/* Whether packs can be written with these: catalogue, stylesheets and logo are looked at. To be
 * known before anything is sent. */
int handoff_check(const struct handoff_settings *settings, struct error *err) MUST_CHECK;
/* Writes summary.json, rejects.csv, failed.csv and a folder for each customer.
 * run->exit_code goes into the summary. */
int handoff_write(struct ledger *l, const struct ledger_run *run,
                  const struct handoff_settings *settings, struct error *err) MUST_CHECK;
/* One pack of every device of a customer that has a step open, over all runs, in
 * <out>/open-<customer>/. 1 and *ret_dir (freed by the caller), 0: no such customer, -1. */
int handoff_write_open(struct ledger *l, const char *customer, const char *out,
                       const struct handoff_settings *settings, char **ret_dir,
                       struct error *err) MUST_CHECK;
/* Before anything is sent: a letter for each customer of the rows that were taken in, below
 * run->out. */
int handoff_write_letters(struct ledger *l, const struct ledger_run *run,
                          const struct handoff_settings *settings, struct error *err) MUST_CHECK;
/* The JSON lines of --json: one a row, then the summary. */
int
handoff_print_json(struct ledger *l, const struct ledger_run *run, struct error *err) MUST_CHECK;

#endif
